package main

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"tributary/internal/flow"
	"tributary/internal/journal"
)

// sayEvery is how often the log tells how far the reading of a journal is.
const sayEvery = 5 * time.Second

// openJournal opens the journal where there is to be one.
func (k *keeper) openJournal(onRelease func(segment string)) error {
	if k.config.Journal.MaxSize == 0 {
		return nil
	}
	j, err := journal.Open(journal.Config{
		Dir: k.config.JournalPath(), Workers: len(k.stations),
		MaxBytes: int64(k.config.Journal.MaxSize), MaxAge: time.Duration(k.config.Journal.MaxAge),
		OnRelease: onRelease,
	})
	if err != nil {
		return fmt.Errorf("%w (journal.path in the configuration)", err)
	}
	k.journal = j
	for i, s := range k.stations {
		s.journal, s.behind = j.Writer(i), true
	}
	return nil
}

// warnOfJournal says that there is a journal that nobody reads.
func (k *keeper) warnOfJournal() {
	left, err := filepath.Glob(filepath.Join(k.config.JournalPath(), "*.pcap"))
	if err == nil && len(left) > 0 {
		k.log.Warn("journal.max_size is 0, and a former process left a journal that is not committed: start once with a journal to count it, or delete it", "path", k.config.JournalPath(), "segments", len(left))
	}
}

// restore gives the workers what they knew when the store was last committed.
func (k *keeper) restore() {
	states, err := splitStates(k.store.State(stateDecoders))
	for _, state := range states {
		for i, s := range k.stations {
			if err == nil {
				err = s.worker.decoder.Restore(state, k.own(i))
			}
		}
	}
	if err != nil { // they come again; until then flows wait for them
		k.log.Error("cannot read the templates and samplers kept in the store: they are learnt anew", "error", err)
	}
}

// own tells the sources of a station.
func (k *keeper) own(station int) func(flow.Addr) bool {
	return func(source flow.Addr) bool { return k.shard(source) == station }
}

// replay reads again what the journal holds after the last commit, as former processes left it, and
// then what the sockets brought meanwhile. The workers go segment by segment, so that where it is too
// much for memory it can be committed on the way. Not done: the context ended before, or err says why.
func (k *keeper) replay(ctx context.Context) (done bool, err error) {
	if k.journal == nil {
		k.warnOfJournal()
		return true, nil
	}
	k.said = time.Now()
	for _, note := range k.journal.Notes() {
		k.log.Warn(note)
	}
	var from journal.Position
	if err := from.UnmarshalText(k.store.State(stateJournal)); err != nil {
		return false, err
	}
	r, err := k.journal.Replay(from)
	if err != nil {
		return false, err
	}
	for _, note := range r.Notes {
		k.log.Warn(note)
	}
	for _, gap := range r.Missing {
		k.log.Error(gap.String())
	}
	if r.Segments() > 0 {
		k.log.Info("reading the journal: what arrived since the last commit", "segments", r.Segments(), "bytes", r.Bytes())
	}
	for i := range r.Segments() {
		k.replaySegment(ctx, r, i)
		if key := k.full(k.size()); ctx.Err() == nil && key != "" {
			k.reached(key)
			k.take(func() journal.Position { return r.Position(i + 1) })
			k.insist(ctx)
		}
		if ctx.Err() != nil {
			k.log.Warn("stopped before the journal was read: the rest is read at the next start", "segments", r.Segments()-i)
			return false, nil
		}
	}
	var torn uint64
	for _, t := range r.Torn() {
		torn += uint64(t.Octets)
		k.log.Error(t.String())
	}
	k.mu.Lock()
	k.sum.torn = torn
	replayed := k.sum.replayed
	k.mu.Unlock()
	k.catchUp()
	if r.Segments() == 0 {
		return true, nil
	}
	k.log.Info("the journal is read", "datagrams", replayed)
	k.take(k.rotate())
	_ = k.commit()
	return true, nil
}

// insist commits until the store takes it or the context ends: what is not read yet is safe in the
// journal, and more of it in memory would only be given up.
func (k *keeper) insist(ctx context.Context) {
	for k.commit() != nil {
		select {
		case <-ctx.Done():
			return
		case <-time.After(retryEvery):
		}
	}
}

// replaySegment lets every worker take from one segment what is its own.
func (k *keeper) replaySegment(ctx context.Context, r *journal.Replay, segment int) {
	var workers sync.WaitGroup
	counts := make([]uint64, len(k.stations))
	for i, s := range k.stations {
		workers.Go(func() {
			reader := r.Reader(segment, segment+1)
			defer reader.Close()
			counts[i] = s.replay(ctx, reader.Next, k.own(i))
		})
	}
	workers.Wait()
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, n := range counts {
		k.sum.replayed += n
	}
	k.sum.unread = 1 - float64(segment+1)/float64(r.Segments())
	if time.Since(k.said) > sayEvery {
		k.said = time.Now()
		k.log.Info("reading the journal", "segments", segment+1, "of", r.Segments(), "datagrams", k.sum.replayed)
	}
}

// catchUp lets every worker read what its sockets brought since the process began. It is not
// cancelled: what this process received is counted before it ends.
func (k *keeper) catchUp() {
	var workers sync.WaitGroup
	for _, s := range k.stations {
		workers.Go(func() {
			if n := s.catchUp(); n > 0 {
				k.log.Error("the journal's bound (journal.max_size in the configuration) took datagrams before they were counted: they are lost", "datagrams", n)
			}
		})
	}
	workers.Wait()
}
