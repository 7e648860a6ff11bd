package console

import (
	"context"
	"slices"
	"sync"
	"time"

	"tributary/internal/flow"
	"tributary/internal/stats"
)

// shelf keeps what the overview is made of, for one state of the store and of the catalogue: when either
// moves on, all of it is asked anew, in one question. What finished months yielded the store's own cache
// has (stats.Cache), so that this costs little but for the month that is not over.
type shelf struct {
	mu     sync.Mutex // guards the fields below
	kept   *sheets    // of the last question; nil: none was answered yet
	asking *request   // the question being asked; nil: none
	wait   sync.WaitGroup
	rested time.Time // from when on it may be asked without anybody waiting
	ended  bool      // nothing is asked any more
}

// state is what answers depend on.
type state struct {
	source  *stats.Source // with the catalogue of now
	commits uint64        // the number of the store's last one
	newest  flow.Slot
}

// sheets are the newest overviewMonths months as of a state. Nobody changes them, but more is set once.
type sheets struct {
	state
	from   flow.Slot // where the first month begins that was asked for
	extent stats.Extent
	months map[string]*stats.Sheet // by name; none of a month without data

	mu   sync.Mutex // guards the field below
	more *more      // nil until it is known
}

// more is what takes longer than the sheets and is shown when it is there.
type more struct {
	bursts *Bursts
	movers *Movers
	losses *stats.Losses // of the newest month
}

// request is a question being asked.
type request struct {
	state
	done chan struct{} // closed when the fields below are there
	got  *sheets
	err  error
}

const (
	// staleSlots is how far behind the newest slot sheets may be shown while the next are being asked: a
	// commit's worth, and another for a store that is slow.
	staleSlots = 2
	// warmEvery is how often it is looked whether there was a commit; warmShare bounds what asking anew
	// costs: at most one part in so many of the time.
	warmEvery = time.Second
	warmShare = 20
)

// state is that of now; false without data.
func (c *Console) state() (state, bool) {
	if c.asks == nil {
		return state{}, false
	}
	return c.asks.state()
}

// asks are the questions that the overview puts to a store.
type asks interface {
	state() (state, bool)
	ask(context.Context, *stats.Source, stats.Question) (*stats.Answer, error)
}

// storeAsks puts them to the store of a source.
type storeAsks struct{ source func() *stats.Source }

func (a storeAsks) state() (state, bool) {
	source := a.source()
	commits := source.Store.Commits() // before the newest slot, which is then of it or later
	newest, ok := source.Store.Newest()
	return state{source, commits, newest}, ok
}

func (a storeAsks) ask(ctx context.Context, s *stats.Source, q stats.Question) (*stats.Answer, error) {
	return s.Ask(ctx, q)
}

// sheets are those of now. Just after a commit they are those of before it, so that nobody waits for
// numbers that differ by five minutes; with another catalogue they never are.
func (c *Console) sheets(ctx context.Context) (*sheets, error) {
	now, ok := c.state()
	if !ok {
		return nil, errNoData
	}
	r, kept := c.shelf.look(c, now)
	if r == nil || kept != nil && kept.source == now.source && now.newest-kept.newest <= staleSlots {
		return kept, nil
	}
	select {
	case <-r.done:
		return r.got, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// look is what is kept, and the question being asked where that is not of now.
func (s *shelf) look(c *Console, now state) (*request, *sheets) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept != nil && s.kept.state == now {
		return nil, s.kept
	}
	if s.asking != nil && s.asking.state.source == now.source {
		return s.asking, s.kept
	}
	r := &request{state: now, done: make(chan struct{})}
	if s.ended {
		r.err = context.Canceled
		close(r.done)
		return r, s.kept
	}
	s.asking = r
	s.wait.Go(func() { s.fetch(c, r) })
	return r, s.kept
}

// fetch asks, and then for what takes longer.
func (s *shelf) fetch(c *Console, r *request) {
	began := time.Now()
	r.got, r.err = c.askSheets(c.ending, r.state)
	if r.err == nil {
		s.put(r.got)
	}
	close(r.done)
	if r.err == nil && c.explorer != nil {
		more, err := c.askMore(c.ending, r.got)
		if err == nil {
			r.got.tell(more)
		} else if c.ending.Err() == nil {
			c.log.Error("cannot tell what bursts and moves", "err", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asking == r {
		s.asking = nil
	}
	s.rested = time.Now().Add(warmShare * time.Since(began))
}

// put keeps sheets. What takes longer is that of before until the next is there.
func (s *shelf) put(got *sheets) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept != nil && s.kept.source == got.source {
		got.more = s.kept.known()
	}
	s.kept = got
}

// tell sets what takes longer.
func (s *sheets) tell(m *more) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.more = m
}

// known is what is known of what takes longer; nil: nothing yet.
func (s *sheets) known() *more {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.more
}

// askSheets asks for the newest months. Unsuppressed: the console is the operator's own; nothing in it is
// published.
func (c *Console) askSheets(ctx context.Context, now state) (*sheets, error) {
	q := stats.Question{Unsuppressed: true}
	from := now.newest.Month()
	for q.Months = append(q.Months, flow.MonthOf(from)); len(q.Months) <= overviewMonths && from > 0; { // one more, to hold the first against
		p := flow.MonthOf(from - 1)
		from = p.From
		q.Months = slices.Insert(q.Months, 0, p)
	}
	answer, err := c.asks.ask(ctx, now.source, q)
	if err != nil {
		return nil, err
	}
	out := &sheets{state: now, from: from, extent: answer.Extent, months: map[string]*stats.Sheet{}}
	for _, s := range answer.Months {
		out.months[flow.MonthOf(s.Period.From).Name] = s
	}
	return out, nil
}

// warm has the sheets of now asked for after each commit, before anybody does, until the context ends.
func (c *Console) warm(ctx context.Context) {
	tick := time.NewTicker(warmEvery)
	defer tick.Stop()
	for {
		if now, ok := c.state(); ok && c.shelf.isRested() {
			c.shelf.look(c, now)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// isRested reports that asking anew would not cost too much; see warmShare.
func (s *shelf) isRested() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asking == nil && time.Now().After(s.rested)
}

// stop cancels the question being asked, if there is one, and waits until it has ended.
func (s *shelf) stop(c *Console) {
	c.end()
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.wait.Wait()
}
