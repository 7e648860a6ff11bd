package report

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
	"tributary/internal/testenv"
)

var look = flag.String("look", "", "write the reports that the tests make to this folder, for looking at")

// drawings keeps what the tests draw, so that the same chart is drawn once for all of them: drawing
// takes most of their time.
var drawings *stats.Cache

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "tributary-drawings-")
	if err != nil {
		panic(err)
	}
	drawings = stats.NewCache(dir)
	status := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
	os.Exit(status)
}

// filesOf makes the files of a world's report, or skips the test in a build without charts.
func filesOf(t *testing.T, name string, w world, period string) map[string][]byte {
	t.Helper()
	r, err := New(w.input(t, period))
	if err != nil {
		t.Fatal(err)
	}
	r.kept = drawings
	return filesAs(t, name, r)
}

func filesAs(t *testing.T, name string, r *Report) map[string][]byte {
	t.Helper()
	files, err := r.Files(context.Background(), Form{Version: "1.2.3"})
	if err != nil {
		missingCharts(t, err)
		t.Fatal(err)
	}
	if *look != "" {
		if err := Write(*look+"/"+name, files); err != nil {
			t.Fatal(err)
		}
	}
	out := map[string][]byte{}
	for _, f := range files {
		out[f.Path] = f.Data
	}
	return out
}

// missingCharts skips the test where the error is that of a build without charts.
func missingCharts(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, figure.ErrNoCharts) {
		testenv.Missing(t, "the chart script is not built; run make, or npm ci && npm run figures in web/")
	}
}

// figureNames are the figures of a world's report, which has at least those that need no study.
func figureNames(t *testing.T, w world, period string) []string {
	t.Helper()
	r, err := New(w.input(t, period))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i := range r.Figures {
		out = append(out, r.Figures[i].Name)
	}
	for _, name := range []string{"volume", "shares", "heat-volume", "heat-magnitude", "heat-uniqueness", "flow", "magnitude-log", "magnitude-linear", "ip-versions"} {
		if !slices.Contains(out, name) {
			t.Errorf("the report of %s has no figure %s", period, name)
		}
	}
	return out
}

func TestReportHasAllFilesAndSaysTheSameTwice(t *testing.T) {
	a := filesOf(t, "default", defaultWorld(), "2025Q4")
	anew := usualReport(t)
	anew.kept = nil
	b := filesAs(t, "default", anew)
	want := []string{"dataset.csv", "dataset.parquet", "index.html", "methods.html", "report.json"}
	for _, name := range figureNames(t, defaultWorld(), "2025Q4") {
		want = append(want, "figures/"+name+".svg")
	}
	slices.Sort(want)
	if got := sortedKeys(a); !slices.Equal(got, want) {
		t.Errorf("files = %v, want %v", got, want)
	}
	const months, both = ", May\u00a02025 to December\u00a02025. ", ", Q3\u00a02025 and Q4\u00a02025. "
	spans := map[string]string{
		"volume": months, "magnitude-log": months, "magnitude-linear": months, "ip-versions": months,
		"shares": both, "heat-volume": both, "heat-magnitude": both, "heat-uniqueness": both, "flow": ", Q4\u00a02025. ",
	}
	for path := range a {
		if name, ok := strings.CutSuffix(strings.TrimPrefix(path, "figures/"), ".svg"); ok && spans[name] != "" && !bytes.Contains(a[path], []byte(spans[name]+"Simulated data</text>")) {
			t.Errorf("%s does not say that it shows%sand that its data are simulated", path, spans[name])
		}
		if !bytes.Equal(a[path], b[path]) {
			t.Errorf("%s differs between two reports of the same numbers", path)
		}
	}
}

func TestPage(t *testing.T) {
	page := string(filesOf(t, "default", defaultWorld(), "2025Q4")["index.html"])
	decoder := xml.NewDecoder(strings.NewReader(page))
	decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	figures, pictures, ids := 0, 0, map[string]int{}
	for {
		token, err := decoder.Token()
		if err != nil {
			break
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attributes := map[string]string{}
		for _, a := range start.Attr {
			attributes[a.Name.Local] = a.Value
		}
		if id := attributes["id"]; id != "" {
			if ids[id]++; ids[id] > 1 {
				t.Errorf("the id %q stands twice", id)
			}
		}
		switch start.Name.Local {
		case "figure":
			figures++
		case "svg":
			pictures++
			if attributes["role"] != "img" || len(attributes["aria-label"]) < 40 {
				t.Errorf("a picture without alternative text: %v", attributes)
			}
		case "link", "iframe", "img", "object", "embed":
			t.Errorf("the page holds <%s>", start.Name.Local)
		}
		for _, name := range []string{"src", "href", "xlink:href", "action"} {
			if v := attributes[name]; strings.Contains(v, ":") || strings.HasPrefix(v, "//") {
				t.Errorf("<%s %s=%q> leads out of the report", start.Name.Local, name, v)
			}
		}
	}
	if n := len(figureNames(t, defaultWorld(), "2025Q4")); figures != n || pictures != 2*n {
		t.Errorf("%d figures with %d pictures, want %d with a wide and a narrow one each", figures, pictures, n)
	}
	for _, bad := range []string{"@import", "url(http", "NaN", "%!", "<nil>", "undefined"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, want := range []string{"<strong>Simulated data.</strong>", "Tributary 1.2.3", "prefers-color-scheme: dark", "@media print", "<h1>Q4\u00a02025</h1>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// worlds are stores that are odd in one way each, with a sentence their report must have and one
// it must not.
func TestOddStores(t *testing.T) {
	f := func(name string, change func(*world), period, want, not string) {
		t.Helper()
		w := defaultWorld()
		change(&w)
		r, err := New(w.input(t, period))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		var text strings.Builder
		for _, f := range r.Findings {
			fmt.Fprintln(&text, f.Text)
		}
		for i := range r.Figures {
			fmt.Fprintln(&text, r.Figures[i].Caption, r.Figures[i].Reading, r.Figures[i].Alt)
		}
		got := strings.ReplaceAll(text.String(), "\u00a0", " ")
		if !strings.Contains(got, want) {
			t.Errorf("%s: nothing says %q in\n%s", name, want, got)
		}
		if not != "" && strings.Contains(got, not) {
			t.Errorf("%s: something says %q in\n%s", name, not, got)
		}
	}
	f("one month", func(w *world) { w.months = 1 }, "2025-05", "The store has no traffic of April 2025, so nothing is compared with it.", "since")
	f("no quarter before", func(w *world) { w.from, w.months = "2025-10", 3 }, "2025Q4", "Q4 2025; the store has no traffic of Q3 2025", "beside Q3")
	f("one region", func(w *world) { w.regions = w.regions[:1] }, "2025Q4", "by region (1 region)", "The largest cell is CA-East with")
	f("two types", func(w *world) { w.types = []flow.NetworkType{flow.CDN, flow.Hosting} }, "2025Q4", "CDN is the largest type", "clouds together (hosting, hyperscaler and neocloud) carry 0.0 %")
	f("all hidden", func(w *world) { w.hide = func(string, stats.Key) bool { return true } }, "2025Q4", "The total of Q4 2025 is hidden", "the network exchanged")
	f("all hidden, in words", func(w *world) { w.hide = func(string, stats.Key) bool { return true } }, "2025Q4",
		"because it or what could be computed from it is too small to publish", "is all types together")
	f("all hidden, in Sankey's words", func(w *world) { w.hide = func(string, stats.Key) bool { return true } }, "2025Q4",
		"The totals of ingress and egress are hidden.", "is hidden, egress")
	f("all hidden, in volume's words", func(w *world) { w.hide = func(string, stats.Key) bool { return true } }, "2025Q4",
		"all numbers are hidden, so that nothing is drawn", "carry hidden")
	f("all totals hidden", func(w *world) { w.hide = func(_ string, k stats.Key) bool { return k.Type == stats.AllTypes } }, "2025Q4",
		"all totals are hidden, so the upper edge is only the types that are shown", "is all types together")
	f("nothing hidden", func(w *world) { w.hide = nil }, "2025Q4", "in a month; the upper edge is all types together.", "hidden")
	f("one total hidden", func(w *world) {
		w.hide = func(month string, k stats.Key) bool { return month == "2025-11" && k.Type == stats.AllTypes }
	}, "2025Q4", "is all types together, but only those that are shown in November 2025, where the total is hidden", "Stacked areas")
	f("one type hidden", func(w *world) { w.hide = func(_ string, k stats.Key) bool { return k.Type == flow.CDN } }, "2025Q4",
		"the band called hidden is the types that are not shown, and the upper edge is all types together", "only those that are shown")
	f("a gap", func(w *world) { w.drop = map[string]bool{"2025-08": true} }, "2025Q4", "There is no traffic of August 2025.", "the 8 months to December")
	f("a hidden type", func(w *world) {
		w.hide = func(_ string, k stats.Key) bool { return k.Type == flow.ISPRegional || k.Type == flow.CDN }
	}, "2025Q4", "Of the types that are not hidden, ", "ISP regional gained")
	f("a year", func(w *world) { w.months = 12 }, "2025", "The store has no traffic of 2024", "")
	f("a month", func(*world) {}, "2025-10", "October 2025 beside September 2025", "")
}

// The barest report of all can be drawn.
func TestBareReportIsDrawn(t *testing.T) {
	w := defaultWorld()
	w.months, w.regions = 1, w.regions[:1]
	w.hide = func(_ string, k stats.Key) bool { return k.Region != stats.AllRegions || k.Type != stats.AllTypes }
	page := string(filesOf(t, "bare", w, "2025-05")["index.html"])
	if !strings.Contains(page, "so nothing is compared with it") {
		t.Error("nothing says that there is no month before")
	}
}

func TestEmptyPeriod(t *testing.T) {
	w := defaultWorld()
	in := w.input(t, "2024Q4")
	_, err := New(in)
	var empty *stats.EmptyError
	if !errors.As(err, &empty) || empty.Period != "2024Q4" {
		t.Errorf("error = %v, want that there is no traffic in 2024Q4", err)
	}
}

// A normalised report is on a relative scale and says so; rates are left out.
func TestNormalizedReport(t *testing.T) {
	w := defaultWorld()
	in := w.input(t, "2025Q4")
	for _, s := range append([]*stats.Sheet{in.Now, in.Before}, in.Months...) {
		s.Normalized = true
		for i := range s.Cells {
			s.Cells[i].Bits.Value /= 1e16
			s.Cells[i].Magnitude.Value /= 1e16
		}
	}
	in.Dataset = nil
	r, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range r.Key {
		if k.Unit == figure.BPS || k.Unit == figure.Bits {
			t.Errorf("%s is given in %s", k.Name, k.Unit.Of())
		}
	}
	first := strings.ReplaceAll(r.Findings[0].Text, "\u00a0", " ")
	if !strings.HasPrefix(first, "In Q4 2025 the network's traffic came to 1120 (the first whole month is 100), exchanged with 93.2 M distinct addresses") {
		t.Errorf("the first finding is %q", first)
	}
	for i := range r.Figures {
		for _, text := range []string{r.Figures[i].Caption, r.Figures[i].Alt} {
			if strings.Contains(text, "b of") || strings.Contains(text, "Pb") || strings.Contains(text, "Eb") {
				t.Errorf("figure %s speaks of bits: %s", r.Figures[i].Name, text)
			}
		}
	}
}

func TestPeriodThatIsNotOver(t *testing.T) {
	w := defaultWorld()
	in := w.input(t, "2025Q4")
	in.Extent.To -= 5 * flow.SlotsPerDay
	in.Now.Period.To = in.Extent.To
	r, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.Period.Dates(), "1 October to 26 December 2025, 00:00 UTC: the period was not over, and ends here with the newest data"; got != want {
		t.Errorf("dates = %q, want %q", got, want)
	}
	caption := strings.ReplaceAll(r.Figure("volume").Caption, "\u00a0", " ")
	if want := "December 2025 is not over: it ends with the newest data, 27 December 00:00 UTC."; !strings.Contains(caption, want) {
		t.Errorf("caption = %q, want it to say %q", caption, want)
	}
}

// A hidden cell hides the flows counted too, and what would give them away.
func TestHiddenTotalHidesCounts(t *testing.T) {
	w := defaultWorld()
	w.hide = func(_ string, k stats.Key) bool { return k.Region == w.regions[0] && k.Type == stats.AllTypes }
	files := filesOf(t, "counts", w, "2025Q4")
	if json := string(files["report.json"]); strings.Contains(json, "flows_counted") || strings.Contains(json, `"records"`) {
		t.Error("report.json counts flows beside a region whose total is hidden")
	}
	if page := string(files["index.html"]); strings.Contains(page, "123,456,789") {
		t.Error("the page counts records beside a region whose total is hidden")
	}
	w.hide = nil
	if json := string(filesOf(t, "counts shown", w, "2025Q4")["report.json"]); !strings.Contains(json, "flows_counted") {
		t.Error("report.json counts no flows though nothing is hidden")
	}
}
