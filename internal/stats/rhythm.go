package stats

import (
	"context"
	"math"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// Rhythm is how the rates of a period vary, told from ten-minute rates: the bits of ten minutes, of
// both IP versions, over 600 s (a last step cut short by the newest slot, over its own length).
// Minutes without traffic are 0. All of it comes from slots: a Study has none where some of the
// period's slots are no longer kept.
type Rhythm struct {
	// Period is that which is measured: it ends with the newest committed slot, if that is before the
	// end of what was asked for, and begins with the hour that the store begins in, if that is after
	// its start. Time before there was a store is no time without traffic.
	Period flow.Period

	// Cells are, in this order: each network type's ingress and egress over all regions, with series
	// and deviation; then region × type over both directions, all totals included. Cells without
	// octets are left out.
	Cells []Variability

	Step       int         // ten-minute steps in each Band of a series; the last may have fewer
	Normalized bool        // rates are × one common factor, as a sheet's
	Candidates *Candidates // nil where no link is known to be transit or exchange
}

// Variability is how one cell's ten-minute rates x₁ … xₙ vary. In a published study all numbers of a
// cell that is hidden in the period, or in one of its months, are nothing: a series shows its months.
type Variability struct {
	Key    // Version is AllVersions
	Hidden bool

	Average  Num // x̄ in bits per second
	CV       Num // coefficient of variation: √(Σ(xᵢ−x̄)²/n) / x̄, of the whole period, so n and not n−1
	P95Ratio Num // 95th percentile (nearest rank) over x̄
	MaxRatio Num // largest over x̄

	Series    []Band     // of types; nil for regions
	Deviation *Deviation // of types, in periods of at least two weeks; else nil
}

// Band is the lowest, mean and highest ten-minute rate of a part of a series, in bits per second. Published,
// they have three significant digits: parts are often days, and a day's mean with all of its digits is the
// day's bits, which a report of the day may hide.
type Band struct{ Low, Avg, High float64 }

// maxBands is how many parts a series has at most: a figure has some 500 pixels for them, and its
// table a row each. A quarter has its days, a month its 6 hours.
const maxBands = 125

// bandSteps are the lengths of a part, in ten-minute steps: 10 minutes to 4 days. Longer periods have
// parts of their last.
var bandSteps = [...]int{1, 3, 6, 12, 24, 36, 72, 144, 288, 576}

// StepSlots is how many slots a ten-minute step has.
const StepSlots = 2

const (
	stepSlots   = StepSlots
	stepSeconds = stepSlots * flow.SlotSeconds
)

// studyRhythm reads the ten-minute series of the period, once.
func (l *loader) studyRhythm(ctx context.Context, q *StudyOf, unsuppressed bool, out *Study) error {
	p := l.measured(q.Now)
	if sh := l.sheets[stretchOf(q.Now)]; sh == nil || sh.Empty() || !l.kept(q.Now) {
		return nil
	}
	points, err := l.view.Series(ctx, p, store.StepTenMinutes)
	if err != nil {
		return err
	}
	s := newSteps(l.frame, p)
	for i := range points {
		if cell, ok := l.cell(points[i].Group); ok {
			s.add(cell, points[i].Start, points[i].Octets)
		}
	}
	r := &Rhythm{Period: p, Step: bandStep(s.n)}
	for _, k := range rhythmKeys(l.frame) {
		rates := s.rates(k)
		if rates == nil {
			continue
		}
		c := Variability{Key: k.key, Hidden: l.hidden(q.Now, k.key)}
		if !c.Hidden || unsuppressed {
			c.measure(rates)
			if k.series {
				c.Series, c.Deviation = bands(rates, r.Step), deviationOf(rates, p.From)
			}
		}
		r.Cells = append(r.Cells, c)
	}
	if r.Candidates, err = l.candidates(ctx, q.Now, unsuppressed); err != nil {
		return err
	}
	out.Rhythm = r
	return nil
}

// measured is the part of a period of which rates are told; see Rhythm.Period.
func (l *loader) measured(p flow.Period) flow.Period {
	p = l.clip(p)
	p.From = max(p.From, l.extent.From/flow.SlotsPerHour*flow.SlotsPerHour)
	return p
}

// hidden reports that publication hides the cell in the period or in one of its months.
func (l *loader) hidden(p flow.Period, k Key) bool {
	periods := []flow.Period{p}
	if wholeMonths(p) {
		periods = append(periods, p.Months()...)
	}
	for _, q := range periods {
		if !l.extent.overlaps(q) {
			continue
		}
		sh := l.sheets[stretchOf(q)]
		if sh == nil {
			return true // not decided: nothing is shown
		}
		if c, ok := sh.At(k); ok && c.Suppressed {
			return true
		}
	}
	return false
}

// rhythmKey is a cell of a Rhythm, and where it stands in steps.
type rhythmKey struct {
	key         Key
	region, typ int
	series      bool
}

// rhythmKeys are the cells of a Rhythm, in order.
func rhythmKeys(f *frame) []rhythmKey {
	var out []rhythmKey
	all := f.total()
	for t := range flow.NumNetworkTypes {
		for _, d := range [...]flow.Direction{flow.Ingress, flow.Egress} {
			out = append(out, rhythmKey{Key{AllRegions, t, d, AllVersions}, all, int(t), true})
		}
	}
	for r := range all + 1 {
		for t := range frameTypes {
			k := f.key(cellOf(r, flow.NetworkType(t), flow.Both, frameVersions-1))
			out = append(out, rhythmKey{k, r, t, false})
		}
	}
	return out
}

// steps are octets by ten-minute step: of each region and type, and their totals, by direction.
type steps struct {
	period flow.Period
	n      int
	frame  *frame
	octets [][2][]uint64 // by region × frameTypes + type; nil without traffic
}

func newSteps(f *frame, p flow.Period) *steps {
	return &steps{period: p, n: (p.Slots() + stepSlots - 1) / stepSlots, frame: f, octets: make([][2][]uint64, (f.total()+1)*frameTypes)}
}

// add adds the octets of a base cell in the step that begins at a slot.
func (s *steps) add(cell int, start flow.Slot, octets uint64) {
	r, t, d := cell/perRegion, cell/perType%frameTypes, cell/frameVersions%frameWays
	i := int(start-s.period.From) / stepSlots
	for _, at := range [...]int{r*frameTypes + t, r*frameTypes + int(AllTypes), s.frame.total()*frameTypes + t, s.frame.total()*frameTypes + int(AllTypes)} {
		to := &s.octets[at][d]
		if *to == nil {
			*to = make([]uint64, s.n)
		}
		(*to)[i] = rollup.AddSaturating((*to)[i], octets)
	}
}

// rates are a cell's ten-minute rates in bits per second; nil for a cell without octets.
func (s *steps) rates(k rhythmKey) []float64 {
	ways := s.octets[k.region*frameTypes+k.typ]
	if k.key.Direction != flow.Both {
		ways[1-k.key.Direction] = nil
	}
	if ways[0] == nil && ways[1] == nil {
		return nil
	}
	out := make([]float64, s.n)
	for i := range out {
		var octets rollup.Uint128
		for _, way := range ways {
			if way != nil {
				octets = octets.Add(rollup.U128(way[i]))
			}
		}
		seconds := min(stepSeconds, int(s.period.Seconds())-i*stepSeconds)
		out[i] = bitsOf(octets) / float64(seconds)
	}
	return out
}

// measure computes the measures of ten-minute rates, adding in order of time. Rates that are all 0
// have no ratio.
func (c *Variability) measure(rates []float64) {
	n := float64(len(rates))
	var total, squares float64
	for _, x := range rates {
		total += x
	}
	mean := total / n
	c.Average = num(mean)
	if mean == 0 {
		return
	}
	for _, x := range rates {
		squares += (x - mean) * (x - mean)
	}
	c.CV = num(math.Sqrt(squares/n) / mean)
	sorted := slices.Clone(rates)
	c.P95Ratio = num(nearestRank(sorted).Value / mean)
	c.MaxRatio = num(sorted[len(sorted)-1] / mean)
}

// VariabilityOf measures ten-minute rates in bits per second: Average and the ratios alone.
func VariabilityOf(rates []float64) Variability {
	var v Variability
	if len(rates) > 0 {
		v.measure(rates)
	}
	return v
}

// bandStep is the shortest length of a part with which n steps have at most maxBands.
func bandStep(n int) int {
	for _, step := range bandSteps {
		if n <= step*maxBands {
			return step
		}
	}
	return bandSteps[len(bandSteps)-1]
}

// bands cuts rates into parts of step each.
func bands(rates []float64, step int) []Band {
	var out []Band
	for part := range slices.Chunk(rates, step) {
		var total float64
		for _, x := range part {
			total += x
		}
		out = append(out, Band{slices.Min(part), total / float64(len(part)), slices.Max(part)})
	}
	return out
}

// shorten rounds what is published finer than by month. It comes after normalize: numbers of three digits
// times a factor would tell the factor.
func (r *Rhythm) shorten() {
	for i := range r.Cells {
		for j, b := range r.Cells[i].Series {
			r.Cells[i].Series[j] = Band{short(b.Low), short(b.Avg), short(b.High)}
		}
	}
}

// normalize multiplies the rates by the factor of Sheet.normalize.
func (r *Rhythm) normalize(reference rollup.Uint128) {
	first := bitsOf(reference)
	r.Normalized = true
	for i := range r.Cells {
		c := &r.Cells[i]
		c.Average.Value = c.Average.Value / first * 100
		for j := range c.Series {
			b := &c.Series[j]
			*b = Band{b.Low / first * 100, b.Avg / first * 100, b.High / first * 100}
		}
	}
	if r.Candidates != nil {
		r.Candidates.normalize(first)
	}
}
