// Package config holds the one Config of the program: its defaults, its strict reading from YAML
// and its validation. The meaning of every key for an operator stands in docs/reference/configuration.md; a
// test compares that table with the fields here.
package config

import (
	"net/netip"
	"path/filepath"
	"time"

	"tributary/internal/flow"
)

// Config is the whole configuration. Load gives a valid one; one that is built in code is to be
// started from Default and given to Validate. Nobody changes it after that.
type Config struct {
	Data            string         `yaml:"data"` // folder of the store, its key, the journal and the socket
	Own             []netip.Prefix `yaml:"own"`
	OwnAS           []uint32       `yaml:"own_as"`
	Listen          []string       `yaml:"listen"`         // host:port, UDP
	Workers         int            `yaml:"workers"`        // 0 = one for each core
	ReceiveBuffer   Size           `yaml:"receive_buffer"` // asked of the kernel for each socket
	Regions         []Region       `yaml:"regions"`
	Exporters       []Exporter     `yaml:"exporters"`
	SamplingDefault uint32         `yaml:"sampling_default"` // 0 = none
	Links           []Link         `yaml:"links"`            // first match wins
	UnlistedLinks   UnlistedLinks  `yaml:"unlisted_links"`
	Catalogue       []string       `yaml:"catalogue"`    // files, before the built-in list
	ASDatabase      string         `yaml:"as_database"`  // MMDB file; "" = none
	GeoDatabase     string         `yaml:"geo_database"` // MMDB file; "" = none
	ASSource        []ASSource     `yaml:"as_source"`    // first that knows the address wins
	IPv6Prefix      int            `yaml:"ipv6_prefix"`  // bits that count as one address, 1 to 128
	Store           Store          `yaml:"store"`
	Journal         Journal        `yaml:"journal"`
	Console         Console        `yaml:"console"`
	Retention       Retention      `yaml:"retention"`
	Publish         Publish        `yaml:"publish"`
	Limits          Limits         `yaml:"limits"`
}

// Region is where exporters stand.
type Region struct {
	Name      string   `yaml:"name"`
	Exporters []Source `yaml:"exporters"` // of different regions, disjoint
}

// Exporter overrides what is learnt of one exporter.
type Exporter struct {
	Address  netip.Addr `yaml:"address"`
	Name     string     `yaml:"name,omitempty"`
	Sampling uint32     `yaml:"sampling,omitempty"` // 0 = what it exports
	Metering Metering   `yaml:"metering,omitempty"`
}

// Link names external interfaces. A key that is not given matches everything.
type Link struct {
	Name       string        `yaml:"name"`
	Exporter   netip.Addr    `yaml:"exporter,omitempty"`   // invalid = any
	Interfaces []uint32      `yaml:"interfaces,omitempty"` // ifIndex; empty = any
	Kind       flow.LinkKind `yaml:"kind"`
	Provider   string        `yaml:"provider,omitempty"`
}

// Store is where the statistics are kept.
type Store struct {
	Path string `yaml:"path"` // "" = tributary.duckdb in Data; see Config.StorePath
}

// Journal is where datagrams are kept from their arrival until the statistics of them are committed.
type Journal struct {
	Path    string `yaml:"path"`     // folder; "" = journal in Data; see Config.JournalPath
	MaxSize Size   `yaml:"max_size"` // of all segments; 0 = no journal
	MaxAge  Span   `yaml:"max_age"`  // of a segment
}

// Retention is how long what is kept, counted back from the newest committed slot.
type Retention struct {
	Slots  Age `yaml:"slots"`  // five-minute rows and day sketches
	Months Age `yaml:"months"` // month sketches and frozen month columns; not shorter than Slots
}

// Publish says which cells of the dataset are hidden from the public.
type Publish struct {
	MinAddresses int                `yaml:"min_addresses"`
	MinNetworks  int                `yaml:"min_networks"`
	MaxDominance float64            `yaml:"max_dominance"` // share of one network, 0 to 1
	Always       []flow.NetworkType `yaml:"always"`        // never suppressed
	Normalize    bool               `yaml:"normalize"`
}

// UnlistedLinks says what becomes of flows over interfaces that no link names.
type UnlistedLinks string

// The choices of unlisted_links.
const (
	CountUnlisted  UnlistedLinks = "count"
	IgnoreUnlisted UnlistedLinks = "ignore"
)

// Metering is at which side of its interfaces an exporter meters, where the operator says so.
type Metering string

// The choices of exporters[].metering. LearnMetering is not written: the key is left out.
const (
	LearnMetering Metering = ""        // by flowDirection (IE 61) in what it sends
	MeterIngress  Metering = "ingress" // only records metered at ingress count, or those that do not say
	MeterEgress   Metering = "egress"  // only records metered at egress count, or those that do not say
	MeterBoth     Metering = "both"    // ingress flows count metered at ingress, egress flows at egress
	MeterAny      Metering = "any"     // every record counts, whatever it says
)

// ASSource is where the AS number of a remote address comes from.
type ASSource string

// The sources of as_source.
const (
	ASFromFlow     ASSource = "flow"
	ASFromDatabase ASSource = "database"
)

// Default is the configuration of an empty file. It is not valid: nobody can guess Own and Regions.
func Default() *Config {
	return &Config{
		Data:          "./data",
		Listen:        []string{":2055", ":4739", ":6343"}, // customary ports of NetFlow, IPFIX, sFlow
		UnlistedLinks: CountUnlisted,
		ASSource:      []ASSource{ASFromFlow, ASFromDatabase},
		ReceiveBuffer: 32 * MiB,
		IPv6Prefix:    128,
		Journal:       Journal{MaxSize: 16 * GiB, MaxAge: Span(6 * time.Hour)},
		Console:       Console{Listen: "127.0.0.1:8080"},
		Retention:     Retention{Slots: 800, Months: Forever},
		Publish:       Publish{MinAddresses: 10, MinNetworks: 3, MaxDominance: 0.9},
		Limits:        defaultLimits(),
	}
}

// StorePath is the store's file.
func (c *Config) StorePath() string {
	if c.Store.Path != "" {
		return c.Store.Path
	}
	return filepath.Join(c.Data, "tributary.duckdb")
}

// JournalPath is the folder of the journal's segments.
func (c *Config) JournalPath() string {
	if c.Journal.Path != "" {
		return c.Journal.Path
	}
	return filepath.Join(c.Data, "journal")
}
