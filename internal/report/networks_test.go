package report

import (
	"strings"
	"testing"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// networksStudy is a study of networks beside the default world's Q4 2025: hosting with all there is,
// neocloud with too few networks for most of it, migration hidden, CDN without any network known.
func networksStudy(in *Input) *stats.Networks {
	n := &stats.Networks{Now: in.Now.Period, Before: in.Before.Period, Looked: 5}
	for _, s := range in.Months {
		n.Months = append(n.Months, s.Period)
	}
	rich := stats.Concentration{
		Networks: 200, Top: [4]stats.Num{known(0.0512), known(0.2), known(0.3), known(0.9)}, HHI: known(123), Effective: known(81.3), Gini: known(0.5),
		Lorenz: []float64{0, 0.25, 1},
	}
	few := stats.Concentration{Networks: 3, Top: [4]stats.Num{{}, known(1), known(1), known(1)}}
	hidden := stats.Concentration{Hidden: true}
	add := func(t flow.NetworkType, c stats.Concentration, came, gone stats.Turnover, movers stats.Movers) {
		of := stats.TypeNetworks{Type: t, Now: c, Before: c, New: came, Gone: gone, Movers: movers}
		for range n.Months {
			of.Months = append(of.Months, c)
		}
		n.Types = append(n.Types, of)
	}
	none := stats.Turnover{Known: true, Hidden: true}
	add(flow.CDN, stats.Concentration{}, stats.Turnover{Known: true}, stats.Turnover{Known: true}, stats.Movers{Known: true})
	add(flow.Hosting, rich, stats.Turnover{Known: true, Count: 12, Of: 180, Share: known(0.034)}, stats.Turnover{Known: true, Of: 177, Share: known(0)},
		stats.Movers{Known: true, Both: 168, Doubled: 17, Halved: 9, Largest: known(0.21)})
	add(flow.Migration, hidden, none, none, stats.Movers{Known: true, Hidden: true})
	add(flow.Neocloud, few, stats.Turnover{Known: true, Count: 1, Of: 3}, stats.Turnover{Known: true, Of: 2, Share: known(0)}, stats.Movers{Known: true, Both: 2})
	all := rich
	all.LeftOut = []flow.NetworkType{flow.Migration}
	add(stats.AllTypes, all, stats.Turnover{Known: true, Count: 13, Of: 183, LeftOut: all.LeftOut}, stats.Turnover{Known: true, Of: 179, Share: known(0), LeftOut: all.LeftOut},
		stats.Movers{Known: true, Both: 170, Doubled: 17, Halved: 9, Largest: known(0.2), LeftOut: all.LeftOut})
	magnitude := stats.TypeMagnitude{Type: flow.Neocloud}
	for i := range n.Months {
		m := stats.MagnitudeMonth{Points: []float64{1e12, 3e12, 5e12, 9e13}, Few: 1}
		switch i {
		case 1:
			m = stats.MagnitudeMonth{Hidden: true}
		case 2:
			m = stats.MagnitudeMonth{Mixed: true}
		}
		magnitude.Months = append(magnitude.Months, m)
	}
	n.Magnitude = []stats.TypeMagnitude{magnitude}
	return n
}

func plainSpaces(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }

// rowOf is the text of a table's first row that begins with the labels.
func rowOf(t *testing.T, f *Figure, labels ...string) string {
	t.Helper()
	for _, row := range f.Table.Rows {
		match := true
		for i, l := range labels {
			match = match && plainSpaces(row[i].Label) == l
		}
		if !match {
			continue
		}
		var out []string
		for i, c := range row {
			if text := c.Label; f.Table.Columns[i].Unit == "" {
				out = append(out, text)
			} else {
				out = append(out, c.Value.Text(f.Table.Columns[i].Unit))
			}
		}
		return plainSpaces(strings.Join(out, "|"))
	}
	t.Errorf("figure %s has no row %v", f.Name, labels)
	return ""
}

func TestNetworkFigures(t *testing.T) {
	w := defaultWorld()
	w.drop = map[string]bool{"2025-07": true}
	in := w.input(t, "2025Q4")
	in.Study = &stats.Study{Networks: networksStudy(in)}
	r, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	row := func(figure, want string, labels ...string) {
		t.Helper()
		if got := rowOf(t, r.Figure(figure), labels...); got != want {
			t.Errorf("%s %v: %s, want %s", figure, labels, got, want)
		}
	}
	row("concentration", "Q4 2025|Hosting|200|5.1 %|20.0 %|30.0 %|90.0 %|123|81.3|0.5|0.0 %, 25.0 %, 100.0 %", "Q4 2025", "Hosting")
	row("concentration", "Q4 2025|Neocloud|3|hidden|100.0 %|100.0 %|100.0 %|hidden|hidden|hidden|hidden", "Q4 2025", "Neocloud")
	row("concentration", "2025-11|Migration|hidden|hidden|hidden|hidden|hidden|hidden|hidden|hidden|hidden", "2025-11", "Migration")
	row("concentration", "2025-11|CDN|0|no data|no data|no data|no data|no data|no data|no data|no data", "2025-11", "CDN")
	row("networks", "Hosting|12|180|3.4 %|0|177|0.0 %|168|17|9|21.0 %", "Hosting")
	row("networks", "Neocloud|1|3|hidden|0|2|0.0 %|2|0|0|hidden", "Neocloud")
	row("networks", "Migration|hidden|hidden|hidden|hidden|hidden|hidden|hidden|hidden|hidden|hidden", "Migration")
	row("networks", "CDN|0|0|no data|0|0|no data|0|0|0|no data", "CDN")
	row("network-magnitude", "2025-05|Neocloud|4|1|1 Tb|4 Tb|90 Tb|1 Tb, 3 Tb, 5 Tb, 90 Tb", "2025-05")
	row("network-magnitude", "2025-06|Neocloud|hidden|hidden|hidden|hidden|hidden|hidden", "2025-06")
	for name, texts := range map[string][]string{
		"concentration":     {"May 2025 to December 2025", "All types are those that are not hidden", "A hatched piece of a bar", "hidden for publication"},
		"networks":          {"none of the 5 months before it", "those of Q3 2025 that were not there in Q4 2025", "All types are those that are not hidden"},
		"network-magnitude": {"fewer than 10 addresses in a month are left out (5)", "of 1 month of a type are hidden", "not named"},
	} {
		for _, text := range texts {
			if f := r.Figure(name); !strings.Contains(plainSpaces(f.Caption), text) {
				t.Errorf("%s: the caption %q lacks %q", name, f.Caption, text)
			}
		}
	}
	if alt := r.Figure("concentration").Alt; strings.Contains(alt, "Most concentrated") {
		t.Errorf("one type is compared with itself: %s", alt)
	}
	if alt := r.Figure("networks").Alt; !strings.Contains(alt, "Hosting: 12 of 180") {
		t.Errorf("networks: %s", alt)
	}
	if c := r.Figure("concentration").chart.(*figure.Concentration); len(c.Months) != 8 || c.Rows[1].Effective[2].State != figure.Missing || !c.Rows[1].Effective[3].OK() {
		t.Errorf("a month without traffic is no gap")
	}
	if c := r.Figure("network-magnitude").chart.(*figure.NetworkMagnitude); len(c.Months) != 8 || c.Panels[0].Median[2].State != figure.Missing || !c.Panels[0].Median[4].OK() {
		t.Errorf("a month without traffic is no gap")
	}
	in.Study = nil
	if r, err = New(in); err != nil {
		t.Fatal(err)
	}
	for i := range r.Figures {
		if name := r.Figures[i].Name; name == "networks" || name == "concentration" || name == "network-magnitude" {
			t.Errorf("figure %s without a study", name)
		}
	}
}

// TestNetworkFiguresAlone: without a period before and without months before there is nobody new or gone.
func TestNetworkFiguresAlone(t *testing.T) {
	w := defaultWorld()
	w.from, w.months = "2025-10", 3
	in := w.input(t, "2025Q4")
	n := networksStudy(in)
	n.Looked = 0
	in.Study = &stats.Study{Networks: n}
	r, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Figures {
		if r.Figures[i].Name == "networks" {
			t.Error("networks that came and went, and nothing to compare with")
		}
	}
	for _, row := range r.Figure("concentration").Table.Rows {
		if plainSpaces(row[0].Label) == "Q3 2025" {
			t.Error("a row of a period without traffic")
		}
	}
}

// TestClouds: what is made of a hidden cell is hidden, and the types of the group are named.
func TestClouds(t *testing.T) {
	w := defaultWorld()
	w.hide = func(month string, k stats.Key) bool { return month == "2025-11" && k.Type == flow.Hyperscaler }
	r, err := New(w.input(t, "2025Q4"))
	if err != nil {
		t.Fatal(err)
	}
	f := r.Figure("clouds")
	for _, text := range []string{f.Caption, f.Reading, f.Alt} {
		if !strings.Contains(text, "hosting, hyperscaler and neocloud") {
			t.Errorf("the types of the group are not named: %s", text)
		}
	}
	value := func(month, region, column string) figure.Value {
		for i, c := range f.Table.Columns {
			for _, row := range f.Table.Rows {
				if c.Name == column && row[0].Label == month && row[1].Label == region {
					return row[i].Value
				}
			}
		}
		t.Fatalf("no %s of %s in %s", column, region, month)
		return figure.Value{}
	}
	for _, region := range []string{"All regions", "US-East"} {
		for _, column := range []string{"Hyperscaler", "All cloud", "Hyperscaler, share", "All cloud, share", "Hyperscaler, networks"} {
			if got := value("2025-11", region, column); got != figure.Hide() {
				t.Errorf("%s of %s is %+v in a month where it is hidden", column, region, got)
			}
			if got := value("2025-12", region, column); !got.OK() {
				t.Errorf("%s of %s is %+v in a month where nothing is hidden", column, region, got)
			}
		}
		if got := value("2025-11", region, "Neocloud"); !got.OK() {
			t.Errorf("Neocloud is %+v in %s", got, region)
		}
		sum := 0.0
		for _, column := range []string{"Hosting", "Hyperscaler", "Neocloud"} {
			sum += value("2025-12", region, column).X
		}
		if got := value("2025-12", region, "All cloud").X; got != sum {
			t.Errorf("all cloud of %s is %v, its types %v", region, got, sum)
		}
	}
	w = defaultWorld()
	w.types = []flow.NetworkType{flow.CDN, flow.ISPRegional}
	if r, err = New(w.input(t, "2025Q4")); err != nil {
		t.Fatal(err)
	}
	for i := range r.Figures {
		if r.Figures[i].Name == "clouds" {
			t.Error("a figure of clouds without any")
		}
	}
}
