package collect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"tributary/internal/flow"
)

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
	_   [4]byte
}

// receiver holds what recvmmsg(2) writes into: one call brings up to batchSize datagrams.
type receiver struct {
	messages  [batchSize]mmsghdr
	vectors   [batchSize]unix.Iovec
	names     [batchSize]unix.RawSockaddrInet6
	payloads  []byte // batchSize × maxDatagram; the kernel touches only the pages it fills
	datagrams [batchSize]flow.Datagram
}

func newReceiver() *receiver {
	r := &receiver{payloads: make([]byte, batchSize*maxDatagram)}
	for i := range r.messages {
		r.vectors[i].Base = &r.payloads[i*maxDatagram]
		r.vectors[i].SetLen(maxDatagram)
		r.messages[i].hdr.Iov = &r.vectors[i]
		r.messages[i].hdr.SetIovlen(1)
		r.messages[i].hdr.Name = (*byte)(unsafe.Pointer(&r.names[i]))
	}
	return r
}

// receive takes what is there without waiting; errno is EAGAIN where nothing is.
func (r *receiver) receive(fd uintptr) (n int, errno unix.Errno) {
	for i := range r.messages {
		r.messages[i].hdr.Namelen = unix.SizeofSockaddrInet6
	}
	got, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&r.messages[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
	return int(got), errno
}

// batch describes the first n messages as datagrams.
func (r *receiver) batch(n int) []flow.Datagram {
	now := time.Now().UnixMilli()
	for i := range n {
		dg := &r.datagrams[i]
		name := &r.names[i]
		port := (*[2]byte)(unsafe.Pointer(&name.Port)) // network order, at the same place in both families
		dg.Port = be.Uint16(port[:])
		if name.Family == unix.AF_INET {
			dg.Source = flow.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(name)).Addr[:])
		} else {
			dg.Source = flow.AddrFrom16(name.Addr[:])
		}
		dg.Arrival = now
		start := i * maxDatagram
		dg.Payload = r.payloads[start : start+int(r.messages[i].n)]
	}
	return r.datagrams[:n]
}

func (s *socket) read(ctx context.Context, handle func([]flow.Datagram)) error {
	raw, err := s.conn.SyscallConn()
	if err != nil {
		return fmt.Errorf("cannot read from %v: %w", s.conn.LocalAddr(), err)
	}
	r := newReceiver()
	for {
		var n int
		var errno unix.Errno
		err := raw.Read(func(fd uintptr) bool {
			n, errno = r.receive(fd)
			return errno != unix.EAGAIN
		})
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil:
			return s.drain(r, handle)
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return fmt.Errorf("cannot read from %v: %w", s.conn.LocalAddr(), err)
		case errno == unix.EINTR:
			continue
		case errno != 0:
			return fmt.Errorf("cannot read from %v: %w", s.conn.LocalAddr(), errno)
		}
		handle(r.batch(n))
	}
}

// drain takes what the kernel still holds for the socket: it was received before we were asked to
// stop. It ends after one buffer's worth, so that a sender that does not stop cannot hold us.
func (s *socket) drain(r *receiver, handle func([]flow.Datagram)) error {
	raw, err := s.conn.SyscallConn()
	if err != nil {
		return nil // closed: nothing is left to take
	}
	for taken := 0; taken < s.buffer; {
		n, errno := 0, unix.Errno(0)
		if err := raw.Control(func(fd uintptr) { n, errno = r.receive(fd) }); err != nil || errno != 0 || n == 0 {
			break
		}
		for _, dg := range r.batch(n) {
			taken += len(dg.Payload)
		}
		handle(r.datagrams[:n])
	}
	runtime.KeepAlive(r)
	return nil
}

// growBuffer asks for a receive buffer of size bytes, beyond the system's limit where we may, and
// returns what the kernel gave (it doubles the size for its own books: half is ours).
func growBuffer(conn *net.UDPConn, size int) int {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	given := 0
	raw.Control(func(fd uintptr) {
		if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, size) != nil {
			unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, size)
		}
		given, _ = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF)
	})
	return given / 2
}

// dropped reads sk_drops, the last word of SO_MEMINFO (linux/sock_diag.h: SK_MEMINFO_DROPS). The
// kernel counts it in 32 bits.
func dropped(conn *net.UDPConn) (n uint64, ok bool) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, false
	}
	const drops = 8
	var words [drops + 1]uint32
	size := uint32(unsafe.Sizeof(words))
	err = raw.Control(func(fd uintptr) {
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO,
			uintptr(unsafe.Pointer(&words)), uintptr(unsafe.Pointer(&size)), 0)
		ok = errno == 0 && size == uint32(unsafe.Sizeof(words))
	})
	return uint64(words[drops]), ok && err == nil
}
