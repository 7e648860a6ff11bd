package report

import (
	"math"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/stats"
)

// usualPolicy is what a configuration has that sets nothing.
var usualPolicy = stats.PublishPolicy{MinAddresses: 10, MinNetworks: 3, MaxDominance: 0.9}

// world is an invented network for tests: bits and addresses of a base cell in a month, from which
// every total is summed as the store would (addresses are disjoint here, so they add up too).
type world struct {
	regions []string
	types   []flow.NetworkType
	from    string // first month
	months  int
	hide    func(month string, k stats.Key) bool // nil hides nothing
	drop    map[string]bool                      // months without traffic
}

func defaultWorld() world {
	return world{
		regions: []string{"CA-East", "EU-Central", "US-East", "US-West"},
		types: []flow.NetworkType{
			flow.CDN, flow.Hosting, flow.Hyperscaler, flow.ISPRegional, flow.ISPTier1, flow.Migration, flow.Neocloud, flow.Other,
		},
		from: "2025-05", months: 8,
		hide: func(_ string, k stats.Key) bool {
			return k.Type == flow.Migration && (k.Region == "EU-Central" || k.Region == "CA-East")
		},
	}
}

// bits and addresses of a base cell in the m-th month.
func (w *world) base(m, region int, t flow.NetworkType, d flow.Direction, version uint8) (bits, addresses float64) {
	weight := [...]float64{4.1e17, 2.6e17, 1.9e17, 5.2e17, 0.7e17, 0.9e17, 3.4e17, 0.05e17}
	parties := [...]float64{4e5, 2e5, 1e5, 6e6, 9e5, 40, 3000, 5e5}
	wave := 1 + 0.35*math.Sin(float64(m)*0.9+float64(t)*1.7+float64(region))
	b := weight[t] * wave * math.Pow(2.2, float64(region)) / 20
	if d == flow.Egress {
		b *= 0.7
	}
	if version == 6 {
		b *= 0.12 + 0.03*float64(t%4) + 0.01*float64(m)
	}
	return math.Floor(b), math.Ceil(parties[t] * (1 + 0.1*float64(region)) / float64(version))
}

func (w *world) sheet(t testing.TB, p flow.Period, months []int) *stats.Sheet {
	t.Helper()
	type total struct{ bits, unique float64 }
	sums := map[stats.Key]*total{}
	for _, m := range months {
		for r, region := range w.regions {
			for _, ty := range w.types {
				for _, d := range []flow.Direction{flow.Ingress, flow.Egress} {
					for _, v := range []uint8{4, 6} {
						bits, unique := w.base(m, r, ty, d, v)
						for _, kr := range []string{region, stats.AllRegions} {
							for _, kt := range []flow.NetworkType{ty, stats.AllTypes} {
								for _, kd := range []flow.Direction{d, flow.Both} {
									for _, kv := range []uint8{v, stats.AllVersions} {
										k := stats.Key{Region: kr, Type: kt, Direction: kd, Version: kv}
										if sums[k] == nil {
											sums[k] = &total{}
										}
										sums[k].bits += bits
										sums[k].unique += unique
									}
								}
							}
						}
					}
				}
			}
		}
	}
	var cells []stats.Cell
	for k, s := range sums {
		c := stats.Cell{Key: k, Coverage: 0.998}
		whole := k
		whole.Type = stats.AllTypes
		c.Bits, c.Unique, c.Magnitude = known(s.bits), known(s.unique), known(s.bits/s.unique)
		c.UniqueLow, c.UniqueHigh = known(s.unique*0.968), known(s.unique*1.032)
		c.BpsAvg, c.BpsP95, c.BpsMax = known(s.bits/float64(p.Seconds())), known(1.6*s.bits/float64(p.Seconds())), known(2.4*s.bits/float64(p.Seconds()))
		c.BitsError, c.Share, c.Networks, c.Flows = known(0.0021), known(s.bits/sums[whole].bits), known(40), known(1e6)
		if w.hide != nil && w.hide(p.Name, k) {
			c.Measures, c.Suppressed = stats.Measures{}, true
		}
		cells = append(cells, c)
	}
	s := stats.SheetOf(p, cells)
	s.IPv6Prefix = 64
	return s
}

func (w *world) input(t testing.TB, asked string) *Input {
	t.Helper()
	period := func(s string) flow.Period {
		p, err := flow.ParsePeriod(s)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	all := []flow.Period{period(w.from)}
	for len(all) < w.months {
		all = append(all, flow.MonthOf(all[len(all)-1].To))
	}
	within := func(p flow.Period) (out []int) {
		for i, m := range all {
			if !w.drop[m.Name] && m.From >= p.From && m.To <= p.To {
				out = append(out, i)
			}
		}
		return out
	}
	p := period(asked)
	in := &Input{
		Asked: p, Extent: stats.Extent{From: all[0].From, To: all[len(all)-1].To},
		Now: w.sheet(t, p, within(p)), Before: w.sheet(t, p.Before(), within(p.Before())),
		Policy: usualPolicy, Simulated: true, Dataset: &stats.Dataset{},
		RegionName: func(r uint16) string { return w.regions[r] },
	}
	for i, m := range all {
		if w.drop[m.Name] || m.To > p.To {
			continue
		}
		s := w.sheet(t, m, []int{i})
		in.Months = append(in.Months, s)
		if m.From >= p.From {
			for _, c := range s.Cells {
				in.Dataset.Rows = append(in.Dataset.Rows, stats.Row{Month: m.Name, Cell: c})
			}
		}
	}
	for r := range w.regions {
		for e := range 3 {
			h := flow.Health{Slot: p.From, Region: uint16(r), Exporter: flow.Addr{Lo: uint64(10*r + e)}, Datagrams: 5_000_000, Records: 125_000_000, Rates: []uint32{1000, 4096}}
			h.Flows[flow.Counted], h.Flows[flow.Transit] = 123_000_000, 400_000
			h.Refused[flow.RefusedEmpty], h.Refused[flow.RefusedTruncated] = 56_789, 3
			switch r {
			case 1: // one of three lost a hundredth of what it sent
				h.RateUnknown, h.Rates = 1234, []uint32{0, 1000}
				if e == 2 {
					h.LostDatagrams, h.Overrun, h.Late = 50_505, 505, 12
				}
			case 3: // one lost nearly nothing
				if e == 0 {
					h.LostRecords, h.Restarts = 7, 1
					h.Limits[flow.LimitTemplates] = 3
				}
			}
			in.Health = append(in.Health, h)
		}
	}
	return in
}
