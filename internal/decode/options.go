package decode

import "tributary/internal/flow"

// optionColumns are the elements of an options record that are read, scope or not.
var optionColumns = []struct {
	id  uint16
	col column
}{
	{ieSamplerID, colSampler}, {ieSelectorID, colSampler}, {ieSystemInit, colSystemInit},
}

// scopeColumns are the elements that narrow what an IPFIX options record speaks of.
var scopeColumns = []struct {
	id  uint16
	col column
}{
	{ieObservationDomain, colScopeDomain}, {ieTemplateID, colScopeTemplate},
	{ieIngressInterface, colScopeInterface}, {ieEgressInterface, colScopeInterface},
	{ieIngressPhysical, colScopeInterface}, {ieEgressPhysical, colScopeInterface},
	{ieObservationPoint, colScopeInterface}, {iePort, colScopeInterface}, {ieLineCard, colScopeLineCard},
}

// chooseOptions decides which fields of an options template are read. Scope fields of NetFlow v9 are
// numbered apart from elements; a scope "system" or "cache" is the whole domain.
func (t *template) chooseOptions(protocol Protocol) {
	for i := range t.fields {
		f := &t.fields[i]
		switch {
		case f.pen != 0:
		case f.scope && protocol == NetFlow9:
			switch f.id {
			case scopeInterface9:
				t.columns[i] = colScopeInterface
			case scopeLineCard9:
				t.columns[i] = colScopeLineCard
			case scopeTemplate9:
				t.columns[i] = colScopeTemplate
			}
		default:
			t.columns[i] = optionColumn(f.id, f.scope)
		}
		t.rated = t.rated || t.columns[i] != colNone
	}
}

func optionColumn(id uint16, scope bool) column {
	for _, c := range optionColumns {
		if c.id == id {
			return c.col
		}
	}
	for _, c := range rateColumns {
		if c.id == id && !scope {
			return c.col
		}
	}
	for _, c := range scopeColumns {
		if c.id == id && scope {
			return c.col
		}
	}
	return colNone
}

// readOptions learns what a set of options records announces.
func (d *Decoder) readOptions(t *template, b []byte) {
	steps := t.steps
	for len(b) >= t.minimum {
		size := t.stride
		if size == 0 {
			if d.steps, size = t.layout(d.steps[:0], b); size == 0 {
				d.refuseSet()
				break
			}
			steps = d.steps
		}
		d.health.Options++
		d.heard.records++
		if t.rated {
			var f flow.Flow // options have no columns of a flow
			d.extra = extra{}
			run(steps, b[:size], &f, &d.extra)
			d.readOption(&d.extra)
		}
		b = b[size:]
	}
}

// readOption learns the exporter's time of boot and a sampling rate: of a sampler where the record
// names one; of an interface or line card where that is its scope; of the records of one template;
// else of the whole domain, which is the header's unless the scope is another.
func (d *Decoder) readOption(x *extra) {
	if x.systemInit > 0 {
		d.domain.systemInit = x.systemInit
	}
	if !x.rates.stated {
		return
	}
	e, m, rate := d.from, d.domain, x.rates.rate()
	if key := m.id.key&^0xffffffff | x.scopeDomain&0xffffffff; x.scopeDomain != 0 && key != m.id.key {
		m = d.domainOf(e, domainID{key: key})
		d.domainOf(e, d.domain.id) // stays the newest: what is at hand must not be forgotten
	}
	if d.sum != nil {
		d.sum.sawRate(rate)
	}
	switch {
	case x.named:
		d.announce(e, m, x.sampler, rate)
	case x.scoped != 0:
		d.announce(e, m, x.scoped, rate)
	case rate == 0:
	case x.scopeTemplate != 0:
		if m.byTemplate == nil {
			m.byTemplate = make(map[uint16]uint32)
		}
		if _, known := m.byTemplate[uint16(x.scopeTemplate)]; known || len(m.byTemplate) < d.limits.Templates {
			m.byTemplate[uint16(x.scopeTemplate)] = rate
		} else {
			d.health.Limits[flow.LimitSamplers]++
		}
		m.rate = rate
	default:
		m.rate = rate
	}
}
