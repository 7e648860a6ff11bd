package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// toldReport is a report of the demo, as its report.json has it.
type toldReport struct {
	t       *testing.T
	name    string
	page    string // index.html or index.md
	json    string
	figures map[string]toldFigure
}

type toldFigure struct {
	Name, Caption string
	Columns       []struct{ Name, Unit string }
	Rows          [][]any
}

// readReport makes a report in the demo's folder and reads it.
func readReport(t *testing.T, dir, period, format string) *toldReport {
	t.Helper()
	if status, _, stderr := inFolder(t, dir, "-c", "demo/tributary.yaml", "report", period, "--format", format, "-o", period); status != 0 {
		t.Fatalf("report %s: status %d, %s", period, status, stderr)
	}
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(dir, period, name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(content), "\u00a0", " ")
	}
	r := &toldReport{t: t, name: period, page: read("index." + format), json: read("report.json"), figures: map[string]toldFigure{}}
	var all struct{ Figures []toldFigure }
	if err := json.Unmarshal([]byte(r.json), &all); err != nil {
		t.Fatal(err)
	}
	for _, f := range all.Figures {
		r.figures[f.Name] = f
		if !strings.Contains(read("figures/"+f.Name+".svg"), "Simulated data") {
			t.Errorf("%s of %s does not say that its data are simulated", f.Name, period)
		}
	}
	return r
}

// lorenz is what may be hidden: a type with a dozen networks is too few for a curve beside its top 1, 5 and 10.
const lorenz = "Lorenz curves"

// checkForm: the report says that it is simulated, and hides next to nothing.
func (r *toldReport) checkForm() {
	r.t.Helper()
	if !strings.Contains(r.page, "(simulated data)") || !strings.Contains(r.page, "Simulated data.") || !strings.Contains(r.json, `"simulated": true`) {
		r.t.Errorf("the report of %s does not say that its data are simulated", r.name)
	}
	hidden := map[string]int{} // by figure
	for _, f := range r.figures {
		for _, row := range f.Rows {
			for i, c := range row {
				if c != "hidden" {
					continue
				}
				name := f.Name
				if f.Columns[i].Name == "Lorenz curve" {
					name = lorenz
				}
				hidden[name]++
			}
		}
	}
	r.t.Logf("%s: %d figures; hidden numbers: %v", r.name, len(r.figures), hidden)
	for name, n := range hidden {
		if name != lorenz && n > 3 { // those of new and gone networks, where they are one or two
			r.t.Errorf("%s: %s hides %d numbers: the simulated fleet is too poor for it", r.name, name, n)
		}
	}
}

// at is the number of a figure's table in a column, of the row that has all the labels; NaN for a
// hidden one.
func (r *toldReport) at(figure, column string, labels ...string) float64 {
	r.t.Helper()
	f, ok := r.figures[figure]
	if !ok {
		r.t.Fatalf("the report of %s has no figure %s", r.name, figure)
	}
	n := slices.IndexFunc(f.Columns, func(c struct{ Name, Unit string }) bool { return c.Name == column })
	if n < 0 {
		r.t.Fatalf("%s of %s has the columns %v and no %q", figure, r.name, f.Columns, column)
	}
	found := math.Inf(-1)
	for _, row := range f.Rows {
		if !hasLabels(row, labels) {
			continue
		}
		if !math.IsInf(found, -1) {
			r.t.Fatalf("%s of %s has several rows %q", figure, r.name, labels)
		}
		found = math.NaN()
		if x, ok := row[n].(float64); ok {
			found = x
		}
	}
	if math.IsInf(found, -1) {
		r.t.Fatalf("%s of %s has no row %q", figure, r.name, labels)
	}
	return found
}

func hasLabels(row []any, labels []string) bool {
	for _, l := range labels {
		if !slices.Contains(row, any(l)) {
			return false
		}
	}
	return true
}

// rank is the place of a row by a column's numbers, the largest first: of the rows that have one of
// the labels the last place, so 2 if they are the two first.
func (r *toldReport) rank(figure, column string, labels ...string) float64 {
	r.t.Helper()
	last := 0.0
	for _, l := range labels {
		own, place := r.at(figure, column, l), 1.0
		for _, row := range r.figures[figure].Rows {
			if x := r.at(figure, column, row[0].(string)); !(x <= own) { // a hidden one may be larger
				place++
			}
		}
		last = max(last, place)
	}
	return last
}

// after is at, so many columns further right: columns such as "lowest" have no name of their own.
func (r *toldReport) after(figure, column string, right int, labels ...string) float64 {
	r.t.Helper()
	f := r.figures[figure]
	n := slices.IndexFunc(f.Columns, func(c struct{ Name, Unit string }) bool { return c.Name == column })
	for _, row := range f.Rows {
		if n >= 0 && hasLabels(row, labels) {
			if x, ok := row[n+right].(float64); ok {
				return x
			}
		}
	}
	return math.NaN()
}
