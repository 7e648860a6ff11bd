package store

import (
	"context"
	"errors"
	"fmt"

	"tributary/internal/rollup"
)

// ErrUnknown is a commit that may or may not be on disk: the database failed while it was committed,
// and could not be opened again to see. See CommitWith.
var ErrUnknown = errors.New("whether it is on disk will be known when the database can be opened again")

// doubt is what is not known, or not told yet, of commits whose COMMIT failed.
type doubt struct {
	open     bool                       // a commit is in doubt: whether it is on disk is to be seen
	commits  uint64                     // what loaded.commits is if it is
	batch    *rollup.Batch              // its batch; may be nil
	happened map[*rollup.Batch]struct{} // batches found on disk whose caller was told ErrUnknown
}

// Recover opens the database again, in place, after a write that failed, and reads anew what State,
// Newest and the others tell: all of it is then as on disk. Where nothing failed it does nothing.
// Views that are open end: what they ask fails, and they must be closed; calls of View wait. While a
// disk is full it may fail; then views fail, and it is tried again before the next write.
//
// Commits call it themselves. It is there for whoever wants to know, or to answer questions, before
// there is something to commit.
func (s *Store) Recover(ctx context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.ready(ctx)
}

// ready opens the database again if that is due. Whoever calls holds writing.
func (s *Store) ready(ctx context.Context) error {
	if s.lost == nil {
		return nil
	}
	if err := s.reopen(ctx); err != nil {
		return fmt.Errorf("cannot open the database again after a write failed (%s): %w", firstLine(s.lost.Error()), err)
	}
	s.lost = nil
	if s.doubt.open {
		s.doubt.open = false
		if s.commits >= s.doubt.commits && s.doubt.batch != nil {
			if s.doubt.happened == nil {
				s.doubt.happened = map[*rollup.Batch]struct{}{}
			}
			s.doubt.happened[s.doubt.batch] = struct{}{}
		}
		s.doubt.batch = nil
	}
	return nil
}

func (s *Store) reopen(ctx context.Context) error {
	if err := s.gate.shut(ctx); err != nil {
		return err
	}
	err := s.reload(ctx)
	var why error
	if err != nil {
		s.shut()
		why = fmt.Errorf("it is closed since a write failed (%s)", firstLine(err.Error()))
	}
	s.gate.open(why)
	return err
}

// reload closes the database, opens it and reads what is kept in memory. The gate is shut.
func (s *Store) reload(ctx context.Context) error {
	if s.conn != nil {
		// What is in the write-ahead log stays there: writing it into the file is what may have failed.
		_ = s.conn.Exec(ctx, "PRAGMA disable_checkpoint_on_shutdown")
	}
	s.shut()
	if err := s.connect(); err != nil {
		return err
	}
	meta, err := readMeta(ctx, s.conn)
	if err != nil {
		return s.readError(err)
	}
	version, err := s.check(meta)
	if err != nil {
		return err
	}
	return s.load(ctx, version)
}

// took reports whether a batch whose commit was in doubt turned out to be on disk, once.
func (d *doubt) took(b *rollup.Batch) bool {
	_, ok := d.happened[b]
	delete(d.happened, b)
	return ok && b != nil
}
