package place

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"tributary/internal/flow"
)

// TestUse: a placer that was given the tables of another catalogue places as one that never had any
// other, whatever it remembered, and keeps what it learnt of exporters.
func TestUse(t *testing.T) {
	named := 0
	for seed := range uint64(12) {
		r := world{rand.New(rand.NewPCG(seed, 11))}
		sources := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8:ffff::1")}
		_, tables, _ := r.tables(t, sources)
		_, other, _ := r.tables(t, sources)
		ledger := &flow.Ledger{}
		for _, a := range sources {
			x, _ := tables.config.Exporters.Admit(flow.AddrFrom(a))
			ledger.Open(x, 1)
		}
		p := newPlacer(tables, ledger, []int{1, 16, remembered}[seed%3])
		flows := make([]flow.Flow, 1000)
		for i := range flows {
			flows[i] = r.flow(len(sources))
		}
		p.Place(slices.Clone(flows))
		meters := metersOf(p)
		next, err := tables.With(other.config.Catalogue)
		if err != nil {
			t.Fatal(err)
		}
		p.Use(next)
		if got := metersOf(p); !slices.Equal(got, meters) {
			t.Errorf("seed %d: meters %v, want those learnt before: %v", seed, got, meters)
		}
		got, want := slices.Clone(flows), slices.Clone(flows)
		p.Place(got)
		newPlacer(next, ledger, remembered).Place(want)
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("seed %d: flow %+v\n got %+v\nwant %+v", seed, flows[i], got[i], want[i])
			}
			if got[i].Verdict == flow.Counted && got[i].Prefix != 0 {
				named++
			}
		}
		if n := testing.AllocsPerRun(10, func() { p.Place(got) }); n != 0 {
			t.Errorf("seed %d: allocs = %v, want 0", seed, n)
		}
	}
	if named < 100 {
		t.Errorf("only %d flows were named: the test tests nothing", named)
	}
}

func metersOf(p *Placer) (out []Meter) {
	for i := range p.exporters {
		out = append(out, p.exporters[i].meter)
	}
	return out
}
