package rollup

import (
	"math/rand/v2"
	"testing"
)

func randomCells(n int) []packedCell {
	r := rand.New(rand.NewPCG(1, 1))
	out := make([]packedCell, n)
	for i := range out {
		out[i] = Cell{AS: r.Uint32N(60_000), Region: uint16(r.IntN(4)), Link: uint16(r.IntN(20)), Version: 4}.pack()
	}
	return out
}

func TestTableAgainstMap(t *testing.T) {
	numbers := newTable()
	for range 2 { // again on the memory of the first
		twin := map[packedCell]uint32{}
		for _, key := range append(randomCells(20_000), packedCell{}, packedCell{hi: 1}, packedCell{lo: 1}) {
			want, seen := twin[key]
			if !seen {
				want = uint32(len(twin))
				twin[key] = want
			}
			if got := numbers.find(key); got != want {
				t.Fatalf("find(%x) = %d, want %d", key, got, want)
			}
		}
		if len(numbers.keys) != len(twin) {
			t.Fatalf("%d keys, want %d", len(numbers.keys), len(twin))
		}
		numbers.reset()
	}
}

func BenchmarkTable(b *testing.B) {
	keys := randomCells(50_000)
	b.Run("table", func(b *testing.B) {
		t := newTable()
		for i := range b.N {
			t.find(keys[i%len(keys)])
		}
	})
	b.Run("map", func(b *testing.B) {
		m := map[packedCell]uint32{}
		for i := range b.N {
			key := keys[i%len(keys)]
			if _, ok := m[key]; !ok {
				m[key] = uint32(len(m))
			}
		}
	})
}
