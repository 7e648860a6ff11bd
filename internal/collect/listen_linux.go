package collect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
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

// ancillary is the control message that tells the socket's drops (SO_RXQ_OVFL). The kernel sends it
// once there were any.
type ancillary struct {
	hdr   unix.Cmsghdr
	drops uint32
	_     [4]byte
}

// payloadStride is the distance of the payloads' places in memory: the limit of a datagram, and an odd
// number of cache lines, because at a power of two all datagrams would fight for the same few sets
// of the caches.
const payloadStride = (maxDatagram + 1) + 33*64

// receiver holds what recvmmsg(2) writes into: one call brings up to batchSize datagrams.
type receiver struct {
	raw       syscall.RawConn
	messages  [batchSize]mmsghdr
	vectors   [batchSize]unix.Iovec
	names     [batchSize]unix.RawSockaddrInet6
	controls  [batchSize]ancillary
	payloads  []byte // batchSize × payloadStride; the kernel touches only the pages it fills
	datagrams [batchSize]flow.Datagram
	drops     uint32 // the socket's, as last heard

	got   int // of the last call of receive
	errno syscall.Errno
	try   func(fd uintptr) (done bool) // receive for raw.Read: made once, as a closure is an allocation
}

func newReceiver(conn *net.UDPConn) (*receiver, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("cannot read from %v: %w", conn.LocalAddr(), err)
	}
	// Where this fails Drops stays 0: gaps are then counted as lost on the way.
	_ = control(conn, func(fd uintptr) error {
		return unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1)
	})
	r := &receiver{raw: raw, payloads: make([]byte, batchSize*payloadStride)}
	for i := range r.messages {
		r.vectors[i].Base = &r.payloads[i*payloadStride]
		r.vectors[i].SetLen(maxDatagram)
		r.messages[i].hdr.Iov = &r.vectors[i]
		r.messages[i].hdr.SetIovlen(1)
		r.messages[i].hdr.Name = (*byte)(unsafe.Pointer(&r.names[i]))
		r.messages[i].hdr.Control = (*byte)(unsafe.Pointer(&r.controls[i]))
		r.prepare(i)
	}
	r.try = func(fd uintptr) bool {
		r.receive(fd)
		return r.errno != unix.EAGAIN
	}
	return r, nil
}

// prepare makes a message ready to be written again.
func (r *receiver) prepare(i int) {
	r.messages[i].hdr.Namelen = unix.SizeofSockaddrInet6
	r.messages[i].hdr.SetControllen(int(unsafe.Sizeof(ancillary{})))
}

// receive takes what is there without waiting; errno is EAGAIN where nothing is.
func (r *receiver) receive(fd uintptr) {
	for i := range r.got { // the others are as they were
		r.prepare(i)
	}
	got, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&r.messages[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
	if r.got, r.errno = int(got), errno; errno != 0 {
		r.got = 0
	}
}

// batch describes the received messages as datagrams.
func (r *receiver) batch() []flow.Datagram {
	now := time.Now().UnixMilli()
	for i := range r.got {
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
		if c := &r.controls[i]; r.messages[i].hdr.Controllen >= unix.SizeofCmsghdr+4 && c.hdr.Level == unix.SOL_SOCKET && c.hdr.Type == unix.SO_RXQ_OVFL {
			r.drops = c.drops
		}
		dg.Drops = r.drops
		start := i * payloadStride
		dg.Payload = r.payloads[start : start+int(r.messages[i].n)]
	}
	return r.datagrams[:r.got]
}

func (s *socket) read(ctx context.Context, handle func([]flow.Datagram)) error {
	r, err := newReceiver(s.conn)
	if err != nil {
		return err
	}
	for {
		err := r.raw.Read(r.try)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil:
			s.drain(r, handle)
			return nil
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return fmt.Errorf("cannot read from %v: %w", s.conn.LocalAddr(), err)
		case r.errno == unix.EINTR:
			continue
		case r.errno != 0:
			return fmt.Errorf("cannot read from %v: %w", s.conn.LocalAddr(), r.errno)
		case r.got > 0:
			handle(r.batch())
		}
	}
}

// drain takes what the kernel still holds for the socket: it was received before we were asked to
// stop. It ends after one buffer's worth, so that a sender that does not stop cannot hold us.
func (s *socket) drain(r *receiver, handle func([]flow.Datagram)) {
	for taken := 0; taken < s.buffer; {
		if err := r.raw.Control(r.receive); err != nil || r.got == 0 {
			return
		}
		batch := r.batch()
		for _, dg := range batch {
			taken += len(dg.Payload)
		}
		handle(batch)
	}
}

// growBuffer asks for a receive buffer of size bytes, beyond the system's limit where we may, and
// returns what the kernel gave (it doubles the size for its own books: half is ours).
func growBuffer(conn *net.UDPConn, size int) int {
	given := 0
	err := control(conn, func(fd uintptr) error {
		if size > 0 && unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, size) != nil {
			// Less than asked is no error: what was given is reported.
			_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, size)
		}
		var err error
		given, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF)
		return err
	})
	if err != nil {
		return 0
	}
	return given / 2
}

// dropped reads sk_drops, the last word of SO_MEMINFO (linux/sock_diag.h: SK_MEMINFO_DROPS). The
// kernel counts it in 32 bits.
func dropped(conn *net.UDPConn) (n uint64, ok bool) {
	const drops = 8
	var words [drops + 1]uint32
	size := uint32(unsafe.Sizeof(words))
	err := control(conn, func(fd uintptr) error {
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO,
			uintptr(unsafe.Pointer(&words)), uintptr(unsafe.Pointer(&size)), 0)
		if errno != 0 {
			return errno
		}
		return nil
	})
	return uint64(words[drops]), err == nil && size == uint32(unsafe.Sizeof(words))
}
