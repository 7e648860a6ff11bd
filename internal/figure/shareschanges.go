package figure

import "math"

// Changes of shares: a point with its interval as a line, on an axis of percentage points, and a hollow
// diamond for the change without the largest network.

// changeText is "+3.1 (+0.4 to +5.8)", without brackets where there is no interval.
func (r *ShareRow) changeText() string {
	v := r.Change()
	if !v.OK() {
		return v.Text(Points)
	}
	text := Points.Format(v.X)
	if r.Low.OK() {
		text += nbsp + "(" + intervalText(r.Low.X, r.High.X) + ")"
	}
	return text
}

func intervalText(low, high float64) string {
	return Points.Format(low) + nbsp + "to" + nbsp + Points.Format(high)
}

// moveScale is an axis of a width in CSS pixels that holds every change, every bound and 0, with up to
// seven ticks whose labels do not touch.
func (s *Shares) moveScale(width, size float64) scale {
	low, high := 0.0, 0.0
	for i := range s.Rows {
		r := &s.Rows[i]
		for _, v := range [...]Value{r.Change(), r.Low, r.High, r.Without} {
			low, high = min(low, v.X), max(high, v.X)
		}
	}
	if low == high {
		low, high = -1, 1
	}
	for most := 6; ; most-- {
		_, step := niceMax(high-low, most)
		out := scale{min: low, max: high, unit: Points}
		label := 0.0
		for i := math.Ceil(low/step - 1e-9); i*step <= high+1e-9*step; i++ {
			out.ticks = append(out.ticks, i*step)
			label = max(label, TextWidth(tickText(i*step), size, false))
		}
		if most == 1 || step/(high-low)*width > label+size/2 {
			return out
		}
	}
}

// moves draws the changes.
func (s *Shares) moves(l *sharesLayout, t *Theme) arr {
	p, size := l.moves, l.size
	axis := s.moveScale(p.width, size)
	at := func(v float64) float64 { return p.left + (v-axis.min)/(axis.max-axis.min)*p.width }
	out := s.movesHead(l, t)
	for _, tick := range axis.ticks {
		color := t.Rule
		if tick == 0 {
			color = t.Muted
		}
		out = append(out, line([][2]float64{{at(tick), p.top}, {at(tick), p.bottom()}}, color),
			label(tickText(tick), at(tick), p.bottom()+size, size, t.Muted, "center"))
	}
	row := p.height / float64(len(s.Rows))
	for i := range s.Rows {
		r := &s.Rows[i]
		y := p.top + row*(float64(i)+0.5)
		if l.names {
			out = append(out, label(r.Name, l.bars.left-8, y, size, t.Ink, "right"))
		}
		ink := t.Muted
		if r.outside() || !r.Low.OK() && r.Change().OK() {
			ink = t.Ink
		}
		out = append(out, label(r.changeText(), float64(l.width)-2, y, size, ink, "right"))
		out = append(out, s.move(r, at, y, size, t)...)
	}
	return out
}

// tickText is a tick in percentage points, without decimals that are zero.
func tickText(points float64) string {
	if points == 0 {
		return "0"
	}
	text := trimZeros(precision(points, 3))
	if points > 0 {
		text = "+" + text
	}
	return text
}

// move draws one change around the height y: the point is full unless no change is in the interval.
func (s *Shares) move(r *ShareRow, at func(float64) float64, y, size float64, t *Theme) arr {
	v := r.Change()
	if !v.OK() {
		return nil
	}
	var out arr
	color, symbol := s.color(r, t), "circle"
	above := y
	if r.Without.OK() {
		above = y - size*0.35
		out = append(out, mark("emptyDiamond", at(r.Without.X), y+size*0.55, size*0.6, t.Muted, t.Paper))
	}
	if r.Low.OK() {
		low, high, cap := at(r.Low.X), at(r.High.X), size*0.25
		for _, points := range [...][][2]float64{
			{{low, above}, {high, above}}, {{low, above - cap}, {low, above + cap}}, {{high, above - cap}, {high, above + cap}},
		} {
			whisker := line(points, color)
			whisker["z"], whisker["style"].(obj)["lineWidth"] = 8, 2
			out = append(out, whisker)
		}
		if !r.outside() {
			symbol = "emptyCircle"
		}
	}
	return append(out, mark(symbol, at(v.X), above, size*0.65, color, t.Paper))
}

// movesHead is the title of the changes, and what their marks are.
func (s *Shares) movesHead(l *sharesLayout, t *Theme) arr {
	size := l.size
	x, y := l.moves.left, size*0.9
	if l.names {
		x, y = 0, l.moves.top-3.4*size
	}
	out := arr{boldLabel("Change in percentage points", x, y, size, t.Ink, "left")}
	interval, without := false, false
	for i := range s.Rows {
		interval, without = interval || s.Rows[i].Low.OK(), without || s.Rows[i].Without.OK()
	}
	y += 1.6 * size
	key := func(symbol, text, color string) {
		out = append(out, mark(symbol, x+size*0.7, y, size*0.65, color, t.Paper), label(text, x+size*1.6, y, size, t.Ink, "left"))
		x += size*1.6 + TextWidth(text, size, false) + size
	}
	if interval {
		out = append(out, line([][2]float64{{x, y}, {x + size*1.4, y}}, t.Strong))
		key("circle", "95"+nbsp+"% interval", t.Strong)
	}
	if without {
		key("emptyDiamond", "without the largest network", t.Muted)
	}
	return out
}

// hoverTips are a tip a row, over its bars and over its change.
func (s *Shares) hoverTips(l *sharesLayout) []Tip {
	var out []Tip
	for i := range s.Rows {
		r := &s.Rows[i]
		lines := []string{tipLine(s.Periods[1], r.Now, Percent)}
		if s.compared() {
			lines = append(lines, tipLine(s.Periods[0], r.Before, Percent), "Change: "+r.Change().Text(Points)+nbsp+"points")
			if !r.Change().OK() {
				lines[len(lines)-1] = "Change: " + r.Change().Text(Points)
			}
			if r.Low.OK() {
				lines = append(lines, "95"+nbsp+"% interval: "+intervalText(r.Low.X, r.High.X))
			}
			if r.Without.State != Missing {
				lines = append(lines, "Without the largest network: "+r.Without.Text(Points))
			}
		}
		text := tipLines(r.Name, lines...)
		for _, p := range [...]plot{l.bars, l.moves} {
			row := p.height / float64(len(s.Rows))
			if p.height > 0 && (p == l.bars || l.names) {
				out = append(out, Tip{0, p.top + row*float64(i), float64(l.width), row, text})
			}
		}
	}
	return out
}
