package rollup

import (
	"math/bits"
	"math/rand/v2"
)

// rows are the counters of one slot's cells, found by open addressing with linear probing over an
// index of numbers.
type rows struct {
	index        []uint32 // number + 1; 0 = free. Length a power of two
	list         []row
	seed0, seed1 uint64 // random, so that nobody can choose cells that collide
}

// row is 64 bytes, a cache line: a flow finds its cell and adds to its counters with one miss beside
// that of the index.
type row struct {
	key     packedCell
	octets  uint64
	packets uint64
	v       Uint128
	flows   uint64
	unrated uint32 // saturates
	cell    uint32 // number in the hour
}

func newRows() *rows { return &rows{seed0: rand.Uint64(), seed1: rand.Uint64()} }

// count is the row's counters.
func (r *row) count() Count {
	return Count{Octets: r.octets, Packets: r.packets, Flows: r.flows, V: r.v, Unrated: uint64(r.unrated)}
}

// home is the place of the index where the search for a key begins.
func (s *rows) home(key packedCell) uint32 {
	hi, lo := bits.Mul64(key.hi^s.seed0, key.lo^s.seed1)
	return uint32(hi^lo) & uint32(len(s.index)-1)
}

// find returns the number of the row of key; not ok if there is none. There must be an index.
func (s *rows) find(key packedCell) (uint32, bool) {
	mask := uint32(len(s.index) - 1)
	for i := s.home(key); ; i = (i + 1) & mask {
		n := s.index[i]
		if n == 0 {
			return 0, false
		}
		if s.list[n-1].key == key {
			return n - 1, true
		}
	}
}

// add adds a row for a key that has none, and returns its number.
func (s *rows) add(key packedCell, cell uint32) uint32 {
	s.list = append(s.list, row{key: key, cell: cell})
	n := uint32(len(s.list))
	if len(s.list) > len(s.index)/2 {
		s.grow()
	} else {
		s.put(key, n)
	}
	return n - 1
}

func (s *rows) put(key packedCell, n uint32) {
	mask := uint32(len(s.index) - 1)
	i := s.home(key)
	for s.index[i] != 0 {
		i = (i + 1) & mask
	}
	s.index[i] = n
}

// grow makes the index large enough for one more row, with an index for the rows that there are.
func (s *rows) grow() {
	s.index = make([]uint32, max(firstIndex, 2*len(s.index)))
	for n := range s.list {
		s.put(s.list[n].key, uint32(n+1))
	}
}

func (s *rows) reset() {
	clear(s.index)
	s.list = s.list[:0]
}
