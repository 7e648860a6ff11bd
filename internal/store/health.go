package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tributary/internal/flow"
	"tributary/internal/store/duckdb"
)

// healthCounters are a row's counters, in the order of healthColumns.
func healthCounters(h *flow.Health) []*uint64 {
	counters := []*uint64{
		&h.Datagrams, &h.Records, &h.Kept, &h.Held, &h.Options, &h.RateUnknown, &h.Skewed, &h.Untimed,
		&h.LostDatagrams, &h.LostRecords, &h.Overrun, &h.Late, &h.Restarts,
	}
	for i := range h.Limits {
		counters = append(counters, &h.Limits[i])
	}
	for i := range h.Flows {
		counters = append(counters, &h.Flows[i])
	}
	for i := range h.Octets {
		counters = append(counters, &h.Octets[i])
	}
	for i := range h.Refused {
		counters = append(counters, &h.Refused[i])
	}
	return counters
}

func (w *writer) health(rows []flow.Health) {
	w.rows("health", len(rows), func(a *duckdb.Appender, from, count int) {
		c := &a.Chunk
		slot, region := duckdb.Column[uint32](c, 0), duckdb.Column[uint16](c, 3)
		hi, lo := duckdb.Column[uint64](c, 1), duckdb.Column[uint64](c, 2)
		columns := make([][]uint64, len(healthColumns()))
		for j := range columns {
			columns[j] = duckdb.Column[uint64](c, 4+j)
		}
		for i := range count {
			row := &rows[from+i]
			slot[i], hi[i], lo[i], region[i] = uint32(row.Slot), row.Exporter.Hi, row.Exporter.Lo, row.Region
			for j, counter := range healthCounters(row) {
				columns[j][i] = *counter
			}
			a.SetBytes(4+len(columns), i, []byte(joinRates(row.Rates)))
		}
	})
}

func joinRates(rates []uint32) string {
	text := make([]string, len(rates))
	for i, r := range rates {
		text[i] = strconv.FormatUint(uint64(r), 10)
	}
	return strings.Join(text, ",")
}

// splitRates is what joinRates joined.
func splitRates(text string) ([]uint32, error) {
	var h flow.Health
	for field := range strings.SplitSeq(text, ",") {
		if field == "" {
			continue
		}
		rate, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%w: a sampling rate is %q", ErrCorrupt, field)
		}
		h.SawRate(uint32(rate))
	}
	return h.Rates, nil
}

// Health returns the health rows of p, one a slot and exporter, sorted by both.
func (v *View) Health(ctx context.Context, p flow.Period) ([]flow.Health, error) {
	var count uint64 // a quarter has hundreds of thousands: growing would move them several times
	err := v.query(ctx, func(c *duckdb.Chunk) error {
		count = duckdb.Column[uint64](c, 0)[0]
		return nil
	}, fmt.Sprintf("SELECT count(*)::UBIGINT FROM health WHERE slot >= %d AND slot < %d", p.From, p.To))
	if err != nil || count == 0 {
		return nil, err
	}
	out := make([]flow.Health, 0, count)
	columns, known := v.health, map[string][]uint32{}
	// Rows that are alike in these four are summed, in whatever order they come.
	statement := fmt.Sprintf(`SELECT slot, exporter_hi, exporter_lo, region, %s, rates FROM health
		WHERE slot >= %d AND slot < %d ORDER BY slot, exporter_hi, exporter_lo, region`, strings.Join(columns, ", "), p.From, p.To)
	err = v.query(ctx, func(c *duckdb.Chunk) error {
		slot, hi, lo, region := duckdb.Column[uint32](c, 0), duckdb.Column[uint64](c, 1), duckdb.Column[uint64](c, 2), duckdb.Column[uint16](c, 3)
		values := make([][]uint64, len(columns))
		for j := range values {
			values[j] = duckdb.Column[uint64](c, 4+j)
		}
		rates := duckdb.TextColumn(c, 4+len(columns))
		for i := range c.Len() {
			h := flow.Health{Slot: flow.Slot(slot[i]), Exporter: flow.Addr{Hi: hi[i], Lo: lo[i]}, Region: region[i]}
			for j, counter := range healthCounters(&h) {
				*counter = values[j][i]
			}
			seen, ok := known[string(rates.Bytes(i))]
			if !ok {
				text := string(rates.Bytes(i))
				var err error
				if seen, err = splitRates(text); err != nil {
					return err
				}
				known[text] = seen
			}
			h.Rates = slices.Clip(seen) // shared: noting another rate makes a new list
			if n := len(out); n > 0 && out[n-1].Slot == h.Slot && out[n-1].Exporter == h.Exporter {
				out[n-1].Add(&h)
				continue
			}
			out = append(out, h)
		}
		return nil
	}, statement)
	return out, err
}
