package report

import (
	"fmt"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// networksOfType is what the study knows of a type's networks; nil if there is no study.
func (m *maker) networksOfType(t flow.NetworkType) *stats.TypeNetworks {
	if m.Study == nil || m.Study.Networks == nil {
		return nil
	}
	for i := range m.Study.Networks.Types {
		if n := &m.Study.Networks.Types[i]; n.Type == t {
			return n
		}
	}
	return nil
}

// findConcentration: how concentrated all bits are on networks.
func (m *maker) findConcentration() []Finding {
	n := m.networksOfType(stats.AllTypes)
	if n == nil || n.Now.Hidden || !n.Now.Effective.Known || !n.Now.Top[0].Known || n.Now.Networks < 2 {
		return nil
	}
	s := newSentence("concentration", 1)
	if len(n.Now.LeftOut) > 0 {
		s.say("Of the networks of types that are not hidden, the")
	} else {
		s.say("The")
	}
	s.say(" bits lie on %s networks as if on %s of equal size (the effective number)", s.number("networks", figure.Num(float64(n.Now.Networks)), figure.Count),
		s.number("effective number", number(n.Now.Effective), figure.Count))
	if n.Before.Effective.Known && len(n.Before.LeftOut) == len(n.Now.LeftOut) {
		s.say(", after %s in %s", s.number("effective number before", number(n.Before.Effective), figure.Count), m.out.Before.Title())
	}
	s.say("; the largest has %s", s.share("share of the largest network", number(n.Now.Top[0])))
	if n.Now.Top[2].Known && n.Now.Networks > stats.TopRanks[2] {
		s.say(", the ten largest %s", s.share("share of the ten largest networks", number(n.Now.Top[2])))
	}
	s.say(".")
	return s.found()
}

// findConcentratedType: the large type of which one network has most.
func (m *maker) findConcentratedType() []Finding {
	types, shares := m.largeTypes()
	var most *stats.TypeNetworks
	for _, t := range types {
		n := m.networksOfType(t)
		if n == nil || n.Now.Hidden || !n.Now.Effective.Known || !n.Now.Top[0].Known || n.Now.Networks < 2 {
			continue
		}
		if most == nil || n.Now.Top[0].Value > most.Now.Top[0].Value {
			most = n
		}
	}
	if most == nil || len(types) < 2 || most.Now.Top[0].Value < 0.25 {
		return nil
	}
	name := figure.TypeName(most.Type)
	s := newSentence("concentration", shares[most.Type].X)
	s.ofShown(m, m.Now)
	s.say("%s depends most on one network: it has %s of the type's bits, and %s networks are as concentrated as %s of equal size.", name,
		s.share("share of the largest network of "+name, number(most.Now.Top[0])),
		s.number("networks of "+name, figure.Num(float64(most.Now.Networks)), figure.Count),
		s.number("effective number of "+name, number(most.Now.Effective), figure.Count))
	return s.found()
}

// findNewNetworks: how many networks came, and went, and what they carry.
func (m *maker) findNewNetworks() []Finding {
	n := m.networksOfType(stats.AllTypes)
	if n == nil || !m.has("networks") {
		return nil
	}
	came, went := turnoverOf(&n.New), turnoverOf(&n.Gone)
	s := newSentence("networks", max(0.1, came.Share.X, went.Share.X))
	if len(n.New.LeftOut)+len(n.Gone.LeftOut) > 0 {
		s.say(notHidden)
	}
	words := func(name string, g figure.GroupOfNetworks) string {
		text := s.number(name+" networks", g.Count, figure.Count)
		if g.Share.OK() && g.Count.X > 0 {
			return text + ", with " + s.share(name+" networks' share", g.Share) + " of the bits,"
		}
		return text
	}
	looked := m.Study.Networks.Looked
	switch {
	case came.Count.OK() && went.Count.OK() && looked > 0:
		s.say("%s of %s networks are new, seen in none of the %s before", words("new", came), fmt.Sprint(came.Of), plural(looked, "month"))
		s.say("; %s of those of %s are gone.", words("gone", went), m.out.Before.Title())
	case went.Count.OK():
		s.say("%s of the %s networks of %s are gone.", words("gone", went), fmt.Sprint(went.Of), m.out.Before.Title())
	default:
		return nil
	}
	return s.found()
}

// has reports whether the report has the figure.
func (m *maker) has(figure string) bool { return m.out.figure(figure) != nil }
