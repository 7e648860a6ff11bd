package main

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// A network's addresses by its rank: the largest has some hundred thousand, most have a dozen. They are
// spread over its cells: in most of the largest networks' more than a sketch keeps, in the others few.
const (
	poolLargest  = 400_000
	poolExponent = 1.1
	poolLeast    = 12
	cellShare    = 1.2 // of a network's addresses, over the number of its cells: those that a cell ever sees
	monthShare   = 0.8 // of these, those there in a month
	dayShare     = 0.6 // of these, those there on a day
)

// newPool is the hashes of a network's addresses of an IP version, ascending.
func newPool(n int, version uint64) []uint64 {
	random := rand.New(rand.NewPCG(storeSeed, uint64(n)<<8|version))
	pool := make([]uint64, max(poolLeast, int(poolLargest/math.Pow(float64(n+1), poolExponent))))
	for i := range pool {
		pool[i] = max(1, random.Uint64())
	}
	slices.Sort(pool)
	return slices.Compact(pool)
}

// among chooses a part of hashes, the same ones whenever it is asked with the same salt.
func among(hashes []uint64, salt uint64, part float64) []uint64 {
	if part >= 1 {
		return hashes
	}
	var out []uint64
	limit := uint64(part * math.MaxUint64)
	for _, h := range hashes {
		if mix(h^salt) < limit {
			out = append(out, h)
		}
	}
	return out
}

// mix is the finaliser of SplitMix64: a good permutation of 64 bits.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// endpoints adds a cell's sketches of a day: one in the day's first hour, or with byHour one an hour.
// Who is there depends on the address, the cell, the month and the day.
func (w *storeWorld) endpoints(b *rollup.Batch, c *storeCell, day flow.Slot, byHour bool) {
	if !byHour {
		b.Endpoints = append(b.Endpoints, rollup.Endpoints{Hour: day, Cell: c.Cell, Sketch: w.sketch(c, uint64(day), 1)})
		return
	}
	for hour := range flow.Slot(flow.SlotsPerDay / flow.SlotsPerHour) {
		if s := w.sketch(c, uint64(day+hour), 0.2); !s.Empty() {
			b.Endpoints = append(b.Endpoints, rollup.Endpoints{Hour: day + hour*flow.SlotsPerHour, Cell: c.Cell, Sketch: s})
		}
	}
}

// sketch is of those of a cell's addresses that are there at a time, at least one if it is a day.
func (w *storeWorld) sketch(c *storeCell, at uint64, part float64) rollup.Sketch {
	month := uint64(flow.Slot(at).Month())
	chosen := among(among(c.addresses, mix(c.salt^month), monthShare), mix(c.salt^at), dayShare*part)
	if len(chosen) == 0 && part == 1 {
		chosen = c.addresses[:1]
	}
	var flags, ipv6 byte
	if len(chosen) > rollup.SketchSize {
		flags = 1
	}
	if c.Version == 6 {
		ipv6 = 128
	}
	text := []byte{1, ipv6, flags}
	if flags != 0 {
		text = binary.LittleEndian.AppendUint64(text, chosen[rollup.SketchSize])
		chosen = chosen[:rollup.SketchSize]
	}
	for _, h := range chosen {
		text = binary.LittleEndian.AppendUint64(text, h)
	}
	s, err := rollup.Parse(text)
	if err != nil {
		panic("BUG: a sketch that is none: " + err.Error())
	}
	return s
}
