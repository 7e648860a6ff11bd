package rollup

import (
	"iter"
	"slices"

	"tributary/internal/flow"
)

// SketchOf is the sketch of addresses under a store's key, in any order and repeated: what a tally
// keeps of flows with these remote addresses. IPv6 addresses count by their first ipv6Prefix bits, 1
// to 128. It is there to be measured and tested against exact counts.
func SketchOf(key [16]byte, ipv6Prefix int, addresses iter.Seq[flow.Addr]) Sketch {
	var s set
	var a arena
	var ipv6 uint8
	h := newHasher(key, ipv6Prefix)
	for address := range addresses {
		if !address.Is4() {
			ipv6 = uint8(ipv6Prefix)
		}
		s.add(h.hash(address), &a)
	}
	hashes := s.appendTo(nil, &a)
	slices.Sort(hashes)
	return sealed(ipv6, 0, hashes)
}
