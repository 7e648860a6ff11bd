package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"tributary/internal/catalogue"
	"tributary/internal/config"
	"tributary/internal/flow"
	"tributary/internal/place"
)

type explainCmd struct {
	What string `arg:"" name:"ADDRESS|AS15169" help:"An IPv4 or IPv6 address, or an AS number with AS before it."`
	At   string `placeholder:"DAY" help:"UTC day to explain it for, such as 2025-10-03 (default today): entries of the catalogue with from: and to: hold on some days only."`
}

// Run explains an address or an AS number by the configuration and its files; it needs no store.
func (c *explainCmd) Run(m *Main) error {
	at := flow.SlotAt(time.Now()).Day()
	if c.At != "" {
		day, err := time.Parse(time.DateOnly, c.At)
		if err != nil {
			return usagef("--at: must be a UTC day, such as 2025-10-03 (got %q)", c.At)
		}
		at = flow.SlotAt(day)
	}
	var explain func(*explainer) error
	if digits, ok := strings.CutPrefix(strings.ToUpper(c.What), "AS"); ok {
		as, err := strconv.ParseUint(digits, 10, 32)
		if err != nil {
			return usagef("%q is not an AS number: write AS and a number from 0 to 4294967295, such as AS15169", c.What)
		}
		explain = func(x *explainer) error { x.explainAS(uint32(as)); return nil }
	} else {
		addr, err := netip.ParseAddr(c.What)
		if err != nil || addr.Zone() != "" {
			return usagef("%q is neither an address nor an AS number: write 192.0.2.1, 2001:db8::1 or AS15169", c.What)
		}
		explain = func(x *explainer) error { return x.explainAddr(addr.Unmap()) }
	}
	cfg, err := m.loadConfig()
	if err != nil {
		return err
	}
	p, err := newPlacing(cfg, &flow.Names{})
	if err != nil {
		return err
	}
	defer p.Close()
	x := &explainer{config: cfg, placing: p, at: at}
	if err := explain(x); err != nil {
		return err
	}
	_, err = m.Stdout.Write(x.out)
	return err
}

// explainer writes an explanation for people: a sentence, then lines with a word in front.
type explainer struct {
	*placing
	config *config.Config
	at     flow.Slot // the first of the day that is asked about
	out    []byte
}

func (x *explainer) printf(format string, args ...any) { x.out = fmt.Appendf(x.out, format, args...) }

// line writes a line under a word; further lines of the same word have "" in front.
func (x *explainer) line(word, format string, args ...any) {
	x.printf("%-10s %s\n", word, fmt.Sprintf(format, args...))
}

func (x *explainer) day() string { return x.at.Time().Format(time.DateOnly) }

func (x *explainer) explainAddr(a netip.Addr) error {
	e, err := x.tables.Explain(a, x.at)
	if err != nil {
		return err
	}
	if e.Own.IsValid() {
		x.printf("%s is own: it lies in %s of own: in the configuration.\n\n", a, e.Own)
		x.line("counted", "the other side of its flows; a flow with another own address is internal and takes no part")
		x.region(e)
		return nil
	}
	x.printf("%s is remote: no prefix of own: holds it.\n\n", a)
	x.asOf(e)
	x.prefixOf(e)
	network := x.catalogue.Network(e.AS, e.Prefix, x.at)
	if e.Prefix == "" && x.flowMayTell() {
		x.line("network", "%s, where the flow does not name another AS", network)
	} else {
		x.line("network", "%s", network)
	}
	x.typeOf(e)
	x.placeOf(e)
	x.region(e)
	x.entries("prefixes that hold it", e.Named)
	if e.AS != 0 {
		x.entries(fmt.Sprintf("entries about AS%d", e.AS), x.catalogue.Entries(e.AS))
	}
	return nil
}

// flowMayTell reports whether the AS number in a flow is looked at at all.
func (x *explainer) flowMayTell() bool {
	return slices.Contains(x.config.ASSource, config.ASFromFlow)
}

// asOf says where the AS number comes from, in the order of as_source.
func (x *explainer) asOf(e place.Explanation) {
	word := "AS number"
	database, _ := x.tables.Databases()
	for i, s := range x.config.ASSource {
		then := "first"
		if i > 0 {
			then = "else"
		}
		switch {
		case s == config.ASFromFlow:
			x.line(word, "%s the one that the flow names for the remote side, unless it is unusable (0, AS_TRANS, private, own_as)", then)
		case database == nil:
			x.line(word, "%s the AS database: none is configured (as_database)", then)
		case e.AS == 0:
			x.line(word, "%s the AS database: %v does not have the address", then, database)
		default:
			x.line(word, "%s AS%d, by the AS database %v", then, e.AS, database)
		}
		word = ""
	}
	x.line("", "else 0, the network %q", catalogue.Unknown)
}

func (x *explainer) prefixOf(e place.Explanation) {
	switch {
	case e.Prefix != "":
		for i := range e.Named {
			if named := &e.Named[i]; named.ValidAt(x.at) {
				x.line("prefix", "%s, named %q%s", named.Prefix, named.Name, metro(named))
				x.line("", "%s", named.Rule)
				return
			}
		}
	case len(e.Named) > 0:
		x.line("prefix", "none on %s: the entries that hold it are of other days", x.day())
	default:
		x.line("prefix", "no named prefix of the catalogue holds it")
	}
}

func metro(e *catalogue.Entry) string {
	if e.Metro == "" {
		return ""
	}
	return ", in the metropolitan area " + e.Metro
}

// typeOf says the type, and by which rule.
func (x *explainer) typeOf(e place.Explanation) {
	if t, rule, ok := x.catalogue.Prefix(e.Prefix, x.at); ok && e.Prefix != "" {
		x.line("type", "%s on %s, by the prefix's name", t, x.day())
		x.line("", "%s", rule)
	} else {
		x.typeOfAS(e.AS)
	}
	x.migration()
}

// migration says which links make another type of whatever crosses them.
func (x *explainer) migration() {
	var names []string
	for _, l := range x.config.Links {
		if l.Kind == flow.LinkMigration && !slices.Contains(names, strconv.Quote(l.Name)) {
			names = append(names, strconv.Quote(l.Name))
		}
	}
	if len(names) > 0 {
		x.line("", "but %s over links of kind migration: %s", flow.Migration, strings.Join(names, ", "))
	}
}

func (x *explainer) typeOfAS(as uint32) {
	_, t, rule, ok := x.catalogue.AS(as, x.at)
	switch {
	case ok:
		x.line("type", "%s on %s, by AS%d", t, x.day(), as)
		x.line("", "%s", rule)
	case as == 0:
		x.line("type", "%s where the AS number is not known; by AS number, see tributary explain AS15169", flow.Other)
	default:
		x.line("type", "%s on %s: no entry of the catalogue about AS%d is valid then", flow.Other, x.day(), as)
		x.line("", "to type it, add to a file of catalogue: under networks: - {as: %d, name: …, type: …}", as)
	}
}

func (x *explainer) placeOf(e place.Explanation) {
	_, geo := x.tables.Databases()
	switch {
	case geo == nil:
		x.line("place", "unknown: no geo database is configured (geo_database)")
	case e.Place == (flow.Place{}):
		x.line("place", "unknown: the geo database %v does not have the address", geo)
	default:
		x.line("place", "country %s, subdivision %s, city %s, by the geo database %v",
			orNone(e.Place.Country), orNone(e.Place.Subdivision), orNone(e.Place.City), geo)
	}
}

func orNone(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// region says whether datagrams from the address are admitted, if so.
func (x *explainer) region(e place.Explanation) {
	if e.Region != "" {
		x.line("exporter", "datagrams from this address are admitted, as of region %s", e.Region)
	}
}

// entries lists all entries that were looked at, with a star at those that hold on the day.
func (x *explainer) entries(title string, entries []catalogue.Entry) {
	if len(entries) == 0 {
		return
	}
	x.printf("\n%s, first valid one first (* = valid on %s):\n", title, x.day())
	for i := range entries {
		star := " "
		if entries[i].ValidAt(x.at) {
			star = "*"
		}
		x.printf("  %s %s\n", star, entries[i].Rule)
	}
}

func (x *explainer) explainAS(as uint32) {
	network := x.catalogue.Network(as, "", x.at)
	x.printf("AS%d is in the network %s on %s, where no named prefix holds the address.\n\n", as, network, x.day())
	if why := x.tables.WhyUnusable(as); why != "" {
		x.line("in flows", "not taken: AS%d %s; the next source of as_source decides", as, why)
	}
	if as != 0 {
		x.typeOfAS(as)
	} else {
		x.line("type", "%s; left out of counts of networks and of concentration", flow.Other)
	}
	x.migration()
	if numbers := x.catalogue.Numbers(network, x.at); len(numbers) > 1 {
		text := make([]string, len(numbers))
		for i, n := range numbers {
			text[i] = strconv.FormatUint(uint64(n), 10)
		}
		x.line("numbers", "one network with AS %s", strings.Join(text, ", "))
	}
	x.entries(fmt.Sprintf("entries about AS%d", as), x.catalogue.Entries(as))
}
