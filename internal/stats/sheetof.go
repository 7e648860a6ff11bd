package stats

import (
	"slices"

	"tributary/internal/flow"
)

// SheetOf makes a published sheet of cells that were computed elsewhere, in any order: what tests of
// figures and reports are made of. Suppressed cells must have no measures.
func SheetOf(p flow.Period, cells []Cell) *Sheet {
	s := &Sheet{Period: p, Cells: slices.Clone(cells), index: map[Key]int{}}
	slices.SortFunc(s.Cells, func(a, b Cell) int { return a.Key.Compare(b.Key) })
	for i := range s.Cells {
		s.index[s.Cells[i].Key] = i
	}
	return s
}
