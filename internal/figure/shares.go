package figure

import (
	"tributary/internal/flow"
)

// Shares is each type's and type group's share of bits, in two periods, and how it changed.
type Shares struct {
	Periods [2]string // the period before, the period
	Rows    []ShareRow
}

// ShareRow is one type or group.
type ShareRow struct {
	Name        string
	Type        flow.NetworkType // NumNetworkTypes for a group
	Before, Now Value            // fractions

	Low, High Value // 95 % interval of Change, percentage points; both or neither are known
	Without   Value // Change without the largest network, percentage points
}

// Change is the difference in percentage points, missing unless both shares are known.
func (r *ShareRow) Change() Value {
	switch {
	case r.Now.OK() && r.Before.OK():
		return Num(100 * (r.Now.X - r.Before.X))
	case r.Now.State == Hidden || r.Before.State == Hidden:
		return Hide()
	}
	return Value{}
}

// outside says that the change has an interval, and no change is not in it.
func (r *ShareRow) outside() bool { return r.Low.OK() && (r.Low.X > 0 || r.High.X < 0) }

// sharesLayout is where the parts of the figure stand: bars, and changes beside them or, on a phone,
// beneath.
type sharesLayout struct {
	width  int
	size   float64
	bars   plot
	moves  plot // of changes, without their text; no height if nothing is compared
	names  bool // the rows of moves have names of their own
	height float64
}

func (s *Shares) layout(width int) sharesLayout {
	l := sharesLayout{width: width, size: fontSize(width)}
	size, n := l.size, float64(len(s.Rows))
	left := 0.0
	for _, r := range s.Rows {
		left = max(left, TextWidth(r.Name, size, false)+10)
	}
	number := TextWidth("100.0 %", size, false) + 10
	foot := 2.4 * size
	l.bars = plot{left: left, top: 2.6 * size, width: float64(width) - left - number, height: 1.9 * size * n}
	if !s.compared() {
		l.height = l.bars.bottom() + foot
		return l
	}
	l.bars.height = 3.1 * size * n
	text := 0.0
	for i := range s.Rows {
		text = max(text, TextWidth(s.Rows[i].changeText(), size, false)+10)
	}
	if narrow(width) {
		l.names = true
		l.moves = plot{left: left + 8, top: l.bars.bottom() + foot + 4.6*size, height: 2.6 * size * n}
		l.moves.width = float64(width) - l.moves.left - text - size
		l.height = l.moves.bottom() + foot
		return l
	}
	l.bars.top = 4.4 * size
	l.moves = plot{top: l.bars.top, width: 210, height: l.bars.height}
	l.moves.left = float64(width) - text - size - l.moves.width
	l.bars.width = l.moves.left - 2*size - left - number
	l.height = l.bars.bottom() + foot
	return l
}

// Chart draws a pair of bars a row, the period before in a paler shade, and the changes with their
// intervals.
func (s *Shares) Chart(width int, t *Theme) Chart {
	l := s.layout(width)
	c := Chart{Width: width, Height: int(l.height), Option: base(width, t)}
	high := 0.0
	names := make([]string, len(s.Rows))
	for i, r := range s.Rows {
		high = max(high, r.Before.X, r.Now.X)
		names[i] = r.Name
	}
	axis := linearScale(high, 4, Percent)
	for axis.max = high; axis.ticks[len(axis.ticks)-1] > high; {
		axis.ticks = axis.ticks[:len(axis.ticks)-1]
	}
	if high == 0 {
		axis.max = 1
	}
	x := axis.axis(width, t)
	x["splitLine"] = obj{"show": false}
	c.Option["grid"] = l.bars.grid()
	c.Option["xAxis"] = x
	text := textStyle(l.size, t.Ink)
	text["interval"], text["margin"] = 0, 8
	c.Option["yAxis"] = obj{
		"type": "category", "inverse": true, "data": names, "axisLabel": text,
		"axisLine": obj{"lineStyle": obj{"color": t.Muted}}, "axisTick": obj{"show": false}, "splitLine": obj{"show": false},
	}
	c.Option["series"] = arr{s.bars(1, l.size, t)}
	elements := s.text(&l, t)
	if s.compared() {
		c.Option["series"] = arr{s.bars(1, l.size, t), s.bars(0, l.size, t)}
		elements = append(elements, s.moves(&l, t)...)
	}
	c.Tips = s.hoverTips(&l)
	c.Option["tooltip"] = obj{"trigger": "axis", "valueFormatter": string(Percent)}
	c.Option["graphic"] = obj{"elements": elements}
	return c
}

// compared reports whether there is anything of the period before.
func (s *Shares) compared() bool {
	for i := range s.Rows {
		if s.Rows[i].Before.State != Missing {
			return true
		}
	}
	return false
}

func (s *Shares) bars(period int, size float64, t *Theme) obj {
	data := make(arr, len(s.Rows))
	for i := range s.Rows {
		r := &s.Rows[i]
		v, ink, opacity := r.Now, t.Ink, 1.0
		if period == 0 {
			v, ink, opacity = r.Before, t.Muted, 0.4
		}
		text := v.Text(Percent)
		datum := v.datum()
		if !v.OK() {
			datum = 0
		}
		data[i] = obj{
			"value": datum, "itemStyle": obj{"color": s.color(r, t), "opacity": opacity},
			"label": obj{"formatter": text, "color": ink, "opacity": 1},
		}
	}
	l := textStyle(size*0.92, t.Ink)
	l["show"], l["position"], l["distance"] = true, "right", 5
	return obj{
		"type": "bar", "name": s.Periods[period], "data": data, "barWidth": size * 1.05, "barGap": "12%",
		"label": l, "emphasis": obj{"disabled": true},
	}
}

func (s *Shares) color(r *ShareRow, t *Theme) string {
	if r.Type == flow.NumNetworkTypes {
		return t.Strong
	}
	return t.Types[r.Type]
}

// text is the head of the bars, and the line between types and groups.
func (s *Shares) text(l *sharesLayout, t *Theme) arr {
	size := l.size
	x, y := l.bars.left, size*0.9
	var out arr
	for _, k := range [...]struct {
		name    string
		opacity float64
	}{{s.Periods[1], 1}, {s.Periods[0], 0.4}} {
		if k.opacity < 1 && !s.compared() {
			continue
		}
		swatch := rect(x, y-size*0.45, size*1.6, size*0.9, t.Strong)
		swatch["style"].(obj)["opacity"] = k.opacity
		out = append(out, swatch, label(k.name, x+size*1.6+6, y, size, t.Ink, "left"))
		x += size*1.6 + 6 + TextWidth(k.name, size, false) + 18
	}
	for _, p := range [...]plot{l.bars, l.moves} {
		if i := s.firstGroup(); i > 0 && p.height > 0 {
			y := p.top + p.height/float64(len(s.Rows))*float64(i)
			out = append(out, line([][2]float64{{0, y}, {float64(l.width), y}}, t.Muted))
		}
	}
	return out
}

// firstGroup is the first row of a group that comes after a type; 0 if there is none.
func (s *Shares) firstGroup() int {
	for i := 1; i < len(s.Rows); i++ {
		if s.Rows[i].Type == flow.NumNetworkTypes && s.Rows[i-1].Type != flow.NumNetworkTypes {
			return i
		}
	}
	return 0
}
