package figure

import "tributary/internal/flow"

// Heat is a measure by region and network type in two periods, shown on one scale: side by side, or over
// each other where it is narrow.
type Heat struct {
	Periods [2]string // names: the period before, the period
	Regions []string
	Types   []flow.NetworkType
	Cells   [2][][]Value // by period, region and type; nil for a period that has no data
	Unit    Unit
	Level   bool // column names are to be level: rather than upright beside each other the grids stand over each other
}

// maxRegionColumns is how many regions stand as columns; with more, types do.
const maxRegionColumns = 6

// heatLayout is where the parts of a heatmap stand.
type heatLayout struct {
	width      int
	size       float64
	rows, cols []string
	left       float64 // of the row names
	head       float64 // over a grid: its period, and the column names
	upright    bool    // column names are written upwards
	over       bool    // the grids stand over each other
	cell       [2]float64
	plots      [2]plot
	height     float64
}

// Chart draws two grids of cells, each with its number where there is room.
func (h *Heat) Chart(width int, t *Theme) Chart {
	l := h.layout(width)
	c := Chart{Width: width, Height: int(l.height), Option: base(width, t)}
	cells := [2][][]Value{h.byRow(0, &l), h.byRow(1, &l)}
	steps := rampOf(cells[:]...)
	numbers := numbersFit(h.Unit, l.size, l.cell[0], cells[:]...)
	var elements arr
	for i, p := range l.plots {
		push(c.Option, "grid", p.grid())
		push(c.Option, "xAxis", l.axis(l.cols, i, t, true))
		push(c.Option, "yAxis", l.axis(l.rows, i, t, false))
		push(c.Option, "series", heatSeries(h.Periods[i], i, &heatGrid{l.rows, l.cols, cells[i], h.Unit, l.size, numbers, false}, &steps, t))
		elements = append(elements, boldLabel(h.Periods[i], p.left, p.top-l.head+l.size*0.6, l.size, t.Ink, "left"))
		if h.Cells[i] == nil {
			elements = append(elements, label("no data", p.left+p.width/2, p.top+p.height/2, l.size, t.Muted, "center"))
		}
	}
	c.Option["tooltip"] = obj{"trigger": "item"}
	c.Tips = h.hoverTips(&l)
	c.Option["graphic"] = obj{"elements": append(elements, l.legend(h.Unit, &steps, cells[:], t)...)}
	return c
}

// byRegion reports whether regions are the columns.
func (h *Heat) byRegion() bool { return len(h.Regions) <= maxRegionColumns }

func (h *Heat) layout(width int) heatLayout {
	l := heatLayout{width: width, size: fontSize(width)}
	types := make([]string, len(h.Types))
	for i, ty := range h.Types {
		types[i] = TypeName(ty)
	}
	l.rows, l.cols = types, regionLabels(h.Regions, width)
	if !h.byRegion() {
		l.rows, l.cols = l.cols, l.rows
	}
	for _, s := range l.rows {
		l.left = max(l.left, TextWidth(s, l.size, false)+10)
	}
	const between, right = 28, 4
	nameWidth := 0.0
	for _, s := range l.cols {
		nameWidth = max(nameWidth, TextWidth(s, l.size, false))
	}
	n := float64(max(1, len(l.cols)))
	w := (float64(width) - l.left - right)
	fits := func(w float64) bool { return nameWidth <= w/n-4 }
	if l.over = narrow(width) || h.Level && !fits((w-between)/2); !l.over {
		w = (w - between) / 2
	}
	l.cell[0] = w / n
	l.cell[1] = 2.6 * l.size
	l.head = 3.4 * l.size
	if l.upright = !fits(w); l.upright {
		l.head = 2*l.size + nameWidth + 8
	}
	tall := l.cell[1] * float64(len(l.rows))
	l.plots[0] = plot{left: l.left, top: l.head, width: w, height: tall}
	l.plots[1] = plot{left: l.left + w + between, top: l.head, width: w, height: tall}
	if l.over {
		l.plots[1] = plot{left: l.left, top: 2*l.head + tall + 10, width: w, height: tall}
	}
	l.height = l.plots[1].bottom() + legendHeight(width, hasState(Hidden, h.Cells[:]...) || hasState(Missing, h.Cells[:]...))
	return l
}

// legend is the colour scale under the grids, and what the other cells mean.
func (l *heatLayout) legend(u Unit, r *ramp, cells [][][]Value, t *Theme) arr {
	return heatLegend(l.width, l.left, l.plots[1].bottom(), u, r, cells, t)
}

// axis names the columns over a grid, or the rows beside the first of two.
func (l *heatLayout) axis(names []string, index int, t *Theme, columns bool) obj {
	a := heatAxis(names, index, l.size, t, columns, l.upright)
	if !columns && index > 0 && !l.over {
		a["axisLabel"] = obj{"show": false}
	}
	return a
}

// at is the value of a cell by its row and column.
func (h *Heat) at(period, row, col int) Value {
	if h.byRegion() {
		return h.Cells[period][col][row]
	}
	return h.Cells[period][row][col]
}

// byRow are the cells of a period as they are drawn; nil for one without data.
func (h *Heat) byRow(period int, l *heatLayout) [][]Value {
	if h.Cells[period] == nil {
		return nil
	}
	out := make([][]Value, len(l.rows))
	for row := range l.rows {
		for col := range l.cols {
			out[row] = append(out[row], h.at(period, row, col))
		}
	}
	return out
}
