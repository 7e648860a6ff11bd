package report

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"tributary/internal/figure"
)

// checkMonths: the months of figures over time follow each other without gap or repeat, and so do
// those of tables by month.
func (r *Report) checkMonths() []string {
	var out failures
	for i, m := range r.Months {
		t, err := time.Parse("2006-01", m)
		if err != nil || i > 0 && t.AddDate(0, -1, 0).Format("2006-01") != r.Months[i-1] {
			out.add("the month %q does not follow the one before it", m)
		}
	}
	for i := range r.Figures {
		f := &r.Figures[i]
		if len(f.Table.Columns) == 0 || f.Table.Columns[0].Name != "Month" {
			continue
		}
		seen := map[string]bool{}
		for _, row := range f.Table.Rows {
			var key []string
			for c := range min(len(row), len(f.Table.Columns)) {
				if f.Table.Columns[c].Unit == "" {
					key = append(key, row[c].Label)
				}
			}
			if k := strings.Join(key, "\x00"); seen[k] {
				out.add("the table of figure %s has two rows of %s", f.Name, strings.Join(key, " "))
			} else {
				seen[k] = true
			}
			if !slices.Contains(r.Months, row[0].Label) {
				out.add("the table of figure %s has the month %s, which is not shown", f.Name, row[0].Label)
			}
		}
	}
	return out
}

// periodPattern finds periods as periodTitle writes them: months and quarters with their year.
var periodPattern = regexp.MustCompile(`(?:Q[1-4]|January|February|March|April|May|June|July|August|September|October|November|December)\x{00a0}\d{4}`)

// checkCaptions: captions name no period that the report does not have, and those of figures over time
// name their table's first and last month.
func (r *Report) checkCaptions() []string {
	var out failures
	known := map[string]bool{}
	for _, s := range []string{r.Period.Title(), r.Before.Title()} {
		for _, p := range append(periodPattern.FindAllString(s, -1), s) {
			known[p] = true
		}
	}
	for _, m := range r.Months {
		known[periodTitle(m)] = true
	}
	for i := range r.Figures {
		f := &r.Figures[i]
		for _, text := range []string{f.Caption, f.Alt, f.span} {
			for _, p := range periodPattern.FindAllString(text, -1) {
				if !known[p] {
					out.add("figure %s speaks of %s, which the report does not have", f.Name, p)
				}
			}
		}
		if len(f.Table.Columns) > 0 && f.Table.Columns[0].Name == "Month" && len(f.Table.Rows) > 0 {
			first, last := f.Table.Rows[0][0].Label, f.Table.Rows[0][0].Label
			for _, row := range f.Table.Rows {
				first, last = min(first, row[0].Label), max(last, row[0].Label)
			}
			for _, m := range []string{first, last} {
				if !strings.Contains(f.Caption, periodTitle(m)) {
					out.add("the caption of figure %s does not name %s, an end of its data", f.Name, periodTitle(m))
				}
			}
		}
	}
	return out
}

// checkFindings: every number of a finding stands in its figure's table, and in its text; and every
// number with a unit in the text is one of them.
func (r *Report) checkFindings() []string {
	var out failures
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Figure != "" && r.figure(f.Figure) == nil {
			out.add("a finding is of the figure %s, which is not there: %s", f.Figure, f.Text)
			continue
		}
		var texts []string
		for j := range f.Numbers {
			n := &f.Numbers[j]
			if !n.Value.OK() {
				out.add("a finding names the %s, which is not shown: %s", n.Name, f.Text)
				continue
			}
			text := strings.TrimLeft(n.Text(), "+−")
			texts = append(texts, text)
			if !strings.Contains(f.Text, text) {
				out.add("a finding does not say the %s, %s: %s", n.Name, n.Text(), f.Text)
			}
			if !n.Derived && !r.stands(n, f.Figure) {
				out.add("the %s of a finding, %s, is not a number of its figure: %s", n.Name, n.Text(), f.Text)
			}
		}
		for _, said := range numberPattern.FindAllString(f.Text, -1) {
			said = strings.TrimSuffix(said, nbsp+"points")
			// A level of confidence and a threshold are no results.
			if !slices.Contains(texts, said) && said != "95"+nbsp+"%" && said != "5"+nbsp+"%" {
				out.add("a finding says %s, which is none of its numbers: %s", said, f.Text)
			}
		}
	}
	return out
}

// numberPattern finds numbers with a unit as figure.Unit writes them.
var numberPattern = regexp.MustCompile(`\d[\d.]*(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?\x{00a0}(?:%|points|[kMGTPEZY]?b\b(?:/s)?|[kMGTPEZY]\b)`)

// stands reports that the number is in the table that it is said to be in, at the head of the report,
// or, of a finding of no figure, in the section on coverage.
func (r *Report) stands(n *Number, of string) bool {
	if n.Figure != "" {
		of = n.Figure
	}
	if f := r.figure(of); f != nil {
		for _, row := range f.Table.Rows {
			for c := range row {
				if c < len(f.Table.Columns) && f.Table.Columns[c].Unit == n.Unit && same(row[c].Value, n.Value) {
					return true
				}
			}
		}
	}
	if of == "" {
		for _, c := range append([]RegionCoverage{r.Coverage.All}, r.Coverage.Regions...) {
			if n.Value == c.Slots || n.Value == c.Loss || n.Value == c.Error {
				return true
			}
		}
	}
	return slices.ContainsFunc(r.Key, func(k Number) bool { return k.Unit == n.Unit && k.Value == n.Value })
}

// same reports that two values are one, but for the rounding of a difference.
func same(a, b figure.Value) bool {
	return a.State == b.State && math.Abs(a.X-b.X) <= 1e-12*math.Max(math.Abs(a.X), math.Abs(b.X))
}

// nonsense is what no sentence says: a number that is none, and counts of nothing.
var nonsense = regexp.MustCompile(`NaN|Inf\b|%!|<nil>|\bno data\b|\b0\x{00a0}(?:months|regions|network types|networks|exporters)|  |\.\.(?:$| )| \.|,,`)

// checkWords: no sentence of the report is of the kind that a computer writes.
func (r *Report) checkWords() []string {
	var out failures
	look := func(where, text string) {
		if bad := nonsense.FindString(text); bad != "" {
			out.add("%s says %q: %s", where, bad, text)
		}
	}
	for i := range r.Findings {
		look("a finding", r.Findings[i].Text)
		if !strings.HasSuffix(r.Findings[i].Text, ".") {
			out.add("a finding does not end with a full stop: %s", r.Findings[i].Text)
		}
	}
	for i := range r.Figures {
		f := &r.Figures[i]
		look("the caption of figure "+f.Name, f.Caption)
		look("the reading of figure "+f.Name, f.Reading)
		look("the alternative text of figure "+f.Name, f.Alt)
	}
	look("the section on coverage", r.Coverage.Loss+" "+r.Coverage.Silence)
	return out
}
