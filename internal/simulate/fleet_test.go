package simulate

import (
	"hash/fnv"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/internal/decode"
	"tributary/internal/flow"
)

// run acts out a part of the story and returns a hash of all datagrams and how many there were.
func run(t testing.TB, c Config) (sum uint64, datagrams, octets int) {
	t.Helper()
	f, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	h := fnv.New64a()
	var dg flow.Datagram
	last := int64(0)
	for f.Next(&dg) {
		if dg.Arrival < last {
			t.Fatalf("datagram %d arrives at %d, after one at %d", datagrams, dg.Arrival, last)
		}
		last = dg.Arrival
		h.Write(dg.Payload)
		datagrams++
		octets += len(dg.Payload)
	}
	return h.Sum64(), datagrams, octets
}

func TestFleetIsDeterministic(t *testing.T) {
	day := Config{Seed: 1, From: First, To: First + 2*flow.SlotsPerDay}
	a, n, _ := run(t, day)
	b, _, _ := run(t, day)
	if n == 0 || a != b {
		t.Errorf("two runs of %d datagrams gave %x and %x", n, a, b)
	}
	day.Seed = 2
	if c, _, _ := run(t, day); c == a {
		t.Errorf("another seed gave the same bytes")
	}
}

// TestFleetAllocatesNothing checks the promise that only a month's beginning allocates: 500,000 flows
// a minute would otherwise keep the collector of garbage busier than the fleet.
func TestFleetAllocatesNothing(t *testing.T) {
	f, err := New(Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var dg flow.Datagram
	for range 20_000 { // five days, in which buffers grow to their size
		f.Next(&dg)
	}
	if n := testing.AllocsPerRun(1000, func() { f.Next(&dg) }); n != 0 {
		t.Errorf("allocs = %v a datagram, want 0", n)
	}
}

// TestRegionsAreIndependent checks that a region's datagrams are the same whoever else is there.
func TestRegionsAreIndependent(t *testing.T) {
	day := Config{Seed: 1, From: First, To: First + flow.SlotsPerDay}
	payloads := func(c Config) (out []string) {
		f, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		var dg flow.Datagram
		for f.Next(&dg) {
			if dg.Source == addr4(198<<24|51<<16|100<<8|7) { // in US-East
				out = append(out, string(dg.Payload))
			}
		}
		return out
	}
	all := payloads(day)
	day.Regions = []string{"US-East"}
	if alone := payloads(day); len(all) == 0 || !slices.Equal(all, alone) {
		t.Errorf("iad-edge-1 sends %d datagrams among others and %d alone, or not the same ones", len(all), len(alone))
	}
}

func TestUnknownRegion(t *testing.T) {
	_, err := New(Config{Regions: []string{"US-North"}})
	if err == nil || !strings.Contains(err.Error(), `no region "US-North"`) || !strings.Contains(err.Error(), "EU-Central") {
		t.Errorf("error is %v, want one that names the region and those there are", err)
	}
}

// TestClockNow checks that with Now the routers' clocks show the time of sending.
func TestClockNow(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	f, err := New(Config{Seed: 1, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	ledger := &flow.Ledger{}
	decoder := decode.New(decode.Config{Ledger: ledger})
	var dg flow.Datagram
	for range 200 {
		now = now.Add(time.Second)
		f.Next(&dg)
		if dg.Arrival != now.UnixMilli() {
			t.Fatalf("a datagram sent at %d arrives at %d", now.UnixMilli(), dg.Arrival)
		}
		for _, fl := range decoder.Append(nil, dg) {
			if age := now.UnixMilli() - fl.End; age < 0 || age > flow.SlotMillis {
				t.Fatalf("a flow ended %d ms before it was exported", age)
			}
		}
	}
	for _, h := range ledger.Take() {
		if h.Skewed > 0 || h.Untimed > 0 {
			t.Errorf("exporter %v: %d datagrams skewed, %d flows without usable times, want none", h.Exporter, h.Skewed, h.Untimed)
		}
	}
}

func BenchmarkFleet(b *testing.B) {
	f, err := New(Config{Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	var dg flow.Datagram
	for b.Loop() {
		if !f.Next(&dg) {
			f, _ = New(Config{Seed: 1})
		}
	}
}
