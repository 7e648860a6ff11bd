package explore

import (
	"context"
	"slices"

	"tributary/internal/rollup"
	"tributary/internal/stats"
	"tributary/internal/store"
)

// networked is a bucket of one network.
type networked struct {
	bucket  uint32 // in sorter.buckets
	network uint32 // store.Label.Network; 0 is unknown
}

// sighting is a network that had octets in a step of a row.
type sighting struct {
	row, step, network uint32
}

func (s sighting) compare(o sighting) int {
	for _, d := range [...][2]uint32{{s.row, o.row}, {s.network, o.network}, {s.step, o.step}} {
		if d[0] != d[1] {
			return int(int64(d[0]) - int64(d[1]))
		}
	}
	return 0
}

// totalRow is the row of all that the filter lets through, in sightings.
const totalRow = 0

// networks answers for distinct networks.
func (a *asking) networks(ctx context.Context) error {
	return a.counted(ctx, a.distinct)
}

// distinct counts the networks that have octets in each step of a span, and in the whole.
func (a *asking) distinct(ctx context.Context, sp *span) (*columns, error) {
	seen, rows, err := a.sightings(ctx, sp)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(seen, sighting.compare)
	seen = slices.Compact(seen)
	steps := sp.steps()
	counts := make([]int, (len(rows)+1)*steps)
	wholes := make([]int, len(rows)+1)
	for i, s := range seen {
		counts[int(s.row)*steps+int(s.step)]++
		if i == 0 || seen[i-1].row != s.row || seen[i-1].network != s.network {
			wholes[s.row]++
		}
	}
	out := newColumns(steps, Value{})
	fill := func(c *column, row int) {
		for i := range steps {
			if a.known(sp, sp.stretch(i)) {
				c.values[i] = stats.NumOf(float64(counts[row*steps+i]))
			}
		}
		c.low, c.high = nil, nil
		c.whole = Value{Value: stats.NumOf(float64(wholes[row]))}
		c.empty = wholes[row] == 0
	}
	fill(out.total, totalRow)
	for i, key := range rows {
		fill(out.row(key), i+1)
	}
	return out, nil
}

// sightings reads which networks had octets when; those of row i of rows have number i+1, and every one
// counts for totalRow too.
func (a *asking) sightings(ctx context.Context, sp *span) (seen []sighting, rows []rowKey, err error) {
	var buckets []networked
	numbers := map[networked]uint32{}
	number := func(b bucket, l *store.Label) uint32 {
		x := networked{a.sorter.number(b), l.Network}
		n, ok := numbers[x]
		if !ok {
			n = uint32(len(buckets))
			buckets, numbers[x] = append(buckets, x), n
		}
		return n
	}
	some, err := a.sorter.sortBy(ctx, sp.period, number)
	if err != nil {
		return nil, nil, err
	}
	byKey := map[rowKey]uint32{}
	add := func(r *store.Sum, b *bucket, network uint32) {
		if network == 0 || r.Octets.IsZero() || !a.sorter.passes(b.rest, r) {
			return
		}
		seen = append(seen, sighting{totalRow, r.Step, network})
		if b.others {
			return
		}
		key := a.sorter.key(b, r)
		row, ok := byKey[key]
		if !ok {
			rows = append(rows, key)
			row = uint32(len(rows))
			byKey[key] = row
		}
		seen = append(seen, sighting{row, r.Step, network})
	}
	if some {
		q := &store.SumQuery{Period: sp.period, Cut: sp.cut, Classes: a.classes}
		if err := a.view.Sums(ctx, q, func(r *store.Sum) {
			x := buckets[r.Bucket]
			add(r, &a.sorter.buckets[x.bucket], x.network)
		}); err != nil {
			return nil, nil, err
		}
	}
	a.openNetworks(sp, add)
	return seen, rows, nil
}

// openNetworks adds those that no commit has.
func (a *asking) openNetworks(sp *span, add func(*store.Sum, *bucket, uint32)) {
	a.eachOpen(sp, true, func(r *store.Sum, t *rollup.Traffic) {
		label := a.placing.at(store.Combination{AS: t.AS, Prefix: t.Prefix, Link: t.Link}, t.Slot)
		add(r, &a.sorter.buckets[r.Bucket], label.Network)
	})
}
