package stats

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// loader answers one question from one view of the store. It reads each table once for all sheets,
// a month at a time, and makes longer periods of their months.
type loader struct {
	view   *reader
	names  *flow.Names
	extent Extent

	networks []string                 // names by the number in part.network; 0 is unknown
	kinds    map[uint16]flow.LinkKind // of stored links
	metros   map[uint32]string        // metropolitan areas that the catalogue states, by network; only with a study
	policy   PublishPolicy

	months []*span // whole months, as far as the extent goes; in order of time
	days   []*span // asked periods that are not months, which are days; in order of time
	frame  *frame
	heard  map[flow.Slot]listening    // by month
	daily  *daily                     // nil unless asked for
	frozen map[stretch][]store.Frozen // of months whose slots are dropped

	sheets map[stretch]*Sheet
	study  *Study // nil unless asked for
}

// stretch identifies a period by its time, whatever it is called, before it is clipped.
type stretch struct{ from, to flow.Slot }

func stretchOf(p flow.Period) stretch { return stretch{p.From, p.To} }

// span is what was read for one month, or for a period that is not months.
type span struct {
	period  flow.Period // not clipped
	volumes []store.Volume
	parts   []part
	base    sketches
	mixed   error // why the addresses cannot be counted: a rollup.ErrMixedIPv6
}

// wholeMonths reports that p consists of whole months.
func wholeMonths(p flow.Period) bool { return p.From == p.From.Month() && p.To == p.To.Month() }

// clip is p as far as the store has come.
func (l *loader) clip(p flow.Period) flow.Period { return p.Clip(l.extent.To - 1) }

// load makes the sheets of a question and marks what is suppressed in them.
func (l *loader) load(ctx context.Context, q Question, pub publication) error {
	l.sheets = map[stretch]*Sheet{}
	asked := l.asked(q)
	if len(asked) == 0 {
		return nil
	}
	l.plan(asked)
	for _, read := range []func(context.Context) error{l.readVolumes, l.readHeard, l.readUniques} {
		if err := read(ctx); err != nil {
			return err
		}
	}
	if q.Days {
		if err := l.readDays(ctx, asked); err != nil {
			return err
		}
	}
	rated := asked
	if q.Rates != nil {
		rated = l.asked(Question{Periods: q.Rates})
	}
	rates, err := l.readRates(ctx, rated)
	if err != nil {
		return err
	}
	if err := l.readFrozen(ctx, asked); err != nil {
		return err
	}
	for _, p := range asked {
		if err := l.sheet(p, rates[stretchOf(p)], true); err != nil {
			return err
		}
	}
	if err := l.suppress(asked, pub); err != nil {
		return err
	}
	if q.Study != nil {
		l.study, err = l.studied(ctx, q.Study, q.Unsuppressed)
	}
	return err
}

// asked are the periods that sheets are wanted of and the store has slots of, each once.
func (l *loader) asked(q Question) []flow.Period {
	var out []flow.Period
	seen := map[stretch]bool{}
	for _, p := range slices.Concat(q.Months, q.Periods) {
		if !seen[stretchOf(p)] && l.extent.overlaps(p) {
			seen[stretchOf(p)] = true
			out = append(out, p)
		}
	}
	return out
}

// plan lists the months to be read: from the first that an asked period touches to the last.
func (l *loader) plan(asked []flow.Period) {
	var first, last flow.Slot
	for i, p := range asked {
		from, to := p.From.Month(), (p.To - 1).NextMonth()
		if i == 0 {
			first, last = from, to
		}
		first, last = min(first, from), max(last, to)
		if !wholeMonths(p) {
			l.days = append(l.days, &span{period: p})
		}
	}
	slices.SortFunc(l.days, func(a, b *span) int { return cmp.Compare(a.period.From, b.period.From) })
	for s := first; s < last; s = s.NextMonth() {
		if m := flow.MonthOf(s); l.extent.overlaps(m) {
			l.months = append(l.months, &span{period: m})
		}
	}
}

// within are the months that a period consists of, or lies in.
func (l *loader) within(p flow.Period) []*span {
	var out []*span
	for _, m := range l.months {
		if m.period.From < p.To && p.From < m.period.To {
			out = append(out, m)
		}
	}
	return out
}

// all is the stretch of all months read, clipped.
func (l *loader) all() flow.Period {
	return l.clip(flow.Period{From: l.months[0].period.From, To: l.months[len(l.months)-1].period.To})
}

// spanOf is the one of spans that begins at the slot, nil for none.
func spanOf(spans []*span, start flow.Slot) *span {
	i, ok := slices.BinarySearchFunc(spans, start, func(s *span, at flow.Slot) int { return cmp.Compare(s.period.From, at) })
	if !ok {
		return nil
	}
	return spans[i]
}

// sheet makes the sheet of a period from what was read of its months, or of itself. If it was not
// asked for, but is needed to decide what others show, it is made do with lower bounds of the
// distinct addresses where they cannot be counted.
func (l *loader) sheet(p flow.Period, rates []store.Rate, asked bool) error {
	spans := l.within(p)
	if !wholeMonths(p) {
		spans = []*span{spanOf(l.days, p.From)}
	}
	var parts []part
	for _, s := range spans {
		parts = append(parts, s.parts...)
	}
	sums := l.frame.sums(parts)
	unique, ipv6Prefix, err := l.unique(spans)
	switch {
	case errors.Is(err, rollup.ErrMixedIPv6) && !asked:
		unique = l.leastUnique(spans)
	case err != nil:
		return fmt.Errorf("cannot count the addresses of %s: %w", p.Name, err)
	}
	for c := range sums {
		sums[c].unique = unique[c]
	}
	clipped := l.clip(p)
	for _, r := range rates {
		if c, ok := l.cell(r.Group); ok {
			sums[c].p95, sums[c].max, sums[c].rated = rollup.U128(r.P95), rollup.U128(r.Max), true
		}
	}
	if l.daily != nil && l.kept(p) {
		l.daily.fill(clipped, sums)
	}
	frozen := l.frozen[stretchOf(p)]
	for i := range frozen {
		if c, ok := l.cell(frozen[i].Group); ok {
			sums[c].frozen = &frozen[i]
		}
	}
	var heard []listening
	for _, m := range l.within(p) {
		heard = append(heard, l.heard[m.period.From])
	}
	sheet := l.frame.sheet(clipped, sums, l.frame.coverage(clipped, heard, sums))
	sheet.IPv6Prefix = ipv6Prefix
	if !l.kept(p) {
		sheet.FrozenBefore = l.view.KeptFrom()
	}
	l.sheets[stretchOf(p)] = sheet
	return nil
}

// unique counts the distinct addresses of spans together, by cell, and says how many leading bits
// of IPv6 addresses were counted. It fails with rollup.ErrMixedIPv6 where those differ.
func (l *loader) unique(spans []*span) (counts []estimate, ipv6Prefix int, err error) {
	base := make(sketches, l.frame.cells())
	for _, s := range spans {
		if s.mixed != nil {
			return nil, 0, s.mixed
		}
		if err := base.merge(s.base); err != nil {
			return nil, 0, err
		}
	}
	counts, err = l.frame.estimates(base)
	for _, s := range base {
		ipv6Prefix = max(ipv6Prefix, s.IPv6Prefix()) // all that hold any have the same
	}
	return counts, ipv6Prefix, err
}

// leastUnique is a lower bound of the same counts: the largest of the spans' that can be counted.
// With it publication hides rather more than less.
func (l *loader) leastUnique(spans []*span) []estimate {
	least := make([]estimate, l.frame.cells())
	for _, s := range spans {
		counts, _, err := l.unique([]*span{s})
		if err != nil {
			continue
		}
		for c, e := range counts {
			if e.n > least[c].n {
				least[c] = e
			}
		}
	}
	return least
}

// kept reports that the slots and days of p are all kept. Where retention has dropped some, the
// rest would pass for all: then a period has no rates and no day columns but a month's frozen ones.
func (l *loader) kept(p flow.Period) bool { return max(p.From, l.extent.From) >= l.view.KeptFrom() }

// have is the sheet of a period of whole months, made now if it was not asked for.
func (l *loader) have(p flow.Period) (*Sheet, error) {
	if s := l.sheets[stretchOf(p)]; s != nil {
		return s, nil
	}
	if err := l.sheet(p, nil, false); err != nil {
		return nil, err
	}
	return l.sheets[stretchOf(p)], nil
}

// assemble lists the sheets in the order asked.
func (l *loader) assemble(q Question) *Answer {
	a := &Answer{Extent: l.extent, Study: l.study}
	for _, p := range q.Months {
		if s := l.sheets[stretchOf(p)]; s != nil && !s.Empty() {
			a.Months = append(a.Months, s)
		}
	}
	for _, p := range q.Periods {
		named := Sheet{}
		if s := l.sheets[stretchOf(p)]; s != nil {
			named = *s
		}
		named.Period = l.clip(p) // a quarter may have been asked for as a run of months
		a.Periods = append(a.Periods, &named)
	}
	return a
}

// cell is the frame's cell of a group of the store; false for a region that no sheet has.
func (l *loader) cell(g store.Group) (int, bool) {
	r := l.frame.total()
	if g.Region != store.AllRegions {
		var ok bool
		if r, ok = l.frame.region(g.Region); !ok {
			return 0, false
		}
	}
	return cellOf(r, g.Type, g.Direction, versionIndex(g.Version)), true
}
