package explore

import (
	"context"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/stats"
)

// oneRead is how many rows and steps are read at once: beyond it the largest rows are found first, from
// the span as a whole, and then the steps of these alone. A line and step takes 16 octets.
const oneRead = 1 << 20

// volumes answers for volume, rate and share.
func (a *asking) volumes(ctx context.Context) error {
	a.sorter = newSorter(a)
	now, top, err := a.largest(ctx)
	if err != nil {
		return err
	}
	var before *lines
	if a.previous != nil {
		if before, err = a.again(ctx, a.previous, top); err != nil {
			return err
		}
	}
	for _, l := range top {
		a.answer.Rows = append(a.answer.Rows, a.volumeRow(l, now, before))
	}
	a.answer.Total = a.volumeRow(&now.total, now, before)
	if a.answer.Left > 0 {
		others := a.volumeRow(&now.others, now, before)
		a.answer.Others = &others
	}
	return nil
}

// largest reads the span, and lists the largest lines; the rest is in the others.
func (a *asking) largest(ctx context.Context) (*lines, []*line, error) {
	steps := a.span.steps()
	whole := steps > 1 && a.rowsAtMost()*steps > oneRead
	now, err := a.sums(ctx, a.span, !whole, true)
	if err != nil {
		return nil, nil, err
	}
	ranked := now.ranked()
	if len(a.question.By) == 0 {
		ranked = nil
	}
	top := ranked[:min(len(ranked), a.question.Top)]
	a.answer.Left = len(ranked) - len(top)
	if !whole {
		now.list(keysOf(top))
		return now, top, nil
	}
	series, err := a.again(ctx, a.span, top)
	if err != nil {
		return nil, nil, err
	}
	for _, l := range top {
		l.steps = make([]rollup.Uint128, steps)
		if s := series.byKey[l.key]; s != nil {
			l.steps = s.steps
		}
	}
	now.list(keysOf(top))
	now.others.steps, now.total.steps = series.others.steps, series.total.steps
	return now, top, nil
}

// again reads a span by step, with these lines and no others told apart.
func (a *asking) again(ctx context.Context, sp *span, top []*line) (*lines, error) {
	keys := keysOf(top)
	a.sorter.only(keys)
	out, err := a.sums(ctx, sp, true, false)
	if err != nil {
		return nil, err
	}
	out.list(keys)
	return out, nil
}

func keysOf(top []*line) map[rowKey]bool {
	keys := make(map[rowKey]bool, len(top))
	for _, l := range top {
		keys[l.key] = true
	}
	return keys
}

// rowsAtMost is a bound of how many rows the question has, before any was read.
func (a *asking) rowsAtMost() int {
	p := a.placing
	n := 1
	for _, d := range a.question.By {
		switch d {
		case ByType, ByGroup:
			n *= int(flow.NumNetworkTypes)
		case ByDirection, ByVersion:
			n *= 2
		case ByRegion:
			n *= a.names.Regions.Len()
		case ByLink, ByProvider:
			n *= len(p.labels.Links)
		case ByLinkKind:
			n *= int(flow.LinkInternal) + 1
		case ByNetwork:
			n *= len(p.labels.Networks)
		case ByAS:
			n *= len(p.first)
		default:
			n *= a.names.Places.Len()
		}
	}
	return n
}

// volumeRow makes a row of a line: of one that is listed, of the others, or of the total.
func (a *asking) volumeRow(l *line, now, before *lines) Row {
	row := a.row(l, now)
	row.Values = a.volumeValues(a.span, l, &now.total)
	row.Whole = a.volumeWhole(a.span, l, &now.total)
	if before == nil {
		return row
	}
	was := before.byKey[l.key]
	switch {
	case l == &now.others:
		was = &before.others
	case l == &now.total:
		was = &before.total
	case was == nil:
		was = &line{steps: make([]rollup.Uint128, a.previous.steps())}
	}
	row.Before = a.volumeValues(a.previous, was, &before.total)
	whole := a.volumeWhole(a.previous, was, &before.total)
	whole.Error = stats.Num{} // it was not asked for: see again
	row.WholeBefore = &whole
	return row
}

// row is a row without values.
func (a *asking) row(l *line, of *lines) Row {
	if l == &of.total || l == &of.others {
		return Row{Keys: []Key{}}
	}
	row := Row{Keys: a.sorter.keys(l.key)}
	if l.types == nil {
		return row
	}
	most := flow.Other
	for t := range flow.NumNetworkTypes {
		if l.types[t].Cmp(l.types[most]) > 0 {
			most = t
		}
	}
	for i, d := range a.question.By {
		if d == ByNetwork || d == ByAS {
			row.Keys[i].Type = most.String()
		}
	}
	return row
}

// volumeValues are a line's, one a step; nothing where the store has nothing to tell.
func (a *asking) volumeValues(sp *span, l, total *line) []stats.Num {
	out := make([]stats.Num, sp.steps())
	for i := range out {
		if p := sp.stretch(i); a.known(sp, p) {
			out[i] = a.volumeValue(l.steps[i], total.steps[i], p.Seconds())
		}
	}
	return out
}

// known reports that the store can tell of a step: it does not lie before its beginning, and where
// slots are needed they are kept.
func (a *asking) known(sp *span, step flow.Period) bool {
	return step.To > a.extent.from && (step.From >= a.view.KeptFrom() || !sp.fine())
}

// fine reports steps below the hour.
func (s *span) fine() bool { return s.cut.Every%flow.SlotsPerHour != 0 }

func (a *asking) volumeWhole(sp *span, l, total *line) Value {
	v := Value{Value: a.volumeValue(l.octets, total.octets, sp.period.Seconds())}
	if a.question.Measure != Share {
		v.Error = stats.SamplingError(l.v, l.octets, l.unrated)
	}
	return v
}

// volumeValue is volume, rate or share of so many octets.
func (a *asking) volumeValue(octets, total rollup.Uint128, seconds int64) stats.Num {
	bits := stats.Bits(octets)
	switch {
	case a.question.Measure == Rate:
		return stats.NumOf(bits / float64(seconds))
	case a.question.Measure != Share:
		return stats.NumOf(bits)
	case total.IsZero():
		return stats.Num{}
	}
	return stats.NumOf(bits / stats.Bits(total))
}
