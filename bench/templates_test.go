package main

import (
	"cmp"
	"slices"

	"tributary/internal/flow"
)

// Elements that are made, by their numbers in the IANA registry.
const (
	octetDelta, packetDelta         = 1, 2
	postOctetDelta, postPacketDelta = 23, 24
	protocolID                      = 4
	srcPort, dstPort                = 7, 11
	src4ID, dst4ID                  = 8, 12
	inputID, outputID               = 10, 14
	srcASID, dstASID                = 16, 17
	src6ID, dst6ID                  = 27, 28
	samplerID, samplerInterval      = 48, 50
)

// reversePEN is the enterprise whose elements are those of the flow the other way (RFC 5103 section 6.1).
const reversePEN = 29305

// startEnd are the elements for a flow's start and end by clock, and their lengths.
var startEnd = map[clock]struct{ start, end, length int }{
	clockUptime: {22, 21, 4}, clockSeconds: {150, 151, 4}, clockMilli: {152, 153, 8}, clockNTP: {154, 155, 8}, clockDelta: {158, 159, 4},
}

// others are elements that neither side reads into the columns compared, with their lengths.
var others = [][2]int{{5, 1}, {6, 1}, {9, 1}, {13, 1}, {15, 4}, {56, 6}, {58, 2}, {61, 1}, {62, 16}, {89, 1}, {136, 1}, {148, 8}}

// madeField is a field of a template that was made.
type madeField struct {
	id, length int
	pen        uint32 // 0 = IANA
	variable   bool
	order      uint8 // by which fields are mixed
}

// madeTemplate is one that was made.
type madeTemplate struct {
	fields []madeField
	record record // what is the same of all its records
	sample bool   // names a sampler
}

// madeDomain is what was announced in a domain.
type madeDomain struct {
	ids       []uint16 // of templates
	templates map[uint16]*madeTemplate
	samplers  []uint8
}

// templateMaker makes NetFlow v9 datagrams (RFC 3954) or IPFIX messages (RFC 7011).
type templateMaker struct {
	o       *octets
	ipfix   bool
	domains map[uint32]*madeDomain

	d      made
	uptime uint32
	count  int // records in the datagram, as v9 counts
}

// datagram makes one of some sets: data only for templates that came before.
func (m *templateMaker) datagram(export int64) made {
	id := uint32(m.o.below(2))
	dom := m.domains[id]
	if dom == nil {
		dom = &madeDomain{templates: map[uint16]*madeTemplate{}}
		m.domains[id] = dom
	}
	m.d, m.uptime, m.count = made{export: export}, m.o.u32(), 0
	var sets []byte
	if len(dom.ids) == 0 {
		sets = m.templateSet(sets, dom)
	}
	for range 1 + m.o.below(4) {
		switch m.o.below(6) {
		case 0:
			sets = m.templateSet(sets, dom)
		case 1:
			sets = m.optionSets(sets, dom)
		default:
			sets = m.dataSet(sets, dom)
		}
	}
	var b []byte
	if m.ipfix {
		b = be.AppendUint16(b, 10)
		b = be.AppendUint16(b, uint16(16+len(sets)))
	} else {
		b = be.AppendUint16(b, 9)
		b = be.AppendUint16(b, uint16(m.count))
		b = be.AppendUint32(b, m.uptime)
	}
	b = be.AppendUint32(b, uint32(export/1000))
	b = be.AppendUint32(b, m.o.u32())
	b = be.AppendUint32(b, id)
	b = append(b, sets...)
	m.d.payload = b
	return m.d
}

// set appends a set; v9 pads it to four octets, in IPFIX it may be padded (RFC 7011 section 3.3.1).
func (m *templateMaker) set(dst []byte, id uint16, body []byte) []byte {
	for len(body)%4 != 0 && (!m.ipfix || m.o.oneIn(2)) {
		body = append(body, 0)
	}
	dst = be.AppendUint16(dst, id)
	dst = be.AppendUint16(dst, uint16(4+len(body)))
	return append(dst, body...)
}

func (m *templateMaker) templateSet(dst []byte, dom *madeDomain) []byte {
	var body []byte
	for range 1 + m.o.below(2) {
		id := uint16(256 + m.o.below(4))
		t := m.template(dom)
		if dom.templates[id] == nil {
			dom.ids = append(dom.ids, id)
		}
		dom.templates[id] = t
		body = be.AppendUint16(body, id)
		body = be.AppendUint16(body, uint16(len(t.fields)))
		for _, f := range t.fields {
			body = m.field(body, f)
		}
		m.count++
	}
	id := uint16(0)
	if m.ipfix {
		id = 2
	}
	return m.set(dst, id, body)
}

func (m *templateMaker) field(dst []byte, f madeField) []byte {
	id, length := uint16(f.id), uint16(f.length)
	if f.pen != 0 {
		id |= 0x8000
	}
	if f.variable {
		length = 65535
	}
	dst = be.AppendUint16(be.AppendUint16(dst, id), length)
	if f.pen != 0 {
		dst = be.AppendUint32(dst, f.pen)
	}
	return dst
}

// template makes one of known elements, each once, in any order.
func (m *templateMaker) template(dom *madeDomain) *madeTemplate {
	o, t := m.o, &madeTemplate{}
	add := func(id, length int) {
		t.fields = append(t.fields, madeField{id: id, length: length, order: o.u8()})
	}
	maybe := func(id int, lengths ...int) {
		if !o.oneIn(4) {
			add(id, lengths[o.below(len(lengths))])
		}
	}
	switch o.below(8) {
	case 0:
		t.record.four, t.record.six = true, true
	case 1, 2:
		t.record.six = true
	case 3:
		add(src4ID, 4) // no destination
	default:
		t.record.four = true
	}
	if t.record.four {
		add(src4ID, 4)
		add(dst4ID, 4)
	}
	if t.record.six {
		add(src6ID, 16)
		add(dst6ID, 16)
	}
	maybe(protocolID, 1)
	maybe(srcPort, 2, 2, 1)
	maybe(dstPort, 2, 2, 1)
	maybe(inputID, 4, 2, 1, 3)
	maybe(outputID, 4, 2, 1, 3)
	maybe(srcASID, 4, 2, 1, 3)
	maybe(dstASID, 4, 2, 1, 3)
	switch o.below(6) {
	case 0:
		add(postOctetDelta, 4+4*o.below(2))
		add(postPacketDelta, 4)
	case 1:
		t.record.inAndOut = true
		add(postOctetDelta, 4+4*o.below(2))
		add(postPacketDelta, 4)
		fallthrough
	default:
		add(octetDelta, 1+o.below(8)) // reduced-size encoding, RFC 7011 section 6.2
		add(packetDelta, 1+o.below(8))
	}
	t.record.clock = clockUptime
	if m.ipfix {
		t.record.clock = clockSeconds + clock(o.below(4))
	}
	times := startEnd[t.record.clock]
	if t.record.hasStart = !o.oneIn(6); t.record.hasStart {
		add(times.start, times.length)
	}
	if t.record.hasEnd = !o.oneIn(6); t.record.hasEnd {
		add(times.end, times.length)
	}
	if t.sample = len(dom.samplers) > 0 && o.oneIn(2); t.sample {
		add(samplerID, 1+o.below(2))
	}
	for range o.below(5) {
		other := others[o.below(len(others))]
		add(other[0], other[1])
	}
	if m.ipfix {
		if o.oneIn(5) {
			t.record.biflow = true
			for _, id := range []int{octetDelta, packetDelta} {
				t.fields = append(t.fields, madeField{id: id, length: 1 + o.below(8), pen: reversePEN, order: o.u8()})
			}
		}
		for range o.below(3) {
			f := madeField{id: 1 + o.below(200), length: o.below(20), pen: 1 + uint32(o.u8()), variable: o.oneIn(2), order: o.u8()}
			t.fields = append(t.fields, f)
		}
	}
	slices.SortStableFunc(t.fields, func(a, b madeField) int { return cmp.Compare(a.order, b.order) })
	return t
}

// optionSets announces a sampler, with its options template.
func (m *templateMaker) optionSets(dst []byte, dom *madeDomain) []byte {
	id := uint16(300 + m.o.below(2))
	body := be.AppendUint16(nil, id)
	templates := uint16(1)
	if m.ipfix {
		templates = 3
		body = be.AppendUint16(body, 3)
		body = be.AppendUint16(body, 1)
		body = m.field(body, madeField{id: 149, length: 4}) // scope: the domain
	} else {
		body = be.AppendUint16(body, 4)
		body = be.AppendUint16(body, 8)
		body = m.field(body, madeField{id: 1, length: 4}) // scope: the system
	}
	body = m.field(body, madeField{id: samplerID, length: 1})
	body = m.field(body, madeField{id: samplerInterval, length: 4})
	dst = m.set(dst, templates, body)
	body = nil
	for range 1 + m.o.below(3) {
		sampler := uint8(m.o.below(4))
		dom.samplers = append(dom.samplers, sampler)
		body = be.AppendUint32(body, 0)
		body = append(body, sampler)
		body = be.AppendUint32(body, 1+uint32(m.o.u16()))
		m.count++
	}
	m.count++
	return m.set(dst, id, body)
}

func (m *templateMaker) dataSet(dst []byte, dom *madeDomain) []byte {
	id := dom.ids[m.o.below(len(dom.ids))]
	t := dom.templates[id]
	var body []byte
	for range 1 + m.o.below(6) {
		r := t.record
		r.export, r.uptime = m.d.export, m.uptime
		r.start, r.end = m.times(r.clock)
		for _, f := range t.fields {
			body = m.value(body, f, &r, dom)
		}
		m.d.records = append(m.d.records, r)
		m.count++
	}
	return m.set(dst, id, body)
}

// value appends one field of a record, and notes in r what rules speak of.
func (m *templateMaker) value(dst []byte, f madeField, r *record, dom *madeDomain) []byte {
	o := m.o
	if f.pen == reversePEN {
		v := o.number(f.length)
		if f.id == octetDelta {
			r.reverseOctets = v
		} else {
			r.reversePackets = v
		}
		return number(dst, v, f.length)
	}
	if f.pen != 0 {
		length := f.length
		if f.variable {
			if length == 19 || o.oneIn(3) { // the long form is allowed for short values, too: RFC 7011 section 7
				dst = append(dst, 255, 0, byte(length))
			} else {
				dst = append(dst, byte(length))
			}
		}
		for range length {
			dst = append(dst, o.u8())
		}
		return dst
	}
	times := startEnd[r.clock]
	v := uint64(0)
	switch f.id {
	case src4ID, dst4ID, src6ID, dst6ID:
		return m.address(dst, f, r)
	case times.start:
		v = r.start
	case times.end:
		v = r.end
	case samplerID:
		v = uint64(dom.samplers[o.below(len(dom.samplers))])
	default:
		if f.length > 8 {
			return append(dst, make([]byte, f.length)...)
		}
		v = o.number(f.length)
	}
	switch f.id {
	case octetDelta:
		r.inOctets = v
	case packetDelta:
		r.inPackets = v
	}
	return number(dst, v, f.length)
}

// number appends one in so many octets.
func number(dst []byte, v uint64, length int) []byte {
	for i := length - 1; i >= 0; i-- {
		dst = append(dst, byte(v>>(8*i)))
	}
	return dst
}

// address appends one, now and then zero, or an IPv4-mapped IPv6 address.
func (m *templateMaker) address(dst []byte, f madeField, r *record) []byte {
	o := m.o
	b := make([]byte, f.length)
	switch {
	case o.oneIn(6):
	case f.length == 16 && o.oneIn(6):
		b[10], b[11] = 0xff, 0xff
		copy(b[12:], []byte{o.u8(), o.u8(), o.u8(), o.u8()})
	default:
		for i := range b {
			b[i] = o.u8()
		}
	}
	*map[int]*flow.Addr{src4ID: &r.src4, dst4ID: &r.dst4, src6ID: &r.src6, dst6ID: &r.dst6}[f.id] = addrOf(b)
	return append(dst, b...)
}

// times are a flow's start and end as written, mostly within minutes before export.
func (m *templateMaker) times(c clock) (start, end uint64) {
	o := m.o
	if c == clockUptime {
		return o.uptimes(m.uptime)
	}
	at := func(before int64) uint64 {
		ms := m.d.export - before
		switch c {
		case clockSeconds:
			return uint64(ms / 1000)
		case clockMilli:
			return uint64(ms)
		case clockNTP:
			return uint64(ms/1000+2_208_988_800)<<32 | uint64(o.u32())
		}
		return uint64(max(0, before))*1000 + uint64(o.below(250)) // delta, µs
	}
	last := int64(o.u16())
	first := last + int64(o.u16())
	if o.oneIn(8) { // the other way round
		first, last = last, first
	}
	if o.oneIn(8) && c != clockDelta { // days ago, or in the future
		first += int64(int32(o.u32()))
	}
	if c == clockDelta {
		return min(at(first), 1<<32-1), min(at(last), 1<<32-1)
	}
	return at(first), at(last)
}
