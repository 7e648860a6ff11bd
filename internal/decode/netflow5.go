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

// read5 appends the flows of a NetFlow v5 datagram, whose length header5 has checked.
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
	for ; len(b) >= record5Len; b = b[record5Len:] {
		f := &dst[at]
		*f = flow.Flow{
			Src:      flow.AddrFrom4(b),
			Dst:      flow.AddrFrom4(b[4:]),
			InIf:     uint32(binary.BigEndian.Uint16(b[12:])),
			OutIf:    uint32(binary.BigEndian.Uint16(b[14:])),
			Packets:  uint64(binary.BigEndian.Uint32(b[16:])),
			Octets:   uint64(binary.BigEndian.Uint32(b[20:])),
			Start:    m.at(clockUptime, uint64(binary.BigEndian.Uint32(b[24:])), 0),
			End:      m.at(clockUptime, uint64(binary.BigEndian.Uint32(b[28:])), 0),
			SrcPort:  binary.BigEndian.Uint16(b[32:]),
			DstPort:  binary.BigEndian.Uint16(b[34:]),
			Proto:    b[38],
			SrcAS:    uint32(binary.BigEndian.Uint16(b[40:])),
			DstAS:    uint32(binary.BigEndian.Uint16(b[42:])),
			Rate:     rate,
			Exporter: x.ID,
		}
		if f.Octets|f.Packets == 0 {
			empty++
			continue
		}
		if f.Octets >= r.limit || f.Packets >= r.limit {
			implausible++
			continue
		}
		if m.settle(f, true, true) {
			untimed++
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
