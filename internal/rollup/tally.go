// Package rollup sums placed flows into cells: counters by slot, remote addresses and places by
// hour. A Tally is a worker's own and holds whatever slots its flows fall into, until it is handed
// over whole as a Batch.
package rollup

import (
	"math"
	"math/bits"

	"tributary/internal/flow"
)

// Config is what a Tally needs to know.
type Config struct {
	Key        [16]byte // the store's secret: addresses are kept only as hashes under it
	IPv6Prefix int      // how many bits of an IPv6 address count, 1 to 128; 0 = 128

	// Cells is how many cells a slot may have between two batches; 0 = as many as come. A flow of one
	// more counts in its slot in the network unknown of its region, direction, version and link (AS 0,
	// no prefix), of which there are few: what can be flooded are AS numbers.
	Cells  int
	Ledger *flow.Ledger // where these are booked, as flow.LimitCells, once for each slot of a flow; nil = nowhere
}

// Tally sums flows. It belongs to one goroutine. In the steady state adding a flow allocates
// nothing.
type Tally struct {
	hasher  hasher
	ipv6    uint8 // bits of IPv6 addresses
	cells   int   // Config.Cells
	ledger  *flow.Ledger
	last    *hour // of the last flow; nil if none is open
	hours   map[flow.Slot]*hour
	held    size
	spares  *spares
	parts   [64]part
	pending int // parts put and not yet flushed, all of the hour last
}

// size is what hours hold.
type size struct {
	rows   int // of traffic and places
	hashes int
	slots  int // with rows
}

// New makes an empty tally.
func New(c Config) *Tally {
	if c.IPv6Prefix == 0 {
		c.IPv6Prefix = 128
	}
	if c.Cells == 0 {
		c.Cells = math.MaxInt
	}
	return &Tally{
		hasher: newHasher(c.Key, c.IPv6Prefix),
		ipv6:   uint8(c.IPv6Prefix),
		cells:  c.Cells,
		ledger: c.Ledger,
		hours:  make(map[flow.Slot]*hour),
		spares: &spares{},
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
	p.slot, p.place, p.exporter = uint32(slot-h.start), f.Place, f.Exporter
	p.cell = t.cell(h, Cell{f.AS, f.Prefix, f.Region, f.Link, f.Direction, f.Version}.pack(), p)
	p.hash = t.hasher.hash(f.Remote)
	p.weight = *w
}

// part is what a flow adds to one slot's cell of the open hour.
type part struct {
	cell     uint32 // number in the hour
	slot     uint32 // of the hour
	place    uint32
	exporter uint32
	hash     uint64
	weight
}

// cell returns the number of the cell that a part counts in: its own one, unless that is new and the
// slot has no room for more. Parts that wait for the flush may bring more: they are looked at again
// in row.
func (t *Tally) cell(h *hour, key packedCell, p *part) uint32 {
	if n, ok := h.cells.lookup(key); ok {
		return n
	}
	if len(h.slots[p.slot].rows) >= t.cells && key.lo != 0 {
		t.fold(p)
		key.lo = 0
	}
	return h.cell(key)
}

// row returns the counters that a part counts in.
func (t *Tally) row(h *hour, p *part) *Count {
	s := &h.slots[p.slot]
	if c := s.count(p.cell); c != nil {
		return c
	}
	if key := h.cells.keys[p.cell]; len(s.rows) >= t.cells && key.lo != 0 {
		t.fold(p)
		key.lo = 0
		p.cell = h.cell(key)
		if c := s.count(p.cell); c != nil {
			return c
		}
	}
	return h.addRow(p.slot, p.cell)
}

// fold books a part that counts in the network unknown.
func (t *Tally) fold(p *part) {
	if t.ledger != nil {
		t.ledger.Current(p.exporter).Limits[flow.LimitCells]++
	}
}

// flush adds the parts put since the last one. Finding the cells, summing, and noting addresses are
// three loops because each touches memory all over the hour: apart, a loop's misses overlap instead
// of waiting for one another: 235 ns -> 190 ns a flow on a busy machine, BenchmarkTally.
func (t *Tally) flush() {
	if t.pending == 0 {
		return
	}
	parts, h := t.parts[:t.pending], t.last
	t.pending = 0
	before := h.held
	for i := range parts {
		p := &parts[i]
		c := t.row(h, p)
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
	t.held.rows += h.held.rows - before.rows
	t.held.hashes += h.held.hashes - before.hashes
	t.held.slots += h.held.slots - before.slots
}

// open makes the hour that starts at start the last used, creating it if need be.
func (t *Tally) open(start flow.Slot) *hour {
	h := t.hours[start]
	if h == nil {
		h = t.spares.take()
		h.start = start
		t.hours[start] = h
	}
	t.last = h
	return h
}

// Size returns how many rows of traffic (slots × cells) and places, how many address hashes and how
// many slots the tally holds. What the next batch will weigh: some 150 bytes a row and 8 a hash, and
// as much again in the tally. It costs nothing to ask.
func (t *Tally) Size() (rows, addresses, slots int) { return t.held.rows, t.held.hashes, t.held.slots }

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
