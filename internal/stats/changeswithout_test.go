package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// slowExposes is the twin of withoutOne.exposes: it tries numbers of bits of the network in the period
// before, all that there may be, takes the one of the period now that goes with each by bisection, and
// looks how far apart the least and the greatest are that are possible.
func slowExposes(l *withoutOne) bool {
	const steps = 3000
	share := func(i int, x float64) float64 { return (l.part[i] - x) / (l.whole[i] - x) }
	bounds := [2][2]float64{{math.Inf(1), 0}, {math.Inf(1), 0}}
	for step := range steps + 1 {
		x := l.most * l.part[0] * float64(step) / steps
		want := l.change + share(0, x)
		low, high := 0.0, l.most*l.part[1]
		if share(1, low) < want || share(1, high) > want {
			continue // no number of bits now goes with it
		}
		for range 40 {
			if middle := (low + high) / 2; share(1, middle) > want {
				low = middle
			} else {
				high = middle
			}
		}
		for i, v := range [...]float64{x, low} {
			bounds[i] = [2]float64{min(bounds[i][0], v), max(bounds[i][1], v)}
		}
	}
	narrow := func(b [2]float64) bool { return b[0] > 0 && b[1] <= maxRatio*b[0] }
	return narrow(bounds[0]) || narrow(bounds[1])
}

func TestWithoutOneExposes(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	exposed, hidden := 0, 0
	for range 300 {
		l := withoutOne{most: 0.5 + r.Float64()/2}
		var shares [2]float64
		for i := range l.part {
			l.whole[i] = 100 * (0.5 + r.Float64())
			l.part[i] = l.whole[i] * (0.02 + 0.9*r.Float64())
			x := l.part[i] * l.most * r.Float64()
			if r.IntN(3) == 0 {
				x = l.part[i] * l.most * float64(i)
			}
			shares[i] = (l.part[i] - x) / (l.whole[i] - x)
		}
		l.change = shares[1] - shares[0]
		got := l.exposes()
		if got {
			exposed++
		} else {
			hidden++
		}
		// Near the limit the twin's steps decide.
		wider, narrower := l, l
		wider.most, narrower.most = min(1, l.most*1.003), l.most*0.997
		if want := slowExposes(&l); got != want && wider.exposes() == narrower.exposes() {
			t.Errorf("%+v exposes: %v, want %v", l, got, want)
		}
	}
	if exposed < 20 || hidden < 20 {
		t.Errorf("%d exposed and %d not: too few to test", exposed, hidden)
	}
	// A network that is not in the period before and makes nearly all of the change.
	f := func(change float64, part, whole [2]float64, want bool) {
		t.Helper()
		l := withoutOne{change: change, part: part, whole: whole, most: 0.9}
		if got := l.exposes(); got != want {
			t.Errorf("a change of %v exposes: %v, want %v", change, got, want)
		}
	}
	// 10 of 100, then 60 of 150 with a network of 50: without it nothing changes, so it is 50 if it was not
	// there before, and 54 at most, nine tenths of the 60.
	f(0, [...]float64{10, 60}, [...]float64{100, 150}, true)
	// 40 of 100 twice, and nothing changes without it either: anything is possible.
	f(0, [...]float64{40, 40}, [...]float64{100, 100}, false)
}
