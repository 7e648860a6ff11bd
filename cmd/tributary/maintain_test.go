package main

import (
	"os"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// Where retention drops a month's slots, its dataset stays what it was.
func TestMaintainFreezesBeforeItDrops(t *testing.T) {
	config := smallStore(t)
	dataset := func() string {
		t.Helper()
		stdout, stderr, status := tributary(t, "-c", config, "dataset", "2025-10", "--unsuppressed")
		if status != 0 {
			t.Fatalf("exit status %d: %s", status, stderr)
		}
		return stdout
	}
	before := dataset()

	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	put(t, config, string(text)+"retention: {slots: 2d}\n")
	m := &Main{Ctx: t.Context(), Config: config, ConfigGiven: true}
	cfg, err := m.loadConfig()
	if err != nil {
		t.Fatal(err)
	}
	in, err := openIntake(m.Ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	newest, _ := in.store.Newest()
	later := &rollup.Batch{Health: []flow.Health{{Slot: newest + 9*flow.SlotsPerDay, Exporter: flow.Addr{Lo: 1}, Region: 1, Datagrams: 1}}}
	if err := in.store.Commit(m.Ctx, later); err != nil {
		t.Fatal(err)
	}
	if err := in.maintain(m.Ctx); err != nil {
		t.Fatal(err)
	}
	v, err := in.store.View(m.Ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v.KeptFrom() != newest.Month() {
		t.Errorf("slots are kept from %d, want %d", v.KeptFrom(), newest.Month())
	}
	v.Close()
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if after := dataset(); after != before {
		t.Errorf("October was\n%sand is\n%s", before, after)
	}
}
