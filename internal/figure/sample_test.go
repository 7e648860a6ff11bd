package figure

import (
	"fmt"
	"maps"
	"math"

	"tributary/internal/flow"
)

// The samples are shaped like a network of four regions over fourteen months, with one month
// missing, some cells hidden and one type that comes late.

var sampleRegions = []string{"CA-East", "EU-Central", "US-East", "US-West"}

func sampleMonths(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("%d-%02d", 2025+(i+4)/12, (i+4)%12+1))
	}
	return out
}

// wave is a smooth positive number that differs by its arguments.
func wave(a, b int) float64 { return 1 + 0.4*math.Sin(float64(a)*1.7+float64(b)*0.9) }

var weight = [...]float64{
	flow.CDN: 4.1e17, flow.Hosting: 2.6e17, flow.Hyperscaler: 1.9e17, flow.ISPRegional: 5.2e17,
	flow.ISPTier1: 0.7e17, flow.Migration: 0.9e17, flow.Neocloud: 3.4e17, flow.Other: 0.05e17,
}

func sampleVolume(n int) *Volume {
	v := &Volume{Unit: Bits, Months: sampleMonths(n), Total: make([]Value, n)}
	for ty := range v.Types {
		v.Types[ty] = make([]Value, n)
		for m := range n {
			x := weight[ty] * wave(m, ty)
			switch {
			case m == 6 && n > 10:
			case ty == int(flow.Migration) && (m == 2 || m == 3), ty == int(flow.Other) && m == 3:
				v.Types[ty][m] = Hide()
				v.Total[m].X += x
			default:
				v.Types[ty][m] = Num(x)
				v.Total[m].X += x
			}
		}
	}
	for m := range n {
		if m != 6 || n <= 10 {
			v.Total[m].State = Known
		}
	}
	return v
}

func sampleMagnitude(n int, log bool) *Magnitude {
	m := &Magnitude{Unit: Bits, Months: sampleMonths(n), Log: log}
	addresses := [...]float64{4e5, 2e5, 1e5, 6e6, 9e5, 40, 3000, 5e5}
	for ty := range m.Types {
		m.Types[ty] = make([]Value, n)
		for i := range n {
			m.Types[ty][i] = Num(weight[ty] * wave(i, ty) / addresses[ty])
		}
	}
	m.Types[flow.Migration][0] = Value{}
	m.Types[flow.Migration][min(n-1, 3)] = Hide()
	return m
}

func sampleHeat(regions []string, unit Unit) *Heat {
	h := &Heat{Periods: [2]string{"2025Q3", "2025Q4"}, Regions: regions, Types: StackOrder[:], Unit: unit}
	for p := range h.Cells {
		h.Cells[p] = make([][]Value, len(regions))
		for r := range regions {
			for _, ty := range h.Types {
				v := Num(weight[ty] * wave(r, int(ty)+p) * math.Pow(3, float64(r%5)) / 20)
				switch {
				case ty == flow.Migration && r == 1:
					v = Hide()
				case ty == flow.Other && r == 0:
					v = Value{}
				case ty == flow.Other && r == 2:
					v = Num(0)
				}
				h.Cells[p][r] = append(h.Cells[p][r], v)
			}
		}
	}
	return h
}

func sampleFlow(regions []string) *Flow {
	n := len(regions)
	f := &Flow{Unit: Bits, Regions: regions, IngressTotal: make([]Value, n), EgressTotal: make([]Value, n)}
	for ty := range f.Ingress {
		f.Ingress[ty], f.Egress[ty] = make([]Value, n), make([]Value, n)
		for r := range regions {
			in, out := weight[ty]*wave(r, ty)*float64(1+r), weight[ty]*wave(r, ty+3)*float64(1+r)/2
			f.IngressTotal[r] = Num(f.IngressTotal[r].X + in)
			f.EgressTotal[r] = Num(f.EgressTotal[r].X + out)
			f.Ingress[ty][r], f.Egress[ty][r] = Num(in), Num(out)
			if r == 1 && (ty == int(flow.Migration) || ty == int(flow.Neocloud)) {
				f.Ingress[ty][r] = Hide()
			}
		}
	}
	return f
}

func sampleShares() *Shares {
	s := &Shares{Periods: [2]string{"2025Q3", "2025Q4"}}
	now := [...]float64{0.208, 0.132, 0.18, 0.215, 0.021, 0.0568, 0.184, 0.0004}
	before := [...]float64{0.25, 0.129, 0.035, 0.30, 0.03, 0.0578, 0.198, 0.0002}
	for _, ty := range []flow.NetworkType{flow.ISPRegional, flow.CDN, flow.Neocloud, flow.Hyperscaler, flow.Hosting, flow.Migration, flow.ISPTier1, flow.Other} {
		r := ShareRow{Name: TypeName(ty), Type: ty, Before: Num(before[ty]), Now: Num(now[ty])}
		r.Low, r.High, r.Without = Num(r.Change().X-200*now[ty]*before[ty]-1), Num(r.Change().X+200*now[ty]*before[ty]+1), Num(0.7*r.Change().X)
		s.Rows = append(s.Rows, r)
	}
	s.Rows[5].Before, s.Rows[5].Low, s.Rows[5].High, s.Rows[5].Without = Hide(), Hide(), Hide(), Hide()
	s.Rows = append(s.Rows,
		ShareRow{Name: "Cloud", Type: flow.NumNetworkTypes, Before: Num(0.362), Now: Num(0.496), Low: Num(9.1), High: Num(17.7), Without: Hide()},
		ShareRow{Name: "ISP", Type: flow.NumNetworkTypes, Before: Num(0.33)})
	return s
}

// wideShares have an interval that is wider than all shares, one without width, and changes of nothing.
func wideShares() *Shares {
	s := sampleShares()
	for i := range s.Rows {
		r := &s.Rows[i]
		r.Before = r.Now
		r.Low, r.High, r.Without = Num(0), Num(0), Num(0)
	}
	s.Rows[0].Low, s.Rows[0].High, s.Rows[1].Without = Num(-123.4), Num(123.4), Num(-99.9)
	return s
}

// noIntervals are shares of periods that are too short for any.
func noIntervals(s *Shares) *Shares {
	for i := range s.Rows {
		s.Rows[i].Low, s.Rows[i].High, s.Rows[i].Without = Value{}, Value{}, Value{}
	}
	return s
}

// alone are shares without a period before.
func alone(s *Shares) *Shares {
	noIntervals(s)
	for i := range s.Rows {
		s.Rows[i].Before = Value{}
	}
	return s
}

func sampleIPVersions(regions []string, n int) *IPVersions {
	v := &IPVersions{Months: sampleMonths(n), Regions: regions}
	share := func(a, m int) Value { return Num(0.3 * wave(a, 2) * (1 + 0.02*float64(m)) * (0.4 + float64(a%4)*0.2)) }
	for ty := range v.Types {
		for m := range n {
			v.Types[ty] = append(v.Types[ty], share(ty, m))
		}
	}
	v.Types[flow.Migration] = make([]Value, n)
	for r := range regions {
		var line []Value
		for m := range n {
			line = append(line, share(r+3, m))
		}
		v.Region = append(v.Region, line)
	}
	return v
}

// charts are the samples at a width, by name.
func charts(width int, t *Theme) map[string]Chart {
	many := make([]string, 14)
	for i := range many {
		many[i] = fmt.Sprintf("Region-%02d", i+1)
	}
	crowd := make([]string, 40)
	for i := range crowd {
		crowd[i] = fmt.Sprintf("Point of presence %02d", i+1)
	}
	long := []string{"Northern Virginia, the old building", "Wwwwwwwwwwwwwwwwwwwwwwwwwwwwww", "東京および大阪のデータセンター", "X"}
	out := map[string]Chart{
		"heat-long":         sampleHeat(long, Bits).Chart(width, t),
		"heat-crowd":        sampleHeat(crowd, Count).Chart(width, t),
		"flow-long":         sampleFlow(long).Chart(width, t),
		"flow-crowd":        sampleFlow(crowd).Chart(width, t),
		"ip-versions-long":  sampleIPVersions(long, 14).Chart(width, t),
		"volume":            sampleVolume(14).Chart(width, t),
		"volume-short":      sampleVolume(2).Chart(width, t),
		"volume-one":        sampleVolume(1).Chart(width, t),
		"heat-volume":       sampleHeat(sampleRegions, Bits).Chart(width, t),
		"heat-many":         sampleHeat(many, Bits).Chart(width, t),
		"heat-one":          sampleHeat(sampleRegions[:1], Count).Chart(width, t),
		"flow":              sampleFlow(sampleRegions).Chart(width, t),
		"flow-many":         sampleFlow(many).Chart(width, t),
		"magnitude-log":     sampleMagnitude(14, true).Chart(width, t),
		"magnitude-linear":  sampleMagnitude(14, false).Chart(width, t),
		"magnitude-one":     sampleMagnitude(1, true).Chart(width, t),
		"shares":            sampleShares().Chart(width, t),
		"shares-wide":       wideShares().Chart(width, t),
		"shares-month":      noIntervals(sampleShares()).Chart(width, t),
		"shares-alone":      alone(sampleShares()).Chart(width, t),
		"ip-versions":       sampleIPVersions(sampleRegions, 14).Chart(width, t),
		"ip-versions-many":  sampleIPVersions(many, 5).Chart(width, t),
		"ip-versions-empty": (&IPVersions{Months: sampleMonths(2)}).Chart(width, t),
		"flow-empty":        (&Flow{}).Chart(width, t),
		"matrix-places":     sampleMatrix(20, 8, false).Chart(width, t),
		"matrix-season":     sampleMatrix(4, 14, true).Chart(width, t),
		"matrix-one":        sampleMatrix(1, 1, true).Chart(width, t),
	}
	maps.Copy(out, networkCharts(width, t))
	maps.Copy(out, rhythmCharts(width, t))
	return out
}
