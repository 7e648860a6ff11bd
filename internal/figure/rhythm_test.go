package figure

import (
	"math"
	"strings"
	"testing"

	"tributary/internal/flow"
)

// sampleVariability is a period of n bands: bursty one way, flat the other.
func sampleVariability(t flow.NetworkType, name string, bands int) *Variability {
	p, err := flow.ParsePeriod(name)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	v := &Variability{Type: t, Period: p, Step: flow.Slot((p.Slots() + bands - 1) / bands), Unit: BPS}
	for i := range 61 {
		v.BinAt = append(v.BinAt, float64(i-20)/20)
	}
	for w := range v.Ways {
		way := &v.Ways[w]
		way.Name, way.State, way.Words = []string{"Ingress", "Egress"}[w], Known, "90"+nbsp+"% within −101"+nbsp+"% to +1608"+nbsp+"%"
		for i := range bands {
			avg := 2e10 * float64(1+8*w) * wave(i, w)
			way.Bands = append(way.Bands, Band{avg * 0.6, avg, avg * (1.3 + float64(w)*wave(i, 7))})
		}
		for _, at := range v.BinAt {
			x := math.Exp(-at * at * float64(40-36*w))
			if x < 1e-3 {
				x = 0
			}
			way.Shares = append(way.Shares, x/8)
		}
	}
	return v
}

func sampleBurstiness(regions []string) *Burstiness {
	b := &Burstiness{}
	for i, region := range regions {
		for ty := range flow.NumNetworkTypes {
			p95 := 1 + 6*wave(i, int(ty))*wave(i, int(ty))
			b.Rows = append(b.Rows, BurstRow{region, ty, Num(p95), Num(p95 * 2.7), Num(p95 / 4)})
		}
	}
	return b
}

func samplePersistence() *Persistence {
	p := &Persistence{}
	for _, ty := range StackOrder {
		share := 0.5 * wave(int(ty), 3)
		p.Rows = append(p.Rows, PersistenceRow{ty, Num(share), Num(share - 0.03), Num(share + 0.03)})
	}
	p.Rows[1].Low, p.Rows[1].High = p.Rows[1].Share, p.Rows[1].Share
	p.Rows[2] = PersistenceRow{Type: flow.CDN, Share: Hide(), Low: Hide(), High: Hide()}
	p.Rows[3].Share, p.Rows[3].Low, p.Rows[3].High = Value{}, Num(0), Num(1)
	p.Rows = append(p.Rows, PersistenceRow{flow.NumNetworkTypes, Num(1), Num(1), Num(1)})
	return p
}

func sampleInterconnect(regions []string) *Interconnect {
	n := &Interconnect{Unit: BPS}
	for i, region := range regions {
		avg := 4e10 * wave(i, 2)
		n.Rows = append(n.Rows, InterconnectRow{region, Num(float64(3 + i)), Num(avg), Num(avg * 2.2), Num(avg * 4)})
	}
	n.Rows[0] = InterconnectRow{regions[0], Hide(), Hide(), Hide(), Hide()}
	if len(regions) > 1 {
		n.Rows[1] = InterconnectRow{Region: regions[1], Networks: Num(0)}
	}
	return n
}

// rhythmCharts are the samples of the figures of rhythm, candidates and returning addresses.
func rhythmCharts(width int, t *Theme) map[string]Chart {
	hidden := sampleVariability(flow.Other, "2025Q4", 92)
	hidden.Ways[0] = Way{Name: "Ingress", State: Hidden}
	without := sampleVariability(flow.Neocloud, "2025-10-03", 48)
	for i := range without.Ways {
		without.Ways[i].Shares, without.Ways[i].Words = nil, "no baseline: less than two weeks"
	}
	narrowed := sampleVariability(flow.Hosting, "2025-10", 124)
	for w := range narrowed.Ways {
		clear(narrowed.Ways[w].Shares)
		narrowed.Ways[w].Shares[20] = 1
	}
	crowd := make([]string, 12)
	for i := range crowd {
		crowd[i] = "Point of presence " + strings.Repeat("x", i)
	}
	return map[string]Chart{
		"variability":         sampleVariability(flow.CDN, "2025Q4", 92).Chart(width, t),
		"variability-year":    sampleVariability(flow.ISPRegional, "2025", 92).Chart(width, t),
		"variability-month":   narrowed.Chart(width, t),
		"variability-day":     without.Chart(width, t),
		"variability-one":     sampleVariability(flow.ISPTier1, "2025-10-03", 1).Chart(width, t),
		"variability-hidden":  hidden.Chart(width, t),
		"variability-nothing": (&Variability{Period: hidden.Period, Unit: Index}).Chart(width, t),
		"burstiness":          sampleBurstiness(sampleRegions).Chart(width, t),
		"burstiness-crowd":    sampleBurstiness(crowd).Chart(width, t),
		"burstiness-none":     (&Burstiness{}).Chart(width, t),
		"persistence":         samplePersistence().Chart(width, t),
		"interconnect":        sampleInterconnect(sampleRegions).Chart(width, t),
		"interconnect-one":    sampleInterconnect(sampleRegions[:1]).Chart(width, t),
		"interconnect-crowd":  sampleInterconnect(crowd).Chart(width, t),
	}
}

// Each figure of variability weighs at most 100 kB a layout: a report has eight of them.
func TestVariabilityIsLight(t *testing.T) {
	for _, width := range []int{WideWidth, NarrowWidth} {
		d := drawn(t, "v", sampleVariability(flow.CDN, "2025Q4", 125).Chart(width, &Light))
		if n := len(d.Inline("c", "d")); n > 100_000 {
			t.Errorf("at %d px it has %d bytes", width, n)
		}
	}
}

// The line of a series stands at its averages, its band from lowest to highest, on one scale for both
// directions.
func TestVariabilityStandsWhereItSays(t *testing.T) {
	v := sampleVariability(flow.CDN, "2025Q4", 4)
	c := v.Chart(WideWidth, &Light)
	s := linearScale(v.highest(), 4, BPS)
	l := v.layout(WideWidth, s.width(fontSize(WideWidth))+12)
	var lines [][][2]float64
	for _, e := range c.Option["graphic"].(obj)["elements"].(arr) {
		shape := e.(obj)["shape"]
		if e.(obj)["type"] == "polyline" && e.(obj)["style"].(obj)["lineWidth"] == 1.4 {
			lines = append(lines, shape.(obj)["points"].([][2]float64))
		}
	}
	if len(lines) != 2 {
		t.Fatalf("%d lines, want 2", len(lines))
	}
	for w, points := range lines {
		p := l.series[w]
		for i, b := range v.Ways[w].Bands {
			x := p.left + p.width*(float64(i)+0.5)/4
			y := p.bottom() - b.Avg/s.max*p.height
			if math.Abs(points[i][0]-x) > 0.06 || math.Abs(points[i][1]-y) > 0.06 {
				t.Errorf("way %d, point %d stands at %v, want %v, %v", w, i, points[i], x, y)
			}
		}
	}
}

// A last band that the period cuts short has less room, and moves no other from its time.
func TestShortLastBandStandsAtItsTime(t *testing.T) {
	v := sampleVariability(flow.CDN, "2025", 92)
	v.Step = 4 * flow.SlotsPerDay // 365 days: the last has one
	v.Period.From += 31 * flow.SlotsPerDay
	v.Period.To = v.Period.From + (91*4+1)*flow.SlotsPerDay
	c := v.Chart(WideWidth, &Light)
	p := v.layout(WideWidth, linearScale(v.highest(), 4, BPS).width(fontSize(WideWidth))+12).series[0]
	across := func(days float64) float64 { return p.left + p.width*days/365 }
	if got := []float64{v.begins(1, p), v.begins(91, p), v.begins(92, p)}; math.Abs(got[0]-across(4)) > 1e-9 || math.Abs(got[1]-across(364)) > 1e-9 || got[2] != p.right() {
		t.Errorf("bands begin at %v", got)
	}
	last := Tip{}
	for _, tip := range c.Tips {
		head, _, _ := strings.Cut(tip.Text, "\n")
		if !strings.HasPrefix(head, "Ingress from ") {
			continue
		}
		if !strings.HasSuffix(head, " 00:00 UTC") {
			t.Errorf("a band of whole days begins as %q says", head)
		}
		last = tip
	}
	if math.Abs(last.X+last.W-p.right()) > 1e-9 {
		t.Errorf("the last tip ends at %v, the axis at %v", last.X+last.W, p.right())
	}
}
