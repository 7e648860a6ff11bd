package collect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync"

	"tributary/internal/flow"
)

// ListenConfig says where to listen, and for how many workers.
type ListenConfig struct {
	Addresses []string // "HOST:PORT"; ":2055" is every address of the machine, IPv4 and IPv6
	Workers   int      // sockets an address; 0 is one a core. Where sockets cannot share an address it is 1
	Buffer    int      // bytes of receive buffer asked of the kernel for each socket; 0 leaves the system's default
}

// Listener receives datagrams on UDP sockets. Every worker has a socket of its own on every
// address, and the kernel chooses it by the datagram's source address alone: see Shard.
type Listener struct {
	groups []group // one an address
}

// group holds the sockets of one address, worker by worker.
type group []*socket

const (
	// batchSize is how many datagrams one system call may bring.
	batchSize = 64
	// maxDatagram is UDP's own limit.
	maxDatagram = 65535
)

// errNotShared says that the system does not let sockets share an address as we need it.
var errNotShared = errors.New("sockets cannot share the address")

// Listen opens the sockets. An address that another program, or another tributary, listens on is an
// error.
func Listen(c ListenConfig) (*Listener, error) {
	workers := c.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	l, err := listen(c, workers)
	if errors.Is(err, errNotShared) {
		return listen(c, 1)
	}
	return l, err
}

func listen(c ListenConfig, workers int) (*Listener, error) {
	if len(c.Addresses) == 0 {
		return nil, errors.New("cannot listen: there is no address to listen on")
	}
	l := &Listener{}
	for _, a := range c.Addresses {
		g, err := newGroup(a, workers, c.Buffer)
		l.groups = append(l.groups, g)
		if err != nil {
			l.Close()
			return nil, fmt.Errorf("cannot listen on %q: %w", a, err)
		}
	}
	return l, nil
}

// newGroup opens the sockets of one address. The group holds what is open with an error, too.
func newGroup(address string, workers, buffer int) (group, error) {
	ua, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, err
	}
	// Bound without SO_REUSEPORT, which is set afterwards: so a second collector is refused.
	first, err := net.ListenUDP("udp", ua)
	if err != nil {
		return nil, fmt.Errorf("%w; is another collector running on this port?", err)
	}
	conns := []*net.UDPConn{first}
	if workers > 1 {
		conns, err = share(first, workers)
	}
	var g group
	for _, conn := range conns {
		s, socketErr := newSocket(conn, buffer)
		if err = errors.Join(err, socketErr); socketErr == nil {
			g = append(g, s)
		}
	}
	return g, err
}

// Workers is the number of workers that Run reads for.
func (l *Listener) Workers() int { return len(l.groups[0]) }

// Shard is the worker that datagrams from this source reach, on whatever address and from whatever
// port.
func (l *Listener) Shard(source flow.Addr) int { return shard(source, l.Workers()) }

// Addrs are the addresses listened on, with the ports the system chose for port 0.
func (l *Listener) Addrs() []net.Addr {
	var out []net.Addr
	for _, g := range l.groups {
		out = append(out, g[0].address)
	}
	return out
}

// Buffers are, by address, the bytes that the kernel gave the receive buffer of each socket; the
// smallest, where they differ.
func (l *Listener) Buffers() []int {
	var out []int
	for _, g := range l.groups {
		least := g[0].buffer
		for _, s := range g {
			least = min(least, s.buffer)
		}
		out = append(out, least)
	}
	return out
}

// Dropped are, by address, the datagrams that the kernel dropped since the sockets were opened,
// because a buffer was full; false where the system does not tell.
func (l *Listener) Dropped() ([]uint64, bool) {
	var out []uint64
	for _, g := range l.groups {
		var sum uint64
		for _, s := range g {
			n, ok := s.dropped()
			if !ok {
				return nil, false
			}
			sum += n
		}
		out = append(out, sum)
	}
	return out, true
}

// Run reads until the context ends or a socket fails, then takes what the kernel still holds, and
// returns when all of it is handled. handle is called with a worker's number and its datagrams, for
// different workers at the same time and for one worker never; the batch and its payloads are valid
// until it returns. A datagram's Drops counts the drops of all sockets of the worker: a source may
// send to several addresses, and a count that goes up and down would say nothing.
func (l *Listener) Run(ctx context.Context, handle func(worker int, batch []flow.Datagram)) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	var wg sync.WaitGroup
	errs := make([]error, l.Workers())
	for worker := range errs {
		wg.Go(func() {
			errs[worker] = l.read(ctx, worker, handle)
			end() // a collector that is deaf on one of its sockets must not pass for well
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Close closes the sockets. Run must have returned.
func (l *Listener) Close() {
	for _, g := range l.groups {
		for _, s := range g {
			s.close()
		}
	}
}
