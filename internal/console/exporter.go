package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/internal/flow"
)

// Domain is one stream of an exporter: an observation domain (IPFIX), a source (NetFlow v9), an engine
// (NetFlow v5) or a sub-agent (sFlow).
type Domain struct {
	Protocol  string     `json:"protocol"`  // "netflow9", ...
	ID        uint32     `json:"id"`        // as the exporter numbers it
	Agent     string     `json:"agent"`     // of sFlow, where it is not the exporter; else empty
	Templates int        `json:"templates"` // in force, those of options too
	Options   int        `json:"options"`   // of them, those of options
	Refreshed *time.Time `json:"refreshed"` // when the last template came, a repeated one too; nil: none since the process began
	Samplers  int        `json:"samplers"`  // announced
}

// Templates is what an exporter's domains have together.
type Templates struct {
	Domains   int        `json:"domains"`
	Templates int        `json:"templates"` // in force
	Refreshed *time.Time `json:"refreshed"` // when the last one came; nil: none since the process began
}

// ExporterDomains are the domains of one exporter, those heard last first.
type ExporterDomains struct {
	Exporter  flow.Addr
	All       int // how many there are
	Templates int // of all of them
	Newest    []Domain
}

// SetDomains says what a worker knows of exporters' templates.
func (l *Live) SetDomains(worker int, exporters []ExporterDomains) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.exporters {
		delete(e.domains, worker)
	}
	for _, d := range exporters {
		if e := l.byAddress[d.Exporter]; e != nil {
			if e.domains == nil {
				e.domains = map[int]ExporterDomains{}
			}
			e.domains[worker] = d
		}
	}
}

// templates sums over the workers: an sFlow agent can speak through sources of several.
func (e *liveExporter) templates() (t Templates) {
	for _, d := range e.domains {
		t.Domains += d.All
		t.Templates += d.Templates
		for i := range d.Newest {
			if at := d.Newest[i].Refreshed; at != nil && (t.Refreshed == nil || at.After(*t.Refreshed)) {
				t.Refreshed = at
			}
		}
	}
	return t
}

// ExporterDetail is all that is known of one exporter.
type ExporterDetail struct {
	Now      time.Time      `json:"now"`
	Exporter ExporterStatus `json:"exporter"`
	Domains  []Domain       `json:"domains"` // those heard last; at most sixteen of a worker's
	Notes    []Note         `json:"notes"`   // about it, the worst first
	Unlisted Interfaces     `json:"unlisted"`
}

// Detail is all that is known of an exporter; nil where it was never heard.
func (l *Live) Detail(now time.Time, address string) *ExporterDetail {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.exporters, func(e *liveExporter) bool { return !e.address.IsZero() && e.address.String() == address })
	if i < 0 {
		return nil
	}
	e := l.exporters[i]
	out := &ExporterDetail{Now: now.UTC(), Exporter: e.status(now, l.started, l.names), Domains: []Domain{}, Notes: []Note{}}
	for _, d := range e.domains {
		out.Domains = append(out.Domains, d.Newest...)
	}
	return out
}

func (c *Console) registerExporter(api huma.API) {
	on(c, api, operation{
		id: "get-exporter", method: http.MethodGet, path: "/exporters/{address}", tag: "Process", role: Viewer,
		summary: "One exporter",
		about:   "What one exporter sends and what becomes of it, its domains with their templates, what deserves attention, and the busiest hundred of its interfaces that no link lists.",
	}, func(_ context.Context, in *struct {
		Address string `path:"address" maxLength:"45" doc:"The exporter's address."`
	}) (*ExporterDetail, error) {
		return c.exporter(in.Address)
	})
}

// maxDetailInterfaces bounds the interfaces in the detail of an exporter.
const maxDetailInterfaces = 100

func (c *Console) exporter(address string) (*ExporterDetail, error) {
	now := c.now()
	d := c.config.Live.Detail(now, address)
	if d == nil {
		return nil, &userError{status: http.StatusNotFound, detail: "No exporter of this address was heard. /api/v1/status lists those that were."}
	}
	for _, n := range c.status().Notes {
		if n.Exporter == address {
			d.Notes = append(d.Notes, n)
		}
		for _, one := range n.Each {
			if one.Exporter == address {
				d.Notes = append(d.Notes, one)
			}
		}
	}
	d.Exporter.Level = worstLevel(d.Notes)
	d.Unlisted = c.config.Live.Crossed(now, address)
	d.Unlisted.Interfaces = d.Unlisted.Interfaces[:min(len(d.Unlisted.Interfaces), maxDetailInterfaces)]
	d.Unlisted.YAML = linkLines(d.Unlisted.Interfaces)
	return d, nil
}

// worstLevel is that of the first note that is worse than "info"; notes are sorted by level.
func worstLevel(notes []Note) string {
	for i := range notes {
		if notes[i].Level != "info" {
			return notes[i].Level
		}
	}
	return ""
}
