package figure

import "math"

// textStyle is an ECharts text style.
func textStyle(size float64, color string) obj {
	return obj{"color": color, "fontSize": size, "fontFamily": FontStack}
}

// base is what every option begins with.
func base(width int, t *Theme) obj {
	return obj{
		"animation": false,
		"textStyle": textStyle(fontSize(width), t.Ink),
	}
}

// grid places a plot exactly: ECharts moves nothing to make room for labels, the margins are
// measured before.
func grid(left, top, width, height float64) obj {
	return obj{
		"left": left, "top": top, "width": width, "height": height,
		"outerBoundsMode": "none", "containLabel": false,
	}
}

// plot is the rectangle of a grid, in CSS pixels.
type plot struct{ left, top, width, height float64 }

func (p plot) right() float64  { return p.left + p.width }
func (p plot) bottom() float64 { return p.top + p.height }
func (p plot) grid() obj       { return grid(p.left, p.top, p.width, p.height) }

// monthAxis is a category axis of months named "2025-05". Between says that a month has a band of
// its own (bars), not a point on the axis.
func monthAxis(months []string, p plot, width int, t *Theme, between bool) obj {
	size := fontSize(width)
	step := monthStep(len(months), p.width, size)
	return obj{
		"type": "category", "data": months, "boundaryGap": between,
		"axisLine":  obj{"lineStyle": obj{"color": t.Muted}},
		"axisTick":  obj{"show": true, "alignWithLabel": true, "length": 4, "lineStyle": obj{"color": t.Muted}},
		"splitLine": obj{"show": false},
		"axisLabel": obj{
			"interval": step - 1, "formatter": monthFormats[step], "hideOverlap": false,
			"color": t.Muted, "fontSize": size, "fontFamily": FontStack, "lineHeight": size * 1.25, "margin": 8,
		},
	}
}

// monthFormats are the names of the formatters of month labels: every month, every second, …; the
// first label of a year names the year.
var monthFormats = map[int]string{1: "@month1", 2: "@month2", 3: "@month3", 6: "@month6", 12: "@month12"}

// monthStep is the distance of labelled months such that labels do not touch.
func monthStep(n int, width, size float64) int {
	label := TextWidth("2025", size, false) + 6
	for _, step := range [...]int{1, 2, 3, 6} {
		if float64(step)*width/float64(max(1, n-1)) >= label {
			return step
		}
	}
	return 12
}

// scale is a value axis with its ticks: all of them labelled, nothing decided by ECharts.
type scale struct {
	log      bool
	min, max float64
	ticks    []float64
	unit     Unit
}

// linearScale goes from 0 to a round number that holds top.
func linearScale(top float64, ticks int, u Unit) scale {
	end, step := niceMax(top, ticks)
	s := scale{max: end, unit: u}
	for i := range int(math.Round(end/step)) + 1 {
		s.ticks = append(s.ticks, float64(i)*step)
	}
	return s
}

// logScale goes from a round number below low to one above high, both positive. Up to two decades
// are marked at 1, 2 and 5, more at powers of ten, more than eight at every second or third.
func logScale(low, high float64, u Unit) scale {
	if low == high {
		low, high = low/2, high*2
	}
	s := scale{log: true, unit: u}
	from, to := int(math.Floor(math.Log10(low))), int(math.Ceil(math.Log10(high)))
	if math.Log10(high/low) > 2 {
		every := 1 + (to-from-1)/8
		for e := from; e < to+every; e += every {
			s.ticks = append(s.ticks, math.Pow10(e))
		}
		s.min, s.max = math.Pow10(from), s.ticks[len(s.ticks)-1]
		return s
	}
	for e := from; e <= to; e++ {
		for _, m := range [...]float64{1, 2, 5} {
			s.ticks = append(s.ticks, m*math.Pow10(e))
		}
	}
	for len(s.ticks) > 2 && s.ticks[1] <= low {
		s.ticks = s.ticks[1:]
	}
	for len(s.ticks) > 2 && s.ticks[len(s.ticks)-2] >= high {
		s.ticks = s.ticks[:len(s.ticks)-1]
	}
	s.min, s.max = s.ticks[0], s.ticks[len(s.ticks)-1]
	return s
}

// at is where v stands in p, from the top of the figure.
func (s scale) at(v float64, p plot) float64 {
	share := (v - s.min) / (s.max - s.min)
	if s.log {
		share = math.Log(v/s.min) / math.Log(s.max/s.min)
	}
	return p.bottom() - share*p.height
}

// width is that of the widest tick label.
func (s scale) width(size float64) float64 {
	w := 0.0
	for _, v := range s.ticks {
		w = max(w, TextWidth(s.unit.Tick(v), size, false))
	}
	return w
}

// axis is the option of the value axis.
func (s scale) axis(width int, t *Theme) obj {
	kind := "value"
	if s.log {
		kind = "log"
	}
	return obj{
		"type": kind, "min": s.min, "max": s.max,
		"axisLine":  obj{"show": false},
		"axisTick":  obj{"show": false, "customValues": s.ticks},
		"splitLine": obj{"show": true, "lineStyle": obj{"color": t.Rule}},
		"axisLabel": obj{
			"customValues": s.ticks, "formatter": string(s.unit), "showMinLabel": true, "showMaxLabel": true,
			"color": t.Muted, "fontSize": fontSize(width), "fontFamily": FontStack, "margin": 8, "hideOverlap": false,
		},
	}
}

// panel adds a pair of axes over p to a chart of several, and returns its number among them.
func (c *Chart) panel(p plot, x, y obj) (index int) {
	grids, _ := c.Option["grid"].(arr)
	index = len(grids)
	x["gridIndex"], y["gridIndex"] = index, index
	push(c.Option, "grid", p.grid())
	push(c.Option, "xAxis", x)
	push(c.Option, "yAxis", y)
	return index
}
