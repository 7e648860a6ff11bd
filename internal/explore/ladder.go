package explore

import (
	"fmt"
	"slices"
	"time"

	"tributary/internal/flow"
)

// Addresses are kept as sketches on a ladder: of hours for the last two days, of days as long as slots are,
// of months for ever. A step's addresses are known where it begins and ends between kept sketches.

// edge reports that a slot lies between kept sketches, or where nothing is on one side of it.
func (e *extent) edge(at flow.Slot) bool {
	switch {
	case at <= e.from, at >= max(e.to, e.open), at == at.Month():
		return true
	case at == at.Day():
		return at >= e.days
	}
	return at == at.Hour() && at >= e.hours
}

// edges reports that all steps of a span begin and end at edges.
func (e *extent) edges(sp *span) bool {
	return e.edge(sp.period.To) && !slices.ContainsFunc(sp.cut.Starts, func(at flow.Slot) bool { return !e.edge(at) })
}

// ladder refuses a span that the kept sketches cannot answer. field is what is to blame if it is neither
// the range nor the step: "previous", or empty.
func (a *asking) ladder(sp *span, field string) error {
	e := a.extent
	if sp.named {
		e.open = e.to // what no commit has is not in it
	}
	if e.edges(sp) {
		return nil
	}
	kept := fmt.Sprintf("addresses are kept by hour from %s on, by day from %s on, and of the time before by month",
		e.hours.Time().Format(time.DateOnly), max(e.days, e.from).Time().Format(time.DateOnly))
	if field != "" {
		return wrong(field, "%s, so that those of %s, the period before, cannot be counted: leave it out", kept, sp.period.Name)
	}
	if !e.edge(sp.period.From) || !e.edge(sp.period.To) {
		return wrong("range", "%s: take a range that begins and ends with one of these", kept)
	}
	var steps []string
	for _, step := range stepNames[slices.Index(stepNames, a.info.finest):] {
		if n := countSteps(sp.period, step); n <= maxSteps && e.edges(&span{period: sp.period, cut: cut(sp.period, step)}) {
			steps = append(steps, step)
		}
	}
	return wrong("step", "%s: of this range take steps of %s", kept, listed(steps))
}

// ladders refuses what the kept sketches cannot answer. Networks are told from rows of hours.
func (a *asking) ladders() error {
	if !a.info.Bounds {
		return nil
	}
	if err := a.ladder(a.span, ""); err != nil || a.previous == nil {
		return err
	}
	return a.ladder(a.previous, "previous")
}

// onLadder is where a length of time up to now begins, for measures of addresses: with the hour or day that
// it would begin within.
func (e *extent) onLadder(from flow.Slot) flow.Slot {
	switch {
	case from.Hour() >= e.hours:
		return from.Hour()
	case from.Day() >= e.days:
		return from.Day()
	}
	return from.Month()
}

// autoLadder is the finest step that "auto" takes of addresses: one that is kept, and months of what is
// longer than a season, of which days take many seconds to read.
func (e *extent) autoLadder(p flow.Period) string {
	const season = 100 * flow.SlotsPerDay
	switch {
	case p.From < e.days || p.To-p.From > season:
		return "1mo"
	case p.From < e.hours:
		return "1d"
	}
	return "1h"
}
