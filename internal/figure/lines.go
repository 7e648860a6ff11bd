package figure

import (
	"math"
	"slices"

	"tributary/internal/flow"
)

// Magnitude is bits per distinct address, by month and network type.
type Magnitude struct {
	Months []string
	Types  [flow.NumNetworkTypes][]Value // bits per address
	Unit   Unit                          // Bits, or Index in a normalised sheet
	Log    bool                          // a logarithmic axis
}

// curve is a line of a chart.
type curve struct {
	name   string
	values []Value
	color  string
	symbol string
	dash   string // an ECharts line type
}

// Chart draws a line a type.
func (m *Magnitude) Chart(width int, t *Theme) Chart {
	c := Chart{Width: width, Height: 440, Option: base(width, t)}
	if narrow(width) {
		c.Height = 340
	}
	curves := typeCurves(m.Types[:], t)
	low, high := span(curves)
	s := linearScale(high, 6, m.Unit)
	if m.Log && low > 0 {
		s = logScale(low, high, m.Unit)
	}
	panel := linePanel{months: m.Months, curves: curves, scale: s, width: width, theme: t, empty: emptyText(m.Types[:]...)}
	panel.draw(&c, plot{left: 0, top: 0, width: float64(width), height: float64(c.Height)}, "")
	c.Option["tooltip"] = obj{"trigger": "axis", "valueFormatter": string(m.Unit)}
	return c
}

// IPVersions is the IPv6 share of bits over time, by network type and by region.
type IPVersions struct {
	Months  []string
	Types   [flow.NumNetworkTypes][]Value // fractions
	Regions []string
	Region  [][]Value // fractions, by region and month
	All     []Value   // fractions, of everything
}

// Chart draws two panels, types and regions: side by side, or one above the other on a phone.
func (v *IPVersions) Chart(width int, t *Theme) Chart {
	c := Chart{Width: width, Height: 380, Option: base(width, t)}
	types := typeCurves(v.Types[:], t)
	regions := regionCurves(v, width, t)
	_, a := span(types)
	_, b := span(regions)
	s := linearScale(min(1, max(a, b)), 5, Percent)
	left := linePanel{months: v.Months, curves: types, scale: s, width: width, theme: t, empty: emptyText(v.Types[:]...)}
	right := linePanel{months: v.Months, curves: regions, scale: s, width: width, theme: t, empty: emptyText(v.Region...)}
	if narrow(width) {
		c.Height = 640
		left.draw(&c, plot{0, 0, float64(width), 320}, "By network type")
		right.draw(&c, plot{0, 320, float64(width), 320}, "By region")
	} else {
		half := float64(width)/2 - 10
		left.draw(&c, plot{0, 0, half, float64(c.Height)}, "By network type")
		right.draw(&c, plot{half + 20, 0, half, float64(c.Height)}, "By region")
	}
	c.Option["tooltip"] = obj{"trigger": "axis", "valueFormatter": string(Percent)}
	return c
}

func typeCurves(values [][]Value, t *Theme) []curve {
	var out []curve
	for _, ty := range StackOrder {
		if anyKnown(values[ty]) {
			out = append(out, curve{TypeName(ty), values[ty], t.Types[ty], symbols[ty], "solid"})
		}
	}
	return out
}

// maxRegionLines is how many regions a panel can name beside it.
const maxRegionLines = 8

// regionCurves are lines of the regions with the first names, told apart by mark and dash: colours
// belong to types.
func regionCurves(v *IPVersions, width int, t *Theme) []curve {
	marks := [...]string{"circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect", "emptyTriangle", "emptyDiamond"}
	dashes := [...]string{"solid", "dashed", "dotted"}
	var out []curve
	for i, name := range regionLabels(v.Regions, width) {
		if len(out) < maxRegionLines && anyKnown(v.Region[i]) {
			out = append(out, curve{name, v.Region[i], t.Strong, marks[len(out)%len(marks)], dashes[len(out)%len(dashes)]})
		}
	}
	return out
}

// span is the smallest positive and the largest value.
func span(curves []curve) (low, high float64) {
	low = math.Inf(1)
	for _, c := range curves {
		for _, v := range c.values {
			if v.OK() && v.X > 0 {
				low = min(low, v.X)
			}
			high = max(high, v.X)
		}
	}
	if math.IsInf(low, 1) {
		return 0, high
	}
	return low, high
}

// linePanel is a set of lines over months with their names beside the last points.
type linePanel struct {
	months []string
	curves []curve
	scale  scale
	width  int // of the figure: decides the size of labels
	theme  *Theme
	empty  string // what to say without curves
}

// draw adds the panel to the chart's option, in its part of the figure.
func (l *linePanel) draw(c *Chart, area plot, title string) {
	size, t := fontSize(l.width), l.theme
	names := make([]string, len(l.curves))
	for i := range l.curves {
		names[i] = l.curves[i].name
	}
	p := plot{left: area.left + l.scale.width(size) + 12, top: area.top + size}
	if title != "" {
		p.top += 1.8 * size
	}
	p.width = area.left + area.width - p.left - tagColumn(names, size)
	p.height = area.top + area.height - p.top - 2.5*size - 12

	x, y := monthAxis(l.months, p, l.width, t, false), l.scale.axis(l.width, t)
	index := c.panel(p, x, y)
	for i := range l.curves {
		push(c.Option, "series", l.series(&l.curves[i], index))
	}
	c.Tips = append(c.Tips, l.hoverTips(p)...)
	elements := tags(l.tags(p), p, size, t)
	if title != "" {
		elements = append(elements, boldLabel(title, area.left, area.top+size*0.8, size, t.Ink, "left"))
	}
	if len(l.curves) == 0 {
		elements = append(elements, label(l.empty, p.left+p.width/2, p.top+p.height/2, size, t.Muted, "center"))
	}
	graphic, _ := c.Option["graphic"].(obj)
	if graphic == nil {
		graphic = obj{"elements": arr{}}
	}
	graphic["elements"] = append(graphic["elements"].(arr), elements...)
	c.Option["graphic"] = graphic
}

// emptyText is what to say of values none of which is known.
func emptyText(lists ...[]Value) string {
	for _, list := range lists {
		for _, v := range list {
			if v.State == Hidden {
				return Hide().Text(Count)
			}
		}
	}
	return Value{}.Text(Count)
}

func push(option obj, key string, v any) {
	list, _ := option[key].(arr)
	option[key] = append(list, v)
}

func (l *linePanel) series(c *curve, index int) obj {
	data := make(arr, len(c.values))
	for i, v := range c.values {
		data[i] = v.datum()
		if l.scale.log && v.X <= 0 {
			data[i] = "-"
		}
	}
	symbolSize := 7
	if narrow(l.width) {
		symbolSize = 5
	}
	return obj{
		"type": "line", "name": c.name, "data": data, "xAxisIndex": index, "yAxisIndex": index,
		"symbol": c.symbol, "symbolSize": symbolSize, "showAllSymbol": true, "clip": false,
		"lineStyle": obj{"color": c.color, "width": 2, "type": c.dash},
		"itemStyle": obj{"color": c.color}, "emphasis": obj{"disabled": true},
	}
}

// tags name the lines at their last points.
func (l *linePanel) tags(p plot) []tag {
	var out []tag
	for _, c := range l.curves {
		for _, v := range slices.Backward(c.values) {
			if v.OK() && (v.X > 0 || !l.scale.log) {
				out = append(out, tag{l.scale.at(v.X, p), c.name, c.color, c.symbol})
				break
			}
		}
	}
	return out
}
