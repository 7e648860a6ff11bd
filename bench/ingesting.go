package main

import (
	"errors"
	"fmt"
	"log"
	"net/netip"

	"tributary/internal/decode"
	"tributary/internal/flow"
	"tributary/internal/place"
	"tributary/internal/rollup"
)

// streamRecords is how many records the streams of ingest, import and run have.
const streamRecords = 3_000_000

// Datagrams a second where the CPU of a collector is measured: fast enough that it wakes up for
// several at once. Where one of them loses any, the rest of the run is slower for all.
const (
	firstPace   = 40_000
	slowestPace = 5_000
)

// errLost says that a collector lost datagrams at the pace of the run.
var errLost = errors.New("lost datagrams")

// unhurried does f again at half the pace, until nothing is lost. What was lost is never measured.
func (b *bench) unhurried(f func() error) error {
	for {
		err := f()
		if !errors.Is(err, errLost) || b.pace/2 < slowestPace {
			return err
		}
		b.pace /= 2
		log.Printf("%v; from here on at %s datagrams/s", err, thousands(b.pace))
	}
}

// streams makes the stream of streamRecords v9 records that takes 30 s, or a longer span.
func (l *load) stream(span string) (string, error) {
	args := []string{"-proto", "v9", "-records", fmt.Sprint(streamRecords)}
	if span == "" {
		return l.capture("v9-30s.pcap", args...)
	}
	return l.capture("v9-"+span+".pcap", append(args, "-span", span)...)
}

// ingesting compares the way into memory with nfcapd's collecting, and then the whole process.
func (b *bench) ingesting() error {
	path, err := b.load.stream("")
	if err != nil {
		return err
	}
	s, err := read(path)
	if err != nil {
		return err
	}
	databasePath, err := b.asDatabase()
	if err != nil {
		return err
	}
	database, err := place.OpenASDatabase(databasePath)
	if err != nil {
		return err
	}
	defer database.Close()

	var fromFlow, fromDatabase passes
	var whole, peer series
	for range b.rounds(5) {
		for _, side := range []struct {
			to *passes
			as *place.Database
		}{{&fromFlow, nil}, {&fromDatabase, database}} {
			if err := oneCore(func() error { return ingestOnce(s, side.as, side.to) }); err != nil {
				return err
			}
		}
		took, err := b.collectWithNfcapd(s)
		if err != nil {
			return err
		}
		peer = append(peer, float64(took.cpu)/float64(s.total))
		ran, err := b.collectWithTributary(s)
		if err != nil {
			return err
		}
		whole = append(whole, float64(ran.cpu)/float64(s.total))
	}
	for _, side := range []struct {
		what string
		ours *passes
		bar  float64
	}{
		{"decode, place, roll up in memory, v9, one core, AS from the flow; nfcapd: collects from its socket into its file", &fromFlow, 0.9},
		{"the same with the AS looked up among 1,000,000 prefixes", &fromDatabase, 1.2},
	} {
		r := atMost(side.what, side.ours.next, peer, "nfcapd", side.bar, perRecord)
		r.ours += "; " + perRecord(side.ours.first) + " in a new process's first slot"
		b.table.add(r)
	}
	b.table.add(atMost("`run`, the whole process from its start to its end: socket, journal, decode, place, roll up, commit; nfcapd as above",
		whole, peer, "nfcapd", 0, perRecord))
	return nil
}

// worker is the way of a datagram into memory, as a worker of the program goes it.
type worker struct {
	decoder *decode.Decoder
	placer  *place.Placer
	tally   *rollup.Tally
	ledger  *flow.Ledger
	flows   []flow.Flow
}

// newWorker makes a worker for gen's stream. With a database the AS is looked up, else it is the flow's.
func newWorker(names *flow.Names, key [16]byte, as *place.Database) (*worker, error) {
	everywhere := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	exporters, err := place.NewExporters(place.ExportersConfig{Regions: []place.Region{{Name: "Bench", Sources: everywhere}}, Names: names})
	if err != nil {
		return nil, err
	}
	config := place.Config{
		Own:   []netip.Prefix{netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("2001:db8::/32")},
		OwnAS: []uint32{64500}, Exporters: exporters, Names: names, AS: as,
	}
	if as != nil {
		config.ASSources = []place.ASSource{place.ASFromDatabase, place.ASFromFlow}
	}
	tables, err := place.NewTables(config)
	if err != nil {
		return nil, err
	}
	w := &worker{ledger: &flow.Ledger{}}
	w.decoder = decode.New(decode.Config{Admit: exporters.Admit, Ledger: w.ledger})
	w.placer = place.New(tables, w.ledger)
	w.tally = rollup.New(rollup.Config{Key: key})
	return w, nil
}

func (w *worker) ingest(dg flow.Datagram) {
	w.flows = w.decoder.Append(w.flows[:0], dg)
	w.placer.Place(w.flows)
	w.tally.Add(w.flows)
}

// passes are the CPU times a record of the first slot of a new worker, which fills its tables, and of
// the next, as of a collector that has run for a while.
type passes struct{ first, next series }

// ingestOnce takes a stream through a new worker twice, handing over in between.
func ingestOnce(s *stream, as *place.Database, to *passes) error {
	w, err := newWorker(&flow.Names{}, [16]byte{1}, as)
	if err != nil {
		return err
	}
	for _, pass := range []*series{&to.first, &to.next} {
		begin := ownCPU()
		for i := range s.datagrams {
			w.ingest(s.datagrams[i])
		}
		*pass = append(*pass, float64(ownCPU()-begin)/float64(s.total))
		flows := uint64(0)
		for _, row := range w.tally.Take().Traffic {
			flows += row.Flows
		}
		if flows != uint64(s.total) {
			return fmt.Errorf("%d flows were rolled up of %d", flows, s.total)
		}
		w.ledger.Take()
	}
	return nil
}
