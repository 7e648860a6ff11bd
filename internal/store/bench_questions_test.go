package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// demoLike fills a store as the demo does: fourteen months from 2025-05, some fifty rows a slot, six
// million in all, with a few hundred to ten thousand addresses a cell and day.
func demoLike(b *testing.B, s *Store) []Label {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(9, 9))
	from := flow.SlotAt(time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC))
	to := flow.SlotAt(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))
	s.Names().Regions.ID("a")
	var cells []rollup.Cell
	var labels []Label
	for i := range 70 {
		as := 64500 + uint32(i)
		labels = append(labels, Label{Combination{as, 0, 0}, 0, ^flow.Slot(0), flow.NetworkType(i % 8), as})
		for n := range 1 + i%3 {
			cells = append(cells, rollup.Cell{AS: as, Region: uint16(1 + (i+n)%4), Direction: flow.Direction(n % 2), Version: uint8(4 + 2*(i%5/4))})
		}
	}
	hasher := rollup.New(rollup.Config{Key: s.Key()})
	for day := from; day < to; day += flow.SlotsPerDay {
		b := &rollup.Batch{}
		for slot := day; slot < day+flow.SlotsPerDay; slot++ {
			for _, c := range cells {
				if r.IntN(139) < 50 {
					o := r.Uint64N(1 << 40)
					b.Traffic = append(b.Traffic, rollup.Traffic{Slot: slot, Cell: c, Count: rollup.Count{Octets: o, Packets: o / 900, Flows: 10, V: rollup.U128(o).Mul64(1540 * 1000)}})
				}
			}
		}
		for i, c := range cells {
			n := 100
			if i%10 == 0 {
				n = 5000
			}
			var flows []flow.Flow
			for range n {
				flows = append(flows, flow.Flow{Octets: 1, Start: day.Start(), AS: c.AS, Region: c.Region, Direction: c.Direction, Version: c.Version, Remote: flow.Addr{Hi: uint64(c.AS), Lo: r.Uint64N(uint64(n) * 3)}})
			}
			hasher.Add(flows)
		}
		b.Endpoints = hasher.Take().Endpoints
		if err := s.Import(ctx, b); err != nil {
			panic(err)
		}
	}
	return labels
}

// BenchmarkQuestions asks what a dataset of a quarter asks, of a store like the demo's. Set
// TRIBUTARY_BENCH_STORE to a path to keep the store between runs.
func BenchmarkQuestions(b *testing.B) {
	ctx := context.Background()
	path := os.Getenv("TRIBUTARY_BENCH_STORE")
	if path == "" {
		path = filepath.Join(b.TempDir(), "t.duckdb")
	}
	s, err := Open(ctx, Options{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var labels []Label
	at := cpuSeconds()
	if _, ok := s.Newest(); !ok {
		labels = demoLike(b, s)
	} else {
		for i := range 70 {
			labels = append(labels, Label{Combination{64500 + uint32(i), 0, 0}, 0, ^flow.Slot(0), flow.NetworkType(i % 8), 64500 + uint32(i)})
		}
	}
	fmt.Printf("filled: %.1f CPU s\n", cpuSeconds()-at)
	at = cpuSeconds()
	if err := s.Maintain(ctx); err != nil {
		b.Fatal(err)
	}
	info, _ := os.Stat(path)
	fmt.Printf("maintained: %.1f CPU s, %d MB, %s\n", cpuSeconds()-at, info.Size()>>20, maxRSS())
	q, err := flow.ParsePeriod("2025Q4")
	if err != nil {
		b.Fatal(err)
	}
	timed := func(name string, f func(v *View) (int, error)) {
		b.Run(name, func(b *testing.B) {
			cpu, n := cpuSeconds(), 0
			for range b.N {
				v, err := s.View(ctx, labels)
				if err != nil {
					b.Fatal(err)
				}
				if n, err = f(v); err != nil {
					b.Fatal(err)
				}
				v.Close()
			}
			b.ReportMetric((cpuSeconds()-cpu)/float64(b.N), "cpu-s/op")
			b.ReportMetric(float64(n), "rows")
		})
	}
	timed("view", func(v *View) (int, error) { return 0, nil })
	timed("rates", func(v *View) (int, error) { r, err := v.Rates(ctx, q.Months()); return len(r), err })
	timed("volumes-month", func(v *View) (int, error) { r, err := v.Volumes(ctx, q, StepMonth); return len(r), err })
	timed("volumes-day", func(v *View) (int, error) { r, err := v.Volumes(ctx, q, StepDay); return len(r), err })
	timed("series-ten", func(v *View) (int, error) { r, err := v.Series(ctx, q, StepTenMinutes); return len(r), err })
	timed("uniques-day", func(v *View) (int, error) {
		n := 0
		return n, v.Uniques(ctx, q, StepDay, func(flow.Slot, Group, rollup.Sketch) error { n++; return nil })
	})
	timed("uniques-month", func(v *View) (int, error) {
		n := 0
		return n, v.Uniques(ctx, q, StepMonth, func(flow.Slot, Group, rollup.Sketch) error { n++; return nil })
	})
	fmt.Println(maxRSS())
}
