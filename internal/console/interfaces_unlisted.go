package console

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/internal/flow"
)

// CrossedRow is what crossed an interface that no configured link lists, in some time; place.Unlisted
// defines it.
type CrossedRow struct {
	Exporter flow.Addr
	Index    uint32    // ifIndex; 0: the flows name none
	Rest     bool      // all further interfaces of the exporter together
	Octets   [2]uint64 // × sampling rate, by flow.Direction
	Flows    [2]uint64 // by flow.Direction
}

// UnlistedInterface is an interface that no configured link lists, and what crossed it. Octets are at
// the IP layer and × the sampling rate.
type UnlistedInterface struct {
	Exporter  string    `json:"exporter"` // address
	Name      string    `json:"name"`     // of the exporter by configuration, or empty
	Region    string    `json:"region"`
	Index     uint32    `json:"index"` // ifIndex; 0: the flows name no interface
	Rest      bool      `json:"rest"`  // further interfaces of the exporter, more than are told apart, together
	OctetsIn  uint64    `json:"octets_in"`
	OctetsOut uint64    `json:"octets_out"`
	HourIn    uint64    `json:"hour_in"` // octets, of the last hour
	HourOut   uint64    `json:"hour_out"`
	Flows     uint64    `json:"flows"`
	LastSeen  time.Time `json:"last_seen"`
	YAML      string    `json:"yaml"` // configuration lines that name it; kind and provider are to be filled in
}

// Interfaces is what /api/v1/interfaces answers.
type Interfaces struct {
	Interfaces  []UnlistedInterface `json:"interfaces"` // those with most octets first
	Total       int                 `json:"total"`      // how many there are
	Since       time.Time           `json:"since"`      // when counting began: with the process
	HourSeconds float64             `json:"hour_seconds"`
	Octets      uint64              `json:"octets"`      // of all of them since then
	HourOctets  uint64              `json:"hour_octets"` // of all of them in the last hour
	Counted     uint64              `json:"counted"`     // octets of all flows that counted since then, over whatever link
	YAML        string              `json:"yaml"`        // the lines of those in this answer, as one block
}

// maxCrossed bounds the interfaces that are remembered over all workers; those of the rest are counted
// together, as beyond the bounds of a worker. Each takes 300 bytes.
const maxCrossed = 1 << 16

// crossing is what crossed one unlisted interface.
type crossing struct {
	key      crossingKey
	octets   [2]uint64
	flows    uint64
	lastSeen time.Time
	hour     [HourSlots]struct {
		slot   flow.Slot
		octets [2]uint64
	}
}

type crossingKey struct {
	exporter flow.Addr
	index    uint32
	rest     bool
}

// AddCrossed adds what crossed unlisted interfaces since the last call, now.
func (l *Live) AddCrossed(now time.Time, rows []CrossedRow) {
	slot := flow.SlotAt(now)
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range rows {
		r := &rows[i]
		key := crossingKey{r.Exporter, r.Index, r.Rest}
		c := l.crossed[key]
		if c == nil {
			if len(l.crossed) >= maxCrossed {
				key = crossingKey{rest: true} // of any exporter
			}
			if c = l.crossed[key]; c == nil {
				c = &crossing{key: key}
				l.crossed[key] = c
			}
		}
		c.add(now, slot, r)
	}
}

func (c *crossing) add(now time.Time, slot flow.Slot, r *CrossedRow) {
	c.lastSeen = now
	c.flows += r.Flows[0] + r.Flows[1]
	h := &c.hour[slot%HourSlots]
	if h.slot != slot {
		h.slot, h.octets = slot, [2]uint64{}
	}
	for d := range r.Octets {
		c.octets[d] += r.Octets[d]
		h.octets[d] += r.Octets[d]
	}
}

// lastHour is its octets in the last hour before the end of the slot.
func (c *crossing) lastHour(slot flow.Slot) (octets [2]uint64) {
	for i := range c.hour {
		if h := &c.hour[i]; h.slot <= slot && h.slot+HourSlots > slot {
			octets[0] += h.octets[0]
			octets[1] += h.octets[1]
		}
	}
	return octets
}

// Crossed is what crossed unlisted interfaces, of one exporter where its address is given: those with
// most octets in the last hour first, then those with most since the start.
func (l *Live) Crossed(now time.Time, exporter string) Interfaces {
	l.mu.Lock()
	defer l.mu.Unlock()
	slot := flow.SlotAt(now)
	from := max((slot + 1 - HourSlots).Time().UnixNano(), l.started.UnixNano())
	out := Interfaces{Interfaces: []UnlistedInterface{}, Since: l.started.UTC(), HourSeconds: max(1, now.Sub(time.Unix(0, from)).Seconds())}
	for _, e := range l.exporters {
		if exporter == "" || e.address.String() == exporter {
			out.Counted += e.total.Octets[flow.Counted]
		}
	}
	for _, c := range l.crossed {
		if exporter != "" && (c.key.exporter.IsZero() || c.key.exporter.String() != exporter) {
			continue
		}
		i := l.describeLocked(c, slot)
		out.Octets += i.OctetsIn + i.OctetsOut
		out.HourOctets += i.HourIn + i.HourOut
		out.Interfaces = append(out.Interfaces, i)
	}
	out.Total = len(out.Interfaces)
	slices.SortFunc(out.Interfaces, func(a, b UnlistedInterface) int {
		return cmp.Or(
			cmp.Compare(b.HourIn+b.HourOut, a.HourIn+a.HourOut), cmp.Compare(b.OctetsIn+b.OctetsOut, a.OctetsIn+a.OctetsOut),
			cmp.Compare(a.Exporter, b.Exporter), cmp.Compare(a.Index, b.Index))
	})
	return out
}

func (l *Live) describeLocked(c *crossing, slot flow.Slot) UnlistedInterface {
	hour := c.lastHour(slot)
	out := UnlistedInterface{
		Index: c.key.index, Rest: c.key.rest, Flows: c.flows, LastSeen: c.lastSeen.UTC(),
		OctetsIn: c.octets[flow.Ingress], OctetsOut: c.octets[flow.Egress], HourIn: hour[flow.Ingress], HourOut: hour[flow.Egress],
	}
	if c.key.exporter.IsZero() {
		return out
	}
	out.Exporter = c.key.exporter.String()
	if e := l.byAddress[c.key.exporter]; e != nil {
		out.Name, out.Region = e.name, l.names.Regions.Value(uint32(e.region))
	}
	return out
}

// linkLines are the lines of the configuration that give each interface a link of its own, for the
// operator to name; interfaces of one bundle belong into one line.
func linkLines(interfaces []UnlistedInterface) string {
	var b strings.Builder
	for i := range interfaces {
		if line := linkLine(&interfaces[i]); line != "" {
			if b.Len() == 0 {
				b.WriteString("links:\n")
			}
			b.WriteString(line)
		}
	}
	return b.String()
}

// linkLine is one line below links:. The name can be used as it is. Flows that name no interface match
// only a link that takes every interface of its exporter, which has to stand last.
func linkLine(i *UnlistedInterface) string {
	switch who := linkOwner(i); {
	case i.Exporter == "" || i.Rest:
		return ""
	case i.Index == 0:
		return fmt.Sprintf("  - {name: %s-other, exporter: %s, kind: transit, provider: CHANGE-ME}\n", who, yamlAddress(i.Exporter))
	default:
		return fmt.Sprintf("  - {name: %s-%d, exporter: %s, interfaces: [%d], kind: transit, provider: CHANGE-ME}\n", who, i.Index, yamlAddress(i.Exporter), i.Index)
	}
}

// maxOwner keeps names of links far below the 80 octets that the configuration takes.
const maxOwner = 48

// linkOwner names an exporter so that YAML takes it for a word inside { }.
func linkOwner(i *UnlistedInterface) string {
	who := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' {
			return r
		}
		return '-'
	}, display(i.Name, i.Exporter))
	return "if-" + strings.Trim(who[:min(len(who), maxOwner)], "-.")
}

// interfacesInput is which interfaces are asked for.
type interfacesInput struct {
	Offset   int    `query:"offset" minimum:"0" maximum:"1000000" doc:"How many to leave out."`
	N        int    `query:"n" minimum:"1" maximum:"1000" default:"100" doc:"At most so many."`
	Exporter string `query:"exporter" maxLength:"45" doc:"Only those of the exporter with this address."`
}

func (c *Console) registerInterfaces(api huma.API) {
	on(c, api, operation{
		id: "list-unlisted-interfaces", method: http.MethodGet, path: "/interfaces", tag: "Process", role: Viewer,
		summary: "Interfaces seen without a link configured",
		about:   "External interfaces that flows cross and that no entry of links: in the configuration matches, those with most octets in the last hour first, with the lines to add. Octets are at the IP layer and × the sampling rate, of flows that count or would if unlisted_links were count, since the process began and in the last hour (the open slot and the twelve before it). Of one exporter 4,096 interfaces are told apart, of all 65,536; further ones are counted together.",
	}, func(_ context.Context, in *interfacesInput) (*Interfaces, error) {
		out := c.config.Live.Crossed(c.now(), in.Exporter)
		from, to := part(len(out.Interfaces), in.Offset, in.N)
		out.Interfaces = out.Interfaces[from:to]
		for i := range out.Interfaces {
			out.Interfaces[i].YAML = linkLines(out.Interfaces[i : i+1])
		}
		out.YAML = linkLines(out.Interfaces)
		return &out, nil
	})
}
