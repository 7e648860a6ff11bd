package collect

import (
	"fmt"
	"net"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"tributary/internal/flow"
)

// socket is a file descriptor of our own, unknown to Go's poller: that would have the kernel wake a
// thread for every datagram, also while we mean to let some gather.
type socket struct {
	fd      int
	address net.Addr
	buffer  int    // bytes the kernel really gave
	drops   uint32 // datagrams dropped, as last heard; its worker's
}

// newSocket takes over a connection, which is closed.
func newSocket(conn *net.UDPConn, buffer int) (*socket, error) {
	s := &socket{address: conn.LocalAddr(), buffer: growBuffer(conn, buffer)}
	err := control(conn, func(fd uintptr) (err error) {
		// Where this fails Drops stays 0: what is lost here then counts as lost on the way.
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1)
		s.fd, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
		return err
	})
	conn.Close()
	return s, err
}

func (s *socket) close() { unix.Close(s.fd) }

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
	messages  [batchSize]mmsghdr
	vectors   [batchSize]unix.Iovec
	names     [batchSize]unix.RawSockaddrInet6
	controls  [batchSize]ancillary
	payloads  []byte // batchSize × payloadStride; the kernel touches only the pages it fills
	datagrams [batchSize]flow.Datagram
	used      int // messages that the last call has written
}

func newReceiver() *receiver {
	r := &receiver{payloads: make([]byte, batchSize*payloadStride)}
	for i := range r.messages {
		r.vectors[i].Base = &r.payloads[i*payloadStride]
		r.vectors[i].SetLen(maxDatagram)
		r.messages[i].hdr.Iov = &r.vectors[i]
		r.messages[i].hdr.SetIovlen(1)
		r.messages[i].hdr.Name = (*byte)(unsafe.Pointer(&r.names[i]))
		r.messages[i].hdr.Control = (*byte)(unsafe.Pointer(&r.controls[i]))
		r.prepare(i)
	}
	return r
}

// prepare makes a message ready to be written again.
func (r *receiver) prepare(i int) {
	r.messages[i].hdr.Namelen = unix.SizeofSockaddrInet6
	r.messages[i].hdr.SetControllen(int(unsafe.Sizeof(ancillary{})))
}

// receive takes what the socket holds, up to batchSize datagrams, without waiting. Their Drops
// are the socket's and others. The batch is empty where there is nothing.
func (r *receiver) receive(s *socket, others uint32) ([]flow.Datagram, error) {
	for i := range r.used { // the other messages are as they were
		r.prepare(i)
	}
	got, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&r.messages[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
	if r.used = int(got); errno != 0 {
		r.used = 0
		if errno == unix.EAGAIN || errno == unix.EINTR {
			return nil, nil
		}
		return nil, fmt.Errorf("cannot read from %v: %w", s.address, errno)
	}
	now := time.Now().UnixMilli()
	for i := range r.used {
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
			s.drops = c.drops
		}
		dg.Drops = s.drops + others
		start := i * payloadStride
		dg.Payload = r.payloads[start : start+int(r.messages[i].n)]
	}
	return r.datagrams[:r.used], nil
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
func (s *socket) dropped() (n uint64, ok bool) {
	const drops = 8
	var words [drops + 1]uint32
	size := uint32(unsafe.Sizeof(words))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(s.fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&words)), uintptr(unsafe.Pointer(&size)), 0)
	return uint64(words[drops]), errno == 0 && size == uint32(unsafe.Sizeof(words))
}
