package figure

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tributary/internal/flow"
)

// rowTypes are the types of a figure's rows, all types last.
func rowTypes() []flow.NetworkType { return append(StackOrder[:], flow.NumNetworkTypes) }

// sampleConcentration is shaped like types of 3 to 3,000 networks: one hidden, one too small for most of
// its numbers, one without traffic in the first months.
func sampleConcentration(months int) *Concentration {
	f := &Concentration{Months: sampleMonths(months), Period: "Q2 2026"}
	for i, ty := range rowTypes() {
		r := ConcentrationRow{Type: ty}
		for m := range months {
			r.Effective = append(r.Effective, Num(1+math.Pow(2.2, float64(i))*wave(m, i)))
		}
		steps := 3 + 6*i
		for k := range steps + 1 {
			r.Lorenz = append(r.Lorenz, math.Pow(float64(k)/float64(steps), 1.5+float64(i)/2))
		}
		top := 0.5 / float64(1+i)
		r.Top = [4]Value{Num(top), Num(min(1, 2.5*top)), Num(min(1, 3.5*top)), Num(min(1, 6*top))}
		switch ty {
		case flow.Migration:
			r = ConcentrationRow{Type: ty, Effective: slices.Repeat([]Value{Hide()}, months), Hidden: true}
		case flow.Other:
			r.Lorenz, r.Top = nil, [4]Value{Hide(), Num(1), Num(1), Num(1)}
		case flow.CDN:
			r.Top[2] = Hide()
			r.Effective[0] = Value{}
		}
		f.Rows = append(f.Rows, r)
	}
	return f
}

func sampleClouds(regions []string, n int) *Clouds {
	f := &Clouds{Months: sampleMonths(n), Regions: regions, Unit: Bits}
	for m := range n {
		total, all := Num(0), 0.0
		for i, ty := range CloudTypes {
			v, share := Num(weight[ty]*wave(m, i)), Num(0.2*wave(m, i+2))
			if m == 5 && i == 1 {
				v, share, total = Hide(), Hide(), Hide()
			}
			f.Volume[i], f.Share[i] = append(f.Volume[i], v), append(f.Share[i], share)
			f.Networks[i] = append(f.Networks[i], Num(math.Floor(30*wave(m, i+5))))
			total.X += v.X
			all += share.X
		}
		if !total.OK() {
			total.X = 0
		}
		group := Num(all)
		if !total.OK() {
			group = Hide()
		}
		f.Total, f.All = append(f.Total, total), append(f.All, group)
	}
	for r := range regions {
		var line []Value
		for m := range n {
			line = append(line, Num(3e17*wave(m, r)/float64(1+r)))
		}
		f.Region = append(f.Region, line)
	}
	return f
}

func sampleNetworkMagnitude(months, networks int) *NetworkMagnitude {
	f := &NetworkMagnitude{Months: sampleMonths(months), Unit: Bits}
	r := rand.New(rand.NewPCG(5, 6))
	for i, ty := range []flow.NetworkType{flow.Neocloud, flow.Hyperscaler} {
		p := MagnitudePanel{Type: ty}
		for m := range months {
			var points []float64
			for range networks / (1 + 2*i) {
				points = append(points, 1e14*math.Exp(1.5*r.NormFloat64())/float64(1+9*i))
			}
			slices.Sort(points)
			median := Value{}
			switch {
			case m == 3:
				points, median = nil, Hide()
			case len(points) > 0:
				median = Num(points[len(points)/2])
			}
			p.Points, p.Median = append(p.Points, points), append(p.Median, median)
		}
		f.Panels = append(f.Panels, p)
	}
	return f
}

func sampleNetworks() *Networks {
	f := &Networks{}
	for i, ty := range rowTypes() {
		n := 4 + i*i*i*20
		group := func(part float64, share Value) GroupOfNetworks {
			return GroupOfNetworks{Count: Num(math.Floor(part * float64(n))), Of: n, Share: share}
		}
		r := NetworksRow{Type: ty, New: group(0.3, Num(0.0123)), Gone: group(0.2, Num(0.4)), Halved: group(0.1, Value{}), Doubled: group(0.9, Value{})}
		switch ty {
		case flow.Migration:
			hidden := GroupOfNetworks{Count: Hide(), Share: Hide()}
			r = NetworksRow{Type: ty, New: hidden, Gone: hidden, Halved: GroupOfNetworks{Count: Hide()}, Doubled: GroupOfNetworks{Count: Hide()}}
		case flow.CDN:
			r.New.Share, r.Gone = Hide(), GroupOfNetworks{}
		case flow.Hosting:
			r.New.Count = Num(0)
		}
		f.Rows = append(f.Rows, r)
	}
	return f
}

// networkCharts are the samples of this file at a width, by name.
func networkCharts(width int, t *Theme) map[string]Chart {
	return map[string]Chart{
		"concentration":           sampleConcentration(14).Chart(width, t),
		"concentration-one":       sampleConcentration(1).Chart(width, t),
		"concentration-empty":     (&Concentration{Months: sampleMonths(2), Period: "May 2025", Rows: []ConcentrationRow{{Type: flow.CDN, Hidden: true, Effective: []Value{Hide(), Hide()}}}}).Chart(width, t),
		"clouds":                  sampleClouds(sampleRegions, 14).Chart(width, t),
		"clouds-one":              sampleClouds(sampleRegions[:1], 1).Chart(width, t),
		"network-magnitude":       sampleNetworkMagnitude(14, 25).Chart(width, t),
		"network-magnitude-crowd": sampleNetworkMagnitude(14, 2000).Chart(width, t),
		"network-magnitude-one":   sampleNetworkMagnitude(1, 1).Chart(width, t),
		"networks":                sampleNetworks().Chart(width, t),
		"networks-empty":          (&Networks{Rows: []NetworksRow{{Type: flow.CDN}}}).Chart(width, t),
	}
}

// TestNetworkFiguresAreSmall: however many networks there are, a picture has at most 100 kB.
func TestNetworkFiguresAreSmall(t *testing.T) {
	for _, width := range []int{WideWidth, NarrowWidth} {
		for name := range networkCharts(width, &Light) {
			if n := len(samples(t, width)[name].Inline("wide", "x")); n > 100_000 {
				t.Errorf("%s at %d px has %d bytes", name, width, n)
			}
		}
	}
}

// TestSwarm: every network has its own dot, none outside its month; of very many each n-th has, and the
// least and the most of every month.
func TestSwarm(t *testing.T) {
	s, p := logScale(1e12, 1e16, Bits), plot{left: 0, top: 0, width: 420, height: 340}
	for _, networks := range []int{20, 5000} {
		m := sampleNetworkMagnitude(14, networks).Panels[0]
		got := make([][]float64, len(m.Points))
		dots := m.swarm(s, p, 6)
		for _, d := range dots {
			got[d.month] = append(got[d.month], d.x)
			if math.Abs(d.shift) > 420./14/2 {
				t.Errorf("a dot %v px beside its month", d.shift)
			}
		}
		for month, points := range m.Points {
			if networks == 20 && !slices.Equal(got[month], points) {
				t.Errorf("month %d has dots at %v, and networks at %v", month, got[month], points)
			}
			if n := len(points); n > 0 && (got[month][0] != points[0] || got[month][len(got[month])-1] != points[n-1]) {
				t.Errorf("month %d lacks its least or most", month)
			}
		}
		if most := maxDots + 2*len(m.Points); len(dots) > most || m.Every() != map[int]int{20: 1, 5000: 204}[networks] {
			t.Errorf("%d networks: %d dots, each %d-th", networks, len(dots), m.Every())
		}
	}
}

// TestSegments: a share that is hidden leaves a piece of several ranks, and no number.
func TestSegments(t *testing.T) {
	f := func(top [4]Value, want ...segment) {
		t.Helper()
		if got := (&ConcentrationRow{Top: top}).segments(); !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", top, got, want)
		}
	}
	f([4]Value{Num(0.2), Num(0.5), Num(0.6), Num(0.9)}, segment{0.2, 0}, segment{0.5, 1}, segment{0.6, 2}, segment{0.9, 3}, segment{1, topRest})
	f([4]Value{Num(0.2), Hide(), Num(0.6), Hide()}, segment{0.2, 0}, segment{0.6, topMixed}, segment{1, topMixed})
	f([4]Value{Hide(), Num(1), Num(1), Num(1)}, segment{1, topMixed}, segment{1, 2}, segment{1, 3}, segment{1, topRest})
	f([4]Value{Hide(), Hide(), Hide(), Hide()})
	f([4]Value{})
}

// TestNetworksHideNumbers: no number of a hidden group is in the picture.
func TestNetworksHideNumbers(t *testing.T) {
	f := Networks{Rows: []NetworksRow{{Type: flow.CDN, New: GroupOfNetworks{Count: Num(2), Of: 41, Share: Hide()}, Gone: GroupOfNetworks{Count: Hide(), Of: 0, Share: Hide()}}}}
	svg := drawn(t, "networks", f.Chart(WideWidth, &Light)).Inline("wide", "x")
	if !strings.Contains(svg, "2"+nbsp+"of"+nbsp+"41 · hidden") || strings.Count(svg, ">hidden<") != 1 || strings.Contains(svg, "%") {
		t.Errorf("%s", svg)
	}
}
