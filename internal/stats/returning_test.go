package stats

import (
	"context"
	"math/rand/v2"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// addresses are the remote addresses of a cell, by going through all flows.
func (h *history) addresses(k Key, p flow.Period) map[flow.Addr]bool {
	out := map[flow.Addr]bool{}
	for i := range h.flows {
		f := &h.flows[i]
		if at := flow.SlotOf(f.Start); at >= p.From && at < p.To && contains(k, h.key(f)) {
			out[f.Remote] = true
		}
	}
	return out
}

// Sets of up to 4,096 addresses are compared exactly.
func TestReturningAgreesWithTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(51, 1))
	s := openStore(t)
	h := newHistory(t, r, 3000, s.Names())
	src := h.source(t, r, s)
	for _, name := range []string{"2025-11", "2025-12", "2025-11-20"} {
		p := period(t, name)
		for _, unsuppressed := range []bool{true, false} {
			a, err := src.Ask(context.Background(), Question{
				Periods: []flow.Period{p, p.Before()}, Unsuppressed: unsuppressed, Study: &StudyOf{Now: p, Before: p.Before()},
			})
			if err != nil {
				t.Fatal(err)
			}
			got := a.Study.Returning
			seen := map[Key]bool{}
			for _, row := range got.Rows {
				seen[row.Key] = true
				now, before := h.addresses(row.Key, p), h.addresses(row.Key, p.Before())
				both := 0
				for address := range now {
					if before[address] {
						both++
					}
				}
				hidden := false
				for _, sh := range a.Periods {
					c, ok := sh.At(row.Key)
					hidden = hidden || ok && c.Suppressed
				}
				if row.Hidden != hidden {
					t.Errorf("%s %v is hidden: %v, want %v", name, row.Key, row.Hidden, hidden)
				}
				want := Persistence{Key: row.Key, Hidden: hidden}
				if !hidden || unsuppressed {
					share := num(float64(both) / float64(len(now)))
					want.Share, want.Low, want.High, want.Addresses = share, share, share, num(float64(len(now)))
				}
				if row != want {
					t.Errorf("%s: %+v, want %+v", name, row, want)
				}
			}
			for _, k := range h.everyKey() {
				if want := k.Direction == flow.Both && k.Version == AllVersions && len(h.addresses(k, p)) > 0; want != seen[k] {
					t.Errorf("%s %v has a row: %v", name, k, seen[k])
				}
			}
		}
	}
}

// There is nothing to compare without a period before, and nothing can be told where addresses are
// counted differently.
func TestReturningOfWhatCannotBeCompared(t *testing.T) {
	r := rand.New(rand.NewPCG(52, 1))
	s := openStore(t)
	h := newHistory(t, r, 2000, s.Names())
	src := h.source(t, r, s)
	if got := askStudy(t, src, period(t, "2025Q4"), true).Returning; got != nil {
		t.Errorf("the first quarter has %d rows", len(got.Rows))
	}
	tally := rollup.New(rollup.Config{Key: s.Key(), IPv6Prefix: 64})
	at := day(t, "2026-01-05")
	for i := range 30 {
		tally.Add([]flow.Flow{{
			Octets: 1000, Packets: 1, Start: at.Start(), End: at.Start(), Rate: 1, Region: h.flows[0].Region, Version: 6, AS: 64503,
			Remote: flow.Addr{Hi: 0x2001_0db8 << 32, Lo: uint64(i)},
		}})
	}
	if err := s.Commit(context.Background(), tally.Take()); err != nil {
		t.Fatal(err)
	}
	p := period(t, "2026-01")
	a, err := src.Ask(context.Background(), Question{Periods: []flow.Period{p, p.Before()}, Study: &StudyOf{Now: p, Before: p.Before()}, Unsuppressed: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Study.Returning; got == nil || !got.Mixed || got.Rows != nil {
		t.Errorf("/128 beside /64: %+v", got)
	}
}
