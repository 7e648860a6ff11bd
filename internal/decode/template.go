package decode

import (
	"bytes"
	"encoding/binary"
)

// field is one entry of a template as exported.
type field struct {
	pen    uint32 // 0 = an IANA element, or a NetFlow v9 field
	id     uint16
	length uint16 // variable = stated in each record
	scope  bool   // of an options template
}

// template is compiled once, when it arrives, and executed for each record.
type template struct {
	id      uint16
	options bool
	raw     []byte // the definition; an exporter repeats it every few minutes
	fields  []field
	columns []column // of fields

	stride  int    // length of a record; 0 = the template has fields of variable length
	minimum int    // length of the shortest record, at least 1
	steps   []step // valid iff stride > 0

	start, end               clock
	reverseStart, reverseEnd clock

	dual      bool  // IPv4 and IPv6 addresses
	inner     uint8 // bits innerProto…: dual, and the IPv4 addresses have these of their own
	reverse   bool  // a record may give a flow the other way
	counted   bool  // has octets
	address   bool  // has a source and a destination address of one family
	sectioned bool  // has a packet section, and lacks octets or addresses
	named     bool  // a record may name a sampler
	rated     bool  // a record may state a rate
	plain     bool  // steps write into the flow only, but for the sampler
}

// Bits of template.inner.
const (
	innerProto = 1 << iota
	innerSrcPort
	innerDstPort
)

// compile makes a template of its fields. A template without a field of any length is refused:
// reading it would not consume.
func compile(id uint16, fields []field, protocol Protocol, options bool) *template {
	t := &template{id: id, options: options, fields: fields, columns: make([]column, len(fields))}
	size, fixed := 0, true
	for _, f := range fields {
		if f.length == variable {
			fixed = false
			size++
			continue
		}
		size += int(f.length)
	}
	if size == 0 || size > 65535 {
		return nil
	}
	t.minimum = size
	if options {
		t.chooseOptions(protocol)
	} else {
		c := chooser{t: t, protocol: protocol}
		c.note()
		c.choose()
	}
	if fixed {
		t.stride = size
		t.steps, _ = t.layout(nil, nil)
		t.steps = fuse(t.steps)
	}
	return t
}

// layout appends the steps of one record. Of a template of fixed length b is not looked at; of one
// with variable fields b starts with the record, and size 0 says that no whole record is there.
func (t *template) layout(steps []step, b []byte) (_ []step, size int) {
	for i := range t.fields {
		length := int(t.fields[i].length)
		if length == variable {
			var ok bool
			if length, size, ok = variableLength(b, size); !ok {
				return steps, 0
			}
		}
		if t.columns[i] != colNone {
			if s, ok := makeStep(t.columns[i], size, length); ok {
				steps = append(steps, s)
			}
		}
		size += length
	}
	if t.stride == 0 && size > len(b) {
		return steps, 0
	}
	return steps, size
}

// variableLength reads the length before a field of variable length at off: one octet, or 255 and
// two (RFC 7011 section 7). It returns where the field begins.
func variableLength(b []byte, off int) (length, begin int, ok bool) {
	if off >= len(b) {
		return 0, 0, false
	}
	length, off = int(b[off]), off+1
	if length == 255 {
		if off+2 > len(b) {
			return 0, 0, false
		}
		length, off = int(binary.BigEndian.Uint16(b[off:])), off+2
	}
	return length, off, off+length <= len(b)
}

// same reports whether raw defines the template again without a change.
func (t *template) same(raw []byte, options bool) bool {
	return t != nil && t.options == options && bytes.Equal(t.raw, raw)
}

// chooser decides which field of a template supplies which column.
type chooser struct {
	t        *template
	protocol Protocol
	present  [8]uint64 // bits of the elements below 512 that the template has, of whatever enterprise
}

// note fills in present: most elements looked for are not there, and a flood of templates of 900
// fields shall not cost 50 passes over each.
func (c *chooser) note() {
	for i := range c.t.fields {
		if id := c.t.fields[i].id; id < 512 {
			c.present[id/64] |= 1 << (id % 64)
		}
	}
}

// find returns the first field from index from on with this element and a length that suits the
// column; -1 without. All elements looked for are below 512.
func (c *chooser) find(from int, pen uint32, id uint16, col column) int {
	if c.present[id/64%8]>>(id%64)&1 == 0 {
		return -1
	}
	for i := from; i < len(c.t.fields); i++ {
		f := &c.t.fields[i]
		if f.pen != pen || f.id != id {
			continue
		}
		if f.length == variable {
			return i
		}
		if _, ok := makeStep(col, 0, int(f.length)); ok {
			return i
		}
	}
	return -1
}

// take gives the column the first of the elements that the template has.
func (c *chooser) take(col column, pen uint32, ids ...uint16) bool {
	for _, id := range ids {
		if i := c.find(0, pen, id, col); i >= 0 {
			c.t.columns[i] = col
			return true
		}
	}
	return false
}

func (c *chooser) choose() {
	t := c.t
	c.chooseAddresses()
	c.chooseCounters()

	c.take(colIn, 0, ieIngressInterface, ieIngressPhysical)
	c.take(colOut, 0, ieEgressInterface, ieEgressPhysical)
	c.take(colSrcAS, 0, ieSourceAS)
	c.take(colDstAS, 0, ieDestinationAS)
	c.take(colMetering, 0, ieFlowDirection)
	special := t.dual || t.reverse
	if t.reverse {
		c.take(colReverseMetering, penReverse, ieFlowDirection)
	}
	special = c.chooseTimes() || special

	// A sampled packet speaks where counters or addresses are missing.
	if !t.counted || !t.address {
		t.sectioned = c.take(colFrame, 0, ieFrameSection, ieLayer2Section) || c.take(colIPSection, 0, ieIPHeaderSection)
		if t.sectioned {
			c.take(colFrameSize, 0, ieFrameSize)
		}
	}

	t.named = c.take(colSampler, 0, ieSamplerID, ieSelectorID)
	for _, r := range rateColumns {
		t.rated = c.take(r.col, 0, r.id) || t.rated
	}
	t.plain = !special && !t.sectioned && !t.rated
}

// rateColumns are the elements that announce a sampling rate.
var rateColumns = []struct {
	id  uint16
	col column
}{
	{ieSamplingInterval, colInterval34}, {ieSamplerInterval, colInterval50},
	{ieSamplingPackets, colPackets305}, {ieSamplingSpace, colSpace306},
	{ieSamplingSize, colSize309}, {ieSamplingPopulation, colPopulation310},
	{ieSamplingProbability, colProbability311},
}

// chooseAddresses takes the addresses, ports and protocol. Where both families are there a record
// has one of them zero, or two tuples: the outer one, and the inner IPv4 one, which then counts
// (design section 2, Volume). Ports and protocol that occur again after the IPv4 addresses are the
// inner ones; of other repeated fields the first, outermost, counts.
func (c *chooser) chooseAddresses() {
	t := c.t
	src4, dst4 := c.find(0, 0, ieSourceIPv4, colSrc4), c.find(0, 0, ieDestinationIPv4, colDst4)
	src6, dst6 := c.find(0, 0, ieSourceIPv6, colSrc6), c.find(0, 0, ieDestinationIPv6, colDst6)
	four, six := src4 >= 0 && dst4 >= 0, src6 >= 0 && dst6 >= 0
	t.address, t.dual = four || six, four && six
	if six {
		t.columns[src6], t.columns[dst6] = colSrc6, colDst6
	}
	switch {
	case t.dual:
		t.columns[src4], t.columns[dst4] = colInnerSrc4, colInnerDst4
	case four:
		t.columns[src4], t.columns[dst4] = colSrc4, colDst4
	}
	for _, p := range []struct {
		outer, inner column
		bit          uint8
		ids          []uint16
	}{
		{colProto, colInnerProto, innerProto, []uint16{ieProtocol}},
		{colSrcPort, colInnerSrcPort, innerSrcPort, []uint16{ieSourcePort, ieUDPSourcePort, ieTCPSourcePort}},
		{colDstPort, colInnerDstPort, innerDstPort, []uint16{ieDestinationPort, ieUDPDestinationPort, ieTCPDestinationPort}},
	} {
		if !c.take(p.outer, 0, p.ids...) || !t.dual {
			continue
		}
		first := c.find(0, 0, p.ids[0], p.outer)
		if i := c.find(max(first+1, src4+1), 0, p.ids[0], p.inner); first >= 0 && i >= 0 {
			t.columns[i] = p.inner
			t.inner |= p.bit
		}
	}
}

// chooseCounters takes octets and packets, forward and reverse: layer 3 delta, else total; the
// initiator's and responder's only without either, as firewalls log; those after the observation
// point (OUT, post) last.
func (c *chooser) chooseCounters() {
	t := c.t
	octets := c.take(colOctets, 0, ieOctetDelta, ieOctetTotal)
	packets := c.take(colPackets, 0, iePacketDelta, iePacketTotal)
	reverse := c.take(colReverseOctets, penReverse, ieOctetDelta, ieOctetTotal)
	reverse = c.take(colReversePackets, penReverse, iePacketDelta, iePacketTotal) || reverse
	if !octets {
		if !reverse {
			reverse = c.take(colReverseOctets, 0, ieResponderOctets)
			if !packets {
				reverse = c.take(colReversePackets, 0, ieResponderPackets) || reverse
			}
		}
		octets = c.take(colOctets, 0, ieInitiatorOctets, iePostOctetDelta, iePostOctetTotal)
	}
	if !packets {
		c.take(colPackets, 0, ieInitiatorPackets, iePostPacketDelta, iePostPacketTotal)
	}
	t.counted, t.reverse = octets || reverse, reverse
}

// chooseTimes takes the start and the end of flows, in the finest encoding in which both are there,
// else the finest of each. It reports whether a record has to be looked at as a whole for them.
func (c *chooser) chooseTimes() (special bool) {
	t := c.t
	t.start, t.end = c.chooseClock(0, colStart, colEnd)
	if t.reverse {
		t.reverseStart, t.reverseEnd = c.chooseClock(penReverse, colReverseStart, colReverseEnd)
	}
	if (t.start == clockNone) != (t.end == clockNone) {
		milli := c.take(colDurationMilli, 0, ieDurationMilliseconds)
		special = c.take(colDurationMicro, 0, ieDurationMicroseconds) || milli
	}
	if c.protocol == IPFIX && (t.start == clockUptime || t.end == clockUptime || t.reverseStart == clockUptime || t.reverseEnd == clockUptime) {
		special = c.take(colSystemInit, 0, ieSystemInit) || special
	}
	return special
}

func (c *chooser) chooseClock(pen uint32, startCol, endCol column) (start, end clock) {
	type pair struct {
		clock      clock
		start, end uint16
	}
	pairs := []pair{
		{clockMilli, ieStartMilliseconds, ieEndMilliseconds},
		{clockMicro, ieStartMicroseconds, ieEndMicroseconds},
		{clockNano, ieStartNanoseconds, ieEndNanoseconds},
		{clockDelta, ieStartDelta, ieEndDelta},
		{clockSeconds, ieStartSeconds, ieEndSeconds},
	}
	uptime := pair{clockUptime, ieStartUptime, ieEndUptime}
	if c.protocol == IPFIX { // may lack the time of boot, so it is the last choice
		pairs = append(pairs, uptime)
	} else {
		pairs = append([]pair{pairs[0], pairs[1], pairs[2], uptime}, pairs[3:]...)
	}
	for _, p := range pairs {
		i, j := c.find(0, pen, p.start, startCol), c.find(0, pen, p.end, endCol)
		if i >= 0 && j >= 0 {
			c.t.columns[i], c.t.columns[j] = startCol, endCol
			return p.clock, p.clock
		}
	}
	for _, p := range pairs {
		if start == clockNone && c.take(startCol, pen, p.start) {
			start = p.clock
		}
		if end == clockNone && c.take(endCol, pen, p.end) {
			end = p.clock
		}
	}
	return start, end
}

// octets is about what a template takes in memory.
func (t *template) octets() int {
	const fixed = 400 // itself, its place in the domain's map and order
	return fixed + len(t.raw) + (fieldSize+1)*len(t.fields) + stepSize*cap(t.steps)
}

const (
	fieldSize = 12 // unsafe.Sizeof(field{})
	stepSize  = 6  // unsafe.Sizeof(step{})
)
