package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store/duckdb"
)

// Rate is what the five-minute slots of a month tell of a group, in octets a slot.
type Rate struct {
	Month int // place in the months asked for
	Group     // totals too
	P95   uint64
	Max   uint64
}

// Rates gives the 95th percentile and the maximum of every group with octets, totals included, for
// each of the months (or other periods): nearest rank over all slots of the period, empty ones
// included, after dropping the ⌊n/20⌋ largest. Totals are summed per slot first. Sorted by month,
// then group, totals last but for versions, where all is 0.
//
// The rows are summed here and not in SQL: with a group and slot for nearly every row a hash
// aggregate costs ten times the scan, an array of slots for each group nothing to speak of.
func (v *View) Rates(ctx context.Context, months []flow.Period) ([]Rate, error) {
	var out []Rate
	for m, p := range months {
		if p.To <= p.From {
			continue
		}
		base, err := v.slotSums(ctx, p)
		if err != nil {
			return nil, err
		}
		first := len(out)
		withTotals(base, p.Slots(), func(g Group, slots []uint64) {
			if r := (Rate{Month: m, Group: g, Max: slices.Max(slots)}); r.Max > 0 {
				r.P95 = P95(slots)
				out = append(out, r)
			}
		})
		slices.SortFunc(out[first:], func(a, b Rate) int { return a.Group.Compare(b.Group) })
	}
	return out, nil
}

// Compare orders groups as answers are sorted.
func (g Group) Compare(o Group) int {
	return cmp.Or(cmp.Compare(g.Region, o.Region), cmp.Compare(g.Type, o.Type), cmp.Compare(g.Direction, o.Direction), cmp.Compare(g.Version, o.Version))
}

// slotSums sums octets by group and slot of p.
func (v *View) slotSums(ctx context.Context, p flow.Period) (map[Group][]uint64, error) {
	sums := map[Group][]uint64{}
	var last Group
	var slots []uint64 // of last
	statement := fmt.Sprintf("SELECT t.slot - %d, %s, t.octets FROM %s", p.From, groupColumns, v.labelled("traffic", p))
	err := v.query(ctx, func(c *duckdb.Chunk) error {
		slot, group, octets := duckdb.Column[uint32](c, 0), newGroupReader(c, 1), duckdb.Column[uint64](c, 5)
		for i := range c.Len() {
			if g := group.at(i); g != last || slots == nil {
				if slots = sums[g]; slots == nil {
					slots = make([]uint64, p.Slots())
					sums[g] = slots
				}
				last = g
			}
			at := &slots[slot[i]]
			*at = rollup.AddSaturating(*at, octets[i])
		}
		return nil
	}, statement)
	return sums, err
}

// withTotals calls each for every group and total over groups, with its octets by slot, which it may
// change. Dimensions are summed one after another, so each total is a sum of a few arrays.
func withTotals(base map[Group][]uint64, n int, each func(Group, []uint64)) {
	all := base
	for _, total := range []func(*Group){
		func(g *Group) { g.Version = AllVersions },
		func(g *Group) { g.Direction = flow.Both },
		func(g *Group) { g.Type = AllTypes },
		func(g *Group) { g.Region = AllRegions },
	} {
		sums := map[Group][]uint64{}
		for g, slots := range all {
			total(&g)
			to := sums[g]
			if to == nil {
				to = make([]uint64, n)
				sums[g] = to
			}
			for i, octets := range slots {
				to[i] = rollup.AddSaturating(to[i], octets)
			}
		}
		maps.Copy(sums, all)
		all = sums
	}
	for g, slots := range all {
		each(g, slots)
	}
}

// P95 is the 95th percentile of all slots of a stretch of time, at least one: the largest after the
// ⌊n/20⌋ largest were dropped. It reorders them.
func P95(slots []uint64) uint64 { return nthLargest(slots, len(slots)/20) }

// nthLargest returns the element that n others precede in descending order, by selection
// (Hoare's quickselect with the median of three); it reorders v. n is below len(v).
func nthLargest(v []uint64, n int) uint64 {
	for len(v) > 16 {
		a, b, c := v[0], v[len(v)/2], v[len(v)-1]
		pivot := max(min(a, b), min(max(a, b), c))
		i, j := 0, len(v)-1
		for i <= j {
			for v[i] > pivot {
				i++
			}
			for v[j] < pivot {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				i++
				j--
			}
		}
		switch { // v[:j+1] ≥ pivot ≥ v[i:], and what lies between is the pivot
		case n <= j:
			v = v[:j+1]
		case n >= i:
			v, n = v[i:], n-i
		default:
			return pivot
		}
	}
	slices.Sort(v)
	return v[len(v)-1-n]
}
