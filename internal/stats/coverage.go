package stats

import (
	"slices"

	"tributary/internal/flow"
)

// heard says that an exporter of a region was heard in a slot: it sent a datagram then.
type heard struct {
	slot     flow.Slot
	region   uint16
	exporter flow.Addr
}

// listening is what coverage is computed from: for each region of one month the slots in which
// every exporter of the region that was heard in the month was heard.
type listening struct {
	month flow.Slot              // its first slot
	full  map[uint16][]flow.Slot // by region heard at all; ascending
}

// listen makes the listening of one month from all that was heard in it, in any order and
// repeated: an exporter that comes twice in a slot was heard once.
func listen(month flow.Slot, all []heard) listening {
	type regionSlot struct {
		region uint16
		slot   flow.Slot
	}
	exporters := map[uint16]map[flow.Addr]bool{}
	counts := map[regionSlot]int{}
	seen := map[heard]bool{}
	for _, h := range all {
		if seen[h] {
			continue
		}
		seen[h] = true
		if exporters[h.region] == nil {
			exporters[h.region] = map[flow.Addr]bool{}
		}
		exporters[h.region][h.exporter] = true
		counts[regionSlot{h.region, h.slot}]++
	}
	l := listening{month: month, full: map[uint16][]flow.Slot{}}
	for region := range exporters {
		l.full[region] = []flow.Slot{}
	}
	for rs, n := range counts {
		if n == len(exporters[rs.region]) {
			l.full[rs.region] = append(l.full[rs.region], rs.slot)
		}
	}
	for _, slots := range l.full {
		slices.Sort(slots)
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
			slots, ok := m.full[id]
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
