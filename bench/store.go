package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// A store of realistic size, for questions to be asked of: the fourteen months of the demo's story,
// four regions with five links each, and networks in Zipf's proportions, of which ten thousand are
// active a day. It is written as an import writes, a day at a time, and maintained each month.
const (
	storeFirst  = "2025-05"
	storeLast   = "2026-06"
	storeSeed   = 20251001
	storeRows   = 100_000_000
	exporters   = 2 // a region
	storeAS     = 300_000
	storeTyped  = 3_000 // networks that the catalogue knows
	storeConfig = "tributary.yaml"
)

var storeRegions = []string{"US-West", "US-East", "CA-East", "EU-Central"}

// storeLinks are the links of each region: 0 and 1 transit, 2 an exchange, 3 a private
// interconnection, 4 an onboarding link.
var storeLinks = []string{"transit", "ix", "pni", "onboarding", "transit"}

// storeKinds are their kinds.
var storeKinds = []string{"transit", "ix", "pni", "migration", "transit"}

// makeStore is the command `store`: it fills a folder with a store and its configuration.
func makeStore(args []string) error {
	fs := flag.NewFlagSet("store", flag.ContinueOnError)
	out := fs.String("out", "bench/out/large", "folder to make the store in; it must not have one")
	rows := fs.Float64("rows", storeRows, "rows of the table traffic, about")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(*out, storeConfig)); err == nil {
		return fmt.Errorf("%s has a store: name another folder, or remove it", *out)
	}
	if err := os.MkdirAll(filepath.Join(*out, "data"), 0o755); err != nil {
		return err
	}
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(*out, "data", "tributary.duckdb")})
	if err != nil {
		return err
	}
	defer s.Close()
	written, err := fillStore(ctx, s, *rows)
	if err != nil {
		return err
	}
	if err := writeStoreFiles(*out); err != nil {
		return err
	}
	log.Printf("wrote %d traffic rows, %d endpoint rows of days and %d place rows", written.traffic, written.endpoints, written.places)
	return nil
}

// writtenRows counts what was handed to a store.
type writtenRows struct{ traffic, endpoints, places int }

// fillStore writes the months a day at a time; the last two days with sketches by the hour.
func fillStore(ctx context.Context, s *store.Store, rows float64) (writtenRows, error) {
	var sum writtenRows
	first, err := flow.ParsePeriod(storeFirst)
	if err != nil {
		return sum, err
	}
	last, err := flow.ParsePeriod(storeLast)
	if err != nil {
		return sum, err
	}
	s.SetState("simulated", []byte("bench store"))
	w := newStoreWorld(s.Names(), rows/float64(last.To-first.From)*flow.SlotsPerDay)
	begin := time.Now()
	type job struct {
		day   flow.Slot
		batch *rollup.Batch
	}
	jobs := make(chan job)
	go func() {
		defer close(jobs)
		for day := first.From; day < last.To; day += flow.SlotsPerDay {
			jobs <- job{day, w.day(day, day >= last.To-2*flow.SlotsPerDay)}
		}
	}()
	for j := range jobs {
		if err := s.CommitWith(ctx, store.Commit{Batch: j.batch, Bulk: j.day < last.To-2*flow.SlotsPerDay}); err != nil {
			return sum, err
		}
		sum.traffic += len(j.batch.Traffic)
		sum.endpoints += len(j.batch.Endpoints)
		sum.places += len(j.batch.Places)
		if next := j.day + flow.SlotsPerDay; next == next.Month() {
			if err := s.Maintain(ctx); err != nil {
				return sum, err
			}
			log.Printf("%s: %d traffic rows, %.0f s", j.day.Time().Format("2006-01"), sum.traffic, time.Since(begin).Seconds())
		}
	}
	return sum, s.Maintain(ctx)
}

// writeStoreFiles writes the configuration and the catalogue of the store.
func writeStoreFiles(dir string) error {
	var b strings.Builder
	b.WriteString("# A store made by bench: its traffic is invented.\ndata: ./data\ncatalogue: [./networks.yaml]\n" +
		"own: [198.18.0.0/15, \"2001:db8::/32\"]\nown_as: [64496]\nlisten: [\"127.0.0.1:0\"]\nconsole: {listen: \"127.0.0.1:0\"}\n" +
		"publish: {always: [migration]}\nregions:\n")
	for r, name := range storeRegions {
		var list []string
		for e := range exporters {
			list = append(list, exporterOf(r, e).String())
		}
		fmt.Fprintf(&b, "  - {name: %s, exporters: [%s]}\n", name, strings.Join(list, ", "))
	}
	b.WriteString("links:\n")
	for r := range storeRegions {
		for l, kind := range storeKinds {
			fmt.Fprintf(&b, "  - {name: %s, exporter: %s, interfaces: [%d], kind: %s}\n", linkName(r, l), exporterOf(r, l%exporters), 500+l, kind)
		}
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, storeConfig), []byte(b.String()), 0o644),
		os.WriteFile(filepath.Join(dir, "networks.yaml"), storeCatalogue(), 0o644))
}

// storeCatalogue types the largest networks.
func storeCatalogue() []byte {
	var b strings.Builder
	b.WriteString("networks:\n")
	for n := range storeTyped {
		fmt.Fprintf(&b, "  - {as: %d, name: Network %d, type: %s}\n", storeAS+n, n, typeOfRank(n))
	}
	b.WriteString("prefixes:\n")
	for i, metro := range storeMetros {
		fmt.Fprintf(&b, "  - {prefix: 10.%d.0.0/16, name: %s, type: neocloud, metro: %s}\n", i, prefixName(i), metro)
	}
	return []byte(b.String())
}

// storeMetros are where the named prefixes are.
var storeMetros = []string{"Ashburn", "Dallas", "Chicago", "Phoenix", "Amsterdam", "Frankfurt", "Toronto", "Reno"}

func prefixName(i int) string { return "Compute " + storeMetros[i] }

// typeOfRank is the type of a network by its size: of the few large ones most are clouds and content
// networks, of the many small ones most are access providers.
func typeOfRank(n int) flow.NetworkType {
	if n < 48 {
		return [...]flow.NetworkType{flow.Hosting, flow.ISPRegional, flow.CDN, flow.Neocloud, flow.Hyperscaler, flow.ISPRegional, flow.ISPTier1, flow.Hosting}[n%8]
	}
	switch n % 10 {
	case 0:
		return flow.CDN
	case 1:
		return flow.Neocloud
	case 2, 3:
		return flow.Hosting
	case 4:
		return flow.ISPTier1
	}
	return flow.ISPRegional
}

func exporterOf(region, i int) flow.Addr {
	return flow.AddrFrom4([]byte{192, 0, 2, byte(region*16 + i + 1)})
}

func linkName(region, l int) string {
	return fmt.Sprintf("%s-%s-%d", strings.ToLower(storeRegions[region]), storeLinks[l], l)
}
