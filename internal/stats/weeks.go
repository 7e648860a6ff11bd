package stats

import (
	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// intervalWeeks is how many weeks with traffic a period needs for an interval: fewer say too little of how
// weeks differ.
const intervalWeeks = 8

// leastRest is the length in slots from which what is left of a period after its last whole week is a
// week of its own: four days. Anything less joins the week before.
const leastRest = 4 * flow.SlotsPerDay

const slotsPerWeek = 7 * flow.SlotsPerDay

// weeksOf are the first slots of a period's weeks, counted from its first day. The last goes to the
// period's end and so has four to ten days; of a period below eleven days it may have less than four.
func weeksOf(p flow.Period) []flow.Slot {
	var out []flow.Slot
	for at := p.From; at < p.To; at += slotsPerWeek {
		if len(out) > 0 && p.To-at < leastRest {
			break
		}
		out = append(out, at)
	}
	return out
}

// weekly is the octets of every week and item of a period: exact sums.
type weekly struct {
	starts []flow.Slot
	octets [][numItems]rollup.Uint128 // by week
}

func newWeekly(p flow.Period) *weekly {
	starts := weeksOf(p)
	return &weekly{starts: starts, octets: make([][numItems]rollup.Uint128, len(starts))}
}

// add adds a day's octets of a type to its week, and so to all types and the type's group.
func (w *weekly) add(day flow.Slot, pt *store.Point) {
	if len(w.starts) == 0 || day < w.starts[0] {
		return
	}
	i := min(int(day-w.starts[0])/slotsPerWeek, len(w.starts)-1)
	for _, item := range itemsOf(pt.Type) {
		at := &w.octets[i][item]
		*at = at.Add(rollup.U128(pt.Octets))
	}
}

// of are the weeks of an item. Those without any bits say nothing of shares and are left out.
func (w *weekly) of(item int) []Week {
	var out []Week
	for i := range w.octets {
		week := &w.octets[i]
		if whole := week[AllTypes]; !whole.IsZero() {
			out = append(out, Week{Part: week[item].Float64(), Whole: whole.Float64()})
		}
	}
	return out
}

// An item is what has a change: a network type by its number, AllTypes, or a type group after them.
const numItems = int(AllTypes) + 1 + numGroups

// numGroups is the number of GroupNames.
const numGroups = 5

// itemsOf are the items that a type's bits count in.
func itemsOf(t flow.NetworkType) [3]int { return [...]int{int(t), int(AllTypes), groupOf(t)} }

// groupOf is the item of a type's group.
func groupOf(t flow.NetworkType) int {
	for i, name := range GroupNames {
		if t.Group() == name {
			return int(AllTypes) + 1 + i
		}
	}
	panic("BUG: network type " + t.String() + " is in no group")
}

// typesOf are the types of an item that is not AllTypes.
func typesOf(item int) []flow.NetworkType {
	var out []flow.NetworkType
	for t := range flow.NumNetworkTypes {
		if int(t) == item || groupOf(t) == item {
			out = append(out, t)
		}
	}
	return out
}
