package config

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gaissmai/bart"

	"tributary/internal/flow"
	"tributary/internal/yamlfile"
)

// maxNumbered is the largest number of regions and of links: rows hold their numbers in 16 bits,
// and the store also numbers names that are no longer configured.
const maxNumbered = 65_000

// maxName is the longest name that tables and figures can show.
const maxName = 80

// Validate reports everything that is wrong with c; Load has done so already.
func (c *Config) Validate() error { return c.problems().Err() }

func (c *Config) problems() yamlfile.Problems {
	var v validator
	v.own(c)
	v.listen(c)
	v.regions(c.Regions)
	v.exporters(c)
	v.links(c)
	v.sources(c)
	v.keeping(c)
	v.publish(c.Publish)
	v.collecting(c)
	v.limits(c.Limits)
	return v.problems
}

type validator struct {
	problems yamlfile.Problems
	regionOf bart.Table[int] // sources of exporters → index of their region
}

func (v *validator) add(path, format string, args ...any) {
	v.problems = append(v.problems, &yamlfile.Problem{Path: path, Text: fmt.Sprintf(format, args...)})
}

// name checks what will be shown in tables and files.
func (v *validator) name(path, name string) {
	switch {
	case name == "":
		v.add(path, "is missing: give it a name")
	case name != strings.TrimSpace(name) || strings.ContainsFunc(name, unicode.IsControl):
		v.add(path, "must not begin or end with a space or hold control characters (got %q)", name)
	case len(name) > maxName:
		v.add(path, "must have at most %d bytes (got %d: %q)", maxName, len(name), name)
	}
}

func (v *validator) own(c *Config) {
	if c.Data == "" {
		v.add("data", "is empty: name the folder to keep the statistics in, such as ./data")
	}
	if len(c.Own) == 0 {
		v.add("own", "is missing: list the prefixes of your platform, such as [203.0.113.0/24]; without them no flow has a remote side to count")
	}
	seen := map[netip.Prefix]int{}
	for i, p := range c.Own {
		path := fmt.Sprintf("own[%d]", i)
		if !p.IsValid() || p != p.Masked() {
			v.add(path, "must be a prefix without address bits behind its length (got %q)", p)
		}
		if first, again := seen[p]; again {
			v.add(path, "%s is listed already as own[%d]: remove one", p, first)
			continue
		}
		seen[p] = i
	}
	for i, as := range c.OwnAS {
		if as == 0 {
			v.add(fmt.Sprintf("own_as[%d]", i), "must be an AS number, from 1 to 4294967295 (got 0)")
		}
	}
}

func (v *validator) listen(c *Config) {
	for i, l := range c.Listen {
		path := fmt.Sprintf("listen[%d]", i)
		v.hostPort(path, l, ":2055")
		if first := slices.Index(c.Listen, l); first < i && !strings.HasSuffix(l, ":0") {
			v.add(path, "%s is listed already as listen[%d]: remove one", l, first)
		}
	}
	v.console(&c.Console)
}

func (v *validator) hostPort(path, text, example string) {
	host, port, err := net.SplitHostPort(text)
	if err != nil || strings.ContainsFunc(host, unicode.IsSpace) {
		v.add(path, "must be an address and a port, such as %s (got %q)", example, text)
		return
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		v.add(path, "must end in a port from 1 to 65535, or 0 for any free one, such as %s (got port %q)", example, port)
	} else if strconv.FormatUint(n, 10) != port {
		v.add(path, "must have its port written as %d (got %q)", n, port)
	}
}

func (v *validator) regions(regions []Region) {
	if len(regions) == 0 {
		v.add("regions", "is missing: list at least one, such as {name: Here, exporters: [192.0.2.1]}; datagrams from addresses in no region are refused")
	}
	if len(regions) > maxNumbered {
		v.add("regions", "must be at most %d (got %d)", maxNumbered, len(regions))
	}
	names := map[string]int{}
	for i, r := range regions {
		path := fmt.Sprintf("regions[%d]", i)
		v.name(path+".name", r.Name)
		if r.Name == "all" {
			v.add(path+".name", "must not be all: that is the name of the total over regions in the dataset")
		}
		if first, again := names[r.Name]; again {
			v.add(path+".name", "%q is the name of regions[%d] already: put all its exporters into one region, or choose another name", r.Name, first)
		} else {
			names[r.Name] = i
		}
		if len(r.Exporters) == 0 {
			v.add(path+".exporters", "is missing: list the addresses or prefixes that the region's routers send from, such as [192.0.2.1, 192.0.2.16/28]")
		}
		for j, s := range r.Exporters {
			v.source(fmt.Sprintf("%s.exporters[%d]", path, j), s, i, regions)
		}
	}
}

// source checks that no address lies in two regions. Within a region the same may be said twice.
func (v *validator) source(path string, s Source, region int, regions []Region) {
	if !s.IsValid() || s.Prefix != s.Masked() {
		v.add(path, "must be an address, or a prefix without address bits behind its length (got %q)", s)
		return
	}
	var at netip.Prefix
	other := -1
	if p, i, ok := v.regionOf.LookupPrefixLPM(s.Prefix); ok && i != region {
		at, other = p, i
	}
	for p, i := range v.regionOf.Subnets(s.Prefix) {
		if i != region {
			at, other = p, i
			break
		}
	}
	if other >= 0 {
		v.add(path, "%s overlaps %s of region %q (regions[%d]): an exporter stands in one region; remove or narrow one of the two",
			s, Source{at}, regions[other].Name, other)
		return
	}
	v.regionOf.Insert(s.Prefix, region)
}

// admitted reports a configured exporter whose datagrams would be refused.
func (v *validator) admitted(path string, a netip.Addr) {
	if _, ok := v.regionOf.Lookup(a); !ok {
		v.add(path, "%s lies in no region, so its datagrams are refused: add it to the exporters of a region, or remove this", a)
	}
}

func (v *validator) exporters(c *Config) {
	addresses, names := map[netip.Addr]int{}, map[string]int{}
	for i, e := range c.Exporters {
		path := fmt.Sprintf("exporters[%d]", i)
		if !e.Address.IsValid() {
			v.add(path+".address", "is missing: give the address that it sends from")
			continue
		}
		v.admitted(path+".address", e.Address)
		if first, again := addresses[e.Address]; again {
			v.add(path+".address", "%s is exporters[%d] already: write both as one entry", e.Address, first)
		} else {
			addresses[e.Address] = i
		}
		if e.Name == "" {
			continue
		}
		v.name(path+".name", e.Name)
		if first, again := names[e.Name]; again {
			v.add(path+".name", "%q is the name of exporters[%d] already: choose another, or nobody can tell them apart", e.Name, first)
		} else {
			names[e.Name] = i
		}
	}
}

func (v *validator) links(c *Config) {
	if len(c.Links) > maxNumbered {
		v.add("links", "must be at most %d (got %d)", maxNumbered, len(c.Links))
	}
	names := map[string]int{}
	for i, l := range c.Links {
		path := fmt.Sprintf("links[%d]", i)
		v.name(path+".name", l.Name)
		if l.Kind == flow.LinkUnknown {
			v.add(path+".kind", "is missing: must be transit, ix, pni, migration or internal")
		}
		if l.Exporter.IsValid() {
			v.admitted(path+".exporter", l.Exporter)
		}
		for j, index := range l.Interfaces {
			if index == 0 {
				v.add(fmt.Sprintf("%s.interfaces[%d]", path, j), "must be an ifIndex, 1 or more (got 0, which routers send for no interface)")
			}
		}
		first, again := names[l.Name]
		if !again {
			names[l.Name] = i
		} else if o := c.Links[first]; o.Kind != l.Kind || o.Provider != l.Provider {
			v.add(path+".name", "%q is the name of links[%d] already, of another kind or provider: entries of one name are one link; make them agree, or choose another name", l.Name, first)
		}
	}
}

func (v *validator) sources(c *Config) {
	if len(c.ASSource) == 0 {
		v.add("as_source", "must name flow, database or both, the first one first")
	}
	for i, s := range c.ASSource {
		if slices.Index(c.ASSource, s) < i {
			v.add(fmt.Sprintf("as_source[%d]", i), "%s is listed already", s)
		}
	}
	for i, f := range c.Catalogue {
		if f == "" {
			v.add(fmt.Sprintf("catalogue[%d]", i), "is empty: name a file, or remove it")
		} else if first := slices.Index(c.Catalogue, f); first < i {
			v.add(fmt.Sprintf("catalogue[%d]", i), "%s is listed already as catalogue[%d]: remove one", f, first)
		}
	}
}

func (v *validator) keeping(c *Config) {
	if c.IPv6Prefix < 1 || c.IPv6Prefix > 128 {
		v.add("ipv6_prefix", "must be from 1 to 128: 128 counts whole addresses, 64 counts subnets (got %d)", c.IPv6Prefix)
	}
	for _, r := range []struct {
		path string
		age  Age
	}{{"retention.slots", c.Retention.Slots}, {"retention.months", c.Retention.Months}} {
		if r.age < 1 {
			v.add(r.path, "must be 1d or more, or forever (got %s)", r.age)
		}
	}
	if c.Retention.Months < c.Retention.Slots {
		v.add("retention.months", "must not be shorter than retention.slots (got %s and %s): months are made of slots", c.Retention.Months, c.Retention.Slots)
	}
}

func (v *validator) publish(p Publish) {
	if p.MinAddresses < 0 {
		v.add("publish.min_addresses", "must be 0 or more (got %d)", p.MinAddresses)
	}
	if p.MinNetworks < 0 {
		v.add("publish.min_networks", "must be 0 or more (got %d)", p.MinNetworks)
	}
	if !(p.MaxDominance > 0 && p.MaxDominance <= 1) {
		v.add("publish.max_dominance", "must be a share above 0 and at most 1, such as 0.9 for 90 %% (got %v)", p.MaxDominance)
	}
}
