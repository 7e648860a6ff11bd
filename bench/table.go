package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// row is one line of the table of comparisons. All cells are text as it is printed.
type row struct {
	what  string
	ours  string
	peer  string // with the peer's name
	ratio string // as the bar states it
	bar   string // "" = for information only
	met   bool   // valid iff bar is set
}

// table gathers rows; each is printed as it is found.
type table struct{ rows []row }

const tableHead = "| what | Tributary | the other | ratio | bar | met |\n|---|---|---|---|---|---|\n"

func (t *table) add(r row) {
	if len(t.rows) == 0 {
		fmt.Print(tableHead)
	}
	t.rows = append(t.rows, r)
	fmt.Print(r)
}

func (r row) String() string {
	met := ""
	if r.bar != "" {
		met = map[bool]string{true: "yes", false: "**no**"}[r.met]
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s |\n", r.what, r.ours, r.peer, r.ratio, r.bar, met)
}

func (t *table) String() string {
	var b strings.Builder
	b.WriteString(tableHead)
	for _, r := range t.rows {
		b.WriteString(r.String())
	}
	return b.String()
}

// series are measurements of one thing in one run, in the order taken.
type series []float64

func (s series) min() float64 { return slices.Min(s) }

// median is the middle one; of an even number the smaller of the two.
func (s series) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	return sorted[(len(sorted)-1)/2]
}

// perRecord prints nanoseconds a record: the median and, in brackets, the least.
func perRecord(s series) string {
	digits := 0
	if s.median() < 100 {
		digits = 1
	}
	return fmt.Sprintf("%.*f (%.*f) ns", digits, s.median(), digits, s.min())
}

// seconds prints seconds: the median and, in brackets, the least.
func seconds(s series) string { return fmt.Sprintf("%.2f (%.2f) s", s.median(), s.min()) }

// times is a ratio with its ×.
func times(x float64) string {
	if x >= 10 {
		return fmt.Sprintf("%.0f ×", x)
	}
	return fmt.Sprintf("%.2f ×", x)
}

// faster is the row of a comparison where the other should take at least bar times as long; 0 = no bar.
func faster(what string, ours, other series, peer string, bar float64) row {
	ratio := other.median() / ours.median()
	r := row{what: what, ours: perRecord(ours), peer: peer + " " + perRecord(other), ratio: times(ratio)}
	if bar > 0 {
		r.bar, r.met = fmt.Sprintf("≥ %g ×", bar), ratio >= bar
	}
	return r
}

// atMost is the row of a comparison where ours should take at most bar times what the other takes; 0 = no bar.
func atMost(what string, ours, other series, peer string, bar float64, print func(series) string) row {
	ratio := ours.median() / other.median()
	r := row{what: what, ours: print(ours), peer: peer + " " + print(other), ratio: times(ratio)}
	if bar > 0 {
		r.bar, r.met = fmt.Sprintf("≤ %g ×", bar), ratio <= bar
	}
	return r
}

// Marks in a document between which the table stands.
const (
	markBegin = "<!-- bench-peers begin -->"
	markEnd   = "<!-- bench-peers end -->"
)

// write puts the table, headed by what it was measured on, between the marks of a document.
func (t *table) write(path, machine string) error {
	return writeBetween(path, markBegin, markEnd, fmt.Sprintf("%s, %s:\n\n%s", time.Now().UTC().Format(time.DateOnly), machine, t))
}

// writeBetween replaces what stands between two lines of a document.
func writeBetween(path, begin, end, text string) error {
	doc, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("cannot write the table: %w", err)
	}
	from, to := bytes.Index(doc, []byte(begin)), bytes.Index(doc, []byte(end))
	if from < 0 || to < from {
		return fmt.Errorf("cannot write the table into %s: the lines %q and %q must stand in it, in this order", path, begin, end)
	}
	out := bytes.Join([][]byte{doc[:from], []byte(begin + "\n" + text), doc[to:]}, nil)
	return os.WriteFile(path, out, 0o644)
}
