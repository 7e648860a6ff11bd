package filter

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
)

// manual is docs/reference/filter.md.
func manual(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/reference/filter.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestManualParses: every example of the manual is understood; those in pairs that are said to be the
// same are.
func TestManualParses(t *testing.T) {
	examples := 0
	for _, block := range regexp.MustCompile("(?s)```filter\n(.*?)```").FindAllStringSubmatch(manual(t), -1) {
		for line := range strings.Lines(block[1]) {
			e, err := Parse(line, nil)
			if err != nil {
				t.Errorf("%q: %v", line, err)
				continue
			}
			if e == nil {
				t.Errorf("%q is empty", line)
			}
			examples++
		}
	}
	if examples < 15 {
		t.Errorf("the manual has only %d examples", examples)
	}
	a, b := "type = cdn or type = hosting and not ip.version = 6", "type = cdn or (type = hosting and (not ip.version = 6))"
	x, _ := Parse(a, nil)
	y, _ := Parse(b, nil)
	if !strings.Contains(manual(t), a+"\n"+b+"\n") || x.String() != y.String() {
		t.Errorf("%q and %q are said to be the same: %q, %q", a, b, x, y)
	}
}

// TestManualNames: the manual has every field, and every value of those that have few.
func TestManualNames(t *testing.T) {
	text := manual(t)
	for f := range NumFields {
		_, row, ok := strings.Cut(text, "\n| `"+f.String()+"` | ")
		if !ok {
			t.Errorf("the manual has no field %s", f)
			continue
		}
		row, _, _ = strings.Cut(row, "\n")
		for _, w := range f.words() {
			if !strings.Contains(row, "`"+w.Text+"`") {
				t.Errorf("the manual's %s has no value %s", f, w.Text)
			}
		}
	}
}

// TestManualMistakes: messages are as the manual has them.
func TestManualMistakes(t *testing.T) {
	_, table, _ := strings.Cut(manual(t), "| filter | message |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := strings.Split(table, "\n")
	if len(rows) < 4 {
		t.Fatalf("%d mistakes", len(rows))
	}
	for _, row := range rows {
		cells := strings.Split(strings.Trim(row, "| "), " | ")
		_, err := Parse(strings.Trim(cells[0], "`"), names)
		var wrong *Error
		if !errors.As(err, &wrong) || wrong.Message != cells[1] {
			t.Errorf("%s: %v, the manual says %s", cells[0], err, cells[1])
		}
	}
}
