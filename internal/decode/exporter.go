package decode

import (
	"cmp"
	"slices"

	"tributary/internal/flow"
)

// exporter is what a Decoder knows of one exporter.
type exporter struct {
	exporter *flow.Exporter
	arrival  int64 // of its last datagram

	templates     map[uint64]*template // by templateKey
	templateOrder []uint64             // in order of first definition: what a bound evicts first
	domains       map[uint64]*domain   // by domainKey
	domainOrder   []uint64
	samplers      int // announced, in all domains

	held       []heldSet // in order of arrival
	heldOctets int
	waiting    []waitingFlow // in order of arrival
	learnt     bool          // a template or sampler that something may wait for came with the datagram at hand

	agents     map[flow.Addr]*exporter // sFlow agents this source speaks for; nil = not listed
	interfaces map[uint32]Interface    // by ifIndex, of sFlow counter samples
}

func newExporter(x *flow.Exporter) *exporter {
	return &exporter{exporter: x, templates: make(map[uint64]*template), domains: make(map[uint64]*domain)}
}

func domainKey(p Protocol, id uint32) uint64 { return uint64(p)<<32 | uint64(id) }

func templateKey(p Protocol, domain uint32, id uint16) uint64 {
	return uint64(p)<<48 | uint64(domain)<<16 | uint64(id)
}

// domainOf returns the exporter's domain, a new one if it has not been heard of. At the bound the
// oldest is forgotten.
func (d *Decoder) domainOf(e *exporter, key uint64) *domain {
	if m := e.domains[key]; m != nil {
		return m
	}
	if len(e.domains) >= d.limits.Domains {
		oldest := e.domainOrder[0]
		e.domainOrder = slices.Delete(e.domainOrder, 0, 1)
		e.samplers -= e.domains[oldest].announced
		delete(e.domains, oldest)
	}
	m := &domain{}
	e.domains[key] = m
	e.domainOrder = append(e.domainOrder, key)
	return m
}

// define puts a template in force. At the bound the oldest is forgotten.
func (d *Decoder) define(e *exporter, key uint64, t *template) {
	if e.templates[key] == nil {
		if len(e.templates) >= d.limits.Templates {
			delete(e.templates, e.templateOrder[0])
			e.templateOrder = slices.Delete(e.templateOrder, 0, 1)
		}
		e.templateOrder = append(e.templateOrder, key)
	}
	e.templates[key] = t
	e.learnt = true
	if d.sum != nil {
		d.sum.sawTemplate(t)
	}
}

// withdraw forgets a template (RFC 7011 section 8.1).
func (e *exporter) withdraw(key uint64) {
	if e.templates[key] == nil {
		return
	}
	delete(e.templates, key)
	i := slices.Index(e.templateOrder, key)
	e.templateOrder = slices.Delete(e.templateOrder, i, i+1)
}

// withdrawAll forgets all templates of a domain: the options templates, or the others.
func (e *exporter) withdrawAll(p Protocol, domain uint32, options bool) {
	first, last := templateKey(p, domain, 0), templateKey(p, domain, 1<<16-1)
	e.templateOrder = slices.DeleteFunc(e.templateOrder, func(key uint64) bool {
		gone := key >= first && key <= last && e.templates[key].options == options
		if gone {
			delete(e.templates, key)
		}
		return gone
	})
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
func (d *Decoder) agent(source *exporter, address flow.Addr) *exporter {
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

// Interface is the last sFlow generic counter record of an interface.
type Interface struct {
	Exporter  flow.Addr
	IfIndex   uint32
	Arrival   int64  // Unix ms
	Speed     uint64 // bits per second, as the exporter says
	InOctets  uint64 // since the exporter's counters began; layer 2
	OutOctets uint64
}

// Interfaces returns what sFlow exporters last reported, by exporter and interface.
func (d *Decoder) Interfaces() []Interface {
	var out []Interface
	for _, e := range d.known {
		for _, i := range e.interfaces {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b Interface) int {
		return cmp.Or(a.Exporter.Compare(b.Exporter), cmp.Compare(a.IfIndex, b.IfIndex))
	})
	return out
}
