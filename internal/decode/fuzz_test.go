package decode

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tributary/internal/collect"
	"tributary/internal/flow"
)

// tight are limits that a fuzzer's inputs reach.
var tight = Limits{
	Exporters: 3, Domains: 2, Templates: 3, TemplateOctets: 6000, Fields: 40, RecordOctets: 500, Samplers: 3, HeldOctets: 4 * heldCost,
	HeldTotal: 6 * heldCost, Waiting: 3, WaitingTotal: 5, Interfaces: 2, Agents: 2, Unknown: 2,
}

// The parsers' fuzz targets feed datagrams, each with two octets of length before it, from changing
// sources. Whatever they are, the books must balance, every flow must keep flow.Flow's promises, and
// the bounds must hold. Each has seeds of its protocol; the fuzzer may turn them into another's.

func FuzzNetFlow5(f *testing.F) { fuzz(f, NetFlow5, v5(100_000, now, 91_000, 99_000)) }

func FuzzNetFlow9(f *testing.F) {
	fuzz(f, NetFlow9,
		samplerTable(newWire(NetFlow9, now).templates(256, sampled).set(256, sampledRecord(1)), 1, 1000).bytes(),
		newWire(NetFlow9, now).set(256, sampledRecord(2)).domain(8).templates(256, sampled).bytes())
}

func FuzzIPFIX(f *testing.F) {
	fuzz(f, IPFIX,
		newWire(IPFIX, now).set(256, sampledRecord(5)).templates(256, append([]field{{id: 82, length: variable}}, sampled...)).bytes(),
		newWire(IPFIX, now).templates(256, []field{{id: 315, length: variable}}).set(256, cat([]byte{60}, ethernetTCP(1400))).bytes(),
		newWire(IPFIX, now).set(setTemplatesX, []byte{0, setTemplatesX, 0, 0}).bytes())
}

func FuzzSFlow(f *testing.F) {
	counters := cat(words(1, 3, 2), interfaceCounters(3, 1000, 2000), interfaceCounters(4, 1, 2))
	fuzz(f, SFlow5,
		newSFlow().sample(sampleCounters, counters).flowSample(1000, 3, 4, sampledHeader(headerEthernet, 1414, 4, ethernetTCP(1396))).bytes(),
		newSFlow().number(2).expandedSample(10, 0, 3, 1, 256, sampledHeader(headerIPv6, 1414, 0, ipv6UDP(1374))).sample(sampleCounters, counters).bytes())
}

func fuzz(f *testing.F, proto Protocol, seeds ...[]byte) {
	frame := func(b ...[]byte) (all []byte) {
		for _, d := range b {
			all = cat(all, num(2, uint64(len(d))), d)
		}
		return all
	}
	f.Add(frame(seeds...))
	learn, data := steady(proto)
	var all [][]byte
	for _, dg := range append(learn, data[0]) {
		all = append(all, dg.Payload)
	}
	f.Add(frame(all...))
	for _, b := range captureSeeds(f) {
		if len(b) > 2 && protocolOf(b[2:]) == proto {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) { feed(t, b) })
}

// captureSeeds are the first datagrams of the shared captures, where they are there.
func captureSeeds(tb testing.TB) (seeds [][]byte) {
	paths, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "captures", "*", "*.pcap"))
	if err != nil {
		tb.Fatal(err)
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err != nil || info.Size() > 1<<20 {
			continue
		}
		c, err := collect.OpenCapture(path)
		if err != nil {
			continue
		}
		var seed []byte
		var dg flow.Datagram
		for len(seed) < 6000 && c.Next(&dg) == nil {
			seed = cat(seed, num(2, uint64(len(dg.Payload))), dg.Payload)
		}
		if len(seed) > 0 {
			seeds = append(seeds, seed)
		}
		c.Close()
	}
	return seeds
}

// feed runs datagrams through a Decoder with tight limits and checks what must always hold.
func feed(t testing.TB, b []byte) {
	ledger := &flow.Ledger{}
	d := New(Config{Ledger: ledger, Limits: tight, Inspect: true})
	var flows, batch []flow.Flow
	for i := 0; len(b) >= 2; i++ {
		n := min(int(binary.BigEndian.Uint16(b)), len(b)-2)
		dg := flow.Datagram{Source: flow.AddrFrom4([]byte{192, 0, 2, byte(i % 4)}), Arrival: now + int64(i)*1_000_000, Payload: b[2 : 2+n]}
		batch = d.Append(batch[:0], dg)
		flows = append(flows, batch...)
		checkBounds(t, d)
		b = b[2+n:]
	}
	flows = d.Flush(flows)
	for _, e := range d.known {
		if e.pending() || e.heldOctets != 0 {
			t.Fatalf("still held after Flush: %d sets, %d flows", len(e.held), e.flowsWaiting)
		}
	}
	if d.heldOctets != 0 || d.waiting != 0 {
		t.Fatalf("still held after Flush: %d octets, %d flows", d.heldOctets, d.waiting)
	}
	for i := range flows {
		f := &flows[i]
		if f.Src.IsZero() || f.Dst.IsZero() || f.Start > f.End || f.Octets|f.Packets == 0 {
			t.Fatalf("flow %+v", *f)
		}
		if f.Octets > (1<<56-1)/f.Scale() || f.Packets > (1<<56-1)/f.Scale() {
			t.Fatalf("implausible flow %+v", *f)
		}
	}
	checkBooks(t, ledger.Take(), flows)
}

func checkBounds(t testing.TB, d *Decoder) {
	t.Helper()
	l := d.limits
	held, waiting, octets := 0, 0, 0
	for _, e := range d.known {
		held += e.heldOctets
		waiting += e.flowsWaiting
		inQueues, queues := 0, 0
		for _, q := range e.waitOrder {
			inQueues += len(q.flows)
			if len(q.flows) > 0 {
				queues++
			}
		}
		keys := 0
		for _, n := range e.heldKeys {
			keys += n
		}
		if inQueues != e.flowsWaiting || queues != len(e.waiting) || keys != len(e.held) {
			t.Fatalf("%d flows in %d queues, booked %d in %d; %d sets held, booked %d", inQueues, queues, e.flowsWaiting, len(e.waiting), len(e.held), keys)
		}
		cost, samplers, listed := 0, 0, 0
		for _, s := range e.held {
			cost += len(s.body) + heldCost
		}
		for m := e.newest; m != nil; m = m.older {
			listed++
		}
		for id, m := range e.domains {
			samplers += m.announced
			announced := 0
			for _, s := range m.samplers {
				if s.announced {
					announced++
				}
			}
			ofOptions := 0
			for id, template := range m.templates {
				octets += template.octets()
				if template.options {
					ofOptions++
				}
				if template.id != id || !slices.Contains(m.templateOrder, id) {
					t.Fatalf("template %d is not in its place", id)
				}
			}
			if ofOptions != m.options {
				t.Fatalf("%d templates of options, booked %d", ofOptions, m.options)
			}
			if m.id != id || announced != m.announced || len(m.samplers) > l.Samplers || len(m.byTemplate) > l.Templates ||
				len(m.templates) > l.Templates || len(m.templates) != len(m.templateOrder) || len(m.stream.lanes) > maxLanes {
				t.Fatalf("bounds broken: %d samplers (%d of %d announced), %d rates of templates, %d templates (%d in order), %d lanes",
					len(m.samplers), announced, m.announced, len(m.byTemplate), len(m.templates), len(m.templateOrder), len(m.stream.lanes))
			}
		}
		if len(e.domains) > l.Domains || listed != len(e.domains) || samplers != e.samplers || cost != e.heldOctets ||
			e.heldOctets > l.HeldOctets || e.flowsWaiting > l.Waiting || e.interfaces > l.Interfaces || len(e.agents) > l.Agents {
			t.Fatalf("bounds broken: %d domains (%d listed), %d samplers (%d counted), %d octets held (%d booked), %d waiting, %d interfaces, %d agents",
				len(e.domains), listed, samplers, e.samplers, cost, e.heldOctets, e.flowsWaiting, e.interfaces, len(e.agents))
		}
	}
	if held != d.heldOctets || waiting != d.waiting || octets != d.templateOctets || held > l.HeldTotal || waiting > l.WaitingTotal ||
		octets > l.TemplateOctets || len(d.unknown) > l.Unknown {
		t.Fatalf("bounds broken: %d octets held (%d booked), %d flows waiting (%d booked), %d octets of templates (%d booked), %d unknown",
			held, d.heldOctets, waiting, d.waiting, octets, d.templateOctets, len(d.unknown))
	}
}

// TestRandomDamage flips and cuts octets of good datagrams: a few seconds of what the fuzzer does,
// in every run of the tests.
func TestRandomDamage(t *testing.T) {
	var good [][]byte
	for _, proto := range []Protocol{NetFlow5, NetFlow9, IPFIX, SFlow5} {
		learn, data := steady(proto)
		for _, dg := range append(learn, data[:2]...) {
			good = append(good, dg.Payload)
		}
	}
	for _, s := range captureSeeds(t) {
		for len(s) >= 2 {
			n := int(binary.BigEndian.Uint16(s))
			good = append(good, s[2:2+n])
			s = s[2+n:]
		}
	}
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 2))
		var b []byte
		for range 1 + r.IntN(6) {
			dg := append([]byte{}, good[r.IntN(len(good))]...)
			for range r.IntN(6) {
				if len(dg) > 0 {
					dg[r.IntN(min(len(dg), 80+r.IntN(len(dg))))] = byte(r.Uint32())
				}
			}
			if r.IntN(4) == 0 {
				dg = dg[:r.IntN(len(dg)+1)]
			}
			b = cat(b, num(2, uint64(len(dg))), dg)
		}
		feed(t, b)
	}
}
