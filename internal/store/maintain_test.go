package store

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"tributary/internal/flow"
)

// Commits get their turn while maintenance runs, also late ones into what it folds, and two calls of
// Maintain at the same time do the work of one.
func TestCommitWhileMaintaining(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, w := tempStore(t), &twin{}
	s.mergeRows, s.uniteBytes = 300, 3000 // many small pieces
	r := rand.New(rand.NewPCG(71, 71))
	fill(t, s, w, r, 0, 1, 0, 35, 40)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if err := s.Maintain(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	late := &twin{}
	fill(t, s, late, r, 0, 1)
	wg.Wait()
	w.traffic, w.endpoints = append(w.traffic, late.traffic...), append(w.endpoints, late.endpoints...)
	w.places, w.health = append(w.places, late.places...), append(w.health, late.health...)
	checkAnswers(t, s, w)
	must(t, s.Maintain(ctx))
	checkAnswers(t, s, w)
	if n := rows(t, s, `(SELECT 1 FROM endpoints WHERE grain = 3 GROUP BY ALL)`); n == 0 {
		t.Error("no month was folded")
	}
}

// A fold of a month that was broken off, at any piece, is done again from its beginning.
func TestBrokenFold(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := rand.New(rand.NewPCG(72, 72))
	for pieces := range 4 {
		s, w := tempStore(t), &twin{}
		s.mergeRows, s.uniteBytes = 300, 3000
		fill(t, s, w, r, 0, 35)
		gone, cancel := context.WithCancel(ctx)
		s.send = func(commit func() error) error {
			if s.folding > 0 {
				if pieces--; pieces < 0 {
					cancel()
				}
			}
			return commit()
		}
		if err := s.Maintain(gone); err == nil {
			t.Error("maintenance ends well though it was broken off")
		}
		if s.folded != 0 {
			t.Error("a month is folded though that was broken off")
		}
		s.send = func(commit func() error) error { return commit() }
		must(t, s.Recover(ctx))
		must(t, s.Maintain(ctx))
		checkAnswers(t, s, w)
		if all, cells := rows(t, s, "endpoints WHERE grain = 3"), rows(t, s, "(SELECT DISTINCT slot, "+cellColumns+" FROM endpoints WHERE grain = 3)"); all != cells || all == 0 {
			t.Errorf("%d sketches of months for %d cells", all, cells)
		}
	}
}

// An hour with many rows is cut by AS numbers, hours with few are taken together.
func TestPieces(t *testing.T) {
	t.Parallel()
	in := span{epoch, epoch + flow.SlotsPerDay}
	for _, c := range []struct {
		n, limit uint64
		want     int
	}{{10, 100, 1}, {100, 100, 1}, {200, 100, 2}, {2400, 100, 48}, {24_000, 100, 24 * 11}, {2399, 100, 24}} {
		got := pieces(in, c.n, c.limit)
		if len(got) != c.want {
			t.Errorf("%d rows by %d: %d pieces, want %d", c.n, c.limit, len(got), c.want)
		}
		covered := map[flow.Slot]uint64{}
		for _, p := range got {
			for slot := p.from; slot < p.to; slot++ {
				covered[slot] += 1
			}
		}
		for slot := in.from; slot < in.to; slot++ {
			if covered[slot] != max(1, got[0].turns) {
				t.Fatalf("%d rows by %d: slot %d is in %d pieces of %d", c.n, c.limit, slot, covered[slot], got[0].turns)
			}
		}
	}
}
