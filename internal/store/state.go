package store

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"tributary/internal/flow"
)

// State returns what is kept under this name, on disk or staged by SetState; nil if nothing is. The
// caller must not change it.
func (s *Store) State(name string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if staged, ok := s.staged.states[name]; ok {
		return staged
	}
	return s.state[name]
}

// SetState keeps a value under a name, such as what a collector has learnt: it is written with the
// next commit, whatever rows that has, in the same transaction. A value that belongs to certain rows
// goes with them: see Commit.State.
func (s *Store) SetState(name string, value []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.staged.states[name] = bytes.Clone(value)
}

// staged is what SetState and NoteImport have put aside for the next commit.
type staged struct {
	states  map[string][]byte
	imports map[string]Import
}

// taken is what is staged now.
func (s *Store) taken() staged {
	s.mu.Lock()
	defer s.mu.Unlock()
	return staged{maps.Clone(s.staged.states), maps.Clone(s.staged.imports)}
}

// with is what a commit writes beside rows: what is staged, and before it what goes with the batch.
func (t staged) with(c Commit) (map[string][]byte, map[string]Import) {
	states, imports := maps.Clone(t.states), maps.Clone(t.imports)
	for name, value := range c.State {
		states[name] = bytes.Clone(value)
	}
	for _, i := range c.Imports {
		i.Identity = valid(i.Identity)
		imports[i.Identity] = i
	}
	return states, imports
}

// unstage forgets what was taken and is written now. What was staged since stays.
func (s *Store) unstage(t staged) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.staged.states, func(name string, value []byte) bool {
		taken, ok := t.states[name]
		return ok && bytes.Equal(taken, value)
	})
	maps.DeleteFunc(s.staged.imports, func(identity string, i Import) bool { return t.imports[identity] == i })
}

// writeStates writes states within a transaction, those that are not so on disk already.
func (s *Store) writeStates(ctx context.Context, states map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(states)) {
		value := states[name]
		if value == nil {
			value = []byte{}
		}
		old, known := s.state[name]
		var err error
		switch {
		case !known:
			err = s.conn.Exec(ctx, "INSERT INTO state VALUES (?, ?)", name, value)
		case !bytes.Equal(old, value):
			err = s.conn.Exec(ctx, "UPDATE state SET value = ? WHERE name = ?", value, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Describe keeps what is known now of links and prefix names, by their numbers, for the time when
// the configuration no longer lists them. Names not given keep what was known before.
func (s *Store) Describe(ctx context.Context, links map[uint16]flow.LinkKind, prefixes map[uint32]flow.NetworkType) error {
	s.writing.Lock()
	defer s.writing.Unlock()
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
	err := s.change(ctx, func() error {
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
	s.mu.Lock()
	defer s.mu.Unlock()
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
