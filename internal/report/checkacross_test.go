package report

import (
	"errors"
	"strings"
	"testing"

	"tributary/internal/figure"
)

// Checks across figures find a report in which two of them disagree.
func TestCheckAcrossFinds(t *testing.T) {
	f := func(name, want string, r *Report, spoil func(*Report)) {
		t.Helper()
		if err := r.check(); err != nil {
			t.Fatalf("%s: before anything is spoilt, %v", name, err)
		}
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
	worldly := func() *Report {
		w := defaultWorld()
		w.hide = nil
		return reportOf(t, w)
	}
	rhythm := func() *Report { return rhythmReport(t, rhythmWorld(t)) }
	scale := func(r *Report, name, column string, by float64) {
		table := &r.Figure(name).Table
		for _, row := range table.Rows {
			if v := &row[table.column(column)].Value; v.OK() && v.X > 0 {
				v.X *= by
				return
			}
		}
		t.Fatalf("figure %s has no number under %s", name, column)
	}

	f("countries with more than there is", "the places of figure countries have", worldly(), func(r *Report) {
		total := r.volumeOf("All regions", "CDN").X
		r.Figures = append(r.Figures, Figure{Name: "countries", Table: Table{
			Columns: []Column{{Name: "Country"}, {"CDN", figure.Bits}},
			Rows:    [][]Cell{{{Label: "France"}, {Value: figure.Num(0.6 * total)}}, {{Label: "Peru"}, {Value: figure.Num(0.5 * total)}}},
		}})
	})
	f("an average that is not the volume's", "figure burstiness has an average of", rhythm(), func(r *Report) { scale(r, "burstiness", "Average", 1.001) })
	f("averages over more than the period", "that is no average over", rhythm(), func(r *Report) {
		for _, row := range r.Figure("burstiness").Table.Rows {
			row[2].Value.X /= 2
		}
	})
	f("candidates with more than their region", "the candidates of figure interconnect average", rhythm(), func(r *Report) {
		r.Figure("burstiness").Table.Rows = append(r.Figure("burstiness").Table.Rows, []Cell{{Label: "US-East"}, {Label: "All types"}, {Value: figure.Num(1e10)}, {}, {}, {}})
	})
	f("months that are not their quarter", "and CDN in figure seasons-cdn add up to", worldly(), func(r *Report) {
		rows := r.Figure("seasons-cdn").Table.Rows
		rows[len(rows)-1][1].Value.X *= 1.01
	})
	f("a mean below its lowest", "figure variability-cdn has 2e+09 in the interval from 2.5e+09 to 3e+09", rhythm(), func(r *Report) {
		scale(r, "variability-cdn", "lowest", 2.5)
	})
	for _, rule := range []string{"largest cell", "ai clouds"} {
		f("a derived number of "+rule, "a finding derives", worldly(), func(r *Report) {
			for i := range r.Findings {
				for j := range r.Findings[i].Numbers {
					if n := &r.Findings[i].Numbers[j]; r.Findings[i].Rule == rule && n.Derived {
						n.Value.X *= 1.0000001
						return
					}
				}
			}
			t.Fatalf("no finding of %s", rule)
		})
	}
}

// What can be derived is computed from the numbers beside it.
func TestDerive(t *testing.T) {
	r := &Report{Key: []Number{{Name: "Volume", Value: figure.Num(200)}}}
	r.Period.Name, r.Before.Name = "2025Q4", "2025Q3"
	row := func(region, name string, before, now float64) []Cell {
		return []Cell{{Label: region}, {Label: name}, {Value: figure.Num(before)}, {Value: figure.Num(now)}}
	}
	r.Figures = []Figure{{Name: "heat-volume", Table: Table{
		Columns: []Column{{Name: "Region"}, {Name: "Network type"}, {r.Before.Title(), figure.Bits}, {r.Period.Title(), figure.Bits}},
		Rows:    [][]Cell{row("North", "CDN", 10, 60), row("North", "All types", 50, 80), row("All regions", "CDN", 40, 80), row("All regions", "All types", 100, 200)},
	}}}
	for name, want := range map[string]float64{"North share of CDN": 0.75, "North share of CDN before": 0.25} {
		if got, ok := r.derive(&Finding{Rule: "region's type", Numbers: []Number{{Name: name}}}, 0); !ok || got.X != want {
			t.Errorf("%s is %v, want %v", name, got.X, want)
		}
	}
	for name, want := range map[string]float64{"North share": 0.4, "North share before": 0.5} {
		if got, ok := r.derive(&Finding{Rule: "region move", Numbers: []Number{{Name: name}}}, 0); !ok || got.X != want {
			t.Errorf("%s is %v, want %v", name, got.X, want)
		}
	}
	num := func(list ...float64) (out []Number) {
		for _, x := range list {
			out = append(out, Number{Name: "n", Value: figure.Num(x)})
		}
		return out
	}
	f := func(rule string, j int, want float64, ok bool, numbers ...float64) {
		t.Helper()
		got, gotOK := r.derive(&Finding{Rule: rule, Numbers: num(numbers...)}, j)
		if gotOK != ok || !same(got, figure.Num(want)) && ok {
			t.Errorf("%s: %v %v, want %v %v", rule, got.X, gotOK, want, ok)
		}
	}
	f("year on year", 0, 0.5, true, 0.5, 3, 2)
	f("year on year", 0, 0, false, 0.5, 3, 0)
	f("region move", 2, 25, true, 0.25, 0.5, 25)
	f("largest cell", 1, 0.25, true, 50, 0.25)
	f("steadiest", 0, 0, false, 1, 2)
}
