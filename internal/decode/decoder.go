// Package decode reads export datagrams (NetFlow v5 and v9, IPFIX, sFlow v5) into flows.
//
// A Decoder keeps what a stream of datagrams needs to be understood: templates and samplers, by
// exporter address and domain and never by source port, and the sets and flows that came before
// theirs. Everything it cannot use is refused under a reason of flow.Refusal and booked in the
// exporter's flow.Health; records read = records kept + records refused, always.
//
// No input makes it panic, loop without consuming, or keep more than its Limits.
package decode

import (
	"encoding/binary"

	"tributary/internal/flow"
)

// Config says what a Decoder works with.
type Config struct {
	// Admit says which exporter an address is, if any. It is called once for a source, or sFlow
	// agent, that is admitted; for one that is not, as long as it stands in Unknown, also once.
	// nil admits every address, numbered in order of first sight.
	Admit func(address flow.Addr) (*flow.Exporter, bool)

	Ledger  *flow.Ledger // of the same worker; never nil
	Limits  Limits
	Inspect bool // also keep Sums; costs a second look at every record
}

// Decoder belongs to one goroutine.
type Decoder struct {
	admit   func(flow.Addr) (*flow.Exporter, bool)
	ledger  *flow.Ledger
	limits  Limits
	inspect bool

	sources  map[flow.Addr]*exporter // admitted senders
	known    map[uint32]*exporter    // by flow.Exporter.ID, agents included
	unknown  map[flow.Addr]*UnknownSender
	overflow UnknownSender // of senders that unknown has no room for

	// Of all exporters together.
	templateOctets int
	heldOctets     int
	waiting        int     // flows
	templating     holders // of templates
	holding        holders // of sets
	queueing       holders // of waiting flows

	// Of the datagram at hand.
	from     *exporter
	domain   *domain
	slot     flow.Slot // of arrival
	health   *flow.Health
	heard    heard
	old      bool    // of sFlow: late, or sent twice
	fields   []field // scratch of template sets
	steps    []step  // scratch of records of variable length
	extra    extra
	rateSeen int64 // of sFlow: booked for the datagram at hand; -1 = none

	recordsWaiting uint64 // ever

	sums map[sumKey]*Sum // iff inspect
	sum  *Sum            // of the datagram at hand, iff inspect
}

// New returns a Decoder that knows no templates.
func New(c Config) *Decoder {
	if c.Ledger == nil {
		panic("BUG: decode.New without a ledger")
	}
	d := &Decoder{
		admit: c.Admit, ledger: c.Ledger, limits: c.Limits.withDefaults(), inspect: c.Inspect,
		sources: make(map[flow.Addr]*exporter),
		known:   make(map[uint32]*exporter),
		unknown: make(map[flow.Addr]*UnknownSender),
	}
	if d.admit == nil {
		d.admit = d.everyone()
	}
	if d.inspect {
		d.sums = make(map[sumKey]*Sum)
	}
	return d
}

// Append appends the flows of a datagram, and those of earlier ones that only this one made
// readable, to dst. It keeps nothing of the payload but copies of sets to be held back. The flows
// are of one exporter, whose row of the ledger it has opened for the slot of arrival; but where
// WaitingTotal is reached, flows of the exporter for which most wait may follow, its row open too.
func (d *Decoder) Append(dst []flow.Flow, dg flow.Datagram) []flow.Flow {
	source := d.source(dg)
	if source == nil {
		return dst
	}
	b := dg.Payload
	m := message{arrival: dg.Arrival, export: dg.Arrival, protocol: protocolOf(b)}
	var refused flow.Refusal
	var whole bool
	from := source
	id := domainID{}
	switch m.protocol {
	case NetFlow5:
		whole = m.header5(b)
	case NetFlow9:
		whole = m.header9(b)
	case IPFIX:
		whole = m.headerX(b)
	case SFlow5:
		var agent flow.Addr
		if agent, whole = m.headerS(b); whole {
			if from = d.agent(source, agent, m.arrival); agent != from.exporter.Address {
				id.agent = agent
			}
		}
	default:
		refused = flow.RefusedVersion
		if len(b) < 4 {
			refused = flow.RefusedTruncated
		}
	}
	if m.protocol != 0 && !whole {
		refused = flow.RefusedTruncated
	}

	d.open(from, &m)
	d.health.Datagrams++
	if d.sum != nil {
		d.sum.Datagrams++
	}
	if m.protocol == 0 || !whole {
		d.health.Refused[refused]++
		d.close(nil)
		return dst
	}
	if m.skewed {
		d.health.Skewed++
	}
	id.key = domainKey(m.protocol, m.domain)
	d.domain = d.domainOf(from, id)
	before := len(dst)
	dst = d.read(dst, &m, dg)
	if from.pending() {
		dst = d.release(dst)
	}
	d.close(dst[before:])
	return dst
}

// read appends the flows of a datagram whose header is read, and books what its number says.
func (d *Decoder) read(dst []flow.Flow, m *message, dg flow.Datagram) []flow.Flow {
	d.heard = heard{
		seq: m.sequence, uptime: m.uptime, protocol: m.protocol,
		port: dg.Port, drops: dg.Drops, arrival: m.arrival,
	}
	switch m.protocol {
	case NetFlow5:
		dst = d.read5(dst, dg.Payload, m)
	case NetFlow9:
		dst = d.read9(dst, dg.Payload, m)
	case IPFIX:
		dst = d.readX(dst, dg.Payload, m)
	case SFlow5: // whether its counters are news depends on its number
		d.old = d.track(&d.heard)
		return d.readS(dst, dg.Payload, m)
	}
	d.heard.records += d.heard.data
	d.track(&d.heard)
	return dst
}

// open makes from the exporter at hand.
func (d *Decoder) open(from *exporter, m *message) {
	d.slot = flow.SlotOf(m.arrival)
	from.arrival = m.arrival
	d.turnTo(from)
	if d.inspect {
		d.openSum(m.protocol, m.domain)
	}
}

// close ends what open began; flows are those it gave.
func (d *Decoder) close(flows []flow.Flow) {
	if d.inspect {
		d.closeSum(flows)
	}
	d.from, d.domain, d.health = nil, nil, nil
}

// Protocol is what a datagram's first octets say it is.
type Protocol uint8

// The protocols. The zero value is none of them.
const (
	NetFlow5 Protocol = 1 + iota
	NetFlow9
	IPFIX
	SFlow5
)

func (p Protocol) String() string {
	return [...]string{"unknown", "netflow5", "netflow9", "ipfix", "sflow5"}[p]
}

// protocolOf tells the protocols apart by their version numbers: 16 bits in NetFlow and IPFIX, 32 in
// sFlow, whose upper half therefore is 0.
func protocolOf(b []byte) Protocol {
	if len(b) < 4 {
		return 0
	}
	switch binary.BigEndian.Uint16(b) {
	case 5:
		return NetFlow5
	case 9:
		return NetFlow9
	case 10:
		return IPFIX
	case 0:
		if binary.BigEndian.Uint16(b[2:]) == 5 {
			return SFlow5
		}
	}
	return 0
}
