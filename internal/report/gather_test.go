package report

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"tributary/internal/catalogue"
	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/stats"
	"tributary/internal/store"
)

// realSource is a store of five months, 2025-08 to 2025-12, in two regions: every day at noon each
// of thirty networks exchanges with twenty addresses. October has twice as much.
func realSource(t *testing.T) *stats.Source {
	t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(t.TempDir(), "tributary.duckdb")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := catalogue.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.SetState(StateSimulated, []byte("test"))
	tally := rollup.New(rollup.Config{Key: s.Key(), IPv6Prefix: 64})
	from, to := slotOf(t, "2025-08"), slotOf(t, "2026-01")
	var health []flow.Health
	for day := from; day < to; day += flow.SlotsPerDay {
		noon := day + flow.SlotsPerDay/2
		var flows []flow.Flow
		for region, name := range []string{"North", "South"} {
			id := uint16(s.Names().Regions.ID(name))
			h := flow.Health{Slot: noon, Exporter: flow.Addr{Lo: uint64(region)}, Region: id, Datagrams: 1, Records: 600, Rates: []uint32{100}}
			h.Flows[flow.Counted] = 600
			health = append(health, h)
			for n := range 600 {
				f := flow.Flow{
					Octets: 1e9, Packets: 1e6, Rate: 100, Start: noon.Start(), Region: id, Version: 4,
					Direction: flow.Direction(n % 2), AS: uint32(64500 + n%30), Remote: flow.AddrFrom4([]byte{198, 51, byte(n % 30), byte(n / 30)}),
				}
				if noon.Month() == slotOf(t, "2025-10") {
					f.Octets *= 2
				}
				if n%3 == 0 {
					f.Version, f.Remote = 6, flow.Addr{Hi: 0x20010db8<<32 | uint64(n), Lo: 1}
				}
				f.End = f.Start
				flows = append(flows, f)
			}
		}
		tally.Add(flows)
	}
	batch := tally.Take()
	batch.Health = health
	if err := s.Commit(ctx, batch); err != nil {
		t.Fatal(err)
	}
	return &stats.Source{Store: s, Catalogue: c, Publish: usualPolicy}
}

func slotOf(t *testing.T, month string) flow.Slot {
	t.Helper()
	p, err := flow.ParsePeriod(month)
	if err != nil {
		t.Fatal(err)
	}
	return p.From
}

func TestGather(t *testing.T) {
	src := realSource(t)
	gather := func(name string) *Report {
		t.Helper()
		p, err := flow.ParsePeriod(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Gather(context.Background(), src, p, Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return r
	}
	r := gather("2025Q4")
	// A day of a region is 600 flows of 10^9 octets × 100: 4.8×10^14 bits. Two regions; October's 31
	// days count twice, November's 30 and December's 31 once; the newest slot is December 31st, noon.
	const day = 2 * 600 * 1e11 * 8
	if got, want := r.Key[0].Value.X, float64(day*(2*31+30+31)); got != want {
		t.Errorf("volume = %v bits, want %v", got, want)
	}
	if got, want := strings.Join(r.Months, " "), "2025-08 2025-09 2025-10 2025-11 2025-12"; got != want {
		t.Errorf("months = %s, want %s", got, want)
	}
	if !r.Simulated || !r.HasBefore || r.Period.Whole || r.Before.Name != "2025Q3" {
		t.Errorf("simulated %v, has %s before %v, over %v; want a simulated report, with 2025Q3 before, of a period that is not over",
			r.Simulated, r.Before.Name, r.HasBefore, r.Period.Whole)
	}
	all := r.Coverage.All
	if all.Exporters != 2 || len(all.Rates) != 1 || all.Rates[0] != 100 || all.Read == nil || all.Read.Flows != 2*600*92 || len(r.Coverage.Regions) != 2 {
		t.Errorf("coverage = %+v, want two exporters at 1 in 100 with 110,400 flows in two regions", all)
	}
	prefix := r.Thresholds[len(r.Thresholds)-1]
	if prefix.Name != "ipv6_prefix" || prefix.Value != "64" {
		t.Errorf("%s = %s, want ipv6_prefix 64", prefix.Name, prefix.Value)
	}
	if got := r.Figure("ip-versions").Table.Rows[0]; !got[len(got)-1].Value.OK() || got[len(got)-1].Value.X != 1.0/3 {
		t.Errorf("IPv6 share of August in South = %v, want a third", got[len(got)-1].Value)
	}

	august := gather("2025-08")
	if august.HasBefore || august.Key[0].Value.X != 31*day {
		t.Errorf("August: %v bits, a month before %v; want %v and none", august.Key[0].Value.X, august.HasBefore, 31*day)
	}
	one := gather("2025-10-03")
	if got, want := one.DatasetTitle(), "October\u00a02025 (the whole month, not only 3\u00a0October\u00a02025)"; got != want {
		t.Errorf("a day's dataset is called %q, want %q", got, want)
	}
	if got, want := r.DatasetTitle(), "October\u00a02025 to December\u00a02025"; got != want {
		t.Errorf("a quarter's dataset is called %q, want %q", got, want)
	}
	if got := one.Key[0].Value; one.Period.Title() != "3\u00a0October\u00a02025" || got != figure.Num(2*day) {
		t.Errorf("%s: volume %v, want %v", one.Period.Title(), got, 2*day)
	}

	for _, name := range []string{"2025Q2", "2026Q1", "2024"} {
		p, err := flow.ParsePeriod(name)
		if err != nil {
			t.Fatal(err)
		}
		var empty *stats.EmptyError
		if _, err := Gather(context.Background(), src, p, Options{}); !errors.As(err, &empty) || !strings.Contains(err.Error(), "2025-08 to 2025-12") {
			t.Errorf("%s: error %v, want one that says what months the store has", name, err)
		}
	}
}

// A report of months whose slots are dropped says so.
func TestGatherFrozenMonths(t *testing.T) {
	ctx := context.Background()
	src := realSource(t)
	sentence := func(want string) {
		t.Helper()
		p, err := flow.ParsePeriod("2025Q4")
		if err != nil {
			t.Fatal(err)
		}
		r, err := Gather(ctx, src, p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		numbers, err := r.JSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		page := bareIndex(t, r)
		for name, text := range map[string]string{"Coverage": r.Coverage.Frozen, "report.json": string(numbers), "index.html": page} {
			if has := strings.Contains(text, "keep the 95th percentiles"); has != (want != "") || !strings.Contains(text, want) {
				t.Errorf("%s speaks of kept columns: %v; want %q", name, has, want)
			}
		}
	}
	sentence("")
	path := src.Store.Path()
	if err := src.Store.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(ctx, store.Options{Path: path, SlotDays: 40})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	src.Store = s
	if err := errors.Join(src.Freeze(ctx), s.Maintain(ctx)); err != nil {
		t.Fatal(err)
	}
	sentence("Months before November\u00a02025 keep the 95th percentiles")
}
