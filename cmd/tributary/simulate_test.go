package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
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

	url := waitFor(t, &stdout, `Open (http://\S+)/overview `, ended)
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

// TestDemoTellsTheStory fills the whole demo and compares the shares in its dataset with those that
// the published reports state, within half a percentage point. It takes half a minute of two cores.
func TestDemoTellsTheStory(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the demo's fourteen months are not filled")
	}
	dir := t.TempDir()
	if status, _, stderr := inFolder(t, dir, "demo", "--data", "demo", "--fill-only"); status != 0 {
		t.Fatalf("demo: status %d, %s", status, stderr)
	}
	share := map[string]float64{} // by quarter and type, in percent
	for _, quarter := range []string{"2025Q3", "2025Q4", "2026Q1"} {
		status, table, stderr := inFolder(t, dir, "-c", "demo/tributary.yaml", "dataset", quarter, "--unsuppressed")
		if status != 0 {
			t.Fatalf("dataset %s: status %d, %s", quarter, status, stderr)
		}
		bits := totalBits(t, table)
		for typ, b := range bits {
			share[quarter+" "+typ] = 100 * b / bits["all"]
		}
		share[quarter+" cloud"] = share[quarter+" hosting"] + share[quarter+" hyperscaler"] + share[quarter+" neocloud"]
		share[quarter+" new and hyper"] = share[quarter+" hyperscaler"] + share[quarter+" neocloud"]
	}
	for _, stated := range []struct {
		what string
		want float64
	}{
		{"2025Q3 neocloud", 19.8}, {"2025Q3 hyperscaler", 3.5}, {"2025Q3 cloud", 36.2},
		{"2025Q4 neocloud", 18.4}, {"2025Q4 hyperscaler", 18.0}, {"2025Q4 cloud", 49.6},
		{"2025Q4 cdn", 20}, {"2025Q4 isp-regional", 21.5}, {"2025Q4 new and hyper", 36.4},
		{"2026Q1 cdn", 32}, {"2026Q1 isp-regional", 27.8}, {"2026Q1 new and hyper", 25.5}, {"2026Q1 hosting", 10},
	} {
		if got := share[stated.what]; math.Abs(got-stated.want) > 0.5 {
			t.Errorf("%s has %.2f %% of the bits, want %.1f %%", stated.what, got, stated.want)
		}
	}
	status, table, stderr := inFolder(t, dir, "-c", "demo/tributary.yaml", "dataset", "2025-10")
	if status != 0 || !regexp.MustCompile(`(?m)^2025-10,US-West,migration,both,all,\d.*,false$`).MatchString(table) {
		t.Errorf("dataset 2025-10: status %d, %s; want migration published, as the demo's configuration says", status, stderr)
	}
}

// totalBits reads a dataset: bits by network type over all months, regions, directions and versions.
func totalBits(t *testing.T, table string) map[string]float64 {
	t.Helper()
	r := csv.NewReader(strings.NewReader(table))
	bits := map[string]float64{}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return bits
		}
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(row[1], row[3], row[4]) == "allbothall" {
			b, err := strconv.ParseFloat(row[5], 64)
			if err != nil {
				t.Fatal(err)
			}
			bits[row[2]] += b
		}
	}
}
