package console

import (
	"fmt"

	"tributary/internal/flow"
)

// LimitStatus is a bound of the whole process: how near it is, and how often it was reached.
type LimitStatus struct {
	Name    string `json:"name"`    // the key under limits: in the configuration
	Value   uint64 `json:"value"`   // now
	Bound   uint64 `json:"bound"`   // by configuration
	Reached uint64 `json:"reached"` // how often, since the process began
	// Consequence is what happens there, as words that go on "limits.rows was reached: ". Where it is
	// empty, Live fills in its own.
	Consequence string `json:"consequence"`

	ReachedHour uint64 `json:"reached_hour"` // of Reached in the last hour; Live fills it
}

// SetLimits says how the process stands to its bounds. Names must be distinct and always the same:
// they are labels of metrics.
func (l *Live) SetLimits(limits []LimitStatus) {
	l.mu.Lock()
	defer l.mu.Unlock()
	slot := flow.SlotAt(l.now())
	l.limits = append([]LimitStatus(nil), limits...)
	for i := range l.limits {
		b := &l.limits[i]
		if b.Consequence == "" {
			b.Consequence = processBounds[b.Name].what
		}
		r := l.reached[b.Name]
		if r == nil {
			r = &recent{}
			l.reached[b.Name] = r
		}
		r.set(slot, b.Reached)
	}
}

func (l *Live) limitsLocked(slot flow.Slot) []LimitStatus {
	out := append([]LimitStatus{}, l.limits...)
	for i := range out {
		out[i].ReachedHour = l.reached[out[i].Name].hour(slot)
	}
	return out
}

// boundHelp is what the reaching of a bound means.
type boundHelp struct {
	level    string
	loses    bool // traffic is in no number for it
	what, do string
}

// processBounds are the bounds of the process by name; of others only what is said of them is known.
var processBounds = map[string]boundHelp{
	"exporters":       {"bad", true, "datagrams of further exporters are refused", "Raise it, or see whether a prefix in regions: admits more senders than it should."},
	"unknown_senders": {"info", false, "further senders in no region are counted together", "Nothing of a known exporter is lost. A flood of forged addresses looks like this: let only the routers reach these ports."},
	"rows":            {"info", false, "rows are committed before their slot's end", "Nothing is lost, the store grows more rows. Raise it where the machine has memory to spare."},
	"addresses":       {"info", false, "addresses are committed before their slot's end", "Nothing is lost, the store grows more rows. Raise it where the machine has memory to spare."},
	"open_slots":      {"info", false, "slots are committed before their end", "Nothing is lost. Flows of very many different times arrive: see whether an exporter's clock is wrong, or a capture is being replayed."},
	"pending_rows":    {"bad", true, "the oldest rows that wait for the store are given up", "Let the store be written again: the log says why it is not (often a full disk). What waits is bounded so that the process lives."},
}

// exporterBounds are the bounds that one exporter's sending reaches.
var exporterBounds = [flow.NumLimits]boundHelp{
	flow.LimitDomains:      {"warn", false, "the domain unused longest is forgotten, with its templates, for each new one", "A router has few observation domains or source ids: see whether the exporter is what it should be. A relay before many of them needs a higher bound."},
	flow.LimitTemplates:    {"warn", false, "the template unused longest is forgotten for each new one, or the new one is not learnt", "Raise it where a domain really has so many templates (limits.template_octets bounds their memory); else see why the exporter invents new ones."},
	flow.LimitFields:       {"warn", false, "a template with more fields is refused, and its data with it", "Let the template name fewer fields, or raise the bound."},
	flow.LimitRecordOctets: {"warn", false, "a template with longer records is refused, and its data with it", "Let the template name shorter fields, or raise the bound."},
	flow.LimitSamplers:     {"warn", false, "further samplers are not learnt: their flows count without a rate", "Raise it where the exporter really has so many samplers."},
	flow.LimitHeldOctets:   {"warn", false, "data sets that wait for their template are given up", "Shorten the router's template refresh (one minute is good), or raise limits.held_octets and limits.held_total."},
	flow.LimitWaiting:      {"warn", false, "flows that wait for their sampler count without its rate", "Let the router announce its samplers more often, or raise limits.waiting and limits.waiting_total."},
	flow.LimitInterfaces:   {"info", false, "the counters of further interfaces are not compared", "No number suffers. Raise it to see all links below."},
	flow.LimitAgents:       {"warn", false, "further agents are looked up anew with each datagram", "A switch has one agent address: see whether the sender is a relay, and raise the bound if it is one."},
	flow.LimitCells:        {"warn", false, "flows count in their slot under the network unknown", "Raise it where the machine has the memory; a scan or forged addresses make so many networks too."},
}

// boundNotes speaks of the bounds that were reached in the last hour.
func boundNotes(s *Status) (out []Note) {
	for _, b := range s.Limits {
		if b.ReachedHour == 0 {
			continue
		}
		help, ok := processBounds[b.Name]
		if !ok {
			help = boundHelp{"warn", false, "", "See limits: in the configuration's documentation."}
		}
		out = append(out, Note{
			Level: help.level, Loses: help.loses,
			What: fmt.Sprintf("limits.%s (%s) was reached %s in the last hour: %s.", b.Name, grouped(b.Bound), times(b.ReachedHour), b.Consequence),
			Do:   help.do,
		})
	}
	for i := range s.Exporters {
		e := &s.Exporters[i]
		for l := range flow.NumLimits {
			n := e.Loss.hour.Limits[l]
			if n == 0 {
				continue
			}
			help := &exporterBounds[l]
			out = append(out, Note{
				Level: help.level, Loses: help.loses, Exporter: e.Address,
				What: fmt.Sprintf("%s reached limits.%s %s in the last hour: %s.", display(e.Name, e.Address), l, times(n), help.what),
				Do:   help.do,

				together: fmt.Sprintf("reached limits.%s in the last hour: %s.", l, help.what),
			})
		}
	}
	return out
}

// times writes "once", "12 times".
func times(n uint64) string {
	if n == 1 {
		return "once"
	}
	return count(n, "time")
}
