package stats

import (
	"context"
	"errors"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// Returning is persistence: of the remote addresses seen in a period, the share that was also seen in
// the period before, from the intersection of their sketches. A Study has none where the period
// before has no traffic.
type Returning struct {
	Now, Before flow.Period // clipped

	// Rows are network types, then regions × types, both directions and IP versions together, totals
	// included: by region in the order of names, all regions first; by type in flow's order, all types
	// last. Cells without addresses in Now are left out.
	Rows []Persistence

	// Mixed says that the two periods count IPv6 addresses differently (ipv6_prefix was changed
	// between them or within one): their sets cannot be compared, and there are no rows.
	Mixed bool
}

// Persistence is the share of a cell's addresses that return. The same cell is compared: an address
// that was seen before, but in another region or of another type, is new here.
type Persistence struct {
	Key
	Hidden bool // publication hides the cell in one of the two periods: there are no numbers

	// Share is 0 to 1, with bounds of two standard deviations' level (rollup.Intersect); all three are
	// the same where all addresses of Now are known, at most 4,096 of a cell. Share is nothing where
	// Now has so few addresses beside so many before that the sketches tell nothing: the bounds then
	// are 0 and 1.
	Share, Low, High Num

	Addresses Num // distinct ones in Now
}

// studyReturning compares the sketches of both periods.
func (l *loader) studyReturning(_ context.Context, q *StudyOf, unsuppressed bool, out *Study) error {
	for _, p := range [...]flow.Period{q.Now, q.Before} {
		if sh := l.sheets[stretchOf(p)]; sh == nil || sh.Empty() {
			return nil
		}
	}
	r := &Returning{Now: l.clip(q.Now), Before: l.clip(q.Before)}
	out.Returning = r
	err := l.compare(q, unsuppressed, r)
	if errors.Is(err, rollup.ErrMixedIPv6) {
		r.Rows, r.Mixed = nil, true
		return nil
	}
	return err
}

// compare fills the rows.
func (l *loader) compare(q *StudyOf, unsuppressed bool, r *Returning) error {
	now, err := l.parties(q.Now)
	if err != nil {
		return err
	}
	before, err := l.parties(q.Before)
	if err != nil {
		return err
	}
	for i := range l.frame.total() + 1 {
		region := (i + l.frame.total()) % (l.frame.total() + 1) // all regions first
		for t := range frameTypes {
			cell := region*frameTypes + t
			if now[cell].Empty() {
				continue
			}
			o, err := rollup.Intersect(now[cell], before[cell])
			if err != nil {
				return err
			}
			p := Persistence{Key: l.frame.key(cellOf(region, flow.NetworkType(t), flow.Both, frameVersions-1))}
			p.Hidden = l.suppressed(q.Now, p.Key) || l.suppressed(q.Before, p.Key)
			if !p.Hidden || unsuppressed {
				p.measure(&o, now[cell].Estimate())
			}
			r.Rows = append(r.Rows, p)
		}
	}
	return nil
}

// suppressed reports that publication hides a cell of a period's sheet.
func (l *loader) suppressed(p flow.Period, k Key) bool {
	c, ok := l.sheets[stretchOf(p)].At(k)
	return ok && c.Suppressed
}

func (p *Persistence) measure(o *rollup.Overlap, addresses float64) {
	p.Addresses, p.Low, p.High = num(addresses), num(o.Low), num(o.High)
	if o.Sample > 0 {
		p.Share = num(o.Share)
	}
}

// parties are the sketches of a period's addresses by region × frameTypes + type, over both directions
// and IP versions, totals included. One dimension is united at a time, as in frame.estimates.
func (l *loader) parties(p flow.Period) (sketches, error) {
	spans := l.within(p)
	if !wholeMonths(p) {
		spans = []*span{spanOf(l.days, p.From)}
	}
	out := make(sketches, (l.frame.total()+1)*frameTypes)
	var u rollup.Unioner
	for cell := range l.frame.total() * frameTypes {
		for _, s := range spans {
			if s.mixed != nil {
				return nil, s.mixed
			}
			for i := range perType {
				if err := u.Add(s.base[cell*perType+i]); err != nil {
					return nil, err
				}
			}
		}
		out[cell] = u.Sketch()
	}
	total := uniter{all: out}
	for region := range l.frame.total() {
		total.unite(region*frameTypes+int(AllTypes), region*frameTypes, 1, int(flow.NumNetworkTypes))
	}
	for t := range frameTypes {
		total.unite(l.frame.total()*frameTypes+t, t, frameTypes, l.frame.total())
	}
	return out, total.err
}
