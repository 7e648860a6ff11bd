package figure

import (
	"math"

	"tributary/internal/flow"
)

// drawer gathers the elements of a figure that is drawn without an ECharts series: shapes cost ECharts
// nothing to lay out, and some hundred points of a band are a path of a few kilobytes.
type drawer struct {
	size     float64 // of labels
	theme    *Theme
	elements arr
	tips     []Tip
}

func (d *drawer) add(elements ...obj) {
	for _, e := range elements {
		d.elements = append(d.elements, e)
	}
}

// point rounds to a tenth of a pixel, which is all that an eye and a file need.
func point(x, y float64) [2]float64 {
	return [2]float64{math.Round(x*10) / 10, math.Round(y*10) / 10}
}

// stroke is a line of a colour and width.
func stroke(points [][2]float64, color string, width float64) obj {
	return obj{"type": "polyline", "silent": true, "z": 10, "shape": obj{"points": points}, "style": obj{"fill": "none", "stroke": color, "lineWidth": width, "lineJoin": "round"}}
}

// empty says in a panel why there is nothing.
func (d *drawer) empty(s State, p plot) {
	d.add(label(Value{State: s}.Text(Count), p.left+p.width/2, p.top+p.height/2, d.size, d.theme.Muted, "center"))
}

// valueAxis draws the ticks of a vertical scale as lines across the plot.
func (d *drawer) valueAxis(s scale, p plot) {
	for _, v := range s.ticks {
		y := s.at(v, p)
		d.add(line([][2]float64{point(p.left, y), point(p.right(), y)}, d.theme.Rule),
			label(s.unit.Tick(v), p.left-8, y, d.size, d.theme.Muted, "right"))
	}
}

// across is where v stands from the left of the figure, on a horizontal scale.
func (s scale) across(v float64, p plot) float64 {
	share := (v - s.min) / (s.max - s.min)
	if s.log {
		share = math.Log(v/s.min) / math.Log(s.max/s.min)
	}
	return p.left + share*p.width
}

// across draws the ticks of a horizontal scale as lines over the plot's height, with their labels
// below.
func (d *drawer) across(s scale, p plot) {
	last := math.Inf(-1)
	for _, v := range s.ticks {
		x, text := s.across(v, p), s.unit.Tick(v)
		d.add(line([][2]float64{point(x, p.top), point(x, p.bottom())}, d.theme.Rule))
		if half := TextWidth(text, d.size, false) / 2; x-half > last+4 {
			d.add(label(text, x, p.bottom()+1.1*d.size, d.size, d.theme.Muted, "center"))
			last = x + half
		}
	}
}

// within moves a centred label at x so that it does not leave the plot by more than a few pixels.
func (d *drawer) within(text string, x float64, p plot) float64 {
	half := TextWidth(text, d.size*0.92, false)/2 - 4
	return max(p.left+half, min(p.right()-half, x))
}

// timeAxis draws the time of a period below the plot: months, days or hours, as many as there is room
// for.
func (d *drawer) timeAxis(period flow.Period, p plot) {
	d.add(stroke([][2]float64{point(p.left, p.bottom()), point(p.right(), p.bottom())}, d.theme.Muted, 1))
	last := math.Inf(-1)
	for _, tick := range timeTicks(period) {
		x := p.left + float64(tick.at-period.From)/float64(max(1, period.Slots()))*p.width
		d.add(stroke([][2]float64{point(x, p.bottom()), point(x, p.bottom()+4)}, d.theme.Muted, 1))
		w := TextWidth(tick.text, d.size, false)
		// A label begins at its tick: it names what follows.
		if x > last+6 && x+w <= p.right()+4 {
			d.add(label(tick.text, x+1, p.bottom()+1.2*d.size, d.size, d.theme.Muted, "left"))
			last = x + w
		}
	}
}

// timeTick is a moment and its name.
type timeTick struct {
	at   flow.Slot
	text string
}

// timeTicks are the months of a period that has several, else every seventh day, else every sixth
// hour.
func timeTicks(period flow.Period) []timeTick {
	var out []timeTick
	days := period.Slots() / flow.SlotsPerDay
	switch {
	case days > 45:
		month := "January"
		if days > 200 {
			month = "Jan"
		}
		for at := period.From.Month(); at < period.To; at = at.NextMonth() {
			if at >= period.From {
				out = append(out, timeTick{at, at.Time().Format(month)})
			}
		}
	case days > 2:
		for at := period.From; at < period.To; at += 7 * flow.SlotsPerDay {
			out = append(out, timeTick{at, at.Time().Format("2 Jan")})
		}
	default:
		for at := period.From; at < period.To; at += 6 * flow.SlotsPerHour {
			out = append(out, timeTick{at, at.Time().Format("15:04")})
		}
	}
	return out
}
