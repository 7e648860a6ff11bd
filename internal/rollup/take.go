package rollup

import (
	"cmp"
	"slices"

	"tributary/internal/flow"
)

// Detached is all that a tally held, handed over whole and not yet in order.
type Detached struct {
	ipv6   uint8
	hours  []*hour
	held   size
	spares *spares // nil once the batch was made
}

// Detach hands over all that the tally holds, and starts anew. It costs no more than an allocation:
// what is slow is left to Batch.
func (t *Tally) Detach() *Detached {
	d := &Detached{t.ipv6, t.hours, t.held, t.spares}
	t.hours, t.held = nil, size{}
	clear(t.byStart)
	return d
}

// Take is Detach and Batch in one.
func (t *Tally) Take() *Batch { return t.Detach().Batch() }

// Batch puts what was handed over into sorted rows. It may run in any goroutine while the tally goes
// on, and only once: the memory goes back to the tally. Health is left empty.
func (d *Detached) Batch() *Batch {
	if d.spares == nil {
		panic("BUG: a second batch of what a tally handed over once")
	}
	var cells, places int
	for _, h := range d.hours {
		cells += len(h.sets)
		places += len(h.placed)
	}
	rows := d.held.rows - places
	b := &Batch{
		Traffic:   make([]Traffic, 0, rows),
		Endpoints: make([]Endpoints, 0, cells),
		Places:    make([]Place, 0, places),
		hours:     make([]Traffic, 0, cells),
		summed:    rows,
	}
	slices.SortFunc(d.hours, func(a, b *hour) int { return cmp.Compare(a.start, b.start) })
	for i, h := range d.hours {
		d.hours[i] = nil
		h.appendTo(b, d.ipv6)
		d.spares.give(h)
	}
	*d = Detached{}
	return b
}

// appendTo appends the hour's rows, sorted. Cells are sorted once for all twelve slots.
func (h *hour) appendTo(b *Batch, ipv6 uint8) {
	order, keys := h.cells.sorted(), h.cells.keys
	from := len(b.hours)
	for _, cell := range order {
		b.hours = append(b.hours, Traffic{Slot: h.start, Cell: keys[cell].cell()})
	}
	sums := b.hours[from:]
	for i, s := range h.slots {
		if s == nil {
			continue
		}
		for k, cell := range order {
			n := s.find(cell)
			if n == 0 {
				continue
			}
			c := s.list[n-1].count()
			sums[k].Count.Add(&c)
			b.Traffic = append(b.Traffic, Traffic{h.start + flow.Slot(i), sums[k].Cell, c})
		}
	}
	h.appendEndpoints(b, order, ipv6)
	h.appendPlaces(b, order)
}

func (h *hour) appendEndpoints(b *Batch, order []uint32, ipv6 uint8) {
	memory := make([]uint64, 0, h.held.hashes) // of all the hour's sketches
	for _, cell := range order {
		s := &h.sets[cell]
		if s.n == 0 {
			continue
		}
		from := len(memory)
		memory = s.appendTo(memory, &h.arena)
		hashes := memory[from:len(memory):len(memory)]
		slices.Sort(hashes)
		c := h.cells.keys[cell].cell()
		kind := ipv6
		if c.Version != 6 {
			kind = 0
		}
		b.Endpoints = append(b.Endpoints, Endpoints{h.start, c, sealed(kind, 0, hashes)})
	}
}

// appendPlaces appends the hour's places.
func (h *hour) appendPlaces(b *Batch, order []uint32) {
	if len(h.placed) == 0 {
		return
	}
	rank := make([]uint32, len(order)) // by cell number: place in order
	for i, cell := range order {
		rank[cell] = uint32(i)
	}
	rows := make([]uint32, len(h.placed))
	for i := range rows {
		rows[i] = uint32(i)
	}
	keys := h.places.keys
	slices.SortFunc(rows, func(x, y uint32) int {
		return cmp.Or(cmp.Compare(rank[keys[x].hi], rank[keys[y].hi]), cmp.Compare(keys[x].lo, keys[y].lo))
	})
	for _, n := range rows {
		p := &h.placed[n]
		b.Places = append(b.Places, Place{
			Hour: h.start, Cell: h.cells.keys[keys[n].hi].cell(), Place: uint32(keys[n].lo),
			Octets: p.octets, V: p.v, Unrated: p.unrated,
		})
	}
}
