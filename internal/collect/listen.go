package collect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"tributary/internal/flow"
)

// Listener receives datagrams on UDP sockets.
type Listener struct {
	sockets []*socket
}

type socket struct {
	conn   *net.UDPConn
	buffer int // bytes the kernel really gave
}

const (
	// receiveBuffer is asked of the kernel for each socket: at 1,400-byte datagrams it rides out a
	// pause of a second at 20,000 datagrams a second. The kernel may give less (net.core.rmem_max).
	receiveBuffer = 32 << 20
	// batchSize is how many datagrams one system call may bring.
	batchSize = 64
	// maxDatagram is UDP's own limit.
	maxDatagram = 65535
)

// Listen opens a socket for each address, ":2055" being all addresses, IPv4 and IPv6.
func Listen(addresses []string) (*Listener, error) {
	l := &Listener{}
	for _, a := range addresses {
		ua, err := net.ResolveUDPAddr("udp", a)
		if err != nil {
			l.Close()
			return nil, fmt.Errorf("cannot listen on %q: %w", a, err)
		}
		conn, err := net.ListenUDP("udp", ua)
		if err != nil {
			l.Close()
			return nil, fmt.Errorf("cannot listen on %q: %w; is another collector running on this port?", a, err)
		}
		s := &socket{conn: conn}
		s.buffer = growBuffer(conn, receiveBuffer)
		l.sockets = append(l.sockets, s)
	}
	return l, nil
}

// Addrs are the addresses listened on, with the ports the system chose for port 0.
func (l *Listener) Addrs() []net.Addr {
	var out []net.Addr
	for _, s := range l.sockets {
		out = append(out, s.conn.LocalAddr())
	}
	return out
}

// Buffers are the sizes in bytes that the kernel gave each socket's receive buffer.
func (l *Listener) Buffers() []int {
	var out []int
	for _, s := range l.sockets {
		out = append(out, s.buffer)
	}
	return out
}

// Dropped are the datagrams that the kernel dropped on each socket since it was opened, because its
// buffer was full; false where the system does not tell.
func (l *Listener) Dropped() ([]uint64, bool) {
	var out []uint64
	for _, s := range l.sockets {
		n, ok := dropped(s.conn)
		if !ok {
			return nil, false
		}
		out = append(out, n)
	}
	return out, true
}

// Run reads until the context ends or a socket fails, then takes what the kernel still holds, and
// returns when all of it is handled. handle is called from one goroutine a socket, possibly at the
// same time; the batch and its payloads are valid until it returns.
func (l *Listener) Run(ctx context.Context, handle func([]flow.Datagram)) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	var wg sync.WaitGroup
	errs := make([]error, len(l.sockets))
	stop := context.AfterFunc(ctx, func() {
		for _, s := range l.sockets {
			s.conn.SetReadDeadline(time.Unix(1, 0)) // wakes the readers
		}
	})
	defer stop()
	for i, s := range l.sockets {
		wg.Go(func() {
			errs[i] = s.read(ctx, handle)
			end() // a collector that is deaf on one of its sockets must not pass for well
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Close closes the sockets.
func (l *Listener) Close() {
	for _, s := range l.sockets {
		s.conn.Close()
	}
}
