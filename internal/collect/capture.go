// Package collect brings datagrams in: from capture files and from UDP sockets.
package collect

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
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

	file *os.File // nil for NewCapture
	next func() ([]byte, gopacket.CaptureInfo, error)
	link func(gopacket.CaptureInfo) layers.LinkType
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

// Magic numbers of the first four bytes, in file order.
var pcapngMagic = [4]byte{0x0a, 0x0d, 0x0d, 0x0a} // section header block; every other file is tried as pcap

func (c *Capture) open(from io.Reader) error {
	r := bufio.NewReaderSize(from, 1<<18)
	magic, err := r.Peek(4)
	if err != nil {
		return fmt.Errorf("%s is not a capture: it has %d bytes; a pcap or pcapng file is expected", c.Path, len(magic))
	}
	if [4]byte(magic) == pcapngMagic {
		options := pcapgo.DefaultNgReaderOptions
		options.WantMixedLinkType = true
		ng, err := pcapgo.NewNgReader(r, options)
		if err != nil {
			return fmt.Errorf("%s is not a readable pcapng file: %w", c.Path, err)
		}
		c.next = ng.ZeroCopyReadPacketData
		c.link = func(info gopacket.CaptureInfo) layers.LinkType {
			if i, err := ng.Interface(info.InterfaceIndex); err == nil {
				return i.LinkType
			}
			return ng.LinkType()
		}
		return nil
	}
	p, err := pcapgo.NewReader(r)
	if err != nil {
		return fmt.Errorf("%s is not a capture: %w; a pcap or pcapng file is expected", c.Path, err)
	}
	p.SetSnaplen(0) // some writers understate it; the reader then bounds packets by libpcap's 256 KiB
	c.next = p.ZeroCopyReadPacketData
	c.link = func(gopacket.CaptureInfo) layers.LinkType { return p.LinkType() }
	return nil
}

// Next reads the next datagram into dg; its payload is valid until the next call. The error is
// io.EOF at the end of the file and a *CutError where the file is cut or corrupt.
func (c *Capture) Next(dg *flow.Datagram) error {
	for {
		packet, info, err := c.read()
		if err != nil {
			return err
		}
		c.Packets++
		skip := parsePacket(dg, packet, c.link(info), info.Length > info.CaptureLength)
		if skip != notSkipped {
			c.Skipped[skip]++
			continue
		}
		dg.Arrival = arrival(info.Timestamp)
		return nil
	}
}

// read returns the next packet. A reader's panic on a corrupt file is the file's fault: it is
// reported as the file's error.
func (c *Capture) read() (packet []byte, info gopacket.CaptureInfo, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &CutError{c.Path, c.Packets, fmt.Errorf("corrupt: %v", r)}
		}
	}()
	packet, info, err = c.next()
	if err != nil && !errors.Is(err, io.EOF) {
		err = &CutError{c.Path, c.Packets, err}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = &CutError{c.Path, c.Packets, io.ErrUnexpectedEOF}
	}
	return packet, info, err
}

func arrival(t time.Time) int64 { return max(0, t.UnixMilli()) }

// Close closes the file.
func (c *Capture) Close() error {
	if c.file == nil || c.file == os.Stdin {
		return nil
	}
	return c.file.Close()
}
