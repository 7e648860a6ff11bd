package simulate

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"tributary/internal/flow"
)

// Sender sends datagrams to a collector over UDP: one socket an exporter, bound to the exporter's
// address where this machine has it (on Linux all of 127.0.0.0/8), so that a collector on the same
// machine tells the exporters apart. It belongs to one goroutine.
type Sender struct {
	to      netip.AddrPort
	sockets map[flow.Addr]*net.UDPConn
}

// NewSender sends to a collector. An IPv4 address may be written as IPv6 has it (::ffff:127.0.0.1).
func NewSender(to netip.AddrPort) *Sender {
	return &Sender{to: netip.AddrPortFrom(to.Addr().Unmap(), to.Port()), sockets: map[flow.Addr]*net.UDPConn{}}
}

// nobodyError is syscall.ECONNREFUSED as a sentence.
type nobodyError struct{ to netip.AddrPort }

func (e *nobodyError) Error() string {
	return fmt.Sprintf("nothing listens on UDP %v: start the collector first (tributary run), or send to the port that it listens on", e.to)
}

func (e *nobodyError) Unwrap() error { return syscall.ECONNREFUSED }

// Send sends one datagram at once. Where nobody listens, the machine of the collector says so after the
// first one: the error of a later one tells it, and is syscall.ECONNREFUSED.
func (s *Sender) Send(dg *flow.Datagram) error {
	conn, err := s.socket(dg.Source)
	if err != nil {
		return err
	}
	if _, err := conn.Write(dg.Payload); err != nil {
		if errors.Is(err, syscall.ECONNREFUSED) {
			return &nobodyError{s.to}
		}
		return fmt.Errorf("cannot send to %v: %w", s.to, err)
	}
	return nil
}

// Close closes the sockets.
func (s *Sender) Close() {
	for _, c := range s.sockets {
		c.Close() // nothing is buffered: there is nothing an error could tell
	}
}

func (s *Sender) socket(from flow.Addr) (*net.UDPConn, error) {
	if c := s.sockets[from]; c != nil {
		return c, nil
	}
	local := &net.UDPAddr{IP: from.Netip().AsSlice()}
	c, err := net.DialUDP("udp", local, net.UDPAddrFromAddrPort(s.to))
	if err != nil {
		return nil, fmt.Errorf("cannot send from exporter address %v to %v: %w; exporters' addresses must be this machine's, as 127.0.0.0/8 is to a collector on 127.0.0.1", from, s.to, err)
	}
	s.sockets[from] = c
	return c, nil
}
