package stats

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// candidateSearch is the search for candidates in one region.
type candidateSearch struct {
	*loader
	asked, period flow.Period // as asked for, and clipped
	rated         flow.Period // what rates are of: see Rhythm.Period
	name          string      // the region's
	over          store.OverLinks
	unsuppressed  bool
	examined      []examined
}

// examined is a network that is looked at.
type examined struct {
	NetworkRhythm
	number uint32
	octets rollup.Uint128
	types  [flow.NumNetworkTypes]rollup.Uint128
	slots  []uint64 // octets
}

// key is a cell of the region.
func (s *candidateSearch) key(t flow.NetworkType) Key {
	return Key{s.name, t, flow.Both, AllVersions}
}

// search finds the region's candidates; nil for a region without octets.
func (s *candidateSearch) search(ctx context.Context, volumes []store.LinkVolume) (*RegionCandidates, error) {
	total, ok := s.sheets[stretchOf(s.asked)].At(s.key(AllTypes))
	if !ok {
		return nil, nil
	}
	out := &RegionCandidates{Region: s.name}
	if out.Hidden = s.hidden(s.asked, total.Key) && !s.unsuppressed; out.Hidden {
		return out, nil
	}
	least := CandidateShare * total.BpsP95.Value
	s.choose(volumes, least)
	if err := s.read(ctx, least); err != nil {
		return nil, err
	}
	var chosen []*examined
	for i := range s.examined {
		if n := &s.examined[i]; n.Candidate && (s.unsuppressed || s.mayCount(n)) {
			chosen = append(chosen, n)
		}
	}
	few, err := s.tooFew(ctx, chosen)
	if err != nil {
		return nil, err
	}
	if out.Hidden = few && !s.unsuppressed; out.Hidden {
		return out, nil
	}
	out.Least = num(least)
	out.sum(chosen)
	return out, nil
}

// choose lists the networks of the region that can be a candidate: with a 95th percentile of least,
// more than a twentieth of the slots have that many bits at least, so the period has as many as those
// together. Of these it takes the largest.
func (s *candidateSearch) choose(volumes []store.LinkVolume, least float64) {
	for _, v := range volumes {
		if v.Region != s.over.Region || v.Network == unknownNetwork {
			continue
		}
		if n := len(s.examined); n == 0 || s.examined[n-1].number != v.Network {
			s.examined = append(s.examined, examined{number: v.Network})
		}
		n := &s.examined[len(s.examined)-1]
		n.octets = n.octets.Add(v.Octets)
		n.types[v.Type] = n.types[v.Type].Add(v.Octets)
	}
	high := float64(dropped(s.rated.Slots())+1) * least * flow.SlotSeconds // bits
	s.examined = slices.DeleteFunc(s.examined, func(n examined) bool { return bitsOf(n.octets) < high || n.octets.IsZero() })
	slices.SortStableFunc(s.examined, func(a, b examined) int { return b.octets.Cmp(a.octets) })
	s.examined = s.examined[:min(len(s.examined), candidatesExamined)]
}

// read reads the slots of the chosen networks and measures them.
func (s *candidateSearch) read(ctx context.Context, least float64) error {
	for i := range s.examined {
		s.over.Networks = append(s.over.Networks, s.examined[i].number)
	}
	slots, err := s.view.NetworkSlots(ctx, s.rated, s.over)
	if err != nil {
		return err
	}
	for i := range s.examined {
		n := &s.examined[i]
		n.slots = slots[i]
		n.Region, n.Network = s.name, s.networks[n.number]
		for t := range n.types {
			if n.types[t].Cmp(n.types[n.Type]) > 0 {
				n.Type = flow.NetworkType(t)
			}
		}
		rates := slotRates(n.slots)
		v := Variability{}
		v.measure(rates)
		n.Average, n.CV, n.P95Ratio, n.Max = v.Average, v.CV, v.P95Ratio, num(slices.Max(rates))
		n.P95 = nearestRank(rates)
		n.Candidate = n.P95.Value >= least && n.P95Ratio.Known && n.P95Ratio.Value >= CandidateRatio
	}
	return nil
}

// slotRates are the rates of slots in bits per second.
func slotRates(octets []uint64) []float64 {
	out := make([]float64, len(octets))
	for i, n := range octets {
		out[i] = bitsOf(rollup.U128(n)) / flow.SlotSeconds
	}
	return out
}

// mayCount reports that no cell of the region that the network has octets in is hidden.
func (s *candidateSearch) mayCount(n *examined) bool {
	for t := range n.types {
		if !n.types[t].IsZero() && s.hidden(s.asked, s.key(flow.NetworkType(t))) {
			return false
		}
	}
	return true
}

// tooFew reports that publication hides the candidates together, as it would a cell: for few
// networks, few addresses or a dominant network. None at all are not too few.
func (s *candidateSearch) tooFew(ctx context.Context, chosen []*examined) (bool, error) {
	if len(chosen) == 0 {
		return false, nil
	}
	c := TableCell{Networks: uint64(len(chosen)), Key: s.key(AllTypes)}
	over := s.over
	over.Networks = nil
	var all, largest rollup.Uint128
	for _, n := range chosen {
		over.Networks = append(over.Networks, n.number)
		all = all.Add(n.octets)
		if n.octets.Cmp(largest) > 0 {
			largest = n.octets
		}
	}
	c.Dominance = largest.Float64() / all.Float64()
	addresses, err := s.view.NetworkAddresses(ctx, s.period, over)
	if err != nil && !errors.Is(err, rollup.ErrMixedIPv6) {
		return false, err
	}
	c.Addresses = addresses.Estimate() // 0 where they cannot be counted: hidden
	return s.policy.primary(&c) != Shown, nil
}

// sum measures the sum of the candidates' slots.
func (r *RegionCandidates) sum(chosen []*examined) {
	r.Count = num(float64(len(chosen)))
	if len(chosen) == 0 {
		return
	}
	all := make([]uint64, len(chosen[0].slots))
	for _, n := range chosen {
		for i, octets := range n.slots {
			all[i] = rollup.AddSaturating(all[i], octets)
		}
	}
	rates := slotRates(all)
	v := Variability{}
	v.measure(rates)
	r.Average, r.P95Ratio, r.Max, r.P95 = v.Average, v.P95Ratio, num(slices.Max(rates)), nearestRank(rates)
}

// named are the networks by name, in order of their 95th percentile; nil unless nothing is hidden.
func (s *candidateSearch) named() []NetworkRhythm {
	if !s.unsuppressed {
		return nil
	}
	out := make([]NetworkRhythm, len(s.examined))
	for i := range s.examined {
		out[i] = s.examined[i].NetworkRhythm
	}
	slices.SortStableFunc(out, func(a, b NetworkRhythm) int {
		return cmp.Or(cmp.Compare(b.P95.Value, a.P95.Value), cmp.Compare(a.Network, b.Network))
	})
	return out
}
