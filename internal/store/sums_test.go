package store

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// sumKey is what a Sum is of.
type sumKey struct {
	step, bucket uint32
	region       uint16
	direction    flow.Direction
	version      uint8
	place        uint32
}

// buckets makes buckets of the twin's labels: their types, and none for one of them.
func (w *twin) buckets() (out []Bucket) {
	all := map[Combination]bool{}
	for i := range w.traffic {
		c := w.traffic[i].Cell
		all[Combination{c.AS, c.Prefix, c.Link}] = true
	}
	combinations := slices.SortedFunc(maps.Keys(all), Combination.compare)
	labels, _ := complete(combinations, w.labels)
	for _, l := range labels {
		if l.Type != flow.CDN {
			out = append(out, Bucket{l.Combination, l.From, l.To, uint32(l.Type)})
		}
	}
	return out
}

// sums adds the twin's rows up.
func (w *twin) sums(q *SumQuery) map[sumKey]Sum {
	out := map[sumKey]Sum{}
	rows := w.traffic
	if q.Places {
		rows = nil
		for _, r := range w.places {
			row := rollup.Traffic{Slot: r.Hour, Cell: r.Cell, Count: rollup.Count{Octets: r.Octets, V: r.V, Unrated: r.Unrated}}
			row.Packets = uint64(r.Place)
			if r.Place%3 != 0 {
				rows = append(rows, row)
			}
		}
	}
	for i := range rows {
		row := &rows[i]
		typ := w.label(row.Cell, row.Slot).Type
		switch {
		case typ == flow.CDN || row.Slot < q.Period.From || row.Slot >= q.Period.To,
			q.Regions != nil && !slices.Contains(q.Regions, row.Region),
			q.Directions != nil && !slices.Contains(q.Directions, row.Direction),
			q.Versions != nil && !slices.Contains(q.Versions, row.Version):
			continue
		}
		k := sumKey{0, uint32(typ), AllRegions, flow.Both, AllVersions, 0}
		if q.Places {
			k.place = uint32(row.Packets)
		}
		for n, start := range q.Cut.Starts {
			if row.Slot >= start {
				k.step = uint32(n)
			}
		}
		if q.ByRegion {
			k.region = row.Region
		}
		if q.ByDirection {
			k.direction = row.Direction
		}
		if q.ByVersion {
			k.version = row.Version
		}
		add := Sum{Octets: rollup.U128(row.Octets)}
		if q.Errors {
			add.V, add.Unrated = row.V, row.Unrated
		}
		out[k] = added(out[k], &add)
	}
	return out
}

// added is a sum with another's measures.
func added(s Sum, r *Sum) Sum {
	return Sum{Octets: s.Octets.Add(r.Octets), V: s.V.Add(r.V), Unrated: s.Unrated + r.Unrated}
}

// starts cuts a period.
func starts(p flow.Period, every flow.Slot) Cut {
	c := Cut{Every: every}
	for at := p.From; at < p.To; {
		c.Starts = append(c.Starts, at)
		if every == 0 {
			at = at.NextMonth()
		} else {
			at = at - at%every + every
		}
	}
	return c
}

// checkSums compares sums by bucket with the twin's, over periods that begin and end anywhere.
func checkSums(t *testing.T, v *View, w *twin) {
	t.Helper()
	ctx := context.Background()
	_, newest, ok, err := v.Extent(ctx)
	must(t, err)
	if !ok {
		t.Fatal("the store is empty")
	}
	must(t, v.Sort(ctx, w.buckets()))
	as := make([]uint32, 2000) // every third does not count
	for i := range as {
		if i%3 != 0 {
			as[i] = uint32(i)
		}
	}
	must(t, v.SortPlaces(ctx, as))
	month := epoch.Month()
	asked := []SumQuery{
		{Period: periods[3], Errors: true},
		{Period: flow.Period{From: month, To: newest + 1}, Cut: Cut{Every: flow.SlotsPerDay}, Errors: true},
		{Period: flow.Period{From: month, To: month.NextMonth().NextMonth()}, Cut: Cut{}, Classes: Classes{ByRegion: true, ByDirection: true, ByVersion: true}},
		{Period: flow.Period{From: epoch + 24, To: newest + 1}, Cut: Cut{Every: flow.SlotsPerDay}, Classes: Classes{Directions: []flow.Direction{flow.Egress}, ByRegion: true}},
		{Period: flow.Period{From: month, To: newest + 1}, Errors: true, Places: true},
		{Period: flow.Period{From: month, To: newest + 1}, Cut: Cut{Every: flow.SlotsPerDay}, Classes: Classes{ByVersion: true}, Places: true},
		{Period: flow.Period{From: month + 36, To: newest + 1}, Cut: Cut{}, Classes: Classes{Regions: []uint16{1}}, Places: true},
		{Period: periods[1], Cut: Cut{Every: flow.SlotsPerHour}, Classes: Classes{Regions: []uint16{1}, Versions: []uint8{4}}, Errors: true},
	}
	if v.KeptFrom() == 0 { // these need slots
		asked = append(
			asked,
			SumQuery{Period: periods[0], Cut: Cut{Every: 1}},
			SumQuery{Period: flow.Period{From: epoch + 7, To: epoch + 5*flow.SlotsPerDay - 5}, Cut: Cut{Every: flow.SlotsPerDay}, Errors: true},
			SumQuery{Period: flow.Period{From: month + 3, To: epoch + 300}, Cut: Cut{}},
			SumQuery{Period: flow.Period{From: epoch + 13, To: epoch + 14}, Cut: Cut{Every: flow.SlotsPerHour}},
		)
	}
	seen := 0
	for i := range asked {
		q := &asked[i]
		if i > 0 {
			q.Cut = starts(q.Period, q.Cut.Every)
		}
		got := map[sumKey]Sum{}
		must(t, v.Sums(ctx, q, func(r *Sum) {
			k := sumKey{r.Step, r.Bucket, r.Region, r.Direction, r.Version, r.Place}
			got[k] = added(got[k], r)
		}))
		want := w.sums(q)
		seen += len(got)
		if !maps.Equal(got, want) {
			t.Errorf("sums of %d..%d by %d: %d keys, %d wanted, or other numbers", q.Period.From, q.Period.To, q.Cut.Every, len(got), len(want))
		}
	}
	if seen == 0 {
		t.Error("the test compares nothing with nothing")
	}
}

// What days and months have rows of is what their hours have, whenever it came: before they were
// summed, while they were, or after; and it is read.
func TestRowsOfDaysAndMonths(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := rand.New(rand.NewPCG(81, 81))
	s, w := tempStore(t), &twin{labels: randomLabels(r)}
	check := func(days, months bool) {
		t.Helper()
		v := openView(t, s, nil)
		defer v.Close()
		checkSums(t, v, w)
		tables := map[string]bool{}
		q := &SumQuery{Period: flow.Period{From: epoch.Month(), To: epoch + 30*flow.SlotsPerDay}}
		must(t, v.Sort(ctx, []Bucket{{Combination{1, 0, 0}, 0, ^flow.Slot(0), 0}}))
		for _, p := range v.parts(q) {
			tables[p.table] = true
		}
		if tables["traffic_day"] != days || tables["traffic_month"] != months {
			t.Errorf("a question over months is put to %v; want days %v, months %v", tables, days, months)
		}
		for table, stretch := range map[string]func(flow.Slot) flow.Slot{"traffic_day": flow.Slot.Day, "traffic_month": flow.Slot.Month} {
			wanted := map[string]bool{}
			to := map[string]flow.Slot{"traffic_day": s.summed[longDay], "traffic_month": s.summed[longMonth]}[table]
			for i := range w.traffic {
				if row := &w.traffic[i]; row.Slot < to {
					wanted[fmt.Sprint(stretch(row.Slot), row.Cell)] = true
				}
			}
			if n := rows(t, s, "(SELECT DISTINCT slot, "+cellColumns+" FROM "+table+")"); n != uint64(len(wanted)) {
				t.Errorf("%s has %d keys, want %d", table, n, len(wanted))
			}
		}
	}
	fill(t, s, w, r, -3, -1, 0, 1)
	check(false, false)
	must(t, s.Maintain(ctx))
	check(true, false)
	fill(t, s, w, r, 6, -2, 0, 8) // late ones among them
	check(true, false)
	must(t, s.Maintain(ctx))
	check(true, true)
	fill(t, s, w, r, -3, 2, -20) // late by weeks, one before all
	check(true, true)
	must(t, s.Maintain(ctx))
	check(true, true)
}

// Summing that was broken off, at any day, goes on and counts nothing twice.
func TestBrokenSumming(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := rand.New(rand.NewPCG(82, 82))
	for commits := range 7 {
		s, w := tempStore(t), &twin{}
		fill(t, s, w, r, -2, -1, 0, 35)
		gone, cancel := context.WithCancel(ctx)
		left := commits * 4
		s.send = func(commit func() error) error {
			if left--; left < 0 {
				cancel()
			}
			return commit()
		}
		_ = s.Maintain(gone)
		cancel()
		s.send = func(commit func() error) error { return commit() }
		fill(t, s, w, r, -1)
		for range 2 {
			checkAnswers(t, s, w)
			must(t, s.Maintain(ctx))
		}
		if s.summed[longMonth] == 0 {
			t.Error("no month was summed: the test shows nothing")
		}
	}
}
