package store

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"tributary/internal/flow"
)

// State returns what was last given to SetState under this name; nil if nothing was. The caller
// must not change it.
func (s *Store) State(name string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state[name]
}

// SetState keeps a value under a name, such as what a collector has learnt: it is written with the
// next commit, in the same transaction, so that it always fits the rows.
func (s *Store) SetState(name string, value []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setStateLocked(name, value)
}

func (s *Store) setStateLocked(name string, value []byte) {
	if old, ok := s.state[name]; ok && bytes.Equal(old, value) {
		return
	}
	s.state[name] = bytes.Clone(value)
	s.staged[name] = true
}

// writeStateLocked writes the staged state, within a transaction.
func (s *Store) writeStateLocked(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(s.staged)) {
		if err := s.conn.Exec(ctx, "DELETE FROM state WHERE name = ?", name); err != nil {
			return err
		}
		if err := s.conn.Exec(ctx, "INSERT INTO state VALUES (?, ?)", name, s.state[name]); err != nil {
			return err
		}
	}
	return nil
}

// Describe keeps what is known now of links and prefix names, by their numbers, for the time when
// the configuration no longer lists them. Names not given keep what was known before.
func (s *Store) Describe(ctx context.Context, links map[uint16]flow.LinkKind, prefixes map[uint32]flow.NetworkType) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := [numKinds]map[uint32]uint8{kindLink: {}, kindPrefix: {}}
	for id, kind := range links {
		if old, ok := s.lastKnown[kindLink][uint32(id)]; !ok || old != uint8(kind) {
			changed[kindLink][uint32(id)] = uint8(kind)
		}
	}
	for id, t := range prefixes {
		if old, ok := s.lastKnown[kindPrefix][id]; !ok || old != uint8(t) {
			changed[kindPrefix][id] = uint8(t)
		}
	}
	if len(changed[kindLink])+len(changed[kindPrefix]) == 0 {
		return nil
	}
	err := s.transact(ctx, func() error {
		for kind, values := range changed {
			for _, id := range slices.Sorted(maps.Keys(values)) {
				if err := s.conn.Exec(ctx, fmt.Sprintf("DELETE FROM last_known WHERE kind = %d AND id = %d", kind, id)); err != nil {
					return err
				}
				if err := s.conn.Exec(ctx, fmt.Sprintf("INSERT INTO last_known VALUES (%d, %d, %d)", kind, id, values[id])); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("cannot keep the types of names in the store %s: %w", s.path, err)
	}
	for kind, values := range changed {
		maps.Copy(s.lastKnown[kind], values)
	}
	return nil
}

// LastKnown returns what Describe was last told of each link and prefix name.
func (s *Store) LastKnown() (links map[uint16]flow.LinkKind, prefixes map[uint32]flow.NetworkType) {
	s.mu.Lock()
	defer s.mu.Unlock()
	links, prefixes = map[uint16]flow.LinkKind{}, map[uint32]flow.NetworkType{}
	for id, v := range s.lastKnown[kindLink] {
		links[uint16(id)] = flow.LinkKind(v)
	}
	for id, v := range s.lastKnown[kindPrefix] {
		prefixes[id] = flow.NetworkType(v)
	}
	return links, prefixes
}
