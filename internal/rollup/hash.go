package rollup

import (
	"encoding/binary"
	"math/bits"

	"tributary/internal/flow"
)

// hasher turns addresses into pseudonyms: SipHash-2-4 (Aumasson and Bernstein 2012) of the sixteen
// address bytes in network order under the store's secret key. A keyed pseudo-random function is
// needed twice over: nobody without the key can test an address against a sketch, and nobody can
// choose addresses that bend the estimate. Written out for sixteen bytes because the library's
// general form costs more: 25 ns -> 18 ns, BenchmarkHash; the library judges it in the test.
type hasher struct {
	v0, v1, v2, v3 uint64 // the state after the key
	maskHi, maskLo uint64 // of IPv6 addresses
}

// newHasher masks IPv6 addresses to their first ipv6Prefix bits, 1 to 128.
func newHasher(key [16]byte, ipv6Prefix int) hasher {
	k0, k1 := binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:])
	h := hasher{
		v0: k0 ^ 0x736f6d6570736575, v1: k1 ^ 0x646f72616e646f6d,
		v2: k0 ^ 0x6c7967656e657261, v3: k1 ^ 0x7465646279746573,
		maskHi: ^uint64(0), maskLo: ^uint64(0),
	}
	if ipv6Prefix < 64 {
		h.maskHi, h.maskLo = ^uint64(0)<<(64-ipv6Prefix), 0
	} else {
		h.maskLo = ^uint64(0) << (128 - ipv6Prefix) // a shift by 64 gives 0
	}
	return h
}

// hash is the pseudonym of an address, never 0: 0 marks a free place in a set, and that two of 2^64
// values become one is below every other error.
func (h *hasher) hash(a flow.Addr) uint64 {
	if !a.Is4() {
		a.Hi &= h.maskHi
		a.Lo &= h.maskLo
	}
	v0, v1, v2, v3 := h.v0, h.v1, h.v2, h.v3
	for _, m := range [3]uint64{bits.ReverseBytes64(a.Hi), bits.ReverseBytes64(a.Lo), 16 << 56} {
		v3 ^= m
		v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
		v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
		v0 ^= m
	}
	v2 ^= 0xff
	v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
	v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
	v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
	v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
	return max(1, v0^v1^v2^v3)
}

func sipRound(v0, v1, v2, v3 uint64) (uint64, uint64, uint64, uint64) {
	v0 += v1
	v1 = bits.RotateLeft64(v1, 13) ^ v0
	v0 = bits.RotateLeft64(v0, 32)
	v2 += v3
	v3 = bits.RotateLeft64(v3, 16) ^ v2
	v0 += v3
	v3 = bits.RotateLeft64(v3, 21) ^ v0
	v2 += v1
	v1 = bits.RotateLeft64(v1, 17) ^ v2
	v2 = bits.RotateLeft64(v2, 32)
	return v0, v1, v2, v3
}
