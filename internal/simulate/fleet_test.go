package simulate

import (
	"hash/fnv"
	"testing"

	"tributary/internal/flow"
)

// run acts out a part of the story and returns a hash of all datagrams and how many there were.
func run(t testing.TB, c Config) (sum uint64, datagrams, octets int) {
	t.Helper()
	f, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	h := fnv.New64a()
	var dg flow.Datagram
	last := int64(0)
	for f.Next(&dg) {
		if dg.Arrival < last {
			t.Fatalf("datagram %d arrives at %d, after one at %d", datagrams, dg.Arrival, last)
		}
		last = dg.Arrival
		h.Write(dg.Payload)
		datagrams++
		octets += len(dg.Payload)
	}
	return h.Sum64(), datagrams, octets
}

func TestFleetIsDeterministic(t *testing.T) {
	day := Config{Seed: 1, From: First, To: First + 2*flow.SlotsPerDay}
	a, n, _ := run(t, day)
	b, _, _ := run(t, day)
	if n == 0 || a != b {
		t.Errorf("two runs of %d datagrams gave %x and %x", n, a, b)
	}
	day.Seed = 2
	if c, _, _ := run(t, day); c == a {
		t.Errorf("another seed gave the same bytes")
	}
}

func BenchmarkFleet(b *testing.B) {
	f, err := New(Config{Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	var dg flow.Datagram
	records := 0
	for b.Loop() {
		if !f.Next(&dg) {
			f, _ = New(Config{Seed: 1})
		}
		records++
	}
}
