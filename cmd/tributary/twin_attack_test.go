package main

import (
	"math"
	"math/big"
	"slices"
	"testing"
)

// checkPublished looks at a dataset as it is published: that what must be hidden is, that what is
// shown is true, and that what is hidden can neither be had by subtraction nor be bounded closely.
func (w *twin) checkPublished(name string, table twinTable, unsuppressed, published dataset) {
	w.t.Helper()
	c := comparison{t: w.t, name: name + ", published", wrong: map[string]int{}}
	hidden := map[twinCellKey]bool{}
	for key, row := range published {
		hidden[key] = row["suppressed"] == "true"
	}
	primary, months := map[twinCellKey]bool{}, map[string]bool{}
	for key, cell := range table {
		row, full := published[key], unsuppressed[key]
		if row == nil || full == nil {
			c.fail("row", key, "missing", "there")
			continue
		}
		months[key.month] = true
		if primary[key] = cell.small(); primary[key] && !hidden[key] {
			c.fail("suppressed", key, "shown", "hidden")
		}
		total := key
		total.typ = "all"
		for column, value := range full {
			switch column {
			case "month", "region", "network_type", "direction", "ip_version", "coverage", "suppressed":
			case "share":
				if hidden[key] || hidden[total] {
					value = ""
				}
			default:
				if hidden[key] {
					value = ""
				}
			}
			if row[column] != value {
				c.fail(column, key, row[column], value)
			}
		}
	}
	if len(published) != len(table) {
		w.t.Errorf("%s: %d rows are published, want %d", name, len(published), len(table))
	}
	computed, bounded := 0, 0 // by readers of a mask of small cells alone
	for month := range months {
		attack := newTwinAttack(month, published, hidden)
		exact := attack.determined()
		for _, key := range exact {
			w.t.Errorf("%s: the bits of %v can be computed from what is shown", name, key)
		}
		near := attack.bounded(w.t)
		for _, key := range near {
			w.t.Errorf("%s: the bits of %v can be bounded within ±20 %%", name, key)
		}
		w.t.Logf("%s: %s: %d of %d rows hidden", name, month, len(attack.hidden), attack.rows)
		naive := newTwinAttack(month, unsuppressed, primary)
		computed += len(naive.determined())
		bounded += len(naive.bounded(w.t))
	}
	if computed == 0 || bounded <= computed {
		w.t.Errorf("%s: with nothing hidden but what is small, %d rows can be computed and %d be bounded: the attack proves nothing", name, computed, bounded)
	}
	w.t.Logf("%s: were only small rows hidden, %d could be computed and %d be bounded within ±20 %%", name, computed, bounded)
}

// small reports whether a cell has fewer than 10 addresses or 3 networks, or is for more than nine
// tenths one network's.
func (c *twinCell) small() bool {
	networks := len(c.networks)
	if c.networks["unknown"] != nil {
		networks--
	}
	for _, octets := range c.networks {
		if new(big.Int).Mul(octets, big.NewInt(10)).Cmp(new(big.Int).Mul(c.octets, big.NewInt(9))) > 0 {
			return true
		}
	}
	return len(c.addresses) < 10 || networks < 3
}

// twinAttack is a reader of one month, or of a quarter and its months, who knows the rows that are
// shown, that hidden ones are not zero, and that totals are the sums of their parts.
type twinAttack struct {
	rows   int
	hidden []twinCellKey
	lines  [][]int    // by hidden row: +1 a part, −1 the total
	sums   []*big.Int // what the line comes to, of shown rows: octets
}

// newTwinAttack looks at the rows of one month, or at all for none.
func newTwinAttack(month string, d dataset, hidden map[twinCellKey]bool) *twinAttack {
	a := &twinAttack{}
	seen := func(key twinCellKey) bool { return month == "" || key.month == month }
	column := map[twinCellKey]int{}
	for key := range d {
		if !seen(key) {
			continue
		}
		a.rows++
		if hidden[key] {
			column[key] = len(a.hidden)
			a.hidden = append(a.hidden, key)
		}
	}
	dimensions := []struct {
		of  func(*twinCellKey) *string
		all string
	}{
		{func(k *twinCellKey) *string { return &k.region }, "all"},
		{func(k *twinCellKey) *string { return &k.typ }, "all"},
		{func(k *twinCellKey) *string { return &k.direction }, "both"},
		{func(k *twinCellKey) *string { return &k.version }, "all"},
		{func(k *twinCellKey) *string { return &k.month }, twinQuarter},
	}
	for total := range d {
		for _, dim := range dimensions {
			if !seen(total) || *dim.of(&total) != dim.all {
				continue
			}
			line, sum, any, parts := make([]int, len(a.hidden)), new(big.Int), false, false
			add := func(key twinCellKey, sign int) {
				if c, ok := column[key]; ok {
					line[c], any = sign, true
					return
				}
				bits, _ := new(big.Int).SetString(d[key]["bits"], 10)
				sum.Sub(sum, bits.Mul(bits, big.NewInt(int64(sign))))
			}
			add(total, -1)
			for part := range d {
				is := part
				*dim.of(&is) = dim.all
				if is == total && part != total {
					add(part, 1)
					parts = true
				}
			}
			if any && parts {
				a.lines, a.sums = append(a.lines, line), append(a.sums, sum.Quo(sum, big.NewInt(8)))
			}
		}
	}
	return a
}

// determined are the hidden rows that the lines give away exactly: Gauss and Jordan modulo a prime,
// whose accidents a matrix of 0 and ±1 does not know.
func (a *twinAttack) determined() (out []twinCellKey) {
	const prime = 1<<31 - 1
	var m [][]int
	for _, line := range a.lines {
		row := make([]int, len(line))
		for j, x := range line {
			row[j] = (x + prime) % prime
		}
		m = append(m, row)
	}
	rank := 0
	for j := range a.hidden {
		at := slices.IndexFunc(m[rank:], func(row []int) bool { return row[j] != 0 })
		if at < 0 {
			continue
		}
		m[rank], m[rank+at] = m[rank+at], m[rank]
		inverse := int(new(big.Int).ModInverse(big.NewInt(int64(m[rank][j])), big.NewInt(prime)).Int64())
		for k := range m[rank] {
			m[rank][k] = m[rank][k] * inverse % prime
		}
		for i := range m {
			if f := m[i][j]; i != rank && f != 0 {
				for k, x := range m[rank] {
					m[i][k] = (m[i][k] + (prime-f)*x) % prime
				}
			}
		}
		if rank++; rank == len(m) {
			break
		}
	}
	for _, row := range m[:rank] {
		last, n := 0, 0
		for j, x := range row {
			if x != 0 {
				last, n = j, n+1
			}
		}
		if n == 1 {
			out = append(out, a.hidden[last])
		}
	}
	return out
}

// bounded are the hidden rows whose bits can be told within ±20 %: by the least and the greatest
// number of octets with which all lines come out and no hidden row is below one octet.
func (a *twinAttack) bounded(t *testing.T) (out []twinCellKey) {
	t.Helper()
	s, ok := newSimplex(a.lines, a.sums)
	if !ok {
		t.Error("the lines of what is published contradict each other")
		return nil
	}
	for j, key := range a.hidden {
		low, high := 1-s.most(j, -1), 1+s.most(j, 1)
		if high*0.8 <= low*1.2*0.9999 {
			out = append(out, key)
		}
	}
	return out
}

// simplex is the textbook's tableau method: x ≥ 0 with lines·x = sums, where each row of the tableau
// has a basic variable. Bland's rule keeps it from going in circles.
type simplex struct {
	rows  [][]float64 // last column: the value of the basic variable
	basic []int
	n     int
}

// newSimplex finds a first solution, with one more variable a line that is driven out. The unknowns
// are what rows have beyond one octet.
func newSimplex(lines [][]int, sums []*big.Int) (*simplex, bool) {
	s := &simplex{}
	if len(lines) > 0 {
		s.n = len(lines[0])
	}
	width := s.n + len(lines)
	for i, line := range lines {
		row := make([]float64, width+1)
		rest := new(big.Int).Set(sums[i])
		for j, x := range line {
			row[j] = float64(x)
			rest.Sub(rest, big.NewInt(int64(x)))
		}
		row[width], _ = new(big.Float).SetInt(rest).Float64()
		if row[width] < 0 {
			for j := range row {
				row[j] = -row[j]
			}
		}
		row[s.n+i] = 1
		s.rows, s.basic = append(s.rows, row), append(s.basic, s.n+i)
	}
	cost := make([]float64, width+1)
	for j := s.n; j < width; j++ {
		cost[j] = -1
	}
	s.maximize(cost, width)
	// What is left of the extra variables is zero, and leaves for any other; a row without one says
	// nothing.
	scale := 0.0
	for _, sum := range sums {
		x, _ := new(big.Float).SetInt(sum).Float64()
		scale = max(scale, math.Abs(x))
	}
	for i := 0; i < len(s.rows); i++ {
		if s.basic[i] < s.n {
			continue
		}
		if s.rows[i][width] > 1e-9*scale {
			return nil, false
		}
		j := slices.IndexFunc(s.rows[i][:s.n], func(x float64) bool { return math.Abs(x) > 1e-7 })
		if j < 0 {
			s.rows, s.basic = slices.Delete(s.rows, i, i+1), slices.Delete(s.basic, i, i+1)
			i--
			continue
		}
		s.pivot(i, j)
	}
	for i := range s.rows {
		s.rows[i] = append(s.rows[i][:s.n:s.n], s.rows[i][width])
	}
	return s, true
}

// most is the greatest value of sign × the variable; +Inf if there is none.
func (s *simplex) most(variable int, sign float64) float64 {
	cost := make([]float64, s.n+1)
	cost[variable] = sign
	return s.maximize(cost, s.n)
}

// maximize raises Σ cost × variable from the solution at hand, over the first width variables.
func (s *simplex) maximize(cost []float64, width int) float64 {
	reduced := slices.Clone(cost) // with what the basic variables cost taken out; last: −value
	for i, b := range s.basic {
		for j, x := range s.rows[i] {
			reduced[j] -= cost[b] * x
		}
	}
	for {
		in := slices.IndexFunc(reduced[:width], func(x float64) bool { return x > 1e-7 })
		if in < 0 {
			return -reduced[width]
		}
		out := -1
		for i, row := range s.rows {
			if row[in] <= 1e-7 {
				continue
			}
			if out >= 0 {
				r, best := row[width]/row[in], s.rows[out][width]/s.rows[out][in]
				if r > best || r == best && s.basic[i] > s.basic[out] {
					continue
				}
			}
			out = i
		}
		if out < 0 {
			return math.Inf(1)
		}
		s.pivot(out, in)
		f := reduced[in]
		for j, x := range s.rows[out] {
			reduced[j] -= f * x
		}
	}
}

// pivot makes the variable basic in the row.
func (s *simplex) pivot(row, variable int) {
	f := s.rows[row][variable]
	for j := range s.rows[row] {
		s.rows[row][j] /= f
	}
	for i := range s.rows {
		if g := s.rows[i][variable]; i != row && g != 0 {
			for j, x := range s.rows[row] {
				s.rows[i][j] -= g * x
			}
			s.rows[i][len(s.rows[i])-1] = max(0, s.rows[i][len(s.rows[i])-1]) // rounding
		}
	}
	s.basic[row] = variable
}
