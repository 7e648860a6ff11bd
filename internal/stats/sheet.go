package stats

import (
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// bitsPerOctet makes bits of octets.
const bitsPerOctet = 8

// bitsOf is the bits of so many octets, in float64.
func bitsOf(octets rollup.Uint128) float64 { return octets.Mul64(bitsPerOctet).Float64() }

// slotRate is the rate in bits per second of a slot with so many octets.
func slotRate(octets rollup.Uint128) float64 { return bitsOf(octets) / flow.SlotSeconds }

// dominance is the largest network's share of the cell's octets, 0 to 1; 0 without octets.
func (s *sum) dominance() float64 {
	if s.octets.IsZero() {
		return 0
	}
	return s.largest.Float64() / s.octets.Float64()
}

// measures computes every measure of a cell, in this one place for all tables. total is the cell
// of all types in the same region, direction and IP version; seconds the length of the clipped
// period.
func (s *sum) measures(total *sum, seconds int64) Measures {
	bits := bitsOf(s.octets)
	m := Measures{
		Octets:     s.octets,
		Bits:       num(bits),
		BitsError:  samplingError(s.v, s.octets, s.unrated),
		Unique:     num(s.unique.n),
		UniqueLow:  num(s.unique.low),
		UniqueHigh: num(s.unique.high),
		Networks:   num(float64(s.networks)),
		Flows:      num(float64(s.flows)),
		// Copies, since spreadOf sorts.
		UniqueDay:    spreadOf(slices.Clone(s.dayUnique)),
		MagnitudeDay: spreadOf(slices.Clone(s.dayMagnitude)),
	}
	if seconds > 0 {
		m.BpsAvg = num(bits / float64(seconds))
	}
	if s.rated {
		m.BpsP95 = num(slotRate(s.p95))
		m.BpsMax = num(slotRate(s.max))
	}
	if s.frozen != nil {
		m.thaw(s.frozen)
	}
	if s.unique.n > 0 {
		m.Magnitude = num(bits / s.unique.n)
	}
	if !total.octets.IsZero() {
		m.Share = num(bits / bitsOf(total.octets))
	}
	return m
}

// sheet makes the sheet of a period: every cell that has octets, sorted. Coverage is by region of
// the frame, the total's last.
func (f *frame) sheet(p flow.Period, sums []sum, coverage []float64) *Sheet {
	sh := &Sheet{Period: p, index: map[Key]int{}}
	var with []int
	for c := range sums {
		if !sums[c].octets.IsZero() {
			with = append(with, c)
		}
	}
	slices.SortFunc(with, func(a, b int) int { return f.key(a).Compare(f.key(b)) })
	for i, c := range with {
		k := f.key(c)
		region := c / perRegion
		whole := cellOf(region, AllTypes, k.Direction, c%frameVersions)
		sh.Cells = append(sh.Cells, Cell{
			Key:      k,
			Measures: sums[c].measures(&sums[whole], p.Seconds()),
			Coverage: coverage[region],
		})
		sh.sums = append(sh.sums, sums[c])
		sh.index[k] = i
	}
	return sh
}

// hide takes the measures of the suppressed cells away, and the shares of the cells beside a
// suppressed total: their bits and share together would give the total's bits. Frozen measures of a
// cell that was hidden then are of the networks it had then, so they stay hidden.
func (s *Sheet) hide() {
	for i := range s.Cells {
		if s.Cells[i].Suppressed {
			s.Cells[i].Measures = Measures{}
		}
	}
	for i := range s.sums {
		if f := s.sums[i].frozen; f != nil && f.Hidden {
			for _, n := range s.Cells[i].bySlotAndDay() {
				*n = Num{}
			}
		}
	}
	for i := range s.Cells {
		k := s.Cells[i].Key
		k.Type = AllTypes
		if total, ok := s.At(k); ok && total.Suppressed {
			s.Cells[i].Share = Num{}
		}
	}
}

// normalize multiplies bits, rates and magnitude by one factor: 100 / the bits of the store's
// first whole month.
func (s *Sheet) normalize(reference rollup.Uint128) {
	s.Normalized, s.reference = true, bitsOf(reference)
	for i := range s.Cells {
		s.Cells[i].Measures.scale(s.reference)
	}
}

// scale makes an index of what is in bits: a volume of first becomes 100.
func (m *Measures) scale(first float64) {
	m.Octets = rollup.Uint128{}
	for _, n := range []*Num{&m.Bits, &m.BpsAvg, &m.BpsP95, &m.BpsMax, &m.Magnitude, &m.MagnitudeDay.Avg, &m.MagnitudeDay.P95, &m.MagnitudeDay.Max} {
		n.Value = n.Value / first * 100 // in this order the first month's total is 100 exactly
	}
}
