package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/simulate"
)

// browse runs one step of web/e2e/console.mjs against a console.
func browse(t *testing.T, step, url string, want map[string]any) {
	t.Helper()
	expectations, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := inBrowser(t, "console.mjs", step, url, string(expectations)); err != nil {
		t.Fatalf("%s: %v\n%s", step, err, out)
	}
}

// TestConsole drives the pages in a browser against a running tributary: when it has heard nothing,
// while exporters send to it over UDP, and when it was started again over what it kept.
func TestConsole(t *testing.T) {
	needsPages(t)
	r := startRun(t, "publish: {min_addresses: 1, min_networks: 1, max_dominance: 1}\n"+simulate.ConfigYAML(true))
	collector := fmt.Sprintf("127.0.0.1:%d", r.udp)
	browse(t, "empty", r.url, map[string]any{"port": fmt.Sprint(r.udp)})

	fleet := sendFleet(t, collector)
	stranger := sendFrom(t, "127.0.0.9", collector)
	r.waitForExporter()
	browse(t, "arriving", r.url, map[string]any{"exporter": "sjc-edge-1", "unknown": "127.0.0.9", "region": "EU-Central", "unlisted": "590"})
	fleet()
	stranger()
	r.end()

	// What was received is kept: the console started anew shows the numbers of the dataset.
	month := flow.MonthOf(flow.SlotAt(time.Now())).Name
	bits := datasetBits(t, r.config, month)
	r.start()
	browse(t, "kept", r.url, map[string]any{"month": month, "volume": figure.Bits.Format(bits), "report": month})
}

// sendFleet lets the simulated fleet send over UDP until it is told to stop.
func sendFleet(t *testing.T, to string) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var stderr bytes.Buffer
		m := &Main{Ctx: ctx, Stdout: &stderr, Stderr: &stderr}
		if status := m.Run([]string{"simulate", "--to", to, "--rate", "300"}); status != 0 {
			t.Errorf("simulate: exit status %d: %s", status, &stderr)
		}
	}()
	return func() { cancel(); <-ended }
}

// waitForExporter waits until the status tells of an exporter, which is at most a second or so after
// its first datagram.
func (r *running) waitForExporter() {
	r.t.Helper()
	for range 200 {
		if strings.Contains(r.get("/api/v1/status"), `"sampling_rates"`) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	r.t.Fatalf("no exporter arrives:\n%s", r.log())
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
	stdout := mustRun(t, "-c", config, "dataset", month, "--unsuppressed", "--format", "json")
	var rows []struct {
		Region      string  `json:"region"`
		NetworkType string  `json:"network_type"`
		Direction   string  `json:"direction"`
		IPVersion   string  `json:"ip_version"`
		Bits        float64 `json:"bits"`
	}
	if err := json.Unmarshal([]byte(stdout), &rows); err != nil {
		t.Fatalf("%v: %.200s", err, stdout)
	}
	for _, r := range rows {
		if r.Region == "all" && r.NetworkType == "all" && r.Direction == "both" && r.IPVersion == "all" && r.Bits > 0 {
			return r.Bits
		}
	}
	t.Fatal("the dataset has no total")
	return 0
}
