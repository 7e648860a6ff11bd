package decode

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
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

// wide is a template of 900 unknown fields.
var wide = func() (all []field) {
	for i := range uint16(900) {
		all = append(all, field{id: 1000 + i, length: 1})
	}
	return all
}()

// hostile is what an exporter sends that wants others to lose: it floods templates and domains, data
// without templates, unannounced samplers, sub-agents and interfaces, in times of 1970 and 2106.
func hostile(n int, r *rand.Rand) []byte {
	proto := NetFlow9 + Protocol(r.IntN(2))
	export := [...]int64{0, now, 4_294_967_295_000}[r.IntN(3)]
	w := newWire(proto, export).domain(r.Uint32())
	switch n % 8 {
	case 0:
		for k := range uint16(8) {
			w.templates(256+k, wide)
		}
	case 1:
		w.domain(1).templates(uint16(256+r.IntN(60000)), wide[:1+r.IntN(100)])
	case 2:
		w.set(uint16(256+r.IntN(60000)), make([]byte, 1400))
	case 3:
		w.domain(2).templates(300, sampled)
		var records []byte
		for range 60 {
			records = append(records, sampledRecord(r.Uint64N(1<<31))...)
		}
		w.set(300, records)
	case 4:
		return samplerTable(w.domain(3), r.Uint32(), 10, r.Uint32(), 1000).bytes()
	case 5:
		s := newSFlow().number(r.Uint32())
		s.agent = words(1, r.Uint32())
		return s.sample(sampleCounters, cat(words(1, 3, 1), interfaceCounters(r.Uint32(), 1, 2))).bytes()
	case 6:
		w.templates(256, []field{{id: 1, length: 65000}})
		w.templates(257, slices.Concat(wide, wide))
	default:
		b := make([]byte, r.IntN(1400))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		if len(b) > 2 {
			b[0], b[1] = 0, byte(5+r.IntN(6))
		}
		return b
	}
	return w.bytes()
}

// TestHostileNeighbours: an honest exporter's flows and health are the same with and without
// neighbours that flood, admitted or not, and memory stays within the limits.
func TestHostileNeighbours(t *testing.T) {
	limits := Limits{
		Domains: 64, Templates: 64, TemplateOctets: 1 << 20, Samplers: 256, HeldOctets: 1 << 18, HeldTotal: 1 << 20,
		Waiting: 2000, WaitingTotal: 10_000, Interfaces: 100, Agents: 50, Unknown: 100,
	}
	honest := flow.AddrFrom4([]byte{192, 0, 2, 250})
	run := func(attack bool) (d *Decoder, flows []flow.Flow, rows []flow.Health) {
		exporters := map[flow.Addr]*flow.Exporter{honest: {Address: honest}}
		ledger := &flow.Ledger{}
		d = New(Config{Ledger: ledger, Limits: limits, Admit: func(a flow.Addr) (*flow.Exporter, bool) {
			if x := exporters[a]; x != nil {
				return x, true
			}
			if a.Lo>>8 != honest.Lo>>8 { // 192.0.2.0/24 is admitted
				return nil, false
			}
			exporters[a] = &flow.Exporter{ID: uint32(len(exporters)), Address: a}
			return exporters[a], true
		}})
		var batch []flow.Flow
		send := func(source flow.Addr, at int64, b []byte) {
			batch = d.Append(batch[:0], flow.Datagram{Source: source, Arrival: at, Payload: b})
			for i := range batch {
				if batch[i].Exporter == exporters[honest].ID {
					flows = append(flows, batch[i])
				}
			}
		}
		r := rand.New(rand.NewPCG(1, 2))
		at := int64(now - now%flow.SlotMillis)
		for n := range 6000 {
			at += 10
			if attack {
				send(flow.AddrFrom4([]byte{192, 0, 2, byte(r.IntN(200))}), at, hostile(n, r))
				send(flow.AddrFrom4([]byte{10, byte(n), 2, byte(n >> 8)}), at, hostile(n, r))
			}
			if n%10 != 0 {
				continue
			}
			k := n / 10
			proto := NetFlow9 + Protocol(k%2)
			w := newWire(proto, at)
			switch { // what waits for its template and sampler comes early, and both come late
			case k < 20:
				w.set(256, cat(sampledRecord(1), sampledRecord(2)))
			case k < 40:
				w.templates(256, sampled).set(256, cat(sampledRecord(3), sampledRecord(4)))
			case k < 60:
				w = nil
				send(honest, at, samplerTable(newWire(proto, at), 1, 10, 2, 20, 3, 30, 4, 40).bytes())
				send(honest, at, newSFlow().number(uint32(k)).flowSample(1000, 3, 4, sampledHeader(headerEthernet, 1414, 4, ethernetTCP(1396))).bytes())
			default:
				w.set(256, cat(sampledRecord(1), sampledRecord(4)))
			}
			if w != nil {
				send(honest, at, w.bytes())
			}
		}
		checkBounds(t, d)
		for _, h := range ledger.Take() {
			if h.Exporter == honest {
				rows = append(rows, h)
			}
		}
		return d, flows, rows
	}
	_, flows, rows := run(false)
	d, attacked, attackedRows := run(true)
	if len(flows) < 1000 || !slices.Equal(flows, attacked) {
		t.Errorf("%d flows without and %d with hostile neighbours, or others", len(flows), len(attacked))
	}
	if !reflect.DeepEqual(rows, attackedRows) {
		t.Errorf("health without %+v\nwith hostile neighbours %+v", rows, attackedRows)
	}
	if d.templateOctets < limits.TemplateOctets/2 || d.heldOctets < limits.HeldTotal/2 || d.waiting < limits.WaitingTotal/2 {
		t.Errorf("%d octets of templates, %d held, %d flows waiting: the attack is too weak to show anything", d.templateOctets, d.heldOctets, d.waiting)
	}
}

// TestHostileMemory: an exporter that sends what costs most keeps the Decoder within its limits, and
// its health says which it reached.
func TestHostileMemory(t *testing.T) {
	x := &flow.Exporter{Address: wireSource}
	ledger := &flow.Ledger{}
	d := New(Config{Ledger: ledger, Admit: func(flow.Addr) (*flow.Exporter, bool) { return x, true }})
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	var flows []flow.Flow
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 8 * 2500 {
		b := hostile(n, r)
		flows = d.Append(flows[:0], flow.Datagram{Source: wireSource, Arrival: now, Payload: b})
	}
	// 64 MiB of templates, 4 of held sets, 5 of waiting flows, 1,024 domains, 8,192 interfaces.
	const most = 96 << 20
	if after := heap(); after > before+most {
		t.Errorf("%d MiB are kept, want at most %d", (after-before)>>20, most>>20)
	}
	h := ledger.Take()[0]
	for _, l := range []flow.Limit{flow.LimitDomains, flow.LimitFields, flow.LimitRecordOctets, flow.LimitHeldOctets, flow.LimitWaiting} {
		if h.Limits[l] == 0 {
			t.Errorf("bound %v was not reached", l)
		}
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
