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

// heavy is how many times the magnitude of all types together makes a type heavy.
const heavy = 10

// findFewAndHeavy: large types that move very much more per address than all together, and by how much.
// Where there is none, the one that moves most.
func (m *maker) findFewAndHeavy() []Finding {
	types, shares := m.largeTypes()
	all := magnitudeIn(m.Now, stats.Total)
	if !all.OK() || all.X == 0 || len(types) < 2 {
		return nil
	}
	var out []Finding
	var top flow.NetworkType
	var highest figure.Value
	for _, t := range types {
		v, unique := magnitudeIn(m.Now, typeKey(t)), uniqueIn(m.Now, typeKey(t))
		if !v.OK() || !unique.OK() {
			continue
		}
		if v.X > highest.X {
			top, highest = t, v
		}
		if v.X < heavy*all.X {
			continue
		}
		name := figure.TypeName(t)
		s := newSentence("heat-magnitude", max(0.15, shares[t].X))
		s.say("%s is few and heavy: %s move %s of all bits, %s each, %s times the %s of all types together.", name,
			addresses(unique, s.elsewhere("heat-uniqueness", name+" addresses", unique, figure.Count)),
			s.elsewhere("shares", name+" share", shares[t], figure.Percent), s.number(name+" magnitude", v, m.unit), timesText(v.X/all.X),
			s.number("magnitude", all, m.unit))
		out = append(out, s.Finding)
	}
	if len(out) == 0 && highest.X > all.X {
		name := figure.TypeName(top)
		s := newSentence("heat-magnitude", max(0.15, shares[top].X))
		s.ofShown(m, m.Now)
		s.say("%s moves the most per address: %s, %s times the %s of all types together.", name,
			s.number(name+" magnitude", highest, m.unit), timesText(highest.X/all.X), s.number("magnitude", all, m.unit))
		return s.found()
	}
	return out
}

// findManyAndLight: the large type that has half of the addresses or more, if each of them moves clearly
// less than the mean of all.
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
	if !most.OK() || !v.OK() || !all.OK() || len(types) < 2 || v.X >= 0.8*all.X || most.X < uniqueIn(m.Now, stats.Total).X/2 {
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
