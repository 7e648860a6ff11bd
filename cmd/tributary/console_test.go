package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/simulate"
	"tributary/internal/testenv"
)

// said is what a running command has written; it is read while it is written.
type said struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// wait waits until the expression is found and returns its first group.
func (s *said) wait(t *testing.T, expression string) string {
	t.Helper()
	re := regexp.MustCompile(expression)
	for range 600 {
		if m := re.FindStringSubmatch(s.String()); m != nil {
			return m[1]
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("nothing like %s was said: %s", expression, s)
	return ""
}

// started is a command line that runs beside the test.
type started struct {
	*said
	stop   context.CancelFunc
	status chan int
}

func start(t *testing.T, args ...string) *started {
	ctx, stop := context.WithCancel(context.Background())
	r := &started{&said{}, stop, make(chan int, 1)}
	go func() { r.status <- (&Main{Ctx: ctx, Stdout: r.said, Stderr: r.said}).Run(args) }()
	return r
}

// end asks the command to stop and waits until it has.
func (r *started) end(t *testing.T) {
	t.Helper()
	r.stop()
	if status := <-r.status; status != 0 {
		t.Errorf("exit status %d: %s", status, r.said)
	}
}

// browse runs one step of web/e2e/console.mjs against a console.
func browse(t *testing.T, step, url string, want map[string]any) {
	t.Helper()
	expectations, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "node", "console.mjs", step, url, string(expectations))
	c.Dir = filepath.Join(testenv.Root(t), "web", "e2e")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", step, err, out)
	}
}

// TestConsole drives the pages in a browser against a running tributary: when it has heard nothing,
// while exporters send to it over UDP, and when it was started again over what it kept.
func TestConsole(t *testing.T) {
	testenv.Program(t, "node", "nodejs")
	testenv.Program(t, "chromium", "chromium")
	root := testenv.Root(t)
	for _, needed := range []string{"web/node_modules/playwright-core", "internal/console/pages/index.html"} {
		if _, err := os.Stat(filepath.Join(root, needed)); err != nil {
			testenv.Missing(t, needed+" is not there; make pages makes it")
		}
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "tributary.yaml")
	putFile(t, dir, "tributary.yaml", fmt.Sprintf("data: %s\nlisten: [\"127.0.0.1:0\"]\nconsole: {listen: \"127.0.0.1:0\"}\npublish: {min_addresses: 1, min_networks: 1, max_dominance: 1}\n%s",
		filepath.Join(dir, "data"), simulate.ConfigYAML(true)))

	run := start(t, "-c", config, "run")
	url := strings.TrimSuffix(run.wait(t, `url=(http://\S+)`), "/")
	collector := run.wait(t, `listening.* address=(\S+)`)
	_, port, err := net.SplitHostPort(collector)
	if err != nil {
		t.Fatal(err)
	}
	browse(t, "empty", url, map[string]any{"port": port})

	fleet := start(t, "simulate", "--to", collector, "--rate", "300")
	stranger := sendFrom(t, "127.0.0.9", collector)
	waitForExporter(t, url)
	browse(t, "arriving", url, map[string]any{"exporter": "sjc-edge-1", "unknown": "127.0.0.9", "region": "EU-Central"})
	fleet.end(t)
	stranger()
	run.end(t)

	// What was received is kept: the console started anew shows the numbers of the dataset.
	month := flow.MonthOf(flow.SlotAt(time.Now())).Name
	bits := datasetBits(t, config, month)
	run = start(t, "-c", config, "run")
	url = strings.TrimSuffix(run.wait(t, `url=(http://\S+)`), "/")
	report := start(t, "-c", config, "report", month, "-o", filepath.Join(dir, "data", "reports", month))
	if status := <-report.status; status != 0 {
		t.Fatalf("report: exit status %d: %s", status, report)
	}
	browse(t, "kept", url, map[string]any{"month": month, "volume": figure.Bits.Format(bits), "report": month})
	run.end(t)
}

// waitForExporter waits until the status tells of an exporter, which is at most a second or so after
// its first datagram.
func waitForExporter(t *testing.T, url string) {
	t.Helper()
	for range 100 {
		if answer, err := http.Get(url + "/api/v1/status"); err == nil {
			body, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if err == nil && bytes.Contains(body, []byte(`"last_seen"`)) {
				return
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("no exporter arrives")
}

// sendFrom sends a NetFlow v5 datagram of one record now and then from an address, until it is told
// to stop.
func sendFrom(t *testing.T, from, to string) (stop func()) {
	t.Helper()
	collector, err := net.ResolveUDPAddr("udp", to)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(from)}, collector)
	if err != nil {
		t.Fatal(err)
	}
	datagram := make([]byte, 24+48)
	datagram[1], datagram[3] = 5, 1 // version, count
	ended, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			conn.Write(datagram) // a collector that is not there yet is no fault
			select {
			case <-ended:
				conn.Close()
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return func() { close(ended); <-stopped }
}

// datasetBits is the bits of a month over everything, by the dataset.
func datasetBits(t *testing.T, config, month string) float64 {
	t.Helper()
	var stdout, stderr bytes.Buffer
	m := &Main{Ctx: context.Background(), Stdout: &stdout, Stderr: &stderr}
	if status := m.Run([]string{"-c", config, "dataset", month, "--unsuppressed", "--format", "json"}); status != 0 {
		t.Fatalf("dataset: exit status %d: %s", status, stderr.String())
	}
	var rows []struct {
		Region      string  `json:"region"`
		NetworkType string  `json:"network_type"`
		Direction   string  `json:"direction"`
		IPVersion   string  `json:"ip_version"`
		Bits        float64 `json:"bits"`
	}
	if err := json.Unmarshal(stdout.Bytes(), &rows); err != nil {
		t.Fatalf("%v: %.200s", err, stdout.String())
	}
	for _, r := range rows {
		if r.Region == "all" && r.NetworkType == "all" && r.Direction == "both" && r.IPVersion == "all" && r.Bits > 0 {
			return r.Bits
		}
	}
	t.Fatal("the dataset has no total")
	return 0
}
