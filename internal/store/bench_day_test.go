package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"tributary/internal/flow"
)

// BenchmarkDay commits 24 hours of slots of 50,000 cells, each with 100 kB of state, and maintains
// the store once an hour: commits' CPU, memory and the file's size stay flat but for what the hours
// add.
func BenchmarkDay(b *testing.B) {
	benchSlots(b, 50_000, 24*flow.SlotsPerHour, 4*flow.SlotsPerHour)
}

// BenchmarkMonth is 30 days of slots of 300 cells: what is left behind by many commits.
func BenchmarkMonth(b *testing.B) {
	benchSlots(b, 300, 30*flow.SlotsPerDay, 5*flow.SlotsPerDay)
}

func benchSlots(b *testing.B, cells int, slots, report flow.Slot) {
	ctx := context.Background()
	s, err := Open(ctx, Options{Path: filepath.Join(b.TempDir(), "t.duckdb"), Threads: benchThreads})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	r := rand.New(rand.NewPCG(1, 1))
	state := make([]byte, 100_000)
	var commits, most, maintenance float64
	for slot := epoch; slot < epoch+slots; slot++ {
		batch := slotBatch(r, s.Key(), slot, cells)
		for i := range state {
			state[i] = byte(r.Uint32())
		}
		at := cpuSeconds()
		if err := s.CommitWith(ctx, Commit{Batch: batch, State: map[string][]byte{"decoder": state}}); err != nil {
			b.Fatal(err)
		}
		took := cpuSeconds() - at
		commits, most = commits+took, max(most, took)
		if (slot+1)%flow.SlotsPerHour == 0 {
			at := cpuSeconds()
			if err := s.Maintain(ctx); err != nil {
				b.Fatal(err)
			}
			maintenance += cpuSeconds() - at
		}
		if (slot+1-epoch)%report == 0 {
			info, _ := os.Stat(s.Path())
			wal, _ := os.Stat(s.Path() + ".wal")
			log := int64(0)
			if wal != nil {
				log = wal.Size()
			}
			fmt.Printf("slot %d: commits %.3f CPU s each, at most %.2f; maintenance %.2f CPU s; file %.1f MB, log %.1f MB; %s\n",
				slot+1-epoch, commits/float64(report), most, maintenance, float64(info.Size())/1e6, float64(log)/1e6, maxRSS())
			commits, most, maintenance = 0, 0, 0
		}
	}
}
