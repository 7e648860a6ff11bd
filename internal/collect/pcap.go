package collect

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/gopacket/gopacket/layers"
)

// packet is a captured packet as the file has it.
type packet struct {
	data    []byte // valid until the next one is read
	arrival int64  // Unix milliseconds
	link    layers.LinkType
	cut     bool // it was longer on the wire
}

const (
	// pcapBuffer is the most that is asked of a file at once: it stays in the caches until it is read.
	pcapBuffer = 512 << 10
	// The longest packet is what the file declares, but in these bounds: some writers understate it,
	// so tcpdump and Wireshark (MAXIMUM_SNAPLEN) do not heed less than 256 KiB, and a file must not
	// have us take gigabytes.
	minLongest = 256 << 10
	maxLongest = 16 << 20

	pcapHeader       = 24 // of the file
	pcapPacketHeader = 16
)

// pcapFile reads the packets of a pcap file (draft-ietf-opsawg-pcap-04) where they lie in its
// buffer: 70 ns a datagram of 1,400 octets beside read(2), where with gopacket's reader it took 210 ns;
// see BenchmarkCapture.
type pcapFile struct {
	from    io.Reader
	err     error  // of from, once it has ended
	buffer  []byte // buffer[next:end] is read and not yet handed out
	next    int
	end     int
	order   binary.ByteOrder
	little  bool   // order, for the packets
	perMsec uint32 // fractions of a second in a millisecond
	link    layers.LinkType
	longest uint32
}

var errPcapMagic = errors.New("it does not begin like one")

// newPcapFile reads the file's header.
func newPcapFile(from io.Reader) (*pcapFile, error) {
	p := &pcapFile{from: from, buffer: make([]byte, pcapBuffer)}
	if !p.fill(pcapHeader) {
		if errors.Is(p.err, io.EOF) {
			return nil, fmt.Errorf("it ends after %d bytes", p.end)
		}
		return nil, p.err
	}
	h := p.buffer[:pcapHeader]
	switch binary.LittleEndian.Uint32(h) {
	case 0xa1b2c3d4:
		p.order, p.perMsec = binary.LittleEndian, 1_000
	case 0xa1b23c4d:
		p.order, p.perMsec = binary.LittleEndian, 1_000_000
	case 0xd4c3b2a1:
		p.order, p.perMsec = binary.BigEndian, 1_000
	case 0x4d3cb2a1:
		p.order, p.perMsec = binary.BigEndian, 1_000_000
	default:
		return nil, errPcapMagic
	}
	p.little = p.order == binary.LittleEndian
	if major, minor := p.order.Uint16(h[4:]), p.order.Uint16(h[6:]); major != 2 || minor != 4 {
		return nil, fmt.Errorf("its format has version %d.%d, and 2.4 is known", major, minor)
	}
	p.longest = min(max(minLongest, p.order.Uint32(h[16:])), maxLongest)
	// The upper half holds the length of a checksum at each packet's end, which we do not look at.
	p.link = layers.LinkType(p.order.Uint32(h[20:]) & 0xffff)
	p.next = pcapHeader
	return p, nil
}

// read reads the next packet; io.EOF is the file's proper end.
func (p *pcapFile) read(to *packet) error {
	if p.end-p.next < pcapPacketHeader && !p.fill(pcapPacketHeader) {
		return p.ended()
	}
	h := p.buffer[p.next : p.next+pcapPacketHeader]
	var seconds, fraction, captured, length uint32
	if p.little {
		seconds, fraction = binary.LittleEndian.Uint32(h), binary.LittleEndian.Uint32(h[4:])
		captured, length = binary.LittleEndian.Uint32(h[8:]), binary.LittleEndian.Uint32(h[12:])
	} else {
		seconds, fraction = binary.BigEndian.Uint32(h), binary.BigEndian.Uint32(h[4:])
		captured, length = binary.BigEndian.Uint32(h[8:]), binary.BigEndian.Uint32(h[12:])
	}
	if captured > p.longest {
		return fmt.Errorf("a packet of %d bytes is longer than a capture's can be", captured)
	}
	if captured > length {
		return fmt.Errorf("a packet has %d captured bytes of %d", captured, length)
	}
	size := pcapPacketHeader + int(captured)
	if p.end-p.next < size && !p.fill(size) {
		return p.ended()
	}
	to.data = p.buffer[p.next+pcapPacketHeader : p.next+size]
	to.arrival = int64(seconds)*1000 + int64(fraction/p.perMsec)
	to.link = p.link
	to.cut = length > captured
	p.next += size
	return nil
}

// ended is the error of a file of which not enough is left.
func (p *pcapFile) ended() error {
	if errors.Is(p.err, io.EOF) && p.end > p.next {
		return io.ErrUnexpectedEOF
	}
	return p.err
}

// fill reads until size bytes are there; false where the file ends before. What was handed out
// is overwritten.
func (p *pcapFile) fill(size int) bool {
	rest := p.buffer[p.next:p.end]
	if size > len(p.buffer) {
		p.buffer = make([]byte, size+pcapBuffer)
	}
	p.next, p.end = 0, copy(p.buffer, rest)
	for idle := 0; p.end < size && p.err == nil; idle++ {
		var n int
		if n, p.err = p.from.Read(p.buffer[p.end:]); n > 0 {
			p.end, idle = p.end+n, 0
		}
		if idle == 100 && p.err == nil {
			p.err = io.ErrNoProgress
		}
	}
	return p.end >= size
}
