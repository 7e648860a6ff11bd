package main

import (
	"slices"

	"tributary/internal/decode"
	"tributary/internal/flow"
	"tributary/internal/place"
	"tributary/internal/rollup"
)

// worker is the way of a datagram into the statistics. It owns everything it touches: one goroutine
// a worker, no lock, channel, interface or allocation per flow.
type worker struct {
	decoder *decode.Decoder
	placer  *place.Placer
	tally   *rollup.Tally
	ledger  *flow.Ledger
	flows   []flow.Flow         // of the datagram at hand
	health  healthBook          // taken from the ledger, not yet handed over
	watch   func([]flow.Health) // is shown every row taken from the ledger; may be nil
}

func (w *worker) ingest(dg flow.Datagram) {
	w.flows = w.decoder.Append(w.flows[:0], dg) // refuses and counts what it cannot read
	w.placer.Place(w.flows)                     // side, direction, region, link, network; in place
	w.tally.Add(w.flows)                        // into the open slots
}

// finish gives up what is still held back for want of a template or sampler: nothing more will come.
func (w *worker) finish() {
	w.flows = w.decoder.Flush(w.flows[:0])
	w.placer.Place(w.flows)
	w.tally.Add(w.flows)
}

// handover is what a worker held at one moment.
type handover struct {
	cells  *rollup.Detached
	health []flow.Health
}

// handOver hands over all that the worker holds, and starts anew. It is quick: what is slow is left
// to batch. now says that the datagrams came just now, and are not read again.
func (w *worker) handOver(now bool) handover {
	w.seen(w.ledger.Take(), now)
	return handover{w.tally.Detach(), w.health.take()}
}

// batch puts what was handed over into sorted rows. It may run in any goroutine, once.
func (h *handover) batch() *rollup.Batch {
	b := h.cells.Batch()
	b.Health = h.health
	return b
}

// take is handOver and batch in one.
func (w *worker) take() *rollup.Batch {
	h := w.handOver(true)
	return h.batch()
}

// seen keeps health rows for the next batch, and where they are of now shows them to whoever watches.
func (w *worker) seen(rows []flow.Health, now bool) {
	w.health.add(rows)
	if now && w.watch != nil {
		w.watch(rows)
	}
}

// healthBook sums health rows of one exporter and slot.
type healthBook map[healthKey]flow.Health

type healthKey struct {
	slot     flow.Slot
	exporter flow.Addr
}

func (b *healthBook) add(rows []flow.Health) {
	if *b == nil {
		*b = healthBook{}
	}
	for i := range rows {
		key := healthKey{rows[i].Slot, rows[i].Exporter}
		sum, ok := (*b)[key]
		if ok {
			sum.Add(&rows[i])
		} else {
			sum = rows[i]
		}
		(*b)[key] = sum
	}
}

func (b *healthBook) take() []flow.Health {
	rows := make([]flow.Health, 0, len(*b))
	for _, h := range *b {
		rows = append(rows, h)
	}
	clear(*b)
	slices.SortFunc(rows, flow.Health.Compare)
	return rows
}
