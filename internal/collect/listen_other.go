//go:build !linux

package collect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"tributary/internal/flow"
)

// read takes one datagram a call: systems without recvmmsg(2).
func (s *socket) read(ctx context.Context, handle func([]flow.Datagram)) error {
	buf := make([]byte, maxDatagram)
	var batch [1]flow.Datagram
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil, errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return fmt.Errorf("cannot read from %v: %w", s.conn.LocalAddr(), err)
		}
		batch[0] = flow.Datagram{Source: flow.AddrFrom(from.Addr()), Port: from.Port(), Arrival: time.Now().UnixMilli(), Payload: buf[:n]}
		handle(batch[:])
	}
}

// share is not to be had: the choice of a socket by source address is Linux's.
func share(first *net.UDPConn, _ int) ([]*net.UDPConn, error) {
	return []*net.UDPConn{first}, errNotShared
}

func growBuffer(conn *net.UDPConn, size int) int {
	if size <= 0 || conn.SetReadBuffer(size) != nil {
		return 0
	}
	return size
}

func dropped(*net.UDPConn) (n uint64, ok bool) { return 0, false }
