package report

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"tributary/internal/figure"
	"tributary/internal/stats"
)

// CheckError is a report that contradicts itself, and is not written.
type CheckError struct{ Failures []string }

func (e *CheckError) Error() string {
	return "the report contradicts itself and is not written: " + strings.Join(e.Failures, "; ") +
		". This is a mistake in tributary, or the store changed while the report was made: try again, then report it"
}

// check looks at the report as it will be shown: shares add up, totals are the dataset's, the
// period before is there or said to be missing, nothing hidden is shown.
func (r *Report) check() error {
	var failures []string
	for _, c := range [...]func() error{r.checkShares, r.checkTotals, r.checkBefore, r.checkHidden, r.checkTables, r.checkLoss} {
		if err := c(); err != nil {
			failures = append(failures, err.Error())
		}
	}
	if len(failures) > 0 {
		return &CheckError{failures}
	}
	return nil
}

// tolerance is for sums of float64, of some tens of terms.
const tolerance = 1e-9

// checkShares: the shares of all types are 100 % where none is hidden, and never more.
func (r *Report) checkShares() error {
	f := r.Figure("shares")
	for column := 1; column <= 2; column++ {
		sum, complete, any := 0.0, true, false
		for i, row := range f.Table.Rows {
			if f.chart.(*figure.Shares).Rows[i].Type == stats.AllTypes {
				continue
			}
			v := row[column].Value
			sum += v.X
			complete = complete && v.OK()
			any = any || v.OK()
		}
		if any && (sum > 1+tolerance || complete && math.Abs(sum-1) > tolerance) {
			return fmt.Errorf("the shares of %s add up to %v %%", f.Table.Columns[column].Name, 100*sum)
		}
	}
	return nil
}

// checkTotals: the monthly totals of the figure volume are those of the dataset, which was asked
// for on its own.
func (r *Report) checkTotals() error {
	if r.Dataset == nil {
		return nil
	}
	shown := map[string]figure.Value{}
	f := r.Figure("volume")
	for _, row := range f.Table.Rows {
		shown[row[0].Label] = row[len(row)-1].Value
	}
	for i := range r.Dataset.Rows {
		row := &r.Dataset.Rows[i]
		v, in := shown[row.Month]
		if row.Key != stats.Total || !in {
			continue
		}
		if v.OK() != row.Bits.Known || v.X != row.Bits.Value {
			return fmt.Errorf("the total of %s is %v bits in the figure volume and %s in the dataset", row.Month, v.X, row.Bits.Text())
		}
	}
	return nil
}

// checkBefore: without a period before, no number of it is shown and a finding says so.
func (r *Report) checkBefore() error {
	if r.HasBefore {
		return nil
	}
	for _, f := range r.Findings {
		if strings.Contains(f.Text, "no traffic of "+r.Before.Title()) {
			return nil
		}
	}
	return errors.New("no sentence says that the period before is missing")
}

// checkHidden: a hidden value carries no number, and no cell of the dataset that is suppressed has
// a measure.
func (r *Report) checkHidden() error {
	for i := range r.Figures {
		for _, row := range r.Figures[i].Table.Rows {
			for _, c := range row {
				if c.Value.State != figure.Known && c.Value.X != 0 {
					return fmt.Errorf("figure %s has a number in a cell that is not shown", r.Figures[i].Name)
				}
			}
		}
	}
	if r.Dataset == nil {
		return nil
	}
	for i := range r.Dataset.Rows {
		if row := &r.Dataset.Rows[i]; row.Suppressed && row.Measures != (stats.Measures{}) {
			return fmt.Errorf("the dataset shows the suppressed cell %s %s %s %s %s", row.Month, row.Region, row.TypeName(), row.Direction, row.VersionName())
		}
	}
	return nil
}

// checkTables: every row has a cell a column, and every number is one.
func (r *Report) checkTables() error {
	for i := range r.Figures {
		f := &r.Figures[i]
		for _, row := range f.Table.Rows {
			if len(row) != len(f.Table.Columns) {
				return fmt.Errorf("the table of figure %s has a row of %d cells under %d columns", f.Name, len(row), len(f.Table.Columns))
			}
			for _, c := range row {
				if math.IsNaN(c.Value.X) || math.IsInf(c.Value.X, 0) {
					return fmt.Errorf("the table of figure %s has %v for a number", f.Name, c.Value.X)
				}
			}
		}
	}
	return nil
}

// checkLoss: no region's loss is larger than that of its worst exporter, and both are shares.
func (r *Report) checkLoss() error {
	for _, c := range append([]RegionCoverage{r.Coverage.All}, r.Coverage.Regions...) {
		if c.Loss.OK() != c.Worst.OK() || c.Loss.X < 0 || c.Loss.X > c.Worst.X || c.Worst.X > 1 || (c.Loss.X > 0) != (c.Losing > 0) {
			return fmt.Errorf("the loss of %s is %v, that of its worst exporter %v, and %d of them lost anything", c.Region, c.Loss.X, c.Worst.X, c.Losing)
		}
	}
	return nil
}

// Figure is the figure of that name. It panics if there is none.
func (r *Report) Figure(name string) *Figure {
	for i := range r.Figures {
		if r.Figures[i].Name == name {
			return &r.Figures[i]
		}
	}
	panic("BUG: the report has no figure " + name)
}
