package explore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/stats"
	"tributary/internal/store"
)

// Which rows have the largest percentile or maximum is not known before all slots of all rows were
// summed, and ten thousand networks in a quarter are 2 GB of them. So rows are read by slot that
// may be among the largest: those with much volume.
const (
	// slotBytes is the most that sums of slots may take at a time; a line and slot takes 16 octets.
	slotBytes = 192 << 20
	// lessVolume is how much less volume than the last of the largest by volume a row may have to be
	// read. A row's percentile is at most its volume / (⌊n/20⌋ + 1) slots, and mostly at least its
	// volume / n: a row with less than a twentieth mostly cannot be larger. Whether so is checked.
	lessVolume = 20
)

// rated are the lines of a span by slot.
type rated struct {
	*lines
	span *span
}

// rates answers for the 95th percentile and the maximum.
func (a *asking) rates(ctx context.Context) error {
	a.sorter = newSorter(a)
	whole, err := a.sums(ctx, a.span, false, false)
	if err != nil {
		return err
	}
	ranked := whole.ranked()
	if len(a.question.By) == 0 {
		ranked = nil
	}
	read := ranked[:a.readable(ranked)]
	now, err := a.slots(ctx, a.span, read)
	if err != nil {
		return err
	}
	top := a.highest(now, ranked, read)
	var before *rated
	if a.previous != nil {
		if before, err = a.slots(ctx, a.previous, top); err != nil {
			return err
		}
	}
	a.answer.Left = len(ranked) - len(top)
	for _, l := range top {
		row := a.row(l, whole)
		a.rateValues(&row, now, before, func(r *rated) *line { return r.byKey[l.key] })
		a.answer.Rows = append(a.answer.Rows, row)
	}
	a.rateValues(&a.answer.Total, now, before, func(r *rated) *line { return &r.total })
	return nil
}

// readable is how many of the rows, largest volume first, are read by slot.
func (a *asking) readable(ranked []*line) int {
	most := max(a.question.Top, slotBytes/16/max(1, a.span.period.Slots()))
	n := min(len(ranked), a.question.Top)
	if n == 0 {
		return 0
	}
	least := ranked[n-1].octets.Div64(lessVolume)
	for n < len(ranked) && n < most && ranked[n].octets.Cmp(least) > 0 {
		n++
	}
	return n
}

// slots sums a span by slot, with these lines and no others told apart.
func (a *asking) slots(ctx context.Context, sp *span, read []*line) (*rated, error) {
	fine := *sp
	fine.cut = cut(sp.period, "5m")
	out, err := a.again(ctx, &fine, read)
	if err != nil {
		return nil, err
	}
	return &rated{out, sp}, nil
}

// highest are the largest rows of those that were read, by the measure over the whole span. What was not
// read may be larger only where a note says so.
func (a *asking) highest(now *rated, ranked, read []*line) []*line {
	values := map[rowKey]stats.Num{}
	for _, l := range read {
		values[l.key] = a.rateOf(now, now.byKey[l.key], now.span.period)
	}
	top := slices.Clone(read)
	slices.SortStableFunc(top, func(x, y *line) int { return cmp.Compare(values[y.key].Value, values[x.key].Value) })
	top = top[:min(len(top), a.question.Top)]
	if len(read) == len(ranked) || len(top) == 0 {
		return top
	}
	next, least := ranked[len(read)], values[top[len(top)-1].key]
	at := 1 // slots that must be as large for the measure to be
	if a.question.Measure == P95 {
		at += now.span.period.Slots() / 20
	}
	if !least.Known || stats.Bits(next.octets)/float64(at)/flow.SlotSeconds > least.Value {
		a.say(fmt.Sprintf("Rows are the largest of the %d that have most volume: one of the other %d could have a larger %s, with less volume.", len(read), len(ranked)-len(read), lower(a.info.Title)),
			"Filter for what you look for, or take a shorter range.")
	}
	return top
}

// rateValues fills in a row: which line it is of the span's, and of the one's before.
func (a *asking) rateValues(row *Row, now, before *rated, of func(*rated) *line) {
	row.Values = a.rateSteps(now, of(now))
	row.Whole = Value{Value: a.rateOf(now, of(now), now.span.period)}
	if before != nil {
		row.Before = a.rateSteps(before, of(before))
		row.WholeBefore = &Value{Value: a.rateOf(before, of(before), before.span.period)}
	}
}

func (a *asking) rateSteps(r *rated, l *line) []stats.Num {
	out := make([]stats.Num, r.span.steps())
	for i := range out {
		out[i] = a.rateOf(r, l, r.span.stretch(i))
	}
	return out
}

// rateOf is the measure of a line over a stretch of its span, of all slots, empty ones included; nothing
// where slots are not kept, or nothing is known. No line is one without octets.
func (a *asking) rateOf(r *rated, l *line, p flow.Period) stats.Num {
	if p.To <= a.extent.from || max(p.From, a.extent.from) < a.view.KeptFrom() {
		return stats.Num{}
	}
	if l == nil {
		return stats.NumOf(0)
	}
	octets := make([]uint64, p.Slots())
	for i, o := range l.steps[p.From-r.span.period.From:][:p.Slots()] {
		octets[i] = saturated(o)
	}
	if a.question.Measure == Maximum {
		return stats.NumOf(stats.SlotRate(slices.Max(octets)))
	}
	return stats.NumOf(stats.SlotRate(store.P95(octets)))
}

// saturated is a sum of a slot as stats has it: of 64 bits.
func saturated(o rollup.Uint128) uint64 {
	if n, ok := o.Uint64(); ok {
		return n
	}
	return ^uint64(0)
}
