package report

import (
	"slices"
	"strings"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// coverage says what the numbers rest on, from the exporters' health in the period. Exporters are
// counted, not named: their addresses are nobody's business outside.
func (m *maker) coverage() Coverage {
	var c Coverage
	byRegion := map[string]*RegionCoverage{}
	at := func(region string) *RegionCoverage {
		if byRegion[region] == nil {
			byRegion[region] = &RegionCoverage{Region: region, Slots: m.slots(region), Error: m.samplingError(region), Read: m.newRead()}
		}
		return byRegion[region]
	}
	for _, region := range m.Now.Regions() {
		at(region)
	}
	type where struct {
		region   uint16
		exporter flow.Addr
	}
	seen, unrated := map[where]bool{}, map[where]bool{}
	var refused [flow.NumRefusals]uint64
	all := RegionCoverage{Region: "All regions", Slots: m.slots(stats.AllRegions), Error: m.samplingError(stats.AllRegions), Read: m.newRead()}
	for i := range m.Health {
		h := &m.Health[i]
		r := at(m.RegionName(h.Region))
		for _, sum := range [...]*RegionCoverage{r, &all} {
			sum.add(h)
			if !seen[where{h.Region, h.Exporter}] {
				sum.Exporters++
			}
			if h.RateUnknown > 0 && !unrated[where{h.Region, h.Exporter}] {
				sum.Unrated++
			}
		}
		seen[where{h.Region, h.Exporter}] = true
		unrated[where{h.Region, h.Exporter}] = unrated[where{h.Region, h.Exporter}] || h.RateUnknown > 0
		for reason, n := range h.Refused {
			refused[reason] += n
		}
	}
	losses := stats.LossesOf(m.Health)
	for i := range losses.Regions {
		l := &losses.Regions[i]
		at(m.RegionName(l.Region)).lose(&l.Loss)
	}
	all.lose(&losses.All)
	for i := range losses.Exporters {
		e := &losses.Exporters[i]
		at(m.RegionName(e.Region)).worse(&e.Loss)
		all.worse(&e.Loss)
	}
	silent, silence := m.silences()
	for region, s := range silent {
		at(m.RegionName(region)).Silence = *s
	}
	all.Silence = silence
	all.Unrated = 0
	for _, region := range sortedKeys(byRegion) {
		r := byRegion[region]
		if r.Error.OK() { // what has no rate is internal or transit: nothing of it counts
			r.Unrated = 0
		}
		all.Unrated += r.Unrated
		c.Regions = append(c.Regions, *r)
	}
	c.All = all
	c.Loss, c.Silence, c.Thin = lossText(c.Regions, &c.All), m.silenceText(&c.All), m.thin()
	if m.began(m.Now.Period) {
		c.Thin = strings.TrimSpace(m.beginning() + ": slots before count as not covered. " + c.Thin)
	}
	for reason, n := range refused {
		if n > 0 {
			c.Refused = append(c.Refused, Refused{flow.Refusal(reason).String(), flow.Refusal(reason).Unit(), n})
		}
	}
	c.Unclassified = ratioIn(m.Now, typeKey(flow.Other), stats.Total)
	c.Frozen = strings.TrimSpace(m.frozen() + " " + m.notCompared())
	c.Places = m.placesMissing()
	return c
}

// frozen says which months of the dataset keep columns that can no longer be computed.
func (m *maker) frozen() string {
	before := m.Now.FrozenBefore
	if before == 0 {
		return ""
	}
	return "Months before " + periodTitle(flow.MonthOf(before).Name) + " keep the 95th percentiles, maxima and columns by day that they had" +
		" when their five-minute slots were dropped (retention.slots), with the network types valid then." +
		" Variability needs the slots, so that this report has no figures of it."
}

// slots is the coverage of a region in the period.
func (m *maker) slots(region string) figure.Value {
	if c, ok := m.Now.At(cellKey(region, stats.AllTypes)); ok {
		return figure.Num(c.Coverage)
	}
	return figure.Value{}
}

// samplingError is that of a region's bits.
func (m *maker) samplingError(region string) figure.Value {
	return measured(m.Now, cellKey(region, stats.AllTypes), figure.Value{}, func(c *stats.Measures) stats.Num { return c.BitsError })
}

// thin names the months of figures over time that have no traffic, or are covered too little to be
// compared, so that the gap that a reader sees there is explained. Empty if there are none.
func (m *maker) thin() string {
	var empty, thin []string
	for _, p := range m.months {
		s := m.byMonth[p.Name]
		switch c := m.heard(coverageIn(s), p); {
		case s == nil || s.Empty():
			empty = append(empty, periodTitle(p.Name))
		case c.X < soundCoverage:
			thin = append(thin, c.Text(figure.Percent)+" of the slots of "+periodTitle(p.Name))
		}
	}
	var out []string
	if len(empty) > 0 {
		out = append(out, "There is no traffic of "+list(empty)+".")
	}
	switch len(thin) {
	case 0:
	case 1:
		out = append(out, "In only "+thin[0]+" was every exporter heard, so its volumes are too low.")
	default:
		out = append(out, "In only "+list(thin)+" was every exporter heard, so their volumes are too low.")
	}
	return strings.Join(out, " ")
}

// newRead begins a count of what was read; nil where the total of any region, or of all, is hidden.
// The flows counted are a measure of that cell, and a hidden cell hides all its measures.
func (m *maker) newRead() *Read {
	for _, region := range append(m.Now.Regions(), stats.AllRegions) {
		if c, ok := m.Now.At(cellKey(region, stats.AllTypes)); ok && c.Suppressed {
			return nil
		}
	}
	return &Read{}
}

func (r *Read) add(h *flow.Health) {
	r.Records += h.Records
	for reason, n := range h.Refused {
		if flow.Refusal(reason).Unit() == "record" {
			r.Refused += n
		}
	}
	r.Flows += h.Flows[flow.Counted]
	r.Internal += h.Flows[flow.Internal]
	r.Transit += h.Flows[flow.Transit]
	r.RateUnknown += h.RateUnknown
}

func (r *RegionCoverage) add(h *flow.Health) {
	if r.Read != nil {
		r.Read.add(h)
	}
	for _, rate := range h.Rates {
		if i, ok := slices.BinarySearch(r.Rates, rate); !ok {
			r.Rates = slices.Insert(r.Rates, i, rate)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
