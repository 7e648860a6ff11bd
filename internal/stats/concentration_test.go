package stats

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"tributary/internal/rollup"
)

func octetsOf(values ...uint64) []rollup.Uint128 {
	var out []rollup.Uint128
	for _, v := range values {
		out = append(out, rollup.U128(v))
	}
	return out
}

func close12(a, b float64) bool { return math.Abs(a-b) <= 1e-12*max(1, math.Abs(b)) }

// TestConcentrationClosedForms: one network, equal ones, one with nearly all, and none.
func TestConcentrationClosedForms(t *testing.T) {
	f := func(octets []rollup.Uint128, networks int, top1, hhi, effective, gini float64) {
		t.Helper()
		c := concentrationOf(octets)
		if c.Networks != networks || !close12(c.Top[0].Value, top1) || !close12(c.HHI.Value, hhi) || !close12(c.Effective.Value, effective) || !close12(c.Gini.Value, gini) {
			t.Errorf("%d networks: %+v, want top 1 %v, HHI %v, effective %v, Gini %v", networks, c, top1, hhi, effective, gini)
		}
	}
	f(octetsOf(12345), 1, 1, 10_000, 1, 0)
	f(octetsOf(7, 0, 0), 1, 1, 10_000, 1, 0) // without octets is no network
	for _, n := range []int{2, 3, 50, 999} {
		equal := slices.Repeat(octetsOf(8), n)
		f(equal, n, 1/float64(n), 10_000/float64(n), float64(n), 0)
	}
	const huge = 1 << 62
	f(octetsOf(1, 1, 1, huge), 4, 1, 10_000, 1, 0.75)
	if c := concentrationOf(octetsOf(0, 0)); c.Networks != 0 || c.HHI.Known || c.Top[0].Known || c.Gini.Known || c.Effective.Known || c.Lorenz != nil {
		t.Errorf("without octets: %+v, want nothing", c)
	}
	if c := concentrationOf(octetsOf(1, 2, 3)); c.Top[1].Value != 1 || c.Top[3].Value != 1 {
		t.Errorf("top 5 and 100 of three networks are %v", c.Top)
	}
}

// TestConcentrationPublished are numbers that others published.
func TestConcentrationPublished(t *testing.T) {
	// Investopedia, "Herfindahl-Hirschman Index": eight participants, 1,296.
	if got := sizesOf(octetsOf(10, 9, 12, 15, 12, 11, 15, 16)).herfindahl(); !close12(got, 1296) {
		t.Errorf("HHI %v, published as 1,296", got)
	}
	// econweb.com, "Antitrust": shares of 60, 30 and 10 %, 4,600. Its inverse is Laakso and Taagepera's.
	s := sizesOf(octetsOf(30, 60, 10))
	if got := s.herfindahl(); !close12(got, 4600) || !close12(s.effective(), 1/0.46) {
		t.Errorf("HHI %v, effective number %v, want 4,600 and 1/0.46", got, s.effective())
	}
	// R, package phylotools 0.2 after ineq: gini(c(1,3,2,1,1,1,4)) is 0.3076923.
	if got := sizesOf(octetsOf(1, 3, 2, 1, 1, 1, 4)).gini(); math.Abs(got-0.3076923) > 5e-8 {
		t.Errorf("Gini %v, published as 0.3076923", got)
	}
}

// TestConcentrationBruteForce compares with the definitions, pair by pair and bit by bit, on random
// networks of very different sizes.
func TestConcentrationBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	for range 200 {
		var octets []rollup.Uint128
		var x []float64
		for range 1 + r.IntN(120) {
			v := 1 + r.Uint64N(1<<uint(1+r.IntN(40)))
			octets, x = append(octets, rollup.U128(v)), append(x, float64(v))
		}
		c, n := concentrationOf(octets), float64(len(x))
		var total, squares, differences float64
		for _, a := range x {
			total += a
			for _, b := range x {
				differences += math.Abs(a - b)
			}
		}
		for _, a := range x {
			squares += (a / total) * (a / total)
		}
		gini := differences / (2 * n * total)
		if math.Abs(c.Gini.Value-gini) > 1e-9 || math.Abs(c.HHI.Value-1e4*squares) > 1e-6 || math.Abs(c.Effective.Value*squares-1) > 1e-9 {
			t.Fatalf("%v: %+v, brute force has Gini %v, HHI %v", x, c, gini, 1e4*squares)
		}
		slices.SortFunc(x, func(a, b float64) int { return int(math.Copysign(1, b-a)) })
		for i, k := range TopRanks {
			sum := 0.0
			for _, a := range x[:min(k, len(x))] {
				sum += a
			}
			if math.Abs(c.Top[i].Value-sum/total) > 1e-9 {
				t.Fatalf("%v: top %d is %v, want %v", x, k, c.Top[i], sum/total)
			}
		}
		// Gini is also 1 − twice the area under the Lorenz curve. As many steps as networks give it exactly.
		area := 0.0
		curve := sizesOf(octets).lorenz(len(x))
		for i := 1; i < len(curve); i++ {
			area += (curve[i] + curve[i-1]) / 2 / n
		}
		if math.Abs(1-2*area-gini) > 1e-9 {
			t.Fatalf("%v: the Lorenz curve's Gini is %v, want %v", x, 1-2*area, gini)
		}
	}
}

// TestLorenzSteps: a curve of few steps lies on the curve of all networks, begins at 0, ends at 1 and
// never falls below a tangent.
func TestLorenzSteps(t *testing.T) {
	got := sizesOf(octetsOf(4, 1, 3, 2)).lorenz(8) // two steps a network, of 10 bits
	want := []float64{0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1}
	for i := range want {
		if !close12(got[i], want[i]) {
			t.Fatalf("%v, want %v", got, want)
		}
	}
	got = sizesOf(octetsOf(4, 1, 3, 2)).lorenz(2)
	if !close12(got[1], 0.3) {
		t.Errorf("two steps: %v, want the half with 0.3", got)
	}
}

// TestConcentrationPublish: whoever is one of the networks must not be able to tell the others.
func TestConcentrationPublish(t *testing.T) {
	policy := usualPolicy()
	publish := func(n int, exempt bool) Concentration {
		var octets []rollup.Uint128
		for i := range n {
			octets = append(octets, rollup.U128(uint64(1000+17*i*i)))
		}
		c := concentrationOf(octets)
		c.publish(sizesOf(octets), &policy, exempt)
		return c
	}
	f := func(n int, top [4]bool, equations bool, steps int) {
		t.Helper()
		c := publish(n, false)
		for i := range top {
			if c.Top[i].Known != top[i] {
				t.Errorf("%d networks: top %d known is %v", n, TopRanks[i], c.Top[i].Known)
			}
		}
		if c.HHI.Known != equations || c.Gini.Known != equations || c.Effective.Known != equations || max(0, len(c.Lorenz)-1) != steps {
			t.Errorf("%d networks: %+v, want %v and %d steps", n, c, equations, steps)
		}
	}
	f(3, [4]bool{false, true, true, true}, false, 0) // the two others of three are one's own and one more
	f(4, [4]bool{true, true, true, true}, false, 0)
	f(6, [4]bool{true, false, true, true}, true, 0)  // half of six is two from the largest one
	f(11, [4]bool{true, true, false, true}, true, 0) // all steps are near the largest five or the largest
	f(12, [4]bool{true, true, false, true}, true, 4)
	f(102, [4]bool{true, true, true, false}, true, 34)
	f(1000, [4]bool{true, true, true, true}, true, 50)
	if c := publish(2, true); !c.Top[0].Known || !c.HHI.Known || len(c.Lorenz) != LorenzSteps+1 {
		t.Errorf("a type that is always published has %+v", c)
	}
	octets := append(slices.Repeat(octetsOf(1), 99), octetsOf(99*9+9)...) // the last has 0.9009
	c := concentrationOf(octets)
	if c.publish(sizesOf(octets), &policy, false); !reflect.DeepEqual(c, Concentration{Networks: 100}) {
		t.Errorf("one network has nearly all: %+v", c)
	}
	if got := publish(1000, false).HHI.Value; got != short(got) {
		t.Errorf("HHI is published as %v", got)
	}
}

// TestConcentrationSharesAreApart: no two of the shares that are published of a type's networks differ by
// fewer than so many networks, however many there are and whatever the limit. What stands in the curve
// between them is made of others that are published.
func TestConcentrationSharesAreApart(t *testing.T) {
	dropped := 0
	for _, least := range []uint64{2, 3, 5, 8} {
		policy := PublishPolicy{MinNetworks: least, MaxDominance: 0.9}
		for n := 2; n < 700; n++ {
			var octets []rollup.Uint128
			for i := range n {
				octets = append(octets, rollup.U128(uint64(1000+17*i*i)))
			}
			s := sizesOf(octets)
			c := concentrationOf(octets)
			c.publish(s, &policy, false)
			ranks := []float64{0} // the largest network alone, which top 1 is, is told by design
			for i, rank := range TopRanks {
				if c.Top[i].Known && rank < n {
					ranks = append(ranks, float64(n-rank))
				}
			}
			steps := len(c.Lorenz) - 1
			for i := 1; i < steps; i++ {
				rank := float64(i*n) / float64(steps)
				exact := short(s.lorenz(steps)[i])
				tops := slices.ContainsFunc(ranks, func(r float64) bool { return r != rank && math.Abs(r-rank) < float64(least) })
				if !tops && c.Lorenz[i] != exact && !slices.Contains(ranks, rank) {
					t.Fatalf("%d networks, at least %d: step %d of %d is %v, want %v", n, least, i, steps, c.Lorenz[i], exact)
				}
				if tops {
					dropped++
				}
				if math.Abs(c.Lorenz[i]-exact) > 0.16 || c.Lorenz[i] < c.Lorenz[i-1] {
					t.Fatalf("%d networks, at least %d: step %d of %d is %v, far from %v", n, least, i, steps, c.Lorenz[i], exact)
				}
				if !tops && !slices.Contains(ranks, rank) {
					ranks = append(ranks, rank)
				}
			}
			slices.Sort(ranks)
			for i := 1; i < len(ranks); i++ {
				if ranks[i]-ranks[i-1] < float64(least)-1e-9 {
					t.Fatalf("%d networks, at least %d: %v and %v smallest are told", n, least, ranks[i-1], ranks[i])
				}
			}
			// Twelve networks: top 5 and half of them were one network.
			if n == 12 && least == 3 {
				seven, three := 1-c.Top[1].Value, c.Lorenz[1]
				if want := short(three + (seven-three)*3/4); c.Lorenz[2] != want || want == short(s.lorenz(4)[2]) {
					t.Errorf("of twelve networks the smaller half has %v, want %v, between what is told of three and seven", c.Lorenz[2], want)
				}
			}
		}
	}
	if dropped < 100 {
		t.Errorf("%d steps are near a rank: too few to test", dropped)
	}
}

func TestShort(t *testing.T) {
	for x, want := range map[float64]float64{0: 0, 1: 1, 0.123449: 0.123, 123456: 123000, 9996: 10000, 0.00098765: 0.000988} {
		if got := short(x); got != want {
			t.Errorf("%v has three digits as %v, want %v", x, got, want)
		}
	}
}
