package stats

import (
	"math/rand/v2"
	"slices"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// testFrame has two regions; their numbers in Names do not follow the names' order.
func testFrame() *frame {
	var names flow.Interner[string]
	west, east := names.ID("US-West"), names.ID("EU")
	return newFrame([]uint16{uint16(west), uint16(east), uint16(west)}, &names)
}

func TestFrameNumbersEveryCellOnce(t *testing.T) {
	g := testFrame()
	if got, want := g.regions, []string{"EU", "US-West"}; !slices.Equal(got, want) {
		t.Fatalf("regions = %v, want %v", got, want)
	}
	seen := map[Key]bool{}
	for c := range g.cells() {
		k := g.key(c)
		if seen[k] {
			t.Fatalf("cell %d: key %v comes twice", c, k)
		}
		seen[k] = true
		region := slices.Index(g.regions, k.Region)
		if region < 0 {
			region = g.total()
		}
		if got := cellOf(region, k.Type, k.Direction, versionIndex(k.Version)); got != c {
			t.Errorf("cellOf(%v) = %d, want %d", k, got, c)
		}
	}
}

// randomParts are parts of a few networks in random base cells, some networks in many cells.
func randomParts(r *rand.Rand, g *frame, n int) []part {
	var parts []part
	for range n {
		parts = append(parts, part{
			cell:    cellOf(r.IntN(len(g.regions)), flow.NetworkType(r.IntN(int(flow.NumNetworkTypes))), flow.Direction(r.IntN(2)), r.IntN(2)),
			network: uint32(r.IntN(12)),
			octets:  rollup.Uint128{Hi: uint64(r.IntN(3)) / 2, Lo: uint64(r.IntN(4)) * r.Uint64() / 4},
			v:       rollup.U128(r.Uint64()),
			flows:   uint64(r.IntN(3)),
			unrated: uint64(r.IntN(20) / 19),
		})
	}
	return parts
}

// contains is the slow, obvious meaning of a total: does the cell named k count what base counts?
func contains(k, base Key) bool {
	return (k.Region == AllRegions || k.Region == base.Region) &&
		(k.Type == AllTypes || k.Type == base.Type) &&
		(k.Direction == flow.Both || k.Direction == base.Direction) &&
		(k.Version == AllVersions || k.Version == base.Version)
}

// slowSum is the twin of frame.sums for one cell.
func slowSum(g *frame, k Key, parts []part) sum {
	var s sum
	networks := map[uint32]rollup.Uint128{}
	for _, p := range parts {
		if !contains(k, g.key(p.cell)) {
			continue
		}
		s.octets = s.octets.Add(p.octets)
		s.v = s.v.Add(p.v)
		s.flows += p.flows
		s.unrated += p.unrated
		networks[p.network] = networks[p.network].Add(p.octets)
	}
	for network, octets := range networks {
		if network != unknownNetwork && !octets.IsZero() {
			s.networks++
		}
		if octets.Cmp(s.largest) > 0 {
			s.largest = octets
		}
	}
	return s
}

func TestSumsAgreeWithTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	g := testFrame()
	for range 30 {
		parts := randomParts(r, g, r.IntN(60))
		sums := g.sums(parts)
		for c, got := range sums {
			want := slowSum(g, g.key(c), parts)
			if got.octets != want.octets || got.v != want.v || got.flows != want.flows || got.unrated != want.unrated ||
				got.networks != want.networks || got.largest != want.largest {
				t.Fatalf("cell %v: got %+v, want %+v", g.key(c), got, want)
			}
		}
	}
}

func TestSheetSharesAndOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	g := testFrame()
	p, err := flow.ParsePeriod("2025-10")
	if err != nil {
		t.Fatal(err)
	}
	parts := randomParts(r, g, 80)
	sh := g.sheet(p, g.sums(parts), []float64{0.25, 1, 0.25})
	if !slices.IsSortedFunc(sh.Cells, func(a, b Cell) int { return a.Compare(b.Key) }) {
		t.Error("cells are not sorted")
	}
	for _, c := range sh.Cells {
		want := slowSum(g, c.Key, parts)
		if got := bitsOf(want.octets); c.Bits.Value != got || got == 0 {
			t.Errorf("%v: bits = %v, want %v and not 0", c.Key, c.Bits, got)
		}
		if got, want := c.BpsAvg.Value, bitsOf(want.octets)/(31*86400); got != want {
			t.Errorf("%v: bps_avg = %v, want %v", c.Key, got, want)
		}
		whole := c.Key
		whole.Type = AllTypes
		share := bitsOf(want.octets) / bitsOf(slowSum(g, whole, parts).octets)
		if c.Share.Value != share || c.Type == AllTypes && share != 1 {
			t.Errorf("%v: share = %v, want %v", c.Key, c.Share, share)
		}
		if known := want.unrated == 0; c.BitsError.Known != known {
			t.Errorf("%v: bits_error known = %v, want %v", c.Key, c.BitsError.Known, known)
		}
		coverage := map[string]float64{"EU": 0.25, "US-West": 1, "all": 0.25}[c.Region]
		if c.Coverage != coverage {
			t.Errorf("%v: coverage = %v, want %v", c.Key, c.Coverage, coverage)
		}
	}
	if _, ok := sh.At(Total); !ok {
		t.Error("the total has no cell")
	}
}

func TestNearestRank(t *testing.T) {
	f := func(n int, want float64) {
		t.Helper()
		values := make([]float64, n)
		for i := range values {
			values[i] = float64(n - i) // n, n−1, …, 1
		}
		if got := nearestRank(values); got.Value != want || got.Known != (n > 0) {
			t.Errorf("nearestRank of %d..1 = %v, want %v", n, got, want)
		}
	}
	f(0, 0)
	f(1, 1)
	f(19, 19)     // fewer than 20: the largest
	f(20, 19)     // one dropped
	f(28, 27)     // February
	f(31, 30)     // drops ⌊31/20⌋ = 1
	f(8640, 8208) // the definition's example: 30 days of slots drop 432
}

func TestSamplingError(t *testing.T) {
	// 100 packets of 1,000 octets sampled 1:100 and seen once: V = 100·99·1000², B = 100,000.
	got := samplingError(rollup.U128(100*99*1000*1000), rollup.U128(100_000), 0)
	if want := 1.95017537674; got.Value < want-1e-9 || got.Value > want+1e-9 {
		t.Errorf("error = %v, want %v", got, want)
	}
	if got := samplingError(rollup.Uint128{}, rollup.U128(5), 0); got != num(0) {
		t.Errorf("unsampled: %v, want 0", got)
	}
	if got := samplingError(rollup.U128(9), rollup.U128(5), 1); got.Known {
		t.Errorf("a rate is unknown: %v, want nothing", got)
	}
}

// sketchOf is the sketch of the addresses 10.0.x.y with number from to to−1, by way of a tally,
// which is what makes sketches.
func sketchOf(t *testing.T, from, to int) rollup.Sketch {
	t.Helper()
	tally := rollup.New(rollup.Config{IPv6Prefix: 128})
	for i := from; i < to; i++ {
		tally.Add([]flow.Flow{{
			Octets: 1, Remote: flow.AddrFrom4([]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), Version: 4,
		}})
	}
	var out rollup.Sketch
	for _, e := range tally.Take().Endpoints {
		var err error
		if out, err = rollup.Union(out, e.Sketch); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestEstimatesAgreeWithTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	g := testFrame()
	base := make(sketches, g.cells())
	sets := map[int][2]int{} // cell → its addresses
	for range 40 {
		c := cellOf(r.IntN(2), flow.NetworkType(r.IntN(int(flow.NumNetworkTypes))), flow.Direction(r.IntN(2)), r.IntN(2))
		from := r.IntN(6000)
		sets[c] = [2]int{from, from + r.IntN(1500)}
	}
	for c, s := range sets {
		base[c] = sketchOf(t, s[0], s[1])
	}
	got, err := g.estimates(base)
	if err != nil {
		t.Fatal(err)
	}
	for c, e := range got {
		seen := map[int]bool{}
		for b, s := range sets {
			if contains(g.key(c), g.key(b)) {
				for i := s[0]; i < s[1]; i++ {
					seen[i] = true
				}
			}
		}
		n := float64(len(seen))
		if n <= rollup.SketchSize && e != (estimate{n, n, n}) {
			t.Fatalf("%v: %+v, want exactly %v", g.key(c), e, n)
		}
		// Four standard deviations: the addresses are fixed, so this does not come and go.
		if n > rollup.SketchSize && (n < e.n*0.94 || n > e.n*1.06 || e.low >= e.n || e.high <= e.n) {
			t.Fatalf("%v: %+v, want %v within its bounds", g.key(c), e, n)
		}
	}
}
