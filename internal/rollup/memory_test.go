package rollup

import (
	"runtime"
	"testing"

	"tributary/internal/flow"
)

// heap is what is alive, in bytes.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what the first found by finalizers and pools
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// burst fills a slot with cells of one address each: the worst that a flood of AS numbers can do.
func burst(t *Tally, slot flow.Slot, from, cells int) {
	flows := make([]flow.Flow, 25)
	for n := 0; n < cells; n += len(flows) {
		for i := range flows {
			as := uint32(from + n + i + 1)
			flows[i] = flow.Flow{
				Octets: 1000, Packets: 2, Rate: 1000, Start: slot.Start(), AS: as, Version: 4,
				Remote: flow.Addr{Lo: 0xffff<<32 | uint64(as)},
			}
		}
		t.Add(flows)
	}
}

// What a cell weighs decides what a burst of a million takes: 140 bytes in the tally, 220 as a batch
// and as much again while batches are merged; see the bounds below for how far growth may go beyond.
func TestBytesOfACell(t *testing.T) {
	const cells = 400_000
	f := func(what string, before int64, most int64) {
		t.Helper()
		got := (heap() - before) / cells
		t.Logf("%s: %d bytes a cell", what, got)
		if got > most {
			t.Errorf("%s takes %d bytes a cell, at most %d wanted", what, got, most)
		}
	}
	start := heap()
	batches := func() []*Batch {
		tallies := []*Tally{New(Config{Key: testKey}), New(Config{Key: testKey})}
		for i, tally := range tallies { // half of the cells of each in both, as when exporters share networks
			burst(tally, 1000, i*cells/4, cells/2)
		}
		f("a tally", start, 220)
		batches := []*Batch{tallies[0].Take(), tallies[1].Take()}
		f("a batch, with what its tally keeps", start, 240+80)
		runtime.KeepAlive(tallies)
		return batches
	}()
	f("a batch", start, 240)
	one := Merge(batches...)
	f("a merged batch", start, 240)
	if len(one.Traffic) != cells*3/4 || len(one.Endpoints) != len(one.Traffic) {
		t.Errorf("%d rows and %d sketches, want %d", len(one.Traffic), len(one.Endpoints), cells*3/4)
	}
	runtime.KeepAlive(batches)
}

// Slot after slot of the same size takes no more than the first few did.
func TestMemoryIsFlat(t *testing.T) {
	const cells, slots = 20_000, 60
	tally := New(Config{Key: testKey})
	start := heap()
	var first, last int64
	for slot := range flow.Slot(slots) {
		burst(tally, slot, int(slot%7)*1000, cells)
		rows := len(tally.Take().Traffic)
		if rows != cells {
			t.Fatalf("slot %d: %d rows, want %d", slot, rows, cells)
		}
		if slot == flow.SlotsPerHour {
			first = heap() - start
		}
	}
	last = heap() - start
	if last > first*11/10+1<<20 {
		t.Errorf("%d bytes are kept after %d slots, %d after %d", last, slots, first, flow.SlotsPerHour)
	}
	if perCell := last / cells; perCell > 300 {
		t.Errorf("%d bytes a cell are kept between slots", perCell)
	}
}
