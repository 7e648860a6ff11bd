package collect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// share opens further sockets on the address of the first, one a worker, and has the kernel choose
// among them by shard. The error is errNotShared where the system does not offer that; the
// connections returned are open in any case.
func share(first *net.UDPConn, workers int) ([]*net.UDPConn, error) {
	conns := []*net.UDPConn{first}
	reuse := func(fd uintptr) error {
		return unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	}
	if err := control(first, reuse); err != nil {
		return conns, fmt.Errorf("%w: %w", errNotShared, err)
	}
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		return errors.Join(c.Control(func(fd uintptr) { err = reuse(fd) }), err)
	}}
	for len(conns) < workers { // the kernel numbers them in this order
		conn, err := config.ListenPacket(context.Background(), "udp", first.LocalAddr().String())
		if err != nil {
			return conns, fmt.Errorf("%w: %w", errNotShared, err)
		}
		conns = append(conns, conn.(*net.UDPConn))
	}
	program := shardProgram(workers)
	err := control(first, func(fd uintptr) error {
		return unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF,
			&unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})
	})
	if err != nil {
		return conns, fmt.Errorf("%w: %w", errNotShared, err)
	}
	return conns, nil
}

// control calls f with the connection's file descriptor.
func control(conn *net.UDPConn, f func(fd uintptr) error) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	return errors.Join(raw.Control(func(fd uintptr) { err = f(fd) }), err)
}

// shardProgram is shard in classic BPF. The kernel runs it on the datagram, and takes its result as
// the number of the socket; the source address is found through the network header, so that a
// socket for IPv4 and IPv6 gets both right.
func shardProgram(workers int) []unix.SockFilter {
	const (
		// net is the network header (linux/filter.h: SKF_NET_OFF), as unsigned 32 bits.
		net     = 0xfff00000
		source4 = net + 12 // RFC 791 section 3.1
		source6 = net + 8  // RFC 8200 section 3

		load  = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		mul   = unix.BPF_ALU | unix.BPF_MUL | unix.BPF_K
		shift = unix.BPF_ALU | unix.BPF_RSH | unix.BPF_K
		copyX = unix.BPF_MISC | unix.BPF_TAX
		xorX  = unix.BPF_ALU | unix.BPF_XOR | unix.BPF_X
	)
	return []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: net}, // version and header length
		{Code: shift, K: 4},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: 6, Jt: 2}, // to source6
		{Code: load, K: source4},
		{Code: unix.BPF_JMP | unix.BPF_JA, K: 13}, // to the common part
		{Code: load, K: source6},
		{Code: mul, K: shardMix}, {Code: copyX}, {Code: load, K: source6 + 4}, {Code: xorX},
		{Code: mul, K: shardMix}, {Code: copyX}, {Code: load, K: source6 + 8}, {Code: xorX},
		{Code: mul, K: shardMix}, {Code: copyX}, {Code: load, K: source6 + 12}, {Code: xorX},
		{Code: mul, K: shardMix}, // the common part
		{Code: copyX}, {Code: shift, K: 15}, {Code: xorX},
		{Code: mul, K: shardRemix},
		{Code: shift, K: 16}, {Code: mul, K: uint32(workers)}, {Code: shift, K: 16},
		{Code: unix.BPF_RET | unix.BPF_A},
	}
}
