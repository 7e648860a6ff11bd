package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// The long tables hold the rows of hours once more, summed by UTC day and month, for questions over long
// stretches: of ten thousand networks a day has a fifth of the rows of its hours, and a month a
// fifteenth of its days'. Maintain fills them, a day or month in one transaction together with the
// mark that it is there; from then on a commit that adds rows to it adds them here too. So what lies
// before a mark is complete at any time, and what lies after is answered from hours.
type longTable struct {
	mergedTable
	from  mergedTable // what it sums
	state string      // the mark's: a slot, before which all is summed
	month bool        // by month, from the table before; else by day
}

// The long tables: a table of months comes after that of its days.
const (
	longDay = iota
	longMonth
	longPlaceDay
	longPlaceMonth
	numLong
)

var longTables = [numLong]longTable{
	longDay:        {dayTable, hourTable, "days summed before", false},
	longMonth:      {mergedTable{"traffic_month", hourTable.keys, hourTable.measures}, dayTable, "months summed before", true},
	longPlaceDay:   {placeDayTable, placeTable, "places of days summed before", false},
	longPlaceMonth: {mergedTable{"places_month", placeTable.keys, placeTable.measures}, placeDayTable, "places of months summed before", true},
}

// Days of long tables; slots are the first of the day.
var (
	dayTable      = mergedTable{"traffic_day", hourTable.keys, hourTable.measures}
	placeDayTable = mergedTable{"places_day", placeTable.keys, placeTable.measures}
)

// createLong creates the long tables.
func createLong() []string {
	var out []string
	for i := range longTables {
		counts := countTypes
		if i >= longPlaceDay {
			counts = placeTypes
		}
		out = append(out, "CREATE TABLE IF NOT EXISTS "+longTables[i].name+"(slot UINTEGER NOT NULL, "+cellTypes+", "+counts+")")
	}
	return out
}

// summed are the marks of the long tables.
type summed [numLong]flow.Slot

// of notes the marks by their states' names.
func (m *summed) of(marks map[string]*flow.Slot) map[string]*flow.Slot {
	for i := range longTables {
		marks[longTables[i].state] = &m[i]
	}
	return marks
}

// sums are the SQL for a table's measures when rows are summed. They saturate as those of a tally do.
func (t *mergedTable) sums() string {
	sums := make([]string, len(t.measures))
	for i, m := range t.measures {
		if m == "v" {
			sums[i] = fmt.Sprintf("least(sum(v), %s::HUGEINT)::HUGEINT AS v", rollup.MaxV)
			continue
		}
		sums[i] = fmt.Sprintf("least(sum(%s), 18446744073709551615::HUGEINT)::UBIGINT AS %s", m, m)
	}
	return strings.Join(sums, ", ")
}

// sumLong writes the rows of days whose hours are folded, and of months all of whose days have rows.
func (s *Store) sumLong(ctx context.Context, newest flow.Slot) (bool, error) {
	changed := false
	for i := range longTables {
		t := &longTables[i]
		oldest, ok := s.Oldest()
		if !ok {
			return false, nil
		}
		s.mu.Lock()
		end, from := foldBefore(newest), max(s.summed[i], oldest).Day()
		if t.month {
			end, from = s.summed[i-1], from.Month()
		}
		s.mu.Unlock()
		for from < end {
			in := span{from, from + flow.SlotsPerDay}
			if t.month {
				in.to = from.NextMonth()
			}
			if in.to > end {
				break
			}
			if err := s.locked(ctx, func() error { return s.sumInto(ctx, t, in) }, func() { s.summed[i] = in.to }); err != nil {
				return false, err
			}
			from, changed = in.to, true
		}
	}
	return changed, nil
}

// sumInto sums the rows of a stretch of time into a long table, and marks that, within a transaction.
func (s *Store) sumInto(ctx context.Context, t *longTable, in span) error {
	err := s.conn.Exec(ctx, fmt.Sprintf("INSERT INTO %s SELECT %d::UINTEGER AS %s, %s FROM %s WHERE slot >= %d AND slot < %d GROUP BY ALL ORDER BY ALL",
		t.name, in.from, t.keys, t.sums(), t.from.name, in.from, in.to))
	if err != nil {
		return err
	}
	return s.mark(ctx, t.state, in.to)
}

// long appends what a batch adds to days and months that are summed: those of late flows, or of an
// import of older captures.
func (w *writer) long(b *rollup.Batch, before *summed) {
	w.traffic(longTables[longDay].name, summedBy(b.Hours(), before[longDay], flow.Slot.Day))
	w.traffic(longTables[longMonth].name, summedBy(b.Hours(), before[longMonth], flow.Slot.Month))
	w.places(longTables[longPlaceDay].name, placesBy(b.Places, before[longPlaceDay], flow.Slot.Day))
	w.places(longTables[longPlaceMonth].name, placesBy(b.Places, before[longPlaceMonth], flow.Slot.Month))
}

// summedBy sums rows before a slot by the stretch of time that start gives for theirs, sorted as rows
// are.
func summedBy(hours []rollup.Traffic, before flow.Slot, start func(flow.Slot) flow.Slot) []rollup.Traffic {
	type key struct {
		slot flow.Slot
		cell rollup.Cell
	}
	var sums map[key]*rollup.Count
	for i := range hours {
		row := &hours[i]
		if row.Slot >= before {
			continue
		}
		if sums == nil {
			sums = map[key]*rollup.Count{}
		}
		k := key{start(row.Slot), row.Cell}
		if sums[k] == nil {
			sums[k] = &rollup.Count{}
		}
		sums[k].Add(&row.Count)
	}
	keys := slices.SortedFunc(maps.Keys(sums), func(a, b key) int { return cmp.Or(cmp.Compare(a.slot, b.slot), a.cell.Compare(b.cell)) })
	out := make([]rollup.Traffic, len(keys))
	for i, k := range keys {
		out[i] = rollup.Traffic{Slot: k.slot, Cell: k.cell, Count: *sums[k]}
	}
	return out
}

// placesBy is summedBy of rows by place.
func placesBy(hours []rollup.Place, before flow.Slot, start func(flow.Slot) flow.Slot) []rollup.Place {
	type key struct {
		slot  flow.Slot
		cell  rollup.Cell
		place uint32
	}
	at := map[key]int{}
	var out []rollup.Place
	for i := range hours {
		row := hours[i]
		if row.Hour >= before {
			continue
		}
		row.Hour = start(row.Hour)
		k := key{row.Hour, row.Cell, row.Place}
		n, ok := at[k]
		if !ok {
			at[k] = len(out)
			out = append(out, row)
			continue
		}
		sum := &rollup.Count{Octets: out[n].Octets, V: out[n].V, Unrated: out[n].Unrated}
		sum.Add(&rollup.Count{Octets: row.Octets, V: row.V, Unrated: row.Unrated})
		out[n].Octets, out[n].V, out[n].Unrated = sum.Octets, sum.V, sum.Unrated
	}
	return out
}
