package main

import (
	"slices"
	"sync"
	"time"

	"tributary/internal/explore"
	"tributary/internal/rollup"
)

// Times of gathering.
const (
	// openAge is how old what is told of the open slots may be. A page asks every five seconds: with
	// both, a flow is seen within ten seconds of its arrival.
	openAge = 3 * time.Second
	// openShare bounds what gathering costs: at most one part in so many of a core, so that in a burst
	// of a million cells it is done less often.
	openShare = 50
)

// gathering is what the keeper took from the workers since the last commitment because somebody asked
// what the open slots hold: their next commitment takes it along, so nothing of what is durable, nor
// when, depends on it. While nobody asks nothing is gathered.
type gathering struct {
	mu    sync.Mutex    // held while workers hand over, until what they held has its place again; guards the fields below
	batch *rollup.Batch // never changed, only replaced; nil = nothing
	at    time.Time     // when it was gathered last
	cost  time.Duration // what that took

	told explore.Open
	of   []*rollup.Batch // what told was merged from
}

// openSlots is what arrived and no commit has made durable yet, at most a few seconds old.
func (k *keeper) openSlots() explore.Open {
	g := &k.gathering
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := time.Now(); now.Sub(g.at) >= max(openAge, openShare*g.cost) {
		k.gather()
		g.at, g.cost = now, time.Since(now)
	}
	k.mu.Lock()
	after := k.committed
	if len(k.pending) == 0 { // so no commit is on its way
		after = k.store.Commits()
	}
	of := make([]*rollup.Batch, 0, len(k.pending)+1)
	for i := range k.pending {
		of = append(of, k.pending[i].batch)
	}
	k.mu.Unlock()
	if of = append(of, g.batch); !slices.Equal(of, g.of) {
		g.of, g.told.Batch = of, rollup.MergeKept(of...)
	}
	g.told.After, g.told.At = after, g.at
	return g.told
}

// gather takes what the workers hold. Each stands still only until it has handed over, which costs it
// no more than an allocation. Whoever calls holds gathering.mu.
func (k *keeper) gather() {
	parts := make([]handover, len(k.stations))
	for i, s := range k.stations {
		s.mu.Lock()
		parts[i] = s.worker.handOver(!s.behind)
		s.mu.Unlock()
	}
	g := &k.gathering
	g.batch = rollup.MergeKept(append(sorted(parts), g.batch)...)
	weight := weigh(g.batch)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.gathered = weight
}

// forget lets go of everything: it has another place now, or was told. While nobody asks again, memory
// is that of what is held once. Whoever calls holds mu.
func (g *gathering) forget() {
	g.batch, g.of, g.told = nil, nil, explore.Open{}
}

// sorted puts what workers handed over into batches.
func sorted(parts []handover) []*rollup.Batch {
	batches := make([]*rollup.Batch, len(parts), len(parts)+1)
	var sorting sync.WaitGroup
	for i := range parts {
		sorting.Go(func() { batches[i] = parts[i].batch() })
	}
	sorting.Wait()
	return batches
}

// weigh is what a batch holds.
func weigh(b *rollup.Batch) held {
	h := held{rows: len(b.Traffic) + len(b.Places)}
	for i := range b.Traffic { // sorted by slot
		if i == 0 || b.Traffic[i].Slot != b.Traffic[i-1].Slot {
			h.slots++
		}
	}
	for i := range b.Endpoints {
		h.addresses += b.Endpoints[i].Sketch.Kept()
	}
	return h
}
