package stats

import (
	"cmp"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// party is what is known of an item's networks: the one that is largest over both periods together, and
// what the others are in each.
type party struct {
	network uint32            // never unknownNetwork; 0 for none
	octets  [2]rollup.Uint128 // of it, before and now
	ranks   [2]ranks
}

// ranks are the networks of an item in one period.
type ranks struct {
	networks     int            // unknown left out
	first        uint32         // the largest; unknown may be
	most, second rollup.Uint128 // octets of the largest and of the next
}

// largest are the parties of every item. Of networks with equally many bits it
// is the one with the lowest number.
func (c *changer) largest() []party {
	parts := c.byNetwork()
	out := make([]party, numItems)
	var own [numItems][2]rollup.Uint128 // octets of the network at hand
	for i := 0; i < len(parts); {
		network := parts[i].network
		for ; i < len(parts) && parts[i].network == network; i++ {
			p := &parts[i]
			for _, item := range itemsOf(flow.NetworkType(p.cell / perType % frameTypes)) {
				own[item][p.period] = own[item][p.period].Add(p.octets)
			}
		}
		for item := range own {
			if own[item] != ([2]rollup.Uint128{}) {
				out[item].meet(network, own[item])
				own[item] = [2]rollup.Uint128{}
			}
		}
	}
	return out
}

// contribution is a part of one of the two periods.
type contribution struct {
	*part
	period int
}

// byNetwork lists what has octets in either period, networks in ascending order.
func (c *changer) byNetwork() []contribution {
	var out []contribution
	for i, p := range c.periods {
		spans := c.within(p)
		if !wholeMonths(p) {
			spans = nil
			if s := spanOf(c.days, p.From); s != nil {
				spans = []*span{s}
			}
		}
		for _, s := range spans {
			for j := range s.parts {
				if !s.parts[j].octets.IsZero() {
					out = append(out, contribution{&s.parts[j], i})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b contribution) int { return cmp.Compare(a.network, b.network) })
	return out
}

// meet takes a network into account that has so many octets in each period. Networks come in ascending
// order.
func (p *party) meet(network uint32, octets [2]rollup.Uint128) {
	if network != unknownNetwork && octets[0].Add(octets[1]).Cmp(p.octets[0].Add(p.octets[1])) > 0 {
		p.network, p.octets = network, octets
	}
	for i, x := range octets {
		r := &p.ranks[i]
		switch {
		case x.IsZero():
			continue
		case x.Cmp(r.most) > 0:
			r.first, r.most, r.second = network, x, r.most
		case x.Cmp(r.second) > 0:
			r.second = x
		}
		if network != unknownNetwork {
			r.networks++
		}
	}
}

// leaveOut computes the change without the largest network:
//
//	100 × ((part_now − x_now) / (whole_now − x_now) − (part_before − x_before) / (whole_before − x_before))
//
// with x the network's octets of this item. Differences are exact.
func (c *changer) leaveOut(row *Change, item int) {
	p := &c.parties[item]
	row.NoWithout = NoNetworks
	if p.network == unknownNetwork {
		return
	}
	var shares [2]float64
	for i := range shares {
		part, whole := c.octets(i, item)
		part, whole = less(part, p.octets[i]), less(whole, p.octets[i])
		if whole.IsZero() {
			return
		}
		shares[i] = part.Float64() / whole.Float64()
	}
	row.Without, row.NoWithout = num(100*(shares[1]-shares[0])), Given
}

// perPoint is how many steps a percentage point has in published changes without the largest network, which
// are rounded to a step. As it is, such a change would be an equation for two numbers, the network's bits before and now, and a second one
// (of another item, or of periods that share months) would give both.
const perPoint = 10

// saidTwice says whether a change without the largest network is that of a group whose largest network is
// also that of one of its types: both would tell of the same bits. A group of one type is that type.
func (c *changer) saidTwice(item int) bool {
	types := typesOf(item)
	return len(types) > 1 && slices.ContainsFunc(types, func(t flow.NetworkType) bool {
		return c.parties[t].network == c.parties[item].network
	})
}

// tellsOfOne says whether a change without the largest network would tell too much of single networks.
// The numbers of the item and of all types are published. So it is hidden
//
//   - where the rest, without the network, would be hidden if it were a cell: by the number of networks
//     and the largest network's share of the bits, in either period in which the network has bits. How
//     many addresses the rest has is not known here; types that are published whatever they hold are
//     exempt, and groups of nothing else;
//   - where the number bounds the network's own bits within ±20 %, in either period.
func (c *changer) tellsOfOne(row *Change, item int) bool {
	always := true
	for _, t := range typesOf(item) {
		always = always && slices.Contains(c.policy.Always, t)
	}
	if always {
		return false
	}
	p := &c.parties[item]
	var parts, wholes [2]float64
	for i := range parts {
		part, whole := c.octets(i, item)
		parts[i], wholes[i] = part.Float64(), whole.Float64()
		if p.octets[i].IsZero() {
			continue
		}
		r := &p.ranks[i]
		most := r.most
		if r.first == p.network {
			most = r.second
		}
		rest := less(part, p.octets[i])
		if r.networks-1 < int(c.policy.MinNetworks) || most.Float64() > c.policy.MaxDominance*rest.Float64() {
			return true
		}
	}
	l := withoutOne{change: row.Without.Value / 100, step: 0.01 / perPoint, part: parts, whole: wholes, most: c.policy.MaxDominance}
	return l.exposes()
}

// withoutOne is a published change without one network, as a reader knows it who wants to know the network's
// bits: x before and y now, of which he knows that
//
//	(part_now − y) / (whole_now − y) − (part_before − x) / (whole_before − x) = change ± step/2
//	0 ≤ x ≤ most · part_before,   0 ≤ y ≤ most · part_now
//
// since a network with more than that share of a cell would have hidden it.
type withoutOne struct {
	change      float64 // of fractions
	step        float64 // what it is rounded to a multiple of
	part, whole [2]float64
	most        float64
}

// exposes says that this leaves x or y no interval wider than ±20 % of some number: that its upper end is
// at most 1.5 times its lower end, and not both are 0.
//
// With s = (part_now − y)/(whole_now − y), which falls as y grows, s less the change is the same of the
// period before: the bounds of x and y each bound s.
func (l *withoutOne) exposes() bool {
	without := func(i int, x float64) float64 { return (l.part[i] - x) / (l.whole[i] - x) }
	octets := func(i int, s float64) float64 { return (l.part[i] - s*l.whole[i]) / (1 - s) }
	for i, change := range [...]float64{-l.change, l.change} { // from the other period to this one
		low := max(without(i, l.most*l.part[i]), change-l.step/2+without(1-i, l.most*l.part[1-i]))
		high := min(without(i, 0), change+l.step/2+without(1-i, 0))
		if least := octets(i, high); least > 0 && octets(i, low) <= maxRatio*least {
			return true
		}
	}
	return false
}
