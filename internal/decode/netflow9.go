package decode

import (
	"bytes"
	"encoding/binary"
	"slices"

	"tributary/internal/flow"
)

const header9Len = 20 // RFC 3954 section 5.1

// Set identifiers of NetFlow v9 (RFC 3954 section 5.2) and IPFIX (RFC 7011 section 3.3.2). Data
// sets have the identifier of their template.
const (
	setTemplates9 = 0
	setOptions9   = 1
	setTemplatesX = 2
	setOptionsX   = 3
	firstTemplate = 256
)

// header9 reads a NetFlow v9 header: version, count, uptime, seconds, sequence, source ID. The
// count is ignored: softflowd counts only data records where templates share the datagram, so the
// datagram is read to its end.
func (m *message) header9(b []byte) bool {
	if len(b) < header9Len {
		return false
	}
	m.uptime = binary.BigEndian.Uint32(b[4:])
	m.sequence = binary.BigEndian.Uint32(b[12:])
	m.setExport(int64(binary.BigEndian.Uint32(b[8:])) * 1000)
	m.domain = binary.BigEndian.Uint32(b[16:])
	return true
}

func (d *Decoder) read9(dst []flow.Flow, b []byte, m *message) []flow.Flow {
	return d.readSets(dst, b[header9Len:], m)
}

// readSets appends the flows of the sets in b, and learns what templates and options say.
//
//	0       2       4
//	| id    | length | length − 4 octets …
func (d *Decoder) readSets(dst []flow.Flow, b []byte, m *message) []flow.Flow {
	for len(b) >= 4 {
		id, length := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if length < 4 {
			if !allZero(b) { // a tail filled with zeros is padding
				d.refuseSet()
			}
			return dst
		}
		if length > len(b) {
			// Cut off, or wrong by a few octets: whole records in it are good, templates need not be.
			d.refuseSet()
			if id < firstTemplate {
				return dst
			}
			length = len(b)
		}
		body := b[4:length]
		b = b[length:]
		if id >= firstTemplate {
			dst = d.readDataSet(dst, id, body, m)
			continue
		}
		switch {
		case id == setTemplates9 && m.protocol == NetFlow9, id == setTemplatesX && m.protocol == IPFIX:
			d.readTemplates(body, m)
		case id == setOptions9 && m.protocol == NetFlow9:
			d.readOptionsTemplates9(body, m)
		case id == setOptionsX && m.protocol == IPFIX:
			d.readOptionsTemplatesX(body, m)
		default:
			d.refuseSet() // reserved
		}
	}
	return dst
}

// refuseSet books a set that cannot be read, or not to its end. How many records were in it is not
// known.
func (d *Decoder) refuseSet() {
	d.health.Refused[flow.RefusedSet]++
	d.heard.loose = true
}

func (d *Decoder) readDataSet(dst []flow.Flow, id uint16, body []byte, m *message) []flow.Flow {
	t := d.domain.templates[id]
	switch {
	case t == nil:
		d.heard.loose = true
		d.hold(templateKey(m.protocol, m.domain, id), body, m)
	case t.options:
		d.readOptions(t, body)
	default:
		return d.readRecords(dst, t, body, m)
	}
	return dst
}

// readTemplates learns the templates of a set: id, field count, fields. In IPFIX a count of 0
// withdraws one, or with the id of the set all of the domain.
func (d *Decoder) readTemplates(b []byte, m *message) {
	for len(b) >= 4 {
		id, count := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if id < firstTemplate && allZero(b) {
			return // padding
		}
		if count == 0 && m.protocol == IPFIX {
			d.withdraw(id, setTemplatesX)
			b = b[4:]
			continue
		}
		size, ok := d.readFields(b[4:], count, m.protocol == IPFIX)
		if !ok || id < firstTemplate {
			d.health.Refused[flow.RefusedTemplate]++
			return // where the next one begins is not known
		}
		d.learn(id, b[:4+size], m)
		b = b[4+size:]
	}
}

// withdraw forgets a template, or all of their kind.
func (d *Decoder) withdraw(id uint16, set uint16) {
	if id == set {
		d.withdrawAll(d.domain, set == setOptionsX)
		return
	}
	d.withdrawTemplate(d.domain, id)
}

// readFields reads count field specifiers into d.fields: element and length, in IPFIX followed by
// an enterprise number where the element's first bit is set. It returns their size in octets.
func (d *Decoder) readFields(b []byte, count int, enterprises bool) (size int, ok bool) {
	d.fields = d.fields[:0]
	for range count {
		if len(b)-size < 4 {
			return 0, false
		}
		f := field{id: binary.BigEndian.Uint16(b[size:]), length: binary.BigEndian.Uint16(b[size+2:])}
		size += 4
		if enterprises && f.id&0x8000 != 0 {
			if len(b)-size < 4 {
				return 0, false
			}
			f.id &^= 0x8000
			f.pen = binary.BigEndian.Uint32(b[size:])
			size += 4
		}
		d.fields = append(d.fields, f)
	}
	return size, true
}

// learn puts the template made of d.fields in force. A definition that only repeats costs a
// comparison; one that cannot be compiled takes the old one with it, which no longer fits the data.
func (d *Decoder) learn(id uint16, raw []byte, m *message) {
	d.learnScoped(id, raw, m, false, 0)
}

// learnOptions is learn for an options template, the first scopes fields of which are scope fields.
func (d *Decoder) learnOptions(id uint16, raw []byte, m *message, scopes int) {
	d.learnScoped(id, raw, m, true, scopes)
}

func (d *Decoder) learnScoped(id uint16, raw []byte, m *message, options bool, scopes int) {
	if d.domain.templates[id].same(raw, options) {
		d.domain.refreshed = m.arrival
		return
	}
	d.withdrawTemplate(d.domain, id)
	if len(d.fields) > d.limits.Fields {
		d.health.Limits[flow.LimitFields]++
		d.health.Refused[flow.RefusedTemplate]++
		return
	}
	t := d.makeTemplate(id, raw, m.protocol, options, scopes)
	if t != nil && t.minimum > d.limits.RecordOctets {
		d.health.Limits[flow.LimitRecordOctets]++
		t = nil
	}
	if t == nil {
		d.health.Refused[flow.RefusedTemplate]++
		return
	}
	d.define(t)
	d.domain.refreshed = m.arrival
}

// makeTemplate compiles d.fields; nil where they make no template.
func (d *Decoder) makeTemplate(id uint16, raw []byte, p Protocol, options bool, scopes int) *template {
	fields := slices.Clone(d.fields)
	for i := range scopes {
		fields[i].scope = true
	}
	t := compile(id, fields, p, options)
	if t != nil {
		t.raw = bytes.Clone(raw)
	}
	return t
}

// readOptionsTemplates9 learns the options templates of a NetFlow v9 set: id, octets of scope
// fields, octets of option fields (RFC 3954 section 6.1).
func (d *Decoder) readOptionsTemplates9(b []byte, m *message) {
	for len(b) >= 6 {
		id, scope, option := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:])), int(binary.BigEndian.Uint16(b[4:]))
		if id < firstTemplate && allZero(b) {
			return
		}
		size, ok := 0, false
		if id >= firstTemplate && scope%4 == 0 && option%4 == 0 {
			size, ok = d.readFields(b[6:], (scope+option)/4, false)
		}
		if !ok {
			d.health.Refused[flow.RefusedTemplate]++
			return
		}
		d.learnOptions(id, b[:6+size], m, scope/4)
		b = b[6+size:]
	}
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
