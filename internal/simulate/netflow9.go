package simulate

import "encoding/binary"

// NetFlow v9 is RFC 3954. Its header counts the records of all FlowSets in the datagram, templates
// and options included, and its sequence number counts datagrams:
//
//	version count sysUptime unix_secs sequence source_id
//	  2       2      4         4         4         4

// appendV9 writes one datagram.
func (d *Device) appendV9(dst []byte, now int64, records []Record) ([]byte, int) {
	l := d.templates()
	clock := now + d.Skew
	base := len(dst)
	b := put16(dst, 9)
	b = put16(b, 0) // count, known at the end
	b = put32(b, d.uptime(clock))
	b = put32(b, uint32(clock/1000))
	b = put32(b, d.sequence)
	b = put32(b, d.Domain)
	count := 0
	if d.refresh(now) {
		b = d.appendV9Templates(b, l)
		count = 2
		if l.options != nil {
			count++
			count += len(d.announcedSamplers())
		}
	}
	b, used := d.appendData(b, base, l, records, clock)
	binary.BigEndian.PutUint16(b[base+2:], uint16(count+used))
	d.sequence++
	return b, used
}

// appendV9Templates writes a Template FlowSet (id 0), an Options Template FlowSet (id 1) and the
// options themselves.
func (d *Device) appendV9Templates(b []byte, l *layout) []byte {
	b, set := openSet(b, 0)
	b = appendV9Fields(put16(put16(b, template4), uint16(len(l.v4))), l.v4)
	b = appendV9Fields(put16(put16(b, template6), uint16(len(l.v6))), l.v6)
	b = closeSet(b, set)
	if l.options == nil {
		return b
	}
	b, set = openSet(b, 1)
	b = put16(b, templateSampler)
	b = put16(b, uint16(4*l.scopes)) // octets of scope specifiers, unlike IPFIX
	b = put16(b, uint16(4*(len(l.options)-l.scopes)))
	b = appendV9Fields(b, l.options)
	b = closeSet(b, set)
	return d.appendOptions(b)
}

func appendV9Fields(b []byte, fields []field) []byte {
	for _, f := range fields {
		b = put16(put16(b, f.id), f.length)
	}
	return b
}

// appendOptions writes a set of options records, one a sampler.
func (d *Device) appendOptions(b []byte) []byte {
	b, set := openSet(b, templateSampler)
	for _, s := range d.announcedSamplers() {
		b = d.appendOption(b, s)
	}
	return closeSet(b, set)
}

// appendData writes data sets with as many records as the datagram that began at base has room
// for. Records of one IP version that follow one another share a set.
func (d *Device) appendData(b []byte, base int, l *layout, records []Record, clock int64) ([]byte, int) {
	const setOverhead = 4 + 3 // header and padding
	room := d.room() - setOverhead
	export := clock / 1000 * 1000 // what the header says
	used, set := 0, -1
	var open uint16
	for i := range records {
		id, fields, size := uint16(template4), l.v4, l.size4
		if !records[i].Src.Is4() {
			id, fields, size = template6, l.v6, l.size6
		}
		if len(b)-base+size > room {
			break
		}
		if set < 0 || id != open {
			if set >= 0 {
				b = closeSet(b, set)
			}
			b, set = openSet(b, id)
			open = id
		}
		b = d.appendRecord(b, fields, &records[i], export)
		used++
	}
	if set >= 0 {
		b = closeSet(b, set)
	}
	return b, used
}

// openSet writes a set's header; where it stands is returned for closeSet.
func openSet(b []byte, id uint16) ([]byte, int) {
	return put16(put16(b, id), 0), len(b)
}

// closeSet pads the set to four octets, which RFC 3954 section 5.3 asks for and RFC 7011 section
// 3.3.1 allows, and writes its length.
func closeSet(b []byte, set int) []byte {
	for (len(b)-set)%4 != 0 {
		b = append(b, 0)
	}
	binary.BigEndian.PutUint16(b[set+2:], uint16(len(b)-set))
	return b
}
