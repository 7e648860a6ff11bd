package simulate

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"tributary/internal/flow"
)

// First and End bound the story: its first slot and the first slot after it.
var (
	First = monthSlot(volumes[0].month)
	End   = monthSlot(volumes[len(volumes)-1].month).NextMonth()
)

func monthSlot(month string) flow.Slot {
	p, err := flow.ParsePeriod(month)
	if err != nil {
		panic("BUG: the story has a month that is none: " + month)
	}
	return p.From
}

// chapter is the index of the story's month that s lies in; ok is false outside the story.
func chapter(s flow.Slot) (i int, ok bool) {
	for i := range volumes {
		if monthSlot(volumes[i].month) == s.Month() {
			return i, true
		}
	}
	return 0, false
}

// Planned is what the story says a period's octets are by network type, both directions, all
// regions; zero for months outside the story. What the fleet exports differs by the rounding of
// sampling and by flows over a month's edge.
func Planned(p flow.Period) (octets [flow.NumNetworkTypes]float64) {
	for _, v := range volumes {
		if s := monthSlot(v.month); s >= p.From && s < p.To {
			for t, u := range v.units {
				octets[t] += u * unitOctets
			}
		}
	}
	return octets
}

// share is the part of a type's volume in the region in a month of the story; a month's sum to 1.
func share(typ flow.NetworkType, region int, month string) float64 {
	shares := regionShare[typ]
	if later, ok := regionShareLater[typ]; ok && month >= spreadFrom {
		shares = later
	}
	sum := 0.0
	for r := range shares {
		shares[r] *= 1 + regionWobble*(2*unit(2<<40|uint64(monthSlot(month))<<8|uint64(typ)<<4|uint64(r))-1)
		sum += shares[r]
	}
	return shares[region] / sum
}

// plannedCell is what the story says of the octets of a region, type and direction in its i-th
// month, and the share of IPv6 in them.
func plannedCell(i, region int, typ flow.NetworkType, dir flow.Direction) (octets, v6 float64) {
	c := &characters[typ]
	octets = volumes[i].units[typ] * unitOctets * share(typ, region, volumes[i].month)
	if dir == flow.Ingress {
		octets *= c.ingress
	} else {
		octets *= 1 - c.ingress
	}
	progress := float64(i) / float64(len(volumes)-1)
	v6 = c.v6[0] + (c.v6[1]-c.v6[0])*progress
	wobble := 2*unit(uint64(i)<<16|uint64(typ)<<8|uint64(region)) - 1
	return octets, v6 * (1 + v6Wobble*wobble)
}

// stream is a region's traffic with a type in a direction for a month.
type stream struct {
	typ     flow.NetworkType
	dir     flow.Direction
	octets  float64   // planned for the month
	v6      float64   // share of IPv6 in them
	shape   []float32 // its slots' shares of octets, by slot of the month; they sum to 1
	split   bool      // both IP versions at the same time; else one after the other
	several int       // networks at the same time, of IPv4
	duty    float64   // part of the time it flows
	phase   float64   // 0 to 1: where in its turns the month begins
	parties []party   // heaviest first
	carry   float64   // octets planned for slots in which it did not flow
	owed6   float64   // octets that IPv6 is behind its share, where not split
}

// party is a network as a stream meets it.
type party struct {
	network   int     // in networks
	addresses uint32  // how many it has at a time
	links     [2]int  // in links: of IPv4, of IPv6
	until     float64 // cumulated weight, the last one's is 1
}

// planMonth plans the streams of a region for the story's i-th month.
func planMonth(i, region int, r *rand.Rand) []stream {
	total := 0.0
	for _, u := range volumes[i].units {
		total += u * unitOctets
	}
	from := monthSlot(volumes[i].month)
	var streams []stream
	for typ := range flow.NumNetworkTypes {
		phase := r.Float64()
		parties := partiesOf(region, typ, i)
		for dir := flow.Ingress; dir <= flow.Egress; dir++ {
			shape := drawShape(typ, dir, region, from, int(from.NextMonth()-from), r)
			octets, v6 := plannedCell(i, region, typ, dir)
			if octets == 0 || len(parties) == 0 {
				continue
			}
			passage(i, region, typ).bend(shape)
			part := octets / total
			s := stream{
				typ: typ, dir: dir, octets: octets, v6: v6, shape: shape, split: part*v6 >= splitShare,
				several: 1, duty: max(sparsest, min(1, math.Sqrt(part/steadyShare)*(1+characters[typ].steadier))), phase: phase, parties: parties,
			}
			if routers[links[parties[0].links[0]].router].device.Protocol == SFlow {
				s.duty = max(s.duty, 0.25) // packets are sampled all the time, not hundreds at once
			}
			if part*(1-v6) >= severalShare && len(parties) > 1 {
				s.several = 2
			}
			streams = append(streams, s)
		}
	}
	return streams
}

// partiesOf are the networks of a type that a region meets in the story's i-th month, heaviest first.
// Their weights stray from month to month as the type's character has it.
func partiesOf(region int, typ flow.NetworkType, i int) []party {
	var parties []party
	sum, turn := 0.0, 0
	for n := range networks {
		w := &networks[n]
		if w.typ != typ || !w.in(region) {
			continue
		}
		turn++ // by all networks, so that a newcomer moves nobody to another link
		if !w.at(volumes[i].month) {
			continue
		}
		stray := 2*unit(1<<40|uint64(i)<<24|uint64(n)<<8|uint64(region)) - 1
		weight := w.weight * math.Exp(characters[typ].stray*stray)
		parties = append(parties, party{network: n, addresses: addressesOf(n, region), links: linksFor(region, typ, turn-1), until: weight})
		sum += weight
	}
	slices.SortStableFunc(parties, func(a, b party) int { return cmp.Compare(b.until, a.until) })
	acc := 0.0
	for i := range parties {
		acc += parties[i].until / sum
		parties[i].until = acc
	}
	return parties
}

// bridge is how a month's level leads from the month before to the month after, in proportion to the
// month's mean: a line from the level at its beginning to that in its middle, and one on to its end.
type bridge struct{ begin, middle, end float64 }

// rush is by how much the level between two months may lie above the lower month's mean. Were it the
// mean of both, a month before a steep rise would dip in its middle to keep its own mean.
const rush = 1.3

// passage is the bridge of a region's and type's i-th month.
func passage(i, region int, typ flow.NetworkType) bridge {
	level := func(i int) float64 { // octets a slot
		i = max(0, min(i, len(volumes)-1))
		from := monthSlot(volumes[i].month)
		return volumes[i].units[typ] * share(typ, region, volumes[i].month) / float64(from.NextMonth()-from)
	}
	own := level(i)
	between := func(other float64) float64 { return min(math.Sqrt(own*other), rush*min(own, other)) / own }
	b := bridge{begin: between(level(i - 1)), end: between(level(i + 1))}
	b.middle = 2 - (b.begin+b.end)/2
	return b
}

// bend gives a month's shape the bridge's course; it sums to 1 again.
func (b bridge) bend(shape []float32) {
	half, sum := float64(len(shape))/2, 0.0
	for i := range shape {
		if t := (float64(i) + 0.5) / half; t < 1 {
			shape[i] *= float32(b.begin + (b.middle-b.begin)*t)
		} else {
			shape[i] *= float32(b.middle + (b.end-b.middle)*(t-1))
		}
		sum += float64(shape[i])
	}
	for i := range shape {
		shape[i] = float32(float64(shape[i]) / sum)
	}
}

// drawShape draws how a month's volume is spread over its slots: day and week, unrest, bursts. It
// sums to 1 exactly enough that a month's volume is the story's.
func drawShape(typ flow.NetworkType, dir flow.Direction, region int, from flow.Slot, slots int, r *rand.Rand) []float32 {
	c := &characters[typ]
	var day [flow.SlotsPerDay]float64
	for i := range day {
		hour := float64(i)/flow.SlotsPerHour + float64(utcOffset[region])
		day[i] = 1 + c.amplitude[dir]*math.Cos(2*math.Pi*(hour-c.peakHour)/24)
	}
	keep := math.Exp(-1 / (c.memory * flow.SlotsPerHour))
	fresh := math.Sqrt(1 - keep*keep)
	mood, burst, left := r.NormFloat64(), 1.0, 0.0
	values := make([]float64, slots)
	sum := 0.0
	for i := range values {
		local := from + flow.Slot(i) + flow.Slot(utcOffset[region]*flow.SlotsPerHour)
		v := day[(int(from)+i)%flow.SlotsPerDay]
		if weekday := local / flow.SlotsPerDay % 7; weekday == 2 || weekday == 3 { // 1970-01-01 was a Thursday
			v *= c.weekend[dir]
		}
		mood = keep*mood + fresh*r.NormFloat64()
		v *= math.Exp(c.sigma[dir] * mood)
		if left--; left < 0 {
			burst = 1
			if r.Float64() < c.bursts[dir]/flow.SlotsPerDay {
				burst = 1 + c.burstTimes*(0.5+r.Float64())
				left = (0.5 + r.Float64()) * c.burstHours * flow.SlotsPerHour
			}
		}
		values[i] = v * burst
		sum += values[i]
	}
	shape := make([]float32, slots)
	for i, v := range values {
		shape[i] = float32(v / sum)
	}
	return shape
}
