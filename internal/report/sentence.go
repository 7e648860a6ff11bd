package report

import (
	"fmt"
	"math"
	"slices"

	"tributary/internal/figure"
	"tributary/internal/stats"
)

// sentence is a finding in the making: what is said, and each number as it is said.
type sentence struct{ Finding }

// newSentence begins a finding that the figure shows. See rule for its concern.
func newSentence(figure string, concern float64) *sentence {
	return &sentence{Finding{Figure: figure, concern: concern}}
}

// say appends to the text.
func (s *sentence) say(format string, args ...any) { s.Text += fmt.Sprintf(format, args...) }

// found is the finding, as rules give it.
func (s *sentence) found() []Finding { return []Finding{s.Finding} }

// number is the text of a number of the figure's table, or of the report's head, and notes it.
func (s *sentence) number(name string, v figure.Value, u figure.Unit) string {
	s.Numbers = append(s.Numbers, Number{Name: name, Value: v, Unit: u})
	return v.Text(u)
}

// share is number for a share.
func (s *sentence) share(name string, v figure.Value) string {
	return s.number(name, v, figure.Percent)
}

// elsewhere is number for one of another figure's table.
func (s *sentence) elsewhere(figure, name string, v figure.Value, u figure.Unit) string {
	s.Numbers = append(s.Numbers, Number{Name: name, Value: v, Unit: u, Figure: figure})
	return v.Text(u)
}

// derived is number for one that is computed from several of the figure's.
func (s *sentence) derived(name string, x float64, u figure.Unit) string {
	n := Number{Name: name, Value: figure.Num(x), Unit: u, Derived: true}
	s.Numbers = append(s.Numbers, n)
	return n.Text()
}

// points is number for a change in percentage points, with its sign.
func (s *sentence) points(name string, v figure.Value) string {
	return s.number(name, v, figure.Points) + nbsp + "points"
}

// change says a relative change: "12 % higher", "3.1 % lower", "no different". Only a change that is
// said is noted.
func (s *sentence) change(name string, change float64, up, down, same string) string {
	if math.Abs(change) < 0.0005 {
		return same
	}
	s.derived(name, change, figure.Percent)
	text := figure.Percent.Format(math.Abs(change))
	if change > 0 {
		return text + " " + up
	}
	return text + " " + down
}

// notHidden begins sentences that only speak of what is published.
const notHidden = "Of the types that are not hidden, "

// ofShown begins a sentence that picks one of the types, where some of them are hidden in any of the
// sheets that it picks from.
func (s *sentence) ofShown(m *maker, sheets ...*stats.Sheet) {
	if slices.ContainsFunc(sheets, m.anyTypeHidden) {
		s.Text = notHidden
	}
}

func (m *maker) anyTypeHidden(s *stats.Sheet) bool {
	for _, t := range m.types {
		if bitsIn(s, typeKey(t)).State == figure.Hidden {
			return true
		}
	}
	return false
}

// timesText is a factor with two significant digits: "3.4", "8,200".
func timesText(x float64) string {
	if x < 1000 {
		return figure.Count.Digits(x, 2)
	}
	unit := math.Pow10(int(math.Log10(x)) - 1)
	return grouped(uint64(math.Round(x/unit) * unit))
}
