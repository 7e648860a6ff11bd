package report

import (
	"math"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// findLargestType: the type with most bits, and the next.
func (m *maker) findLargestType() []Finding {
	rows := m.shareRows()
	if len(rows) < 2 || !rows[0].Now.OK() || rows[0].Type == stats.AllTypes {
		return nil
	}
	first, second := rows[0], rows[1]
	s := newSentence("shares", 1)
	s.ofShown(m, m.Now)
	share := s.share(first.Name+" share", first.Now)
	switch {
	case second.Type == stats.AllTypes || second.Now.X == 0:
		s.say("%s is the largest type with %s of all bits.", first.Name, share)
	case second.Now.X == first.Now.X:
		s.share(second.Name+" share", second.Now)
		s.say("%s and %s are the largest types with %s of all bits each.", first.Name, second.Name, share)
	default:
		s.say("%s is the largest type with %s of all bits, ahead of %s with %s.", first.Name, share, second.Name, s.share(second.Name+" share", second.Now))
	}
	return s.found()
}

// leastMove is the change in percentage points below which a move is not worth a sentence.
const leastMove = 0.1

// findCloud: the cloud group's share, which says which types are in it.
func (m *maker) findCloud() []Finding {
	now, before := groupShareIn(m.Now, "cloud"), groupShareIn(m.before(), "cloud")
	if !now.OK() || now.X == 0 {
		return nil
	}
	s := newSentence("shares", now.X)
	s.say("The clouds together (%s) carry %s of all bits", groupMembers("cloud"), s.share("All cloud share", now))
	if before.OK() {
		s.say(", after %s %s", s.share("All cloud share before", before), m.out.Before.In())
	}
	rows := m.shareRows()
	for i := range rows {
		r := &rows[i]
		if r.Name != groupNames["cloud"] || !r.Low.OK() || !r.Change().OK() || outside(r) && math.Abs(r.Change().X) < leastMove {
			continue
		}
		side := "within its interval, which holds 0, and not to be told from variation from week to week"
		if outside(r) {
			side = "more than it varies from week to week"
			s.concern += math.Abs(r.Change().X) / 100 * sureness(r)
		}
		s.say(" (%s): %s", s.interval(r), side)
	}
	s.say(".")
	return s.found()
}

// findAIClouds: neocloud and hyperscaler together, a sum that is easily taken for the cloud group:
// the sentence says that hosting is not in it.
func (m *maker) findAIClouds() []Finding {
	together := func(s *stats.Sheet) (float64, bool) {
		a, b := ratioIn(s, typeKey(flow.Neocloud), stats.Total), ratioIn(s, typeKey(flow.Hyperscaler), stats.Total)
		return a.X + b.X, a.OK() && b.OK() && a.X > 0 && b.X > 0
	}
	now, ok := together(m.Now)
	if !ok {
		return nil
	}
	s := newSentence("shares", now)
	s.say("Neocloud and hyperscaler together, without hosting, carry %s of all bits", s.derived("Neocloud and hyperscaler share", now, figure.Percent))
	if before, ok := together(m.before()); ok {
		s.say(", after %s %s", s.derived("Neocloud and hyperscaler share before", before, figure.Percent), m.out.Before.In())
	}
	s.say(".")
	return s.found()
}
