package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"tributary/internal/store/duckdb"
)

// Import is a capture that was read into the store.
type Import struct {
	Identity    string    // what makes a capture the same content, whatever its name; any text
	Name        string    // of the file, as it was given
	When        time.Time // it was imported; kept to the millisecond
	First, Last time.Time // of its datagrams, as captured; zero if it has none
	Datagrams   uint64
	Records     uint64
}

// Imported returns the last import of this identity that is in the store, or noted to be written
// with the next commit.
func (s *Store) Imported(identity string) (Import, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	identity = valid(identity)
	if noted, ok := s.staged.imports[identity]; ok {
		return noted, true
	}
	known, ok := s.imports[identity]
	return known, ok
}

// NoteImport keeps that a capture was imported: it is written with the next commit, in the same
// transaction, in place of an earlier import of the same identity. Where the note belongs to one
// batch of several, see Commit.Imports.
func (s *Store) NoteImport(i Import) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i.Identity = valid(i.Identity)
	s.staged.imports[i.Identity] = i
}

func (l *loaded) loadImports(ctx context.Context, c *duckdb.Conn) error {
	if l.version < 2 {
		return nil
	}
	return query(ctx, c, func(c *duckdb.Chunk) error {
		identity, name := duckdb.TextColumn(c, 0), duckdb.TextColumn(c, 1)
		when, first, last := duckdb.Column[uint64](c, 2), duckdb.Column[uint64](c, 3), duckdb.Column[uint64](c, 4)
		datagrams, records := duckdb.Column[uint64](c, 5), duckdb.Column[uint64](c, 6)
		for i := range c.Len() {
			v := Import{
				Identity: string(identity.Bytes(i)), Name: string(name.Bytes(i)), When: fromMillis(when[i]),
				First: fromMillis(first[i]), Last: fromMillis(last[i]), Datagrams: datagrams[i], Records: records[i],
			}
			l.imports[v.Identity] = v
		}
		return nil
	}, "SELECT identity, name, noted, earliest, latest, datagrams, records FROM imports")
}

// writeImports writes imports within a transaction, in place of those of the same identities.
func (s *Store) writeImports(ctx context.Context, imports map[string]Import) error {
	order := slices.Sorted(maps.Keys(imports))
	for _, identity := range order {
		if _, known := s.imports[identity]; known {
			if err := s.conn.Exec(ctx, "DELETE FROM imports WHERE identity = ?", identity); err != nil {
				return err
			}
		}
	}
	w := &writer{conn: s.conn}
	w.rows("imports", len(order), func(a *duckdb.Appender, from, count int) {
		c := &a.Chunk
		when, first, last := duckdb.Column[uint64](c, 2), duckdb.Column[uint64](c, 3), duckdb.Column[uint64](c, 4)
		datagrams, records := duckdb.Column[uint64](c, 5), duckdb.Column[uint64](c, 6)
		for i := range count {
			v := imports[order[from+i]]
			a.SetBytes(0, i, []byte(v.Identity))
			a.SetBytes(1, i, []byte(valid(v.Name)))
			when[i], first[i], last[i] = millis(v.When), millis(v.First), millis(v.Last)
			datagrams[i], records[i] = v.Datagrams, v.Records
		}
	})
	return w.err
}

// millis and fromMillis are times as kept; the zero time is 0.
func millis(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(max(0, t.UnixMilli()))
}

func fromMillis(v uint64) time.Time {
	if v == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(v)).UTC()
}
