package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"tributary/internal/flow"
)

var errDisk = errors.New("the disk fails")

// A COMMIT that reports an error and is on disk all the same is no error, whatever else is pending;
// one that is not on disk is an error, and leaves nothing.
func TestFailedCommitIsLookedUp(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, w := tempStore(t), &twin{}
	r := rand.New(rand.NewPCG(41, 41))
	first := slotBatch(r, s.Key(), epoch, 50)
	s.SetState("staged", []byte("1"))
	s.NoteImport(Import{Identity: "noted", Datagrams: 3})
	s.send = func(commit func() error) error { return errors.Join(commit(), errDisk) }
	must(t, s.CommitWith(ctx, Commit{Batch: first, State: map[string][]byte{"n": []byte("1")}}))
	w.add(first)
	if len(s.staged.states)+len(s.staged.imports) != 0 {
		t.Errorf("still staged: %v", s.staged)
	}
	s.send = func(func() error) error { return errDisk }
	second := slotBatch(r, s.Key(), epoch+1, 50)
	err := s.CommitWith(ctx, Commit{Batch: second, State: map[string][]byte{"n": []byte("2")}, Imports: []Import{{Identity: "second"}}})
	if !errors.Is(err, errDisk) || errors.Is(err, ErrUnknown) {
		t.Errorf("err = %v, want that the disk fails, and that it is known", err)
	}
	if got := string(s.State("n")); got != "1" {
		t.Errorf("the state is %q, want that of the first commit", got)
	}
	if _, ok := s.Imported("second"); ok {
		t.Error("an import of a failed commit is known")
	}
	if i, ok := s.Imported("noted"); !ok || i.Datagrams != 3 {
		t.Errorf("the import noted is %+v, %v", i, ok)
	}
	s.send = func(commit func() error) error { return commit() }
	checkAnswers(t, s, w)
	must(t, s.CommitWith(ctx, Commit{Batch: second, State: map[string][]byte{"n": []byte("2")}}))
	w.add(second)
	checkAnswers(t, s, w)
}

// Where the database cannot be opened again, it is not known whether the commit is on disk, and said
// so; the same batch given again is written once, also where another was committed between.
func TestUnknownCommit(t *testing.T) {
	t.Parallel()
	for _, happened := range []bool{true, false} {
		ctx, cancel := context.WithCancel(context.Background())
		s, w := tempStore(t), &twin{}
		r := rand.New(rand.NewPCG(42, 42))
		v := openView(t, s, nil) // holds the database open
		batch, other := slotBatch(r, s.Key(), epoch, 50), slotBatch(r, s.Key(), epoch+1, 50)
		s.send = func(commit func() error) error {
			if happened {
				must(t, commit())
			}
			cancel()
			return errDisk
		}
		if err := s.Commit(ctx, batch); !errors.Is(err, ErrUnknown) {
			t.Fatalf("err = %v, want ErrUnknown", err)
		}
		if err := s.Commit(ctx, other); err == nil || errors.Is(err, ErrUnknown) {
			t.Fatalf("another batch: err = %v, want one, and not ErrUnknown", err)
		}
		if err := s.Commit(ctx, batch); !errors.Is(err, ErrUnknown) {
			t.Fatalf("again: err = %v, want ErrUnknown", err)
		}
		if _, err := v.Series(context.Background(), periods[0], StepSlot); !errors.Is(err, errReopened) {
			t.Errorf("a view of before says %v", err)
		}
		v.Close()
		s.send = func(commit func() error) error { return commit() }
		must(t, s.Recover(context.Background()))
		if n := rows(t, s, "health"); n != map[bool]uint64{true: 1, false: 0}[happened] {
			t.Errorf("%d health rows, though happened is %v", n, happened)
		}
		must(t, s.Commit(context.Background(), other))
		must(t, s.Commit(context.Background(), batch))
		w.add(batch)
		w.add(other)
		checkAnswers(t, s, w)
	}
}

// Opening again ends questions and lets new ones wait; names given meanwhile keep their numbers.
func TestRecoverUnderQuestions(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, w := tempStore(t), &twin{}
	r := rand.New(rand.NewPCG(43, 43))
	fill(t, s, w, r, 0)
	s.Names().Regions.ID("M\xfcnchen") // not UTF-8: on disk it is quoted
	s.Names().Places.ID(flow.Place{City: "M\xfcnchen"})
	must(t, s.CommitWith(ctx, Commit{}))
	stop, done := make(chan struct{}), make(chan struct{})
	asked := make(chan struct{}, 1)
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			v, err := s.View(ctx, nil)
			if err == nil {
				_, err = v.Volumes(ctx, periods[3], StepHour)
				v.Close()
			}
			if err != nil && !errors.Is(err, errReopened) {
				t.Errorf("a question while the store is opened again: %v", err)
			}
			select {
			case asked <- struct{}{}:
			default:
			}
		}
	}()
	for i := range 20 {
		<-asked
		s.Names().Links.ID(strings.Repeat("x", i+1))
		s.writing.Lock()
		s.lost = errDisk
		s.writing.Unlock()
		must(t, s.Recover(ctx))
	}
	close(stop)
	<-done
	must(t, s.CommitWith(ctx, Commit{}))
	if n := rows(t, s, "names WHERE kind = 1"); n != 20 {
		t.Errorf("%d links on disk, want 20", n)
	}
	checkAnswers(t, s, w)
}

// What is given with a batch is written with that one; what is staged, with the next.
func TestStateGoesWithItsBatch(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := tempStore(t)
	r := rand.New(rand.NewPCG(44, 44))
	s.SetState("position", []byte("staged"))
	s.SetState("learnt", []byte("x"))
	for _, n := range []string{"1", "2"} {
		must(t, s.CommitWith(ctx, Commit{Batch: slotBatch(r, s.Key(), epoch, 5), State: map[string][]byte{"position": []byte(n)}}))
		if got := string(s.State("position")); got != n {
			t.Errorf("position is %q after commit %s", got, n)
		}
		if got := rows(t, s, "state WHERE name = 'position' AND value = '"+n+"'"); got != 1 {
			t.Errorf("%d rows of position %s on disk", got, n)
		}
	}
	if got := rows(t, s, "state WHERE name = 'learnt'"); got != 1 {
		t.Errorf("%d rows of what was staged", got)
	}
}
