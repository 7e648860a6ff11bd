// Package rollup sums placed flows into cells: counters by slot, remote addresses and places by
// hour. A Tally is a worker's own and holds whatever slots its flows fall into, until it is handed
// over whole as a Batch.
package rollup

import (
	"math/bits"

	"tributary/internal/flow"
)

// Config is what a Tally needs to know.
type Config struct {
	Key        [16]byte // the store's secret: addresses are kept only as hashes under it
	IPv6Prefix int      // how many bits of an IPv6 address count, 1 to 128; 0 = 128
}

// Tally sums flows. It belongs to one goroutine. In the steady state adding a flow allocates
// nothing.
type Tally struct {
	hasher  hasher
	ipv6    uint8 // bits of IPv6 addresses
	last    *hour // of the last flow; nil if none is open
	hours   map[flow.Slot]*hour
	spare   *hour // emptied, kept for its memory
	parts   [64]part
	pending int // parts put and not yet flushed, all of the hour last
}

// New makes an empty tally.
func New(c Config) *Tally {
	if c.IPv6Prefix == 0 {
		c.IPv6Prefix = 128
	}
	return &Tally{
		hasher: newHasher(c.Key, c.IPv6Prefix),
		ipv6:   uint8(c.IPv6Prefix),
		hours:  make(map[flow.Slot]*hour),
	}
}

// Add sums the flows whose verdict is Counted.
func (t *Tally) Add(flows []flow.Flow) {
	for i := range flows {
		f := &flows[i]
		if f.Verdict != flow.Counted {
			continue
		}
		scale := f.Scale()
		w := weight{
			octets:  mulSaturating(f.Octets, scale),
			packets: mulSaturating(f.Packets, scale),
			v:       Variance(f.Octets, f.Packets, f.Rate),
		}
		if f.Rate == 0 {
			w.unrated = 1
		}
		first, last := slotsOf(f)
		if first == last {
			w.flows = 1
			t.put(f, first, &w)
		} else {
			t.spread(f, first, last, &w)
		}
	}
	t.flush()
}

// weight is what a flow, or its part in one slot, adds to a cell.
type weight struct {
	octets, packets uint64 // × rate
	v               Uint128
	flows, unrated  uint64
}

// slotsOf returns the first and last slot that a flow overlaps. Its end is exclusive in effect: a
// flow that ends on a slot's edge does not overlap the next slot. Without duration it lies in the
// slot of its start.
func slotsOf(f *flow.Flow) (first, last flow.Slot) {
	first = flow.SlotOf(f.Start)
	if f.End <= f.Start || f.End <= 0 {
		return first, first
	}
	return first, flow.SlotOf(f.End - 1)
}

// spread divides a flow over the slots from first to last in proportion to the overlap in whole
// milliseconds, rounding down, with the remainder in the last.
func (t *Tally) spread(f *flow.Flow, first, last flow.Slot, whole *weight) {
	start := max(0, f.Start)
	duration := uint64(f.End - start)
	rest := *whole
	for slot := first; slot < last; slot++ {
		overlap := uint64(slot.Start() + flow.SlotMillis - max(start, slot.Start()))
		part := weight{
			octets:  share64(whole.octets, overlap, duration),
			packets: share64(whole.packets, overlap, duration),
			v:       whole.v.share(overlap, duration),
			unrated: whole.unrated,
		}
		rest.octets -= part.octets
		rest.packets -= part.packets
		rest.v = rest.v.Sub(part.v)
		if part.octets > 0 || part.packets > 0 || !part.v.IsZero() {
			t.put(f, slot, &part)
		}
	}
	rest.flows = 1
	t.put(f, last, &rest)
}

// put adds a flow's part to its cell in one slot: at the next flush.
func (t *Tally) put(f *flow.Flow, slot flow.Slot, w *weight) {
	h := t.last
	if h == nil || slot-h.start >= flow.SlotsPerHour { // unsigned: also where slot is earlier
		t.flush()
		h = t.open(slot.Hour())
	}
	if t.pending == len(t.parts) {
		t.flush()
	}
	p := &t.parts[t.pending]
	t.pending++
	p.cell = h.cell(Cell{f.AS, f.Prefix, f.Region, f.Link, f.Direction, f.Version}.pack())
	p.slot, p.place = uint32(slot-h.start), f.Place
	p.hash = t.hasher.hash(f.Remote)
	p.weight = *w
}

// part is what a flow adds to one slot's cell of the open hour.
type part struct {
	cell  uint32 // number in the hour
	slot  uint32 // of the hour
	place uint32
	hash  uint64
	weight
}

// flush adds the parts put since the last one. Finding the cells, summing, and noting addresses are
// three loops because each touches memory all over the hour: apart, a loop's misses overlap instead
// of waiting for one another: 235 ns -> 190 ns a flow on a busy machine, BenchmarkTally.
func (t *Tally) flush() {
	parts, h := t.parts[:t.pending], t.last
	t.pending = 0
	for i := range parts {
		p := &parts[i]
		c := h.count(p.slot, p.cell)
		c.Octets = addSaturating(c.Octets, p.octets)
		c.Packets = addSaturating(c.Packets, p.packets)
		c.Flows += p.flows
		c.V = addV(c.V, p.v)
		c.Unrated += p.unrated
	}
	for i := range parts {
		if p := &parts[i]; p.octets > 0 {
			h.saw(p.cell, p.hash)
		}
	}
	for i := range parts {
		p := &parts[i]
		if p.place == 0 || p.octets == 0 {
			continue
		}
		c := h.place(p.cell, p.place)
		c.octets = addSaturating(c.octets, p.octets)
		c.v = addV(c.v, p.v)
		c.unrated += p.unrated
	}
}

// open makes the hour that starts at start the last used, creating it if need be.
func (t *Tally) open(start flow.Slot) *hour {
	h := t.hours[start]
	if h == nil {
		if h = t.spare; h != nil {
			t.spare = nil
			h.reset(start)
		} else {
			h = newHour(start)
		}
		t.hours[start] = h
	}
	t.last = h
	return h
}

// Size returns the number of traffic rows (slots × cells) and of address hashes held: what the next
// batch will weigh, some 200 and 16 bytes each.
func (t *Tally) Size() (cells, addresses int) {
	for _, h := range t.hours {
		for i := range h.slots {
			cells += len(h.slots[i].rows)
		}
		addresses += h.hashes
	}
	return cells, addresses
}

// mulSaturating returns a × b, at most 2^64 − 1. Decoded octets × rate stay below 2^56; packet
// counters have no such bound.
func mulSaturating(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	if hi != 0 {
		return ^uint64(0)
	}
	return lo
}

// share64 returns ⌊a × part / whole⌋ for part ≤ whole, whole > 0, with a 128-bit product.
func share64(a, part, whole uint64) uint64 {
	hi, lo := bits.Mul64(a, part)
	q, _ := bits.Div64(hi, lo, whole) // hi < part ≤ whole
	return q
}
