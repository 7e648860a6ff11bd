package figure

import (
	"fmt"
	"math"
)

// heatGrid is one grid of a heatmap.
type heatGrid struct {
	rows, cols []string
	cells      [][]Value // by row and column; nil for a grid without data
	unit       Unit
	size       float64 // of text
	numbers    bool    // every cell has its number written in it
	sparse     bool    // many cells are zero: they stand back
}

// cell is how a value is drawn.
func (g *heatGrid) cell(v Value, r *ramp, t *Theme) (fill, ink, text string) {
	switch v.State {
	case Known:
		if g.sparse && v.X == 0 {
			return t.Nothing, t.Muted, "0"
		}
		step := r.step(v.X)
		return t.Ramp[step], t.onRamp(step), g.unit.Format(v.X)
	case Hidden:
		return t.Hidden, t.Muted, "hidden"
	}
	return t.Nothing, t.Muted, "–"
}

// heatSeries are the cells of the grid whose axes have the index.
func heatSeries(name string, index int, g *heatGrid, r *ramp, t *Theme) obj {
	var data arr
	for row := range g.cells {
		for col, v := range g.cells[row] {
			fill, ink, text := g.cell(v, r, t)
			style := obj{"show": g.numbers || v.State == Missing, "formatter": text, "color": ink, "fontSize": g.size * 0.92, "fontFamily": FontStack}
			data = append(data, obj{
				"name": fmt.Sprintf("%s, %s: %s", g.rows[row], g.cols[col], v.Text(g.unit)), "value": arr{col, row, v.X},
				"itemStyle": obj{"color": fill, "borderColor": t.Paper, "borderWidth": 2}, "label": style,
			})
		}
	}
	return obj{
		"type": "heatmap", "name": name, "xAxisIndex": index, "yAxisIndex": index, "data": data,
		"emphasis": obj{"disabled": true}, "tooltip": obj{"formatter": "{b}"},
	}
}

// heatAxis names the columns over a grid, upwards if upright, or the rows beside it.
func heatAxis(names []string, index int, size float64, t *Theme, columns, upright bool) obj {
	text := textStyle(size, t.Ink)
	text["interval"], text["margin"] = 0, 8
	if columns && upright {
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
	}
	return a
}

// numbersFit reports whether every number fits a cell of the width.
func numbersFit(u Unit, size, width float64, grids ...[][]Value) bool {
	fit := true
	eachValue(grids, func(v Value) {
		text := "hidden"
		if v.OK() {
			text = u.Format(v.X)
		}
		fit = fit && TextWidth(text, size*0.92, false) <= width-5
	})
	return fit
}

// hasState reports whether any value is in a state.
func hasState(s State, grids ...[][]Value) bool {
	has := false
	eachValue(grids, func(v Value) { has = has || v.State == s })
	return has
}

func eachValue(grids [][][]Value, f func(v Value)) {
	for _, g := range grids {
		for _, row := range g {
			for _, v := range row {
				f(v)
			}
		}
	}
}

// ramp is the logarithmic scale of a heatmap's colours, from the least positive number to the
// largest.
type ramp struct{ low, high float64 }

func rampOf(grids ...[][]Value) ramp {
	r := ramp{low: math.Inf(1)}
	eachValue(grids, func(v Value) {
		if v.OK() && v.X > 0 {
			r.low, r.high = min(r.low, v.X), max(r.high, v.X)
		}
	})
	return r
}

// step is the colour of a value: 0 for the least and for nothing at all.
func (r *ramp) step(x float64) int {
	if x <= r.low || r.high <= r.low {
		return 0
	}
	return min(rampSteps-1, int(rampSteps*math.Log(x/r.low)/math.Log(r.high/r.low)))
}

// legendHeight is what heatLegend needs under a grid; marks says that there are hidden cells or ones
// without data.
func legendHeight(width int, marks bool) float64 {
	size := fontSize(width)
	if narrow(width) && marks {
		return 6.6 * size
	}
	return 4.2 * size
}

// heatLegend is the colour scale with its ends and its middle, under what ends at bottom, and what the
// other cells mean.
func heatLegend(width int, left, bottom float64, u Unit, r *ramp, grids [][][]Value, t *Theme) arr {
	var out arr
	size := fontSize(width)
	x, y := left, bottom+2.4*size
	if narrow(width) {
		x = 2
	}
	if r.high > 0 {
		w := min(26, (float64(width)-x-8)/rampSteps*0.62)
		for i, c := range t.Ramp {
			out = append(out, rect(x+float64(i)*w, y-size, w+0.3, size*0.9, c))
		}
		end := x + rampSteps*w
		low, middle, high := u.Format(r.low), u.Format(math.Sqrt(r.low*r.high)), u.Format(r.high)
		out = append(out, label(low, x, y+size*0.7, size, t.Muted, "left"))
		if high != low { // else all cells are written alike
			out = append(out, label(high, end, y+size*0.7, size, t.Muted, "right"))
		}
		if middle != low && middle != high && TextWidth(middle, size, false)*3+16 < rampSteps*w {
			out = append(out, label(middle, x+rampSteps*w/2, y+size*0.7, size, t.Muted, "center"))
		}
		x = end + 20
	}
	if narrow(width) {
		x, y = 2, y+2.6*size
	}
	for _, k := range [...]struct {
		state State
		color string
		text  string
	}{{Hidden, t.Hidden, "hidden"}, {Missing, t.Nothing, "no data"}} {
		if hasState(k.state, grids...) {
			out = append(out, rect(x, y-size, size, size*0.9, k.color), label(k.text, x+size+5, y-size*0.5, size, t.Muted, "left"))
			x += size + 5 + TextWidth(k.text, size, false) + 14
		}
	}
	return out
}
