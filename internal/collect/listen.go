package collect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync"
	"time"

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
	groups  []group // one an address
	workers []worker
}

// group holds the sockets of one address, worker by worker.
type group []*socket

type socket struct {
	conn   *net.UDPConn
	buffer int // bytes the kernel really gave
}

// worker is what the sockets of one worker share.
type worker struct {
	mu    sync.Mutex // held while a batch is handled; guards drops
	drops []uint32   // by address: the socket's count of datagrams dropped, as last heard
}

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
	l := &Listener{workers: make([]worker, workers)}
	for i := range l.workers {
		l.workers[i].drops = make([]uint32, len(c.Addresses))
	}
	for _, a := range c.Addresses {
		ua, err := net.ResolveUDPAddr("udp", a)
		if err != nil {
			l.Close()
			return nil, fmt.Errorf("cannot listen on %q: %w", a, err)
		}
		// Bound without SO_REUSEPORT, which is set afterwards: so a second collector is refused.
		first, err := net.ListenUDP("udp", ua)
		if err != nil {
			l.Close()
			return nil, fmt.Errorf("cannot listen on %q: %w; is another collector running on this port?", a, err)
		}
		conns := []*net.UDPConn{first}
		if workers > 1 {
			conns, err = share(first, workers)
		}
		var g group
		for _, conn := range conns {
			g = append(g, &socket{conn: conn, buffer: growBuffer(conn, c.Buffer)})
		}
		l.groups = append(l.groups, g)
		if err != nil {
			l.Close()
			return nil, err
		}
	}
	return l, nil
}

// Workers is the number of workers that Run reads for.
func (l *Listener) Workers() int { return len(l.workers) }

// Shard is the worker that datagrams from this source reach, on whatever address and from whatever
// port.
func (l *Listener) Shard(source flow.Addr) int { return shard(source, len(l.workers)) }

// Addrs are the addresses listened on, with the ports the system chose for port 0.
func (l *Listener) Addrs() []net.Addr {
	var out []net.Addr
	for _, g := range l.groups {
		out = append(out, g[0].conn.LocalAddr())
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
			n, ok := dropped(s.conn)
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
// until it returns. A Datagram's Drops counts the drops of all the worker's sockets.
func (l *Listener) Run(ctx context.Context, handle func(worker int, batch []flow.Datagram)) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	var wg sync.WaitGroup
	errs := make(chan error, len(l.groups)*len(l.workers))
	stop := context.AfterFunc(ctx, func() {
		for _, g := range l.groups {
			for _, s := range g {
				s.conn.SetReadDeadline(time.Unix(1, 0)) // wakes the readers
			}
		}
	})
	defer stop()
	for address, g := range l.groups {
		for number, s := range g {
			wg.Go(func() {
				errs <- s.read(ctx, func(batch []flow.Datagram) { l.hand(number, address, batch, handle) })
				end() // a collector that is deaf on one of its sockets must not pass for well
			})
		}
	}
	wg.Wait()
	close(errs)
	var all error
	for err := range errs {
		all = errors.Join(all, err)
	}
	return all
}

// hand hands over a batch that the worker's socket on an address received. The datagrams' Drops are
// that socket's and become the worker's: a source may send to several addresses, and a count that
// went up and down would say nothing.
func (l *Listener) hand(number, address int, batch []flow.Datagram, handle func(int, []flow.Datagram)) {
	w := &l.workers[number]
	w.mu.Lock()
	defer w.mu.Unlock()
	var others uint32
	for i, n := range w.drops {
		if i != address {
			others += n
		}
	}
	w.drops[address] = batch[len(batch)-1].Drops
	if others > 0 {
		for i := range batch {
			batch[i].Drops += others
		}
	}
	handle(number, batch)
}

// Close closes the sockets.
func (l *Listener) Close() {
	for _, g := range l.groups {
		for _, s := range g {
			s.conn.Close()
		}
	}
}
