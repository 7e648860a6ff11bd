package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/store/duckdb"
)

// Combination is what a network type is resolved from: AS number, prefix name and link name.
type Combination struct {
	AS     uint32
	Prefix uint32 // in flow.Names.Prefixes
	Link   uint16 // in flow.Names.Links
}

func (c Combination) compare(o Combination) int {
	return cmp.Or(cmp.Compare(c.AS, o.AS), cmp.Compare(c.Prefix, o.Prefix), cmp.Compare(c.Link, o.Link))
}

// Label says what network and of what type a combination is, from slot From (inclusive) to To
// (exclusive).
type Label struct {
	Combination
	From, To flow.Slot
	Type     flow.NetworkType
	Network  uint32 // any number by which the caller knows the network
}

// Combinations returns every combination ever stored, sorted.
func (s *Store) Combinations(ctx context.Context) ([]Combination, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Keys(s.combinations), Combination.compare), ctx.Err()
}

// complete sorts labels and fills what they leave out with type other and network 0: the
// combinations of all without a label, and the stretches of time between labels. So every row has
// exactly one label, also one of a combination committed after the caller asked for them.
// changes are the slots at which a label ends and another begins, ascending. Overlapping labels are a
// mistake of the caller.
func complete(all []Combination, labels []Label) (out []Label, changes []flow.Slot) {
	labels = slices.Clone(labels)
	slices.SortFunc(labels, func(a, b Label) int {
		return cmp.Or(a.Combination.compare(b.Combination), cmp.Compare(a.From, b.From))
	})
	const end = ^flow.Slot(0)
	i := 0
	for _, c := range all {
		for i < len(labels) && labels[i].Combination.compare(c) < 0 {
			i++ // of a combination that is not stored
		}
		first, at := len(out), flow.Slot(0)
		for ; i < len(labels) && labels[i].Combination == c; i++ {
			l := labels[i]
			if l.From < at {
				panic("BUG: labels of one combination overlap")
			}
			if l.From > at {
				out = append(out, Label{c, at, l.From, flow.Other, 0})
			}
			out = append(out, l)
			at = l.To
		}
		if at < end {
			out = append(out, Label{c, at, end, flow.Other, 0})
		}
		for _, l := range out[first+1:] {
			changes = append(changes, l.From)
		}
	}
	slices.Sort(changes)
	return out, slices.Compact(changes)
}

// CombinationsIn returns those that have traffic in p, which must begin and end with hours, sorted. Rows
// of other tables have no others: who has addresses or places in an hour has octets in it, too.
func (v *View) CombinationsIn(ctx context.Context, p flow.Period) (all []Combination, err error) {
	err = v.query(ctx, func(c *duckdb.Chunk) error {
		as, prefix, link := duckdb.Column[uint32](c, 0), duckdb.Column[uint32](c, 1), duckdb.Column[uint16](c, 2)
		for i := range c.Len() {
			all = append(all, Combination{as[i], prefix[i], link[i]})
		}
		return nil
	}, fmt.Sprintf("SELECT DISTINCT asn, prefix, link FROM traffic_hour WHERE slot >= %d AND slot < %d ORDER BY ALL", p.From, p.To))
	return all, err
}
