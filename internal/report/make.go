package report

import (
	"fmt"
	"slices"
	"strings"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// Input is what a report is computed from: published sheets and what the exporters sent.
type Input struct {
	Asked       flow.Period    // as it was asked for
	Extent      stats.Extent   // of the store
	Now, Before *stats.Sheet   // the period and the one before it; empty without octets
	Months      []*stats.Sheet // of the months that figures over time show, those with octets
	Study       *stats.Study   // what there is beyond sheets; nil, or parts of it nil, leaves their figures out
	Dataset     *stats.Dataset // the months of the period; nil leaves it out
	Health      []flow.Health  // of the exporters, in the period
	RegionName  func(region uint16) string
	Policy      stats.PublishPolicy
	Simulated   bool // the store holds invented traffic
}

// maker computes a report.
type maker struct {
	*Input
	out     *Report
	months  []flow.Period           // of figures over time
	byMonth map[string]*stats.Sheet // by name; no entry for a month without octets
	regions []string                // of all sheets
	types   []flow.NetworkType      // of all sheets, in figures' order
	unit    figure.Unit             // of bits
	unrated bool                    // flows of the period counted once for want of a sampling rate
}

// New computes the report, and checks it: with a *CheckError comes the report that failed.
func New(in *Input) (*Report, error) {
	m, err := newMaker(in)
	if err != nil {
		return nil, err
	}
	m.out.Findings = m.findings()
	return m.out, m.out.check()
}

// newMaker computes all of the report but its findings.
func newMaker(in *Input) (*maker, error) {
	m := &maker{Input: in, out: &Report{}, byMonth: map[string]*stats.Sheet{}, unit: figure.Bits}
	r := m.out
	r.Period = Span{in.Now.Period, in.Extent.To >= in.Asked.To}
	r.Before = Span{in.Before.Period, true}
	r.HasBefore = !in.Before.Empty()
	r.Simulated, r.Dataset, r.asked = in.Simulated, in.Dataset, in.Asked
	if in.Now.Empty() {
		return nil, &stats.EmptyError{Period: in.Asked.Name, Extent: in.Extent}
	}
	if r.Normalized = in.Now.Normalized; r.Normalized {
		m.unit = figure.Index
	}
	total, _ := in.Now.At(stats.Total)
	for i := range in.Health { // where the error is known, what has no rate is internal or transit
		m.unrated = m.unrated || in.Health[i].RateUnknown > 0 && !total.BitsError.Known
	}
	m.months = window(in.Now.Period, in.Extent.From)
	for _, s := range in.Months {
		m.byMonth[s.Period.Name] = s
	}
	for _, p := range m.months {
		r.Months = append(r.Months, p.Name)
	}
	sheets := append([]*stats.Sheet{in.Now, in.Before}, in.Months...)
	r.secrets = secretsOf(sheets, in.Dataset)
	m.collect(sheets)
	r.Figures = m.figures()
	r.Key = m.keyNumbers()
	r.Coverage = m.coverage()
	r.Thresholds = m.thresholds()
	return m, nil
}

// collect lists the regions and types of all sheets.
func (m *maker) collect(sheets []*stats.Sheet) {
	seen := map[flow.NetworkType]bool{}
	for _, s := range sheets {
		for _, t := range s.Types() {
			seen[t] = true
		}
		for _, region := range s.Regions() {
			if !slices.Contains(m.regions, region) {
				m.regions = append(m.regions, region)
			}
		}
	}
	slices.Sort(m.regions)
	for _, t := range figure.StackOrder {
		if seen[t] {
			m.types = append(m.types, t)
		}
	}
}

// before is the period before, or nil where it has no traffic.
func (m *maker) before() *stats.Sheet {
	if m.Before.Empty() {
		return nil
	}
	return m.Before
}

// corrected says of what is given in bits what was done about sampling.
func (m *maker) corrected() string {
	if m.unrated {
		return "corrected for sampling where its rate is known"
	}
	return "corrected for sampling"
}

// keyNumbers stand at the head of the report.
func (m *maker) keyNumbers() []Number {
	total, _ := m.Now.At(stats.Total)
	shown := func(n stats.Num) figure.Value {
		if total.Suppressed {
			return figure.Hide()
		}
		return number(n)
	}
	between, sampling := "", ""
	if total.UniqueLow.Known && total.UniqueLow.Value < total.UniqueHigh.Value {
		between = figure.Count.Format(total.UniqueLow.Value) + " to " + figure.Count.Format(total.UniqueHigh.Value)
	}
	switch e := total.BitsError; {
	case e.Known && e.Value >= 0.001:
		sampling = "±" + nbsp + figure.Percent.Format(e.Value) + " from sampling"
	case e.Known && e.Value > 0:
		sampling = "sampling error below 0.1" + nbsp + "%"
	case m.unrated:
		sampling = "too low: not all sampling rates are known"
	}
	v6 := stats.Total
	v6.Version = 6
	out := []Number{{Name: "Volume", Value: shown(total.Bits), Unit: m.unit, Note: sampling}}
	if !m.out.Normalized { // a rate on a relative scale says nothing that the volume does not
		out = append(out,
			Number{Name: "Average rate", Value: shown(total.BpsAvg), Unit: figure.BPS, Note: m.averageNote()},
			Number{Name: "95th percentile", Value: shown(total.BpsP95), Unit: figure.BPS, Note: "of five-minute rates"},
			Number{Name: "Busiest five minutes", Value: shown(total.BpsMax), Unit: figure.BPS})
	}
	return append(out,
		Number{Name: "Distinct addresses", Value: shown(total.Unique), Unit: figure.Count, Note: between},
		Number{Name: "IPv6 share", Value: ratioIn(m.Now, v6, stats.Total), Unit: figure.Percent, Note: "of bits"})
}

// thresholds are the settings that decide what is shown.
func (m *maker) thresholds() []Threshold {
	out := []Threshold{
		{"publish.min_addresses", fmt.Sprint(m.Policy.MinAddresses), "a cell with fewer distinct addresses is hidden"},
		{"publish.min_networks", fmt.Sprint(m.Policy.MinNetworks), "a cell with fewer networks is hidden"},
		{"publish.max_dominance", figure.Percent.Format(m.Policy.MaxDominance), "a cell in which one network has more of the bits is hidden"},
	}
	always := "no type"
	if len(m.Policy.Always) > 0 {
		var names []string
		for _, t := range m.Policy.Always {
			names = append(names, figure.TypeName(t))
		}
		always = strings.Join(names, ", ")
	}
	normalize := "false"
	if m.out.Normalized {
		normalize = "true"
	}
	v6 := "no IPv6 address was seen"
	if n := m.Now.IPv6Prefix; n > 0 {
		v6 = fmt.Sprint(n)
	}
	return append(out,
		Threshold{"publish.always", always, "types that no threshold hides"},
		Threshold{"publish.normalize", normalize, "bits, rates and magnitude are an index: 100 is the volume of the first whole month"},
		Threshold{"ipv6_prefix", v6, "how many leading bits of an IPv6 address make one address"},
	)
}
