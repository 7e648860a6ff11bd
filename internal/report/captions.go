package report

import (
	"fmt"
	"strings"

	"tributary/internal/figure"
)

// periodNames are the period before and the period.
func (m *maker) periodNames() [2]string {
	return [2]string{m.out.Before.Title(), m.out.Period.Title()}
}

// bothPeriods names the period and the one it is compared with, or says that there is none.
func (m *maker) bothPeriods() string {
	n := m.periodNames()
	if !m.out.HasBefore {
		return fmt.Sprintf("%s; the store has no traffic of %s", n[1], n[0])
	}
	if !m.out.Period.Whole {
		return fmt.Sprintf("%s, which is not over, beside %s", n[1], n[0])
	}
	return fmt.Sprintf("%s beside %s", n[1], n[0])
}

// shownPeriods names the periods of which there is anything to compare.
func (m *maker) shownPeriods() string {
	n := m.periodNames()
	if !m.out.HasBefore {
		return n[1]
	}
	return n[0] + " and " + n[1]
}

// monthRange is the months of figures over time, first to last.
func (m *maker) monthRange() string {
	first, last := m.out.Months[0], m.out.Months[len(m.out.Months)-1]
	if first == last {
		return periodTitle(first)
	}
	return periodTitle(first) + " to " + periodTitle(last)
}

// partial says which months of a figure over time cannot be compared with the others: the first
// where the store begins within it, those with gaps, and the last where it is not over.
func (m *maker) partial() string {
	text, first, last := "", m.months[0], m.months[len(m.months)-1]
	if m.Extent.From > first.From {
		text = fmt.Sprintf(" %s is not whole: the store begins %s UTC.", periodTitle(first.Name), m.Extent.From.Time().Format("2 January 15:04"))
	}
	if thin := m.thin(); thin != "" {
		text += " " + thin
	}
	if m.Extent.To < last.To {
		text += fmt.Sprintf(" %s is not over: it ends with the newest data, %s UTC.", periodTitle(last.Name), m.Extent.To.Time().Format("2 January 15:04"))
	}
	return text
}

// unitText is the unit of volumes, or of volumes per something.
func (m *maker) unitText(per string) string {
	if m.out.Normalized {
		return "an index" + per + " in which the volume of the store's first whole month is 100"
	}
	return "bits" + per + ", decimal prefixes (1" + nbsp + "Pb = 10¹⁵ bits), " + m.corrected()
}

func (m *maker) hiddenText(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" %s hidden for publication.", plural(n, "number"))
}

func (m *maker) rangeText(what string, values []figure.Value) string {
	return rangeIn(what, m.out.Months, values, m.unit)
}

// rangeIn says where a series begins, ends and is largest.
func rangeIn(what string, months []string, values []figure.Value, u figure.Unit) string {
	first, last, top, hidden := -1, -1, -1, 0
	for i, v := range values {
		if v.State == figure.Hidden {
			hidden++
		}
		if !v.OK() {
			continue
		}
		if first < 0 {
			first = i
		}
		if top < 0 || v.X > values[top].X {
			top = i
		}
		last = i
	}
	switch {
	case first < 0:
		return what + " has no number that can be shown."
	case first == last:
		return fmt.Sprintf("%s is %s in %s.", what, values[first].Text(u), periodTitle(months[first]))
	case hidden > 0:
		return fmt.Sprintf("%s goes from %s in %s to %s in %s and, of the months in which it is not hidden, is largest in %s with %s.", what,
			values[first].Text(u), periodTitle(months[first]), values[last].Text(u), periodTitle(months[last]), periodTitle(months[top]), values[top].Text(u))
	}
	return fmt.Sprintf("%s goes from %s in %s to %s in %s and is largest in %s with %s.", what,
		values[first].Text(u), periodTitle(months[first]), values[last].Text(u), periodTitle(months[last]), periodTitle(months[top]), values[top].Text(u))
}

func countHidden(lists ...[]figure.Value) int {
	n := 0
	for _, list := range lists {
		for _, v := range list {
			if v.State == figure.Hidden {
				n++
			}
		}
	}
	return n
}

func plotWord(bars bool) string {
	if bars {
		return "Stacked bars"
	}
	return "Stacked areas"
}

// plural is "1 month", "2 months".
func plural(n int, word string) string {
	if n == 1 {
		return "1" + nbsp + word
	}
	return fmt.Sprint(n) + nbsp + word + "s"
}

// capital makes the first letter, one of a to z, a capital.
func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// countOf is "1 of 3 exporters", "all 2 exporters", "the one exporter".
func countOf(n, of int, word string) string {
	if n == 1 && of == 1 {
		return "the one " + word
	}
	if n == of {
		return "all " + plural(of, word)
	}
	return fmt.Sprintf("%d of %s", n, plural(of, word))
}

// list joins words as a sentence does: "a, b and c".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
