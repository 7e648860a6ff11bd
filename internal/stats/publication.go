package stats

import "fmt"

// publication decides which cells of an answer's sheets are suppressed, so that what is shown here
// and what any other question shows of the same store, now or later, cannot be subtracted from each
// other.
//
// It goes forward in time and looks at nothing but the period itself. A month is decided alone. A
// longer period shows the sums of what its months show, and nothing else, so that it tells nothing
// that they do not. Hence whatever is published of whole months, in whatever order and however much
// of it, a reader knows of a month's hidden cells what the month's own table tells him. A day is
// decided beside its month.
type publication struct {
	policy PublishPolicy
}

// month marks the suppressed cells of a month, which is decided by itself.
func (p *publication) month(s *Sheet) error {
	t := Table{Total: []int{-1}}
	t.add(s, 0, Free)
	return p.mark(&t, []*Sheet{s})
}

// longer marks the suppressed cells of a period of several months, which are settled: those that are
// hidden in any month that has them. A cell below a threshold in the whole is below it in some month:
// a month has no more addresses and networks, and the largest network's share of the whole is a mean
// of its shares of the months.
func (p *publication) longer(whole *Sheet, months []*Sheet) {
	for i := range whole.Cells {
		c := &whole.Cells[i]
		c.Suppressed = false
		for _, m := range months {
			if j, ok := m.index[c.Key]; ok && m.Cells[j].Suppressed {
				c.Suppressed = true
			}
		}
	}
}

// day marks the suppressed cells of a day, whose month is settled. What the month hides the day hides,
// or the month's days together would show it. The rest of the month is never published, but without
// it the month would be the day's.
func (p *publication) day(day, month *Sheet) error {
	const ofDay, ofRest, ofMonth = 0, 1, 2
	t := Table{Total: []int{ofMonth, ofMonth, -1}}
	t.add(day, ofDay, Free)
	for i := range t.Cells {
		if j, ok := month.index[t.Cells[i].Key]; ok && month.Cells[j].Suppressed {
			t.Cells[i].Fixed = FixedHidden
			day.Cells[i].Suppressed = true
		}
	}
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
		// A day's cell that makes up its month's is known whatever is done: it is hidden for its
		// other measures. That a hidden cell of the month becomes known must not happen.
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
