package explore

import (
	"context"
	"errors"
	"slices"
	"time"

	"tributary/internal/filter"
	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/stats"
	"tributary/internal/store"
)

// asking is one question on its way to an answer. It belongs to one goroutine.
//
// What a measure is given: span (and before), resolved; view, a snapshot of the store; open, what no
// commit has; and by sort the buckets, which say of any cell which row it counts for. A measure fills
// answer.Rows, Others, Left and Total; see measure.
type asking struct {
	explorer *Explorer
	source   *stats.Source
	names    *flow.Names
	view     *store.View
	open     *rollup.Batch // nil: nothing, or the question is of what is committed

	question Question
	info     *MeasureInfo
	filter   *filter.Expr
	extent   extent
	span     *span
	previous *span // nil unless asked for

	placing *placing
	classes store.Classes // that the filter lets through, and that are told apart
	sorter  *sorter
	answer  *Answer
}

// errMoved says that a commit came between the open batch and the view.
var errMoved = errors.New("a commit came between")

// Ask answers a question. A question that cannot be answered as it is asked gives a *QuestionError, or a
// *filter.Error with the place of the mistake. When ctx ends, so does the question, with its error.
func (e *Explorer) Ask(ctx context.Context, q Question) (*Answer, error) {
	q = q.complete()
	where, err := filter.Parse(q.Where, e.vocabulary(e.config.Source()))
	if err != nil {
		return nil, err
	}
	if err := q.check(where); err != nil {
		return nil, err
	}
	for tries := 2; ; tries-- {
		a := &asking{explorer: e, source: e.config.Source(), question: q, info: infoOf(q.Measure), filter: where}
		err := a.ask(ctx, tries > 0)
		if !errors.Is(err, errMoved) {
			return a.answer, err
		}
	}
}

// ask answers; errMoved if what is open and what is committed do not meet, and they must.
func (a *asking) ask(ctx context.Context, must bool) error {
	var open Open
	if a.explorer.config.Open != nil {
		open = a.explorer.config.Open()
	}
	var err error
	a.names = a.source.Store.Names()
	if a.view, err = a.source.Store.Snapshot(ctx); err != nil {
		return err
	}
	defer a.view.Close()
	if open.Batch != nil && open.After != a.view.Commits() {
		if must {
			return errMoved
		}
		open.Batch = nil
	}
	if err := a.resolve(ctx, open.Batch); err != nil {
		return err
	}
	a.begin()
	if a.answer.Open != nil && !open.At.IsZero() {
		at := open.At.UTC().Truncate(time.Second)
		a.answer.OpenTo = &at
	}
	if a.span.steps() > 0 {
		if err := a.place(ctx); err != nil {
			return err
		}
		if err := a.measure(ctx); err != nil {
			return err
		}
	}
	a.note()
	return nil
}

// resolve finds the span, and whether what is open lies in it.
func (a *asking) resolve(ctx context.Context, open *rollup.Batch) error {
	oldest, newest, ok, err := a.view.Extent(ctx)
	if err != nil {
		return err
	}
	if ok {
		a.extent = extent{from: oldest, to: newest + 1, open: newest + 1}
	}
	first, last, some := slotsOf(open)
	if some {
		a.extent.open = max(a.extent.open, last+1)
		if !ok {
			a.extent.from = first.Hour()
		}
	}
	kept := a.view.KeptFrom()
	a.extent.hours, a.extent.days = a.view.FoldBefore(), kept
	if a.span, err = newSpan(&a.question, a.extent, kept); err != nil {
		return err
	}
	if a.question.Previous {
		if a.previous, err = a.span.before(&a.question, a.extent, kept); err != nil {
			return err
		}
	}
	if some && !a.span.named {
		a.open = open
	}
	return nil
}

// slotsOf are the first and the last slot that a batch has traffic of.
func slotsOf(b *rollup.Batch) (first, last flow.Slot, ok bool) {
	if b == nil || len(b.Traffic) == 0 {
		return 0, 0, false
	}
	first = b.Traffic[0].Slot
	for i := range b.Traffic {
		first, last = min(first, b.Traffic[i].Slot), max(last, b.Traffic[i].Slot)
	}
	return first, last, true
}

// begin makes the answer without numbers.
func (a *asking) begin() {
	a.answer = &Answer{Question: a.question, Unit: a.info.Unit, Additive: a.info.Additive, Span: a.span.answer(), Rows: []Row{}, Notes: []Note{}}
	a.answer.Question.Step = a.span.step
	if first, last, some := slotsOf(a.open); some && a.span.period.From <= last && first < a.span.period.To {
		at := max(first, a.span.period.From).Time()
		a.answer.Open = &at
	}
	if a.previous != nil {
		previous := a.previous.answer()
		a.answer.Previous = &previous
	}
	a.answer.Total = Row{Keys: []Key{}}
}

// measure computes the measure. A new measure is one more case: a function that finds its numbers by
// the table of Sort (see sorter and its method of) and lists them as volumes does.
func (a *asking) measure(ctx context.Context) error {
	switch a.question.Measure {
	case P95, Maximum:
		return a.rates(ctx)
	case Volume, Rate, Share:
		return a.volumes(ctx)
	case Uniqueness, Magnitude:
		return a.addresses(ctx)
	case Persistence:
		return a.persistence(ctx)
	case Networks:
		return a.networks(ctx)
	}
	panic("BUG: no way to answer for the measure " + string(a.question.Measure))
}

// complete fills in what a question leaves out.
func (q Question) complete() Question {
	if q.Measure == "" {
		q.Measure = Volume
	}
	if q.Range == "" {
		q.Range = "24h"
	}
	if q.Step == "" {
		q.Step = "auto"
	}
	if q.Top == 0 {
		q.Top = defaultTop
	}
	if q.By == nil {
		q.By = []Dimension{}
	}
	return q
}

// check refuses what no store can answer.
func (q *Question) check(where *filter.Expr) error {
	info := infoOf(q.Measure)
	if info == nil {
		var all []Measure
		for _, m := range Measures {
			all = append(all, m.Name)
		}
		return wrong("measure", "there is no measure %q: it is %s", q.Measure, listed(all))
	}
	if len(q.By) > maxBy {
		return wrong("by", "%d dimensions are too many: take at most %d", len(q.By), maxBy)
	}
	for i, d := range q.By {
		if dimensionInfo(d) == nil {
			var all []Dimension
			for _, d := range Dimensions {
				all = append(all, d.Name)
			}
			return wrong("by", "there is no dimension %q: it is %s", d, listed(all))
		}
		if slices.Contains(q.By[:i], d) {
			return wrong("by", "%s stands twice among the dimensions", d)
		}
		if d.place() && !info.ByPlace {
			return wrong("by", "by place there are volumes, rates and shares alone: ask for one of these, or leave %s out", d)
		}
	}
	if q.Top < 1 || q.Top > maxTop && !q.Unbounded {
		return wrong("top", "the number of rows must be 1 to %d (got %d)", maxTop, q.Top)
	}
	places := where.Fields()&filter.Of(filter.Country, filter.Subdivision, filter.City) != 0
	if places && !info.ByPlace {
		return wrong("where", "by place there are volumes, rates and shares alone: ask for one of these, or leave places out of the filter")
	}
	return q.checkStep(info, places)
}

// checkStep refuses steps that the measure does not have.
func (q *Question) checkStep(info *MeasureInfo, places bool) error {
	finest := info.finest
	q.byPlace = places || slices.ContainsFunc(q.By, Dimension.place)
	if q.byPlace {
		finest = coarser(finest, "1h")
	}
	steps := slices.Clip(stepNames[slices.Index(stepNames, finest):])
	switch {
	case q.Step == "auto" || slices.Contains(steps, q.Step):
		return nil
	case slices.Contains(stepNames, q.Step) && q.byPlace:
		return wrong("step", "by place there is nothing finer than an hour: take %s", listed(append(steps, "auto")))
	case slices.Contains(stepNames, q.Step):
		return wrong("step", "%s has no step of %s: take %s", q.Measure, q.Step, listed(append(steps, "auto")))
	}
	return wrong("step", "there is no step %q: take %s", q.Step, listed(append(steps, "auto")))
}

// places reports that the question needs the table of places. It is known once the question is checked.
func (q *Question) places() bool { return q.byPlace }
