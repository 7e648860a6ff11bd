package stats

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// steadyYAML has no type that changes within a month: of such a network, the addresses of a month
// without days are all of one type.
const steadyYAML = `networks:
  - {as: 64500, name: Example, type: hosting, to: 2025-10-31}
  - {as: 64500, name: Example, type: neocloud, from: 2025-11-01}
  - {as: 64501, name: Example, type: hosting}
  - {as: 64502, name: Bits, type: cdn}
  - {as: 64503, name: Regional, type: isp-regional}
  - {as: 64504, name: Regional Two, type: isp-regional}
  - {as: 64505, name: Regional Three, type: isp-regional}
prefixes:
  - {prefix: 192.0.2.0/25, name: Example GPU, type: neocloud}
`

// reclassedYAML has Regional as another type.
var reclassedYAML = strings.Replace(steadyYAML, "Regional, type: isp-regional", "Regional, type: neocloud", 1)

// freezer is a history in a store that is closed and opened again with other retention.
type freezer struct {
	t    *testing.T
	path string
	h    *history
	src  *Source
}

func newFreezer(t *testing.T) *freezer {
	f := &freezer{t: t, path: filepath.Join(t.TempDir(), "tributary.duckdb")}
	r := rand.New(rand.NewPCG(31, 32))
	s, err := store.Open(context.Background(), store.Options{Path: f.path})
	f.must(err)
	f.h = newHistory(t, r, 3000, s.Names())
	f.h.catalogue = loadCatalogue(t, steadyYAML)
	f.src = f.h.source(t, r, s)
	f.src.Publish = PublishPolicy{MinAddresses: 40, MinNetworks: 2, MaxDominance: 0.8}
	t.Cleanup(func() { f.must(f.src.Store.Close()) })
	return f
}

func (f *freezer) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// reopen is what a new process does.
func (f *freezer) reopen(o store.Options) {
	f.t.Helper()
	f.must(f.src.Store.Close())
	o.Path = f.path
	s, err := store.Open(context.Background(), o)
	f.must(err)
	f.src.Store = s
}

// maintain does what the program does once an hour.
func (f *freezer) maintain() {
	f.t.Helper()
	f.must(errors.Join(f.src.Freeze(context.Background()), f.src.Store.Maintain(context.Background())))
}

// rows are the dataset, published and whole.
func (f *freezer) rows() (published, open []Row) {
	f.t.Helper()
	var both [2][]Row
	for i, unsuppressed := range []bool{false, true} {
		d, err := f.src.Dataset(context.Background(), period(f.t, "2025Q4"), unsuppressed)
		f.must(err)
		both[i] = d.Rows
	}
	return both[0], both[1]
}

// unchanged compares the dataset, to the last bit.
func (f *freezer) unchanged(when string, published, open []Row) {
	f.t.Helper()
	p, o := f.rows()
	if !slices.Equal(p, published) {
		f.t.Errorf("%s: the published dataset is another", when)
	}
	if !slices.Equal(o, open) {
		f.t.Errorf("%s: the unsuppressed dataset is another", when)
	}
}

// keptFrom is where slots begin, by the sheets of October to December.
func (f *freezer) keptFrom(when string, want flow.Slot) {
	f.t.Helper()
	a, err := f.src.Ask(context.Background(), Question{Months: period(f.t, "2025Q4").Months(), Periods: []flow.Period{period(f.t, "2025Q4")}, Unsuppressed: true})
	f.must(err)
	for _, sh := range append(a.Months, a.Periods...) {
		frozen := want
		if sh.Period.From >= want {
			frozen = 0
		}
		if sh.FrozenBefore != frozen {
			f.t.Errorf("%s: %s is frozen before %d, want %d", when, sh.Period.Name, sh.FrozenBefore, frozen)
		}
	}
	if c, _ := a.Periods[0].At(Total); c.BpsMax.Known != (want == 0) {
		f.t.Errorf("%s: the quarter's maximum is %v", when, c.BpsMax)
	}
}

// December of the history ends on the 10th: with two days' retention October and November go.
func TestFrozenMonthsKeepTheirColumns(t *testing.T) {
	f := newFreezer(t)
	ctx, december := context.Background(), day(t, "2025-12-01")
	published, open := f.rows()
	hidden := 0
	for i := range published {
		if !open[i].BpsP95.Known || !open[i].MagnitudeDay.Max.Known {
			t.Fatalf("%+v has no rates or days: the test shows nothing", open[i])
		}
		if published[i].Suppressed {
			hidden++
		}
	}
	if hidden == 0 || hidden == len(published) {
		t.Fatalf("%d of %d rows are hidden: the test shows nothing", hidden, len(published))
	}

	f.reopen(store.Options{SlotDays: 2})
	f.must(f.src.Store.Maintain(ctx))
	f.keptFrom("not frozen", 0)
	f.must(f.src.Freeze(ctx))
	f.reopen(store.Options{SlotDays: 2}) // killed between freezing and dropping
	f.must(f.src.Store.Maintain(ctx))
	f.keptFrom("after a kill", 0)
	f.unchanged("after a kill", published, open)

	f.maintain()
	f.keptFrom("dropped", december)
	f.unchanged("dropped", published, open)
	f.maintain()
	f.must(f.src.Store.Maintain(ctx))
	f.keptFrom("maintained again", december)
	f.unchanged("maintained again", published, open)
	f.reopen(store.Options{ReadOnly: true})
	f.unchanged("read only", published, open)
	f.must(f.src.Freeze(ctx)) // nothing is due
}

// unfrozen takes from measures what is frozen, and frozen all else.
func unfrozen(m Measures) Measures {
	for _, n := range m.bySlotAndDay() {
		*n = Num{}
	}
	return m
}

func frozen(m Measures) Measures {
	return Measures{BpsP95: m.BpsP95, BpsMax: m.BpsMax, UniqueDay: m.UniqueDay, MagnitudeDay: m.MagnitudeDay}
}

// After a network is classed anew, volumes and addresses of all months follow; of frozen months the
// columns of slots and days do not. What was hidden when they were frozen stays hidden in them.
func TestFrozenMonthsAreClassedAsTheyWere(t *testing.T) {
	f := newFreezer(t)
	published, open := f.rows()
	type cell struct {
		month string
		Key
	}
	before, hidden := map[cell]Measures{}, map[cell]bool{}
	for i, row := range open {
		before[cell{row.Month, row.Key}] = row.Measures
		hidden[cell{row.Month, row.Key}] = published[i].Suppressed
	}
	f.reopen(store.Options{SlotDays: 2})
	f.maintain()

	f.h.catalogue = loadCatalogue(t, reclassedYAML)
	f.src.Catalogue = f.h.catalogue
	f.src.Publish = PublishPolicy{MaxDominance: 1} // hides nothing by itself
	published, open = f.rows()
	moved, covered := 0, 0
	for i, row := range open {
		at := cell{row.Month, row.Key}
		want, ok := f.h.cell(row.Key, period(t, row.Month))
		if !ok {
			t.Fatalf("%v has no octets", at)
		}
		if row.Month == "2025-12" {
			compareMeasures(t, row.Month, row.Measures, want)
			continue
		}
		compareMeasures(t, row.Month, unfrozen(row.Measures), unfrozen(want))
		if was := before[at]; frozen(row.Measures) != frozen(was) {
			t.Errorf("%v: frozen %+v, want %+v", at, frozen(row.Measures), frozen(was))
		} else if was.Bits != row.Bits {
			moved++
		}
		shown := frozen(before[at])
		if hidden[at] {
			shown = Measures{}
			covered++
		}
		if published[i].Suppressed || frozen(published[i].Measures) != shown {
			t.Errorf("%v, hidden when frozen: %v: published %+v, want %+v", at, hidden[at], frozen(published[i].Measures), shown)
		}
	}
	if moved == 0 || covered == 0 {
		t.Errorf("%d cells have other volumes, %d were hidden: the test shows nothing", moved, covered)
	}
}

// A month that mixes ways of counting IPv6 addresses has no dataset, and does not stand in the way of
// retention.
func TestMixedMonthsGo(t *testing.T) {
	f := newFreezer(t)
	mixed := f.h.flows[slices.IndexFunc(f.h.flows, func(fl flow.Flow) bool { return fl.Version == 6 && flow.SlotOf(fl.Start) < day(t, "2025-11-01") })]
	tally := rollup.New(rollup.Config{Key: f.src.Store.Key(), IPv6Prefix: 64})
	tally.Add([]flow.Flow{mixed})
	f.must(f.src.Store.Commit(context.Background(), tally.Take()))
	f.reopen(store.Options{SlotDays: 2})
	for _, when := range []string{"before", "after"} {
		if _, err := f.src.Dataset(context.Background(), period(t, "2025-10"), true); !errors.Is(err, rollup.ErrMixedIPv6) {
			t.Errorf("%s its slots are dropped, the dataset of a mixed month gives: %v", when, err)
		}
		f.maintain()
	}
	if due := f.src.Store.Due(); len(due) != 0 {
		t.Errorf("still due: %v", due)
	}
	november, err := f.src.Dataset(context.Background(), period(t, "2025-11"), true)
	f.must(err)
	if !november.Rows[0].BpsP95.Known {
		t.Error("November lost its columns too")
	}
}

// What comes late for a frozen month adds to its volume and addresses.
func TestLateFlowsOfFrozenMonths(t *testing.T) {
	f := newFreezer(t)
	f.reopen(store.Options{SlotDays: 2})
	f.maintain()
	_, before := f.rows()
	late := f.h.flows[slices.IndexFunc(f.h.flows, func(fl flow.Flow) bool { return flow.SlotOf(fl.Start) < day(t, "2025-11-01") })]
	late.Remote, late.Octets, late.Rate, late.Version = flow.AddrFrom4([]byte{203, 0, 113, 1}), 1<<40, 1, 4
	tally := rollup.New(rollup.Config{Key: f.src.Store.Key(), IPv6Prefix: 128})
	tally.Add([]flow.Flow{late})
	f.must(f.src.Store.Commit(context.Background(), tally.Take()))
	for range 2 {
		_, after := f.rows()
		for i, row := range after {
			grown := row.Month == "2025-10" && row.Key == Total
			if row.Key != before[i].Key || frozen(row.Measures) != frozen(before[i].Measures) {
				t.Fatalf("%s %v: frozen %+v, want %+v", row.Month, row.Key, frozen(row.Measures), frozen(before[i].Measures))
			}
			if grown && (row.Bits.Value != before[i].Bits.Value+1<<43 || row.Unique.Value != before[i].Unique.Value+1) {
				t.Errorf("October: %v bits of %v addresses; want the late flow beside %v of %v", row.Bits, row.Unique, before[i].Bits, before[i].Unique)
			}
		}
		f.maintain()
	}
}
