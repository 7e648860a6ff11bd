// Package place says of every flow whose traffic it is: which side is own, which way it goes, in
// which region, over which link, and with whom: the remote address, its AS number, named prefix
// and place. A Placer does so for one worker, from Tables that all workers share.
package place

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"

	"github.com/gaissmai/bart"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
)

// Config is what Tables are made of. Only Names and Exporters must be given.
type Config struct {
	Own            []netip.Prefix
	OwnAS          []uint32
	Links          []Link     // first match wins
	IgnoreUnlisted bool       // flows over unlisted interfaces do not count
	ASSources      []ASSource // first that knows the address wins; empty = flow, then database
	AS, Geo        *Database  // nil = none
	Catalogue      *catalogue.Catalogue
	Exporters      *Exporters
	Names          *flow.Names
}

// ASSource is where a remote AS number comes from.
type ASSource uint8

// The sources.
const (
	ASFromFlow ASSource = iota
	ASFromDatabase
)

func (s ASSource) String() string { return [...]string{"flow", "database"}[s] }

// Close closes the databases.
func (c *Config) Close() error {
	var errs []error
	for _, d := range []*Database{c.AS, c.Geo} {
		if d != nil {
			errs = append(errs, d.Close())
		}
	}
	return errors.Join(errs...)
}

// Tables are what flows are placed by. They do not change, but for what databases answered, which is
// remembered; they are safe for concurrent use.
type Tables struct {
	config     Config
	own        bart.Lite
	ownBlocks  [2]blocks   // of IPv4 and IPv6: outside of them no address is own
	links      []linkEntry // 0 is the unlisted link; then Config.Links
	flowAS     bool        // AS numbers of flows are used
	databaseAS asUse
	answers    *answers // nil without databases

	// Named prefixes: the longest that holds an address leads to the first rule that may name it.
	prefixes bart.Table[int32]
	rules    []prefixRule // 0 is "no name", always valid, the end of every chain
}

// asUse is when the AS number out of the database is used.
type asUse uint8

const (
	asNever asUse = iota
	asElse        // where the flow has none
	asFirst       // where it has one
)

// blocks is a set of /16, one bit each: 8 KiB, so that most remote addresses are known not to be own
// by one bit: it halves the time for both sides of a flow, BenchmarkIsOwn.
type blocks [1 << 10]uint64

func (b *blocks) has(n uint16) bool { return b[n>>6]&(1<<(n&63)) != 0 }

// add adds the /16 that overlap a prefix of which first are the first 16 bits.
func (b *blocks) add(first uint16, bits int) {
	for n := range 1 << max(0, 16-bits) {
		block := int(first) + n
		b[block>>6] |= 1 << (block & 63)
	}
}

// prefixRule is a catalogue entry about a prefix, and which is next where it is not valid: another
// of the same prefix, else the first of the next shorter prefix.
type prefixRule struct {
	from, to flow.Slot // as in catalogue.Entry
	name     uint32    // in Names.Prefixes
	next     int32
	entry    int32 // in Catalogue.Prefixes
}

// NewTables builds the tables and numbers the names in them. It fails where a store has numbered so
// many names of links over the years that none are left.
func NewTables(c Config) (*Tables, error) {
	if len(c.ASSources) == 0 {
		c.ASSources = []ASSource{ASFromFlow, ASFromDatabase}
	}
	t := &Tables{config: c, links: []linkEntry{{}}, rules: []prefixRule{{to: catalogue.Always, entry: -1}}}
	if c.AS != nil || c.Geo != nil {
		t.answers = newAnswers()
	}
	for i, source := range c.ASSources {
		switch {
		case source == ASFromFlow:
			t.flowAS = true
		case i == 0:
			t.databaseAS = asFirst
		case t.databaseAS == asNever:
			t.databaseAS = asElse
		}
	}
	for _, p := range c.Own {
		p = p.Masked()
		t.own.Insert(p)
		a := flow.AddrFrom(p.Addr())
		if p.Addr().Is4() {
			t.ownBlocks[0].add(uint16(a.Lo>>16), p.Bits())
		} else {
			t.ownBlocks[1].add(uint16(a.Hi>>48), p.Bits())
		}
	}
	for _, l := range c.Links {
		id, err := number16(c.Names.Links.ID(l.Name), "link", l.Name)
		if err != nil {
			return nil, err
		}
		t.links = append(t.links, linkEntry{id, l.Kind})
	}
	if c.Catalogue != nil {
		t.addPrefixes(c.Catalogue.Prefixes())
	}
	return t, nil
}

// With is the tables with another catalogue. Exporters and databases are shared: only one of the two
// is to be closed.
func (t *Tables) With(c *catalogue.Catalogue) (*Tables, error) {
	config := t.config
	config.Catalogue = c
	return NewTables(config)
}

// number16 is the number of a name that rows hold in 16 bits. 65,535 is not given out: for regions
// it means all of them in questions to the store.
func number16(id uint32, what, name string) (uint16, error) {
	if id >= math.MaxUint16 {
		return 0, fmt.Errorf("cannot add the %s %q: the store has numbered %d names of %ss since it was made and keeps them all; rename fewer, or begin a new store",
			what, name, id, what)
	}
	return uint16(id), nil
}

// addPrefixes chains the rules: shorter prefixes first, so that a longer one finds the head of the
// chain that it falls back to.
func (t *Tables) addPrefixes(entries []catalogue.Entry) {
	order := make([]int, len(entries))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		p, q := entries[a].Prefix, entries[b].Prefix
		return cmp.Or(cmp.Compare(p.Bits(), q.Bits()), p.Addr().Compare(q.Addr()))
	})
	for len(order) > 0 {
		prefix, n := entries[order[0]].Prefix, 1
		for n < len(order) && entries[order[n]].Prefix == prefix {
			n++
		}
		shorter, _ := t.prefixes.LookupPrefix(prefix) // 0, the end, where there is none
		t.prefixes.Insert(prefix, int32(len(t.rules)))
		for i, e := range order[:n] {
			r := prefixRule{entries[e].From, entries[e].To, t.config.Names.Prefixes.ID(entries[e].Name), int32(len(t.rules) + 1), int32(e)}
			if i == n-1 {
				r.next = shorter
			}
			t.rules = append(t.rules, r)
		}
		order = order[n:]
	}
}

// rule follows a chain to the first rule valid at the slot.
func (t *Tables) rule(head int32, at flow.Slot) *prefixRule {
	for {
		r := &t.rules[head]
		if r.from <= at && at < r.to {
			return r
		}
		head = r.next
	}
}

// rulesHold is for how many first bits of an address the head of its chain is the same: at most 24 of
// IPv4 and 64 of IPv6, or all.
func (t *Tables) rulesHold(a netip.Addr) int {
	bits := 64
	if a.Is4() {
		bits = 24
	}
	network := netip.PrefixFrom(a, bits).Masked()
	for p := range t.prefixes.Subnets(network) {
		if p.Bits() > bits {
			return a.BitLen()
		}
	}
	return 0
}

// isOwn reports whether the address is the operator's.
func (t *Tables) isOwn(a flow.Addr) bool {
	if a.Is4() {
		return t.ownBlocks[0].has(uint16(a.Lo>>16)) && t.own.Contains(native(a))
	}
	return t.ownBlocks[1].has(uint16(a.Hi>>48)) && t.own.Contains(native(a))
}

// native is Addr.Netip without the case of no address: :: is looked up as any other.
func native(a flow.Addr) netip.Addr {
	if a.Is4() {
		return netip.AddrFrom4([4]byte{byte(a.Lo >> 24), byte(a.Lo >> 16), byte(a.Lo >> 8), byte(a.Lo)})
	}
	return netip.AddrFrom16(a.As16())
}

// usableAS reports whether an AS number out of a flow names a remote network: not the one that
// stands for "does not fit 16 bits" (RFC 6793), not private use (RFC 6996), not last or reserved
// (RFC 7300), and not the operator's own, which routers put for destinations they originate.
// Documentation AS numbers (RFC 5398) are ordinary, so that examples work.
func (t *Tables) usableAS(as uint32) bool {
	return as != 0 && as != 23456 && (as < 64512 || as > 65535) && as < 4_200_000_000 && !slices.Contains(t.config.OwnAS, as)
}

// LinkKinds are the kinds of the configured links, by number in Names.Links.
func (t *Tables) LinkKinds() map[uint16]flow.LinkKind {
	kinds := make(map[uint16]flow.LinkKind, len(t.links))
	for _, l := range t.links[1:] {
		kinds[l.id] = l.kind
	}
	return kinds
}

// Close closes the databases. No Placer may use the tables any more.
func (t *Tables) Close() error { return t.config.Close() }
