package report

import (
	"strings"
	"testing"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// somePlace is a place with cells of CDN and neocloud: bits, −1 for hidden, 0 for no traffic.
func somePlace(name string, cdn, neocloud float64) stats.Place {
	p := stats.Place{Name: name, Inferred: true}
	for t, bits := range map[flow.NetworkType]float64{flow.CDN: cdn, flow.Neocloud: neocloud} {
		switch {
		case bits < 0:
			p.Cells[t].Hidden = true
		case bits > 0:
			p.Cells[t].Bits = stats.Num{Value: bits, Known: true}
		}
	}
	return p
}

// placeMaker is a maker of nothing but places.
func placeMaker(p *stats.Places) *maker {
	return &maker{
		Input: &Input{Study: &stats.Study{Places: p}}, unit: figure.Bits, types: []flow.NetworkType{flow.CDN, flow.Hosting, flow.Neocloud},
		out: &Report{Period: Span{Period: flow.Period{Name: "2025Q4"}, Whole: true}},
	}
}

func TestPlaceFigures(t *testing.T) {
	m := placeMaker(&stats.Places{
		Countries:    stats.PlaceList{Places: []stats.Place{somePlace("US", 5e15, 2e15), somePlace("DE", 1e15, -1), somePlace("XX", 1e12, 0)}, All: 5, Unseen: 2},
		Subdivisions: stats.PlaceList{Places: []stats.Place{somePlace("US-VA", 3e15, 1e15), somePlace("PL-02", 1e15, 0)}, All: 2},
		Metros:       stats.PlaceList{Places: []stats.Place{somePlace("Northern Virginia", 0, 9e14)}, All: 1},
		Known:        stats.Num{Value: 0.954, Known: true},
	})
	figures := m.placeFigures()
	rows := func(f *Figure) string {
		var out []string
		for _, row := range f.Table.Rows {
			text := row[0].Label
			for c, cell := range row[1:] {
				text += " " + cell.Value.Text(f.Table.Columns[c+1].Unit)
			}
			out = append(out, text)
		}
		return strings.ReplaceAll(strings.Join(out, "; "), nbsp, " ")
	}
	want := []struct{ name, rows, caption string }{
		{"countries", "United States 5 Pb 2 Pb; Germany 1 Pb hidden; XX 1 Tb 0 b", "3 of 5 countries, those that show most bits; of 2 countries nothing can be shown. The country of 95.4 % of all bits is known."},
		{"countries-without-largest", "Germany 1 Pb hidden; XX 1 Tb 0 b", "2 of 4 countries, those that show most bits; of 2 countries nothing can be shown. United States, first in the figure before, is left out"},
		{"subdivisions", "Virginia, US 3 Pb 1 Pb; PL-02 1 Pb 0 b", "the 2 subdivisions. Unit: bits"},
		{"metros", "Northern Virginia 900 Tb", "the 1 area. Areas are inferred from the city"},
	}
	if len(figures) != len(want) {
		t.Fatalf("%d figures, want %d", len(figures), len(want))
	}
	for i, w := range want {
		f := &figures[i]
		if f.Name != w.name || rows(f) != w.rows {
			t.Errorf("%s has %q, want %s with %q", f.Name, rows(f), w.name, w.rows)
		}
		if caption := strings.ReplaceAll(f.Caption, nbsp, " "); !strings.Contains(caption, w.caption) || !strings.Contains(caption, "Q4 2025") {
			t.Errorf("the caption of %s is %q, want one with %q", f.Name, caption, w.caption)
		}
		if hidden := strings.Contains(f.Caption, "hidden for publication"); hidden != strings.Contains(w.rows, "hidden") {
			t.Errorf("the caption of %s says of hidden numbers: %v", f.Name, hidden)
		}
	}
	if alt := strings.ReplaceAll(figures[0].Alt, nbsp, " "); !strings.Contains(alt, "3 countries by 2 network types") || !strings.Contains(alt, "United States and CDN with 5 Pb") {
		t.Errorf("the alternative text is %q", alt)
	}
}

// Where the catalogue states some areas, the others are marked.
func TestStatedAreas(t *testing.T) {
	stated := somePlace("Helsinki", 0, 5e14)
	stated.Stated, stated.Inferred = true, false
	m := placeMaker(&stats.Places{
		Countries: stats.PlaceList{Places: []stats.Place{somePlace("FI", 0, 1e15)}, All: 1},
		Metros:    stats.PlaceList{Places: []stats.Place{somePlace("Northern Virginia", 0, 9e14), stated}, All: 2},
	})
	figures := m.placeFigures()
	if len(figures) != 2 { // one country is no reason for a figure without it
		t.Fatalf("%d figures, want countries and metros", len(figures))
	}
	if rows := figures[1].Table.Rows; rows[0][0].Label != "≈ Northern Virginia" || rows[1][0].Label != "Helsinki" || !strings.Contains(figures[1].Caption, "marked with ≈") {
		t.Errorf("areas are %s and %s, with the caption %q", rows[0][0].Label, rows[1][0].Label, figures[1].Caption)
	}
}

func TestPlacesMissing(t *testing.T) {
	f := func(p *stats.Places, want string) {
		t.Helper()
		m := placeMaker(p)
		if got := m.placesMissing(); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("the report says %q, want %q", got, want)
		}
		if want != "" && len(m.placeFigures()) > 0 {
			t.Errorf("there are figures, and a sentence that there are none: %q", want)
		}
	}
	f(&stats.Places{}, "geo_database")
	f(&stats.Places{Countries: stats.PlaceList{All: 3, Unseen: 3}}, "Nothing can be shown by place")
	f(&stats.Places{Countries: stats.PlaceList{Places: []stats.Place{somePlace("US", 1, 1)}, All: 1}}, "")
	m := placeMaker(nil)
	if got := m.placesMissing(); !strings.Contains(got, "whole months only") || m.placeFigures() != nil {
		t.Errorf("of a day the report says %q", got)
	}
	m.Study = nil
	if got := m.placesMissing(); got != "" || m.placeFigures() != nil {
		t.Errorf("without a study the report says %q", got)
	}
}

func TestPlaceNames(t *testing.T) {
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(placeName("CI"), "Côte d’Ivoire")
	f(placeName("ZZ"), "ZZ")
	f(subdivisionName("US-CA"), "California, US")
	f(subdivisionName("PL-02"), "PL-02")
	if n := len(placeNames()); n != strings.Count(placeNamesText, "\n") || n < 300 {
		t.Errorf("%d names of %d lines", n, strings.Count(placeNamesText, "\n"))
	}
}

// A season is the bits of its type, by month and region, as the sheets have them.
func TestSeasons(t *testing.T) {
	w := defaultWorld()
	r, err := New(w.input(t, "2025Q4"))
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range w.types {
		f := r.Figure("seasons-" + typ.String())
		if f == nil {
			t.Fatalf("no season of %s", typ)
		}
		if len(f.Table.Rows) != w.months || len(f.Table.Columns) != len(w.regions)+2 {
			t.Fatalf("%s has %d × %d cells", f.Name, len(f.Table.Rows), len(f.Table.Columns))
		}
		for m, row := range f.Table.Rows {
			for c, region := range w.regions {
				var want float64
				for _, d := range []flow.Direction{flow.Ingress, flow.Egress} {
					for _, v := range []uint8{4, 6} {
						bits, _ := w.base(m, c, typ, d, v)
						want += bits
					}
				}
				v := row[c+1].Value
				if hidden := w.hide(row[0].Label, cellKey(region, typ)); hidden != (v.State == figure.Hidden) || !hidden && v.X != want {
					t.Errorf("%s of %s in %s is %v, want %v", f.Name, row[0].Label, region, v, want)
				}
			}
		}
	}
	w.months = 1
	w.from = "2025-12"
	if r, err = New(w.input(t, "2025-12")); err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Figures {
		if strings.HasPrefix(f.Name, "seasons-") {
			t.Errorf("a store of one month has %s", f.Name)
		}
	}
}
