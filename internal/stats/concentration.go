package stats

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// TopRanks are the N of Concentration.Top.
var TopRanks = [...]int{1, 5, 10, 100}

// LorenzSteps is how many equal steps of networks a Lorenz curve has at most: each is 2 % of them, so
// that a curve of ten thousand networks has as many points as one of a hundred.
const LorenzSteps = 50

// Concentration says how the bits of a type, or of all types, are divided among its networks over a
// period: all regions, both directions and IP versions. The network unknown is in none of it: bits here
// are those of networks that are known. Without any, all is nothing and Networks 0.
//
// Published, each number has three significant digits. A number that is nothing although there are
// Networks is hidden; Hidden says that all of it is, since the type's cell is.
type Concentration struct {
	Networks  int                // distinct networks that have bits
	Top       [len(TopRanks)]Num // share of the bits, 0 to 1, of the 1, 5, 10 and 100 largest networks; 1 where there are no more
	HHI       Num                // Herfindahl–Hirschman index, 0 to 10,000
	Effective Num                // effective number of networks, 1 to Networks
	Gini      Num                // 0 for equal networks, to 1
	Lorenz    []float64          // share of the bits of the smallest networks, at equal steps from none to all of them: first 0, last 1

	Hidden  bool
	LeftOut []flow.NetworkType // of all types: those whose cells are hidden, whose networks' bits are not in it
}

// concentrationOf computes all measures of networks with so many octets each, in any order. Networks
// without octets are none.
func concentrationOf(octets []rollup.Uint128) Concentration {
	s := sizesOf(octets)
	c := Concentration{Networks: len(s)}
	if len(s) == 0 {
		return c
	}
	for i, n := range TopRanks {
		c.Top[i] = num(s.top(n))
	}
	c.HHI, c.Effective, c.Gini = num(s.herfindahl()), num(s.effective()), num(s.gini())
	c.Lorenz = s.lorenz(LorenzSteps)
	return c
}

// sizes are the shares of networks in the bits of all of them, ascending: so sums of them do not
// depend on the order in which networks came.
type sizes []float64

func sizesOf(octets []rollup.Uint128) sizes {
	sorted := slices.DeleteFunc(slices.Clone(octets), rollup.Uint128.IsZero)
	slices.SortFunc(sorted, rollup.Uint128.Cmp)
	var total rollup.Uint128
	for _, o := range sorted {
		total = total.Add(o)
	}
	out := make(sizes, len(sorted))
	for i, o := range sorted {
		out[i] = o.Float64() / total.Float64()
	}
	return out
}

// top is the concentration ratio CR(n): the share of the n largest, 0 to 1. With n networks or fewer it
// is 1, and without any 0.
func (s sizes) top(n int) float64 {
	if len(s) <= n {
		return float64(min(1, len(s)))
	}
	sum := 0.0
	for _, x := range s[len(s)-n:] {
		sum += x
	}
	return min(1, sum)
}

// squares is Σ s², the probability that two bits drawn at random are of one network.
func (s sizes) squares() float64 {
	sum := 0.0
	for _, x := range s {
		sum += x * x
	}
	return sum
}

// herfindahl is the Herfindahl–Hirschman index, Σ (100 s)² for shares s: 10,000 for one network, 10,000/n
// for n equal ones, 0 without any. A. O. Hirschman, National Power and the Structure of Foreign Trade,
// 1945 (its square root); O. C. Herfindahl, Concentration in the Steel Industry, 1950.
func (s sizes) herfindahl() float64 { return 1e4 * s.squares() }

// effective is the effective number of networks, 1 / Σ s²: how many equal networks would be as
// concentrated. n for n equal ones, 0 without any. M. Laakso, R. Taagepera, "Effective Number of Parties",
// Comparative Political Studies 12 (1979) 3–27.
func (s sizes) effective() float64 {
	if len(s) == 0 {
		return 0
	}
	return 1 / s.squares()
}

// gini is half of the relative mean difference, Σᵢ Σⱼ |sᵢ − sⱼ| / (2 n² mean), here for ascending shares
// as Σ (2i − n − 1) sᵢ / n with i from 1: 0 for one network or equal ones, (n − 1)/n where one of n has
// nearly all. Not corrected for small n. C. Gini, Variabilità e mutabilità, 1912; the ordered form:
// P. M. Dixon et al., "Bootstrapping the Gini coefficient of inequality", Ecology 68 (1987) 1548–1551.
func (s sizes) gini() float64 {
	n := float64(len(s))
	sum := 0.0
	for i, x := range s {
		sum += (2*float64(i+1) - n - 1) * x
	}
	return max(0, sum/max(1, n))
}

// lorenz is the Lorenz curve at steps + 1 equal ranks: the share of the bits that the smallest 0, 1/steps,
// …, all of the networks have together, straight between networks. Nil without networks. M. O. Lorenz,
// "Methods of measuring the concentration of wealth", Publications of the American Statistical
// Association 9 (1905) 209–219.
func (s sizes) lorenz(steps int) []float64 {
	if len(s) == 0 {
		return nil
	}
	out := make([]float64, steps+1)
	sum, next := 0.0, 0 // of the first next networks
	for i := 1; i < steps; i++ {
		rank := float64(i*len(s)) / float64(steps)
		for ; next < int(rank); next++ {
			sum += s[next]
		}
		out[i] = min(1, sum+(rank-float64(next))*s[min(next, len(s)-1)])
	}
	out[steps] = 1
	return out
}

// publish takes away what would tell single networks' bits to a reader who is one of them. The type's
// bits are published, so:
//
//   - a share of the N largest leaves out either no network or at least MinNetworks, and has at least
//     MinNetworks more than the one before it that is shown;
//   - HHI, effective number and Gini, which are equations for the networks' bits, need twice MinNetworks;
//   - a step of the Lorenz curve is at least MinNetworks networks wide, and there are at least two; one
//     that is fewer networks than that away from the rank of a share of the N largest gives nothing of
//     its own: there the curve is straight between what is published on both sides;
//   - of networks of which one has more than MaxDominance of the bits nothing is shown. (A cell may be
//     shown all the same: unknown has a part of its bits.)
//
// What is left is rounded to three significant digits. s are the same networks. Exempt types (listed in
// publish.always) lose nothing but digits.
func (c *Concentration) publish(s sizes, p *PublishPolicy, exempt bool) {
	if s.top(1) > p.MaxDominance && !exempt {
		*c = Concentration{Networks: c.Networks}
		return
	}
	least := max(1, int(min(p.MinNetworks, math.MaxInt32)))
	if exempt {
		least = 1
	}
	c.publishTop(len(s), least)
	if len(s) < 2*least && !exempt {
		c.HHI, c.Effective, c.Gini = Num{}, Num{}, Num{}
	}
	c.HHI, c.Effective, c.Gini = c.HHI.short(), c.Effective.short(), c.Gini.short()
	steps := LorenzSteps
	if !exempt {
		steps = min(steps, len(s)/least)
	}
	c.Lorenz = c.publishedLorenz(s, steps, least)
}

// publishTop is the part of publish for the shares of the largest of n networks.
func (c *Concentration) publishTop(n, least int) {
	shown := 0
	for i, rank := range TopRanks {
		if rank < n && (n-rank < least || shown > 0 && rank-shown < least) {
			c.Top[i] = Num{}
		} else if rank < n {
			shown = rank
		}
		c.Top[i] = c.Top[i].short()
	}
}

// publishedLorenz is the part of publish for the Lorenz curve: in so many steps, nil for fewer than two or
// if none of them may be shown. The shares of the largest are published already.
func (c *Concentration) publishedLorenz(s sizes, steps, least int) []float64 {
	if steps < 2 {
		return nil
	}
	n := float64(len(s))
	known := []lorenzPoint{{0, 0}, {n, 1}} // what is published of the curve
	for i, rank := range TopRanks {
		if c.Top[i].Known && rank < len(s) {
			known = append(known, lorenzPoint{n - float64(rank), 1 - c.Top[i].Value})
		}
	}
	fixed := len(known)
	curve := s.lorenz(steps)
	for i := 1; i < steps; i++ {
		p := lorenzPoint{float64(i*len(s)) / float64(steps), short(curve[i])}
		near := func(top lorenzPoint) bool { return top.rank != p.rank && math.Abs(top.rank-p.rank) < float64(least) }
		if least == 1 || !slices.ContainsFunc(known[2:fixed], near) {
			known = append(known, p)
		}
	}
	if len(known) == fixed {
		return nil
	}
	slices.SortStableFunc(known, func(a, b lorenzPoint) int { return cmp.Compare(a.rank, b.rank) })
	for i := 1; i < steps; i++ {
		rank := float64(i*len(s)) / float64(steps)
		next := slices.IndexFunc(known, func(p lorenzPoint) bool { return p.rank >= rank })
		b := known[next]
		if b.rank > rank {
			a := known[next-1]
			b.share = a.share + (b.share-a.share)*(rank-a.rank)/(b.rank-a.rank)
		}
		curve[i] = short(b.share)
	}
	return curve
}

// lorenzPoint is a point of a Lorenz curve: the share of the bits that so many of the smallest networks
// have together.
type lorenzPoint struct{ rank, share float64 }

// short is a number with three significant digits, ties to even.
func short(x float64) float64 {
	// It is a number: FormatFloat wrote it.
	out, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 2, 64), 64)
	return out
}

func (n Num) short() Num {
	if n.Known {
		n.Value = short(n.Value)
	}
	return n
}
