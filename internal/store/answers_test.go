package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// eachTotal calls each for g and the fifteen totals over it.
func eachTotal(g Group, each func(Group)) {
	for i := range 16 {
		t := g
		if i&1 != 0 {
			t.Region = AllRegions
		}
		if i&2 != 0 {
			t.Type = AllTypes
		}
		if i&4 != 0 {
			t.Direction = flow.Both
		}
		if i&8 != 0 {
			t.Version = AllVersions
		}
		each(t)
	}
}

func (w *twin) rates(months []flow.Period) []Rate {
	var out []Rate
	for m, p := range months {
		sums := map[Group]map[flow.Slot]uint64{}
		for _, row := range w.traffic {
			if row.Slot < p.From || row.Slot >= p.To {
				continue
			}
			eachTotal(w.group(row.Cell, row.Slot), func(g Group) {
				if sums[g] == nil {
					sums[g] = map[flow.Slot]uint64{}
				}
				sums[g][row.Slot] += row.Octets
			})
		}
		for g, slots := range sums {
			all := slices.Collect(maps.Values(slots))
			all = append(all, make([]uint64, p.Slots()-len(all))...)
			slices.Sort(all)
			slices.Reverse(all)
			if all[0] > 0 {
				out = append(out, Rate{m, g, all[len(all)/20], all[0]})
			}
		}
	}
	slices.SortFunc(out, func(a, b Rate) int { return cmp.Or(cmp.Compare(a.Month, b.Month), compareGroups(a.Group, b.Group)) })
	return out
}

func (w *twin) series(p flow.Period, step Step) []Point {
	type key struct {
		start flow.Slot
		Group
	}
	sums := map[key]uint64{}
	for _, row := range w.traffic {
		if row.Slot >= p.From && row.Slot < p.To {
			sums[key{stepStart(row.Slot, step, p), w.group(row.Cell, row.Slot)}] += row.Octets
		}
	}
	var out []Point
	for k, octets := range sums {
		if octets > 0 {
			out = append(out, Point{k.start, k.Group, octets})
		}
	}
	slices.SortFunc(out, func(a, b Point) int { return cmp.Or(cmp.Compare(a.Start, b.Start), compareGroups(a.Group, b.Group)) })
	return out
}

func (w *twin) uniques(t testing.TB, p flow.Period, step Step, by By) []Unique {
	sums := map[uniqueKey]rollup.Sketch{}
	for _, row := range w.endpoints {
		if row.Hour < p.From || row.Hour >= p.To {
			continue
		}
		k := uniqueKey{start: stepStart(row.Hour, step, p), Group: w.group(row.Cell, row.Hour)}
		switch by {
		case ByNetwork:
			k.key = w.label(row.Cell, row.Hour).Network
		case ByAS:
			k.key = row.AS
		case ByLink:
			k.key = uint32(row.Link)
		}
		var err error
		sums[k], err = rollup.Union(sums[k], row.Sketch)
		must(t, err)
	}
	var out []Unique
	for k, sketch := range sums {
		out = append(out, Unique{k.start, k.Group, k.key, sketch})
	}
	slices.SortFunc(out, func(a, b Unique) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), compareGroups(a.Group, b.Group), cmp.Compare(a.Key, b.Key))
	})
	return out
}

func (w *twin) placeVolumes(p flow.Period) []PlaceVolume {
	type key struct {
		Group
		network, place uint32
	}
	sums := map[key]*PlaceVolume{}
	for _, row := range w.places {
		if row.Hour < p.From || row.Hour >= p.To {
			continue
		}
		k := key{w.group(row.Cell, row.Hour), w.label(row.Cell, row.Hour).Network, row.Place}
		v := sums[k]
		if v == nil {
			v = &PlaceVolume{Group: k.Group, Network: k.network, Place: k.place}
			sums[k] = v
		}
		v.Octets = v.Octets.Add(rollup.U128(row.Octets))
		v.V = v.V.Add(row.V)
		v.Unrated += row.Unrated
	}
	var out []PlaceVolume
	for _, v := range sums {
		out = append(out, *v)
	}
	slices.SortFunc(out, func(a, b PlaceVolume) int {
		return cmp.Or(compareGroups(a.Group, b.Group), cmp.Compare(a.Network, b.Network), cmp.Compare(a.Place, b.Place))
	})
	return out
}

func (w *twin) healthRows(p flow.Period) []flow.Health {
	type key struct {
		slot     flow.Slot
		exporter flow.Addr
	}
	sums := map[key]*flow.Health{}
	for _, row := range w.health {
		if row.Slot < p.From || row.Slot >= p.To {
			continue
		}
		k := key{row.Slot, row.Exporter}
		if sums[k] == nil {
			sums[k] = &flow.Health{Slot: row.Slot, Exporter: row.Exporter, Region: row.Region}
		}
		sums[k].Add(&row)
	}
	var out []flow.Health
	for _, h := range sums {
		out = append(out, *h)
	}
	slices.SortFunc(out, func(a, b flow.Health) int {
		return cmp.Or(cmp.Compare(a.Slot, b.Slot), cmp.Compare(a.Exporter.Lo, b.Exporter.Lo))
	})
	return out
}

// checkAnswers compares every kind of answer with the twin's. What is no longer kept is not asked.
func checkAnswers(t *testing.T, s *Store, w *twin) {
	t.Helper()
	ctx := context.Background()
	v := openView(t, s, w.labels)
	defer v.Close()
	checkSums(t, v, w)
	same := func(what string, p flow.Period, equal bool, got, want int) {
		t.Helper()
		if !equal {
			t.Errorf("%s of %d..%d: %d rows, not the %d wanted", what, p.From, p.To, got, want)
		}
	}
	months := []flow.Period{{From: epoch.Month(), To: epoch.NextMonth()}, {From: epoch.NextMonth(), To: epoch.NextMonth().NextMonth()}}
	asked := append(slices.Clone(periods), months...)
	for _, p := range asked {
		long := p.Slots() > 100_000
		for _, step := range []Step{StepSlot, StepTenMinutes, StepHour, StepDay, StepMonth, StepWhole} {
			if long && step == StepMonth || p.From < v.KeptFrom() && step < StepHour {
				continue
			}
			series, err := v.Series(ctx, p, step)
			must(t, err)
			want := w.series(p, step)
			same(fmt.Sprintf("series by step %d", step), p, slices.Equal(series, want), len(series), len(want))
			if step < StepHour {
				continue
			}
			for _, by := range []By{ByNetwork, ByAS, ByLink, ByGroup} {
				if step != StepWhole && by != ByNetwork {
					continue
				}
				volumes, err := v.VolumesBy(ctx, p, step, by)
				must(t, err)
				want := w.volumes(p, step, by)
				same(fmt.Sprintf("volumes by step %d, %d", step, by), p, slices.Equal(volumes, want), len(volumes), len(want))
			}
		}
		places, err := v.Places(ctx, p)
		must(t, err)
		wantPlaces := w.placeVolumes(p)
		same("places", p, slices.Equal(places, wantPlaces), len(places), len(wantPlaces))
		health, err := v.Health(ctx, p)
		must(t, err)
		wantHealth := w.healthRows(p)
		same("health", p, slices.EqualFunc(health, wantHealth, func(a, b flow.Health) bool {
			return fmt.Sprint(a) == fmt.Sprint(b)
		}), len(health), len(wantHealth))
		if long || p.From != p.From.Day() || p.To != p.To.Day() {
			continue
		}
		for _, step := range []Step{StepDay, StepMonth} {
			if p.From < v.KeptFrom() && (step == StepDay || p.From != p.From.Month()) {
				continue
			}
			for _, by := range []By{ByGroup, ByNetwork, ByAS, ByLink} {
				if step == StepDay && by > ByAS {
					continue
				}
				var got []Unique
				must(t, v.UniquesBy(ctx, p, step, by, func(u Unique) error { got = append(got, u); return nil }))
				want := w.uniques(t, p, step, by)
				same(fmt.Sprintf("uniques by step %d, %d", step, by), p, slices.EqualFunc(got, want, func(a, b Unique) bool {
					return a.Start == b.Start && a.Group == b.Group && a.Key == b.Key && a.Sketch.Equal(b.Sketch)
				}), len(got), len(want))
				if by != ByNetwork {
					continue
				}
				var some []Unique
				types := []flow.NetworkType{flow.CDN, flow.Other}
				must(t, v.UniquesOf(ctx, p, step, by, types, func(u Unique) error { some = append(some, u); return nil }))
				want = slices.DeleteFunc(want, func(u Unique) bool { return !slices.Contains(types, u.Type) })
				same(fmt.Sprintf("uniques of two types by step %d", step), p, slices.EqualFunc(some, want, func(a, b Unique) bool {
					return a.Start == b.Start && a.Group == b.Group && a.Key == b.Key && a.Sketch.Equal(b.Sketch)
				}), len(some), len(want))
			}
		}
	}
	asked = []flow.Period{months[0], periods[0], periods[4], months[1]}
	if v.KeptFrom() > 0 {
		asked = months[1:]
	}
	rates, err := v.Rates(ctx, asked)
	must(t, err)
	want := w.rates(asked)
	same("rates", months[0], slices.Equal(rates, want), len(rates), len(want))
	if len(rates) == 0 {
		t.Error("the test compares nothing with nothing")
	}
}

func rows(t *testing.T, s *Store, what string) uint64 {
	t.Helper()
	n, err := one[uint64](context.Background(), s.conn, "SELECT count(*)::UBIGINT FROM "+what)
	must(t, err)
	return n
}

func TestAnswersAgainstTwin(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		r := rand.New(rand.NewPCG(seed, 1))
		s, w := tempStore(t), &twin{labels: randomLabels(r)}
		fill(t, s, w, r, 0, 1, 2, 0)
		checkAnswers(t, s, w)
	}
}

// Maintenance changes no answer: nor do late flows after it, nor maintenance after those.
func TestMaintainChangesNoAnswer(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := rand.New(rand.NewPCG(4, 1))
	s, w := tempStore(t), &twin{labels: randomLabels(r)}
	s.mergeRows, s.uniteBytes = 500, 4000 // many small turns
	fill(t, s, w, r, -3, -2, -1, 0, 0, 1)
	before := rows(t, s, "endpoints WHERE grain = 1")
	must(t, s.Maintain(ctx))
	checkAnswers(t, s, w)
	if after := rows(t, s, "endpoints WHERE grain = 1"); after == 0 || after >= before {
		t.Errorf("%d sketches of hours became %d: want those of the last days only", before, after)
	}
	if n := rows(t, s, "endpoints WHERE grain = 3"); n != 0 {
		t.Errorf("%d sketches of a month whose last hours are still open", n)
	}

	fill(t, s, w, r, 6) // October is over for more than 48 hours
	must(t, s.Maintain(ctx))
	checkAnswers(t, s, w)
	month := rows(t, s, "endpoints WHERE grain = 3")
	if month == 0 {
		t.Error("October was not folded")
	}
	for _, table := range []string{"traffic", "traffic_hour", "places"} {
		keys := map[string]string{"traffic": "slot, " + cellColumns, "traffic_hour": "slot, " + cellColumns, "places": "slot, place, " + cellColumns}[table]
		end := fmt.Sprint(foldBefore(epoch + 6*flow.SlotsPerDay))
		if all, distinct := rows(t, s, table+" WHERE slot < "+end), rows(t, s, "(SELECT DISTINCT "+keys+" FROM "+table+" WHERE slot < "+end+")"); all > distinct*11/10 {
			t.Errorf("%s: %d rows of %d keys are left after merging", table, all, distinct)
		}
	}

	fill(t, s, w, r, -2, 0, 0) // late by a week
	checkAnswers(t, s, w)
	late := rows(t, s, "endpoints WHERE grain = 3")
	if late <= month {
		t.Errorf("late flows added no rows to October (%d, then %d): the test shows nothing", month, late)
	}
	must(t, s.Maintain(ctx))
	checkAnswers(t, s, w)
	if n := rows(t, s, "endpoints WHERE grain = 3"); n >= late {
		t.Errorf("%d rows of October after merging %d", n, late)
	}
	w.labels = nil // without changes of labels October's own sketches answer
	checkAnswers(t, s, w)
}

// Retention drops whole months of slots and days, and keeps what is kept forever.
func TestRetention(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := rand.New(rand.NewPCG(5, 1))
	s, w := tempStore(t), &twin{}
	s.options.SlotDays = 20
	fill(t, s, w, r, -3, 0, 1, 15)
	must(t, s.Maintain(ctx))
	checkAnswers(t, s, w)
	if n := rows(t, s, "traffic WHERE slot < "+fmt.Sprint(epoch.NextMonth())); n == 0 {
		t.Error("slots were dropped too early")
	}
	fill(t, s, w, r, 22)
	must(t, s.Maintain(ctx))
	if n := rows(t, s, "traffic WHERE slot < "+fmt.Sprint(epoch.NextMonth())); n == 0 {
		t.Error("slots were dropped of a month that is not frozen")
	}
	freezeDue(t, s, epoch.Month())
	must(t, s.Maintain(ctx))
	checkAnswers(t, s, w)
	if n := rows(t, s, "traffic WHERE slot < "+fmt.Sprint(epoch.NextMonth())); n != 0 {
		t.Errorf("%d rows of slots are left beyond the retention", n)
	}
	if n := rows(t, s, "endpoints WHERE grain <= 2 AND slot < "+fmt.Sprint(epoch.NextMonth())); n != 0 {
		t.Errorf("%d sketches of days are left beyond the retention", n)
	}
	freezeDue(t, s)

	s.options.MonthDays = 20
	must(t, s.Maintain(ctx))
	for _, table := range []string{"traffic", "traffic_hour", "traffic_day", "traffic_month", "places_day", "places_month", "endpoints", "places", "frozen", "health"} {
		if n := rows(t, s, table+" WHERE slot < "+fmt.Sprint(epoch.NextMonth())); n != 0 {
			t.Errorf("%d rows of %s are left of a month that is not to be kept", n, table)
		}
		if n := rows(t, s, table); n == 0 && table != "frozen" && !strings.HasSuffix(table, "_month") { // the one kept is not over
			t.Errorf("%s lost the months that are to be kept", table)
		}
	}
	if oldest, ok := s.Oldest(); !ok || oldest < epoch.NextMonth() {
		t.Errorf("oldest slot = %v, %v, want one of the month kept", oldest.Time(), ok)
	}
}
