package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"tributary/internal/collect"
	"tributary/internal/flow"
	"tributary/internal/rollup"
)

type importCmd struct {
	Files []string `arg:"" name:"FILE" help:"Capture files of export datagrams, pcap or pcapng; several are read as one stream in order of capture time. - is standard input."`
}

// When a batch is handed to the store in mid-import. A traffic row takes about 200 bytes and an
// address about 16 while they are tallied: together some 200 MB, twice that while one batch is
// written and the next grows.
const (
	importRows      = 400_000
	importAddresses = 6_000_000
)

// Run reads the captures into the store. What stands before a cut in a file is kept; the cut is
// then the command's error.
func (c *importCmd) Run(m *Main) error {
	cfg, err := m.loadConfig()
	if err != nil {
		return err
	}
	captures, err := collect.OpenCaptures(c.Files)
	if err != nil {
		return err
	}
	defer captures.Close()
	in, err := openIntake(m.Ctx, cfg)
	if err != nil {
		return err
	}
	defer in.Close()

	w := newWriter(m.Ctx, in)
	p := m.newProgress("importing")
	var dg flow.Datagram
	datagrams := 0
	for m.Ctx.Err() == nil && w.err() == nil {
		if err := captures.Next(&dg); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return errors.Join(err, w.close())
		}
		in.worker.ingest(dg)
		if datagrams++; datagrams%256 == 0 {
			w.writeIfLarge()
			if p.due() {
				p.show(captures.Progress(), fmt.Sprintf("%d datagrams, at %s", datagrams, time.UnixMilli(dg.Arrival).UTC().Format("2006-01-02 15:04")))
			}
		}
	}
	p.end()
	if m.Ctx.Err() != nil {
		w.close()
		return fmt.Errorf("the import was interrupted after %d datagrams: a part of them is in the store; import into a new store to begin again", datagrams)
	}
	in.worker.finish()
	w.write()
	if err := w.close(); err != nil {
		return err
	}
	if err := errors.Join(in.describe(m.Ctx), in.store.Maintain(m.Ctx)); err != nil {
		return err
	}
	w.report(m.Stderr, captures)
	var cuts []error
	for _, cut := range captures.Cut {
		cuts = append(cuts, cut)
	}
	return errors.Join(cuts...)
}

// writer hands batches to the store while the worker goes on: one is written, one grows.
type writer struct {
	in      *intake
	ctx     context.Context
	batches chan *rollup.Batch
	done    chan struct{}
	failed  chan error // holds the first error
	total   flow.Health
	flows   map[flow.Addr]bool
	unknown uint64 // datagrams of senders in no region
}

func newWriter(ctx context.Context, in *intake) *writer {
	w := &writer{in: in, ctx: ctx, batches: make(chan *rollup.Batch), done: make(chan struct{}), failed: make(chan error, 1), flows: map[flow.Addr]bool{}}
	go w.loop()
	return w
}

func (w *writer) loop() {
	defer close(w.done)
	for b := range w.batches {
		if len(w.failed) > 0 {
			continue // the first error ended the work
		}
		if err := w.in.store.Import(w.ctx, b); err != nil {
			w.failed <- err
		}
	}
}

// writeIfLarge writes what the worker holds once it is much.
func (w *writer) writeIfLarge() {
	if rows, addresses := w.in.worker.tally.Size(); rows >= importRows || addresses >= importAddresses {
		w.write()
	}
}

// write takes what the worker holds and gives it to the store, waiting for the batch before.
func (w *writer) write() {
	b := w.in.worker.take()
	for i := range b.Health {
		w.total.Add(&b.Health[i])
		w.flows[b.Health[i].Exporter] = true
	}
	w.in.stage()
	w.batches <- b
}

// err is the error that ended writing, if any.
func (w *writer) err() error {
	select {
	case err := <-w.failed:
		w.failed <- err
		return err
	default:
		return nil
	}
}

// close waits until all is written.
func (w *writer) close() error {
	close(w.batches)
	<-w.done
	return w.err()
}

// report says what became of what was read, in a few lines.
func (w *writer) report(to io.Writer, captures *collect.Merge) {
	h := &w.total
	for _, u := range w.in.worker.decoder.Unknown() {
		w.unknown += u.Datagrams
	}
	fmt.Fprintf(to, "imported %s of %s: %s read, %s counted", plural(int(h.Datagrams), "datagram"), plural(len(w.flows), "exporter"),
		plural(int(h.Records), "record"), plural(int(h.Flows[flow.Counted]), "flow"))
	for v := flow.Internal; v < flow.NumVerdicts; v++ {
		if h.Flows[v] > 0 {
			fmt.Fprintf(to, ", %d %v", h.Flows[v], v)
		}
	}
	fmt.Fprintln(to)
	for r := range flow.NumRefusals {
		if h.Refused[r] > 0 {
			fmt.Fprintf(to, "refused: %s, reason %v\n", plural(int(h.Refused[r]), r.Unit()), r)
		}
	}
	if w.unknown > 0 {
		fmt.Fprintf(to, "refused: %s from senders in no region; list them under regions: in the configuration:\n", plural(int(w.unknown), "datagram"))
		for i, u := range w.in.worker.decoder.Unknown() {
			if i == 10 {
				fmt.Fprintln(to, "  ...")
				break
			}
			fmt.Fprintf(to, "  %v (%s)\n", u.Address, plural(int(u.Datagrams), "datagram"))
		}
	}
	for skip := range collect.NumSkips {
		n := 0
		for _, c := range captures.Captures {
			n += c.Skipped[skip]
		}
		if n > 0 {
			fmt.Fprintf(to, "not read: %s, reason %v\n", plural(n, "packet"), skip)
		}
	}
	if h.RateUnknown > 0 {
		fmt.Fprintf(to, "%s counted once for want of a sampling rate: set sampling: for the exporter, or sampling_default:\n", plural(int(h.RateUnknown), "flow"))
	}
}
