package figure

import (
	"fmt"
	"math"

	"tributary/internal/flow"
)

// Concentration is how bits are divided among networks, by type: the effective number of networks over
// time, and in one period the Lorenz curves and the shares of the largest networks.
type Concentration struct {
	Months []string
	Period string // name of the period of Lorenz and Top
	Rows   []ConcentrationRow
}

// ConcentrationRow is one type, or all.
type ConcentrationRow struct {
	Type      flow.NetworkType // NumNetworkTypes for all types
	Effective []Value          // effective number of networks, by month
	Lorenz    []float64        // share of bits at equal steps of networks, smallest first, 0 to 1; nil for none
	Top       [4]Value         // share of the 1, 5, 10 and 100 largest networks
	Hidden    bool             // the type is hidden in the period
}

// TopCounts are the N of ConcentrationRow.Top.
var TopCounts = [...]int{1, 5, 10, 100}

// topColors are the steps of the ramp for the N largest, and for the rest.
var topColors = [...]int{8, 6, 4, 2, 0}

// topRest and topMixed are the pieces of a bar after the N largest: the rest, and ranks that cannot be
// told apart since a share between them is hidden.
const (
	topRest  = len(TopCounts)
	topMixed = topRest + 1
)

func topColor(piece int, t *Theme) string {
	if piece == topMixed {
		return t.Hidden
	}
	return t.Ramp[topColors[piece]]
}

// Chart draws two panels and a row of bars below: on a phone one above the other.
func (f *Concentration) Chart(width int, t *Theme) Chart {
	size := fontSize(width)
	c := Chart{Width: width, Option: base(width, t)}
	effective := linePanel{months: f.Months, width: width, theme: t, empty: emptyText(f.effective()...)}
	for _, r := range f.Rows {
		if anyKnown(r.Effective) {
			effective.curves = append(effective.curves, curve{rowName(r.Type), r.Effective, rowColor(r.Type, t), rowSymbol(r.Type), "solid"})
		}
	}
	low, high := span(effective.curves)
	effective.scale = linearScale(high, 6, Count)
	if low > 0 {
		effective.scale = logScale(low, high, Count)
	}
	top := 0.0
	if narrow(width) {
		effective.draw(&c, plot{0, 0, float64(width), 300}, "Effective number of networks")
		f.curves(&c, plot{0, 312, float64(width), 300}, t)
		top = 624
	} else {
		half := float64(width)/2 - 10
		effective.draw(&c, plot{0, 0, half + 30, 380}, "Effective number of networks")
		f.curves(&c, plot{half + 60, 0, half - 40, 380}, t)
		top = 400
	}
	bottom := f.bars(&c, top, t)
	c.Height = int(math.Ceil(bottom + 0.5*size))
	c.Option["tooltip"] = obj{"trigger": "axis"}
	return c
}

func (f *Concentration) effective() [][]Value {
	var out [][]Value
	for _, r := range f.Rows {
		out = append(out, r.Effective)
	}
	return out
}

func rowName(ty flow.NetworkType) string {
	if ty == flow.NumNetworkTypes {
		return "All types"
	}
	return TypeName(ty)
}

func rowColor(ty flow.NetworkType, t *Theme) string {
	if ty == flow.NumNetworkTypes {
		return t.Strong
	}
	return t.Types[ty]
}

func rowSymbol(ty flow.NetworkType) string {
	if ty == flow.NumNetworkTypes {
		return "circle"
	}
	return symbols[ty]
}

// curves draws the Lorenz curves in an area.
func (f *Concentration) curves(c *Chart, area plot, t *Theme) {
	size := fontSize(c.Width)
	scale := linearScale(1, 5, Percent)
	p := plot{left: area.left + scale.width(size) + 12, top: area.top + 2.8*size}
	p.width = area.left + area.width - p.left - size*1.9
	p.height = area.top + area.height - p.top - 2.5*size - 12
	x, y := scale.axis(c.Width, t), scale.axis(c.Width, t)
	x["splitLine"] = obj{"show": false}
	index := c.panel(p, x, y)
	push(c.Option, "series", obj{
		"type": "line", "name": "equal networks", "data": arr{arr{0, 0}, arr{1, 1}}, "symbol": "none", "xAxisIndex": index, "yAxisIndex": index,
		"lineStyle": obj{"color": t.Muted, "width": 1, "type": "dashed"}, "emphasis": obj{"disabled": true},
	})
	drawn := 0
	for i := range f.Rows {
		r := &f.Rows[i]
		if len(r.Lorenz) > 1 {
			push(c.Option, "series", r.curve(index, drawn, t))
			drawn++
		}
	}
	elements := arr{
		boldLabel("Bits of the smallest networks, "+f.Period, area.left, area.top+size*0.8, size, t.Ink, "left"),
		label("share of networks", p.right(), p.bottom()+2.4*size, size, t.Muted, "right"),
	}
	if drawn == 0 {
		elements = append(elements, label(f.emptyCurves(), p.left+p.width*0.3, p.top+p.height*0.25, size, t.Muted, "center"))
	}
	addGraphic(c, elements)
	c.Tips = append(c.Tips, f.curveTips(p)...)
}

func (f *Concentration) emptyCurves() string {
	for _, r := range f.Rows {
		if r.Hidden || r.Top[len(r.Top)-1].OK() {
			return Hide().Text(Count)
		}
	}
	return Value{}.Text(Count)
}

// curve is a row's Lorenz curve as a series, with its mark at every fifth of it, each type at another
// place.
func (r *ConcentrationRow) curve(index, shift int, t *Theme) obj {
	steps := len(r.Lorenz) - 1
	every := max(1, steps/5)
	data := make(arr, 0, steps+1)
	for i, y := range r.Lorenz {
		d := obj{"value": arr{float64(i) / float64(steps), y}}
		if i == 0 || i == steps || i%every != (shift*max(1, every/4))%every {
			d["symbol"] = "none"
		}
		data = append(data, d)
	}
	color := rowColor(r.Type, t)
	return obj{
		"type": "line", "name": rowName(r.Type), "data": data, "xAxisIndex": index, "yAxisIndex": index,
		"symbol": rowSymbol(r.Type), "symbolSize": 6, "showAllSymbol": true, "clip": false,
		"lineStyle": obj{"color": color, "width": 2}, "itemStyle": obj{"color": color}, "emphasis": obj{"disabled": true},
	}
}

// curveTips are a tip a tenth of the networks.
func (f *Concentration) curveTips(p plot) []Tip {
	var out []Tip
	const parts = 10
	for i := 1; i <= parts; i++ {
		x := float64(i) / parts
		var lines []string
		for _, r := range f.Rows {
			if steps := len(r.Lorenz) - 1; steps > 0 {
				at := x * float64(steps)
				k := min(int(at), steps-1)
				lines = append(lines, tipLine(rowName(r.Type), Num(r.Lorenz[k]+(at-float64(k))*(r.Lorenz[k+1]-r.Lorenz[k])), Percent))
			}
		}
		if len(lines) > 0 {
			out = append(out, Tip{p.left + p.width*(x-1./parts), p.top, p.width / parts, p.height,
				tipLines(fmt.Sprintf("Bits of the smallest %d%s%% of networks, %s", 100*i/parts, nbsp, f.Period), lines...)})
		}
	}
	return out
}

// bars draws the shares of the largest networks, and returns where they end.
func (f *Concentration) bars(c *Chart, top float64, t *Theme) float64 {
	size := fontSize(c.Width)
	row := 2 * size
	left := 0.0
	for _, r := range f.Rows {
		left = max(left, TextWidth(rowName(r.Type), size, false)+10)
	}
	p := plot{left: left, top: top + 4.6*size, width: float64(c.Width) - left - size*1.9, height: row * float64(len(f.Rows))}
	elements := arr{boldLabel("Share of the largest networks, "+f.Period, 0, top+size*0.8, size, t.Ink, "left")}
	x := p.left
	if narrow(c.Width) {
		x = 0
	}
	for i, name := range [...]string{"largest", "2 to 5", "6 to 10", "11 to 100", "rest", "several"} {
		if i == topMixed && !f.mixed() {
			continue
		}
		elements = append(elements, rect(x, top+size*2.3, size, size*0.9, topColor(i, t)), label(name, x+size+4, top+size*2.8, size, t.Muted, "left"))
		x += size + 4 + TextWidth(name, size, false) + size*0.6
	}
	for i := range f.Rows {
		r := &f.Rows[i]
		y := p.top + row*float64(i)
		elements = append(elements, label(rowName(r.Type), 0, y+row/2, size, t.Ink, "left"))
		parts, tip := r.segments(), []string{}
		from := 0.0
		for _, s := range parts {
			if s.to <= from {
				continue
			}
			x0, w := p.left+p.width*from, p.width*(s.to-from)
			elements = append(elements, rect(x0, y+row*0.12, max(0.5, w-1), row*0.76, topColor(s.color, t)))
			if text := Percent.Format(s.to); s.to < 1 && s.color != topRest && TextWidth(text, size*0.92, false)+8 < w {
				ink := t.Ink
				if s.color < topMixed {
					ink = t.onRamp(topColors[s.color])
				}
				elements = append(elements, label(text, x0+w-5, y+row/2, size*0.92, ink, "right"))
			}
			from = s.to
		}
		for k, v := range r.Top {
			tip = append(tip, tipLine(fmt.Sprintf("largest %d", TopCounts[k]), v, Percent))
		}
		if len(parts) == 0 {
			text := Value{}.Text(Percent)
			if r.Hidden {
				text = Hide().Text(Percent)
			}
			elements = append(elements, label(text, p.left+4, y+row/2, size, t.Muted, "left"))
		}
		c.Tips = append(c.Tips, tipAround(0, y, p.right(), y+row, tipLines(rowName(r.Type)+", "+f.Period, tip...)))
	}
	for _, tick := range [...]float64{0, 0.25, 0.5, 0.75, 1} {
		elements = append(elements, label(Percent.Tick(tick), p.left+p.width*tick, p.bottom()+size*0.9, size, t.Muted, "center"))
	}
	addGraphic(c, elements)
	return p.bottom() + 2*size
}

// segment is a piece of a row's bar, to a cumulated share.
type segment struct {
	to    float64
	color int // for topColor
}

// segments are what of a row's shares is known, and the rest; none if nothing is. Where a share is
// hidden, the next one is of networks of several ranks.
func (r *ConcentrationRow) segments() []segment {
	var out []segment
	color := -1
	for i, v := range append(r.Top[:], Num(1)) {
		if color < 0 {
			color = i
		}
		if !v.OK() {
			color = topMixed
			continue
		}
		out = append(out, segment{v.X, color})
		color = -1
	}
	if len(out) == 1 { // the rest alone
		return nil
	}
	return out
}

// mixed reports whether any bar has a piece of several ranks.
func (f *Concentration) mixed() bool {
	for i := range f.Rows {
		from := 0.0
		for _, s := range f.Rows[i].segments() {
			if s.color == topMixed && s.to > from {
				return true
			}
			from = s.to
		}
	}
	return false
}

// addGraphic adds elements to those of a chart.
func addGraphic(c *Chart, elements arr) {
	graphic, _ := c.Option["graphic"].(obj)
	if graphic == nil {
		graphic = obj{"elements": arr{}}
		c.Option["graphic"] = graphic
	}
	graphic["elements"] = append(graphic["elements"].(arr), elements...)
}
