package flow

import (
	"cmp"
	"encoding/binary"
	"net/netip"
)

// Addr is an IPv4 or IPv6 address in 16 pointer-free bytes, so that flows and map keys hold no
// pointers (netip.Addr has one). IPv4 is kept as ::ffff:a.b.c.d; an IPv4-mapped IPv6 address
// therefore is its IPv4 address. The zero value is "no address" and prints as "-": the address ::
// cannot be told from it, and no flow has it as a party.
type Addr struct{ Hi, Lo uint64 }

const mapped4 = 0xffff << 32 // the low half of ::ffff:0:0/96

// AddrFrom4 reads four bytes in network order. It panics if b is shorter.
func AddrFrom4(b []byte) Addr {
	return Addr{Lo: mapped4 | uint64(binary.BigEndian.Uint32(b))}
}

// AddrFrom16 reads sixteen bytes in network order. It panics if b is shorter.
func AddrFrom16(b []byte) Addr {
	return Addr{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:16])}
}

// AddrFrom converts; zones are dropped, the invalid netip.Addr gives the zero Addr.
func AddrFrom(a netip.Addr) Addr {
	if !a.IsValid() {
		return Addr{}
	}
	b := a.As16()
	return AddrFrom16(b[:])
}

// Netip converts back; the zero Addr gives the invalid netip.Addr.
func (a Addr) Netip() netip.Addr {
	if a == (Addr{}) {
		return netip.Addr{}
	}
	b := a.As16()
	return netip.AddrFrom16(b).Unmap()
}

// As16 returns the sixteen bytes in network order; IPv4 as ::ffff:a.b.c.d.
func (a Addr) As16() (b [16]byte) {
	binary.BigEndian.PutUint64(b[:], a.Hi)
	binary.BigEndian.PutUint64(b[8:], a.Lo)
	return b
}

// Is4 reports whether a is an IPv4 address.
func (a Addr) Is4() bool { return a.Hi == 0 && a.Lo>>32 == 0xffff }

// IsZero reports whether a is "no address".
func (a Addr) IsZero() bool { return a == Addr{} }

// Compare orders addresses by their sixteen bytes: no address first, and IPv4 among those of ::/16.
func (a Addr) Compare(o Addr) int { return cmp.Or(cmp.Compare(a.Hi, o.Hi), cmp.Compare(a.Lo, o.Lo)) }

// Version is 4 or 6; 0 for no address.
func (a Addr) Version() uint8 {
	switch {
	case a.Is4():
		return 4
	case a.IsZero():
		return 0
	}
	return 6
}

// String is the address as people write it, "-" for no address.
func (a Addr) String() string {
	if a.IsZero() {
		return "-"
	}
	return a.Netip().String()
}
