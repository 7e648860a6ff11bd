package decode

import (
	"encoding/binary"
	"slices"
	"syscall"
	"testing"
	"time"

	"tributary/internal/flow"
)

// The templates of the benchmarks: what a router sends, 20 fields, as in the shared generator.
var (
	bench9 = []field{{id: 8, length: 4}, {id: 12, length: 4}, {id: 7, length: 2}, {id: 11, length: 2}, {id: 4, length: 1},
		{id: 5, length: 1}, {id: 6, length: 1}, {id: 1, length: 4}, {id: 2, length: 4}, {id: 22, length: 4}, {id: 21, length: 4},
		{id: 10, length: 4}, {id: 14, length: 4}, {id: 16, length: 4}, {id: 17, length: 4}, {id: 15, length: 4},
		{id: 9, length: 1}, {id: 13, length: 1}, {id: 48, length: 1}, {id: 61, length: 1}}
	benchX = []field{{id: 27, length: 16}, {id: 28, length: 16}, {id: 7, length: 2}, {id: 11, length: 2}, {id: 4, length: 1},
		{id: 5, length: 1}, {id: 6, length: 1}, {id: 1, length: 8}, {id: 2, length: 8}, {id: 152, length: 8}, {id: 153, length: 8},
		{id: 10, length: 4}, {id: 14, length: 4}, {id: 16, length: 4}, {id: 17, length: 4}, {id: 62, length: 16},
		{id: 29, length: 1}, {id: 30, length: 1}, {id: 48, length: 1}, {id: 61, length: 1}}
)

const benchArrival = 1_790_000_000_000 // ms

// steady is a stream in its steady state: first what is learnt once, then the same datagrams.
func steady(proto Protocol) (learn, data []flow.Datagram) {
	source := flow.AddrFrom4([]byte{192, 0, 2, 1})
	dg := func(b []byte) flow.Datagram {
		return flow.Datagram{Source: source, Port: 4000, Arrival: benchArrival, Payload: b}
	}
	switch proto {
	case NetFlow9, IPFIX:
		fields, size := bench9, 0
		if proto == IPFIX {
			fields = benchX
		}
		for _, f := range fields {
			size += int(f.length)
		}
		learn = append(learn,
			dg(newWire(proto, benchArrival).templates(256, fields).bytes()),
			dg(newWire(proto, benchArrival).options(512, 1, []field{{id: 1, length: 4}, {id: 48, length: 1}, {id: 34, length: 4}}).set(512, []byte{0, 0, 0, 1, 1, 0, 0, 3, 232}).bytes()))
		n := 1400 / size
		for k := range 64 {
			body := make([]byte, n*size)
			for i := range body {
				body[i] = byte(i*7 + k)
			}
			for i := range n {
				r := body[i*size:]
				off := 0
				for _, f := range fields {
					p := r[off : off+int(f.length)]
					switch f.id {
					case 1:
						putUint(p, 140000)
					case 2:
						putUint(p, 100)
					case 21:
						putUint(p, wireUptime-200)
					case 22:
						putUint(p, wireUptime-9000)
					case 152:
						putUint(p, benchArrival-9000)
					case 153:
						putUint(p, benchArrival-200)
					case 48:
						putUint(p, 1)
					case 61:
						putUint(p, 0)
					}
					off += int(f.length)
				}
			}
			data = append(data, dg(newWire(proto, benchArrival).set(256, body).bytes()))
		}
	case NetFlow5:
		for k := range 64 {
			b := make([]byte, header5Len+30*record5Len)
			binary.BigEndian.PutUint16(b, 5)
			binary.BigEndian.PutUint16(b[2:], 30)
			binary.BigEndian.PutUint32(b[4:], wireUptime)
			binary.BigEndian.PutUint32(b[8:], benchArrival/1000)
			binary.BigEndian.PutUint16(b[22:], 1<<14|1000)
			for i := range 30 {
				r := b[header5Len+i*record5Len:][:record5Len]
				for j := range r {
					r[j] = byte(j*5 + i + k)
				}
				putUint(r[16:20], 10)
				putUint(r[20:24], 14000)
				putUint(r[24:28], wireUptime-9000)
				putUint(r[28:32], wireUptime-200)
			}
			data = append(data, dg(b))
		}
	case SFlow5:
		for range 64 {
			s := newSFlow()
			for range 6 {
				s.flowSample(1000, 3, 4, sampledHeader(headerEthernet, 1414, 4, ethernetTCP(1396)))
			}
			data = append(data, dg(s.bytes()))
		}
	}
	return learn, data
}

var sink []flow.Flow

// number gives a datagram of so many records the sequence number of the i-th of its stream.
func number(b []byte, i uint32, per int) {
	switch protocolOf(b) {
	case NetFlow5:
		binary.BigEndian.PutUint32(b[16:], i*uint32(per))
	case NetFlow9:
		binary.BigEndian.PutUint32(b[12:], i)
	case IPFIX:
		binary.BigEndian.PutUint32(b[8:], i*uint32(per))
	case SFlow5:
		binary.BigEndian.PutUint32(b[16:], i)
	}
}

func benchmark(b *testing.B, proto Protocol) {
	learn, data := steady(proto)
	d := New(Config{Ledger: &flow.Ledger{}})
	for _, dg := range learn {
		d.Append(nil, dg)
	}
	flows := d.Append(nil, data[0])
	per := len(flows)
	if per == 0 {
		b.Fatal("no flows")
	}
	b.ReportAllocs()
	cpu := cpuTime(b)
	i := uint32(0)
	for b.Loop() {
		dg := data[i&63]
		number(dg.Payload, i, per)
		flows = d.Append(flows[:0], dg)
		i++
	}
	if len(flows) != per {
		b.Fatalf("%d flows in the last datagram, %d in the first", len(flows), per)
	}
	sink = flows
	b.ReportMetric(float64(cpuTime(b)-cpu)/float64(b.N)/float64(per), "cpu-ns/record")
}

// cpuTime is the process's CPU time: the clock is of no use on a machine that does something else too.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkNetFlow5(b *testing.B) { benchmark(b, NetFlow5) }
func BenchmarkNetFlow9(b *testing.B) { benchmark(b, NetFlow9) }
func BenchmarkIPFIX(b *testing.B)    { benchmark(b, IPFIX) }
func BenchmarkSFlow5(b *testing.B)   { benchmark(b, SFlow5) }

// TestAllocations: in the steady state nothing is allocated, for no protocol.
func TestAllocations(t *testing.T) {
	for _, proto := range []Protocol{NetFlow5, NetFlow9, IPFIX, SFlow5} {
		learn, data := steady(proto)
		d := New(Config{Ledger: &flow.Ledger{}})
		datagrams := slices.Concat(learn, data) // templates and options are repeated for ever
		var flows []flow.Flow
		for _, dg := range datagrams {
			flows = d.Append(flows[:0], dg)
		}
		i := 0
		if n := testing.AllocsPerRun(1000, func() {
			flows = d.Append(flows[:0], datagrams[i%len(datagrams)])
			i++
		}); n != 0 {
			t.Errorf("%v: %v allocations a datagram, want 0", proto, n)
		}
		if len(flows) == 0 {
			t.Errorf("%v: no flows", proto)
		}
	}
}
