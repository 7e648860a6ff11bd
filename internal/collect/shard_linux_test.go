package collect

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"

	"tributary/internal/flow"
)

// TestShardIsTheKernels sends from many sources and several ports of each, to sockets for IPv4, for
// IPv6 and for both, and wants each datagram at the worker that Shard predicts.
func TestShardIsTheKernels(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 7} {
		l, err := Listen(ListenConfig{Addresses: []string{"127.0.0.1:0", "[::1]:0", ":0"}, Workers: workers, Buffer: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		if l.Workers() != workers {
			t.Fatalf("%d workers, want %d", l.Workers(), workers)
		}
		sent := 0
		send := func(from string, to int) {
			for range 2 {
				conn, err := net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(from)}, l.Addrs()[to].(*net.UDPAddr))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := conn.Write([]byte(from)); err != nil {
					t.Fatal(err)
				}
				conn.Close()
				sent++
			}
		}
		for host := 1; host < 255; host++ {
			send(fmt.Sprintf("127.0.0.%d", host), 0)
			send(fmt.Sprintf("127.0.%d.9", host), 2)
		}
		send("::1", 1)
		send("::1", 2)
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // all of it is in the sockets
		var mu sync.Mutex
		received, counts := 0, make([]int, workers)
		err = l.Run(ctx, func(worker int, batch []flow.Datagram) {
			mu.Lock()
			defer mu.Unlock()
			for _, dg := range batch {
				if got := dg.Source.String(); got != string(dg.Payload) {
					t.Errorf("source %s, want %s", got, dg.Payload)
				}
				if want := l.Shard(dg.Source); worker != want {
					t.Errorf("%d workers: %v, port %d, reached worker %d, want %d", workers, dg.Source, dg.Port, worker, want)
				}
				received++
				counts[worker]++
			}
		})
		l.Close()
		if err != nil {
			t.Fatal(err)
		}
		if received != sent {
			t.Errorf("%d workers: %d datagrams received of %d", workers, received, sent)
		}
		fair(t, "sources of 127.0.0.0/16", counts)
	}
}

// fair wants every count between half and one and a half times the mean.
func fair(t *testing.T, what string, counts []int) {
	t.Helper()
	sum := 0
	for _, n := range counts {
		sum += n
	}
	for i, n := range counts {
		if mean := float64(sum) / float64(len(counts)); float64(n) < mean/2 || float64(n) > mean*1.5 {
			t.Errorf("%s: worker %d of %d has %d of %d", what, i, len(counts), n, sum)
		}
	}
}

// TestShardSpreads: addresses as networks number their routers go to all workers.
func TestShardSpreads(t *testing.T) {
	f := func(what string, address func(i uint64) flow.Addr) {
		t.Helper()
		for workers := 1; workers <= 16; workers++ {
			counts := make([]int, workers)
			for i := range uint64(250) {
				counts[shard(address(i), workers)]++
			}
			for i, n := range counts {
				if n < 250/workers/4 {
					t.Errorf("%s: worker %d of %d has %d of 250", what, i, workers, n)
				}
			}
		}
	}
	for octet := range 4 {
		f(fmt.Sprintf("10.0.0.1, octet %d varied", octet), func(i uint64) flow.Addr {
			return flow.Addr{Lo: 0xffff_0a000001 + i<<(8*octet)&0xffffffff}
		})
	}
	for group := range 4 {
		f(fmt.Sprintf("2001:db8::1, network group %d varied", group), func(i uint64) flow.Addr {
			return flow.Addr{Hi: 0x20010db8_00000000 + i<<(16*group), Lo: 1}
		})
	}
	f("2001:db8:N::N", func(i uint64) flow.Addr { return flow.Addr{Hi: 0x20010db8_00000000 + i<<16, Lo: i} })
	r := rand.New(rand.NewPCG(1, 2))
	f("random IPv6", func(uint64) flow.Addr { return flow.Addr{Hi: r.Uint64(), Lo: r.Uint64()} })
}
