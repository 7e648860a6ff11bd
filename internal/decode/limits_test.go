package decode

import (
	"fmt"
	"runtime"
	"testing"

	"tributary/internal/flow"
)

func TestTemplateBound(t *testing.T) {
	w := func() *wire { return newWire(IPFIX, now) }
	r := newRig(t, Limits{Templates: 2, Fields: 6})
	r.send(w().templates(256, small).templates(257, small).templates(258, small))
	got := r.send(w().set(257, smallRecord(1)).set(258, smallRecord(2)).set(256, smallRecord(3)))
	want(t, "the oldest is forgotten", got, smallFlow(1)+"\n"+smallFlow(2))
	want(t, "and comes back", r.send(w().templates(256, small)), smallFlow(3))
	r.send(w().templates(300, sampled))
	if h := r.health(); refusals(h) != "template=1" {
		t.Errorf("seven fields: refused %q, want template=1", refusals(h))
	}
}

func TestDomainBound(t *testing.T) {
	r := newRig(t, Limits{Domains: 2})
	for n := range uint32(3) {
		r.send(samplerTable(newWire(NetFlow9, now).domain(n).templates(256, sampled), 1, 10*(n+1)))
	}
	for _, n := range []uint32{1, 2, 0} {
		got := r.send(newWire(NetFlow9, now).domain(n).set(256, sampledRecord(1)))
		if n == 0 {
			want(t, "the domain longest silent is forgotten, with templates and samplers", got, "")
			continue
		}
		want(t, fmt.Sprint("domain ", n), got, rated(fmt.Sprint(10*(n+1))))
	}
	if h := r.health(); h.Limits[flow.LimitDomains] != 2 {
		t.Errorf("the bound was reached %d times, want 2", h.Limits[flow.LimitDomains])
	}
}

func TestSamplerBound(t *testing.T) {
	r := newRig(t, Limits{Samplers: 2})
	r.send(samplerTable(newWire(NetFlow9, now).templates(256, sampled), 1, 10, 2, 20, 3, 30))
	want(t, "two are known", r.send(newWire(NetFlow9, now).set(256, cat(sampledRecord(1), sampledRecord(2), sampledRecord(3)))), rated("10")+"\n"+rated("20"))
	want(t, "the third is never", r.flush(), rated("0"))
}

// TestWaitingBound: at the bound an eighth goes at once, the oldest first, so that forged samplers do
// not make each record look at all that wait.
func TestWaitingBound(t *testing.T) {
	r := newRig(t, Limits{Waiting: 16})
	records := func(first, n uint64) (b []byte) {
		for id := first; id < first+n; id++ {
			b = append(b, sampledRecord(id)...)
		}
		return b
	}
	want(t, "sixteen wait", r.send(newWire(NetFlow9, now).templates(256, sampled).set(256, records(1, 16))), "")
	want(t, "one too many", r.send(newWire(NetFlow9, now).set(256, records(17, 1))), rated("0")+"\n"+rated("0")+"\n"+rated("0"))
	want(t, "there is room again", r.send(newWire(NetFlow9, now).set(256, records(18, 2))), "")
	want(t, "three were given up", r.send(newWire(NetFlow9, now).set(256, records(1, 3))), rated("0")+"\n"+rated("0")+"\n"+rated("0"))
	if n := len(r.d.Flush(nil)); n != 16 || r.d.waiting != 0 {
		t.Errorf("%d flows come at the end, %d still wait, want 16 and 0", n, r.d.waiting)
	}
}

func TestExporterBound(t *testing.T) {
	d := New(Config{Ledger: &flow.Ledger{}, Limits: Limits{Exporters: 2}})
	for n := range byte(5) {
		d.Append(nil, flow.Datagram{Source: flow.AddrFrom4([]byte{192, 0, 2, n}), Arrival: now, Payload: v5(100_000, now, 91_000, 99_000)})
	}
	if len(d.known) != 2 || len(d.Unknown()) != 3 {
		t.Errorf("%d exporters, %d unknown senders, want 2 and 3", len(d.known), len(d.Unknown()))
	}
}

// TestHostileMemory: an exporter that sends what costs most keeps the Decoder within its limits.
func TestHostileMemory(t *testing.T) {
	d := New(Config{Ledger: &flow.Ledger{}, Admit: func(flow.Addr) (*flow.Exporter, bool) { return &flow.Exporter{Address: wireSource}, true }})
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	var flows []flow.Flow
	one := make([]byte, 60000)
	wide := make([]field, 900)
	for i := range wide {
		wide[i] = field{id: uint16(1000 + i), length: 1}
	}
	for n := range uint32(600) { // 4,800 templates, 600 domains
		w := newWire(IPFIX, now).domain(n)
		for k := range uint16(8) {
			w.templates(256+k, wide)
		}
		flows = d.Append(flows[:0], flow.Datagram{Source: wireSource, Arrival: now, Payload: w.bytes()})
		flows = d.Append(flows[:0], flow.Datagram{Source: wireSource, Arrival: now, Payload: newWire(IPFIX, now).domain(n).set(60000, one).bytes()})
		flows = d.Append(flows[:0], flow.Datagram{Source: flow.Addr{Lo: 0xffff<<32 | uint64(n)}, Arrival: now, Payload: samplerTable(newWire(NetFlow9, now).domain(n), n, 1).bytes()})
	}
	const most = 96 << 20 // 4,096 templates of 900 fields: 900 × 13 octets of fields and columns, 3,600 of definition
	if after := heap(); after > before+most {
		t.Errorf("%d MiB are kept, want at most %d", (after-before)>>20, most>>20)
	}
	runtime.KeepAlive(d)
}

// TestTinyRecords: the record count of a set is bounded by what makes a flow, not by octets.
func TestTinyRecords(t *testing.T) {
	r := newRig(t, Limits{})
	r.send(newWire(IPFIX, now).templates(256, []field{{id: 4, length: 1}}))
	flows := r.d.Append(nil, flow.Datagram{Source: wireSource, Arrival: now, Payload: newWire(IPFIX, now).set(256, make([]byte, 60000)).bytes()})
	if h := r.health(); cap(flows) != 0 || h.Refused[flow.RefusedEmpty] != 60000 {
		t.Errorf("room for %d flows, %d refused, want none and 60000", cap(flows), h.Refused[flow.RefusedEmpty])
	}
}
