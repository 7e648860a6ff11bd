package decode

import (
	"slices"

	"tributary/internal/flow"
)

// Domain is one stream of an exporter: an observation domain (IPFIX), a source (NetFlow v9), an engine
// (NetFlow v5) or a sub-agent (sFlow), with what is known of its templates.
type Domain struct {
	Protocol  Protocol
	ID        uint32
	Agent     flow.Addr // of sFlow, where it is not the exporter
	Templates int       // in force, those of options too
	Options   int       // of them, those of options
	Refreshed int64     // arrival of its last template, one that only repeats too, Unix ms; 0: none since the process began
	Samplers  int       // announced
}

// Domains are the domains of one exporter.
type Domains struct {
	Exporter  flow.Addr
	All       int      // how many there are
	Templates int      // of all of them
	Newest    []Domain // those heard last, the last one first; at most maxDomains
}

// maxDomains bounds the domains of an exporter that are described: a router has one to a handful.
const maxDomains = 16

// Domains describes the domains of exporters whose ID is below the bound, by address.
func (d *Decoder) Domains(bound uint32) []Domains {
	var out []Domains
	for id, e := range d.known {
		if id >= bound || len(e.domains) == 0 {
			continue
		}
		row := Domains{Exporter: e.exporter.Address, All: len(e.domains)}
		for m := e.newest; m != nil; m = m.older {
			row.Templates += len(m.templates)
			if len(row.Newest) < maxDomains {
				row.Newest = append(row.Newest, m.describe())
			}
		}
		out = append(out, row)
	}
	slices.SortFunc(out, func(a, b Domains) int { return a.Exporter.Compare(b.Exporter) })
	return out
}

func (m *domain) describe() Domain {
	return Domain{
		Protocol: Protocol(m.id.key >> 32), ID: uint32(m.id.key), Agent: m.id.agent,
		Templates: len(m.templates), Options: m.options, Refreshed: m.refreshed, Samplers: m.announced,
	}
}
