package console

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"tributary/internal/flow"
)

// linksOf judges interfaces of one exporter that samples 1 in rate.
func linksOf(rate uint32, rows ...InterfaceRow) Links {
	live, names := emptyLive()
	live.Add(noon, []flow.Health{{Exporter: addr("192.0.2.1"), Region: uint16(names.Regions.ID("West")), Rates: []uint32{1, rate}}})
	for i := range rows {
		rows[i].Exporter = addr("192.0.2.1")
	}
	live.SetInterfaces(rows)
	return live.Status(noon).Links
}

func TestInterfacesAreJudged(t *testing.T) {
	f := func(what string, r InterfaceRow, hint string) {
		t.Helper()
		got := linksOf(1000, r).Rows[0]
		if got.Off != (hint != "") || !strings.HasPrefix(got.Hint, hint) || got.Region != "West" || got.Rate != 1000 {
			t.Errorf("%s: off %v, %q in %s at 1:%d; want %q", what, got.Off, got.Hint, got.Region, got.Rate, hint)
		}
	}
	f("fits", InterfaceRow{CountedIn: 1e12, SampledIn: 1.05e12, CountedOut: 1e12, SampledOut: 0.95e12}, "")
	f("half of it in", InterfaceRow{CountedIn: 1e12, SampledIn: 5e11, CountedOut: 1e12, SampledOut: 1e12}, "On the way in too little is sampled")
	f("twice out", InterfaceRow{CountedIn: 1e12, SampledIn: 1e12, CountedOut: 1e12, SampledOut: 2e12}, "On the way out too much is sampled")
	f("nothing sampled", InterfaceRow{CountedIn: 1e12, CountedOut: 1e12}, "Both ways nothing is sampled")
	f("each its own", InterfaceRow{CountedIn: 1e12, CountedOut: 1e12, SampledOut: 3e11}, "On the way in nothing is sampled of what is counted: sampling is not switched on for this interface, or only for the other direction. On the way out too little")
	f("few frames", InterfaceRow{CountedIn: 10e6, SampledIn: 2e6}, "") // some seven samples should have come
	f("idle", InterfaceRow{CountedIn: 99_999, SampledIn: 0}, "")

	if r := linksOf(1000, InterfaceRow{CountedIn: 99_999, SampledIn: 5, CountedOut: 2e5, SampledOut: 1e5}).Rows[0]; r.RatioIn != nil || r.RatioOut == nil || *r.RatioOut != 0.5 {
		t.Errorf("ratios %v and %v, want none in and 0.5 out", r.RatioIn, r.RatioOut)
	}
}

// TestHonestSamplingIsNotOff samples frames of random sizes as a switch does, many times: at most one
// time in twenty may the verdict be that it does not fit, and the margin of 0.1 makes it fewer.
func TestHonestSamplingIsNotOff(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const rate, rounds = 100, 400
	off, beyond := 0, 0
	for range rounds {
		var row InterfaceRow
		for range 20_000 {
			size := uint64(64 + 1454*(r.IntN(3)/2)) // two thirds small, one third large
			row.CountedIn += size
			if r.IntN(rate) == 0 {
				row.SampledIn += size * rate
			}
		}
		if math.Abs(float64(row.SampledIn)/float64(row.CountedIn)-1) > farRatio {
			beyond++
		}
		off += linksOf(rate, row).Off
	}
	if beyond < rounds/10 || off > rounds/20 {
		t.Errorf("%d of %d honest interfaces are called off, and %d are farther off than 0.1: want few of the former, and enough of the latter that the noise matters", off, rounds, beyond)
	}
}

// TestInterfacesAreBounded: of very many, those that do not fit are shown first, then the busiest.
func TestInterfacesAreBounded(t *testing.T) {
	rows := make([]InterfaceRow, 1000)
	for i := range rows {
		rows[i] = InterfaceRow{Index: uint32(i), CountedIn: 1e11 + uint64(i)*1e8, SampledIn: 1e11 + uint64(i)*1e8}
	}
	rows[17].SampledIn = 0
	rows[3].SampledIn *= 4
	links := linksOf(1000, rows...)
	got := fmt.Sprint(links.Interfaces, links.Off, len(links.Rows), links.Rows[0].Index, links.Rows[1].Index, links.Rows[2].Index, links.Rows[199].Index)
	if want := "1000 2 200 3 17 999 802"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
