package rollup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// SketchSize is k: how many hashes a sketch keeps, and up to how many distinct addresses its count
// is exact. Relative standard error beyond: at most 1/√(k−1) = 1.563 %.
const SketchSize = 4096

// Sketch is a set of distinct addresses, as keyed 64-bit hashes: all of them up to SketchSize, and
// beyond that the SketchSize smallest, with the next larger one as threshold (bottom-k, or KMV:
// Beyer et al., "On synopses for distinct-value estimation under multiset operations", 2007).
//
// It is canonical: it depends on the set alone, not on order, repetition or how it was put together,
// and the union of sketches is the sketch of the union. So the same flows give the same bytes, and
// the same addresses twice (an hour's row beside its day's) change nothing. It is immutable; the zero
// value is the empty set. We do not use a Theta sketch of DataSketches because neither holds for it,
// and an update sketch of 1,000 addresses takes 66 kB.
type Sketch struct {
	ipv6   uint8    // bits of IPv6 addresses that count; 0 = holds no IPv6 addresses
	theta  uint64   // the (k+1)-th smallest hash; 0 = the set is whole
	hashes []uint64 // ascending, distinct, not 0, below theta; exactly SketchSize if theta > 0
}

// ErrMixedIPv6 is a union of sketches that count IPv6 addresses differently.
var ErrMixedIPv6 = errors.New("the period mixes ways of counting IPv6 addresses (ipv6_prefix was changed within it): distinct addresses of the two parts cannot be added")

// Empty reports whether the set has no addresses.
func (s Sketch) Empty() bool { return len(s.hashes) == 0 }

// Exact reports whether Estimate is the exact count.
func (s Sketch) Exact() bool { return s.theta == 0 }

// Kept is the number of hashes held, at most SketchSize: what the sketch weighs.
func (s Sketch) Kept() int { return len(s.hashes) }

// IPv6Prefix is how many leading bits of IPv6 addresses were counted as one address; 0 where the
// sketch holds no IPv6 addresses, which goes with everything.
func (s Sketch) IPv6Prefix() int { return int(s.ipv6) }

// Estimate is the number of distinct addresses: exact up to SketchSize, else k/θ with θ the
// threshold as a fraction of all hashes, which is unbiased (Beyer et al., theorem 1, whose k is ours
// plus one).
func (s Sketch) Estimate() float64 {
	if s.theta == 0 {
		return float64(len(s.hashes))
	}
	return SketchSize * (0x1p64 / float64(s.theta))
}

// Bounds are Estimate less and plus two standard deviations of the estimator: for n addresses its
// variance is n·(n−k)/(k−1), here with the estimate for n. Where low would be below k+1 addresses,
// which are certainly there, it is that, or the estimate if even that is below. Both are Estimate
// where it is exact.
func (s Sketch) Bounds() (low, high float64) {
	n := s.Estimate()
	if s.theta == 0 {
		return n, n
	}
	sd := math.Sqrt(n * max(0, n-SketchSize) / (SketchSize - 1))
	return min(n, max(SketchSize+1, n-2*sd)), max(SketchSize+1, n+2*sd)
}

// Equal reports whether two sketches are the same, so are of the same addresses as far as known.
func (s Sketch) Equal(o Sketch) bool {
	return s.ipv6 == o.ipv6 && s.theta == o.theta && slices.Equal(s.hashes, o.hashes)
}

// sealed makes the canonical sketch of ascending distinct hashes, all those below theta (0 = all
// there are). It keeps a part of hashes.
func sealed(ipv6 uint8, theta uint64, hashes []uint64) Sketch {
	if len(hashes) > SketchSize {
		theta = hashes[SketchSize]
		hashes = hashes[:SketchSize:SketchSize]
	}
	return Sketch{ipv6, theta, hashes}
}

// On disk a sketch is, in little-endian order,
//
//	version (1) | IPv6 bits (1) | flags (1): 1 = threshold follows | [threshold (8)] | hashes (8 each)
//
// The number of hashes follows from the length.
const (
	sketchVersion   = 1
	sketchThreshold = 1
	sketchHeader    = 3
)

// maxSketchBytes is the longest encoding.
const maxSketchBytes = sketchHeader + 8 + 8*SketchSize

// AppendBinary appends the encoding to dst.
func (s Sketch) AppendBinary(dst []byte) []byte {
	dst = slices.Grow(dst, sketchHeader+8+8*len(s.hashes))
	if s.theta == 0 {
		dst = append(dst, sketchVersion, s.ipv6, 0)
	} else {
		dst = append(dst, sketchVersion, s.ipv6, sketchThreshold)
		dst = binary.LittleEndian.AppendUint64(dst, s.theta)
	}
	for _, h := range s.hashes {
		dst = binary.LittleEndian.AppendUint64(dst, h)
	}
	return dst
}

// Parse reads an encoding, checking that it is canonical, and copies what it needs of b.
func Parse(b []byte) (Sketch, error) {
	var s Sketch
	if err := s.Decode(b); err != nil {
		return Sketch{}, err
	}
	return s, nil
}

// Decode is Parse into s, reusing its memory: copies of the earlier value become invalid.
func (s *Sketch) Decode(b []byte) error {
	hashes := s.hashes[:0]
	*s = Sketch{}
	switch {
	case len(b) < sketchHeader:
		return fmt.Errorf("sketch of %d bytes is shorter than its header", len(b))
	case len(b) > maxSketchBytes:
		return fmt.Errorf("sketch of %d bytes is longer than any", len(b))
	case b[0] != sketchVersion:
		return fmt.Errorf("sketch has version %d, not %d", b[0], sketchVersion)
	case b[1] > 128:
		return fmt.Errorf("sketch counts %d bits of IPv6 addresses", b[1])
	case b[2]&^sketchThreshold != 0:
		return fmt.Errorf("sketch has unknown flags %#x", b[2])
	}
	ipv6, withTheta, b := b[1], b[2] == sketchThreshold, b[sketchHeader:]
	var theta uint64
	if withTheta {
		if len(b) != 8+8*SketchSize {
			return fmt.Errorf("sketch with a threshold has %d bytes, not %d", len(b), 8+8*SketchSize)
		}
		theta, b = binary.LittleEndian.Uint64(b), b[8:]
	}
	if len(b)%8 != 0 || len(b) > 8*SketchSize {
		return fmt.Errorf("sketch has %d bytes of hashes", len(b))
	}
	hashes = slices.Grow(hashes, len(b)/8)[:len(b)/8]
	var before uint64
	for i := range hashes {
		h := binary.LittleEndian.Uint64(b[8*i:])
		if h <= before {
			return errors.New("sketch is not sorted")
		}
		hashes[i], before = h, h
	}
	if withTheta && theta <= before {
		return errors.New("sketch has hashes at or beyond its threshold")
	}
	*s = Sketch{ipv6, theta, hashes}
	return nil
}

// MarshalBinary is AppendBinary of nothing, for encoding/gob.
func (s Sketch) MarshalBinary() ([]byte, error) { return s.AppendBinary(nil), nil }

// UnmarshalBinary is Decode; s must be new.
func (s *Sketch) UnmarshalBinary(b []byte) error { return s.Decode(b) }
