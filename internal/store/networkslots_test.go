package store

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// linkVolumes are the sums by going through all rows.
func (w *twin) linkVolumes(p flow.Period, links []uint16) []LinkVolume {
	sums := map[LinkVolume]uint64{}
	for _, row := range w.traffic {
		if row.Slot >= p.From && row.Slot < p.To && slices.Contains(links, row.Link) {
			l := w.label(row.Cell, row.Slot)
			sums[LinkVolume{Region: row.Region, Network: l.Network, Type: l.Type}] += row.Octets
		}
	}
	var out []LinkVolume
	for k, octets := range sums {
		k.Octets = rollup.U128(octets)
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b LinkVolume) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Network, b.Network), cmp.Compare(a.Type, b.Type))
	})
	return out
}

// over reports whether a row is asked for.
func (w *twin) over(o OverLinks, c rollup.Cell, at flow.Slot, network uint32) bool {
	return c.Region == o.Region && slices.Contains(o.Links, c.Link) && w.label(c, at).Network == network
}

// checkNetworks compares everything that is asked over links of a view with the twin.
func checkNetworks(t *testing.T, s *Store, w *twin, periods ...flow.Period) {
	t.Helper()
	ctx := context.Background()
	v := openView(t, s, w.labels)
	defer v.Close()
	for _, p := range periods {
		links := []uint16{0, 2}
		volumes, err := v.LinkVolumes(ctx, p, links)
		must(t, err)
		if want := w.linkVolumes(p, links); !slices.Equal(volumes, want) || len(want) == 0 {
			t.Errorf("%d..%d: volumes\n%v, want\n%v", p.From, p.To, volumes, want)
		}
		o := OverLinks{Region: 2, Links: links, Networks: []uint32{4, 1, 77, 3}} // 77 is nobody
		got, err := v.NetworkSlots(ctx, p, o)
		must(t, err)
		var all rollup.Sketch
		for i, network := range o.Networks {
			want := make([]uint64, p.Slots())
			for _, row := range w.traffic {
				if row.Slot >= p.From && row.Slot < p.To && w.over(o, row.Cell, row.Slot, network) {
					want[row.Slot-p.From] += row.Octets
				}
			}
			if !slices.Equal(got[i], want) {
				t.Errorf("%d..%d: the slots of network %d differ", p.From, p.To, network)
			}
			for _, row := range w.endpoints {
				if row.Hour >= p.From && row.Hour < p.To && w.over(o, row.Cell, row.Hour, network) {
					all, err = rollup.Union(all, row.Sketch)
					must(t, err)
				}
			}
		}
		addresses, err := v.NetworkAddresses(ctx, p, o)
		must(t, err)
		if !addresses.Equal(all) || all.Empty() {
			t.Errorf("%d..%d: %d addresses, want %d", p.From, p.To, addresses.Kept(), all.Kept())
		}
	}
}

// Whatever maintenance has done, and where labels change within the period.
func TestNetworkSlotsAgainstTwin(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(61, 1))
	s, w := tempStore(t), &twin{labels: randomLabels(r)}
	fill(t, s, w, r, -2, -1, 0, 1)
	periods := []flow.Period{
		{From: epoch.Month(), To: epoch.NextMonth()},
		{From: epoch - flow.SlotsPerDay, To: epoch + 2*flow.SlotsPerDay},
		{From: epoch, To: epoch + flow.SlotsPerDay},
	}
	checkNetworks(t, s, w, periods...)
	fill(t, s, w, r, 6) // October is over for more than 48 hours
	must(t, s.Maintain(context.Background()))
	checkNetworks(t, s, w, periods...)
	w.labels = slices.DeleteFunc(w.labels, func(l Label) bool { return l.From != 0 || l.To != ^flow.Slot(0) }) // October's own sketches answer
	checkNetworks(t, s, w, periods...)
}

func TestNetworkSlotsOfNobody(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(62, 1))
	s, w := tempStore(t), &twin{labels: randomLabels(r)}
	fill(t, s, w, r, 0)
	v := openView(t, s, w.labels)
	defer v.Close()
	p := flow.Period{From: epoch, To: epoch + flow.SlotsPerDay}
	for _, o := range []OverLinks{{Region: 1, Links: []uint16{1}}, {Region: 1, Networks: []uint32{1}}} {
		slots, err := v.NetworkSlots(context.Background(), p, o)
		must(t, err)
		addresses, err := v.NetworkAddresses(context.Background(), p, o)
		must(t, err)
		if len(slots) != len(o.Networks) || !addresses.Empty() || len(slots) == 1 && slices.Max(slots[0]) != 0 {
			t.Errorf("%+v: %d arrays, %d addresses", o, len(slots), addresses.Kept())
		}
	}
	if volumes, err := v.LinkVolumes(context.Background(), p, nil); err != nil || volumes != nil {
		t.Errorf("over no links: %v, %v", volumes, err)
	}
}
