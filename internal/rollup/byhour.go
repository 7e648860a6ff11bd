package rollup

import (
	"cmp"
	"maps"
	"slices"

	"tributary/internal/flow"
)

// Hours are the traffic rows summed by hour: their slots are the first of their hours, and they are
// sorted as rows are. A batch that a tally handed over has them already.
func (b *Batch) Hours() []Traffic {
	if b.hours == nil || b.summed != len(b.Traffic) {
		b.hours, b.summed = byHour(b.Traffic), len(b.Traffic)
	}
	return b.hours
}

func byHour(rows []Traffic) []Traffic {
	type hourSums struct {
		cells  table
		counts []Count // by cell number
	}
	var (
		all  = map[flow.Slot]*hourSums{}
		hour *hourSums // of the last row
		last = ^flow.Slot(0)
		n    int
	)
	for i := range rows {
		row := &rows[i]
		if start := row.Slot.Hour(); start != last {
			last = start
			if hour = all[start]; hour == nil {
				hour = &hourSums{cells: newTable()}
				all[start] = hour
			}
		}
		cell := int(hour.cells.find(row.Cell.pack()))
		if cell == len(hour.counts) {
			hour.counts = append(hour.counts, Count{})
			n++
		}
		hour.counts[cell].Add(&row.Count)
	}
	out := make([]Traffic, 0, n)
	for _, start := range slices.Sorted(maps.Keys(all)) {
		hour := all[start]
		for _, cell := range hour.cells.sorted() {
			out = append(out, Traffic{start, hour.cells.keys[cell].cell(), hour.counts[cell]})
		}
	}
	return out
}

// UniteEndpoints unites sketches by cell and by the stretch of time that start gives for their hour,
// which becomes their Hour; sorted by both. Sketches of one cell that count IPv6 addresses in
// different ways stay apart, so that the question which meets them can say so.
func UniteEndpoints(rows []Endpoints, start func(flow.Slot) flow.Slot) []Endpoints {
	type stretch struct {
		cells table   // the way of counting is part of the key
		first []int32 // by cell number: a row
	}
	var (
		all  = map[flow.Slot]*stretch{}
		next = make([]int32, len(rows)) // the row before of the same stretch and cell; −1 = none
		n    int
		ways = map[uint8]bool{}
	)
	for i := range rows {
		if way := rows[i].Sketch.ipv6; way != 0 {
			ways[way] = true
		}
		at := start(rows[i].Hour)
		s := all[at]
		if s == nil {
			s = &stretch{cells: newTable()}
			all[at] = s
		}
		key := rows[i].Cell.pack()
		key.hi |= uint64(rows[i].Sketch.ipv6)
		cell := int(s.cells.find(key))
		if cell == len(s.first) {
			s.first = append(s.first, -1)
			n++
		}
		next[i], s.first[cell] = s.first[cell], int32(i)
	}
	out := make([]Endpoints, 0, n)
	var u Unioner
	for _, at := range slices.Sorted(maps.Keys(all)) {
		s := all[at]
		for _, cell := range s.cells.sorted() {
			i := s.first[cell]
			e := Endpoints{at, rows[i].Cell, rows[i].Sketch}
			if next[i] >= 0 {
				for ; i >= 0; i = next[i] {
					if err := u.Add(rows[i].Sketch); err != nil {
						panic("BUG: one key, two ways of counting: " + err.Error())
					}
				}
				e.Sketch = u.Sketch()
			}
			out = append(out, e)
		}
	}
	if len(ways) > 1 { // then they stand between the cells of one link
		slices.SortStableFunc(out, func(a, b Endpoints) int {
			return cmp.Or(cmp.Compare(a.Hour, b.Hour), a.Cell.Compare(b.Cell))
		})
	}
	return out
}
