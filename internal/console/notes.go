package console

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tributary/internal/flow"
)

// Note is something that deserves an engineer's attention: what is so, and what to do about it.
type Note struct {
	Level    string `json:"level"`              // "bad": data is being lost; "warn": figures will be wrong; "info"
	Exporter string `json:"exporter,omitempty"` // the address it is about
	What     string `json:"what"`               // one sentence
	Do       string `json:"do"`                 // one or two sentences
	YAML     string `json:"yaml,omitempty"`     // configuration lines that would help
	Loses    bool   `json:"loses,omitempty"`    // it makes the numbers incomplete

	// Where more than a few exporters have the same to be said of them it is said once: Count is of how
	// many, Each what would be said of one, of the first hundred.
	Count int    `json:"count,omitempty"`
	Each  []Note `json:"each,omitempty"`

	together string // what is said of several: what follows "12 exporters"; empty: it is not said of exporters
}

var levels = map[string]int{"bad": 0, "warn": 1, "info": 2}

// Thresholds of notes.
const (
	silentAfter = 5 * time.Minute  // a slot; active timeouts of routers are a minute or so
	commitLag   = 20 * time.Minute // a slot is committed a few minutes after it ends; later, something is wrong
	muchRefused = 0.01             // of an exporter's records lately; less is a note, more a warning
	muchUnknown = 0.5              // of a month's bits; networks by AS number are seldom that much of type other
)

// notes looks at a status whose other fields are complete.
func notes(s *Status) []Note {
	out := []Note{}
	for _, p := range s.Problems {
		out = append(out, Note{Level: "bad", What: p, Do: problemHelp(s, p)})
	}
	out = append(out, lossNotes(s)...)
	out = append(out, arrivalNotes(s)...)
	for i := range s.Exporters {
		out = append(out, exporterNotes(s, &s.Exporters[i])...)
	}
	out = append(out, storeNotes(s)...)
	out = append(out, journalNotes(s)...)
	out = append(out, boundNotes(s)...)
	out = append(out, linkNotes(s)...)
	slices.SortStableFunc(out, func(a, b Note) int { return cmp.Compare(levels[a.Level], levels[b.Level]) })
	markExporters(s.Exporters, out)
	return merged(out)
}

func arrivalNotes(s *Status) (out []Note) {
	var listening []string
	for _, l := range s.Listening {
		if !slices.Contains(listening, l.Address) { // a socket a worker
			listening = append(listening, l.Address)
		}
	}
	where := strings.Join(listening, ", ")
	if len(s.Exporters) == 0 && len(s.Unknown) == 0 && where != "" && !s.Simulated {
		out = append(out, Note{
			Level: "info",
			What:  fmt.Sprintf("Nothing has arrived yet. Tributary listens on %s for NetFlow v5, v9, IPFIX and sFlow, any of them on any port.", where),
			Do:    "Point a router's flow export at this machine. If it already exports, see whether its datagrams reach the machine (tcpdump -n udp) and whether a firewall stops them.",
		})
	}
	if n := s.Strangers.Senders; n > 0 {
		verb := "is"
		if n > 1 {
			verb = "are"
		}
		out = append(out, Note{
			Level: "warn",
			What:  fmt.Sprintf("%s %s in no region: %s refused.", count(uint64(n), "sender"), verb, count(s.Strangers.Datagrams, "datagram")),
			Do:    "If they are routers of yours, add them to a region: the lines stand below, under “Unknown senders”.",
		})
	}
	for _, e := range s.Silent {
		out = append(out, Note{
			Level: "info", Exporter: e.Address,
			What: fmt.Sprintf("%s is configured in %s but has sent nothing since the start.", display(e.Name, e.Address), e.Region),
			Do:   "See whether it exports to this machine, and from the address that is configured (the source interface of its export).",

			together: "are configured but have sent nothing since the start.",
		})
	}
	return out
}

func exporterNotes(s *Status, e *ExporterStatus) (out []Note) {
	who := display(e.Name, e.Address)
	add := func(level, what, do, together string) *Note {
		out = append(out, Note{Level: level, Exporter: e.Address, What: what, Do: do, together: together})
		return &out[len(out)-1]
	}
	if silent := s.Now.Sub(e.LastSeen); silent > silentAfter && !s.Simulated {
		add("warn", fmt.Sprintf("%s has been silent for %s.", who, span(silent)),
			"See whether it is up and still exports to this machine.",
			fmt.Sprintf("have been silent for more than %s.", span(silentAfter)))
	}
	for r := range flow.NumRefusals {
		n := e.Lately.Refused[r.String()]
		if n == 0 {
			continue
		}
		of := e.Lately.Records
		if r.Unit() != "record" {
			of = e.Lately.Datagrams
		}
		level := "info"
		if float64(n) > muchRefused*float64(of) && r != flow.RefusedEmpty && r != flow.RefusedDiscarded && r != flow.RefusedSampleKind {
			level = "warn"
		}
		h := refusalHelp[r]
		add(level, fmt.Sprintf("%s: %s refused in the last ten minutes: %s.", who, count(n, r.Unit()), h.what), h.do,
			fmt.Sprintf("had %ss refused in the last ten minutes: %s.", r.Unit(), h.what))
	}
	l := &e.Lately
	if l.RateUnknown > 0 {
		level := "warn"
		if l.Flows[flow.Counted.String()] == 0 {
			level = "info" // no figure is wrong for it
		}
		add(level, fmt.Sprintf("%s announces no sampling rate: %s counted ×1 in the last ten minutes.", who, count(l.RateUnknown, "flow")),
			"If it samples, its volumes are too small by its rate: write the rate here. If it does not sample, write 1 and this note goes away. Then restart.",
			"announce no sampling rate: their flows count ×1.").YAML = exportersLine + "  - {address: " + yamlAddress(e.Address) + ", sampling: 1000}\n"
	}
	if l.Skewed > 0 {
		add("warn", fmt.Sprintf("The clock of %s is more than ten minutes off: %s counted at their arrival instead.", who, count(l.Skewed, "datagram")),
			"Set up NTP on it.", "have clocks more than ten minutes off: what they send counts at its arrival instead.")
	}
	if n := l.flows(); l.Untimed > 0 {
		level := "info"
		if l.Untimed*10 > n {
			level = "warn"
		}
		add(level, fmt.Sprintf("%s: start and end of %s are missing or implausible: counted when exported.", who, count(l.Untimed, "flow")),
			"Implausible is more than 24 hours before the export or 5 minutes after it: see whether the exporter's clock is right. Of NetFlow v9 and IPFIX see also whether its template has start and end times (first and last switched, or their absolute forms).",
			"sent flows whose start and end are missing or implausible: counted when exported.")
	}
	out = append(out, meterNotes(e, who)...)
	return append(out, verdictNotes(e, who)...)
}

// exportersLine begins the lines that say something of exporters.
const exportersLine = "exporters:\n"

// oneMeter is the share of flows left out as the other meter's beyond which an exporter cannot be
// metering both directions alike: half of them is what that gives.
const oneMeter = 0.75

// meterNotes speaks when records are left out as a second copy of which no first one came.
func meterNotes(e *ExporterStatus, who string) []Note {
	left, counted := e.Lately.Flows[flow.OtherMeter.String()], e.Lately.Flows[flow.Counted.String()]
	if left < 100 || float64(left) <= oneMeter*float64(left+counted) {
		return nil
	}
	return []Note{{
		Level: "bad", Loses: true, Exporter: e.Address,
		What: fmt.Sprintf("%s of %s were left out as second copies, and only %s counted: the exporter once sent flows metered at both directions (flowDirection = 1), and does so no more.", count(left, "flow"), who, grouped(counted)),
		Do:   fmt.Sprintf("Say how it meters now, under exporters: in the configuration: {address: %s, metering: any} counts every record.", e.Address),

		together: "have most of their flows left out as second copies: they once sent flows metered at both directions (flowDirection = 1), and do so no more.",
	}}
}

// verdictNotes speaks when nothing of an exporter counts, which is almost always a configuration that
// does not fit the network.
func verdictNotes(e *ExporterStatus, who string) []Note {
	f := e.Lately.Flows
	n := e.Lately.flows()
	if n < 100 || f[flow.Counted.String()] > 0 || f[flow.OtherMeter.String()] == n {
		return nil
	}
	note := Note{Level: "warn", Exporter: e.Address, What: fmt.Sprintf("None of the %s of %s counts", count(n, "flow"), who)}
	switch n {
	case f[flow.Transit.String()]:
		note.What += ": in none is either side one of your own prefixes."
		note.Do = "See whether own: lists the prefixes of your platform as this exporter sees them (before or after address translation)."
	case f[flow.Internal.String()]:
		note.Level = "info" // as of an exporter between own sites, listed to see that it is well
		note.What += ": both sides of each are your own prefixes."
		note.Do = "See whether own: is too wide, or whether this exporter stands inside and not at the border."
	case f[flow.InternalLink.String()]:
		note.Level = "info"
		note.What += ": all cross links of kind internal."
		note.Do = "See the interfaces of this exporter's internal links: those to the outside must not be among them."
	default:
		note.What += "."
		note.Do = "The table below says what they were instead."
	}
	note.together = "have no flow that counts" + strings.TrimPrefix(note.What, fmt.Sprintf("None of the %s of %s counts", count(n, "flow"), who))
	return []Note{note}
}

func storeNotes(s *Status) []Note {
	lately := s.Lately.Records > 0 && !s.Simulated && s.Now.Sub(s.Started) > commitLag
	if !lately {
		return nil
	}
	if s.Store.LastCommit == nil || s.Now.Sub(*s.Store.LastCommit) > commitLag {
		when := "since the process began"
		if s.Store.LastCommit != nil {
			when = "for " + span(s.Now.Sub(*s.Store.LastCommit))
		}
		return []Note{{
			Level: "bad",
			What:  "Records arrive, but nothing has been committed to the store " + when + ".",
			Do:    "See the log for why commits fail, and whether the disk is full.",
		}}
	}
	return nil
}

// overviewNotes speaks when the types of a month say little because networks are not known.
func overviewNotes(m *Month, c *Config) []Note {
	out := []Note{}
	for _, t := range m.Types {
		if t.Type == flow.Other.String() && c.NoASDatabase && t.Share.Known && t.Share.Value > muchUnknown {
			out = append(out, Note{
				Level: "warn",
				What:  fmt.Sprintf("%.0f %% of the bits are in networks of no known type.", 100*t.Share.Value),
				Do:    "Routers that export no AS numbers need as_database in the configuration; it holds for what is collected from then on.",
			})
		}
	}
	return out
}

// refusalHelp says for each refusal what was wrong and what to do.
var refusalHelp = [flow.NumRefusals]struct{ what, do string }{
	flow.RefusedVersion:     {"they are neither NetFlow v5, v9, IPFIX nor sFlow v5", "See what the router is set to export; NetFlow v1, v7, v8 and sFlow v2 and v4 cannot be read."},
	flow.RefusedTruncated:   {"they are shorter than they say", "Something between the router and here cuts datagrams: look for fragments being dropped (MTU) and lower the export packet size."},
	flow.RefusedSet:         {"their length makes no sense", "A fault of the exporter's software, or a relay that garbles datagrams. A capture helps: tributary inspect FILE."},
	flow.RefusedTemplate:    {"the template cannot be compiled", "A fault of the exporter's software. A capture helps: tributary inspect FILE."},
	flow.RefusedNoTemplate:  {"their template never came", "After a start this passes when the router sends its templates again. If it stays, shorten the router's template refresh (one minute is good)."},
	flow.RefusedHeldLimit:   {"too much was waiting for templates", "Shorten the router's template refresh (one minute is good)."},
	flow.RefusedSampleKind:  {"they are neither flow nor counter samples", "Nothing is lost: drop notifications and the like carry no traffic."},
	flow.RefusedEmpty:       {"they have neither octets nor packets", "Nothing is lost: these are events, such as those of firewalls. If it is every record, the template lacks the counters."},
	flow.RefusedNoAddress:   {"they have no source or destination address", "Let the template export both addresses; layer 2 records cannot be counted."},
	flow.RefusedBadHeader:   {"the sampled packet cannot be read down to its IP header", "Traffic that is not IP, or a sampled header that is too short: let the agent send 128 bytes."},
	flow.RefusedImplausible: {"their octets × sampling rate is impossible", "See whether a sampling override of this exporter is far too large."},
	flow.RefusedDiscarded:   {"the switch discarded the packets", "Nothing is lost: what was not forwarded is not traffic."},
}

// admitLines are the configuration lines that admit an address as a region of its own.
func admitLines(a flow.Addr) string {
	return "regions:\n  - {name: NEW-REGION, exporters: [" + yamlAddress(a.String()) + "]}\n"
}

// yamlAddress quotes what YAML would take for something else inside [ ] and { }.
func yamlAddress(s string) string {
	if strings.Contains(s, ":") {
		return `"` + s + `"`
	}
	return s
}

func display(name, address string) string {
	if name == "" {
		return address
	}
	return name
}

// count writes "1 datagram", "12,345 datagrams".
func count(n uint64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return grouped(n) + " " + noun
}

// grouped writes a whole number with commas between its thousands.
func grouped(n uint64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// span writes a duration as people say it, in its largest unit.
func span(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return count(uint64(d.Seconds()), "second")
	case d < 2*time.Hour:
		return count(uint64(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return count(uint64(d.Hours()), "hour")
	}
	return count(uint64(d.Hours()/24), "day")
}
