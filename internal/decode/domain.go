package decode

import (
	"slices"

	"tributary/internal/flow"
)

// domain is a stream of an exporter with what is known of it: an observation domain (IPFIX), a
// source (NetFlow v9), an engine (NetFlow v5) or a sub-agent (sFlow). Sampler ids and selector ids
// are one number space in it: exporters announce 302 and name it by 48.
type domain struct {
	id           domainID
	newer, older *domain // by their last datagram: what a bound evicts is the oldest

	templates     map[uint16]*template
	templateOrder []uint16 // in order of first definition: what a bound evicts first
	options       int      // of templates
	refreshed     int64    // as of Domain

	samplers   map[uint64]sampler
	announced  int               // of samplers
	rate       uint32            // announced for the whole domain; 0 = none
	byTemplate map[uint16]uint32 // announced for the records of one template
	systemInit int64             // Unix ms at which the exporter's uptime was 0, by an options record; 0 = unknown

	stream stream
	ports  *ports // of the exporter, for this agent; nil = not looked for, or none
}

// domainID tells the domains of an exporter apart.
type domainID struct {
	key   uint64    // domainKey
	agent flow.Addr // of sFlow, where it is not the exporter: an agent that is not listed
}

func domainKey(p Protocol, id uint32) uint64 { return uint64(p)<<32 | uint64(id) }

func templateKey(p Protocol, domain uint32, id uint16) uint64 {
	return uint64(p)<<48 | uint64(domain)<<16 | uint64(id)
}

// template finds a template by its templateKey; nil where it is not there.
func (e *exporter) template(key uint64) *template {
	if m := e.domains[domainID{key: key >> 16}]; m != nil {
		return m.templates[uint16(key)]
	}
	return nil
}

// domainOf returns a domain of the exporter, a new one if it has not been heard of, and makes it the
// newest. At the bound the oldest is forgotten with all that is known of it.
func (d *Decoder) domainOf(e *exporter, id domainID) *domain {
	if m := e.newest; m != nil && m.id == id {
		return m
	}
	m := e.domains[id]
	if m != nil {
		e.unlink(m)
		e.link(m)
		return m
	}
	if len(e.domains) >= d.limits.Domains {
		d.health.Limits[flow.LimitDomains]++
		d.forget(e, e.oldest)
	}
	m = &domain{id: id}
	e.domains[id] = m
	e.link(m)
	return m
}

// link makes m the newest domain.
func (e *exporter) link(m *domain) {
	m.newer, m.older = nil, e.newest
	if e.newest != nil {
		e.newest.newer = m
	} else {
		e.oldest = m
	}
	e.newest = m
}

func (e *exporter) unlink(m *domain) {
	if m.newer != nil {
		m.newer.older = m.older
	} else {
		e.newest = m.older
	}
	if m.older != nil {
		m.older.newer = m.newer
	} else {
		e.oldest = m.newer
	}
}

// forget drops a domain.
func (d *Decoder) forget(e *exporter, m *domain) {
	for _, t := range m.templates {
		d.addTemplates(e, -t.octets())
	}
	e.samplers -= m.announced
	e.onlyKnown = false
	e.unlink(m)
	delete(e.domains, m.id)
}

// define puts a template of the domain at hand in force. At the bound of the domain its oldest is
// forgotten; at that of all exporters together one of the exporter that has most.
func (d *Decoder) define(t *template) {
	e, m, size := d.from, d.domain, t.octets()
	d.withdrawTemplate(m, t.id)
	if len(m.templates) >= d.limits.Templates {
		d.health.Limits[flow.LimitTemplates]++
		d.withdrawTemplate(m, m.templateOrder[0])
	}
	if size > d.limits.TemplateOctets {
		d.health.Limits[flow.LimitTemplates]++
		return
	}
	for d.templateOctets+size > d.limits.TemplateOctets {
		victim := d.templating.largest()
		if victim.templateOctets <= e.templateOctets {
			victim = e
		}
		d.turnTo(victim)
		d.health.Limits[flow.LimitTemplates]++
		d.dropTemplate()
		d.turnTo(e)
	}
	if m.templates == nil {
		m.templates = make(map[uint16]*template)
	}
	m.templates[t.id] = t
	if t.options {
		m.options++
	}
	m.templateOrder = append(m.templateOrder, t.id)
	d.addTemplates(e, size)
	if e.heldKeys[m.id.key<<16|uint64(t.id)] > 0 {
		e.learnt = true
	}
	if d.sum != nil {
		d.sum.sawTemplate(t)
	}
}

// addTemplates books octets of templates.
func (d *Decoder) addTemplates(e *exporter, octets int) {
	e.templateOctets += octets
	d.templateOctets += octets
	d.templating.update(&e.templating, e.templateOctets)
}

// dropTemplate forgets a template of the exporter at hand, which has some: the oldest of the domain
// longest silent.
func (d *Decoder) dropTemplate() {
	m := d.from.oldest
	for len(m.templateOrder) == 0 {
		m = m.newer
	}
	d.withdrawTemplate(m, m.templateOrder[0])
}

// withdrawTemplate forgets a template of the exporter at hand (RFC 7011 section 8.1).
func (d *Decoder) withdrawTemplate(m *domain, id uint16) {
	t := m.templates[id]
	if t == nil {
		return
	}
	d.addTemplates(d.from, -t.octets())
	delete(m.templates, id)
	if t.options {
		m.options--
	}
	i := slices.Index(m.templateOrder, id)
	m.templateOrder = slices.Delete(m.templateOrder, i, i+1)
}

// withdrawAll forgets all templates of a domain: the options templates, or the others.
func (d *Decoder) withdrawAll(m *domain, options bool) {
	m.templateOrder = slices.DeleteFunc(m.templateOrder, func(id uint16) bool {
		t := m.templates[id]
		if t.options != options {
			return false
		}
		d.addTemplates(d.from, -t.octets())
		delete(m.templates, id)
		return true
	})
	if options {
		m.options = 0
	}
}
