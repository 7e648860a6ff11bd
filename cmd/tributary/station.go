package main

import (
	"context"
	"sync"

	"tributary/internal/flow"
	"tributary/internal/journal"
)

// station is a worker of run, between the sockets and the keeper. What its sockets bring is appended
// to its journal before it is decoded: a datagram is read once it is in the journal.
type station struct {
	mu      sync.Mutex // guards the fields below; held for a batch, or while the keeper takes
	worker  *worker
	journal *journal.Writer // nil: there is none
	behind  bool            // what was journalled before is still being read; until then what comes is only journalled
}

// receive takes a batch from a socket.
func (s *station) receive(batch []flow.Datagram) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.journal != nil {
		// What cannot be journalled, as on a full disk, is counted there and goes on all the same.
		if err := s.journal.Append(batch); err == nil && s.behind {
			return
		}
	}
	for i := range batch {
		s.worker.ingest(batch[i])
	}
}

// replayChunk is how many datagrams are read again before the sockets may have their turn: about a
// millisecond.
const replayChunk = 256

// replay takes from next what is the station's own, until there is no more or the context ends.
func (s *station) replay(ctx context.Context, next func(*flow.Datagram) bool, own func(flow.Addr) bool) (datagrams uint64) {
	var dg flow.Datagram
	for more := true; more && ctx.Err() == nil; {
		s.mu.Lock()
		for range replayChunk {
			if more = next(&dg); !more {
				break
			}
			if own(dg.Source) {
				s.worker.ingest(dg)
				datagrams++
			}
		}
		s.mu.Unlock()
	}
	return datagrams
}

// catchUp reads what was journalled while the station was behind; afterwards what the sockets bring
// goes through the worker at once. skipped is how many datagrams cannot be read any more: the
// journal's bound took them meanwhile.
func (s *station) catchUp() (skipped uint64) {
	tail := s.journal.Tail()
	defer tail.Close()
	for s.behind {
		skipped = s.follow(tail)
	}
	return skipped
}

// follow takes a chunk from the tail, or finds that there is no more.
func (s *station) follow(tail *journal.Tail) (skipped uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var dg flow.Datagram
	for range replayChunk {
		if !tail.Next(&dg) { // under the lock nobody appends: that was all
			s.worker.seen(s.worker.ledger.Take(), false)
			s.behind = false
			return tail.Skipped()
		}
		s.worker.ingest(dg)
	}
	return 0
}
