package report

import (
	"math"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// findLargestCell: the region and type that exchange most.
func (m *maker) findLargestCell() []Finding {
	var most figure.Value
	var region string
	var t flow.NetworkType
	hidden := false
	for _, r := range m.regions {
		for _, ty := range m.types {
			v := bitsIn(m.Now, cellKey(r, ty))
			hidden = hidden || v.State == figure.Hidden
			if v.X > most.X {
				most, region, t = v, r, ty
			}
		}
	}
	total := bitsIn(m.Now, stats.Total)
	if len(m.regions) < 2 || !most.OK() || !total.OK() || total.X == 0 {
		return nil
	}
	share, name := most.X/total.X, region+" "+figure.TypeName(t)
	s := newSentence("heat-volume", share)
	if hidden {
		s.say("Of the cells that are not hidden, the ")
	} else {
		s.say("The ")
	}
	s.say("largest cell is %s with %s: %s, %s of all bits.", region, figure.TypeName(t),
		s.number(name+" volume", most, m.unit), s.derived(name+" share", share, figure.Percent))
	return s.found()
}

// findRegionOfType: types of which one region has most, and a tenth more than it has of all bits.
func (m *maker) findRegionOfType() []Finding {
	if len(m.regions) < 2 {
		return nil
	}
	var out []Finding
	for _, t := range m.types {
		ofAll := ratioIn(m.Now, typeKey(t), stats.Total)
		if !ofAll.OK() || ofAll.X < leastShare {
			continue
		}
		region, ok := m.mainRegion(t)
		if ok {
			k, whole := cellKey(region, t), cellKey(region, stats.AllTypes)
			now, usual := ratioIn(m.Now, k, typeKey(t)), ratioIn(m.Now, whole, stats.Total)
			if !now.OK() || !usual.OK() || now.X-usual.X < 0.1 {
				continue
			}
			name := region + " share of " + figure.TypeName(t)
			s := newSentence("heat-volume", ofAll.X*(now.X-usual.X))
			s.say("%s is concentrated in %s: %s of its bits are exchanged there", figure.TypeName(t), region, s.derived(name, now.X, figure.Percent))
			if before := ratioIn(m.before(), k, typeKey(t)); before.OK() {
				s.say(", after %s %s", s.derived(name+" before", before.X, figure.Percent), m.out.Before.In())
			}
			s.say("; of all bits it is %s.", s.derived(region+" share", usual.X, figure.Percent))
			out = append(out, s.Finding)
		}
	}
	return out
}

// mainRegion is the region with most of a type's bits; false where a hidden one may have more.
func (m *maker) mainRegion(t flow.NetworkType) (string, bool) {
	best, region, hidden := 0.0, "", false
	for _, r := range m.regions {
		v := bitsIn(m.Now, cellKey(r, t))
		hidden = hidden || v.State == figure.Hidden
		if v.X > best {
			best, region = v.X, r
		}
	}
	total := bitsIn(m.Now, typeKey(t))
	return region, best > 0 && (!hidden || total.OK() && best > total.X/2)
}

// findRegionMoves: regions whose share of all bits moved by a point or more.
func (m *maker) findRegionMoves() []Finding {
	if len(m.regions) < 2 {
		return nil
	}
	var out []Finding
	for _, region := range m.regions {
		k := cellKey(region, stats.AllTypes)
		now, before := ratioIn(m.Now, k, stats.Total), ratioIn(m.before(), k, stats.Total)
		change := 100 * (now.X - before.X)
		if !now.OK() || !before.OK() || math.Abs(change) < 1 {
			continue
		}
		verb := "gained"
		if change < 0 {
			verb = "lost"
		}
		s := newSentence("heat-volume", math.Abs(change)/100)
		s.say("%s %s traffic against the other regions: from %s to %s of all bits (%s).", region, verb,
			s.derived(region+" share before", before.X, figure.Percent), s.derived(region+" share", now.X, figure.Percent),
			s.derived(region+" change", change, figure.Points)+nbsp+"points")
		out = append(out, s.Finding)
	}
	return out
}
