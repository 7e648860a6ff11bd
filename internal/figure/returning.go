package figure

import "tributary/internal/flow"

// Persistence is the share of addresses that return, by network type, with bounds.
type Persistence struct{ Rows []PersistenceRow }

// PersistenceRow is a type, or all of them (NumNetworkTypes).
type PersistenceRow struct {
	Type             flow.NetworkType
	Share, Low, High Value // fractions
}

// Name is the type's name.
func (r *PersistenceRow) Name() string {
	if r.Type == flow.NumNetworkTypes {
		return "All types"
	}
	return TypeName(r.Type)
}

// Chart draws a row a type: a mark at the share, and a whisker from one bound to the other.
func (n *Persistence) Chart(width int, t *Theme) Chart {
	d := &drawer{size: fontSize(width), theme: t}
	left := 0.0
	for i := range n.Rows {
		left = max(left, TextWidth(n.Rows[i].Name(), d.size, false)+12)
	}
	column := TextWidth("100.0 % to 100.0 %", d.size, false) + 14
	share := TextWidth("no data", d.size, true) + 14
	if narrow(width) {
		column = 0
	}
	row, head := 2.1*d.size, 2.4*d.size
	p := plot{left: left, top: head, width: float64(width) - left - column - share - 18, height: row * float64(max(1, len(n.Rows)))}
	s := scale{min: 0, max: 1, ticks: []float64{0, 0.25, 0.5, 0.75, 1}, unit: Percent}
	d.across(s, p)
	right := float64(width) - 2
	d.add(boldLabel("share", right-column, 0.9*d.size, d.size, t.Ink, "right"))
	if column > 0 {
		d.add(boldLabel("bounds", right, 0.9*d.size, d.size, t.Ink, "right"))
	}
	for i := range n.Rows {
		r := &n.Rows[i]
		y := p.top + row*(float64(i)+0.5)
		color := t.Strong
		if r.Type != flow.NumNetworkTypes {
			color = t.Types[r.Type]
		}
		d.add(label(r.Name(), left-10, y, d.size, t.Ink, "right"), label(r.Share.Text(Percent), right-column, y, d.size, t.Ink, "right"))
		bounds := ""
		if r.Low.OK() {
			bounds = "exact"
			if r.Low.X < r.High.X {
				bounds = r.Low.Text(Percent) + " to " + r.High.Text(Percent)
				n.whisker(d, s, p, r, y, color)
			}
		}
		if column > 0 && bounds != "" {
			d.add(label(bounds, right, y, d.size, t.Muted, "right"))
		}
		if r.Share.OK() {
			d.add(mark("circle", s.across(r.Share.X, p), y, 10, color, t.Paper))
		}
		d.tips = append(d.tips, Tip{0, y - row/2, float64(width), row, tipLines(r.Name(), tipLine("returning", r.Share, Percent), bounds)})
	}
	c := Chart{Width: width, Height: int(p.bottom() + 2.2*d.size), Option: base(width, t), Tips: d.tips}
	c.Option["graphic"] = obj{"elements": d.elements}
	return c
}

// whisker is a line from one bound to the other, with ends.
func (n *Persistence) whisker(d *drawer, s scale, p plot, r *PersistenceRow, y float64, color string) {
	low, high := s.across(r.Low.X, p), s.across(r.High.X, p)
	d.add(stroke([][2]float64{point(low, y), point(high, y)}, color, 2),
		stroke([][2]float64{point(low, y-5), point(low, y+5)}, color, 2), stroke([][2]float64{point(high, y-5), point(high, y+5)}, color, 2))
}
