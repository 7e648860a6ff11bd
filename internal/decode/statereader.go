package decode

import (
	"encoding/binary"
	"errors"
	"math"

	"tributary/internal/flow"
)

// stateReader reads a state's body. After a failure everything it reads is zero.
type stateReader struct {
	b       []byte
	err     error
	scratch *Decoder // whose scratch of fields is used
}

func (r *stateReader) fail(what string) {
	if r.err == nil {
		r.err = errors.New(what)
	}
	r.b = nil
}

func (r *stateReader) uint(limit uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > limit {
		r.fail("a number is cut off or too large")
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *stateReader) uint32() uint32 { return uint32(r.uint(math.MaxUint32)) }
func (r *stateReader) uint16() uint16 { return uint16(r.uint(math.MaxUint16)) }
func (r *stateReader) uint8() uint8   { return uint8(r.uint(math.MaxUint8)) }
func (r *stateReader) uint64() uint64 { return r.uint(math.MaxUint64) }
func (r *stateReader) bool() bool     { return r.uint(1) == 1 }

func (r *stateReader) int64() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail("a number is cut off or too large")
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *stateReader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.fail("it ends too soon")
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *stateReader) octet() uint8 {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *stateReader) addr() flow.Addr {
	if b := r.bytes(16); b != nil {
		return flow.Addr{Hi: binary.BigEndian.Uint64(b), Lo: binary.BigEndian.Uint64(b[8:])}
	}
	return flow.Addr{}
}

// count reads the length of a list whose entries take that many octets at least.
func (r *stateReader) count(size int) int {
	n := r.uint64()
	if n > uint64(len(r.b)/size) {
		r.fail("a list is longer than what is there")
		return 0
	}
	return int(n)
}

func (r *stateReader) exporters() []saved {
	n := r.count(16)
	all := make([]saved, 0, n)
	for i := range n {
		s := r.exporter()
		if r.err != nil {
			return nil
		}
		if s.address.IsZero() || i > 0 && s.address.Compare(all[i-1].address) <= 0 {
			r.fail("exporters are out of order")
			return nil
		}
		all = append(all, s)
	}
	return all
}

func (r *stateReader) exporter() saved {
	s := saved{address: r.addr(), exporter: newExporter(nil)}
	s.arrival = r.int64()
	for range r.count(16) {
		s.agents = append(s.agents, r.addr())
	}
	for range r.count(17) {
		m := r.domain()
		if s.domains[m.id] != nil {
			r.fail("a domain is there twice")
		}
		if r.err != nil {
			return s
		}
		s.domains[m.id] = m
		s.link(m)
	}
	for range r.count(6) {
		s.held = append(s.held, r.held())
	}
	for range r.count(40) {
		if q := r.queue(); s.waiting[q.key] != nil {
			r.fail("a sampler is waited for twice")
		} else {
			s.addQueue(q.key).flows = q.flows
		}
	}
	for range r.count(17) {
		agent, p := r.addr(), &ports{}
		if s.ports[agent] != nil {
			r.fail("an agent is there twice")
		}
		for range r.count(12) {
			q := r.port()
			if len(p.table) > 0 && p.find(q.index) != nil {
				r.fail("an interface is there twice")
			}
			if r.err != nil {
				return s
			}
			p.add(q)
		}
		if s.ports == nil {
			s.ports = make(map[flow.Addr]*ports)
		}
		s.ports[agent] = p
	}
	return s
}

// protocolKey reads a key with a protocol above 32 bits or more; template and sampler keys are of
// NetFlow v9 and IPFIX alone.
func (r *stateReader) protocolKey(shift uint, first, last Protocol) (uint64, Protocol) {
	key := r.uint64()
	p := key >> shift
	if r.err == nil && (p < uint64(first) || p > uint64(last)) {
		r.fail("a protocol is none")
	}
	return key, Protocol(p)
}

func (r *stateReader) domain() *domain {
	key, protocol := r.protocolKey(32, NetFlow5, SFlow5)
	m := &domain{id: domainID{key, r.addr()}}
	for range r.count(2) {
		t := r.template(protocol)
		if t == nil || m.templates[t.id] != nil {
			r.fail("a template makes no sense")
			return m
		}
		if m.templates == nil {
			m.templates = make(map[uint16]*template)
		}
		m.templates[t.id] = t
		m.templateOrder = append(m.templateOrder, t.id)
	}
	for range r.count(3) {
		id, s := r.uint64(), sampler{r.uint32(), r.bool()}
		if _, known := m.samplers[id]; known {
			r.fail("a sampler is there twice")
			return m
		}
		if m.samplers == nil {
			m.samplers = make(map[uint64]sampler)
		}
		m.samplers[id] = s
		if s.announced {
			m.announced++
		}
	}
	for range r.count(2) {
		if m.byTemplate == nil {
			m.byTemplate = make(map[uint16]uint32)
		}
		id := r.uint16()
		m.byTemplate[id] = r.uint32()
	}
	m.rate, m.systemInit = r.uint32(), r.int64()
	lanes, current := r.uint(maxLanes), int(r.uint(maxLanes))
	if current >= max(1, int(lanes)) {
		r.fail("a lane is not there")
		return m
	}
	for range lanes {
		m.stream.lanes = append(m.stream.lanes, r.lane(protocol))
	}
	m.stream.current = current
	return m
}

// template compiles a definition again; nil where that fails.
func (r *stateReader) template(protocol Protocol) *template {
	options, raw := r.bool(), r.bytes(r.uint(math.MaxUint16))
	d, head, scopes := r.scratch, 4, 0
	if options {
		head = 6
	}
	if len(raw) < head || protocol != NetFlow9 && protocol != IPFIX {
		return nil
	}
	count := int(binary.BigEndian.Uint16(raw[2:]))
	if options {
		scopes = int(binary.BigEndian.Uint16(raw[4:]))
		if protocol == NetFlow9 {
			scopes, count = count/4, (count+scopes)/4
		}
	}
	size, ok := d.readFields(raw[head:], count, protocol == IPFIX)
	if !ok || head+size != len(raw) || scopes > count {
		return nil
	}
	return d.makeTemplate(binary.BigEndian.Uint16(raw), raw, protocol, options, scopes)
}

func (r *stateReader) lane(protocol Protocol) lane {
	l := lane{newest: r.heard(protocol)}
	if l.isBehind = r.bool(); l.isBehind {
		l.behind = r.heard(protocol)
	}
	for i := range l.fits {
		l.fits[i] = fit{r.octet(), r.octet()}
	}
	l.stale, l.unsure, l.turn = r.octet(), r.octet(), r.octet()%maxGaps
	for i := range l.gaps {
		l.gaps[i] = gap{r.uint32(), r.uint32(), r.bool()}
	}
	l.began, l.advanced = r.int64(), r.uint64()
	l.choose()
	return l
}

func (r *stateReader) heard(protocol Protocol) heard {
	h := heard{protocol: protocol, seq: r.uint32(), uptime: r.uint32(), records: r.uint32(), data: r.uint32(), port: r.uint16()}
	h.loose, h.arrival = r.bool(), r.int64()
	return h
}

func (r *stateReader) held() heldSet {
	key, protocol := r.protocolKey(48, NetFlow9, IPFIX)
	m := message{protocol: protocol, domain: uint32(key >> 16), arrival: r.int64(), export: r.int64(), shift: r.int64(), uptime: r.uint32()}
	return heldSet{key, m, append([]byte(nil), r.bytes(r.uint(math.MaxUint16))...)}
}

func (r *stateReader) queue() waitQueue {
	domain, _ := r.protocolKey(32, NetFlow9, IPFIX)
	q := waitQueue{key: waitKey{domain, r.uint64()}}
	group := 0 // flows of the record at hand
	for range r.count(40) {
		w := r.waiting()
		if group++; w.first {
			group = 1
		} else if group == 1 || group > 2 {
			r.fail("waiting flows are out of order")
		}
		q.flows = append(q.flows, w)
	}
	if len(q.flows) == 0 {
		r.fail("no flow waits for a sampler")
	}
	return q
}

func (r *stateReader) waiting() waitingFlow {
	f := flow.Flow{
		Src: r.addr(), Dst: r.addr(), Octets: r.uint64(), Packets: r.uint64(), Start: r.int64(), End: r.int64(),
		SrcAS: r.uint32(), DstAS: r.uint32(), InIf: r.uint32(), OutIf: r.uint32(),
		SrcPort: r.uint16(), DstPort: r.uint16(), Proto: r.uint8(), Metering: flow.Metering(r.uint(uint64(flow.MeteredEgress))),
	}
	if r.err == nil && (f.Src.IsZero() || f.Dst.IsZero() || f.Start > f.End || f.Octets|f.Packets == 0) {
		r.fail("a waiting flow makes no sense")
	}
	return waitingFlow{flow: f, arrival: r.int64(), first: r.bool()}
}

func (r *stateReader) port() port {
	return port{
		index: r.uint32(), arrival: r.int64(), millis: r.int64(), speed: r.uint64(), in: r.uint64(), out: r.uint64(),
		countedIn: r.uint64(), countedOut: r.uint64(), sampledIn: r.uint64(), sampledOut: r.uint64(),
		sinceIn: r.uint64(), sinceOut: r.uint64(),
	}
}
