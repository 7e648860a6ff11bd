package stats

import (
	"cmp"
	"slices"
)

// Suppress decides which cells of a table are hidden, so that the rest can be published together
// by design section 2, "Publication":
//
//  1. Each cell for itself: too few addresses, too few networks, one network with too much.
//  2. Until nothing changes: in a line with exactly one hidden cell, the shown cell with the fewest
//     octets, ties by the table's order, is hidden too, or the first could be had by subtraction.
//  3. While a hidden cell is exposed (see Bound), the cells that protect it are hidden: of the ways
//     that are tried (see circuit) the one with the fewest further cells, where a total counts as
//     many (see prices); then 2 again.
//
// Finding the fewest cells is NP-hard (J. P. Kelly, B. L. Golden, A. A. Assad, "Cell suppression:
// disclosure protection for sensitive tabular data", Networks 22 (1992) 397–417); step 3 is greedy
// and takes hypercubes as its patterns, as R. D. Repsilber's GHMITER does. M. Fischetti and J. J.
// Salazar, "Solving the cell suppression problem on tabular data with linear constraints",
// Management Science 47 (2001) 1008–1027, give the exact problem.
//
// The same table and policy give the same mask. It always ends, in the worst case with every cell
// hidden that is not FixedShown. An error says that the table is not one (a total is not the sum of
// its parts, a cell is there twice).
func (t *Table) Suppress(p PublishPolicy) (Mask, error) {
	g, err := newGrid(t)
	if err != nil {
		return Mask{}, err
	}
	s := newSuppressor(g)
	s.learn()
	for i := range t.Cells {
		if r := p.primary(&t.Cells[i]); r != Shown && !s.known[i] {
			s.hide(i, r)
		}
	}
	s.complete()
	open := s.audit()
	for s.protect(open) {
		open = s.audit()
	}
	for i := range t.Cells {
		if s.known[i] {
			s.reasons[i] = p.primary(&t.Cells[i])
		}
		if s.lost[i] && s.reasons[i].Hidden() && s.reasons[i] != Withheld {
			open = append(open, i)
		}
	}
	slices.Sort(open)
	return Mask{Reasons: s.reasons, Exposed: open}, nil
}

// suppressor is a mask in the making. Cells are only ever added, so what has been proven safe stays
// so: whatever a reader could believe before, he can still believe.
type suppressor struct {
	g       *grid
	reasons []Reason
	known   []bool // by cell: computable from cells with FixedShown alone, or one itself
	lost    []bool // by cell: exposed even if every cell that can be is hidden
	proven  []bool // by cell: known not to be exposed
	hidden  []int  // by line: its hidden cells, withheld ones left out
	blurred []int  // by line: its withheld cells
	walker  walker
}

func newSuppressor(g *grid) *suppressor {
	s := &suppressor{
		g:       g,
		reasons: make([]Reason, len(g.t.Cells)),
		known:   make([]bool, len(g.t.Cells)),
		lost:    make([]bool, len(g.t.Cells)),
		proven:  make([]bool, len(g.t.Cells)),
		hidden:  make([]int, len(g.lines)),
		blurred: make([]int, len(g.lines)),
	}
	s.walker.init(g)
	return s
}

// hide hides a cell that is shown.
func (s *suppressor) hide(cell int, r Reason) {
	s.reasons[cell] = r
	for _, l := range s.g.linesOf[cell] {
		if r == Withheld {
			s.blurred[l]++
		} else {
			s.hidden[l]++
		}
	}
}

// open reports that a cell is hidden and not yet proven safe, though it may be.
func (s *suppressor) open(cell int) bool {
	return s.reasons[cell].Hidden() && s.reasons[cell] != Withheld && !s.proven[cell] && !s.lost[cell]
}

// free reports that a cell is shown and may be hidden.
func (s *suppressor) free(cell int) bool {
	return s.reasons[cell] == Shown && !s.known[cell]
}

// learn finds what earlier publications give away for good, so that nothing is hidden in vain.
//
// Known are cells that all others of a line give together: the year's, where its four quarters' are
// published. Hiding such a cell protects none. Lost are cells that are exposed even if all that is
// not known is hidden: the year's, where three quarters' are published and the fourth is too small
// to matter. Hiding such a cell does protect the fourth quarter's.
func (s *suppressor) learn() {
	settled := false
	for i := range s.g.t.Cells {
		s.known[i] = s.g.t.Cells[i].Fixed == FixedShown
		settled = settled || s.known[i]
	}
	if !settled {
		return
	}
	for changed := true; changed; {
		changed = false
		for l := range s.g.lines {
			unknown, last := 0, -1
			s.g.lines[l].each(func(c int) {
				if !s.known[c] {
					unknown, last = unknown+1, c
				}
			})
			if unknown == 1 && s.g.t.Cells[last].Fixed == Free {
				s.known[last] = true
				changed = true
			}
		}
	}
	all := newSuppressor(s.g)
	for i := range s.g.t.Cells {
		switch {
		case s.known[i]:
		case s.g.t.Cells[i].Fixed == FixedWithheld:
			all.hide(i, Withheld)
		default:
			all.hide(i, Earlier)
		}
	}
	for _, i := range all.audit() {
		s.lost[i] = true
	}
	for i, known := range s.known {
		s.lost[i] = s.lost[i] || known
	}
}

// complete is step 2 of Suppress: no line is left with exactly one hidden cell.
//
// The rule says which cell each such line asks for, not whose turn it is; the cells differ with the
// order. First comes the cell whose hiding leaves the fewest lines with exactly one, so that
// rectangles close instead of running through the table; of those the one with the fewest octets,
// then the first of the table. It hides a quarter fewer cells than taking the lines in their order.
func (s *suppressor) complete() {
	for {
		best, bestScore := -1, 0
		for l := range s.g.lines {
			if s.hidden[l] != 1 || s.blurred[l] > 0 {
				continue
			}
			c := s.fewest(l)
			if c < 0 {
				continue
			}
			score := 0
			for _, k := range s.g.linesOf[c] {
				switch {
				case s.blurred[k] > 0:
				case s.hidden[k] == 0:
					score++
				case s.hidden[k] == 1:
					score--
				}
			}
			if best < 0 || score < bestScore || score == bestScore && s.fewer(c, best) {
				best, bestScore = c, score
			}
		}
		if best < 0 {
			return
		}
		s.hide(best, Complementary)
	}
}

// fewer orders cells by octets, then as the table does.
func (s *suppressor) fewer(a, b int) bool {
	order := s.g.t.Cells[a].Octets.Cmp(s.g.t.Cells[b].Octets)
	return order < 0 || order == 0 && a < b
}

// fewest is the free cell of a line with the fewest octets, −1 for none.
func (s *suppressor) fewest(line int) int {
	best := -1
	s.g.lines[line].each(func(c int) {
		if s.free(c) && (best < 0 || s.fewer(c, best)) {
			best = c
		}
	})
	return best
}

// protect is one round of step 3 of Suppress: the exposed cells in turn, the largest first, since
// what protects it protects many smaller ones. It reports whether it changed anything.
//
// Showing cells again that turn out not to be needed was tried, circuit by circuit from the last:
// 4 % of step 3's cells in a month and 8 % in a quarter, for ten times the time; solving the linear
// programs anew after each circuit: as much for twenty times. Neither is done.
func (s *suppressor) protect(exposed []int) bool {
	slices.SortFunc(exposed, func(a, b int) int {
		return cmp.Or(s.g.t.Cells[b].Octets.Cmp(s.g.t.Cells[a].Octets), a-b)
	})
	progress := false
	for _, cell := range exposed {
		if s.proven[cell] {
			continue
		}
		found := s.walker.cheapest(s, cell)
		if len(found.cells) == 0 {
			progress = s.surround(cell) || progress
		}
		for _, c := range found.cells {
			if s.free(c) {
				s.hide(c, Bounding)
			}
		}
		progress = s.trust(found) || progress
		s.complete()
	}
	return progress
}

// trust notes which cells a circuit of hidden cells proves safe, and reports whether it does any.
func (s *suppressor) trust(c *circuit) bool {
	any := false
	for k, cell := range c.cells {
		if c.protects(s.g, k) {
			s.proven[cell], any = true, true
		}
	}
	return any
}

// surround hides what is left of the lines through a cell for which no pattern is known: where
// cells published earlier stand in the way of every one.
func (s *suppressor) surround(cell int) bool {
	progress := false
	for _, l := range s.g.linesOf[cell] {
		s.g.lines[l].each(func(c int) {
			if s.free(c) {
				s.hide(c, Bounding)
				progress = true
			}
		})
	}
	return progress
}
