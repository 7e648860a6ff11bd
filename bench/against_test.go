package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	flowmessage "github.com/netsampler/goflow2/v2/pb"
	protoproducer "github.com/netsampler/goflow2/v2/producer/proto"

	"tributary/internal/collect"
	"tributary/internal/decode"
	"tributary/internal/flow"
)

// Differential tests: well-formed datagrams, made from arbitrary octets, go through goflow2's decoder
// and producer and through ours, and every record must come out the same. Where the two differ on
// purpose a rule of rules_test.go says why, and turns what goflow2 gives into what we should.

func FuzzAgainstGoflow2V5(f *testing.F)    { fuzzAgainst(f, decode.NetFlow5) }
func FuzzAgainstGoflow2V9(f *testing.F)    { fuzzAgainst(f, decode.NetFlow9) }
func FuzzAgainstGoflow2IPFIX(f *testing.F) { fuzzAgainst(f, decode.IPFIX) }
func FuzzAgainstGoflow2SFlow(f *testing.F) { fuzzAgainst(f, decode.SFlow5) }

// fuzzAgainst is seeded with random octets, and with the payloads of captures of real exporters where
// they lie beside the checkout: they are the source of what is made, not read as datagrams.
func fuzzAgainst(f *testing.F, p decode.Protocol) {
	r := rand.New(rand.NewPCG(uint64(p), 1))
	for range 64 {
		f.Add(noise(r, r.IntN(600)))
	}
	paths, err := filepath.Glob("../../shared/captures/*/*.pcap")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		if payload := firstPayload(path); payload != nil {
			f.Add(payload)
		}
	}
	f.Fuzz(func(t *testing.T, octets []byte) { against(t, p, octets, map[string]int{}) })
}

// firstPayload is that of a capture's first datagram; nil without.
func firstPayload(path string) []byte {
	if info, err := os.Stat(path); err != nil || info.Size() > 4<<20 {
		return nil
	}
	c, err := collect.OpenCapture(path)
	if err != nil {
		return nil
	}
	defer c.Close()
	var dg flow.Datagram
	if c.Next(&dg) != nil {
		return nil
	}
	return slices.Clone(dg.Payload)
}

// TestAgainstGoflow2 does some thousand rounds of each protocol, and sees to it that no rule explains
// what never happens.
func TestAgainstGoflow2(t *testing.T) {
	used := map[string]int{}
	records := 0
	for _, p := range []decode.Protocol{decode.NetFlow5, decode.NetFlow9, decode.IPFIX, decode.SFlow5} {
		r := rand.New(rand.NewPCG(uint64(p), 2))
		for round := range 2000 {
			n := against(t, p, noise(r, 20+r.IntN(1500)), used)
			records += n
			if t.Failed() {
				t.Fatalf("%v, round %d", p, round)
			}
		}
	}
	if records < 20_000 {
		t.Errorf("only %d records were compared", records)
	}
	if used[biflows] == 0 {
		t.Error("no flow the other way was compared")
	}
	for _, r := range rules {
		if used[r.name] == 0 {
			t.Errorf("the rule %q explains nothing: delete it, or make what it speaks of", r.name)
		}
	}
}

func noise(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// against makes datagrams of octets and compares what both read of them. It notes in used how often
// each rule explained a difference, and returns the number of records compared.
func against(t *testing.T, p decode.Protocol, octets []byte, used map[string]int) (records int) {
	t.Helper()
	peer := newGoflow2()
	ours := newOwnDecoder()
	for i, made := range makeStream(p, octets) {
		arrival := made.export
		message, err := peer.decode(made.payload)
		if err != nil {
			t.Fatalf("datagram %d: goflow2 refuses what should be well-formed: %v\n% x", i, err, made.payload)
		}
		peer.args.TimeReceived = time.UnixMilli(arrival)
		set, err := peer.producer.Produce(message, &peer.args)
		if err != nil {
			t.Fatalf("datagram %d: goflow2's producer refuses what should be well-formed: %v\n% x", i, err, made.payload)
		}
		if len(set) != len(made.records) {
			t.Fatalf("datagram %d: goflow2 reads %d records of %d\n% x", i, len(set), len(made.records), made.payload)
		}
		dg := flowDatagram(made.payload)
		dg.Arrival = arrival
		flows := ours.decoder.Append(nil, dg)
		var want []columns
		for k := range set {
			c := columnsOf(&set[k].(*protoproducer.ProtoProducerMessage).FlowMessage)
			back, both := other(c, made.records[k], used)
			if !explain(&c, &made.records[k], used) {
				want = append(want, c)
			}
			if both {
				used[biflows]++
				want = append(want, back)
			}
		}
		peer.producer.Commit(set)
		if len(flows) != len(want) {
			t.Fatalf("datagram %d: %d flows, want %d\n% x\ngot  %+v\nwant %+v", i, len(flows), len(want), made.payload, flows, want)
		}
		for k := range flows {
			if got := columnsOfFlow(&flows[k]); got != want[k] {
				t.Fatalf("datagram %d, flow %d:\ngot  %v\nwant %v, by goflow2 and the rules\n% x", i, k, got, want[k], made.payload)
			}
		}
		records += len(set)
	}
	return records
}

// flowDatagram is a datagram of the one exporter of these tests.
func flowDatagram(payload []byte) flow.Datagram {
	return flow.Datagram{Source: flow.AddrFrom4([]byte{192, 0, 2, 1}), Port: 2055, Payload: payload}
}

// explain applies the rules to what goflow2 gives, and reports whether we refuse the record.
func explain(c *columns, r *record, used map[string]int) (refused bool) {
	for _, rule := range rules {
		before := *c
		refused := rule.apply(c, r)
		if refused || *c != before {
			used[rule.name]++
		}
		if refused {
			return true
		}
	}
	return false
}

// columns are what both give of a record.
type columns struct {
	src, dst         flow.Addr // the zero Addr: none
	octets, packets  uint64
	start, end       int64 // Unix ms
	srcAS, dstAS     uint32
	in, out          uint32
	srcPort, dstPort uint32
	proto            uint32
}

func (c columns) String() string {
	return fmt.Sprintf("%v:%d > %v:%d proto %d, %d octets, %d packets, %d to %d, AS %d > %d, interfaces %d > %d",
		c.src, c.srcPort, c.dst, c.dstPort, c.proto, c.octets, c.packets, c.start, c.end, c.srcAS, c.dstAS, c.in, c.out)
}

func columnsOf(m *flowmessage.FlowMessage) columns {
	return columns{
		src: addrOf(m.SrcAddr), dst: addrOf(m.DstAddr), octets: m.Bytes, packets: m.Packets,
		start: int64(m.TimeFlowStartNs / 1e6), end: int64(m.TimeFlowEndNs / 1e6),
		srcAS: m.SrcAs, dstAS: m.DstAs, in: m.InIf, out: m.OutIf, srcPort: m.SrcPort, dstPort: m.DstPort, proto: m.Proto,
	}
}

// addrOf reads an address as both families are written in a flow: an IPv4-mapped IPv6 address is its
// IPv4 address (RFC 4291 section 2.5.5.2).
func addrOf(b []byte) flow.Addr {
	switch len(b) {
	case 4:
		return flow.AddrFrom4(b)
	case 16:
		return flow.AddrFrom16(b)
	}
	return flow.Addr{}
}

func columnsOfFlow(f *flow.Flow) columns {
	return columns{
		src: f.Src, dst: f.Dst, octets: f.Octets, packets: f.Packets, start: f.Start, end: f.End,
		srcAS: f.SrcAS, dstAS: f.DstAS, in: f.InIf, out: f.OutIf,
		srcPort: uint32(f.SrcPort), dstPort: uint32(f.DstPort), proto: uint32(f.Proto),
	}
}
