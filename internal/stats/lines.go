package stats

import (
	"fmt"
	"math/big"
	"slices"

	"tributary/internal/flow"
)

// The five dimensions of a table's cells.
const (
	axisPeriod = iota
	axisRegion
	axisType
	axisDirection
	axisVersion
	numAxes
)

// What stands in grid.at where no cell stands.
const (
	noCell     = -1 // no octets: known to be zero
	unlistedAt = -2 // may have octets, but is no row of any publication: no line contains it
)

// line says that a cell is the sum of others.
type line struct {
	total int
	parts []int // at least one
}

// each calls f with the line's cells: its total first.
func (l *line) each(f func(cell int)) {
	f(l.total)
	for _, c := range l.parts {
		f(c)
	}
}

// grid is a table laid out in five dimensions, with its additive lines.
type grid struct {
	t       *Table
	parent  [numAxes][]int   // by coordinate: the coordinate that is its total, −1 for none
	parts   [numAxes][][]int // by coordinate: those it is the total of
	stride  [numAxes]int
	at      []int // cell by coordinates, noCell or unlistedAt
	coord   [][numAxes]int
	lines   []line
	linesOf [][]int   // by cell
	price   []int     // by cell: what hiding it costs
	octets  []float64 // by cell; for choosing, never for deciding what is safe
}

// newGrid lays out a table, refusing one whose totals are not the sums of their parts.
func newGrid(t *Table) (*grid, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	g := &grid{t: t, linesOf: make([][]int, len(t.Cells)), price: make([]int, len(t.Cells)), octets: make([]float64, len(t.Cells))}
	g.makeAxes()
	for i := range t.Cells {
		g.price[i] = prices[t.Cells[i].totals()]
		g.octets[i], _ = new(big.Float).SetInt(t.Cells[i].Octets).Float64()
		slot := g.slot(g.coord[i])
		if g.at[slot] != noCell {
			return nil, fmt.Errorf("cannot decide what to publish: cell %s is there twice", &t.Cells[i])
		}
		g.at[slot] = i
	}
	g.markUnlisted()
	if err := g.makeLines(); err != nil {
		return nil, err
	}
	return g, nil
}

// makeAxes numbers the coordinates of each dimension and of each cell.
func (g *grid) makeAxes() {
	regions := []string{AllRegions}
	for i := range g.t.Cells {
		regions = append(regions, g.t.Cells[i].Region)
	}
	slices.Sort(regions)
	regions = slices.Compact(regions)
	all, _ := slices.BinarySearch(regions, AllRegions)

	star := func(n, root int) []int {
		parent := slices.Repeat([]int{root}, n)
		parent[root] = -1
		return parent
	}
	g.parent = [numAxes][]int{
		axisPeriod:    g.t.Total,
		axisRegion:    star(len(regions), all),
		axisType:      star(int(AllTypes)+1, int(AllTypes)),
		axisDirection: star(int(flow.Both)+1, int(flow.Both)),
		axisVersion:   star(3, 2),
	}
	for a := range numAxes {
		g.parts[a] = make([][]int, len(g.parent[a]))
		for c, p := range g.parent[a] {
			if p >= 0 {
				g.parts[a][p] = append(g.parts[a][p], c)
			}
		}
	}
	size := 1
	for a := range numAxes {
		g.stride[a] = size
		size *= len(g.parent[a])
	}
	g.at = slices.Repeat([]int{noCell}, size)

	g.coord = make([][numAxes]int, len(g.t.Cells))
	for i := range g.t.Cells {
		c := &g.t.Cells[i]
		region, _ := slices.BinarySearch(regions, c.Region)
		version := 2
		if c.Version != AllVersions {
			version = int(c.Version)/2 - 2 // 4 → 0, 6 → 1
		}
		g.coord[i] = [numAxes]int{c.Period, region, int(c.Type), int(c.Direction), version}
	}
}

func (g *grid) slot(coord [numAxes]int) int {
	s := 0
	for a, c := range coord {
		s += c * g.stride[a]
	}
	return s
}

// markUnlisted marks what is no cell but has octets, or may have: the totals of cells, and the parts
// of a total none of whose parts is a cell (a quarter's directions, if only both are published).
func (g *grid) markUnlisted() {
	coords := slices.Clone(g.coord)
	mark := func(coord [numAxes]int) {
		if s := g.slot(coord); g.at[s] == noCell {
			g.at[s] = unlistedAt
			coords = append(coords, coord)
		}
	}
	for a := range numAxes { // coords grows: a total's total is marked through it
		for i := 0; i < len(coords); i++ {
			coord := coords[i]
			if coord[a] = g.parent[a][coord[a]]; coord[a] >= 0 {
				mark(coord)
			}
		}
	}
	for a := range numAxes {
		for i := 0; i < len(coords); i++ {
			parts := g.parts[a][coords[i][a]]
			listed := func(c int) bool {
				coord := coords[i]
				coord[a] = c
				return g.at[g.slot(coord)] != noCell
			}
			if slices.ContainsFunc(parts, listed) {
				continue
			}
			for _, c := range parts {
				coord := coords[i]
				coord[a] = c
				mark(coord)
			}
		}
	}
}

// makeLines finds the additive lines, in the order of their totals.
func (g *grid) makeLines() error {
	var parts []int
	var collect func(coord [numAxes]int, axis int)
	collect = func(coord [numAxes]int, axis int) {
		for _, c := range g.parts[axis][coord[axis]] {
			part := coord
			part[axis] = c
			switch i := g.at[g.slot(part)]; i {
			case noCell:
			case unlistedAt: // a quarter that is no cell in the line of a year: its months are
				collect(part, axis)
			default:
				parts = append(parts, i)
			}
		}
	}
	sum := new(big.Int)
	for total, coord := range g.coord {
		for a := range numAxes {
			parts = nil
			collect(coord, a)
			if len(parts) == 0 {
				continue
			}
			sum.SetInt64(0)
			for _, p := range parts {
				sum.Add(sum, g.t.Cells[p].Octets)
			}
			if sum.Cmp(g.t.Cells[total].Octets) != 0 {
				return fmt.Errorf("cannot decide what to publish: cell %s has %s octets, but its parts (%s and %d more) have %s; parts that are not published must be in the table as withheld",
					&g.t.Cells[total], g.t.Cells[total].Octets, &g.t.Cells[parts[0]], len(parts)-1, sum)
			}
			l := line{total, parts}
			l.each(func(c int) { g.linesOf[c] = append(g.linesOf[c], len(g.lines)) })
			g.lines = append(g.lines, l)
		}
	}
	return nil
}
