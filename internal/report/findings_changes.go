package report

import (
	"math"

	"tributary/internal/figure"
	"tributary/internal/stats"
)

// Sentences on changes of shares. Where a change has an interval, every sentence says on which side of
// it no change lies; where it has none, only the largest changes are told.

// outside says that a change's interval has no change out of it.
func outside(r *figure.ShareRow) bool { return r.Low.OK() && (r.Low.X > 0 || r.High.X < 0) }

// sureness is how surely a share moved at all: the change over its interval's half-width, from a half
// to three.
func sureness(r *figure.ShareRow) float64 {
	half := (r.High.X - r.Low.X) / 2
	if half <= 0 {
		return 3
	}
	return min(3, max(0.5, math.Abs(r.Change().X)/half))
}

// interval says a change with its interval: "+14.5 points, 95 % interval +12.3 to +16.7".
func (s *sentence) interval(r *figure.ShareRow) string {
	change := s.points(r.Name+" change", r.Change())
	return change + ", 95" + nbsp + "% interval " + s.number(r.Name+" change, least", r.Low, figure.Points) + " to " +
		s.number(r.Name+" change, most", r.High, figure.Points)
}

// findMoves: the types whose share moved more than it varies from week to week, and the group of both
// ISP types, where neither of them did. (The group cloud has a sentence of its own.)
func (m *maker) findMoves() []Finding {
	var out []Finding
	rows, ofISP := m.shareRows(), false // groups come last
	for i := range rows {
		r := &rows[i]
		change := r.Change()
		if !outside(r) || !change.OK() || math.Abs(change.X) < leastMove || r.Name == groupNames["cloud"] || r.Type == stats.AllTypes && ofISP {
			continue
		}
		ofISP = ofISP || r.Type != stats.AllTypes && r.Type.Group() == "isp"
		verb := "rose"
		if change.X < 0 {
			verb = "fell"
		}
		s := newSentence("shares", math.Abs(change.X)/100*sureness(r))
		s.say("The share of %s %s from %s %s to %s of all bits (%s): more than it varies from week to week.", r.Name, verb,
			s.share(r.Name+" share before", r.Before), m.out.Before.In(), s.share(r.Name+" share", r.Now), s.interval(r))
		if r.Without.OK() && (r.Without.X*change.X < 0 || math.Abs(r.Without.X) < math.Abs(change.X)/2) {
			s.say(" It hangs on one network: without the one that is largest in it, the change would be %s.",
				s.points(r.Name+" change without the largest network", r.Without))
		}
		out = append(out, s.Finding)
	}
	return out
}

// findSteadyShares: in one sentence the types whose change lies within its interval.
func (m *maker) findSteadyShares() []Finding {
	var within []figure.ShareRow
	rows, moved := m.shareRows(), false
	largest := 0.0
	for i := range rows {
		r := &rows[i]
		switch {
		case r.Type == stats.AllTypes || !r.Low.OK() || !r.Change().OK():
		case outside(r):
			moved = true
		default:
			within = append(within, *r)
			largest = max(largest, math.Abs(r.Change().X))
		}
	}
	if len(within) == 0 {
		return nil
	}
	s := newSentence("shares", max(0.1, largest/100))
	var parts []string
	for i := range within {
		r := &within[i]
		parts = append(parts, r.Name+" ("+s.points(r.Name+" change", r.Change())+", "+s.number(r.Name+" change, least", r.Low, figure.Points)+
			" to "+s.number(r.Name+" change, most", r.High, figure.Points)+")")
	}
	switch {
	case len(within) == 1:
		s.say("The change of the share of %s is within its 95"+nbsp+"%% interval, which holds 0: it cannot be told from variation from week to week.", parts[0])
	case !moved:
		s.say("No type's change of share can be told from variation from week to week: those of %s are within their 95"+nbsp+"%% intervals, which hold 0.", list(parts))
	default:
		s.say("The changes of the shares of %s are within their 95"+nbsp+"%% intervals, which hold 0: they cannot be told from variation from week to week.", list(parts))
	}
	return s.found()
}

// findExtremeMoves: the type that gained most and the one that lost most, where no change has an
// interval.
func (m *maker) findExtremeMoves() []Finding {
	var out []Finding
	for _, r := range m.shareRows() {
		if r.Low.OK() {
			return nil
		}
	}
	say := func(verb string, v mover) {
		name := figure.TypeName(v.t)
		s := newSentence("shares", math.Abs(v.change)/100)
		s.ofShown(m, m.Now, m.before())
		s.say("%s %s most since %s: from %s to %s of all bits (%s).", name, verb, m.out.Before.Title(),
			s.share(name+" share before", v.before), s.share(name+" share", v.now), s.points(name+" change", figure.Num(v.change)))
		out = append(out, s.Finding)
	}
	moves := m.movers()
	if len(moves) == 0 {
		return nil
	}
	if first := moves[0]; first.change >= leastMove {
		say("gained", first)
	}
	if last := moves[len(moves)-1]; last.change <= -leastMove {
		say("lost", last)
	}
	return out
}
