package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"tributary/internal/flow"
	"tributary/internal/store/duckdb"
)

// Maintain tidies what commits leave behind. No answer changes by it, but for those about slots that
// retention drops. In this order:
//
//   - Hours that are over: their rows of several commits become one a cell.
//   - Days more than 48 hours old: sketches of hours become sketches of the day, and rows of late
//     flows are merged with the others.
//   - Such days, and months of nothing else, get rows of their own beside those of their hours.
//   - Months that are over for as long: their sketches of days are united into sketches of the month,
//     beside them.
//   - Slots and sketches of days of whole months beyond the retention are dropped, if the months are
//     frozen (see Due); hours' sums and months' sketches stay.
//   - Months beyond the retention of months go altogether.
//
// It works in small transactions, between which commits get their turn, so it may be stopped at any
// time and goes on where it was. Call it once an hour, and after an import.
//
// DELETE alone does not make DuckDB's file smaller: the space of rewritten rows is reused by later
// ones once a checkpoint has freed their row groups, so Maintain ends with one. The file stays at
// about the size of what it holds plus the largest rewrite.
func (s *Store) Maintain(ctx context.Context) error {
	newest, ok := s.Newest()
	if !ok {
		return nil
	}
	if s.options.ReadOnly {
		return errors.New("cannot maintain the store: it was opened for reading only")
	}
	select {
	case s.maintains <- struct{}{}: // another one at the same time would write some sketches twice
		defer func() { <-s.maintains }()
	case <-ctx.Done():
		return ctx.Err()
	}
	changed := false
	for _, step := range []func(context.Context, flow.Slot) (bool, error){s.mergeHours, s.foldDays, s.sumLong, s.foldMonths, s.drop, s.forget} {
		did, err := step(ctx, newest)
		if err != nil {
			return fmt.Errorf("cannot maintain the store %s: %w", s.path, err)
		}
		changed = changed || did
	}
	if !changed {
		return nil
	}
	return errors.Join(s.checkpoint(ctx), ctx.Err())
}

// locked runs one transaction of maintenance, and then notes in memory what it changed.
func (s *Store) locked(ctx context.Context, act func() error, note func()) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.change(ctx, act); err != nil {
		return err
	}
	if note != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		note()
	}
	return nil
}

// checkpoint writes the write-ahead log into the file, which frees the space of deleted rows. It
// fails while a view is open; then it is made up for next time.
func (s *Store) checkpoint(ctx context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.ready(ctx); err != nil {
		return err
	}
	if err := s.conn.Exec(ctx, "CHECKPOINT"); err != nil {
		s.probe(err)
		return s.ready(ctx)
	}
	return nil
}

// foldBefore is where days begin whose hours are still kept: whole days more than 48 hours old come
// before it.
func foldBefore(newest flow.Slot) flow.Slot {
	return flow.Slot(max(0, int64(newest)-hourSlots)).Day()
}

// Kinds of the table touched.
const (
	touchedHour  = 0
	touchedDay   = 1
	touchedMonth = 2 // a folded one
)

// dirty returns the hours or days before end that several commits added rows to, if more than a
// tenth of the rows may be another's of the same key: commits of an import share but the edges.
func (s *Store) dirty(ctx context.Context, kind int, end flow.Slot) ([]flow.Slot, error) {
	return s.slots(ctx, fmt.Sprintf(`SELECT slot FROM touched WHERE kind = %d AND slot < %d
		GROUP BY slot HAVING (sum(rows) - max(rows)) * 10 > sum(rows) ORDER BY slot`, kind, end))
}

// untouch forgets what was dirty before end and has been dealt with, or is not worth it.
func (s *Store) untouch(ctx context.Context, kind int, end flow.Slot) error {
	return s.locked(ctx, func() error {
		return s.conn.Exec(ctx, fmt.Sprintf("DELETE FROM touched WHERE kind = %d AND slot < %d", kind, end))
	}, nil)
}

// mergeHours merges the rows of hours that are over.
func (s *Store) mergeHours(ctx context.Context, newest flow.Slot) (bool, error) {
	end := newest.Hour()
	hours, err := s.dirty(ctx, touchedHour, end)
	if err != nil {
		return false, err
	}
	for _, run := range runs(hours) {
		if err := s.merge(ctx, run, hourTable, placeTable); err != nil {
			return false, err
		}
		for hour := run.from; hour < run.to; hour += flow.SlotsPerHour {
			if err := s.rewrite(ctx, span{hour, hour + flow.SlotsPerHour}, grainHour, grainHour); err != nil {
				return false, err
			}
		}
	}
	return len(hours) > 0, s.untouch(ctx, touchedHour, end)
}

// runs joins hours that follow one another within a day.
func runs(hours []flow.Slot) (out []span) {
	for _, hour := range hours {
		if n := len(out); n > 0 && out[n-1].to == hour && out[n-1].from.Day() == hour.Day() {
			out[n-1].to += flow.SlotsPerHour
			continue
		}
		out = append(out, span{hour, hour + flow.SlotsPerHour})
	}
	return out
}

// mergeRows is about how many rows are merged at a time: it takes some tenths of a second, for which
// a commit may have to wait, and DuckDB holds them and their sums in memory.
const mergeRows = 250_000

// foldDays folds hours into days and merges the rows of late flows.
func (s *Store) foldDays(ctx context.Context, newest flow.Slot) (bool, error) {
	end := foldBefore(newest)
	days, err := s.dirty(ctx, touchedDay, end)
	if err != nil {
		return false, err
	}
	for _, day := range days {
		next := day + flow.SlotsPerDay
		if err := s.merge(ctx, span{day, next}, slotTable, hourTable, placeTable, dayTable, placeDayTable); err != nil {
			return false, err
		}
		if err := s.rewrite(ctx, span{day, next}, grainDay, grainHour, grainDay); err != nil {
			return false, err
		}
	}
	if err := s.untouch(ctx, touchedDay, end); err != nil {
		return false, err
	}
	left, err := s.daysWithHours(ctx, end)
	if err != nil {
		return false, err
	}
	for _, day := range left {
		if err := s.rewrite(ctx, span{day, day + flow.SlotsPerDay}, grainDay, grainHour, grainDay); err != nil {
			return false, err
		}
	}
	return len(days)+len(left) > 0, nil
}

// daysWithHours returns the days before end that still have sketches of hours.
func (s *Store) daysWithHours(ctx context.Context, end flow.Slot) ([]flow.Slot, error) {
	return s.slots(ctx, fmt.Sprintf("SELECT DISTINCT %s AS day FROM endpoints WHERE grain = %d AND slot < %d ORDER BY day",
		StepDay.start("slot"), grainHour, end))
}

// foldMonths writes the sketches of months that are over, and merges those to which late flows
// added.
func (s *Store) foldMonths(ctx context.Context, newest flow.Slot) (bool, error) {
	oldest, ok := s.Oldest()
	if !ok {
		return false, nil
	}
	late, err := s.mergeMonths(ctx)
	if err != nil {
		return false, err
	}
	s.mu.Lock()
	from := max(s.folded, oldest.Month())
	s.mu.Unlock()
	changed := late
	for month, end := from, foldBefore(newest).Month(); month < end; month = month.NextMonth() {
		next := month.NextMonth()
		if err := s.foldMonth(ctx, span{month, next}); err != nil {
			return false, err
		}
		changed = true
	}
	return changed, nil
}

// mergeMonths unites what late flows added to sketches of months, where that is more than a tenth of
// a month's rows.
func (s *Store) mergeMonths(ctx context.Context) (bool, error) {
	months, err := s.slots(ctx, fmt.Sprintf(`SELECT slot FROM endpoints
		WHERE grain = %d AND slot IN (SELECT slot FROM touched WHERE kind = %d)
		GROUP BY slot HAVING count(DISTINCT (%s)) * 10 < count(*) * 9 ORDER BY slot`, grainMonth, touchedMonth, cellColumns))
	if err != nil {
		return false, err
	}
	for _, month := range months {
		if err := s.rewrite(ctx, span{month, month.NextMonth()}, grainMonth, grainMonth); err != nil {
			return false, err
		}
	}
	return len(months) > 0, s.untouch(ctx, touchedMonth, ^flow.Slot(0))
}

// drop drops the slots and the sketches of days of the months that are due, up to the first that is
// not frozen.
func (s *Store) drop(ctx context.Context, _ flow.Slot) (bool, error) {
	due := s.Due()
	before := s.dropBefore(due)
	if len(due) == 0 || before <= due[0].From {
		return false, nil
	}
	err := s.locked(ctx, func() error {
		for _, statement := range []string{
			fmt.Sprintf("DELETE FROM traffic WHERE slot < %d", before),
			fmt.Sprintf("DELETE FROM endpoints WHERE grain <= %d AND slot < %d", grainDay, before),
		} {
			if err := s.conn.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return s.mark(ctx, droppedState, before)
	}, func() {
		s.dropped = before
		maps.DeleteFunc(s.frozen, func(month flow.Slot, _ struct{}) bool { return month < before })
	})
	return err == nil, err
}

// dropBefore is the end of the months that are due, frozen and folded.
func (s *Store) dropBefore(due []flow.Period) (before flow.Slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, month := range due {
		if _, ok := s.frozen[month.From]; !ok {
			break
		}
		before = month.To
	}
	return min(before, s.folded)
}

// forget deletes everything of the months that are not to be kept at all. Names stay: their numbers
// are never given again.
func (s *Store) forget(ctx context.Context, newest flow.Slot) (bool, error) {
	oldest, ok := s.Oldest()
	if s.options.MonthDays == 0 || !ok {
		return false, nil
	}
	before := flow.Slot(max(0, int64(newest)-int64(s.options.MonthDays)*flow.SlotsPerDay)).Month()
	if oldest >= before {
		return false, nil
	}
	var known []byte
	err := s.locked(ctx, func() error {
		for _, table := range []string{"traffic", "traffic_hour", "traffic_day", "traffic_month", "places_day", "places_month", "endpoints", "places", "touched", "frozen", "health"} {
			if err := s.conn.Exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE slot < %d", table, before)); err != nil {
				return err
			}
		}
		if known = s.forgotten(before); known == nil {
			return nil
		}
		return s.writeStates(ctx, map[string][]byte{revisionsState: known})
	}, func() {
		if known != nil {
			s.state[revisionsState] = known
		}
	})
	if err != nil {
		return false, err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	return true, s.loadExtent(ctx)
}

// mark writes a state that is a slot, within a transaction.
func (s *Store) mark(ctx context.Context, name string, slot flow.Slot) error {
	if err := s.conn.Exec(ctx, "DELETE FROM state WHERE name = ?", name); err != nil {
		return err
	}
	return s.conn.Exec(ctx, "INSERT INTO state VALUES (?, ?)", name, strconv.AppendUint(nil, uint64(slot), 10))
}

// slots runs a statement whose result is a column of slots.
func (s *Store) slots(ctx context.Context, statement string) (out []flow.Slot, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	err = query(ctx, s.conn, func(c *duckdb.Chunk) error {
		for _, slot := range duckdb.Column[uint32](c, 0) {
			out = append(out, flow.Slot(slot))
		}
		return nil
	}, statement)
	return out, err
}

// count runs a statement whose result is a number.
func (s *Store) count(ctx context.Context, statement string) (uint64, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.ready(ctx); err != nil {
		return 0, err
	}
	return one[uint64](ctx, s.conn, statement)
}
