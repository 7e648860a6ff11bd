package simulate

import "encoding/binary"

// IPFIX is RFC 7011. Its header has the message's length, and its sequence number counts the data
// records (options data records among them) sent before the message:
//
//	version length export_time sequence domain
//	  2       2        4          4        4

// appendIPFIX writes one message.
func (d *Device) appendIPFIX(dst []byte, now int64, records []Record) ([]byte, int) {
	l := d.templates()
	clock := now + d.Skew
	base := len(dst)
	b := put16(dst, 10)
	b = put16(b, 0) // length, known at the end
	b = put32(b, uint32(clock/1000))
	b = put32(b, d.sequence)
	b = put32(b, d.Domain)
	if d.refresh(now) {
		b = d.appendIPFIXTemplates(b, l)
		if l.options != nil {
			d.sequence += uint32(len(d.announcedSamplers()))
		}
	}
	b, used := d.appendData(b, base, l, records, clock)
	d.sequence += uint32(used)
	binary.BigEndian.PutUint16(b[base+2:], uint16(len(b)-base))
	return b, used
}

// appendIPFIXTemplates writes a Template Set (id 2), an Options Template Set (id 3) and the options
// themselves (RFC 7011 sections 3.4.1 and 3.4.2).
func (d *Device) appendIPFIXTemplates(b []byte, l *layout) []byte {
	b, set := openSet(b, 2)
	b = appendIPFIXFields(put16(put16(b, template4), uint16(len(l.v4))), l.v4)
	b = appendIPFIXFields(put16(put16(b, template6), uint16(len(l.v6))), l.v6)
	b = closeSet(b, set)
	if l.options == nil {
		return b
	}
	b, set = openSet(b, 3)
	b = put16(b, templateSampler)
	b = put16(b, uint16(len(l.options))) // all fields, then how many of them are scopes
	b = put16(b, uint16(l.scopes))
	b = appendIPFIXFields(b, l.options)
	b = closeSet(b, set)
	return d.appendOptions(b)
}

func appendIPFIXFields(b []byte, fields []field) []byte {
	const enterpriseBit = 0x8000 // RFC 7011 section 3.2
	for _, f := range fields {
		if f.enterprise == 0 {
			b = put16(put16(b, f.id), f.length)
			continue
		}
		b = put16(put16(b, f.id|enterpriseBit), f.length)
		b = put32(b, f.enterprise)
	}
	return b
}
