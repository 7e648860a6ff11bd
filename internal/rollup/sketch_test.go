package rollup

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"tributary/internal/flow"
)

// sketchOf is the sketch by definition: all distinct hashes sorted, cut after the k smallest.
func sketchOf(ipv6 uint8, hashes map[uint64]bool) Sketch {
	all := slices.Sorted(maps.Keys(hashes))
	if len(all) <= SketchSize {
		return Sketch{ipv6, 0, all}
	}
	return Sketch{ipv6, all[SketchSize], all[:SketchSize]}
}

// grown is the sketch as a tally grows it.
func grown(ipv6 uint8, hashes []uint64) Sketch {
	var s set
	var a arena
	for _, h := range hashes {
		s.add(h, &a)
	}
	out := s.appendTo(nil, &a)
	slices.Sort(out)
	return sealed(ipv6, 0, out)
}

func randomHashes(r *rand.Rand, n int) []uint64 {
	out := make([]uint64, n)
	for i := range out {
		if out[i] = max(1, r.Uint64()); i > 0 && r.IntN(4) == 0 {
			out[i] = out[r.IntN(i)] // seen before
		}
	}
	return out
}

func setOf(hashes ...[]uint64) map[uint64]bool {
	m := map[uint64]bool{}
	for _, list := range hashes {
		for _, h := range list {
			m[h] = true
		}
	}
	return m
}

var sketchSizes = []int{0, 1, 3, 4, 5, 8, 9, 16, 17, 24, 25, 100, 1000, 4095, 4096, 4097, 5461, 5462, 6143, 6144, 6145, 8192, 30_000, 200_000}

func TestGrowingAgainstTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, n := range sketchSizes {
		hashes := randomHashes(r, n)
		got, want := grown(0, hashes), sketchOf(0, setOf(hashes))
		if !got.Equal(want) {
			t.Errorf("%d hashes: %d kept under %x, want %d under %x", n, len(got.hashes), got.theta, len(want.hashes), want.theta)
		}
		slices.Sort(hashes) // the worst order for a purge, and its reverse
		if !grown(0, hashes).Equal(want) {
			t.Errorf("%d ascending hashes give another sketch", n)
		}
		slices.Reverse(hashes)
		if !grown(0, hashes).Equal(want) {
			t.Errorf("%d descending hashes give another sketch", n)
		}
	}
}

// Sets of many sizes that grow in turns, in one arena, twice over: pieces given back must not mix.
func TestManySetsInOneArena(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	var a arena
	for range 3 {
		a.reset()
		sets := make([]set, 60)
		want := make([]map[uint64]bool, len(sets))
		for i := range want {
			want[i] = map[uint64]bool{}
		}
		for range 200_000 {
			i := r.IntN(len(sets))
			i = r.IntN(i + 1) // some large, most small
			i = r.IntN(i + 1)
			h := max(1, r.Uint64()>>1)
			sets[i].add(h, &a)
			want[i][h] = true
		}
		for i := range sets {
			hashes := sets[i].appendTo(nil, &a)
			slices.Sort(hashes)
			if got := sealed(0, 0, hashes); !got.Equal(sketchOf(0, want[i])) {
				t.Errorf("set %d of %d hashes differs", i, len(want[i]))
			}
		}
	}
}

// The union of sketches is the sketch of the union: whatever the order, and however grouped.
func TestUnionIsCanonical(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for round := range 60 {
		parts := make([][]uint64, 1+r.IntN(12))
		var pool []uint64 // so that parts overlap
		for i := range parts {
			parts[i] = randomHashes(r, sketchSizes[r.IntN(len(sketchSizes)-1)])
			for j := range parts[i] {
				if len(pool) > 0 && r.IntN(3) == 0 {
					parts[i][j] = pool[r.IntN(len(pool))]
				}
			}
			pool = append(pool, parts[i]...)
		}
		want := sketchOf(64, setOf(parts...))
		if len(want.hashes) == 0 {
			want.ipv6 = 0 // the empty set counts nothing in no way
		}
		for _, copied := range []bool{false, true} {
			r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
			var u Unioner
			for _, p := range parts {
				s := sketchOf(64, setOf(p))
				var err error
				if copied {
					s.hashes = slices.Clone(s.hashes)
					err = u.AddCopy(s)
					clear(s.hashes)
				} else {
					err = u.Add(s)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if got := u.Sketch(); !got.Equal(want) {
				t.Fatalf("round %d: union of %d sketches keeps %d under %x, want %d under %x", round, len(parts), len(got.hashes), got.theta, len(want.hashes), want.theta)
			}
			if again := u.Sketch(); !again.Empty() || !again.Exact() {
				t.Fatal("the unioner is not empty afterwards")
			}
		}
		// One after another, two at a time.
		var s Sketch
		for _, p := range parts {
			var err error
			if s, err = Union(sketchOf(64, setOf(p)), s); err != nil {
				t.Fatal(err)
			}
		}
		if !s.Equal(want) {
			t.Fatalf("round %d: unions of two give another sketch", round)
		}
	}
}

// Union must leave what it is given alone.
func TestUnionChangesNoArgument(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	a, b := sketchOf(0, setOf(randomHashes(r, 9000))), sketchOf(0, setOf(randomHashes(r, 300)))
	ca, cb := slices.Clone(a.hashes), slices.Clone(b.hashes)
	u, err := Union(a, b)
	if err != nil {
		t.Fatal(err)
	}
	clear(u.hashes)
	if !slices.Equal(a.hashes, ca) || !slices.Equal(b.hashes, cb) {
		t.Error("an argument shares memory with the result")
	}
}

func TestMixedIPv6(t *testing.T) {
	one := map[uint64]bool{5: true}
	if _, err := Union(sketchOf(64, one), sketchOf(128, one)); !errors.Is(err, ErrMixedIPv6) {
		t.Errorf("err = %v, want ErrMixedIPv6", err)
	}
	s, err := Union(sketchOf(0, one), sketchOf(64, one))
	if err != nil || s.IPv6Prefix() != 64 {
		t.Errorf("IPv4 with /64: %d, %v", s.IPv6Prefix(), err)
	}
	if s, err = Union(Sketch{ipv6: 64}, sketchOf(128, one)); err != nil || s.IPv6Prefix() != 128 {
		t.Errorf("an empty sketch hinders: %v", err)
	}
}

// The estimate is unbiased and its bounds hold at their level: 1,000 sets each of sizes from just
// beyond exact to three million. The k smallest of n uniform hashes are drawn by their spacings, so
// that large sets cost no more.
func TestEstimateAndBounds(t *testing.T) {
	const trials = 2000
	r := rand.New(rand.NewPCG(5, 5))
	for _, n := range []int{4097, 4200, 5000, 10_000, 100_000, 3_000_000} {
		var sum, squares float64
		within := 0
		for range trials {
			s := Sketch{hashes: make([]uint64, SketchSize), theta: orderStatistic(r, n, SketchSize+1)}
			e := s.Estimate()
			sum += e
			squares += (e - float64(n)) * (e - float64(n))
			if low, high := s.Bounds(); low <= float64(n) && float64(n) <= high {
				within++
			}
			if low, high := s.Bounds(); low < min(e, SketchSize+1) || low > e || high < e {
				t.Fatalf("bounds %v to %v of the estimate %v, with %d certainly there", low, high, e, SketchSize+1)
			}
		}
		rse := math.Sqrt(float64(n)*float64(n-SketchSize)/(SketchSize-1)) / float64(n)
		// Four standard errors of the mean of the trials.
		if bias := sum/trials/float64(n) - 1; math.Abs(bias) > 4*rse/math.Sqrt(trials) {
			t.Errorf("n = %d: bias %.5f, standard error %.5f", n, bias, rse/math.Sqrt(trials))
		}
		if got := math.Sqrt(squares/trials) / float64(n); got > rse*1.08 || got < rse*0.92 {
			t.Errorf("n = %d: relative standard error %.5f, documented %.5f", n, got, rse)
		}
		// Two standard deviations hold 95.4 %; three standard errors of 2,000 trials are 1.4 %. Just
		// beyond k the estimate can only err upwards and the bounds hold more.
		if share := float64(within) / trials; share < 0.94 || n >= 10_000 && share > 0.97 {
			t.Errorf("n = %d: the bounds hold in %.3f of the trials", n, share)
		}
	}
}

// orderStatistic draws the k-th smallest of n uniform hashes: a Beta(k, n−k+1) variable, as the ratio
// of sums of exponentials, those approximated by a normal where they are many.
func orderStatistic(r *rand.Rand, n, k int) uint64 {
	gamma := func(shape int) float64 { // sum of shape exponentials
		if shape < 2000 {
			var sum float64
			for range shape {
				sum += r.ExpFloat64()
			}
			return sum
		}
		// Wilson and Hilferty 1931: the cube root is nearly normal; exact to 1e-5 at these shapes.
		s := float64(shape)
		return s * math.Pow(1-1/(9*s)+r.NormFloat64()/(3*math.Sqrt(s)), 3)
	}
	a, b := gamma(k), gamma(n-k+1)
	return uint64(a / (a + b) * 0x1p64)
}

// The same on real sets, with hashes of real addresses.
func TestEstimateOfRealSets(t *testing.T) {
	h := newHasher(testKey, 128)
	for _, n := range []int{1000, 4096, 4097, 50_000, 1_000_000} {
		var s set
		var a arena
		for i := range n {
			s.add(h.hash(flow.Addr{Lo: 0xffff<<32 | uint64(i)}), &a)
		}
		hashes := s.appendTo(nil, &a)
		slices.Sort(hashes)
		sk := sealed(0, 0, hashes)
		low, high := sk.Bounds()
		if e := sk.Estimate(); n <= SketchSize && (e != float64(n) || low != e || high != e) || low > float64(n) || high < float64(n) {
			t.Errorf("%d addresses: %v in [%v, %v]", n, e, low, high)
		}
	}
}

func TestSketchBinary(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	var reused Sketch
	for _, n := range sketchSizes {
		s := sketchOf(uint8(r.IntN(3)*64), setOf(randomHashes(r, n)))
		b := s.AppendBinary([]byte("before"))[6:]
		got, err := Parse(b)
		if err != nil || !got.Equal(s) {
			t.Errorf("%d hashes: %v, equal %v", n, err, got.Equal(s))
		}
		if err := reused.Decode(b); err != nil || !reused.Equal(s) {
			t.Errorf("%d hashes, decoded into another: %v", n, err)
		}
		for range 200 { // one damaged byte is found, or gives another canonical sketch
			bad := slices.Clone(b)
			bad[r.IntN(len(bad))] ^= byte(1 + r.IntN(255))
			if p, err := Parse(bad); err == nil {
				checkCanonical(t, p)
			}
		}
		for _, short := range []int{0, 1, 2, len(b) - 1} {
			if short < len(b) {
				if p, err := Parse(b[:short]); err == nil {
					t.Errorf("%d of %d bytes are read as %d hashes", short, len(b), p.Kept())
				}
			}
		}
	}
}

func checkCanonical(t *testing.T, s Sketch) {
	t.Helper()
	for i, h := range s.hashes {
		if h == 0 || i > 0 && h <= s.hashes[i-1] || s.theta > 0 && h >= s.theta {
			t.Fatalf("hash %d = %x is out of order", i, h)
		}
	}
	if len(s.hashes) > SketchSize || s.theta > 0 && len(s.hashes) != SketchSize {
		t.Fatalf("%d hashes under %x", len(s.hashes), s.theta)
	}
}

func FuzzParse(f *testing.F) {
	r := rand.New(rand.NewPCG(8, 8))
	for _, n := range []int{0, 1, 5, 4096, 5000} {
		f.Add(sketchOf(64, setOf(randomHashes(r, n))).AppendBinary(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse(b)
		if err != nil {
			return
		}
		checkCanonical(t, s)
		if again := s.AppendBinary(nil); !slices.Equal(again, b) {
			t.Errorf("%x is written as %x", b, again)
		}
	})
}

func TestUint128(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	pick := func() Uint128 {
		v := Uint128{r.Uint64(), r.Uint64()}
		v.Hi >>= r.IntN(65)
		if r.IntN(3) == 0 {
			v.Lo = []uint64{0, 1, ^uint64(0)}[r.IntN(3)]
		}
		return v
	}
	limit := Uint128{^uint64(0), ^uint64(0)}.Big()
	for range 20_000 {
		a, b, m := pick(), pick(), r.Uint64()>>r.IntN(64)
		x, y := a.Big(), b.Big()
		check := func(what string, got Uint128, want fmt.Stringer) {
			t.Helper()
			if got.String() != want.String() {
				t.Fatalf("%s of %v, %v, %d: %v, want %v", what, a, b, m, got, want)
			}
		}
		sum, product := a.Big(), a.Big()
		sum.Add(x, y)
		if sum.Cmp(limit) > 0 {
			sum.Set(limit)
		}
		check("sum", a.Add(b), sum)
		product.Mul(x, U128(m).Big())
		if product.Cmp(limit) > 0 {
			product.Set(limit)
		}
		check("product", a.Mul64(m), product)
		if a.Cmp(b) != x.Cmp(y) {
			t.Fatalf("Cmp(%v, %v) = %d", a, b, a.Cmp(b))
		}
		if a.Cmp(b) >= 0 {
			check("difference", a.Sub(b), a.Big().Sub(x, y))
		}
		if m > 0 {
			check("quotient", a.Div64(m), a.Big().Quo(x, U128(m).Big()))
			part := r.Uint64N(m)
			want := a.Big()
			want.Mul(x, U128(part).Big()).Quo(want, U128(m).Big())
			check("share", a.share(part, m), want)
		}
		if f, _ := new(big.Float).SetInt(x).Float64(); a.Float64() != f {
			t.Fatalf("Float64(%v) = %v, want %v", a, a.Float64(), f)
		}
	}
}

func TestHours(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 10))
	tally := New(Config{Key: testKey})
	flows := make([]flow.Flow, 3000)
	for i := range flows {
		flows[i] = randomFlow(r)
	}
	tally.Add(flows)
	b := tally.Take()
	want := map[twinHour]Count{}
	for _, row := range b.Traffic {
		k := twinHour{row.Slot.Hour(), row.Cell}
		c := want[k]
		c.Add(&row.Count)
		want[k] = c
	}
	got := b.Hours()
	if again := (&Batch{Traffic: b.Traffic}).Hours(); !slices.Equal(again, got) {
		t.Error("a tally's hours are not the sums of its rows")
	}
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i, row := range got {
		if want[twinHour{row.Slot, row.Cell}] != row.Count {
			t.Fatalf("row %+v, want %+v", row, want[twinHour{row.Slot, row.Cell}])
		}
		if i > 0 && (got[i-1].Slot > row.Slot || got[i-1].Slot == row.Slot && got[i-1].Cell.Compare(row.Cell) >= 0) {
			t.Fatal("rows are not sorted")
		}
	}
}

func TestUniteEndpoints(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 12))
	type key struct {
		day flow.Slot
		Cell
		ipv6 int
	}
	want := map[key]map[uint64]bool{}
	var rows []Endpoints
	for _, prefix := range []int{64, 128} {
		tally := New(Config{Key: testKey, IPv6Prefix: prefix})
		for range 4000 {
			tally.Add([]flow.Flow{randomFlow(r)})
		}
		rows = append(rows, tally.Take().Endpoints...)
	}
	for _, e := range rows {
		k := key{e.Hour.Day(), e.Cell, e.Sketch.IPv6Prefix()}
		if want[k] == nil {
			want[k] = map[uint64]bool{}
		}
		maps.Copy(want[k], setOf(e.Sketch.hashes))
	}
	got := UniteEndpoints(rows, flow.Slot.Day)
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i, e := range got {
		k := key{e.Hour, e.Cell, e.Sketch.IPv6Prefix()}
		if !e.Sketch.Equal(sketchOf(e.Sketch.ipv6, want[k])) {
			t.Errorf("%+v: %d hashes, want %d", k, e.Sketch.Kept(), len(want[k]))
		}
		if i > 0 && (got[i-1].Hour > e.Hour || got[i-1].Hour == e.Hour && got[i-1].Cell.Compare(e.Cell) > 0) {
			t.Fatal("rows are not sorted")
		}
	}
}

func BenchmarkUnion(b *testing.B) {
	r := rand.New(rand.NewPCG(11, 11))
	for _, size := range []int{10, 300, 30_000} {
		parts := make([]Sketch, 64)
		kept := 0
		for i := range parts {
			parts[i] = sketchOf(0, setOf(randomHashes(r, size)))
			kept += parts[i].Kept()
		}
		b.Run(fmt.Sprintf("64x%d", size), func(b *testing.B) {
			var u Unioner
			for range b.N {
				for _, p := range parts {
					_ = u.Add(p)
				}
				u.Sketch()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(kept), "ns/hash")
		})
	}
}
