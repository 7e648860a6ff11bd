package journal

import (
	"encoding/binary"
	"hash/crc32"
	"math"

	"tributary/internal/flow"
)

var (
	be = binary.BigEndian
	le = binary.LittleEndian

	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

const (
	fileHeader   = 24 // of a pcap file
	recordHeader = 16 // before each packet
	ipv4Header   = 20
	ipv6Header   = 40
	udpHeader    = 8
	linkRaw      = 101 // LINKTYPE_RAW: the packet begins with its IP header

	headers4 = recordHeader + ipv4Header + udpHeader
	headers6 = recordHeader + ipv6Header + udpHeader

	maxPayload4 = math.MaxUint16 - ipv4Header - udpHeader // the total length has 16 bits (RFC 791)
	maxPayload6 = math.MaxUint16 - udpHeader              // the payload length has 16 bits (RFC 8200)

	maxRecord = headers6 + maxPayload6
)

// pcapHeader is the file header: magic for microseconds, version 2.4, no time zone, no accuracy
// stated, snap length, link type; little endian.
var pcapHeader = func() (b [fileHeader]byte) {
	le.PutUint32(b[0:], 0xa1b2c3d4)
	le.PutUint16(b[4:], 2)
	le.PutUint16(b[6:], 4)
	le.PutUint32(b[16:], 262144) // libpcap's own MAXIMUM_SNAPLEN, above any record here
	le.PutUint32(b[20:], linkRaw)
	return b
}()

// The receiving side of the synthesised headers: a datagram does not say which of our addresses it
// was sent to.
var (
	loopback4 = [4]byte{127, 0, 0, 1}
	loopback6 = [16]byte{15: 1}
)

// Ports by which Wireshark and others know the protocols.
const (
	portNetFlow = 2055
	portIPFIX   = 4739
	portSFlow   = 6343
)

// destination is the port that the payload's protocol is usually sent to.
func destination(payload []byte) uint16 {
	switch {
	case len(payload) >= 4 && be.Uint32(payload) <= 5: // sFlow's version has 32 bits; NetFlow's 16 are never 0
		return portSFlow
	case len(payload) >= 2 && be.Uint16(payload) == 10:
		return portIPFIX
	}
	return portNetFlow
}

// fits reports whether a datagram has a form in the journal. What a socket received always has.
func fits(dg *flow.Datagram) bool {
	if dg.Source.Is4() {
		return len(dg.Payload) <= maxPayload4
	}
	return len(dg.Payload) <= maxPayload6
}

// appendRecord appends the datagram as a pcap record. It relies on fits. The check is seeded with
// the segment's seed, so that a record of another segment, surfacing in blocks that a file system
// did not clear, is not taken for one of this.
func appendRecord(dst []byte, dg *flow.Datagram, seed uint32) []byte {
	headers := headers6
	if dg.Source.Is4() {
		headers = headers4
	}
	start := len(dst)
	dst = append(dst, blank[:headers]...)
	dst = append(dst, dg.Payload...)
	b := dst[start:]

	arrival := min(max(dg.Arrival, 0), math.MaxUint32*1000) // pcap counts seconds from 1970 in 32 bits
	le.PutUint32(b[0:], uint32(arrival/1000))
	le.PutUint32(b[4:], uint32(arrival%1000*1000))
	le.PutUint32(b[8:], uint32(len(b)-recordHeader))
	le.PutUint32(b[12:], uint32(len(b)-recordHeader))

	ip, udp := b[recordHeader:], b[headers-udpHeader:]
	be.PutUint16(udp[0:], dg.Port)
	be.PutUint16(udp[2:], destination(dg.Payload))
	be.PutUint16(udp[4:], uint16(len(udp)))
	if headers == headers4 {
		be.PutUint32(ip[0:], 0x4500<<16|uint32(len(ip)))
		be.PutUint32(ip[8:], 64<<24|17<<16) // time to live, UDP; header checksum and UDP's stay 0
		ip[6] = 0x40                        // don't fragment
		be.PutUint32(ip[12:], uint32(dg.Source.Lo))
		copy(ip[16:], loopback4[:])
		be.PutUint16(ip[4:], check(seed, b))
		be.PutUint16(ip[10:], ^fold(sum(ip[:ipv4Header])))
		return dst
	}
	ip[0] = 0x60
	be.PutUint16(ip[4:], uint16(len(udp)))
	ip[6], ip[7] = 17, 64
	be.PutUint64(ip[8:], dg.Source.Hi)
	be.PutUint64(ip[16:], dg.Source.Lo)
	copy(ip[24:], loopback6[:])
	// RFC 8200 section 8.1 wants a UDP checksum over IPv6: the pseudo-header is the two addresses,
	// the length and the protocol. 0 would mean none and is sent as ffff.
	s := ^fold(sum(ip[8:]) + uint64(len(udp)) + 17)
	if s == 0 {
		s = 0xffff
	}
	be.PutUint16(udp[6:], s)
	be.PutUint16(ip[2:], check(seed, b))
	return dst
}

var blank [headers6]byte

// check is the CRC-32C of a record, its 16-bit halves folded. The fields that depend on the check
// (it itself, and IPv4's header checksum) must be 0.
func check(seed uint32, record []byte) uint16 {
	c := crc32.Update(seed, castagnoli, record)
	return uint16(c>>16) ^ uint16(c)
}

// sum adds b as 16-bit words in network order, an odd last byte padded with 0; fold it. Halves of
// 64-bit words go without carries, which 64 KiB cannot fill: 1,408 octets in 96 ns of CPU, where a chain of
// bits.Add64 took 189 (BenchmarkSum).
func sum(b []byte) (s uint64) {
	for len(b) >= 32 {
		x0, x1, x2, x3 := be.Uint64(b), be.Uint64(b[8:]), be.Uint64(b[16:]), be.Uint64(b[24:])
		s += x0>>32 + x1>>32 + x2>>32 + x3>>32
		s += x0&math.MaxUint32 + x1&math.MaxUint32 + x2&math.MaxUint32 + x3&math.MaxUint32
		b = b[32:]
	}
	for len(b) >= 2 {
		s += uint64(be.Uint16(b))
		b = b[2:]
	}
	if len(b) == 1 {
		s += uint64(b[0]) << 8
	}
	return s
}

// fold brings a sum to 16 bits in ones' complement (RFC 1071).
func fold(s uint64) uint16 {
	for s > math.MaxUint16 {
		s = s>>16 + s&math.MaxUint16
	}
	return uint16(s)
}

// need is how many bytes the record at the start of b has, at least: the record's own length where
// b has its header. 0 means that no record begins here.
func need(b []byte) int {
	if len(b) < recordHeader {
		return recordHeader
	}
	n := le.Uint32(b[8:])
	if n < ipv4Header+udpHeader || n > maxRecord-recordHeader || n != le.Uint32(b[12:]) {
		return 0
	}
	return recordHeader + int(n)
}

// parseRecord reads one record that appendRecord wrote with the same seed; b is exactly the record,
// of the length that need told. It clears the fields in b that depend on the check. The payload
// shares b. False means that the bytes are not such a record.
func parseRecord(dg *flow.Datagram, b []byte, seed uint32) bool {
	seconds, micros := le.Uint32(b[0:]), le.Uint32(b[4:])
	if micros >= 1e6 || micros%1000 != 0 {
		return false
	}
	var headers int
	var stated uint16
	ip := b[recordHeader:]
	switch {
	case ip[0] == 0x45 && int(be.Uint16(ip[2:])) == len(ip):
		headers = headers4
		if fold(sum(ip[:ipv4Header])) != 0xffff {
			return false
		}
		stated = be.Uint16(ip[4:])
		ip[4], ip[5], ip[10], ip[11] = 0, 0, 0, 0
		dg.Source = flow.AddrFrom4(ip[12:])
	case ip[0] == 0x60 && len(b) >= headers6 && ipv6Header+int(be.Uint16(ip[4:])) == len(ip):
		headers = headers6
		stated = be.Uint16(ip[2:])
		ip[2], ip[3] = 0, 0
		dg.Source = flow.AddrFrom16(ip[8:])
	default:
		return false
	}
	if check(seed, b) != stated {
		return false
	}
	dg.Port = be.Uint16(b[headers-udpHeader:])
	dg.Arrival = int64(seconds)*1000 + int64(micros/1000)
	dg.Drops = 0
	dg.Payload = b[headers:len(b):len(b)]
	return true
}
