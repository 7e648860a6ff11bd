package rollup

import (
	"cmp"
	"math/big"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"

	"tributary/internal/flow"

	"github.com/dchest/siphash"
)

// twin does what a Tally does, slowly and obviously: one millisecond interval at a time, in big.Int,
// into maps of everything.
type twin struct {
	traffic   map[twinSlot]*twinCount
	endpoints map[twinHour]map[uint64]bool
	places    map[twinPlace]*twinCount
	prefix    int
}

type twinSlot struct {
	slot flow.Slot
	Cell
}
type twinHour struct {
	hour flow.Slot
	Cell
}
type twinPlace struct {
	hour flow.Slot
	Cell
	place uint32
}
type twinCount struct{ octets, packets, flows, v, unrated big.Int }

func newTwin(prefix int) *twin {
	return &twin{map[twinSlot]*twinCount{}, map[twinHour]map[uint64]bool{}, map[twinPlace]*twinCount{}, prefix}
}

func get[K comparable](m map[K]*twinCount, k K) *twinCount {
	if m[k] == nil {
		m[k] = new(twinCount)
	}
	return m[k]
}

var testKey = [16]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}

func (w *twin) add(f *flow.Flow) {
	if f.Verdict != flow.Counted {
		return
	}
	scale := big.NewInt(int64(max(1, f.Rate)))
	octets := new(big.Int).Mul(new(big.Int).SetUint64(f.Octets), scale)
	packets := new(big.Int).Mul(new(big.Int).SetUint64(f.Packets), scale)
	v := twinVariance(f)
	cell := Cell{AS: f.AS, Prefix: f.Prefix, Region: f.Region, Link: f.Link, Direction: f.Direction, Version: f.Version}

	// The slots it overlaps and by how much.
	type part struct {
		slot    flow.Slot
		overlap int64
	}
	var parts []part
	for s := f.Start / flow.SlotMillis; s <= f.End/flow.SlotMillis; s++ {
		overlap := min(f.End, (s+1)*flow.SlotMillis) - max(f.Start, s*flow.SlotMillis)
		if overlap > 0 {
			parts = append(parts, part{flow.Slot(s), overlap})
		}
	}
	if len(parts) == 0 {
		parts = []part{{flow.Slot(f.Start / flow.SlotMillis), 1}}
	}
	duration := big.NewInt(max(1, f.End-f.Start))
	left := map[string]*big.Int{"o": new(big.Int).Set(octets), "p": new(big.Int).Set(packets), "v": new(big.Int).Set(v)}
	for i, p := range parts {
		last := i == len(parts)-1
		portion := func(name string, whole *big.Int) *big.Int {
			if last {
				return left[name]
			}
			q := new(big.Int).Mul(whole, big.NewInt(p.overlap))
			q.Quo(q, duration)
			left[name].Sub(left[name], q)
			return q
		}
		o, pk, vv := portion("o", octets), portion("p", packets), portion("v", v)
		if o.Sign() == 0 && pk.Sign() == 0 && vv.Sign() == 0 && !last {
			continue
		}
		c := get(w.traffic, twinSlot{p.slot, cell})
		c.octets.Add(&c.octets, o)
		c.packets.Add(&c.packets, pk)
		c.v.Add(&c.v, vv)
		if last {
			c.flows.Add(&c.flows, big.NewInt(1))
		}
		if f.Rate == 0 {
			c.unrated.Add(&c.unrated, big.NewInt(1))
		}
		if o.Sign() == 0 {
			continue
		}
		k := twinHour{p.slot.Hour(), cell}
		if w.endpoints[k] == nil {
			w.endpoints[k] = map[uint64]bool{}
		}
		w.endpoints[k][twinHash(f.Remote, w.prefix)] = true
		if f.Place != 0 {
			pl := get(w.places, twinPlace{p.slot.Hour(), cell, f.Place})
			pl.octets.Add(&pl.octets, o)
			pl.v.Add(&pl.v, vv)
			if f.Rate == 0 {
				pl.unrated.Add(&pl.unrated, big.NewInt(1))
			}
		}
	}
}

func twinHash(a flow.Addr, prefix int) uint64 {
	n := a.Netip()
	if !n.Is4() {
		p, _ := n.Prefix(prefix)
		n = p.Addr()
	}
	b := n.As16()
	k0, k1 := uint64(0x0807060504030201), uint64(0x100f0e0d0c0b0a09)
	return max(1, siphash.Hash(k0, k1, b[:]))
}

func twinVariance(f *flow.Flow) *big.Int {
	if f.Rate < 2 {
		return new(big.Int)
	}
	o, p := new(big.Int).SetUint64(f.Octets), new(big.Int).SetUint64(f.Packets)
	q := new(big.Int)
	mean := new(big.Rat)
	if f.Packets > 0 {
		mean.SetFrac(o, p)
	}
	switch {
	case f.Packets == 1:
		q.Mul(o, o)
	case f.Packets == 0:
		q.Mul(o, big.NewInt(1500))
	case mean.Cmp(big.NewRat(40, 1)) >= 0 && mean.Cmp(big.NewRat(1500, 1)) <= 0:
		q.Sub(new(big.Int).Mul(o, big.NewInt(1540)), new(big.Int).Mul(p, big.NewInt(60000)))
	default:
		q.Quo(new(big.Int).Mul(o, o), p)
	}
	r := big.NewInt(int64(f.Rate))
	q.Mul(q, r).Mul(q, new(big.Int).Sub(r, big.NewInt(1)))
	if limit := new(big.Int).Lsh(big.NewInt(1), 104); q.Cmp(limit) > 0 {
		return limit
	}
	return q
}

// randomFlow makes a flow with a taste for edges: on and next to slot, hour and day edges, without
// duration, long, tiny, huge, unsampled, of unknown rate or packet count.
func randomFlow(r *rand.Rand) flow.Flow {
	pick := func(v ...int64) int64 { return v[r.IntN(len(v))] }
	day := int64(20_000+r.IntN(2)) * 86_400_000
	start := day + int64(r.IntN(288))*flow.SlotMillis + pick(0, 0, 1, -1, 299_999, int64(r.IntN(300_000)))
	end := start + pick(0, 0, 1, 2, 299_999, 300_000, 300_001, 600_000, int64(r.IntN(3_600_000)), int64(r.IntN(86_400_000)))
	if r.IntN(3) == 0 {
		end = max(start, end/flow.SlotMillis*flow.SlotMillis)
	}
	f := flow.Flow{
		Octets: uint64(pick(0, 1, 39, 40, 64, 1500, 1501, int64(r.IntN(1_000_000)), 1<<40)), Packets: uint64(pick(0, 1, 2, 3, 1000, int64(r.IntN(1000)))),
		Start: start, End: end, Rate: uint32(pick(0, 1, 2, 1000, 65535)),
		Verdict: flow.Verdict(pick(0, 0, 0, 0, int64(r.IntN(int(flow.NumVerdicts))))),
		AS:      uint32(pick(0, 64500, 64501, 4199999999)), Prefix: uint32(r.IntN(2)), Region: uint16(r.IntN(3)), Link: uint16(r.IntN(2)),
		Direction: flow.Direction(r.IntN(2)), Version: uint8(pick(4, 6)), Place: uint32(r.IntN(3)),
	}
	if r.IntN(50) == 0 {
		f.Octets, f.Packets, f.Rate = 1<<24-1, uint64(pick(1, 2)), 1<<32-1 // V at its limit
	}
	if f.Version == 4 {
		f.Remote = flow.AddrFrom4([]byte{10, 0, byte(r.IntN(4)), byte(r.IntN(256))})
	} else {
		f.Remote = flow.Addr{Hi: 0x2001_0db8_0000_0000 | uint64(r.IntN(8)), Lo: uint64(r.IntN(16))}
	}
	return f
}

func TestTallyAgainstTwin(t *testing.T) {
	for _, prefix := range []int{128, 64, 48} {
		r := rand.New(rand.NewPCG(1, uint64(prefix)))
		tally := New(Config{Key: testKey, IPv6Prefix: prefix})
		for round := range 3 { // the later ones on recycled memory
			slow := newTwin(prefix)
			for range 40 {
				flows := make([]flow.Flow, 100)
				for i := range flows {
					flows[i] = randomFlow(r)
					slow.add(&flows[i])
				}
				tally.Add(flows)
			}
			rows, addresses, slots := tally.Size()
			b := tally.Take()
			compareWithTwin(t, b, slow)
			kept := 0
			for i := range b.Endpoints {
				kept += b.Endpoints[i].Sketch.Kept()
			}
			open := map[flow.Slot]bool{}
			for i := range b.Traffic {
				open[b.Traffic[i].Slot] = true
			}
			if rows != len(b.Traffic)+len(b.Places) || addresses != kept || slots != len(open) {
				t.Errorf("round %d: Size() = %d, %d, %d before a batch of %d rows, %d hashes and %d slots",
					round, rows, addresses, slots, len(b.Traffic)+len(b.Places), kept, len(open))
			}
			if r, a, s := tally.Size(); r != 0 || a != 0 || s != 0 {
				t.Errorf("Size() = %d, %d, %d after Take", r, a, s)
			}
		}
	}
}

func compareWithTwin(t *testing.T, b *Batch, w *twin) {
	t.Helper()
	if len(b.Traffic) != len(w.traffic) || len(b.Endpoints) != len(w.endpoints) || len(b.Places) != len(w.places) {
		t.Fatalf("%d traffic, %d endpoints, %d places; want %d, %d, %d", len(b.Traffic), len(b.Endpoints), len(b.Places), len(w.traffic), len(w.endpoints), len(w.places))
	}
	limit := new(big.Int).Lsh(big.NewInt(1), 104)
	atMost := func(v *big.Int) *big.Int {
		if v.Cmp(limit) > 0 {
			return limit
		}
		return v
	}
	for _, row := range b.Traffic {
		c := w.traffic[twinSlot{row.Slot, row.Cell}]
		if c == nil {
			t.Fatalf("row %+v not expected", row)
		}
		if !c.octets.IsUint64() || row.Octets != c.octets.Uint64() || row.Packets != c.packets.Uint64() || row.Flows != c.flows.Uint64() ||
			row.V.Big().Cmp(atMost(&c.v)) != 0 || row.Unrated != c.unrated.Uint64() {
			t.Fatalf("row %+v, want octets %v packets %v flows %v v %v unrated %v", row, &c.octets, &c.packets, &c.flows, &c.v, &c.unrated)
		}
	}
	for _, row := range b.Endpoints {
		want := w.endpoints[twinHour{row.Hour, row.Cell}]
		if !row.Sketch.Exact() || int(row.Sketch.Estimate()) != len(want) {
			t.Fatalf("%+v: %v addresses, want %d", row.Cell, row.Sketch.Estimate(), len(want))
		}
		for _, h := range row.Sketch.hashes {
			if !want[h] {
				t.Fatalf("%+v: hash %x not expected", row.Cell, h)
			}
		}
	}
	for _, row := range b.Places {
		c := w.places[twinPlace{row.Hour, row.Cell, row.Place}]
		if c == nil || row.Octets != c.octets.Uint64() || row.V.Big().Cmp(atMost(&c.v)) != 0 || row.Unrated != c.unrated.Uint64() {
			t.Fatalf("place %+v, want %+v", row, c)
		}
	}
	sorted := slices.IsSortedFunc(b.Traffic, func(x, y Traffic) int {
		return cmp.Or(cmp.Compare(x.Slot, y.Slot), x.Cell.Compare(y.Cell))
	}) && slices.IsSortedFunc(b.Endpoints, func(x, y Endpoints) int {
		return cmp.Or(cmp.Compare(x.Hour, y.Hour), x.Cell.Compare(y.Cell))
	}) && slices.IsSortedFunc(b.Places, func(x, y Place) int {
		return cmp.Or(cmp.Compare(x.Hour, y.Hour), x.Cell.Compare(y.Cell), cmp.Compare(x.Place, y.Place))
	})
	if !sorted {
		t.Error("rows are not sorted")
	}
}

// The same flows in another order give the same batch.
func TestTallyOrderDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	flows := make([]flow.Flow, 3000)
	for i := range flows {
		flows[i] = randomFlow(r)
	}
	batch := func() *Batch {
		tally := New(Config{Key: testKey})
		tally.Add(flows)
		return tally.Take()
	}
	a := batch()
	r.Shuffle(len(flows), func(i, j int) { flows[i], flows[j] = flows[j], flows[i] })
	b := batch()
	if !slices.Equal(a.Traffic, b.Traffic) || !slices.Equal(a.Places, b.Places) {
		t.Error("counters depend on the order of flows")
	}
	if !slices.EqualFunc(a.Endpoints, b.Endpoints, func(x, y Endpoints) bool {
		return x.Hour == y.Hour && x.Cell == y.Cell && x.Sketch.Equal(y.Sketch)
	}) {
		t.Error("sketches depend on the order of flows")
	}
}

func TestSlotEdges(t *testing.T) {
	const slot = 5_000_000
	edge := int64(slot) * flow.SlotMillis
	f := func(start, end int64, want map[flow.Slot]uint64) {
		t.Helper()
		tally := New(Config{Key: testKey})
		tally.Add([]flow.Flow{{Octets: 10, Packets: 1, Start: start, End: end, Rate: 1, Version: 4, Remote: flow.Addr{Lo: 0xffff_0a00_0001}}})
		got := map[flow.Slot]uint64{}
		var flows uint64
		b := tally.Take()
		for _, row := range b.Traffic {
			got[row.Slot] = row.Octets
			flows += row.Flows
			if row.Flows > 0 && row.Slot != b.Traffic[len(b.Traffic)-1].Slot {
				t.Errorf("flow counted in slot %d, which is not its last", row.Slot)
			}
		}
		if len(got) != len(want) || flows != 1 {
			t.Fatalf("[%d, %d): octets by slot %v, flows %d; want %v, 1", start-edge, end-edge, got, flows, want)
		}
		for s, o := range want {
			if got[s] != o {
				t.Errorf("[%d, %d): octets by slot %v, want %v", start-edge, end-edge, got, want)
			}
		}
	}
	f(edge, edge, map[flow.Slot]uint64{slot: 10})
	f(edge-1, edge-1, map[flow.Slot]uint64{slot - 1: 10})
	f(edge-1000, edge, map[flow.Slot]uint64{slot - 1: 10}) // ends exactly on the edge
	f(edge-1000, edge+1, map[flow.Slot]uint64{slot - 1: 9, slot: 1})
	f(edge-1000, edge+1000, map[flow.Slot]uint64{slot - 1: 5, slot: 5})
	f(edge-1, edge+299_999, map[flow.Slot]uint64{slot: 10}) // the first part rounds down to nothing
	f(edge-150_000, edge+450_000, map[flow.Slot]uint64{slot - 1: 2, slot: 5, slot + 1: 3})
}

func TestVariance(t *testing.T) {
	f := func(octets, packets uint64, rate uint32) {
		t.Helper()
		got, want := Variance(octets, packets, rate), twinVariance(&flow.Flow{Octets: octets, Packets: packets, Rate: rate})
		if got.Big().Cmp(want) != 0 {
			t.Errorf("Variance(%d, %d, %d) = %v, want %v", octets, packets, rate, got, want)
		}
	}
	for _, rate := range []uint32{0, 1, 2, 1000, 1<<32 - 1} {
		for _, packets := range []uint64{0, 1, 2, 3, 7, 1000, 1 << 40, 1<<64 - 1} {
			for _, octets := range []uint64{0, 1, 79, 80, 81, 119, 120, 121, 3000, 3001, 4500, 4501, 40_000, 39_999, 1_500_000, 1_500_001, 1<<56 - 1} {
				f(octets, packets, rate)
			}
		}
	}
}

func TestHashIsSipHash(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, prefix := range []int{1, 32, 48, 63, 64, 65, 127, 128} {
		h := newHasher(testKey, prefix)
		for range 200 {
			a := flow.Addr{Hi: r.Uint64(), Lo: r.Uint64()}
			if r.IntN(3) == 0 {
				a = flow.Addr{Lo: 0xffff<<32 | uint64(r.Uint32())}
			}
			if got, want := h.hash(a), twinHash(a, prefix); got != want {
				t.Fatalf("hash(%v)/%d = %x, want %x", a, prefix, got, want)
			}
		}
	}
}

// benchRecords are like the load generator's: 180,000 remote addresses in 3,000 networks, some 9,000
// cells, all within one slot. They are small, and made into flows a datagram's worth at a time, as a
// decoder does: a batch of flows is warm when the tally gets it.
type benchRecord struct {
	as        uint16
	host      uint8
	direction flow.Direction
	octets    uint32
}

func benchRecords() []benchRecord {
	r := rand.New(rand.NewPCG(5, 5))
	zipf := rand.NewZipf(r, 1.1, 10, 2999)
	out := make([]benchRecord, 1<<18)
	for i := range out {
		out[i] = benchRecord{uint16(zipf.Uint64()), uint8(r.IntN(60)), flow.Direction(r.IntN(2)), 40 + r.Uint32N(100_000)}
	}
	return out
}

func (b *benchRecord) fill(f *flow.Flow) {
	f.Octets, f.Packets, f.Rate = uint64(b.octets), 1+uint64(b.octets)/600, 1000
	f.AS, f.Direction, f.Version = 64500+uint32(b.as), b.direction, 4
	f.Start, f.End = 1_700_000_110_000, 1_700_000_110_000+int64(b.octets)
	if b.host < 50 {
		f.Remote = flow.Addr{Lo: 0xffff<<32 | uint64(b.as)<<8 | uint64(b.host)}
	} else {
		f.Version, f.Remote = 6, flow.Addr{Hi: 0x2001<<48 | uint64(b.as), Lo: uint64(b.host)}
	}
}

const benchBatch = 25 // records in a datagram

func addRecords(t *Tally, flows []flow.Flow, records []benchRecord) {
	for i := 0; i+len(flows) <= len(records); i += len(flows) {
		for j := range flows {
			records[i+j].fill(&flows[j])
		}
		t.Add(flows)
	}
}

func TestAddAllocatesNothing(t *testing.T) {
	records, flows := benchRecords(), make([]flow.Flow, benchBatch)
	tally := New(Config{Key: testKey})
	addRecords(tally, flows, records)
	if n := testing.AllocsPerRun(10, func() { addRecords(tally, flows, records) }); n != 0 {
		t.Errorf("allocs = %v, want 0", n)
	}
}

func BenchmarkTally(b *testing.B) {
	records, flows := benchRecords(), make([]flow.Flow, benchBatch)
	f := func(name string, forget bool) {
		b.Run(name, func(b *testing.B) {
			tally := New(Config{Key: testKey})
			addRecords(tally, flows, records)
			b.ResetTimer()
			before := cpuTime()
			n := 0
			for ; n < b.N; n += len(records) {
				if forget {
					tally.opened++ // tags of another hour
					tally.hours[0].serial = tally.opened
				}
				addRecords(tally, flows, records)
			}
			b.ReportMetric(float64(cpuTime()-before)/float64(n), "cpu-ns/flow")
		})
	}
	f("seen", false)
	f("forgotten", true)
}

func cpuTime() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}

func BenchmarkTallyTake(b *testing.B) {
	records, flows := benchRecords(), make([]flow.Flow, benchBatch)
	tally := New(Config{Key: testKey})
	for b.Loop() {
		b.StopTimer()
		addRecords(tally, flows, records)
		b.StartTimer()
		tally.Take()
	}
}

func BenchmarkHash(b *testing.B) {
	h := newHasher(testKey, 128)
	b.Run("own", func(b *testing.B) {
		a := flow.Addr{Hi: 1, Lo: 2}
		for range b.N {
			a.Lo = h.hash(a)
		}
	})
	b.Run("library", func(b *testing.B) {
		a := flow.Addr{Hi: 1, Lo: 2}
		for range b.N {
			x := a.As16()
			a.Lo = siphash.Hash(3, 4, x[:])
		}
	})
}
