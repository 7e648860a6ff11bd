package stats

import (
	"context"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// measure counts the addresses of the contenders and of everything, and finds their rates.
func (t *topMaker) measure(ctx context.Context, contenders []*contender) error {
	if err := t.addresses(ctx, contenders); err != nil {
		return err
	}
	if !t.kept() {
		return nil
	}
	rates, err := t.view.Rates(ctx, []flow.Period{t.period})
	if err != nil {
		return err
	}
	regions := 0
	for _, r := range rates {
		if r.Type == AllTypes && r.Direction == flow.Both && r.Version == AllVersions {
			regions++
			if r.Region == store.AllRegions {
				t.total.rate(r)
			}
		}
	}
	batch := ratesAtOnce(t.period.Slots(), regions)
	for c := range slices.Chunk(contenders, batch) {
		if err := t.rates(ctx, c, rates); err != nil {
			return err
		}
	}
	return nil
}

// ratesAtOnce is how many contenders' rates are found in one pass, so that the arrays of slots stay
// below 256 MB: each has one for every region (all of them another), direction and version, totals
// included.
func ratesAtOnce(slots, regions int) int {
	const budget = 256 << 20
	each := 8 * max(1, slots) * max(1, regions) * frameWays * frameVersions
	return min(budget/each+1, int(firstRank))
}

func (s *sum) rate(r store.Rate) {
	s.p95, s.max, s.rated = rollup.U128(r.P95), rollup.U128(r.Max), true
}

// addresses unites the addresses of each contender. The months of the period are united; a day is
// read as a day.
func (t *topMaker) addresses(ctx context.Context, contenders []*contender) error {
	by := map[TopBy]store.By{TopNetworks: store.ByNetwork, TopASes: store.ByAS, TopLinks: store.ByLink, TopTypes: store.ByGroup, TopRegions: store.ByGroup}[t.question.By]
	step := store.StepMonth
	if !wholeMonths(t.question.Period) {
		step = store.StepDay
	}
	byKey := map[uint32]*contender{}
	for _, c := range contenders {
		byKey[c.key] = c
	}
	var all rollup.Unioner
	err := t.view.UniquesBy(ctx, t.period, step, by, func(u store.Unique) error {
		if c := byKey[t.key(u.Group, u.Key)]; c != nil {
			if err := c.unioner.Add(u.Sketch); err != nil {
				return err
			}
		}
		return all.Add(u.Sketch)
	})
	if err != nil {
		return err
	}
	for _, c := range contenders {
		c.sum.unique = estimateOf(c.unioner.Sketch())
	}
	t.total.unique = estimateOf(all.Sketch())
	return nil
}

// key is what a row of the store counts for.
func (t *topMaker) key(g store.Group, key uint32) uint32 {
	switch t.question.By {
	case TopTypes:
		return uint32(g.Type)
	case TopRegions:
		return uint32(g.Region)
	}
	return key
}

// firstRank is the number of the first contender where the types of labels are used to tell
// contenders apart: above all types and their total, and with room above it for as many.
const firstRank = 100

// rates finds the rates of some contenders. The store sums slots by group: types and regions are in
// its answer, and for others a view is opened whose labels have the contender's number for a type.
func (t *topMaker) rates(ctx context.Context, contenders []*contender, rates []store.Rate) error {
	numbers := map[uint32]flow.NetworkType{}
	byNumber := map[flow.NetworkType]*contender{}
	for i, c := range contenders {
		n := flow.NetworkType(firstRank + i)
		numbers[c.key], byNumber[n] = n, c
	}
	if t.question.By != TopTypes && t.question.By != TopRegions {
		view, err := t.source.Store.View(ctx, t.numbered(numbers))
		if err != nil {
			return err
		}
		defer view.Close()
		if rates, err = view.Rates(ctx, []flow.Period{t.period}); err != nil {
			return err
		}
	}
	for _, r := range rates {
		if r.Direction != flow.Both || r.Version != AllVersions {
			continue
		}
		var c *contender
		switch {
		case t.question.By == TopTypes && r.Region == store.AllRegions:
			c = byNumber[numbers[uint32(r.Type)]]
		case t.question.By == TopRegions && r.Type == AllTypes:
			c = byNumber[numbers[uint32(r.Region)]]
		case r.Region == store.AllRegions:
			c = byNumber[r.Type]
		}
		if c != nil {
			c.sum.rate(r)
		}
	}
	return nil
}

// numbered are the view's labels with the number of the contender in place of the type; of others
// with other.
func (t *topMaker) numbered(numbers map[uint32]flow.NetworkType) []store.Label {
	out := slices.Clone(t.labels.rows)
	for i := range out {
		l := &out[i]
		key := l.Network
		switch t.question.By {
		case TopASes:
			key = l.AS
		case TopLinks:
			key = uint32(l.Link)
		}
		n, ok := numbers[key]
		if !ok {
			n = flow.Other
		}
		l.Type, l.Network = n, 0
	}
	return out
}
