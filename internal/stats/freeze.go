package stats

import (
	"context"
	"errors"
	"fmt"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// Freeze keeps the 95th percentiles, maxima and day columns of the months that are about to lose
// their slots, every cell's, by the network types of now. Call it before the store's Maintain, which
// drops no month's slots before.
func (s *Source) Freeze(ctx context.Context) error {
	for _, month := range s.Store.Due() {
		rows, err := s.frozenOf(ctx, month)
		if err == nil {
			err = s.Store.Freeze(ctx, month, rows)
		}
		if err != nil {
			return fmt.Errorf("cannot keep the columns of %s, whose slots retention is about to drop: %w", month.Name, err)
		}
	}
	return nil
}

// frozenOf computes what is kept of a month. A month that mixes ways of counting IPv6 addresses has
// no sheet, now or later: nothing is kept of it, or it would never go.
func (s *Source) frozenOf(ctx context.Context, month flow.Period) ([]store.Frozen, error) {
	a, err := s.Ask(ctx, Question{Months: []flow.Period{month}, Days: true, Unsuppressed: true})
	if errors.Is(err, rollup.ErrMixedIPv6) {
		return nil, nil
	}
	if err != nil || len(a.Months) == 0 {
		return nil, err
	}
	sheet, regions := a.Months[0], &s.Store.Names().Regions
	rows := make([]store.Frozen, 0, len(sheet.Cells))
	for i := range sheet.Cells {
		c, sum := &sheet.Cells[i], &sheet.sums[i]
		group := store.Group{Region: store.AllRegions, Type: c.Type, Direction: c.Direction, Version: c.Version}
		if c.Region != AllRegions {
			id, _ := regions.Lookup(c.Region) // where the cell's name came from
			group.Region = uint16(id)
		}
		rows = append(rows, store.Frozen{
			Group: group, P95: sum.p95.Lo, Max: sum.max.Lo, // a slot's octets fit 64 bits
			Unique: c.UniqueDay.days(), Magnitude: c.MagnitudeDay.days(), Hidden: c.Suppressed,
		})
	}
	return rows, nil
}

func (s Spread) days() store.Days {
	return store.Days{Avg: s.Avg.Value, P95: s.P95.Value, Max: s.Max.Value}
}

func spreadOfDays(d store.Days) Spread { return Spread{num(d.Avg), num(d.P95), num(d.Max)} }

// thaw sets what was frozen.
func (m *Measures) thaw(f *store.Frozen) {
	m.BpsP95 = num(bitsOf(rollup.U128(f.P95)) / flow.SlotSeconds)
	m.BpsMax = num(bitsOf(rollup.U128(f.Max)) / flow.SlotSeconds)
	m.UniqueDay = spreadOfDays(f.Unique)
	if f.Magnitude.Max > 0 { // else no day had addresses
		m.MagnitudeDay = spreadOfDays(f.Magnitude)
	}
}

// bySlotAndDay are the measures that slots and days are needed for.
func (m *Measures) bySlotAndDay() [8]*Num {
	u, d := &m.UniqueDay, &m.MagnitudeDay
	return [8]*Num{&m.BpsP95, &m.BpsMax, &u.Avg, &u.P95, &u.Max, &d.Avg, &d.P95, &d.Max}
}
