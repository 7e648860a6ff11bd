package main

import (
	"fmt"
	"runtime"

	"tributary/internal/decode"
	"tributary/internal/flow"
)

// decodeBars are how many times as long goflow2's decoder should take.
var decodeBars = []struct {
	proto, name string
	bar         float64
}{{"v9", "NetFlow v9", 10}, {"ipfix", "IPFIX", 10}, {"sflow", "sFlow", 4}, {"v5", "NetFlow v5", 3}}

// decodeRecords is about how many records of each protocol are decoded.
const decodeRecords = 300_000

// decoding compares decoding alone: datagrams in memory, one core, templates known.
func (b *bench) decoding() error {
	for _, c := range decodeBars {
		path, err := b.load.capture(fmt.Sprintf("%s-%d.pcap", c.proto, decodeRecords), "-proto", c.proto, "-records", fmt.Sprint(decodeRecords))
		if err != nil {
			return err
		}
		s, err := read(path)
		if err != nil {
			return err
		}
		if err := oneCore(func() error { return b.decodeOne(c.name, c.bar, s) }); err != nil {
			return err
		}
	}
	return nil
}

// decodeOne compares one protocol, the three sides in turn.
func (b *bench) decodeOne(name string, bar float64, s *stream) error {
	peer := newGoflow2()
	var ours, decoder, produced series
	var ourAllocs, theirAllocs float64
	mine := newOwnDecoder()
	for round := range b.rounds(5) {
		for _, side := range []struct {
			to     *series
			allocs *float64
			passes int
			pass   func() (int, error)
		}{
			{&ours, &ourAllocs, 10, func() (int, error) { return mine.pass(s), nil }},
			{&decoder, &theirAllocs, 1, func() (int, error) { return s.total, peer.decodePass(s) }},
			{&produced, nil, 1, func() (int, error) { return peer.producePass(s) }},
		} {
			if round == 0 { // templates, caches and pools
				if _, err := side.pass(); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
			cost, allocs, err := perRecordOf(s, side.passes, side.pass)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			*side.to = append(*side.to, cost)
			if side.allocs != nil {
				*side.allocs = allocs
			}
		}
	}
	r := faster("decode "+name, ours, decoder, "goflow2", bar)
	r.ours += fmt.Sprintf(", %.3g allocations", ourAllocs)
	r.peer += fmt.Sprintf(", %.3g allocations", theirAllocs)
	r.met = r.met && ourAllocs < 0.0005
	b.table.add(r)
	b.table.add(faster("decode "+name+", goflow2 with its producer of protobuf messages", ours, produced, "goflow2", 0))
	return nil
}

// perRecordOf is the CPU time in ns and the allocations that a record takes, over some passes.
func perRecordOf(s *stream, passes int, pass func() (int, error)) (ns, allocs float64, err error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := ownCPU()
	records := 0
	for range passes {
		n, err := pass()
		if err != nil {
			return 0, 0, err
		}
		if n != s.total {
			return 0, 0, fmt.Errorf("%d records were read of %d", n, s.total)
		}
		records += n
	}
	cpu := ownCPU() - begin
	runtime.ReadMemStats(&after)
	return float64(cpu) / float64(records), float64(after.Mallocs-before.Mallocs) / float64(records), nil
}

// ownDecoder is Tributary's decoder as a worker has it.
type ownDecoder struct {
	decoder *decode.Decoder
	ledger  *flow.Ledger
	flows   []flow.Flow
}

func newOwnDecoder() *ownDecoder {
	d := &ownDecoder{ledger: &flow.Ledger{}}
	d.decoder = decode.New(decode.Config{Ledger: d.ledger})
	return d
}

// pass decodes every datagram and returns the number of flows.
func (d *ownDecoder) pass(s *stream) (records int) {
	for i := range s.datagrams {
		d.flows = d.decoder.Append(d.flows[:0], s.datagrams[i])
		records += len(d.flows)
	}
	return records
}
