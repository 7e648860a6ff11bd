package report

import (
	"strings"
	"testing"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// withChanges adds a study whose changes are those of the sheets, with intervals of ±half points, and
// the largest network making a tenth of each.
func withChanges(in *Input, half float64) {
	changes := &stats.Changes{Before: in.Before.Period, Now: in.Now.Period}
	add := func(c stats.Change, before, now stats.Num) {
		c.Before, c.Now, c.Points = before, now, known(100*(now.Value-before.Value))
		c.Low, c.High, c.WeeksBefore, c.WeeksNow = known(c.Points.Value-half), known(c.Points.Value+half), 13, 13
		c.Without = known(0.9 * c.Points.Value)
		changes.Rows = append(changes.Rows, c)
	}
	for _, t := range in.Now.Types() {
		add(stats.Change{Type: t}, in.Before.Ratio(typeKey(t), stats.Total), in.Now.Ratio(typeKey(t), stats.Total))
	}
	for _, g := range stats.GroupNames {
		add(stats.Change{Type: stats.AllTypes, Group: g}, in.Before.GroupShare(g, stats.Total), in.Now.GroupShare(g, stats.Total))
	}
	in.Study = &stats.Study{Changes: changes}
}

// sharesOf is the figure shares of the default world, made different.
func sharesOf(t *testing.T, different func(*Input)) *Figure {
	t.Helper()
	w := defaultWorld()
	in := w.input(t, "2025Q4")
	withChanges(in, 2)
	different(in)
	r, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	return r.Figure("shares")
}

// TestSharesShowIntervals: the table has every number that is drawn, and the words say what they are.
func TestSharesShowIntervals(t *testing.T) {
	f := sharesOf(t, func(*Input) {})
	rows := f.chart.(*figure.Shares).Rows
	if len(rows) != len(f.Table.Rows) || len(rows) != 10 {
		t.Fatalf("%d rows are drawn and %d are in the table, want 10", len(rows), len(f.Table.Rows))
	}
	for i, r := range rows {
		cells := f.Table.Rows[i]
		for j, want := range []figure.Value{r.Before, r.Now, r.Change(), r.Low, r.High, r.Without} {
			if got := cells[j+1].Value; got != want || !got.OK() {
				t.Errorf("%s, %s: %v in the table, %v drawn", r.Name, f.Table.Columns[j+1].Name, got, want)
			}
		}
		if middle := (r.Low.X + r.High.X) / 2; middle < r.Change().X-1e-9 || middle > r.Change().X+1e-9 {
			t.Errorf("%s: the interval %v to %v is not around %v", r.Name, r.Low, r.High, r.Change())
		}
	}
	for _, want := range []string{"rest on 13\u00a0weeks before and 13 now", "how much shares vary from week to week"} {
		if !strings.Contains(f.Caption, want) {
			t.Errorf("the caption does not say %q: %s", want, f.Caption)
		}
	}
	for _, want := range []string{"hollow point", "one network made much"} {
		if !strings.Contains(f.Reading, want) {
			t.Errorf("the reading does not say %q: %s", want, f.Reading)
		}
	}
	if !strings.Contains(f.Alt, " Changes larger than weeks vary, in percentage points: ") {
		t.Errorf("the alternative text does not say which changes are outside their intervals: %s", f.Alt)
	}
	if f := sharesOf(t, func(in *Input) { withChanges(in, 90) }); !strings.Contains(f.Alt, "No type's change is larger than its weeks vary.") {
		t.Errorf("the alternative text does not say that all intervals hold 0: %s", f.Alt)
	}
}

// TestSharesWithoutIntervals: short periods say why there are none, hidden changes are called hidden, and
// without a study or a period before there is nothing.
func TestSharesWithoutIntervals(t *testing.T) {
	each := func(change func(*stats.Change)) func(*Input) {
		return func(in *Input) {
			for i := range in.Study.Changes.Rows {
				change(&in.Study.Changes.Rows[i])
			}
		}
	}
	f := func(what string, different func(*Input), state figure.State, caption string) {
		t.Helper()
		got := sharesOf(t, different)
		for _, row := range got.Table.Rows {
			for _, c := range row[4:] {
				if c.Value.State != state {
					t.Errorf("%s: %s has %+v", what, row[0].Label, c.Value)
				}
			}
		}
		if !strings.Contains(got.Caption, caption) || strings.Contains(got.Caption, "rest on") || strings.Contains(got.Reading, "hollow") {
			t.Errorf("%s: %s %s", what, got.Caption, got.Reading)
		}
	}
	f("short periods", each(func(c *stats.Change) {
		c.Low, c.High, c.Without = stats.Num{}, stats.Num{}, stats.Num{}
		c.NoInterval, c.NoWithout = stats.TooShort, stats.NoNetworks
	}), figure.Missing, "take eight weeks with traffic in each period")
	f("all hidden", each(func(c *stats.Change) {
		*c = stats.Change{Type: c.Type, Group: c.Group, NoInterval: stats.Concealed, NoWithout: stats.Concealed}
	}), figure.Hidden, "hidden for publication")
	f("no study", func(in *Input) { in.Study = nil }, figure.Missing, "percentage points.")
	f("no changes", func(in *Input) { in.Study = &stats.Study{} }, figure.Missing, "percentage points.")
	f("no period before", func(in *Input) { in.Before = stats.SheetOf(in.Before.Period, nil) }, figure.Missing, "percentage points.")
}

// TestSharesHideOneChange: a hidden type's row says so, and its number is nowhere.
func TestSharesHideOneChange(t *testing.T) {
	f := sharesOf(t, func(in *Input) {
		c := in.Study.Changes.At(flow.CDN)
		c.Without, c.NoWithout = stats.Num{}, stats.Concealed
	})
	for _, row := range f.Table.Rows {
		want := figure.Known
		if row[0].Label == "CDN" {
			want = figure.Hidden
		}
		if got := row[6].Value; got.State != want || want == figure.Hidden && got.X != 0 {
			t.Errorf("%s without the largest network: %+v", row[0].Label, got)
		}
	}
	if !strings.Contains(f.Caption, "1\u00a0number hidden for publication.") {
		t.Errorf("the caption does not count what is hidden: %s", f.Caption)
	}
}
