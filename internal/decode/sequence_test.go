package decode

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/testenv"
)

// numbered is a datagram of a stream whose numbers are looked at: the first counts from 0.
type numbered struct {
	proto         Protocol
	seq, uptime   uint32
	data, options int
	template      bool // carries the templates too
}

func (n numbered) bytes() (b []byte) {
	switch n.proto {
	case NetFlow5:
		b = make([]byte, header5Len)
		binary.BigEndian.PutUint16(b, 5)
		binary.BigEndian.PutUint16(b[2:], uint16(n.data))
		binary.BigEndian.PutUint32(b[4:], n.uptime)
		binary.BigEndian.PutUint32(b[8:], now/1000)
		binary.BigEndian.PutUint32(b[16:], n.seq)
		for range n.data {
			b = append(b, make([]byte, record5Len)...)
		}
		return b
	case SFlow5:
		return cat(words(5, 1, 0xc0000201, 3, n.seq, n.uptime, 0))
	}
	w := newWire(n.proto, now)
	if n.template {
		w.templates(256, small)
		w.options(512, 1, []field{{id: 149, length: 4}, {id: 160, length: 8}})
	}
	if n.options > 0 {
		w.set(512, make([]byte, 12*n.options))
	}
	if n.data > 0 {
		var records []byte
		for range n.data {
			records = append(records, smallRecord(1)...)
		}
		w.set(256, records)
	}
	b = w.bytes()
	if n.proto == NetFlow9 {
		binary.BigEndian.PutUint32(b[4:], n.uptime)
		binary.BigEndian.PutUint32(b[12:], n.seq)
	} else {
		binary.BigEndian.PutUint32(b[8:], n.seq)
	}
	return b
}

// units is how many the datagram adds to a stream that counts u.
func (n numbered) units(u unit) uint32 {
	switch u {
	case unitRecords, unitRecordsThrough:
		return uint32(n.data + n.options)
	case unitData, unitDataThrough:
		return uint32(n.data)
	}
	return 1
}

// judge counts by what is known to have been sent: of each life of the exporter, all that was not
// delivered between the first and the last that was.
type judge struct {
	sent      []numbered
	delivered map[int]bool
	first     int
	last      int
	late      uint64
}

func (j *judge) deliver(i int) {
	switch {
	case len(j.delivered) == 0:
		j.first, j.last = i, i
	case i > j.last:
		j.last = i
	case i > j.first && !j.delivered[i]:
		j.late++
	}
	j.delivered[i] = true
}

func (j *judge) lost(u unit) (n uint64) {
	for i := j.first; i <= j.last; i++ {
		if !j.delivered[i] {
			n += uint64(j.sent[i].units(u))
		}
	}
	return n
}

// TestSequenceTwin: streams of every protocol and unit over a network that loses, doubles, and
// reorders, of exporters that restart, against a judge who knows what was sent.
func TestSequenceTwin(t *testing.T) {
	for _, c := range []struct {
		proto Protocol
		unit  unit
	}{
		{NetFlow5, unitRecords}, {NetFlow5, unitDatagrams}, {NetFlow9, unitDatagrams}, {NetFlow9, unitRecords},
		{NetFlow9, unitDataThrough}, {IPFIX, unitRecords}, {IPFIX, unitData}, {IPFIX, unitDataThrough},
		{IPFIX, unitRecordsThrough}, {IPFIX, unitDatagrams}, {SFlow5, unitDatagrams},
	} {
		t.Run(fmt.Sprint(c.proto, c.unit), func(t *testing.T) {
			for seed := range uint64(6) {
				r := rand.New(rand.NewPCG(seed, uint64(c.proto)<<8|uint64(c.unit)))
				rig := newRig(t, Limits{})
				rig.arrival = now - now%flow.SlotMillis
				var lost, late, restarts uint64
				for life := range uint64(1 + r.IntN(3)) {
					restarts = life
					j := oneLife(rig, r, c.proto, c.unit, life == 0)
					lost += j.lost(c.unit)
					late += j.late
				}
				h := rig.health()
				got := h.LostRecords
				if c.unit == unitDatagrams {
					got = h.LostDatagrams
				}
				if got != lost || h.Late != late || h.Restarts != restarts || h.LostRecords+h.LostDatagrams != got {
					t.Errorf("seed %d: %d datagrams and %d records lost, %d late, %d restarts; want %d lost, %d late, %d restarts",
						seed, h.LostDatagrams, h.LostRecords, h.Late, h.Restarts, lost, late, restarts)
				}
			}
		})
	}
}

// oneLife sends the datagrams of an exporter from one start to the next. The first twenty arrive, so
// that its unit can be found out.
func oneLife(rig *rig, r *rand.Rand, proto Protocol, u unit, templates bool) *judge {
	j := &judge{delivered: map[int]bool{}}
	number, loss, disorder, double := r.Uint32(), r.IntN(8), r.IntN(8), r.IntN(4)
	type arrival struct {
		i  int
		at int
	}
	var network []arrival
	gone := 0
	for i := range 200 + r.IntN(300) {
		n := numbered{proto: proto, uptime: uint32(i), data: 1 + r.IntN(20), template: templates && i == 0}
		if proto != NetFlow5 && proto != SFlow5 && (i == 5 || r.IntN(5) == 0) {
			n.options = 1 + r.IntN(3)
		}
		n.seq = number
		number += n.units(u)
		if u == unitRecordsThrough || u == unitDataThrough {
			n.seq = number
		}
		j.sent = append(j.sent, n)
		if i >= 20 && gone == 0 && r.IntN(100) < loss {
			gone = 1 + r.IntN(30)
		}
		if gone > 0 {
			gone--
		} else {
			at := 4 * i
			if i >= 20 && r.IntN(100) < disorder {
				at += 4 * r.IntN(6)
			}
			network = append(network, arrival{i, at})
			if i >= 20 && r.IntN(100) < double {
				network = append(network, arrival{i, at + 4*r.IntN(6)})
			}
		}
	}
	for at := 0; len(network) > 0; at++ {
		left := network[:0]
		for _, a := range network {
			if a.at > at {
				left = append(left, a)
				continue
			}
			rig.arrival++
			rig.sendBytes(j.sent[a.i].bytes())
			j.deliver(a.i)
		}
		network = left
	}
	return j
}

// TestCapturedLoss: captures of whole streams show no loss; those made of chosen datagrams show what
// is missing between them.
func TestCapturedLoss(t *testing.T) {
	dir := testenv.Captures(t)
	type loss struct{ datagrams, records, late, restarts uint64 }
	incomplete := map[string]loss{
		"akvorado/nf9_cisco_ncs_sampler_options.pcap":    {datagrams: 143},
		"akvorado/nf9_multiplesamplingrates.pcap":        {datagrams: 151},
		"cesnet/ipfix_example_flows.pcap":                {restarts: 1}, // two datagrams of another run lead
		"logstash/nf9_cisco_asa2.pcap":                   {restarts: 1},
		"pmacct/ipfix_cisco_104_v6_sampling_option.pcap": {records: 12 + 9},
		"pmacct/ipfix_cisco_112_options_reassign.pcap":   {records: 1, restarts: 1},
		"pmacct/ipfix_cisco_500_srv6_00.pcap":            {records: 10 + 10, restarts: 1},
		"pmacct/mix_111_v4.pcap":                         {records: 8},
		"pmacct/mix_111_v6.pcap":                         {datagrams: 5},
		"pmacct/nf9_cisco_asr9k_101.pcap":                {datagrams: 23},
		"scapy/ipfix.pcap":                               {records: 21},
		"scapy/netflowv9.pcap":                           {datagrams: 42},
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*.pcap*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		name, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Dir(name) == "traffic" {
			continue
		}
		var h flow.Health
		_, _, rows := decodeCapture(t, path)
		for i := range rows {
			h.Add(&rows[i])
		}
		if got, want := (loss{h.LostDatagrams, h.LostRecords, h.Late, h.Restarts}), incomplete[name]; got != want || h.Overrun != 0 {
			t.Errorf("%s: %+v, overrun %d, want %+v", name, got, h.Overrun, want)
		}
	}
}

// TestSequence looks at single cases: got is lost datagrams and records, overrun, late, restarts.
func TestSequence(t *testing.T) {
	type step struct {
		seq, uptime uint32
		port        uint16
		drops       uint32
		wait        int64 // ms since the one before
	}
	f := func(name string, proto Protocol, want string, steps ...step) {
		t.Helper()
		r := newRig(t, Limits{})
		for _, s := range steps {
			r.arrival += s.wait
			n := numbered{proto: proto, seq: s.seq, uptime: s.uptime, data: 10, template: true}
			r.d.Append(nil, flow.Datagram{Source: wireSource, Port: s.port, Arrival: r.arrival, Drops: s.drops, Payload: n.bytes()})
		}
		var h flow.Health
		rows := r.ledger.Take()
		for i := range rows {
			h.Add(&rows[i])
		}
		if got := fmt.Sprintf("%d %d %d %d %d", h.LostDatagrams, h.LostRecords, h.Overrun, h.Late, h.Restarts); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	f("a gap", NetFlow9, "3 0 0 0 0", step{seq: 1}, step{seq: 2}, step{seq: 6})
	f("a gap of flows", NetFlow5, "0 20 0 0 0", step{seq: 0}, step{seq: 10}, step{seq: 40})
	f("over 2^32", SFlow5, "1 0 0 0 0", step{seq: 1<<32 - 2}, step{seq: 1<<32 - 1}, step{seq: 1})
	f("not before the unit is known", NetFlow9, "0 0 0 0 0", step{seq: 1}, step{seq: 5})
	f("our buffer overflowed", NetFlow9, "3 0 2 0 0", step{seq: 1, drops: 7}, step{seq: 2, drops: 7}, step{seq: 5, drops: 9}, step{seq: 7, drops: 9})
	f("late takes back", NetFlow9, "1 0 1 1 0", step{seq: 1}, step{seq: 2}, step{seq: 5, drops: 4}, step{seq: 3, drops: 4}, step{seq: 3, drops: 4}, step{seq: 6, drops: 4})
	f("twice", NetFlow5, "0 0 0 0 0", step{seq: 0}, step{seq: 10}, step{seq: 10}, step{seq: 0}, step{seq: 20})
	f("far back", IPFIX, "0 0 0 0 1", step{seq: 5_000_000}, step{seq: 5_000_010}, step{seq: 0}, step{seq: 10})
	f("far ahead", IPFIX, "0 0 0 0 1", step{seq: 0}, step{seq: 10}, step{seq: 500_000}, step{seq: 500_010})
	f("as far ahead, but after an hour at that pace", IPFIX, "0 499970 0 0 0", step{seq: 0}, step{seq: 10, wait: 1000}, step{seq: 20, wait: 1000}, step{seq: 500_000, wait: 3_600_000})
	f("uptime back", NetFlow9, "0 0 0 0 1", step{seq: 50, uptime: 90_000}, step{seq: 51, uptime: 90_000}, step{seq: 60, uptime: 1000}, step{seq: 61, uptime: 1000})
	f("uptime over 2^32", NetFlow9, "1 0 0 0 0", step{seq: 50, uptime: 1<<32 - 5}, step{seq: 51, uptime: 1<<32 - 1}, step{seq: 53, uptime: 20})
	f("always 0", NetFlow5, "0 0 0 0 0", step{}, step{}, step{}, step{}, step{}, step{}, step{}, step{}, step{}, step{}, step{}, step{}, step{}, step{}, step{}, step{}, step{}, step{}, step{}, step{})
	f("at random", NetFlow9, "0 0 0 0 0", step{seq: 1 << 30}, step{seq: 7}, step{seq: 1 << 31}, step{seq: 900_000}, step{seq: 3 << 30}, step{seq: 88_000_000})
	f("two processes", IPFIX, "0 10 0 0 1", step{seq: 0, port: 1}, step{seq: 10, port: 1}, step{seq: 9_000_000, port: 2}, step{seq: 20, port: 1}, step{seq: 9_000_010, port: 2}, step{seq: 9_000_030, port: 2}, step{seq: 30, port: 1})
	f("two near each other", NetFlow9, "0 0 0 0 0", step{seq: 1, port: 1}, step{seq: 2, port: 1}, step{seq: 2, port: 2}, step{seq: 3, port: 1}, step{seq: 3, port: 2}, step{seq: 4, port: 1}, step{seq: 4, port: 2})
	f("a port for every datagram", NetFlow9, "1 0 0 0 0", step{seq: 1, port: 1}, step{seq: 2, port: 2}, step{seq: 3, port: 3}, step{seq: 5, port: 4}, step{seq: 6, port: 5})
}

// TestUncountedRecords: where a set's template is missing, how many records were sent is not known.
func TestUncountedRecords(t *testing.T) {
	r := newRig(t, Limits{})
	send := func(seq uint32, set uint16, records int) {
		w := newWire(IPFIX, now).templates(256, small).set(set, make([]byte, 20*records))
		binary.BigEndian.PutUint32(w.b[8:], seq)
		r.send(w)
	}
	send(0, 256, 5)
	send(5, 256, 5)
	send(10, 300, 5)
	send(15, 256, 5)
	send(25, 256, 5)
	if h := r.health(); h.LostRecords != 5 {
		t.Errorf("%d records lost, want the 5 after the 20th", h.LostRecords)
	}
}

// TestNoneFollows: of a stream of which no two datagrams that follow each other ever come, the unit is
// taken to be the protocol's own after a while, and what is missing counts from then on.
func TestNoneFollows(t *testing.T) {
	const sent, data = 300, 10
	f := func(proto Protocol, step uint32, datagrams, records uint64) {
		t.Helper()
		var ledger flow.Ledger
		d := New(Config{Ledger: &ledger, Admit: admitAll()})
		for i := range uint32(sent) {
			n := numbered{proto: proto, seq: i * step, uptime: i * 100, data: data, template: i == 0}
			d.Append(nil, flow.Datagram{Source: wireSource, Arrival: now + int64(i)*100, Payload: n.bytes()})
		}
		if h := ledger.Take()[0]; h.LostDatagrams != datagrams || h.LostRecords != records || h.Restarts != 0 {
			t.Errorf("%v in steps of %d: %d datagrams and %d records lost, %d restarts, want %d, %d, 0", proto, step, h.LostDatagrams, h.LostRecords, h.Restarts, datagrams, records)
		}
	}
	const counted = sent - maxUnsure // the gap before the one that decides counts too
	f(NetFlow9, 8, counted*7, 0)
	f(SFlow5, 8, counted*7, 0)
	f(NetFlow5, 8*data, 0, counted*7*data)
	f(IPFIX, 8*data, 0, counted*7*data)
	f(NetFlow9, 8*data, 0, 0) // may as well count records
}
