package filter

import (
	"fmt"
	"strings"

	"tributary/internal/flow"
)

// Field is what a comparison looks at.
type Field uint8

// The fields, in the order in which they are offered.
const (
	Type Field = iota
	Group
	Region
	Direction
	Version
	Link
	LinkKind
	Provider
	Network
	AS
	Prefix
	Country
	Subdivision
	City
	NumFields
)

// fields are the fields' names as they are written, and what they are.
var fields = [NumFields]struct{ name, about string }{
	Type:        {"type", "network type of the remote party"},
	Group:       {"group", "group of network types: cloud, isp, cdn, migration, other"},
	Region:      {"region", "region of the exporter"},
	Direction:   {"direction", "ingress: received from outside; egress: sent there"},
	Version:     {"ip.version", "IP version: 4 or 6"},
	Link:        {"link", "external link by its configured name"},
	LinkKind:    {"link.kind", "what the link leads to: transit, ix, pni, migration"},
	Provider:    {"provider", "who provides the link"},
	Network:     {"network", "network of the remote party by name"},
	AS:          {"as", "AS number of the remote party; also ranges, 64500..64511"},
	Prefix:      {"prefix", "named prefix of the catalogue that the remote address is in"},
	Country:     {"country", "country of the remote address: ISO 3166-1, two letters"},
	Subdivision: {"subdivision", "subdivision of a country: ISO 3166-2, US-CA"},
	City:        {"city", "city of the remote address, English name"},
}

func (f Field) String() string { return fields[f].name }

// About is what the field is, in a few words.
func (f Field) About() string { return fields[f].about }

// fieldOf is the field of a name in any case of letters.
func fieldOf(name string) (Field, bool) {
	for f := range NumFields {
		if strings.EqualFold(fields[f].name, name) {
			return f, true
		}
	}
	return 0, false
}

// text reports that values of the field are free text, which ~ can look into.
func (f Field) text() bool {
	switch f {
	case Region, Link, Provider, Network, Prefix, Country, Subdivision, City:
		return true
	}
	return false
}

// absent is what the field's value is called where it has none.
func (f Field) absent() string {
	switch f {
	case Link:
		return Unlisted
	case Provider, Prefix:
		return None
	}
	return Unknown
}

// word is a value of a field that has few, with the bit that stands for it.
type word struct {
	Word
	bits uint32
}

// types are the network types' values; about says what they are.
var types = func() (out []word) {
	about := [flow.NumNetworkTypes]string{
		flow.CDN:         "content delivery networks",
		flow.Hosting:     "hosting companies",
		flow.Hyperscaler: "the largest clouds",
		flow.ISPRegional: "access and regional networks",
		flow.ISPTier1:    "networks that buy no transit",
		flow.Migration:   "whatever crosses a migration link",
		flow.Neocloud:    "clouds of graphics processors",
		flow.Other:       "whatever no rule has a type for",
	}
	for t := range flow.NumNetworkTypes {
		out = append(out, word{Word{t.String(), about[t]}, 1 << t})
	}
	return out
}()

// groups are the type groups' values: the bits of their types.
var groups = func() (out []word) {
	for t := range flow.NumNetworkTypes {
		found := false
		for i := range out {
			if out[i].Text == t.Group() {
				out[i].bits |= 1 << t
				out[i].About += ", " + t.String()
				found = true
			}
		}
		if !found {
			out = append(out, word{Word{t.Group(), t.String()}, 1 << t})
		}
	}
	return out
}()

var directions = []word{
	{Word{flow.Ingress.String(), "from the remote party to the own networks"}, 1 << flow.Ingress},
	{Word{flow.Egress.String(), "from the own networks to the remote party"}, 1 << flow.Egress},
}

var versions = []word{{Word{"4", "IPv4"}, 1 << 4}, {Word{"6", "IPv6"}, 1 << 6}}

var kinds = []word{
	{Word{flow.LinkTransit.String(), "to a provider of transit"}, 1 << flow.LinkTransit},
	{Word{flow.LinkIX.String(), "to an internet exchange"}, 1 << flow.LinkIX},
	{Word{flow.LinkPNI.String(), "a private interconnection"}, 1 << flow.LinkPNI},
	{Word{flow.LinkMigration.String(), "brings data to move in"}, 1 << flow.LinkMigration},
	{Word{flow.LinkInternal.String(), "between own networks"}, 1 << flow.LinkInternal},
	{Word{flow.LinkUnknown.String(), "of a link that is not listed"}, 1 << flow.LinkUnknown},
}

// words are all values of a field that has a closed set of them, whatever the configuration; nil for
// others.
func (f Field) words() []word {
	switch f {
	case Type:
		return types
	case Group:
		return groups
	case Direction:
		return directions
	case Version:
		return versions
	case LinkKind:
		return kinds
	}
	return nil
}

// operators are those of a field, in the order in which they are offered.
func (f Field) operators() []Word {
	out := []Word{
		{"=", "is"}, {"!=", "is not"},
		{"in", "is one of: in (…, …)"}, {"not in", "is none of: not in (…, …)"},
	}
	if f.text() {
		out = append(out, Word{"~", "contains, whatever the case of letters"})
	}
	return out
}

// value is one value of a comparison, ready to be compared.
type value struct {
	text        string // as it is written, in its own spelling
	folded      string // of text
	bits        uint32 // of words
	first, last uint32 // of AS numbers
}

// read understands a value of the field; message says what is wrong with it. contains is set for ~,
// whose value is a part of a name.
func (f Field) read(text string, contains bool, v *Vocabulary) (val value, message string) {
	if words := f.words(); words != nil {
		var all []string
		for _, w := range words {
			if strings.EqualFold(w.Text, text) {
				return value{text: w.Text, bits: w.bits}, ""
			}
			all = append(all, w.Text)
		}
		return val, fmt.Sprintf("%s has no value %s: %s", f, quoted(text), orOneOf(text, all))
	}
	if f == AS {
		return readAS(text)
	}
	if text == "" {
		return val, fmt.Sprintf("%s has no empty value; what has none is written %s", f, f.absent())
	}
	if names, closed := v.names(f); closed && !contains {
		for _, name := range names {
			if fold(name) == fold(text) {
				return value{text: name, folded: fold(name)}, ""
			}
		}
		return val, fmt.Sprintf("there is no %s %s: %s", f, quoted(text), orOneOf(text, names))
	}
	return value{text: text, folded: fold(text)}, ""
}

// orOneOf suggests the nearest of names, or lists them.
func orOneOf(text string, names []string) string {
	if near, ok := nearest(text, names); ok {
		return "did you mean " + written(near) + "?"
	}
	const most = 8
	if len(names) == 0 {
		return "there are none"
	}
	var list []string
	for _, n := range names[:min(most, len(names))] {
		list = append(list, written(n))
	}
	if len(names) > most {
		return "it may be " + strings.Join(list, ", ") + " and others"
	}
	if len(list) == 1 {
		return "it may be " + list[0]
	}
	return "it may be " + strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}
