package stats

import (
	"math"
	"slices"

	"tributary/internal/flow"
)

// The bins of a Deviation: 61 of a twentieth of the average, with their centres at −1, −0.95 … 2.
// No series falls by more than its baseline, and few rise by more than twice their average.
const (
	DeviationPerUnit = 20  // bins in one average
	deviationLowest  = -20 // the first bin's centre, in bins
	deviationHighest = 40  // the last one's
	DeviationBins    = deviationHighest - deviationLowest + 1
)

// hoursInWeek is how many hours of the week have a baseline of their own.
const hoursInWeek = 7 * 24

// baselineWeeks is how long a period must be for a baseline: in a single week the median of an hour is
// that hour's own.
const baselineWeeks = 2

// Deviation is the distribution of the deviation from baseline. The baseline of a ten-minute rate is
// the median of all rates of the period in the same hour of the week (UTC; of an even number the mean
// of the middle two); the deviation is the rate less its baseline, as a fraction of the average rate of
// the whole period. So 0 is what is usual at this hour, and 1 is an average rate more than that.
type Deviation struct {
	Counts       [DeviationBins]int // of rates, by bin; bin i is centred at DeviationAt(i)
	Below, Above int                // of rates beyond the bins
	Rates        int                // all of them

	// Quantiles of the deviation at 5 and 95 %: that of q is the ⌈q·n⌉-th smallest.
	P5, P95 float64
}

// DeviationAt is the centre of bin i, as a fraction of the average.
func DeviationAt(i int) float64 { return float64(i+deviationLowest) / DeviationPerUnit }

// deviationOf is the distribution of ten-minute rates from slot first on; nil for rates of less than
// two weeks, and for rates that are all 0.
func deviationOf(rates []float64, first flow.Slot) *Deviation {
	if len(rates) < baselineWeeks*hoursInWeek*flow.SlotsPerHour/stepSlots {
		return nil
	}
	var total float64
	for _, x := range rates {
		total += x
	}
	average := total / float64(len(rates))
	if average == 0 {
		return nil
	}
	base := baselines(rates, first)
	d := &Deviation{Rates: len(rates)}
	all := make([]float64, len(rates))
	for i, x := range rates {
		all[i] = (x - base[hourOfWeek(i, first)]) / average
		d.count(all[i])
	}
	slices.Sort(all)
	at := func(q float64) float64 { return all[int(math.Ceil(q*float64(len(all))))-1] }
	d.P5, d.P95 = at(0.05), at(0.95)
	return d
}

// count puts a deviation into its bin.
func (d *Deviation) count(x float64) {
	switch bin := math.Floor(x*DeviationPerUnit + 0.5); {
	case bin < deviationLowest:
		d.Below++
	case bin > deviationHighest:
		d.Above++
	default:
		d.Counts[int(bin)-deviationLowest]++
	}
}

// hourOfWeek is the hour of the week of step i of a series that begins at a slot, counted from some
// hour of it.
func hourOfWeek(i int, first flow.Slot) int {
	return (int(first) + i*stepSlots) / flow.SlotsPerHour % hoursInWeek
}

// baselines are the medians of the rates by hour of the week.
func baselines(rates []float64, first flow.Slot) (base [hoursInWeek]float64) {
	var hours [hoursInWeek][]float64
	for i, x := range rates {
		h := hourOfWeek(i, first)
		hours[h] = append(hours[h], x)
	}
	for h, list := range hours {
		base[h] = median(list)
	}
	return base
}

// median is the middle value, of an even number the mean of the middle two; it sorts. 0 for none.
func median(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return 0
	}
	slices.Sort(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
