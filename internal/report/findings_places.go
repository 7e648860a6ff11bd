package report

import (
	"fmt"
	"slices"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// findCountry: the country with most of what is shown.
func (m *maker) findCountry() []Finding {
	total := bitsIn(m.Now, stats.Total)
	if m.Study == nil || m.Study.Places == nil || !m.has("countries") || !total.OK() || total.X == 0 {
		return nil
	}
	list := m.Study.Places.Countries.Places
	if len(list) < 2 {
		return nil
	}
	first, second := m.shownIn(&list[0])/total.X, m.shownIn(&list[1])/total.X
	if second == 0 || first == second {
		return nil
	}
	s := newSentence("countries", first)
	a, b := placeName(list[0].Name), placeName(list[1].Name)
	s.say("The countries with most of the traffic that can be told are %s, with %s%s of all bits, and %s with %s%s.",
		a, atLeast(&list[0]), s.derived("share of "+a, first, figure.Percent), b, atLeast(&list[1]), s.derived("share of "+b, second, figure.Percent))
	return s.found()
}

// atLeast goes before what is shown of a place of which something is hidden.
func atLeast(p *stats.Place) string {
	for _, c := range p.Cells {
		if c.Hidden {
			return "at least "
		}
	}
	return ""
}

// shownIn is the sum of a place's cells that are shown.
func (m *maker) shownIn(p *stats.Place) (bits float64) {
	for _, c := range p.Cells {
		if v := placeValue(c); v.OK() {
			bits += v.X
		}
	}
	return bits
}

// findMetros: the metropolitan areas of neoclouds and of hyperscalers.
func (m *maker) findMetros() []Finding {
	if m.Study == nil || m.Study.Places == nil || !m.has("metros") {
		return nil
	}
	var out []Finding
	for _, t := range []flow.NetworkType{flow.Neocloud, flow.Hyperscaler} {
		share := ratioIn(m.Now, typeKey(t), stats.Total)
		if !share.OK() || share.X < leastShare {
			continue
		}
		s := newSentence("metros", share.X)
		var parts []string
		inferred := 0
		for _, at := range m.largestMetros(t) {
			p := &m.Study.Places.Metros.Places[at]
			if p.Inferred {
				inferred++
			}
			parts = append(parts, fmt.Sprintf("%s (%s)", p.Name, s.number(figure.TypeName(t)+" in "+p.Name, placeValue(p.Cells[t]), m.unit)))
		}
		if len(parts) < 2 {
			continue
		}
		how := ""
		switch {
		case inferred == len(parts):
			how = ", as inferred from cities"
		case inferred > 0:
			how = ", as stated by the catalogue or inferred from cities"
		}
		s.say("The metropolitan areas with most %s traffic, of those that can be told%s, are %s.", figure.TypeName(t), how, list(parts))
		out = append(out, s.Finding)
	}
	return out
}

// largestMetros are up to three areas with most bits of a type, by number.
func (m *maker) largestMetros(t flow.NetworkType) []int {
	var out []int
	places := m.Study.Places.Metros.Places
	for range 3 {
		best := -1
		for i := range places {
			v := placeValue(places[i].Cells[t])
			if v.OK() && v.X > 0 && !slices.Contains(out, i) && (best < 0 || v.X > placeValue(places[best].Cells[t]).X) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		out = append(out, best)
	}
	return out
}
