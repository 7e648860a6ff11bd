package decode

import (
	"slices"

	"tributary/internal/flow"
)

// waitKey is a sampler that is not announced yet.
type waitKey struct {
	domain  uint64 // domainKey
	sampler uint64
}

// waitQueue holds the flows whose records name one such sampler, in order of arrival. A sampler
// waits or not as a whole, so that an announcement costs what it sets free and no more: looking at
// all that waits would let one datagram cost milliseconds.
type waitQueue struct {
	key   waitKey
	flows []waitingFlow // empty once they wait no more
}

type waitingFlow struct {
	flow    flow.Flow
	arrival int64
	first   bool // of its record: a biflow record gives two
}

// wait keeps the flows of a record until its sampler is announced.
func (d *Decoder) wait(f *flow.Flow, more []flow.Flow, id uint64) {
	e := d.from
	key := waitKey{d.domain.id.key, id}
	q := e.waiting[key]
	if q == nil {
		q = e.addQueue(key)
	}
	q.flows = append(q.flows, waitingFlow{*f, e.arrival, true})
	for i := range more {
		q.flows = append(q.flows, waitingFlow{more[i], e.arrival, false})
	}
	d.recordsWaiting++
	d.addWaiting(e, 1+len(more))
}

func (e *exporter) addQueue(key waitKey) *waitQueue {
	if e.waiting == nil {
		e.waiting = make(map[waitKey]*waitQueue)
	}
	if len(e.waitOrder) > 2*len(e.waiting)+16 { // most are empty: others wait long at the front
		e.waitOrder = slices.DeleteFunc(e.waitOrder, func(q *waitQueue) bool { return len(q.flows) == 0 })
	}
	q := &waitQueue{key: key}
	e.waiting[key] = q
	e.waitOrder = append(e.waitOrder, q)
	return q
}

// addWaiting books flows waiting, or waiting no more.
func (d *Decoder) addWaiting(e *exporter, flows int) {
	e.flowsWaiting += flows
	d.waiting += flows
	d.queueing.update(&e.queueing, e.flowsWaiting)
}

// oldestQueue is the one that has waited longest; nil where none waits.
func (e *exporter) oldestQueue() *waitQueue {
	for len(e.waitOrder) > 0 {
		if q := e.waitOrder[0]; len(q.flows) > 0 {
			return q
		}
		e.waitOrder[0] = nil
		e.waitOrder = e.waitOrder[1:]
	}
	return nil
}

// rate appends the flows of a queue, with the rate known of its sampler by now.
func (d *Decoder) rate(dst []flow.Flow, q *waitQueue) []flow.Flow {
	e, all := d.from, q.flows
	q.flows = nil
	delete(e.waiting, q.key)
	rate, _ := e.domains[domainID{key: q.key.domain}].lookup(q.key.sampler)
	rating := ratingOf(fallback(e.exporter, rate))
	for i := 0; i < len(all); {
		var flows [2]flow.Flow
		n := 0
		for ; i+n < len(all) && n < len(flows) && (n == 0 || !all[i+n].first); n++ {
			flows[n] = all[i+n].flow
		}
		i += n
		before := d.health.Records
		dst = d.keep(dst, flows[:n], rating)
		d.health.Held += d.health.Records - before
	}
	d.addWaiting(e, -len(all))
	return dst
}

// rateReady appends the flows whose sampler was announced with the datagram at hand.
func (d *Decoder) rateReady(dst []flow.Flow) []flow.Flow {
	e := d.from
	for _, q := range e.ready {
		if len(q.flows) > 0 {
			dst = d.rate(dst, q)
		}
	}
	clear(e.ready)
	e.ready = e.ready[:0]
	return dst
}

// giveUp lets a sampler be that flows wait for: those, and all that name it until it is announced,
// count like those of an exporter that announces no rate. Nothing is dropped for a missing rate
// (design section 2, Sampling).
func (d *Decoder) giveUp(dst []flow.Flow, q *waitQueue) []flow.Flow {
	m := d.domainOf(d.from, domainID{key: q.key.domain})
	if m.samplers == nil {
		m.samplers = make(map[uint64]sampler)
	}
	if _, known := m.samplers[q.key.sampler]; !known {
		if len(m.samplers) >= d.limits.Samplers { // only by forged ids; start over
			d.health.Limits[flow.LimitSamplers]++
			clear(m.samplers)
			d.from.samplers -= m.announced
			d.from.onlyKnown = false
			m.announced = 0
		}
		m.samplers[q.key.sampler] = sampler{}
	}
	return d.rate(dst, q)
}

// giveUpOldest gives up the samplers longest waited for until at least n flows wait no more.
func (d *Decoder) giveUpOldest(dst []flow.Flow, n int) []flow.Flow {
	for n > 0 {
		q := d.from.oldestQueue()
		if q == nil {
			break
		}
		n -= len(q.flows)
		dst = d.giveUp(dst, q)
	}
	return dst
}

// boundWaiting lets flows wait no more where they have too long, or are too many: of the exporter at
// hand, or of the one for which most wait. At a bound an eighth of it goes at once.
func (d *Decoder) boundWaiting(dst []flow.Flow) []flow.Flow {
	e, domain := d.from, d.domain
	for q := e.oldestQueue(); q != nil && e.arrival-q.flows[0].arrival > heldMillis; q = e.oldestQueue() {
		dst = d.giveUp(dst, q)
	}
	if over := e.flowsWaiting - d.limits.Waiting; over > 0 {
		d.health.Limits[flow.LimitWaiting]++
		dst = d.giveUpOldest(dst, over+d.limits.Waiting/8)
	}
	for over := d.waiting - d.limits.WaitingTotal; over > 0; over = d.waiting - d.limits.WaitingTotal {
		victim := d.queueing.largest()
		if victim.flowsWaiting <= e.flowsWaiting {
			victim = e
		}
		d.turnTo(victim)
		d.health.Limits[flow.LimitWaiting]++
		dst = d.giveUpOldest(dst, over+d.limits.Waiting/8)
		d.turnTo(e)
	}
	d.domain = domain
	return dst
}
