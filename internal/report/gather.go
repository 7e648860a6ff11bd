package report

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// StateSimulated is the store's key that says, by having a value, that its traffic is invented.
const StateSimulated = "simulated"

// Options are how a report is made.
type Options struct {
	Force    bool     // make a report also where it fails its self-check: Report.Draft then has what failed
	Progress Progress // of Gather, and then of Files; may be nil
}

// Gather asks for everything that a report of p needs, and computes it. The dataset is asked for on
// its own, so that it judges the figures; where the store has grown in between, both are asked anew.
// A report that fails its self-check is a *CheckError, if Options do not ask for it as a draft.
func Gather(ctx context.Context, src *stats.Source, p flow.Period, o Options) (*Report, error) {
	if !src.Kept.Drew(drawnNames(p)) {
		figure.Prepare(runtime.GOMAXPROCS(0)) // while the store is read, mostly by one processor
	}
	o.Progress.say(stepRead, fromRead)
	const tries = 3 // a slot is committed every five minutes
	for try := 1; ; try++ {
		extent := src.Extent()
		r, err := gather(ctx, src, p, o.Progress)
		var contradiction *CheckError
		switch failed := errors.As(err, &contradiction); {
		case failed && src.Extent() != extent && try < tries:
			continue
		case failed && o.Force:
			r.Draft = contradiction.Failures
		case err != nil:
			return nil, err
		}
		r.force, r.progress = o.Force, o.Progress
		return r, nil
	}
}

// gather is Gather, once. A report that fails its self-check comes with the error.
func gather(ctx context.Context, src *stats.Source, p flow.Period, progress Progress) (*Report, error) {
	extent := src.Extent()
	before, dataset := p.Before(), datasetPeriod(p)
	if extent.IsEmpty() || extent.To <= p.From {
		return nil, &stats.EmptyError{Period: p.Name, Extent: extent}
	}
	clipped := p.Clip(extent.To - 1)
	months := window(clipped, extent.From)
	ctx, cancel := context.WithCancel(ctx)
	health := meanwhile(func() ([]flow.Health, error) { return readHealth(ctx, src, clipped) })
	monthly := meanwhile(func() (*stats.Dataset, error) { return src.Dataset(ctx, dataset, false) })
	defer func() {
		cancel()
		_, _ = health() // no question is left behind
		_, _ = monthly()
	}()
	answer, err := src.Ask(ctx, stats.Question{
		Months: months, Periods: []flow.Period{p, before}, Rates: []flow.Period{p},
		Study: &stats.StudyOf{Now: p, Before: before, Months: months},
	})
	if err != nil {
		return nil, fmt.Errorf("cannot report on %s: %w", p.Name, err)
	}
	in := &Input{
		Asked: p, Extent: answer.Extent, Now: answer.Periods[0], Before: answer.Periods[1], Months: answer.Months, Study: answer.Study,
		Policy: src.Publish, Simulated: len(src.Store.State(StateSimulated)) > 0,
		RegionName: func(region uint16) string { return src.Store.Names().Regions.Value(uint32(region)) },
	}
	if in.Now.Empty() {
		return nil, &stats.EmptyError{Period: p.Name, Extent: answer.Extent}
	}
	if in.Dataset, err = monthly(); err != nil {
		return nil, fmt.Errorf("cannot make the dataset of %s: %w", dataset.Name, err)
	}
	if in.Now.Period != clipped { // the store has grown since
		_, _ = health()
		health = meanwhile(func() ([]flow.Health, error) { return readHealth(ctx, src, in.Now.Period) })
	}
	if in.Health, err = health(); err != nil {
		return nil, err
	}
	progress.say(stepCompute, fromCompute)
	r, err := New(in)
	if r != nil {
		r.kept = src.Kept
	}
	if err != nil {
		return r, fmt.Errorf("cannot report on %s: %w", p.Name, err)
	}
	return r, nil
}

// meanwhile begins a question. What it returns waits for the answer.
func meanwhile[T any](ask func() (T, error)) func() (T, error) {
	var answer T
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		answer, err = ask()
	}()
	return func() (T, error) { <-done; return answer, err }
}

// readHealth reads the exporters' health in p.
func readHealth(ctx context.Context, src *stats.Source, p flow.Period) ([]flow.Health, error) {
	view, err := src.Store.View(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("cannot report on %s: %w", p.Name, err)
	}
	defer view.Close()
	rows, err := view.Health(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("cannot read the exporters' health in %s: %w", p.Name, err)
	}
	return rows, nil
}

// datasetPeriod is the months that p touches: a dataset has a row a month.
func datasetPeriod(p flow.Period) flow.Period {
	p.From, p.To = p.From.Month(), (p.To - 1).NextMonth()
	return p
}
