package store

import (
	"context"
	"fmt"
	"strconv"

	"tributary/internal/flow"
	"tributary/internal/store/duckdb"
)

// loaded is what is kept in memory of what stands on disk, as of the last commit. Store.mu guards it;
// it is changed only by who holds Store.writing, too.
type loaded struct {
	version      int // of the tables
	commits      uint64
	written      written
	combinations map[Combination]struct{}
	state        map[string][]byte
	imports      map[string]Import // by identity
	lastKnown    [numKinds]map[uint32]uint8
	folded       flow.Slot // months before this have sketches of months
	dropped      flow.Slot // slots and days before this are no longer kept
	summed       summed    // days and months before this have rows of their own
}

// written is how many names of each table are on disk.
type written struct{ regions, links, prefixes, places int }

// load reads what is kept in memory while the store is open, anew.
func (s *Store) load(ctx context.Context, version int) error {
	l := &loaded{version: version, combinations: map[Combination]struct{}{}, state: map[string][]byte{}, imports: map[string]Import{}}
	for _, part := range []func(context.Context, *duckdb.Conn) error{
		func(ctx context.Context, c *duckdb.Conn) error { return l.loadNames(ctx, c, &s.names) },
		func(ctx context.Context, c *duckdb.Conn) error { return l.loadPlaces(ctx, c, &s.names) },
		l.loadLastKnown, l.loadCombinations, l.loadState, l.loadImports,
	} {
		if err := part(ctx, s.conn); err != nil {
			return s.readError(err)
		}
	}
	if err := s.loadExtent(ctx); err != nil {
		return s.readError(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded = *l
	return nil
}

// interner returns the numbering of a kind of name.
func interner(names *flow.Names, kind uint8) *flow.Interner[string] {
	switch kind {
	case kindRegion:
		return &names.Regions
	case kindLink:
		return &names.Links
	case kindPrefix:
		return &names.Prefixes
	}
	return nil
}

// numbered reports whether a value on disk has the number that this process gives it, numbering it
// if it has none. What this process numbered itself may be other than on disk: see valid.
func numbered[T comparable](all *flow.Interner[T], id uint32, v T, onDisk func(T) T) bool {
	if int(id) < all.Len() {
		return onDisk(all.Value(id)) == v
	}
	return all.ID(v) == id
}

// loadNames reads names into the numbering of this process, which may know more of them: such as
// were given since the last commit.
func (l *loaded) loadNames(ctx context.Context, c *duckdb.Conn, all *flow.Names) error {
	counts := [numKinds]*int{&l.written.regions, &l.written.links, &l.written.prefixes}
	for _, n := range counts {
		*n = 1 // the name of number 0 is empty and not on disk
	}
	return query(ctx, c, func(c *duckdb.Chunk) error {
		kind, id, name := duckdb.Column[uint8](c, 0), duckdb.Column[uint32](c, 1), duckdb.TextColumn(c, 2)
		for i := range c.Len() {
			names := interner(all, kind[i])
			if names == nil || !numbered(names, id[i], string(name.Bytes(i)), valid) {
				return fmt.Errorf("%w: name %d of kind %d is out of order", ErrCorrupt, id[i], kind[i])
			}
			*counts[kind[i]] = int(id[i]) + 1
		}
		return nil
	}, "SELECT kind, id, name FROM names ORDER BY kind, id")
}

func (l *loaded) loadPlaces(ctx context.Context, c *duckdb.Conn, all *flow.Names) error {
	l.written.places = 1
	return query(ctx, c, func(c *duckdb.Chunk) error {
		id, country, subdivision, city := duckdb.Column[uint32](c, 0), duckdb.TextColumn(c, 1), duckdb.TextColumn(c, 2), duckdb.TextColumn(c, 3)
		for i := range c.Len() {
			p := flow.Place{Country: string(country.Bytes(i)), Subdivision: string(subdivision.Bytes(i)), City: string(city.Bytes(i))}
			if !numbered(&all.Places, id[i], p, validPlace) {
				return fmt.Errorf("%w: place %d is out of order", ErrCorrupt, id[i])
			}
			l.written.places = int(id[i]) + 1
		}
		return nil
	}, "SELECT id, country, subdivision, city FROM place_names ORDER BY id")
}

func (l *loaded) loadLastKnown(ctx context.Context, c *duckdb.Conn) error {
	for kind := range l.lastKnown {
		l.lastKnown[kind] = map[uint32]uint8{}
	}
	return query(ctx, c, func(c *duckdb.Chunk) error {
		kind, id, value := duckdb.Column[uint8](c, 0), duckdb.Column[uint32](c, 1), duckdb.Column[uint8](c, 2)
		for i := range c.Len() {
			if kind[i] >= numKinds {
				return fmt.Errorf("%w: there is no kind %d of name", ErrCorrupt, kind[i])
			}
			l.lastKnown[kind[i]][id[i]] = value[i]
		}
		return nil
	}, "SELECT kind, id, value FROM last_known")
}

func (l *loaded) loadCombinations(ctx context.Context, c *duckdb.Conn) error {
	return query(ctx, c, func(c *duckdb.Chunk) error {
		as, prefix, link := duckdb.Column[uint32](c, 0), duckdb.Column[uint32](c, 1), duckdb.Column[uint16](c, 2)
		for i := range c.Len() {
			l.combinations[Combination{as[i], prefix[i], link[i]}] = struct{}{}
		}
		return nil
	}, "SELECT asn, prefix, link FROM combinations")
}

// States of the store's own. The first two are slots: months before the first have sketches of
// months; slots and sketches of days before the second are no longer kept.
const (
	foldedState  = "months folded before"
	droppedState = "slots dropped before"
	commitsState = "commits" // how many there were: tells whether the last one is on disk
)

func parseMark(name string, text []byte) (flow.Slot, error) {
	v, err := strconv.ParseUint(string(text), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%w: the state %q is %q", ErrCorrupt, name, text)
	}
	return flow.Slot(v), nil
}

func (l *loaded) loadState(ctx context.Context, c *duckdb.Conn) error {
	err := query(ctx, c, func(c *duckdb.Chunk) error {
		name, value := duckdb.TextColumn(c, 0), duckdb.TextColumn(c, 1)
		for i := range c.Len() {
			l.state[string(name.Bytes(i))] = append([]byte(nil), value.Bytes(i)...)
		}
		return nil
	}, "SELECT name, value FROM state")
	if err != nil {
		return err
	}
	for name, mark := range l.summed.of(map[string]*flow.Slot{foldedState: &l.folded, droppedState: &l.dropped}) {
		if text, ok := l.state[name]; ok {
			if *mark, err = parseMark(name, text); err != nil {
				return err
			}
		}
	}
	if text, ok := l.state[commitsState]; ok {
		if l.commits, err = strconv.ParseUint(string(text), 10, 64); err != nil {
			return fmt.Errorf("%w: the state %q is %q", ErrCorrupt, commitsState, text)
		}
	}
	return nil
}

func (s *Store) loadExtent(ctx context.Context) error {
	oldest, newest, err := extent(ctx, s.conn)
	if err != nil {
		return err
	}
	s.newest.Store(newest)
	s.oldest.Store(oldest)
	return nil
}

// extent is the slot in which the oldest hour with traffic begins, and the newest slot of any traffic
// or health row; −1 for none.
func extent(ctx context.Context, c *duckdb.Conn) (oldest, newest int64, err error) {
	slot := func(statement string) (int64, error) {
		v, err := one[uint64](ctx, c, "SELECT (coalesce("+statement+", -1) + 1)::UBIGINT")
		return int64(v) - 1, err
	}
	if newest, err = slot("greatest((SELECT max(slot) FROM traffic), (SELECT max(slot) FROM traffic_hour), (SELECT max(slot) FROM health))"); err != nil {
		return 0, 0, err
	}
	oldest, err = slot("(SELECT min(slot) FROM traffic_hour)")
	return oldest, newest, err
}
