package stats

import (
	"cmp"
	"math"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// presentPart is the share of a type's bits from which a network is present in a period: 1 part in
// 10,000. Less is scans, spoofed sources and packets gone astray: one sampled packet stands for a
// thousand, and every network of the Internet sends one in a quarter. A network below it brings less
// than a hundredth of a per cent, which no figure here would show.
const presentPart = 10_000

// Turnover is a group of networks that came (Gone: went) between two periods, of one type or of all. A
// network is present in a period with 0.01 % of the type's bits of the period or more; unknown is none.
type Turnover struct {
	Known  bool // there are periods to compare
	Hidden bool // the type's cell is hidden in one of them; then there is nothing else
	Count  int  // networks of the group
	Of     int  // networks present in the period: of New in Now, of Gone in Before

	// Share is the group's share of the type's bits in that period, 0 to 1, with three significant
	// digits. Published, it is nothing where the group, or what is left of the type without it, has too
	// few networks or addresses or one network that dominates it, by publish's thresholds.
	Share Num

	LeftOut []flow.NetworkType // of all types: those whose cells are hidden, whose networks are not looked at
	Names   []string           // most bits first; only unsuppressed
}

// Movers compares the networks present in both periods by their average rates (bits / seconds of the
// period that the store has).
type Movers struct {
	Known   bool // both periods have bits
	Hidden  bool // the type's cell is hidden in one of them; then there is nothing else
	Both    int  // networks present in both
	Doubled int  // of them, those whose rate has more than doubled
	Halved  int  // of them, those whose rate has more than halved

	// Largest is the share of the network that changed most in the sum of all networks' changes of rate,
	// increases and decreases alike, those that came and went too: 1 if it alone changed, 0 if none did.
	// Published, it has three significant digits, and is nothing with fewer networks than twice
	// publish.min_networks or above publish.max_dominance.
	Largest Num

	LeftOut []flow.NetworkType // of all types: those whose cells are hidden, whose networks are not looked at
	Named   []Mover            // the ten that changed most, largest change first; only unsuppressed
}

// Mover is a network's average rate in two periods.
type Mover struct {
	Network     string
	Before, Now float64 // bits per second
}

// present reports whether so many octets make a network present among so many of all.
func present(octets, total rollup.Uint128) bool {
	return !octets.IsZero() && octets.Mul64(presentPart).Cmp(total) >= 0
}

// attendance are the networks present in a list.
func attendance(list []holding) []holding {
	_, total := known(list)
	var out []holding
	for _, x := range list {
		if x.network != unknownNetwork && present(x.octets, total) {
			out = append(out, x)
		}
	}
	return out
}

// new are the networks present in now and in none of the months searched.
func (n *networker) new(t flow.NetworkType) Turnover {
	out := Turnover{Known: len(n.earlier) > 0, LeftOut: n.without(t, n.now)}
	if out.Hidden = out.Known && n.now.hidden[t]; out.Hidden || !out.Known {
		return out
	}
	seen := make([]bool, len(n.networks))
	for _, m := range n.earlier {
		for _, x := range attendance(m.held.of(t, out.LeftOut)) {
			seen[x.network] = true
		}
	}
	n.turnover(&out, t, n.now, seen)
	return out
}

// gone are the networks present in before and not in now.
func (n *networker) gone(t flow.NetworkType) Turnover {
	out := Turnover{Known: n.before != nil, LeftOut: n.without(t, n.now, n.before)}
	if out.Hidden = out.Known && (n.now.hidden[t] || n.before.hidden[t]); out.Hidden || !out.Known {
		return out
	}
	seen := make([]bool, len(n.networks))
	for _, x := range attendance(n.now.held.of(t, out.LeftOut)) {
		seen[x.network] = true
	}
	n.turnover(&out, t, n.before, seen)
	return out
}

// without are the types that are left out of all types.
func (n *networker) without(t flow.NetworkType, stretches ...*stretchOfTime) []flow.NetworkType {
	if t != AllTypes {
		return nil
	}
	return leftOut(stretches...)
}

// turnover counts the networks present in s that were not seen.
func (n *networker) turnover(out *Turnover, t flow.NetworkType, s *stretchOfTime, seen []bool) {
	list := s.held.of(t, out.LeftOut)
	there := attendance(list)
	out.Of = len(there)
	var group []holding
	for _, x := range there {
		if !seen[x.network] {
			group = append(group, x)
		}
	}
	out.Count = len(group)
	_, of := known(group)
	_, total := known(list)
	if total.IsZero() {
		return
	}
	share := of.Float64() / total.Float64()
	if n.unsuppressed {
		out.Share = num(share)
		slices.SortStableFunc(group, func(a, b holding) int { return b.octets.Cmp(a.octets) })
		for _, x := range group {
			out.Names = append(out.Names, n.networks[x.network])
		}
		return
	}
	rest := slices.DeleteFunc(slices.Clone(list), func(x holding) bool {
		_, in := slices.BinarySearchFunc(group, x.network, func(g holding, network uint32) int { return cmp.Compare(g.network, network) })
		return in
	})
	if n.exempt(t) || n.showable(t, s, group) && n.showable(t, s, rest) {
		out.Share = num(share).short()
	}
}

// showable reports whether the bits of a group of a type's networks may be shown, by the thresholds that
// decide of cells. Nothing at all may: it is 0. Where a network's addresses were not counted it is taken
// to have one, so that a group is rather hidden.
func (n *networker) showable(t flow.NetworkType, s *stretchOfTime, group []holding) bool {
	octets, total := known(group)
	if len(group) == 0 {
		return true
	}
	if uint64(len(octets)) < n.policy.MinNetworks {
		return false
	}
	addresses := 0.0
	for _, x := range group {
		if largest := x.octets.Float64(); largest > n.policy.MaxDominance*total.Float64() {
			return false
		}
		addresses += n.addresses.of(t, x.network, s.period)
	}
	return addresses >= float64(n.policy.MinAddresses)
}

// movement is a network's rate in two periods, in octets per second.
type movement struct {
	network     uint32
	before, now float64
}

func (m *movement) change() float64 { return math.Abs(m.now - m.before) }

// movers compares now and before.
func (n *networker) movers(t flow.NetworkType) Movers {
	out := Movers{Known: n.before != nil, LeftOut: n.without(t, n.now, n.before)}
	if out.Hidden = out.Known && (n.now.hidden[t] || n.before.hidden[t]); out.Hidden || !out.Known {
		return out
	}
	now, before := n.now.held.of(t, out.LeftOut), n.before.held.of(t, out.LeftOut)
	_, nowAll := known(now)
	_, beforeAll := known(before)
	moves := movements(now, before, n.seconds(n.now), n.seconds(n.before))
	for i := range moves {
		m := &moves[i]
		if !present(octetsIn(now, m.network), nowAll) || !present(octetsIn(before, m.network), beforeAll) {
			continue
		}
		out.Both++
		switch {
		case m.now > 2*m.before:
			out.Doubled++
		case m.now < m.before/2:
			out.Halved++
		}
	}
	out.Largest = largestMove(moves)
	if n.unsuppressed {
		for _, m := range moves[:min(10, len(moves))] {
			out.Named = append(out.Named, Mover{n.networks[m.network], bitsPerOctet * m.before, bitsPerOctet * m.now})
		}
	} else {
		out.Largest = out.Largest.short()
		if (uint64(len(moves)) < 2*n.policy.MinNetworks || out.Largest.Value > n.policy.MaxDominance) && !n.exempt(t) {
			out.Largest = Num{}
		}
	}
	return out
}

// seconds is the length of what the store has of a stretch.
func (n *networker) seconds(s *stretchOfTime) float64 {
	p := s.period
	p.From = max(p.From, n.extent.From)
	return float64(p.Seconds())
}

// movements are the rates of the networks of two lists, largest change first, ties by number.
func movements(now, before []holding, nowSeconds, beforeSeconds float64) []movement {
	var out []movement
	for i, j := 0, 0; i < len(now) || j < len(before); {
		var m movement
		switch {
		case j == len(before) || i < len(now) && now[i].network < before[j].network:
			m = movement{network: now[i].network, now: now[i].octets.Float64() / nowSeconds}
			i++
		case i == len(now) || before[j].network < now[i].network:
			m = movement{network: before[j].network, before: before[j].octets.Float64() / beforeSeconds}
			j++
		default:
			m = movement{now[i].network, before[j].octets.Float64() / beforeSeconds, now[i].octets.Float64() / nowSeconds}
			i, j = i+1, j+1
		}
		if m.network != unknownNetwork {
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b movement) int { return cmp.Compare(b.change(), a.change()) })
	return out
}

// largestMove is the first's share of all changes; 0 if nothing changed, nothing without networks.
func largestMove(moves []movement) Num {
	if len(moves) == 0 {
		return Num{}
	}
	sum := 0.0
	for i := range slices.Backward(moves) { // small ones first, for the sum's sake
		sum += moves[i].change()
	}
	if sum == 0 {
		return num(0)
	}
	return num(moves[0].change() / sum)
}
