package journal

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"tributary/internal/flow"
)

// Writer is the journal of one worker.
type Writer struct {
	journal *Journal
	worker  uint32

	mu      sync.Mutex // guards the fields below: contended only for the moments of a roll, a rotation and a sync's begin and end
	buffer  []byte     // one batch, reused
	live    *segment   // nil: the next Append begins one
	retired []*segment // written, not yet synced and closed

	appended, unjournalled uint64 // datagrams
	synced                 uint64 // datagrams in segments synced and closed, or deleted
	failed                 error  // what the last write failed with; nil = all is well
	retry                  time.Time
}

// errOversize cannot come from a socket: IP has no such datagram.
var errOversize = errors.New("cannot journal a datagram that is larger than IP allows")

// Append writes the batch with one system call, and allocates nothing but for a new segment. On an
// error, returned for each batch while it lasts, none of the batch is in the journal (of
// errOversize: all but the oversize one), it is counted as unjournalled, and the segment ends with
// the last whole batch before it; the caller goes on, and so does a later Append. Called by one
// goroutine.
func (w *Writer) Append(batch []flow.Datagram) error {
	if len(batch) == 0 {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed != nil && w.journal.config.now().Before(w.retry) {
		w.unjournalled += uint64(len(batch))
		return w.failed
	}
	before := w.appended
	if err := w.appendLocked(batch); err != nil {
		w.unjournalled += uint64(len(batch)) - (w.appended - before)
		w.failed = err
		if w.appended == before {
			w.retry = w.journal.config.now().Add(retryAfter)
		}
		w.journal.report(w, err)
		return err
	}
	if w.failed != nil {
		w.failed = nil
		w.journal.report(w, nil)
	}
	return nil
}

func (w *Writer) appendLocked(batch []flow.Datagram) error {
	first, last := batch[0].Arrival, batch[len(batch)-1].Arrival
	if s := w.live; s != nil && (s.size.Load() >= w.journal.config.Roll || w.oldLocked(last)) {
		w.retireLocked()
	}
	if w.live == nil {
		if err := w.beginLocked(first); err != nil {
			return err
		}
	}
	s := w.live
	size := s.size.Load()
	buf := w.buffer[:0]
	if size == 0 {
		buf = append(buf, pcapHeader[:]...)
	}
	written := 0
	for i := range batch {
		if fits(&batch[i]) {
			buf = appendRecord(buf, &batch[i], s.seed)
			written++
		}
	}
	w.buffer = buf
	if err := w.writeLocked(buf, size); err != nil {
		return err
	}
	s.datagrams.Add(int64(written))
	s.last.Store(last)
	s.size.Store(size + int64(len(buf)))
	w.appended += uint64(written)
	if w.journal.total.Add(int64(len(buf))) > w.journal.config.MaxBytes-w.journal.config.Roll {
		w.journal.wake()
	}
	if written < len(batch) {
		return errOversize
	}
	return nil
}

// oldLocked reports whether the open segment spans so much time that age could not give it up finely.
func (w *Writer) oldLocked(now int64) bool {
	age := w.journal.config.MaxAge
	return age > 0 && now-w.live.first.Load() > (age/agesBound).Milliseconds()
}

// writeLocked writes at the end of the segment. What a failed write left of itself is cut off; a
// segment that cannot be cut ends there, with a torn tail that its reader recognises.
func (w *Writer) writeLocked(buf []byte, size int64) error {
	s := w.live
	err := w.journal.config.fail("write")
	if err == nil {
		_, err = s.file.WriteAt(buf, size)
	} else {
		s.file.WriteAt(buf[:len(buf)/2], size) // as a disk that fills up does
	}
	if err == nil {
		return nil
	}
	err = fmt.Errorf("cannot write the journal: %w", err)
	cut := w.journal.config.fail("truncate")
	if cut == nil {
		cut = s.file.Truncate(size)
	}
	if cut != nil {
		w.retireLocked()
		return fmt.Errorf("%w; and %s cannot be cut back: %w", err, s.path, cut)
	}
	return err
}

// beginLocked makes the next segment. Its header comes with the first batch.
func (w *Writer) beginLocked(arrival int64) error {
	j := w.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.newSegment(segmentID{j.state.generation, j.next, w.worker})
	err := j.config.fail("create")
	if err == nil {
		s.file, err = os.OpenFile(s.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err != nil {
		return fmt.Errorf("cannot begin a segment of the journal: %w", err)
	}
	reserve(s.file, j.config.Roll)
	j.next++
	s.writer = w
	s.first.Store(arrival)
	s.last.Store(arrival)
	j.segments = append(j.segments, s)
	j.dirDirty.Store(true)
	w.live = s
	return nil
}

// retireLocked ends the open segment; the sync closes it.
func (w *Writer) retireLocked() {
	if w.live != nil {
		w.retired = append(w.retired, w.live)
		w.live = nil
	}
}

// Synced returns how many datagrams were appended by this process, and how many of them, from the
// first, a power loss cannot take any more.
func (w *Writer) Synced() (appended, synced uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	synced = w.synced
	for _, s := range append(slices.Clone(w.retired), w.live) {
		if s != nil {
			synced += uint64(s.syncedDatagrams)
		}
	}
	return w.appended, synced
}
