package rollup

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"tributary/internal/flow"
)

// overlapOf is the overlap by definition, from the sets themselves: the hashes of a below both
// thresholds, one by one.
func overlapOf(a, b map[uint64]bool) (sample, common int) {
	limit := ^uint64(0)
	for _, set := range []map[uint64]bool{a, b} {
		if s := sketchOf(0, set); s.theta != 0 {
			limit = min(limit, s.theta-1)
		}
	}
	for h := range a {
		if h <= limit {
			sample++
			if b[h] {
				common++
			}
		}
	}
	return sample, common
}

// pair makes two random sets of n and m hashes with so many in common.
func pair(r *rand.Rand, n, m, both int) (a, b map[uint64]bool) {
	a, b = map[uint64]bool{}, map[uint64]bool{}
	for len(a) < n {
		h := max(1, r.Uint64())
		if a[h] {
			continue
		}
		a[h] = true
		if len(a) <= both {
			b[h] = true
		}
	}
	for len(b) < m {
		if h := max(1, r.Uint64()); !a[h] {
			b[h] = true
		}
	}
	return a, b
}

func TestIntersectAgainstSets(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 1))
	sizes := []int{0, 1, 10, 100, 4095, 4096, 4097, 9000, 60_000}
	for _, n := range sizes {
		for _, m := range sizes {
			a, b := pair(r, n, m, r.IntN(min(n, m)+1))
			o, err := Intersect(sketchOf(0, a), sketchOf(64, b))
			if err != nil {
				t.Fatal(err)
			}
			sample, common := overlapOf(a, b)
			if o.Sample != sample || o.Common != common {
				t.Errorf("%d and %d: %d of %d in common, want %d of %d", n, m, o.Common, o.Sample, common, sample)
			}
			exact := 0.0
			for h := range a {
				if b[h] {
					exact++
				}
			}
			exact /= float64(max(1, n))
			switch {
			case n == 0:
				if o != (Overlap{}) {
					t.Errorf("nothing and %d: %+v", m, o)
				}
			case n <= SketchSize && m <= SketchSize:
				if o.Share != exact || o.Low != exact || o.High != exact {
					t.Errorf("%d and %d, both whole: %+v, want %v exactly", n, m, o, exact)
				}
			case o.Low > o.Share || o.High < o.Share || o.Low < 0 || o.High > 1:
				t.Errorf("%d and %d: %+v is not in order", n, m, o)
			}
		}
	}
}

// Union keeps what Intersect relies on: overlaps of united sketches are those of the united sets, and
// of parts nothing is lost.
func TestIntersectOfUnions(t *testing.T) {
	r := rand.New(rand.NewPCG(22, 1))
	for range 30 {
		a, b := pair(r, 1+r.IntN(20_000), 1+r.IntN(20_000), 0)
		both := randomHashes(r, r.IntN(9000))
		for _, h := range both {
			a[h], b[h] = true, true
		}
		var parts [3]map[uint64]bool // of a
		for i := range parts {
			parts[i] = map[uint64]bool{}
		}
		for h := range a {
			parts[h%3][h] = true
		}
		var u Unioner
		for _, p := range parts {
			if err := u.Add(sketchOf(0, p)); err != nil {
				t.Fatal(err)
			}
		}
		united, other := u.Sketch(), sketchOf(0, b)
		got, err := Intersect(united, other)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := Intersect(sketchOf(0, a), other)
		if got != want {
			t.Fatalf("united %+v, whole %+v", got, want)
		}
		if self, _ := Intersect(united, united); self.Share != 1 || self.High != 1 || self.Common != self.Sample {
			t.Fatalf("a set is all in itself: %+v", self)
		}
		if back, _ := Intersect(other, united); back.Common != got.Common {
			t.Fatalf("%d in common one way, %d the other", got.Common, back.Common)
		}
		if all, _ := Intersect(sketchOf(0, parts[0]), united); all.Share != 1 {
			t.Fatalf("a part is all in its union: %+v", all)
		}
	}
}

func TestIntersectRefusesMixedIPv6(t *testing.T) {
	one := map[uint64]bool{5: true}
	if _, err := Intersect(sketchOf(64, one), sketchOf(128, one)); !errors.Is(err, ErrMixedIPv6) {
		t.Errorf("err = %v, want ErrMixedIPv6", err)
	}
	if o, err := Intersect(sketchOf(0, one), sketchOf(128, one)); err != nil || o.Share != 1 {
		t.Errorf("IPv4 with /128: %+v, %v", o, err)
	}
}

// A set far smaller than the other may have no hash that both know of: nothing is told then.
func TestIntersectOfVeryUnequalSets(t *testing.T) {
	a := map[uint64]bool{1 << 63: true, 1<<63 + 1: true}
	r := rand.New(rand.NewPCG(23, 1))
	_, b := pair(r, 0, 50_000, 0)
	b[1<<63] = true
	o, err := Intersect(sketchOf(0, a), sketchOf(0, b))
	if err != nil || o != (Overlap{High: 1}) {
		t.Errorf("%+v, %v, want bounds of 0 and 1 and no sample", o, err)
	}
}

// choose is n over k.
func choose(n, k int) *big.Int { return new(big.Int).Binomial(int64(n), int64(k)) }

// The bounds are those of the definition, with probabilities in whole numbers.
func TestHypergeometricBoundsAgainstExactTails(t *testing.T) {
	tail := new(big.Rat).SetFloat64(overlapTail)
	// probability that at least (or at most) x of the sample are marked
	exceeds := func(population, sample, marked, x int, least bool) bool {
		sum := new(big.Int)
		for k := 0; k <= sample; k++ {
			if (k >= x) == least || k == x {
				if k <= marked && sample-k <= population-marked {
					sum.Add(sum, new(big.Int).Mul(choose(marked, k), choose(population-marked, sample-k)))
				}
			}
		}
		return new(big.Rat).SetFrac(sum, choose(population, sample)).Cmp(tail) > 0
	}
	for _, c := range [][2]int{{2, 1}, {9, 4}, {30, 29}, {40, 10}, {75, 40}} {
		h := hypergeometric{population: c[0], sample: c[1]}
		for x := 0; x <= h.sample; x++ {
			least, greatest := -1, -1
			for marked := x; marked <= h.population-(h.sample-x); marked++ {
				if least < 0 && exceeds(h.population, h.sample, marked, x, true) {
					least = marked
				}
				if exceeds(h.population, h.sample, marked, x, false) {
					greatest = marked
				}
			}
			low, high := h.bounds(x, overlapTail)
			if low != float64(least)/float64(h.population) || high != float64(greatest)/float64(h.population) {
				t.Errorf("%d of %d of %d: %v to %v, want %d to %d", x, h.sample, h.population, low*float64(h.population), high*float64(h.population), least, greatest)
			}
		}
	}
}

// For a population without end the bounds are Clopper and Pearson's: of 10 in 100 at 95 % they are
// 4.900 % and 17.622 % (R 4.3, binom.test(10, 100)).
func TestHypergeometricBoundsOfALargePopulation(t *testing.T) {
	low, high := hypergeometric{population: 10_000_000, sample: 100}.bounds(10, 0.025)
	if math.Abs(low-0.04900469) > 2e-6 || math.Abs(high-0.1762226) > 2e-6 {
		t.Errorf("%v to %v, want 0.04900469 to 0.1762226", low, high)
	}
}

// The sketch of listed addresses is the one that a tally of their flows keeps.
func TestSketchOf(t *testing.T) {
	r := rand.New(rand.NewPCG(24, 1))
	tally := New(Config{Key: testKey, IPv6Prefix: 64})
	var flows []flow.Flow
	var remotes []flow.Addr
	for len(flows) < 9000 {
		if f := randomFlow(r); f.Octets > 0 && f.Verdict == flow.Counted {
			f.Remote.Lo += r.Uint64N(20_000) << 20 // more of them than a sketch holds
			flows, remotes = append(flows, f), append(remotes, f.Remote)
		}
	}
	tally.Add(flows)
	var u Unioner
	for _, e := range tally.Take().Endpoints {
		if err := u.Add(e.Sketch); err != nil {
			t.Fatal(err)
		}
	}
	got := SketchOf(testKey, 64, slices.Values(remotes))
	if want := u.Sketch(); !got.Equal(want) {
		t.Errorf("%d addresses, want %d", got.Kept(), want.Kept())
	}
}
