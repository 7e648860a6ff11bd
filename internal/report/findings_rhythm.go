package report

import (
	"fmt"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// Sentences on rhythm are of periods that are covered: time in which an exporter was not heard looks
// like a lull, and makes all else a burst.

// rhythm is that of a period that is covered; nil if it is not, or is not known.
func (m *maker) rhythm() *stats.Rhythm {
	if c := m.heard(m.out.Coverage.All.Slots, m.Now.Period); m.Study == nil || !c.OK() || c.X < soundCoverage {
		return nil
	}
	return m.Study.Rhythm
}

// rhythmOf is how the rates of a cell of all regions vary; nil if that is hidden or not known.
func (m *maker) rhythmOf(t flow.NetworkType, d flow.Direction) *stats.Variability {
	r := m.rhythm()
	if r == nil {
		return nil
	}
	c := variabilityOf(r, stats.Key{Region: stats.AllRegions, Type: t, Direction: d})
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
	r := m.rhythm()
	if r == nil || r.Candidates == nil || !m.has("interconnect") {
		return nil
	}
	c := r.Candidates
	var largest *stats.RegionCandidates
	hidden := 0
	for i := range c.Regions {
		r := &c.Regions[i]
		if r.Hidden {
			hidden++
		} else if r.Count.Value > 0 && (largest == nil || r.P95.Value > largest.P95.Value) {
			largest = r
		}
	}
	if largest == nil || !largest.P95.Known || !largest.P95Ratio.Known {
		return nil
	}
	s := newSentence("interconnect", 1)
	regions, least, most := candidateRange(c, 1)
	where, of := "each of "+plural(regions, "region"), "those of "+largest.Region
	if regions == 1 {
		where, of = largest.Region, "they"
	}
	s.say("In %s there %s %s for a private interconnect, networks that are large and bursty over shared links; %s", where, isOrAre(most), candidateCount(least, most), of)
	s.say(" together have a 95th percentile of %s, %s times their average.", s.number(largest.Region+" candidates' 95th percentile", number(largest.P95), m.rateUnit()),
		s.number(largest.Region+" candidates' 95th percentile over average", number(largest.P95Ratio), figure.Count))
	if hidden > 0 {
		s.say(" In %s they are hidden.", plural(hidden, "region"))
	}
	return s.found()
}

// isOrAre is the verb for n.
func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
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
		s.say("%s of the addresses were seen %s too", returns(all, "all types"), m.out.Before.In())
	}
	switch {
	case most == nil || most == least || most.Low.Value <= least.High.Value: // the bounds do not tell them apart
		if all == nil {
			return nil
		}
	case all == nil:
		s.say("Of the large types, %s has most addresses that were seen %s too, %s, and %s fewest, %s", figure.TypeName(most.Type),
			m.out.Before.In(), returns(most, figure.TypeName(most.Type)), figure.TypeName(least.Type), returns(least, figure.TypeName(least.Type)))
	default:
		s.say("; of the large types, %s has most that return, %s, and %s fewest, %s", figure.TypeName(most.Type), returns(most, figure.TypeName(most.Type)),
			figure.TypeName(least.Type), returns(least, figure.TypeName(least.Type)))
	}
	s.say(".")
	return s.found()
}
