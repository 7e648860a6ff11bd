package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestShareChange compares with numbers worked out by this program in Python 3, with t975 as in
// TestStudentT975:
//
//	from math import *
//	def ratio(weeks):
//	    n = len(weeks); X = fsum(x for _, x in weeks); r = fsum(y for y, _ in weeks) / X
//	    B = min(n - 1, ceil(0.4 * n ** (2/3)))
//	    V = fsum((sqrt(2/n) * fsum((y - r*x) * cos(pi*j*(i + 0.5)/n) for i, (y, x) in enumerate(weeks)))**2 for j in range(1, B+1))
//	    return r, n * V / B / X**2, B
//	def change(before, now):
//	    (a, v, k), (b, w, l) = ratio(before), ratio(now)
//	    df = (v + w)**2 / (v*v/k + w*w/l)
//	    return 100*(b-a), 100 * t975(df) * sqrt(v + w), df
func TestShareChange(t *testing.T) {
	before := []Week{
		{20, 101}, {22, 97}, {19, 104}, {25, 110}, {24, 99}, {21, 95}, {23, 108}, {20, 100}, {18, 93}, {22, 105}, {26, 111}, {24, 102}, {27, 118},
	}
	now := []Week{{30, 112}, {28, 104}, {33, 120}, {31, 109}, {29, 98}, {35, 121}, {32, 110}, {30, 103}}
	const change, half, df = 6.6103135393, 2.5143035639, 4.7812939698
	got := ShareChange(before, now)
	for _, c := range []struct {
		name      string
		got, want float64
	}{{"change", got.Change, change}, {"low", got.Low, change - half}, {"high", got.High, change + half}, {"degrees of freedom", got.df, df}} {
		if math.Abs(c.got-c.want) > 2e-10 {
			t.Errorf("%s = %.10f, want %.10f", c.name, c.got, c.want)
		}
	}
	if !got.Outside() || ShareChange(now, before).High >= 0 || !ShareChange(now, before).Outside() {
		t.Error("an interval without 0 in it is not outside")
	}
	if ShareChange(before, before).Outside() {
		t.Error("an interval around 0 is outside")
	}
}

// TestRatioIsTextbook: with all n − 1 cosines, as of two weeks, the variance is the usual one of a ratio.
func TestRatioIsTextbook(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		weeks := make([]Week, 2)
		for i := range weeks {
			weeks[i] = Week{Part: r.Float64(), Whole: 1 + r.Float64()}
		}
		whole := weeks[0].Whole + weeks[1].Whole
		share := (weeks[0].Part + weeks[1].Part) / whole
		a, b := weeks[0].Part-share*weeks[0].Whole, weeks[1].Part-share*weeks[1].Whole
		got := ratioOf(weeks)
		if want := 2 * (a*a + b*b) / (whole * whole); math.Abs(got.variance-want) > 1e-12*want || got.share != share {
			t.Errorf("ratio of %v = %v, want %v with variance %v", weeks, got, share, want)
		}
	}
}

// TestShareChangeEdges: constant shares have a point for an interval, the unit of bits is of no matter,
// and one period that varies leaves its own degrees of freedom.
func TestShareChangeEdges(t *testing.T) {
	steady := []Week{{1, 4}, {2, 8}, {3, 12}, {1, 4}, {2, 8}, {3, 12}, {1, 4}, {2, 8}}
	none := []Week{{0, 4}, {0, 8}, {0, 12}, {0, 4}, {0, 8}, {0, 12}, {0, 4}, {0, 8}}
	moving := []Week{{2, 5}, {3, 9}, {1, 7}, {4, 8}, {4, 6}, {2, 9}, {3, 7}, {3, 8}}
	if got := ShareChange(none, steady); got != (Interval{Change: 25, Low: 25, High: 25}) {
		t.Errorf("a change between constant shares = %+v, want 25 without width", got)
	}
	if got := ShareChange(none, moving); got.df != float64(cosines(len(moving))) || got.Low >= got.Change {
		t.Errorf("with one period that varies: %+v, want %d degrees of freedom", got, cosines(len(moving)))
	}
	large := make([]Week, len(moving))
	for i, w := range moving {
		large[i] = Week{w.Part * (1 << 50), w.Whole * (1 << 50)}
	}
	a, b := ShareChange(moving, steady), ShareChange(large, steady)
	if a != b {
		t.Errorf("in another unit the interval is %+v, not %+v", b, a)
	}
	for n, want := range map[int]int{2: 1, 8: 2, 13: 3, 14: 3, 26: 4, 52: 6} {
		if got := cosines(n); got != want {
			t.Errorf("%d weeks have %d cosines, want %d", n, got, want)
		}
	}
}
