package stats

import "slices"

// What is usual, and from when on a rate is a burst. The baseline is the one of Variability: the median of
// the ten-minute rates of the same hour of the week, here of the last BurstWeeks weeks. Half again as
// much is more than growth brings about in the weeks between; the highest of the same hours bounds what
// is merely uneven. What comes and goes, so that its baseline is 0 though it was seen, has no usual rate
// to burst out of: of sampled export that is most small networks.
const (
	BurstWeeks      = 8     // weeks that are looked at
	BurstLeastWeeks = 3     // with fewer there is no baseline
	BurstFactor     = 1.5   // times the baseline
	BurstLeastShare = 0.005 // of all bits of the same ten minutes: below it bursts are no news
)

// Usual is what the ten-minute rates of one hour of the week were.
type Usual struct {
	Weeks    int     // whose hour is known: in which anything at all was seen
	Baseline float64 // their median, bits per second
	Highest  float64
}

// UsualOf is the usual of the rates of an hour, ten-minute rates of so many weeks, in any order.
func UsualOf(weeks int, rates []float64) Usual {
	if weeks == 0 || len(rates) == 0 {
		return Usual{}
	}
	sorted := slices.Clone(rates)
	return Usual{Weeks: weeks, Baseline: median(sorted), Highest: slices.Max(rates)}
}

// Known reports that there is history enough for a baseline.
func (u Usual) Known() bool { return u.Weeks >= BurstLeastWeeks }

// Limit is the rate above which a ten-minute rate is a burst.
func (u Usual) Limit() float64 { return max(BurstFactor*u.Baseline, u.Highest) }

// Burst reports whether a ten-minute rate is one, and by how much it deviates: (rate − baseline) /
// baseline; no deviation from a baseline of 0. total is the rate of everything in the same ten minutes.
func (u Usual) Burst(rate, total float64) (burst bool, deviation Num) {
	if u.Baseline > 0 {
		deviation = num((rate - u.Baseline) / u.Baseline)
	}
	if u.Baseline == 0 && u.Highest > 0 {
		return false, deviation
	}
	return u.Known() && rate > u.Limit() && rate >= BurstLeastShare*total, deviation
}
