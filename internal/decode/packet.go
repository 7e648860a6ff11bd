package decode

import (
	"encoding/binary"

	"tributary/internal/flow"
)

// packet is what the first octets of a sampled packet say, down to the ports of its outermost IP
// header. Tunnels are not looked into.
type packet struct {
	src, dst         flow.Addr
	srcPort, dstPort uint16
	proto            uint8
	before           int    // octets before the IP header
	length           uint64 // of the IP packet, by its header; 0 = not stated
}

// describe copies what the packet says to a flow.
func (p *packet) describe(f *flow.Flow) {
	f.Src, f.Dst, f.Proto, f.SrcPort, f.DstPort = p.src, p.dst, p.proto, p.srcPort, p.dstPort
}

// octets is the packet's length at the IP layer: by its header, or, where that is 0 (segmentation
// offload, jumbograms), the frame's length less what comes before.
func (p *packet) octets(frame uint64) uint64 {
	if p.length != 0 {
		return p.length
	}
	return frame - min(frame, uint64(p.before))
}

// Ether types (IANA IEEE 802 Numbers).
const (
	etherIPv4   = 0x0800
	etherIPv6   = 0x86dd
	etherVLAN   = 0x8100 // 802.1Q
	etherQinQ   = 0x88a8 // 802.1ad
	etherQinQ91 = 0x9100 // before there was a standard
	etherQinQ92 = 0x9200
	etherMPLS   = 0x8847
	etherMPLSup = 0x8848 // upstream-assigned
	etherPPPoE  = 0x8864
	etherPBB    = 0x88e7 // 802.1ah
)

// readEthernet reads a frame from its destination address on.
func (p *packet) readEthernet(b []byte) bool { return p.readEthernetAt(b, 0, 0) }

// readEthernetAt reads a frame at off. depth counts frames inside frames.
func (p *packet) readEthernetAt(b []byte, off, depth int) bool {
	if len(b)-off < 14 {
		return false
	}
	return p.readEtherType(b, off+12, depth)
}

// readEtherType reads what follows an ether type at off. Every turn of the loop consumes octets.
func (p *packet) readEtherType(b []byte, off, depth int) bool {
	for len(b)-off >= 2 {
		kind := binary.BigEndian.Uint16(b[off:])
		off += 2
		switch kind {
		case etherIPv4, etherIPv6:
			return p.readIP(b, off)
		case etherVLAN, etherQinQ, etherQinQ91, etherQinQ92:
			off += 2 // tag control; an ether type follows
		case etherMPLS, etherMPLSup:
			return p.readMPLS(b, off, depth)
		case etherPPPoE:
			return p.readPPP(b, off+6) // version, code, session, length
		case etherPBB:
			off += 4 + 12 // service tag, customer addresses; an ether type follows
		default:
			// An 802.3 length, then LLC and SNAP: AA AA 03, organisation 0, ether type.
			if kind > 1500 || len(b)-off < 8 || b[off] != 0xaa || b[off+1] != 0xaa || b[off+2] != 3 {
				return false
			}
			off += 6
		}
	}
	return false
}

// readPPP reads what follows a PPP protocol number at off.
func (p *packet) readPPP(b []byte, off int) bool {
	if len(b)-off >= 2 && b[off] == 0xff && b[off+1] == 3 { // HDLC-like framing, RFC 1662
		off += 2
	}
	if len(b)-off < 2 {
		return false
	}
	switch binary.BigEndian.Uint16(b[off:]) {
	case 0x0021, 0x0057:
		return p.readIP(b, off+2)
	case 0x0281, 0x0283:
		return p.readMPLS(b, off+2, 0)
	}
	return false
}

// readMPLS reads past a label stack. What follows it is not stated: an IP packet, or, in a
// pseudowire, an Ethernet frame with or without a control word, whose first four bits are 0
// (RFC 4385 section 3).
func (p *packet) readMPLS(b []byte, off, depth int) bool {
	for {
		if len(b)-off < 4 {
			return false
		}
		bottom := b[off+2]&1 != 0
		off += 4
		if bottom {
			break
		}
	}
	if p.readIP(b, off) {
		return true
	}
	const maxDepth = 2 // a frame in a pseudowire in a pseudowire
	if depth >= maxDepth || len(b)-off < 4 {
		return false
	}
	if b[off]>>4 == 0 && p.readEthernetAt(b, off+4, depth+1) {
		return true
	}
	return p.readEthernetAt(b, off, depth+1)
}

// readIP reads an IP packet at off.
func (p *packet) readIP(b []byte, off int) bool {
	if off >= len(b) {
		return false
	}
	switch b[off] >> 4 {
	case 4:
		return p.readIPv4(b, off)
	case 6:
		return p.readIPv6(b, off)
	}
	return false
}

func (p *packet) readIPv4(b []byte, off int) bool {
	h := b[off:]
	header := int(h[0]&15) * 4
	if len(h) < 20 || header < 20 {
		return false
	}
	*p = packet{before: off, proto: h[9], src: flow.AddrFrom4(h[12:]), dst: flow.AddrFrom4(h[16:])}
	if length := int(binary.BigEndian.Uint16(h[2:])); length >= header {
		p.length = uint64(length)
	}
	if binary.BigEndian.Uint16(h[6:])&0x1fff == 0 && len(h) >= header { // not a later fragment
		p.readPorts(h[header:])
	}
	return true
}

// readIPv6 reads an IPv6 header and its extension headers (RFC 8200 section 4) up to what has ports.
func (p *packet) readIPv6(b []byte, off int) bool {
	h := b[off:]
	if len(h) < 40 {
		return false
	}
	*p = packet{before: off, proto: h[6], src: addr6(h[8:]), dst: addr6(h[24:])}
	if length := uint64(binary.BigEndian.Uint16(h[4:])); length != 0 {
		p.length = 40 + length
	}
	h = h[40:]
	for {
		size := 0
		switch p.proto {
		case 0, 43, 60, 135, 139, 140: // hop-by-hop, routing, destination, mobility, HIP, shim6
			if len(h) >= 2 {
				size = 8 + int(h[1])*8
			}
		case 51: // authentication
			if len(h) >= 2 {
				size = 8 + int(h[1])*4
			}
		case 44: // fragment
			if len(h) >= 8 {
				size = 8
				if binary.BigEndian.Uint16(h[2:])&0xfff8 != 0 {
					p.proto = h[0]
					return true
				}
			}
		default:
			p.readPorts(h)
			return true
		}
		if size == 0 || size > len(h) {
			return true // the sample ends before the ports
		}
		p.proto, h = h[0], h[size:]
	}
}

// readPorts reads the ports of the protocols that begin with them.
func (p *packet) readPorts(b []byte) {
	switch p.proto {
	case 6, 17, 33, 132, 136: // TCP, UDP, DCCP, SCTP, UDP-Lite
		if len(b) >= 4 {
			p.srcPort, p.dstPort = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
		}
	}
}
