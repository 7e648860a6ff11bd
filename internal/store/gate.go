package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"tributary/internal/store/duckdb"
)

// gate is what views go through: they hold the database open, and it must be closed, in good order,
// before it is opened again. Two databases on one file in one process would destroy it.
type gate struct {
	mu      sync.Mutex
	db      *duckdb.DB // nil = not open
	why     error      // says why not
	views   map[*View]struct{}
	closing chan struct{} // not nil while the gate is shut; closed when it opens again
	left    chan struct{} // has room for one token: a view was closed while the gate was shut
}

// errReopened ends the questions to a database that had to be opened again.
var errReopened = errors.New("the store was opened again after a write that failed: ask again")

// set changes the database and returns the one before.
func (g *gate) set(db *duckdb.DB) (before *duckdb.DB) {
	g.mu.Lock()
	defer g.mu.Unlock()
	before, g.db = g.db, db
	return before
}

// enter connects a view, waiting while the gate is shut.
func (g *gate) enter(ctx context.Context, v *View) error {
	for {
		g.mu.Lock()
		closing := g.closing
		if closing == nil {
			break
		}
		g.mu.Unlock()
		select {
		case <-closing:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	defer g.mu.Unlock()
	if g.db == nil {
		if g.why != nil {
			return g.why
		}
		return errors.New("it is closed")
	}
	conn, err := g.db.Connect()
	if err != nil {
		return err
	}
	v.conn, v.gate = conn, g
	if g.views == nil {
		g.views = map[*View]struct{}{}
	}
	g.views[v] = struct{}{}
	return nil
}

// leave closes a view's connection.
func (g *gate) leave(v *View) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, in := g.views[v]; !in {
		return // closed twice
	}
	delete(g.views, v)
	v.conn.Close()
	if g.closing != nil {
		select {
		case g.left <- struct{}{}:
		default: // there is one already
		}
	}
}

// Times of shut.
const (
	// viewsLeave is how long views may take to end once they are told. A question is interrupted
	// within milliseconds; its asker then has to close the view.
	viewsLeave = 30 * time.Second
	// askAgain is how often they are told: an interrupt that meets no statement is lost.
	askAgain = 20 * time.Millisecond
)

// shut lets no view in and ends those there are: what they ask fails with errReopened. It returns
// when all are closed. After an error the gate is open again.
func (g *gate) shut(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, viewsLeave)
	defer cancel()
	g.mu.Lock()
	g.closing, g.left = make(chan struct{}), make(chan struct{}, 1)
	g.mu.Unlock()
	tick := time.NewTicker(askAgain)
	defer tick.Stop()
	for {
		g.mu.Lock()
		n := len(g.views)
		for v := range g.views {
			v.ended.Store(true)
			v.conn.Interrupt()
		}
		g.mu.Unlock()
		if n == 0 {
			return nil
		}
		select {
		case <-g.left:
		case <-tick.C:
		case <-ctx.Done():
			g.open(nil)
			return errors.New("questions that are still being answered hold the database open")
		}
	}
}

// open ends shut. Where there is no database now, why says why.
func (g *gate) open(why error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.why = why
	close(g.closing)
	g.closing = nil
}
