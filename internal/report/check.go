package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tributary/internal/figure"
	"tributary/internal/stats"
)

// CheckError is a report that contradicts itself, and is not written unless forced.
type CheckError struct{ Failures []string }

func (e *CheckError) Error() string {
	return "the report contradicts itself and is not written: " + strings.Join(e.Failures, "; ") +
		". This is a mistake in tributary, or the store changed while the report was made: try again, then report it"
}

// checks look at the report as it will be shown. Each gives a sentence for everything that it finds.
var checks = [...]func(*Report) []string{
	// What is there.
	(*Report).checkPieces, (*Report).checkTables, (*Report).checkMonths, (*Report).checkCaptions, (*Report).checkBefore,
	// The numbers.
	(*Report).checkShares, (*Report).checkPercentages, (*Report).checkTotals, (*Report).checkParts, (*Report).checkIntervals, (*Report).checkRanks,
	(*Report).checkLoss,
	// What two figures say of one thing.
	(*Report).checkPlaces, (*Report).checkAverages, (*Report).checkCandidates, (*Report).checkSeasons,
	// What is said of them.
	(*Report).checkFindings, (*Report).checkDerived, (*Report).checkWords,
	// What is hidden.
	(*Report).checkHidden, (*Report).checkSecrets,
}

// check is nil for a report that can be written, else a *CheckError with all that is wrong. Of one
// check the first few failures are enough.
func (r *Report) check() error {
	const enough = 3
	var failures []string
	for _, c := range checks {
		found := c(r)
		if len(found) > enough {
			found = append(found[:enough], fmt.Sprintf("and %d more of this kind", len(found)-enough))
		}
		failures = append(failures, found...)
	}
	if len(failures) > 0 {
		return &CheckError{failures}
	}
	return nil
}

// tolerance is for sums of float64, of some tens of terms.
const tolerance = 1e-9

// failures collects sentences.
type failures []string

func (f *failures) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// checkPieces: every figure has all its words, a picture and numbers, and a name of its own.
func (r *Report) checkPieces() []string {
	var out failures
	seen := map[string]bool{}
	for i := range r.Figures {
		f := &r.Figures[i]
		if seen[f.Name] {
			out.add("two figures are called %s", f.Name)
		}
		seen[f.Name] = true
		for _, piece := range [...]struct{ name, text string }{
			{"name", f.Name}, {"chapter", f.Chapter}, {"title", f.Title}, {"caption", f.Caption}, {"reading", f.Reading}, {"alternative text", f.Alt}, {"period", f.span},
		} {
			if strings.TrimSpace(piece.text) == "" {
				out.add("figure %s has no %s", f.Name, piece.name)
			}
		}
		if f.chart == nil {
			out.add("figure %s has no picture", f.Name)
		}
		if len(f.Table.Columns) == 0 || len(f.Table.Rows) == 0 {
			out.add("figure %s has no numbers", f.Name)
		}
	}
	return out
}

// checkTables: every row has a cell a column, and every number is one.
func (r *Report) checkTables() []string {
	var out failures
	for i := range r.Figures {
		f := &r.Figures[i]
		for _, row := range f.Table.Rows {
			if len(row) != len(f.Table.Columns) {
				out.add("the table of figure %s has a row of %d cells under %d columns", f.Name, len(row), len(f.Table.Columns))
			}
			for _, c := range row {
				if math.IsNaN(c.Value.X) || math.IsInf(c.Value.X, 0) {
					out.add("the table of figure %s has %v for a number", f.Name, c.Value.X)
				}
			}
		}
	}
	return out
}

// checkBefore: without a period before, no number of it is shown and a finding says so.
func (r *Report) checkBefore() []string {
	if r.HasBefore {
		return nil
	}
	var out failures
	if !slices.ContainsFunc(r.Findings, func(f Finding) bool { return strings.Contains(f.Text, "no traffic of "+r.Before.Title()) }) {
		out.add("no sentence says that the period before is missing")
	}
	for i := range r.Figures {
		f := &r.Figures[i]
		c := f.Table.column(r.Before.Title())
		if c >= 0 && slices.ContainsFunc(f.Table.Rows, func(row []Cell) bool { return c < len(row) && row[c].Value.OK() }) {
			out.add("figure %s has numbers of %s, of which there is no traffic", f.Name, r.Before.Title())
		}
	}
	return out
}

// checkLoss: no region's loss is larger than that of its worst exporter, and both are shares.
func (r *Report) checkLoss() []string {
	var out failures
	for _, c := range append([]RegionCoverage{r.Coverage.All}, r.Coverage.Regions...) {
		if c.Loss.OK() != c.Worst.OK() || c.Loss.X < 0 || c.Loss.X > c.Worst.X || c.Worst.X > 1 || (c.Loss.X > 0) != (c.Losing > 0) {
			out.add("the loss of %s is %v, that of its worst exporter %v, and %d of them lost anything", c.Region, c.Loss.X, c.Worst.X, c.Losing)
		}
		if c.Slots.X < 0 || c.Slots.X > 1 {
			out.add("the coverage of %s is %v", c.Region, c.Slots.X)
		}
		if c.Losing > c.Exporters || c.Unrated > c.Exporters || c.Silence.Exporters > c.Exporters {
			out.add("of the %d exporters of %s, %d lost something, %d have no rate and %d were silent", c.Exporters, c.Region, c.Losing, c.Unrated, c.Silence.Exporters)
		}
	}
	return out
}

// checkHidden: a hidden value carries no number, and no cell of the dataset that is suppressed has
// a measure.
func (r *Report) checkHidden() []string {
	var out failures
	for i := range r.Figures {
		for _, row := range r.Figures[i].Table.Rows {
			for _, c := range row {
				if c.Value.State != figure.Known && c.Value.X != 0 {
					out.add("figure %s has a number in a cell that is not shown", r.Figures[i].Name)
				}
			}
		}
	}
	if r.Dataset == nil {
		return out
	}
	for i := range r.Dataset.Rows {
		if row := &r.Dataset.Rows[i]; row.Suppressed && row.Measures != (stats.Measures{}) {
			out.add("the dataset shows the suppressed cell %s %s %s %s %s", row.Month, row.Region, row.TypeName(), row.Direction, row.VersionName())
		}
	}
	return out
}

// figure is the figure of that name; nil if there is none.
func (r *Report) figure(name string) *Figure {
	for i := range r.Figures {
		if r.Figures[i].Name == name {
			return &r.Figures[i]
		}
	}
	return nil
}

// Figure is the figure of that name. It panics if there is none.
func (r *Report) Figure(name string) *Figure {
	f := r.figure(name)
	if f == nil {
		panic("BUG: the report has no figure " + name)
	}
	return f
}
