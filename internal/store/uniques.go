package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store/duckdb"
)

// Unique is the addresses seen in one step of time, by group and something more.
type Unique struct {
	Start  flow.Slot // of the step; a month's is the period's first slot if that lies within it
	Group            // no totals: their sketches are unions of these
	Key    uint32    // as asked; see Volume.Key
	Sketch rollup.Sketch
}

// Uniques calls each for every day or month and group of p, in this order, with the sketch of its
// addresses. p must begin and end with days, or end with the newest slot. It fails with
// rollup.ErrMixedIPv6 where a step mixes ways of counting IPv6 addresses.
func (v *View) Uniques(ctx context.Context, p flow.Period, step Step, each func(start flow.Slot, g Group, sketch rollup.Sketch) error) error {
	return v.UniquesBy(ctx, p, step, ByGroup, func(u Unique) error { return each(u.Start, u.Group, u.Sketch) })
}

// UniquesBy is Uniques told apart by something more than the group.
func (v *View) UniquesBy(ctx context.Context, p flow.Period, step Step, by By, each func(Unique) error) error {
	return v.UniquesOf(ctx, p, step, by, nil, each)
}

// UniquesOf is UniquesBy of networks of some types alone; no types are all. The sketches of others are
// not read.
func (v *View) UniquesOf(ctx context.Context, p flow.Period, step Step, by By, types []flow.NetworkType, each func(Unique) error) error {
	if step != StepDay && step != StepMonth {
		panic(fmt.Sprintf("BUG: distinct addresses are kept by day and month, not by step %d", step))
	}
	for _, month := range StepMonth.parts(p) {
		u := uniques{types: types, sums: map[uniqueKey]*rollup.Unioner{}}
		if err := v.collect(ctx, &u, month, step, by); err != nil {
			return err
		}
		if err := u.each(each); err != nil {
			return err
		}
	}
	return nil
}

// uniqueKey is a Unique without its sketch.
type uniqueKey struct {
	start flow.Slot
	Group
	key uint32
}

// uniques collects sketches by key.
type uniques struct {
	types  []flow.NetworkType // none are all
	sums   map[uniqueKey]*rollup.Unioner
	sketch rollup.Sketch // decoded into
}

// collect reads the sketches of one month, or a part of one.
func (v *View) collect(ctx context.Context, u *uniques, month flow.Period, step Step, by By) error {
	where := fmt.Sprintf("t.grain <= %d", grainDay)
	if step == StepMonth && v.monthly(month) {
		where = fmt.Sprintf("t.grain = %d", grainMonth)
	}
	if len(u.types) > 0 {
		var types []string
		for _, t := range u.types {
			types = append(types, strconv.Itoa(int(t)))
		}
		where += " AND l.type IN (" + strings.Join(types, ", ") + ")"
	}
	statement := fmt.Sprintf("SELECT %s, %s, %s, t.sketch FROM %s AND %s",
		StepDay.start("t.slot"), groupColumns, by.column(), v.labelled("endpoints", month), where)
	return v.query(ctx, func(c *duckdb.Chunk) error {
		start, group, key, sketch := duckdb.Column[uint32](c, 0), newGroupReader(c, 1), duckdb.Column[uint32](c, 5), duckdb.TextColumn(c, 6)
		for i := range c.Len() {
			k := uniqueKey{flow.Slot(start[i]), group.at(i), key[i]}
			if step == StepMonth {
				k.start = month.From
			}
			sum := u.sums[k]
			if sum == nil {
				sum = new(rollup.Unioner)
				u.sums[k] = sum
			}
			if err := u.sketch.Decode(sketch.Bytes(i)); err != nil {
				return fmt.Errorf("%w: %w", ErrCorrupt, err)
			}
			if err := sum.AddCopy(u.sketch); err != nil {
				return err
			}
		}
		return nil
	}, statement)
}

// monthly reports whether the rows of months answer for p: it is a whole folded month, and no label
// changes within it. Days are read instead while they are kept; after that the month's label is that
// of its first slot.
func (v *View) monthly(p flow.Period) bool {
	if p.From != p.From.Month() || p.To != p.From.NextMonth() || p.From >= v.folded {
		return false
	}
	i, _ := slices.BinarySearch(v.changes, p.From+1)
	changes := i < len(v.changes) && v.changes[i] < p.To
	return !changes || p.From < v.dropped
}

func (u *uniques) each(each func(Unique) error) error {
	keys := make([]uniqueKey, 0, len(u.sums))
	for k := range u.sums {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b uniqueKey) int {
		return cmp.Or(cmp.Compare(a.start, b.start), a.Group.Compare(b.Group), cmp.Compare(a.key, b.key))
	})
	for _, k := range keys {
		if err := each(Unique{k.start, k.Group, k.key, u.sums[k].Sketch()}); err != nil {
			return err
		}
		delete(u.sums, k)
	}
	return nil
}
