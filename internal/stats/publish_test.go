package stats

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tributary/internal/flow"
)

// usualPolicy is what a configuration has that sets nothing.
func usualPolicy() PublishPolicy {
	return PublishPolicy{MinAddresses: 10, MinNetworks: 3, MaxDominance: 0.9}
}

// flat reads a table of one period, both directions and both IP versions, that has only regions
// (columns A, B, …) and types (rows, in flow's order): innermost octets, totals are added. "!"
// marks too few addresses, "?" too few networks, "%" one network with too much, "+" published
// before; "-" is no cell.
func flat(t *testing.T, text string) *Table {
	t.Helper()
	m := &tableMaker{total: []int{-1}}
	marks := map[Key]byte{}
	for typ, row := range strings.Split(strings.TrimSpace(text), "\n") {
		for col, field := range strings.Fields(row) {
			if field == "-" {
				continue
			}
			k := Key{string(rune('A' + col)), flow.NetworkType(typ), flow.Ingress, 4}
			digits := strings.TrimRight(field, "!?%+")
			if mark := field[len(digits):]; mark != "" {
				marks[k] = mark[0]
			}
			n, err := strconv.ParseInt(digits, 10, 64)
			if err != nil {
				t.Fatalf("%q: %v", field, err)
			}
			m.add(0, k, TableCell{Octets: big.NewInt(n), Addresses: 1000, Networks: 100, Dominance: 0.2})
		}
	}
	table := m.table()
	table.Cells = slices.DeleteFunc(table.Cells, func(c TableCell) bool {
		return c.Direction != flow.Ingress || c.Version != 4
	})
	for i := range table.Cells {
		c := &table.Cells[i]
		switch marks[c.Key] {
		case '!':
			c.Addresses = 9
		case '?':
			c.Networks = 2
		case '%':
			c.Dominance = 0.91
		case '+':
			c.Fixed = FixedShown
		}
		c.Direction, c.Version = flow.Both, AllVersions
	}
	return table
}

// draw writes a mask as flat reads a table, totals last: "." for shown, a letter for hidden.
func draw(t *Table, m *Mask) string {
	letters := [NumReasons]byte{'.', 'a', 'n', 'd', 'c', 'b', 'e', 'w'}
	var regions []string
	var types []flow.NetworkType
	at := map[Key]byte{}
	for i := range t.Cells {
		k := t.Cells[i].Key
		at[k] = letters[m.Reasons[i]]
		regions, types = append(regions, k.Region), append(types, k.Type)
	}
	slices.Sort(regions)
	slices.Sort(types)
	var out strings.Builder
	for _, typ := range slices.Compact(types) {
		for _, r := range slices.Compact(slices.Clone(regions)) {
			c, ok := at[Key{r, typ, flow.Both, AllVersions}]
			if !ok {
				c = '-'
			}
			out.WriteByte(c)
		}
		out.WriteByte('\n')
	}
	return strings.TrimSpace(out.String())
}

func TestSuppress(t *testing.T) {
	f := func(name, text, want string, always ...flow.NetworkType) {
		t.Helper()
		table := flat(t, text)
		p := usualPolicy()
		p.Always = always
		m, err := table.Suppress(p)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want = strings.Join(strings.Fields(want), "\n")
		if got := draw(table, &m); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
		if len(m.Exposed) > 0 {
			t.Errorf("%s: exposed %v", name, m.Exposed)
		}
		attack(t, table, &m)
	}

	f("nothing to hide", "100 200\n300 400", "... ... ...")
	// 20 asks for 30 in its row and 50 in its column; with both, 60 closes the rectangle that 40
	// would leave open.
	f("a rectangle", "100 20! 30\n40 50 60\n70 80 90", ".ac. .cc. .... ....")
	f("each threshold", "100 20! 30\n40 50? 60\n70 80 90%", ".ac. cn.. c.d. ....")
	// The exempt type's cell is not hidden by itself, a total over all types is of no type.
	f("always", "100 20! 300\n400 500 600", ".... .... ....", flow.CDN)
	// With one region its total is the same number: both go, and so the rows all the way.
	f("one region", "10!\n20\n30", "ac cc .. ..")
	// A cell alone in its row and column: its totals go, then the smaller of what they are added to.
	f("alone", "10! -\n- 20", "a-c -cc cc.")
	f("all thin", "10! 20!\n30! 40!", "aa. aa. ...")
	f("one cell", "10!", "ac cc")
	// The rectangle with 30, 50 and 60 would do against subtraction, but a hidden 1000000 that can
	// lose only 59 and gain only 49 is no secret: a rectangle with three large cells goes as well. The
	// totals of the first two rows would do with one cell less, but totals are dear.
	f("bounded", "1000000! 30 800000\n50 60 70000\n900000 80000 90000", "acb. cc.. b.b. ....")
}

// The thresholds are exactly those of the design: fewer than, fewer than, more than.
func TestPrimary(t *testing.T) {
	p := usualPolicy()
	p.Always = []flow.NetworkType{flow.Migration, AllTypes}
	f := func(c TableCell, want Reason) {
		t.Helper()
		if got := p.primary(&c); got != want {
			t.Errorf("%s: %v, want %v", &c, got, want)
		}
	}
	f(TableCell{Addresses: 10, Networks: 3, Dominance: 0.9}, Shown)
	f(TableCell{Addresses: 9, Networks: 3, Dominance: 0.9}, FewAddresses)
	f(TableCell{Addresses: 10, Networks: 2, Dominance: 0.9}, FewNetworks)
	f(TableCell{Addresses: 10, Networks: 3, Dominance: 0.9000001}, Dominated)
	f(TableCell{Key: Key{Type: flow.Migration}, Addresses: 1}, Shown)
	f(TableCell{Key: Key{Type: AllTypes}, Addresses: 1}, FewAddresses)
	f(TableCell{Addresses: 1, Fixed: FixedShown}, Shown)
	f(TableCell{Addresses: 100, Networks: 9, Fixed: FixedHidden}, Earlier)
	f(TableCell{Fixed: FixedWithheld}, Withheld)
}

// What earlier publications have shown stays shown, what they have hidden stays hidden and is
// protected; where they leave nothing to hide, the mask says who is exposed.
func TestSuppressFixed(t *testing.T) {
	table := flat(t, "100 20! 30\n40 50 60\n70 80 90")
	cell := func(region string, typ flow.NetworkType) *TableCell {
		for i := range table.Cells {
			if c := &table.Cells[i]; c.Region == region && c.Type == typ {
				return c
			}
		}
		t.Fatal("no such cell")
		return nil
	}
	cell("C", flow.CDN).Fixed = FixedShown          // 30 is known: 100 must hide 20
	cell("A", flow.Hyperscaler).Fixed = FixedHidden // 70
	m, err := table.Suppress(usualPolicy())
	if err != nil {
		t.Fatal(err)
	}
	attack(t, table, &m)
	for i := range table.Cells {
		switch table.Cells[i].Fixed {
		case FixedShown:
			if m.Hidden(i) {
				t.Errorf("%s was shown and is hidden", &table.Cells[i])
			}
		case FixedHidden:
			if m.Reasons[i] != Earlier {
				t.Errorf("%s was hidden and is %v", &table.Cells[i], m.Reasons[i])
			}
		}
	}

	table = flat(t, "100+ 20!\n40+ 50+")
	for i := range table.Cells {
		if table.Cells[i].Region == AllRegions || table.Cells[i].Type == AllTypes {
			table.Cells[i].Fixed = FixedShown
		}
	}
	m, err = table.Suppress(usualPolicy())
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Exposed) != 1 || table.Cells[m.Exposed[0]].Region != "B" || table.Cells[m.Exposed[0]].Type != flow.CDN {
		t.Errorf("exposed = %v, want the one hidden cell", m.Exposed)
	}
}

// A month beside its quarter: hiding it in the month alone would leave quarter − other months.
// Two months beside their quarter, and a day beside its month, have a rest nobody sees.
func TestSuppressPeriods(t *testing.T) {
	table := realistic(7, 2, []int{3, 3, 3, -1})
	m, err := table.Suppress(usualPolicy())
	if err != nil {
		t.Fatal(err)
	}
	attack(t, table, &m)

	// The same without the third month's cells: refused, and then completed.
	part := &Table{Total: slices.Clone(table.Total)}
	for i := range table.Cells {
		if table.Cells[i].Period != 2 {
			part.Cells = append(part.Cells, table.Cells[i])
		}
	}
	if _, err := part.Suppress(usualPolicy()); err == nil || !strings.Contains(err.Error(), "withheld") {
		t.Errorf("a quarter without one of its months: error = %v", err)
	}
	part.AddRest(3)
	m2, err := part.Suppress(usualPolicy())
	if err != nil {
		t.Fatal(err)
	}
	attack(t, part, &m2)
	withheld := 0
	for i := range part.Cells {
		if (part.Cells[i].Period == 4) != (m2.Reasons[i] == Withheld) {
			t.Errorf("%s is %v", &part.Cells[i], m2.Reasons[i])
		}
		if m2.Reasons[i] == Withheld {
			withheld++
		}
	}
	if withheld == 0 {
		t.Error("the rest of the quarter has no cells")
	}
}

// A year over quarters published before: they stay as they are, what is hidden in them stays
// protected, and the year is not hidden whole. Only cells of the year may be exposed, those that
// the quarters give away.
func TestSuppressSettled(t *testing.T) {
	months := make([]int, 17)
	for p := range 16 {
		months[p] = 12 + p/3
	}
	months[12], months[13], months[14], months[15], months[16] = 16, 16, 16, 16, -1
	full := realistic(4, 2, months)
	year := &Table{Total: []int{4, 4, 4, 4, -1}}
	for q := range 4 {
		var quarter Table
		quarter.Total = []int{3, 3, 3, -1}
		for i := range full.Cells {
			c := full.Cells[i]
			switch {
			case c.Period < 12 && c.Period/3 == q:
				c.Period %= 3
			case c.Period == 12+q:
				c.Period = 3
			default:
				continue
			}
			quarter.Cells = append(quarter.Cells, c)
		}
		m, err := quarter.Suppress(usualPolicy())
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range quarter.Cells {
			if c.Period == 3 {
				c.Period, c.Fixed = q, FixedShown
				if m.Hidden(i) {
					c.Fixed = FixedHidden
				}
				year.Cells = append(year.Cells, c)
			}
		}
	}
	for _, c := range full.Cells {
		if c.Period == 16 {
			c.Period = 4
			year.Cells = append(year.Cells, c)
		}
	}
	m, err := year.Suppress(usualPolicy())
	if err != nil {
		t.Fatal(err)
	}
	attack(t, year, &m)
	shown, hidden := 0, 0
	for i, r := range m.Reasons {
		switch c := &year.Cells[i]; {
		case c.Fixed == FixedHidden && r != Earlier, c.Fixed == FixedShown && r != Shown:
			t.Errorf("%s was settled and is %v", c, r)
		case c.Fixed == Free && r.Hidden():
			hidden++
		case c.Fixed == Free:
			shown++
		}
	}
	for _, i := range m.Exposed {
		if year.Cells[i].Fixed != Free {
			t.Errorf("%s is exposed", &year.Cells[i])
		}
	}
	t.Logf("the year: %d shown, %d hidden, %d exposed", shown, hidden, len(m.Exposed))
	if shown == 0 || hidden == 0 {
		t.Errorf("the year: %d shown, %d hidden: want some of both", shown, hidden)
	}
}

func TestSuppressRefuses(t *testing.T) {
	f := func(want string, change func(t *Table)) {
		t.Helper()
		table := flat(t, "100 20!\n40 50")
		change(table)
		if _, err := table.Suppress(usualPolicy()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want one with %q", err, want)
		}
	}
	f("is there twice", func(t *Table) { t.Cells = append(t.Cells, t.Cells[0]) })
	f("has 101 octets, but its parts", func(t *Table) { t.Cells[0].Octets = big.NewInt(101) })
	f("must be left out", func(t *Table) { t.Cells[0].Octets = new(big.Int) })
	f("must be left out", func(t *Table) { t.Cells[0].Octets = nil })
	f("IP version 5", func(t *Table) { t.Cells[0].Version = 5 })
	f("period 1 of 1", func(t *Table) { t.Cells[0].Period = 1 })
	f("no valid total", func(t *Table) { t.Total[0] = 0 })
	f("no valid total", func(t *Table) { t.Total[0] = 7 })
}

// Step 3 of Suppress against the best there is: on tables small enough to try every mask that has
// what steps 1 and 2 ask for.
func TestSuppressAgainstBest(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	greedy, best := 0, 0
	for n := range 25 {
		var rows []string
		for range 2 + rng.IntN(2) {
			row := ""
			for range 2 + n%2 {
				row += strconv.Itoa(1+int(math.Exp(6+2*rng.NormFloat64()))) + []string{" ", " ", " ", " ", "! "}[rng.IntN(5)]
			}
			rows = append(rows, row)
		}
		table := flat(t, strings.Join(rows, "\n"))
		m, err := table.Suppress(usualPolicy())
		if err != nil {
			t.Fatal(err)
		}
		attack(t, table, &m)
		hidden := 0
		for i := range table.Cells {
			if m.Hidden(i) {
				hidden++
			}
		}
		least := fewestHidden(t, table)
		if hidden > least+2 {
			t.Errorf("%q: %d hidden, %d would do:\n%s", rows, hidden, least, draw(table, &m))
		}
		greedy, best = greedy+hidden, best+least
	}
	t.Logf("%d hidden, %d would do", greedy, best)
	if best == 0 || 10*greedy > 11*best {
		t.Errorf("%d hidden, %d would do", greedy, best)
	}
}

// fewestHidden is the least number of cells that a mask of the table can have.
func fewestHidden(t *testing.T, table *Table) int {
	g, err := newGrid(table)
	if err != nil {
		t.Fatal(err)
	}
	p := usualPolicy()
	s := newSuppressor(g)
	for i := range table.Cells {
		if r := p.primary(&table.Cells[i]); r != Shown {
			s.hide(i, r)
		}
	}
	s.complete()
	must, n := 0, len(table.Cells)
	for i := range table.Cells {
		if s.reasons[i].Hidden() {
			must |= 1 << i
		}
	}
	least := n
	for mask := range 1 << n {
		size := bits.OnesCount(uint(mask))
		if mask&must != must || size >= least {
			continue
		}
		bounds, err := table.Bounds(func(i int) bool { return mask>>i&1 == 1 })
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(bounds, func(b Bound) bool { return b.Exposed }) {
			least = size
		}
	}
	return least
}

// An empty table has an empty mask.
func TestSuppressEmpty(t *testing.T) {
	m, err := (&Table{}).Suppress(usualPolicy())
	if err != nil || len(m.Reasons) != 0 {
		t.Errorf("mask %v, error %v", m, err)
	}
}

// The same table gives the same mask, a mask stays far from hiding everything, and what it hides are
// grand totals last: the ceilings are what was seen on these tables and a little more, for grand
// totals exactly that.
func TestSuppressCeiling(t *testing.T) {
	f := func(regions int, total []int, ceiling float64, mostGrand int) {
		t.Helper()
		cells, primary, hidden, grand := 0, 0, 0, 0
		for seed := range uint64(6) {
			table := realistic(seed, regions, total)
			m, err := table.Suppress(usualPolicy())
			if err != nil {
				t.Fatal(err)
			}
			again, _ := realistic(seed, regions, total).Suppress(usualPolicy())
			if !slices.Equal(m.Reasons, again.Reasons) {
				t.Error("the same table gave two masks")
			}
			if len(m.Exposed) > 0 {
				t.Errorf("exposed %v", m.Exposed)
			}
			for i, r := range m.Reasons {
				cells++
				if r.Hidden() && table.Cells[i].Key == Total {
					grand++
				}
				switch {
				case r == FewAddresses || r == FewNetworks || r == Dominated:
					primary++
					hidden++
				case r.Hidden():
					hidden++
				}
			}
		}
		t.Logf("%d regions, %d periods: %d cells, %d below thresholds, %d hidden, %d grand totals", regions, len(total), cells, primary, hidden, grand)
		if grand > mostGrand {
			t.Errorf("%d regions, %d periods: %d grand totals hidden, want at most %d", regions, len(total), grand, mostGrand)
		}
		if primary == 0 || float64(hidden) > ceiling*float64(primary) {
			t.Errorf("%d regions, %d periods: %d cells hidden for %d below thresholds, want at most %g times as many", regions, len(total), hidden, primary, ceiling)
		}
	}
	f(4, []int{-1}, 4.7, 0)
	f(1, []int{-1}, 6, 0)
	f(2, []int{3, 3, 3, -1}, 8, 8)
	if !testing.Short() {
		f(20, []int{-1}, 3.6, 0)
	}
}

func ExampleTable_Suppress() {
	cell := func(region string, octets int64, networks uint64) TableCell {
		return TableCell{
			Key:    Key{region, AllTypes, flow.Both, AllVersions},
			Octets: big.NewInt(octets), Addresses: 5000, Networks: networks, Dominance: 0.3,
		}
	}
	t := Table{Total: []int{-1}, Cells: []TableCell{
		cell("A", 700, 40), cell("B", 200, 2), cell("C", 300, 30), cell(AllRegions, 1200, 50),
	}}
	m, err := t.Suppress(usualPolicy())
	if err != nil {
		panic(err)
	}
	for i, r := range m.Reasons {
		fmt.Println(t.Cells[i].Region, r)
	}
	// Output:
	// A shown
	// B few networks
	// C complementary
	// all shown
}

func BenchmarkSuppress(b *testing.B) {
	for _, c := range []struct {
		name    string
		regions int
		total   []int
	}{
		{"month/4", 4, []int{-1}},
		{"quarter/4", 4, []int{3, 3, 3, -1}},
		{"month/20", 20, []int{-1}},
		{"quarter/20", 20, []int{3, 3, 3, -1}},
	} {
		b.Run(c.name, func(b *testing.B) {
			table := realistic(0, c.regions, c.total)
			for b.Loop() {
				if _, err := table.Suppress(usualPolicy()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(table.Cells)), "cells")
		})
	}
}

// maxCoefficient is far away: what the tableau of a quarter reaches is a handful.
func TestCoefficientsStaySmall(t *testing.T) {
	table := realistic(2, 4, []int{3, 3, 3, -1})
	m, err := table.Suppress(usualPolicy())
	if err != nil {
		t.Fatal(err)
	}
	g, err := newGrid(table)
	if err != nil {
		t.Fatal(err)
	}
	s := newSuppressor(g)
	for i, r := range m.Reasons {
		if r.Hidden() {
			s.hide(i, r)
		}
	}
	largest := int64(0)
	for _, comp := range s.components() {
		p := s.polytope(comp)
		for v := range comp {
			never := func() bool { return false }
			p.extreme(v, -1, never)
			p.extreme(v, +1, never)
			for i, row := range p.coef {
				largest = max(largest, p.den[i])
				for _, c := range row {
					largest = max(largest, abs(c))
				}
			}
		}
		if p.overflow {
			t.Error("overflow")
		}
	}
	t.Logf("largest coefficient: %d", largest)
	if largest == 0 || largest > 1000 {
		t.Errorf("largest coefficient = %d, want a handful", largest)
	}
}
