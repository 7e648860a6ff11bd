package stats

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// contenderOf is what a flow counts for in a ranking: the definition in a few lines.
func (h *history) contenderOf(by TopBy, f *flow.Flow, at flow.Slot) string {
	k := h.key(f)
	switch by {
	case TopNetworks:
		return h.catalogue.Network(f.AS, h.names.Prefixes.Value(f.Prefix), flow.SlotOf(f.Start))
	case TopTypes:
		return k.Type.String()
	case TopRegions:
		return k.Region
	case TopLinks:
		return cmp.Or(h.names.Links.Value(uint32(f.Link)), "(unlisted)")
	case TopCountries:
		return cmp.Or(h.names.Places.Value(f.Place).Country, "unknown")
	}
	if f.AS == 0 {
		return "unknown"
	}
	number := fmt.Sprintf("AS%d", f.AS)
	if name, _, _, ok := h.catalogue.AS(f.AS, at); ok {
		number += " " + name
	}
	return number
}

// slowTop ranks by going through all flows.
func (h *history) slowTop(by TopBy, p flow.Period) []TopRow {
	p = p.Clip(h.newest)
	type tally struct {
		octets    float64
		slots     []float64
		addresses map[flow.Addr]bool
	}
	parties := map[string]*tally{}
	var all float64
	for i := range h.flows {
		f := &h.flows[i]
		at := flow.SlotOf(f.Start)
		if at < p.From || at >= p.To {
			continue
		}
		name := h.contenderOf(by, f, p.To-1)
		t := parties[name]
		if t == nil {
			t = &tally{slots: make([]float64, p.Slots()), addresses: map[flow.Addr]bool{}}
			parties[name] = t
		}
		n := float64(f.Octets * f.Scale())
		all += n
		t.octets += n
		t.slots[at-p.From] += n
		t.addresses[f.Remote] = true
	}
	var out []TopRow
	for name, t := range parties {
		slices.Sort(t.slots)
		slices.Reverse(t.slots)
		n := float64(len(t.addresses))
		out = append(out, TopRow{Name: name, Measures: Measures{
			Bits: num(8 * t.octets), Share: num(t.octets / all), BpsAvg: num(8 * t.octets / 300 / float64(p.Slots())),
			BpsP95: num(8 * t.slots[len(t.slots)/20] / 300), BpsMax: num(8 * t.slots[0] / 300), Unique: num(n), Magnitude: num(8 * t.octets / n),
		}})
	}
	slices.SortFunc(out, func(a, b TopRow) int {
		return cmp.Or(cmp.Compare(b.Bits.Value, a.Bits.Value), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func TestTopAgreesWithTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	s := openStore(t)
	h := newHistory(t, r, 1500, s.Names())
	for i := range h.flows {
		if n := r.IntN(4); n > 0 {
			h.flows[i].Place = h.names.Places.ID(flow.Place{Country: []string{"CA", "DE", "US"}[n-1], City: "Springfield"})
		}
	}
	src := h.source(t, r, s)
	for _, by := range []TopBy{TopNetworks, TopASes, TopTypes, TopRegions, TopLinks, TopCountries} {
		for _, name := range []string{"2025-11", "2025Q4", "2025-11-20"} {
			q := TopQuestion{Period: period(t, name), By: by, N: 5}
			top, err := src.Top(context.Background(), q)
			if err != nil {
				t.Fatal(err)
			}
			want := h.slowTop(by, q.Period)
			if len(top.Rows) != min(5, len(want)) || top.Others != len(want)-len(top.Rows) {
				t.Errorf("%s by %s: %d rows and %d others, want 5 of %d", name, by, len(top.Rows), top.Others, len(want))
			}
			for i, row := range top.Rows {
				w := want[i]
				if row.Name != w.Name {
					t.Errorf("%s by %s: row %d is %q, want %q", name, by, i, row.Name, w.Name)
				}
				if by == TopCountries {
					w.Unique, w.Magnitude, w.BpsP95, w.BpsMax = Num{}, Num{}, Num{}, Num{}
				}
				for j, n := range [][2]Num{
					{row.Bits, w.Bits}, {row.Share, w.Share}, {row.BpsAvg, w.BpsAvg}, {row.BpsP95, w.BpsP95}, {row.BpsMax, w.BpsMax},
					{row.Unique, w.Unique}, {row.Magnitude, w.Magnitude},
				} {
					if !near(n[0], n[1]) {
						t.Errorf("%s by %s, %s: measure %d = %v, want %v", name, by, row.Name, j, n[0], n[1])
					}
				}
			}
		}
	}
}

// Where not all contenders' slots fit at once, several passes find the same rates.
func TestRatesAtOnce(t *testing.T) {
	year := 365 * flow.SlotsPerDay
	if got := ratesAtOnce(year, 5); got < 1 || got > 20 {
		t.Errorf("%d contenders at once for a year of five regions, want a few", got)
	}
	if got := ratesAtOnce(0, 0); firstRank+got > 255 {
		t.Errorf("%d contenders at once, more than there are numbers for", got)
	}
}

// Retention drops slots and days: what is left must not pass for all of them.
func TestDroppedSlotsGiveNoRates(t *testing.T) {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(t.TempDir(), "tributary.duckdb"), SlotDays: 40})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	region := uint16(s.Names().Regions.ID("EU"))
	tally := rollup.New(rollup.Config{Key: s.Key(), IPv6Prefix: 128})
	var flows []flow.Flow
	for d := day(t, "2025-09-01"); d < day(t, "2025-12-31"); d += flow.SlotsPerDay {
		f := flow.Flow{Octets: 1000, Packets: 1, Rate: 1, Start: d.Start(), End: d.Start(), AS: 64500, Region: region, Version: 4}
		f.Remote = flow.AddrFrom4([]byte{192, 0, 2, byte(d / flow.SlotsPerDay)})
		flows = append(flows, f)
	}
	tally.Add(flows)
	if err := s.Import(ctx, tally.Take()); err != nil {
		t.Fatal(err)
	}
	src := &Source{Store: s, Catalogue: loadCatalogue(t, historyYAML), Publish: usualPolicy()}
	if err := errors.Join(src.Freeze(ctx), s.Maintain(ctx)); err != nil {
		t.Fatal(err)
	}
	a, err := src.Ask(ctx, Question{Periods: []flow.Period{period(t, "2025-10"), period(t, "2025-12"), period(t, "2025Q4")}, Days: true, Unsuppressed: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, kept := range []bool{true, true, false} { // October is frozen; of the quarter a part is dropped
		c, ok := a.Periods[i].At(Total)
		if !ok || c.Unique.Value != []float64{31, 30, 91}[i] {
			t.Errorf("%s: %+v, want one address a day", a.Periods[i].Period.Name, c)
		}
		for _, n := range []Num{c.BpsP95, c.BpsMax, c.UniqueDay.Avg, c.MagnitudeDay.Max} {
			if n.Known != kept {
				t.Errorf("%s: a measure of slots or days is %v, want known: %v", a.Periods[i].Period.Name, n, kept)
			}
		}
	}
	top, err := src.Top(ctx, TopQuestion{Period: period(t, "2025-10-03"), By: TopASes, N: 1})
	if err != nil {
		t.Fatal(err)
	}
	if row := top.Rows[0]; row.BpsP95.Known || row.Unique.Known || row.Bits != num(8000) {
		t.Errorf("a day whose slots are dropped: %+v, want volume alone", row)
	}
}
