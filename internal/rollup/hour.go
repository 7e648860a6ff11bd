package rollup

import (
	"sync"

	"tributary/internal/flow"
)

// hour is what a tally holds of one hour. Cells are numbered once an hour, and addresses are kept
// by hour; counters by slot.
type hour struct {
	start  flow.Slot
	serial uint32 // of all hours that the tally opened
	cells  table  // of packed cells
	sets   []set  // by cell number: its remote addresses
	arena  arena  // of the sets
	slots  [flow.SlotsPerHour]*rows
	places table        // of cell number and place
	placed []placeCount // by number in places
	held   size
}

type placeCount struct {
	octets  uint64
	v       Uint128
	unrated uint64
}

func newHour() *hour { return &hour{cells: newTable(), places: newTable()} }

// reset empties the hour for another start, keeping its memory but for the slots'.
func (h *hour) reset() {
	h.cells.reset()
	h.sets = h.sets[:0]
	h.arena.reset()
	h.slots = [flow.SlotsPerHour]*rows{}
	h.places.reset()
	h.placed = h.placed[:0]
	h.held = size{}
}

// cell returns the number of a cell.
func (h *hour) cell(key packedCell) uint32 {
	n := h.cells.find(key)
	if int(n) == len(h.sets) {
		h.sets = append(h.sets, set{})
	}
	return n
}

// saw notes a remote address in a cell.
func (h *hour) saw(cell uint32, hash uint64) {
	s := &h.sets[cell]
	before := int(s.n)
	s.add(hash, &h.arena)
	h.held.hashes += int(s.n) - before
}

// place returns the sums of a cell and place. The pointer is valid until the next call.
func (h *hour) place(cell, place uint32) *placeCount {
	n := h.places.find(packedCell{uint64(cell), uint64(place)})
	if int(n) == len(h.placed) {
		h.placed = append(h.placed, placeCount{})
		h.held.rows++
	}
	return &h.placed[n]
}

// spares are emptied hours and slots kept for their memory. They are safe for concurrent use: what a
// tally handed over comes back from the goroutine that made a batch of it.
type spares struct {
	mu    sync.Mutex // guards the fields below
	hours []*hour
	slots []*rows
	cells int // room for so many is in slots
}

// keepCells is for how many cells a tally keeps memory: of an hour, and of all slots together. Four
// times the design size, some 50 MB at most: the usual is reused, a burst's memory goes back to the
// collector.
// keepHours is how many hours: at a slot's end flows fall into two, and the two before may still be
// on their way into a batch.
const (
	keepCells = 200_000
	keepHours = 2
)

// hour returns an empty hour.
func (s *spares) hour() *hour {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.hours)
	if n == 0 {
		return newHour()
	}
	h := s.hours[n-1]
	s.hours = s.hours[:n-1]
	return h
}

// slot returns empty rows.
func (s *spares) slot() *rows {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.slots)
	if n == 0 {
		return &rows{}
	}
	r := s.slots[n-1]
	s.slots = s.slots[:n-1]
	s.cells -= cap(r.list)
	return r
}

// give takes back an hour that nobody uses any more, with its slots.
func (s *spares) give(h *hour) {
	slots := h.slots
	for _, r := range slots {
		if r != nil {
			r.reset()
		}
	}
	h.reset()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range slots {
		if r != nil && s.cells+cap(r.list) <= keepCells {
			s.slots = append(s.slots, r)
			s.cells += cap(r.list)
		}
	}
	if len(s.hours) < keepHours && cap(h.cells.keys) <= keepCells {
		s.hours = append(s.hours, h)
	}
}
