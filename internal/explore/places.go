package explore

import (
	"context"
	"slices"

	"tributary/internal/filter"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// placeSorter says as what place each place counts: as the first of those that the question does not tell
// apart.
type placeSorter struct {
	as      []uint32 // by number in flow.Names.Places; 0 is as nowhere known, or does not count
	nowhere bool     // the filter may let through what is nowhere known
}

// newPlaceSorter reads all names of places.
func newPlaceSorter(s *sorter) *placeSorter {
	fields := s.a.filter.Fields() & placedFields
	for _, d := range s.a.question.By {
		switch d {
		case ByCountry:
			fields |= filter.Of(filter.Country)
		case BySubdivision:
			fields |= filter.Of(filter.Subdivision)
		case ByCity:
			fields |= placedFields // towns of one name are many
		}
	}
	var alone []*filter.Expr // conjuncts about places alone
	for _, c := range s.conjuncts {
		if placedFields.Has(c.Fields()) {
			alone = append(alone, c)
		}
	}
	counts := func(place uint32) bool {
		row := filter.Row{Known: placedFields}
		row.Country, row.Subdivision, row.City = s.a.located(place)
		return !slices.ContainsFunc(alone, func(c *filter.Expr) bool { return c.Eval(&row) == filter.No })
	}
	p := &placeSorter{as: make([]uint32, s.a.names.Places.Len()), nowhere: counts(0)}
	type where struct{ country, subdivision, city string }
	first := map[where]uint32{{}: 0}
	for place := 1; place < len(p.as); place++ {
		var w where
		country, subdivision, city := s.a.located(uint32(place))
		if fields.Has(filter.Of(filter.Country)) {
			w.country = country
		}
		if fields.Has(filter.Of(filter.Subdivision)) {
			w.subdivision = subdivision
		}
		if fields.Has(filter.Of(filter.City)) {
			w.city = city
		}
		if _, ok := first[w]; !ok {
			first[w] = uint32(place)
		}
		if p.nowhere || counts(uint32(place)) { // with nowhere, all must be taken from the whole
			p.as[place] = first[w]
		}
	}
	return p
}

// placedSums adds up by place. What has no place is what is left of all: the volume of slots and hours
// less that of places.
func (a *asking) placedSums(ctx context.Context, sp *span, q *store.SumQuery, some bool, out *lines) error {
	s := a.sorter
	if s.places == nil {
		s.places = newPlaceSorter(s)
		if err := a.view.SortPlaces(ctx, s.places.as); err != nil {
			return err
		}
	}
	if some && s.places.nowhere {
		if err := a.view.Sums(ctx, q, out.add); err != nil {
			return err
		}
	}
	if s.places.nowhere {
		a.addOpen(sp, len(q.Cut.Starts) > 0, out.add)
	}
	if some {
		q.Places = true
		if err := a.view.Sums(ctx, q, out.addPlaced); err != nil {
			return err
		}
	}
	a.addOpenPlaces(sp, len(q.Cut.Starts) > 0, out.addPlaced)
	return nil
}

// addOpenPlaces is addOpen by place.
func (a *asking) addOpenPlaces(sp *span, steps bool, add func(*store.Sum)) {
	if a.open == nil || a.sorter.nothing {
		return
	}
	for i := range a.open.Places {
		t := &a.open.Places[i]
		if t.Hour < sp.period.From || t.Hour >= sp.period.To || !a.counts(&t.Cell) || int(t.Place) >= len(a.sorter.places.as) {
			continue
		}
		r, ok := a.sorter.sum(t.Hour, &t.Cell)
		r.Place = a.sorter.places.as[t.Place]
		if !ok || r.Place == 0 {
			continue
		}
		if steps {
			r.Step = uint32(sp.stepOf(t.Hour))
		}
		r.Octets, r.V, r.Unrated = rollup.U128(t.Octets), t.V, t.Unrated
		add(&r)
	}
}

// widened reports that a span was widened to whole hours.
func (s *span) widened() bool {
	return s.period.From < s.whole.From || s.period.To > s.whole.To
}
