package stats

import (
	"math"
	"math/big"
	"math/bits"
)

// maxCoefficient bounds the numbers of a polytope's tableau so that a product of two of them plus
// another such product fits 64 bits. Coefficients are quotients of minors of a matrix of 0, 1 and
// −1 in which every column has a handful of entries: the largest seen in tables is 6. One beyond the
// bound ends the search; what was not proven until then counts as not proven.
const maxCoefficient = 1<<31 - 1

// stallPivots is after how many steps in place the rule that chooses them turns to Bland's, which
// is slow but cannot cycle.
const stallPivots = 30

// polytope is everything a reader can believe of some hidden cells: the vectors y ≥ 0 (a cell's
// octets less its least possible value) that satisfy a set of additive lines. It is explored from
// the true values, which lie inside, by the simplex method in whole numbers: a step's result is
// exact whatever the scale of the cells, which may differ by 10^18 within one line.
//
// The state is a dictionary: row i says
//
//	den[i]·y[basic[i]] + Σ_j coef[i][j]·y[nonbasic[j]] = a constant
//
// den > 0, and level[i] = den[i] × the present value of y[basic[i]].
type polytope struct {
	basic    []int     // by row: variable
	nonbasic []int     // by column: variable
	den      []int64   // by row
	coef     [][]int64 // by row and column
	level    []*big.Int
	above    []*big.Int // by column: the present value; nil for 0
	lower    []float64  // by variable: what y is counted from

	seenLow, seenHigh []float64 // by variable: the least and largest value at any point visited
	overflow          bool      // a coefficient passed maxCoefficient: the dictionary is void

	t1, t2 big.Int // scratch
}

// equation says that some variables' sum less the total's variable is a constant.
type equation struct {
	total int // variable; −1: the total is no variable
	parts []int
}

// newPolytope makes the polytope of the equations around the point value − lower, which satisfies
// them. It moves to a vertex at once; everything on the way has been seen.
func newPolytope(equations []equation, value []*big.Int, lower []int64) *polytope {
	n := len(value)
	p := &polytope{lower: make([]float64, n), seenLow: make([]float64, n), seenHigh: make([]float64, n)}
	basicRow := p.eliminate(equations, n)
	start := make([]*big.Int, n)
	for v := range n {
		p.lower[v] = float64(lower[v])
		start[v] = new(big.Int).Sub(value[v], big.NewInt(lower[v]))
		f, _ := new(big.Float).SetInt(value[v]).Float64()
		p.seenLow[v], p.seenHigh[v] = f, f
		if basicRow[v] < 0 {
			p.nonbasic = append(p.nonbasic, v)
			p.above = append(p.above, start[v])
		}
	}
	for i, row := range p.coef {
		packed := make([]int64, len(p.nonbasic))
		for j, v := range p.nonbasic {
			packed[j] = row[v]
		}
		p.coef[i] = packed
		p.level = append(p.level, new(big.Int).Mul(start[p.basic[i]], big.NewInt(p.den[i])))
	}
	for j := range p.nonbasic {
		if p.overflow {
			break
		}
		p.lowerToVertex(j)
	}
	return p
}

// eliminate solves the equations for as many variables as they have rank: it fills basic, den and
// coef (still by variable) and returns each variable's row, −1 for none.
func (p *polytope) eliminate(equations []equation, n int) []int {
	rowOf := make([]int, n)
	for v := range rowOf {
		rowOf[v] = -1
	}
	for _, eq := range equations {
		row := make([]int64, n)
		for _, v := range eq.parts {
			row[v] = 1
		}
		if eq.total >= 0 {
			row[eq.total] = -1
		}
		for i, b := range p.basic {
			if row[b] != 0 {
				den := int64(0)
				p.combine(row, &den, nil, b, i)
			}
		}
		pivot := -1
		for v, c := range row {
			if c != 0 && (pivot < 0 || abs(c) < abs(row[pivot])) {
				pivot = v
			}
		}
		if pivot < 0 || p.overflow {
			continue // says nothing that the lines before do not
		}
		if row[pivot] < 0 {
			for v := range row {
				row[v] = -row[v]
			}
		}
		r := len(p.basic)
		p.basic, p.den, p.coef = append(p.basic, pivot), append(p.den, row[pivot]), append(p.coef, row)
		row[pivot] = 0 // kept in den from here on
		rowOf[pivot] = r
		for i := range r {
			if p.coef[i][pivot] != 0 {
				p.combine(p.coef[i], &p.den[i], nil, pivot, r)
			}
		}
	}
	return rowOf
}

// combine eliminates from a row the variable that row r is solved for, whose coefficient in the
// row is row[k], and reduces the row by its greatest common divisor.
func (p *polytope) combine(row []int64, den *int64, level *big.Int, k, r int) {
	pivot, c := p.den[r], row[k]
	g := int64(gcd(uint64(pivot), uint64(abs(c))))
	pivot, c = pivot/g, c/g
	row[k] = 0
	if p.mix(row, p.coef[r], pivot, c) {
		p.overflow = true
	}
	*den *= pivot
	if level != nil {
		p.mixLevel(level, p.level[r], pivot, c)
	}
	if pivot != 1 {
		reduce(row, den, level)
	}
	if *den > maxCoefficient {
		p.overflow = true
	}
}

// mix sets row to scale·row − c·by and reports whether a coefficient grew too large.
func (p *polytope) mix(row, by []int64, scale, c int64) (grew bool) {
	by = by[:len(row)]
	for j, b := range by {
		if b == 0 && scale == 1 {
			continue
		}
		x := scale*row[j] - c*b
		row[j] = x
		grew = grew || x > maxCoefficient || x < -maxCoefficient
	}
	return grew
}

func (p *polytope) mixLevel(level, by *big.Int, scale, c int64) {
	if scale != 1 {
		level.Mul(level, p.t1.SetInt64(scale))
	}
	switch {
	case c == 1:
		level.Sub(level, by)
	case c == -1:
		level.Add(level, by)
	case by.Sign() != 0:
		level.Sub(level, p.t2.Mul(by, p.t1.SetInt64(c)))
	}
}

// reduce divides a row by the greatest number that divides all of it.
func reduce(row []int64, den *int64, level *big.Int) {
	g := uint64(*den)
	if level != nil && level.Sign() != 0 && g != 1 {
		var a, d big.Int
		g = d.GCD(nil, nil, a.Abs(level), d.SetUint64(g)).Uint64()
	}
	for _, x := range row {
		if g == 1 {
			return
		}
		if x != 0 {
			g = gcd(g, uint64(abs(x)))
		}
	}
	if g <= 1 {
		return
	}
	for j := range row {
		row[j] /= int64(g)
	}
	*den /= int64(g)
	if level != nil {
		level.Quo(level, new(big.Int).SetUint64(g))
	}
}

// lowerToVertex moves column j's variable towards 0, into the dictionary if a row blocks it.
func (p *polytope) lowerToVertex(j int) {
	up := p.above[j]
	if up.Sign() == 0 {
		p.above[j] = nil
		return
	}
	r := p.blocking(j, -1)
	if r >= 0 {
		// The row blocks before 0 iff level[r] / −coef < up.
		if p.t1.Mul(up, p.t2.SetInt64(-p.coef[r][j])).Cmp(p.level[r]) > 0 {
			p.pivot(r, j)
			return
		}
	}
	for i, row := range p.coef {
		if row[j] != 0 {
			p.level[i].Add(p.level[i], p.t2.Mul(up, p.t1.SetInt64(row[j])))
			p.note(i)
		}
	}
	p.above[j] = nil
	p.noteLow(p.nonbasic[j])
}

// noteLow notes that a variable is at its least value.
func (p *polytope) noteLow(v int) { p.seenLow[v] = min(p.seenLow[v], p.lower[v]) }

// blocking is the row whose variable first reaches 0 when column j's grows (sign +1) or shrinks
// (sign −1); of several the one with the smallest variable. −1: none ever does.
func (p *polytope) blocking(j int, sign int64) int {
	best := -1
	for i, row := range p.coef {
		c := sign * row[j]
		if c <= 0 {
			continue
		}
		if best < 0 {
			best = i
			continue
		}
		// level[i] / c against level[best] / cb, crosswise.
		cb := sign * p.coef[best][j]
		var order int
		if c == cb {
			order = p.level[i].Cmp(p.level[best])
		} else {
			p.t1.Mul(p.level[i], p.t2.SetInt64(cb))
			order = p.t1.Cmp(p.t2.Mul(p.level[best], p.t2.SetInt64(c)))
		}
		if order < 0 || order == 0 && p.basic[i] < p.basic[best] {
			best = i
		}
	}
	return best
}

// pivot exchanges the variables of row r, which reaches 0, and of column j.
func (p *polytope) pivot(r, j int) {
	row := p.coef[r]
	c, den := row[j], p.den[r]
	if c < 0 {
		for k := range row {
			row[k] = -row[k]
		}
		p.level[r].Neg(p.level[r])
		c, den = -c, -den
	}
	// Row r now reads c·y[entering] + den·y[leaving] + … and takes c as its den.
	p.den[r] = c
	p.basic[r], p.nonbasic[j] = p.nonbasic[j], p.basic[r]
	row[j] = den // the column is the leaving variable's from here on
	for i, other := range p.coef {
		if i != r && other[j] != 0 {
			p.combine(other, &p.den[i], p.level[i], j, r)
			p.note(i)
		}
	}
	if p.above[j] != nil {
		p.level[r].Add(p.level[r], p.t2.Mul(p.above[j], p.t1.SetInt64(c)))
		p.above[j] = nil
	}
	reduce(row, &p.den[r], p.level[r])
	p.note(r)
	p.noteLow(p.nonbasic[j])
}

// note notes the present value of row i's variable. It is exact but for the rounding of its float64:
// all numbers are positive, so nothing cancels.
func (p *polytope) note(i int) {
	if p.overflow {
		return
	}
	v := p.basic[i]
	f := toFloat(p.level[i])/float64(p.den[i]) + p.lower[v]
	p.seenLow[v], p.seenHigh[v] = min(p.seenLow[v], f), max(p.seenHigh[v], f)
}

// toFloat is x as a float64, to within two units of the last place. x is not negative.
func toFloat(x *big.Int) float64 {
	if x.IsUint64() {
		return float64(x.Uint64())
	}
	f, _ := new(big.Float).SetPrec(64).SetInt(x).Float64()
	return f
}

// extreme walks to the largest (sign +1) or least (sign −1) value of a variable, or until enough
// says that what has been seen suffices. At its end seenHigh or seenLow is the variable's bound.
func (p *polytope) extreme(v int, sign int64, enough func() bool) {
	stalled := 0
	for !p.overflow && !enough() {
		r := -1
		for i, b := range p.basic {
			if b == v {
				r = i
				break
			}
		}
		j := -1
		if r >= 0 {
			j = p.entering(p.coef[r], sign, stalled > stallPivots)
		} else if sign > 0 {
			for k, b := range p.nonbasic {
				if b == v {
					j = k
				}
			}
		}
		if j < 0 {
			return // the bound is reached
		}
		leave := p.blocking(j, +1)
		if leave < 0 {
			p.ray(j)
			return
		}
		if p.level[leave].Sign() == 0 {
			stalled++
		} else {
			stalled = 0
		}
		p.pivot(leave, j)
	}
}

// entering is a column whose growth raises (sign +1) or lowers (sign −1) the variable of the row:
// the one with the largest coefficient, or with Bland's rule the one with the smallest variable.
func (p *polytope) entering(row []int64, sign int64, bland bool) int {
	best := -1
	for j, c := range row {
		if c *= -sign; c <= 0 {
			continue
		}
		if best < 0 {
			best = j
			continue
		}
		cb := -sign * row[best]
		if bland || c == cb {
			if p.nonbasic[j] < p.nonbasic[best] {
				best = j
			}
		} else if c > cb {
			best = j
		}
	}
	return best
}

// ray notes that column j's variable, and all that grow with it, have no upper bound.
func (p *polytope) ray(j int) {
	p.seenHigh[p.nonbasic[j]] = math.Inf(1)
	for i, row := range p.coef {
		if row[j] < 0 {
			p.seenHigh[p.basic[i]] = math.Inf(1)
		}
	}
}

func abs(x int64) int64 {
	if x < 0 {
		return -x
	}
	return x
}

// gcd is the greatest common divisor by the binary algorithm; of 0 and b it is b.
func gcd(a, b uint64) uint64 {
	if a == 0 || b == 0 {
		return a + b
	}
	shift := min(bits.TrailingZeros64(a), bits.TrailingZeros64(b))
	a >>= bits.TrailingZeros64(a)
	for b != 0 {
		b >>= bits.TrailingZeros64(b)
		if a > b {
			a, b = b, a
		}
		b -= a
	}
	return a << shift
}
