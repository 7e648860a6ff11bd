package figure

import (
	"math"
	"strconv"

	"tributary/internal/flow"
)

// Networks is which networks came and went between two periods, and which changed much, by type.
type Networks struct {
	Rows []NetworksRow
}

// NetworksRow is one type, or all.
type NetworksRow struct {
	Type            flow.NetworkType // NumNetworkTypes for all types
	Gone, New       GroupOfNetworks
	Halved, Doubled GroupOfNetworks // among the networks of both periods; without Share
}

// GroupOfNetworks is a part of a type's networks.
type GroupOfNetworks struct {
	Count Value // missing: there are no periods to compare
	Of    int   // of how many
	Share Value // of the type's bits
}

func (g *GroupOfNetworks) part() float64 {
	if !g.Count.OK() || g.Of == 0 {
		return 0
	}
	return g.Count.X / float64(g.Of)
}

// text is "3 of 18", with the share of bits where there is room for it.
func (g *GroupOfNetworks) text(short bool) string {
	if !g.Count.OK() {
		return g.Count.Text(Count)
	}
	text := strconv.Itoa(int(g.Count.X)) + nbsp + "of" + nbsp + strconv.Itoa(g.Of)
	if short || g.Count.X == 0 || g.Share.State == Missing {
		return text
	}
	if g.Share.State == Hidden {
		return text + " · hidden"
	}
	return text + " · " + g.Share.Text(Percent)
}

// pair is a panel of two groups: one's bars grow to the left, the other's to the right.
type pair struct {
	title, left, right string
	of                 func(*NetworksRow) (left, right *GroupOfNetworks)
}

var networkPairs = [...]pair{
	{"Gone and new", "gone", "new", func(r *NetworksRow) (l, g *GroupOfNetworks) { return &r.Gone, &r.New }},
	{"Halved and doubled", "less than half", "more than double", func(r *NetworksRow) (l, g *GroupOfNetworks) { return &r.Halved, &r.Doubled }},
}

// Chart draws two panels, side by side, or one above the other on a phone.
func (f *Networks) Chart(width int, t *Theme) Chart {
	size := fontSize(width)
	c := Chart{Width: width, Option: base(width, t)}
	names := 0.0
	for _, r := range f.Rows {
		names = max(names, TextWidth(rowName(r.Type), size, false)+12)
	}
	tall := 5*size + 1.9*size*float64(len(f.Rows))
	if narrow(width) {
		for i := range networkPairs {
			f.panel(&c, &networkPairs[i], plot{0, float64(i) * (tall + size), float64(width), tall}, names, t)
		}
		c.Height = int(math.Ceil(2*tall + size))
		return c
	}
	w := (float64(width) - names - 20) / 2
	f.panel(&c, &networkPairs[0], plot{0, 0, names + w, tall}, names, t)
	f.panel(&c, &networkPairs[1], plot{names + w + 20, 0, w, tall}, 0, t)
	c.Height = int(math.Ceil(tall))
	return c
}

// panel draws the rows of one pair; names is the width of their names, 0 for none.
func (f *Networks) panel(c *Chart, k *pair, area plot, names float64, t *Theme) {
	size, short := fontSize(c.Width), narrow(c.Width)
	texts, most := [2]float64{}, 0.0
	for i := range f.Rows {
		l, r := k.of(&f.Rows[i])
		texts[0], texts[1] = max(texts[0], TextWidth(l.text(short), size*0.92, false)), max(texts[1], TextWidth(r.text(short), size*0.92, false))
		most = max(most, l.part(), r.part())
	}
	room := area.width - names - texts[0] - texts[1] - 12
	middle := area.left + names + texts[0] + 6 + room/2
	row, top := 1.9*size, area.top+4.4*size
	elements := arr{
		boldLabel(k.title, area.left+names, area.top+size*0.8, size, t.Ink, "left"),
		label(k.left, middle-6, area.top+2.9*size, size, t.Muted, "right"),
		label(k.right, middle+6, area.top+2.9*size, size, t.Muted, "left"),
	}
	for i := range f.Rows {
		r := &f.Rows[i]
		left, right := k.of(r)
		y := top + row*float64(i)
		if names > 0 {
			elements = append(elements, label(rowName(r.Type), area.left, y+row/2-size*0.3, size, t.Ink, "left"))
		}
		x0, x1 := middle, middle
		if most > 0 {
			x0, x1 = middle-room/2*left.part()/most, middle+room/2*right.part()/most
		}
		if x0 < middle {
			paler := rect(x0, y, middle-x0, size*1.25, rowColor(r.Type, t))
			paler["style"].(obj)["opacity"] = 0.5
			elements = append(elements, paler)
		}
		if x1 > middle {
			elements = append(elements, rect(middle, y, x1-middle, size*1.25, rowColor(r.Type, t)))
		}
		elements = append(elements,
			label(left.text(short), x0-6, y+size*0.64, size*0.92, inkOf(left, t), "right"),
			label(right.text(short), x1+6, y+size*0.64, size*0.92, inkOf(right, t), "left"))
		c.Tips = append(c.Tips, tipAround(area.left+names, y, area.left+area.width, y+row*0.9,
			tipLines(rowName(r.Type), k.left+": "+left.text(false), k.right+": "+right.text(false))))
	}
	elements = append(elements, line([][2]float64{{middle, area.top + 3.8*size}, {middle, top + row*float64(len(f.Rows))}}, t.Muted))
	addGraphic(c, elements)
}

func inkOf(g *GroupOfNetworks, t *Theme) string {
	if g.Count.OK() && g.Count.X > 0 {
		return t.Ink
	}
	return t.Muted
}
