package figure

import (
	"fmt"
	"math"
	"strconv"

	"tributary/internal/flow"
)

// NetworkMagnitude is bits per distinct address of single, unnamed networks by month: a panel a type.
type NetworkMagnitude struct {
	Months []string
	Panels []MagnitudePanel
	Unit   Unit
}

// MagnitudePanel is the networks of one type.
type MagnitudePanel struct {
	Type   flow.NetworkType
	Points [][]float64 // by month, ascending, all positive
	Median []Value     // of the month's points; says too why a month has none
}

// maxDots is about how many dots a panel draws: each is some hundred bytes of an SVG, of 100 kB at most.
const maxDots = 320

// Every is 1 where a panel draws all of its networks, else n: of every month it draws each n-th in
// ascending order, and the last.
func (m *MagnitudePanel) Every() int {
	n := 0
	for _, points := range m.Points {
		n += len(points)
	}
	return max(1, (n+maxDots-1)/maxDots)
}

// Chart draws a dot a network and month on a logarithmic axis, and the month's median as a stroke.
// Panels share the axis: side by side, or one above the other on a phone.
func (f *NetworkMagnitude) Chart(width int, t *Theme) Chart {
	c := Chart{Width: width, Height: 420, Option: base(width, t)}
	low, high := math.Inf(1), 0.0
	for _, p := range f.Panels {
		for _, points := range p.Points {
			for _, x := range points {
				low, high = min(low, x), max(high, x)
			}
		}
	}
	s := logScale(1, 10, f.Unit)
	if high > 0 {
		s = logScale(low, high, f.Unit)
	}
	n := max(1, len(f.Panels))
	w, h := float64(width), 320.0
	if !narrow(width) {
		w, h = (w-24*float64(n-1))/float64(n), float64(c.Height)
	} else {
		c.Height = n*(320+12) - 12
	}
	for i := range f.Panels {
		area := plot{float64(i) * (w + 24), 0, w, h}
		if narrow(width) {
			area = plot{0, float64(i) * (h + 12), w, h}
		}
		f.panel(&c, &f.Panels[i], area, s, t)
	}
	c.Option["tooltip"] = obj{"trigger": "item"}
	return c
}

func (f *NetworkMagnitude) panel(c *Chart, m *MagnitudePanel, area plot, s scale, t *Theme) {
	size := fontSize(c.Width)
	p := plot{left: area.left + s.width(size) + 12, top: area.top + 2.8*size}
	p.width = area.left + area.width - p.left - 4
	p.height = area.top + area.height - p.top - 2.5*size - 12
	x, y := monthAxis(f.Months, p, c.Width, t, true), s.axis(c.Width, t)
	index := c.panel(p, x, y)
	diameter := 6.0
	if narrow(c.Width) {
		diameter = 5
	}
	dots := m.swarm(s, p, diameter)
	data := make(arr, 0, len(dots))
	for _, d := range dots {
		data = append(data, obj{"value": arr{d.month, d.x}, "symbolOffset": arr{d.shift, 0}})
	}
	symbol, _ := hollowOf(symbols[m.Type])
	push(c.Option, "series", obj{
		"type": "scatter", "name": TypeName(m.Type), "data": data, "xAxisIndex": index, "yAxisIndex": index, "clip": false,
		"symbol": symbol, "symbolSize": diameter, "itemStyle": obj{"color": t.Types[m.Type]}, "emphasis": obj{"disabled": true},
	})
	elements := arr{boldLabel(TypeName(m.Type), area.left, area.top+size*0.8, size, t.Ink, "left")}
	half := min(16, p.width/float64(max(1, len(f.Months)))*0.42)
	for i, v := range m.Median {
		at := monthAt(i, len(f.Months), p, true)
		if v.OK() {
			stroke := line([][2]float64{{at - half, s.at(v.X, p)}, {at + half, s.at(v.X, p)}}, t.Strong)
			stroke["z"], stroke["style"].(obj)["lineWidth"] = 8, 2
			elements = append(elements, stroke)
			continue
		}
		l := label(v.Text(f.Unit), at, p.bottom()-6, size*0.92, t.Muted, "left")
		l["rotation"] = math.Pi / 2
		elements = append(elements, l)
	}
	addGraphic(c, elements)
	c.Tips = append(c.Tips, monthTips(f.Months, p, true, func(i int) []string {
		points := m.Points[i]
		lines := []string{tipLine("median", m.Median[i], f.Unit)}
		if len(points) > 0 {
			lines = append([]string{TypeName(m.Type) + ": " + strconv.Itoa(len(points)) + " networks"}, append(lines,
				fmt.Sprintf("from %s to %s per address", f.Unit.Format(points[0]), f.Unit.Format(points[len(points)-1])))...)
		}
		return lines
	})...)
}

// dot is a network in a month.
type dot struct {
	month int
	x     float64
	shift float64 // from the middle of the month, in CSS pixels
}

// swarm places the dots, those of nearly one height beside each other; where a month has no room beside,
// they cover each other.
func (m *MagnitudePanel) swarm(s scale, p plot, diameter float64) []dot {
	room := int(max(1, p.width/float64(max(1, len(m.Points)))/(diameter+1)))
	every := m.Every()
	var out []dot
	for month, points := range m.Points {
		row, used := math.Inf(1), 0
		for i, x := range points {
			if i%every != 0 && i != len(points)-1 {
				continue
			}
			if at := math.Round((p.bottom() - s.at(x, p)) / (diameter + 1)); at != row {
				row, used = at, 0
			}
			// 0, right, left, further right, …
			place := used % room
			shift := float64((place+1)/2) * (diameter + 1)
			if place%2 == 0 {
				shift = -shift
			}
			out = append(out, dot{month, x, shift})
			used++
		}
	}
	return out
}
