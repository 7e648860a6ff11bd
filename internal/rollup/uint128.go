package rollup

import (
	"math/big"
	"math/bits"
)

// Uint128 is an unsigned 128-bit number, Hi·2^64 + Lo. The zero value is 0.
type Uint128 struct{ Hi, Lo uint64 }

// MaxV is where V saturates, of a flow and of every sum kept in a row: 2^104. An honest flow stays
// far below (octets × rate < 2^56, one packet ≤ 2^16 octets, rate < 2^32, so V < 2^104), and a sum
// of fewer than 2^23 rows cannot leave DuckDB's signed 128-bit HUGEINT, whatever an exporter sends.
var MaxV = Uint128{Hi: 1 << 40}

// U128 is v as a Uint128.
func U128(v uint64) Uint128 { return Uint128{Lo: v} }

// Add returns a + b, at most 2^128 − 1.
func (a Uint128) Add(b Uint128) Uint128 {
	lo, carry := bits.Add64(a.Lo, b.Lo, 0)
	hi, carry := bits.Add64(a.Hi, b.Hi, carry)
	if carry != 0 {
		return Uint128{^uint64(0), ^uint64(0)}
	}
	return Uint128{hi, lo}
}

// Sub returns a − b. It panics if b is larger: the callers subtract parts from their whole.
func (a Uint128) Sub(b Uint128) Uint128 {
	lo, borrow := bits.Sub64(a.Lo, b.Lo, 0)
	hi, borrow := bits.Sub64(a.Hi, b.Hi, borrow)
	if borrow != 0 {
		panic("BUG: Uint128.Sub: " + a.String() + " - " + b.String() + " is negative")
	}
	return Uint128{hi, lo}
}

// Mul64 returns a × m, at most 2^128 − 1.
func (a Uint128) Mul64(m uint64) Uint128 {
	hi, lo, over := a.mul64(m)
	if over != 0 {
		return Uint128{^uint64(0), ^uint64(0)}
	}
	return Uint128{hi, lo}
}

// mul64 returns the 192-bit product a × m as over·2^128 + hi·2^64 + lo.
func (a Uint128) mul64(m uint64) (hi, lo, over uint64) {
	h0, lo := bits.Mul64(a.Lo, m)
	over, l1 := bits.Mul64(a.Hi, m)
	hi, carry := bits.Add64(h0, l1, 0)
	return hi, lo, over + carry
}

// Div64 returns ⌊a / d⌋. It panics if d is 0.
func (a Uint128) Div64(d uint64) Uint128 {
	hi := a.Hi / d
	lo, _ := bits.Div64(a.Hi%d, a.Lo, d)
	return Uint128{hi, lo}
}

// share returns ⌊a × part / whole⌋ for part ≤ whole, whole > 0; the product has 192 bits.
func (a Uint128) share(part, whole uint64) Uint128 {
	hi, lo, over := a.mul64(part)
	// over < whole, because a × part / 2^128 < part ≤ whole.
	hi, rest := bits.Div64(over, hi, whole)
	lo, _ = bits.Div64(rest, lo, whole)
	return Uint128{hi, lo}
}

// Cmp compares a with b: −1, 0 or 1.
func (a Uint128) Cmp(b Uint128) int {
	switch {
	case a == b:
		return 0
	case a.Hi < b.Hi || a.Hi == b.Hi && a.Lo < b.Lo:
		return -1
	}
	return 1
}

// IsZero reports whether a is 0.
func (a Uint128) IsZero() bool { return a == Uint128{} }

// Uint64 returns a, and whether it fits.
func (a Uint128) Uint64() (uint64, bool) { return a.Lo, a.Hi == 0 }

// Float64 is the float64 nearest to a.
func (a Uint128) Float64() float64 {
	if a.Hi == 0 {
		return float64(a.Lo)
	}
	f, _ := new(big.Float).SetInt(a.Big()).Float64()
	return f
}

// Big converts.
func (a Uint128) Big() *big.Int {
	v := new(big.Int).SetUint64(a.Hi)
	return v.Lsh(v, 64).Or(v, new(big.Int).SetUint64(a.Lo))
}

// String is a in decimal.
func (a Uint128) String() string { return a.Big().String() }

// addV returns a + b, at most MaxV.
func addV(a, b Uint128) Uint128 {
	if s := a.Add(b); s.Hi < MaxV.Hi {
		return s
	}
	return MaxV
}
