package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store/duckdb"
)

// hourSlots is how far back from the newest slot sketches of hours are kept: two days. Older ones
// are folded into days, and such as come late are written as days at once.
const hourSlots = 48 * flow.SlotsPerHour

// Commit adds a batch, new names and staged state in one transaction: all of it is on disk when it
// returns, or nothing.
func (s *Store) Commit(ctx context.Context, b *rollup.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commitLocked(ctx, b, false)
}

// Import is Commit of the past in bulk: sketches of hours are united into days at once, however new
// they are, instead of being written by hour and folded later.
func (s *Store) Import(ctx context.Context, b *rollup.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commitLocked(ctx, b, true)
}

func (s *Store) commitLocked(ctx context.Context, b *rollup.Batch, bulk bool) error {
	if s.options.ReadOnly {
		return errors.New("cannot write to the store: it was opened for reading only")
	}
	w := &writer{conn: s.conn}
	written, fresh := s.written, []Combination(nil)
	newest, oldest := s.newest.Load(), s.oldest.Load()
	err := s.transact(ctx, func() error {
		hours := b.Hours()
		fresh = s.freshCombinations(hours)
		for _, t := range b.Traffic {
			newest = max(newest, int64(t.Slot))
		}
		for _, h := range b.Health {
			newest = max(newest, int64(h.Slot))
		}
		if len(hours) > 0 && (oldest < 0 || int64(hours[0].Slot) < oldest) {
			oldest = int64(hours[0].Slot)
		}
		cutoff := foldBefore(flow.Slot(max(0, newest)))
		if bulk {
			cutoff = ^flow.Slot(0)
		}
		w.names(s, &written)
		w.combinations(fresh)
		w.traffic("traffic", b.Traffic)
		w.traffic("traffic_hour", hours)
		w.endpoints(b.Endpoints, cutoff, s.folded)
		w.places(b.Places)
		w.health(b.Health)
		w.touched(hours, s.folded)
		if w.err != nil {
			return w.err
		}
		return s.writeStateLocked(ctx)
	})
	if err != nil {
		return fmt.Errorf("cannot commit to the store %s: %w", s.path, err)
	}
	s.written = written
	for _, c := range fresh {
		s.combinations[c] = struct{}{}
	}
	clear(s.staged)
	s.newest.Store(newest)
	s.oldest.Store(oldest)
	return nil
}

// transact runs act between BEGIN and COMMIT, or takes everything back.
func (s *Store) transact(ctx context.Context, act func() error) error {
	if err := s.conn.Exec(ctx, "BEGIN"); err != nil {
		return err
	}
	err := act()
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		// Without the context: an interrupted COMMIT leaves open whether it happened.
		err = s.conn.Exec(context.Background(), "COMMIT")
	}
	if err != nil {
		_ = s.conn.Exec(context.Background(), "ROLLBACK") // fails if COMMIT already rolled back
	}
	return err
}

// freshCombinations are those of the rows that are not in the store yet, sorted.
func (s *Store) freshCombinations(rows []rollup.Traffic) []Combination {
	var fresh []Combination
	seen := map[Combination]struct{}{}
	for i := range rows {
		c := Combination{rows[i].AS, rows[i].Prefix, rows[i].Link}
		if _, known := s.combinations[c]; known {
			continue
		}
		if _, known := seen[c]; !known {
			seen[c] = struct{}{}
			fresh = append(fresh, c)
		}
	}
	slices.SortFunc(fresh, Combination.compare)
	return fresh
}

// touched notes which hours and days a batch added rows to, and how many: see dirty.
func (w *writer) touched(hours []rollup.Traffic, folded flow.Slot) {
	type row struct {
		kind  uint8
		start flow.Slot
	}
	counts := map[row]uint64{}
	for i := range hours {
		counts[row{touchedHour, hours[i].Slot}]++
		counts[row{touchedDay, hours[i].Slot.Day()}]++
		if hours[i].Slot < folded {
			counts[row{touchedMonth, hours[i].Slot.Month()}]++
		}
	}
	rows := slices.SortedFunc(maps.Keys(counts), func(a, b row) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.start, b.start))
	})
	w.rows("touched", len(rows), func(a *duckdb.Appender, from, count int) {
		kind, slot, n := duckdb.Column[uint8](&a.Chunk, 0), duckdb.Column[uint32](&a.Chunk, 1), duckdb.Column[uint64](&a.Chunk, 2)
		for i := range count {
			r := rows[from+i]
			kind[i], slot[i], n[i] = r.kind, uint32(r.start), counts[r]
		}
	})
}

// writer appends rows; after its first error it does nothing.
type writer struct {
	conn    *duckdb.Conn
	catalog string // of the tables: "" is the store's file; see duckdb.Conn.Append
	err     error
}

// rows appends n rows to a table: fill writes rows from..from+count−1 into the appender's chunk.
func (w *writer) rows(table string, n int, fill func(a *duckdb.Appender, from, count int)) {
	if w.err != nil || n == 0 {
		return
	}
	a, err := w.conn.Append(w.catalog, table)
	if err != nil {
		w.err = err
		return
	}
	for from := 0; from < n && err == nil; from += duckdb.ChunkRows {
		count := min(duckdb.ChunkRows, n-from)
		fill(a, from, count)
		err = a.Flush(count)
	}
	w.err = errors.Join(err, a.Close())
}

// cellWriter writes the columns of a cell.
type cellWriter struct {
	region, link       []uint16
	direction, version []uint8
	as, prefix         []uint32
}

// newCellWriter writes the cell columns that begin at column first.
func newCellWriter(c *duckdb.Chunk, first int) cellWriter {
	return cellWriter{
		region: duckdb.Column[uint16](c, first), direction: duckdb.Column[uint8](c, first+1), version: duckdb.Column[uint8](c, first+2),
		link: duckdb.Column[uint16](c, first+3), as: duckdb.Column[uint32](c, first+4), prefix: duckdb.Column[uint32](c, first+5),
	}
}

func (w *cellWriter) set(i int, c *rollup.Cell) {
	w.region[i], w.direction[i], w.version[i] = c.Region, uint8(c.Direction), c.Version
	w.link[i], w.as[i], w.prefix[i] = c.Link, c.AS, c.Prefix
}

func huge(v rollup.Uint128) duckdb.Huge { return duckdb.Huge{Lo: v.Lo, Hi: v.Hi} }

func (w *writer) traffic(table string, rows []rollup.Traffic) {
	w.rows(table, len(rows), func(a *duckdb.Appender, from, count int) {
		c := &a.Chunk
		slot, cell := duckdb.Column[uint32](c, 0), newCellWriter(c, 1)
		octets, packets, flows := duckdb.Column[uint64](c, 7), duckdb.Column[uint64](c, 8), duckdb.Column[uint64](c, 9)
		v, unrated := duckdb.Column[duckdb.Huge](c, 10), duckdb.Column[uint64](c, 11)
		for i := range count {
			row := &rows[from+i]
			slot[i] = uint32(row.Slot)
			cell.set(i, &row.Cell)
			octets[i], packets[i], flows[i] = row.Octets, row.Packets, row.Flows
			v[i], unrated[i] = huge(row.V), row.Unrated
		}
	})
}

func (w *writer) places(rows []rollup.Place) {
	w.rows("places", len(rows), func(a *duckdb.Appender, from, count int) {
		c := &a.Chunk
		slot, cell, place := duckdb.Column[uint32](c, 0), newCellWriter(c, 1), duckdb.Column[uint32](c, 7)
		octets, v, unrated := duckdb.Column[uint64](c, 8), duckdb.Column[duckdb.Huge](c, 9), duckdb.Column[uint64](c, 10)
		for i := range count {
			row := &rows[from+i]
			slot[i], place[i] = uint32(row.Hour), row.Place
			cell.set(i, &row.Cell)
			octets[i], v[i], unrated[i] = row.Octets, huge(row.V), row.Unrated
		}
	})
}

func (w *writer) combinations(rows []Combination) {
	w.rows("combinations", len(rows), func(a *duckdb.Appender, from, count int) {
		c := &a.Chunk
		as, prefix, link := duckdb.Column[uint32](c, 0), duckdb.Column[uint32](c, 1), duckdb.Column[uint16](c, 2)
		for i := range count {
			row := rows[from+i]
			as[i], prefix[i], link[i] = row.AS, row.Prefix, row.Link
		}
	})
}

// names appends the names given since the last commit, and counts them in to.
func (w *writer) names(s *Store, to *written) {
	w.kind(kindRegion, &s.names.Regions, &to.regions)
	w.kind(kindLink, &s.names.Links, &to.links)
	w.kind(kindPrefix, &s.names.Prefixes, &to.prefixes)
	first, end := to.places, s.names.Places.Len()
	to.places = end
	w.rows("place_names", end-first, func(a *duckdb.Appender, from, count int) {
		ids := duckdb.Column[uint32](&a.Chunk, 0)
		for i := range count {
			ids[i] = uint32(first + from + i)
			p := s.names.Places.Value(ids[i])
			a.SetBytes(1, i, valid(p.Country))
			a.SetBytes(2, i, valid(p.Subdivision))
			a.SetBytes(3, i, valid(p.City))
		}
	})
}

func (w *writer) kind(kind uint8, names *flow.Interner[string], written *int) {
	first, end := *written, names.Len()
	*written = end
	w.rows("names", end-first, func(a *duckdb.Appender, from, count int) {
		kinds, ids := duckdb.Column[uint8](&a.Chunk, 0), duckdb.Column[uint32](&a.Chunk, 1)
		for i := range count {
			kinds[i], ids[i] = kind, uint32(first+from+i)
			a.SetBytes(2, i, valid(names.Value(ids[i])))
		}
	})
}

// valid is a name as the database takes it: text that is not UTF-8 (a geo database may hold some)
// is quoted.
func valid(name string) []byte {
	if !utf8.ValidString(name) {
		name = strconv.QuoteToASCII(name)
	}
	return []byte(name)
}
