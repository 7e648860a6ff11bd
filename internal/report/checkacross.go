package report

import (
	"math"
	"slices"
	"strings"

	"tributary/internal/figure"
	"tributary/internal/flow"
)

// Checks across figures: what two of them show of one thing agrees, though each was computed in its
// own way.

// rounding is for numbers of which each is rounded in its own way, relative.
const rounding = 1e-6

// cell is a number of the row with these texts at its head; no number where there is none.
func (t *Table) cell(column string, row ...string) figure.Value {
	c := t.column(column)
	if c < 0 {
		return figure.Value{}
	}
	for _, cells := range t.Rows {
		if c >= len(cells) || len(row) > len(cells) {
			continue
		}
		if slices.EqualFunc(row, cells[:len(row)], func(text string, c Cell) bool { return c.Label == text }) {
			return cells[c].Value
		}
	}
	return figure.Value{}
}

// volumeOf is a region's and type's volume in the period, by the figure heat-volume.
func (r *Report) volumeOf(region, typeName string) figure.Value {
	f := r.figure("heat-volume")
	if f == nil {
		return figure.Value{}
	}
	return f.Table.cell(r.Period.Title(), region, typeName)
}

// checkPlaces: the places of a figure have together no more of a type than all regions have of it.
func (r *Report) checkPlaces() []string {
	var out failures
	for _, name := range [...]string{"countries", "subdivisions", "metros"} {
		f := r.figure(name)
		if f == nil {
			continue
		}
		for c, column := range f.Table.Columns {
			if column.Unit == "" {
				continue
			}
			sum := 0.0
			for _, row := range f.Table.Rows {
				sum += row[c].Value.X
			}
			if total := r.volumeOf("All regions", column.Name); total.OK() && sum > total.X*(1+rounding) {
				out.add("the places of figure %s have %v bits of %s, all regions %v", name, sum, column.Name, total.X)
			}
		}
	}
	return out
}

// checkAverages: the averages of the figure burstiness are the volumes of heat-volume over one time: as
// many whole slots for every cell, and no more than the period has. (Fewer, where the store is younger.)
// In a period that is not over the last step may be one slot long, and counts as much as the others, so
// that time and volume may be off by the largest rate of a slot.
func (r *Report) checkAverages() []string {
	f := r.figure("burstiness")
	if f == nil || r.Normalized {
		return nil
	}
	var out failures
	time, first := 0.0, 0.0 // seconds; and what they may be off
	for _, row := range f.Table.Rows {
		region, name := row[0].Label, row[1].Label
		average, volume := f.Table.cell("Average", region, name), r.volumeOf(region, name)
		if !average.OK() || !volume.OK() || average.X == 0 {
			continue
		}
		slack := 0.0
		if !r.Period.Whole {
			slack = flow.SlotSeconds * (1 + f.Table.cell("Largest over average", region, name).X)
		}
		if time == 0 {
			time, first = math.Round(volume.X/average.X/flow.SlotSeconds)*flow.SlotSeconds, slack
		}
		if time > float64(r.Period.Seconds())+slack || math.Abs(average.X*time-volume.X) > rounding*volume.X+average.X*(slack+first) {
			out.add("figure burstiness has an average of %v b/s of %s in %s, and heat-volume %v bits: that is no average over %v seconds",
				average.X, name, region, volume.X, min(time, float64(r.Period.Seconds())))
		}
	}
	return out
}

// checkCandidates: the candidates for a private interconnect have no more than all of their region.
func (r *Report) checkCandidates() []string {
	f, all := r.figure("interconnect"), r.figure("burstiness")
	if f == nil || all == nil {
		return nil
	}
	var out failures
	for _, row := range f.Table.Rows {
		region := row[0].Label
		candidates, total := f.Table.cell("Average together", region), all.Table.cell("Average", region, "All types")
		if candidates.OK() && total.OK() && candidates.X > total.X*(1+rounding) {
			out.add("the candidates of figure interconnect average %v in %s, all of the region %v", candidates.X, region, total.X)
		}
	}
	return out
}

// checkSeasons: the months of a type and region add up to the period that they make up.
func (r *Report) checkSeasons() []string {
	if !wholeMonths(r.asked) {
		return nil
	}
	months := map[string]bool{}
	for _, p := range r.asked.Months() {
		months[p.Name] = true
	}
	var out failures
	for i := range r.Figures {
		f := &r.Figures[i]
		name, ok := strings.CutSuffix(f.Title, " by region and month")
		if !strings.HasPrefix(f.Name, "seasons-") || !ok {
			continue
		}
		for c, column := range f.Table.Columns[1:] {
			sum, shown := 0.0, true
			for _, row := range f.Table.Rows {
				if months[row[0].Label] {
					v := row[c+1].Value
					sum, shown = sum+v.X, shown && v.State != figure.Hidden
				}
			}
			if v := r.volumeOf(column.Name, name); v.OK() && shown && math.Abs(sum-v.X) > rounding*math.Max(sum, v.X) {
				out.add("the months of %s and %s in figure %s add up to %v, %s has %v", column.Name, name, f.Name, sum, r.Period.Title(), v.X)
			}
		}
	}
	return out
}
