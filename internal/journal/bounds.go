package journal

import (
	"fmt"
	"time"

	"tributary/internal/flow"
)

// wake has the bounds looked at soon.
func (j *Journal) wake() {
	select {
	case j.kick <- struct{}{}:
	default: // they will be
	}
}

// runBounds keeps the bounds until the journal is closed.
func (j *Journal) runBounds() {
	t := time.NewTicker(syncEvery)
	defer t.Stop()
	for {
		select {
		case <-j.stop:
			return
		case <-t.C:
		case <-j.kick:
		}
		j.keepBounds()
	}
}

// keepBounds gives up the oldest segments until one more fits into MaxBytes, and those of this
// process that are older than MaxAge.
func (j *Journal) keepBounds() {
	for s := j.beyond(); s != nil; s = j.beyond() {
		counted := s.datagrams.Load() >= 0
		if !counted {
			s.datagrams.Store(countDatagrams(s)) // while it can still be read
		}
		removed, err := j.remove(s)
		if err != nil {
			j.report(bounding{}, fmt.Errorf("cannot delete the oldest segment of the journal, which is beyond its bound: %w", err))
			return
		}
		if removed {
			j.mu.Lock()
			j.given.segments++
			j.given.datagrams += uint64(s.datagrams.Load())
			j.given.bytes += uint64(s.size.Load())
			j.mu.Unlock()
		}
	}
	j.report(bounding{}, nil)
}

// bounding is the key of the bounds' troubles among those of writers.
type bounding struct{}

// beyond is the next segment that the bounds take; nil = none.
func (j *Journal) beyond() *segment {
	oldest := j.config.now().Add(-j.config.MaxAge).UnixMilli()
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.segments) > 0 && j.total.Load() > j.config.MaxBytes-j.config.Roll {
		return j.segments[0]
	}
	if j.config.MaxAge > 0 {
		for _, s := range j.segments {
			if s.writer != nil && s.last.Load() < oldest {
				return s
			}
		}
	}
	return nil
}

// countDatagrams reads a former process's segment to its end.
func countDatagrams(s *segment) (n int64) {
	c, err := openScanner(s)
	if err != nil {
		return 0
	}
	defer c.close()
	var dg flow.Datagram
	for c.next(&dg, s.size.Load()) {
		n++
	}
	return n
}
