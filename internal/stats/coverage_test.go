package stats

import (
	"math/rand/v2"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// slowCoverage is the definition, slot by slot.
func slowCoverage(p flow.Period, region uint16, all []store.Heard) float64 {
	ofMonth, ofSlot := map[flow.Slot]map[flow.Addr]bool{}, map[flow.Slot]map[flow.Addr]bool{}
	for _, h := range all {
		if h.Region != region {
			continue
		}
		if ofSlot[h.Slot] == nil {
			ofSlot[h.Slot] = map[flow.Addr]bool{}
		}
		ofSlot[h.Slot][h.Exporter] = true
		if m := h.Slot.Month(); ofMonth[m] == nil {
			ofMonth[m] = map[flow.Addr]bool{}
		}
		ofMonth[h.Slot.Month()][h.Exporter] = true
	}
	full := 0
	for s := p.From; s < p.To; s++ {
		if n := len(ofMonth[s.Month()]); n > 0 && len(ofSlot[s]) == n {
			full++
		}
	}
	return float64(full) / float64(p.Slots())
}

func TestCoverageAgreesWithTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	f := testFrame()
	nov, err := flow.ParsePeriod("2025-11-30")
	if err != nil {
		t.Fatal(err)
	}
	end := nov.To // the month's turn
	var all []store.Heard
	for s := end - 40; s < end+40; s++ {
		for e := range 3 {
			// Exporter 2 of region 1 comes with December; region 2 is never heard in it.
			region := f.ids[e%2]
			if r.IntN(5) == 0 || e == 2 && s < end || region == f.ids[1] && s >= end {
				continue
			}
			h := store.Heard{Slot: s, Region: region, Exporter: flow.Addr{Lo: uint64(e)}}
			all = append(all, h)
		}
	}
	split := func(from, to flow.Slot) (out []store.Heard) {
		for _, h := range all {
			if from <= h.Slot && h.Slot < to {
				out = append(out, h)
			}
		}
		return out
	}
	months := []listening{listen(flow.MonthOf(end-1), split(0, end)), listen(flow.MonthOf(end), split(end, end+40))}
	traffic := make([]sum, f.cells())
	for _, p := range []flow.Period{
		{Name: "across", From: end - 30, To: end + 30},
		{Name: "before", From: end - 40, To: end},
		{Name: "after", From: end, To: end + 40},
	} {
		got := f.coverage(p, months, traffic)
		least := 1.0
		for i, id := range f.ids {
			want := slowCoverage(p, id, all)
			least = min(least, want)
			if got[i] != want {
				t.Errorf("%s: coverage of %s = %v, want %v", p.Name, f.regions[i], got[i], want)
			}
		}
		if got[len(f.ids)] != least {
			t.Errorf("%s: coverage of all = %v, want %v", p.Name, got[len(f.ids)], least)
		}
	}

	// A region that is heard in no month of the question does not count, unless it has traffic.
	after := []listening{listen(flow.MonthOf(end), split(end, end+40))}
	p := flow.Period{From: end, To: end + 40}
	if got := f.coverage(p, after, traffic); got[2] != got[0] || got[0] == 0 {
		t.Errorf("coverage of all = %v, want that of the one region heard, %v", got[2], got[0])
	}
	traffic[cellOf(1, AllTypes, flow.Both, frameVersions-1)].octets = rollup.U128(1)
	if got := f.coverage(p, after, traffic); got[2] != 0 {
		t.Errorf("coverage of all = %v, want 0: a region has traffic, and nobody was heard in it", got[2])
	}
}
