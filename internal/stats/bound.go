package stats

import (
	"math/big"
	"slices"
)

// maxRatio is how far apart the ends of a hidden cell's interval must be: more than 1.2/0.8. See
// Bound.
const maxRatio = 1.5

// leastOctets is the least that a row of a table can have: readers know that cells without octets
// are left out.
const leastOctets = 1

// Bound is what a reader of a table can conclude of one hidden cell's octets: they lie in
// [Low, High], and for every value in it there is a table that agrees with everything published.
//
// It is the solution of two linear programs: least and largest x_c such that
//
//	x_total = Σ x_parts in every additive line, x = its value where shown, x ≥ 1 where hidden
//
// (x ≥ 0 where withheld), over real x. That octets are whole is not used: it matters to cells of a
// few octets only. Other measures than octets are not used either.
//
// A cell counts as bounded within ±20 % (Exposed) where some number c has [Low, High] within
// [0.8·c, 1.2·c], that is where High ≤ 1.5·Low: a reader can state c and be sure to be at most 20 %
// off. This takes in the case Low ≥ 0.8·x and High ≤ 1.2·x of the true value x, and the readers who
// do not know x but know that they are that close.
//
// References: L. Willenborg and T. de Waal, Elements of Statistical Disclosure Control (2001),
// chapter 4 (feasibility intervals, the audit problem); L. H. Cox, "Suppression Methodology and
// Statistical Disclosure Control", JASA 75 (1980) 377–385.
type Bound struct {
	Cell      int // in Table.Cells
	Low, High float64
	Exposed   bool
}

// exposed is Bound's criterion. The margin is above the rounding of Low and High, which are exact
// but for their conversion to float64, so that a doubtful case is an exposed one.
func exposed(low, high float64) bool {
	const margin = 1 + 1e-9
	return !(high > maxRatio*margin*low)
}

// Bounds computes what readers can conclude of each hidden cell that is a row (so not of withheld
// ones), in order of cells, when the others are published. It solves all linear programs to their
// end and takes accordingly longer than Suppress.
func (t *Table) Bounds(hidden func(cell int) bool) ([]Bound, error) {
	g, err := newGrid(t)
	if err != nil {
		return nil, err
	}
	s := newSuppressor(g)
	for i := range t.Cells {
		if t.Cells[i].Fixed == FixedWithheld {
			s.hide(i, Withheld)
		} else if hidden(i) {
			s.hide(i, Earlier)
		}
	}
	var out []Bound
	for _, comp := range s.components() {
		p := s.polytope(comp)
		for v, cell := range comp {
			if s.reasons[cell] == Withheld {
				continue
			}
			never := func() bool { return false }
			p.extreme(v, -1, never)
			p.extreme(v, +1, never)
			low, high := p.seenLow[v], p.seenHigh[v]
			out = append(out, Bound{cell, low, high, exposed(low, high)})
		}
	}
	slices.SortFunc(out, func(a, b Bound) int { return a.Cell - b.Cell })
	return out, nil
}

// components are the hidden cells, parted into sets no line connects: what is believed of one set
// does not depend on another. Cells ascend, and sets by their first cell.
func (s *suppressor) components() [][]int {
	set := make([]int, len(s.reasons)) // by cell: its set's number + 1
	var out [][]int
	for i := range s.reasons {
		if !s.reasons[i].Hidden() || set[i] != 0 {
			continue
		}
		comp := []int{i}
		set[i] = len(out) + 1
		for k := 0; k < len(comp); k++ {
			for _, l := range s.g.linesOf[comp[k]] {
				s.g.lines[l].each(func(c int) {
					if s.reasons[c].Hidden() && set[c] == 0 {
						set[c] = len(out) + 1
						comp = append(comp, c)
					}
				})
			}
		}
		slices.Sort(comp)
		out = append(out, comp)
	}
	return out
}

// polytope is what can be believed of a component; its variables are the cells' indexes in comp.
func (s *suppressor) polytope(comp []int) *polytope {
	variable := make(map[int]int, len(comp))
	value := make([]*big.Int, len(comp))
	lower := make([]int64, len(comp))
	for v, c := range comp {
		variable[c] = v
		value[v] = s.g.t.Cells[c].Octets
		lower[v] = s.least(c)
	}
	var equations []equation
	done := make(map[int]bool)
	for _, c := range comp {
		for _, l := range s.g.linesOf[c] {
			if done[l] {
				continue
			}
			done[l] = true
			eq := equation{total: -1}
			if v, ok := variable[s.g.lines[l].total]; ok {
				eq.total = v
			}
			for _, part := range s.g.lines[l].parts {
				if v, ok := variable[part]; ok {
					eq.parts = append(eq.parts, v)
				}
			}
			equations = append(equations, eq)
		}
	}
	return newPolytope(equations, value, lower)
}

// least is the least octets a hidden cell can have.
func (s *suppressor) least(cell int) int64 {
	if s.reasons[cell] == Withheld {
		return 0
	}
	return leastOctets
}

// audit proves what can be proven of the hidden cells, most of them by a circuit, which is quick, the
// rest by linear programs. It returns those that are exposed, ascending.
func (s *suppressor) audit() []int {
	var out []int
	for _, comp := range s.components() {
		if !slices.ContainsFunc(comp, s.open) {
			continue
		}
		for _, cell := range comp {
			if s.open(cell) {
				s.trust(s.walker.hidden(s, cell))
			}
		}
		if !slices.ContainsFunc(comp, s.open) {
			continue
		}
		p := s.polytope(comp)
		for v, cell := range comp {
			if !s.open(cell) {
				continue
			}
			enough := func() bool { return !exposed(p.seenLow[v], p.seenHigh[v]) }
			p.extreme(v, -1, enough)
			p.extreme(v, +1, enough)
			if enough() {
				s.proven[cell] = true
			} else {
				out = append(out, cell)
			}
		}
	}
	slices.Sort(out)
	return out
}
