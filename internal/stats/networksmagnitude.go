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

// magnitudeTypes are the types whose networks have magnitudes of their own: few networks that move much
// each. To read the addresses of every network of every type would take minutes.
var magnitudeTypes = []flow.NetworkType{flow.Neocloud, flow.Hyperscaler}

// TypeMagnitude is how much one address stands for, network by network, in the months of a study.
type TypeMagnitude struct {
	Type   flow.NetworkType
	Months []MagnitudeMonth // beside Networks.Months
}

// MagnitudeMonth has a point for each network of a type in one month: its bits divided by its distinct
// addresses, over all regions, both directions and IP versions. Ascending, so that the order says
// nothing of who is who; published with three significant digits. Points are left out for networks with
// fewer addresses than publish.min_addresses (unsuppressed: without any), and all of them where fewer
// than publish.min_networks are left. Unknown is no network.
type MagnitudeMonth struct {
	Points []float64 // bits per address; of a normalised study an index per address
	Few    int       // networks with bits left out
	Hidden bool      // the type's cell is hidden, or too few networks are left: no Points, and Few is 0
	Mixed  bool      // the month mixes ways of counting IPv6 addresses: no Points
}

// leastAddresses are lower bounds of networks' distinct addresses, from months in which they were counted.
type leastAddresses struct {
	months []countedMonth
}

type countedMonth struct {
	period flow.Period
	counts map[typedNetwork]float64
}

type typedNetwork struct {
	t       flow.NetworkType
	network uint32
}

// of is a lower bound of the distinct addresses of a network with bits in a period: those of its largest
// month within it, at least 1. Of all types it is the largest of one type's.
func (a *leastAddresses) of(t flow.NetworkType, network uint32, p flow.Period) float64 {
	least := 1.0
	for _, m := range a.months {
		if m.period.From < p.From || m.period.To > p.To {
			continue
		}
		for _, counted := range magnitudeTypes {
			if t == counted || t == AllTypes {
				least = max(least, m.counts[typedNetwork{counted, network}])
			}
		}
	}
	return least
}

// magnitudes counts the addresses of the networks of magnitudeTypes in every month, and makes their points.
func (n *networker) magnitudes(ctx context.Context, out *Networks) error {
	for _, t := range magnitudeTypes {
		if n.has(t) {
			out.Magnitude = append(out.Magnitude, TypeMagnitude{Type: t})
		}
	}
	if len(out.Magnitude) == 0 {
		return nil
	}
	for _, m := range n.months {
		list, err := n.view.addresses(ctx, m.period)
		mixed := errors.Is(err, rollup.ErrMixedIPv6)
		if err != nil && !mixed {
			return err
		}
		counts := make(map[typedNetwork]float64, len(list))
		for _, c := range list {
			counts[typedNetwork{c.Type, c.Network}] = c.Addresses
		}
		if !mixed {
			n.addresses.months = append(n.addresses.months, countedMonth{m.period, counts})
		}
		for i := range out.Magnitude {
			of := &out.Magnitude[i]
			month := MagnitudeMonth{Mixed: mixed}
			if !mixed {
				month = n.points(of.Type, m, counts)
			}
			of.Months = append(of.Months, month)
		}
	}
	return nil
}

// networkCount is a network's distinct addresses in a month.
type networkCount struct {
	Type      flow.NetworkType
	Network   uint32
	Addresses float64
}

func compareCounts(a, b networkCount) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Network, b.Network))
}

// addresses counts the distinct addresses of every network of magnitudeTypes in a month, sorted.
func (r *reader) addresses(ctx context.Context, month flow.Period) ([]networkCount, error) {
	n := &numbered[[]networkCount]{
		visit: func(all *[]networkCount, each func(*uint32)) {
			for i := range *all {
				each(&(*all)[i].Network)
			}
		},
		sort: func(all *[]networkCount) { slices.SortFunc(*all, compareCounts) },
	}
	q := question{kind: "network-addresses", period: month, args: fmt.Sprintf("%d", magnitudeTypes)}
	return kept(ctx, r, q, n, func() ([]networkCount, error) {
		sums := map[typedNetwork]*rollup.Unioner{}
		err := r.UniquesOf(ctx, month, store.StepMonth, store.ByNetwork, magnitudeTypes, func(u store.Unique) error {
			k := typedNetwork{u.Type, u.Key}
			if sums[k] == nil {
				sums[k] = new(rollup.Unioner)
			}
			return sums[k].AddCopy(u.Sketch)
		})
		var out []networkCount
		for k, s := range sums {
			out = append(out, networkCount{k.t, k.network, s.Sketch().Estimate()})
		}
		slices.SortFunc(out, compareCounts)
		return out, err
	})
}

// points are the magnitudes of a type's networks in a month.
func (n *networker) points(t flow.NetworkType, s *stretchOfTime, counts map[typedNetwork]float64) MagnitudeMonth {
	if s.hidden[t] {
		return MagnitudeMonth{Hidden: true}
	}
	var out MagnitudeMonth
	least := 1.0
	if !n.unsuppressed {
		least = max(least, float64(n.policy.MinAddresses))
	}
	for _, x := range s.held.types[t] {
		if x.network == unknownNetwork {
			continue
		}
		addresses := counts[typedNetwork{t, x.network}]
		if addresses < least {
			out.Few++
			continue
		}
		out.Points = append(out.Points, bitsOf(x.octets)/addresses)
	}
	slices.Sort(out.Points)
	if n.unsuppressed {
		return out
	}
	if uint64(len(out.Points)) < n.policy.MinNetworks && out.Few+len(out.Points) > 0 {
		return MagnitudeMonth{Hidden: true}
	}
	for i := range out.Points {
		out.Points[i] = short(out.Points[i])
	}
	return out
}

// normalize puts what is in bits on the scale of normalised sheets.
func (n *Networks) normalize(reference rollup.Uint128) {
	first := bitsOf(reference)
	for i := range n.Magnitude {
		for _, m := range n.Magnitude[i].Months {
			for j := range m.Points {
				m.Points[j] = short(m.Points[j] / first * 100)
			}
		}
	}
}
