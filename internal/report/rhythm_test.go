package report

import (
	"fmt"
	"strings"
	"testing"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// rhythmWorld is a report of a world with a study by hand: CDN shown, hosting's ingress hidden, other
// hidden both ways, and no more types.
func rhythmWorld(t *testing.T) *Input {
	w := defaultWorld()
	in := w.input(t, "2025Q4")
	series := func(ty flow.NetworkType, d flow.Direction, hidden bool) stats.Variability {
		v := stats.Variability{Key: stats.Key{Region: stats.AllRegions, Type: ty, Direction: d}, Hidden: hidden}
		if hidden {
			return v
		}
		v.Average, v.CV, v.P95Ratio, v.MaxRatio = known(2e9), known(0.5), known(1.75), known(3.25)
		v.Series = []stats.Band{{Low: 1e9, Avg: 2e9, High: 3e9}, {Low: 5e8, Avg: 1e9, High: 6.5e9}}
		v.Deviation = &stats.Deviation{Rates: 1000, Above: 10, P5: -0.25, P95: 0.55}
		v.Deviation.Counts[20], v.Deviation.Counts[21] = 600, 390
		return v
	}
	both := func(region string, ty flow.NetworkType, p95 float64) stats.Variability {
		v := stats.Variability{Key: stats.Key{Region: region, Type: ty, Direction: flow.Both}, Hidden: p95 == 0}
		if p95 > 0 {
			c, _ := in.Now.At(v.Key)
			v.Average, v.CV, v.P95Ratio, v.MaxRatio = known(c.Bits.Value/float64(in.Now.Period.Seconds())), known(p95/4), known(p95), known(p95*2)
		}
		return v
	}
	in.Study = &stats.Study{
		Rhythm: &stats.Rhythm{Period: in.Now.Period, Step: 144, Cells: []stats.Variability{
			series(flow.CDN, flow.Ingress, false), series(flow.CDN, flow.Egress, false),
			series(flow.Hosting, flow.Ingress, true), series(flow.Hosting, flow.Egress, false),
			series(flow.Other, flow.Ingress, true), series(flow.Other, flow.Egress, true),
			both("US-East", flow.CDN, 1.5), both("US-East", flow.Hosting, 4), both("US-West", flow.Other, 0), both(stats.AllRegions, stats.AllTypes, 1.25),
		}, Candidates: &stats.Candidates{Regions: []stats.RegionCandidates{
			{Region: "EU-Central", Hidden: true},
			{Region: "US-East", Least: known(1e9), Count: known(5), Average: known(2e10), P95: known(6e10), Max: known(9e10), P95Ratio: known(3)},
			{Region: "US-West", Least: known(2e9), Count: known(0)},
		}}},
		Returning: &stats.Returning{Now: in.Now.Period, Before: in.Before.Period, Rows: []stats.Persistence{
			{Key: stats.Key{Region: stats.AllRegions, Type: flow.CDN, Direction: flow.Both}, Share: known(0.71), Low: known(0.69), High: known(0.73), Addresses: known(22_000)},
			{Key: stats.Key{Region: stats.AllRegions, Type: flow.Other, Direction: flow.Both}, Hidden: true},
			{Key: stats.Key{Region: stats.AllRegions, Type: stats.AllTypes, Direction: flow.Both}, Share: known(0.21), Low: known(0.2), High: known(0.22), Addresses: known(9e6)},
			{Key: stats.Key{Region: "US-East", Type: flow.CDN, Direction: flow.Both}, Low: known(0), High: known(1), Addresses: known(12)},
		}},
	}
	return in
}

// uncovered makes a tenth of the period one in which some exporter was not heard.
func uncovered(in *Input) *Input {
	for i := range in.Now.Cells {
		in.Now.Cells[i].Coverage = 0.9
	}
	return in
}

// Where the store begins within the period, the captions say from when on rates are told.
func TestRhythmSaysWhereTheStoreBegins(t *testing.T) {
	in := rhythmWorld(t)
	in.Study.Rhythm.Period.From += 3 * flow.SlotsPerDay
	r := rhythmReport(t, in)
	for _, name := range []string{"variability-cdn", "burstiness", "interconnect"} {
		wants(t, name, r.Figure(name).Caption, "Q4 2025 from 4 October 2025 00:00 UTC on, where the store begins")
		if other := rhythmReport(t, rhythmWorld(t)).Figure(name).Caption; strings.Contains(other, "store begins") {
			t.Errorf("%s of a period that the store has whole says %s", name, other)
		}
	}
	if got := row(r.Figure("variability-cdn"), 0); !strings.HasPrefix(got, "2025-10-04 00:00 |") {
		t.Errorf("the first row is %s", got)
	}
}

func rhythmReport(t *testing.T, in *Input) *Report {
	t.Helper()
	r, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func has(r *Report, name string) bool {
	for i := range r.Figures {
		if r.Figures[i].Name == name {
			return true
		}
	}
	return false
}

func wants(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(strings.ReplaceAll(text, nbsp, " "), p) {
			t.Errorf("%s has not %q: %s", what, p, text)
		}
	}
}

// row is a table's row as text.
func row(f *Figure, i int) string {
	var out []string
	for j, c := range f.Table.Rows[i] {
		if u := f.Table.Columns[j].Unit; u != "" {
			out = append(out, c.Value.Text(u))
		} else {
			out = append(out, c.Label)
		}
	}
	return strings.ReplaceAll(strings.Join(out, " | "), nbsp, " ")
}

func TestVariabilityFigure(t *testing.T) {
	r := rhythmReport(t, rhythmWorld(t))
	f := r.Figure("variability-cdn")
	wants(t, "the caption", f.Caption, "the mean of a day", "in bins of 5 %",
		"Ingress averages 2 Gb/s, with a coefficient of variation of 0.5, the 95th percentile 1.75 and the largest 3.25 times the average; nine of ten rates lie −25 % to +55 % of the average off their baseline, and 10 of 1,000 beyond the bins.")
	if len(f.Table.Rows) != 2 {
		t.Fatalf("%d rows, want 2 parts", len(f.Table.Rows))
	}
	for i, want := range []string{
		"2025-10-01 00:00 | 2 Gb/s | 1 Gb/s | 3 Gb/s | 2 Gb/s | 1 Gb/s | 3 Gb/s | 0 % | 60.0 % | 60.0 %",
		"2025-10-02 00:00 | 1 Gb/s | 500 Mb/s | 6.5 Gb/s | 1 Gb/s | 500 Mb/s | 6.5 Gb/s | +5 % | 39.0 % | 39.0 %",
	} {
		if got := row(f, i); got != want {
			t.Errorf("row %d is %s, want %s", i, got, want)
		}
	}
	half := r.Figure("variability-hosting")
	wants(t, "the caption", half.Caption, "Ingress is hidden for publication.", "Egress averages 2 Gb/s")
	if got, want := row(half, 0), "2025-10-01 00:00 | hidden | hidden | hidden | 2 Gb/s | 1 Gb/s | 3 Gb/s | 0 % | hidden | 60.0 %"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if has(r, "variability-other") || has(r, "variability-neocloud") {
		t.Error("a type that is hidden both ways, or has no traffic, has a figure")
	}
}

func TestBurstinessFigure(t *testing.T) {
	f := rhythmReport(t, rhythmWorld(t)).Figure("burstiness")
	var got []string
	for i := range f.Table.Rows {
		got = append(got, row(f, i))
	}
	want := []string{
		"US-East | Hosting | 52.9 Gb/s | 4 | 8 | 1", "US-East | CDN | 92.8 Gb/s | 1.5 | 3 | 0.375",
		"All regions | All types | 1.41 Tb/s | 1.25 | 2.5 | 0.313", "US-West | Other | hidden | hidden | hidden | hidden",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("rows are %q, want %q", got, want)
	}
	wants(t, "the caption", f.Caption, "1 cell hidden", "Hidden in both directions, and so without a figure of their own: Other.")
	wants(t, "the alternative text", f.Alt, "The most bursty is Hosting in US-East, with a 95th percentile of 4 times the average.")
	if rows := f.chart.(*figure.Burstiness).Rows; len(rows) != 2 {
		t.Errorf("%d rows are drawn, want the two cells that are shown", len(rows))
	}
}

func TestInterconnectFigure(t *testing.T) {
	f := rhythmReport(t, rhythmWorld(t)).Figure("interconnect")
	for i, want := range []string{
		"EU-Central | hidden | hidden | hidden | hidden | hidden | hidden",
		"US-East | 5 | 1 Gb/s | 20 Gb/s | 60 Gb/s | 90 Gb/s | 3", "US-West | 0 | 2 Gb/s | no data | no data | no data | no data",
	} {
		if got := row(f, i); got != want {
			t.Errorf("row %d is %s, want %s", i, got, want)
		}
	}
	wants(t, "the alternative text", f.Alt, "2 regions of 3 can be told: between 0 and 5 candidates in each.")
	wants(t, "the caption", f.Caption, "at least 1 % of that of all the region's traffic, and of at least 2 times", "1 region hidden: fewer than 3 candidates")
}

// Regions share candidates, so that their counts are not added; and where nothing can be told, no
// number is said.
func TestCandidatesAreToldByRegion(t *testing.T) {
	hidden, none := stats.RegionCandidates{Region: "A", Hidden: true}, stats.RegionCandidates{Region: "B", Count: known(0)}
	few, many := stats.RegionCandidates{Region: "C", Count: known(14), P95: known(9e9), P95Ratio: known(4)}, stats.RegionCandidates{Region: "D", Count: known(34), P95: known(6e9), P95Ratio: known(3)}
	for _, c := range []struct {
		regions      []stats.RegionCandidates
		alt, finding string // "" for no finding
	}{
		{[]stats.RegionCandidates{hidden, hidden}, "No region can be told.", ""},
		{[]stats.RegionCandidates{hidden, none}, "1 region of 2 can be told: no candidates.", ""},
		{[]stats.RegionCandidates{none, none}, "2 regions of 2 can be told: no candidates.", ""},
		{[]stats.RegionCandidates{hidden, few}, "1 region of 2 can be told: 14 candidates.", "In C there are 14 candidates for a private interconnect, networks that are large and bursty over shared links; they together"},
		{[]stats.RegionCandidates{few, many}, "2 regions of 2 can be told: between 14 and 34 candidates in each.", "In each of 2 regions there are between 14 and 34 candidates for a private interconnect, networks that are large and bursty over shared links; those of C together"},
		{[]stats.RegionCandidates{few, few, none}, "3 regions of 3 can be told: between 0 and 14 candidates in each.", "In each of 2 regions there are 14 candidates for"},
	} {
		in := rhythmWorld(t)
		in.Study.Rhythm.Candidates.Regions = c.regions
		r := rhythmReport(t, in) // and is checked
		wants(t, "the alternative text", r.Figure("interconnect").Alt, c.alt)
		said := ""
		for _, f := range r.Findings {
			if f.Figure == "interconnect" {
				said = f.Text
			}
		}
		if wants(t, "the finding", said, c.finding); c.finding == "" && said != "" {
			t.Errorf("of %s it is found that %s", c.alt, said)
		}
	}
}

func TestPersistenceFigure(t *testing.T) {
	in := rhythmWorld(t)
	f := rhythmReport(t, in).Figure("persistence")
	for i, want := range []string{
		"All regions | CDN | 71.0 % | 69.0 % | 73.0 % | 22 k", "All regions | Other | hidden | hidden | hidden | hidden",
		"All regions | All types | 21.0 % | 20.0 % | 22.0 % | 9 M", "US-East | CDN | no data | 0.0 % | 100.0 % | 12",
	} {
		if got := row(f, i); got != want {
			t.Errorf("row %d is %s, want %s", i, got, want)
		}
	}
	wants(t, "the caption", f.Caption, "seen in Q4 2025, the share that was also seen in Q3 2025", "1 row hidden")
	if strings.Contains(f.Caption, "too low") {
		t.Errorf("the store has all of the period before: %s", f.Caption)
	}
	in.Extent.From += 100 * flow.SlotsPerDay
	in.Study.Returning.Before.From = in.Extent.From - 10
	wants(t, "the caption", rhythmReport(t, in).Figure("persistence").Caption, "so the shares are too low")
	in.Study.Returning.Mixed = true
	r := rhythmReport(t, in)
	if has(r, "persistence") {
		t.Error("periods that cannot be compared have a figure")
	}
	wants(t, "the coverage", r.Coverage.Frozen, "how many returned cannot be told")
}

// Without slots there is no rhythm, and no figure of it.
func TestNoRhythm(t *testing.T) {
	in := rhythmWorld(t)
	in.Study.Rhythm = nil
	r := rhythmReport(t, in)
	if has(r, "burstiness") || has(r, "interconnect") || has(r, "variability-cdn") {
		t.Error("there are figures of rates that nobody has")
	}
}
