package store

import (
	"context"
	"errors"
	"fmt"

	"tributary/internal/flow"
	"tributary/internal/store/duckdb"
)

// Frozen is what the slots and days of a month told of a group, kept when they are dropped. The
// store cannot compute it, because it knows no types: see Due.
type Frozen struct {
	Group            // totals too
	P95, Max  uint64 // octets in a slot, as in Rate
	Unique    Days   // distinct addresses a day
	Magnitude Days   // bits per distinct address a day
	Hidden    bool   // publication hid the group then
}

// Days is the average, 95th percentile and largest of a measure's daily values.
type Days struct{ Avg, P95, Max float64 }

// Due are the months whose slots are beyond the retention and still there, in order of time. Maintain
// drops them as soon as they were given to Freeze, and since this store was opened: what a killed
// process froze and did not drop is due again, with the types of now.
//
// Slots go by whole months, once the last slot of a month is older than the retention and its days
// are folded: a month's 95th percentile is of all its slots, or it is frozen.
func (s *Store) Due() []flow.Period {
	newest, ok := s.Newest()
	oldest, has := s.Oldest()
	if !ok || !has {
		return nil
	}
	s.mu.Lock()
	from := max(s.dropped, oldest.Month())
	s.mu.Unlock()
	var out []flow.Period
	for end := s.keptFrom(newest); from < end; from = from.NextMonth() {
		out = append(out, flow.MonthOf(from))
	}
	return out
}

// keptFrom is the first slot of the first month whose slots are to be kept.
func (s *Store) keptFrom(newest flow.Slot) flow.Slot {
	kept := flow.Slot(max(0, int64(newest)-int64(s.options.SlotDays)*flow.SlotsPerDay))
	return min(kept, foldBefore(newest)).Month()
}

// Freeze keeps what the slots and days of a month told, in place of what was frozen of it before. A
// month whose slots are dropped already stays as it is.
func (s *Store) Freeze(ctx context.Context, month flow.Period, rows []Frozen) error {
	if s.options.ReadOnly {
		return errors.New("cannot freeze a month: the store was opened for reading only")
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if month.From < s.dropped {
		return nil
	}
	err := s.change(ctx, func() error {
		if err := s.conn.Exec(ctx, fmt.Sprintf("DELETE FROM frozen WHERE slot = %d", month.From)); err != nil {
			return err
		}
		w := &writer{conn: s.conn}
		w.frozen(month.From, rows)
		return w.err
	})
	if err != nil {
		return fmt.Errorf("cannot freeze %s in the store %s: %w", month.Name, s.path, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen[month.From] = struct{}{}
	return nil
}

func (w *writer) frozen(month flow.Slot, rows []Frozen) {
	w.rows("frozen", len(rows), func(a *duckdb.Appender, from, count int) {
		c := &a.Chunk
		slot, region := duckdb.Column[uint32](c, 0), duckdb.Column[uint16](c, 1)
		types, direction, version := duckdb.Column[uint8](c, 2), duckdb.Column[uint8](c, 3), duckdb.Column[uint8](c, 4)
		p95, largest, hidden := duckdb.Column[uint64](c, 5), duckdb.Column[uint64](c, 6), duckdb.Column[uint8](c, 7)
		unique, magnitude := daysColumns(c, 8), daysColumns(c, 11)
		for i := range count {
			r := &rows[from+i]
			slot[i], region[i], types[i], direction[i], version[i] = uint32(month), r.Region, uint8(r.Type), uint8(r.Direction), r.Version
			p95[i], largest[i], hidden[i] = r.P95, r.Max, 0
			if r.Hidden {
				hidden[i] = 1
			}
			unique[0][i], unique[1][i], unique[2][i] = r.Unique.Avg, r.Unique.P95, r.Unique.Max
			magnitude[0][i], magnitude[1][i], magnitude[2][i] = r.Magnitude.Avg, r.Magnitude.P95, r.Magnitude.Max
		}
	})
}

// daysColumns are the columns of Days, which begin at column first.
func daysColumns(c *duckdb.Chunk, first int) [3][]float64 {
	return [3][]float64{duckdb.Column[float64](c, first), duckdb.Column[float64](c, first+1), duckdb.Column[float64](c, first+2)}
}

// Frozen returns what was frozen of the month that begins at the slot, in no order. It says what
// slots no longer can only if the month lies before KeptFrom.
func (v *View) Frozen(ctx context.Context, month flow.Slot) ([]Frozen, error) {
	var out []Frozen
	err := v.query(ctx, func(c *duckdb.Chunk) error {
		group := newGroupReader(c, 0)
		p95, largest, hidden := duckdb.Column[uint64](c, 4), duckdb.Column[uint64](c, 5), duckdb.Column[uint8](c, 6)
		unique, magnitude := daysColumns(c, 7), daysColumns(c, 10)
		for i := range c.Len() {
			out = append(out, Frozen{
				Group: group.at(i), P95: p95[i], Max: largest[i], Hidden: hidden[i] != 0,
				Unique:    Days{unique[0][i], unique[1][i], unique[2][i]},
				Magnitude: Days{magnitude[0][i], magnitude[1][i], magnitude[2][i]},
			})
		}
		return nil
	}, fmt.Sprintf(`SELECT region, type, direction, version, p95, max, hidden, unique_avg, unique_p95, unique_max,
		magnitude_avg, magnitude_p95, magnitude_max FROM frozen WHERE slot = %d`, month))
	return out, err
}
