package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// A commit that fails leaves nothing behind, and the next one works.
func TestFailedCommitLeavesNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, w := tempStore(t), &twin{}
	b := knownBatch(s.Key())
	s.SetState("a", []byte("1"))
	s.Names().Prefixes.ID("Example GPU")
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Commit(gone, b); !errors.Is(err, context.Canceled) {
		t.Fatalf("err = %v, want canceled", err)
	}
	// One that fails halfway: a table it writes to late is missing.
	must(t, s.conn.Exec(ctx, "ALTER TABLE health RENAME TO hidden"))
	if err := s.Commit(ctx, b); err == nil {
		t.Fatal("a commit without a table works")
	}
	must(t, s.conn.Exec(ctx, "ALTER TABLE hidden RENAME TO health"))
	if _, ok := s.Newest(); ok {
		t.Error("there is a newest slot without a commit")
	}
	for _, table := range []string{"traffic", "traffic_hour", "endpoints", "names", "state", "combinations"} {
		if n := rows(t, s, table); n != 0 {
			t.Errorf("%d rows in %s without a commit", n, table)
		}
	}
	must(t, s.Commit(ctx, b))
	w.add(b)
	checkAnswers(t, s, w)
	if n := rows(t, s, "names"); n != 1 {
		t.Errorf("%d names, want 1", n)
	}
	if n := rows(t, s, "state WHERE name = 'a'"); n != 1 {
		t.Errorf("%d states, want 1", n)
	}
}

func TestNamesStateAndKindsSurvive(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "tributary.duckdb")
	open := func() *Store {
		s, err := Open(ctx, Options{Path: path})
		must(t, err)
		return s
	}
	s := open()
	for _, name := range []string{"US-West", "EU-Central"} {
		s.Names().Regions.ID(name)
	}
	s.Names().Places.ID(flow.Place{Country: "DE", City: "M\xfcnchen"}) // not UTF-8
	must(t, s.Commit(ctx, &rollup.Batch{}))
	s.Names().Regions.ID("CA-East")
	s.SetState("learnt", []byte{0, 255})
	must(t, s.Commit(ctx, &rollup.Batch{}))
	s.SetState("learnt", nil)
	must(t, s.Commit(ctx, &rollup.Batch{}))
	must(t, s.Describe(ctx, map[uint16]flow.LinkKind{3: flow.LinkPNI, 4: flow.LinkIX}, map[uint32]flow.NetworkType{7: flow.Neocloud}))
	must(t, s.Describe(ctx, map[uint16]flow.LinkKind{3: flow.LinkMigration}, nil))
	must(t, s.Close())

	s = open()
	defer s.Close()
	for id, name := range []string{"", "US-West", "EU-Central", "CA-East"} {
		if got := s.Names().Regions.Value(uint32(id)); got != name {
			t.Errorf("region %d is %q, want %q", id, got, name)
		}
	}
	if p := s.Names().Places.Value(1); p.Country != "DE" || p.City != `"M\xfcnchen"` {
		t.Errorf("place 1 is %+v", p)
	}
	if got := s.State("learnt"); len(got) != 0 {
		t.Errorf("state is %v", got)
	}
	links, prefixes := s.LastKnown()
	if len(links) != 2 || links[3] != flow.LinkMigration || links[4] != flow.LinkIX || len(prefixes) != 1 || prefixes[7] != flow.Neocloud {
		t.Errorf("last known: %v, %v", links, prefixes)
	}
	if _, ok := s.Newest(); ok {
		t.Error("empty batches make a newest slot")
	}
}

// A view is one state, whatever is committed and tidied meanwhile; the race detector watches.
func TestViewsWhileCommitting(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, w := tempStore(t), &twin{}
	r := rand.New(rand.NewPCG(12, 12))
	fill(t, s, w, r, -3)
	v := openView(t, s, nil)
	want, err := v.Volumes(ctx, periods[3], StepDay)
	must(t, err)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for range 10 {
				own, err := s.View(ctx, nil)
				if err != nil {
					t.Error(err)
					return
				}
				a, err1 := own.Rates(ctx, periods[:1])
				b, err2 := own.Rates(ctx, periods[:1])
				if err1 != nil || err2 != nil || len(a) != len(b) {
					t.Errorf("%v, %v: %d and %d rates in one view", err1, err2, len(a), len(b))
				}
				own.Close()
			}
		})
	}
	later := &twin{}
	fill(t, s, later, r, 0, 0, 3)
	must(t, s.Maintain(ctx))
	wg.Wait()
	got, err := v.Volumes(ctx, periods[3], StepDay)
	must(t, err)
	if len(got) != len(want) || got[0] != want[0] {
		t.Error("a view changed")
	}
	w.traffic, w.endpoints, w.places, w.health = append(w.traffic, later.traffic...), append(w.endpoints, later.endpoints...), append(w.places, later.places...), append(w.health, later.health...)
	checkAnswers(t, s, w)
}

func TestMixedIPv6IsRefused(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := tempStore(t)
	r := rand.New(rand.NewPCG(13, 13))
	for _, prefix := range []int{64, 128} {
		tally := rollup.New(rollup.Config{Key: s.Key(), IPv6Prefix: prefix})
		tally.Add(randomFlows(r, 300, 0))
		must(t, s.Commit(ctx, tally.Take()))
	}
	later := rollup.New(rollup.Config{Key: s.Key(), IPv6Prefix: 128})
	later.Add(randomFlows(r, 300, 6))
	must(t, s.Commit(ctx, later.Take()))
	for range 2 { // before and after maintenance
		v := openView(t, s, nil)
		none := func(flow.Slot, Group, rollup.Sketch) error { return nil }
		if err := v.Uniques(ctx, periods[0], StepDay, none); !errors.Is(err, rollup.ErrMixedIPv6) {
			t.Errorf("by day: err = %v, want ErrMixedIPv6", err)
		}
		if err := v.Uniques(ctx, flow.MonthOf(epoch), StepMonth, none); !errors.Is(err, rollup.ErrMixedIPv6) {
			t.Errorf("by month: err = %v, want ErrMixedIPv6", err)
		}
		must(t, v.Uniques(ctx, flow.DayOf(epoch+6*flow.SlotsPerDay), StepDay, none))
		v.Close()
		must(t, s.Maintain(ctx))
	}
}

// Rewriting rows again and again does not make the file grow beyond what it holds and one rewrite.
func TestSpaceIsReused(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := tempStore(t)
	r := rand.New(rand.NewPCG(14, 14))
	var sizes []int64
	for round := range 8 {
		tally := rollup.New(rollup.Config{Key: s.Key()})
		var flows []flow.Flow
		for range 3 {
			for i := range 6_000 {
				f := randomFlows(r, 1, 0)[0]
				f.AS, f.Remote = uint32(i), flow.AddrFrom4([]byte{1, byte(r.IntN(256)), byte(r.IntN(256)), 1})
				flows = append(flows, f)
			}
			tally.Add(flows)
			must(t, s.Commit(ctx, tally.Take()))
		}
		// Empty it all, as retention would, and write the next round's rows.
		if round > 0 {
			for _, table := range []string{"traffic", "traffic_hour", "endpoints", "places"} {
				must(t, s.conn.Exec(ctx, "DELETE FROM "+table))
			}
		}
		must(t, s.conn.Exec(ctx, "CHECKPOINT"))
		info, err := os.Stat(s.Path())
		must(t, err)
		sizes = append(sizes, info.Size())
	}
	if last, first := sizes[len(sizes)-1], sizes[0]; last > 3*first {
		t.Errorf("the file grew from %d to %d bytes: %v", first, last, sizes)
	}
}

func TestLabelsAreCompleted(t *testing.T) {
	t.Parallel()
	c := func(as uint32) Combination { return Combination{AS: as} }
	const end = ^flow.Slot(0)
	out, changes := complete([]Combination{c(1), c(2), c(3)}, []Label{
		{c(9), 0, end, flow.CDN, 1}, // not stored
		{c(2), 600, end, flow.Hosting, 5},
		{c(2), 288, 576, flow.CDN, 4},
		{c(3), 0, end, flow.CDN, 6},
	})
	want := []Label{
		{c(1), 0, end, flow.Other, 0},
		{c(2), 0, 288, flow.Other, 0}, {c(2), 288, 576, flow.CDN, 4}, {c(2), 576, 600, flow.Other, 0}, {c(2), 600, end, flow.Hosting, 5},
		{c(3), 0, end, flow.CDN, 6},
	}
	if len(out) != len(want) {
		t.Fatalf("got %v, want %v", out, want)
	}
	for i := range want {
		if out[i] != want[i] {
			t.Errorf("label %d: got %+v, want %+v", i, out[i], want[i])
		}
	}
	if len(changes) != 3 || changes[0] != 288 || changes[1] != 576 || changes[2] != 600 {
		t.Errorf("changes = %v", changes)
	}
}

func TestNthLargest(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(15, 15))
	for range 2000 {
		n := 1 + r.IntN(300)
		v := make([]uint64, n)
		for i := range v {
			v[i] = r.Uint64N(uint64(1 + r.IntN(400))) // many equal ones
		}
		at := r.IntN(n)
		larger, equal := 0, 0
		got := nthLargest(append([]uint64(nil), v...), at)
		for _, x := range v {
			if x > got {
				larger++
			}
			if x == got {
				equal++
			}
		}
		if larger > at || larger+equal <= at {
			t.Fatalf("nthLargest(%v, %d) = %d: %d larger, %d equal", v, at, got, larger, equal)
		}
	}
}
