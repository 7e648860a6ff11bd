package figure

import (
	"math"
	"slices"

	"tributary/internal/flow"
)

// Volume is bits by month and network type.
type Volume struct {
	Months []string                      // "2025-05", ascending
	Types  [flow.NumNetworkTypes][]Value // bits, by month
	Total  []Value                       // bits, by month, of all types
	Unit   Unit                          // Bits, or Index in a normalised sheet
	Height int                           // in pixels; 0 = what suits a page of its width
}

// Bars reports whether the chart has bars, not areas: for one or two months, and where a month's
// total is hidden. An area would fall to the types that are shown there, as if traffic had.
func (v *Volume) Bars() bool {
	return len(v.Months) < 3 || slices.ContainsFunc(v.Total, func(x Value) bool { return x.State == Hidden })
}

// Chart draws stacked areas or bars. What publication hides is in the total and has a band of its
// own, without a type; where the total is hidden too, a word says that the bar lacks it.
func (v *Volume) Chart(width int, t *Theme) Chart {
	size := fontSize(width)
	c := Chart{Width: width, Height: v.Height}
	if c.Height == 0 {
		c.Height = 460
		if narrow(width) {
			c.Height = 330
		}
	}
	hidden := v.hidden()
	top := 0.0
	for m := range v.Months {
		top = max(top, v.stack(m, len(StackOrder))+hidden[m].X)
	}
	s := linearScale(top, 5, v.Unit)
	var names []string
	for _, ty := range StackOrder {
		names = append(names, TypeName(ty))
	}
	p := plot{left: s.width(size) + 12, top: size}
	p.width = float64(width) - p.left - tagColumn(names, size)
	p.height = float64(c.Height) - p.top - 2.5*size - 12

	bars := v.Bars()
	var series arr
	for _, ty := range StackOrder {
		series = append(series, v.band(TypeName(ty), v.Types[ty], t.Types[ty], t, bars))
	}
	if anyKnown(hidden) {
		series = append(series, v.band("Hidden", hidden, t.Hidden, t, bars))
	}
	c.Option = base(width, t)
	c.Option["grid"] = p.grid()
	c.Option["xAxis"] = monthAxis(v.Months, p, width, t, bars)
	c.Option["yAxis"] = s.axis(width, t)
	c.Option["series"] = series
	c.Tips = v.hoverTips(p, bars, hidden)
	c.Option["tooltip"] = obj{"trigger": "axis", "valueFormatter": string(v.Unit)}
	elements := tags(v.tags(s, p, t, hidden), p, size, t)
	for m := range v.Months {
		if hidden[m].X > 0 && (m == 0 || hidden[m-1].X == 0) {
			high := 0.0 // of the stack around the word, which is wider than a month
			for n := max(0, m-1); n <= min(m+1, len(v.Months)-1); n++ {
				high = max(high, v.stack(n, len(StackOrder))+hidden[n].X)
			}
			y := s.at(high, p) - size*0.8
			x := min(max(monthAt(m, len(v.Months), p, bars), p.left+size*2), p.right()-size*2)
			elements = append(elements, label("hidden", x, max(y, size*0.6), size*0.92, t.Muted, "center"))
		}
	}
	c.Option["graphic"] = obj{"elements": append(elements, v.gaps(s, p, size, t, bars)...)}
	return c
}

// monthAt is where a month stands on the axis.
func monthAt(m, n int, p plot, between bool) float64 {
	if between {
		return p.left + p.width*(float64(m)+0.5)/float64(n)
	}
	return p.left + p.width*float64(m)/float64(max(1, n-1))
}

func (v *Volume) band(name string, values []Value, color string, t *Theme, bars bool) obj {
	data := make(arr, len(values))
	for i, x := range values {
		data[i] = x.datum()
		if !x.OK() && v.Total[i].OK() {
			data[i] = 0 // a stack goes on where one of its bands is hidden: the band Hidden takes its place
		}
	}
	if bars {
		return obj{
			"type": "bar", "stack": "all", "name": name, "data": data, "barMaxWidth": 120,
			"itemStyle": obj{"color": color, "borderColor": t.Paper, "borderWidth": 1}, "emphasis": obj{"disabled": true},
		}
	}
	return obj{
		"type": "line", "stack": "all", "name": name, "data": data, "symbol": "none",
		"areaStyle": obj{"color": color, "opacity": 1}, "lineStyle": obj{"color": t.Paper, "width": 1},
		"itemStyle": obj{"color": color}, "emphasis": obj{"disabled": true},
	}
}

// hidden is, by month, what the total has beyond the published types; missing where nothing is
// hidden or the total is.
func (v *Volume) hidden() []Value {
	out := make([]Value, len(v.Months))
	for m := range v.Months {
		for ty := range v.Types {
			if v.Types[ty][m].State == Hidden && v.Total[m].OK() {
				out[m] = Num(max(0, v.Total[m].X-v.stack(m, len(StackOrder))))
			}
		}
	}
	return out
}

// stack is the height of the first n bands in a month.
func (v *Volume) stack(month, n int) float64 {
	sum := 0.0
	for _, ty := range StackOrder[:n] {
		sum += v.Types[ty][month].X
	}
	return sum
}

// tags name the bands at the last month that has any.
func (v *Volume) tags(s scale, p plot, t *Theme, hidden []Value) []tag {
	var out []tag
	last := len(v.Months) - 1
	for last > 0 && v.stack(last, len(StackOrder))+hidden[last].X == 0 {
		last--
	}
	if last < 0 {
		return nil
	}
	for i, ty := range StackOrder {
		if anyKnown(v.Types[ty]) && sum(v.Types[ty]) > 0 {
			y := s.at(v.stack(last, i)+v.Types[ty][last].X/2, p)
			out = append(out, tag{y, TypeName(ty), t.Types[ty], "rect"})
		}
	}
	return out
}

// gaps writes "no data" or "hidden" where a month has no total: upright, above what is drawn of its
// types.
func (v *Volume) gaps(s scale, p plot, size float64, t *Theme, bars bool) arr {
	var out arr
	for m, total := range v.Total {
		if total.OK() {
			continue
		}
		x := min(max(monthAt(m, len(v.Total), p, bars), p.left+size), p.right()-size)
		y := p.top + p.height/2
		if high := v.stack(m, len(StackOrder)); high > 0 {
			half := TextWidth(total.Text(Count), size, false) / 2
			y = max(s.at(high, p)-half-size*0.5, half)
		}
		l := label(total.Text(Count), x, y, size, t.Muted, "center")
		l["rotation"] = math.Pi / 2
		out = append(out, l)
	}
	return out
}

func anyKnown(values []Value) bool {
	for _, v := range values {
		if v.OK() {
			return true
		}
	}
	return false
}

func sum(values []Value) float64 {
	total := 0.0
	for _, v := range values {
		total += v.X
	}
	return total
}
