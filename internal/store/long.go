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

// The tables traffic_day and traffic_month hold the rows of hours once more, summed by UTC day and
// month, for questions over long stretches: of ten thousand networks a day has a fifth of the rows of
// its hours, and a month a fifteenth of its days'. Maintain fills them, a day or month in one
// transaction together with the mark that it is there; from then on a commit that adds rows to it adds
// them here too. So what lies before a mark is complete at any time, and what lies after is answered
// from hours.

// States that are slots: days, or months, before this have rows of their own.
const (
	daysState   = "days summed before"
	monthsState = "months summed before"
)

// dayTable and monthTable are as hourTable; their slots are the first of the day or month.
var (
	dayTable   = mergedTable{"traffic_day", hourTable.keys, hourTable.measures}
	monthTable = mergedTable{"traffic_month", hourTable.keys, hourTable.measures}
)

// longTables creates both.
func longTables() []string {
	return []string{
		"CREATE TABLE traffic_day(slot UINTEGER NOT NULL, " + cellTypes + ", " + countTypes + ")",
		"CREATE TABLE traffic_month(slot UINTEGER NOT NULL, " + cellTypes + ", " + countTypes + ")",
	}
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

// sumDays writes the rows of days whose hours are folded.
func (s *Store) sumDays(ctx context.Context, newest flow.Slot) (bool, error) {
	end := foldBefore(newest)
	from, ok := s.summedTo(&s.daysTo)
	changed := false
	for day := from.Day(); ok && day < end; day += flow.SlotsPerDay {
		next := day + flow.SlotsPerDay
		err := s.locked(ctx, func() error { return s.sumInto(ctx, dayTable, hourTable, span{day, next}, daysState) },
			func() { s.daysTo = next })
		if err != nil {
			return false, err
		}
		changed = true
	}
	return changed, nil
}

// sumMonths writes the rows of months all of whose days have rows.
func (s *Store) sumMonths(ctx context.Context, _ flow.Slot) (bool, error) {
	from, ok := s.summedTo(&s.monthsTo)
	s.mu.Lock()
	end := s.daysTo
	s.mu.Unlock()
	changed := false
	for month := from.Month(); ok && month.NextMonth() <= end; month = month.NextMonth() {
		next := month.NextMonth()
		err := s.locked(ctx, func() error { return s.sumInto(ctx, monthTable, dayTable, span{month, next}, monthsState) },
			func() { s.monthsTo = next })
		if err != nil {
			return false, err
		}
		changed = true
	}
	return changed, nil
}

// summedTo is where summing goes on: at a mark, or at the oldest slot; false if there is none.
func (s *Store) summedTo(mark *flow.Slot) (flow.Slot, bool) {
	oldest, ok := s.Oldest()
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(*mark, oldest), ok
}

// sumInto sums the rows of one table in a stretch of time into another, and marks that, within a
// transaction.
func (s *Store) sumInto(ctx context.Context, to, from mergedTable, in span, mark string) error {
	err := s.conn.Exec(ctx, fmt.Sprintf("INSERT INTO %s SELECT %d::UINTEGER AS slot, %s, %s FROM %s WHERE slot >= %d AND slot < %d GROUP BY ALL ORDER BY ALL",
		to.name, in.from, cellColumns, from.sums(), from.name, in.from, in.to))
	if err != nil {
		return err
	}
	return s.mark(ctx, mark, in.to)
}

// long appends what a batch adds to days and months that have rows of their own: those of late flows,
// or of an import of older captures.
func (w *writer) long(hours []rollup.Traffic, days, months flow.Slot) {
	w.traffic(dayTable.name, summedBy(hours, days, flow.Slot.Day))
	w.traffic(monthTable.name, summedBy(hours, months, flow.Slot.Month))
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
