package explore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"tributary/internal/rollup"
	"tributary/internal/stats"
)

// Where a question may have more rows than manyRows, addresses are counted of the mostCandidates largest by
// volume: of every network and step each they would be more than fits in memory.
const (
	manyRows       = 500
	mostCandidates = 100
)

// column is a row's numbers over a span.
type column struct {
	values, low, high []stats.Num // one a step
	whole             Value
	empty             bool // it has nothing in any step
}

func newColumn(steps int, none Value) *column {
	c := &column{values: make([]stats.Num, steps), low: make([]stats.Num, steps), high: make([]stats.Num, steps), empty: true}
	for i := range steps {
		c.set(i, none)
	}
	return c
}

// set sets one step.
func (c *column) set(step int, v Value) {
	c.values[step], c.low[step], c.high[step] = v.Value, v.Low, v.High
}

// columns are those of a span's rows, and of its total.
type columns struct {
	rows  map[rowKey]*column
	total *column
	none  Value // of a step in which a row has no addresses
	mixed bool  // some could not be counted: see set
}

func newColumns(steps int, none Value) *columns {
	return &columns{rows: map[rowKey]*column{}, total: newColumn(steps, none), none: none}
}

func (c *columns) row(key rowKey) *column {
	to := c.rows[key]
	if to == nil {
		to = newColumn(len(c.total.values), c.none)
		c.rows[key] = to
	}
	return to
}

// counted lists the rows of a measure of addresses. read finds the numbers of a span, with the volumes of
// its rows where the measure needs them (see asking.candidates).
func (a *asking) counted(ctx context.Context, read func(context.Context, *span) (*columns, error)) error {
	a.sorter = newSorter(a)
	if err := a.ladders(); err != nil {
		return err
	}
	volumes, left, err := a.candidates(ctx)
	if err != nil {
		return err
	}
	now, err := read(ctx, a.span)
	if err != nil {
		return err
	}
	top := a.top(now)
	a.answer.Left = len(top) + left
	top = top[:min(len(top), a.question.Top)]
	a.answer.Left -= len(top)
	var before *columns
	if a.previous != nil {
		keys := map[rowKey]bool{}
		for _, key := range top {
			keys[key] = true
		}
		a.sorter.only(keys)
		if before, err = read(ctx, a.previous); err != nil {
			return err
		}
	}
	for _, key := range top {
		row := Row{Keys: a.sorter.keys(key)}
		if volumes != nil && volumes.byKey[key] != nil {
			row = a.row(volumes.byKey[key], volumes)
		}
		row.numbers(now.rows[key])
		if before != nil {
			row.before(before.row(key))
		}
		a.answer.Rows = append(a.answer.Rows, row)
	}
	a.answer.Total.numbers(now.total)
	if before != nil {
		a.answer.Total.before(before.total)
	}
	if now.mixed || before != nil && before.mixed {
		a.say("The way in which IPv6 addresses are counted (ipv6_prefix) was changed: of steps that mix two ways there is no number.",
			"Ask for the time before the change and after it.")
	}
	return nil
}

func (r *Row) numbers(c *column) {
	r.Values, r.Low, r.High, r.Whole = c.values, c.low, c.high, c.whole
}

func (r *Row) before(c *column) {
	whole := c.whole
	r.Before, r.WholeBefore = c.values, &whole
}

// candidates picks the rows whose addresses are counted, where there may be too many; left is how many more
// there are.
func (a *asking) candidates(ctx context.Context) (volumes *lines, left int, err error) {
	if a.rowsAtMost() <= manyRows || len(a.question.By) == 0 {
		return nil, 0, nil
	}
	if volumes, err = a.sums(ctx, a.span, false, false); err != nil {
		return nil, 0, err
	}
	ranked := volumes.ranked()
	if len(ranked) <= mostCandidates {
		return volumes, 0, nil
	}
	a.say(fmt.Sprintf("Only the %d rows with most volume were looked at; %d have less.", mostCandidates, len(ranked)-mostCandidates),
		"Narrow the filter to see others.")
	a.sorter.only(keysOf(ranked[:mostCandidates]))
	return volumes, len(ranked) - mostCandidates, nil
}

// top are the rows that have anything, largest first; those whose number is not known come last.
func (a *asking) top(c *columns) []rowKey {
	var keys []rowKey
	for key, x := range c.rows {
		if !x.empty {
			keys = append(keys, key)
		}
	}
	if len(a.question.By) == 0 {
		return nil
	}
	value := func(key rowKey) float64 {
		if v := c.rows[key].whole.Value; v.Known {
			return v.Value
		}
		return -1
	}
	slices.SortFunc(keys, func(x, y rowKey) int {
		return cmp.Or(cmp.Compare(value(y), value(x)), a.sorter.compare(x, y))
	})
	return keys
}

// addresses answers for uniqueness and magnitude.
func (a *asking) addresses(ctx context.Context) error {
	if a.question.Measure == Magnitude {
		return a.counted(ctx, a.magnitudes)
	}
	return a.counted(ctx, a.uniques)
}

// uniques counts the distinct addresses of a span: of each step, and of the whole, which is their union.
func (a *asking) uniques(ctx context.Context, sp *span) (*columns, error) {
	out := newColumns(sp.steps(), countOf(set{}))
	wholes := map[rowKey]*uniter{}
	var whole uniter
	err := a.parties(ctx, sp.period, sp.cut, func(step int, p parties) error {
		for key, s := range p.rows {
			row := out.row(key)
			row.set(step, countOf(s))
			row.empty = row.empty && !s.mixed && s.sketch.Empty()
			if wholes[key] == nil {
				wholes[key] = &uniter{}
			}
			wholes[key].add(s)
			out.mixed = out.mixed || s.mixed
		}
		out.total.set(step, countOf(p.total))
		out.mixed = out.mixed || p.total.mixed
		whole.add(p.total)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for key, row := range out.rows {
		row.whole = countOf(wholes[key].set())
		out.mixed = out.mixed || !row.whole.Value.Known
	}
	out.total.whole = countOf(whole.set())
	out.mixed = out.mixed || !out.total.whole.Value.Known
	a.blank(out, sp)
	return out, nil
}

// blank takes the numbers of steps of which nothing is known.
func (a *asking) blank(c *columns, sp *span) {
	for i := range sp.steps() {
		if a.known(sp, sp.stretch(i)) {
			continue
		}
		for _, x := range c.all() {
			x.set(i, Value{})
		}
	}
}

// all are the rows and the total.
func (c *columns) all() []*column {
	out := []*column{c.total}
	for _, x := range c.rows {
		out = append(out, x)
	}
	return out
}

// countOf is how many addresses a set has.
func countOf(s set) Value {
	if s.mixed {
		return Value{}
	}
	low, high := s.sketch.Bounds()
	return Value{Value: stats.NumOf(s.sketch.Estimate()), Low: stats.NumOf(low), High: stats.NumOf(high)}
}

// magnitudes are bits per distinct address.
func (a *asking) magnitudes(ctx context.Context, sp *span) (*columns, error) {
	out, err := a.uniques(ctx, sp)
	if err != nil {
		return nil, err
	}
	volumes, err := a.sums(ctx, sp, true, false)
	if err != nil {
		return nil, err
	}
	for key, row := range out.rows {
		line := volumes.byKey[key]
		if line == nil {
			line = &line0
		}
		row.divide(line)
	}
	out.total.divide(&volumes.total)
	return out, nil
}

// line0 is a line without octets.
var line0 line

// divide makes counts of addresses bits per address: the fewest addresses make the highest bound.
func (c *column) divide(l *line) {
	for i := range c.values {
		var octets rollup.Uint128
		if l.steps != nil {
			octets = l.steps[i]
		}
		c.set(i, per(octets, Value{Value: c.values[i], Low: c.low[i], High: c.high[i]}))
	}
	c.whole = per(l.octets, c.whole)
}

// per is bits per address; nothing where there are no addresses.
func per(octets rollup.Uint128, n Value) Value {
	if !n.Value.Known || n.Value.Value == 0 {
		return Value{}
	}
	bits := stats.Bits(octets)
	return Value{Value: stats.NumOf(bits / n.Value.Value), Low: stats.NumOf(bits / n.High.Value), High: stats.NumOf(bits / n.Low.Value)}
}
