package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// Sentences on months. Only sound months are compared: whole ones, in which every exporter was heard
// nearly all of the time. A month that is not over, or that has a gap, has less traffic for that.

// soundCoverage is the coverage from which a month's volume is compared with other months'. A twentieth
// of a month is a day and a half.
const soundCoverage = 0.95

// soundMonths are the months of figures over time that can be compared, by number.
func (m *maker) soundMonths() []int {
	var out []int
	for i, p := range m.months {
		if c := coverageIn(m.byMonth[p.Name]); c.OK() && c.X >= soundCoverage && m.Extent.From <= p.From && p.To <= m.Extent.To {
			out = append(out, i)
		}
	}
	return out
}

// ofMonths names the months that are compared: "the 8 months to December 2025".
func (m *maker) ofMonths(sound []int) string {
	last := periodTitle(m.out.Months[sound[len(sound)-1]])
	if len(sound) == len(m.out.Months) {
		return fmt.Sprintf("the %s to %s", plural(len(sound), "month"), last)
	}
	return fmt.Sprintf("the %s from %s to %s that are whole and covered", plural(len(sound), "month"), periodTitle(m.out.Months[sound[0]]), last)
}

// bitsOf are the volumes of a cell in these months; false where one of them is not known.
func (m *maker) bitsOf(k stats.Key, months []int) ([]figure.Value, bool) {
	var out []figure.Value
	for _, i := range months {
		v := bitsIn(m.byMonth[m.out.Months[i]], k)
		if !v.OK() {
			return nil, false
		}
		out = append(out, v)
	}
	return out, true
}

// extremes are the numbers of the largest and the smallest value; false if either is not alone.
func extremes(values []figure.Value) (most, least int, ok bool) {
	for i, v := range values {
		if v.X > values[most].X {
			most = i
		}
		if v.X < values[least].X {
			least = i
		}
	}
	for i, v := range values {
		if i != most && v.X == values[most].X || i != least && v.X == values[least].X {
			return most, least, false
		}
	}
	return most, least, true
}

// findTotalPeak: the months with most and with least traffic.
func (m *maker) findTotalPeak() []Finding {
	sound := m.soundMonths()
	values, known := m.bitsOf(stats.Total, sound)
	if len(sound) < 2 || !known {
		return nil
	}
	most, least, ok := extremes(values)
	if !ok {
		return nil
	}
	s := newSentence("volume", 1-values[least].X/values[most].X)
	name := func(i int) string { return periodTitle(m.out.Months[sound[i]]) }
	if len(sound) == 2 {
		s.say("Of %s and %s, %s has the more traffic: %s against %s.", name(0), name(1), name(most),
			s.number("volume of "+name(most), values[most], m.unit), s.number("volume of "+name(least), values[least], m.unit))
		return s.found()
	}
	s.say("Of %s, %s has the most traffic with %s and %s the least with %s.", m.ofMonths(sound), name(most),
		s.number("volume of "+name(most), values[most], m.unit), name(least), s.number("volume of "+name(least), values[least], m.unit))
	return s.found()
}

// leastShare is the share of bits from which a type is worth sentences of its own.
const leastShare = 0.03

// findTypePeaks: when the types that swing most had most and least traffic.
func (m *maker) findTypePeaks() []Finding {
	const (
		fewest = 4 // months, to speak of a peak
		named  = 4 // types
	)
	sound := m.soundMonths()
	if len(sound) < fewest {
		return nil
	}
	type swing struct {
		t           flow.NetworkType
		values      []figure.Value
		most, least int
		concern     float64
	}
	var swings []swing
	for _, t := range m.types {
		values, known := m.bitsOf(typeKey(t), sound)
		share := ratioIn(m.Now, typeKey(t), stats.Total)
		if !known || !share.OK() || share.X < leastShare {
			continue
		}
		if most, least, ok := extremes(values); ok {
			swings = append(swings, swing{t, values, most, least, share.X * (1 - values[least].X/values[most].X)})
		}
	}
	if len(swings) == 0 {
		return nil
	}
	slices.SortStableFunc(swings, func(a, b swing) int { return cmp.Compare(b.concern, a.concern) })
	s := newSentence("volume", 0)
	var parts []string
	for i, w := range swings[:min(named, len(swings))] {
		name, at := figure.TypeName(w.t), func(i int) string { return periodTitle(m.out.Months[sound[i]]) }
		verb := ""
		if i == 0 {
			verb = "peaked "
		}
		s.concern += w.concern
		parts = append(parts, fmt.Sprintf("%s %sin %s (%s; least in %s, %s)", name, verb,
			at(w.most), s.number(name+" volume of "+at(w.most), w.values[w.most], m.unit),
			at(w.least), s.number(name+" volume of "+at(w.least), w.values[w.least], m.unit)))
	}
	s.say("Of %s, %s.", m.ofMonths(sound), list(parts))
	return s.found()
}

// findYearOnYear: the period's last sound month against the same month a year before, all types and
// each.
func (m *maker) findYearOnYear() []Finding {
	sound := m.soundMonths()
	if len(sound) < 2 {
		return nil
	}
	last := m.months[sound[len(sound)-1]]
	var then flow.Period
	for _, i := range sound {
		if t := m.months[i].From.Time(); t.AddDate(1, 0, 0).Equal(last.From.Time()) {
			then = m.months[i]
		}
	}
	if then.Slots() != last.Slots() { // none, or a February that is a day longer
		return nil
	}
	var out []Finding
	say := func(k stats.Key, name, what string) {
		a, b := bitsIn(m.byMonth[then.Name], k), bitsIn(m.byMonth[last.Name], k)
		total := bitsIn(m.byMonth[last.Name], stats.Total)
		if !a.OK() || !b.OK() || !total.OK() || a.X == 0 || total.X == 0 || b.X/total.X < leastShare {
			return
		}
		change := b.X/a.X - 1
		s := newSentence("volume", b.X/total.X*min(1, math.Abs(change)))
		s.say("Year on year, %s was %s in %s than in %s: %s after %s.", what, s.change(name+" year on year", change, "higher", "lower", "no different"),
			periodTitle(last.Name), periodTitle(then.Name),
			s.number(name+" volume of "+periodTitle(last.Name), b, m.unit), s.number(name+" volume of "+periodTitle(then.Name), a, m.unit))
		out = append(out, s.Finding)
	}
	say(stats.Total, "the traffic of all types", "the traffic of all types")
	for _, t := range m.types {
		say(typeKey(t), figure.TypeName(t), figure.TypeName(t)+" traffic")
	}
	return out
}

// findSteadiest: of the large types, the one whose monthly volume varies least, and most.
func (m *maker) findSteadiest() []Finding {
	const (
		fewest = 6    // months, to speak of steadiness
		large  = 0.05 // of all bits of these months
	)
	sound := m.soundMonths()
	totals, known := m.bitsOf(stats.Total, sound)
	if len(sound) < fewest || !known {
		return nil
	}
	var all float64
	for _, v := range totals {
		all += v.X
	}
	type one struct {
		t         flow.NetworkType
		share, cv float64
	}
	var steady, unsteady one
	types := 0
	for _, t := range m.types {
		values, known := m.bitsOf(typeKey(t), sound)
		if !known {
			return nil // a hidden type may be the steadiest
		}
		mean, cv := meanAndVariation(values)
		if share := mean * float64(len(values)) / all; share >= large {
			if o := (one{t, share, cv}); types == 0 {
				steady, unsteady = o, o
			} else if o.cv < steady.cv {
				steady = o
			} else if o.cv > unsteady.cv {
				unsteady = o
			}
			types++
		}
	}
	if types < 2 || unsteady.cv-steady.cv < 0.005 { // the same in what is said
		return nil
	}
	s := newSentence("volume", max(0.2, steady.share))
	a, b := figure.TypeName(steady.t), figure.TypeName(unsteady.t)
	s.say("Of the types with at least 5"+nbsp+"%% of the bits, %s is the steadiest: over %s the coefficient of variation of its monthly volume is %s, that of %s %s.",
		a, m.ofMonths(sound), s.derived(a+" coefficient of variation", steady.cv, figure.Percent), b, s.derived(b+" coefficient of variation", unsteady.cv, figure.Percent))
	return s.found()
}

// meanAndVariation are the mean, and the coefficient of variation: the standard deviation (of a
// sample: n − 1) divided by the mean. It is 0 for fewer than two values, a mean of 0, and where the
// deviations are no larger than the rounding of the sums.
func meanAndVariation(values []figure.Value) (mean, cv float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += v.X / n
	}
	if n < 2 || mean == 0 {
		return mean, 0
	}
	var squares float64
	for _, v := range values {
		squares += (v.X - mean) * (v.X - mean)
	}
	if cv = math.Sqrt(squares/(n-1)) / mean; cv < 1e-9 {
		return mean, 0
	}
	return mean, cv
}
