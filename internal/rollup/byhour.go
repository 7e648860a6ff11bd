package rollup

import (
	"cmp"
	"slices"

	"tributary/internal/flow"
)

// ByHour sums rows by hour: the result's slots are the first of their hours, and it is sorted as
// rows are.
func ByHour(rows []Traffic) []Traffic {
	type hourCells struct {
		cells table
		at    []uint32 // by cell number: place in out
	}
	var (
		out  []Traffic
		all  = map[flow.Slot]*hourCells{}
		hour *hourCells // of the last row
		last = ^flow.Slot(0)
	)
	for i := range rows {
		row := &rows[i]
		if start := row.Slot.Hour(); start != last {
			last = start
			if hour = all[start]; hour == nil {
				hour = &hourCells{cells: newTable()}
				all[start] = hour
			}
		}
		n := hour.cells.find(row.Cell.pack())
		if int(n) == len(hour.at) {
			hour.at = append(hour.at, uint32(len(out)))
			out = append(out, Traffic{Slot: last, Cell: row.Cell})
		}
		out[hour.at[n]].Count.Add(&row.Count)
	}
	slices.SortFunc(out, func(a, b Traffic) int {
		return cmp.Or(cmp.Compare(a.Slot, b.Slot), a.Cell.Compare(b.Cell))
	})
	return out
}
