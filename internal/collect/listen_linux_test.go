package collect

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tributary/internal/flow"
)

// TestListenEndsWithASocket: where one socket cannot be read any more, all of it ends, and is not left
// half deaf.
func TestListenEndsWithASocket(t *testing.T) {
	l, err := Listen(ListenConfig{Addresses: []string{"127.0.0.1:0", "127.0.0.1:0"}, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan error)
	go func() { done <- l.Run(t.Context(), func(int, []flow.Datagram) {}) }()
	_ = unix.Shutdown(l.groups[0][0].fd, unix.SHUT_RDWR) // it says that there is no connection, and shuts all the same
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), l.Addrs()[0].String()) {
			t.Errorf("error %v, want one with the address of the socket", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("still running with one socket shut")
	}
}

// A socket that nobody reads overflows, and says how many datagrams were lost by it.
func TestDropped(t *testing.T) {
	l, err := Listen(ListenConfig{Addresses: []string{"127.0.0.1:0"}, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got, ok := l.Dropped(); !ok || len(got) != 1 || got[0] != 0 {
		t.Fatalf("at first: %v, %v", got, ok)
	}
	if err := unix.SetsockoptInt(l.groups[0][0].fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 1<<14); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("udp", l.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const sent = 200
	for range sent {
		if _, err := conn.Write(make([]byte, 1400)); err != nil {
			t.Fatal(err)
		}
	}
	lost, ok := l.Dropped()
	if !ok || lost[0] == 0 || lost[0] >= sent {
		t.Fatalf("lost %v of %d, %v", lost, sent, ok)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	kept, told := 0, uint32(0)
	take := func() {
		t.Helper()
		if err := l.Run(ctx, func(_ int, batch []flow.Datagram) {
			kept, told = kept+len(batch), batch[len(batch)-1].Drops
		}); err != nil {
			t.Fatal(err)
		}
	}
	take()
	if uint64(kept)+lost[0] != sent {
		t.Errorf("%d received and %d lost of %d", kept, lost[0], sent)
	}
	if told != 0 {
		t.Errorf("told of %d drops before the last datagram kept, want 0: those dropped came after it", told)
	}
	if _, err := conn.Write([]byte("the next one")); err != nil {
		t.Fatal(err)
	}
	take()
	if uint64(told) != lost[0] {
		t.Errorf("told of %d drops before the next datagram, want %d", told, lost[0])
	}
}

// TestDropsOfAWorkerOnlyGrow: a worker with several sockets hears one count, whichever socket a datagram
// came in on.
func TestDropsOfAWorkerOnlyGrow(t *testing.T) {
	l, err := Listen(ListenConfig{Addresses: []string{"127.0.0.1:0", "127.0.0.1:0"}, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var got []uint32
	for round, known := range [][2]uint32{{0, 0}, {5, 0}, {5, 2}, {6, 2}} {
		for i, a := range l.Addrs() {
			l.groups[i][0].drops = known[i] // as if the kernel had told
			conn, err := net.Dial("udp", a.String())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Fprint(conn, "round ", round); err != nil {
				t.Fatal(err)
			}
			conn.Close()
		}
		if err := l.Run(ctx, func(_ int, batch []flow.Datagram) {
			for _, dg := range batch {
				got = append(got, dg.Drops)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	if want := "[0 0 5 5 7 7 8 8]"; fmt.Sprint(got) != want {
		t.Errorf("drops %v, want %s", got, want)
	}
}

// TestReceiveAllocatesNothing: reading a batch makes no garbage, whatever the rate.
func TestReceiveAllocatesNothing(t *testing.T) {
	l, err := Listen(ListenConfig{Addresses: []string{"127.0.0.1:0"}, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("udp", l.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	worker := l.Shard(flow.AddrFrom4([]byte{127, 0, 0, 1}))
	r := l.reader(worker, -1)
	received := 0
	give := func(batch []flow.Datagram) { received += len(batch) }
	payload := make([]byte, 1400)
	allocs := testing.AllocsPerRun(100, func() {
		for range 3 {
			if _, err := conn.Write(payload); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.round(give); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 || received != 303 {
		t.Errorf("%v allocations a batch, want 0; %d datagrams, want 303", allocs, received)
	}
}

// BenchmarkReceive is the cost of a datagram of 1,400 octets, its sending included: compare with
// BenchmarkSend.
func BenchmarkReceive(b *testing.B) {
	l, conn := benchmarkSocket(b)
	r := newReceiver()
	payload := make([]byte, 1400)
	for n := 0; n < b.N; {
		for range batchSize {
			if _, err := conn.Write(payload); err != nil {
				b.Fatal(err)
			}
		}
		for taken := 0; taken < batchSize; {
			batch, err := r.receive(l.groups[0][0], 0)
			if err != nil {
				b.Fatal(err)
			}
			taken += len(batch)
		}
		n += batchSize
	}
}

// BenchmarkSend fills a socket that nobody reads: the sender's part of BenchmarkReceive, less what
// the kernel does to queue.
func BenchmarkSend(b *testing.B) {
	_, conn := benchmarkSocket(b)
	payload := make([]byte, 1400)
	for range b.N {
		if _, err := conn.Write(payload); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkSocket(b *testing.B) (*Listener, net.Conn) {
	l, err := Listen(ListenConfig{Addresses: []string{"127.0.0.1:0"}, Workers: 1, Buffer: 8 << 20})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(l.Close)
	conn, err := net.Dial("udp", l.Addrs()[0].String())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return l, conn
}
