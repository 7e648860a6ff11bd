package stats

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// history is a random past, as flows without duration, and the slow, obvious twin of everything
// that is asked of it: it goes through all flows for every number.
type history struct {
	names     *flow.Names
	catalogue *catalogue.Catalogue
	kinds     map[string]flow.LinkKind
	flows     []flow.Flow
	health    []flow.Health
	newest    flow.Slot
}

const historyYAML = `networks:
  - {as: 64500, name: Example, type: hosting, to: 2025-10-15}
  - {as: 64500, name: Example, type: neocloud, from: 2025-10-16}
  - {as: 64501, name: Example, type: hosting}
  - {as: 64502, name: Bits, type: cdn, from: 2025-11-03, to: 2025-11-20}
  - {as: 64503, name: Regional, type: isp-regional}
  - {as: 64504, name: Regional Two, type: isp-regional}
  - {as: 64505, name: Regional Three, type: isp-regional}
prefixes:
  - {prefix: 192.0.2.0/25, name: Example GPU, type: neocloud}
`

// newHistory makes n flows from the middle of October 3rd to December 10th, 2025, with a day
// without any in November and none in US-West before November.
func newHistory(t *testing.T, r *rand.Rand, n int, names *flow.Names) *history {
	t.Helper()
	h := &history{
		names: names, catalogue: loadCatalogue(t, historyYAML),
		kinds: map[string]flow.LinkKind{"transit": flow.LinkTransit, "flexify": flow.LinkMigration},
	}
	regions := []uint16{uint16(names.Regions.ID("US-West")), uint16(names.Regions.ID("EU-Central"))}
	links := []uint16{0, uint16(names.Links.ID("transit")), uint16(names.Links.ID("flexify"))}
	gpu := names.Prefixes.ID("Example GPU")
	from, to, november := day(t, "2025-10-03")+100, day(t, "2025-12-10")+77, day(t, "2025-11-01")
	empty := day(t, "2025-11-12")
	for len(h.flows) < n {
		slot := from + flow.Slot(r.IntN(int(to-from)))
		f := flow.Flow{
			Octets: 1 + r.Uint64N(1<<uint(10+r.IntN(28))), Packets: r.Uint64N(3), Start: slot.Start() + r.Int64N(flow.SlotMillis),
			Rate: 1 + 999*uint32(r.IntN(2)), Region: regions[r.IntN(2)], Link: links[max(0, r.IntN(20)-17)],
			Direction: flow.Direction(r.IntN(2)), Version: 4, AS: 64499 + uint32(r.IntN(9)),
			Remote: flow.AddrFrom4([]byte{198, 51, byte(r.IntN(2)), byte(r.IntN(200))}),
		}
		f.End = f.Start
		if f.AS == 64499 {
			f.AS = 0
		}
		if r.IntN(15) == 0 {
			f.Prefix = gpu
		}
		if r.IntN(4) == 0 {
			f.Version, f.Remote = 6, flow.Addr{Hi: 0x2001_0db8 << 32, Lo: r.Uint64N(100)}
		}
		if f.AS == 64503 && r.IntN(3) == 0 {
			f.Rate = 0
		}
		if slot.Day() == empty || f.Region == regions[0] && slot < november {
			continue
		}
		h.flows = append(h.flows, f)
	}
	for s := from; s < to; s++ {
		for e := range 3 {
			if r.IntN(50) > 0 && (e != 1 || s >= november) { // exporter 1 and its region come in November
				row := flow.Health{Slot: s, Exporter: flow.Addr{Lo: uint64(e) + 1}, Region: regions[(e+1)%2], Datagrams: 1}
				h.health = append(h.health, row)
				if r.IntN(100) == 0 {
					h.health = append(h.health, row) // rows are additive: the exporter was heard once
				}
			}
		}
	}
	for _, f := range h.flows {
		h.newest = max(h.newest, flow.SlotOf(f.Start))
	}
	for _, row := range h.health {
		h.newest = max(h.newest, row.Slot)
	}
	return h
}

// source commits the history to a real store, in several batches out of order.
func (h *history) source(t *testing.T, r *rand.Rand, s *store.Store) *Source {
	t.Helper()
	flows := slices.Clone(h.flows)
	r.Shuffle(len(flows), func(i, j int) { flows[i], flows[j] = flows[j], flows[i] })
	tally := rollup.New(rollup.Config{Key: s.Key(), IPv6Prefix: 128})
	for i, chunk := 0, len(flows)/3+1; i < len(flows); i += chunk {
		tally.Add(flows[i:min(i+chunk, len(flows))])
		b := tally.Take()
		if i == 0 {
			b.Health = h.health
		}
		if err := s.Commit(context.Background(), b); err != nil {
			t.Fatal(err)
		}
	}
	return &Source{Store: s, Catalogue: h.catalogue, Links: h.kinds, Publish: usualPolicy()}
}

func openStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{Path: filepath.Join(t.TempDir(), "tributary.duckdb")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// key is the base cell of a flow.
func (h *history) key(f *flow.Flow) Key {
	k := Key{h.names.Regions.Value(uint32(f.Region)), flow.Other, f.Direction, f.Version}
	at := flow.SlotOf(f.Start)
	if _, typ, _, ok := h.catalogue.AS(f.AS, at); ok {
		k.Type = typ
	}
	if f.Prefix != 0 {
		k.Type = flow.Neocloud
	}
	if h.names.Links.Value(uint32(f.Link)) == "flexify" {
		k.Type = flow.Migration
	}
	return k
}

// cell computes a cell of a period by going through all flows; false if it has no octets.
func (h *history) cell(k Key, p flow.Period) (Measures, bool) {
	p = p.Clip(h.newest)
	var octets, v, all float64
	var unrated bool
	var flows int
	slots := make([]float64, p.Slots())
	days := (int(p.To-p.From) + flow.SlotsPerDay - 1) / flow.SlotsPerDay
	dayBits, dayAddresses := make([]float64, days), make([]map[flow.Addr]bool, days)
	addresses, networks := map[flow.Addr]bool{}, map[string]bool{}
	for i := range h.flows {
		f := &h.flows[i]
		at := flow.SlotOf(f.Start)
		base := h.key(f)
		wide := k
		wide.Type = AllTypes
		if at < p.From || at >= p.To || !contains(wide, base) {
			continue
		}
		n := float64(f.Octets * f.Scale())
		all += n
		if !contains(k, base) {
			continue
		}
		octets += n
		v += rollup.Variance(f.Octets, f.Packets, f.Rate).Float64()
		unrated = unrated || f.Rate == 0
		flows++
		slots[at-p.From] += n
		day := int(at-p.From) / flow.SlotsPerDay
		dayBits[day] += 8 * n
		if dayAddresses[day] == nil {
			dayAddresses[day] = map[flow.Addr]bool{}
		}
		dayAddresses[day][f.Remote] = true
		addresses[f.Remote] = true
		if network := h.catalogue.Network(f.AS, h.names.Prefixes.Value(f.Prefix), at); network != catalogue.Unknown {
			networks[network] = true
		}
	}
	unique := float64(len(addresses))
	m := Measures{
		Bits: num(8 * octets), BpsAvg: num(8 * octets / (300 * float64(p.Slots()))),
		Unique: num(unique), UniqueLow: num(unique), UniqueHigh: num(unique),
		Share: num(octets / all), Networks: num(float64(len(networks))), Flows: num(float64(flows)), Magnitude: num(8 * octets / unique),
	}
	if !unrated {
		m.BitsError = num(1.96 * math.Sqrt(v) / octets)
	}
	rank := func(values []float64) (p95, largest Num) {
		slices.Sort(values)
		slices.Reverse(values)
		return num(values[len(values)/20]), num(values[0])
	}
	m.BpsP95, m.BpsMax = rank(slots)
	m.BpsP95.Value *= 8. / 300
	m.BpsMax.Value *= 8. / 300
	var counts, magnitudes []float64
	var countSum, magnitudeSum float64
	for i := range days {
		n := float64(len(dayAddresses[i]))
		counts = append(counts, n)
		countSum += n
		if n > 0 {
			magnitudes = append(magnitudes, dayBits[i]/n)
			magnitudeSum += dayBits[i] / n
		}
	}
	if len(magnitudes) > 0 {
		m.UniqueDay.Avg, m.MagnitudeDay.Avg = num(countSum/float64(days)), num(magnitudeSum/float64(len(magnitudes)))
		m.UniqueDay.P95, m.UniqueDay.Max = rank(counts)
		m.MagnitudeDay.P95, m.MagnitudeDay.Max = rank(magnitudes)
	}
	return m, octets > 0
}

// near allows for the order of floating-point sums: octets of these histories stay below 2^53, so
// all else is exact.
func near(a, b Num) bool {
	return a.Known == b.Known && math.Abs(a.Value-b.Value) <= 1e-12*math.Abs(b.Value)
}

func compareMeasures(t *testing.T, what string, got, want Measures) {
	t.Helper()
	for _, f := range []struct {
		name      string
		got, want Num
	}{
		{"bits", got.Bits, want.Bits}, {"bits_error", got.BitsError, want.BitsError},
		{"bps_avg", got.BpsAvg, want.BpsAvg}, {"bps_p95", got.BpsP95, want.BpsP95}, {"bps_max", got.BpsMax, want.BpsMax},
		{"unique", got.Unique, want.Unique}, {"unique_low", got.UniqueLow, want.UniqueLow}, {"unique_high", got.UniqueHigh, want.UniqueHigh},
		{"unique_day_avg", got.UniqueDay.Avg, want.UniqueDay.Avg}, {"unique_day_p95", got.UniqueDay.P95, want.UniqueDay.P95}, {"unique_day_max", got.UniqueDay.Max, want.UniqueDay.Max},
		{"magnitude", got.Magnitude, want.Magnitude}, {"magnitude_day_avg", got.MagnitudeDay.Avg, want.MagnitudeDay.Avg},
		{"magnitude_day_p95", got.MagnitudeDay.P95, want.MagnitudeDay.P95}, {"magnitude_day_max", got.MagnitudeDay.Max, want.MagnitudeDay.Max},
		{"share", got.Share, want.Share}, {"networks", got.Networks, want.Networks}, {"flows", got.Flows, want.Flows},
	} {
		if !near(f.got, f.want) {
			t.Errorf("%s: %s = %v, want %v", what, f.name, f.got, f.want)
		}
	}
}

// everyKey is every cell that there could be.
func (h *history) everyKey() []Key {
	var out []Key
	for _, region := range []string{"US-West", "EU-Central", AllRegions} {
		for typ := range flow.NumNetworkTypes + 1 {
			for _, direction := range []flow.Direction{flow.Ingress, flow.Egress, flow.Both} {
				for _, version := range []uint8{4, 6, AllVersions} {
					out = append(out, Key{region, typ, direction, version})
				}
			}
		}
	}
	return out
}

func period(t testing.TB, s string) flow.Period {
	t.Helper()
	p, err := flow.ParsePeriod(s)
	if err != nil {
		if p, err = flow.ParseMonths(s); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func TestSheetsAgreeWithTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	s := openStore(t)
	h := newHistory(t, r, 4000, s.Names())
	src := h.source(t, r, s)
	q := Question{Days: true, Unsuppressed: true}
	for _, name := range []string{"2025-09", "2025-10", "2025-11", "2025-12", "2026-01"} {
		q.Months = append(q.Months, period(t, name))
	}
	for _, name := range []string{"2025Q4", "2025-11-20", "2025-11..2025-12", "2025", "2024"} {
		q.Periods = append(q.Periods, period(t, name))
	}
	a, err := src.Ask(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Months) != 3 {
		t.Fatalf("%d months, want October to December", len(a.Months))
	}
	sheets := slices.Concat(a.Months, a.Periods)
	for i, p := range slices.Concat(q.Months[1:4], q.Periods) {
		sh := sheets[i]
		if sh.Period != p.Clip(h.newest) {
			t.Errorf("sheet %d is of %+v, want %+v", i, sh.Period, p.Clip(h.newest))
		}
		cells := 0
		for _, k := range h.everyKey() {
			want, ok := h.cell(k, p)
			got, have := sh.At(k)
			if ok != have {
				t.Errorf("%s %v: in the sheet: %v, want %v", p.Name, k, have, ok)
			}
			if ok {
				cells++
				compareMeasures(t, fmt.Sprintf("%s %v", p.Name, k), got.Measures, want)
			}
		}
		if cells != len(sh.Cells) {
			t.Errorf("%s has %d cells, want %d", p.Name, len(sh.Cells), cells)
		}
		if (cells == 0) != (p.Name == "2024") {
			t.Errorf("%s has %d cells", p.Name, cells)
		}
		var all []store.Heard
		for _, row := range h.health {
			all = append(all, store.Heard{Slot: row.Slot, Region: row.Region, Exporter: row.Exporter})
		}
		for _, region := range []string{"US-West", "EU-Central"} {
			id, _ := h.names.Regions.Lookup(region)
			if c, ok := sh.At(Key{region, AllTypes, flow.Both, AllVersions}); ok {
				if want := slowCoverage(sh.Period, uint16(id), all); c.Coverage != want {
					t.Errorf("%s: coverage of %s = %v, want %v", p.Name, region, c.Coverage, want)
				}
			}
		}
	}
}

// What one question shows, no other hides, and a hidden cell has no measure at all.
func TestSheetsAreHiddenAlike(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	s := openStore(t)
	h := newHistory(t, r, 3000, s.Names())
	src := h.source(t, r, s)
	src.Publish = PublishPolicy{MinAddresses: 60, MinNetworks: 3, MaxDominance: 0.7}
	ctx := context.Background()
	quarter, err := src.Ask(ctx, Question{Months: period(t, "2025Q4").Months(), Periods: []flow.Period{period(t, "2025Q4")}})
	if err != nil {
		t.Fatal(err)
	}
	alone, err := src.Dataset(ctx, period(t, "2025-11"), false)
	if err != nil {
		t.Fatal(err)
	}
	open, err := src.Dataset(ctx, period(t, "2025-11"), true)
	if err != nil {
		t.Fatal(err)
	}
	november := quarter.Months[1]
	if len(alone.Rows) != len(november.Cells) || len(open.Rows) != len(november.Cells) {
		t.Fatalf("%d and %d rows, want %d", len(alone.Rows), len(open.Rows), len(november.Cells))
	}
	hidden := 0
	for i, c := range november.Cells {
		if alone.Rows[i].Key != c.Key || alone.Rows[i].Suppressed != c.Suppressed || open.Rows[i].Suppressed != c.Suppressed {
			t.Errorf("%v: suppressed = %v in the quarter, %v alone, %v unsuppressed", c.Key, c.Suppressed, alone.Rows[i].Suppressed, open.Rows[i].Suppressed)
		}
		if !open.Rows[i].Bits.Known || c.Suppressed != (c.Measures == Measures{}) {
			t.Errorf("%v: suppressed = %v, published measures %+v", c.Key, c.Suppressed, c.Measures)
		}
		total := c.Key
		total.Type = AllTypes
		if all, _ := november.At(total); c.Share.Known == (c.Suppressed || all.Suppressed) {
			t.Errorf("%v: share %v, suppressed %v, its total's %v", c.Key, c.Share, c.Suppressed, all.Suppressed)
		}
		if c.Suppressed {
			hidden++
		}
	}
	if hidden == 0 || hidden == len(november.Cells) {
		t.Errorf("%d of %d cells are hidden: the test shows nothing", hidden, len(november.Cells))
	}
}

// What a period beside the months shows does not depend on what else is asked for, and it leaves
// alone what months show.
func TestOtherPeriodsLeaveMonthsAlone(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 20))
	s := openStore(t)
	src := newHistory(t, r, 3000, s.Names()).source(t, r, s)
	src.Publish = PublishPolicy{MinAddresses: 60, MinNetworks: 3, MaxDominance: 0.7}
	ask := func(names ...string) *Answer {
		t.Helper()
		q := Question{Months: period(t, "2025Q4").Months()}
		for _, name := range names {
			q.Periods = append(q.Periods, period(t, name))
		}
		a, err := src.Ask(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	mask := func(s *Sheet) (shown int, hidden []Key) {
		for _, c := range s.Cells {
			if c.Suppressed {
				hidden = append(hidden, c.Key)
			}
		}
		return len(s.Cells) - len(hidden), hidden
	}
	alone := ask()
	others := []string{"2025", "2025-11..2025-12", "2025-11-20"}
	all := ask(others...)
	for i, m := range all.Months {
		_, want := mask(alone.Months[i])
		if _, got := mask(m); !slices.Equal(got, want) {
			t.Errorf("%s hides %v beside other periods, %v alone", m.Period.Name, got, want)
		}
	}
	for i, name := range others {
		shown, want := mask(ask(name).Periods[0])
		if _, got := mask(all.Periods[i]); !slices.Equal(got, want) {
			t.Errorf("%s hides %v beside other periods, %v alone", name, got, want)
		}
		if shown == 0 && i < 2 || len(want) == 0 {
			t.Errorf("%s shows %d cells and hides %d: the test shows nothing", name, shown, len(want))
		}
	}
}

func TestNormalizeNeedsAWholeMonth(t *testing.T) {
	ctx := context.Background()
	s := openStore(t)
	tally := rollup.New(rollup.Config{Key: s.Key(), IPv6Prefix: 128})
	at := day(t, "2025-10-01").Start()
	tally.Add([]flow.Flow{{Octets: 9, Start: at, End: at, Region: uint16(s.Names().Regions.ID("EU")), Version: 4, Remote: flow.Addr{Hi: 0, Lo: 0xffff_0000_0001}}})
	if err := s.Commit(ctx, tally.Take()); err != nil {
		t.Fatal(err)
	}
	src := &Source{Store: s, Catalogue: loadCatalogue(t, historyYAML), Publish: usualPolicy(), Normalize: true}
	_, err := src.Dataset(ctx, period(t, "2025-10"), false)
	want := "publish.normalize is set, and the store (2025-10) has no whole month yet to normalise by: wait until one is over, or add --unsuppressed for your own use"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
	if _, err := src.Dataset(ctx, period(t, "2025-10"), true); err != nil {
		t.Errorf("unsuppressed: %v", err)
	}
}

func TestNormalize(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	s := openStore(t)
	h := newHistory(t, r, 500, s.Names())
	src := h.source(t, r, s)
	ctx := context.Background()
	open, err := src.Dataset(ctx, period(t, "2025Q4"), true)
	if err != nil {
		t.Fatal(err)
	}
	src.Normalize, src.Publish = true, PublishPolicy{MaxDominance: 1}
	d, err := src.Dataset(ctx, period(t, "2025Q4"), false)
	if err != nil {
		t.Fatal(err)
	}
	if !d.Normalized || open.Normalized {
		t.Errorf("normalized = %v, and of the unsuppressed dataset %v", d.Normalized, open.Normalized)
	}
	// October begins before the store does: November is the first whole month.
	total := func(d *Dataset) (m Measures) {
		for _, row := range d.Rows {
			if row.Month == "2025-11" && row.Key == Total {
				m = row.Measures
			}
		}
		return m
	}
	if got := total(d).Bits; got != num(100) {
		t.Errorf("bits of the first whole month = %v, want 100", got)
	}
	factor := 100 / total(open).Bits.Value
	for i, row := range d.Rows {
		for _, n := range [][2]Num{
			{row.Bits, open.Rows[i].Bits}, {row.BpsAvg, open.Rows[i].BpsAvg}, {row.BpsP95, open.Rows[i].BpsP95}, {row.BpsMax, open.Rows[i].BpsMax},
			{row.Magnitude, open.Rows[i].Magnitude}, {row.MagnitudeDay.Avg, open.Rows[i].MagnitudeDay.Avg}, {row.MagnitudeDay.Max, open.Rows[i].MagnitudeDay.Max},
		} {
			n[1].Value *= factor
			if !near(n[0], n[1]) {
				t.Fatalf("%v: got %v, want %v", row.Key, n[0], n[1])
			}
		}
		if row.Unique != open.Rows[i].Unique || row.Share != open.Rows[i].Share || row.BitsError != open.Rows[i].BitsError || !row.Octets.IsZero() {
			t.Fatalf("%v: what is no volume is normalised too, or octets are given away", row.Key)
		}
	}
}

// A change of ipv6_prefix within a period is refused with a sentence, and only for the periods that
// have both parts.
func TestMixedIPv6Prefixes(t *testing.T) {
	ctx := context.Background()
	s := openStore(t)
	region := uint16(s.Names().Regions.ID("EU"))
	for i, change := range []string{"2025-10-01", "2025-11-11"} {
		tally := rollup.New(rollup.Config{Key: s.Key(), IPv6Prefix: []int{128, 64}[i]})
		for d := day(t, change); d < day(t, []string{"2025-11-11", "2025-12-15"}[i]); d += flow.SlotsPerDay {
			tally.Add([]flow.Flow{{Octets: 9, Start: d.Start(), End: d.Start(), Rate: 1, Region: region, Version: 6, Remote: flow.Addr{Hi: 0x2001_0db8 << 32, Lo: uint64(d)}}})
		}
		if err := s.Commit(ctx, tally.Take()); err != nil {
			t.Fatal(err)
		}
	}
	src := &Source{Store: s, Catalogue: loadCatalogue(t, historyYAML), Publish: usualPolicy()}
	for _, name := range []string{"2025-10", "2025-12"} {
		d, err := src.Dataset(ctx, period(t, name), true)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := d.Rows[0].Unique, map[string]Num{"2025-10": num(31), "2025-12": num(1)}[name]; got != want {
			t.Errorf("%s has %v addresses, want %v", name, got, want)
		}
	}
	for _, name := range []string{"2025-11", "2025Q4"} {
		_, err := src.Ask(ctx, Question{Periods: []flow.Period{period(t, name)}})
		if !errors.Is(err, rollup.ErrMixedIPv6) || !strings.HasPrefix(err.Error(), "cannot count the addresses of "+name+": ") ||
			!strings.HasSuffix(err.Error(), "; ask for periods before and after the change") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEmptyPeriods(t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(17, 18))
	s := openStore(t)
	src := &Source{Store: s, Catalogue: loadCatalogue(t, historyYAML), Publish: usualPolicy()}
	_, err := src.Dataset(ctx, period(t, "2025Q4"), false)
	if _, ok := errors.AsType[*EmptyError](err); !ok {
		t.Errorf("an empty store: %v, want an EmptyError", err)
	}
	a, err := src.Ask(ctx, Question{Periods: []flow.Period{period(t, "2025Q4")}})
	if err != nil || len(a.Periods) != 1 || !a.Periods[0].Empty() {
		t.Errorf("an empty store: %+v, %v; want one empty sheet", a, err)
	}
	src = newHistory(t, r, 50, s.Names()).source(t, r, s)
	_, err = src.Dataset(ctx, period(t, "2024"), false)
	if want := "no traffic in 2024: the store has 2025-10 to 2025-12"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
	_, err = src.Top(ctx, TopQuestion{Period: period(t, "2026"), By: TopASes, N: 3})
	if want := "no traffic in 2026: the store has 2025-10 to 2025-12"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}
