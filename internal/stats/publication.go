package stats

import (
	"fmt"
	"slices"

	"tributary/internal/flow"
)

// publication decides which cells of an answer's sheets are suppressed, so that what is shown here
// and what any other question shows of the same store cannot be subtracted from each other.
//
// Every quarter is decided by itself: its months and the quarter, all of them, whether they are
// asked for or not. So a month is hidden in the same places in the dataset of the month, of the
// quarter and of the year, and in the reports of all three. Other periods (years, runs of months,
// days) come after: their months or quarters are settled, and only their own cells give way.
type publication struct {
	policy PublishPolicy
}

// quarter marks the suppressed cells of a quarter and of its months.
func (p *publication) quarter(quarter *Sheet, months []*Sheet) error {
	t := Table{}
	for i, m := range months {
		t.Total = append(t.Total, len(months))
		t.add(m, i, Free)
	}
	t.Total = append(t.Total, -1)
	t.add(quarter, len(months), Free)
	return p.mark(&t, append(slices.Clone(months), quarter))
}

// other marks the suppressed cells of a period whose parts are settled.
func (p *publication) other(whole *Sheet, parts []*Sheet) error {
	t := Table{}
	sheets := slices.Clone(parts)
	for i, part := range parts {
		t.Total = append(t.Total, len(parts))
		t.add(part, i, FixedShown)
	}
	t.Total = append(t.Total, -1)
	t.add(whole, len(parts), Free)
	return p.mark(&t, append(sheets, whole))
}

// day marks the suppressed cells of a day, whose month is settled. The rest of the month is never
// published, but without it the month would be the day's.
func (p *publication) day(day, month *Sheet) error {
	const ofDay, ofRest, ofMonth = 0, 1, 2
	t := Table{Total: []int{ofMonth, ofMonth, -1}}
	t.add(day, ofDay, Free)
	rest := Sheet{}
	for i, c := range month.Cells {
		left := month.sums[i].octets
		if j, ok := day.index[c.Key]; ok {
			left = less(left, day.sums[j].octets)
		}
		if !left.IsZero() {
			rest.Cells = append(rest.Cells, c)
			rest.sums = append(rest.sums, sum{octets: left})
		}
	}
	t.add(&rest, ofRest, FixedWithheld)
	t.add(month, ofMonth, FixedShown)
	return p.mark(&t, []*Sheet{day, &rest, month})
}

// add appends the sheet's cells as those of a period. Where fixed is not Free, they stay as they
// are marked.
func (t *Table) add(s *Sheet, period int, fixed Fixed) {
	for i := range s.Cells {
		sum := &s.sums[i]
		c := TableCell{
			Period:    period,
			Key:       s.Cells[i].Key,
			Octets:    sum.octets.Big(),
			Addresses: sum.unique.n,
			Networks:  uint64(sum.networks),
			Dominance: sum.dominance(),
			Fixed:     fixed,
		}
		if fixed == FixedShown && s.Cells[i].Suppressed {
			c.Fixed = FixedHidden
		}
		t.Cells = append(t.Cells, c)
	}
}

// mark asks for the mask of a table and writes it to the sheets it was made of, in order. Those that
// were settled keep theirs.
func (p *publication) mark(t *Table, sheets []*Sheet) error {
	mask, err := t.Suppress(p.policy)
	if err != nil {
		return err
	}
	for _, i := range mask.Exposed {
		// A cell of the whole whose parts are all published already is known whatever is done: it
		// is hidden for its other measures. That a part becomes known must not happen.
		if c := &t.Cells[i]; c.Fixed != Free {
			return fmt.Errorf("cannot publish %s: with what is published of its parts already, the hidden cell %s could be computed", sheets[len(sheets)-1].Period.Name, c)
		}
	}
	i := 0
	for _, s := range sheets {
		for j := range s.Cells {
			if t.Cells[i].Fixed == Free {
				s.Cells[j].Suppressed = mask.Hidden(i)
			}
			i++
		}
	}
	return nil
}

// quarterOf is the quarter that the slot lies in.
func quarterOf(s flow.Slot) flow.Period {
	t := s.Time()
	p, err := flow.ParsePeriod(fmt.Sprintf("%04dQ%d", t.Year(), (t.Month()+2)/3))
	if err != nil {
		panic("BUG: no quarter of " + t.String() + ": " + err.Error())
	}
	return p
}
