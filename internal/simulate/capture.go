package simulate

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"tributary/internal/flow"
)

// CaptureWriter writes datagrams as a pcap file that any packet tool opens: Ethernet, IPv4 or IPv6,
// UDP. It belongs to one goroutine.
type CaptureWriter struct {
	out   *bufio.Writer
	pcap  *pcapgo.Writer
	ident uint16 // of the next IPv4 packet
	frame []byte
}

// The collector that captured datagrams are addressed to: documentation addresses (RFC 5737, RFC
// 3849), as nobody is there.
var (
	captureCollector4 = flow.AddrFrom4([]byte{192, 0, 2, 250})
	captureCollector6 = flow.Addr{Hi: 0x20010db8_00ff0000, Lo: 250}
)

// NewCaptureWriter writes the file's header to w.
func NewCaptureWriter(w io.Writer) (*CaptureWriter, error) {
	c := &CaptureWriter{out: bufio.NewWriterSize(w, 1<<18)}
	c.pcap = pcapgo.NewWriter(c.out)
	if err := c.pcap.WriteFileHeader(65535, layers.LinkTypeEthernet); err != nil {
		return nil, fmt.Errorf("cannot write the capture's header: %w", err)
	}
	return c, nil
}

// Write adds one datagram, captured at its time of arrival.
func (c *CaptureWriter) Write(dg *flow.Datagram, port uint16) error {
	c.frame = c.appendFrame(c.frame[:0], dg, port)
	info := gopacket.CaptureInfo{
		Timestamp:     time.UnixMilli(dg.Arrival),
		CaptureLength: len(c.frame), Length: len(c.frame),
	}
	if err := c.pcap.WritePacket(info, c.frame); err != nil {
		return fmt.Errorf("cannot write to the capture: %w", err)
	}
	return nil
}

// Flush writes what is buffered. It must be called after the last datagram.
func (c *CaptureWriter) Flush() error {
	if err := c.out.Flush(); err != nil {
		return fmt.Errorf("cannot write to the capture: %w", err)
	}
	return nil
}

func (c *CaptureWriter) appendFrame(b []byte, dg *flow.Datagram, port uint16) []byte {
	b = append(b, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2) // locally administered addresses
	length := 8 + len(dg.Payload)
	to := captureCollector6
	if dg.Source.Is4() {
		to = captureCollector4
		b = put16(b, 0x0800)
		ip := len(b)
		b = append(b, 0x45, 0)
		b = put16(b, uint16(20+length))
		b = put16(b, c.ident)
		c.ident++
		b = append(b, 0, 0, 62, 17, 0, 0) // no fragment, TTL, UDP, checksum to come
		b = putAddr(putAddr(b, dg.Source), to)
		binary.BigEndian.PutUint16(b[ip+10:], ^fold(sum(0, b[ip:])))
	} else {
		b = put16(b, 0x86dd)
		b = put32(b, 6<<28)
		b = put16(b, uint16(length))
		b = append(b, 17, 62)
		b = putAddr(putAddr(b, dg.Source), to)
	}
	udp := len(b)
	b = put16(put16(b, dg.Port), port)
	b = put16(put16(b, uint16(length)), 0)
	b = append(b, dg.Payload...)
	check := ^fold(sum(pseudo(dg.Source, to, length), b[udp:]))
	if check == 0 {
		check = 0xffff // zero says that there is none (RFC 768)
	}
	binary.BigEndian.PutUint16(b[udp+6:], check)
	return b
}

// sum adds b to s as 16-bit words, an odd last octet padded with zero (RFC 1071).
func sum(s uint64, b []byte) uint64 {
	for len(b) > 1 {
		s += uint64(binary.BigEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) == 1 {
		s += uint64(b[0]) << 8
	}
	return s
}

func fold(s uint64) uint16 {
	for s>>16 != 0 {
		s = s&0xffff + s>>16
	}
	return uint16(s)
}

// pseudo sums the pseudo-header of UDP's checksum (RFC 768, RFC 8200 section 8.1).
func pseudo(src, dst flow.Addr, length int) uint64 {
	s := uint64(17 + length)
	for _, a := range [2]flow.Addr{src, dst} {
		lo := a.Lo
		if a.Is4() {
			lo &= 0xffffffff // without the mark of an IPv4 address
		}
		for _, half := range [2]uint64{a.Hi, lo} {
			s += half>>48 + half>>32&0xffff + half>>16&0xffff + half&0xffff
		}
	}
	return s
}
