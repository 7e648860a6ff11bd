package rollup

// rows are the counters of one slot's cells, found by the cell's number in its hour. An index of keys
// for each slot cost more where slots are short of flows, because each new row had to be looked for
// twice, in its slot and in its hour, and both indexes grew: adding flows took 32 % -> 25 % of the
// samples of an import of 3 million records over 24 h, and a cell in the tally 160 -> 136 bytes.
type rows struct {
	at   []uint32 // by cell number: number + 1; 0 = none, and so for cells beyond. At most 48 bytes a cell in an hour's slots
	list []row
}

// row is what a cell counts in a slot.
type row struct {
	octets  uint64
	packets uint64
	v       Uint128
	flows   uint64
	unrated uint32 // saturates
}

// count is the row's counters.
func (r *row) count() Count {
	return Count{Octets: r.octets, Packets: r.packets, Flows: r.flows, V: r.v, Unrated: uint64(r.unrated)}
}

// find returns the number + 1 of a cell's row; 0 if there is none.
func (s *rows) find(cell uint32) uint32 {
	if int(cell) >= len(s.at) {
		return 0
	}
	return s.at[cell]
}

// add adds a row for a cell that has none, of an hour with so many cells, and returns its number + 1.
func (s *rows) add(cell uint32, cells int) uint32 {
	if int(cell) >= len(s.at) {
		s.at = append(s.at, make([]uint32, cells-len(s.at))...) // cleared, in place if there is room
	}
	s.list = append(s.list, row{})
	s.at[cell] = uint32(len(s.list))
	return s.at[cell]
}

func (s *rows) reset() {
	s.at = s.at[:0]
	s.list = s.list[:0]
}
