package main

import (
	"io"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tributary/internal/config"
	"tributary/internal/console"
	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/simulate"
)

// newKeeper makes a keeper of so many stations that no socket feeds and no journal backs.
func newKeeper(t *testing.T, stations int) *keeper {
	t.Helper()
	path := put(t, filepath.Join(t.TempDir(), "tributary.yaml"), "data: ./data\n"+simulate.ConfigYAML(true))
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	in, err := openIntake(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	k := &keeper{
		intake: in, log: slog.New(slog.NewTextHandler(io.Discard, nil)), live: console.NewLive(console.LiveConfig{}),
		shard: func(a flow.Addr) int { return int(a.Lo) % stations },
	}
	for range stations {
		k.stations = append(k.stations, &station{worker: in.newWorker()})
	}
	return k
}

// fleetBatches are simulated datagrams as sockets bring them.
func fleetBatches(t *testing.T, n int) (out [][]flow.Datagram) {
	t.Helper()
	fleet, err := simulate.New(simulate.Config{Seed: 3, Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		batch := make([]flow.Datagram, 16)
		for i := range batch {
			if !fleet.Next(&batch[i]) {
				t.Fatal("the fleet has nothing more to send")
			}
			batch[i].Payload = append([]byte(nil), batch[i].Payload...)
		}
		out = append(out, batch)
	}
	return out
}

// octetsOf sums a batch; nil has none.
func octetsOf(b *rollup.Batch) (sum uint64) {
	if b != nil {
		for i := range b.Traffic {
			sum += b.Traffic[i].Octets
		}
	}
	return sum
}

// TestGatheredIsCommitted: whatever is gathered in between, what is committed is what would be without.
func TestGatheredIsCommitted(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 8))
	plain, watched := newKeeper(t, 1), newKeeper(t, 3)
	for _, k := range []*keeper{plain, watched} {
		for _, s := range k.stations {
			s.worker.tally = rollup.New(rollup.Config{Key: plain.store.Key(), Ledger: s.worker.ledger}) // one key, so that hashes are alike
		}
	}
	for _, batch := range fleetBatches(t, 200) {
		plain.receive(0, batch)
		watched.receive(random.IntN(3), batch)
		if random.IntN(10) == 0 {
			watched.gathering.mu.Lock()
			watched.gather()
			watched.gathering.mu.Unlock()
		}
	}
	if h := watched.size(); h.rows == 0 || h.addresses == 0 || h.slots == 0 || watched.gathered.rows == 0 {
		t.Errorf("held: %+v, of it gathered %+v", h, watched.gathered)
	}
	for _, k := range []*keeper{plain, watched} {
		k.take(k.rotate())
	}
	if h := watched.size(); h != (held{}) {
		t.Errorf("still held after all was taken: %+v", h)
	}
	got, want := watched.pending[0].batch, plain.pending[0].batch
	if len(want.Traffic) < 1000 || len(want.Endpoints) == 0 || len(want.Health) == 0 {
		t.Fatalf("%d rows, %d sketches and %d rows of health test little", len(want.Traffic), len(want.Endpoints), len(want.Health))
	}
	if len(got.Traffic) != len(want.Traffic) || len(got.Endpoints) != len(want.Endpoints) || len(got.Places) != len(want.Places) || len(got.Health) != len(want.Health) {
		t.Fatalf("%d, %d, %d, %d rows; want %d, %d, %d, %d", len(got.Traffic), len(got.Endpoints), len(got.Places), len(got.Health),
			len(want.Traffic), len(want.Endpoints), len(want.Places), len(want.Health))
	}
	for i := range want.Traffic { // names are numbered by arrival, which is alike
		if got.Traffic[i] != want.Traffic[i] {
			t.Fatalf("row %d = %+v, want %+v", i, got.Traffic[i], want.Traffic[i])
		}
	}
	for i := range want.Endpoints {
		if !got.Endpoints[i].Sketch.Equal(want.Endpoints[i].Sketch) {
			t.Fatalf("sketch %d differs", i)
		}
	}
	for i := range want.Health {
		if g, w := &got.Health[i], &want.Health[i]; g.Compare(*w) != 0 || g.Records != w.Records || g.Flows != w.Flows || g.Octets != w.Octets {
			t.Fatalf("health %d = %+v, want %+v", i, g, w)
		}
	}
}

// TestOpenSlots: while workers count, commits are made and readers look, what a reader adds to the view
// that it belongs to is never less than before, never more than arrived, and in the end all of it.
func TestOpenSlots(t *testing.T) {
	k := newKeeper(t, 2)
	batches := fleetBatches(t, 400)
	var work sync.WaitGroup
	done := make(chan struct{})
	work.Go(func() { // commits
		for {
			select {
			case <-done:
				return
			case <-time.After(15 * time.Millisecond):
			}
			k.take(k.rotate())
			if err := k.commit(); err != nil {
				t.Error(err)
				return
			}
		}
	})
	committed := map[uint64]uint64{}
	look := func() (sum uint64, ok bool) {
		k.gathering.mu.Lock()
		k.gathering.at = time.Time{} // now
		k.gathering.mu.Unlock()
		open := k.openSlots()
		view, err := k.store.View(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer view.Close()
		points, err := view.Series(t.Context(), flow.Period{To: ^flow.Slot(0)}, 5)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range points {
			sum += p.Octets
		}
		committed[view.Commits()] = sum
		if view.Commits() != open.After {
			return 0, false
		}
		return sum + octetsOf(open.Batch), true
	}
	work.Go(func() {
		for i, batch := range batches {
			k.receive(i%2, batch)
			time.Sleep(time.Millisecond)
		}
		close(done)
	})
	var last uint64
	agreed := 0
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true
		default:
		}
		if sum, ok := look(); ok {
			if agreed++; sum < last {
				t.Fatalf("%d octets after %d", sum, last)
			}
			last = sum
		}
	}
	work.Wait()
	sum, ok := look()
	k.take(k.rotate())
	if err := k.commit(); err != nil {
		t.Fatal(err)
	}
	after, again := look()
	if !ok || !again || sum != after || sum == 0 {
		t.Errorf("in the end %d octets (%v), and %d (%v) when all is committed", sum, ok, after, again)
	}
	if agreed < 10 || len(committed) < 5 {
		t.Errorf("%d looks belonged to their views, %d commits were seen: too few to tell", agreed, len(committed))
	}
	t.Logf("%d looks, %d commits", agreed, len(committed))
}

// TestOpenSlotsWhileNothingIsCommitted: while the store takes no commits, all that waits for it is told
// with what the workers hold, once; and nothing is kept for readers that what waits has already.
func TestOpenSlotsWhileNothingIsCommitted(t *testing.T) {
	k, all := newKeeper(t, 2), newKeeper(t, 1)
	look := func() (octets uint64) {
		t.Helper()
		k.gathering.at = time.Time{} // now
		open := k.openSlots()
		if open.After != k.store.Commits() {
			t.Fatalf("what is open is after commit %d of %d", open.After, k.store.Commits())
		}
		return octetsOf(open.Batch)
	}
	var arrived uint64
	for i, batch := range fleetBatches(t, 90) {
		k.receive(i%2, batch)
		all.receive(0, batch)
		if i%30 != 29 {
			continue
		}
		all.take(all.rotate())
		arrived += octetsOf(all.pending[len(all.pending)-1].batch)
		if got := look(); got != arrived {
			t.Fatalf("with %d commitments waiting %d octets are told, %d arrived", len(k.pending), got, arrived)
		}
		k.take(k.rotate())
		if g := &k.gathering; g.batch != nil || g.of != nil || g.told.Batch != nil {
			t.Fatal("after what was gathered waits for the store it is kept for readers too")
		}
		if got := look(); got != arrived {
			t.Fatalf("with all of it waiting %d octets are told, %d arrived", got, arrived)
		}
	}
	if err := k.commit(); err != nil {
		t.Fatal(err)
	}
	if got := look(); got != 0 || arrived == 0 {
		t.Errorf("%d of %d octets are told as open when all is committed", got, arrived)
	}
}

// BenchmarkGather is what it costs to gather what three seconds brought into what a slot has already: at
// the design size, where the same 50,000 cells come again, and in a burst of a million.
func BenchmarkGather(b *testing.B) {
	for _, size := range []struct {
		name               string
		cells, of, address int
	}{{"50k cells", 50_000, 50_000, 20}, {"burst of 1M", 20_000, 1_000_000, 2}} {
		b.Run(size.name, func(b *testing.B) {
			random := rand.New(rand.NewPCG(1, 1))
			flows := make([]flow.Flow, 0, size.cells)
			round := func(n int) []flow.Flow {
				flows = flows[:0]
				for range n {
					cell := random.IntN(size.of)
					flows = append(flows, flow.Flow{
						Verdict: flow.Counted, Octets: 1000, Packets: 1, Rate: 1000, Start: 1_700_000_000_000, End: 1_700_000_000_000, Version: 4,
						AS: uint32(cell), Link: uint16(cell % 7), Remote: flow.Addr{Lo: 0xffff<<32 | uint64(cell*size.address+random.IntN(size.address))},
					})
				}
				return flows
			}
			tally := rollup.New(rollup.Config{})
			k := &keeper{stations: []*station{{worker: &worker{tally: tally, ledger: &flow.Ledger{}}}}}
			for range 2 * size.of * size.address / size.cells {
				tally.Add(round(size.cells))
			}
			k.gather()
			b.ResetTimer()
			for range b.N {
				b.StopTimer()
				tally.Add(round(size.cells))
				b.StartTimer()
				k.gather()
			}
			b.ReportMetric(float64(k.gathered.rows), "rows")
			b.ReportMetric(float64(k.gathered.addresses), "addresses")
		})
	}
}
