package stats

import (
	"cmp"
	"slices"

	"tributary/internal/rollup"
	"tributary/internal/store"
)

// unknownNetwork is the network of remote addresses in no named prefix and with AS number 0. It
// is one network, left out of counts of networks, but not of dominance.
const unknownNetwork = 0

// part is what one network contributes to one base cell in one month, or in a whole period that
// is not months.
type part struct {
	cell    int // in the frame; a base cell
	network uint32
	octets  rollup.Uint128
	v       rollup.Uint128
	flows   uint64
	unrated uint64
}

// sum is what one cell's measures are computed from. The zero value is a cell without octets.
type sum struct {
	octets   rollup.Uint128
	v        rollup.Uint128
	flows    uint64
	unrated  uint64
	networks int            // distinct ones that have octets, unknown left out
	largest  rollup.Uint128 // octets of the network that has most, unknown too

	p95, max rollup.Uint128 // octets in a slot
	rated    bool           // p95 and max are known: the period's slots are still kept
	unique   estimate

	frozen *store.Frozen // of a month whose slots are dropped: instead of p95, max and days

	dayUnique    []float64 // one for each UTC day of the period, in order of time; nil if not asked
	dayMagnitude []float64 // one for each UTC day that has addresses; in order of time
}

// sums adds the parts up into every cell that covers them. Parts of one network and cell may come
// several times (a quarter's from its months): networks are counted once, and the largest is the
// largest of the networks' sums.
func (f *frame) sums(parts []part) []sum {
	parts = slices.Clone(parts)
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.network, b.network) })
	out := make([]sum, f.cells())
	own := make([]rollup.Uint128, f.cells()) // octets of the network at hand
	var touched []int
	for i := 0; i < len(parts); {
		network := parts[i].network
		touched = touched[:0]
		for ; i < len(parts) && parts[i].network == network; i++ {
			p := &parts[i]
			for _, c := range f.covers(p.cell) {
				s := &out[c]
				s.octets = s.octets.Add(p.octets)
				s.v = s.v.Add(p.v)
				s.flows += p.flows
				s.unrated += p.unrated
				if own[c].IsZero() && !p.octets.IsZero() {
					touched = append(touched, c)
				}
				own[c] = own[c].Add(p.octets)
			}
		}
		for _, c := range touched {
			if network != unknownNetwork {
				out[c].networks++
			}
			if out[c].largest.Cmp(own[c]) < 0 {
				out[c].largest = own[c]
			}
			own[c] = rollup.Uint128{}
		}
	}
	return out
}
