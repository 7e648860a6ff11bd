package decode

import (
	"encoding/binary"

	"tributary/internal/flow"
)

const headerXLen = 16 // RFC 7011 section 3.1

// headerX reads an IPFIX message header: version, length, export time, sequence, domain.
func (m *message) headerX(b []byte) bool {
	if len(b) < headerXLen {
		return false
	}
	m.setExport(int64(binary.BigEndian.Uint32(b[4:])) * 1000)
	m.sequence = binary.BigEndian.Uint32(b[8:])
	m.domain = binary.BigEndian.Uint32(b[12:])
	return true
}

// readX appends the flows of an IPFIX message. What follows the message in the datagram is ignored;
// of one that is cut off, what is there is read and the set that was cut is booked.
func (d *Decoder) readX(dst []flow.Flow, b []byte, m *message) []flow.Flow {
	length := int(binary.BigEndian.Uint16(b[2:]))
	if length < headerXLen {
		d.refuseSet()
		return dst
	}
	return d.readSets(dst, b[headerXLen:min(length, len(b))], m)
}

// readOptionsTemplatesX learns the options templates of an IPFIX set: id, field count, how many of
// them are scope fields, fields (RFC 7011 section 3.4.2.2). A count of 0 withdraws.
func (d *Decoder) readOptionsTemplatesX(b []byte, m *message) {
	for len(b) >= 4 {
		id, count := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if id < firstTemplate && allZero(b) {
			return
		}
		if count == 0 {
			d.withdraw(id, setOptionsX)
			b = b[4:]
			continue
		}
		size, ok, scopes := 0, false, 0
		if len(b) >= 6 && id >= firstTemplate {
			scopes = int(binary.BigEndian.Uint16(b[4:]))
			size, ok = d.readFields(b[6:], count, true)
		}
		if !ok || scopes > count {
			d.health.Refused[flow.RefusedTemplate]++
			return
		}
		d.learnOptions(id, b[:6+size], m, scopes)
		b = b[6+size:]
	}
}
