package report

import (
	"strings"
	"time"

	"tributary/internal/flow"
)

// nbsp keeps a number and its unit on one line.
const nbsp = "\u00a0"

// Title is the period as people write it: "Q4 2025", "October 2025", "2025", "3 October 2025".
func (s *Span) Title() string { return periodTitle(s.Name) }

// In says when: "in Q4 2025", "on 3 October 2025".
func (s *Span) In() string { return inPeriod(s.Name) }

func inPeriod(name string) string {
	if _, err := time.Parse("2006-01-02", name); err == nil {
		return "on " + periodTitle(name)
	}
	return "in " + periodTitle(name)
}

func periodTitle(name string) string {
	if from, to, ok := strings.Cut(name, ".."); ok {
		return periodTitle(from) + " to " + periodTitle(to)
	}
	if year, quarter, ok := strings.Cut(name, "Q"); ok {
		return "Q" + quarter + nbsp + year
	}
	if t, err := time.Parse("2006-01", name); err == nil {
		return t.Format("January") + nbsp + t.Format("2006")
	}
	if t, err := time.Parse("2006-01-02", name); err == nil {
		return t.Format("2") + nbsp + t.Format("January") + nbsp + t.Format("2006")
	}
	return name
}

// Dates is the first and the last day, and the last minute of a period that is not over:
// "1 October to 31 December 2025 (UTC)".
func (s *Span) Dates() string {
	first, last := s.From.Time(), (s.To - 1).Time()
	if s.To <= s.From {
		return "no traffic yet"
	}
	from := first.Format("2 January 2006")
	if first.Year() == last.Year() {
		from = first.Format("2 January")
	}
	to := last.Format("2 January 2006")
	if !s.Whole {
		return from + " to " + to + ", " + s.To.Time().Format("15:04") + " UTC: the period was not over, and ends here with the newest data"
	}
	if first.Format("2006-01-02") == last.Format("2006-01-02") {
		return to + " (UTC)"
	}
	return from + " to " + to + " (UTC)"
}

// window is the months that figures over time show: up to fourteen, to the end of the period, from
// the first that the store has.
func window(p flow.Period, oldest flow.Slot) []flow.Period {
	const most = 14
	if p.To <= p.From {
		return nil
	}
	var out []flow.Period
	for m := flow.MonthOf(p.To - 1); len(out) < most && m.To > oldest; m = m.Before() {
		out = append(out, m)
		if m.From == 0 {
			break
		}
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}
