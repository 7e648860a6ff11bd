package rollup

import (
	"fmt"
	"math"
	"slices"
)

// Overlap is how much of one set of addresses is in another too, told from their sketches. The zero
// value is what sketches of an empty set tell: nothing.
type Overlap struct {
	// Share of the first set's addresses that are in the second too, 0 to 1, with its bounds. Valid
	// iff Sample > 0; else Low is 0 and High is 1, unless the first set is empty.
	Share, Low, High float64

	Sample int // addresses of the first set below the threshold
	Common int // of them, those that are in the second set too
}

// overlapTail is the probability beyond each bound of an Overlap: that of a normal variable beyond
// two standard deviations, 2.275 %, so that the bounds hold at the level of all others, 95.45 %.
var overlapTail = math.Erfc(math.Sqrt2) / 2

// Intersect tells how much of set a is in set b too. It fails where they count IPv6 addresses
// differently.
//
// Let θ be the smaller of the two thresholds. Of each hash below it both sketches know whether they
// have it, so the hashes of a below θ, Sample of them, are a random sample of a without replacement,
// and those of them that b has too, Common, are what is in both (Beyer, Haas, Reinwald, Sismanis and
// Gemulla 2007, section 5; that the threshold may be either sketch's and depend on the hashes is shown
// by Dasgupta, Lang, Rhodes and Thaler 2016, "A framework for estimating stream expression
// cardinalities"). So Share = Common / Sample, and Common is hypergeometric: of a population of the
// Estimate of a, of which an unknown number is in b. Low and High are those numbers of which a
// sample with so many, or more (or fewer), in common has the probability overlapTail: exact tails
// (Clopper and Pearson 1934, for samples without replacement) and not a normal approximation, which
// fails where few are in common. They hold at least at their level, and are Share itself where all of
// a is known: both sketches are whole, or a's hashes are all below the other's threshold.
//
// A set far smaller than the other may have no hash below θ. Then nothing is known of the share.
func Intersect(a, b Sketch) (Overlap, error) {
	if a.ipv6 != 0 && b.ipv6 != 0 && a.ipv6 != b.ipv6 {
		return Overlap{}, fmt.Errorf("%w (/%d and /%d)", ErrMixedIPv6, a.ipv6, b.ipv6)
	}
	if a.Empty() {
		return Overlap{}, nil
	}
	theta := a.theta - 1 // 0, a whole set, becomes the greatest
	theta = min(theta, b.theta-1)
	o := Overlap{Sample: below(a.hashes, theta), High: 1}
	if o.Sample == 0 {
		return o, nil
	}
	o.Common = common(a.hashes[:o.Sample], b.hashes)
	o.Share = float64(o.Common) / float64(o.Sample)
	o.Low, o.High = o.Share, o.Share
	population := max(o.Sample, int(math.Round(a.Estimate())))
	if population > o.Sample {
		h := hypergeometric{population: population, sample: o.Sample}
		low, high := h.bounds(o.Common, overlapTail)
		o.Low, o.High = min(o.Share, low), max(o.Share, high) // whole numbers of the population lie beside the share
	}
	return o, nil
}

// below is how many of the ascending hashes are at most limit.
func below(hashes []uint64, limit uint64) int {
	n, found := slices.BinarySearch(hashes, limit)
	if found {
		n++
	}
	return n
}

// common is how many hashes two ascending lists have in common.
func common(a, b []uint64) int {
	n := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			n++
			i++
			j++
		}
	}
	return n
}

// hypergeometric is a sample drawn without replacement: 0 < sample < population.
type hypergeometric struct{ population, sample int }

// bounds are the least and greatest share of the population's marked that a sample with x marked
// leaves possible, at a probability of tail on each side: the least number K of marked ones with
// P(X ≥ x | K) > tail, and the greatest with P(X ≤ x | K) > tail, both over the population. What is
// certain, at least x and at most all but the sample's others, bounds them too.
func (h hypergeometric) bounds(x int, tail float64) (low, high float64) {
	first, last := x, h.population-(h.sample-x)
	least := first + search(last-first, func(i int) bool { return h.atLeast(x, first+i) > tail })
	greatest := last - search(last-first, func(i int) bool { return h.atMost(x, last-i) > tail })
	return float64(least) / float64(h.population), float64(greatest) / float64(h.population)
}

// search is the least i of 0 to n for which ok is true; ok is true for n, and from some i on.
func search(n int, ok func(int) bool) int {
	from := 0
	for from < n {
		if m := from + (n-from)/2; ok(m) {
			n = m
		} else {
			from = m + 1
		}
	}
	return from
}

// atLeast is P(X ≥ x) where marked of the population are marked: 1 − P(X ≤ x−1).
func (h hypergeometric) atLeast(x, marked int) float64 {
	// The unmarked ones in the sample are at most sample − x.
	return h.atMost(h.sample-x, h.population-marked)
}

// atMost is P(X ≤ x): the sum of the probabilities from x downwards until they no longer count, the
// first by logarithms of factorials, each further one from the one before.
func (h hypergeometric) atMost(x, marked int) float64 {
	others := h.population - marked
	if x >= min(h.sample, marked) {
		return 1
	}
	if x < h.sample-others {
		return 0
	}
	if mean := float64(h.sample) * float64(marked) / float64(h.population); float64(x) > mean {
		// The short tail is the other one.
		return 1 - h.atMost(h.sample-x-1, others)
	}
	p := math.Exp(logChoose(marked, x) + logChoose(others, h.sample-x) - logChoose(h.population, h.sample))
	sum := p
	for k := x; k > 0 && p > sum*1e-17; k-- {
		p *= float64(k) * float64(others-h.sample+k) / (float64(marked-k+1) * float64(h.sample-k+1))
		sum += p
	}
	return sum
}

// logChoose is the logarithm of n over k, 0 ≤ k ≤ n.
func logChoose(n, k int) float64 {
	return logFactorial(n) - logFactorial(k) - logFactorial(n-k)
}

func logFactorial(n int) float64 {
	v, _ := math.Lgamma(float64(n) + 1)
	return v
}
