package decode

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"

	"tributary/internal/flow"
)

// Interface compares what an sFlow exporter counted on an interface with what its samples say: the
// sampled octets should be about the counted ones. Both are octets of layer 2, from the destination
// address of a frame to its check sequence: the counters ifInOctets and ifOutOctets, and the frame
// lengths of flow samples times their rate, in by their input and out by their output interface.
// Only intervals between two counter samples count, so that both are of the same time.
//
// Expected is 1 ± 2/√(samples). Agents that leave the check sequence out of the frame's length show
// 4 octets a packet too little; what a router sends itself and copies of multicast are counted but
// not sampled at their output; where every packet is sampled at its input and again at its output,
// sampled is twice counted, and so is the volume. An interface whose counters went backwards (the
// exporter restarted, or cleared them) loses that interval on both sides.
type Interface struct {
	Exporter  flow.Addr
	Agent     flow.Addr // where it is not the exporter: an agent that is not listed itself
	Index     uint32    // ifIndex
	Arrival   int64     // of the last counter sample, Unix ms
	Speed     uint64    // bits per second, as the exporter says
	InOctets  uint64    // the counters of the last counter sample
	OutOctets uint64

	CountedIn, CountedOut uint64
	SampledIn, SampledOut uint64
	Seconds               uint64 // from the first to the last counter sample, less what was lost
}

// Interfaces returns what sFlow exporters reported, by exporter, agent and interface.
func (d *Decoder) Interfaces() []Interface {
	var out []Interface
	for _, e := range d.known {
		for agent, p := range e.ports {
			for i := range p.list {
				out = append(out, p.list[i].describe(e.exporter.Address, agent))
			}
		}
	}
	slices.SortFunc(out, func(a, b Interface) int {
		return cmp.Or(a.Exporter.Compare(b.Exporter), a.Agent.Compare(b.Agent), cmp.Compare(a.Index, b.Index))
	})
	return out
}

// port is the state of an interface.
type port struct {
	index                 uint32
	arrival, millis       int64
	speed                 uint64
	in, out               uint64 // the last counters
	countedIn, countedOut uint64
	sampledIn, sampledOut uint64
	sinceIn, sinceOut     uint64 // sampled since the last counter sample
}

func (p *port) describe(exporter, agent flow.Addr) Interface {
	return Interface{
		Exporter: exporter, Agent: agent, Index: p.index, Arrival: p.arrival, Speed: p.speed, InOctets: p.in, OutOctets: p.out,
		CountedIn: p.countedIn, CountedOut: p.countedOut, SampledIn: p.sampledIn, SampledOut: p.sampledOut,
		Seconds: uint64(p.millis) / 1000,
	}
}

// ports are the interfaces of one agent: a list, and a table of places in it by a hash of the
// ifIndex, twice as large or more, that is probed in order. A map costs 9 ns a look, this 2.
type ports struct {
	list  []port
	table []uint32 // place + 1; 0 = empty
}

// find returns the port with this ifIndex; nil where there is none.
func (p *ports) find(index uint32) *port {
	mask := uint32(len(p.table) - 1)
	for at := hashPort(index) & mask; ; at = (at + 1) & mask {
		place := p.table[at]
		if place == 0 {
			return nil
		}
		if q := &p.list[place-1]; q.index == index {
			return q
		}
	}
}

func hashPort(index uint32) uint32 { return index * 0x9e3779b1 >> 7 }

// add appends a port that find does not find.
func (p *ports) add(q port) {
	p.list = append(p.list, q)
	if 2*len(p.list) > len(p.table) {
		p.table = make([]uint32, 1<<bits.Len(uint(2*len(p.list))))
		for i := range p.list {
			p.enter(i)
		}
		return
	}
	p.enter(len(p.list) - 1)
}

func (p *ports) enter(place int) {
	mask := uint32(len(p.table) - 1)
	at := hashPort(p.list[place].index) & mask
	for p.table[at] != 0 {
		at = (at + 1) & mask
	}
	p.table[at] = uint32(place + 1)
}

// sampled adds a flow sample's frame to the interfaces it crossed.
func (p *ports) sampled(in, out uint32, octets uint64) {
	if in != 0 {
		if q := p.find(in); q != nil {
			q.sinceIn += octets
		}
	}
	if out != 0 {
		if q := p.find(out); q != nil {
			q.sinceOut += octets
		}
	}
}

// unknownCounter is what agents fill in for a counter they do not have (sFlow v5, section 5.4).
const unknownCounter = 1<<64 - 1

// count takes the counters of a generic interface record:
//
//	0      4     8      16         20      24        …  56
//	| index | type | speed | direction | status | in octets … | out octets …
func (d *Decoder) count(r []byte, m *message) {
	index := binary.BigEndian.Uint32(r)
	speed, in, out := binary.BigEndian.Uint64(r[8:]), binary.BigEndian.Uint64(r[24:]), binary.BigEndian.Uint64(r[56:])
	if in == unknownCounter || out == unknownCounter {
		return
	}
	var q *port
	if d.domain.ports != nil {
		q = d.domain.ports.find(index)
	}
	if q == nil {
		d.meet(port{index: index, arrival: m.arrival, speed: speed, in: in, out: out})
		return
	}
	if in >= q.in && out >= q.out {
		q.countedIn += in - q.in
		q.countedOut += out - q.out
		q.sampledIn += q.sinceIn
		q.sampledOut += q.sinceOut
		q.millis += max(0, m.arrival-q.arrival)
	}
	q.arrival, q.speed, q.in, q.out, q.sinceIn, q.sinceOut = m.arrival, speed, in, out, 0, 0
}

// meet keeps a new interface of the agent at hand, if there is room.
func (d *Decoder) meet(q port) {
	e := d.from
	if e.interfaces >= d.limits.Interfaces {
		d.health.Limits[flow.LimitInterfaces]++
		return
	}
	e.addPort(d.domain.id.agent, q)
	d.domain.ports = e.ports[d.domain.id.agent]
}

func (e *exporter) addPort(agent flow.Addr, q port) {
	p := e.ports[agent]
	if p == nil {
		if e.ports == nil {
			e.ports = make(map[flow.Addr]*ports)
		}
		p = &ports{}
		e.ports[agent] = p
	}
	p.add(q)
	e.interfaces++
}
