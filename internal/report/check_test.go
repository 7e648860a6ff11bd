package report

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// reportOf is the sound report of a world, to be spoilt.
func reportOf(t *testing.T, w world) *Report {
	t.Helper()
	r, err := New(w.input(t, "2025Q4"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Every check finds what it is for in a report that is broken on purpose.
func TestCheckFinds(t *testing.T) {
	f := func(name, want string, spoil func(*Report)) {
		t.Helper()
		r := reportOf(t, defaultWorld())
		spoil(r)
		var err *CheckError
		if !errors.As(r.check(), &err) {
			t.Errorf("%s: no check fails, want one that says %q", name, want)
			return
		}
		if text := strings.ReplaceAll(strings.Join(err.Failures, "\n"), nbsp, " "); !strings.Contains(text, want) {
			t.Errorf("%s: the checks say\n%s\nwant %q", name, text, want)
		}
	}
	cell := func(r *Report, name string, row, column int) *figure.Value {
		return &r.Figure(name).Table.Rows[row][column].Value
	}
	last := func(r *Report, name string) []Cell {
		rows := r.Figure(name).Table.Rows
		return rows[len(rows)-1]
	}

	f("a figure without caption", "figure flow has no caption", func(r *Report) { r.Figure("flow").Caption = "" })
	f("a figure without reading", "figure flow has no reading", func(r *Report) { r.Figure("flow").Reading = " " })
	f("a figure without alternative", "figure flow has no alternative text", func(r *Report) { r.Figure("flow").Alt = "" })
	f("a figure without title", "figure flow has no title", func(r *Report) { r.Figure("flow").Title = "" })
	f("a figure without picture", "figure flow has no picture", func(r *Report) { r.Figure("flow").chart = nil })
	f("a figure without numbers", "figure flow has no numbers", func(r *Report) { r.Figure("flow").Table.Rows = nil })
	f("two figures of one name", "two figures are called flow", func(r *Report) { r.Figures = append(r.Figures, *r.Figure("flow")) })

	f("a short row", "the table of figure flow has a row of 3 cells under 4 columns", func(r *Report) {
		r.Figure("flow").Table.Rows[0] = r.Figure("flow").Table.Rows[0][:3]
	})
	f("a number that is none", "the table of figure flow has NaN for a number", func(r *Report) {
		v := cell(r, "flow", 0, 2)
		v.X /= 0 * v.X
		v.X -= v.X
	})

	f("a month twice", `the month "2025-05" does not follow the one before it`, func(r *Report) { r.Months[1] = r.Months[0] })
	f("a month left out", `the month "2025-07" does not follow`, func(r *Report) { r.Months = append(r.Months[:1], r.Months[2:]...) })
	f("a row twice", "the table of figure volume has two rows of 2025-05", func(r *Report) { r.Figure("volume").Table.Rows[1][0].Label = "2025-05" })
	f("a month that is not shown", "the table of figure volume has the month 2024-05, which is not shown", func(r *Report) {
		r.Figure("volume").Table.Rows[0][0].Label = "2024-05"
	})

	f("a caption of another period", "figure shares speaks of Q2 2025, which the report does not have", func(r *Report) {
		r.Figure("shares").Caption += " Q2" + nbsp + "2025."
	})
	f("a caption of another beginning", "the caption of figure volume does not name May 2025, an end of its data", func(r *Report) {
		c := &r.Figure("volume").Caption
		*c = strings.ReplaceAll(*c, "May"+nbsp+"2025", "June"+nbsp+"2025")
	})

	f("no word on a missing period", "no sentence says that the period before is missing", func(r *Report) { r.HasBefore = false })
	f("numbers of a missing period", "figure shares has numbers of Q3 2025, of which there is no traffic", func(r *Report) { r.HasBefore = false })

	f("shares above 100 %", "the shares of Q4 2025 add up to", func(r *Report) { cell(r, "shares", 0, 2).X += 0.01 })
	f("a group that is not its types", "the share of All cloud in Q4 2025 is", func(r *Report) {
		for i, row := range r.Figure("shares").Table.Rows {
			if row[0].Label == "All cloud" {
				cell(r, "shares", i, 2).X += 0.01
			}
		}
	})
	f("a share above 100 %", "figure ip-versions has 101 % under CDN", func(r *Report) { cell(r, "ip-versions", 0, r.Figure("ip-versions").Table.column("CDN")).X = 1.01 })
	f("a share below 0", "figure ip-versions has -1 % under CDN", func(r *Report) { cell(r, "ip-versions", 0, r.Figure("ip-versions").Table.column("CDN")).X = -0.01 })
	f("a change above 100 points", "figure shares has 101 points under Change", func(r *Report) { cell(r, "shares", 0, 3).X = 101 })

	f("another total than the dataset's", "the total of 2025-10 is", func(r *Report) {
		rows := r.Figure("volume").Table.Rows
		for i, row := range rows {
			if row[0].Label == "2025-10" {
				rows[i][len(row)-1].Value.X *= 1.01
			}
		}
	})
	f("a quarter that is not its months", "Q4 2025 has", func(r *Report) { last(r, "heat-volume")[3].Value.X *= 1.001 })
	f("more parts than total", "in figure volume the types of 2025-05 have", func(r *Report) { cell(r, "volume", 0, 1).X *= 2 })
	f("more parts than a region", "in figure heat-volume the types of US-West have", func(r *Report) {
		for i, row := range r.Figure("heat-volume").Table.Rows {
			if row[0].Label == "US-West" && row[1].Label == "CDN" {
				cell(r, "heat-volume", i, 3).X *= 2
			}
		}
	})
	f("an estimate outside its interval", "figure interval has 0.3 in the interval from 0.1 to 0.2", func(r *Report) {
		r.Figures = append(r.Figures, Figure{Name: "interval", Table: Table{
			Columns: []Column{{Name: "Type"}, {"Share", figure.Percent}, {"Low", figure.Percent}, {"High", figure.Percent}},
			Rows:    [][]Cell{{{Label: "CDN"}, {Value: figure.Num(0.3)}, {Value: figure.Num(0.1)}, {Value: figure.Num(0.2)}}},
		}})
	})
	concentration := func(r *Report, top10, gini float64) {
		r.Figures = append(r.Figures, Figure{Name: "concentration", Table: Table{
			Columns: []Column{{Name: "Type"}, {"Top 1", figure.Percent}, {"Top 10", figure.Percent}, {"Gini", figure.Index}},
			Rows:    [][]Cell{{{Label: "CDN"}, {Value: figure.Num(0.3)}, {Value: figure.Num(top10)}, {Value: figure.Num(gini)}}},
		}})
	}
	f("ten networks with less than one", "in figure concentration, Top 10 have less than fewer networks have", func(r *Report) { concentration(r, 0.2, 0.5) })
	f("a Gini coefficient above 1", "figure concentration has Gini 1.5", func(r *Report) { concentration(r, 0.4, 1.5) })

	f("a loss above the worst", "the loss of All regions is", func(r *Report) { r.Coverage.All.Loss = figure.Num(0.9) })
	f("a coverage above 1", "the coverage of All regions is 1.5", func(r *Report) { r.Coverage.All.Slots = figure.Num(1.5) })
	f("more silent exporters than there are", "13 were silent", func(r *Report) { r.Coverage.All.Silence.Exporters = 13 })

	f("a finding of no figure", "a finding is of the figure nowhere, which is not there", func(r *Report) { r.Findings[0].Figure = "nowhere" })
	f("a number that the figure does not have", "is not a number of its figure", func(r *Report) { r.Findings[1].Numbers[0].Value.X *= 1.0000001 })
	f("a number that the sentence does not say", "a finding does not say the", func(r *Report) { r.Findings[1].Numbers[0].Value.X += 0.2 })
	f("a number from nowhere", "a finding says 12.3 %, which is none of its numbers", func(r *Report) { r.Findings[1].Text += " It was 12.3" + nbsp + "%." })
	f("a hidden number in a sentence", "a finding names the", func(r *Report) { r.Findings[1].Numbers[0].Value = figure.Hide() })

	f("nonsense in a sentence", `a finding says "NaN"`, func(r *Report) { r.Findings[0].Text = "It was NaN." })
	f("nothing in a sentence", `a finding says "no data"`, func(r *Report) { r.Findings[0].Text = "From no data to no data." })
	f("a sentence without end", "a finding does not end with a full stop", func(r *Report) { r.Findings[0].Text = "It was so" })
	f("a count of nothing", `the caption of figure volume says "0\u00a0months"`, func(r *Report) { r.Figure("volume").Caption += " Over 0" + nbsp + "months." })

	f("a number in a hidden cell", "figure shares has a number in a cell that is not shown", func(r *Report) {
		*cell(r, "shares", 0, 1) = figure.Value{X: 0.2, State: figure.Hidden}
	})
	f("a suppressed cell with a number", "the dataset shows the suppressed cell 2025-10 CA-East migration both 4", func(r *Report) {
		for i := range r.Dataset.Rows {
			if r.Dataset.Rows[i].Suppressed {
				r.Dataset.Rows[i].Flows = known(1)
			}
		}
	})
	f("a hidden number in a figure", "figure flow shows the hidden bits of a cell", func(r *Report) {
		r.secrets = secrets{cell(r, "flow", 0, 2).X: "bits of a cell"}
	})
	f("a hidden number in a finding", "a finding shows the hidden share of a cell", func(r *Report) {
		r.secrets = secrets{r.Findings[1].Numbers[0].Value.X: "share of a cell"}
	})
	f("a hidden number at the head", "the head shows the hidden bits of a cell", func(r *Report) {
		r.secrets = secrets{r.Key[0].Value.X: "bits of a cell"}
	})
}

// A report that fails is an error with the whole list, and a draft where that is asked for.
func TestCheckErrorLists(t *testing.T) {
	w := defaultWorld()
	in := w.input(t, "2025Q4")
	for i := range in.Now.Cells {
		if in.Now.Cells[i].Key == typeKey(flow.CDN) {
			in.Now.Cells[i].Bits.Value *= 1.01
		}
	}
	r, err := New(in)
	var failed *CheckError
	if !errors.As(err, &failed) || len(failed.Failures) < 2 || r == nil {
		t.Fatalf("error %v, want a list of all that is wrong, and the report", err)
	}
	for _, failure := range failed.Failures {
		if !strings.Contains(err.Error(), failure) {
			t.Errorf("the error leaves out %q", failure)
		}
	}
}

// The hidden cells of published sheets are looked for in what is written, and found.
func TestCheckFilesFindsSecrets(t *testing.T) {
	r := &Report{secrets: secrets{123456.789: "bps_avg of a cell", 9876543210: "bits of a cell"}}
	f := func(text string, want bool) {
		t.Helper()
		if err := r.checkFiles([]File{{"a.svg", []byte(text)}}); (err != nil) != want {
			t.Errorf("%q: error %v, want one: %v", text, err, want)
		}
	}
	f("", false)
	f("1.5 123456.788 98765 .", false)
	f(`<text x="1">123456.789</text>`, true)
	f("[0,9876543210]", true)
	f("9876543210.5", false)
	f("\x009876543210", false) // no text
	r.Draft = []string{"forced"}
	f("9876543210", false)
}

// What any cell shows is no secret, though a hidden cell has it too; in a column by day, or a month of the
// dataset. What a hidden cell has shows nothing.
func TestShownNumbersAreNoSecrets(t *testing.T) {
	num := func(x float64) stats.Num { return stats.Num{Value: x, Known: true} }
	shown := stats.Cell{Measures: stats.Measures{Unique: num(123456.7), UniqueDay: stats.Spread{Max: num(98765.4)}}}
	hidden := stats.Cell{Measures: stats.Measures{Unique: num(55555.5)}, Suppressed: true}
	row := stats.Cell{Measures: stats.Measures{UniqueLow: num(4321.01), Bits: num(7)}}
	got := shownNumbers([]*stats.Sheet{stats.SheetOf(flow.Period{}, []stats.Cell{shown, hidden})}, &stats.Dataset{Rows: []stats.Row{{Cell: row}, {Cell: hidden}}})
	for x, want := range map[float64]bool{123456.7: true, 98765.4: true, 4321.01: true, 7: true, 55555.5: false, 0: false} {
		if got[x] != want {
			t.Errorf("%v is shown: %v, want %v", x, got[x], want)
		}
	}
}

// A hidden number that only the files hold stops a report, and makes a draft of one that is forced.
func TestForcedFilesAreADraft(t *testing.T) {
	for _, force := range []bool{false, true} {
		r := reportOf(t, defaultWorld())
		var table bytes.Buffer
		if err := WriteDataset(&table, CSV, r.Dataset); err != nil {
			t.Fatal(err)
		}
		number := regexp.MustCompile(`,([0-9]{7,}),`).FindSubmatch(table.Bytes())
		if number == nil {
			t.Fatal("the dataset has no large number")
		}
		x, err := strconv.ParseFloat(string(number[1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		r.Figures = r.Figures[:2] // drawing takes long
		r.secrets, r.force = secrets{x: "bits of a cell"}, force
		files, err := r.Files(context.Background(), Form{})
		if !force {
			var failed *CheckError
			if !errors.As(err, &failed) || r.Draft != nil {
				t.Errorf("a hidden number in the files: error %v, draft %q", err, r.Draft)
			}
			continue
		}
		if err != nil || len(r.Draft) == 0 || !strings.Contains(r.Draft[0], "bits of a cell") {
			t.Fatalf("forced: error %v, draft %q", err, r.Draft)
		}
		if page := files[len(files)-1]; page.Path != "index.html" || !bytes.Contains(page.Data, []byte("Draft, not for publication")) {
			t.Errorf("the last file, %s, does not say that it is a draft", page.Path)
		}
	}
}

func TestSecretsAreTelling(t *testing.T) {
	for share, want := range map[float64]bool{0.5: true, 1.0 / 3: true, 17.0 / 360: true, 0.123456789: false} {
		if got := simple(share); got != want {
			t.Errorf("simple(%v) = %v, want %v", share, got, want)
		}
	}
	for x, want := range map[float64]int{0: 1, 40000: 1, 12.5: 3, 1234567: 7, 1e300: 1} {
		if got := digits(x); got != want {
			t.Errorf("digits(%v) = %d, want %d", x, got, want)
		}
	}
	if got := secretsOf([]*stats.Sheet{stats.SheetOf(flow.Period{}, nil)}, nil); len(got) != 0 {
		t.Errorf("an empty sheet has the secrets %v", got)
	}
}
