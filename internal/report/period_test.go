package report

import (
	"regexp"
	"strings"
	"testing"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// A sentence says on which day, and in which month, quarter or year.
func TestPeriodIn(t *testing.T) {
	for name, want := range map[string]string{
		"2025": "in 2025", "2025Q4": "in Q4" + nbsp + "2025", "2025-10": "in October" + nbsp + "2025",
		"2025-10-03": "on 3" + nbsp + "October" + nbsp + "2025",
	} {
		if got := (&Span{Period: flow.Period{Name: name}}).In(); got != want {
			t.Errorf("In of %s = %q, want %q", name, got, want)
		}
	}
}

// No sentence of a day's report says "in" of a day.
func TestDayReportSaysOn(t *testing.T) {
	w := defaultWorld()
	in := w.input(t, "2025Q4")
	day := func(s *stats.Sheet, name string) *stats.Sheet {
		p, err := flow.ParsePeriod(name)
		if err != nil {
			t.Fatal(err)
		}
		return stats.SheetOf(p, s.Cells)
	}
	in.Now, in.Before = day(in.Now, "2025-12-03"), day(in.Before, "2025-12-02")
	in.Asked, in.Study, in.Dataset = in.Now.Period, nil, nil
	r, err := New(in)
	if r == nil {
		t.Fatal(err)
	}
	wrong := regexp.MustCompile(`\b[Ii]n [1-9]\d?\x{00a0}` + "December")
	texts := []string{}
	for i := range r.Findings {
		texts = append(texts, r.Findings[i].Text)
	}
	for i := range r.Figures {
		texts = append(texts, r.Figures[i].Caption, r.Figures[i].Alt)
	}
	for _, text := range texts {
		if wrong.MatchString(text) {
			t.Errorf("a day is said with in: %s", text)
		}
	}
	if want := "On 3" + nbsp + "December" + nbsp + "2025 the network exchanged"; !strings.HasPrefix(texts[0], want) {
		t.Errorf("the first finding is %q, want %q first", texts[0], want)
	}
}

// The shares of the largest networks that the study computes are those that the figure names.
func TestTopCountsAgree(t *testing.T) {
	if figure.TopCounts != stats.TopRanks {
		t.Errorf("the figure names the %v largest networks, the study computes the %v", figure.TopCounts, stats.TopRanks)
	}
}
