package collect

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/internal/flow"
)

func TestListen(t *testing.T) {
	l, err := Listen(ListenConfig{Addresses: []string{"127.0.0.1:0", ":0"}, Workers: 3, Buffer: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex // guards got
	got := map[string]int{}
	done := make(chan error)
	go func() {
		done <- l.Run(ctx, func(_ int, batch []flow.Datagram) {
			mu.Lock()
			defer mu.Unlock()
			for _, dg := range batch {
				got[fmt.Sprint(dg.Source, " ", dg.Port, " ", string(dg.Payload))]++
				if d := time.Now().UnixMilli() - dg.Arrival; d < 0 || d > 60_000 {
					t.Errorf("arrival is %d ms away from now", d)
				}
			}
		})
	}()
	want := map[string]int{}
	for i, a := range l.Addrs() {
		conn, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", a.(*net.UDPAddr).Port))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for n := range 50 {
			payload := fmt.Sprintf("socket %d datagram %d", i, n)
			if _, err := conn.Write([]byte(payload)); err != nil {
				t.Fatal(err)
			}
			want[fmt.Sprint("127.0.0.1 ", conn.LocalAddr().(*net.UDPAddr).Port, " ", payload)]++
		}
	}
	cancel() // what the kernel holds by now must still arrive
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	for k, n := range want {
		if got[k] != n {
			t.Errorf("%s: received %d times, want %d", k, got[k], n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("received %d different datagrams, want %d", len(got), len(want))
	}
}

// TestListenOnAPortInUse: a second collector is told so, although the sockets of one share their
// address.
func TestListenOnAPortInUse(t *testing.T) {
	for _, workers := range [][2]int{{1, 1}, {1, 3}, {3, 1}, {3, 3}} {
		l, err := Listen(ListenConfig{Addresses: []string{"127.0.0.1:0"}, Workers: workers[0]})
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Workers(); runtime.GOOS == "linux" && got != workers[0] {
			t.Errorf("%d workers, want %d", got, workers[0])
		}
		for _, address := range []string{l.Addrs()[0].String(), fmt.Sprintf(":%d", l.Addrs()[0].(*net.UDPAddr).Port)} {
			second, err := Listen(ListenConfig{Addresses: []string{address}, Workers: workers[1]})
			if err == nil {
				second.Close()
				t.Errorf("%d workers beside %d on %s: no error", workers[1], workers[0], address)
			} else if want := "is another collector running on this port?"; !strings.Contains(err.Error(), want) {
				t.Errorf("error %q, want one with %q", err, want)
			}
		}
		l.Close()
	}
}

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
	l.groups[0][0].conn.Close()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err) // being closed is no failure
		}
	case <-time.After(time.Minute):
		t.Fatal("still running with one socket closed")
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
	if err := l.groups[0][0].conn.SetReadBuffer(1 << 14); err != nil {
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
