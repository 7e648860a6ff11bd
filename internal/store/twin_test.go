package store

import (
	"cmp"
	"context"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func openStore(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), Options{Path: path})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func tempStore(t testing.TB) *Store {
	return openStore(t, filepath.Join(t.TempDir(), "tributary.duckdb"))
}

// epoch is 2025-10-31T00:00Z: the tests' time crosses a month's end.
var epoch = flow.SlotOf(1_761_868_800_000)

// twin keeps every flow's outcome as rows in Go, and answers by going through all of them.
type twin struct {
	traffic   []rollup.Traffic
	endpoints []rollup.Endpoints
	places    []rollup.Place
	health    []flow.Health
	labels    []Label
}

func (w *twin) add(b *rollup.Batch) {
	w.traffic = append(w.traffic, b.Traffic...)
	w.endpoints = append(w.endpoints, b.Endpoints...)
	w.places = append(w.places, b.Places...)
	w.health = append(w.health, b.Health...)
}

// label is the first label that fits.
func (w *twin) label(c rollup.Cell, at flow.Slot) Label {
	for _, l := range w.labels {
		if l.AS == c.AS && l.Prefix == c.Prefix && l.Link == c.Link && l.From <= at && at < l.To {
			return l
		}
	}
	return Label{Type: flow.Other}
}

func (w *twin) group(c rollup.Cell, at flow.Slot) Group {
	return Group{c.Region, w.label(c, at).Type, c.Direction, c.Version}
}

// stepStart is the first slot of the step that s lies in.
func stepStart(s flow.Slot, step Step, p flow.Period) flow.Slot {
	switch step {
	case StepSlot:
		return s
	case StepTenMinutes:
		return s - s%2
	case StepHour:
		return s.Hour()
	case StepDay:
		return s.Day()
	case StepMonth:
		return max(p.From, s.Month())
	}
	return p.From
}

func (w *twin) volumes(p flow.Period, step Step, by By) []Volume {
	type key struct {
		start flow.Slot
		Group
		key uint32
	}
	sums := map[key]*Volume{}
	for _, row := range w.traffic {
		if row.Slot < p.From || row.Slot >= p.To {
			continue
		}
		k := key{start: stepStart(row.Slot, step, p), Group: w.group(row.Cell, row.Slot)}
		switch by {
		case ByNetwork:
			k.key = w.label(row.Cell, row.Slot).Network
		case ByAS:
			k.key = row.AS
		case ByLink:
			k.key = uint32(row.Link)
		}
		v := sums[k]
		if v == nil {
			v = &Volume{Start: k.start, Group: k.Group, Key: k.key}
			sums[k] = v
		}
		v.Octets = v.Octets.Add(rollup.U128(row.Octets))
		v.Packets += row.Packets
		v.Flows += row.Flows
		v.V = v.V.Add(row.V)
		v.Unrated += row.Unrated
	}
	var out []Volume
	for _, v := range sums {
		out = append(out, *v)
	}
	slices.SortFunc(out, func(a, b Volume) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), compareGroups(a.Group, b.Group), cmp.Compare(a.Key, b.Key))
	})
	return out
}

func compareGroups(a, b Group) int {
	return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.Version, b.Version))
}

// randomFlows makes flows within three days around epoch + days.
func randomFlows(r *rand.Rand, n int, day int) []flow.Flow {
	out := make([]flow.Flow, n)
	for i := range out {
		start := (epoch + flow.Slot(day*flow.SlotsPerDay)).Start() + r.Int64N(86_400_000)
		f := flow.Flow{
			Octets: uint64(r.IntN(100_000)), Packets: uint64(r.IntN(70)), Start: start, End: start + r.Int64N(600_000)*int64(r.IntN(2)),
			Rate: uint32(r.IntN(3)) * 500, AS: uint32(r.IntN(6)), Prefix: uint32(r.IntN(3)), Region: uint16(1 + r.IntN(3)), Link: uint16(r.IntN(3)),
			Direction: flow.Direction(r.IntN(2)), Version: 4, Place: uint32(r.IntN(4)),
			Remote: flow.AddrFrom4([]byte{10, 0, byte(r.IntN(2)), byte(r.IntN(256))}),
		}
		if r.IntN(10) == 0 {
			f.Rate = 0
		}
		if r.IntN(3) == 0 {
			f.Version, f.Remote = 6, flow.Addr{Hi: 0x2001_0db8 << 32, Lo: r.Uint64N(300)}
		}
		out[i] = f
	}
	return out
}

// randomLabels cover most combinations, some with changes at day edges and gaps.
func randomLabels(r *rand.Rand) []Label {
	var out []Label
	for as := range uint32(6) {
		for prefix := range uint32(3) {
			for link := range uint16(3) {
				c := Combination{as, prefix, link}
				label := func(from, to flow.Slot) Label {
					return Label{c, from, to, flow.NetworkType(r.IntN(int(flow.NumNetworkTypes))), 1 + uint32(r.IntN(5))}
				}
				switch r.IntN(4) {
				case 0:
					cut := epoch + flow.Slot(r.IntN(4)*flow.SlotsPerDay)
					out = append(out, label(0, cut), label(cut, ^flow.Slot(0)))
				case 1:
					if r.IntN(2) == 0 {
						out = append(out, label(epoch, epoch+flow.SlotsPerDay))
					}
				default:
					out = append(out, label(0, ^flow.Slot(0)))
				}
			}
		}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// fill commits the flows of some days in a few batches each, and gives them to the twin.
func fill(t testing.TB, s *Store, w *twin, r *rand.Rand, days ...int) {
	t.Helper()
	for _, day := range days {
		tally := rollup.New(rollup.Config{Key: s.Key(), IPv6Prefix: 64})
		for range 3 {
			tally.Add(randomFlows(r, 400, day))
			b := tally.Take()
			b.Health = []flow.Health{{
				Slot: epoch + flow.Slot(day*flow.SlotsPerDay+r.IntN(288)), Exporter: flow.AddrFrom4([]byte{192, 0, 2, byte(r.IntN(2))}), Region: 1,
				Datagrams: 1, Records: r.Uint64N(100), Rates: []uint32{uint32(r.IntN(2)), uint32(10 + r.IntN(2))},
			}}
			b.Health[0].Octets[flow.Transit] = r.Uint64()
			b.Health[0].Refused[flow.RefusedNoAddress] = 3
			w.add(b)
			if r.IntN(2) == 0 {
				must(t, s.Commit(context.Background(), b))
			} else {
				must(t, s.Import(context.Background(), b))
			}
		}
	}
}

func openView(t testing.TB, s *Store, labels []Label) *View {
	t.Helper()
	v, err := s.View(context.Background(), labels)
	must(t, err)
	t.Cleanup(v.Close)
	return v
}

var periods = []flow.Period{
	{From: epoch, To: epoch + flow.SlotsPerDay},
	{From: epoch - flow.SlotsPerDay, To: epoch + 3*flow.SlotsPerDay},
	{From: epoch + 12, To: epoch + 36},
	{From: 0, To: ^flow.Slot(0) - 11},
	{From: epoch + 10*flow.SlotsPerDay, To: epoch + 11*flow.SlotsPerDay}, // nothing
}
