package flow

import "sync"

// Interner gives values small numbers and keeps them: append-only, number 0 is the zero value.
// It is safe for concurrent use. Numbers are handed out where tables are built or a value is seen
// for the first time, never once a flow.
type Interner[T comparable] struct {
	mu     sync.RWMutex // guards the fields below
	ids    map[T]uint32
	values []T
}

// ID returns the number of v, a new one if v was not seen before.
func (n *Interner[T]) ID(v T) uint32 {
	n.mu.RLock()
	id, ok := n.ids[v]
	n.mu.RUnlock()
	if ok {
		return id
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.initLocked()
	if id, ok := n.ids[v]; ok {
		return id
	}
	id = uint32(len(n.values))
	n.ids[v] = id
	n.values = append(n.values, v)
	return id
}

func (n *Interner[T]) initLocked() {
	if n.ids == nil {
		var zero T
		n.ids = map[T]uint32{zero: 0}
		n.values = append(n.values, zero)
	}
}

// Lookup returns the number of v if it has one.
func (n *Interner[T]) Lookup(v T) (uint32, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	var zero T
	if v == zero {
		return 0, true
	}
	id, ok := n.ids[v]
	return id, ok
}

// Value returns the value numbered id; the zero value for a number never given.
func (n *Interner[T]) Value(id uint32) T {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if int(id) < len(n.values) {
		return n.values[id]
	}
	var zero T
	return zero
}

// Len is the count of numbers given, number 0 included.
func (n *Interner[T]) Len() int {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return max(1, len(n.values))
}

// Place is where a geo database puts an address. Empty parts are unknown.
type Place struct {
	Country     string // ISO 3166-1 alpha-2
	Subdivision string // ISO 3166-2, without the country: "CA"
	City        string // English name
}

// Names numbers the names that flows and rows carry. A store owns one and keeps it, so that a
// number means the same name for as long as the store lives.
type Names struct {
	Regions  Interner[string] // at most 65,535 (configuration refuses more)
	Links    Interner[string] // at most 65,535
	Prefixes Interner[string] // names of catalogue prefixes
	Places   Interner[Place]
}
