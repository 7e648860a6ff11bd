package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// BenchmarkLive commits slots of 50,000 cells with three addresses each, as a collector would, one
// after another with maintenance once an hour; and then one of a million cells.
func BenchmarkLive(b *testing.B) {
	ctx := context.Background()
	s, err := Open(ctx, Options{Path: filepath.Join(b.TempDir(), "t.duckdb"), Threads: benchThreads})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	tally := rollup.New(rollup.Config{Key: s.Key()})
	r := rand.New(rand.NewPCG(1, 1))
	commit := func(slot flow.Slot, cells int) {
		flows := make([]flow.Flow, 3)
		for i := range cells {
			for j := range flows {
				flows[j] = flow.Flow{
					Octets: 1000 + r.Uint64N(1e6), Packets: 10, Rate: 1000, Start: slot.Start(), End: slot.Start(),
					AS: uint32(i % 12_500), Region: uint16(1 + i/12_500), Version: 4, Remote: flow.Addr{Lo: 0xffff<<32 | uint64(i%12_500)<<6 | r.Uint64N(40)},
				}
			}
			tally.Add(flows)
		}
		at := cpuSeconds()
		batch := tally.Take()
		took := cpuSeconds() - at
		if err := s.Commit(ctx, batch); err != nil {
			b.Fatal(err)
		}
		if slot%12 == 0 || cells > 100_000 {
			fmt.Printf("slot %d: %d cells: take %.2f, commit %.2f CPU s; %s\n", slot-epoch, cells, took, cpuSeconds()-at-took, maxRSS())
		}
	}
	for slot := epoch; slot < epoch+3*flow.SlotsPerHour; slot++ {
		commit(slot, 50_000)
		if slot%12 == 0 {
			at := cpuSeconds()
			if err := s.Maintain(ctx); err != nil {
				b.Fatal(err)
			}
			fmt.Printf("maintain %.2f CPU s; %s\n", cpuSeconds()-at, maxRSS())
		}
	}
	commit(epoch+40, 1_000_000)
}
