package figure

import (
	"tributary/internal/flow"
)

// Shares is each type's and type group's share of bits, in two periods.
type Shares struct {
	Periods [2]string // the period before, the period
	Rows    []ShareRow
}

// ShareRow is one type or group.
type ShareRow struct {
	Name        string
	Type        flow.NetworkType // NumNetworkTypes for a group
	Before, Now Value            // fractions
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

// Chart draws a pair of bars a row, the period before in a paler shade, with the change beside.
func (s *Shares) Chart(width int, t *Theme) Chart {
	size := fontSize(width)
	row := 3.1 * size
	head := 2.6 * size
	c := Chart{Width: width, Height: int(head + row*float64(len(s.Rows)) + 2.4*size), Option: base(width, t)}
	left, high := 0.0, 0.0
	for _, r := range s.Rows {
		left = max(left, TextWidth(r.Name, size, false)+10)
		high = max(high, r.Before.X, r.Now.X)
	}
	compared := s.compared()
	if !compared {
		row = 1.9 * size
		c.Height = int(head + row*float64(len(s.Rows)) + 2.4*size)
	}
	change := TextWidth("+00.0 points", size, false) + 10
	number := TextWidth("100.0 %", size, false) + 10
	if narrow(width) {
		change = TextWidth("no data", size, false) + 10
	}
	if !compared {
		change = 0
	}
	p := plot{left: left, top: head, height: row * float64(len(s.Rows))}
	p.width = float64(width) - left - change - number
	axis := linearScale(high, 4, Percent)
	for axis.max = high; axis.ticks[len(axis.ticks)-1] > high; {
		axis.ticks = axis.ticks[:len(axis.ticks)-1]
	}
	if high == 0 {
		axis.max = 1
	}
	x := axis.axis(width, t)
	x["splitLine"] = obj{"show": false}
	c.Option["grid"] = p.grid()
	c.Option["xAxis"] = x
	names := make([]string, len(s.Rows))
	for i, r := range s.Rows {
		names[i] = r.Name
	}
	text := textStyle(size, t.Ink)
	text["interval"], text["margin"] = 0, 8
	c.Option["yAxis"] = obj{
		"type": "category", "inverse": true, "data": names, "axisLabel": text,
		"axisLine": obj{"lineStyle": obj{"color": t.Muted}}, "axisTick": obj{"show": false}, "splitLine": obj{"show": false},
	}
	c.Option["series"] = arr{s.bars(1, size, t)}
	if compared {
		c.Option["series"] = arr{s.bars(1, size, t), s.bars(0, size, t)}
	}
	c.Tips = s.hoverTips(p, row, width)
	c.Option["tooltip"] = obj{"trigger": "axis", "valueFormatter": string(Percent)}
	c.Option["graphic"] = obj{"elements": s.text(p, row, size, width, t)}
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

// text is the head and the column of changes.
func (s *Shares) text(p plot, row, size float64, width int, t *Theme) arr {
	y := size * 0.9
	x := p.left
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
	head := "change"
	if narrow(width) {
		head = "points"
	}
	if s.compared() {
		out = append(out, boldLabel(head, float64(width)-2, y, size, t.Ink, "right"))
	}
	for i := range s.Rows {
		r := &s.Rows[i]
		if s.compared() {
			middle := p.top + row*(float64(i)+0.5)
			out = append(out, label(s.changeText(r, narrow(width)), float64(width)-2, middle, size, t.Ink, "right"))
		}
		if i > 0 && r.Type == flow.NumNetworkTypes && s.Rows[i-1].Type != flow.NumNetworkTypes {
			y := p.top + row*float64(i)
			out = append(out, line([][2]float64{{0, y}, {float64(width), y}}, t.Muted))
		}
	}
	return out
}

func (s *Shares) changeText(r *ShareRow, short bool) string {
	v := r.Change()
	if !v.OK() {
		return v.Text(Percent)
	}
	text := PointsText(v.X)
	if !short {
		text += nbsp + "points"
	}
	return text
}
