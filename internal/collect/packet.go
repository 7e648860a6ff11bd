package collect

import (
	"encoding/binary"

	"github.com/gopacket/gopacket/layers"

	"tributary/internal/flow"
)

// Skip is a reason for which a captured packet is no datagram for us.
type Skip int

// The reasons.
const (
	SkipNotIP    Skip = iota // ARP and the like, or a link layer we do not read
	SkipNotUDP               // another protocol over IP
	SkipFragment             // a part of a fragmented datagram: capture on the collector's side of reassembly, or lower the exporter's datagram size
	SkipShort                // captured with a snap length that cut the datagram
	SkipBad                  // headers that make no sense
	NumSkips
	notSkipped Skip = -1
)

var skipNames = [NumSkips]string{"not_ip", "not_udp", "fragment", "cut_by_snaplen", "bad_packet"}

func (s Skip) String() string { return skipNames[s] }

var be = binary.BigEndian

const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
	protoUDP  = 17
)

// parsePacket finds the UDP payload in a packet. cut says that the packet was longer on the wire.
func parsePacket(dg *flow.Datagram, b []byte, link layers.LinkType, cut bool) Skip {
	b, etherType, ok := stripLink(b, link)
	if !ok {
		return SkipNotIP
	}
	switch {
	case etherType == etherIPv4 && len(b) >= 20 && b[0]>>4 == 4:
		return parseIPv4(dg, b, cut)
	case etherType == etherIPv6 && len(b) >= 40 && b[0]>>4 == 6:
		return parseIPv6(dg, b, cut)
	case etherType == etherIPv4 || etherType == etherIPv6:
		return SkipBad
	}
	return SkipNotIP
}

// stripLink takes off the link layer's header and returns the rest with its EtherType.
func stripLink(b []byte, link layers.LinkType) (rest []byte, etherType uint16, ok bool) {
	var header int
	switch link {
	case layers.LinkTypeEthernet:
		header = 14
	case layers.LinkTypeLinuxSLL:
		header = 16
	case layers.LinkTypeLinuxSLL2:
		if len(b) < 20 {
			return nil, 0, false
		}
		return stripVLAN(b[20:], be.Uint16(b))
	case layers.LinkTypeNull, layers.LinkTypeLoop:
		if len(b) < 4 {
			return nil, 0, false
		}
		return rawIP(b[4:])
	case layers.LinkTypeRaw, 12, 14, layers.LinkTypeIPv4, layers.LinkTypeIPv6: // 12 and 14: DLT_RAW of BSDs
		return rawIP(b)
	default:
		return nil, 0, false
	}
	if len(b) < header {
		return nil, 0, false
	}
	return stripVLAN(b[header:], be.Uint16(b[header-2:]))
}

func stripVLAN(b []byte, etherType uint16) ([]byte, uint16, bool) {
	for etherType == 0x8100 || etherType == 0x88a8 || etherType == 0x9100 { // 802.1Q, 802.1ad, QinQ before it
		if len(b) < 4 {
			return nil, 0, false
		}
		b, etherType = b[4:], be.Uint16(b[2:])
	}
	return b, etherType, true
}

func rawIP(b []byte) ([]byte, uint16, bool) {
	if len(b) == 0 {
		return nil, 0, false
	}
	if b[0]>>4 == 6 {
		return b, etherIPv6, true
	}
	return b, etherIPv4, true
}

func parseIPv4(dg *flow.Datagram, b []byte, cut bool) Skip {
	header, total := int(b[0]&0xf)*4, int(be.Uint16(b[2:]))
	if header < 20 || len(b) < header {
		return SkipBad
	}
	if b[9] != protoUDP {
		return SkipNotUDP
	}
	if be.Uint16(b[6:])&0x3fff != 0 { // more fragments, or an offset
		return SkipFragment
	}
	if total >= header && total <= len(b) {
		b = b[:total] // less the padding of a short Ethernet frame
	}
	dg.Source = flow.AddrFrom4(b[12:])
	return parseUDP(dg, b[header:], cut)
}

func parseIPv6(dg *flow.Datagram, b []byte, cut bool) Skip {
	dg.Source = flow.AddrFrom16(b[8:])
	if n := 40 + int(be.Uint16(b[4:])); n > 40 && n <= len(b) {
		b = b[:n]
	}
	next, b := b[6], b[40:]
	for range 8 { // RFC 8200 section 4.1 names fewer extension headers than this
		switch next {
		case protoUDP:
			return parseUDP(dg, b, cut)
		case 0, 43, 60: // hop-by-hop, routing, destination options
			if len(b) < 8 {
				return SkipBad
			}
			n := 8 + int(b[1])*8
			if len(b) < n {
				return SkipBad
			}
			next, b = b[0], b[n:]
		case 44: // fragment; an atomic one (RFC 6946) is whole
			if len(b) < 8 {
				return SkipBad
			}
			if be.Uint16(b[2:])&^0x6 != 0 {
				return SkipFragment
			}
			next, b = b[0], b[8:]
		default:
			return SkipNotUDP
		}
	}
	return SkipBad
}

func parseUDP(dg *flow.Datagram, b []byte, cut bool) Skip {
	if len(b) < 8 {
		if cut {
			return SkipShort
		}
		return SkipBad
	}
	n := int(be.Uint16(b[4:]))
	switch {
	case n == 0: // a jumbogram, or checksum offload that left it empty: the rest is the datagram
		n = len(b)
	case n < 8:
		return SkipBad
	case n > len(b) && cut:
		return SkipShort
	case n > len(b):
		n = len(b) // a writer that states too much: the payload's own lengths decide
	}
	dg.Port = be.Uint16(b)
	dg.Payload = b[8:n]
	return notSkipped
}
