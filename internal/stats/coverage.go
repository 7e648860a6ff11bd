package stats

import (
	"slices"

	"tributary/internal/flow"
	"tributary/internal/store"
)

// listening is what coverage is computed from: for each region of one month the slots in which
// every exporter of the region that was heard in the month was heard.
type listening struct {
	Full map[uint16][]flow.Slot // by region heard at all; ascending
}

// listen makes the listening of one month, or as much of it as there is, from all that was heard in
// it, each once and in any order.
func listen(month flow.Period, all []store.Heard) listening {
	type region struct {
		exporters map[flow.Addr]struct{}
		counts    []int // by slot of the month
	}
	regions := map[uint16]*region{}
	for i := range all {
		h := &all[i]
		r := regions[h.Region]
		if r == nil {
			r = &region{exporters: map[flow.Addr]struct{}{}, counts: make([]int, month.Slots())}
			regions[h.Region] = r
		}
		r.exporters[h.Exporter] = struct{}{}
		r.counts[h.Slot-month.From]++
	}
	l := listening{Full: map[uint16][]flow.Slot{}}
	for id, r := range regions {
		l.Full[id] = []flow.Slot{}
		for i, n := range r.counts {
			if n == len(r.exporters) {
				l.Full[id] = append(l.Full[id], month.From+flow.Slot(i))
			}
		}
	}
	return l
}

// coverage is by region of the frame, the total's last: the share of the slots of p in which every
// exporter of the region that was heard in that slot's month was heard; for the total the smallest
// of the regions that were heard in p's months or have traffic in p. A region in which nobody was
// heard has 0. p is clipped; months are all that p lies in.
func (f *frame) coverage(p flow.Period, months []listening, traffic []sum) []float64 {
	out := make([]float64, len(f.regions)+1)
	least, any := 1.0, false
	for r, id := range f.ids {
		full, heard := 0, false
		for _, m := range months {
			slots, ok := m.Full[id]
			heard = heard || ok
			from, _ := slices.BinarySearch(slots, p.From)
			to, _ := slices.BinarySearch(slots, p.To)
			full += to - from
		}
		if p.Slots() > 0 {
			out[r] = float64(full) / float64(p.Slots())
		}
		if heard || !traffic[cellOf(r, AllTypes, flow.Both, frameVersions-1)].octets.IsZero() {
			least, any = min(least, out[r]), true
		}
	}
	if any {
		out[f.total()] = least
	}
	return out
}
