package decode

import (
	"encoding/binary"
	"net/netip"

	"tributary/internal/flow"
)

const wireUptime = 300_000_000 // ms, in the headers that newWire makes

// wire builds a NetFlow v9 or IPFIX datagram, set by set.
type wire struct {
	proto Protocol
	b     []byte
}

// newWire begins a datagram of domain 7, exported at that time.
func newWire(proto Protocol, export int64) *wire {
	w := &wire{proto: proto}
	if proto == NetFlow9 {
		w.b = make([]byte, header9Len)
		binary.BigEndian.PutUint16(w.b, 9)
		binary.BigEndian.PutUint32(w.b[4:], wireUptime)
		binary.BigEndian.PutUint32(w.b[8:], uint32(export/1000))
	} else {
		w.b = make([]byte, headerXLen)
		binary.BigEndian.PutUint16(w.b, 10)
		binary.BigEndian.PutUint32(w.b[4:], uint32(export/1000))
	}
	return w.domain(7)
}

func (w *wire) domain(id uint32) *wire {
	if w.proto == NetFlow9 {
		binary.BigEndian.PutUint32(w.b[16:], id)
	} else {
		binary.BigEndian.PutUint32(w.b[12:], id)
	}
	return w
}

// set appends a set; its length is that of the body.
func (w *wire) set(id uint16, body []byte) *wire { return w.rawSet(id, len(body)+4, body) }

// rawSet appends a set that claims a length.
func (w *wire) rawSet(id uint16, length int, body []byte) *wire {
	w.b = binary.BigEndian.AppendUint16(w.b, id)
	w.b = binary.BigEndian.AppendUint16(w.b, uint16(length))
	w.b = append(w.b, body...)
	return w
}

// raw appends octets after the last set.
func (w *wire) raw(b ...byte) *wire {
	w.b = append(w.b, b...)
	return w
}

func (w *wire) specifiers(b []byte, fields []field) []byte {
	for _, f := range fields {
		if f.pen != 0 {
			b = binary.BigEndian.AppendUint16(b, f.id|0x8000)
			b = binary.BigEndian.AppendUint16(b, f.length)
			b = binary.BigEndian.AppendUint32(b, f.pen)
			continue
		}
		b = binary.BigEndian.AppendUint16(b, f.id)
		b = binary.BigEndian.AppendUint16(b, f.length)
	}
	return b
}

// templates appends a set with one template.
func (w *wire) templates(id uint16, fields []field) *wire {
	b := binary.BigEndian.AppendUint16(nil, id)
	b = binary.BigEndian.AppendUint16(b, uint16(len(fields)))
	set := uint16(setTemplates9)
	if w.proto == IPFIX {
		set = setTemplatesX
	}
	return w.set(set, w.specifiers(b, fields))
}

// options appends a set with one options template whose first scopes fields are scope fields.
func (w *wire) options(id uint16, scopes int, fields []field) *wire {
	b := binary.BigEndian.AppendUint16(nil, id)
	if w.proto == IPFIX {
		b = binary.BigEndian.AppendUint16(b, uint16(len(fields)))
		b = binary.BigEndian.AppendUint16(b, uint16(scopes))
		return w.set(setOptionsX, w.specifiers(b, fields))
	}
	b = binary.BigEndian.AppendUint16(b, uint16(4*scopes))
	b = binary.BigEndian.AppendUint16(b, uint16(4*(len(fields)-scopes)))
	return w.set(setOptions9, w.specifiers(b, fields))
}

// bytes is the datagram; an IPFIX header gets its length.
func (w *wire) bytes() []byte {
	if w.proto == IPFIX {
		binary.BigEndian.PutUint16(w.b[2:], uint16(len(w.b)))
	}
	return w.b
}

// putUint writes v over all of b, in network order.
func putUint(b []byte, v uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte(v)
		v >>= 8
	}
}

// num is v in n octets.
func num(n int, v uint64) []byte {
	b := make([]byte, n)
	putUint(b, v)
	return b
}

// cat joins octets.
func cat(parts ...[]byte) (b []byte) {
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// words are 32-bit numbers in network order.
func words(v ...uint32) (b []byte) {
	for _, x := range v {
		b = binary.BigEndian.AppendUint32(b, x)
	}
	return b
}

// sflow builds an sFlow datagram, sample by sample.
type sflow struct {
	agent   []byte
	seq     uint32
	samples [][]byte
}

func newSFlow() *sflow { return &sflow{agent: words(1, 0xc0000201), seq: 1} }

func (s *sflow) sample(format uint32, body []byte) *sflow {
	s.samples = append(s.samples, cat(words(format, uint32(len(body))), body))
	return s
}

// number sets the datagram's sequence number, which else is 1.
func (s *sflow) number(n uint32) *sflow {
	s.seq = n
	return s
}

// flowSample appends a compact flow sample with its records.
func (s *sflow) flowSample(rate, in, out uint32, records ...[]byte) *sflow {
	return s.sample(sampleFlow, cat(words(1, 2, rate, 4, 0, in, out, uint32(len(records))), cat(records...)))
}

// expandedSample appends an expanded flow sample.
func (s *sflow) expandedSample(rate, inFormat, in, outFormat, out uint32, records ...[]byte) *sflow {
	return s.sample(sampleFlowExpanded, cat(words(1, 0, 2, rate, 4, 0, inFormat, in, outFormat, out, uint32(len(records))), cat(records...)))
}

func (s *sflow) bytes() []byte {
	return cat(words(5), s.agent, words(3, s.seq, 1000, uint32(len(s.samples))), cat(s.samples...))
}

// record is a record of a sample, padded to four octets.
func record(format uint32, body []byte) []byte {
	return cat(words(format, uint32(len(body))), body, make([]byte, -len(body)&3))
}

// sampledHeader is a raw packet header record.
func sampledHeader(protocol, frame, stripped uint32, header []byte) []byte {
	return record(recordHeader, cat(words(protocol, frame, stripped, uint32(len(header))), header, make([]byte, -len(header)&3)))
}

var macs = []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}

// ipv4TCP is an IPv4 header that states a length, and a TCP header's ports.
func ipv4TCP(length int) []byte {
	return cat([]byte{0x45, 0}, num(2, uint64(length)), []byte{0, 1, 0, 0, 64, 6, 0, 0, 198, 51, 100, 1, 203, 0, 113, 9, 0x30, 0x39, 1, 0xbb}, make([]byte, 16))
}

// ipv6UDP is an IPv6 header that states a payload length, and a UDP header's ports.
func ipv6UDP(payload int) []byte {
	return cat([]byte{0x60, 0, 0, 0}, num(2, uint64(payload)), []byte{17, 64}, v6("2001:db8::1"), v6("2001:db8:40::9"), []byte{0x30, 0x39, 1, 0xbb, 0, 0, 0, 0})
}

func ethernetTCP(length int) []byte { return cat(macs, []byte{8, 0}, ipv4TCP(length)) }

var wireSource = flow.AddrFrom4([]byte{192, 0, 2, 1})

func v4(s string) []byte {
	a := netip.MustParseAddr(s).As4()
	return a[:]
}

func v6(s string) []byte {
	a := netip.MustParseAddr(s).As16()
	return a[:]
}

func addr(s string) flow.Addr { return flow.AddrFrom(netip.MustParseAddr(s)) }
