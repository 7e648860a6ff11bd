package report

import (
	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// largeTypes are the types with at least leastShare of the bits, and the shares.
func (m *maker) largeTypes() (types []flow.NetworkType, shares map[flow.NetworkType]figure.Value) {
	shares = map[flow.NetworkType]figure.Value{}
	for _, t := range m.types {
		if share := ratioIn(m.Now, typeKey(t), stats.Total); share.OK() && share.X >= leastShare {
			types = append(types, t)
			shares[t] = share
		}
	}
	return types, shares
}

// findFewAndHeavy: of the large types, who moves most per address, and by how much more than all
// together.
func (m *maker) findFewAndHeavy() []Finding {
	types, shares := m.largeTypes()
	all := magnitudeIn(m.Now, stats.Total)
	var t flow.NetworkType
	var v figure.Value
	for _, ty := range types {
		if x := magnitudeIn(m.Now, typeKey(ty)); x.OK() && x.X > v.X {
			t, v = ty, x
		}
	}
	unique := uniqueIn(m.Now, typeKey(t))
	if !v.OK() || !all.OK() || !unique.OK() || all.X == 0 || len(types) < 2 {
		return nil
	}
	name := figure.TypeName(t)
	s := newSentence("heat-magnitude", max(0.2, shares[t].X))
	s.ofShown(m, m.Now)
	magnitude, mean := s.number(name+" magnitude", v, m.unit), s.number("magnitude", all, m.unit)
	if v.X/all.X < 2 {
		s.say("%s moves the most per address: %s, %s times the %s of all types together.", name, magnitude, timesText(v.X/all.X), mean)
		return s.found()
	}
	s.say("%s is few and heavy: %s move %s of all bits, %s each, %s times the %s of all types together.", name,
		addresses(unique, s.elsewhere("heat-uniqueness", name+" addresses", unique, figure.Count)),
		s.elsewhere("shares", name+" share", shares[t], figure.Percent), magnitude, timesText(v.X/all.X), mean)
	return s.found()
}

// findManyAndLight: of the large types, the one with most addresses, if each of them moves less than
// the mean of all.
func (m *maker) findManyAndLight() []Finding {
	types, shares := m.largeTypes()
	all := magnitudeIn(m.Now, stats.Total)
	var t flow.NetworkType
	var most figure.Value
	for _, ty := range types {
		if x := uniqueIn(m.Now, typeKey(ty)); x.OK() && x.X > most.X {
			t, most = ty, x
		}
	}
	v := magnitudeIn(m.Now, typeKey(t))
	if !most.OK() || !v.OK() || !all.OK() || len(types) < 2 || v.X >= all.X {
		return nil
	}
	name := figure.TypeName(t)
	s := newSentence("heat-uniqueness", max(0.1, shares[t].X))
	s.ofShown(m, m.Now)
	s.say("%s is many and light: %s move %s of all bits, %s each.", name,
		addresses(most, s.number(name+" addresses", most, figure.Count)), s.elsewhere("shares", name+" share", shares[t], figure.Percent),
		s.elsewhere("heat-magnitude", name+" magnitude", v, m.unit))
	return s.found()
}

// addresses is a number of addresses in words.
func addresses(n figure.Value, text string) string {
	if n.X == 1 {
		return "1" + nbsp + "address"
	}
	return text + " addresses"
}
