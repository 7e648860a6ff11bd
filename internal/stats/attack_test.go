package stats

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"

	"tributary/internal/flow"
)

// attacker is a reader who tries to undo a mask. He shares nothing with the code under test but
// the table: he finds the lines by comparing keys, and solves them by other means.
type attacker struct {
	table  *Table
	mask   *Mask
	hidden []int       // cells he does not see
	column map[int]int // the inverse of hidden
	rows   [][]int     // per line: +1 and −1 by column
}

func newAttacker(table *Table, mask *Mask) *attacker {
	a := &attacker{table: table, mask: mask, column: map[int]int{}}
	for i := range table.Cells {
		if mask.Hidden(i) {
			a.column[i] = len(a.hidden)
			a.hidden = append(a.hidden, i)
		}
	}
	for total := range table.Cells {
		c := &table.Cells[total]
		dimensions := []func(p *TableCell) bool{}
		if c.Region == AllRegions {
			dimensions = append(dimensions, func(p *TableCell) bool {
				return p.Region != AllRegions && p.Period == c.Period && p.Type == c.Type && p.Direction == c.Direction && p.Version == c.Version
			})
		}
		if c.Type == AllTypes {
			dimensions = append(dimensions, func(p *TableCell) bool {
				return p.Type != AllTypes && p.Period == c.Period && p.Region == c.Region && p.Direction == c.Direction && p.Version == c.Version
			})
		}
		if c.Direction == flow.Both {
			dimensions = append(dimensions, func(p *TableCell) bool {
				return p.Direction != flow.Both && p.Period == c.Period && p.Region == c.Region && p.Type == c.Type && p.Version == c.Version
			})
		}
		if c.Version == AllVersions {
			dimensions = append(dimensions, func(p *TableCell) bool {
				return p.Version != AllVersions && p.Period == c.Period && p.Region == c.Region && p.Type == c.Type && p.Direction == c.Direction
			})
		}
		dimensions = append(dimensions, func(p *TableCell) bool {
			return table.Total[p.Period] == c.Period && p.Key == c.Key
		})
		for _, is := range dimensions {
			row := make([]int, len(a.hidden))
			parts, any := 0, false
			for i := range table.Cells {
				if is(&table.Cells[i]) {
					parts++
					if k, ok := a.column[i]; ok {
						row[k], any = 1, true
					}
				}
			}
			if k, ok := a.column[total]; ok {
				row[k], any = -1, true
			}
			if parts > 0 && any {
				a.rows = append(a.rows, row)
			}
		}
	}
	return a
}

// exact reduces the lines and returns the columns that they determine, by Gauss and Jordan modulo
// a prime: minors of such a matrix are far smaller, so the rank is the rank over the rationals.
// independent are the lines that the others do not imply.
func (a *attacker) exact() (determined, independent []int) {
	const prime = 1<<31 - 1
	inverse := func(x int) int {
		out := 1
		for e := prime - 2; e > 0; e >>= 1 {
			if e&1 == 1 {
				out = out * x % prime
			}
			x = x * x % prime
		}
		return out
	}
	var basis [][]int
	var pivots []int
	for number, line := range a.rows {
		row := make([]int, len(line))
		for j, x := range line {
			row[j] = (x + prime) % prime
		}
		clear := func(row, by []int, j int) {
			if f := row[j]; f != 0 {
				for k, x := range by {
					row[k] = (row[k] + (prime-f)*x) % prime
				}
			}
		}
		for b, j := range pivots {
			clear(row, basis[b], j)
		}
		j := slices.IndexFunc(row, func(x int) bool { return x != 0 })
		if j < 0 {
			continue
		}
		inv := inverse(row[j])
		for k := range row {
			row[k] = row[k] * inv % prime
		}
		for b := range basis {
			clear(basis[b], row, j)
		}
		basis, pivots, independent = append(basis, row), append(pivots, j), append(independent, number)
	}
	for b, row := range basis {
		n := 0
		for _, x := range row {
			if x != 0 {
				n++
			}
		}
		if n == 1 {
			determined = append(determined, pivots[b])
		}
	}
	return determined, independent
}

// bounds are the ends of what a column's cell can be, by gonum's simplex. ok is false where it
// gives up, as it does on some degenerate programs.
func (a *attacker) bounds(column int, independent []int) (low, high float64, ok bool) {
	scale := 0.0
	value := make([]float64, len(a.hidden))
	lower := make([]float64, len(a.hidden))
	for k, c := range a.hidden {
		value[k], _ = new(big.Float).SetInt(a.table.Cells[c].Octets).Float64()
		scale = max(scale, value[k])
		if a.mask.Reasons[c] != Withheld {
			lower[k] = 1
		}
	}
	m := mat.NewDense(len(independent), len(a.hidden), nil)
	rhs := make([]float64, len(independent))
	for i, number := range independent {
		for k, x := range a.rows[number] {
			m.Set(i, k, float64(x))
			rhs[i] += float64(x) * (value[k] - lower[k]) / scale
		}
	}
	solve := func(sign float64) (float64, bool) {
		cost := make([]float64, len(a.hidden))
		cost[column] = sign
		best, _, err := lp.Simplex(cost, m, rhs, 1e-12, nil)
		switch {
		case errors.Is(err, lp.ErrUnbounded):
			return math.Inf(-1), true
		case err != nil:
			return 0, false
		}
		return best, true
	}
	l, ok1 := solve(+1)
	h, ok2 := solve(-1)
	return l*scale + lower[column], -h*scale + lower[column], ok1 && ok2
}

// attackExactly fails the test if a hidden cell can be had by subtraction, or if Bounds finds it
// within ±20 %.
func attackExactly(t *testing.T, table *Table, mask *Mask) (a *attacker, independent []int, bounds []Bound) {
	t.Helper()
	a = newAttacker(table, mask)
	for _, row := range a.rows {
		hidden, withheld, last := 0, 0, 0
		for k, x := range row {
			if x == 0 {
				continue
			}
			if mask.Reasons[a.hidden[k]] == Withheld {
				withheld++
			} else {
				hidden, last = hidden+1, k
			}
		}
		if hidden == 1 && withheld == 0 && !slices.Contains(mask.Exposed, a.hidden[last]) {
			t.Errorf("%s is the only hidden cell of a line", &table.Cells[a.hidden[last]])
		}
	}
	determined, independent := a.exact()
	for _, k := range determined {
		if c := a.hidden[k]; mask.Reasons[c] != Withheld && !slices.Contains(mask.Exposed, c) {
			t.Errorf("%s is determined by the lines", &table.Cells[c])
		}
	}
	bounds, err := table.Bounds(mask.Hidden)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bounds {
		if b.Exposed && !slices.Contains(mask.Exposed, b.Cell) {
			t.Errorf("%s = %s lies in [%g, %g]", &table.Cells[b.Cell], table.Cells[b.Cell].Octets, b.Low, b.High)
		}
	}
	return a, independent, bounds
}

// attack is attackExactly, and then by gonum's simplex where that is quick.
func attack(t *testing.T, table *Table, mask *Mask) {
	t.Helper()
	a, independent, bounds := attackExactly(t, table, mask)
	if len(a.hidden) > 40 {
		return // TestBounds compares the two
	}
	for _, b := range bounds {
		low, high, ok := a.bounds(a.column[b.Cell], independent)
		if ok && high <= 1.4999*low && !slices.Contains(mask.Exposed, b.Cell) {
			t.Errorf("%s = %s lies in [%g, %g], says gonum", &table.Cells[b.Cell], table.Cells[b.Cell].Octets, low, high)
		}
	}
}

// random is a small table with some cells empty and any of them below thresholds.
func random(rng *rand.Rand) *Table {
	totals := [][]int{{-1}, {-1}, {-1, -1}, {2, 2, -1}, {4, 2, 4, -1, -1}}
	m := &tableMaker{total: totals[rng.IntN(len(totals))]}
	regions, types := 1+rng.IntN(3), 1+rng.IntN(4)
	fill := 0.2 + rng.Float64()
	spread := rng.Float64() * 4
	for p := range m.total {
		if slices.Contains(m.total, p) {
			continue
		}
		for r := range regions {
			for typ := range types {
				for _, d := range []flow.Direction{flow.Ingress, flow.Egress} {
					for _, v := range []uint8{4, 6} {
						if rng.Float64() > fill {
							continue
						}
						c := TableCell{Octets: big.NewInt(1 + int64(100*math.Exp(rng.NormFloat64()*spread))), Addresses: 1000, Networks: 50, Dominance: 0.3}
						if rng.IntN(10) == 0 {
							c.Addresses = 1
						}
						m.add(p, Key{string(rune('A' + r)), flow.NetworkType(typ), d, v}, c)
					}
				}
			}
		}
	}
	return m.table()
}

// Masks of random tables withstand the attacker.
func TestSuppressRandom(t *testing.T) {
	tables := 80
	if testing.Short() {
		tables = 40
	}
	rng := rand.New(rand.NewPCG(11, 2))
	for range tables {
		table := random(rng)
		m, err := table.Suppress(usualPolicy())
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Exposed) > 0 {
			t.Fatalf("exposed %v", m.Exposed)
		}
		attack(t, table, &m)
		if t.Failed() {
			t.Fatalf("table %v", table.Cells)
		}
	}
}

// The exact simplex and gonum's find the same ends of the same intervals, for masks that protect
// and for masks that do not.
func TestBounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	compared, refused, tight := 0, 0, 0
	for range 60 {
		table := random(rng)
		mask, err := table.Suppress(usualPolicy())
		if err != nil {
			t.Fatal(err)
		}
		for i := range mask.Reasons { // spoil it
			if rng.IntN(30) == 0 {
				mask.Reasons[i] = map[bool]Reason{true: Shown, false: Earlier}[mask.Hidden(i)]
			}
		}
		a := newAttacker(table, &mask)
		if len(a.hidden) == 0 || len(a.hidden) > 45 {
			continue
		}
		_, independent := a.exact()
		bounds, err := table.Bounds(mask.Hidden)
		if err != nil {
			t.Fatal(err)
		}
		if len(bounds) != len(a.hidden) {
			t.Fatalf("%d bounds of %d hidden cells", len(bounds), len(a.hidden))
		}
		for _, b := range bounds {
			x, _ := new(big.Float).SetInt(table.Cells[b.Cell].Octets).Float64()
			if !(b.Low <= x && x <= b.High) {
				t.Errorf("%s = %g is not in its interval [%g, %g]", &table.Cells[b.Cell], x, b.Low, b.High)
			}
			low, high, ok := a.bounds(a.column[b.Cell], independent)
			if !ok {
				refused++
				continue
			}
			compared++
			if b.Low == b.High {
				tight++
			}
			near := func(got, want float64) bool {
				return got == want || math.Abs(got-want) <= 1e-6*max(1, math.Abs(want), x)
			}
			if !near(b.Low, low) || !near(b.High, high) {
				t.Errorf("%s = %g lies in [%g, %g], says gonum [%g, %g]", &table.Cells[b.Cell], x, b.Low, b.High, low, high)
			}
		}
	}
	t.Logf("%d intervals compared, %d of them points; gonum gave up on %d", compared, tight, refused)
	if compared < 200 || tight == 0 || tight == compared {
		t.Errorf("compared %d intervals, %d of them points: too few or too uniform to mean anything", compared, tight)
	}
}

// The attacker finds what there is to find: a mask of primary cells alone does not withstand him.
func TestAttacker(t *testing.T) {
	table := flat(t, "100 20! 30\n40 50! 60\n70 80 90!")
	p := usualPolicy()
	mask := Mask{Reasons: make([]Reason, len(table.Cells))}
	hidden := 0
	for i := range table.Cells {
		mask.Reasons[i] = p.primary(&table.Cells[i])
		if mask.Hidden(i) {
			hidden++
		}
	}
	a := newAttacker(table, &mask)
	if determined, _ := a.exact(); len(determined) != hidden || hidden != 3 {
		t.Errorf("%d cells of %d determined, want 3 of 3", len(determined), hidden)
	}
}

// Any table gets a mask that withstands the attacker.
func FuzzSuppress(f *testing.F) {
	f.Add([]byte{0, 2, 3, 10, 200, 3, 250, 9, 1})
	f.Add([]byte{3, 1, 1, 255, 0, 255, 0, 7})
	f.Add([]byte{4, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 240, 251, 252})
	f.Fuzz(func(t *testing.T, data []byte) {
		next := func() int {
			if len(data) == 0 {
				return 0
			}
			b := int(data[0])
			data = data[1:]
			return b
		}
		totals := [][]int{{-1}, {-1, -1}, {1, -1}, {2, 2, -1}, {2, 2, 3, -1}}
		m := &tableMaker{total: totals[next()%len(totals)]}
		regions, types := 1+next()%3, 1+next()%4
		for len(data) > 0 {
			period, where, size := next(), next(), next()
			for slices.Contains(m.total, period%len(m.total)) {
				period++
			}
			c := TableCell{Octets: new(big.Int).Lsh(big.NewInt(int64(1+size%16)), uint(size/4)), Addresses: 1000, Networks: 50, Dominance: 0.3}
			if where >= 240 {
				c.Networks = 1
			}
			m.add(period%len(m.total), Key{
				string(rune('A' + where%regions)), flow.NetworkType(where / regions % types),
				flow.Direction(where / 16 % 2), uint8(4 + where/8%2*2),
			}, c)
		}
		table := m.table()
		mask, err := table.Suppress(usualPolicy())
		if err != nil || len(mask.Exposed) > 0 {
			t.Fatalf("exposed %v, error %v", mask.Exposed, err)
		}
		attackExactly(t, table, &mask)
	})
}
