package rollup

import (
	"cmp"
	"slices"

	"tributary/internal/flow"
)

// Merge joins the batches that workers took at one time into one. Rows of one key may come several
// times: they are additive.
func Merge(batches ...*Batch) *Batch {
	if len(batches) == 1 {
		return batches[0]
	}
	out := &Batch{}
	for _, b := range batches {
		out.Traffic = append(out.Traffic, b.Traffic...)
		out.Endpoints = append(out.Endpoints, b.Endpoints...)
		out.Places = append(out.Places, b.Places...)
		out.Health = append(out.Health, b.Health...)
	}
	slices.SortStableFunc(out.Traffic, func(a, b Traffic) int {
		return cmp.Or(cmp.Compare(a.Slot, b.Slot), a.Cell.Compare(b.Cell))
	})
	slices.SortStableFunc(out.Endpoints, func(a, b Endpoints) int {
		return cmp.Or(cmp.Compare(a.Hour, b.Hour), a.Cell.Compare(b.Cell))
	})
	slices.SortStableFunc(out.Places, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.Hour, b.Hour), a.Cell.Compare(b.Cell), cmp.Compare(a.Place, b.Place))
	})
	slices.SortStableFunc(out.Health, flow.Health.Compare)
	return out
}
