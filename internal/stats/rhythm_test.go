package stats

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// tenMinutes is n weeks of ten-minute rates.
func tenMinutes(n int, at func(step int) float64) []float64 {
	out := make([]float64, n*7*24*6)
	for i := range out {
		out[i] = at(i)
	}
	return out
}

func measured(rates []float64) Variability {
	var v Variability
	v.measure(rates)
	return v
}

func close9(a Num, b float64) bool { return a.Known && math.Abs(a.Value-b) < 1e-9 }

// Series whose measures are known in closed form.
func TestVariabilityOfKnownSeries(t *testing.T) {
	f := func(name string, rates []float64, average, cv, p95, largest float64) {
		t.Helper()
		v := measured(rates)
		if !close9(v.Average, average) || !close9(v.CV, cv) || !close9(v.P95Ratio, p95) || !close9(v.MaxRatio, largest) {
			t.Errorf("%s: average %v, CV %v, p95 %v, max %v; want %v, %v, %v, %v", name, v.Average, v.CV, v.P95Ratio, v.MaxRatio, average, cv, p95, largest)
		}
	}
	f("constant", tenMinutes(2, func(int) float64 { return 7e9 }), 7e9, 0, 1, 1)
	f("alternating", tenMinutes(2, func(i int) float64 { return float64(i%2) * 2 }), 1, 1, 2, 2)
	// A pulse of height k every k steps: average 1, variance (k−1), largest k. With k = 100 it is in
	// fewer than a twentieth of the steps.
	f("pulses", slices.Repeat(append(make([]float64, 99), 100), 20), 1, math.Sqrt(99), 0, 100)
	f("one of twenty", slices.Repeat(append(make([]float64, 19), 20), 10), 1, math.Sqrt(19), 0, 20)
	f("a little more", append(slices.Repeat(append(make([]float64, 19), 20), 10), 20), 220./201, math.Sqrt(11*400./201-220./201*220./201)/(220./201), 20/(220./201), 20/(220./201))

	// A daily wave between nothing and twice its average, cut at 10 minutes: CV 1/√2, and the 95th
	// percentile that CandidateRatio speaks of: cos(π/20), since a twentieth of a period lies within
	// π/20 to both sides of the top.
	day := measured(tenMinutes(1, func(i int) float64 { return 1 + math.Sin(2*math.Pi*float64(i)/144) }))
	if !close9(day.CV, 1/math.Sqrt2) || math.Abs(day.P95Ratio.Value-1-math.Cos(math.Pi/20)) > 0.005 || day.P95Ratio.Value >= CandidateRatio {
		t.Errorf("a daily wave has CV %v and p95/average %v", day.CV, day.P95Ratio)
	}
	if v := measured(make([]float64, 10)); !close9(v.Average, 0) || v.CV.Known || v.P95Ratio.Known || v.MaxRatio.Known {
		t.Errorf("nothing has ratios: %+v", v)
	}
}

func TestDeviationOfKnownSeries(t *testing.T) {
	first := flow.Slot(20_000 * flow.SlotsPerDay)
	bin := func(x float64) int { return int(math.Round(x*DeviationPerUnit)) - deviationLowest }

	flat := deviationOf(tenMinutes(3, func(int) float64 { return 5 }), first)
	if flat.Counts[bin(0)] != flat.Rates || flat.P5 != 0 || flat.P95 != 0 {
		t.Errorf("a constant series deviates: %+v", flat)
	}
	// Every hour of the week its own rate, the same each week: nothing deviates, however it varies.
	weekly := deviationOf(tenMinutes(4, func(i int) float64 { return float64(i / 6 % 168 * 37 % 31) }), first)
	if weekly.Counts[bin(0)] != weekly.Rates {
		t.Errorf("a series that repeats by the week deviates: %+v", weekly)
	}
	// Half of every hour's rates are 0 and half are 2: the median is 1, and all deviate by an average.
	two := deviationOf(tenMinutes(2, func(i int) float64 { return float64(i%2) * 2 }), first)
	if two.Counts[bin(-1)] != two.Rates/2 || two.Counts[bin(1)] != two.Rates/2 || two.P5 != -1 || two.P95 != 1 {
		t.Errorf("an alternating series: %+v", two)
	}
	// One week of three is doubled: the medians are those of the other two.
	burst := deviationOf(tenMinutes(3, func(i int) float64 {
		if i >= 2*1008 {
			return 2
		}
		return 1
	}), first)
	if burst.Counts[bin(0)] != 2*1008 || burst.Counts[bin(0.75)] != 1008 {
		t.Errorf("a doubled week: %+v", burst)
	}
	// Beyond the bins: a rate of a hundred averages.
	rates := tenMinutes(2, func(int) float64 { return 1 })
	rates[77] = 1e4
	if d := deviationOf(rates, first); d.Above != 1 || d.Below != 0 {
		t.Errorf("a spike: %+v", d)
	}
	if deviationOf(rates[:2*1008-1], first) != nil || deviationOf(make([]float64, 3000), first) != nil {
		t.Error("less than two weeks, or nothing, has a baseline")
	}
}

func TestBands(t *testing.T) {
	got := bands([]float64{1, 2, 6, 4, 0}, 3)
	if want := []Band{{1, 3, 6}, {0, 2, 4}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, c := range [][2]int{{1, 1}, {125, 1}, {126, 3}, {31 * 144, 36}, {92 * 144, 144}, {366 * 144, 576}, {1 << 30, 576}} {
		if step := bandStep(c[0]); step != c[1] {
			t.Errorf("%d steps: parts of %d, want %d", c[0], step, c[1])
		}
	}
}

// rates are a cell's ten-minute rates by going through all flows.
func (h *history) rates(k Key, p flow.Period, where func(*flow.Flow) bool, step int) []float64 {
	p = p.Clip(h.newest)
	out := make([]float64, (p.Slots()+step-1)/step)
	for i := range h.flows {
		f := &h.flows[i]
		at := flow.SlotOf(f.Start)
		if at >= p.From && at < p.To && contains(k, h.key(f)) && (where == nil || where(f)) {
			out[int(at-p.From)/step] += 8 * float64(f.Octets*f.Scale())
		}
	}
	for i := range out {
		out[i] /= float64(min(step, p.Slots()-i*step)) * 300
	}
	return out
}

// A store that begins within the period has rates from that hour on: before it nothing was measured,
// and that is not the same as no traffic.
func TestRhythmBeginsWithTheStore(t *testing.T) {
	r := rand.New(rand.NewPCG(45, 1))
	s := openStore(t)
	h := burstyHistory(t, r, s)
	first := day(t, "2025-11-03") + 6*flow.SlotsPerHour + 5
	h.flows = slices.DeleteFunc(h.flows, func(f flow.Flow) bool { return flow.SlotOf(f.Start) < first })
	asked := period(t, "2025-11")
	since := flow.Period{From: day(t, "2025-11-03") + 6*flow.SlotsPerHour, To: h.newest + 1}
	rhythm := askStudy(t, h.source(t, r, s), asked, true).Rhythm
	if rhythm.Period.From != since.From || rhythm.Period.To != since.To {
		t.Errorf("rates are of %v, want %v", rhythm.Period, since)
	}
	tested := 0
	for _, c := range rhythm.Cells {
		average, cv, p95, top := slowVariability(h.rates(c.Key, since, nil, stepSlots))
		for i, pair := range [...][2]float64{{c.Average.Value, average}, {c.CV.Value, cv}, {c.P95Ratio.Value, p95}, {c.MaxRatio.Value, top}} {
			if tested++; math.Abs(pair[0]-pair[1]) > 1e-9*pair[1] {
				t.Errorf("%v: measure %d is %v, want %v", c.Key, i, pair[0], pair[1])
			}
		}
	}
	for _, n := range rhythm.Candidates.Networks {
		rates := slotRatesOf(h.over(n.Region)[n.Network], since)
		if average, _, p95, _ := slowVariability(rates); math.Abs(n.Average.Value-average) > 1e-9*average || math.Abs(n.P95Ratio.Value-p95) > 1e-9*p95 {
			t.Errorf("%s in %s averages %v with a ratio of %v, want %v and %v", n.Network, n.Region, n.Average, n.P95Ratio, average, p95)
		}
		tested++
	}
	if tested < 20 {
		t.Fatalf("only %d numbers are tested", tested)
	}
}

// slowVariability is the definition, with its own sorting and sums.
func slowVariability(rates []float64) (average, cv, p95, largest float64) {
	down := slices.Clone(rates)
	slices.Sort(down)
	slices.Reverse(down)
	for _, x := range down {
		average += x / float64(len(down))
	}
	for _, x := range down {
		cv += (x/average - 1) * (x/average - 1) / float64(len(down))
	}
	return average, math.Sqrt(cv), down[len(down)/20] / average, down[0] / average
}

func TestRhythmAgreesWithTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 1))
	s := openStore(t)
	h := newHistory(t, r, 6000, s.Names())
	src := h.source(t, r, s)
	p := period(t, "2025Q4")
	study := askStudy(t, src, p, true)
	p = p.Clip(h.newest)
	p.From = max(p.From, src.Extent().From/12*12) // the hour that the store begins in
	if study.Rhythm.Period != p {
		t.Errorf("the rhythm is of %+v", study.Rhythm.Period)
	}
	seen := map[Key]bool{}
	for i := range study.Rhythm.Cells {
		c := &study.Rhythm.Cells[i]
		seen[c.Key] = true
		rates := h.rates(c.Key, p, nil, 2)
		average, cv, p95, largest := slowVariability(rates)
		for _, n := range []struct {
			got  Num
			want float64
		}{{c.Average, average}, {c.CV, cv}, {c.P95Ratio, p95}, {c.MaxRatio, largest}} {
			if !n.got.Known || math.Abs(n.got.Value-n.want) > 1e-9*math.Max(1, n.want) {
				t.Errorf("%v: %v, want %v", c.Key, n.got, n.want)
			}
		}
		if (c.Series != nil) != (c.Direction != flow.Both) {
			t.Fatalf("%v has %d parts", c.Key, len(c.Series))
		}
		for j, b := range c.Series {
			part := rates[j*study.Rhythm.Step : min(len(rates), (j+1)*study.Rhythm.Step)]
			mean := 0.0
			for _, x := range part {
				mean += x / float64(len(part))
			}
			if b.Low != slices.Min(part) || b.High != slices.Max(part) || math.Abs(b.Avg-mean) > 1e-9*math.Max(1, mean) {
				t.Fatalf("%v, part %d: %v, want %v to %v", c.Key, j, b, slices.Min(part), slices.Max(part))
			}
		}
	}
	for _, k := range h.everyKey() {
		want := k.Version == AllVersions && (k.Direction == flow.Both || k.Region == AllRegions && k.Type != AllTypes)
		if _, has := h.cell(k, p); want && has != seen[k] || !want && seen[k] {
			t.Errorf("%v is in the rhythm: %v, has traffic: %v", k, seen[k], has)
		}
	}
}

// askStudy asks for the study of a period, the one before and the period's months.
func askStudy(t *testing.T, src *Source, p flow.Period, unsuppressed bool) *Study {
	t.Helper()
	a, err := src.Ask(context.Background(), Question{
		Months: p.Months(), Periods: []flow.Period{p, p.Before()}, Unsuppressed: unsuppressed,
		Study: &StudyOf{Now: p, Before: p.Before(), Months: p.Months()},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a.Study
}

// A published rhythm has no number of a cell that is hidden in the period or in one of its months, and
// all of the others; nor any name.
func TestRhythmHidesWhatIsHidden(t *testing.T) {
	r := rand.New(rand.NewPCG(32, 1))
	s := openStore(t)
	h := newHistory(t, r, 6000, s.Names())
	src := h.source(t, r, s)
	src.Publish.Always = []flow.NetworkType{flow.ISPRegional}
	p := period(t, "2025Q4")
	a, err := src.Ask(context.Background(), Question{
		Months: p.Months(), Periods: []flow.Period{p, p.Before()}, Study: &StudyOf{Now: p, Before: p.Before(), Months: p.Months()},
	})
	if err != nil {
		t.Fatal(err)
	}
	hidden, shown := 0, 0
	for _, c := range a.Study.Rhythm.Cells {
		want := false
		for _, sh := range append(slices.Clone(a.Months), a.Periods[0]) {
			cell, ok := sh.At(c.Key)
			want = want || ok && cell.Suppressed
		}
		if c.Hidden != want {
			t.Errorf("%v is hidden: %v, want %v", c.Key, c.Hidden, want)
		}
		if bare := (Variability{Key: c.Key, Hidden: true}); c.Hidden {
			hidden++
			if c.Average != bare.Average || c.CV != bare.CV || c.P95Ratio != bare.P95Ratio || c.MaxRatio != bare.MaxRatio || c.Series != nil || c.Deviation != nil {
				t.Errorf("%v is hidden and has numbers: %+v", c.Key, c)
			}
			continue
		}
		shown++
		if !c.Average.Known || !c.CV.Known {
			t.Errorf("%v is shown and has no numbers", c.Key)
		}
	}
	if hidden == 0 || shown == 0 {
		t.Fatalf("%d cells hidden, %d shown: nothing is tested", hidden, shown)
	}
	if c := a.Study.Rhythm.Candidates; c == nil || c.Networks != nil {
		t.Errorf("a published study names networks: %+v", c)
	}
}

// On a normalised scale the rates are multiplied by the factor of the volumes, and ratios stay. Series are
// published with three digits on either scale.
func TestRhythmIsNormalized(t *testing.T) {
	r := rand.New(rand.NewPCG(33, 1))
	s := openStore(t)
	h := newHistory(t, r, 6000, s.Names())
	src := h.source(t, r, s)
	src.Publish = PublishPolicy{MaxDominance: 1}
	p := period(t, "2025-11")
	plain, all := askStudy(t, src, p, false).Rhythm, askStudy(t, src, p, true).Rhythm
	src.Normalize = true
	scaled := askStudy(t, src, p, false).Rhythm
	var first rollup.Uint128
	for i := range h.flows {
		if m := period(t, "2025-11"); flow.SlotOf(h.flows[i].Start) >= m.From && flow.SlotOf(h.flows[i].Start) < m.To {
			first = first.Add(rollup.U128(h.flows[i].Octets * h.flows[i].Scale()))
		}
	}
	factor, rounded := 100/(8*first.Float64()), 0
	for i := range plain.Cells {
		a, b := &plain.Cells[i], &scaled.Cells[i]
		if math.Abs(b.Average.Value/(a.Average.Value*factor)-1) > 1e-12 || a.CV != b.CV || a.P95Ratio != b.P95Ratio {
			t.Fatalf("%v: %+v on the scale of %v is %+v", a.Key, a, factor, b)
		}
		for j := range a.Series {
			exact, x, y := all.Cells[i].Series[j], a.Series[j], b.Series[j]
			if want := (Band{short(exact.Low), short(exact.Avg), short(exact.High)}); x != want {
				t.Fatalf("%v, part %d: %v is published, want three digits, %v", a.Key, j, x, want)
			}
			if want := (Band{short(exact.Low * factor), short(exact.Avg * factor), short(exact.High * factor)}); math.Abs(y.High/want.High-1) > 0.0101 || y.Avg != short(y.Avg) || y.High != short(y.High) {
				t.Fatalf("%v, part %d: %v on the scale, want %v", a.Key, j, y, want)
			}
			if x.Avg != exact.Avg {
				rounded++
			}
		}
	}
	if rounded == 0 {
		t.Error("no mean has more than three digits: nothing is tested")
	}
	for i, c := range plain.Candidates.Regions {
		if got, want := scaled.Candidates.Regions[i].Least.Value, c.Least.Value*factor; math.Abs(got-want) > 1e-12*want {
			t.Errorf("%s: the least is %v, want %v", c.Region, got, want)
		}
	}
}
