package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// slowExposes is the twin of withoutOne.exposes: it tries numbers of bits of the network in the period
// before, all that there may be, takes the one of the period now that goes with each by bisection, and
// looks how far apart the least and the greatest are that are possible.
func slowExposes(l *withoutOne) bool {
	const steps = 3000
	share := func(i int, x float64) float64 { return (l.part[i] - x) / (l.whole[i] - x) }
	bounds := [2][2]float64{{math.Inf(1), 0}, {math.Inf(1), 0}}
	for step := range steps + 1 {
		x := l.most * l.part[0] * float64(step) / steps
		most := l.most * l.part[1]
		least := l.change + share(0, x) - l.step/2
		if share(1, 0) < least || share(1, most) > least+l.step {
			continue // no number of bits now goes with it
		}
		for _, want := range [...]float64{least, least + l.step} {
			low, high := 0.0, most
			for range 40 {
				if middle := (low + high) / 2; share(1, middle) > want {
					low = middle
				} else {
					high = middle
				}
			}
			for i, v := range [...]float64{x, low} {
				bounds[i] = [2]float64{min(bounds[i][0], v), max(bounds[i][1], v)}
			}
		}
	}
	narrow := func(b [2]float64) bool { return b[0] > 0 && b[1] <= maxRatio*b[0] }
	return narrow(bounds[0]) || narrow(bounds[1])
}

func TestWithoutOneExposes(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	exposed, hidden := 0, 0
	for range 300 {
		l := withoutOne{most: 0.5 + r.Float64()/2, step: 0.01 * float64(r.IntN(3))}
		var shares [2]float64
		for i := range l.part {
			l.whole[i] = 100 * (0.5 + r.Float64())
			l.part[i] = l.whole[i] * (0.02 + 0.9*r.Float64())
			x := l.part[i] * l.most * r.Float64()
			if r.IntN(3) == 0 {
				x = l.part[i] * l.most * float64(i)
			}
			shares[i] = (l.part[i] - x) / (l.whole[i] - x)
		}
		l.change = shares[1] - shares[0]
		got := l.exposes()
		if got {
			exposed++
		} else {
			hidden++
		}
		// Near the limit the twin's steps decide.
		wider, narrower := l, l
		wider.most, narrower.most = min(1, l.most*1.003), l.most*0.997
		if want := slowExposes(&l); got != want && wider.exposes() == narrower.exposes() {
			t.Errorf("%+v exposes: %v, want %v", l, got, want)
		}
	}
	if exposed < 20 || hidden < 20 {
		t.Errorf("%d exposed and %d not: too few to test", exposed, hidden)
	}
	// A network that is not in the period before and makes nearly all of the change.
	f := func(change float64, part, whole [2]float64, want bool) {
		t.Helper()
		l := withoutOne{change: change, part: part, whole: whole, most: 0.9}
		if got := l.exposes(); got != want {
			t.Errorf("a change of %v exposes: %v, want %v", change, got, want)
		}
	}
	// 10 of 100, then 60 of 150 with a network of 50: without it nothing changes, so it is 50 if it was not
	// there before, and 54 at most, nine tenths of the 60.
	f(0, [...]float64{10, 60}, [...]float64{100, 150}, true)
	// 40 of 100 twice, and nothing changes without it either: anything is possible.
	f(0, [...]float64{40, 40}, [...]float64{100, 100}, false)
}

// TestGroupsRepeatNoType: of a group whose largest network is that of one of its types no change without
// it is published, and so no two rows tell of the same network's bits. With both of them, as they are
// unrounded, a reader has the bits to many digits.
func TestGroupsRepeatNoType(t *testing.T) {
	before, now := flow.Period{Name: "before"}, flow.Period{Name: "now"}
	c := &changer{loader: &loader{policy: PublishPolicy{MinNetworks: 3, MaxDominance: 0.9}}, periods: [...]flow.Period{before, now}}
	// By network: octets of hosting and neocloud, before and now. Network 1 is the largest of neoclouds and
	// of the cloud, network 5 of hosting.
	traffic := map[flow.NetworkType][2][]uint64{
		flow.Neocloud: {{0, 400, 300, 200, 100}, {0, 700, 300, 250, 150}},
		flow.Hosting:  {{0, 0, 0, 0, 50, 350, 300, 250}, {0, 0, 0, 0, 60, 360, 310, 200}},
		flow.CDN:      {{9000}, {9000}},
	}
	own := map[int]map[uint32][2]rollup.Uint128{}
	for period := range c.periods {
		s := &Sheet{index: map[Key]int{}}
		add := func(typ flow.NetworkType, octets uint64) {
			k := Total
			k.Type = typ
			s.index[k] = len(s.Cells)
			s.Cells, s.sums = append(s.Cells, Cell{Key: k}), append(s.sums, sum{octets: rollup.U128(octets)})
		}
		total := uint64(0)
		for _, typ := range []flow.NetworkType{flow.CDN, flow.Hosting, flow.Neocloud} {
			whole := uint64(0)
			for n, x := range traffic[typ][period] {
				whole += x
				for _, item := range itemsOf(typ) {
					if own[item] == nil {
						own[item] = map[uint32][2]rollup.Uint128{}
					}
					of := own[item][uint32(n)]
					of[period] = of[period].Add(rollup.U128(x))
					own[item][uint32(n)] = of
				}
			}
			add(typ, whole)
			total += whole
		}
		add(AllTypes, total)
		c.sheets[period] = s
	}
	c.parties = make([]party, numItems)
	for item, of := range own {
		for n := range uint32(8) {
			c.parties[item].meet(n, of[n])
		}
	}
	cloud := groupOf(flow.Neocloud)
	row := func(item int) (exact, published Change) {
		exact.Before, exact.Now = num(0), num(0)
		c.leaveOut(&exact, item)
		published = exact
		c.hide(&published, item)
		return exact, published
	}
	if n, g := c.parties[flow.Neocloud].network, c.parties[cloud].network; n != 1 || g != 1 || c.parties[flow.Hosting].network != 5 {
		t.Fatalf("the largest networks are %d, %d", n, g)
	}
	exact, published := row(int(flow.Neocloud))
	if want := math.Round(10*exact.Without.Value) / 10; published.NoWithout != Given || math.Abs(published.Without.Value-want) > 1e-12 || published.Without == exact.Without {
		t.Errorf("of neoclouds %+v is published, want %v", published, want)
	}
	if _, published = row(cloud); published.NoWithout != Concealed || published.Without.Known {
		t.Errorf("of the cloud %+v is published too", published)
	}
	// Were network 6 the largest of the cloud, and of none of its types, nothing would be said twice.
	c.parties[cloud].network = 6
	if c.saidTwice(cloud) || c.saidTwice(int(flow.CDN)) || c.saidTwice(groupOf(flow.CDN)) {
		t.Error("another network is taken for the same")
	}
}
