package stats

import (
	"fmt"

	"tributary/internal/flow"
)

// Extent is the time that a store's data covers. The zero value is a store without data.
type Extent struct {
	From, To flow.Slot // To is exclusive: the slot after the newest committed one
}

// IsEmpty reports a store without data.
func (e Extent) IsEmpty() bool { return e.To == 0 }

// String says it in months: "2025-05 to 2026-06".
func (e Extent) String() string {
	if e.IsEmpty() {
		return "nothing yet"
	}
	first, last := flow.MonthOf(e.From), flow.MonthOf(e.To-1)
	if first == last {
		return first.Name
	}
	return first.Name + " to " + last.Name
}

// EmptyError is a question about a period without traffic.
type EmptyError struct {
	Period string
	Extent Extent
}

func (e *EmptyError) Error() string {
	if e.Extent.IsEmpty() {
		return fmt.Sprintf("no traffic in %s: the store has none at all yet: import captures, or let exporters send to tributary run and wait for the end of a five-minute slot, when what arrived is committed", e.Period)
	}
	return fmt.Sprintf("no traffic in %s: the store has %s", e.Period, e.Extent)
}

// overlaps reports that the store has any slot of p.
func (e Extent) overlaps(p flow.Period) bool { return p.From < e.To && e.From < p.To }
