package decode

import (
	"encoding/binary"
	"slices"

	"tributary/internal/flow"
)

// Formats of samples and records, enterprise 0 (sFlow Version 5, sflow.org 2004, section 5).
const (
	sampleFlow             = 1
	sampleCounters         = 2
	sampleFlowExpanded     = 3
	sampleCountersExpanded = 4

	recordHeader   = 1 // raw packet header
	recordEthernet = 2
	recordIPv4     = 3
	recordIPv6     = 4
	recordGateway  = 1003
	recordGeneric  = 1 // of a counter sample: generic interface counters
)

// Header protocols of a raw packet header.
const (
	headerEthernet = 1
	headerPPP      = 7
	headerIPv4     = 11
	headerIPv6     = 12
	headerMPLS     = 13
	headerPOS      = 14
)

// Formats of an interface: a compact one has the format in its two upper bits.
const (
	interfaceSingle    = 0
	interfaceDiscarded = 1
	interfaceInternal  = 0x3fffffff // the exporter itself, or unknown: no ifIndex
)

// headerS reads an sFlow header: version, agent address, sub-agent, sequence, uptime, samples. An
// agent of unknown kind is the zero Addr. sFlow states no export time.
func (m *message) headerS(b []byte) (agent flow.Addr, ok bool) {
	end, ok := agentEnd(b)
	if !ok || len(b) < end+16 {
		return agent, false
	}
	switch end {
	case 12:
		if agent = flow.AddrFrom4(b[8:]); agent.Lo == 0xffff<<32 { // 0.0.0.0
			agent = flow.Addr{}
		}
	case 24:
		agent = flow.AddrFrom16(b[8:])
	}
	m.domain = binary.BigEndian.Uint32(b[end:])
	m.sequence, m.uptime = binary.BigEndian.Uint32(b[end+4:]), binary.BigEndian.Uint32(b[end+8:])
	return agent, true
}

// agentEnd is where the agent address ends.
func agentEnd(b []byte) (int, bool) {
	if len(b) < 8 {
		return 0, false
	}
	switch binary.BigEndian.Uint32(b[4:]) {
	case 0:
		return 8, true
	case 1:
		return 12, len(b) >= 12
	case 2:
		return 24, len(b) >= 24
	}
	return 0, false
}

// readS appends the flows of an sFlow datagram.
func (d *Decoder) readS(dst []flow.Flow, b []byte, m *message) []flow.Flow {
	end, _ := agentEnd(b)
	samples := binary.BigEndian.Uint32(b[end+12:])
	d.rateSeen = -1
	if d.domain.ports == nil && d.from.interfaces > 0 {
		d.domain.ports = d.from.ports[d.domain.id.agent]
	}
	b = b[end+16:]
	for range samples {
		if len(b) < 8 {
			d.health.Refused[flow.RefusedSet]++ // fewer samples than the header says
			return dst
		}
		format, length := binary.BigEndian.Uint32(b), uint64(binary.BigEndian.Uint32(b[4:]))
		b = b[8:]
		if length > uint64(len(b)) {
			d.health.Refused[flow.RefusedSet]++
			return dst
		}
		body := b[:length]
		b = b[min(uint64(len(b)), (length+3)&^3):] // XDR aligns to four octets
		switch format {
		case sampleFlow, sampleFlowExpanded:
			dst = d.readFlowSample(dst, body, format == sampleFlowExpanded, m)
		case sampleCounters:
			d.readCounters(body, 12, m)
		case sampleCountersExpanded:
			d.readCounters(body, 16, m)
		default:
			d.health.Refused[flow.RefusedSampleKind]++
		}
	}
	return dst
}

// sample is what the records of a flow sample say together.
type sample struct {
	frame    []byte // raw header; nil without
	protocol uint32 // of frame
	length   uint64 // of the frame
	stripped uint64
	ip       []byte // a sampled IPv4 or IPv6 record; nil without
	ipSize   int    // octets of its addresses
	srcAS    uint32
	dstAS    uint32
}

// readFlowSample appends the flow of a flow sample. Compact samples have one word of source and
// interfaces each, expanded ones two (format, value). The flow is made in its place, and its rate booked
// once a datagram: 55 -> 36 ns a sample, BenchmarkSFlow5.
func (d *Decoder) readFlowSample(dst []flow.Flow, b []byte, expanded bool, m *message) []flow.Flow {
	var rate, in, out, inFormat, outFormat uint32
	header := 32
	if expanded {
		header = 44
	}
	if len(b) < header {
		d.health.Refused[flow.RefusedSet]++
		return dst
	}
	word := func(i int) uint32 { return binary.BigEndian.Uint32(b[4*i:]) }
	if expanded {
		rate, inFormat, in, outFormat, out = word(3), word(6), word(7), word(8), word(9)
	} else {
		rate, in, out = word(2), word(5)&0x3fffffff, word(6)&0x3fffffff
		inFormat, outFormat = word(5)>>30, word(6)>>30
	}
	var s sample
	if !s.read(b[header:], word(header/4-1)) {
		d.health.Refused[flow.RefusedSet]++ // what was read before the cut still counts
	}
	if d.sum != nil {
		d.sum.addSample(&s)
	}
	if x := d.from.exporter; x.Sampling != 0 {
		rate = x.Sampling
	} else {
		rate = fallback(x, rate)
	}
	in, out = ifIndex(inFormat, in), ifIndex(outFormat, out)
	if d.domain.ports != nil && s.frame != nil {
		d.domain.ports.sampled(in, out, s.length*uint64(max(1, rate)))
	}
	if outFormat == interfaceDiscarded {
		d.refuse(flow.RefusedDiscarded)
		return dst
	}
	var p packet
	var octets uint64
	switch {
	case p.readHeader(s.protocol, s.frame):
		octets = p.octets(s.length - min(s.length, s.stripped))
	case s.readIP(&p):
		octets = p.length
	default:
		d.refuse(flow.RefusedBadHeader)
		return dst
	}
	if octets*uint64(max(1, rate)) >= maxScaled { // both are below 2³²
		d.refuse(flow.RefusedImplausible)
		return dst
	}
	at := len(dst)
	dst = slices.Grow(dst, 1)[:at+1]
	f := &dst[at]
	*f = flow.Flow{
		Octets: octets, Packets: 1, Start: m.arrival, End: m.arrival, Rate: rate,
		SrcAS: s.srcAS, DstAS: s.dstAS, InIf: in, OutIf: out, Exporter: d.from.exporter.ID,
	}
	p.describe(f)
	h := d.health
	h.Records++
	h.Kept++
	if rate == 0 {
		h.RateUnknown++
	}
	if int64(rate) != d.rateSeen {
		d.rateSeen = int64(rate)
		h.SawRate(rate)
	}
	return dst
}

// ifIndex is the interface's index, 0 for several, for the exporter itself and for unknown.
func ifIndex(format, value uint32) uint32 {
	if format != interfaceSingle || value == interfaceInternal {
		return 0
	}
	return value
}

// readHeader reads a raw packet header.
func (p *packet) readHeader(protocol uint32, b []byte) bool {
	switch protocol {
	case headerEthernet:
		return p.readEthernet(b)
	case headerIPv4, headerIPv6:
		return p.readIP(b, 0)
	case headerMPLS:
		return p.readMPLS(b, 0, 0)
	case headerPPP, headerPOS:
		return p.readPPP(b, 0)
	}
	return false
}

// read reads the count records of a flow sample; false where they end too soon.
func (s *sample) read(b []byte, count uint32) bool {
	for range count {
		if len(b) < 8 {
			return false
		}
		format, length := binary.BigEndian.Uint32(b), uint64(binary.BigEndian.Uint32(b[4:]))
		b = b[8:]
		if length > uint64(len(b)) {
			return false
		}
		r := b[:length]
		b = b[min(uint64(len(b)), (length+3)&^3):]
		switch format {
		case recordHeader:
			if len(r) < 16 {
				return false
			}
			if s.frame != nil { // the first is the outermost
				continue
			}
			s.protocol = binary.BigEndian.Uint32(r)
			s.length, s.stripped = uint64(binary.BigEndian.Uint32(r[4:])), uint64(binary.BigEndian.Uint32(r[8:]))
			s.frame = r[16:][:min(uint64(binary.BigEndian.Uint32(r[12:])), length-16)]
		case recordIPv4:
			if len(r) >= 8+2*4+8 {
				s.ip, s.ipSize = r, 4
			}
		case recordIPv6:
			if len(r) >= 8+2*16+8 {
				s.ip, s.ipSize = r, 16
			}
		case recordGateway:
			s.readGateway(r)
		}
	}
	return true
}

// readIP reads the sampled IPv4 or IPv6 record, if there is one: length, protocol, addresses, ports.
func (s *sample) readIP(p *packet) bool {
	r, size := s.ip, s.ipSize
	if r == nil {
		return false
	}
	*p = packet{length: uint64(binary.BigEndian.Uint32(r)), proto: uint8(binary.BigEndian.Uint32(r[4:]))}
	if size == 4 {
		p.src, p.dst = flow.AddrFrom4(r[8:]), flow.AddrFrom4(r[12:])
	} else {
		p.src, p.dst = addr6(r[8:]), addr6(r[24:])
	}
	ports := r[8+2*size:]
	p.srcPort, p.dstPort = uint16(binary.BigEndian.Uint32(ports)), uint16(binary.BigEndian.Uint32(ports[4:]))
	return true
}

// readGateway reads an extended gateway record: next hop, own AS, source AS, source peer AS, and
// the path to the destination in segments of kind, count and AS numbers. The last is the
// destination's.
func (s *sample) readGateway(r []byte) {
	if len(r) < 4 {
		return
	}
	hop := 4
	switch binary.BigEndian.Uint32(r) {
	case 1:
		hop = 8
	case 2:
		hop = 20
	}
	if len(r) < hop+16 {
		return
	}
	s.srcAS = binary.BigEndian.Uint32(r[hop+4:])
	segments := binary.BigEndian.Uint32(r[hop+12:])
	r = r[hop+16:]
	for range segments {
		if len(r) < 8 {
			return
		}
		n := uint64(binary.BigEndian.Uint32(r[4:]))
		r = r[8:]
		if n*4 > uint64(len(r)) {
			return
		}
		if n > 0 {
			s.dstAS = binary.BigEndian.Uint32(r[n*4-4:])
		}
		r = r[n*4:]
	}
}

// readCounters takes the generic interface counters of a counter sample with a header of that many
// octets, the last word of which counts its records. Those of a late datagram are no news.
func (d *Decoder) readCounters(b []byte, header int, m *message) {
	if len(b) < header {
		d.health.Refused[flow.RefusedSet]++
		return
	}
	count := binary.BigEndian.Uint32(b[header-4:])
	b = b[header:]
	for range count {
		if len(b) < 8 {
			d.health.Refused[flow.RefusedSet]++
			return
		}
		format, length := binary.BigEndian.Uint32(b), uint64(binary.BigEndian.Uint32(b[4:]))
		b = b[8:]
		if length > uint64(len(b)) {
			d.health.Refused[flow.RefusedSet]++
			return
		}
		r := b[:length]
		b = b[min(uint64(len(b)), (length+3)&^3):]
		if format != recordGeneric || len(r) < 64 || d.old {
			continue
		}
		d.count(r, m)
	}
}
