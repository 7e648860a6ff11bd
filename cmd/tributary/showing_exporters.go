package main

import (
	"context"
	"time"

	"tributary/internal/console"
	"tributary/internal/decode"
	"tributary/internal/flow"
	"tributary/internal/place"
)

// consoleDomains are exporters' domains and templates as the console shows them.
func consoleDomains(of []decode.Domains) []console.ExporterDomains {
	out := make([]console.ExporterDomains, len(of))
	for i := range of {
		e := &of[i]
		out[i] = console.ExporterDomains{Exporter: e.Exporter, All: e.All, Templates: e.Templates, Newest: make([]console.Domain, len(e.Newest))}
		for j := range e.Newest {
			m := &e.Newest[j]
			d := console.Domain{Protocol: m.Protocol.String(), ID: m.ID, Templates: m.Templates, Options: m.Options, Samplers: m.Samplers}
			if !m.Agent.IsZero() {
				d.Agent = m.Agent.String()
			}
			if m.Refreshed > 0 {
				at := time.UnixMilli(m.Refreshed).UTC()
				d.Refreshed = &at
			}
			out[i].Newest[j] = d
		}
	}
	return out
}

// consoleCrossed is what crossed unlisted interfaces as the console takes it.
func consoleCrossed(rows []place.Unlisted) []console.CrossedRow {
	out := make([]console.CrossedRow, len(rows))
	for i := range rows {
		out[i] = console.CrossedRow(rows[i])
	}
	return out
}

// showLastHour shows what a former process kept of the last hour: what was lost in it, and who sent.
func (s *server) showLastHour(ctx context.Context) {
	rows, err := s.lastHour(ctx)
	if err != nil {
		s.log.Error("cannot read what was lost in the last hour: what is lost from now on is shown", "error", err)
		return
	}
	s.live.Restore(rows)
}

func (s *server) lastHour(ctx context.Context) ([]flow.Health, error) {
	v, err := s.store.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	now := flow.SlotAt(time.Now())
	return v.Health(ctx, flow.Period{From: now - min(now, console.HourSlots-1), To: now + 1})
}
