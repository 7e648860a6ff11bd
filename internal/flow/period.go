package flow

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Period is a UTC day, month, quarter or year, or a run of whole months.
// From is inclusive, To exclusive. The zero value is no period.
type Period struct {
	Name     string // as it is written: "2025-10-03", "2025-10", "2025Q4", "2025", "2025-10..2025-12"
	From, To Slot
}

// ParsePeriod reads a day (2025-10-03), month (2025-10), quarter (2025Q4) or year (2025).
func ParsePeriod(s string) (Period, error) {
	bad := fmt.Errorf("%q is not a period: write a day (2025-10-03), a month (2025-10), a quarter (2025Q4) or a year (2025)", s)
	if y, q, ok := strings.Cut(strings.ToUpper(s), "Q"); ok {
		year, err := parseYear(y)
		if err != nil || len(q) != 1 || q[0] < '1' || q[0] > '4' {
			return Period{}, bad
		}
		return monthsFrom(strings.ToUpper(s), year, time.Month(q[0]-'1')*3+1, 3), nil
	}
	switch len(s) {
	case 4:
		year, err := parseYear(s)
		if err != nil {
			return Period{}, bad
		}
		return monthsFrom(s, year, 1, 12), nil
	case 7:
		t, err := time.Parse("2006-01", s)
		if err != nil || t.Year() < 1970 {
			return Period{}, bad
		}
		return monthsFrom(s, t.Year(), t.Month(), 1), nil
	case 10:
		t, err := time.Parse("2006-01-02", s)
		if err != nil || t.Year() < 1970 {
			return Period{}, bad
		}
		return Period{s, SlotAt(t), SlotAt(t.AddDate(0, 0, 1))}, nil
	}
	return Period{}, bad
}

// ParseMonths reads what ParsePeriod does, and FROM..TO with both ends included, and accepts only
// whole months: what a dataset, a row a month, can be asked for.
func ParseMonths(s string) (Period, error) {
	bad := fmt.Errorf("%q is not whole months, and the dataset has a row a month: write 2025-10, 2025Q4, 2025 or 2025-10..2026-03", s)
	from, to, ranged := strings.Cut(s, "..")
	p, err := ParsePeriod(from)
	if err != nil {
		return Period{}, bad
	}
	if ranged {
		last, err := ParsePeriod(to)
		if err != nil {
			return Period{}, bad
		}
		if last.To <= p.From {
			return Period{}, fmt.Errorf("%q ends before it begins", s)
		}
		p = Period{s, p.From, last.To}
	}
	if p.From != p.From.Month() || p.To != p.To.Month() {
		return Period{}, bad
	}
	return p, nil
}

// MonthOf is the month that s lies in.
func MonthOf(s Slot) Period {
	t := s.Time()
	return monthsFrom(t.Format("2006-01"), t.Year(), t.Month(), 1)
}

// DayOf is the UTC day that s lies in.
func DayOf(s Slot) Period {
	return Period{s.Time().Format("2006-01-02"), s.Day(), s.Day() + SlotsPerDay}
}

// Months are the months of a period of whole months, in order.
func (p Period) Months() []Period {
	var out []Period
	for s := p.From; s < p.To; s = s.NextMonth() {
		out = append(out, MonthOf(s))
	}
	return out
}

// Before is the period of the same kind just before p: the quarter before a quarter, the month
// before a month, as many months before a run of months, the day before a day.
func (p Period) Before() Period {
	from := p.From.Time()
	if p.From != p.From.Month() || p.To != p.To.Month() {
		return DayOf(p.From - 1)
	}
	n := len(p.Months())
	t := time.Date(from.Year(), from.Month()-time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	first := MonthOf(SlotAt(t))
	switch {
	case n == 1:
		return first
	case n == 3 && p.From.Time().Month()%3 == 1:
		return monthsFrom(fmt.Sprintf("%dQ%d", t.Year(), (t.Month()+2)/3), t.Year(), t.Month(), 3)
	case n == 12 && t.Month() == 1:
		return monthsFrom(strconv.Itoa(t.Year()), t.Year(), 1, 12)
	}
	last := MonthOf(p.From - 1)
	return Period{first.Name + ".." + last.Name, first.From, last.To}
}

// Clip is p ending with the newest committed slot, if it is not over then. The name stays.
func (p Period) Clip(newest Slot) Period {
	p.To = max(p.From, min(p.To, newest+1))
	return p
}

// Slots is the number of slots in p.
func (p Period) Slots() int { return int(p.To - p.From) }

// Seconds is the length of p.
func (p Period) Seconds() int64 { return int64(p.Slots()) * SlotSeconds }

func parseYear(s string) (int, error) {
	y, err := strconv.Atoi(s)
	if err != nil || len(s) != 4 || y < 1970 {
		return 0, fmt.Errorf("%q is not a year", s)
	}
	return y, nil
}

func monthsFrom(name string, year int, month time.Month, n int) Period {
	return Period{
		name,
		SlotAt(time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)),
		SlotAt(time.Date(year, month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)),
	}
}
