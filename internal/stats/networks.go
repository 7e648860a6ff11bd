package stats

import (
	"context"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// Networks is what a study knows of networks: how bits are concentrated on them, how much one of their
// addresses stands for, and which came and went. Published, it names none.
type Networks struct {
	Now, Before flow.Period     // clipped by the newest slot
	Months      []flow.Period   // those of StudyOf that the store has, clipped
	Types       []TypeNetworks  // of the types with bits in any of these periods, in flow's order; then of all (AllTypes)
	Magnitude   []TypeMagnitude // of neocloud and hyperscaler, where they have bits

	// Looked is how many whole months before Now, at most twelve, were searched for networks that would
	// then not be new. 0: the store has none, and nothing is known to be new.
	Looked int
}

// TypeNetworks are the networks of one type, or of all types. A network whose bits are of several types
// is in each with its bits of that type, and once in all. Where a type's cell is hidden, its networks'
// bits are left out of those of all types: Concentration.LeftOut and Turnover.LeftOut say which.
type TypeNetworks struct {
	Type        flow.NetworkType // or AllTypes
	Now, Before Concentration
	Months      []Concentration // beside Networks.Months
	New         Turnover        // in Now and in no month searched
	Gone        Turnover        // in Before and not in Now
	Movers      Movers
}

// holdings are the octets of every network in one period, over all regions, directions and IP versions,
// by type. Lists are by ascending network; a network without octets is not there.
type holdings struct {
	types [flow.NumNetworkTypes][]holding
}

type holding struct {
	network uint32
	octets  rollup.Uint128
}

// hold adds the parts of spans up. networks is how many numbers of networks there are.
func hold(spans []*span, networks int) *holdings {
	h := &holdings{}
	sums := make([]rollup.Uint128, networks*int(flow.NumNetworkTypes))
	for _, s := range spans {
		for i := range s.parts {
			p := &s.parts[i]
			at := &sums[p.cell/perType%frameTypes*networks+int(p.network)]
			*at = at.Add(p.octets)
		}
	}
	for t := range h.types {
		for n, octets := range sums[t*networks : (t+1)*networks] {
			if !octets.IsZero() {
				h.types[t] = append(h.types[t], holding{uint32(n), octets})
			}
		}
	}
	return h
}

// of are the holdings of one type, or for AllTypes of all types but those left out.
func (h *holdings) of(t flow.NetworkType, leftOut []flow.NetworkType) []holding {
	if t != AllTypes {
		return h.types[t]
	}
	var all []holding
	for t := range flow.NumNetworkTypes {
		if !slices.Contains(leftOut, t) {
			all = append(all, h.types[t]...)
		}
	}
	slices.SortStableFunc(all, func(a, b holding) int { return int(int64(a.network) - int64(b.network)) })
	out := all[:0]
	for _, x := range all {
		if n := len(out); n > 0 && out[n-1].network == x.network {
			out[n-1].octets = out[n-1].octets.Add(x.octets)
			continue
		}
		out = append(out, x)
	}
	return out
}

// known are the octets of networks that are known, and of all, unknown too.
func known(list []holding) (octets []rollup.Uint128, total rollup.Uint128) {
	for _, x := range list {
		total = total.Add(x.octets)
		if x.network != unknownNetwork {
			octets = append(octets, x.octets)
		}
	}
	return octets, total
}

// octetsIn are the octets of a network in a list by network; zero where it is not in it.
func octetsIn(list []holding, network uint32) rollup.Uint128 {
	i, ok := slices.BinarySearchFunc(list, network, func(x holding, n uint32) int { return int(int64(x.network) - int64(n)) })
	if !ok {
		return rollup.Uint128{}
	}
	return list[i].octets
}

// networker makes a Networks.
type networker struct {
	*loader
	unsuppressed bool
	now, before  *stretchOfTime
	months       []*stretchOfTime
	earlier      []*stretchOfTime // whole months before now that are searched, in order of time
	addresses    leastAddresses
}

// stretchOfTime is one period of a study with what its networks hold.
type stretchOfTime struct {
	period flow.Period // clipped
	held   *holdings
	hidden [flow.NumNetworkTypes + 1]bool // by type: its cell over everything else is suppressed
}

// leftOut are the types whose cells are hidden in any of the stretches; nil stretches have none.
func leftOut(stretches ...*stretchOfTime) []flow.NetworkType {
	var out []flow.NetworkType
	for t := range flow.NumNetworkTypes {
		for _, s := range stretches {
			if s != nil && s.hidden[t] && !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// studyNetworks makes the part Networks. It has it for every period that the store has traffic in.
func (l *loader) studyNetworks(ctx context.Context, q *StudyOf, unsuppressed bool, out *Study) error {
	n := &networker{loader: l, unsuppressed: unsuppressed}
	if n.now = n.stretch(q.Now); n.now == nil {
		return nil
	}
	n.before = n.stretch(q.Before)
	for _, p := range q.Months {
		if s := n.stretch(p); s != nil {
			n.months = append(n.months, s)
		}
	}
	n.search(q.Now)
	result := &Networks{Now: n.now.period, Looked: len(n.earlier)}
	if n.before != nil {
		result.Before = n.before.period
	}
	for _, m := range n.months {
		result.Months = append(result.Months, m.period)
	}
	if err := n.magnitudes(ctx, result); err != nil {
		return err
	}
	for t := range AllTypes + 1 {
		if t == AllTypes || n.has(t) {
			result.Types = append(result.Types, n.typed(t))
		}
	}
	result.cover()
	out.Networks = result
	return nil
}

// cover takes the share of all types' group away where that of a type with networks in its group is
// hidden: the others' shares could be subtracted.
func (n *Networks) cover() {
	var gone, came bool
	for i := range n.Types {
		t := &n.Types[i]
		if t.Type == AllTypes {
			if came {
				t.New.Share = Num{}
			}
			if gone {
				t.Gone.Share = Num{}
			}
			continue
		}
		came = came || t.New.Count > 0 && !t.New.Share.Known
		gone = gone || t.Gone.Count > 0 && !t.Gone.Share.Known
	}
}

// stretch reads what networks hold in a period; nil for one that the store has no traffic in.
func (n *networker) stretch(p flow.Period) *stretchOfTime {
	if p.From >= p.To || !n.extent.overlaps(p) {
		return nil
	}
	spans := n.within(p)
	if !wholeMonths(p) {
		spans = []*span{spanOf(n.days, p.From)}
	}
	if len(spans) == 0 || spans[0] == nil {
		return nil
	}
	s := &stretchOfTime{period: n.clip(p), held: hold(spans, len(n.networks))}
	sheet := n.sheets[stretchOf(p)]
	if sheet != nil && sheet.Empty() {
		return nil
	}
	for t := range s.hidden {
		k := Total
		k.Type = flow.NetworkType(t)
		if sheet == nil { // not asked for: nothing says that it may be shown
			s.hidden[t] = !n.unsuppressed
		} else if c, ok := sheet.At(k); ok {
			s.hidden[t] = c.Suppressed && !n.unsuppressed
		}
	}
	return s
}

// search lists the months before now in which a new network must not have been.
func (n *networker) search(now flow.Period) {
	const most = 12
	for _, m := range n.loader.months {
		if m.period.To > now.From || len(m.parts) == 0 {
			continue
		}
		read := slices.IndexFunc(n.months, func(s *stretchOfTime) bool { return s.period.From == m.period.From })
		if read < 0 {
			n.earlier = append(n.earlier, &stretchOfTime{period: m.period, held: hold([]*span{m}, len(n.networks))})
		} else {
			n.earlier = append(n.earlier, n.months[read])
		}
	}
	n.earlier = n.earlier[max(0, len(n.earlier)-most):]
}

// has reports whether a type has bits in any period that is shown.
func (n *networker) has(t flow.NetworkType) bool {
	for _, s := range append([]*stretchOfTime{n.now, n.before}, n.months...) {
		if s != nil && len(s.held.types[t]) > 0 {
			return true
		}
	}
	return false
}

// typed is what is known of the networks of a type.
func (n *networker) typed(t flow.NetworkType) TypeNetworks {
	out := TypeNetworks{Type: t, Now: n.concentration(t, n.now), Before: n.concentration(t, n.before)}
	for _, m := range n.months {
		out.Months = append(out.Months, n.concentration(t, m))
	}
	out.New, out.Gone, out.Movers = n.new(t), n.gone(t), n.movers(t)
	return out
}

// exempt reports a type that no threshold hides.
func (n *networker) exempt(t flow.NetworkType) bool {
	return n.unsuppressed || t != AllTypes && slices.Contains(n.policy.Always, t)
}

// concentration is that of a type in a stretch; nothing for nil.
func (n *networker) concentration(t flow.NetworkType, s *stretchOfTime) Concentration {
	if s == nil {
		return Concentration{}
	}
	var without []flow.NetworkType
	if t == AllTypes {
		without = leftOut(s)
	}
	if s.hidden[t] {
		return Concentration{Hidden: true, LeftOut: without}
	}
	octets, _ := known(s.held.of(t, without))
	c := concentrationOf(octets)
	if !n.unsuppressed {
		c.publish(sizesOf(octets), &n.policy, n.exempt(t))
	}
	c.LeftOut = without
	return c
}
