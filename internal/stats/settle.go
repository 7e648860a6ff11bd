package stats

import "tributary/internal/flow"

// suppress marks what publication hides: quarters first, then the other periods asked for.
func (l *loader) suppress(asked []flow.Period, pub publication) error {
	done := map[flow.Slot]bool{}
	for _, m := range l.months {
		q := quarterOf(m.period.From)
		if done[q.From] {
			continue
		}
		done[q.From] = true
		if err := l.suppressQuarter(q, pub); err != nil {
			return err
		}
	}
	for _, p := range asked {
		if wholeMonths(p) && len(p.Months()) == 1 || stretchOf(p) == stretchOf(quarterOf(p.From)) {
			continue
		}
		if err := l.suppressOther(p, pub); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) suppressQuarter(q flow.Period, pub publication) error {
	whole, err := l.have(q)
	if err != nil {
		return err
	}
	var months []*Sheet
	for _, m := range l.within(q) {
		s, err := l.have(m.period)
		if err != nil {
			return err
		}
		months = append(months, s)
	}
	return pub.quarter(whole, months)
}

// suppressOther takes quarters as parts where the period consists of them, as a year does, else
// months; a period that is not months is a day, and a part of its month.
func (l *loader) suppressOther(p flow.Period, pub publication) error {
	var parts []*Sheet
	if !wholeMonths(p) {
		month, err := l.have(flow.MonthOf(p.From))
		if err != nil {
			return err
		}
		return pub.day(l.sheets[stretchOf(p)], month)
	}
	quarters := p.From == quarterOf(p.From).From && p.To == quarterOf(p.To-1).To
	for at := p.From; at < p.To; {
		part := flow.MonthOf(at)
		if quarters {
			part = quarterOf(at)
		}
		if l.extent.overlaps(part) {
			s, err := l.have(part)
			if err != nil {
				return err
			}
			parts = append(parts, s)
		}
		at = part.To
	}
	return pub.other(l.sheets[stretchOf(p)], parts)
}
