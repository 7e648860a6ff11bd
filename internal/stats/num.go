package stats

import "strconv"

// Num is a float64, or nothing: a measure that is hidden by publication, or that has no value (a
// sampling error where a rate is unknown). The zero value is nothing.
type Num struct {
	Value float64
	Known bool
}

// num is the Num of a value.
func num(v float64) Num { return Num{Value: v, Known: true} }

// Text is the shortest decimal, without exponent, that reads back to the same float64; empty for
// nothing. Without exponent, because every reader of CSV takes "0.00001" and not every one "1e-05".
func (n Num) Text() string { return string(n.Append(nil)) }

// Append appends Text to dst.
func (n Num) Append(dst []byte) []byte {
	if !n.Known {
		return dst
	}
	return strconv.AppendFloat(dst, n.Value, 'f', -1, 64)
}

// MarshalJSON is Text, or null.
func (n Num) MarshalJSON() ([]byte, error) {
	if !n.Known {
		return []byte("null"), nil
	}
	return n.Append(nil), nil
}
