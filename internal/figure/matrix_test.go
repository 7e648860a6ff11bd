package figure

import (
	"math"
	"strings"
	"testing"
)

// Every cell of a matrix is drawn once and has its value to point at, whichever way it is turned; a
// hidden number is nowhere.
func TestMatrixCells(t *testing.T) {
	f := func(m *Matrix, width, wantRows, wantCols int) {
		t.Helper()
		l := m.layout(width)
		if len(l.rows) != wantRows || len(l.cols) != wantCols || len(l.cells) != wantRows || len(l.cells[0]) != wantCols {
			t.Fatalf("%d × %d cells at %d px, want %d × %d", len(l.rows), len(l.cols), width, wantRows, wantCols)
		}
		c := m.Chart(width, &Light)
		want := map[string]bool{}
		for row, name := range m.Rows {
			for col, across := range m.Cols {
				if m.Months {
					across = monthName(across)
				}
				head := name + ", " + across
				if len(l.rows) != len(m.Rows) {
					head = across + ", " + name
				}
				want[head+"\n"+m.Cells[row][col].Text(m.Unit)] = true
			}
		}
		if len(c.Tips) != len(m.Rows)*len(m.Cols) {
			t.Errorf("%d tips for %d × %d cells", len(c.Tips), len(m.Rows), len(m.Cols))
		}
		for _, tip := range c.Tips {
			if !want[tip.Text] {
				t.Errorf("no cell says %q", tip.Text)
			}
			if tip.X < 0 || tip.X+tip.W > float64(width) || tip.Y+tip.H > float64(c.Height) {
				t.Errorf("%q lies outside the picture", tip.Text)
			}
		}
	}
	wide := sampleMatrix(4, 14, true)
	f(wide, WideWidth, 4, 14)
	f(wide, NarrowWidth, 14, 4)
	f(sampleMatrix(5, 8, false), NarrowWidth, 5, 8)
	f(sampleMatrix(1, 1, true), NarrowWidth, 1, 1)
}

// Months as heads of columns name the year where it begins.
func TestStackedMonths(t *testing.T) {
	got := strings.Join(stackedMonths([]string{"2025-11", "2025-12", "2026-01", "2026-02"}), " ")
	if want := "2025\nNov Dec 2026\nJan Feb"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// sampleMatrix is a type's cells by region and month, or types by place.
func sampleMatrix(rows, cols int, months bool) *Matrix {
	m := &Matrix{Unit: Bits, Months: months}
	for r := range rows {
		m.Rows = append(m.Rows, []string{"United States", "Germany", "Netherlands", "Japan", "Brazil"}[r%5])
		m.Short = append(m.Short, []string{"US", "DE", "NL", "JP", "BR"}[r%5])
		var row []Value
		for c := range cols {
			v := Num(4.1e17 / math.Pow(1.6, float64(r)) * wave(r, c))
			switch {
			case (r+c)%7 == 3:
				v = Hide()
			case (r+c)%7 == 5:
				v = Num(0)
			case (r+c)%23 == 8:
				v = Value{}
			}
			row = append(row, v)
		}
		m.Cells = append(m.Cells, row)
	}
	m.Cols = sampleMonths(cols)
	if !months {
		for i := range m.Cols {
			m.Cols[i] = TypeName(StackOrder[i])
		}
	}
	return m
}
