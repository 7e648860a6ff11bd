package decode

import (
	"math"

	"tributary/internal/flow"
)

// announcement is what a record, of data or of options, says of a sampling rate. Zero values are
// unstated; no element states a rate by being 0.
type announcement struct {
	interval34    uint64  // samplingInterval: one of so many
	interval50    uint64  // samplerRandomInterval: one of so many
	packets305    uint64  // samplingPacketInterval: so many taken …
	space306      uint64  // samplingPacketSpace: … then so many left out
	hasSpace      bool    // 306 was there: without it 305 means what 34 means
	size309       uint64  // samplingSize: so many taken …
	population310 uint64  // samplingPopulation: … of so many
	probability   float64 // samplingProbability
	stated        bool    // any of them was there, be it 0
}

func (a *announcement) store(col column, b []byte) {
	a.stated = true
	switch col {
	case colInterval34:
		a.interval34 = uintOf(b)
	case colInterval50:
		a.interval50 = uintOf(b)
	case colPackets305:
		a.packets305 = uintOf(b)
	case colSpace306:
		a.space306, a.hasSpace = uintOf(b), true
	case colSize309:
		a.size309 = uintOf(b)
	case colPopulation310:
		a.population310 = uintOf(b)
	case colProbability311:
		a.probability = floatOf(b)
	}
}

// rate is the sampling rate announced: 310/309, else 34, else 50, else (305+306)/305, else 305, else
// 1/311, to the nearest whole number. 0 = none: nothing stated, or nothing sensible.
func (a *announcement) rate() uint32 {
	if r := ratio(a.population310, a.size309); r != 0 {
		return r
	}
	if r := ratio(a.interval34, 1); r != 0 {
		return r
	}
	if r := ratio(a.interval50, 1); r != 0 {
		return r
	}
	if a.hasSpace && a.space306 <= math.MaxUint64-a.packets305 {
		if r := ratio(a.packets305+a.space306, a.packets305); r != 0 {
			return r
		}
	} else if r := ratio(a.packets305, 1); r != 0 {
		return r
	}
	if a.probability > 0 && a.probability <= 1 {
		if r := math.Round(1 / a.probability); r <= math.MaxUint32 {
			return uint32(r)
		}
	}
	return 0
}

// ratio is n/d to the nearest whole number, 0 where that is no sampling rate.
func ratio(n, d uint64) uint32 {
	if n == 0 || d == 0 {
		return 0
	}
	q, r := n/d, n%d
	if r >= d-r { // r/d ≥ 1/2, without overflow
		q++
	}
	if q > math.MaxUint32 {
		return 0
	}
	return uint32(q)
}

// sampler is what is known of one sampler of a domain.
type sampler struct {
	rate      uint32 // 0 = announced without a sensible rate, or given up
	announced bool   // false: records waited for it in vain, and wait no more
}

// scopedSampler is the key of a rate announced for an interface or line card, which no record
// names: it counts as one of the domain's samplers. Keys of named samplers are their ids.
func scopedSampler(kind column, value uint64) uint64 {
	return 1<<63 | uint64(kind)<<56 | value&(1<<56-1)
}

// onlyRate is the rate of the domain's only sampler.
func (m *domain) onlyRate() uint32 {
	if m.announced == 1 {
		for _, s := range m.samplers {
			if s.announced {
				return s.rate
			}
		}
	}
	return 0
}

// unnamedRate is the rate of a record of the domain that neither states one nor names a sampler: its
// template's; the domain's only sampler's; the domain's; the exporter's only sampler's.
func (e *exporter) unnamedRate(m *domain, templateID uint16) uint32 {
	if r := m.byTemplate[templateID]; r != 0 {
		return r
	}
	if r := m.onlyRate(); r != 0 {
		return r
	}
	if m.rate != 0 {
		return m.rate
	}
	if m.announced > 0 || e.samplers != 1 {
		return 0
	}
	if !e.onlyKnown {
		e.onlyKnown, e.only = true, 0
		for _, m := range e.domains {
			e.only = max(e.only, m.onlyRate())
		}
	}
	return e.only
}

// lookup finds the rate of a named sampler. Where wait is true the record must be held back.
func (m *domain) lookup(id uint64) (rate uint32, wait bool) {
	if m != nil {
		if s, known := m.samplers[id]; known {
			return s.rate, false
		}
	}
	return 0, true
}

// announce learns a sampler's rate.
func (d *Decoder) announce(e *exporter, m *domain, id uint64, rate uint32) {
	old, known := m.samplers[id]
	if !known && len(m.samplers) >= d.limits.Samplers {
		d.health.Limits[flow.LimitSamplers]++
		return
	}
	if m.samplers == nil {
		m.samplers = make(map[uint64]sampler)
	}
	if !old.announced {
		m.announced++
		e.samplers++
		if q := e.waiting[waitKey{m.id.key, id}]; q != nil {
			e.ready = append(e.ready, q)
		}
	}
	m.samplers[id] = sampler{rate, true}
	e.onlyKnown = false
}

// fallback is the rate of a flow for which the exporter announced none.
func fallback(x *flow.Exporter, rate uint32) uint32 {
	if rate == 0 {
		return x.SamplingDefault
	}
	return rate
}
