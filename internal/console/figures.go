package console

import (
	"fmt"
	"slices"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// Table is the numbers of a figure as text. The first column of a row is its head.
type Table struct {
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
}

// drawing is a figure of a month: how many months it needs, the month the last of them, and what draws
// it from them.
type drawing struct {
	months int
	chart  func(run []month, width int, theme *figure.Theme) (*Figure, figure.Chart)
}

var figures = map[string]drawing{
	"volume": {overviewMonths, volumeFigure},
	"heat-volume": {2, heatFigure("Volume by region and network type", "Bits", figure.Bits,
		func(c *stats.Cell) stats.Num { return c.Bits })},
	"heat-uniqueness": {2, heatFigure("Uniqueness by region and network type", "Distinct remote addresses", figure.Count,
		func(c *stats.Cell) stats.Num { return c.Unique })},
	"heat-magnitude": {2, heatFigure("Magnitude by region and network type", "Bits per distinct remote address", figure.Bits,
		func(c *stats.Cell) stats.Num { return c.Magnitude })},
	"flow": {2, flowFigure},
}

// value is a number of a sheet as figures take it. The console's sheets hide nothing, so that what is
// not known is not there.
func value(n stats.Num) figure.Value {
	if !n.Known {
		return figure.Value{}
	}
	return figure.Num(n.Value)
}

// bitsAt is the bits of a cell: 0 for one without octets.
func bitsAt(cells map[stats.Key]stats.Cell, k stats.Key) figure.Value {
	if c, ok := cells[k]; ok {
		return value(c.Bits)
	}
	return figure.Num(0)
}

// volumeHeight is that of the flow, which stands beside it; on a phone it stands alone.
func volumeHeight(width int) int {
	switch {
	case width < 450:
		return 330
	case width < 600:
		return 520
	}
	return 560
}

func volumeFigure(run []month, width int, theme *figure.Theme) (*Figure, figure.Chart) {
	for run[0].sheet == nil { // the last has one
		run = run[1:]
	}
	last := run[len(run)-1]
	v := figure.Volume{Unit: figure.Bits, Height: volumeHeight(width)}
	f := &Figure{
		Title:   "Volume by network type",
		Caption: fmt.Sprintf("Bits a month, %s to %s.%s", run[0].period.Name, last.period.Name, unfinished(last.sheet)),
		Table:   Table{Columns: []string{"Month"}},
	}
	for _, t := range figure.StackOrder {
		f.Table.Columns = append(f.Table.Columns, figure.TypeName(t))
	}
	f.Table.Columns = append(f.Table.Columns, "Total")
	for _, m := range run {
		row := []string{m.period.Name}
		var cells map[stats.Key]stats.Cell
		if m.sheet != nil {
			cells = cellsOf(m.sheet)
		}
		add := func(t flow.NetworkType, to *[]figure.Value) {
			var b figure.Value
			if m.sheet != nil {
				k := stats.Total
				k.Type = t
				b = bitsAt(cells, k)
			}
			*to = append(*to, b)
			row = append(row, b.Text(figure.Bits))
		}
		v.Months = append(v.Months, m.period.Name)
		for _, t := range figure.StackOrder {
			add(t, &v.Types[t])
		}
		add(stats.AllTypes, &v.Total)
		f.Table.Rows = append(f.Table.Rows, row)
	}
	return f, v.Chart(width, theme)
}

// unfinished says that a month is not over.
func unfinished(s *stats.Sheet) string {
	if whole(s) {
		return ""
	}
	return fmt.Sprintf(" %s is not over: it is shown until %s UTC.", s.Period.Name, s.Period.To.Time().Format("2006-01-02 15:04"))
}

// heatFigure makes the figure of a measure by region and network type, the month beside the one before.
func heatFigure(title, what string, unit figure.Unit, measure func(*stats.Cell) stats.Num) func([]month, int, *figure.Theme) (*Figure, figure.Chart) {
	return func(run []month, width int, theme *figure.Theme) (*Figure, figure.Chart) {
		now := run[len(run)-1]
		pair := [2]*stats.Sheet{before(run), now.sheet}
		h := figure.Heat{Unit: unit, Level: true, Periods: [2]string{flow.MonthOf(now.period.From - 1).Name, now.period.Name}}
		h.Regions, h.Types = shown(pair[:])
		f := &Figure{
			Title: title, Caption: fmt.Sprintf("%s, %s beside %s.%s", what, h.Periods[1], h.Periods[0], unfinished(now.sheet)),
			Table: Table{Columns: []string{"Region and type", h.Periods[0], h.Periods[1]}},
		}
		for i, s := range pair {
			if s == nil {
				continue
			}
			cells := cellsOf(s)
			for _, region := range h.Regions {
				var row []figure.Value
				for _, t := range h.Types {
					var v figure.Value
					if c, ok := cells[stats.Key{Region: region, Type: t, Direction: flow.Both}]; ok {
						v = value(measure(&c))
					}
					row = append(row, v)
				}
				h.Cells[i] = append(h.Cells[i], row)
			}
		}
		for r, region := range h.Regions {
			for t, ty := range h.Types {
				row := []string{region + ", " + figure.TypeName(ty)}
				for i := range h.Cells {
					if h.Cells[i] == nil {
						row = append(row, "no data")
					} else {
						row = append(row, h.Cells[i][r][t].Text(unit))
					}
				}
				f.Table.Rows = append(f.Table.Rows, row)
			}
		}
		return f, h.Chart(width, theme)
	}
}

// shown are the regions, sorted, and the types, in the order of figures, that any of the sheets has.
func shown(sheets []*stats.Sheet) (regions []string, types []flow.NetworkType) {
	var seen [flow.NumNetworkTypes + 1]bool
	for _, s := range sheets {
		if s == nil {
			continue
		}
		for i := range s.Cells {
			k := s.Cells[i].Key
			seen[k.Type] = true
			if k.Region != stats.AllRegions && !slices.Contains(regions, k.Region) {
				regions = append(regions, k.Region)
			}
		}
	}
	slices.Sort(regions)
	for _, t := range figure.StackOrder {
		if seen[t] {
			types = append(types, t)
		}
	}
	return regions, types
}

func flowFigure(run []month, width int, theme *figure.Theme) (*Figure, figure.Chart) {
	s := run[len(run)-1].sheet
	cells := cellsOf(s)
	fl := figure.Flow{Unit: figure.Bits}
	var types []flow.NetworkType
	fl.Regions, types = shown([]*stats.Sheet{s})
	f := &Figure{
		Title:   "Flow",
		Caption: fmt.Sprintf("Bits of %s from networks into regions, and from regions out to networks.%s", s.Period.Name, unfinished(s)),
		Table:   Table{Columns: []string{"Region and type", "Ingress", "Egress"}},
	}
	for _, region := range fl.Regions {
		bits := func(t flow.NetworkType, d flow.Direction) figure.Value {
			return bitsAt(cells, stats.Key{Region: region, Type: t, Direction: d})
		}
		for t := range flow.NumNetworkTypes {
			fl.Ingress[t] = append(fl.Ingress[t], bits(t, flow.Ingress))
			fl.Egress[t] = append(fl.Egress[t], bits(t, flow.Egress))
		}
		fl.IngressTotal = append(fl.IngressTotal, bits(stats.AllTypes, flow.Ingress))
		fl.EgressTotal = append(fl.EgressTotal, bits(stats.AllTypes, flow.Egress))
		for _, t := range types {
			f.Table.Rows = append(f.Table.Rows, []string{region + ", " + figure.TypeName(t),
				bits(t, flow.Ingress).Text(figure.Bits), bits(t, flow.Egress).Text(figure.Bits)})
		}
	}
	return f, fl.Chart(width, theme)
}
