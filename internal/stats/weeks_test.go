package stats

import (
	"testing"

	"tributary/internal/flow"
)

// TestWeeksOf: weeks follow each other without a gap from a period's first day to its end; all but the
// last have seven days, and the last four to ten.
func TestWeeksOf(t *testing.T) {
	const day = flow.SlotsPerDay
	for slots := flow.Slot(1); slots < 400*day; slots += 97 {
		p := flow.Period{From: 20_000 * day, To: 20_000*day + slots}
		starts := weeksOf(p)
		for i, at := range starts {
			if at != p.From+flow.Slot(i)*7*day {
				t.Fatalf("%d slots: week %d begins %d slots in", slots, i, at-p.From)
			}
		}
		last := p.To - starts[len(starts)-1]
		if last >= 11*day || len(starts) > 1 && last < 4*day {
			t.Fatalf("the last of %d weeks of %d slots has %d slots", len(starts), slots, last)
		}
	}
	f := func(period string, weeks, lastDays int) {
		t.Helper()
		p, err := flow.ParsePeriod(period)
		if err != nil {
			t.Fatal(err)
		}
		got := weeksOf(p)
		if n := int(p.To-got[len(got)-1]) / day; len(got) != weeks || n != lastDays {
			t.Errorf("%s has %d weeks, the last of %d days; want %d and %d", period, len(got), n, weeks, lastDays)
		}
	}
	f("2025Q1", 13, 6) // 90 days
	f("2025Q2", 13, 7)
	f("2025Q4", 13, 8)
	f("2025", 52, 8)
	f("2025-02", 4, 7)
	f("2025-10", 4, 10)
	f("2025-10-03", 1, 1)
	if got := weeksOf(flow.Period{From: day, To: day}); len(got) != 0 {
		t.Errorf("no time has %d weeks", len(got))
	}
}
