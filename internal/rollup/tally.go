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
	hours   []*hour              // open, in order of first use
	byStart map[flow.Slot]uint32 // place in hours
	last    uint32               // place in hours of the last flow's; valid iff one is open
	opened  uint32               // hours since the tally was made
	held    size
	spares  *spares
	seen    seen
	parts   [64]part
	pending int      // parts put and not yet flushed
	fresh   []uint32 // parts whose address is not remembered
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
		hasher:  newHasher(c.Key, c.IPv6Prefix),
		ipv6:    uint8(c.IPv6Prefix),
		cells:   c.Cells,
		ledger:  c.Ledger,
		byStart: make(map[flow.Slot]uint32),
		spares:  &spares{},
		seen:    newSeen(),
		fresh:   make([]uint32, 0, 64),
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
	flows, unrated  uint32 // 0 or 1
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

// part is what a flow adds to one slot's cell.
type part struct {
	key      packedCell
	addr     flow.Addr
	hour     uint32 // place in Tally.hours
	slot     uint32 // of the hour
	first    uint32 // what stands at the cell's home in the hour's index
	cell     uint32 // number in the hour; none = not known yet
	row      uint32 // number + 1 in the slot; 0 = not known yet
	place    uint32
	exporter uint32
	weight
}

// put adds a flow's part to its cell in one slot: at the next flush.
func (t *Tally) put(f *flow.Flow, slot flow.Slot, w *weight) {
	if t.pending == len(t.parts) {
		t.flush()
	}
	if int(t.last) >= len(t.hours) || slot-t.hours[t.last].start >= flow.SlotsPerHour { // unsigned: also where slot is earlier
		t.last = t.open(slot.Hour())
	}
	p := &t.parts[t.pending]
	t.pending++
	p.key = Cell{f.AS, f.Prefix, f.Region, f.Link, f.Direction, f.Version}.pack()
	p.addr = f.Remote
	p.hour, p.slot = t.last, uint32(slot-t.hours[t.last].start)
	p.place, p.exporter = f.Place, f.Exporter
	p.weight = *w
}

// flush adds the parts put since the last one. Beginning and ending the search for cells, summing, and
// noting addresses are loops of their own because each touches memory all over the hour: apart, a loop's misses overlap
// instead of waiting for one another: 235 ns -> 190 ns a flow on a busy machine, BenchmarkTally.
func (t *Tally) flush() {
	parts := t.parts[:t.pending]
	t.pending = 0
	for i := range parts {
		p := &parts[i]
		p.first = t.hours[p.hour].cells.first(p.key)
	}
	for i := range parts {
		t.find(&parts[i])
	}
	for i := range parts {
		t.count(&parts[i])
	}
	fresh := t.fresh[:cap(t.fresh)]
	unseen := 0
	for i := range parts {
		p := &parts[i]
		if p.octets == 0 {
			continue
		}
		fresh[unseen] = uint32(i)
		if !t.seen.note(t.seen.tag(p.addr, uint64(t.hours[p.hour].serial)<<32|uint64(p.cell))) {
			unseen++ // as a number and not as a branch, on which the misses to come would wait
		}
	}
	fresh = fresh[:unseen]
	for _, i := range fresh {
		p := &parts[i]
		h := t.hours[p.hour]
		before := h.held.hashes
		h.saw(p.cell, t.hasher.hash(p.addr))
		t.held.hashes += h.held.hashes - before
	}
	for i := range parts {
		if p := &parts[i]; p.place != 0 && p.octets != 0 {
			t.place(p)
		}
	}
}

// find looks for the cell and the row of a part, where both are there.
func (t *Tally) find(p *part) {
	h := t.hours[p.hour]
	p.cell, p.row = p.first-1, 0 // nothing there becomes none
	if p.cell == none || h.cells.keys[p.cell] != p.key {
		p.cell = h.cells.seek(p.key)
	}
	if s := h.slots[p.slot]; s != nil {
		p.row = s.find(p.cell)
	}
}

// count adds a part to its cell's counters.
func (t *Tally) count(p *part) {
	if p.row == 0 {
		t.addRow(p)
	}
	r := &t.hours[p.hour].slots[p.slot].list[p.row-1]
	r.octets = AddSaturating(r.octets, p.octets)
	r.packets = AddSaturating(r.packets, p.packets)
	r.v = addV(r.v, p.v)
	r.flows += uint64(p.flows)
	if r.unrated != math.MaxUint32 {
		r.unrated += p.unrated
	}
}

// addRow gives a part a row, a new one if there was none and has not been since: where there is no
// room, that of the network unknown.
func (t *Tally) addRow(p *part) {
	h := t.hours[p.hour]
	s := h.slots[p.slot]
	if s == nil {
		s = t.spares.slot()
		h.slots[p.slot] = s
		h.held.slots++
		t.held.slots++
	}
	if p.find(h, s) {
		return
	}
	if len(s.list) >= t.cells && p.key.lo != 0 {
		if t.ledger != nil {
			t.ledger.Current(p.exporter).Limits[flow.LimitCells]++
		}
		p.key.lo = 0
		p.cell = none
		if p.find(h, s) {
			return
		}
	}
	h.held.rows++
	t.held.rows++
	if p.cell == none {
		p.cell = h.cell(p.key)
	}
	p.row = s.add(p.cell, len(h.sets))
}

// find looks for the cell, unless it is known, and for its row in a slot.
func (p *part) find(h *hour, s *rows) bool {
	if p.cell == none {
		p.cell = h.cells.seek(p.key)
	}
	p.row = s.find(p.cell)
	return p.row != 0
}

// place adds a part to the sums of its cell and place.
func (t *Tally) place(p *part) {
	h := t.hours[p.hour]
	before := h.held.rows
	c := h.place(p.cell, p.place)
	c.octets = AddSaturating(c.octets, p.octets)
	c.v = addV(c.v, p.v)
	c.unrated += uint64(p.unrated)
	t.held.rows += h.held.rows - before
}

// open returns the place in hours of the one that starts at start, opening it if need be.
func (t *Tally) open(start flow.Slot) uint32 {
	n, ok := t.byStart[start]
	if !ok {
		h := t.spares.hour()
		t.opened++
		h.start, h.serial = start, t.opened
		n = uint32(len(t.hours))
		t.hours = append(t.hours, h)
		t.byStart[start] = n
	}
	return n
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
