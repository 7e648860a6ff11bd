package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// productRuns is how many times each figure of the program's own is measured; the median counts.
const productRuns = 3

// product measures the program alone and prints a table.
func (b *bench) product() error {
	fmt.Println("| what | CPU s | wall s | records per CPU s | peak MiB |")
	fmt.Println("|---|---|---|---|---|")
	for _, c := range []struct{ what, span string }{
		{"import of 3,000,000 v9 records, 30 s of stream time", ""},
		{"import of 3,000,000 v9 records, 24 h of stream time (288 slots)", "24h"},
	} {
		capture, err := b.load.stream(c.span)
		if err != nil {
			return err
		}
		u, err := b.median(func() (usage, error) { return b.importOnce(capture) })
		if err != nil {
			return err
		}
		printUsage(c.what, u, streamRecords)
	}
	demo, err := b.demo()
	if err != nil {
		return err
	}
	config := filepath.Join(demo, "tributary.yaml")
	for _, period := range []string{"2025Q4", "2025-05..2026-06"} {
		u, err := b.median(func() (usage, error) {
			return runProgram(nil, b.binary, "-c", config, "dataset", period, "-o", filepath.Join(b.out, "dataset.csv"))
		})
		if err != nil {
			return err
		}
		printUsage("dataset "+period+" over the demo", u, 0)
	}
	u, err := b.median(func() (usage, error) {
		return runProgram(nil, b.binary, "-c", config, "report", "2025Q4", "-o", filepath.Join(b.out, "report"))
	})
	if err != nil {
		return err
	}
	printUsage("report 2025Q4 over the demo", u, 0)
	return nil
}

func printUsage(what string, u usage, records int) {
	rate := ""
	if records > 0 {
		rate = fmt.Sprintf("%.0f", float64(records)/u.cpu.Seconds())
	}
	fmt.Printf("| %s | %.2f | %.2f | %s | %d |\n", what, u.cpu.Seconds(), u.wall.Seconds(), rate, u.peak>>20)
}

// median runs f and returns the run with the median CPU time.
func (b *bench) median(f func() (usage, error)) (usage, error) {
	var all []usage
	for range b.rounds(productRuns) {
		u, err := f()
		if err != nil {
			return u, err
		}
		i := 0
		for i < len(all) && all[i].cpu < u.cpu {
			i++
		}
		all = append(all[:i], append([]usage{u}, all[i:]...)...)
	}
	return all[len(all)/2], nil
}

// demo fills the demo's store, unless it is there.
func (b *bench) demo() (string, error) {
	dir := filepath.Join(b.out, "demo")
	if _, err := os.Stat(filepath.Join(dir, "tributary.yaml")); err == nil {
		return dir, nil
	}
	u, err := runProgram(nil, b.binary, "demo", "--data", dir, "--fill-only")
	if err != nil {
		return "", err
	}
	printUsage("demo: fourteen months to an openable store", u, 0)
	return dir, nil
}
