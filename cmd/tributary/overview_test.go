package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/simulate"
	"tributary/internal/testenv"
)

// cell is a row of the dataset, as far as these tests read it.
type cell struct {
	Region      string  `json:"region"`
	NetworkType string  `json:"network_type"`
	Direction   string  `json:"direction"`
	IPVersion   string  `json:"ip_version"`
	Bits        float64 `json:"bits"`
	Addresses   float64 `json:"unique_ips"`
	Networks    float64 `json:"networks"`
}

// typeCells are the cells of the months from one time to another by network type, over everything else.
func typeCells(t *testing.T, config string, from, to time.Time) map[string]cell {
	t.Helper()
	first, last := flow.MonthOf(flow.SlotAt(from)).Name, flow.MonthOf(flow.SlotAt(to)).Name
	var rows []cell
	if err := json.Unmarshal([]byte(mustRun(t, "-c", config, "dataset", first+".."+last, "--unsuppressed", "--format", "json")), &rows); err != nil {
		t.Fatal(err)
	}
	out := map[string]cell{}
	for _, r := range rows {
		if r.Region == "all" && r.Direction == "both" && r.IPVersion == "all" {
			r.Bits += out[r.NetworkType].Bits // a night between two months
			out[r.NetworkType] = r
		}
	}
	return out
}

// hourOf is the bits of the last hour by network type, as /api/v1/now tells it.
func hourOf(t *testing.T, r *running) (bits map[string]float64, open bool) {
	t.Helper()
	var now struct {
		Live  bool
		Slots []struct{ Open bool }
		Types []struct {
			Type string `json:"network_type"`
			Bits []float64
		}
	}
	if err := json.Unmarshal([]byte(r.get("/api/v1/now")), &now); err != nil {
		t.Fatal(err)
	}
	bits = map[string]float64{}
	for _, n := range now.Types {
		for _, b := range n.Bits {
			bits[n.Type] += b
			bits["all"] += b
		}
	}
	return bits, now.Live && len(now.Slots) > 0 && now.Slots[len(now.Slots)-1].Open
}

// TestOpenSlotIsShown: what arrives is in the console's answers within ten seconds, long before its slot is
// committed, with exactly the bits that the dataset has of it then.
func TestOpenSlotIsShown(t *testing.T) {
	r := startRun(t, "publish: {min_addresses: 1, min_networks: 1, max_dominance: 1}\n"+simulate.ConfigYAML(true))
	began := time.Now()
	stop := sendFleet(t, fmt.Sprintf("127.0.0.1:%d", r.udp))
	r.waitForExporter()
	arrived := time.Now()
	for bits := 0.0; bits == 0; {
		if time.Since(arrived) > 10*time.Second {
			t.Fatal("ten seconds after its arrival no flow is shown")
		}
		all, _ := hourOf(t, r)
		bits = all["all"]
	}
	t.Logf("seen %v after its arrival", time.Since(arrived).Round(time.Millisecond))
	time.Sleep(time.Second)
	stop()
	time.Sleep(openAge + time.Second) // what was sent is read, and what is told is of later
	shown, open := hourOf(t, r)
	if !open && flow.SlotAt(began) == flow.SlotAt(time.Now()) {
		t.Error("the slot that is open is not said to be")
	}
	var asked struct {
		Total struct{ Whole struct{ Value float64 } }
	}
	if err := json.Unmarshal([]byte(r.get("/api/v1/explore?measure=volume&by=type&range=2h")), &asked); err != nil {
		t.Fatal(err)
	}
	if asked.Total.Whole.Value != shown["all"] {
		t.Errorf("explore shows %v bits, now %v", asked.Total.Whole.Value, shown["all"])
	}
	r.end()
	want := typeCells(t, r.config, began, time.Now())
	if len(want) < 5 || want["all"].Bits == 0 {
		t.Fatalf("the dataset has only %+v", want)
	}
	for name, c := range want {
		if shown[name] != c.Bits {
			t.Errorf("%s: %v bits were shown, %v are committed", name, shown[name], c.Bits)
		}
	}
}

// TestOverview drives the overview in a browser: open before the first flow arrives, and over what was
// committed of it.
func TestOverview(t *testing.T) {
	needsPages(t)
	r := startRun(t, "publish: {min_addresses: 1, min_networks: 1, max_dominance: 1}\n"+simulate.ConfigYAML(true))
	began := time.Now()
	var stop func()
	var sent time.Time
	look(t, "arriving", r.url, nil, func(event string, at time.Time) {
		switch event {
		case "ready":
			sent, stop = time.Now(), sendFleet(t, fmt.Sprintf("127.0.0.1:%d", r.udp))
		case "seen":
			took := at.Sub(sent)
			t.Logf("the page shows the first flow %v after it was sent", took.Round(time.Millisecond))
			if took > 10*time.Second {
				t.Errorf("the page shows the first flow %v after it was sent, want within ten seconds", took)
			}
		}
	})
	stop()
	r.end()
	cells := typeCells(t, r.config, began, time.Now())
	types := map[string]map[string]string{}
	for typ := range flow.NumNetworkTypes {
		if c, ok := cells[typ.String()]; ok {
			types[figure.TypeName(typ)] = map[string]string{
				"Volume": figure.Bits.Format(c.Bits), "Addresses": figure.Count.Format(c.Addresses), "Networks": figure.Count.Format(c.Networks),
				"Share": fmt.Sprintf("%v %%", math.Round(1000*c.Bits/cells["all"].Bits)/10),
			}
		}
	}
	r.start()
	all := cells["all"]
	look(t, "kept", r.url, map[string]any{"volume": figure.Bits.Format(all.Bits), "networks": figure.Count.Format(all.Networks), "types": types}, nil)
}

// look runs one step of web/e2e/overview.mjs, and tells of what it says while it runs.
func look(t *testing.T, step, url string, want map[string]any, tell func(event string, at time.Time)) {
	t.Helper()
	expectations, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "node", "overview.mjs", step, url, string(expectations))
	c.Dir = filepath.Join(testenv.Root(t), "web", "e2e")
	var stderr logText
	c.Stderr = &stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var event map[string]int64
		if json.Unmarshal(lines.Bytes(), &event) != nil {
			continue
		}
		for name, at := range event {
			tell(name, time.UnixMilli(at))
		}
	}
	if err := c.Wait(); err != nil {
		t.Fatalf("%s: %v\n%s", step, err, &stderr)
	}
}
