package decode

import (
	"encoding/binary"
	"math"

	"tributary/internal/flow"
)

// column is where a field's value goes.
type column uint8

const (
	colNone column = iota

	// Straight into the flow.
	colSrc4
	colDst4
	colSrc6
	colDst6
	colOctets
	colPackets
	colStart // raw; template.start says in which encoding
	colEnd
	colIn
	colOut
	colSrcAS
	colDstAS
	colSrcPort
	colDstPort
	colProto
	colMetering

	// Into extra: what takes a look at the whole record.
	colSampler
	colInnerSrc4
	colInnerDst4
	colInnerProto
	colInnerSrcPort
	colInnerDstPort
	colReverseOctets
	colReversePackets
	colReverseStart
	colReverseEnd
	colReverseMetering
	colDurationMilli
	colDurationMicro
	colSystemInit
	colFrameSize
	colFrame     // a section of a frame, from its Ethernet header
	colIPSection // a section of a packet, from its IP header
	colInterval34
	colInterval50
	colPackets305
	colSpace306
	colSize309
	colPopulation310
	colProbability311

	// Of options records: what else their scope says.
	colScopeDomain
	colScopeTemplate
	colScopeInterface
	colScopeLineCard
)

// extra is what a record says beyond a flow's own columns. It is reset before each record of a
// template that has any; a template that has none never writes it.
type extra struct {
	sampler                       uint64 // the sampler named; 0 = none, or that one
	named                         bool   // a sampler field was there
	innerSrc, innerDst            uint32
	innerProto                    uint8
	innerSrcPort, innerDstPort    uint16
	reverseOctets, reversePackets uint64
	reverseStart, reverseEnd      uint64
	reverseMetering               flow.Metering
	durationMilli, durationMicro  uint64
	scopeDomain                   uint64
	scopeTemplate                 uint64
	scoped                        uint64 // sampler key of an interface or line card; 0 = none
	systemInit                    int64
	frameSize                     uint64
	frame, ipSection              []byte // of the record
	rates                         announcement
}

// step copies one field of a record to its column: [off, off+len) of the record's octets, which
// whoever runs it has checked to be there.
type step struct {
	op  op
	col column
	off uint16
	len uint16
}

// op is a column with a length that is worth its own code; opUint is for all the others.
type op uint8

const (
	opUint op = iota
	opSrc4
	opDst4
	opSrc6
	opDst6
	opOctets4
	opOctets8
	opPackets4
	opPackets8
	opStart4
	opEnd4
	opStart8
	opEnd8
	opIn2
	opIn4
	opOut2
	opOut4
	opSrcAS4
	opDstAS4
	opSrcPort2
	opDstPort2
	opProto1
	opMetering1
	opSampler1
	opSampler2
	opSampler4
	opBytes // a section: the octets themselves

	// Two fields that follow each other, as most templates have them: see fuse.
	opSrcDst4
	opSrcDst6
	opPorts
	opOctetsPackets4
	opPacketsOctets4
	opOctetsPackets8
	opPacketsOctets8
	opStartEnd4
	opEndStart4
	opStartEnd8
	opInOut4
	opAS4
)

// pairs are the ops that fuse can make of two.
var pairs = map[[2]op]op{
	{opSrc4, opDst4}: opSrcDst4, {opSrc6, opDst6}: opSrcDst6, {opSrcPort2, opDstPort2}: opPorts,
	{opOctets4, opPackets4}: opOctetsPackets4, {opPackets4, opOctets4}: opPacketsOctets4,
	{opOctets8, opPackets8}: opOctetsPackets8, {opPackets8, opOctets8}: opPacketsOctets8,
	{opStart4, opEnd4}: opStartEnd4, {opEnd4, opStart4}: opEndStart4, {opStart8, opEnd8}: opStartEnd8,
	{opIn4, opOut4}: opInOut4, {opSrcAS4, opDstAS4}: opAS4,
}

// fuse makes one step of two that read adjacent octets: the price of a record is the number of its
// steps. 31 ns -> 24 ns of CPU a NetFlow v9 record of 20 fields, BenchmarkNetFlow9.
func fuse(steps []step) []step {
	out := steps[:0]
	for _, s := range steps {
		if n := len(out) - 1; n >= 0 && out[n].off+out[n].len == s.off {
			if o, ok := pairs[[2]op{out[n].op, s.op}]; ok {
				out[n].op = o
				out[n].len += s.len
				continue
			}
		}
		out = append(out, s)
	}
	return out
}

// fastOps lists the lengths that have their own code.
var fastOps = map[[2]int]op{
	{int(colOctets), 4}: opOctets4, {int(colOctets), 8}: opOctets8,
	{int(colPackets), 4}: opPackets4, {int(colPackets), 8}: opPackets8,
	{int(colStart), 4}: opStart4, {int(colStart), 8}: opStart8,
	{int(colEnd), 4}: opEnd4, {int(colEnd), 8}: opEnd8,
	{int(colIn), 2}: opIn2, {int(colIn), 4}: opIn4, {int(colOut), 2}: opOut2, {int(colOut), 4}: opOut4,
	{int(colSrcAS), 4}: opSrcAS4, {int(colDstAS), 4}: opDstAS4,
	{int(colSrcPort), 2}: opSrcPort2, {int(colDstPort), 2}: opDstPort2,
	{int(colProto), 1}: opProto1, {int(colMetering), 1}: opMetering1,
	{int(colSampler), 1}: opSampler1, {int(colSampler), 2}: opSampler2, {int(colSampler), 4}: opSampler4,
}

// makeStep returns the step that copies length octets at off to col; false where a field of that
// length cannot hold the column's value.
func makeStep(col column, off, length int) (step, bool) {
	s := step{col: col, off: uint16(off), len: uint16(length)}
	switch col {
	case colNone:
		return s, false
	case colSrc4:
		s.op = opSrc4
		return s, length == 4
	case colDst4:
		s.op = opDst4
		return s, length == 4
	case colSrc6:
		s.op = opSrc6
		return s, length == 16
	case colDst6:
		s.op = opDst6
		return s, length == 16
	case colInnerSrc4, colInnerDst4:
		return s, length == 4
	case colFrame, colIPSection:
		s.op = opBytes
		return s, length > 0
	case colProbability311:
		return s, length == 4 || length == 8
	}
	s.op = fastOps[[2]int{int(col), length}]
	return s, length >= 1 && length <= 8
}

// run executes the steps on one record. Every step lies inside b: makers of steps saw to it.
//
//nolint:gocyclo,funlen // one flat switch
func run(steps []step, b []byte, f *flow.Flow, x *extra) {
	for i := range steps {
		s := &steps[i]
		p := b[s.off:]
		switch s.op {
		case opSrc4:
			f.Src = flow.AddrFrom4(p)
		case opDst4:
			f.Dst = flow.AddrFrom4(p)
		case opSrc6:
			f.Src = addr6(p)
		case opDst6:
			f.Dst = addr6(p)
		case opOctets4:
			f.Octets = uint64(binary.BigEndian.Uint32(p))
		case opOctets8:
			f.Octets = binary.BigEndian.Uint64(p)
		case opPackets4:
			f.Packets = uint64(binary.BigEndian.Uint32(p))
		case opPackets8:
			f.Packets = binary.BigEndian.Uint64(p)
		case opStart4:
			f.Start = int64(binary.BigEndian.Uint32(p))
		case opEnd4:
			f.End = int64(binary.BigEndian.Uint32(p))
		case opStart8:
			f.Start = int64(binary.BigEndian.Uint64(p))
		case opEnd8:
			f.End = int64(binary.BigEndian.Uint64(p))
		case opIn2:
			f.InIf = uint32(binary.BigEndian.Uint16(p))
		case opIn4:
			f.InIf = binary.BigEndian.Uint32(p)
		case opOut2:
			f.OutIf = uint32(binary.BigEndian.Uint16(p))
		case opOut4:
			f.OutIf = binary.BigEndian.Uint32(p)
		case opSrcAS4:
			f.SrcAS = binary.BigEndian.Uint32(p)
		case opDstAS4:
			f.DstAS = binary.BigEndian.Uint32(p)
		case opSrcPort2:
			f.SrcPort = binary.BigEndian.Uint16(p)
		case opDstPort2:
			f.DstPort = binary.BigEndian.Uint16(p)
		case opProto1:
			f.Proto = p[0]
		case opMetering1:
			f.Metering = metering(uint64(p[0]))
		case opSrcDst4:
			v := binary.BigEndian.Uint64(p)
			f.Src, f.Dst = addr4(uint32(v>>32)), addr4(uint32(v))
		case opSrcDst6:
			p = p[:32]
			f.Src, f.Dst = addr6(p), addr6(p[16:])
		case opPorts:
			v := binary.BigEndian.Uint32(p)
			f.SrcPort, f.DstPort = uint16(v>>16), uint16(v)
		case opOctetsPackets4:
			v := binary.BigEndian.Uint64(p)
			f.Octets, f.Packets = v>>32, v&0xffffffff
		case opPacketsOctets4:
			v := binary.BigEndian.Uint64(p)
			f.Packets, f.Octets = v>>32, v&0xffffffff
		case opOctetsPackets8:
			p = p[:16]
			f.Octets, f.Packets = binary.BigEndian.Uint64(p), binary.BigEndian.Uint64(p[8:])
		case opPacketsOctets8:
			p = p[:16]
			f.Packets, f.Octets = binary.BigEndian.Uint64(p), binary.BigEndian.Uint64(p[8:])
		case opStartEnd4:
			v := binary.BigEndian.Uint64(p)
			f.Start, f.End = int64(v>>32), int64(v&0xffffffff)
		case opEndStart4:
			v := binary.BigEndian.Uint64(p)
			f.End, f.Start = int64(v>>32), int64(v&0xffffffff)
		case opStartEnd8:
			p = p[:16]
			f.Start, f.End = int64(binary.BigEndian.Uint64(p)), int64(binary.BigEndian.Uint64(p[8:]))
		case opInOut4:
			v := binary.BigEndian.Uint64(p)
			f.InIf, f.OutIf = uint32(v>>32), uint32(v)
		case opAS4:
			v := binary.BigEndian.Uint64(p)
			f.SrcAS, f.DstAS = uint32(v>>32), uint32(v)
		case opSampler1:
			x.sampler, x.named = uint64(p[0]), true
		case opSampler2:
			x.sampler, x.named = uint64(binary.BigEndian.Uint16(p)), true
		case opSampler4:
			x.sampler, x.named = uint64(binary.BigEndian.Uint32(p)), true
		case opBytes:
			if s.col == colFrame {
				x.frame = p[:s.len]
			} else {
				x.ipSection = p[:s.len]
			}
		default:
			store(s.col, p[:s.len], f, x)
		}
	}
}

// store is run for columns and lengths without code of their own: unsigned numbers of 1 to 8
// octets (RFC 7011 section 6.2, reduced-size encoding, and wider ones than the registry says).
//
//nolint:gocyclo // one flat switch
func store(col column, b []byte, f *flow.Flow, x *extra) {
	v := uintOf(b)
	switch col {
	case colOctets:
		f.Octets = v
	case colPackets:
		f.Packets = v
	case colStart:
		f.Start = int64(v)
	case colEnd:
		f.End = int64(v)
	case colIn:
		f.InIf = uint32(v)
	case colOut:
		f.OutIf = uint32(v)
	case colSrcAS:
		f.SrcAS = uint32(v)
	case colDstAS:
		f.DstAS = uint32(v)
	case colSrcPort:
		f.SrcPort = uint16(v)
	case colDstPort:
		f.DstPort = uint16(v)
	case colProto:
		f.Proto = uint8(v)
	case colMetering:
		f.Metering = metering(v)
	case colSampler:
		x.sampler, x.named = v, true
	case colInnerSrc4:
		x.innerSrc = uint32(v)
	case colInnerDst4:
		x.innerDst = uint32(v)
	case colInnerProto:
		x.innerProto = uint8(v)
	case colInnerSrcPort:
		x.innerSrcPort = uint16(v)
	case colInnerDstPort:
		x.innerDstPort = uint16(v)
	case colReverseOctets:
		x.reverseOctets = v
	case colReversePackets:
		x.reversePackets = v
	case colReverseStart:
		x.reverseStart = v
	case colReverseEnd:
		x.reverseEnd = v
	case colReverseMetering:
		x.reverseMetering = metering(v)
	case colDurationMilli:
		x.durationMilli = v
	case colDurationMicro:
		x.durationMicro = v
	case colSystemInit:
		x.systemInit = int64(v)
	case colFrameSize:
		x.frameSize = v
	case colScopeDomain:
		x.scopeDomain = v
	case colScopeTemplate:
		x.scopeTemplate = v
	case colScopeInterface, colScopeLineCard:
		x.scoped = scopedSampler(col, v)
	default:
		x.rates.store(col, b)
	}
}

// addr6 reads an IPv6 address of a record. The unspecified address :: is read as ::1: the zero Addr
// means "no address", a record that states :: as one party (duplicate address detection sends from
// it) still has octets to count, and neither address ever belongs to a network.
func addr6(b []byte) flow.Addr {
	a := flow.AddrFrom16(b)
	if a.IsZero() {
		a.Lo = 1
	}
	return a
}

func addr4(v uint32) flow.Addr { return flow.Addr{Lo: 0xffff<<32 | uint64(v)} }

// metering reads flowDirection: 0 ingress, 1 egress; other values say nothing.
func metering(v uint64) flow.Metering {
	switch v {
	case 0:
		return flow.MeteredIngress
	case 1:
		return flow.MeteredEgress
	}
	return flow.MeteringUnstated
}

// uintOf reads an unsigned number of up to 8 octets in network order.
func uintOf(b []byte) (v uint64) {
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v
}

// floatOf reads a float32 or float64 (RFC 7011 section 6.1.7).
func floatOf(b []byte) float64 {
	switch len(b) {
	case 4:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b)))
	case 8:
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	}
	return 0
}
