package stats

import (
	"context"
	"math"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// Changes are how the shares of types and type groups, over all regions, moved from one period to another.
type Changes struct {
	Before, Now flow.Period // as far as the store goes

	// Rows has the types that have traffic in either period, in flow's order, and the groups of GroupNames
	// that such types are in.
	Rows []Change
}

// Change is how the share of a type or group in all bits moved. What is hidden is nothing,
// and the Absence says that it is hidden.
type Change struct {
	Type  flow.NetworkType // AllTypes for a group
	Group string           // of GroupNames; empty for a type

	Before, Now Num // shares, 0 to 1, as the sheets have them
	Points      Num // 100 × (Now − Before), percentage points

	// Low and High are the bounds of the 95 % interval of Points (ShareChange), and WeeksBefore and
	// WeeksNow the weeks with traffic that it rests on. It states how much the share varies from week to
	// week, nothing else: there is no sample of a population here, and sampling of packets adds next to
	// nothing at these sizes.
	Low, High             Num
	WeeksBefore, WeeksNow int
	NoInterval            Absence // why there is none

	// Without is Points without the one network (not unknown) that has most bits of this type or group
	// over both periods together: its bits are taken from those of the type or group and
	// from those of all. Published, it is a multiple of a tenth of a point.
	Without   Num
	NoWithout Absence // why there is none
}

// Absence is why a number is not there.
type Absence uint8

// The reasons.
const (
	Given      Absence = iota // it is there
	Concealed                 // it, or what it is made of, is hidden by publication
	NoTraffic                 // one of the periods has no bits
	TooShort                  // one of the periods has fewer than eight weeks with traffic
	NoNetworks                // no known network has bits of it, or one network has all bits of a period
)

// Outside says that the interval has no change out of it: that the share moved more than it varies from
// week to week. It is false without an interval.
func (c *Change) Outside() bool {
	return c.Low.Known && Interval{Low: c.Low.Value, High: c.High.Value}.Outside()
}

// At is the change of a type; nil if there is none.
func (c *Changes) At(t flow.NetworkType) *Change {
	return c.find(func(row *Change) bool { return row.Group == "" && row.Type == t })
}

// AtGroup is the change of a type group; nil if there is none.
func (c *Changes) AtGroup(group string) *Change {
	return c.find(func(row *Change) bool { return row.Group == group && group != "" })
}

func (c *Changes) find(is func(*Change) bool) *Change {
	if c == nil {
		return nil
	}
	for i := range c.Rows {
		if is(&c.Rows[i]) {
			return &c.Rows[i]
		}
	}
	return nil
}

// changer makes Changes.
type changer struct {
	*loader
	periods      [2]flow.Period // before, now; as asked
	sheets       [2]*Sheet      // nil for a period that the store has nothing of
	weekly       [2]*weekly
	parties      []party // by item: the network that is largest
	unsuppressed bool
}

func (l *loader) studyChanges(ctx context.Context, q *StudyOf, unsuppressed bool, out *Study) error {
	c := &changer{loader: l, periods: [...]flow.Period{q.Before, q.Now}, unsuppressed: unsuppressed}
	for i, p := range c.periods {
		c.sheets[i] = l.sheets[stretchOf(p)]
		c.weekly[i] = newWeekly(l.clip(p))
		points, err := l.view.Series(ctx, l.clip(p), store.StepDay)
		if err != nil {
			return err
		}
		for j := range points {
			if _, ok := l.frame.region(points[j].Region); ok {
				c.weekly[i].add(points[j].Start, &points[j])
			}
		}
	}
	c.parties = c.largest()
	out.Changes = &Changes{Before: l.clip(q.Before), Now: l.clip(q.Now)}
	for _, item := range c.items() {
		out.Changes.Rows = append(out.Changes.Rows, c.change(item))
	}
	return nil
}

// items are the types that have traffic in either period, and their groups.
func (c *changer) items() []int {
	var seen [numItems]bool
	for i := range c.sheets {
		if c.sheets[i] == nil {
			continue
		}
		for _, t := range c.sheets[i].Types() {
			for _, item := range itemsOf(t) {
				seen[item] = item != int(AllTypes)
			}
		}
	}
	var out []int
	for item, in := range seen {
		if in {
			out = append(out, item)
		}
	}
	return out
}

// change computes one row and hides what publication asks for.
func (c *changer) change(item int) Change {
	row := Change{Type: AllTypes}
	if item < int(AllTypes) {
		row.Type = flow.NetworkType(item)
	} else {
		row.Group = GroupNames[item-int(AllTypes)-1]
	}
	before, now := c.weekly[0].of(item), c.weekly[1].of(item)
	row.WeeksBefore, row.WeeksNow = len(before), len(now)
	row.Before, row.Now = c.share(0, item), c.share(1, item)
	if !row.Before.Known || !row.Now.Known {
		row.NoInterval, row.NoWithout = NoTraffic, NoTraffic
	} else {
		row.Points = num(100 * (row.Now.Value - row.Before.Value))
		switch {
		case len(before) < intervalWeeks || len(now) < intervalWeeks:
			row.NoInterval = TooShort
		default:
			// The interval is around the same change, but for the last bits of it: shares of sheets are
			// sums of bits in another order.
			i := ShareChange(before, now)
			row.Low, row.High = num(row.Points.Value-(i.Change-i.Low)), num(row.Points.Value+(i.High-i.Change))
		}
		c.leaveOut(&row, item)
	}
	if !c.unsuppressed {
		c.hide(&row, item)
	}
	return row
}

// share is that of an item in the sheet of a period: nothing where it has no bits.
func (c *changer) share(period, item int) Num {
	s := c.sheets[period]
	if s == nil {
		return Num{}
	}
	if item > int(AllTypes) {
		return s.GroupShare(GroupNames[item-int(AllTypes)-1], Total)
	}
	part := Total
	part.Type = flow.NetworkType(item)
	return s.Ratio(part, Total)
}

// hide takes away what a row would give away of hidden cells: a share goes with its type's cell, any of
// a group's, or the total; the change and its interval with either share. (An interval tells of how the
// bits lie in a period, so it could tell of a month; but a period's cell is hidden with any month's.)
func (c *changer) hide(row *Change, item int) {
	var hidden [2]bool
	for i := range hidden {
		hidden[i] = hiddenShare(c.sheets[i], item)
	}
	conceal := func(why *Absence, numbers ...*Num) {
		for _, n := range numbers {
			*n = Num{}
		}
		*why = Concealed
	}
	if hidden[0] {
		row.Before = Num{}
	}
	if hidden[1] {
		row.Now = Num{}
	}
	if hidden[0] || hidden[1] {
		conceal(&row.NoInterval, &row.Points, &row.Low, &row.High)
		conceal(&row.NoWithout, &row.Without)
	}
	if row.NoWithout != Given {
		return
	}
	row.Without.Value = math.Round(perPoint*row.Without.Value)/perPoint + 0 // and not -0
	if c.saidTwice(item) || c.tellsOfOne(row, item) {
		conceal(&row.NoWithout, &row.Without)
	}
}

// hiddenShare says whether a share of an item in a sheet is: a cell that it is made of is suppressed.
func hiddenShare(s *Sheet, item int) bool {
	if s == nil {
		return false
	}
	suppressed := func(t flow.NetworkType) bool {
		k := Total
		k.Type = t
		cell, ok := s.At(k)
		return ok && cell.Suppressed
	}
	return slices.ContainsFunc(typesOf(item), suppressed) || suppressed(AllTypes)
}

// octets are those of an item and of all types in the sheet of a period.
func (c *changer) octets(period, item int) (part, whole rollup.Uint128) {
	s := c.sheets[period]
	of := func(t flow.NetworkType) rollup.Uint128 {
		k := Total
		k.Type = t
		if i, ok := s.index[k]; ok {
			return s.sums[i].octets
		}
		return rollup.Uint128{}
	}
	for _, t := range typesOf(item) {
		part = part.Add(of(t))
	}
	return part, of(AllTypes)
}
