package figure

import (
	"fmt"
	"math"

	"tributary/internal/flow"
)

// Heat is a measure by region and network type in two periods, shown side by side on one scale.
type Heat struct {
	Periods [2]string // names: the period before, the period
	Regions []string
	Types   []flow.NetworkType
	Cells   [2][][]Value // by period, region and type; nil for a period that has no data
	Unit    Unit
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
	cell       [2]float64
	plots      [2]plot
	height     float64
}

// Chart draws two grids of cells, each with its number where there is room.
func (h *Heat) Chart(width int, t *Theme) Chart {
	l := h.layout(width)
	c := Chart{Width: width, Height: int(l.height), Option: base(width, t)}
	steps := h.ramp()
	var elements arr
	for i, p := range l.plots {
		push(c.Option, "grid", p.grid())
		push(c.Option, "xAxis", l.axis(l.cols, i, t, true))
		push(c.Option, "yAxis", l.axis(l.rows, i, t, false))
		push(c.Option, "series", h.series(i, &l, &steps, t))
		elements = append(elements, boldLabel(h.Periods[i], p.left, p.top-l.head+l.size*0.6, l.size, t.Ink, "left"))
		if h.Cells[i] == nil {
			elements = append(elements, label("no data", p.left+p.width/2, p.top+p.height/2, l.size, t.Muted, "center"))
		}
	}
	c.Option["tooltip"] = obj{"trigger": "item"}
	c.Tips = h.hoverTips(&l)
	c.Option["graphic"] = obj{"elements": append(elements, h.legend(&l, &steps, t)...)}
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
	n := float64(max(1, len(l.cols)))
	w := (float64(width) - l.left - right)
	if !narrow(width) {
		w = (w - between) / 2
	}
	l.cell[0] = w / n
	l.cell[1] = 2.6 * l.size
	nameWidth := 0.0
	for _, s := range l.cols {
		nameWidth = max(nameWidth, TextWidth(s, l.size, false))
	}
	l.head = 3.4 * l.size
	if l.upright = nameWidth > l.cell[0]-4; l.upright {
		l.head = 2*l.size + nameWidth + 8
	}
	tall := l.cell[1] * float64(len(l.rows))
	l.plots[0] = plot{left: l.left, top: l.head, width: w, height: tall}
	l.plots[1] = plot{left: l.left + w + between, top: l.head, width: w, height: tall}
	if narrow(width) {
		l.plots[1] = plot{left: l.left, top: 2*l.head + tall + 10, width: w, height: tall}
	}
	l.height = l.plots[1].bottom() + 4.2*l.size
	if narrow(width) && (h.has(Hidden) || h.has(Missing)) {
		l.height += 2.4 * l.size
	}
	return l
}

// axis names the columns over a grid, or the rows beside the first of two.
func (l *heatLayout) axis(names []string, index int, t *Theme, columns bool) obj {
	text := textStyle(l.size, t.Ink)
	text["interval"], text["margin"] = 0, 8
	if columns && l.upright {
		text["rotate"] = 90
	}
	a := obj{
		"type": "category", "data": names, "gridIndex": index,
		"axisLine": obj{"show": false}, "axisTick": obj{"show": false}, "splitLine": obj{"show": false},
		"axisLabel": text,
	}
	if columns {
		a["position"] = "top"
	} else {
		a["inverse"] = true
		text["show"] = index == 0 || narrow(l.width)
	}
	return a
}

func (h *Heat) series(i int, l *heatLayout, r *ramp, t *Theme) obj {
	var data arr
	numbers := h.numbersFit(l)
	for row := range l.rows {
		for col := range l.cols {
			if h.Cells[i] == nil {
				continue
			}
			v := h.at(i, row, col)
			fill, ink, text := t.Nothing, t.Muted, "–"
			switch v.State {
			case Known:
				step := r.step(v.X)
				fill, ink, text = t.Ramp[step], t.onRamp(step), h.Unit.Format(v.X)
			case Hidden:
				fill, text = t.Hidden, "hidden"
			}
			style := obj{"show": numbers || v.State == Missing, "formatter": text, "color": ink, "fontSize": l.size * 0.92, "fontFamily": FontStack}
			data = append(data, obj{
				"name": fmt.Sprintf("%s, %s: %s", l.rows[row], l.cols[col], v.Text(h.Unit)), "value": arr{col, row, v.X},
				"itemStyle": obj{"color": fill, "borderColor": t.Paper, "borderWidth": 2}, "label": style,
			})
		}
	}
	return obj{
		"type": "heatmap", "name": h.Periods[i], "xAxisIndex": i, "yAxisIndex": i, "data": data,
		"emphasis": obj{"disabled": true}, "tooltip": obj{"formatter": "{b}"},
	}
}

// at is the value of a cell by its row and column.
func (h *Heat) at(period, row, col int) Value {
	if h.byRegion() {
		return h.Cells[period][col][row]
	}
	return h.Cells[period][row][col]
}

// numbersFit reports whether every number fits its cell.
func (h *Heat) numbersFit(l *heatLayout) bool {
	for i := range h.Cells {
		for _, region := range h.Cells[i] {
			for _, v := range region {
				text := "hidden"
				if v.OK() {
					text = h.Unit.Format(v.X)
				}
				if TextWidth(text, l.size*0.92, false) > l.cell[0]-5 {
					return false
				}
			}
		}
	}
	return true
}

// ramp is the logarithmic scale of both periods' colours.
type ramp struct{ low, high float64 }

func (h *Heat) ramp() ramp {
	r := ramp{low: math.Inf(1)}
	for i := range h.Cells {
		for _, region := range h.Cells[i] {
			for _, v := range region {
				if v.OK() && v.X > 0 {
					r.low, r.high = min(r.low, v.X), max(r.high, v.X)
				}
			}
		}
	}
	return r
}

// step is the colour of a value: 0 for the least and for nothing at all.
func (r *ramp) step(x float64) int {
	if x <= r.low || r.high <= r.low {
		return 0
	}
	return min(rampSteps-1, int(rampSteps*math.Log(x/r.low)/math.Log(r.high/r.low)))
}

// legend is the colour scale with its ends and its middle, and what the other cells mean.
func (h *Heat) legend(l *heatLayout, r *ramp, t *Theme) arr {
	var out arr
	y := l.plots[1].bottom() + 2.4*l.size
	x := l.left
	if narrow(l.width) {
		x = 2
	}
	if r.high > 0 {
		w := min(26, (float64(l.width)-x-8)/rampSteps*0.62)
		for i, c := range t.Ramp {
			out = append(out, rect(x+float64(i)*w, y-l.size, w+0.3, l.size*0.9, c))
		}
		end := x + rampSteps*w
		low, middle, high := h.Unit.Format(r.low), h.Unit.Format(math.Sqrt(r.low*r.high)), h.Unit.Format(r.high)
		out = append(out, label(low, x, y+l.size*0.7, l.size, t.Muted, "left"))
		if high != low { // else all cells are written alike
			out = append(out, label(high, end, y+l.size*0.7, l.size, t.Muted, "right"))
		}
		if middle != low && middle != high && TextWidth(middle, l.size, false)*3+16 < rampSteps*w {
			out = append(out, label(middle, x+rampSteps*w/2, y+l.size*0.7, l.size, t.Muted, "center"))
		}
		x = end + 20
	}
	if narrow(l.width) {
		x, y = 2, y+2.6*l.size
	}
	for _, k := range [...]struct {
		state State
		color string
		text  string
	}{{Hidden, t.Hidden, "hidden"}, {Missing, t.Nothing, "no data"}} {
		if h.has(k.state) {
			out = append(out, rect(x, y-l.size, l.size, l.size*0.9, k.color), label(k.text, x+l.size+5, y-l.size*0.5, l.size, t.Muted, "left"))
			x += l.size + 5 + TextWidth(k.text, l.size, false) + 14
		}
	}
	return out
}

func (h *Heat) has(s State) bool {
	for i := range h.Cells {
		for _, region := range h.Cells[i] {
			for _, v := range region {
				if v.State == s {
					return true
				}
			}
		}
	}
	return false
}
