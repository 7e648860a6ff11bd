package decode

import (
	"encoding/binary"
	"slices"

	"tributary/internal/flow"
)

// Lengths of NetFlow v5 (Cisco, "NetFlow Export Datagram Format", table B-3 and B-4).
const (
	header5Len = 24
	record5Len = 48
)

// header5 reads a NetFlow v5 header: version, count, uptime, seconds, nanoseconds, sequence, engine,
// sampling. It reports false where the datagram is shorter than the header says; what comes after
// the last record is ignored.
func (m *message) header5(b []byte) bool {
	if len(b) < header5Len || len(b) < header5Len+record5Len*int(binary.BigEndian.Uint16(b[2:])) {
		return false
	}
	m.uptime = binary.BigEndian.Uint32(b[4:])
	ns := min(binary.BigEndian.Uint32(b[12:]), 999_999_999)
	m.setExport(int64(binary.BigEndian.Uint32(b[8:]))*1000 + int64(ns)/1_000_000)
	m.sequence = binary.BigEndian.Uint32(b[16:])
	m.domain = uint32(binary.BigEndian.Uint16(b[20:])) // engine type and number
	return true
}

// read5 appends the flows of a NetFlow v5 datagram, whose length header5 has checked. Fields that
// follow each other are read together: 17 -> 8 ns a record, BenchmarkNetFlow5.
//
//	0         4         8          12  14   16        20       24      28     32    34    38       40  42
//	| source | destination | next hop | in | out | packets | octets | first | last | ports | … | protocol | AS … |
func (d *Decoder) read5(dst []flow.Flow, b []byte, m *message) []flow.Flow {
	n, at := int(binary.BigEndian.Uint16(b[2:])), len(dst)
	x := d.from.exporter
	rate := x.Sampling
	if rate == 0 {
		rate = fallback(x, uint32(binary.BigEndian.Uint16(b[22:])&0x3fff)) // the upper two bits are the mode
	}
	r := ratingOf(rate)
	dst = slices.Grow(dst, n)[:at+n]
	var empty, implausible, untimed uint64
	b = b[header5Len : header5Len+record5Len*n]
	if d.inspect {
		d.audit5(b)
	}
	blank := flow.Flow{Rate: rate, Exporter: x.ID}
	oldest := m.export - maxAge
	for ; len(b) >= record5Len; b = b[record5Len:] {
		p := b[:record5Len:record5Len]
		counters := binary.BigEndian.Uint64(p[16:])
		if counters == 0 {
			empty++
			continue
		}
		f := &dst[at]
		*f = blank
		f.Packets, f.Octets = counters>>32, counters&0xffffffff
		if f.Octets >= r.limit || f.Packets >= r.limit {
			implausible++
			continue
		}
		addresses := binary.BigEndian.Uint64(p)
		f.Src, f.Dst = addr4(uint32(addresses>>32)), addr4(uint32(addresses))
		interfaces := binary.BigEndian.Uint32(p[12:])
		f.InIf, f.OutIf = interfaces>>16, interfaces&0xffff
		uptimes := binary.BigEndian.Uint64(p[24:])
		f.Start = m.export + int64(int32(uint32(uptimes>>32)-m.uptime))
		f.End = m.export + int64(int32(uint32(uptimes)-m.uptime))
		ports := binary.BigEndian.Uint32(p[32:])
		f.SrcPort, f.DstPort = uint16(ports>>16), uint16(ports)
		f.Proto = p[38]
		networks := binary.BigEndian.Uint32(p[40:])
		f.SrcAS, f.DstAS = networks>>16, networks&0xffff
		if uint64(f.Start-oldest) > maxAge+maxLead || uint64(f.End-oldest) > maxAge+maxLead || f.Start > f.End {
			if m.settle(f, true, true) {
				untimed++
			}
		}
		at++
	}
	d.heard.data = uint32(n)
	h, kept := d.health, uint64(n)-empty-implausible
	h.Records += uint64(n)
	h.Kept += kept
	h.Untimed += untimed
	h.Refused[flow.RefusedEmpty] += empty
	h.Refused[flow.RefusedImplausible] += implausible
	if kept > 0 {
		h.SawRate(rate)
		if rate == 0 {
			h.RateUnknown += kept
		}
	}
	return dst[:at]
}
