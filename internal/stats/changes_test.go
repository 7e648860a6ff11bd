package stats

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
)

// newHalfYear is a history from April 20th to September 27th, 2025: the second quarter, which it does
// not have from its beginning, and the third, which is not over. One network is in no other region and
// comes in July, and a week in May has no traffic.
func newHalfYear(t *testing.T, r *rand.Rand, n int, names *flow.Names) *history {
	t.Helper()
	h := &history{names: names, catalogue: loadCatalogue(t, historyYAML), kinds: map[string]flow.LinkKind{"flexify": flow.LinkMigration}}
	regions := []uint16{uint16(names.Regions.ID("US-West")), uint16(names.Regions.ID("EU-Central"))}
	flexify := uint16(names.Links.ID("flexify"))
	from, to, july := day(t, "2025-04-20"), day(t, "2025-09-27")+100, day(t, "2025-07-01")
	gap := day(t, "2025-05-20")
	for len(h.flows) < n {
		slot := from + flow.Slot(r.IntN(int(to-from)))
		f := flow.Flow{
			Octets: 1 + r.Uint64N(1<<30), Packets: 1, Start: slot.Start(), Rate: 1000, Region: regions[r.IntN(2)],
			Direction: flow.Direction(r.IntN(2)), Version: 4, AS: 64500 + uint32(r.IntN(9)),
			Remote: flow.AddrFrom4([]byte{198, 51, byte(r.IntN(2)), byte(r.IntN(200))}),
		}
		switch r.IntN(12) {
		case 0:
			f.AS, f.Octets = 64508, 8*f.Octets
		case 1:
			f.AS = 0
		case 2:
			f.Link = flexify
		}
		f.End = f.Start
		if slot >= gap && slot < gap+7*flow.SlotsPerDay || f.AS == 64508 && (slot < july || f.Region == regions[0]) {
			continue
		}
		h.flows = append(h.flows, f)
		h.newest = max(h.newest, slot)
	}
	return h
}

// octets is the twin of all sums: octets of flows that satisfy all conditions.
func (h *history) octets(p flow.Period, is func(*flow.Flow) bool) (sum float64) {
	for i := range h.flows {
		f := &h.flows[i]
		at := flow.SlotOf(f.Start)
		if at >= p.From && at < p.To && is(f) {
			sum += float64(f.Octets * f.Scale())
		}
	}
	return sum
}

// weeks is the twin of weekly.of.
func (h *history) weeks(p flow.Period, in func(flow.NetworkType) bool) []Week {
	p = p.Clip(h.newest)
	var out []Week
	const week = 7 * flow.SlotsPerDay
	for at := p.From; at < p.To; {
		end := at + week
		if end > p.To || p.To-end < 4*flow.SlotsPerDay {
			end = p.To
		}
		w := flow.Period{From: at, To: end}
		whole := h.octets(w, func(*flow.Flow) bool { return true })
		if whole > 0 {
			out = append(out, Week{h.octets(w, func(f *flow.Flow) bool { return in(h.key(f).Type) }), whole})
		}
		at = end
	}
	return out
}

// without is the twin of the change without the largest network; nothing if there is none.
func (h *history) without(before, now flow.Period, in func(flow.NetworkType) bool) Num {
	network := func(f *flow.Flow) string {
		return h.catalogue.Network(f.AS, h.names.Prefixes.Value(f.Prefix), flow.SlotOf(f.Start))
	}
	sums := map[string]float64{}
	for i := range h.flows {
		f := &h.flows[i]
		at, k := flow.SlotOf(f.Start), h.key(f)
		inPeriods := at >= before.From && at < before.To || at >= now.From && at < now.To
		if inPeriods && in(k.Type) && network(f) != catalogue.Unknown {
			sums[network(f)] += float64(f.Octets * f.Scale())
		}
	}
	largest, most := "", 0.0
	for name, x := range sums {
		if x > most {
			largest, most = name, x
		}
	}
	if largest == "" {
		return Num{}
	}
	share := func(p flow.Period) float64 {
		part := h.octets(p, func(f *flow.Flow) bool { return in(h.key(f).Type) && network(f) != largest })
		gone := h.octets(p, func(f *flow.Flow) bool { return in(h.key(f).Type) && network(f) == largest })
		return part / (h.octets(p, func(*flow.Flow) bool { return true }) - gone)
	}
	return num(100 * (share(now) - share(before)))
}

func (c *Change) in(t flow.NetworkType) bool {
	return t == c.Type || c.Group != "" && t.Group() == c.Group
}

func changesOf(t *testing.T, src *Source, before, now string, unsuppressed bool) (*Changes, *Answer) {
	t.Helper()
	q := Question{Unsuppressed: unsuppressed, Study: &StudyOf{}}
	for i, at := range []*flow.Period{&q.Study.Before, &q.Study.Now} {
		p, err := flow.ParsePeriod([]string{before, now}[i])
		if err != nil {
			t.Fatal(err)
		}
		*at = p
		q.Periods = append(q.Periods, p)
	}
	a, err := src.Ask(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return a.Study.Changes, a
}

func nearNum(a, b Num) bool {
	return a.Known == b.Known && math.Abs(a.Value-b.Value) <= 1e-9*max(1, math.Abs(b.Value))
}

// TestChangesAgreeWithTwin goes through all flows for every number.
func TestChangesAgreeWithTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	s := openStore(t)
	h := newHalfYear(t, r, 700, s.Names())
	src := h.source(t, r, s)
	got, answer := changesOf(t, src, "2025Q2", "2025Q3", true)
	rows := 0
	for _, ty := range []flow.NetworkType{flow.Hosting, flow.ISPRegional, flow.Migration, flow.Other} {
		rows++
		if row := got.At(ty); row == nil || row.Type != ty {
			t.Fatalf("no row of %s", ty)
		}
	}
	for _, group := range GroupNames {
		if row := got.AtGroup(group); row != nil {
			rows++
		}
	}
	if rows != len(got.Rows) {
		t.Errorf("%d rows, and %d of them found", len(got.Rows), rows)
	}
	p := [2]flow.Period{answer.Periods[0].Period, answer.Periods[1].Period}
	outside := 0
	for i := range got.Rows {
		c := &got.Rows[i]
		before, now := h.weeks(p[0], c.in), h.weeks(p[1], c.in)
		if c.WeeksBefore != len(before) || c.WeeksNow != len(now) || len(before) != 10 || len(now) != 13 {
			t.Errorf("%s%s: %d and %d weeks, want %d and %d", c.Type, c.Group, c.WeeksBefore, c.WeeksNow, len(before), len(now))
			continue
		}
		want := ShareChange(before, now)
		if c.NoInterval != Given || !nearNum(c.Points, num(want.Change)) || !nearNum(c.Low, num(want.Low)) || !nearNum(c.High, num(want.High)) {
			t.Errorf("%s%s: change %v (%v to %v), want %+v", c.Type, c.Group, c.Points, c.Low, c.High, want)
		}
		if c.Outside() {
			outside++
		}
		if without := h.without(p[0], p[1], c.in); !nearNum(c.Without, without) || c.Without.Known != (c.NoWithout == Given) {
			t.Errorf("%s%s: without the largest network %v (absence %d), want %v", c.Type, c.Group, c.Without, c.NoWithout, without)
		}
		k := Key{AllRegions, c.Type, flow.Both, AllVersions}
		if c.Group == "" && (c.Now != answer.Periods[1].Ratio(k, Total) || c.Points.Value != 100*(c.Now.Value-c.Before.Value)) {
			t.Errorf("%s: share %v is not the sheet's", c.Type, c.Now)
		}
	}
	if outside == 0 || outside == len(got.Rows) {
		t.Errorf("%d of %d intervals have no 0 in them", outside, len(got.Rows))
	}
}

// TestChangesAbsences: short periods have no interval, and a period without traffic has no change.
func TestChangesAbsences(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 24))
	s := openStore(t)
	h := newHalfYear(t, r, 300, s.Names())
	src := h.source(t, r, s)
	f := func(before, now string, noInterval, noWithout Absence) {
		t.Helper()
		got, _ := changesOf(t, src, before, now, true)
		c := got.At(flow.ISPRegional)
		if c == nil {
			t.Fatalf("%s and %s: no row", before, now)
		}
		if c.NoInterval != noInterval || c.NoWithout != noWithout || c.Low.Known || c.High.Known || c.Outside() ||
			c.Points.Known != (noInterval == TooShort) || c.Without.Known != (noWithout == Given) {
			t.Errorf("%s and %s: %+v, want absences %d and %d", before, now, *c, noInterval, noWithout)
		}
	}
	f("2025-07", "2025-08", TooShort, Given)
	f("2025Q1", "2025Q2", NoTraffic, NoTraffic)
	f("2024", "2025", NoTraffic, NoTraffic)
	f("2025-07-01", "2025-07-02", TooShort, Given)
	var none *Changes
	if none.At(flow.CDN) != nil || none.AtGroup("cloud") != nil {
		t.Error("no changes have a row")
	}
}

// TestChangesArePublished: a published change is that of an operator, or hidden; it is hidden where a
// cell that it is made of is, and only there.
func TestChangesArePublished(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 26))
	s := openStore(t)
	h := newHalfYear(t, r, 500, s.Names())
	src := h.source(t, r, s)
	all, _ := changesOf(t, src, "2025Q2", "2025Q3", true)
	got, answer := changesOf(t, src, "2025Q2", "2025Q3", false)
	hidden, shown, withoutHidden := 0, 0, 0
	for i := range got.Rows {
		c, full := &got.Rows[i], &all.Rows[i]
		want := [2]bool{}
		for j, sheet := range answer.Periods {
			for ty := range flow.NumNetworkTypes + 1 {
				cell, ok := sheet.At(Key{AllRegions, ty, flow.Both, AllVersions})
				want[j] = want[j] || ok && cell.Suppressed && (ty == AllTypes || c.in(ty))
			}
		}
		if c.Before.Known == want[0] || c.Now.Known == want[1] || c.Points.Known == (want[0] || want[1]) || (c.NoInterval == Concealed) != (want[0] || want[1]) {
			t.Errorf("%s%s: %+v, and its cells are hidden: %v", c.Type, c.Group, *c, want)
		}
		if c.NoWithout == Concealed {
			withoutHidden++
			if c.Without.Known {
				t.Errorf("%s%s: a hidden number is there", c.Type, c.Group)
			}
		}
		if want[0] || want[1] {
			hidden++
			if c.Low.Known || c.High.Known || c.Without.Known || c.NoWithout != Concealed {
				t.Errorf("%s%s: hidden, and %+v", c.Type, c.Group, *c)
			}
			continue
		}
		shown++
		if c.Points != full.Points || c.Low != full.Low || c.High != full.High || c.Without.Known && math.Abs(c.Without.Value-math.Round(10*full.Without.Value)/10) > 1e-9 {
			t.Errorf("%s%s: %+v, and unsuppressed %+v", c.Type, c.Group, *c, *full)
		}
	}
	if hidden == 0 || shown == 0 || withoutHidden <= hidden {
		t.Errorf("%d rows hidden and %d shown, %d without their change without the largest network: too few to test", hidden, shown, withoutHidden)
	}
}
