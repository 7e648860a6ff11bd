package report

import (
	"math"
	"slices"
	"strings"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// sumOf adds values up. complete says that all are known, any that one is.
func sumOf(values []figure.Value) (sum float64, complete, any bool) {
	complete = true
	for _, v := range values {
		sum += v.X
		complete = complete && v.OK()
		any = any || v.OK()
	}
	return sum, complete, any
}

// column is the number of a table's column; -1 if there is none of that name.
func (t *Table) column(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
}

// checkShares: the shares of all types are 100 % where none is hidden, and never more; a group is the
// sum of its types.
func (r *Report) checkShares() []string {
	var out failures
	f := r.figure("shares")
	if f == nil {
		return []string{"there is no figure shares"}
	}
	for _, period := range [...]string{r.Before.Title(), r.Period.Title()} {
		column := f.Table.column(period)
		if column < 0 {
			out.add("the figure shares has no column %s", period)
			continue
		}
		at := map[string]figure.Value{}
		for _, row := range f.Table.Rows {
			at[row[0].Label] = row[column].Value
		}
		groups := map[string][]figure.Value{}
		var types []figure.Value
		for t := range flow.NumNetworkTypes {
			if v, ok := at[figure.TypeName(t)]; ok {
				types = append(types, v)
				groups[groupNames[t.Group()]] = append(groups[groupNames[t.Group()]], v)
			}
		}
		if sum, complete, any := sumOf(types); any && (sum > 1+tolerance || complete && math.Abs(sum-1) > tolerance) {
			out.add("the shares of %s add up to %v %%", period, 100*sum)
		}
		for _, group := range sortedKeys(groups) {
			v, ok := at[group]
			if sum, complete, _ := sumOf(groups[group]); ok && v.OK() && (!complete || math.Abs(sum-v.X) > tolerance) {
				out.add("the share of %s in %s is %v %%, that of its types %v %%", group, period, 100*v.X, 100*sum)
			}
		}
	}
	return out
}

// mayExceed are words in the names of columns whose percentages are no shares: changes and ratios.
var mayExceed = []string{"hange", "ariation", "eviation", "atio"}

// checkPercentages: shares are from 0 to 100 %, and so are changes of shares in points.
func (r *Report) checkPercentages() []string {
	var out failures
	for i := range r.Figures {
		f := &r.Figures[i]
		for c, column := range f.Table.Columns {
			if column.Unit == figure.Percent && slices.ContainsFunc(mayExceed, func(w string) bool { return strings.Contains(column.Name, w) }) {
				continue
			}
			for _, row := range f.Table.Rows {
				if c >= len(row) {
					continue
				}
				switch x := row[c].Value.X; {
				case column.Unit == figure.Percent && (x < 0 || x > 1+tolerance):
					out.add("figure %s has %v %% under %s", f.Name, 100*x, column.Name)
				case column.Unit == figure.Points && !strings.Contains(column.Name, "95") && math.Abs(x) > 100*(1+tolerance):
					out.add("figure %s has %v points under %s", f.Name, x, column.Name)
				}
			}
		}
	}
	return out
}

// checkTotals: the monthly totals of the figure volume are those of the dataset, which was asked
// for on its own, and months add up to the period that they make up.
func (r *Report) checkTotals() []string {
	var out failures
	f := r.figure("volume")
	if r.Dataset == nil || f == nil {
		return nil
	}
	shown := map[string]figure.Value{}
	for _, row := range f.Table.Rows {
		shown[row[0].Label] = row[len(row)-1].Value
	}
	var months []figure.Value
	for i := range r.Dataset.Rows {
		row := &r.Dataset.Rows[i]
		if row.Key != stats.Total {
			continue
		}
		months = append(months, number(row.Bits))
		if v, in := shown[row.Month]; in && (v.OK() != row.Bits.Known || v.X != row.Bits.Value) {
			out.add("the total of %s is %v bits in the figure volume and %s in the dataset", row.Month, v.X, row.Bits.Text())
		}
	}
	heat := r.figure("heat-volume")
	if heat == nil || !wholeMonths(r.asked) {
		return out
	}
	total := heat.Table.Rows[len(heat.Table.Rows)-1]
	at := heat.Table.column(r.Period.Title())
	if sum, complete, any := sumOf(months); at >= 0 && any && complete && total[at].Value.OK() && !near(sum, total[at].Value.X) {
		out.add("%s has %v bits, and its months in the dataset %v", r.Period.Title(), total[at].Value.X, sum)
	}
	return out
}

func wholeMonths(p flow.Period) bool { return p.From == p.From.Month() && p.To == p.To.Month() }

func near(a, b float64) bool { return math.Abs(a-b) <= tolerance*math.Max(math.Abs(a), math.Abs(b)) }

// checkParts: parts that are stacked or tabled beside their total are no more than it, and as much
// where none is hidden: types in a month of the figure volume, types in a region of heat-volume.
func (r *Report) checkParts() []string {
	var out failures
	check := func(f *Figure, what string, parts []figure.Value, total figure.Value) {
		sum, complete, any := sumOf(parts)
		if total.OK() && any && (sum > total.X*(1+tolerance) || complete && !near(sum, total.X)) {
			out.add("in figure %s the types of %s have %v bits, all of them %v", f.Name, what, sum, total.X)
		}
	}
	if f := r.figure("volume"); f != nil {
		for _, row := range f.Table.Rows {
			var parts []figure.Value
			for _, c := range row[1 : len(row)-1] {
				parts = append(parts, c.Value)
			}
			check(f, row[0].Label, parts, row[len(row)-1].Value)
		}
	}
	if f := r.figure("heat-volume"); f != nil {
		for c := 2; c < len(f.Table.Columns); c++ {
			var parts []figure.Value
			for _, row := range f.Table.Rows {
				if row[1].Label != "All types" {
					parts = append(parts, row[c].Value)
					continue
				}
				check(f, row[0].Label, parts, row[c].Value)
				parts = nil
			}
		}
	}
	return out
}

// checkIntervals: an interval holds the number that it is of. Its bounds are the columns that follow a
// number's and are called low and high, lowest and highest, least and most, or lower and upper bound.
func (r *Report) checkIntervals() []string {
	var out failures
	for i := range r.Figures {
		f := &r.Figures[i]
		for c := 1; c+1 < len(f.Table.Columns); c++ {
			low, high := strings.ToLower(f.Table.Columns[c].Name), strings.ToLower(f.Table.Columns[c+1].Name)
			if !hasWord(low, "low", "least", "lower", "lowest") || !hasWord(high, "high", "most", "upper", "highest") || f.Table.Columns[c].Unit == "" || f.Table.Columns[c-1].Unit != f.Table.Columns[c].Unit {
				continue
			}
			for _, row := range f.Table.Rows {
				a, x, b := row[c].Value, row[c-1].Value, row[c+1].Value
				if a.OK() != b.OK() || a.OK() && (a.X > b.X || x.OK() && (x.X < a.X-tolerance*max(1, a.X) || x.X > b.X+tolerance*max(1, b.X))) {
					out.add("figure %s has %v in the interval from %v to %v", f.Name, x.X, a.X, b.X)
				}
			}
		}
	}
	return out
}

// hasWord reports that one of the words is among those of a column's name.
func hasWord(name string, words ...string) bool {
	return slices.ContainsFunc(strings.Fields(strings.Trim(name, "()")), func(w string) bool { return slices.Contains(words, strings.Trim(w, ",()")) })
}

// checkRanks: in the figure concentration the largest networks' shares grow with their number, and no
// index leaves its bounds.
func (r *Report) checkRanks() []string {
	f := r.figure("concentration")
	if f == nil {
		return nil
	}
	var out failures
	bounds := map[string][2]float64{"HHI": {0, 10_000}, "Effective number": {1, math.Inf(1)}, "Gini": {0, 1}}
	for _, row := range f.Table.Rows {
		last := 0.0
		for c, column := range f.Table.Columns {
			v := row[c].Value
			if !v.OK() {
				continue
			}
			if b, ok := bounds[column.Name]; ok && (v.X < b[0]-tolerance || v.X > b[1]*(1+tolerance)) {
				out.add("figure concentration has %s %v", column.Name, v.X)
			}
			if strings.HasPrefix(column.Name, "Top ") {
				if v.X < last-tolerance {
					out.add("in figure concentration, %s have less than fewer networks have", column.Name)
				}
				last = v.X
			}
		}
	}
	return out
}
