package figure

import (
	"math"
	"slices"

	"tributary/internal/flow"
)

// Variability is one network type's ten-minute rates over a period, in both directions, each beside
// the distribution of its deviation from baseline.
type Variability struct {
	Type   flow.NetworkType
	Period flow.Period
	Step   flow.Slot // slots in a Band
	Unit   Unit      // BPS, or Index in a normalised sheet
	Ways   [2]Way
	BinAt  []float64 // centres of the bins of Way.Shares, ascending and evenly spaced: fractions of the average rate
}

// Way is one direction.
type Way struct {
	Name   string // "Ingress"
	State  State  // Known, or why there is nothing
	Bands  []Band // of the Steps from the period's start on; the period may end within the last
	Shares []float64
	Words  string // of the distribution, over it; also where there is none
}

// Band is a part of a series: the lowest, mean and highest rate.
type Band struct{ Low, Avg, High float64 }

// rhythmLayout is where the panels of a Variability stand.
type rhythmLayout struct {
	width  int
	size   float64
	height float64
	series [2]plot
	shares [2]plot
}

// Chart draws a row a direction: the series, with the band from its lowest to its highest rate, on one
// scale for both, and the distribution. On a phone the distributions stand below the series.
func (v *Variability) Chart(width int, t *Theme) Chart {
	s := linearScale(v.highest(), 4, v.Unit)
	l := v.layout(width, s.width(fontSize(width))+12)
	c := Chart{Width: width, Height: int(l.height), Option: base(width, t)}
	d := &drawer{size: l.size, theme: t}
	for i := range v.Ways {
		w := &v.Ways[i]
		v.drawSeries(d, w, l.series[i], s)
		v.drawShares(d, w, l.shares[i])
	}
	c.Option["graphic"] = obj{"elements": d.elements}
	c.Tips = d.tips
	return c
}

// layout places the panels; left is the room for the scale's labels.
func (v *Variability) layout(width int, left float64) rhythmLayout {
	l := rhythmLayout{width: width, size: fontSize(width)}
	head, foot := 2.4*l.size, 2.6*l.size
	const tall = 132
	if narrow(width) {
		row := head + tall + foot
		for i := range l.series {
			l.series[i] = plot{left, head + float64(i)*row, float64(width) - left - 6, tall}
			w := (float64(width) - 18) / 2
			l.shares[i] = plot{6 + float64(i)*(w+8), 2*row + 2*head + l.size, w - 4, 84}
		}
		l.height = l.shares[0].bottom() + foot
		return l
	}
	row := head + tall + foot
	for i := range l.series {
		wide := (float64(width)-left)*0.64 - 20
		l.series[i] = plot{left, head + float64(i)*row, wide, tall}
		l.shares[i] = plot{left + wide + 34, head + float64(i)*row + 1.4*l.size, float64(width) - left - wide - 34 - 8, tall - 1.4*l.size}
	}
	l.height = 2 * row
	return l
}

// highest is the highest rate of both directions.
func (v *Variability) highest() float64 {
	high := 0.0
	for _, w := range v.Ways {
		for _, b := range w.Bands {
			high = max(high, b.High)
		}
	}
	return high
}

// drawSeries draws one direction's rates.
func (v *Variability) drawSeries(d *drawer, w *Way, p plot, s scale) {
	color := d.theme.Types[v.Type]
	d.add(boldLabel(w.Name, 0, p.top-1.5*d.size, d.size, d.theme.Ink, "left"))
	d.valueAxis(s, p)
	d.timeAxis(v.Period, p)
	if len(w.Bands) == 0 {
		d.empty(w.State, p)
		return
	}
	n := len(w.Bands)
	edge := make([][2]float64, 0, 2*n)
	middle := make([][2]float64, 0, n)
	for i, b := range w.Bands {
		x := (v.begins(i, p) + v.begins(i+1, p)) / 2
		edge = append(edge, point(x, s.at(b.High, p)))
		middle = append(middle, point(x, s.at(b.Avg, p)))
	}
	for i := n - 1; i >= 0; i-- {
		edge = append(edge, point(middle[i][0], s.at(w.Bands[i].Low, p)))
	}
	if n == 1 { // a point has no area: the whole width is its own
		b := w.Bands[0]
		edge = [][2]float64{point(p.left, s.at(b.High, p)), point(p.right(), s.at(b.High, p)), point(p.right(), s.at(b.Low, p)), point(p.left, s.at(b.Low, p))}
		middle = [][2]float64{point(p.left, s.at(b.Avg, p)), point(p.right(), s.at(b.Avg, p))}
	}
	d.add(polygon(edge, obj{"fill": color, "opacity": bandShade}), stroke(middle, color, 1.4))
	v.seriesTips(d, w, p)
}

// begins is where band i begins on the axis of time, and the one before it ends: at the latest with the
// period.
func (v *Variability) begins(i int, p plot) float64 {
	return p.left + p.width*min(1, float64(i)*float64(v.Step)/float64(max(1, v.Period.Slots())))
}

// bandShade is the opacity of the band around a series: its line is to stand out from it.
const bandShade = 0.38

// seriesTips are a tip every few bands, so wide that it can be hit.
func (v *Variability) seriesTips(d *drawer, w *Way, p plot) {
	n := len(w.Bands)
	each := max(1, int(math.Ceil(minTip/(v.begins(1, p)-p.left))))
	for i := 0; i < n; i += each {
		end := min(i+each, n)
		all := Band{Low: w.Bands[i].Low}
		for _, b := range w.Bands[i:end] {
			all = Band{min(all.Low, b.Low), all.Avg + b.Avg/float64(end-i), max(all.High, b.High)}
		}
		from, left := v.Period.From+v.Step*flow.Slot(i), v.begins(i, p)
		d.tips = append(d.tips, Tip{left, p.top, v.begins(end, p) - left, p.height, tipLines(
			w.Name+" from "+from.Time().Format("2 January 15:04")+" UTC",
			tipLine("average", Num(all.Avg), v.Unit), tipLine("lowest ten minutes", Num(all.Low), v.Unit), tipLine("highest", Num(all.High), v.Unit))})
	}
}

// drawShares draws one direction's distribution as steps over the bins that hold anything, at least
// half an average to both sides.
func (v *Variability) drawShares(d *drawer, w *Way, p plot) {
	head := w.Words
	if p.width < 200 { // side by side below the series: each needs its name
		d.add(boldLabel(w.Name, p.left, p.top-2.4*d.size, d.size, d.theme.Ink, "left"))
	}
	d.add(label(fit(head, d.size*0.92, p.width), p.left, p.top-1.1*d.size, d.size*0.92, d.theme.Muted, "left"))
	first, last := v.binRange()
	if w.Shares == nil || first >= last {
		if w.State != Known {
			d.empty(w.State, p)
		}
		return
	}
	half := (v.BinAt[1] - v.BinAt[0]) / 2
	low, high := v.BinAt[first]-half, v.BinAt[last]+half
	across := func(x float64) float64 { return p.left + (x-low)/(high-low)*p.width }
	top := slices.Max(w.Shares) // its own: a spike of one direction must not flatten the other
	d.add(stroke([][2]float64{point(p.left, p.bottom()), point(p.right(), p.bottom())}, d.theme.Muted, 1))
	d.deviationAxis(low, high, p)
	outline := [][2]float64{point(across(low), p.bottom())}
	for i := first; i <= last; i++ {
		y := p.bottom() - w.Shares[i]/top*p.height
		outline = append(outline, point(across(v.BinAt[i]-half), y), point(across(v.BinAt[i]+half), y))
	}
	outline = append(outline, point(across(high), p.bottom()))
	zero := across(0)
	d.add(polygon(outline, obj{"fill": d.theme.Types[v.Type], "opacity": 0.85}),
		stroke([][2]float64{point(zero, p.top), point(zero, p.bottom())}, d.theme.Strong, 1))
	d.tips = append(d.tips, Tip{p.left, p.top, p.width, p.height, tipLines(w.Name+", deviation from baseline", w.Words)})
}

// deviationAxis marks every half of an average below the plot, and names 0 and what fits beside it, from
// there outwards.
func (d *drawer) deviationAxis(low, high float64, p plot) {
	type taken struct{ left, right float64 }
	var labels []taken
	for step := range 2 * int(math.Ceil(2*max(high, -low))+1) {
		x := float64((step+1)/2) / 2 // 0, 0.5, −0.5, 1, −1 …
		if step > 0 && step%2 == 0 {
			x = -x
		}
		if x < low-1e-9 || x > high+1e-9 {
			continue
		}
		at := p.left + (x-low)/(high-low)*p.width
		d.add(stroke([][2]float64{point(at, p.bottom()), point(at, p.bottom()+4)}, d.theme.Muted, 1))
		text := trimZeros(PointsText(100*x)) + nbsp + "%"
		middle, half := d.within(text, at, p), TextWidth(text, d.size*0.92, false)/2+3
		box := taken{middle - half, middle + half}
		if !slices.ContainsFunc(labels, func(o taken) bool { return box.left < o.right && o.left < box.right }) {
			labels = append(labels, box)
			d.add(label(text, middle, p.bottom()+1.2*d.size, d.size*0.92, d.theme.Muted, "center"))
		}
	}
}

// binRange are the first and the last bin shown: those of both directions that hold anything, and at
// least ±0.5.
func (v *Variability) binRange() (first, last int) {
	first, last = len(v.BinAt), -1
	for i, at := range v.BinAt {
		any := math.Abs(at) <= 0.5+1e-9
		for w := range v.Ways {
			any = any || v.Ways[w].Shares != nil && v.Ways[w].Shares[i] > 0
		}
		if any {
			first, last = min(first, i), max(last, i)
		}
	}
	return first, last
}
