package report

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// A reader is somebody who has everything that was ever published and knows what adds up to what. He
// writes it down as linear equations of unknown numbers, none of which is below its least value, and
// solves for the least and greatest value of each: by means of his own, that share nothing with what
// decides what is hidden.
type reader[K comparable] struct {
	number    map[K]int // of the unknowns
	names     []K
	least     []float64
	equations []equation
}

type equation struct {
	of    map[int]float64 // coefficients
	value float64
	from  string // where it stands
}

func newReader[K comparable]() *reader[K] { return &reader[K]{number: map[K]int{}} }

// unknown is the number of an unknown, which is at least so much.
func (r *reader[K]) unknown(k K, least float64) int {
	n, ok := r.number[k]
	if !ok {
		n = len(r.names)
		r.number[k] = n
		r.names, r.least = append(r.names, k), append(r.least, least)
	}
	r.least[n] = max(r.least[n], least)
	return n
}

// slack is a new unknown of no name that is not negative.
func (r *reader[K]) slack() int {
	r.least = append(r.least, 0)
	var none K
	r.names = append(r.names, none)
	return len(r.names) - 1
}

func (r *reader[K]) learn(from string, value float64, of map[int]float64) {
	r.equations = append(r.equations, equation{of, value, from})
}

// addUp adds up unknowns, each once.
func addUp(factor float64, unknowns ...int) map[int]float64 {
	out := map[int]float64{}
	for _, n := range unknowns {
		out[n] += factor
	}
	return out
}

// interval is what a reader knows of a number.
type interval struct{ low, high float64 }

// near reports that the interval lies within ±20 % of some number.
func (i interval) near() bool { return i.high*0.8 <= i.low*1.2*0.9999 }

// conclude are the intervals of all unknowns, by number. Those that single equations give away one after
// the other come first; what is left falls into parts that have nothing to do with each other.
func (r *reader[K]) conclude(t *testing.T) []interval {
	t.Helper()
	known := make([]bool, len(r.names))
	value := make([]float64, len(r.names))
	size := 0.0
	for i := range r.equations {
		size = max(size, math.Abs(r.equations[i].value))
	}
	for again := true; again; {
		again = false
		for i := range r.equations {
			e := &r.equations[i]
			last, n, rest := -1, 0, e.value
			for k, c := range e.of {
				if known[k] {
					rest -= c * value[k]
				} else {
					last, n = k, n+1
				}
			}
			if n == 0 && math.Abs(rest) > 1e-9*size {
				t.Errorf("%s contradicts the rest by %g", e.from, rest)
			}
			if n == 1 && math.Abs(e.of[last]) > 1e-9 {
				known[last], value[last] = true, rest/e.of[last]
				again = true
			}
		}
	}
	out := make([]interval, len(r.names))
	for k := range out {
		out[k] = interval{value[k], value[k]}
		if !known[k] {
			out[k] = interval{r.least[k], math.Inf(1)}
		}
	}
	for _, part := range r.parts(known) {
		r.solve(t, part, known, value, out)
	}
	return out
}

// corner is a set of unknowns and the equations that they stand in.
type corner struct{ unknowns, equations []int }

// parts are the unknowns that equations connect.
func (r *reader[K]) parts(known []bool) []corner {
	leader := make([]int, len(r.names))
	for k := range leader {
		leader[k] = k
	}
	var find func(k int) int
	find = func(k int) int {
		if leader[k] != k {
			leader[k] = find(leader[k])
		}
		return leader[k]
	}
	first := func(e *equation) int {
		out := -1
		for k := range e.of {
			if !known[k] && (out < 0 || k < out) {
				out = k
			}
		}
		return out
	}
	for i := range r.equations {
		e := &r.equations[i]
		for k := range e.of {
			if !known[k] {
				leader[find(k)] = find(first(e))
			}
		}
	}
	at := map[int]int{}
	var out []corner
	for k := range r.names {
		if known[k] {
			continue
		}
		if _, ok := at[find(k)]; !ok {
			at[find(k)] = len(out)
			out = append(out, corner{})
		}
		p := &out[at[find(k)]]
		p.unknowns = append(p.unknowns, k)
	}
	seen := map[string]bool{}
	for i := range r.equations {
		k := first(&r.equations[i])
		if k < 0 {
			continue
		}
		text := fmt.Sprint(r.equations[i].of) // the same sum said twice
		if p := &out[at[find(k)]]; !seen[text] {
			seen[text] = true
			p.equations = append(p.equations, i)
		}
	}
	return out
}

// solve bounds the unknowns of a part.
func (r *reader[K]) solve(t *testing.T, p corner, known []bool, value []float64, out []interval) {
	t.Helper()
	column := map[int]int{}
	for j, k := range p.unknowns {
		column[k] = j
	}
	scale := 1.0
	rows := make([][]float64, len(p.equations))
	for i, n := range p.equations {
		e := &r.equations[n]
		row := make([]float64, len(p.unknowns)+1)
		row[len(p.unknowns)] = e.value
		for k, c := range e.of {
			if known[k] {
				row[len(p.unknowns)] -= c * value[k]
				continue
			}
			row[column[k]] = c
			row[len(p.unknowns)] -= c * r.least[k]
		}
		scale = max(scale, math.Abs(row[len(p.unknowns)]))
		rows[i] = row
	}
	for _, row := range rows {
		row[len(row)-1] /= scale
	}
	s, ok := newTableau(rows)
	if !ok {
		var from []string
		for _, n := range p.equations {
			from = append(from, r.equations[n].from)
		}
		slices.Sort(from)
		t.Errorf("these contradict each other: %v", slices.Compact(from))
		return
	}
	for j, k := range p.unknowns {
		out[k] = interval{r.least[k] - scale*s.most(j, -1), r.least[k] + scale*s.most(j, 1)}
	}
}

// tableau is the textbook's simplex method: x ≥ 0 with one equation a row, whose last column is the
// value of the row's basic variable.
type tableau struct {
	rows  [][]float64
	basic []int
	n     int
}

const tiny = 1e-9

// newTableau finds a first solution: each row has a variable of its own to begin with, which is driven
// out.
func newTableau(equations [][]float64) (*tableau, bool) {
	s := &tableau{}
	if len(equations) == 0 {
		return s, true
	}
	s.n = len(equations[0]) - 1
	width := s.n + len(equations)
	for i, e := range equations {
		row := make([]float64, width+1)
		sign := 1.0
		if e[s.n] < 0 {
			sign = -1
		}
		for j := range s.n {
			row[j] = sign * e[j]
		}
		row[width], row[s.n+i] = sign*e[s.n], 1
		s.rows, s.basic = append(s.rows, row), append(s.basic, s.n+i)
	}
	cost := make([]float64, width+1)
	for j := s.n; j < width; j++ {
		cost[j] = -1
	}
	if s.maximize(cost, width) < -1e-7 {
		return nil, false
	}
	for i := 0; i < len(s.rows); i++ {
		if s.basic[i] < s.n {
			continue
		}
		best := -1
		for j, x := range s.rows[i][:s.n] {
			if math.Abs(x) > 1e-7 && (best < 0 || math.Abs(x) > math.Abs(s.rows[i][best])) {
				best = j
			}
		}
		if best < 0 { // the row says what others say
			s.rows, s.basic = slices.Delete(s.rows, i, i+1), slices.Delete(s.basic, i, i+1)
			i--
			continue
		}
		s.pivot(i, best)
	}
	for i := range s.rows {
		s.rows[i] = append(s.rows[i][:s.n:s.n], s.rows[i][width])
	}
	return s, true
}

// most is the greatest value of sign × the variable; +Inf if there is none.
func (s *tableau) most(variable int, sign float64) float64 {
	cost := make([]float64, s.n+1)
	cost[variable] = sign
	return s.maximize(cost, s.n)
}

// maximize raises Σ cost × variable over the first width variables from the solution at hand, by the
// largest gain at first and by Bland's rule, which cannot go in circles, when that takes long.
func (s *tableau) maximize(cost []float64, width int) float64 {
	gain := slices.Clone(cost)
	for i, b := range s.basic {
		if cost[b] != 0 {
			for j, x := range s.rows[i] {
				gain[j] -= cost[b] * x
			}
		}
	}
	for step := 0; ; step++ {
		in := -1
		for j, g := range gain[:width] {
			if g > tiny && (in < 0 || step < 500 && g > gain[in]) {
				in = j
			}
		}
		if in < 0 {
			return -gain[len(gain)-1]
		}
		out := -1
		for i, row := range s.rows {
			if row[in] <= tiny {
				continue
			}
			if out >= 0 {
				a, b := row[len(row)-1]/row[in], s.rows[out][len(row)-1]/s.rows[out][in]
				if a > b || a == b && s.basic[i] > s.basic[out] {
					continue
				}
			}
			out = i
		}
		if out < 0 {
			return math.Inf(1)
		}
		s.pivot(out, in)
		f := gain[in]
		for j, x := range s.rows[out] {
			gain[j] -= f * x
		}
	}
}

// pivot makes the variable basic in the row.
func (s *tableau) pivot(row, variable int) {
	f := s.rows[row][variable]
	for j := range s.rows[row] {
		s.rows[row][j] /= f
	}
	for i := range s.rows {
		g := s.rows[i][variable]
		if i == row || g == 0 {
			continue
		}
		for j, x := range s.rows[row] {
			if s.rows[i][j] -= g * x; math.Abs(s.rows[i][j]) < 1e-13 {
				s.rows[i][j] = 0
			}
		}
		last := len(s.rows[i]) - 1
		s.rows[i][last] = max(0, s.rows[i][last]) // rounding
	}
	s.basic[row] = variable
}
