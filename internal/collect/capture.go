// Package collect brings datagrams in: from capture files and from UDP sockets.
package collect

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gopacket/gopacket/pcapgo"

	"tributary/internal/flow"
)

// Capture reads the UDP datagrams of one capture file, pcap or pcapng, in the file's order.
// Ethernet (with VLAN tags), Linux cooked (v1, v2), BSD loopback and raw IP framing are read, IPv4
// and IPv6. What is no whole UDP datagram is skipped and counted under a Skip.
type Capture struct {
	Path    string
	Packets int // packets read so far, skipped ones included
	Skipped [NumSkips]int

	file   *os.File // nil for NewCapture
	read   func(*packet) error
	packet packet
}

// CutError says that a capture file ends in the middle of a packet or cannot be read on. All
// packets before it were handed out.
type CutError struct {
	Path    string
	Packets int // whole packets before the cut
	Err     error
}

func (e *CutError) Error() string {
	if errors.Is(e.Err, io.ErrUnexpectedEOF) {
		return fmt.Sprintf("%s is cut off after packet %d; what stands before it was read: copy the file again if there should be more", e.Path, e.Packets)
	}
	return fmt.Sprintf("%s cannot be read after packet %d (%v); what stands before it was read", e.Path, e.Packets, e.Err)
}

func (e *CutError) Unwrap() error { return e.Err }

// OpenCapture opens a capture file; "-" is standard input. Close it.
func OpenCapture(path string) (*Capture, error) {
	c := &Capture{Path: path, file: os.Stdin}
	if path == "-" {
		c.Path = "standard input"
	} else {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("cannot open the capture: %w", err)
		}
		if info, err := f.Stat(); err == nil && info.IsDir() {
			f.Close()
			return nil, fmt.Errorf("cannot read %s: it is a folder; name the capture files in it", path)
		}
		c.file = f
	}
	if err := c.open(c.file); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// NewCapture reads a capture from r; name is what errors call it.
func NewCapture(name string, r io.Reader) (*Capture, error) {
	c := &Capture{Path: name}
	if err := c.open(r); err != nil {
		return nil, err
	}
	return c, nil
}

// Magic numbers of the first bytes, in file order. Every other file is tried as pcap.
var (
	pcapngMagic = []byte{0x0a, 0x0d, 0x0d, 0x0a} // section header block
	gzipMagic   = []byte{0x1f, 0x8b}             // RFC 1952 section 2.3.1; of a pcap file
)

func (c *Capture) open(from io.Reader) error {
	var magic [4]byte
	n, err := io.ReadFull(from, magic[:])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return fmt.Errorf("cannot read %s: %w", c.Path, err)
	}
	if err != nil {
		return fmt.Errorf("%s is not a capture: it has %d bytes; a pcap or pcapng file is expected", c.Path, n)
	}
	whole := &behind{magic[:], from}
	if bytes.Equal(magic[:], pcapngMagic) {
		return c.openNg(whole)
	}
	from = whole
	if bytes.HasPrefix(magic[:], gzipMagic) {
		if from, err = gzip.NewReader(bufio.NewReaderSize(whole, pcapBuffer)); err != nil {
			return fmt.Errorf("%s is not a readable gzip file: %w", c.Path, err)
		}
	}
	p, err := newPcapFile(from)
	if err != nil {
		return fmt.Errorf("%s is not a capture: %w; a pcap or pcapng file is expected", c.Path, err)
	}
	c.read = p.read
	return nil
}

// behind reads what was already taken off a reader, and then the reader, without a copy.
type behind struct {
	taken []byte
	rest  io.Reader
}

func (b *behind) Read(to []byte) (int, error) {
	if len(b.taken) > 0 {
		n := copy(to, b.taken)
		b.taken = b.taken[n:]
		return n, nil
	}
	return b.rest.Read(to)
}

func (c *Capture) openNg(from io.Reader) error {
	options := pcapgo.DefaultNgReaderOptions
	options.WantMixedLinkType = true
	ng, err := pcapgo.NewNgReader(bufio.NewReaderSize(from, 1<<18), options)
	if err != nil {
		return fmt.Errorf("%s is not a readable pcapng file: %w", c.Path, err)
	}
	c.read = func(to *packet) (err error) {
		defer func() { // the reader's panic on a corrupt file is the file's fault
			if r := recover(); r != nil {
				err = fmt.Errorf("corrupt: %v", r)
			}
		}()
		data, info, err := ng.ZeroCopyReadPacketData()
		if err != nil {
			return err
		}
		*to = packet{data: data, arrival: max(0, info.Timestamp.UnixMilli()), link: ng.LinkType(), cut: info.Length > info.CaptureLength}
		if i, err := ng.Interface(info.InterfaceIndex); err == nil {
			to.link = i.LinkType
		}
		return nil
	}
	return nil
}

// Next reads the next datagram into dg; its payload is valid until the next call. The error is
// io.EOF at the end of the file and a *CutError where the file is cut or corrupt.
func (c *Capture) Next(dg *flow.Datagram) error {
	for {
		p := &c.packet
		if err := c.read(p); err != nil {
			return c.ended(err)
		}
		c.Packets++
		skip := parsePacket(dg, p.data, p.link, p.cut)
		if skip != notSkipped {
			c.Skipped[skip]++
			continue
		}
		dg.Arrival = p.arrival
		return nil
	}
}

// ended is what Next says of a file that cannot be read on.
func (c *Capture) ended(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &CutError{c.Path, c.Packets, io.ErrUnexpectedEOF}
	case errors.Is(err, io.EOF):
		return io.EOF
	}
	return &CutError{c.Path, c.Packets, err}
}

// Close closes the file.
func (c *Capture) Close() error {
	if c.file == nil || c.file == os.Stdin {
		return nil
	}
	return c.file.Close()
}
