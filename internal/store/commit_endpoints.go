package store

import (
	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store/duckdb"
)

// endpoints appends the sketches: of hours from cutoff on as they are, of earlier ones united by
// day, and of months already folded also by month, so that a month's rows always hold all of it.
// Sketches are sets: that late addresses stand in two rows changes no union.
func (w *writer) endpoints(rows []rollup.Endpoints, cutoff, folded flow.Slot) {
	var recent, old, late []rollup.Endpoints
	for _, e := range rows {
		if e.Hour >= cutoff {
			recent = append(recent, e)
		} else {
			old = append(old, e)
		}
		if e.Hour < folded {
			late = append(late, e)
		}
	}
	w.sketches(grainHour, recent)
	w.sketches(grainDay, rollup.UniteEndpoints(old, flow.Slot.Day))
	w.sketches(grainMonth, rollup.UniteEndpoints(late, flow.Slot.Month))
}

// sketches appends rows of a grain; their Hour is the first slot of the stretch.
func (w *writer) sketches(grain uint8, rows []rollup.Endpoints) {
	var buf []byte
	w.rows("endpoints", len(rows), func(a *duckdb.Appender, from, count int) {
		c := &a.Chunk
		grains, slot, cell := duckdb.Column[uint8](c, 0), duckdb.Column[uint32](c, 1), newCellWriter(c, 2)
		for i := range count {
			row := &rows[from+i]
			grains[i], slot[i] = grain, uint32(row.Hour)
			cell.set(i, &row.Cell)
			buf = row.Sketch.AppendBinary(buf[:0])
			a.SetBytes(8, i, buf)
		}
	})
}
