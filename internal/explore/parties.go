package explore

import (
	"context"
	"errors"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// set is a set of addresses, or one that cannot be told because it mixes ways of counting IPv6
// addresses. The zero value is empty.
type set struct {
	sketch rollup.Sketch
	mixed  bool
}

// uniter unites sets. The zero value is empty.
type uniter struct {
	unioner rollup.Unioner
	mixed   bool
}

// add adds a set, whose memory must stay as it is. Errors are of sketches alone that mix.
func (u *uniter) add(s set) {
	if u.mixed = u.mixed || s.mixed; u.mixed {
		return
	}
	if err := u.unioner.Add(s.sketch); err != nil {
		if !errors.Is(err, rollup.ErrMixedIPv6) {
			panic("BUG: sketches that cannot be united: " + err.Error())
		}
		u.mixed = true
	}
}

func (u *uniter) set() set {
	if u.mixed {
		return set{mixed: true}
	}
	return set{sketch: u.unioner.Sketch()}
}

// parties are the addresses of one step by row, and of all that the filter lets through.
type parties struct {
	rows  map[rowKey]set
	total set
}

// collector makes parties of the store's sketches, which come by step.
type collector struct {
	a      *asking
	rows   map[rowKey]*uniter
	others uniter
}

func (c *collector) add(x *store.Addresses) {
	b := &c.a.sorter.buckets[x.Bucket]
	r := store.Sum{Region: x.Region, Direction: x.Direction, Version: x.Version}
	if !c.a.sorter.passes(b.rest, &r) {
		return
	}
	s := set{x.Sketch, x.Mixed}
	if b.others {
		c.others.add(s)
		return
	}
	key := c.a.sorter.key(b, &r)
	u := c.rows[key]
	if u == nil {
		u = &uniter{}
		c.rows[key] = u
	}
	u.add(s)
}

// take is what was collected; the collector starts anew. The total is united from the rows, which is
// less to read than all that they were united from.
func (c *collector) take() parties {
	out := parties{rows: make(map[rowKey]set, len(c.rows))}
	total := &c.others
	for key, u := range c.rows {
		s := u.set()
		out.rows[key] = s
		total.add(s)
	}
	out.total = total.set()
	c.rows, c.others = map[rowKey]*uniter{}, uniter{}
	return out
}

// parties gives the addresses of every step of a period, in order of time. Steps without addresses come too.
func (a *asking) parties(ctx context.Context, p flow.Period, cut store.Cut, each func(step int, p parties) error) error {
	c := &collector{a: a, rows: map[rowKey]*uniter{}}
	some, err := a.sorter.sort(ctx, p)
	if err != nil {
		return err
	}
	open := a.openAddresses(p, cut)
	at := 0
	finish := func(before int) error {
		for ; at < before; at++ {
			for i := range open[at] {
				c.add(&open[at][i])
			}
			if err := each(at, c.take()); err != nil {
				return err
			}
		}
		return nil
	}
	// Years before the store's beginning need not be looked for; its first month is whole, as its sketch is.
	if p.From = max(p.From, a.extent.from.Month()); some && p.From < p.To {
		err := a.view.Sketches(ctx, &store.SketchQuery{Period: p, Cut: cut, Classes: a.classes}, func(x *store.Addresses) error {
			if err := finish(int(x.Step)); err != nil {
				return err
			}
			c.add(x)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return finish(len(cut.Starts))
}

// openAddresses are those that no commit has, by step, in the form of the store's.
func (a *asking) openAddresses(p flow.Period, cut store.Cut) map[int][]store.Addresses {
	if a.open == nil || a.sorter.nothing {
		return nil
	}
	out := map[int][]store.Addresses{}
	sp := span{cut: cut}
	for i := range a.open.Endpoints {
		e := &a.open.Endpoints[i]
		if e.Hour < p.From || e.Hour >= p.To || !a.counts(&e.Cell) {
			continue
		}
		r, ok := a.sorter.sum(e.Hour, &e.Cell)
		if !ok {
			continue
		}
		step := sp.stepOf(e.Hour)
		out[step] = append(out[step], store.Addresses{
			Step: uint32(step), Bucket: r.Bucket, Region: r.Region, Direction: r.Direction, Version: r.Version, Sketch: e.Sketch,
		})
	}
	return out
}
