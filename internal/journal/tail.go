package journal

import (
	"fmt"

	"tributary/internal/flow"
)

// Tail reads what a writer of this process appended, from its first datagram, while it goes on to
// append. It is for a worker that replays: its socket's datagrams are only appended; once it has
// replayed, it reads them from here; and when, under the lock that keeps the writer from appending,
// Next says that there is nothing more, it has caught up and takes datagrams directly.
// No position of Rotate may be committed, nor released, before.
type Tail struct {
	writer *Writer
	scan   *scanner
	seg    *segment // the one being read; nil before the first
	ended  bool     // seg does not grow any more, and its size was looked at since
	read   uint64
}

// Tail begins at the writer's first datagram. Close it.
func (w *Writer) Tail() *Tail { return &Tail{writer: w} }

// Next reads the next datagram; its payload is valid until the next call. False: there is nothing
// more at this moment. Called by one goroutine; the writer may append at the same time.
func (t *Tail) Next(dg *flow.Datagram) bool {
	for {
		if t.scan != nil && t.scan.next(dg, t.seg.size.Load()) {
			t.read++
			return true
		}
		if !t.advance() {
			return false
		}
	}
}

// advance goes on to the writer's next segment; false where the present one may still grow, or is
// the last. True once without going on, where the present one has just ended: what was written
// between the look at its size and its end is still to be read.
func (t *Tail) advance() bool {
	next, ended := t.following()
	if t.seg != nil && !ended {
		return false
	}
	if t.seg != nil && !t.ended {
		t.ended = true
		return true
	}
	if next == nil {
		return false
	}
	t.Close()
	t.seg, t.ended = next, false
	scan, err := openScanner(next)
	if err != nil {
		t.writer.journal.report(tailing{t}, fmt.Errorf("cannot read back %s: %w", next.path, err))
		return true
	}
	t.scan = scan
	return true
}

// following is the writer's first segment with datagrams after the present one; nil = none yet.
// ended says that the present one does not grow any more.
func (t *Tail) following() (next *segment, ended bool) {
	w, j := t.writer, t.writer.journal
	w.mu.Lock()
	defer w.mu.Unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, s := range j.segments {
		if s.writer == w && s.size.Load() > 0 && (t.seg == nil || s.id.number > t.seg.id.number) {
			return s, t.seg != w.live
		}
	}
	return nil, t.seg != w.live
}

// tailing is the key of a tail's troubles among those of writers.
type tailing struct{ t *Tail }

// Skipped is how many datagrams were appended and cannot be read any more, because the bound gave
// up their segment before it was read or the system cannot read it. It is exact when Next said
// false under the lock that keeps the writer from appending.
func (t *Tail) Skipped() uint64 {
	t.writer.mu.Lock()
	defer t.writer.mu.Unlock()
	return t.writer.appended - t.read
}

// Close ends the reading.
func (t *Tail) Close() {
	t.writer.journal.report(tailing{t}, nil)
	if t.scan != nil {
		t.scan.close()
		t.scan = nil
	}
}
