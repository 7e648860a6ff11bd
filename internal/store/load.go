package store

import (
	"context"
	"fmt"
	"strconv"

	"tributary/internal/flow"
	"tributary/internal/store/duckdb"
)

// load reads what is kept in memory while the store is open.
func (s *Store) load(ctx context.Context) error {
	for _, part := range []func(context.Context) error{s.loadNames, s.loadPlaces, s.loadLastKnown, s.loadCombinations, s.loadState, s.loadExtent} {
		if err := part(ctx); err != nil {
			return s.readError(err)
		}
	}
	return nil
}

// interner returns the numbering of a kind of name.
func (s *Store) interner(kind uint8) *flow.Interner[string] {
	switch kind {
	case kindRegion:
		return &s.names.Regions
	case kindLink:
		return &s.names.Links
	case kindPrefix:
		return &s.names.Prefixes
	}
	return nil
}

func (s *Store) loadNames(ctx context.Context) error {
	err := query(ctx, s.conn, func(c *duckdb.Chunk) error {
		kind, id, name := duckdb.Column[uint8](c, 0), duckdb.Column[uint32](c, 1), duckdb.TextColumn(c, 2)
		for i := range c.Len() {
			names := s.interner(kind[i])
			if names == nil || names.ID(string(name.Bytes(i))) != id[i] {
				return fmt.Errorf("%w: name %d of kind %d is out of order", ErrCorrupt, id[i], kind[i])
			}
		}
		return nil
	}, "SELECT kind, id, name FROM names ORDER BY kind, id")
	s.written.regions, s.written.links, s.written.prefixes = s.names.Regions.Len(), s.names.Links.Len(), s.names.Prefixes.Len()
	return err
}

func (s *Store) loadPlaces(ctx context.Context) error {
	err := query(ctx, s.conn, func(c *duckdb.Chunk) error {
		id, country, subdivision, city := duckdb.Column[uint32](c, 0), duckdb.TextColumn(c, 1), duckdb.TextColumn(c, 2), duckdb.TextColumn(c, 3)
		for i := range c.Len() {
			p := flow.Place{Country: string(country.Bytes(i)), Subdivision: string(subdivision.Bytes(i)), City: string(city.Bytes(i))}
			if s.names.Places.ID(p) != id[i] {
				return fmt.Errorf("%w: place %d is out of order", ErrCorrupt, id[i])
			}
		}
		return nil
	}, "SELECT id, country, subdivision, city FROM place_names ORDER BY id")
	s.written.places = s.names.Places.Len()
	return err
}

func (s *Store) loadLastKnown(ctx context.Context) error {
	for kind := range s.lastKnown {
		s.lastKnown[kind] = map[uint32]uint8{}
	}
	return query(ctx, s.conn, func(c *duckdb.Chunk) error {
		kind, id, value := duckdb.Column[uint8](c, 0), duckdb.Column[uint32](c, 1), duckdb.Column[uint8](c, 2)
		for i := range c.Len() {
			if kind[i] >= numKinds {
				return fmt.Errorf("%w: there is no kind %d of name", ErrCorrupt, kind[i])
			}
			s.lastKnown[kind[i]][id[i]] = value[i]
		}
		return nil
	}, "SELECT kind, id, value FROM last_known")
}

func (s *Store) loadCombinations(ctx context.Context) error {
	return query(ctx, s.conn, func(c *duckdb.Chunk) error {
		as, prefix, link := duckdb.Column[uint32](c, 0), duckdb.Column[uint32](c, 1), duckdb.Column[uint16](c, 2)
		for i := range c.Len() {
			s.combinations[Combination{as[i], prefix[i], link[i]}] = struct{}{}
		}
		return nil
	}, "SELECT asn, prefix, link FROM combinations")
}

// States that are slots: months before the first have sketches of months; slots and sketches of days
// before the second are no longer kept.
const (
	foldedState  = "months folded before"
	droppedState = "slots dropped before"
)

func parseMark(name string, text []byte) (flow.Slot, error) {
	v, err := strconv.ParseUint(string(text), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%w: the state %q is %q", ErrCorrupt, name, text)
	}
	return flow.Slot(v), nil
}

func (s *Store) loadState(ctx context.Context) error {
	err := query(ctx, s.conn, func(c *duckdb.Chunk) error {
		name, value := duckdb.TextColumn(c, 0), duckdb.TextColumn(c, 1)
		for i := range c.Len() {
			s.state[string(name.Bytes(i))] = append([]byte(nil), value.Bytes(i)...)
		}
		return nil
	}, "SELECT name, value FROM state")
	if err != nil {
		return err
	}
	if text, ok := s.state[foldedState]; ok {
		if s.folded, err = parseMark(foldedState, text); err != nil {
			return err
		}
	}
	if text, ok := s.state[droppedState]; ok {
		s.dropped, err = parseMark(droppedState, text)
	}
	return err
}

func (s *Store) loadExtent(ctx context.Context) error {
	extent := func(statement string) (int64, error) {
		v, err := one[uint64](ctx, s.conn, "SELECT (coalesce("+statement+", -1) + 1)::UBIGINT")
		return int64(v) - 1, err
	}
	newest, err := extent("greatest((SELECT max(slot) FROM traffic), (SELECT max(slot) FROM traffic_hour), (SELECT max(slot) FROM health))")
	if err != nil {
		return err
	}
	oldest, err := extent("(SELECT min(slot) FROM traffic_hour)")
	s.newest.Store(newest)
	s.oldest.Store(oldest)
	return err
}
