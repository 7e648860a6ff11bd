package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"tributary/internal/console"
	"tributary/internal/flow"
	"tributary/internal/journal"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// keeper makes what the stations hold durable: at each slot's end all of it goes into one commit,
// together with the state that the workers go on from and the position in the journal up to which it
// reaches. So a datagram is either in the store or read again from the journal, never both.
type keeper struct {
	*intake
	log      *slog.Logger
	live     *console.Live
	stations []*station
	shard    func(source flow.Addr) int // number of the station that the source's datagrams reach
	journal  *journal.Journal           // nil: there is none
	every    time.Duration              // between commits; 0 = at every slot's end

	early  chan struct{} // asks for a commit before its time
	upkeep chan struct{} // asks for the hourly maintenance
	hour   flow.Slot     // in which the store was last maintained
	said   time.Time     // when the log was last told how far the reading of the journal is

	gathering gathering

	mu        sync.Mutex // guards the fields below
	pending   []commitment
	inDoubt   bool             // the first of pending may be on disk: store.ErrUnknown
	gathered  held             // what gathering.batch weighs
	committed uint64           // the number of the store's last commit that has nothing of pending; valid iff that is not empty
	taken     journal.Position // of the last commitment
	failing   bool             // the last commit did
	sum       keptSum
}

// commitment is what one commit makes durable.
type commitment struct {
	batch *rollup.Batch
	state map[string][]byte
	upTo  journal.Position // what lies before it in the journal is in this commit or an earlier one

	unjournalled uint64 // datagrams that could not be journalled before it: with it they are safe
}

// commit is the commitment as the store takes it.
func (c *commitment) commit() store.Commit { return store.Commit{Batch: c.batch, State: c.state} }

// rowOctets is what a row takes in memory, for what has no rows to be counted in them too.
const rowOctets = 300

// rows is what the commitment weighs, as limits.pending_rows counts: rows, and by their octets sketches
// and state.
func (c *commitment) rows() int {
	octets := 0
	for i := range c.batch.Endpoints {
		octets += 8 * c.batch.Endpoints[i].Sketch.Kept()
	}
	for _, value := range c.state {
		octets += len(value)
	}
	return len(c.batch.Traffic) + len(c.batch.Places) + octets/rowOctets
}

// keptSum is what became of commits since the process began.
type keptSum struct {
	commits, failed    uint64
	last               time.Time         // of a commit; zero = none yet
	givenUp, lostFlows uint64            // commitments given up at limits.pending_rows, and their flows
	early              map[string]uint64 // commits before their time, by the bound that was reached
	replayed, torn     uint64            // datagrams read again at the start; octets that could not be
	unread             float64           // share of what a former process left that is not read again yet
	unjournalled       uint64            // datagrams that could not be journalled and are committed now
}

// Times of the keeper.
const (
	// commitAfter is how long after a slot's end it is committed: exporters' datagrams of its last
	// second have arrived by then.
	commitAfter = 2 * time.Second
	// retryEvery is how often a commit that failed is tried again.
	retryEvery = 10 * time.Second
)

// Names of the state that goes with the rows of run.
const (
	stateDecoders = "decoders" // what the workers' decoders know, one after the other: see joinStates
	stateJournal  = "journal"  // the position up to which the journal is committed
)

// run reads again what a former process left in the journal, then commits at the end of every slot
// until the context ends, and then what is there. The sockets must be read already, so that nothing
// is lost meanwhile, and no more when the context ends.
func (k *keeper) run(ctx context.Context) error {
	if done, err := k.replay(ctx); !done {
		return err // what is not committed is in the journal
	}
	next := time.NewTimer(k.untilCommit(time.Now()))
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return k.finish()
		case <-k.early:
		case <-next.C:
		}
		k.take(k.rotate())
		if k.commit() == nil {
			k.askMaintenance()
			next.Reset(k.untilCommit(time.Now()))
		} else {
			next.Reset(min(retryEvery, k.untilCommit(time.Now())))
		}
	}
}

// receive takes a batch that the sockets of a worker brought. A datagram that belongs to another
// station goes there: what arrives while the sockets are being opened all comes to the first one.
func (k *keeper) receive(worker int, batch []flow.Datagram) {
	own := 0 // begin of those not handed over yet
	for i := range batch {
		to := k.shard(batch[i].Source)
		if to == worker {
			continue
		}
		if own < i {
			k.stations[worker].receive(batch[own:i])
		}
		k.stations[to].receive(batch[i : i+1])
		own = i + 1
	}
	if own < len(batch) {
		k.stations[worker].receive(batch[own:])
	}
}

// untilCommit is the time from now to the next commit.
func (k *keeper) untilCommit(now time.Time) time.Duration {
	if k.every > 0 {
		return k.every
	}
	const slot = flow.SlotMillis * time.Millisecond
	return now.Add(-commitAfter).Truncate(slot).Add(slot + commitAfter).Sub(now)
}

// rotate is take's argument in the usual case: all that the journal holds.
func (k *keeper) rotate() func() journal.Position {
	return func() journal.Position {
		if k.journal == nil {
			return journal.Position{}
		}
		return k.journal.Rotate()
	}
}

// take puts all that the workers hold at one moment, and what was gathered from them before, into a
// commitment, unless it is nothing. upTo is asked while they stand still.
func (k *keeper) take(upTo func() journal.Position) {
	k.gathering.mu.Lock()
	defer k.gathering.mu.Unlock()
	for _, s := range k.stations {
		s.mu.Lock()
	}
	c := commitment{state: map[string][]byte{stateMetering: k.meteringState()}, upTo: upTo()}
	parts := make([]handover, len(k.stations))
	states := make([][]byte, len(k.stations))
	for i, s := range k.stations {
		parts[i] = s.worker.handOver(!s.behind)
		states[i] = s.worker.decoder.AppendState(nil)
	}
	for _, s := range k.stations {
		s.mu.Unlock()
	}
	c.state[stateDecoders] = joinStates(states)
	if !c.upTo.IsZero() {
		c.state[stateJournal] = []byte(c.upTo.String())
		c.unjournalled = k.journal.Status().UnjournalledDatagrams
	}
	batches := sorted(parts)
	if b := k.gathering.batch; b != nil {
		shown := *b // Merge uses up what it is given, and somebody may be reading this
		batches = append(batches, &shown)
	}
	c.batch = rollup.Merge(batches...)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.gathering.forget()
	k.gathered = held{}
	if len(c.batch.Traffic)+len(c.batch.Health) == 0 && c.upTo == k.taken {
		return
	}
	if len(k.pending) == 0 {
		k.committed = k.store.Commits()
	}
	k.taken = c.upTo // also where all that came was from strangers: the journal need not keep it
	k.pending = append(k.pending, c)
	k.boundLocked()
}

// boundLocked gives up the oldest commitments while the store has not taken them for so long that
// memory would run out. The newest always stays, and the first where it may be on disk already: the
// store has to be asked with the same one again.
func (k *keeper) boundLocked() {
	rows, oldest := 0, 0
	for i := range k.pending {
		rows += k.pending[i].rows()
	}
	if k.inDoubt {
		oldest = 1
	}
	for rows > k.config.Limits.PendingRows && len(k.pending) > oldest+1 {
		c := &k.pending[oldest]
		flows := uint64(0)
		for i := range c.batch.Traffic {
			flows += c.batch.Traffic[i].Flows
		}
		rows -= c.rows()
		k.sum.givenUp++
		k.sum.lostFlows += flows
		k.log.Error("limits.pending_rows was reached: the oldest rows that wait for the store are given up", "flows", flows, "rows", c.rows(), "flows_in_all", k.sum.lostFlows)
		k.pending = slices.Delete(k.pending, oldest, oldest+1)
	}
}

// commit writes the pending commitments, oldest first, and lets the journal go that they cover. What
// fails stays pending: it is tried again and nothing is lost while the process lives.
func (k *keeper) commit() error {
	for {
		k.mu.Lock()
		if len(k.pending) == 0 {
			k.mu.Unlock()
			k.live.SetProblem("commit", "")
			return nil
		}
		c := k.pending[0]
		k.mu.Unlock()
		// Not cancelled by the end of the process: a commit is finished.
		err := k.store.CommitWith(context.Background(), c.commit())
		k.mu.Lock()
		k.inDoubt = errors.Is(err, store.ErrUnknown)
		if err != nil {
			k.failing = true
			k.sum.failed++
			waiting := len(k.pending)
			k.mu.Unlock()
			k.log.Error("cannot commit; kept in memory and tried again", "batches", waiting, "error", err)
			k.live.SetProblem("commit", fmt.Sprintf("The last commit failed: %v. What was collected since is kept in memory%s and tried again every %v. Most often the disk is full: make room.", err, k.andJournal(), retryEvery))
			return err
		}
		if k.failing {
			k.failing = false
			k.log.Info("the store takes commits again", "batches", len(k.pending))
		}
		k.sum.commits++
		k.sum.last, k.sum.unjournalled = time.Now(), c.unjournalled
		k.pending, k.committed = k.pending[1:], k.store.Commits()
		k.mu.Unlock()
		if k.journal != nil && !c.upTo.IsZero() {
			if err := k.journal.Release(c.upTo); err != nil {
				k.log.Error("the journal keeps what is committed", "error", err)
			}
		}
	}
}

func (k *keeper) andJournal() string {
	if k.journal == nil {
		return ""
	}
	return " and in the journal"
}

// askMaintenance asks for the hourly maintenance where it is due.
func (k *keeper) askMaintenance() {
	newest, ok := k.store.Newest()
	if !ok || newest.Hour() == k.hour {
		return
	}
	k.hour = newest.Hour()
	select {
	case k.upkeep <- struct{}{}:
	default: // the last one has not ended
	}
}

// runMaintenance maintains the store whenever it is asked for, until the context ends.
func (k *keeper) runMaintenance(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.upkeep:
			if err := k.intake.maintain(ctx); err != nil && ctx.Err() == nil {
				k.log.Error("cannot maintain the store", "error", err)
			}
		}
	}
}

// finish commits all that was received. The sockets are empty.
func (k *keeper) finish() error {
	k.take(k.rotate())
	if err := k.commit(); err != nil {
		if k.journal != nil {
			return fmt.Errorf("what was received last could not be committed; it is in the journal %s and will be read at the next start: %w", k.config.JournalPath(), err)
		}
		return fmt.Errorf("what was received last could not be committed and is lost: %w", err)
	}
	k.log.Info("everything is committed", "commits", k.sum.commits)
	return k.describe(context.Background())
}

// held is what is in memory and in no commitment yet.
type held struct{ rows, addresses, slots int }

// size asks the workers, and adds what was gathered from them.
func (k *keeper) size() (h held) {
	k.mu.Lock()
	h = k.gathered
	k.mu.Unlock()
	for _, s := range k.stations {
		s.mu.Lock()
		rows, addresses, slots := s.worker.tally.Size()
		s.mu.Unlock()
		h.rows += rows
		h.addresses += addresses
		h.slots = max(h.slots, slots)
	}
	return h
}

// full is the bound that the workers have reached together, as its key; "" while there is none.
func (k *keeper) full(h held) string {
	limits := &k.config.Limits
	switch {
	case h.rows > limits.Rows:
		return "rows"
	case h.addresses > limits.Addresses:
		return "addresses"
	case h.slots > limits.OpenSlots:
		return "open_slots"
	}
	return ""
}

// watchBounds asks for an early commit where what is held has become too much.
func (k *keeper) watchBounds(h held) {
	key := k.full(h)
	if key == "" {
		return
	}
	select {
	case k.early <- struct{}{}:
		k.reached(key)
	default: // is asked for already
	}
}

func (k *keeper) reached(key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sum.early == nil {
		k.sum.early = map[string]uint64{}
	}
	k.sum.early[key]++
}

// joinStates puts the states of decoders one behind the other, each after its length.
func joinStates(states [][]byte) (out []byte) {
	for _, s := range states {
		out = binary.AppendUvarint(out, uint64(len(s)))
		out = append(out, s...)
	}
	return out
}

// splitStates is joinStates undone.
func splitStates(b []byte) (states [][]byte, err error) {
	for len(b) > 0 {
		length, n := binary.Uvarint(b)
		if n <= 0 || length > uint64(len(b)-n) {
			return nil, errors.New("a length is wrong")
		}
		states = append(states, b[n:n+int(length)])
		b = b[n+int(length):]
	}
	return states, nil
}
