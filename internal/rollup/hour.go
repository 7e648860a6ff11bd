package rollup

import (
	"sync"

	"tributary/internal/flow"
)

// hour is what a tally holds of one hour. Cells are numbered once an hour, and addresses are kept
// by hour; counters by slot.
type hour struct {
	start  flow.Slot
	cells  table // of packed cells
	sets   []set // by cell number: its remote addresses
	arena  arena // of the sets
	held   size  // by all of the hour
	slots  [flow.SlotsPerHour]slotRows
	places table        // of cell number and place
	placed []placeCount // by number in places
}

// slotRows are the counters of one slot's cells.
type slotRows struct {
	row  []uint32 // by cell number: place in rows + 1; 0 or beyond the end = none
	rows []slotRow
}

type slotRow struct {
	cell uint32
	Count
}

type placeCount struct {
	octets  uint64
	v       Uint128
	unrated uint64
}

func newHour() *hour { return &hour{cells: newTable(), places: newTable()} }

// reset empties the hour for another start, keeping its memory.
func (h *hour) reset() {
	h.cells.reset()
	h.sets = h.sets[:0]
	h.arena.reset()
	h.held = size{}
	for i := range h.slots {
		s := &h.slots[i]
		s.row, s.rows = s.row[:0], s.rows[:0]
	}
	h.places.reset()
	h.placed = h.placed[:0]
}

// spares are emptied hours kept for their memory. They are safe for concurrent use: what a tally
// handed over comes back from the goroutine that made a batch of it.
type spares struct {
	mu    sync.Mutex // guards the field below
	hours []*hour
}

// keepCells is the greatest number of cells of an hour whose memory is kept for a later hour. Ten
// times the design size: a burst's memory goes back to the collector, the usual is reused.
// keepHours is how many: those of one slot's end, when flows fall into two hours, and the next's.
const (
	keepCells = 500_000
	keepHours = 2
)

// take returns an empty hour.
func (s *spares) take() *hour {
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

// give takes back an hour that nobody uses any more.
func (s *spares) give(h *hour) {
	if cap(h.cells.keys) > keepCells {
		return
	}
	h.reset()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.hours) < keepHours {
		s.hours = append(s.hours, h)
	}
}

// cell returns the number of a cell.
func (h *hour) cell(key packedCell) uint32 {
	n := h.cells.find(key)
	if int(n) == len(h.sets) {
		h.sets = append(h.sets, set{})
	}
	return n
}

// count returns the counters of a cell; nil if it has none. The pointer is valid until the next call
// of add.
func (s *slotRows) count(cell uint32) *Count {
	if int(cell) >= len(s.row) || s.row[cell] == 0 {
		return nil
	}
	return &s.rows[s.row[cell]-1].Count
}

// addRow gives a cell that has none counters in one of the hour's slots, 0 to 11. The pointer is
// valid until the next call.
func (h *hour) addRow(slot, cell uint32) *Count {
	s := &h.slots[slot]
	if int(cell) >= len(s.row) {
		s.row = extend(s.row, len(h.cells.keys))
	}
	if len(s.rows) == 0 {
		h.held.slots++
	}
	h.held.rows++
	s.rows = append(s.rows, slotRow{cell: cell})
	s.row[cell] = uint32(len(s.rows))
	return &s.rows[len(s.rows)-1].Count
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

// extend lengthens s to n elements, the new ones 0.
func extend(s []uint32, n int) []uint32 {
	old := len(s)
	if n > cap(s) {
		grown := make([]uint32, n, max(n, 2*cap(s), firstIndex))
		copy(grown, s)
		return grown
	}
	s = s[:n]
	clear(s[old:])
	return s
}
