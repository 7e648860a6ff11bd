package place

import (
	"math/bits"

	"tributary/internal/flow"
)

// Unlisted is what crossed one interface that no configured link lists: flows that count, or would if
// unlisted_links were not ignored. Flows left out for another reason (internal and transit ones,
// second copies) are not in it, so that the octets are those of link "" in the statistics.
type Unlisted struct {
	Exporter flow.Addr
	Index    uint32    // ifIndex; 0: the flows name no interface
	Rest     bool      // all further interfaces of the exporter, beyond the bound, together; Index is 0
	Octets   [2]uint64 // × sampling rate, by flow.Direction
	Flows    [2]uint64 // by flow.Direction
}

const (
	// maxUnlisted bounds the interfaces of one exporter that are told apart. A large chassis has some
	// thousands with all its subscribers; one that invents numbers is not to fill memory.
	maxUnlisted = 4096
	// maxUnlistedTotal bounds them over all exporters of a worker: 3 MB.
	maxUnlistedTotal = 1 << 16
)

// crossed is an interface's traffic since it was last taken.
type crossed struct {
	index  uint32
	octets [2]uint64
	flows  [2]uint64
}

func (c *crossed) add(d flow.Direction, octets uint64) {
	c.octets[d&1] += octets
	c.flows[d&1]++
}

// crossings are the unlisted interfaces of one exporter: a list, and a table of places in it by a hash
// of the ifIndex, at least twice as large, that is probed in order. The zero value holds none.
type crossings struct {
	list  []crossed
	table []uint32 // place + 1; 0 = empty
	rest  crossed  // of interfaces beyond the bounds
}

// find is the interface with this ifIndex; nil where there is none yet.
func (c *crossings) find(index uint32) *crossed {
	if len(c.table) == 0 {
		return nil
	}
	mask := uint32(len(c.table) - 1)
	for at := hashIndex(index) & mask; ; at = (at + 1) & mask {
		place := c.table[at]
		if place == 0 {
			return nil
		}
		if i := &c.list[place-1]; i.index == index {
			return i
		}
	}
}

func hashIndex(index uint32) uint32 { return index * 0x9e3779b1 >> 7 }

// meet appends an interface that find does not find.
func (c *crossings) meet(index uint32) *crossed {
	c.list = append(c.list, crossed{index: index})
	if 2*len(c.list) > len(c.table) {
		c.table = make([]uint32, 1<<bits.Len(uint(4*len(c.list))))
		for i := range c.list {
			c.enter(i)
		}
	} else {
		c.enter(len(c.list) - 1)
	}
	return &c.list[len(c.list)-1]
}

func (c *crossings) enter(place int) {
	mask := uint32(len(c.table) - 1)
	at := hashIndex(c.list[place].index) & mask
	for c.table[at] != 0 {
		at = (at + 1) & mask
	}
	c.table[at] = uint32(place + 1)
}

// crossedUnlisted counts a flow over an interface that no link lists. It allocates where an interface
// is seen for the first time.
func (p *Placer) crossedUnlisted(e *exporter, f *flow.Flow, d flow.Direction, ifIndex uint32) {
	c := e.unlisted.find(ifIndex)
	if c == nil {
		if len(e.unlisted.list) < maxUnlisted && p.unlisted < maxUnlistedTotal {
			c = e.unlisted.meet(ifIndex)
			p.unlisted++
		} else {
			c = &e.unlisted.rest
		}
	}
	c.add(d, f.Octets*f.Scale())
}

// TakeUnlisted appends what crossed unlisted interfaces since it was last called, and counts anew from
// zero; interfaces without traffic are left out. An interface keeps its place among those that are
// told apart for as long as the Placer lives.
func (p *Placer) TakeUnlisted(to []Unlisted) []Unlisted {
	for id := range p.exporters {
		u := &p.exporters[id].unlisted
		if len(u.list) == 0 && u.rest.flows == [2]uint64{} {
			continue
		}
		x, _ := p.tables.config.Exporters.byID(uint32(id))
		for i := range u.list {
			to = u.list[i].take(to, x.Address, false)
		}
		to = u.rest.take(to, x.Address, true)
	}
	return to
}

// take appends what was counted, if anything was, and begins anew.
func (c *crossed) take(to []Unlisted, exporter flow.Addr, rest bool) []Unlisted {
	if c.flows == [2]uint64{} {
		return to
	}
	to = append(to, Unlisted{Exporter: exporter, Index: c.index, Rest: rest, Octets: c.octets, Flows: c.flows})
	c.octets, c.flows = [2]uint64{}, [2]uint64{}
	return to
}
