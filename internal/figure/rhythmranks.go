package figure

import (
	"math"

	"tributary/internal/flow"
)

// Burstiness ranks regions × types by how far their rates rise above their average.
type Burstiness struct{ Rows []BurstRow }

// BurstRow is a region and type.
type BurstRow struct {
	Region        string
	Type          flow.NetworkType
	P95, Max, Var Value // over the average; Var is the coefficient of variation
}

// MaxBurstRows is how many rows are drawn, the most bursty; the table has the others.
const MaxBurstRows = 24

// Chart draws a row each with two marks on a logarithmic scale: the 95th percentile and the largest.
func (b *Burstiness) Chart(width int, t *Theme) Chart {
	d := &drawer{size: fontSize(width), theme: t}
	rows := b.Rows[:min(len(b.Rows), MaxBurstRows)]
	low, high, left := math.Inf(1), 0.0, 0.0
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = regionLabels([]string{r.Region}, width)[0] + " · " + TypeName(r.Type)
		left = max(left, TextWidth(names[i], d.size, false)+12)
		for _, v := range [...]Value{r.P95, r.Max} {
			if v.OK() && v.X > 0 {
				low, high = min(low, v.X), max(high, v.X)
			}
		}
	}
	s := linearScale(1, 2, Count)
	if high > 0 {
		s = logScale(min(low, 1), high, Count)
	}
	columns := []string{"95th", "largest", "variation"}
	if narrow(width) {
		columns = columns[2:]
	}
	column := TextWidth("variation", d.size, true) + 14
	row, head := 1.75*d.size, 2.6*d.size
	if narrow(width) {
		head += 1.6 * d.size // the marks are explained over the columns' names
	}
	p := plot{left: left, top: head, width: float64(width) - left - column*float64(len(columns)) - 8, height: row * float64(max(1, len(rows)))}
	if len(rows) > 0 {
		d.across(s, p)
	}
	d.legend(legendLeft(p, width), 0.9*d.size, "95th percentile", "largest")
	for i, name := range columns {
		d.add(boldLabel(name, p.right()+8+column*float64(i+1), p.top-1.7*d.size, d.size, t.Ink, "right"))
	}
	for i, r := range rows {
		y := p.top + row*(float64(i)+0.5)
		d.add(label(names[i], left-10, y, d.size, t.Ink, "right"))
		b.marks(d, &r, s, p, y)
		for j, v := range []Value{r.P95, r.Max, r.Var}[3-len(columns):] {
			d.add(label(v.Text(Count), p.right()+8+column*float64(j+1), y, d.size, t.Ink, "right"))
		}
		d.tips = append(d.tips, Tip{0, y - row/2, float64(width), row, tipLines(r.Region+", "+TypeName(r.Type),
			tipLine("95th percentile over average", r.P95, Count), tipLine("largest over average", r.Max, Count), tipLine("coefficient of variation", r.Var, Count))})
	}
	if len(rows) == 0 {
		d.empty(Hidden, p)
	}
	c := Chart{Width: width, Height: int(p.bottom() + 2.2*d.size), Option: base(width, t), Tips: d.tips}
	c.Option["graphic"] = obj{"elements": d.elements}
	return c
}

// marks are the two marks of a row and the line between them.
func (b *Burstiness) marks(d *drawer, r *BurstRow, s scale, p plot, y float64) {
	color := d.theme.Types[r.Type]
	place := func(v Value) (float64, bool) { return s.across(max(v.X, s.min), p), v.OK() && (v.X > 0 || !s.log) }
	from, hasFrom := place(r.P95)
	to, hasTo := place(r.Max)
	if hasFrom && hasTo {
		d.add(stroke([][2]float64{point(from, y), point(to, y)}, color, 2))
	}
	if hasTo {
		d.add(mark("emptyCircle", to, y, 9, color, d.theme.Paper))
	}
	if hasFrom {
		d.add(mark("circle", from, y, 9, color, d.theme.Paper))
	}
}

// legend names a filled and a hollow mark.
func (d *drawer) legend(x, y float64, filled, hollow string) {
	for _, k := range [...][2]string{{"circle", filled}, {"emptyCircle", hollow}} {
		d.add(mark(k[0], x+5, y, 9, d.theme.Strong, d.theme.Paper), label(k[1], x+15, y, d.size, d.theme.Muted, "left"))
		x += 15 + TextWidth(k[1], d.size, false) + 16
	}
}

// Interconnect is the candidates for a private interconnect by region.
type Interconnect struct {
	Unit Unit
	Rows []InterconnectRow
}

// InterconnectRow is a region.
type InterconnectRow struct {
	Region            string
	Networks          Value // how many
	Average, P95, Max Value // of their rates summed
}

// Chart draws a row a region: from the average over the 95th percentile to the largest rate.
func (n *Interconnect) Chart(width int, t *Theme) Chart {
	d := &drawer{size: fontSize(width), theme: t}
	left, high := 0.0, 0.0
	regions := make([]string, len(n.Rows))
	for i, r := range n.Rows {
		regions[i] = r.Region
		high = max(high, r.Max.X)
	}
	regions = regionLabels(regions, width)
	for _, name := range regions {
		left = max(left, TextWidth(name, d.size, false)+12)
	}
	column := TextWidth("networks", d.size, true) + 12
	row, head := 2.4*d.size, 2.6*d.size
	if narrow(width) {
		head += 1.6 * d.size
	}
	p := plot{left: left, top: head, width: float64(width) - left - column - 24, height: row * float64(max(1, len(n.Rows)))}
	ticks := 4
	if narrow(width) {
		ticks = 2
	}
	s := linearScale(high, ticks, n.Unit)
	d.across(s, p)
	d.legend3(legendLeft(p, width), 0.9*d.size)
	d.add(boldLabel("networks", float64(width)-2, p.top-1.7*d.size, d.size, t.Ink, "right"))
	for i, r := range n.Rows {
		y := p.top + row*(float64(i)+0.5)
		d.add(label(regions[i], left-10, y, d.size, t.Ink, "right"), label(r.Networks.Text(Count), float64(width)-2, y, d.size, t.Ink, "right"))
		if r.P95.OK() {
			from := s.across(r.Average.X, p)
			d.add(rect(p.left, y-d.size*0.55, from-p.left, d.size*1.1, t.Strong),
				faint(rect(from, y-d.size*0.55, s.across(r.P95.X, p)-from, d.size*1.1, t.Strong)),
				mark("emptyCircle", s.across(r.Max.X, p), y, 9, t.Strong, t.Paper))
		}
		d.tips = append(d.tips, Tip{0, y - row/2, float64(width), row, tipLines(r.Region,
			tipLine("networks", r.Networks, Count), tipLine("average together", r.Average, n.Unit),
			tipLine("95th percentile together", r.P95, n.Unit), tipLine("largest together", r.Max, n.Unit))})
	}
	c := Chart{Width: width, Height: int(p.bottom() + 2.2*d.size), Option: base(width, t), Tips: d.tips}
	c.Option["graphic"] = obj{"elements": d.elements}
	return c
}

// legendLeft is where a legend begins: over the plot, or on a phone at the figure's edge.
func legendLeft(p plot, width int) float64 {
	if narrow(width) {
		return 2
	}
	return p.left
}

// faint makes an element pale.
func faint(e obj) obj {
	e["style"].(obj)["opacity"] = 0.4
	return e
}

// legend3 names the bar, its paler part and the mark.
func (d *drawer) legend3(x, y float64) {
	h := d.size * 0.9
	for i, name := range [...]string{"average", "95th percentile", "largest"} {
		e := rect(x, y-h/2, 14, h, d.theme.Strong)
		switch i {
		case 1:
			e = faint(e)
		case 2:
			e = mark("emptyCircle", x+7, y, 9, d.theme.Strong, d.theme.Paper)
		}
		d.add(e, label(name, x+20, y, d.size, d.theme.Muted, "left"))
		x += 20 + TextWidth(name, d.size, false) + 14
	}
}
