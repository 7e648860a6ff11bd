package decode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"tributary/internal/flow"
)

// Restore adds the state of those exporters whose datagrams come from sources that are mine; nil is
// all of them. Exporters that Config.Admit no longer admits are left out, and so is what the limits
// no longer leave room for. Several states may be restored, one after the other, as when the workers
// that wrote them were more or fewer; of a domain that is known already what is known stays.
//
// It must come before the first datagram. An error leaves the Decoder as it was.
func (d *Decoder) Restore(state []byte, mine func(source flow.Addr) bool) error {
	body, err := openState(state)
	if err != nil {
		return err
	}
	r := &stateReader{b: body, scratch: d}
	all := r.exporters()
	if r.err == nil && len(r.b) > 0 {
		r.fail("something follows its end")
	}
	if r.err != nil {
		return fmt.Errorf("the decoder's state cannot be read: %w", r.err)
	}
	for i, share := range shares(all, mine) {
		if share != (shareOf{}) {
			d.adopt(all[i], share)
		}
	}
	return nil
}

// shareOf is which parts of a saved exporter belong to the Decoder.
type shareOf struct {
	sent   bool // what it sent itself
	spoken bool // as an sFlow agent: what others sent that speak for it
}

// shares tells the parts of saved exporters that are mine. What is known of an sFlow agent goes with
// the sources that speak for it, and only with itself where none does: left with another worker too it
// would grow old there, and come back as loss.
func shares(all []saved, mine func(source flow.Addr) bool) []shareOf {
	out := make([]shareOf, len(all))
	speaks, others := make(map[flow.Addr]bool), make(map[flow.Addr]bool)
	for i, s := range all {
		out[i].sent = mine == nil || mine(s.address)
		for _, agent := range s.agents {
			if out[i].sent {
				speaks[agent] = true
			} else {
				others[agent] = true
			}
		}
	}
	for i, s := range all {
		out[i].spoken = speaks[s.address] || out[i].sent && !others[s.address]
	}
	return out
}

// openState checks a state's version and sum, and returns its body.
func openState(state []byte) ([]byte, error) {
	if len(state) < 5 {
		return nil, errors.New("the decoder's state is cut off")
	}
	body, sum := state[:len(state)-4], binary.LittleEndian.Uint32(state[len(state)-4:])
	if crc32.ChecksumIEEE(body) != sum {
		return nil, errors.New("the decoder's state is damaged: its checksum does not fit")
	}
	if body[0] != stateVersion {
		return nil, fmt.Errorf("the decoder's state has version %d, and this program reads version %d", body[0], stateVersion)
	}
	return body[1:], nil
}

// saved is an exporter as read from a state; its exporter is not known yet.
type saved struct {
	address flow.Addr
	agents  []flow.Addr
	*exporter
}

// adopt makes a saved exporter one of the Decoder's, if it is still admitted.
func (d *Decoder) adopt(s saved, share shareOf) {
	x, ok := d.admit(s.address)
	if !ok {
		return
	}
	e := d.exporterOf(x)
	e.arrival = max(e.arrival, s.arrival)
	d.slot = flow.SlotOf(e.arrival)
	d.turnTo(e)
	defer func() { d.from, d.domain, d.health = nil, nil, nil }()
	for m := s.oldest; m != nil; {
		next := m.newer
		if share.of(m.id) {
			d.adoptDomain(e, m)
		}
		m = next
	}
	for agent, p := range s.ports {
		if e.ports[agent] != nil || !share.ofAgent(agent) {
			continue
		}
		for i := range p.list {
			if e.interfaces < d.limits.Interfaces {
				e.addPort(agent, p.list[i])
			}
		}
	}
	if share.sent {
		d.adoptSent(e, s)
	}
}

// of reports whether a domain is in the share.
func (s shareOf) of(id domainID) bool {
	if Protocol(id.key>>32) == SFlow5 {
		return s.ofAgent(id.agent)
	}
	return s.sent
}

// ofAgent reports whether what samples and counters told is in the share; an agent that is not listed
// is its source's own.
func (s shareOf) ofAgent(agent flow.Addr) bool {
	if agent.IsZero() {
		return s.spoken
	}
	return s.sent
}

// adoptSent adopts what goes with the exporter's own datagrams: the agents it speaks for, and what is
// held back and waits.
func (d *Decoder) adoptSent(e *exporter, s saved) {
	for _, a := range s.agents {
		if _, seen := e.agents[a]; !seen && len(e.agents) < d.limits.Agents {
			if e.agents == nil {
				e.agents = make(map[flow.Addr]*exporter)
			}
			e.agents[a] = nil
			if ax, ok := d.admit(a); ok {
				e.agents[a] = d.exporterOf(ax)
			}
		}
	}
	for i := range s.held {
		if cost := len(s.held[i].body) + heldCost; e.heldOctets+cost <= d.limits.HeldOctets && d.heldOctets+cost <= d.limits.HeldTotal {
			d.keepHeld(e, s.held[i])
		} else {
			d.health.Limits[flow.LimitHeldOctets]++
			d.health.Refused[flow.RefusedHeldLimit]++
		}
	}
	for _, q := range s.waitOrder { // where they are too many, the next datagram finds that out
		if e.waiting[q.key] != nil {
			continue
		}
		for i := range q.flows {
			q.flows[i].flow.Exporter = e.exporter.ID
		}
		e.addQueue(q.key).flows = q.flows
		d.addWaiting(e, len(q.flows))
	}
}

// adoptDomain makes a saved domain the exporter's newest, within the limits.
func (d *Decoder) adoptDomain(e *exporter, m *domain) {
	if e.domains[m.id] != nil {
		return
	}
	if len(e.domains) >= d.limits.Domains {
		d.forget(e, e.oldest)
	}
	e.domains[m.id] = m
	e.link(m)
	e.samplers += m.announced
	e.onlyKnown = false
	templates, order := m.templates, m.templateOrder
	m.templates, m.templateOrder = nil, nil
	d.domain = m
	for _, id := range order {
		d.define(templates[id])
	}
}
