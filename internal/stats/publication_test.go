package stats

import (
	"testing"

	"tributary/internal/rollup"
)

// alone decides the three months of a quarter each by itself, and the quarter by what they show: the masks
// of publication, on a Table of {3, 3, 3, -1}.
func alone(t *testing.T, quarter *Table) []bool {
	t.Helper()
	hidden := make([]bool, len(quarter.Cells))
	inMonths := map[Key]bool{}
	for month := range 3 {
		only, at := &Table{Total: []int{-1}}, []int(nil)
		for i, c := range quarter.Cells {
			if c.Period == month {
				c.Period = 0
				only.Cells, at = append(only.Cells, c), append(at, i)
			}
		}
		m, err := only.Suppress(usualPolicy())
		if err != nil {
			t.Fatal(err)
		}
		for k, i := range at {
			hidden[i] = m.Hidden(k)
			inMonths[quarter.Cells[i].Key] = inMonths[quarter.Cells[i].Key] || hidden[i]
		}
	}
	for i, c := range quarter.Cells {
		if c.Period == 3 {
			hidden[i] = inMonths[c.Key]
		}
	}
	return hidden
}

// Deciding months alone and quarters by their months withstands a reader of all four, hides less than
// deciding all four at once does, and no grand total; and a quarter that were decided after its months, by
// what they leave open, would show hardly more. docs/explanation/publication.md has the numbers.
func TestMonthsAlone(t *testing.T) {
	type count struct{ cells, hidden, grand int }
	var joint, single, after [2]count // of months and of quarters
	add := func(counts *[2]count, c *TableCell, hidden bool) {
		n := &counts[c.Period/3]
		n.cells++
		if hidden {
			n.hidden++
			if c.Key == Total {
				n.grand++
			}
		}
	}
	seeds := uint64(8)
	if testing.Short() {
		seeds = 3
	}
	for _, regions := range []int{1, 2, 4} {
		for seed := range seeds {
			table := realistic(seed, regions, []int{3, 3, 3, -1})
			together, err := table.Suppress(usualPolicy())
			if err != nil {
				t.Fatal(err)
			}
			hidden := alone(t, table)
			settled := &Table{Total: table.Total}
			for i, c := range table.Cells {
				add(&joint, &c, together.Hidden(i))
				add(&single, &c, hidden[i])
				if c.Period < 3 {
					c.Fixed = FixedShown
					if hidden[i] {
						c.Fixed = FixedHidden
					}
				}
				settled.Cells = append(settled.Cells, c)
			}
			left, err := settled.Suppress(usualPolicy())
			if err != nil {
				t.Fatal(err)
			}
			for i := range settled.Cells {
				add(&after, &settled.Cells[i], left.Hidden(i))
			}
			exposedMonths(t, table, hidden)
		}
	}
	t.Logf("months: %v at once, %v alone; quarters: %v at once, %v by their months, %v after them", joint[0], single[0], joint[1], single[1], after[1])
	for period := range 2 {
		if single[period].grand > 0 || single[period].hidden > joint[period].hidden {
			t.Errorf("alone %v are hidden, at once %v", single[period], joint[period])
		}
	}
	if single[1].hidden > after[1].hidden*102/100 {
		t.Errorf("by their months %v of quarters are hidden, after them %v", single[1], after[1])
	}
}

// exposedMonths fails the test where a reader of three months and their quarter tells a hidden cell of a
// month. Hidden cells of the quarter he may tell: they are the sum of what months show and one that they
// hide, say, and hide that one.
func exposedMonths(t *testing.T, table *Table, hidden []bool) {
	t.Helper()
	bounds, err := table.Bounds(func(cell int) bool { return hidden[cell] })
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bounds {
		if c := &table.Cells[b.Cell]; b.Exposed && c.Period < 3 {
			t.Errorf("%s = %s lies in [%g, %g]", c, c.Octets, b.Low, b.High)
		}
	}
}

// A day hides what its month hides, whatever it has itself, and what its own thresholds ask for.
func TestDayOfMonth(t *testing.T) {
	month := sheetOfTable(flat(t, "100 20! 900 800\n40 50 600 900\n700 800 900 950\n990 980 970 960"))
	if err := (&publication{usualPolicy()}).month(month); err != nil {
		t.Fatal(err)
	}
	day := sheetOfTable(flat(t, "10 2 90 80\n4 5 60 90\n70 80 90 95!\n99 98 97 96"))
	if err := (&publication{usualPolicy()}).day(day, month); err != nil {
		t.Fatal(err)
	}
	inMonth, more := 0, 0
	for i := range day.Cells {
		c, hidden := &day.Cells[i], false
		if j, ok := month.index[c.Key]; ok {
			hidden = month.Cells[j].Suppressed
		}
		switch {
		case hidden && !c.Suppressed:
			t.Errorf("%s is hidden in the month and shown of the day", cellName(c.Key))
		case hidden:
			inMonth++
		case c.Suppressed:
			more++
		}
	}
	if inMonth == 0 || more == 0 {
		t.Errorf("%d cells are hidden with the month's and %d of the day's own: the test shows nothing", inMonth, more)
	}
}

// sheetOfTable is a sheet with the cells of a table of one period.
func sheetOfTable(table *Table) *Sheet {
	s := &Sheet{index: map[Key]int{}}
	for i := range table.Cells {
		c := &table.Cells[i]
		s.index[c.Key] = len(s.Cells)
		s.Cells = append(s.Cells, Cell{Key: c.Key})
		x := sum{octets: rollup.U128(c.Octets.Uint64()), networks: int(c.Networks)}
		x.unique.n = c.Addresses
		s.sums = append(s.sums, x)
	}
	return s
}
