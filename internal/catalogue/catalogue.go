// Package catalogue says what kind of network a remote party is in: by AS number, or by named
// prefix, at a time. Its answers come from the operator's files, in their order, and then from the
// built-in list, networks.yaml.
package catalogue

import (
	"net/netip"
	"slices"
	"strconv"
	"time"

	"tributary/internal/flow"
)

// Unknown is the name of the network of AS number 0.
const Unknown = "unknown"

// Entry is one line of a catalogue file. It is about either an AS number or a prefix.
type Entry struct {
	AS     uint32       // 0 for an entry about a prefix
	Prefix netip.Prefix // invalid for an entry about an AS number
	Name   string
	Type   flow.NetworkType
	Metro  string    // metropolitan area, of prefixes only; "" = not said
	From   flow.Slot // inclusive; 0 where the file has no from
	To     flow.Slot // exclusive: the day after the file's to; Always where it has none
	Rule   Rule
}

// Always is the To of an entry without end.
const Always = ^flow.Slot(0)

// ValidAt reports whether the entry holds at the start of the slot.
func (e *Entry) ValidAt(at flow.Slot) bool { return e.From <= at && at < e.To }

// Rule is where an answer stands.
type Rule struct {
	File string // as configured; BuiltIn for the built-in list
	Line int    // from 1
	Text string // the entry in the file's own words: "{as: 64500, name: Example, type: hosting}"
}

// String is "FILE:LINE: TEXT".
func (r Rule) String() string { return r.File + ":" + strconv.Itoa(r.Line) + ": " + r.Text }

// BuiltIn is the Rule.File of the built-in list.
const BuiltIn = "built-in networks.yaml"

// Catalogue answers from all files. It is immutable, so safe for concurrent use.
type Catalogue struct {
	lists    []list // in order: the first with a valid entry wins
	prefixes []Entry
	changes  []flow.Slot
	networks int
	files    []File
	entries  []Entry
}

// list is one file: its entries by what they are asked by, each in the file's order.
type list struct {
	byAS   map[uint32][]Entry
	byName map[string][]Entry // entries about prefixes
}

// build makes the answers of the entries of files, in their order.
func build(files [][]Entry) *Catalogue {
	c := &Catalogue{}
	for _, entries := range files {
		c.entries = append(c.entries, entries...)
		l := list{byAS: map[uint32][]Entry{}, byName: map[string][]Entry{}}
		for _, e := range entries {
			if e.AS != 0 {
				l.byAS[e.AS] = append(l.byAS[e.AS], e)
				c.networks++
			} else {
				l.byName[e.Name] = append(l.byName[e.Name], e)
				c.prefixes = append(c.prefixes, e)
			}
			if e.From != 0 {
				c.changes = append(c.changes, e.From)
			}
			if e.To != Always {
				c.changes = append(c.changes, e.To)
			}
		}
		c.lists = append(c.lists, l)
	}
	slices.Sort(c.changes)
	c.changes = slices.Compact(c.changes)
	return c
}

// AS is the name and type of an AS number at a slot: of the first valid entry of the first file
// that has one. Not ok is an AS number that no valid entry names.
func (c *Catalogue) AS(as uint32, at flow.Slot) (name string, typ flow.NetworkType, rule Rule, ok bool) {
	for i := range c.lists {
		if e := firstValid(c.lists[i].byAS[as], at); e != nil {
			return e.Name, e.Type, e.Rule, true
		}
	}
	return "", flow.Other, Rule{}, false
}

// Prefix is the type of a stored prefix name at a slot. Not ok is a name that no entry valid then
// bears.
func (c *Catalogue) Prefix(name string, at flow.Slot) (typ flow.NetworkType, rule Rule, ok bool) {
	for i := range c.lists {
		if e := firstValid(c.lists[i].byName[name], at); e != nil {
			return e.Type, e.Rule, true
		}
	}
	return flow.Other, Rule{}, false
}

func firstValid(entries []Entry, at flow.Slot) *Entry {
	for i := range entries {
		if entries[i].ValidAt(at) {
			return &entries[i]
		}
	}
	return nil
}

// Network is the name of the network that a remote party with this AS number and prefix name
// ("" = in no named prefix) is in at a slot: the prefix's; else the catalogue's name for the AS
// number; else "AS64500"; Unknown for AS number 0.
func (c *Catalogue) Network(as uint32, prefix string, at flow.Slot) string {
	if prefix != "" {
		return prefix
	}
	if as == 0 {
		return Unknown
	}
	if name, _, _, ok := c.AS(as, at); ok {
		return name
	}
	return "AS" + strconv.FormatUint(uint64(as), 10)
}

// Prefixes are all entries about prefixes, in order of files and, within a file, of lines: of two
// entries with the same prefix that are both valid, the one before counts. The slice is the
// catalogue's: it is not to be changed.
func (c *Catalogue) Prefixes() []Entry { return c.prefixes }

// Entries are all entries about an AS number, dated ones too, in order of files and lines.
func (c *Catalogue) Entries(as uint32) []Entry {
	var out []Entry
	for i := range c.lists {
		out = append(out, c.lists[i].byAS[as]...)
	}
	return out
}

// Changes are the slots, each the first of a UTC day, at which any answer may change, ascending.
// Between two of them every answer stays. The slice is the catalogue's: it is not to be changed.
func (c *Catalogue) Changes() []flow.Slot { return c.changes }

// File is a file that a Catalogue was read from.
type File struct {
	Name               string // as configured; BuiltIn for the built-in list
	Networks, Prefixes int    // entries about AS numbers and about prefixes
	Read               time.Time
	Revision           string // of what was read: see RevisionOf
}

// Files are the files in the order in which they are asked: the operator's, then the built-in list.
// The slice is the catalogue's: it is not to be changed.
func (c *Catalogue) Files() []File { return c.files }

// All are all entries, in the order of files; within a file AS numbers before prefixes, each in the
// order of lines.
func (c *Catalogue) All() []Entry { return c.entries }

// Same is the first entry about the same AS number or prefix on the same days; without a name if there
// is none.
func (c *Catalogue) Same(e *Entry) Entry {
	for i := range c.entries {
		if o := &c.entries[i]; o.about(e) && o.From == e.From && o.To == e.To {
			return *o
		}
	}
	return Entry{}
}

// Size is the number of entries about AS numbers and about prefixes.
func (c *Catalogue) Size() (networks, prefixes int) { return c.networks, len(c.prefixes) }

// Numbers are the AS numbers of a network's name at a slot, ascending.
func (c *Catalogue) Numbers(network string, at flow.Slot) []uint32 {
	var out []uint32
	for _, l := range c.lists {
		for as := range l.byAS {
			if name, _, _, ok := c.AS(as, at); ok && name == network {
				out = append(out, as)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
