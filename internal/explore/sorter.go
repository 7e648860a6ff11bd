package explore

import (
	"context"
	"slices"
	"strings"

	"tributary/internal/filter"
	"tributary/internal/flow"
	"tributary/internal/store"
)

// rowKey are the numbers of a row's values, one a dimension in the question's order; see asking.key.
type rowKey [maxBy]uint32

// bucket is what rows of a combination count for. Rows of one bucket differ by their class (region,
// direction, IP version) and place alone.
type bucket struct {
	key    rowKey           // dimensions of classes and places are 0
	typ    flow.NetworkType // where rows are networks or AS numbers; see Key.Type
	rest   uint32           // what the filter still asks of class and place; see sorter.rests
	others bool             // of none of the rows that are listed one by one
}

// sorter gives labels their buckets, and buckets their numbers.
//
// What a filter says of combinations is decided here, once for each of them; conjuncts about regions,
// directions and versions alone are in asking.classes, and so in SQL. Where that is not all, as in
// "type = cdn or region = US-West", a bucket has a rest, the class stands in the rows' keys, and
// passes decides row by row.
type sorter struct {
	a         *asking
	conjuncts []*filter.Expr
	typed     bool // buckets tell types apart
	nothing   bool // the filter lets nothing through

	rests       [][]*filter.Expr // by number, of which 0 asks nothing more
	restNumbers map[string]uint32
	asked       map[restCase]bool // what passes found

	buckets []bucket // by number
	numbers map[bucket]uint32
	keep    map[rowKey]bool // keys of buckets of which some row is listed; nil: all
	places  *placeSorter    // nil unless asked for
	texts   texts
}

// restCase is what passes is asked.
type restCase struct {
	rest, place uint32
	region      uint16
	direction   flow.Direction
	version     uint8
}

// comboFields are what a label and its combination tell, classFields what stands in a row beside it.
var (
	comboFields  = filter.Of(filter.Type, filter.Group, filter.Link, filter.LinkKind, filter.Provider, filter.Network, filter.AS, filter.Prefix)
	classFields  = filter.Of(filter.Region, filter.Direction, filter.Version)
	placedFields = filter.Of(filter.Country, filter.Subdivision, filter.City)
)

// newSorter also sets asking.classes.
func newSorter(a *asking) *sorter {
	s := &sorter{
		a: a, rests: [][]*filter.Expr{nil}, restNumbers: map[string]uint32{"": 0}, asked: map[restCase]bool{},
		numbers: map[bucket]uint32{},
	}
	for _, c := range a.filter.Conjuncts() {
		if !s.class(c) {
			s.conjuncts = append(s.conjuncts, c)
		}
	}
	apart := filter.Fields(0)
	for _, d := range a.question.By {
		switch d {
		case ByNetwork, ByAS:
			s.typed = !slices.Contains(a.question.By, ByType)
		case ByRegion:
			apart |= filter.Of(filter.Region)
		case ByDirection:
			apart |= filter.Of(filter.Direction)
		case ByVersion:
			apart |= filter.Of(filter.Version)
		}
	}
	for _, c := range s.conjuncts {
		apart |= c.Fields() & classFields
	}
	a.classes.ByRegion = apart.Has(filter.Of(filter.Region))
	a.classes.ByDirection = apart.Has(filter.Of(filter.Direction))
	a.classes.ByVersion = apart.Has(filter.Of(filter.Version))
	return s
}

// class takes a conjunct about one part of the class into asking.classes; false for any other.
func (s *sorter) class(c *filter.Expr) bool {
	names, classes := s.a.names, &s.a.classes
	row := filter.Row{Known: c.Fields()}
	switch c.Fields() {
	case filter.Of(filter.Region):
		if classes.Regions == nil {
			for id := range names.Regions.Len() {
				classes.Regions = append(classes.Regions, uint16(id))
			}
		}
		classes.Regions = slices.DeleteFunc(classes.Regions, func(id uint16) bool {
			row.Region = names.Regions.Value(uint32(id))
			return c.Eval(&row) != filter.Yes
		})
		s.nothing = s.nothing || len(classes.Regions) == 0
	case filter.Of(filter.Direction):
		if classes.Directions == nil {
			classes.Directions = []flow.Direction{flow.Ingress, flow.Egress}
		}
		classes.Directions = slices.DeleteFunc(classes.Directions, func(d flow.Direction) bool {
			row.Direction = d
			return c.Eval(&row) != filter.Yes
		})
		s.nothing = s.nothing || len(classes.Directions) == 0
	case filter.Of(filter.Version):
		if classes.Versions == nil {
			classes.Versions = []uint8{4, 6}
		}
		classes.Versions = slices.DeleteFunc(classes.Versions, func(v uint8) bool {
			row.Version = v
			return c.Eval(&row) != filter.Yes
		})
		s.nothing = s.nothing || len(classes.Versions) == 0
	default:
		return false
	}
	return true
}

// row is what a label tells a filter.
func (s *sorter) row(l *store.Label) filter.Row {
	a := s.a
	link := a.names.Links.Value(uint32(l.Link))
	return filter.Row{
		Known: comboFields, Type: l.Type, LinkKind: a.placing.labels.Links[l.Link], AS: l.AS,
		Link: link, Provider: a.source.Providers[link],
		Network: a.placing.labels.Networks[l.Network], Prefix: a.names.Prefixes.Value(l.Prefix),
	}
}

// of is the bucket of a label; false for what the filter does not let through.
func (s *sorter) of(l *store.Label) (bucket, bool) {
	var b bucket
	if len(s.conjuncts) > 0 {
		row := s.row(l)
		var rest []*filter.Expr
		for _, c := range s.conjuncts {
			left, ok := c.Rest(&row)
			if !ok {
				return b, false
			}
			if left != nil {
				rest = append(rest, left)
			}
		}
		b.rest = s.restNumber(rest)
	}
	for i, d := range s.a.question.By {
		b.key[i] = s.value(d, l)
	}
	if s.typed {
		b.typ = l.Type
	}
	if s.keep != nil && !s.keep[b.key] {
		b = bucket{others: true, rest: b.rest}
	}
	return b, true
}

func (s *sorter) restNumber(rest []*filter.Expr) uint32 {
	if len(rest) == 0 {
		return 0
	}
	var text strings.Builder
	for _, r := range rest {
		text.WriteString(r.String() + "\n")
	}
	n, ok := s.restNumbers[text.String()]
	if !ok {
		n = uint32(len(s.rests))
		s.rests = append(s.rests, rest)
		s.restNumbers[text.String()] = n
	}
	return n
}

// value is the number of a label's value of a dimension; 0 for those of classes and places.
func (s *sorter) value(d Dimension, l *store.Label) uint32 {
	switch d {
	case ByType:
		return uint32(l.Type)
	case ByGroup:
		return uint32(groupOf(l.Type))
	case ByLink:
		return uint32(l.Link)
	case ByLinkKind:
		return uint32(s.a.placing.labels.Links[l.Link])
	case ByProvider:
		return s.texts.number(s.a.source.Providers[s.a.names.Links.Value(uint32(l.Link))])
	case ByNetwork:
		return l.Network
	case ByAS:
		return l.AS
	}
	return 0
}

// groupOf is the first type of the type's group.
func groupOf(t flow.NetworkType) flow.NetworkType {
	for first := range t {
		if first.Group() == t.Group() {
			return first
		}
	}
	return t
}

// number is the number of a bucket.
func (s *sorter) number(b bucket) uint32 {
	n, ok := s.numbers[b]
	if !ok {
		n = uint32(len(s.buckets))
		s.buckets = append(s.buckets, b)
		s.numbers[b] = n
	}
	return n
}

// sort gives the view the buckets of a period: see store.View.Sort. False if nothing passes.
func (s *sorter) sort(ctx context.Context, p flow.Period) (bool, error) {
	return s.sortBy(ctx, p, func(b bucket, _ *store.Label) uint32 { return s.number(b) })
}

// sortBy is sort with numbers of the caller's, who also asks for those of the sorter.
func (s *sorter) sortBy(ctx context.Context, p flow.Period, number func(bucket, *store.Label) uint32) (bool, error) {
	s.buckets, s.numbers = nil, map[bucket]uint32{}
	if s.nothing {
		return false, nil
	}
	const end = ^flow.Slot(0)
	var out []store.Bucket
	rows := s.a.placing.labels.Rows
	for i := range rows {
		l := &rows[i]
		if l.From >= p.To || l.To <= p.From {
			continue
		}
		b, ok := s.of(l)
		if !ok {
			continue
		}
		to := store.Bucket{Combination: l.Combination, From: l.From, To: l.To, Number: number(b, l)}
		if to.From <= p.From {
			to.From = 0
		}
		if to.To >= p.To {
			to.To = end
		}
		if n := len(out); n > 0 && out[n-1].Combination == to.Combination && out[n-1].To == to.From && out[n-1].Number == to.Number {
			out[n-1].To = to.To
			continue
		}
		out = append(out, to)
	}
	if len(out) == 0 {
		return false, nil
	}
	return true, s.a.view.Sort(ctx, out)
}

// passes reports that the rest of the filter lets a row's class and place through.
func (s *sorter) passes(rest uint32, r *store.Sum) bool {
	if rest == 0 {
		return true
	}
	c := restCase{rest, r.Place, r.Region, r.Direction, r.Version}
	yes, ok := s.asked[c]
	if ok {
		return yes
	}
	row := filter.Row{Known: classFields | placedFields, Region: s.a.names.Regions.Value(uint32(r.Region)), Direction: r.Direction, Version: r.Version}
	row.Country, row.Subdivision, row.City = s.a.located(r.Place)
	yes = true
	for _, e := range s.rests[rest] {
		if e.Eval(&row) != filter.Yes {
			yes = false
		}
	}
	s.asked[c] = yes
	return yes
}

// key is the key of the row that a sum of a bucket counts for.
func (s *sorter) key(b *bucket, r *store.Sum) rowKey {
	key := b.key
	for i, d := range s.a.question.By {
		switch d {
		case ByRegion:
			key[i] = uint32(r.Region)
		case ByDirection:
			key[i] = uint32(r.Direction)
		case ByVersion:
			key[i] = uint32(r.Version)
		case ByCountry, BySubdivision, ByCity:
			key[i] = s.placeValue(d, r.Place)
		}
	}
	return key
}

// texts number texts, from 0, in order of first sight.
type texts struct {
	numbers map[string]uint32
	all     []string
}

func (t *texts) number(text string) uint32 {
	n, ok := t.numbers[text]
	if !ok {
		if t.numbers == nil {
			t.numbers = map[string]uint32{}
		}
		n = uint32(len(t.all))
		t.numbers[text] = n
		t.all = append(t.all, text)
	}
	return n
}
