package stats

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// corners is the slow twin of polytope: it solves the equations for every set of variables that
// could be basic, over rationals, and keeps the least and largest values of the solutions that are
// not negative. Only for polytopes without rays.
func corners(equations []equation, value []*big.Int, lower []int64) (low, high []*big.Rat) {
	n := len(value)
	low, high = make([]*big.Rat, n), make([]*big.Rat, n)
	for chosen := range 1 << n { // the variables that may differ from their lower bound
		y, unique := solveFor(equations, value, lower, chosen)
		if !unique {
			continue
		}
		for v, x := range y {
			x.Add(x, new(big.Rat).SetInt64(lower[v]))
			if low[v] == nil || x.Cmp(low[v]) < 0 {
				low[v] = x
			}
			if high[v] == nil || x.Cmp(high[v]) > 0 {
				high[v] = x
			}
		}
	}
	return low, high
}

// solveFor solves the equations with all but the chosen variables at 0, if there is exactly one
// solution and it is not negative.
func solveFor(equations []equation, value []*big.Int, lower []int64, chosen int) (y []*big.Rat, ok bool) {
	n := len(value)
	var rows [][]*big.Rat // coefficients, then the right side
	for _, eq := range equations {
		row := make([]*big.Rat, n+1)
		for j := range row {
			row[j] = new(big.Rat)
		}
		set := func(v int, c int64) {
			if chosen>>v&1 == 1 {
				row[v].SetInt64(c)
			}
			above := new(big.Int).Sub(value[v], big.NewInt(lower[v]))
			row[n].Add(row[n], new(big.Rat).SetInt(above.Mul(above, big.NewInt(c))))
		}
		for _, v := range eq.parts {
			set(v, 1)
		}
		if eq.total >= 0 {
			set(eq.total, -1)
		}
		rows = append(rows, row)
	}
	y = make([]*big.Rat, n)
	for v := range y {
		y[v] = new(big.Rat)
	}
	rank := 0
	for v := range n {
		if chosen>>v&1 == 0 {
			continue
		}
		r := rank
		for r < len(rows) && rows[r][v].Sign() == 0 {
			r++
		}
		if r == len(rows) {
			return nil, false // not determined
		}
		rows[rank], rows[r] = rows[r], rows[rank]
		for i := range rows {
			if i == rank || rows[i][v].Sign() == 0 {
				continue
			}
			f := new(big.Rat).Quo(rows[i][v], rows[rank][v])
			for j := range rows[i] {
				rows[i][j].Sub(rows[i][j], new(big.Rat).Mul(f, rows[rank][j]))
			}
		}
		rank++
	}
	for _, row := range rows[rank:] {
		if row[n].Sign() != 0 {
			return nil, false // no solution
		}
	}
	r := 0
	for v := range n {
		if chosen>>v&1 == 1 {
			y[v].Quo(rows[r][n], rows[r][v])
			if y[v].Sign() < 0 {
				return nil, false
			}
			r++
		}
	}
	return y, true
}

// Every end of every interval is exact, with values from 1 to 10^27 in one system and with totals,
// redundant equations and degenerate corners.
func TestPolytope(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 4))
	f := func(equations []equation, value []*big.Int, lower []int64) {
		t.Helper()
		low, high := corners(equations, value, lower)
		p := newPolytope(equations, value, lower)
		for v := range value {
			never := func() bool { return false }
			p.extreme(v, -1, never)
			p.extreme(v, +1, never)
			wantLow, _ := low[v].Float64()
			wantHigh, _ := high[v].Float64()
			near := func(got, want float64) bool { return math.Abs(got-want) <= 4e-16*want }
			if p.overflow || !near(p.seenLow[v], wantLow) || !near(p.seenHigh[v], wantHigh) {
				t.Errorf("variable %d = %s of %v lies in [%g, %g], want [%g, %g]", v, value[v], equations, p.seenLow[v], p.seenHigh[v], wantLow, wantHigh)
			}
		}
	}
	for range 200 {
		n := 2 + rng.IntN(7)
		value, lower := make([]*big.Int, n), make([]int64, n)
		for v := range value {
			value[v] = big.NewInt(1 + rng.Int64N(9))
			if rng.IntN(2) == 0 {
				value[v].Exp(value[v], big.NewInt(rng.Int64N(28)), nil)
			}
			lower[v] = rng.Int64N(2)
		}
		// One equation without total over all variables bounds them; others may have one.
		equations := []equation{{total: -1}}
		for v := range n {
			equations[0].parts = append(equations[0].parts, v)
		}
		for range rng.IntN(5) {
			eq := equation{total: rng.IntN(n+1) - 1}
			for v := range n {
				if v != eq.total && rng.IntN(2) == 0 {
					eq.parts = append(eq.parts, v)
				}
			}
			equations = append(equations, eq)
		}
		f(equations, value, lower)
	}
}

// A variable that a total takes along has no upper end.
func TestPolytopeRay(t *testing.T) {
	p := newPolytope([]equation{{total: 2, parts: []int{0, 1}}}, []*big.Int{big.NewInt(3), big.NewInt(4), big.NewInt(7)}, []int64{1, 1, 1})
	for v, low := range []float64{1, 1, 2} {
		never := func() bool { return false }
		p.extreme(v, -1, never)
		p.extreme(v, +1, never)
		if p.seenLow[v] != low || !math.IsInf(p.seenHigh[v], 1) {
			t.Errorf("variable %d lies in [%g, %g], want [%g, +Inf]", v, p.seenLow[v], p.seenHigh[v], low)
		}
	}
}
