package main

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// The bounds of counts and shares hold at their level, two standard deviations or 95.45 %, where sets
// are larger than a sketch; below that they are exact. A smaller run of what docs/explanation/methods.md shows.
func TestBoundsHoldAtTheirLevel(t *testing.T) {
	const level, trials = 0.9545, 300
	least := level - 3*math.Sqrt(level*(1-level)/trials) // three standard deviations of a share of trials
	r := rand.New(rand.NewPCG(7, 7))
	for _, n := range []int{100, 4096, 6000, 20_000} {
		unique, persistence, err := measureAccuracy(n, n, []int{n / 100, n / 2, n * 9 / 10}, trials, r)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range append(persistence, unique) {
			share := float64(e.within) / trials
			if n <= 4096 && (e.largest != 0 || share != 1) {
				t.Errorf("%d addresses, %d: not exact: %s", n, i, &e)
			}
			if share < least {
				t.Errorf("%d addresses, %d: bounds hold in %.3f of the trials, want at least %.3f", n, i, share, least)
			}
			if n > 4096 && e.largest == 0 {
				t.Errorf("%d addresses, %d: no error at all in %d trials", n, i, trials)
			}
		}
	}
}

// The measurement itself: an estimate without error is within, one beside its bounds is not.
func TestErrorsOf(t *testing.T) {
	var e errorsOf
	e.add(100, 100, 100, 100)
	e.add(90, 80, 99, 100)
	e.add(130, 90, 140, 100)
	if got, want := e.String(), "18.26 % | 30.0 % | 66.7 %"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWriteAccuracy(t *testing.T) {
	var b strings.Builder
	if err := writeAccuracy(&b, 1<<20); err != nil {
		t.Fatal(err)
	}
	rows := 2 + len(accuracySizes) + 1 + 2 + len(accuracySizes)*len(accuracyOverlaps) + len(accuracyUnequal)
	if got := strings.Count(b.String(), "\n"); got != rows {
		t.Errorf("%d lines, want %d:\n%s", got, rows, b.String())
	}
}
