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
