package stats

import (
	"math"
	"slices"

	"tributary/internal/rollup"
)

// dropped is how many of the largest of n values the 95th percentile leaves out: ⌊n/20⌋, five per
// cent rounded down. It takes the next, so of fewer than 20 values it is the largest.
func dropped(n int) int { return n / 20 }

// nearestRank is the 95th percentile of values, which it sorts: descending, ⌊n/20⌋ dropped, the
// next taken. It is nothing for no values.
func nearestRank(values []float64) Num {
	if len(values) == 0 {
		return Num{}
	}
	slices.Sort(values)
	return num(values[len(values)-1-dropped(len(values))])
}

// spreadOf is the mean, 95th percentile and largest of values, which it sorts. The mean adds them
// in the order they come in: that of time.
func spreadOf(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	var total float64
	for _, v := range values {
		total += v
	}
	p95 := nearestRank(values)
	return Spread{
		Avg: num(total / float64(len(values))),
		P95: p95,
		Max: num(values[len(values)-1]),
	}
}

// z95 is the 97.5th percentile of the normal distribution to two decimals: what the definition of
// the sampling error says, not a better approximation.
const z95 = 1.96

// samplingError is the relative half-width of the 95 % interval of a volume: 1.96·√V / B with B
// in octets and V in octets squared. It is 0 for unsampled export (V = 0) and nothing where the
// rate of a part is unknown or there are no octets.
func samplingError(v, octets rollup.Uint128, unrated uint64) Num {
	b := octets.Float64()
	if unrated > 0 || b == 0 {
		return Num{}
	}
	return num(z95 * math.Sqrt(v.Float64()) / b)
}
