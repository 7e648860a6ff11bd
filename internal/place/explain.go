package place

import (
	"net/netip"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
)

// Explanation is how an address is placed, and by what.
type Explanation struct {
	Own    netip.Prefix      // the longest own prefix that holds it; invalid for a remote address
	Region string            // of an exporter with this address; "" = in no region
	Named  []catalogue.Entry // the entries whose prefix holds it, in the order in which they are tried
	Prefix string            // name of the first valid one of these; "" = none
	AS     uint32            // by the database; 0 = not there
	Place  flow.Place        // by the database
}

// Explain places an address as Placers do at a slot, and says by what. It fails where a database is
// damaged.
func (t *Tables) Explain(a netip.Addr, at flow.Slot) (Explanation, error) {
	var x Explanation
	a = a.Unmap()
	x.Own, _ = t.own.LookupPrefixLPM(netip.PrefixFrom(a, a.BitLen()))
	if region, ok := t.config.Exporters.regions.Lookup(a); ok {
		x.Region = t.config.Names.Regions.Value(uint32(region))
	}
	if head, ok := t.prefixes.Lookup(a); ok {
		for r := &t.rules[head]; r.entry >= 0; r = &t.rules[r.next] {
			x.Named = append(x.Named, t.config.Catalogue.Prefixes()[r.entry])
		}
		x.Prefix = t.config.Names.Prefixes.Value(t.rule(head, at).name)
	}
	var err error
	if t.config.AS != nil {
		if x.AS, err = t.config.AS.AS(a); err != nil {
			return x, err
		}
	}
	if t.config.Geo != nil {
		if x.Place, err = t.config.Geo.Place(a); err != nil {
			return x, err
		}
	}
	return x, nil
}

// Databases are the AS and the geo database; nil = none.
func (t *Tables) Databases() (as, geo *Database) { return t.config.AS, t.config.Geo }

// WhyUnusable says why an AS number in a flow is not taken for the remote network's, as the end of
// a sentence about it; "" where it is taken.
func (t *Tables) WhyUnusable(as uint32) string {
	switch {
	case t.usableAS(as):
		return ""
	case as == 0:
		return "stands for an unknown network"
	case as == 23456:
		return "stands for numbers that do not fit 16 bits (AS_TRANS, RFC 6793)"
	case as >= 64512 && as <= 65535, as >= 4_200_000_000:
		return "is for private use or reserved (RFC 6996, RFC 7300)"
	}
	return "is one of own_as"
}
