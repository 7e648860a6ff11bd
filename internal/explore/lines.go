package explore

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// line is what one row adds up to.
type line struct {
	key     rowKey
	octets  rollup.Uint128
	v       rollup.Uint128
	unrated uint64
	steps   []rollup.Uint128                      // octets, one a step; nil where steps were not asked for
	types   *[flow.NumNetworkTypes]rollup.Uint128 // octets by type, of networks and AS numbers; else nil
}

func (l *line) add(r *store.Sum) {
	l.octets = l.octets.Add(r.Octets)
	l.v = l.v.Add(r.V)
	l.unrated += r.Unrated
	if l.steps != nil {
		l.steps[r.Step] = l.steps[r.Step].Add(r.Octets)
	}
}

// take is the opposite of add.
func (l *line) take(r *store.Sum) {
	l.octets = less(l.octets, r.Octets)
	l.v = less(l.v, r.V)
	l.unrated -= min(l.unrated, r.Unrated)
	if l.steps != nil {
		l.steps[r.Step] = less(l.steps[r.Step], r.Octets)
	}
}

// less is a − b, or 0: sums that an exporter's nonsense has driven to their limits need not add up.
func less(a, b rollup.Uint128) rollup.Uint128 {
	if a.Cmp(b) < 0 {
		return rollup.Uint128{}
	}
	return a.Sub(b)
}

// lines are the rows of a span, the sum of those that are not listed one by one, and the sum of all.
type lines struct {
	sorter *sorter
	steps  int // 0: the span as a whole alone
	byKey  map[rowKey]*line
	others line
	total  line

	found map[found]*line // where sums that the filter lets through count, nil where it does not
}

// found is a bucket, class and place.
type found struct {
	bucket, place uint32
	region        uint16
	direction     flow.Direction
	version       uint8
}

func newLines(s *sorter, steps int) *lines {
	l := &lines{sorter: s, steps: steps, byKey: map[rowKey]*line{}, found: map[found]*line{}}
	if steps > 0 {
		l.others.steps, l.total.steps = make([]rollup.Uint128, steps), make([]rollup.Uint128, steps)
	}
	return l
}

// add counts a sum of the store's, if the filter lets it through.
func (l *lines) add(r *store.Sum) {
	to := l.line(r)
	if to == nil {
		return
	}
	l.total.add(r)
	to.add(r)
	if to.types != nil {
		b := &l.sorter.buckets[r.Bucket]
		to.types[b.typ] = to.types[b.typ].Add(r.Octets)
	}
}

// addPlaced counts a sum of what is in a place, and takes it from what is nowhere known, where the whole
// was counted before.
func (l *lines) addPlaced(r *store.Sum) {
	l.add(r)
	rest := *r
	rest.Place = 0
	from := l.line(&rest)
	if from == nil {
		return
	}
	l.total.take(&rest)
	from.take(&rest)
	if from.types != nil {
		b := &l.sorter.buckets[r.Bucket]
		from.types[b.typ] = less(from.types[b.typ], r.Octets)
	}
}

// line is where a sum counts; nil if the filter does not let it through.
func (l *lines) line(r *store.Sum) *line {
	at := found{r.Bucket, r.Place, r.Region, r.Direction, r.Version}
	to, ok := l.found[at]
	if !ok {
		to = l.newLine(r)
		l.found[at] = to
	}
	return to
}

func (l *lines) newLine(r *store.Sum) *line {
	b := &l.sorter.buckets[r.Bucket]
	if !l.sorter.passes(b.rest, r) {
		return nil
	}
	if b.others {
		return &l.others
	}
	key := l.sorter.key(b, r)
	to := l.byKey[key]
	if to == nil {
		to = &line{key: key}
		if l.steps > 0 {
			to.steps = make([]rollup.Uint128, l.steps)
		}
		if l.sorter.typed {
			to.types = new([flow.NumNetworkTypes]rollup.Uint128)
		}
		l.byKey[key] = to
	}
	return to
}

// sums adds up a span: by step if steps is set; with sampling errors if errors is.
func (a *asking) sums(ctx context.Context, sp *span, steps, errors bool) (*lines, error) {
	n := 0
	q := &store.SumQuery{Period: sp.period, Classes: a.classes, Errors: errors}
	if steps {
		n, q.Cut = sp.steps(), sp.cut
	}
	out := newLines(a.sorter, n)
	if n == 0 && sp.steps() == 0 {
		return out, nil
	}
	some, err := a.sorter.sort(ctx, sp.period)
	if err != nil {
		return nil, err
	}
	if a.question.places() {
		return out, a.placedSums(ctx, sp, q, some, out)
	}
	if some {
		if err := a.view.Sums(ctx, q, out.add); err != nil {
			return nil, err
		}
	}
	a.addOpen(sp, steps, out.add)
	return out, nil
}

// addOpen gives what no commit has, in the form of the store's sums.
func (a *asking) addOpen(sp *span, steps bool, add func(*store.Sum)) {
	a.eachOpen(sp, steps, func(r *store.Sum, _ *rollup.Traffic) { add(r) })
}

// eachOpen gives each row of the span that no commit has, with its bucket; with steps also its step.
func (a *asking) eachOpen(sp *span, steps bool, each func(*store.Sum, *rollup.Traffic)) {
	if a.open == nil || a.sorter.nothing {
		return
	}
	for i := range a.open.Traffic {
		t := &a.open.Traffic[i]
		if t.Slot < sp.period.From || t.Slot >= sp.period.To || !a.counts(&t.Cell) {
			continue
		}
		r, ok := a.sorter.sum(t.Slot, &t.Cell)
		if !ok {
			continue
		}
		if steps {
			r.Step = uint32(sp.stepOf(t.Slot))
		}
		r.Octets, r.V, r.Unrated = rollup.U128(t.Octets), t.V, t.Unrated
		each(&r, t)
	}
}

// counts reports that a cell's class is one that the filter lets through.
func (a *asking) counts(c *rollup.Cell) bool {
	k := &a.classes
	return (k.Regions == nil || slices.Contains(k.Regions, c.Region)) &&
		(k.Directions == nil || slices.Contains(k.Directions, c.Direction)) &&
		(k.Versions == nil || slices.Contains(k.Versions, c.Version))
}

// sum is an empty sum of a cell that is not committed, with its bucket and class; false if the filter
// does not let its combination through.
func (s *sorter) sum(at flow.Slot, c *rollup.Cell) (store.Sum, bool) {
	r := store.Sum{Region: store.AllRegions, Direction: flow.Both, Version: store.AllVersions}
	label := s.a.placing.at(store.Combination{AS: c.AS, Prefix: c.Prefix, Link: c.Link}, at)
	if label == nil {
		panic("BUG: a cell that is not committed has no label")
	}
	b, ok := s.of(label)
	if !ok {
		return r, false
	}
	r.Bucket = s.number(b)
	if s.a.classes.ByRegion {
		r.Region = c.Region
	}
	if s.a.classes.ByDirection {
		r.Direction = c.Direction
	}
	if s.a.classes.ByVersion {
		r.Version = c.Version
	}
	return r, true
}

// ranked are the lines that have octets, largest first, ties by their keys' names.
func (l *lines) ranked() []*line {
	out := slices.DeleteFunc(slices.Collect(maps.Values(l.byKey)), func(x *line) bool { return x.octets.IsZero() })
	slices.SortFunc(out, func(a, b *line) int {
		if c := b.octets.Cmp(a.octets); c != 0 {
			return c
		}
		return l.sorter.compare(a.key, b.key)
	})
	return out
}

// compare orders keys by their values' texts.
func (s *sorter) compare(a, b rowKey) int {
	for i, d := range s.a.question.By {
		if c := cmp.Or(cmp.Compare(s.text(d, a[i]), s.text(d, b[i])), cmp.Compare(a[i], b[i])); c != 0 {
			return c
		}
	}
	return 0
}

// list keeps the lines of keys, and adds the rest to the others.
func (l *lines) list(keys map[rowKey]bool) {
	for key, x := range l.byKey {
		if keys[key] {
			continue
		}
		l.others.octets = l.others.octets.Add(x.octets)
		l.others.v = l.others.v.Add(x.v)
		l.others.unrated += x.unrated
		for i := range x.steps {
			l.others.steps[i] = l.others.steps[i].Add(x.steps[i])
		}
		delete(l.byKey, key)
	}
}

// only makes the sorter tell none but these rows apart.
func (s *sorter) only(keys map[rowKey]bool) {
	s.keep = map[rowKey]bool{}
	for key := range keys {
		for i, d := range s.a.question.By {
			if d == ByRegion || d == ByDirection || d == ByVersion || d.place() {
				key[i] = 0
			}
		}
		s.keep[key] = true
	}
}
