package place

import (
	"net/netip"
	"slices"

	"tributary/internal/flow"
)

// Link names external interfaces. What is not given matches everything.
type Link struct {
	Name       string
	Kind       flow.LinkKind
	Exporter   netip.Addr // invalid = any
	Interfaces []uint32   // ifIndex; empty = any
}

// linkEntry is a link as flows carry it. Entry 0 of the tables is the unlisted link.
type linkEntry struct {
	id   uint16 // in Names.Links
	kind flow.LinkKind
}

// denseInterfaces is up to which ifIndex an exporter's links are looked up in an array, two bytes
// an interface: most routers number their interfaces by thousands at most. Others, as those that
// number from 2^27 or by slot and port, take the map.
const denseInterfaces = 4096

// linkTable finds the link of an interface of one exporter: an index of Tables.links.
type linkTable struct {
	dense []uint16          // by ifIndex; shorter than denseInterfaces
	large map[uint32]uint16 // interfaces from denseInterfaces on
	rest  uint16            // of interfaces in neither
}

// compileLinks makes the table of one exporter. links are in the order of configuration: the first
// that matches an interface has it, so one that takes every interface ends the search.
func compileLinks(links []Link, exporter netip.Addr) linkTable {
	var t linkTable
	for i, l := range links {
		index := uint16(i + 1)
		if l.Exporter.IsValid() && l.Exporter.Unmap() != exporter {
			continue
		}
		if len(l.Interfaces) == 0 {
			t.rest = index
			break
		}
		for _, ifIndex := range l.Interfaces {
			t.set(ifIndex, index)
		}
	}
	for i, l := range t.dense {
		if l == 0 {
			t.dense[i] = t.rest
		}
	}
	return t
}

// set gives an interface to a link unless it has one.
func (t *linkTable) set(ifIndex uint32, index uint16) {
	if ifIndex >= denseInterfaces {
		if t.large == nil {
			t.large = map[uint32]uint16{}
		}
		if t.large[ifIndex] == 0 {
			t.large[ifIndex] = index
		}
		return
	}
	if missing := int(ifIndex) + 1 - len(t.dense); missing > 0 {
		t.dense = append(t.dense, slices.Repeat([]uint16{0}, missing)...)
	}
	if t.dense[ifIndex] == 0 {
		t.dense[ifIndex] = index
	}
}

// find is the link of an interface: 0 where none is listed.
func (t *linkTable) find(ifIndex uint32) uint16 {
	if int(ifIndex) < len(t.dense) {
		return t.dense[ifIndex]
	}
	if ifIndex >= denseInterfaces && t.large != nil {
		if index, ok := t.large[ifIndex]; ok {
			return index
		}
	}
	return t.rest
}
