package console

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// Where a rule stands.
const (
	ruleOperator = "operator" // in one of the operator's catalogue files
	ruleBuiltIn  = "built-in" // in the built-in list
	ruleLink     = "link"     // the kind of a link in the configuration
	ruleKept     = "kept"     // a name that the catalogue no longer has: the store keeps its last type
	ruleNone     = "none"     // no rule has a type for it
)

// Rule says why a network is of a type.
type Rule struct {
	Source string `json:"source" enum:"operator,built-in,link,kept,none"`
	File   string `json:"file"` // its name, without its folder; empty if it is in none
	Line   int    `json:"line"` // from 1; 0 = none
	Text   string `json:"text"` // in the file's own words, or a sentence
}

// NetworkRule is an entry of the catalogue about a network.
type NetworkRule struct {
	Rule
	About string   `json:"about"` // "AS64500", a prefix, or a link
	Type  TypeName `json:"type"`
	From  *string  `json:"from"`  // the first UTC day on which it holds; null = since ever
	To    *string  `json:"to"`    // the last one; null = for ever
	Holds bool     `json:"holds"` // at the end of the range, no other rule coming before it
}

// ruleOfEntry is where an entry stands.
func ruleOfEntry(r *catalogue.Rule) Rule {
	if r.File == catalogue.BuiltIn {
		return Rule{ruleBuiltIn, "networks.yaml", r.Line, r.Text}
	}
	return Rule{ruleOperator, filepath.Base(r.File), r.Line, r.Text}
}

// networkIndex finds the catalogue's entries by the network's name, at a slot.
type networkIndex struct {
	source *stats.Source
	at     flow.Slot
	byName map[string][]catalogue.Entry
}

func indexOf(s *stats.Source, at flow.Slot) *networkIndex {
	x := &networkIndex{source: s, at: at, byName: map[string][]catalogue.Entry{}}
	for _, e := range s.Catalogue.All() {
		x.byName[e.Name] = append(x.byName[e.Name], e)
	}
	return x
}

// holds reports that an entry is the one that counts at the slot.
func (x *networkIndex) holds(e *catalogue.Entry) bool {
	if e.AS != 0 {
		_, _, rule, ok := x.source.Catalogue.AS(e.AS, x.at)
		return ok && rule == e.Rule
	}
	_, rule, ok := x.source.Catalogue.Prefix(e.Name, x.at)
	return ok && e.ValidAt(x.at) && rule.File == e.Rule.File // of one name in one file all have one type
}

// numbers are the AS numbers of a network at the slot, ascending.
func (x *networkIndex) numbers(name string) []uint32 {
	out := []uint32{}
	for i := range x.byName[name] {
		if e := &x.byName[name][i]; e.AS != 0 && x.holds(e) {
			out = append(out, e.AS)
		}
	}
	if as, ok := unnamed(name); ok && x.source.Catalogue.Network(as, "", x.at) == name {
		out = append(out, as)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// prefixes are the named prefixes of a network at the slot.
func (x *networkIndex) prefixes(name string) []string {
	out := []string{}
	for i := range x.byName[name] {
		if e := &x.byName[name][i]; e.AS == 0 && e.ValidAt(x.at) {
			out = append(out, e.Prefix.String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// unnamed is the AS number of a network that is called by it alone: "AS64500".
func unnamed(name string) (uint32, bool) {
	digits, ok := strings.CutPrefix(name, "AS")
	as, err := strconv.ParseUint(digits, 10, 32)
	return uint32(as), ok && err == nil && as != 0 && "AS"+strconv.FormatUint(as, 10) == name
}

// ruleOf is the first rule that gives a network a type; of several, one that gives it this type.
func (x *networkIndex) ruleOf(name, typ string) Rule {
	var first *catalogue.Entry
	for i := range x.byName[name] {
		e := &x.byName[name][i]
		if !x.holds(e) {
			continue
		}
		if e.Type.String() == typ {
			return ruleOfEntry(&e.Rule)
		}
		if first == nil {
			first = e
		}
	}
	switch {
	case typ == flow.Migration.String():
		return x.migration(nil).Rule
	case first != nil:
		return ruleOfEntry(&first.Rule)
	}
	return x.without(name)
}

// without is the rule of a network that the catalogue has no entry for at the slot.
func (x *networkIndex) without(name string) Rule {
	if name == catalogue.Unknown {
		return Rule{Source: ruleNone, Text: "Parties whose AS number is not known are of no known network: their type is other."}
	}
	if _, ok := unnamed(name); ok {
		return Rule{Source: ruleNone, Text: "No entry of the catalogue is about it: its type is other."}
	}
	if len(x.byName[name]) > 0 {
		return Rule{Source: ruleNone, Text: "The catalogue's entries about it hold on other days: its type is other."}
	}
	return Rule{Source: ruleKept, Text: "The catalogue no longer has this name: what was stored under it keeps the last type that it had."}
}

// migration is the rule of links of kind migration: those given, or all.
func (x *networkIndex) migration(links []string) NetworkRule {
	if links == nil {
		for name, kind := range x.source.Links {
			if kind == flow.LinkMigration {
				links = append(links, name)
			}
		}
		slices.Sort(links)
	}
	quoted := make([]string, len(links))
	for i, l := range links {
		quoted[i] = strconv.Quote(l)
	}
	which := "link " + strings.Join(quoted, ", ")
	return NetworkRule{
		Rule:  Rule{Source: ruleLink, Text: fmt.Sprintf("Whatever crosses a link of kind migration is of type migration: %s.", which)},
		About: which, Type: typeNameOf(flow.Migration), Holds: true,
	}
}

// rules are all entries about a network, also those about its AS numbers under other names, those that
// hold first.
func (x *networkIndex) rules(name string) []NetworkRule {
	entries := slices.Clone(x.byName[name])
	for _, as := range x.numbers(name) {
		for _, e := range x.source.Catalogue.Entries(as) {
			if e.Name != name {
				entries = append(entries, e)
			}
		}
	}
	out := []NetworkRule{}
	for i := range entries {
		e := &entries[i]
		r := NetworkRule{Rule: ruleOfEntry(&e.Rule), Type: typeNameOf(e.Type), Holds: x.holds(e), About: e.Prefix.String()}
		if e.AS != 0 {
			r.About = "AS" + strconv.FormatUint(uint64(e.AS), 10)
		}
		if e.From != 0 {
			r.From = dayText(e.From)
		}
		if e.To != catalogue.Always {
			r.To = dayText(e.To - 1)
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b NetworkRule) int { return cmp.Compare(rank(b.Holds), rank(a.Holds)) })
	return out
}

func rank(holds bool) int {
	if holds {
		return 1
	}
	return 0
}

func dayText(s flow.Slot) *string {
	text := s.Time().Format(time.DateOnly)
	return &text
}
