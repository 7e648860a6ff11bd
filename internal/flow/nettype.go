package flow

import "fmt"

// NetworkType is what kind of network a remote party is in.
type NetworkType uint8

// The types, in the order of tables. Their colour, and their order in figures, is package figure's.
const (
	CDN NetworkType = iota
	Hosting
	Hyperscaler
	ISPRegional
	ISPTier1
	Migration
	Neocloud
	Other
	NumNetworkTypes
)

var typeNames = [NumNetworkTypes]string{"cdn", "hosting", "hyperscaler", "isp-regional", "isp-tier1", "migration", "neocloud", "other"}

func (t NetworkType) String() string { return typeNames[t] }

// ParseNetworkType reads the name of a type.
func ParseNetworkType(s string) (NetworkType, error) {
	for i, n := range typeNames {
		if n == s {
			return NetworkType(i), nil
		}
	}
	return Other, fmt.Errorf("must be cdn, hosting, hyperscaler, isp-regional, isp-tier1, neocloud, migration or other (got %q)", s)
}

// Group is the type group: cloud, isp, cdn, migration or other.
func (t NetworkType) Group() string {
	switch t {
	case Hosting, Hyperscaler, Neocloud:
		return "cloud"
	case ISPRegional, ISPTier1:
		return "isp"
	}
	return typeNames[t]
}

// LinkKind is what an external interface leads to.
type LinkKind uint8

// The kinds.
const (
	LinkUnknown LinkKind = iota // unlisted
	LinkTransit
	LinkIX
	LinkPNI
	LinkMigration
	LinkInternal
)

var kindNames = [...]string{"unknown", "transit", "ix", "pni", "migration", "internal"}

func (k LinkKind) String() string { return kindNames[k] }

// ParseLinkKind reads a kind that a configuration may name.
func ParseLinkKind(s string) (LinkKind, error) {
	for i, n := range kindNames {
		if n == s && i > 0 {
			return LinkKind(i), nil
		}
	}
	return LinkUnknown, fmt.Errorf("must be transit, ix, pni, migration or internal (got %q)", s)
}
