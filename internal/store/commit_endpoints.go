package store

import (
	"cmp"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store/duckdb"
)

// sketchRow is a row of the table endpoints.
type sketchRow struct {
	grain  uint8
	slot   flow.Slot
	cell   rollup.Cell
	sketch rollup.Sketch
}

// endpoints appends the sketches: of hours from cutoff on as they are, of earlier ones united by
// day, and of months already folded also by month, so that a month's rows always hold all of it.
// Sketches are sets: that late addresses stand in two rows changes no union.
func (w *writer) endpoints(rows []rollup.Endpoints, cutoff, folded flow.Slot) {
	out := make([]sketchRow, 0, len(rows))
	var old []rollup.Endpoints
	for _, e := range rows {
		if e.Hour >= cutoff {
			out = append(out, sketchRow{grainHour, e.Hour, e.Cell, e.Sketch})
		} else {
			old = append(old, e)
		}
	}
	out = append(out, w.unite(old, grainDay)...)
	if folded > 0 {
		var late []rollup.Endpoints
		for _, e := range rows {
			if e.Hour < folded {
				late = append(late, e)
			}
		}
		out = append(out, w.unite(late, grainMonth)...)
	}
	w.sketches(out)
}

// unite unites sketches by cell and by the stretch of a grain. Addresses counted in different ways
// stay apart.
func (w *writer) unite(rows []rollup.Endpoints, grain uint8) []sketchRow {
	out := make([]sketchRow, 0, len(rows))
	for _, e := range rows {
		out = append(out, sketchRow{grain, stretch(grain, e.Hour), e.Cell, e.Sketch})
	}
	slices.SortFunc(out, sketchRow.compare)
	var u rollup.Unioner
	n := 0
	for i := 0; i < len(out); {
		first := i
		for i++; i < len(out) && out[i].compare(out[first]) == 0; i++ {
		}
		out[n] = out[first]
		if i-first > 1 {
			for _, row := range out[first:i] {
				if err := u.Add(row.sketch); err != nil && w.err == nil {
					w.err = err
				}
			}
			out[n].sketch = u.Sketch()
		}
		n++
	}
	return out[:n]
}

// compare orders rows of one grain by stretch, cell and way of counting IPv6 addresses.
func (r sketchRow) compare(o sketchRow) int {
	return cmp.Or(cmp.Compare(r.slot, o.slot), r.cell.Compare(o.cell), cmp.Compare(r.sketch.IPv6Prefix(), o.sketch.IPv6Prefix()))
}

func (w *writer) sketches(rows []sketchRow) {
	var buf []byte
	w.rows("endpoints", len(rows), func(a *duckdb.Appender, from, count int) {
		c := &a.Chunk
		grain, slot, cell := duckdb.Column[uint8](c, 0), duckdb.Column[uint32](c, 1), newCellWriter(c, 2)
		for i := range count {
			row := &rows[from+i]
			grain[i], slot[i] = row.grain, uint32(row.slot)
			cell.set(i, &row.cell)
			buf = row.sketch.AppendBinary(buf[:0])
			a.SetBytes(8, i, buf)
		}
	})
}
