package rollup

import (
	"math/rand/v2"
	"slices"
	"testing"

	"tributary/internal/flow"
)

// What several workers counted, merged, is what one worker would have handed over: byte for byte.
func TestMergeIsOneTally(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 21))
	for workers := 1; workers <= 8; workers++ {
		one := New(Config{Key: testKey})
		tallies := make([]*Tally, workers)
		for i := range tallies {
			tallies[i] = New(Config{Key: testKey})
		}
		var batches []*Batch
		for n := range 3000 {
			f := []flow.Flow{randomFlow(r)}
			if r.IntN(2) == 0 { // enough addresses in one cell for sketches that are not exact
				f[0] = flow.Flow{Octets: 1, Rate: 1, Start: 1, Version: 4, Remote: flow.Addr{Lo: 0xffff<<32 | uint64(r.IntN(1<<20))}}
				for range 8 {
					f = append(f, f[0])
					f[len(f)-1].Remote.Lo ^= uint64(r.IntN(1 << 20))
				}
			}
			one.Add(f)
			at := r.IntN(workers)
			tallies[at].Add(f)
			if n%1000 == 0 { // batches of one worker share keys too: those of a store that failed
				batches = append(batches, tallies[at].Take())
			}
		}
		for _, tally := range tallies {
			batches = append(batches, tally.Take())
		}
		if r.IntN(2) == 0 { // one that has lost its sums by hour
			batches[0].hours = nil
		}
		compareBatches(t, Merge(batches...), one.Take())
	}
}

func compareBatches(t *testing.T, got, want *Batch) {
	t.Helper()
	if len(got.Traffic) != len(want.Traffic) || len(got.Hours()) != len(want.Hours()) || len(got.Endpoints) != len(want.Endpoints) || len(got.Places) != len(want.Places) {
		t.Fatalf("%d, %d, %d and %d rows; want %d, %d, %d and %d", len(got.Traffic), len(got.Hours()), len(got.Endpoints), len(got.Places),
			len(want.Traffic), len(want.Hours()), len(want.Endpoints), len(want.Places))
	}
	if !slices.Equal(got.Traffic, want.Traffic) || !slices.Equal(got.Hours(), want.Hours()) || !slices.Equal(got.Places, want.Places) {
		t.Error("counters differ")
	}
	for i := range got.Endpoints {
		g, w := &got.Endpoints[i], &want.Endpoints[i]
		if compareEndpoints(g, w) != 0 || !slices.Equal(g.Sketch.AppendBinary(nil), w.Sketch.AppendBinary(nil)) {
			t.Fatalf("%v %+v: sketch of %d hashes, want %v %+v of %d", g.Hour, g.Cell, g.Sketch.Kept(), w.Hour, w.Cell, w.Sketch.Kept())
		}
	}
}

func TestMergeHealth(t *testing.T) {
	one, two := flow.Addr{Lo: 1}, flow.Addr{Lo: 2}
	row := func(slot flow.Slot, exporter flow.Addr, datagrams uint64, rates ...uint32) flow.Health {
		return flow.Health{Slot: slot, Exporter: exporter, Datagrams: datagrams, Rates: rates}
	}
	got := Merge(
		&Batch{Health: []flow.Health{row(3, one, 5, 10), row(9, one, 1)}},
		&Batch{},
		&Batch{Health: []flow.Health{row(3, one, 2, 7, 10), row(3, two, 4)}},
	).Health
	want := []flow.Health{row(3, one, 7, 7, 10), row(3, two, 4), row(9, one, 1)}
	if !slices.EqualFunc(got, want, func(a, b flow.Health) bool {
		return a.Compare(b) == 0 && a.Datagrams == b.Datagrams && slices.Equal(a.Rates, b.Rates)
	}) {
		t.Errorf("health: %+v, want %+v", got, want)
	}
}

// Where ipv6_prefix was changed between two batches that wait together, neither gets lost.
func TestMergeKeepsWaysOfCountingApart(t *testing.T) {
	flows := []flow.Flow{{Octets: 1, Rate: 1, Version: 6, Remote: flow.Addr{Hi: 1, Lo: 1}}}
	var batches []*Batch
	for _, prefix := range []int{128, 64, 128} {
		tally := New(Config{Key: testKey, IPv6Prefix: prefix})
		tally.Add(flows)
		batches = append(batches, tally.Take())
		flows[0].Remote.Lo++
	}
	m := Merge(batches...)
	if len(m.Traffic) != 1 || m.Traffic[0].Octets != 3 {
		t.Errorf("traffic: %+v", m.Traffic)
	}
	if len(m.Endpoints) != 2 || m.Endpoints[0].Sketch.IPv6Prefix() != 64 || m.Endpoints[0].Sketch.Kept() != 1 || m.Endpoints[1].Sketch.Kept() != 2 {
		t.Errorf("endpoints: %+v, want one address by /64 and two by /128", m.Endpoints)
	}
}

// The tally goes on while another goroutine sorts what it handed over, on memory that comes back.
func TestDetachWhileAdding(t *testing.T) {
	r := rand.New(rand.NewPCG(22, 22))
	tally, one := New(Config{Key: testKey}), New(Config{Key: testKey})
	done := make(chan *Batch)
	var batches []*Batch
	const rounds, underWay = 12, 2
	for round := range rounds + underWay {
		if round >= underWay {
			batches = append(batches, <-done)
		}
		if round >= rounds {
			continue
		}
		flows := make([]flow.Flow, 300)
		for i := range flows {
			flows[i] = randomFlow(r)
		}
		tally.Add(flows)
		one.Add(flows)
		d := tally.Detach()
		go func() { done <- d.Batch() }()
	}
	compareBatches(t, Merge(batches...), one.Take())
}

// TestMergeKeptLeavesItsPartsAlone: a growing batch that is shown while it grows stays what it was when it
// was shown, and what it grows into is what one tally would have handed over.
func TestMergeKeptLeavesItsPartsAlone(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	one, now, then := New(Config{Key: testKey}), New(Config{Key: testKey}), New(Config{Key: testKey})
	if MergeKept() != nil || MergeKept(nil, nil) != nil {
		t.Error("nothing merged is something")
	}
	var grown *Batch
	for round := range 20 {
		for range 200 {
			f := []flow.Flow{randomFlow(r)}
			one.Add(f)
			now.Add(f)
			then.Add(f)
		}
		taken := now.Take()
		taken.Health = []flow.Health{{Slot: 7, Datagrams: 1, Rates: append(make([]uint32, 0, 8), uint32(1000-round))}}
		before := grown
		var want *Batch // a copy of before, deep where Merge could write
		if before != nil {
			want = &Batch{
				Traffic: slices.Clone(before.Traffic), Endpoints: slices.Clone(before.Endpoints), Places: slices.Clone(before.Places),
				Health: slices.Clone(before.Health), hours: slices.Clone(before.hours), summed: before.summed,
			}
			want.Health[0].Rates = slices.Clone(before.Health[0].Rates)
		}
		grown = MergeKept(before, taken)
		if before != nil {
			compareBatches(t, before, want)
			if !slices.Equal(before.Health[0].Rates, want.Health[0].Rates) || before.Health[0].Datagrams != uint64(round) {
				t.Fatalf("health became %+v, want %+v", before.Health[0], want.Health[0])
			}
		}
	}
	if h := grown.Health; len(h) != 1 || h[0].Datagrams != 20 || len(h[0].Rates) != 20 || !slices.IsSorted(h[0].Rates) {
		t.Errorf("health is %+v", h)
	}
	compareBatches(t, grown, one.Take())
}
