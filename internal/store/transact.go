package store

import (
	"context"
	"fmt"

	"tributary/internal/rollup"
)

// transact runs act between BEGIN and COMMIT, or takes everything back. sent says whether COMMIT was
// sent: if there is an error all the same, only opening the database again tells what is on disk, and
// s.lost is set. So it is where the database no longer works at all.
func (s *Store) transact(ctx context.Context, act func() error) (sent bool, err error) {
	err = s.conn.Exec(ctx, "BEGIN")
	if err == nil {
		err = act()
	}
	if err == nil {
		err = ctx.Err()
	}
	background := context.Background()
	if err == nil {
		// Without the context: an interrupted COMMIT leaves open whether it happened.
		if err = s.send(func() error { return s.conn.Exec(background, "COMMIT") }); err != nil {
			s.lost = err
		}
		return true, err
	}
	_ = s.conn.Exec(background, "ROLLBACK") // fails if there is no transaction any more
	s.probe(err)
	return false, err
}

// probe sets lost if the database no longer works after an error.
func (s *Store) probe(err error) {
	if s.conn.Exec(context.Background(), "SELECT 1") != nil {
		s.lost = err
	}
}

// change is transact for what is not told apart by whether COMMIT was sent: after an error it opens
// the database again where that is due, so that what is in memory is as on disk.
func (s *Store) change(ctx context.Context, act func() error) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	sent, err := s.transact(ctx, act)
	if err != nil {
		_, err = s.settle(ctx, err, sent, nil)
	}
	return err
}

// settle deals with a transaction that failed, sent saying whether its COMMIT was sent: it opens the
// database again if that is due, and reports whether the transaction is on disk all the same.
func (s *Store) settle(ctx context.Context, err error, sent bool, b *rollup.Batch) (done bool, _ error) {
	if s.lost == nil {
		return false, err
	}
	s.doubt.open, s.doubt.batch, s.doubt.commits = sent, b, s.commits+1
	if again := s.ready(ctx); again != nil {
		if sent {
			return false, fmt.Errorf("%w; %w", again, ErrUnknown)
		}
		return false, again
	}
	return s.doubt.took(b), err
}
