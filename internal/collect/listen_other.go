//go:build !linux

package collect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"tributary/internal/flow"
)

type socket struct {
	conn    *net.UDPConn
	address net.Addr
	buffer  int // bytes the kernel really gave; 0 where it does not tell
}

func newSocket(conn *net.UDPConn, buffer int) (*socket, error) {
	s := &socket{conn: conn, address: conn.LocalAddr()}
	if buffer > 0 && conn.SetReadBuffer(buffer) == nil {
		s.buffer = buffer
	}
	return s, nil
}

func (s *socket) close() { s.conn.Close() }

func (s *socket) dropped() (n uint64, ok bool) { return 0, false }

// share is not to be had: the choice of a socket by source address is Linux's.
func share(first *net.UDPConn, _ int) ([]*net.UDPConn, error) {
	return []*net.UDPConn{first}, errNotShared
}

// read reads all sockets: there is one worker.
func (l *Listener) read(ctx context.Context, worker int, handle func(int, []flow.Datagram)) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	stop := context.AfterFunc(ctx, func() {
		for _, g := range l.groups {
			g[worker].conn.SetReadDeadline(time.Unix(1, 0)) // wakes the readers
		}
	})
	defer stop()
	var wg sync.WaitGroup
	var mu sync.Mutex // held while a datagram is handled
	errs := make([]error, len(l.groups))
	for i, g := range l.groups {
		wg.Go(func() {
			errs[i] = g[worker].read(ctx, func(batch []flow.Datagram) {
				mu.Lock()
				defer mu.Unlock()
				handle(worker, batch)
			})
			end()
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// read takes one datagram a call: systems without recvmmsg(2).
func (s *socket) read(ctx context.Context, handle func([]flow.Datagram)) error {
	buf := make([]byte, maxDatagram)
	var batch [1]flow.Datagram
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("cannot read from %v: %w", s.address, err)
		}
		batch[0] = flow.Datagram{Source: flow.AddrFrom(from.Addr()), Port: from.Port(), Arrival: time.Now().UnixMilli(), Payload: buf[:n]}
		handle(batch[:])
	}
}
