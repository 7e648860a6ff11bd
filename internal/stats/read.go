package stats

import (
	"context"
	"errors"
	"fmt"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// view opens a view of the store with labels of now.
func (s *Source) view(ctx context.Context) (*store.View, *labels, error) {
	combinations, err := s.Store.Combinations(ctx)
	if err != nil {
		return nil, nil, err
	}
	made := s.labels(combinations)
	v, err := s.Store.View(ctx, made.rows)
	if err != nil {
		return nil, nil, err
	}
	return v, made, nil
}

// readVolumes reads what every network contributes to every base cell, by month, and by period
// for those that are not months; then the frame is known.
func (l *loader) readVolumes(ctx context.Context) error {
	volumes, err := l.view.Volumes(ctx, l.all(), store.StepMonth)
	if err != nil {
		return err
	}
	for i := range volumes {
		s := spanOf(l.months, volumes[i].Start)
		if s == nil {
			panic(fmt.Sprintf("BUG: a volume of slot %d, where no month begins", volumes[i].Start))
		}
		s.volumes = append(s.volumes, volumes[i])
	}
	for _, d := range l.days {
		if d.volumes, err = l.view.Volumes(ctx, l.clip(d.period), store.StepWhole); err != nil {
			return err
		}
	}
	return nil
}

// readHeard reads which exporters were heard when, in all months. Then all regions are known: the
// frame is made.
func (l *loader) readHeard(ctx context.Context) error {
	var regions []uint16
	for _, spans := range [][]*span{l.months, l.days} {
		for _, s := range spans {
			for i := range s.volumes {
				regions = append(regions, s.volumes[i].Region)
			}
		}
	}
	l.heard = map[flow.Slot]listening{}
	for _, m := range l.months {
		p := l.clip(m.period)
		heard, err := kept(ctx, l.view, question{kind: "heard", period: p}, nil, func() (listening, error) {
			all, err := l.view.Heard(ctx, p)
			return listen(p, all), err
		})
		if err != nil {
			return err
		}
		l.heard[p.From] = heard
		for region := range heard.Full {
			regions = append(regions, region)
		}
	}
	l.frame = newFrame(regions, &l.names.Regions)
	for _, spans := range [][]*span{l.months, l.days} {
		for _, s := range spans {
			l.place(s)
		}
	}
	return nil
}

// place puts the volumes of a span into the frame.
func (l *loader) place(s *span) {
	s.base = make(sketches, l.frame.cells())
	s.parts = make([]part, 0, len(s.volumes))
	for i := range s.volumes {
		v := &s.volumes[i]
		cell, ok := l.cell(v.Group)
		if !ok {
			panic(fmt.Sprintf("BUG: a volume in region %d, which is not in its own frame", v.Region))
		}
		s.parts = append(s.parts, part{cell: cell, network: v.Key, octets: v.Octets, v: v.V, flows: v.Flows, unrated: v.Unrated})
	}
	s.volumes = nil
}

// readUniques reads the sketches of all months, and of periods that are not months.
func (l *loader) readUniques(ctx context.Context) error {
	read := func(s *span, step store.Step) error {
		err := l.view.Uniques(ctx, l.clip(s.period), step, func(_ flow.Slot, g store.Group, sketch rollup.Sketch) error {
			// Addresses without octets in any cell of their region: nothing to show them by.
			if cell, ok := l.cell(g); ok {
				s.base[cell] = sketch
			}
			return nil
		})
		if errors.Is(err, rollup.ErrMixedIPv6) {
			s.mixed, err = err, nil // for the sheets that need this month
		}
		return err
	}
	for _, m := range l.months {
		if err := read(m, store.StepMonth); err != nil {
			return err
		}
	}
	for _, d := range l.days {
		if err := read(d, store.StepDay); err != nil {
			return err
		}
	}
	return nil
}

// readRates reads the percentiles and maxima of the asked periods, which need every slot of each.
func (l *loader) readRates(ctx context.Context, asked []flow.Period) (map[stretch][]store.Rate, error) {
	clipped := make([]flow.Period, len(asked))
	for i, p := range asked {
		clipped[i] = l.clip(p)
	}
	rates, err := l.view.Rates(ctx, clipped)
	if err != nil {
		return nil, err
	}
	out := map[stretch][]store.Rate{}
	for _, r := range rates {
		if p := asked[r.Month]; l.kept(p) {
			out[stretchOf(p)] = append(out[stretchOf(p)], r)
		}
	}
	return out, nil
}

// readFrozen reads what was frozen of the asked months whose slots are dropped.
func (l *loader) readFrozen(ctx context.Context, asked []flow.Period) error {
	l.frozen = map[stretch][]store.Frozen{}
	for _, p := range asked {
		if !wholeMonths(p) || p.To != p.From.NextMonth() || l.kept(p) {
			continue
		}
		rows, err := l.view.Frozen(ctx, p.From)
		if err != nil {
			return err
		}
		l.frozen[stretchOf(p)] = rows
	}
	return nil
}

// readDays reads octets and addresses of every day from the first asked period to the last.
func (l *loader) readDays(ctx context.Context, asked []flow.Period) error {
	p := asked[0]
	for _, a := range asked[1:] {
		p.From, p.To = min(p.From, a.From), max(p.To, a.To)
	}
	p = l.clip(p)
	d := newDaily(l.frame, p)
	points, err := l.view.Series(ctx, p, store.StepDay)
	if err != nil {
		return err
	}
	for _, pt := range points {
		if cell, ok := l.cell(pt.Group); ok {
			d.add(pt.Start, cell, rollup.U128(pt.Octets))
		}
	}
	for _, m := range months(p) {
		q := question{kind: "days", period: m, args: fmt.Sprint(l.frame.ids)}
		unique, err := kept(ctx, l.view, q, nil, func() ([][]float64, error) { return l.countDays(ctx, m) })
		if err != nil {
			return err
		}
		copy(d.unique[d.day(m.From.Day()):], unique)
	}
	l.daily = d
	return nil
}

// countDays counts the distinct addresses of every cell of the frame, for each day of a month or a part of
// one.
func (l *loader) countDays(ctx context.Context, p flow.Period) ([][]float64, error) {
	d := newDaily(l.frame, p)
	c := d.count()
	job := dayJob{day: -1}
	err := l.view.Uniques(ctx, p, store.StepDay, func(start flow.Slot, g store.Group, sketch rollup.Sketch) error {
		if day := d.day(start); day != job.day {
			if job.day >= 0 {
				c.days <- job
			}
			job = dayJob{day, make(sketches, l.frame.cells())}
		}
		if cell, ok := l.cell(g); ok {
			job.base[cell] = sketch
		}
		return nil
	})
	if job.day >= 0 && err == nil {
		c.days <- job
	}
	return d.unique, errors.Join(err, c.finish())
}

// firstMonth is the octets of the store's first whole month.
func (l *loader) firstMonth(ctx context.Context) (rollup.Uint128, error) {
	m := flow.MonthOf(l.extent.From)
	if m.From < l.extent.From {
		m = flow.MonthOf(m.To)
	}
	var total rollup.Uint128
	if m.To <= l.extent.To {
		points, err := l.view.Series(ctx, m, store.StepMonth)
		if err != nil {
			return total, err
		}
		for _, pt := range points {
			total = total.Add(rollup.U128(pt.Octets))
		}
	}
	if total.IsZero() {
		return total, fmt.Errorf("publish.normalize is set, and the store (%s) has no whole month yet to normalise by: wait until one is over, or add --unsuppressed for your own use", l.extent)
	}
	return total, nil
}
