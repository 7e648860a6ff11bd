package explore

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/stats"
	"tributary/internal/store"
)

// placing says what networks, types and links the combinations of AS number, prefix and link are. It
// is made of a source and of what the store's combinations are, and holds for any question to them.
// Nobody changes it.
type placing struct {
	source *stats.Source
	kinds  map[uint16]flow.LinkKind    // last known
	types  map[uint32]flow.NetworkType // last known, of prefixes

	labels *stats.Labels
	first  map[store.Combination]int // its first label in labels.Rows
	dated  bool                      // some combination has several labels
}

// place finds the placing of the view's combinations and of those that are not committed.
func (a *asking) place(ctx context.Context) error {
	all, err := a.view.Combinations(ctx)
	if err != nil {
		return err
	}
	if a.open != nil {
		all = with(all, a.open.Traffic)
	}
	e := a.explorer
	e.mu.Lock()
	defer e.mu.Unlock() // who waits needs the same
	kinds, types := a.source.Store.LastKnown()
	p := e.placed
	if p == nil || p.source != a.source || !p.has(all) || !maps.Equal(p.kinds, kinds) || !maps.Equal(p.types, types) {
		p = newPlacing(a.source, all)
		p.kinds, p.types = kinds, types
		e.placed = p
	}
	a.placing = p
	return nil
}

func newPlacing(s *stats.Source, all []store.Combination) *placing {
	p := &placing{source: s, labels: s.Labels(all), first: make(map[store.Combination]int, len(all))}
	for i := range p.labels.Rows {
		c := p.labels.Rows[i].Combination
		if _, ok := p.first[c]; ok {
			p.dated = true
			continue
		}
		p.first[c] = i
	}
	return p
}

// has reports that all combinations are placed. It may know others too: they do no harm.
func (p *placing) has(all []store.Combination) bool {
	for _, c := range all {
		if _, ok := p.first[c]; !ok {
			return false
		}
	}
	return true
}

// with adds the combinations of rows to all, and sorts them.
func with(all []store.Combination, rows []rollup.Traffic) []store.Combination {
	seen := make(map[store.Combination]struct{}, len(all))
	for _, c := range all {
		seen[c] = struct{}{}
	}
	n := len(all)
	for i := range rows {
		c := store.Combination{AS: rows[i].AS, Prefix: rows[i].Prefix, Link: rows[i].Link}
		if _, ok := seen[c]; !ok {
			seen[c] = struct{}{}
			all = append(all, c)
		}
	}
	if len(all) > n {
		slices.SortFunc(all, func(a, b store.Combination) int {
			return cmp.Or(cmp.Compare(a.AS, b.AS), cmp.Compare(a.Prefix, b.Prefix), cmp.Compare(a.Link, b.Link))
		})
	}
	return all
}

// at is the label of a combination at a slot; nil for one that is not placed.
func (p *placing) at(c store.Combination, at flow.Slot) *store.Label {
	i, ok := p.first[c]
	if !ok {
		return nil
	}
	rows := p.labels.Rows
	for ; i < len(rows) && rows[i].Combination == c; i++ {
		if rows[i].From <= at && at < rows[i].To {
			return &rows[i]
		}
	}
	return nil
}
