package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// benchThreads are DuckDB's; 0 = as usual.
var benchThreads, _ = strconv.Atoi(os.Getenv("THREADS"))

func cpuSeconds() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func maxRSS() string {
	b, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "VmHWM") {
			return strings.TrimSpace(line[6:])
		}
	}
	return ""
}

// BenchmarkImport commits what 3,000,000 records of the load generator over 24 hours come to: some
// 4,200 cells a slot, 180,000 addresses in 3,000 networks.
func BenchmarkImport(b *testing.B) {
	for range b.N {
		ctx := context.Background()
		s, err := Open(ctx, Options{Path: filepath.Join(b.TempDir(), "t.duckdb"), Threads: benchThreads})
		if err != nil {
			b.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 2))
		zipf := rand.NewZipf(r, 1.1, 10, 2999)
		t := rollup.New(rollup.Config{Key: s.Key()})
		flows := make([]flow.Flow, 25)
		var tally, take, commit float64
		rows, hours, hashes := 0, 0, 0
		at := cpuSeconds()
		for n := 0; n < 3_000_000; n += len(flows) {
			for i := range flows {
				as := uint32(zipf.Uint64())
				f := flow.Flow{
					Octets: uint64(r.IntN(100_000) + 40), Packets: uint64(r.IntN(60) + 1), Rate: 1000, AS: 64500 + as,
					Direction: flow.Direction(r.IntN(2)), Version: 4, Remote: flow.AddrFrom4([]byte{byte(as >> 8), byte(as), byte(r.IntN(60)), 1}),
				}
				f.Start = 1_700_006_400_000 + int64(n)*86_400_000/3_000_000
				f.End = f.Start + int64(r.IntN(10_000))
				flows[i] = f
			}
			t.Add(flows)
			cells, addresses, _ := t.Size()
			if cells > 400_000 || addresses > 4_000_000 || n+len(flows) >= 3_000_000 {
				now := cpuSeconds()
				tally += now - at
				at = now
				batch := t.Take()
				rows += len(batch.Traffic)
				hours += len(batch.Endpoints)
				for _, e := range batch.Endpoints {
					hashes += e.Sketch.Kept()
				}
				now = cpuSeconds()
				take += now - at
				at = now
				if err := s.Import(ctx, batch); err != nil {
					b.Fatal(err)
				}
				now = cpuSeconds()
				commit += now - at
				at = now
			}
		}
		_ = s.Close()
		now := cpuSeconds()
		info, _ := os.Stat(s.Path())
		fmt.Printf("flows %.2f s, take %.2f s, commit %.2f s, close %.2f s CPU; %d rows, %d hour cells, %d hashes; file %d MB; %s\n", tally, take, commit, now-at, rows, hours, hashes, info.Size()>>20, maxRSS())
		runtime.GC()
	}
}
