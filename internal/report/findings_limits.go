package report

import (
	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// What to bear in mind. Sentences on coverage are of no figure: their numbers stand in the section on
// coverage.

// findBeginning: that the store is younger than the period, or than the one before.
func (m *maker) findBeginning() []Finding {
	s := newSentence("", 1)
	switch {
	case m.began(m.Now.Period):
		s.say("%s: what is said of %s is of the time since.", m.beginning(), m.out.Period.Title())
	case m.out.HasBefore && m.began(m.Before.Period):
		s.say("%s: what %s is compared with is the part of %s since. Rates are compared, and shares; the volumes of that part are less for being of less time.",
			m.beginning(), m.out.Period.Title(), m.out.Before.Title())
	default:
		return nil
	}
	return s.found()
}

// began reports that the store begins within the period, after its first slot.
func (m *maker) began(p flow.Period) bool { return p.From < m.Extent.From && m.Extent.From < p.To }

// beginning says from when on the store has anything.
func (m *maker) beginning() string {
	return "The store begins on " + m.Extent.From.Time().Format("2 January 2006 at 15:04") + " UTC"
}

// sinceBegin is the part of a period that the store has: all of it, unless the store begins within.
func (m *maker) sinceBegin(p flow.Period) flow.Period {
	if m.began(p) {
		p.From = m.Extent.From
	}
	return p
}

// averageNote says of an average over the whole period that the store has only a part of it.
func (m *maker) averageNote() string {
	if !m.began(m.Now.Period) {
		return ""
	}
	return "over all of the period, of which the store has " + durationText(m.sinceBegin(m.Now.Period).Slots())
}

// heard is the coverage of a period by the slots since the store began. Before it no exporter was
// silent: there was none.
func (m *maker) heard(coverage figure.Value, p flow.Period) figure.Value {
	if m.began(p) && coverage.OK() {
		coverage.X = min(1, coverage.X*float64(p.Slots())/float64(m.sinceBegin(p).Slots()))
	}
	return coverage
}

// findGaps: that exporters were not heard for more than a twentieth of the time, in the period or the
// one before, since a change may then be one of coverage.
func (m *maker) findGaps() []Finding {
	now, before := m.heard(m.out.Coverage.All.Slots, m.Now.Period), m.heard(coverageIn(m.before()), m.Before.Period)
	thinBefore := before.OK() && before.X < soundCoverage
	if !now.OK() || now.X >= soundCoverage && !thinBefore {
		return nil
	}
	s := newSentence("", 1-now.X)
	if m.began(m.Now.Period) {
		s.say("Every exporter was heard in %s of the five-minute slots since the store began", s.derived("coverage", now.X, figure.Percent))
	} else {
		s.say("Every exporter was heard in %s of the five-minute slots of %s", s.share("coverage", now), m.out.Period.Title())
	}
	if r := m.thinnest(); r != nil {
		s.say(", counted in %s, where it is least", r.Region)
	}
	if now.X < soundCoverage {
		s.say("; volumes are too low by what the others would have sent")
	}
	if before.OK() {
		s.say(". %s it was %s: part of any change between the two may be one of coverage", capital(m.out.Before.In()),
			s.derived("coverage before", before.X, figure.Percent))
	}
	s.say(".")
	return s.found()
}

// thinnest is the region with the smallest coverage; nil where all are covered alike.
func (m *maker) thinnest() *RegionCoverage {
	var out *RegionCoverage
	alike := true
	for i := range m.out.Coverage.Regions {
		r := &m.out.Coverage.Regions[i]
		alike = alike && r.Slots == m.out.Coverage.Regions[0].Slots
		if r.Slots.OK() && (out == nil || r.Slots.X < out.Slots.X) {
			out = r
		}
	}
	if alike {
		return nil
	}
	return out
}

// findUnrated: exporters whose sampling rate is not known. How much traffic they stand for nobody
// knows; the share of flows says how much it may matter, and is not said: it would tell of counts.
func (m *maker) findUnrated() []Finding {
	all := &m.out.Coverage.All
	if all.Unrated == 0 {
		return nil
	}
	var flows, without float64
	for i := range m.Health {
		for _, n := range m.Health[i].Flows {
			flows += float64(n)
		}
		without += float64(m.Health[i].RateUnknown)
	}
	s := newSentence("", without/max(1, flows))
	s.say("For %s no sampling rate is known for some or all flows. Such flows count once: volumes%s are too low by an unknown factor, and have no sampling error.",
		countOf(all.Unrated, all.Exporters, "exporter"), m.unratedRegions())
	return s.found()
}

// unratedRegions says where the exporters without rate are, if there are several regions.
func (m *maker) unratedRegions() string {
	var names []string
	for i := range m.out.Coverage.Regions {
		if r := &m.out.Coverage.Regions[i]; r.Unrated > 0 {
			names = append(names, r.Region)
		}
	}
	if len(m.out.Coverage.Regions) < 2 {
		return ""
	}
	return " in " + list(names)
}

// findLoss: that some of the export never arrived, from a thousandth on.
func (m *maker) findLoss() []Finding {
	all := &m.out.Coverage.All
	if !all.Loss.OK() || all.Loss.X < 0.001 {
		return nil
	}
	s := newSentence("", all.Loss.X)
	s.say("An estimated %s of the exported records never arrived, and no number is corrected for it: volumes and rates are too low by about as much.",
		s.share("loss", all.Loss))
	return s.found()
}

// findSamplingError: how far sampling alone may move the volumes, from a thousandth on.
func (m *maker) findSamplingError() []Finding {
	all := &m.out.Coverage.All
	if !all.Error.OK() || all.Error.X < 0.001 {
		return nil
	}
	s := newSentence("", all.Error.X)
	s.say("Sampling alone makes the volume of all bits uncertain by ±%s (95"+nbsp+"%% interval)", s.share("sampling error", all.Error))
	var worst *RegionCoverage
	for i := range m.out.Coverage.Regions {
		if r := &m.out.Coverage.Regions[i]; r.Error.OK() && (worst == nil || r.Error.X > worst.Error.X) {
			worst = r
		}
	}
	if len(m.out.Coverage.Regions) > 1 && worst != nil {
		s.say(", that of %s by ±%s", worst.Region, s.share(worst.Region+" sampling error", worst.Error))
	}
	s.say(".")
	return s.found()
}

// findUnclassified: the share of networks that no catalogue names, from a hundredth on.
func (m *maker) findUnclassified() []Finding {
	share := ratioIn(m.Now, typeKey(flow.Other), stats.Total)
	if !share.OK() || share.X < 0.01 {
		return nil
	}
	s := newSentence("shares", share.X)
	s.say("Networks that the catalogue gives no type carry %s of all bits: the shares of the other types are too low by at most as much.", s.share("Other share", share))
	return s.found()
}

// findHiddenCells: how many cells of the period are hidden.
func (m *maker) findHiddenCells() []Finding {
	cells, hidden := 0, 0
	for _, region := range m.regions {
		for _, t := range m.types {
			switch v := bitsIn(m.Now, cellKey(region, t)); {
			case v.State == figure.Hidden:
				cells, hidden = cells+1, hidden+1
			case v.X > 0:
				cells++
			}
		}
	}
	if hidden == 0 {
		return nil
	}
	s := newSentence("heat-volume", float64(hidden)/float64(cells))
	if hidden == cells {
		s.say("All %s of region and network type that have traffic are hidden for publication.", plural(cells, "cell"))
		return s.found()
	}
	are := "are"
	if hidden == 1 {
		are = "is"
	}
	s.say("Of the %s of region and network type that have traffic, %d %s hidden for publication: too small, or needed so that small ones cannot be computed.",
		plural(cells, "cell"), hidden, are)
	return s.found()
}
