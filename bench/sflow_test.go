package main

// makeSFlow makes an sFlow datagram (sFlow Version 5, sflow.org 2004, section 5).
func makeSFlow(o *octets, export int64) made {
	m := &sampleMaker{o: o, d: made{export: export}}
	n := 1 + o.below(6)
	b := be.AppendUint32(nil, 5)
	if o.oneIn(3) {
		b = be.AppendUint32(b, 2)
		b = append(b, m.octets(16)...)
	} else {
		b = be.AppendUint32(b, 1)
		b = append(b, m.octets(4)...)
	}
	b = be.AppendUint32(b, 0)
	b = be.AppendUint32(b, o.u32())
	b = be.AppendUint32(b, o.u32())
	b = be.AppendUint32(b, uint32(n))
	for range n {
		format, body := m.sample()
		b = be.AppendUint32(b, format)
		b = be.AppendUint32(b, uint32(len(body)))
		b = append(b, body...)
	}
	m.d.payload = b
	return m.d
}

// sampleMaker makes samples.
type sampleMaker struct {
	o *octets
	d made
}

func (m *sampleMaker) octets(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = m.o.u8()
	}
	return b
}

// sample makes one of counters or of a flow, compact or expanded.
func (m *sampleMaker) sample() (format uint32, body []byte) {
	o := m.o
	b := be.AppendUint32(nil, o.u32()) // sequence
	expanded := o.oneIn(2)
	if o.oneIn(6) {
		return m.counters(b, expanded)
	}
	r := record{export: m.d.export}
	in, out := uint32(o.u16()), uint32(o.u16())
	if o.oneIn(8) {
		in, r.noInputIndex = 0x3fffffff, true
	}
	outFormat := uint32(0)
	switch o.below(8) {
	case 1:
		outFormat, r.discarded = 1, true
	case 2:
		out, r.noOutputIndex = 0x3fffffff, true
	}
	rate, pool := 1+uint32(o.u16()), o.u32()
	if expanded {
		format = 3
		for _, v := range []uint32{0, uint32(o.u16()), rate, pool, 0, 0, in, outFormat, out} {
			b = be.AppendUint32(b, v)
		}
	} else {
		format = 1
		for _, v := range []uint32{uint32(o.u16()), rate, pool, 0, in, outFormat<<30 | out} {
			b = be.AppendUint32(b, v)
		}
	}
	records := [][]byte{m.packet(&r)}
	for range o.below(4) {
		switch kind := o.below(5); {
		case kind == 0 && !r.hasGateway:
			records = append(records, m.gateway(&r))
		case kind == 1:
			records = append(records, flowRecord(1001, m.octets(16))) // extended switch
		case kind == 2:
			hop := be.AppendUint32(nil, 1)
			records = append(records, flowRecord(1002, append(hop, m.octets(12)...))) // extended router
		default:
			records = append(records, flowRecord(uint32(4000+o.below(9)), m.octets(4*o.below(6)))) // unknown
		}
	}
	b = be.AppendUint32(b, uint32(len(records)))
	for _, rec := range records {
		b = append(b, rec...)
	}
	m.d.records = append(m.d.records, r)
	return format, b
}

func flowRecord(format uint32, body []byte) []byte {
	b := be.AppendUint32(nil, format)
	b = be.AppendUint32(b, uint32(len(body)))
	return append(b, body...)
}

// counters makes a counter sample of generic interface counters.
func (m *sampleMaker) counters(b []byte, expanded bool) (format uint32, body []byte) {
	format = 2
	if expanded {
		format = 4
		b = be.AppendUint32(b, 0)
	}
	b = be.AppendUint32(b, uint32(m.o.u16()))
	b = be.AppendUint32(b, 1)
	return format, append(b, flowRecord(1, m.octets(88))...)
}

// gateway makes BGP data with at most one segment of path: goflow2 reads no more.
func (m *sampleMaker) gateway(r *record) []byte {
	o := m.o
	r.hasGateway, r.srcAS = true, uint32(o.number(4))
	b := be.AppendUint32(nil, 1)
	b = append(b, m.octets(4)...)
	b = be.AppendUint32(b, o.u32()) // the router's own AS
	b = be.AppendUint32(b, r.srcAS)
	b = be.AppendUint32(b, o.u32()) // of the peer
	if n := o.below(5); n > 0 {
		b = be.AppendUint32(b, 1)
		b = be.AppendUint32(b, 2) // a sequence
		b = be.AppendUint32(b, uint32(n))
		for range n {
			r.pathEnd = o.u32()
			b = be.AppendUint32(b, r.pathEnd)
		}
	} else {
		b = be.AppendUint32(b, 0)
	}
	communities := o.below(3)
	b = be.AppendUint32(b, uint32(communities))
	b = append(b, m.octets(4*communities)...)
	return flowRecord(1003, be.AppendUint32(b, o.u32()))
}

// packet makes the record that says what packet it was: its header, or a sampled IPv4 or IPv6 record.
func (m *sampleMaker) packet(r *record) []byte {
	o := m.o
	six := o.oneIn(3)
	addresses := 8
	if six {
		addresses, r.six = 32, true
	}
	if o.oneIn(4) {
		format := uint32(3)
		if six {
			format = 4
		}
		b := be.AppendUint32(nil, uint32(o.u16()))
		b = be.AppendUint32(b, uint32(o.u8()))
		b = append(b, m.octets(addresses)...)
		b = be.AppendUint32(b, uint32(o.u16()))
		b = be.AppendUint32(b, uint32(o.u16()))
		return flowRecord(format, append(b, m.octets(8)...))
	}
	h := m.octets(12) // Ethernet
	for range o.below(3) {
		h = append(be.AppendUint16(h, 0x8100), m.octets(2)...)
	}
	proto := []byte{6, 17, 1, 50}[o.below(4)]
	payload := uint16(8 + o.below(250)*5)
	if six {
		h = be.AppendUint16(h, 0x86dd)
		h = be.AppendUint32(h, 6<<28|o.u32()>>12)
		h = be.AppendUint16(h, payload)
		h = append(h, proto, o.u8())
		r.ipLength = 40 + uint64(payload)
	} else {
		h = be.AppendUint16(h, 0x0800)
		h = append(h, 0x45, o.u8())
		h = be.AppendUint16(h, 20+payload)
		h = be.AppendUint16(h, o.u16())
		h = append(h, 0x40, 0, o.u8(), proto, 0, 0) // not fragmented
		r.ipLength = 20 + uint64(payload)
	}
	r.raw = true
	frame := uint32(len(h)+addresses) + uint32(payload)
	h = append(h, m.octets(addresses+20)...)
	h[len(h)-8] = 0x50 // a TCP header of 20 octets
	b := be.AppendUint32(nil, 1)
	b = be.AppendUint32(b, frame+4)
	b = be.AppendUint32(b, 4) // the checksum was stripped
	b = be.AppendUint32(b, uint32(len(h)))
	b = append(b, h...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return flowRecord(1, b)
}
