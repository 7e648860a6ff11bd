package main

import (
	"bytes"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"tributary/internal/config"
	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// TestPendingIsBounded: while the store takes nothing, the oldest rows go and are counted; never the
// newest, and never one that may be on disk.
func TestPendingIsBounded(t *testing.T) {
	f := func(inDoubt bool, rows []int, kept []int, givenUp, lostFlows uint64) {
		t.Helper()
		c := config.Default()
		c.Limits.PendingRows = 10
		k := &keeper{intake: &intake{config: c}, log: slog.New(slog.NewTextHandler(io.Discard, nil)), inDoubt: inDoubt}
		for _, n := range rows {
			b := &rollup.Batch{Traffic: make([]rollup.Traffic, n)}
			for i := range b.Traffic {
				b.Traffic[i].Flows = 2
			}
			k.pending = append(k.pending, commitment{batch: b})
			k.boundLocked()
		}
		var got []int
		for i := range k.pending {
			got = append(got, k.pending[i].rows())
		}
		if len(got) != len(kept) {
			t.Fatalf("of %v, in doubt %v: kept %v, want %v", rows, inDoubt, got, kept)
		}
		for i := range got {
			if got[i] != kept[i] {
				t.Errorf("of %v, in doubt %v: kept %v, want %v", rows, inDoubt, got, kept)
			}
		}
		if k.sum.givenUp != givenUp || k.sum.lostFlows != lostFlows {
			t.Errorf("of %v: given up %d with %d flows, want %d with %d", rows, k.sum.givenUp, k.sum.lostFlows, givenUp, lostFlows)
		}
	}
	f(false, []int{4, 5, 1}, []int{4, 5, 1}, 0, 0)
	f(false, []int{4, 5, 2}, []int{5, 2}, 1, 8)
	f(false, []int{4, 5, 30}, []int{30}, 2, 18)
	f(true, []int{4, 5, 2}, []int{4, 2}, 1, 10)
	f(true, []int{4, 30}, []int{4, 30}, 0, 0)
}

func TestStatesOfDecoders(t *testing.T) {
	states := [][]byte{{1, 2, 3}, {}, bytes.Repeat([]byte{7}, 300)}
	joined := joinStates(states)
	got, err := splitStates(joined)
	if err != nil || len(got) != len(states) {
		t.Fatalf("%d states, %v", len(got), err)
	}
	for i := range states {
		if !bytes.Equal(got[i], states[i]) {
			t.Errorf("state %d = %v, want %v", i, got[i], states[i])
		}
	}
	if _, err := splitStates(joined[:len(joined)-1]); err == nil {
		t.Error("no error for a state that is cut")
	}
	if got, err := splitStates(nil); err != nil || len(got) != 0 {
		t.Errorf("of nothing: %v, %v", got, err)
	}
}

func TestUntilCommit(t *testing.T) {
	f := func(clock string, want time.Duration) {
		t.Helper()
		now, err := time.Parse(time.TimeOnly, clock)
		if err != nil {
			t.Fatal(err)
		}
		if got := (&keeper{}).untilCommit(now); got != want {
			t.Errorf("at %s: %v, want %v", clock, got, want)
		}
	}
	f("12:00:00", commitAfter)
	f("12:00:02", 5*time.Minute)
	f("12:04:59", time.Second+commitAfter)
	f("12:05:01", time.Second)
}

// TestReceiveTakesADatagramHome: a datagram that came to another worker's socket goes to its own worker,
// where its templates are.
func TestReceiveTakesADatagramHome(t *testing.T) {
	dir := t.TempDir()
	path := put(t, filepath.Join(dir, "tributary.yaml"), "data: ./data\nown: [203.0.113.0/24]\nregions: [{name: Here, exporters: [192.0.2.0/24]}]\n")
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	in, err := openIntake(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	k := &keeper{intake: in, shard: func(a flow.Addr) int { return int(a.Lo % 3) }}
	for range 3 {
		k.stations = append(k.stations, &station{worker: in.newWorker()})
	}
	var batch []flow.Datagram
	for n := range 7 { // to each station in turn, so that the own ones are no single run
		batch = append(batch, flow.Datagram{Source: flow.AddrFrom4([]byte{192, 0, 2, byte(n)}), Arrival: 1_700_000_000_000, Payload: []byte{0, 5}})
	}
	for worker := range k.stations {
		k.receive(worker, batch)
	}
	for number, s := range k.stations {
		heard := 0
		for _, h := range s.worker.ledger.Take() {
			heard++
			if to := k.shard(h.Exporter); to != number || h.Datagrams != 3 {
				t.Errorf("station %d heard %d datagrams of %v, which is station %d's, want 3 of its own", number, h.Datagrams, h.Exporter, to)
			}
		}
		if heard == 0 {
			t.Errorf("station %d heard nothing", number)
		}
	}
}
