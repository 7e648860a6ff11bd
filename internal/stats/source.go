// Package stats answers questions about a store: it says of what network and type the stored
// traffic is, and computes every number that the dataset, the report and the console show, in one
// place. Which of them may be published is decided here too. docs/reference/statistics.md defines them.
package stats

import (
	"context"
	"errors"
	"fmt"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// Source is what questions are put to: the store, and what the configuration of now says of it.
// It is safe for concurrent use.
type Source struct {
	Store     *store.Store
	Catalogue *catalogue.Catalogue
	Links     map[string]flow.LinkKind // configured links by name
	Providers map[string]string        // of configured links that have one, by name
	Publish   PublishPolicy
	Normalize bool   // publish.normalize: publish bits, rates and magnitude on a relative scale
	Kept      *Cache // what finished months yielded; nil keeps nothing
}

// Extent is what the store has now.
func (s *Source) Extent() Extent {
	newest, ok := s.Store.Newest()
	if !ok {
		return Extent{}
	}
	oldest, _ := s.Store.Oldest()
	return Extent{From: oldest, To: newest + 1}
}

// Ask computes sheets. See Question.
func (s *Source) Ask(ctx context.Context, q Question) (*Answer, error) {
	extent := s.Extent() // before the view, which then has all of it
	view, labels, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	defer view.Close()
	l := &loader{view: newReader(view, labels, extent, s.Kept), names: s.Store.Names(), networks: labels.networks, kinds: labels.links, policy: s.Publish, extent: extent}
	if q.Study != nil {
		l.metros = metrosOf(labels.rows, labels.networks, s.Catalogue)
	}
	if err := l.load(ctx, q, publication{s.Publish}); err != nil {
		return nil, sentence(err)
	}
	if !q.Unsuppressed {
		if err := s.conceal(ctx, l); err != nil {
			return nil, err
		}
	}
	s.Kept.prune(extent.From.Time().Format("2006-01"))
	return l.assemble(q), nil
}

// sentence adds what to do to errors that an operator can do something about.
func sentence(err error) error {
	if errors.Is(err, rollup.ErrMixedIPv6) {
		return fmt.Errorf("%w; ask for periods before and after the change", err)
	}
	return err
}

// conceal hides what is suppressed, and puts the rest on the published scale.
func (s *Source) conceal(ctx context.Context, l *loader) error {
	var first rollup.Uint128
	if s.Normalize {
		var err error
		if first, err = l.firstMonth(ctx); err != nil {
			return err
		}
	}
	for _, sh := range l.sheets {
		sh.hide()
		if s.Normalize {
			sh.normalize(first)
		}
	}
	if s.Normalize && l.study != nil && l.study.Rhythm != nil {
		l.study.Rhythm.normalize(first)
	}
	if s.Normalize && l.study != nil && l.study.Networks != nil {
		l.study.Networks.normalize(first)
	}
	if s.Normalize && l.study != nil && l.study.Places != nil {
		l.study.Places.normalize(first)
	}
	if l.study != nil && l.study.Rhythm != nil {
		l.study.Rhythm.shorten()
	}
	return nil
}

// Dataset is the dataset of the months of p. A period without traffic is an *EmptyError.
func (s *Source) Dataset(ctx context.Context, p flow.Period, unsuppressed bool) (*Dataset, error) {
	a, err := s.Ask(ctx, Question{Months: p.Months(), Days: true, Unsuppressed: unsuppressed})
	if err != nil {
		return nil, err
	}
	if len(a.Months) == 0 {
		return nil, &EmptyError{Period: p.Name, Extent: s.Extent()}
	}
	return newDataset(a.Months), nil
}
