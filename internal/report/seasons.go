package report

import (
	"fmt"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// seasonFigures are region × month heatmaps, one for each type with traffic. Of one month there is
// nothing to see that the heatmap of region and type does not show.
func (m *maker) seasonFigures() []Figure {
	if len(m.months) < 2 {
		return nil
	}
	var out []Figure
	for _, t := range m.types {
		out = append(out, m.season(t))
	}
	return out
}

// season is the bits of a type by region and month.
func (m *maker) season(t flow.NetworkType) Figure {
	x := &figure.Matrix{Rows: m.regions, Cols: m.out.Months, Unit: m.unit, Months: true}
	table := Table{Columns: []Column{{Name: "Month"}}}
	for _, region := range m.regions {
		var row []figure.Value
		for _, p := range m.months {
			row = append(row, bitsIn(m.byMonth[p.Name], cellKey(region, t)))
		}
		x.Cells = append(x.Cells, row)
		table.Columns = append(table.Columns, Column{region, m.unit})
	}
	table.Columns = append(table.Columns, Column{"All regions", m.unit})
	var top struct {
		region, month string
		v             figure.Value
	}
	for i, p := range m.months {
		row := []Cell{{Label: p.Name}}
		for r, region := range m.regions {
			v := x.Cells[r][i]
			if v.OK() && v.X > top.v.X {
				top.region, top.month, top.v = region, periodTitle(p.Name), v
			}
			row = append(row, Cell{Value: v})
		}
		table.Rows = append(table.Rows, append(row, Cell{Value: bitsIn(m.byMonth[p.Name], cellKey(stats.AllRegions, t))}))
	}
	hidden := countHidden(x.Cells...)
	f := Figure{
		Name: "seasons-" + t.String(), Title: figure.TypeName(t) + " by region and month", chart: x, span: m.monthRange(), Table: table,
		Caption: fmt.Sprintf("Bits exchanged per month with networks of type %s, by region (%s), both directions, %s. Unit: %s.%s%s",
			figure.TypeName(t), plural(len(m.regions), "region"), m.monthRange(), m.unitText(""), m.partial(), m.hiddenText(hidden)),
		Reading: "A region is read along its row, a month down its column; on a narrow screen the other way round. The scale is logarithmic and of this type alone: shades do not compare between types.",
		Alt:     fmt.Sprintf("A heatmap of %s by %s.", plural(len(m.regions), "region"), plural(len(m.months), "month")),
	}
	switch {
	case top.v.OK() && hidden > 0:
		f.Alt += fmt.Sprintf(" The largest cell that is not hidden is %s in %s with %s.", top.region, top.month, top.v.Text(m.unit))
	case top.v.OK():
		f.Alt += fmt.Sprintf(" The largest cell is %s in %s with %s.", top.region, top.month, top.v.Text(m.unit))
	case hidden > 0:
		f.Alt += " No cell can be shown."
	}
	return f
}
