package rollup

import (
	"cmp"

	"tributary/internal/flow"
)

// packedCell is a Cell in two words: what the tally hashes and compares. Its order is the order of
// rows: region, direction, version, link, AS number, prefix. The columns with few values come
// first, because a column store packs long runs best.
type packedCell struct{ hi, lo uint64 }

func (c Cell) pack() packedCell {
	return packedCell{
		uint64(c.Region)<<48 | uint64(c.Direction)<<40 | uint64(c.Version)<<32 | uint64(c.Link)<<16,
		uint64(c.AS)<<32 | uint64(c.Prefix),
	}
}

func (p packedCell) cell() Cell {
	return Cell{
		AS: uint32(p.lo >> 32), Prefix: uint32(p.lo),
		Region: uint16(p.hi >> 48), Link: uint16(p.hi >> 16),
		Direction: flow.Direction(p.hi >> 40), Version: uint8(p.hi >> 32),
	}
}

func (p packedCell) compare(q packedCell) int {
	if p.hi != q.hi {
		return cmp.Compare(p.hi, q.hi)
	}
	return cmp.Compare(p.lo, q.lo)
}

// Compare orders cells as rows are sorted: by region, direction, version, link, AS number, prefix.
func (c Cell) Compare(o Cell) int { return c.pack().compare(o.pack()) }
