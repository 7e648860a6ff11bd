package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestSimulateWritesACapture writes an hour of the story, and imports it with the configuration
// that simulate prints.
func TestSimulateWritesACapture(t *testing.T) {
	dir := t.TempDir()
	status, _, stderr := inFolder(t, dir, "simulate", "-o", "day.pcap", "--period", "2025-10-03", "--count", "300")
	if status != 0 || !strings.Contains(stderr, "300 datagrams written") {
		t.Fatalf("simulate -o: status %d, %s", status, stderr)
	}
	status, config, stderr := inFolder(t, dir, "simulate", "--print-config")
	if status != 0 {
		t.Fatalf("simulate --print-config: status %d, %s", status, stderr)
	}
	putFile(t, dir, "tributary.yaml", config)
	status, _, stderr = inFolder(t, dir, "import", "day.pcap")
	if status != 0 || !strings.Contains(stderr, "imported 300 datagrams of 11 exporters") || strings.Contains(stderr, "refused") {
		t.Errorf("import: status %d, %s", status, stderr)
	}
}

// TestSimulateSends sends to a socket and looks that every router has an address of its own.
func TestSimulateSends(t *testing.T) {
	collector, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer collector.Close()
	status, _, stderr := inFolder(t, t.TempDir(), "simulate", "--to", collector.LocalAddr().String(), "--rate", "5000", "--count", "60")
	if status != 0 || !strings.Contains(stderr, "60 datagrams sent") {
		t.Fatalf("simulate --to: status %d, %s", status, stderr)
	}
	sources := map[string]int{}
	buffer := make([]byte, 2000)
	for range 60 {
		if err := collector.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		_, from, err := collector.ReadFromUDPAddrPort(buffer)
		if err != nil {
			t.Fatal(err)
		}
		sources[from.Addr().String()]++
	}
	if len(sources) != 11 || sources["127.0.1.1"] == 0 {
		t.Errorf("datagrams came from %v, want 11 addresses of 127.0.1.0/24", sources)
	}
}

// TestSimulateUsage: wrong usage is a sentence and status 2.
func TestSimulateUsage(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		status, _, stderr := inFolder(t, t.TempDir(), args...)
		if status != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%v: status %d, %q; want 2 and %q", args, status, stderr, want)
		}
	}
	f("needs either --output FILE or --to HOST:PORT", "simulate")
	f("needs either --output FILE or --to HOST:PORT", "simulate", "-o", "x.pcap", "--to", "127.0.0.1:2055")
	f("the simulated story runs from 2025-05 to 2026-06 and has nothing of 2024", "simulate", "-o", "x.pcap", "--period", "2024")
	f(`"2025-13" is not a period`, "simulate", "-o", "x.pcap", "--period", "2025-13")
	f(`no region "Mars": it has US-West`, "simulate", "-o", "x.pcap", "--region", "Mars")
	f(`such as 127.0.0.1:2055 (got "nowhere")`, "simulate", "--to", "nowhere")
	f("--rate: must be 0 or more", "simulate", "--to", "127.0.0.1:2055", "--rate=-1")
	f("say where with --data DIR", "demo", "--fill-only")
	f("has nothing of 2024", "demo", "--period", "2024")
}

// TestDemoIsFresh: a demo does not fill a folder that holds one.
func TestDemoIsFresh(t *testing.T) {
	dir := t.TempDir()
	putFile(t, dir, "tributary.yaml", "data: ./data\n")
	status, _, stderr := inFolder(t, dir, "demo", "--data", ".")
	if status != 2 || !strings.Contains(stderr, "exists already: a demo is filled into a fresh folder") {
		t.Errorf("demo over another: status %d, %s", status, stderr)
	}
	if kept, err := os.ReadFile(filepath.Join(dir, "tributary.yaml")); err != nil || string(kept) != "data: ./data\n" {
		t.Errorf("the configuration that was there is now %q, %v", kept, err)
	}
}

// TestDemoServes runs the demo of one day until its console answers, stops it, and looks that its
// temporary folder is gone.
func TestDemoServes(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var stdout, stderr lockedBuffer
	m := &Main{Ctx: ctx, Stdout: &stdout, Stderr: &stderr}
	ended := make(chan int)
	go func() { ended <- m.Run([]string{"demo", "--period", "2025-10-03", "--listen", "127.0.0.1:0"}) }()

	url := waitFor(t, &stdout, `Open (http://\S+)/ `, ended)
	answer, err := http.Get(url + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %s", answer.Status)
	}
	stop()
	if status := <-ended; status != 0 {
		t.Errorf("the demo ended with status %d: %s", status, stderr.String())
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "tributary-demo-*")); len(left) > 0 {
		t.Errorf("the demo left %v", left)
	}
}

// lockedBuffer is a buffer that one goroutine writes and another reads.
type lockedBuffer struct {
	mu     sync.Mutex // guards buffer
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// waitFor waits until the output matches and returns what the first group of the pattern matched.
func waitFor(t *testing.T, out *lockedBuffer, pattern string, ended <-chan int) string {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	for {
		if match := regexp.MustCompile(pattern).FindStringSubmatch(out.String()); match != nil {
			return match[1]
		}
		select {
		case status := <-ended:
			t.Fatalf("ended with status %d before it said %q", status, pattern)
		case <-deadline:
			t.Fatalf("did not say %q within two minutes; said %q", pattern, out.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
