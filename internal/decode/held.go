package decode

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"tributary/internal/flow"
)

// heldSet is a data set that came before its template: a copy, with what its datagram's header said.
type heldSet struct {
	key     uint64 // templateKey
	message message
	body    []byte
}

// heldCost is what a held set takes beside its octets, so that many small ones are bounded too: at
// most 8,192 at the default of held_octets, which a look at all of them costs 30 µs.
const heldCost = 512

// waitingFlow is a flow whose record names a sampler that is not announced yet.
type waitingFlow struct {
	flow    flow.Flow
	arrival int64
	domain  uint64 // domainKey
	sampler uint64
	first   bool // of its record: a biflow record gives two
}

// pending reports whether anything is held back or waits.
func (e *exporter) pending() bool { return len(e.held)+len(e.waiting) > 0 }

// hold keeps a copy of a data set until its template comes. At the exporter's bound its oldest sets
// are given up; at that of all exporters the oldest of the one that holds most.
func (d *Decoder) hold(key uint64, body []byte, m *message) {
	e, cost := d.from, len(body)+heldCost
	if cost > min(d.limits.HeldOctets, d.limits.HeldTotal) {
		d.health.Limits[flow.LimitHeldOctets]++
		d.health.Refused[flow.RefusedHeldLimit]++
		return
	}
	for len(e.held) > 0 && e.heldOctets+cost > d.limits.HeldOctets {
		d.health.Limits[flow.LimitHeldOctets]++
		d.dropHeld(e, 1)
	}
	for d.heldOctets+cost > d.limits.HeldTotal {
		victim := d.holding.largest()
		if victim != e && victim.heldOctets <= e.heldOctets {
			victim = e
		}
		d.turnTo(victim)
		d.health.Limits[flow.LimitHeldOctets]++
		d.dropHeld(victim, 1)
		d.turnTo(e)
	}
	e.held = append(e.held, heldSet{key, *m, bytes.Clone(body)})
	d.addHeld(e, cost)
}

// addHeld books octets held, or no more held.
func (d *Decoder) addHeld(e *exporter, octets int) {
	e.heldOctets += octets
	d.heldOctets += octets
	d.holding.update(&e.holding, e.heldOctets)
}

// addWaiting books flows waiting, or waiting no more.
func (d *Decoder) addWaiting(e *exporter, flows int) {
	d.waiting += flows
	d.queueing.update(&e.queueing, len(e.waiting))
}

// dropHeld gives up the n oldest sets of an exporter, whose health is at hand.
func (d *Decoder) dropHeld(e *exporter, n int) {
	if n == 0 {
		return
	}
	octets := 0
	for i := range e.held[:n] {
		octets += len(e.held[i].body) + heldCost
	}
	d.health.Refused[flow.RefusedNoTemplate] += uint64(n)
	clear(e.held[:n])
	e.held = e.held[n:] // not moved to the front each time: at the bound every set drops one
	d.addHeld(e, -octets)
}

// turnTo makes another exporter, and its row of the slot at hand, those at hand.
func (d *Decoder) turnTo(e *exporter) {
	d.from, d.health = e, d.ledger.Open(e.exporter, d.slot)
}

// wait keeps the flows of a record until its sampler is announced.
func (d *Decoder) wait(f *flow.Flow, more []flow.Flow, id uint64) {
	e := d.from
	e.waiting = append(e.waiting, waitingFlow{*f, e.arrival, d.domain.id.key, id, true})
	for i := range more {
		e.waiting = append(e.waiting, waitingFlow{more[i], e.arrival, d.domain.id.key, id, false})
	}
	d.addWaiting(e, 1+len(more))
}

// release appends the flows of what is held back and has become readable with the datagram at hand,
// after the whole of it, and gives up what has waited too long or is too much.
func (d *Decoder) release(dst []flow.Flow) []flow.Flow {
	e := d.from
	if e.learnt {
		e.learnt = false
		dst = d.readHeld(dst)
		dst = d.rateWaiting(dst)
	}
	old := 0
	for old < len(e.held) && e.arrival-e.held[old].message.arrival > heldMillis {
		old++
	}
	d.dropHeld(e, old)
	old = 0
	for old < len(e.waiting) && e.arrival-e.waiting[old].arrival > heldMillis {
		old++
	}
	if old > 0 {
		dst = d.giveUp(dst, old)
	}
	return d.boundWaiting(dst)
}

// boundWaiting lets flows wait no more where there are too many: of the exporter at hand, or of the
// one for which most wait. An eighth of the bound goes at once, because each round looks at all
// that wait: 200 flows beyond it that name 200 samplers cost 170 ms singly, 0.1 so.
func (d *Decoder) boundWaiting(dst []flow.Flow) []flow.Flow {
	for over := len(d.from.waiting) - d.limits.Waiting; over > 0; over = len(d.from.waiting) - d.limits.Waiting {
		d.health.Limits[flow.LimitWaiting]++
		dst = d.giveUp(dst, min(over+d.limits.Waiting/8, len(d.from.waiting)))
	}
	from, domain := d.from, d.domain
	for d.waiting > d.limits.WaitingTotal {
		victim := d.queueing.largest()
		if len(victim.waiting) <= len(from.waiting) {
			victim = from
		}
		d.turnTo(victim)
		d.health.Limits[flow.LimitWaiting]++
		over := d.waiting - d.limits.WaitingTotal
		dst = d.giveUp(dst, min(over+d.limits.Waiting/8, len(victim.waiting)))
		d.turnTo(from)
	}
	d.domain = domain
	return dst
}

// readHeld reads the held sets whose template is there now.
func (d *Decoder) readHeld(dst []flow.Flow) []flow.Flow {
	e := d.from
	domain := d.domain
	e.held = slices.DeleteFunc(e.held, func(s heldSet) bool {
		t := e.template(s.key)
		if t == nil {
			return false
		}
		d.addHeld(e, -len(s.body)-heldCost)
		m := s.message
		d.domain = d.domainOf(e, domainID{key: domainKey(m.protocol, m.domain)})
		if t.options {
			d.readOptions(t, s.body)
			return true
		}
		before, waiting := d.health.Records, len(e.waiting)
		dst = d.readRecords(dst, t, s.body, &m)
		n := d.health.Records - before
		d.health.Held += n
		if d.sum != nil {
			for _, w := range e.waiting[waiting:] {
				if w.first {
					n++ // read now, booked when its sampler comes
				}
			}
			d.sum.HeldRecords += n
		}
		return true
	})
	d.domain = domain
	return dst
}

// rateWaiting appends the waiting flows whose sampler is known now.
func (d *Decoder) rateWaiting(dst []flow.Flow) []flow.Flow {
	e := d.from
	before := len(e.waiting)
	left := e.waiting[:0]
	for i := 0; i < len(e.waiting); {
		n := i + 1
		for n < len(e.waiting) && !e.waiting[n].first {
			n++
		}
		w := e.waiting[i:n]
		i = n
		rate, wait := e.domains[domainID{key: w[0].domain}].lookup(w[0].sampler)
		if wait {
			left = append(left, w...)
			continue
		}
		var flows [2]flow.Flow
		for j := range w {
			flows[j] = w[j].flow
		}
		records := d.health.Records
		dst = d.keep(dst, flows[:len(w)], ratingOf(fallback(e.exporter, rate)))
		d.health.Held += d.health.Records - records
	}
	clear(e.waiting[len(left):])
	e.waiting = left
	d.addWaiting(e, len(left)-before)
	return dst
}

// giveUp lets the samplers be that the n oldest flows wait for: those flows, and all that name these
// samplers until they are announced, count like those of an exporter that announces no rate.
// Nothing is dropped for a missing rate (design section 2, Sampling). At least one flow waits no more.
func (d *Decoder) giveUp(dst []flow.Flow, n int) []flow.Flow {
	for i := range d.from.waiting[:n] {
		w := &d.from.waiting[i]
		m := d.domainOf(d.from, domainID{key: w.domain})
		if m.samplers == nil {
			m.samplers = make(map[uint64]sampler)
		}
		if _, known := m.samplers[w.sampler]; known {
			continue
		}
		if len(m.samplers) >= d.limits.Samplers { // only by forged ids; start over
			d.health.Limits[flow.LimitSamplers]++
			clear(m.samplers)
			d.from.samplers -= m.announced
			d.from.onlyKnown = false
			m.announced = 0
		}
		m.samplers[w.sampler] = sampler{}
	}
	return d.rateWaiting(dst)
}

// Flush gives up everything that is held back or waits, of all exporters: at the end of a capture,
// or of the process. Flows that waited for their sampler are appended to dst; sets that waited for
// their template are refused. The flows may be of several exporters; of each the row of the ledger
// is open for the slot of its last datagram.
func (d *Decoder) Flush(dst []flow.Flow) []flow.Flow {
	ids := slices.Sorted(maps.Keys(d.known))
	for _, id := range ids {
		e := d.known[id]
		for len(e.held) > 0 {
			m := e.held[0].message
			m.arrival = e.arrival
			n := 1
			for n < len(e.held) && e.held[n].message.protocol == m.protocol && e.held[n].message.domain == m.domain {
				n++
			}
			d.open(e, &m)
			d.dropHeld(e, n)
			d.close(nil)
		}
		all := e.waiting
		slices.SortStableFunc(all, func(a, b waitingFlow) int { return cmp.Compare(a.domain, b.domain) })
		for len(all) > 0 {
			key, n := all[0].domain, 1
			for n < len(all) && all[n].domain == key {
				n++
			}
			e.waiting, all = all[:n], all[n:]
			before := len(dst)
			d.open(e, &message{protocol: Protocol(key >> 32), domain: uint32(key), arrival: e.arrival})
			for len(e.waiting) > 0 {
				dst = d.giveUp(dst, len(e.waiting))
			}
			d.close(dst[before:])
		}
	}
	return dst
}
