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
	// An agent's exporter belongs where the sources that speak for it belong.
	wanted := make(map[flow.Addr]bool)
	for _, s := range all {
		if mine == nil || mine(s.address) {
			wanted[s.address] = true
			for _, agent := range s.agents {
				wanted[agent] = true
			}
		}
	}
	for _, s := range all {
		if wanted[s.address] {
			d.adopt(s)
		}
	}
	return nil
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
func (d *Decoder) adopt(s saved) {
	x, ok := d.admit(s.address)
	if !ok {
		return
	}
	e := d.exporterOf(x)
	e.arrival = max(e.arrival, s.arrival)
	d.slot = flow.SlotOf(e.arrival)
	d.turnTo(e)
	defer func() { d.from, d.domain, d.health = nil, nil, nil }()
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
	for m := s.oldest; m != nil; {
		next := m.newer
		d.adoptDomain(e, m)
		m = next
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
			q.flows[i].flow.Exporter = x.ID
		}
		e.addQueue(q.key).flows = q.flows
		d.addWaiting(e, len(q.flows))
	}
	for agent, p := range s.ports {
		if e.ports[agent] != nil {
			continue
		}
		for i := range p.list {
			if e.interfaces < d.limits.Interfaces {
				e.addPort(agent, p.list[i])
			}
		}
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
