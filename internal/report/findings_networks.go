package report

import (
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
		s.say(", after %s %s", s.number("effective number before", number(n.Before.Effective), figure.Count), m.out.Before.In())
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
	looked := m.Study.Networks.Looked
	newKnown, goneKnown := came.Count.OK() && came.Of > 0 && looked > 0, went.Count.OK() && went.Of > 0
	if newKnown {
		s.say("%s new, seen in none of the %s before", s.networks("new", came), plural(looked, "month"))
	}
	if goneKnown {
		if newKnown {
			s.say("; ")
		}
		s.say("%s gone since %s", s.networks("gone", went), m.out.Before.Title())
	}
	if !newKnown && !goneKnown {
		return nil
	}
	s.say(".")
	s.Text = capital(s.Text)
	return s.found()
}

// networks says a group of networks: "3 of 120 networks, with 0.5 % of the bits, are".
func (s *sentence) networks(name string, g figure.GroupOfNetworks) string {
	if g.Count.X == 0 {
		return "no network is"
	}
	text := s.number(name+" networks", g.Count, figure.Count) + " of " + plural(g.Of, "network")
	if g.Share.OK() {
		text += ", with " + s.share(name+" networks' share", g.Share) + " of the bits,"
	}
	if g.Count.X == 1 {
		return text + " is"
	}
	return text + " are"
}

// has reports whether the report has the figure.
func (m *maker) has(figure string) bool { return m.out.figure(figure) != nil }
