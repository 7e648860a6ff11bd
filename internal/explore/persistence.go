package explore

import (
	"context"
	"errors"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/stats"
	"tributary/internal/store"
)

// persistence answers for the share of addresses that return: of each step beside the step before it, of
// the whole span beside the span before it.
func (a *asking) persistence(ctx context.Context) error {
	return a.counted(ctx, a.returning)
}

// returning compares the steps of a span.
func (a *asking) returning(ctx context.Context, sp *span) (*columns, error) {
	out := newColumns(sp.steps(), Value{})
	first, err := a.stepBefore(sp)
	if err != nil {
		return nil, err
	}
	cut := store.Cut{Starts: append([]flow.Slot{first.From}, sp.cut.Starts...)}
	if every := sp.cut.Every; every > 0 && sp.period.From%every == 0 {
		cut.Every = every
	}
	var last parties
	wholes := map[rowKey]*uniter{}
	var whole uniter
	err = a.parties(ctx, flow.Period{From: first.From, To: sp.period.To}, cut, func(step int, p parties) error {
		if step > 0 {
			before := flow.Period{From: cut.Starts[step-1], To: cut.Starts[step]}
			a.compare(out, step-1, p, last, a.comparable(before, last))
			unite(wholes, p.rows)
			whole.add(p.total)
		}
		last = p
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, a.returningWhole(ctx, sp, out, parties{setsOf(wholes), whole.set()})
}

// unite adds the sets of a step.
func unite(to map[rowKey]*uniter, sets map[rowKey]set) {
	for key, s := range sets {
		if to[key] == nil {
			to[key] = &uniter{}
		}
		to[key].add(s)
	}
}

func setsOf(u map[rowKey]*uniter) map[rowKey]set {
	out := make(map[rowKey]set, len(u))
	for key, x := range u {
		out[key] = x.set()
	}
	return out
}

// comparable reports that addresses could return from a stretch of time: the store has traffic of it.
func (a *asking) comparable(before flow.Period, p parties) bool {
	return before.To > a.extent.from && (a.filter != nil || p.total.mixed || !p.total.sketch.Empty())
}

// compare sets one step of all rows.
func (a *asking) compare(out *columns, step int, now, before parties, ok bool) {
	for key, s := range now.rows {
		row := out.row(key)
		row.empty = row.empty && !s.mixed && s.sketch.Empty()
		if ok {
			row.set(step, out.share(s, before.rows[key]))
		}
	}
	if ok {
		out.total.set(step, out.share(now.total, before.total))
	}
}

// share is how much of one set was in another before.
func (c *columns) share(now, before set) Value {
	o, err := rollup.Intersect(now.sketch, before.sketch)
	switch {
	case now.mixed || before.mixed || errors.Is(err, rollup.ErrMixedIPv6):
		c.mixed = true
		return Value{}
	case err != nil:
		panic("BUG: sketches that cannot be compared: " + err.Error())
	case now.sketch.Empty():
		return Value{}
	}
	v := Value{Low: stats.NumOf(o.Low), High: stats.NumOf(o.High)}
	if o.Sample > 0 {
		v.Value = stats.NumOf(o.Share)
	}
	return v
}

// stepBefore is the step before a span's first: the month before a month, the period before where the
// span is one step; else one of the same length.
func (a *asking) stepBefore(sp *span) (flow.Period, error) {
	first := sp.stretch(0)
	every := sp.cut.Every
	switch {
	case sp.step == "whole":
		before, err := sp.before(&a.question, a.extent, a.view.KeptFrom())
		if err != nil {
			return flow.Period{}, err
		}
		first = flow.Period{From: before.whole.From, To: sp.period.From}
	case sp.step == "1mo" && first.From == first.From.Month():
		first = flow.Period{From: (first.From - 1).Month(), To: first.From}
	case every > 0 && first.From%every == 0:
		first = flow.Period{From: first.From - min(first.From, every), To: first.From}
	default:
		n := first.To - first.From
		first = flow.Period{From: first.From - min(first.From, n), To: first.From}
	}
	if !a.extent.edge(first.From) {
		return first, a.ladder(&span{period: first, cut: store.Cut{Starts: []flow.Slot{first.From}}}, "range")
	}
	return first, nil
}

// returningWhole compares the whole span with the one before it, where addresses of that are kept.
func (a *asking) returningWhole(ctx context.Context, sp *span, out *columns, now parties) error {
	if sp.steps() == 1 {
		for _, x := range out.all() {
			x.whole = Value{Value: x.values[0], Low: x.low[0], High: x.high[0]}
		}
		return nil
	}
	before, err := sp.before(&a.question, a.extent, a.view.KeptFrom())
	if _, refused := errors.AsType[*QuestionError](err); refused {
		return nil // too many steps: of it there is no whole
	}
	if err != nil {
		return err
	}
	p := before.whole
	p.To = sp.period.From
	cut := store.Cut{Starts: []flow.Slot{p.From}}
	if slices.ContainsFunc([]flow.Slot{p.From, p.To}, func(at flow.Slot) bool { return !a.extent.edge(at) }) {
		return nil
	}
	return a.parties(ctx, p, cut, func(_ int, was parties) error {
		one := newColumns(1, Value{})
		a.compare(one, 0, now, was, a.comparable(p, was))
		for key, x := range out.rows {
			one.row(key)
			x.whole = one.rows[key].only()
		}
		out.total.whole = one.total.only()
		out.mixed = out.mixed || one.mixed
		return nil
	})
}

// only is the number of a column of one step.
func (c *column) only() Value { return Value{Value: c.values[0], Low: c.low[0], High: c.high[0]} }
