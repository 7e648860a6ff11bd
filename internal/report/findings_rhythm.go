package report

import (
	"fmt"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// rhythmOf is how the rates of a cell of all regions vary; nil if that is hidden or not known.
func (m *maker) rhythmOf(t flow.NetworkType, d flow.Direction) *stats.Variability {
	if m.Study == nil || m.Study.Rhythm == nil {
		return nil
	}
	c := variabilityOf(m.Study.Rhythm, stats.Key{Region: stats.AllRegions, Type: t, Direction: d})
	if c == nil || c.Hidden || !c.P95Ratio.Known || !c.CV.Known || c.CV.Value == 0 {
		return nil
	}
	return c
}

// findBursty: the burstiest and the steadiest of the large types.
func (m *maker) findBursty() []Finding {
	types, shares := m.largeTypes()
	var most, least *stats.Variability
	for _, t := range types {
		c := m.rhythmOf(t, flow.Both)
		if c == nil {
			continue
		}
		if most == nil || c.P95Ratio.Value > most.P95Ratio.Value {
			most = c
		}
		if least == nil || c.P95Ratio.Value < least.P95Ratio.Value {
			least = c
		}
	}
	if most == nil || most.P95Ratio.Value < 1.1*least.P95Ratio.Value || !m.has("burstiness") {
		return nil
	}
	a, b := figure.TypeName(most.Type), figure.TypeName(least.Type)
	s := newSentence("burstiness", max(0.2, shares[most.Type].X))
	s.ofShown(m, m.Now)
	s.say("%s is the burstiest of the large types, %s the steadiest: the 95th percentiles of their ten-minute rates are %s and %s times their averages.", a, b,
		s.number(a+" 95th percentile over average", number(most.P95Ratio), figure.Count), s.number(b+" 95th percentile over average", number(least.P95Ratio), figure.Count))
	return s.found()
}

// findUnevenDirections: the large type whose directions differ most in how they vary.
func (m *maker) findUnevenDirections() []Finding {
	types, shares := m.largeTypes()
	var bursty, flat *stats.Variability
	for _, t := range types {
		in, out := m.rhythmOf(t, flow.Ingress), m.rhythmOf(t, flow.Egress)
		if in == nil || out == nil {
			continue
		}
		if in.CV.Value < out.CV.Value {
			in, out = out, in
		}
		if bursty == nil || in.CV.Value/out.CV.Value > bursty.CV.Value/flat.CV.Value {
			bursty, flat = in, out
		}
	}
	if bursty == nil || bursty.CV.Value/flat.CV.Value < 1.5 || !m.has("variability-"+bursty.Type.String()) {
		return nil
	}
	name := figure.TypeName(bursty.Type)
	s := newSentence("variability-"+bursty.Type.String(), shares[bursty.Type].X)
	s.say("%s varies much more in one direction: the coefficient of variation of its ten-minute rates is %s of %s and %s of %s.", name,
		s.derived(name+" "+bursty.Direction.String()+" coefficient of variation", bursty.CV.Value, figure.Count), bursty.Direction,
		s.derived(name+" "+flat.Direction.String()+" coefficient of variation", flat.CV.Value, figure.Count), flat.Direction)
	return s.found()
}

// findCandidates: how many networks may want a link of their own, and where most of them are.
func (m *maker) findCandidates() []Finding {
	if m.Study == nil || m.Study.Rhythm == nil || m.Study.Rhythm.Candidates == nil || !m.has("interconnect") {
		return nil
	}
	var most *stats.RegionCandidates
	regions, hidden, total := 0, 0, 0.0
	for i := range m.Study.Rhythm.Candidates.Regions {
		r := &m.Study.Rhythm.Candidates.Regions[i]
		switch {
		case r.Hidden:
			hidden++
		case r.Count.Value > 0:
			regions++
			total += r.Count.Value
			if most == nil || r.P95.Value > most.P95.Value {
				most = r
			}
		}
	}
	if most == nil || !most.P95.Known || !most.P95Ratio.Known {
		return nil
	}
	s := newSentence("interconnect", 1)
	if regions > 1 {
		s.say("In %s there are %s for a private interconnect, networks that are large and bursty over shared links; those of %s",
			plural(regions, "region"), plural(int(total), "candidate"), most.Region)
	} else {
		s.say("In %s there are %s for a private interconnect, networks that are large and bursty over shared links; they",
			most.Region, plural(int(total), "candidate"))
	}
	s.say(" together have a 95th percentile of %s, %s times their average.", s.number(most.Region+" candidates' 95th percentile", number(most.P95), m.rateUnit()),
		s.number(most.Region+" candidates' 95th percentile over average", number(most.P95Ratio), figure.Count))
	if hidden > 0 {
		s.say(" In %s they are hidden.", plural(hidden, "region"))
	}
	return s.found()
}

// findReturning: of which large types the most and the fewest addresses return.
func (m *maker) findReturning() []Finding {
	if m.Study == nil || m.Study.Returning == nil || !m.has("persistence") {
		return nil
	}
	_, shares := m.largeTypes()
	var most, least, all *stats.Persistence
	for i := range m.Study.Returning.Rows {
		p := &m.Study.Returning.Rows[i]
		if p.Region != stats.AllRegions || p.Hidden || !p.Share.Known {
			continue
		}
		if p.Type == stats.AllTypes {
			all = p
			continue
		}
		if !shares[p.Type].OK() {
			continue
		}
		if most == nil || p.Share.Value > most.Share.Value {
			most = p
		}
		if least == nil || p.Share.Value < least.Share.Value {
			least = p
		}
	}
	if all == nil && most == nil {
		return nil
	}
	s := newSentence("persistence", 0.5)
	returns := func(p *stats.Persistence, name string) string {
		text := s.share(name+" returning", number(p.Share))
		if p.Low.Value < p.High.Value {
			text += fmt.Sprintf(" (%s to %s)", s.share(name+" returning, lower bound", number(p.Low)), s.share(name+" returning, upper bound", number(p.High)))
		}
		return text
	}
	if all != nil {
		s.say("%s of the addresses were seen in %s too", returns(all, "all types"), m.out.Before.Title())
	}
	switch {
	case most == nil || most == least || most.Low.Value <= least.High.Value: // the bounds do not tell them apart
		if all == nil {
			return nil
		}
	case all == nil:
		s.say("Of the large types, %s has most addresses that were seen in %s too, %s, and %s fewest, %s", figure.TypeName(most.Type),
			m.out.Before.Title(), returns(most, figure.TypeName(most.Type)), figure.TypeName(least.Type), returns(least, figure.TypeName(least.Type)))
	default:
		s.say("; of the large types, %s has most that return, %s, and %s fewest, %s", figure.TypeName(most.Type), returns(most, figure.TypeName(most.Type)),
			figure.TypeName(least.Type), returns(least, figure.TypeName(least.Type)))
	}
	s.say(".")
	return s.found()
}
