package rollup

import "math/bits"

// Add adds o to c. Octets, packets and V saturate (2^64 − 1, 2^64 − 1, 2^104), so a sum does not
// depend on the order even where an exporter sends nonsense.
func (c *Count) Add(o *Count) {
	c.Octets = AddSaturating(c.Octets, o.Octets)
	c.Packets = AddSaturating(c.Packets, o.Packets)
	c.Flows += o.Flows
	c.V = addV(c.V, o.V)
	c.Unrated += o.Unrated
}

// AddSaturating is a + b, at most 2^64 − 1: an exporter that sends nonsense must not turn a burst into
// nothing.
func AddSaturating(a, b uint64) uint64 {
	s, carry := bits.Add64(a, b, 0)
	return s | -carry
}

// Variance is V of one flow: rate·(rate−1)·q, where q bounds the sum of its squared packet sizes
// from what is known. Octets and packets are as exported, below 2^56 / rate; packets 0 = unknown.
// 0 where nothing was sampled or no rate is known (rate 1 and 0).
//
// q is octets² for one packet; 1540·octets − 60000·packets where the mean size lies in [40, 1500]
// (for sizes within those bounds the largest second moment with that mean puts every packet at one
// of the two, so Σ s² ≤ (40+1500)·Σ s − 40·1500·n); else ⌊octets²/packets⌋; 1500·octets where the
// packets are unknown.
func Variance(octets, packets uint64, rate uint32) Uint128 {
	if rate <= 1 || octets == 0 {
		return Uint128{}
	}
	r := uint64(rate)
	hi, lo, over := secondMoment(octets, packets).mul64(r * (r - 1))
	if over != 0 || hi >= MaxV.Hi {
		return MaxV
	}
	return Uint128{hi, lo}
}

func secondMoment(octets, packets uint64) Uint128 {
	switch {
	case packets == 0:
		return U128(octets).Mul64(1500)
	case packets == 1:
		return U128(octets).Mul64(octets)
	case packets <= octets/40 && packets >= octets/1500+(octets%1500+1499)/1500:
		return U128(octets).Mul64(1540).Sub(U128(packets).Mul64(60000))
	}
	return U128(octets).Mul64(octets).Div64(packets)
}
