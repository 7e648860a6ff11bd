package report

import (
	"slices"
	"strings"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/stats"
)

// small is two quarters of one region with whole numbers that one can add up in the head: bits of
// CDN and hosting, ingress and egress, all IPv4 but for the hosting's egress.
func small(t *testing.T, cdn, hosting [2]float64) *Input {
	t.Helper()
	period := func(name string) flow.Period {
		p, err := flow.ParsePeriod(name)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	sheet := func(p flow.Period, cdn, hosting float64) *stats.Sheet {
		var cells []stats.Cell
		add := func(ty flow.NetworkType, d flow.Direction, version uint8, bits, unique float64) {
			if bits == 0 {
				return
			}
			for _, region := range []string{"North", stats.AllRegions} {
				c := stats.Cell{Key: stats.Key{Region: region, Type: ty, Direction: d, Version: version}, Coverage: 1}
				c.Bits, c.Unique, c.Magnitude = known(bits), known(unique), known(bits/unique)
				cells = append(cells, c)
			}
		}
		for _, v := range []uint8{4, stats.AllVersions} {
			add(flow.CDN, flow.Ingress, v, cdn, 100)
			add(flow.CDN, flow.Both, v, cdn, 100)
			add(stats.AllTypes, flow.Ingress, v, cdn, 100)
		}
		for _, v := range []uint8{6, stats.AllVersions} {
			add(flow.Hosting, flow.Egress, v, hosting, 10)
			add(flow.Hosting, flow.Both, v, hosting, 10)
			add(stats.AllTypes, flow.Egress, v, hosting, 10)
		}
		add(stats.AllTypes, flow.Both, 4, cdn, 100)
		add(stats.AllTypes, flow.Both, 6, hosting, 10)
		add(stats.AllTypes, flow.Both, stats.AllVersions, cdn+hosting, 110)
		return stats.SheetOf(p, cells)
	}
	now := period("2025Q4")
	in := &Input{
		Asked: now, Extent: stats.Extent{From: period("2025-07").From, To: now.To},
		Now: sheet(now, cdn[1], hosting[1]), Before: sheet(now.Before(), cdn[0], hosting[0]),
		RegionName: func(uint16) string { return "North" },
	}
	for i, m := range slices.Concat(now.Before().Months(), now.Months()) {
		in.Months = append(in.Months, sheet(m, cdn[i/3]/3, hosting[i/3]/3))
	}
	return in
}

func TestFindings(t *testing.T) {
	f := func(name string, cdn, hosting [2]float64, want ...string) {
		t.Helper()
		r, err := New(small(t, cdn, hosting))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		var got []string
		for _, finding := range r.Findings {
			got = append(got, strings.ReplaceAll(finding.Text, "\u00a0", " "))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: findings\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	f("growth", [2]float64{6e15, 6e15}, [2]float64{2e15, 6e15},
		"In Q4 2025 the network exchanged 12 Pb with 110 distinct addresses; the average rate was 50.0 % higher than in Q3 2025.",
		"CDN and Hosting are the largest types with 50.0 % of all bits each.",
		"Hosting gained most since Q3 2025: from 25.0 % to 50.0 % of all bits (+25.0 points).",
		"CDN lost most since Q3 2025: from 75.0 % to 50.0 % of all bits (−25.0 points).",
		"The clouds together (hosting, hyperscaler and neocloud) carry 50.0 % of all bits, after 25.0 % in Q3 2025.",
		"Hosting moves the most per address: 600 Tb, 5.5 times the 109 Tb of all types together.",
		"Of the types with at least 5 % of the bits, CDN is the steadiest: over the 6 months to December 2025 the coefficient of variation of its monthly volume is 0.0 %, that of Hosting 54.8 %.",
		"CDN is many and light: 100 addresses move 50.0 % of all bits, 60 Tb each.",
		"IPv6 carries 50.0 % of all bits, after 25.0 % in Q3 2025.",
		"50.0 % of the bits came in, 50.0 % went out.",
	)
	f("no change", [2]float64{3e15, 3e15}, [2]float64{1e15, 1e15},
		"In Q4 2025 the network exchanged 4 Pb with 110 distinct addresses; the average rate was no different than in Q3 2025.",
		"CDN is the largest type with 75.0 % of all bits, ahead of Hosting with 25.0 %.",
		"The clouds together (hosting, hyperscaler and neocloud) carry 25.0 % of all bits, after 25.0 % in Q3 2025.",
		"Hosting moves the most per address: 100 Tb, 2.7 times the 36.4 Tb of all types together.",
		"75.0 % of the bits came in, 25.0 % went out.",
		"IPv6 carries 25.0 % of all bits, after 25.0 % in Q3 2025.",
	)
	f("one type", [2]float64{0, 3e15}, [2]float64{0, 0},
		"In Q4 2025 the network exchanged 3 Pb with 110 distinct addresses.",
		"The store has no traffic of Q3 2025, so nothing is compared with it.",
		"CDN is the largest type with 100.0 % of all bits.",
		"All of the traffic came in; nothing went out.",
		"There is no IPv6 traffic.",
	)
}
