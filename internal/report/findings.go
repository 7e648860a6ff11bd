package report

import (
	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// What the period was: the sentences that stand first.

// findTotal: how much, with how many, and against the period before. Rates are compared, not
// volumes: periods differ in length.
func (m *maker) findTotal() []Finding {
	bits, unique := bitsIn(m.Now, stats.Total), uniqueIn(m.Now, stats.Total)
	if !bits.OK() {
		return nil
	}
	s := newSentence("volume", 1)
	if volume := s.number("volume", bits, m.unit); m.out.Normalized {
		s.say("%s the network's traffic came to %s (the first whole month is 100), exchanged", capital(m.out.Period.In()), volume)
	} else {
		s.say("%s the network exchanged %s", capital(m.out.Period.In()), volume)
	}
	if unique.OK() {
		s.say(" with %s distinct addresses", s.number("distinct addresses", unique, figure.Count))
	}
	if change, ok := m.rateChange(stats.Total); ok {
		s.say("; the average rate was %s than %s", s.change("change of the average rate", change, "higher", "lower", "no different"), m.out.Before.In())
	}
	s.say(".")
	return s.found()
}

// rateChange is the relative change of a cell's average rate, over the time that the store has.
func (m *maker) rateChange(k stats.Key) (float64, bool) {
	now, before := bitsIn(m.Now, k), bitsIn(m.before(), k)
	if !now.OK() || !before.OK() || before.X == 0 {
		return 0, false
	}
	a, b := now.X/float64(m.sinceBegin(m.Now.Period).Seconds()), before.X/float64(m.sinceBegin(m.Before.Period).Seconds())
	return a/b - 1, true
}

// findNoComparison: says that there is nothing to compare with.
func (m *maker) findNoComparison() []Finding {
	if m.out.HasBefore {
		return nil
	}
	s := newSentence("shares", 1)
	s.say("The store has no traffic of %s, so nothing is compared with it.", m.out.Before.Title())
	return s.found()
}

// findHiddenTotal: says why there is nothing of the totals, and what can be done. A sheet does not say
// for which rule a cell is hidden, and neither may the report: that a total is itself below a
// threshold would be news of its own.
func (m *maker) findHiddenTotal() []Finding {
	if bitsIn(m.Now, stats.Total).State != figure.Hidden {
		return nil
	}
	s := newSentence("volume", 1)
	s.say("The total of %s is hidden, and with it every share of it, because it or what could be computed from it is too small to publish: "+
		"too few addresses or networks, or one network with nearly all of the bits. "+
		"For publishing more there are the thresholds below (publish: in the configuration) and publish.always, the types that have agreed to be seen; "+
		"for own use tributary dataset --unsuppressed writes every number.", m.out.Period.Title())
	return s.found()
}

// findDirections: ingress against egress.
func (m *maker) findDirections() []Finding {
	ingress, egress := stats.Total, stats.Total
	ingress.Direction, egress.Direction = flow.Ingress, flow.Egress
	in, out := ratioIn(m.Now, ingress, stats.Total), ratioIn(m.Now, egress, stats.Total)
	if !in.OK() || !out.OK() {
		return nil
	}
	s := newSentence("flow", 1)
	switch {
	case out.X == 0:
		s.say("All of the traffic came in; nothing went out.")
		return s.found()
	case in.X == 0:
		s.say("All of the traffic went out; nothing came in.")
		return s.found()
	}
	s.say("%s of the bits came in, %s went out.", s.derived("ingress share", in.X, figure.Percent), s.derived("egress share", out.X, figure.Percent))
	return s.found()
}

// findIPv6: the IPv6 share, and the period before's.
func (m *maker) findIPv6() []Finding {
	v6 := stats.Total
	v6.Version = 6
	now, before := ratioIn(m.Now, v6, stats.Total), ratioIn(m.before(), v6, stats.Total)
	if !now.OK() {
		return nil
	}
	s := newSentence("ip-versions", max(0.1, now.X))
	if now.X == 0 {
		s.say("There is no IPv6 traffic")
	} else {
		s.say("IPv6 carries %s of all bits", s.share("IPv6 share", now))
	}
	if before.OK() && (now.X > 0 || before.X > 0) {
		s.say(", after %s %s", s.derived("IPv6 share before", before.X, figure.Percent), m.out.Before.In())
	}
	s.say(".")
	return s.found()
}
