package decode

import (
	"slices"

	"tributary/internal/flow"
)

// exporter is what a Decoder knows of one exporter.
type exporter struct {
	exporter *flow.Exporter
	arrival  int64 // of its last datagram

	domains        map[domainID]*domain
	newest, oldest *domain
	samplers       int    // announced, in all domains
	only           uint32 // rate of the only one, iff onlyKnown
	onlyKnown      bool

	templateOctets int
	templating     holder // its place in Decoder.templating
	holding        holder
	queueing       holder

	held       []heldSet      // in order of arrival
	heldKeys   map[uint64]int // of held, by key
	heldOctets int
	learnt     bool // a template that something held waits for came with the datagram at hand

	waiting      map[waitKey]*waitQueue
	waitOrder    []*waitQueue // by their oldest flow; empty ones too
	flowsWaiting int
	ready        []*waitQueue // their sampler was announced with the datagram at hand

	agents     map[flow.Addr]*exporter // sFlow agents this source speaks for; nil = not listed
	ports      map[flow.Addr]*ports    // by domainID.agent: interfaces with sFlow counter samples
	interfaces int                     // of all ports
}

func newExporter(x *flow.Exporter) *exporter {
	e := &exporter{exporter: x, domains: make(map[domainID]*domain)}
	e.templating.exporter, e.holding.exporter, e.queueing.exporter = e, e, e
	return e
}

// source finds the sender of a datagram; nil where it is not admitted, which is booked.
func (d *Decoder) source(dg flow.Datagram) *exporter {
	if e := d.sources[dg.Source]; e != nil {
		return e
	}
	u := d.unknown[dg.Source]
	if u == nil {
		if x, ok := d.admit(dg.Source); ok {
			e := d.exporterOf(x)
			d.sources[dg.Source] = e
			return e
		}
		if u = &d.overflow; len(d.unknown) < d.limits.Unknown {
			u = &UnknownSender{Address: dg.Source}
			d.unknown[dg.Source] = u
		}
	}
	u.Datagrams++
	u.Protocol, u.LastSeen = protocolOf(dg.Payload), dg.Arrival
	return nil
}

// agent finds the exporter of an sFlow datagram: the agent where it is listed, else the source. An
// agent address is payload, so it admits nothing by itself: the source was admitted before.
func (d *Decoder) agent(source *exporter, address flow.Addr, arrival int64) *exporter {
	if address.IsZero() || address == source.exporter.Address {
		return source
	}
	e, seen := source.agents[address]
	if !seen {
		if x, ok := d.admit(address); ok {
			e = d.exporterOf(x)
		}
		if len(source.agents) < d.limits.Agents {
			if source.agents == nil {
				source.agents = make(map[flow.Addr]*exporter)
			}
			source.agents[address] = e
		} else {
			d.ledger.Open(source.exporter, flow.SlotOf(arrival)).Limits[flow.LimitAgents]++
		}
	}
	if e == nil {
		return source
	}
	return e
}

// exporterOf is the state of x: one, however many sources speak for it.
func (d *Decoder) exporterOf(x *flow.Exporter) *exporter {
	e := d.known[x.ID]
	if e == nil {
		e = newExporter(x)
		d.known[x.ID] = e
	}
	return e
}

// everyone admits every address up to the bound.
func (d *Decoder) everyone() func(flow.Addr) (*flow.Exporter, bool) {
	seen := make(map[flow.Addr]*flow.Exporter)
	return func(a flow.Addr) (*flow.Exporter, bool) {
		x := seen[a]
		if x == nil && len(seen) < d.limits.Exporters {
			x = &flow.Exporter{ID: uint32(len(seen)), Address: a}
			seen[a] = x
		}
		return x, x != nil
	}
}

// UnknownSender is an address whose datagrams are refused because no region lists it.
type UnknownSender struct {
	Address   flow.Addr // the zero Addr: all senders beyond Limits.Unknown together
	Datagrams uint64
	Protocol  Protocol // of the last datagram
	LastSeen  int64    // arrival, Unix ms
}

// Unknown returns the senders refused since the Decoder was made, by address.
func (d *Decoder) Unknown() []UnknownSender {
	var out []UnknownSender
	for _, u := range d.unknown {
		out = append(out, *u)
	}
	if d.overflow.Datagrams > 0 {
		out = append(out, d.overflow)
	}
	slices.SortFunc(out, func(a, b UnknownSender) int { return a.Address.Compare(b.Address) })
	return out
}
