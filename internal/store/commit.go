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

// Commit is what one transaction writes.
type Commit struct {
	Batch   *rollup.Batch     // the rows; may be nil. They are not to be changed from now on
	State   map[string][]byte // written with these very rows, in place of what is kept under those names
	Imports []Import          // likewise: see NoteImport

	// Bulk is for the past: sketches of hours are united into days at once, however new they are,
	// instead of being written by hour and folded later.
	Bulk bool
}

// CommitWith writes rows, new names, state and imports, and what SetState and NoteImport have staged,
// in one transaction: all of it is on disk when it returns nil, and none of it when it returns an
// error that is not ErrUnknown.
//
// A commit that fails where it is unclear what is on disk, as on a full disk, makes the store open
// the database again and look: what is found there is no error. Where it cannot be opened, the error
// wraps ErrUnknown. Then the same batch, the very one, is to be given again until another answer
// comes: the store knows it, and does not write it twice.
func (s *Store) CommitWith(ctx context.Context, c Commit) error {
	if s.options.ReadOnly {
		return errors.New("cannot write to the store: it was opened for reading only")
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.ready(ctx); err != nil {
		if s.doubt.open && s.doubt.batch == c.Batch {
			err = fmt.Errorf("%w; %w", err, ErrUnknown)
		}
		return fmt.Errorf("cannot commit to the store %s: %w", s.path, err)
	}
	if s.doubt.took(c.Batch) {
		return nil
	}
	if c.Batch == nil {
		c.Batch = &rollup.Batch{}
	}
	if c.Bulk {
		s.alone(ctx)
	}
	if err := s.commit(ctx, c); err != nil {
		return fmt.Errorf("cannot commit to the store %s: %w", s.path, err)
	}
	return nil
}

// Commit is CommitWith of rows alone.
func (s *Store) Commit(ctx context.Context, b *rollup.Batch) error {
	return s.CommitWith(ctx, Commit{Batch: b})
}

// Import is CommitWith of rows alone, in bulk.
func (s *Store) Import(ctx context.Context, b *rollup.Batch) error {
	return s.CommitWith(ctx, Commit{Batch: b, Bulk: true})
}

// alone makes DuckDB use no thread but the caller's until a view is opened. A commit runs one task at
// a time, and while another thread does it the caller's spins: a quarter of the CPU of an import.
func (s *Store) alone(ctx context.Context) {
	if s.options.Threads > 1 && s.conn.Exec(ctx, "SET threads = 1") == nil { // else it just costs more
		s.single.Store(true)
	}
}

// commit writes c. Whoever calls holds writing.
func (s *Store) commit(ctx context.Context, c Commit) error {
	staged := s.taken()
	states, imports := staged.with(c)
	next := loaded{written: s.written, commits: s.commits + 1}
	states[commitsState] = strconv.AppendUint(nil, next.commits, 10)
	states[revisionsState] = s.revisionsWith(c.Batch, next.commits)
	newest, oldest := s.extentWith(c.Batch)
	fresh := s.freshCombinations(c.Batch.Hours())
	sent, err := s.transact(ctx, func() error {
		cutoff := foldBefore(flow.Slot(max(0, newest)))
		if c.Bulk {
			cutoff = ^flow.Slot(0)
		}
		w := &writer{conn: s.conn}
		w.names(&s.names, &next.written)
		w.combinations(fresh)
		w.batch(c.Batch, cutoff, max(s.folded, s.folding))
		w.long(c.Batch, &s.summed)
		if w.err != nil {
			return w.err
		}
		if err := s.writeImports(ctx, imports); err != nil {
			return err
		}
		return s.writeStates(ctx, states)
	})
	if err != nil {
		if done, err := s.settle(ctx, err, sent, c.Batch); !done {
			return err
		}
		s.unstage(staged)
		return nil // reopening has read the rest
	}
	s.unstage(staged)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.written, s.commits = next.written, next.commits
	for _, c := range fresh {
		s.combinations[c] = struct{}{}
	}
	maps.Copy(s.state, states)
	maps.Copy(s.imports, imports)
	s.newest.Store(newest)
	s.oldest.Store(oldest)
	return nil
}

// extentWith is the newest slot and the oldest hour with a batch.
func (s *Store) extentWith(b *rollup.Batch) (newest, oldest int64) {
	newest, oldest = s.newest.Load(), s.oldest.Load()
	for i := range b.Traffic {
		newest = max(newest, int64(b.Traffic[i].Slot))
	}
	for i := range b.Health {
		newest = max(newest, int64(b.Health[i].Slot))
	}
	if hours := b.Hours(); len(hours) > 0 && (oldest < 0 || int64(hours[0].Slot) < oldest) {
		oldest = int64(hours[0].Slot)
	}
	return newest, oldest
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

func (w *writer) places(table string, rows []rollup.Place) {
	w.rows(table, len(rows), func(a *duckdb.Appender, from, count int) {
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

// batch appends the rows of a batch.
func (w *writer) batch(b *rollup.Batch, cutoff, folded flow.Slot) {
	hours := b.Hours()
	w.traffic("traffic", b.Traffic)
	w.traffic("traffic_hour", hours)
	w.endpoints(b.Endpoints, cutoff, folded)
	w.places("places", b.Places)
	w.health(b.Health)
	w.touched(hours, folded)
}

// names appends the names given since the last commit, and counts them in to.
func (w *writer) names(names *flow.Names, to *written) {
	w.kind(kindRegion, &names.Regions, &to.regions)
	w.kind(kindLink, &names.Links, &to.links)
	w.kind(kindPrefix, &names.Prefixes, &to.prefixes)
	first, end := to.places, names.Places.Len()
	to.places = end
	w.rows("place_names", end-first, func(a *duckdb.Appender, from, count int) {
		ids := duckdb.Column[uint32](&a.Chunk, 0)
		for i := range count {
			ids[i] = uint32(first + from + i)
			p := validPlace(names.Places.Value(ids[i]))
			a.SetBytes(1, i, []byte(p.Country))
			a.SetBytes(2, i, []byte(p.Subdivision))
			a.SetBytes(3, i, []byte(p.City))
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
			a.SetBytes(2, i, []byte(valid(names.Value(ids[i]))))
		}
	})
}

// valid is a name as the database takes it: text that is not UTF-8 (a geo database may hold some)
// is quoted.
func valid(name string) string {
	if !utf8.ValidString(name) {
		return strconv.QuoteToASCII(name)
	}
	return name
}

func validPlace(p flow.Place) flow.Place {
	return flow.Place{Country: valid(p.Country), Subdivision: valid(p.Subdivision), City: valid(p.City)}
}
