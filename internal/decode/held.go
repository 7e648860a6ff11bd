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

// pending reports whether anything is held back or waits.
func (e *exporter) pending() bool { return len(e.held)+e.flowsWaiting > 0 }

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
	d.keepHeld(e, heldSet{key, *m, bytes.Clone(body)})
}

func (d *Decoder) keepHeld(e *exporter, s heldSet) {
	e.held = append(e.held, s)
	if e.heldKeys == nil {
		e.heldKeys = make(map[uint64]int)
	}
	e.heldKeys[s.key]++
	d.addHeld(e, len(s.body)+heldCost)
}

// unhold counts one set less that waits for a template.
func (e *exporter) unhold(key uint64) {
	if e.heldKeys[key]--; e.heldKeys[key] == 0 {
		delete(e.heldKeys, key)
	}
}

// addHeld books octets held, or no more held.
func (d *Decoder) addHeld(e *exporter, octets int) {
	e.heldOctets += octets
	d.heldOctets += octets
	d.holding.update(&e.holding, e.heldOctets)
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
	for i := range e.held[:n] {
		e.unhold(e.held[i].key)
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

// release appends the flows of what is held back and has become readable with the datagram at hand,
// after the whole of it, and gives up what has waited too long or is too much.
func (d *Decoder) release(dst []flow.Flow) []flow.Flow {
	e := d.from
	if e.learnt {
		e.learnt = false
		dst = d.readHeld(dst)
	}
	dst = d.rateReady(dst)
	old := 0
	for old < len(e.held) && e.arrival-e.held[old].message.arrival > heldMillis {
		old++
	}
	d.dropHeld(e, old)
	return d.boundWaiting(dst)
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
		e.unhold(s.key)
		m := s.message
		d.domain = d.domainOf(e, domainID{key: domainKey(m.protocol, m.domain)})
		if t.options {
			d.readOptions(t, s.body)
			return true
		}
		before, waiting := d.health.Records, d.recordsWaiting
		dst = d.readRecords(dst, t, s.body, &m)
		n := d.health.Records - before
		d.health.Held += n
		if d.sum != nil {
			n += d.recordsWaiting - waiting // read now, booked when their sampler comes
			d.sum.HeldRecords += n
		}
		return true
	})
	d.domain = domain
	return dst
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
		var all []*waitQueue
		for q := e.oldestQueue(); q != nil; q = e.oldestQueue() {
			all = append(all, q)
			e.waitOrder = e.waitOrder[1:]
		}
		slices.SortStableFunc(all, func(a, b *waitQueue) int { return cmp.Compare(a.key.domain, b.key.domain) })
		for len(all) > 0 {
			key, before := all[0].key.domain, len(dst)
			d.open(e, &message{protocol: Protocol(key >> 32), domain: uint32(key), arrival: e.arrival})
			for len(all) > 0 && all[0].key.domain == key {
				dst = d.giveUp(dst, all[0])
				all = all[1:]
			}
			d.close(dst[before:])
		}
	}
	return dst
}
