package main

import (
	"encoding/binary"

	"tributary/internal/decode"
)

// made is a datagram that was made, with what is known of the records in it.
type made struct {
	payload []byte
	export  int64 // Unix ms
	records []record
}

// octets is where everything that is made comes from. Where it ends it goes on with zeros.
type octets []byte

func (o *octets) u8() uint8 {
	if len(*o) == 0 {
		return 0
	}
	v := (*o)[0]
	*o = (*o)[1:]
	return v
}

func (o *octets) u16() uint16 { return uint16(o.u8())<<8 | uint16(o.u8()) }
func (o *octets) u32() uint32 { return uint32(o.u16())<<16 | uint32(o.u16()) }
func (o *octets) u64() uint64 { return uint64(o.u32())<<32 | uint64(o.u32()) }

// below gives 0 to n−1, n up to 256.
func (o *octets) below(n int) int { return int(o.u8()) % n }

// oneIn gives true once in n; false where the octets have ended.
func (o *octets) oneIn(n int) bool { return len(*o) > 0 && o.below(n) == 0 }

// number gives one that fits a field of so many octets. Of the wide ones most are small: below 2^40
// they are plausible at any rate that is announced, and the others are not at all.
func (o *octets) number(length int) uint64 {
	v := o.u64() >> (64 - 8*min(length, 5))
	if length == 8 && o.oneIn(20) {
		v |= 1 << 60
	}
	if o.oneIn(12) {
		v = 0
	}
	return v
}

var be = binary.BigEndian

// makeStream makes the datagrams of one exporter.
func makeStream(p decode.Protocol, source []byte) (out []made) {
	o := octets(source)
	base := int64(1_600_000_000 + o.u32()%200_000_000)
	m := &templateMaker{o: &o, ipfix: p == decode.IPFIX, domains: map[uint32]*madeDomain{}}
	for i := range 1 + o.below(5) {
		export := (base + int64(i)) * 1000
		switch p {
		case decode.NetFlow5:
			out = append(out, makeV5(&o, export))
		case decode.SFlow5:
			out = append(out, makeSFlow(&o, export))
		default:
			out = append(out, m.datagram(export))
		}
	}
	return out
}

// makeV5 makes a NetFlow v5 datagram (Cisco, "NetFlow Export Datagram Format").
func makeV5(o *octets, export int64) made {
	n := 1 + o.below(30)
	uptime := o.u32()
	d := made{export: export + int64(o.below(100))}
	b := be.AppendUint16(nil, 5)
	b = be.AppendUint16(b, uint16(n))
	b = be.AppendUint32(b, uptime)
	b = be.AppendUint32(b, uint32(export/1000))
	b = be.AppendUint32(b, uint32(d.export-export)*1_000_000+uint32(o.u16()))
	b = be.AppendUint32(b, o.u32())
	b = append(b, o.u8(), o.u8())
	b = be.AppendUint16(b, 1<<14|uint16(o.u8()))
	for range n {
		r := record{export: d.export, hasStart: true, hasEnd: true, clock: clockUptime, uptime: uptime}
		r.start, r.end = o.uptimes(uptime)
		b = be.AppendUint32(b, o.u32()) // source
		b = be.AppendUint32(b, o.u32()) // destination
		b = be.AppendUint32(b, 0)       // next hop
		b = be.AppendUint16(b, o.u16())
		b = be.AppendUint16(b, o.u16())
		b = be.AppendUint32(b, uint32(o.number(4)))
		b = be.AppendUint32(b, uint32(o.number(4)))
		b = be.AppendUint32(b, uint32(r.start))
		b = be.AppendUint32(b, uint32(r.end))
		b = be.AppendUint16(b, o.u16())
		b = be.AppendUint16(b, o.u16())
		b = append(b, 0, o.u8(), o.u8(), o.u8())
		b = be.AppendUint16(b, o.u16())
		b = be.AppendUint16(b, o.u16())
		b = append(b, o.u8(), o.u8(), 0, 0)
		d.records = append(d.records, r)
	}
	d.payload = b
	return d
}

// uptimes are the times of a flow around an uptime: mostly within minutes, in order, before it.
func (o *octets) uptimes(uptime uint32) (start, end uint64) {
	if o.oneIn(8) {
		return uint64(o.u32()), uint64(o.u32())
	}
	end = uint64(uptime - uint32(o.u16()))
	start = uint64(uint32(end) - uint32(o.u16()))
	if o.oneIn(8) {
		end = uint64(uptime + uint32(o.u16()))
	}
	return start, end
}
