package stats

import (
	"slices"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
	"tributary/internal/store"
)

// endOfTime is the exclusive end of a label that holds for ever.
const endOfTime = ^flow.Slot(0)

// labels say, for every stored combination of AS number, prefix name and link name, which network
// and type it has from when to when. They are made anew for each question, so a network that is
// classed otherwise today is so in last year's figures too, unless its entry says from and to.
type labels struct {
	rows     []store.Label
	networks []string                 // names by the number in Label.Network; 0 is unknown
	links    map[uint16]flow.LinkKind // stored ones, as configured or last known
}

// labelMaker holds what one making of labels needs.
type labelMaker struct {
	names      *flow.Names
	catalogue  *catalogue.Catalogue
	kinds      map[string]flow.LinkKind    // configured links
	lastKinds  map[uint16]flow.LinkKind    // stored ones, last known
	lastTypes  map[uint32]flow.NetworkType // stored prefix names, last known
	prefixes   map[string]bool             // names the catalogue has now, at any time
	boundaries []flow.Slot                 // 0 and every slot at which an answer may change
	numbers    map[string]uint32
	out        labels
}

// makeLabels labels the combinations. A label covers all of time without a gap: the store's rows
// of a combination each fall under exactly one.
func (m *labelMaker) makeLabels(combinations []store.Combination) *labels {
	m.prefixes = map[string]bool{}
	for _, e := range m.catalogue.Prefixes() {
		m.prefixes[e.Name] = true
	}
	m.boundaries = append([]flow.Slot{0}, m.catalogue.Changes()...)
	slices.Sort(m.boundaries)
	m.boundaries = slices.Compact(m.boundaries)
	m.numbers = map[string]uint32{}
	m.out.networks = []string{catalogue.Unknown}
	m.out.links = map[uint16]flow.LinkKind{}
	for _, c := range combinations {
		m.out.links[c.Link] = m.kind(c.Link)
		m.label(c)
	}
	return &m.out
}

// label appends the labels of one combination, as few as there are changes.
func (m *labelMaker) label(c store.Combination) {
	first := len(m.out.rows)
	for _, at := range m.boundaries {
		l := store.Label{Combination: c, From: at, To: endOfTime, Type: m.typeOf(c, at), Network: m.network(c, at)}
		if n := len(m.out.rows); n > first {
			last := &m.out.rows[n-1]
			if last.Type == l.Type && last.Network == l.Network {
				continue
			}
			last.To = at
		}
		m.out.rows = append(m.out.rows, l)
	}
}

// kind is the link's configured kind; else the last it had, for a link that is stored but no
// longer configured.
func (m *labelMaker) kind(link uint16) flow.LinkKind {
	if k, ok := m.kinds[m.names.Links.Value(uint32(link))]; ok {
		return k
	}
	return m.lastKinds[link]
}

// typeOf is the type of a combination at a slot, first match wins: a migration link; the named
// prefix; the AS number; other. A prefix whose entries are not valid at the slot does not match;
// one that the catalogue no longer has keeps its last known type.
func (m *labelMaker) typeOf(c store.Combination, at flow.Slot) flow.NetworkType {
	if m.kind(c.Link) == flow.LinkMigration {
		return flow.Migration
	}
	if c.Prefix != 0 {
		name := m.names.Prefixes.Value(c.Prefix)
		if t, _, ok := m.catalogue.Prefix(name, at); ok {
			return t
		}
		if t, ok := m.lastTypes[c.Prefix]; ok && !m.prefixes[name] {
			return t
		}
	}
	if c.AS != 0 {
		if _, t, _, ok := m.catalogue.AS(c.AS, at); ok {
			return t
		}
	}
	return flow.Other
}

// network numbers the network of a combination at a slot by its name (catalogue.Network): names of
// prefixes and of AS numbers are one space, so a prefix that bears a network's name belongs to it.
// The name is resolved at the slot, as the type is: an AS that changes its name is two networks,
// one after the other.
func (m *labelMaker) network(c store.Combination, at flow.Slot) uint32 {
	if c.AS == 0 && c.Prefix == 0 {
		return unknownNetwork
	}
	name := m.catalogue.Network(c.AS, m.names.Prefixes.Value(c.Prefix), at)
	id, ok := m.numbers[name]
	if !ok {
		id = uint32(len(m.out.networks))
		m.numbers[name] = id
		m.out.networks = append(m.out.networks, name)
	}
	return id
}
