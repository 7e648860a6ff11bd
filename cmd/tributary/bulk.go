package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"tributary/internal/collect"
	"tributary/internal/decode"
	"tributary/internal/flow"
	"tributary/internal/store"
)

// When a batch is handed to the store in mid-reading: the fewer rows, the less memory and the more
// commits. Two whole row groups of DuckDB (122,880 rows) go into its file as they are, without the
// write-ahead log: a day's three million records take 15 % less CPU than with 100,000 rows, and the
// demo peaks at 1.0 GB. An address takes about 16 bytes. Where limits.rows or limits.addresses is
// less, it counts.
const (
	bulkRows      = 2 * 122_880
	bulkAddresses = 6_000_000
)

// What a process that only reads in bulk lets its garbage be: collecting at five times what lives
// instead of twice takes 10 % less CPU, and what lives is little. Beyond bulkMemory, the demo's case,
// it is collected as often as that takes.
const (
	bulkGarbage = 400 // per cent
	bulkMemory  = 640 << 20
)

// forBulk tunes the process for reading in bulk and for nothing else.
func forBulk() {
	debug.SetGCPercent(bulkGarbage)
	debug.SetMemoryLimit(bulkMemory)
}

// bulk reads past datagrams into the store, with a worker of its own: one batch is written while the
// next grows.
type bulk struct {
	in      *intake
	plan    *importPlan // nil: not of captures, nothing is noted
	worker  *worker
	ctx     context.Context
	mark    importMark // how far the reading is
	commits chan store.Commit
	done    chan struct{}
	failed  chan error // holds the first error
	sum     bulkSum

	rows, addresses int // a batch is taken beyond
}

// bulkSum is what became of all that was read.
type bulkSum struct {
	flow.Health                        // of all exporters
	Exporters   map[flow.Addr]struct{} // heard and admitted
	First, Last flow.Slot              // of traffic; valid iff octets were counted
	Unknown     []decode.UnknownSender // in no region
	Resumed     bool                   // it is the rest of an import that was interrupted
	Unplaced    uint64                 // lookups in databases that failed; see place.Placer.DatabaseErrors
}

// readBulk takes datagrams from next, until it says io.EOF, into the store. watch is called every
// few hundred datagrams; it may be nil.
func (in *intake) readBulk(ctx context.Context, next func(*flow.Datagram) error, watch func(datagrams int, dg *flow.Datagram)) (*bulkSum, error) {
	return in.readPlanned(ctx, nil, next, watch)
}

// readPlanned is readBulk of the captures of a plan, so that each of them counts once.
func (in *intake) readPlanned(ctx context.Context, plan *importPlan, next func(*flow.Datagram) error, watch func(datagrams int, dg *flow.Datagram)) (*bulkSum, error) {
	b := &bulk{
		in: in, plan: plan, worker: in.newWorker(), ctx: ctx, sum: bulkSum{Exporters: map[flow.Addr]struct{}{}},
		commits: make(chan store.Commit), done: make(chan struct{}), failed: make(chan error, 1),
		rows: min(bulkRows, in.config.Limits.Rows), addresses: min(bulkAddresses, in.config.Limits.Addresses),
	}
	go b.write()
	err := b.goOn(next)
	if err == nil {
		err = b.read(next, watch)
	}
	close(b.commits)
	<-b.done
	if err = errors.Join(err, b.err()); err != nil {
		return nil, err
	}
	b.sum.Unknown, b.sum.Unplaced = b.worker.decoder.Unknown(), b.worker.placer.DatabaseErrors()
	return &b.sum, in.maintain(ctx)
}

// goOn reads again what an import that was interrupted has counted, for the decoder to know it.
func (b *bulk) goOn(next func(*flow.Datagram) error) error {
	if b.plan == nil {
		return nil
	}
	b.mark = b.plan.Mark
	var dg flow.Datagram
	for n := range b.mark.Datagrams {
		if err := next(&dg); errors.Is(err, io.EOF) {
			return fmt.Errorf("cannot resume the import: the captures have %d datagrams, and %d of them were counted", n, b.mark.Datagrams)
		} else if err != nil {
			return err
		}
		b.worker.flows = b.worker.decoder.Append(b.worker.flows[:0], dg)
		if n%65536 == 0 {
			b.worker.ledger.Take() // it is in the store
			if b.ctx.Err() != nil {
				return b.ctx.Err()
			}
		}
	}
	b.worker.ledger.Take()
	b.sum.Resumed = b.mark.Datagrams > 0
	return nil
}

func (b *bulk) read(next func(*flow.Datagram) error, watch func(int, *flow.Datagram)) error {
	var dg flow.Datagram
	for datagrams := 0; b.ctx.Err() == nil && b.err() == nil; {
		err := next(&dg)
		if errors.Is(err, io.EOF) {
			b.worker.finish()
			b.take(true)
			return nil
		}
		if err != nil {
			return err
		}
		if b.mark.Datagrams == 0 {
			b.mark.First = dg.Arrival
		}
		b.mark.Datagrams++
		b.mark.Last = dg.Arrival
		b.worker.ingest(dg)
		if datagrams++; datagrams%256 != 0 {
			continue
		}
		if rows, addresses, _ := b.worker.tally.Size(); rows >= b.rows || addresses >= b.addresses {
			b.take(false)
		}
		if watch != nil {
			watch(datagrams, &dg)
		}
	}
	return b.ctx.Err()
}

// take gives what the worker holds to the writer, waiting for the batch before. ended: it is the
// last.
func (b *bulk) take(ended bool) {
	batch := b.worker.take()
	for i := range batch.Health {
		b.sum.Add(&batch.Health[i])
		b.mark.Records += batch.Health[i].Records
		b.sum.Exporters[batch.Health[i].Exporter] = struct{}{}
	}
	if n := len(batch.Traffic); n > 0 { // sorted by slot
		if b.sum.Last == 0 {
			b.sum.First = batch.Traffic[0].Slot
		}
		b.sum.First = min(b.sum.First, batch.Traffic[0].Slot)
		b.sum.Last = max(b.sum.Last, batch.Traffic[n-1].Slot)
	}
	c := store.Commit{Batch: batch, Bulk: true, State: map[string][]byte{stateMetering: b.in.meteringState()}}
	if b.plan != nil {
		b.plan.note(&c, b.mark, ended, b.sum.empty() == nil)
	}
	b.commits <- c
}

// write commits batches until there are no more; after the first error it only takes them.
func (b *bulk) write() {
	defer close(b.done)
	for c := range b.commits {
		if b.err() != nil {
			continue
		}
		if err := b.in.store.CommitWith(b.ctx, c); err != nil {
			b.failed <- err
		}
	}
}

// err is the error that ended writing, if any.
func (b *bulk) err() error {
	select {
	case err := <-b.failed:
		b.failed <- err
		return err
	default:
		return nil
	}
}

// damagedDatabase is what to say of lookups that failed.
const damagedDatabase = "failed in as_database or geo_database, which is damaged: those addresses have no AS number or place; fetch the file again ('tributary check' says which)"

// report says what became of what was read, in a few lines.
func (s *bulkSum) report(w io.Writer) {
	fmt.Fprintf(w, "imported %s of %s: %s read, %s counted", plural(int(s.Datagrams), "datagram"), plural(len(s.Exporters), "exporter"),
		plural(int(s.Records), "record"), plural(int(s.Flows[flow.Counted]), "flow"))
	for v := flow.Internal; v < flow.NumVerdicts; v++ {
		if s.Flows[v] > 0 {
			fmt.Fprintf(w, ", %d %v", s.Flows[v], v)
		}
	}
	fmt.Fprintln(w)
	if s.Last > 0 {
		fmt.Fprintf(w, "traffic from %s to %s UTC\n", s.First.Time().Format("2006-01-02 15:04"), (s.Last + 1).Time().Format("2006-01-02 15:04"))
	}
	for r := range flow.NumRefusals {
		if s.Refused[r] > 0 {
			fmt.Fprintf(w, "refused: %s, reason %v\n", plural(int(s.Refused[r]), r.Unit()), r)
		}
	}
	if s.Unplaced > 0 {
		fmt.Fprintf(w, "%s %s\n", plural(int(s.Unplaced), "lookup"), damagedDatabase)
	}
	s.reportUnknown(w)
	if s.RateUnknown > 0 {
		fmt.Fprintf(w, "no sampling rate is known of %s, which count once: where the exporter samples, set sampling: for it, or sampling_default:\n", plural(int(s.RateUnknown), "flow"))
	}
	if s.Flows[flow.Counted] == 0 && s.Flows[flow.Transit] > 0 {
		fmt.Fprintln(w, "nothing was counted, and neither side of the flows in transit is own: is own: in the configuration complete?")
	}
}

// empty is the error of a reading of which nothing was taken; nil if something was.
func (s *bulkSum) empty() error {
	if s.Datagrams > 0 || s.Resumed {
		return nil
	}
	return errors.New("nothing was imported: no datagram came from an exporter of a region in the configuration")
}

// maxUnknownShown is how many unknown senders are listed: more are a scan, or one look at the console.
const maxUnknownShown = 10

func (s *bulkSum) reportUnknown(w io.Writer) {
	var datagrams uint64
	for _, u := range s.Unknown {
		datagrams += u.Datagrams
	}
	if datagrams == 0 {
		return
	}
	fmt.Fprintf(w, "refused: %s from senders in no region; list them under regions: in the configuration:\n", plural(int(datagrams), "datagram"))
	for i, u := range s.Unknown {
		if i == maxUnknownShown {
			fmt.Fprintf(w, "  and %d more\n", len(s.Unknown)-i)
			break
		}
		fmt.Fprintf(w, "  %v (%s)\n", u.Address, plural(int(u.Datagrams), "datagram"))
	}
}

// reportSkipped says what captures hold that is no datagram.
func reportSkipped(w io.Writer, captures *collect.Merge) {
	for skip := range collect.NumSkips {
		n := 0
		for _, c := range captures.Captures {
			n += c.Skipped[skip]
		}
		if n > 0 {
			fmt.Fprintf(w, "not read: %s, reason %v\n", plural(n, "packet"), skip)
		}
	}
}
