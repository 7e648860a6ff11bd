package simulate

import (
	"math"
	"slices"
	"testing"

	"tributary/internal/flow"
)

// acted is what the fleet metered, by month of the story, region, type, direction and IP version.
type acted struct {
	octets    [][numRegions][flow.NumNetworkTypes][2][2]float64
	slots     map[slotCell]float64                         // octets by slot, region and type
	rows      map[rowKey]struct{}                          // of the first month only
	addresses [flow.NumNetworkTypes]map[flow.Addr]struct{} // of the first month only
}

type slotCell struct {
	slot   flow.Slot
	region int
	typ    flow.NetworkType
	dir    flow.Direction
}

type rowKey struct {
	slot    flow.Slot
	link    int
	network int
	dir     flow.Direction
	version uint8
}

// act plays months of the story and sums what is metered, before any encoding.
func act(t *testing.T, months string) *acted {
	t.Helper()
	p, err := flow.ParseMonths(months)
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(Config{Seed: 1, From: p.From, To: p.To})
	if err != nil {
		t.Fatal(err)
	}
	a := &acted{octets: make([][numRegions][flow.NumNetworkTypes][2][2]float64, len(volumes)), slots: map[slotCell]float64{}, rows: map[rowKey]struct{}{}}
	for i := range a.addresses {
		a.addresses[i] = map[flow.Addr]struct{}{}
	}
	first := p.From.NextMonth()
	for ; f.slot < f.config.To; f.slot++ {
		if f.slot > p.From {
			f.meter()
		}
		month, _ := chapter(f.slot)
		for _, g := range f.regions {
			for _, o := range g.routers {
				for i := range o.pending {
					a.add(month, g.number, o, &o.pending[i], f.slot, f.slot < first)
				}
				o.pending = o.pending[:0]
			}
		}
	}
	return a
}

func (a *acted) add(month, region int, o *outlet, r *Record, slot flow.Slot, detailed bool) {
	src, dst := networkOf(r.Src), networkOf(r.Dst)
	if (src < 0) == (dst < 0) {
		return // internal or transit
	}
	number, dir, remote, outside := src, flow.Ingress, r.Src, r.InIf
	if src < 0 {
		number, dir, remote, outside = dst, flow.Egress, r.Dst, r.OutIf
	}
	typ := networks[number].typ
	rate := o.device.rate(r.Sampler)
	version := remote.Version()
	octets := float64(r.Octets) * float64(max(1, rate))
	a.octets[month][region][typ][dir][(version-4)/2] += octets
	if !detailed {
		return
	}
	a.addresses[typ][remote] = struct{}{}
	link := -1
	for l := range links {
		for _, i := range links[l].interfaces {
			if links[l].router == o.number && i == outside {
				link = l
			}
		}
	}
	begin, end := flow.SlotOf(r.Start), flow.SlotOf(r.End)
	for s := begin; s <= end; s++ {
		a.rows[rowKey{s, link, number, dir, version}] = struct{}{}
		a.slots[slotCell{s, region, typ, dir}] += octets / float64(end-begin+1)
	}
}

// networkOf is the network that a simulated remote address is of; -1 for an own address.
func networkOf(a flow.Addr) int {
	switch {
	case a.Is4() && a.Lo>>28&15 == 15:
		return int(a.Lo >> 20 & 255)
	case !a.Is4() && a.Hi>>48 == 0x3fff:
		return int(a.Hi >> 32 & 0xffff)
	}
	return -1
}

// unrest is the coefficient of variation of a series, each slot in parts of its day's mean, about its
// median of the same hour of the week: not the day's wave, and not the level from week to week.
func unrest(a *acted, p flow.Period, region int, typ flow.NetworkType, dir flow.Direction) float64 {
	const week = 7 * flow.SlotsPerDay / flow.SlotsPerHour
	var hours [week][]float64
	for day := p.From; day < p.To; day += flow.SlotsPerDay {
		sum := 0.0
		for s := day; s < day+flow.SlotsPerDay; s++ {
			sum += a.slots[slotCell{s, region, typ, dir}]
		}
		for s := day; s < day+flow.SlotsPerDay; s++ {
			hour := s / flow.SlotsPerHour % week
			hours[hour] = append(hours[hour], a.slots[slotCell{s, region, typ, dir}]*flow.SlotsPerDay/sum)
		}
	}
	squares := 0.0
	for _, h := range hours {
		slices.Sort(h)
		median := h[len(h)/2]
		for _, o := range h {
			squares += (o - median) * (o - median)
		}
	}
	return math.Sqrt(squares / float64(p.Slots()))
}
