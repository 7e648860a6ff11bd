package stats

import (
	"math"
	"slices"
)

// step is one coordinate of a pattern along one dimension.
type step struct {
	offset int     // coordinate × stride
	sign   float64 // +1 or −1
}

// corner is one cell of a circuit, or of one that is being made.
type corner struct {
	at   int // its place in grid.at
	sign float64
}

// circuit is a pattern of cells of which some grow by an amount while the others shrink by the
// same, such that every additive line still holds. Where all its cells are hidden, a reader cannot
// tell by how much they did.
//
// Along one dimension a pattern is a part against another part (+1, −1), or a part with its total
// (+1, +1), with the total's total, and so on to the last. A circuit has one such pattern for every
// dimension; its cells are the corners that they span, a corner's sign the product of its signs. In
// a month it has 2⁴ corners, with the month's quarter 2⁵. The one with totals in every dimension has
// only + corners, so it protects every cell that is hidden with it, whatever their sizes: there is
// always a circuit that helps, unless cells published earlier are part of all.
type circuit struct {
	cells    []int // those that are rows or withheld; an unlisted total is hidden anyhow
	signs    []float64
	up, down float64 // how far the + cells can grow and shrink together; +Inf for without end
	cost     cost
}

// cost is what a circuit asks for; less is better, from the first field on.
type cost struct {
	price  int     // of the further cells to hide, with exposedPenalty for those that it would leave exposed
	open   int     // less the cells that are exposed without it and not with it
	octets float64 // in the further cells
}

func (c cost) less(d cost) bool {
	switch {
	case c.price != d.price:
		return c.price < d.price
	case c.open != d.open:
		return c.open < d.open
	}
	return c.octets < d.octets
}

// walker looks through all circuits of a grid that contain a cell.
type walker struct {
	g        *grid
	patterns [numAxes][][][]step // by dimension and coordinate: those with +1 there
	corners  [numAxes + 1][]corner
	trial    circuit
	best     circuit
}

func (w *walker) init(g *grid) {
	w.g = g
	for a := range numAxes {
		w.patterns[a] = make([][][]step, len(g.parent[a]))
		for c := range g.parent[a] {
			w.patterns[a][c] = axisPatterns(g.parent[a], c, g.stride[a])
		}
	}
}

// axisPatterns are the patterns along one dimension with +1 at coordinate at.
func axisPatterns(parent []int, at, stride int) [][]step {
	isTotal := make([]bool, len(parent))
	for _, p := range parent {
		if p >= 0 {
			isTotal[p] = true
		}
	}
	// path is a coordinate with its totals.
	path := func(c int) (out []int) {
		for ; c >= 0; c = parent[c] {
			out = append(out, c)
		}
		return out
	}
	var out [][]step
	for leaf := range parent {
		up := path(leaf)
		if isTotal[leaf] || !slices.Contains(up, at) {
			continue
		}
		var total []step
		for _, c := range up {
			total = append(total, step{c * stride, +1})
		}
		for other := range parent {
			down := path(other)
			// The two part below their first common total, which must lie above at.
			if isTotal[other] || slices.Contains(down, at) || down[len(down)-1] != up[len(up)-1] {
				continue
			}
			var against []step
			for _, c := range up {
				if !slices.Contains(down, c) {
					against = append(against, step{c * stride, +1})
				}
			}
			for _, c := range down {
				if !slices.Contains(up, c) {
					against = append(against, step{c * stride, -1})
				}
			}
			out = append(out, against)
		}
		out = append(out, total)
	}
	return out
}

// cheapest is the circuit of least cost that protects a hidden cell; without cells if there is
// none. Of equals it is the first in the order of coordinates. It is the walker's until the next
// call.
func (w *walker) cheapest(s *suppressor, cell int) *circuit {
	return w.search(s, cell, cost{price: math.MaxInt})
}

// hidden is a circuit of hidden cells that protects a cell; without cells if there is none. It is
// the walker's until the next call.
func (w *walker) hidden(s *suppressor, cell int) *circuit {
	return w.search(s, cell, cost{price: 1, open: math.MinInt})
}

// search is the circuit of least cost that costs less than the bound.
func (w *walker) search(s *suppressor, cell int, bound cost) *circuit {
	w.best.cells = w.best.cells[:0]
	w.best.cost = bound
	w.corners[0] = append(w.corners[0][:0], corner{0, +1})
	w.walk(s, cell, 0)
	return &w.best
}

func (w *walker) walk(s *suppressor, cell, axis int) {
	if axis == numAxes {
		w.judge(s, cell)
		return
	}
	for _, pattern := range w.patterns[axis][w.g.coord[cell][axis]] {
		next := w.corners[axis+1][:0]
		for _, c := range w.corners[axis] {
			for _, st := range pattern {
				next = append(next, corner{c.at + st.offset, c.sign * st.sign})
			}
		}
		w.corners[axis+1] = next
		w.walk(s, cell, axis+1)
		if w.best.cost.price == 0 {
			return
		}
	}
}

// judge keeps the circuit of the present corners if it protects the cell and is the best so far.
func (w *walker) judge(s *suppressor, cell int) {
	t := &w.trial
	t.cells, t.signs, t.cost = t.cells[:0], t.signs[:0], cost{}
	t.up, t.down = math.Inf(1), math.Inf(1)
	for _, c := range w.corners[numAxes] {
		i := w.g.at[c.at]
		if i == unlistedAt {
			continue
		}
		if i == noCell {
			return
		}
		if !s.reasons[i].Hidden() {
			if !s.free(i) || t.cost.price >= w.best.cost.price {
				return
			}
			t.cost.price += w.g.price[i]
			t.cost.octets += w.g.octets[i]
		}
		give := w.g.octets[i] - float64(s.least(i))
		if c.sign > 0 {
			t.down = min(t.down, give)
		} else {
			t.up = min(t.up, give)
		}
		t.cells, t.signs = append(t.cells, i), append(t.signs, c.sign)
	}
	for k, i := range t.cells {
		if t.protects(w.g, k) {
			if s.open(i) {
				t.cost.open--
			}
			continue
		}
		if i == cell {
			return
		}
		if !s.reasons[i].Hidden() {
			t.cost.price += exposedPenalty * w.g.price[i]
		}
	}
	if t.cost.less(w.best.cost) {
		w.trial, w.best = w.best, w.trial
	}
}

// exposedPenalty is how many times its price a cell is thought to cost that a circuit hides and
// leaves exposed, since it will have to be protected in its turn. Of 0, 1, 2 and 4, tried on tables
// of 4 and 20 regions with one price for all cells, 2 hid the fewest cells in the end.
const exposedPenalty = 2

// prices are what hiding a cell costs, by the number of dimensions (periods left out) in which it is
// a total. The grand total and those beside it stand at a report's head, and every share is a share
// of one, so many innermost cells are rather hidden than one of them. Against a price of 1 for all,
// on 30 months of 4 regions as TestSuppressCeiling has them: 6 % more cells hidden, but none of 30
// grand totals instead of 13, and 36 of 480 totals in three dimensions instead of 102; on 16
// quarters: 12 % more, 30 of 64 instead of 62, 401 of 1,024 instead of 669. Of nine vectors tried,
// this one kept most of them without hiding more cells than its neighbours.
var prices = [numAxes]int{1, 1, 2, 4, 16}

// protects reports that the circuit alone keeps its k-th cell from being exposed.
func (c *circuit) protects(g *grid, k int) bool {
	up, down := c.up, c.down
	if c.signs[k] < 0 {
		up, down = down, up
	}
	x := g.octets[c.cells[k]]
	return !exposed(x-down, x+up)
}
