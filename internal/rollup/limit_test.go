package rollup

import (
	"math/rand/v2"
	"testing"

	"tributary/internal/flow"
)

// Beyond Config.Cells nothing is lost: not an octet, not an address, and each flow is booked.
func TestCellsBound(t *testing.T) {
	const cells, flood = 100, 5000
	var ledger flow.Ledger
	ledger.Open(&flow.Exporter{ID: 3}, 1).Datagrams = 1
	tally, free := New(Config{Key: testKey, Cells: cells, Ledger: &ledger}), New(Config{Key: testKey})
	r := rand.New(rand.NewPCG(1, 1))
	var octets, flows uint64
	for n := range flood {
		f := flow.Flow{
			Octets: uint64(r.IntN(1000) + 1), Packets: 1, Rate: 10, Start: int64(n%2) * flow.SlotMillis, Exporter: 3,
			AS: 1 + uint32(n), Prefix: uint32(n % 3), Link: uint16(1 + n%2), Direction: flow.Direction(n / 2 % 2), Version: 4,
			Remote: flow.Addr{Lo: 0xffff<<32 | uint64(n)},
		}
		if n%100 == 99 { // of those that came in time there is more
			f.AS, f.Prefix = 1, 0
		}
		octets += f.Octets * 10
		flows++
		tally.Add([]flow.Flow{f})
		free.Add([]flow.Flow{f})
	}
	b, all := tally.Take(), free.Take()
	rows := map[flow.Slot]int{}
	var folded, own uint64
	for _, row := range b.Traffic {
		octets -= row.Octets
		flows -= row.Flows
		rows[row.Slot]++
		if row.AS == 0 && row.Prefix == 0 {
			folded += row.Flows
		} else {
			own += row.Flows
		}
	}
	if octets != 0 || flows != 0 {
		t.Errorf("%d octets and %d flows are missing", octets, flows)
	}
	for slot, n := range rows {
		if n > cells+4 { // a link has two directions
			t.Errorf("slot %d has %d cells, bound %d", slot, n, cells)
		}
	}
	if booked := ledger.Current(3).Limits[flow.LimitCells]; booked != folded || folded == 0 || own < 2*cells {
		t.Errorf("booked %d flows, %d are in the network unknown and %d in cells of their own", booked, folded, own)
	}
	// By link, direction and slot the volume is what it is without bound, and so are the addresses.
	type key struct {
		slot      flow.Slot
		link      uint16
		direction flow.Direction
	}
	sum := func(b *Batch) (octets, addresses map[key]uint64) {
		octets, addresses = map[key]uint64{}, map[key]uint64{}
		for _, row := range b.Traffic {
			octets[key{row.Slot, row.Link, row.Direction}] += row.Octets
		}
		for _, row := range b.Endpoints {
			addresses[key{row.Hour, row.Link, row.Direction}] += uint64(row.Sketch.Estimate())
		}
		return octets, addresses
	}
	gotOctets, gotAddresses := sum(b)
	wantOctets, wantAddresses := sum(all)
	for k, want := range wantOctets {
		if gotOctets[k] != want {
			t.Errorf("%+v: %d octets, want %d", k, gotOctets[k], want)
		}
	}
	for k, want := range wantAddresses {
		if gotAddresses[k] != want {
			t.Errorf("%+v: %d addresses, want %d", k, gotAddresses[k], want)
		}
	}
}
