package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

// What the bars of a report speak of.
const (
	reportPeriod = "2026Q2" // the last of the store's fourteen months
	reportPeak   = 3 << 30  // bytes
	retyped      = 10       // networks
)

// marks of its table in docs/performance.md.
const (
	reportBegin = "<!-- bench-report begin -->"
	reportEnd   = "<!-- bench-report end -->"
)

// reporting measures the report of a store of realistic size, made with `bench store`: the first time,
// again, after a re-classification, and the demo's; and compares the files of two runs.
func (b *bench) reporting(document string) error {
	large := filepath.Join(b.out, "large")
	if _, err := os.Stat(filepath.Join(large, storeConfig)); err != nil {
		return fmt.Errorf("there is no store to report on: make one with bench store -out %s, which takes a quarter of an hour", large)
	}
	demo, err := b.demo()
	if err != nil {
		return err
	}
	busy := loadAverage()
	var text bytes.Buffer
	text.WriteString("| report of a quarter | wall s | CPU s | peak MiB | bar | met |\n|---|---|---|---|---|---|\n")
	run := func(what, store, period, to string, bar time.Duration) error {
		u, err := runProgram(nil, b.binary, "-c", filepath.Join(store, storeConfig), "report", "--force", period, "-o", filepath.Join(b.out, to))
		if err != nil {
			return err
		}
		met := map[bool]string{true: "yes", false: "**no**"}[u.wall <= bar && u.peak <= reportPeak]
		fmt.Fprintf(&text, "| %s | %.1f | %.1f | %d | ≤ %.0f s, ≤ 3 GiB | %s |\n", what, u.wall.Seconds(), u.cpu.Seconds(), u.peak>>20, bar.Seconds(), met)
		return nil
	}
	for _, store := range []string{large, demo} {
		if err := os.RemoveAll(filepath.Join(store, "data", "answers")); err != nil {
			return err
		}
	}
	catalogue := filepath.Join(large, "networks.yaml")
	before, err := os.ReadFile(catalogue)
	if err != nil {
		return err
	}
	err = errors.Join(
		run("100 million rows in fourteen months, the first time", large, reportPeriod, "report-1", time.Minute),
		run("the same, again", large, reportPeriod, "report-2", 10*time.Second),
		os.WriteFile(catalogue, retype(before), 0o644),
		run(fmt.Sprintf("the same, with %d networks classed otherwise", retyped), large, reportPeriod, "report-3", 30*time.Second),
		os.WriteFile(catalogue, before, 0o644),
		run("the demo's, the first time", demo, "2025Q4", "report-4", 5*time.Second),
		run("the demo's, again", demo, "2025Q4", "report-5", 5*time.Second))
	if err != nil {
		return err
	}
	for _, pair := range [][3]string{{"100 million rows", "report-1", "report-2"}, {"the demo", "report-4", "report-5"}} {
		same, err := sameFiles(filepath.Join(b.out, pair[1]), filepath.Join(b.out, pair[2]))
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "| bytes of the first time and of the second, %s | | | | the same | %s |\n", pair[0], map[bool]string{true: "yes", false: "**no**"}[same])
	}
	fmt.Print(text.String())
	if document == "" {
		return nil
	}
	said := fmt.Sprintf("%s, %s, load average %s before and %s after:\n\n%s", time.Now().UTC().Format(time.DateOnly), b.machine(), busy, loadAverage(), text.String())
	return writeBetween(document, reportBegin, reportEnd, said)
}

// loadAverage is that of the last minute: with more than nothing before, wall times are of a machine that
// does other work besides.
func loadAverage() string { return firstMatch(fileText("/proc/loadavg"), `^(\S+)`) }

// retype classes some networks of a catalogue otherwise: those from the hundredth on.
func retype(text []byte) []byte {
	lines := bytes.Split(text, []byte("\n"))
	typed := regexp.MustCompile(`type: [a-z0-9-]+`)
	for i := 100; i < 100+retyped; i++ {
		to := "type: hosting"
		if bytes.Contains(lines[i], []byte(to)) {
			to = "type: cdn"
		}
		lines[i] = typed.ReplaceAll(slices.Clone(lines[i]), []byte(to))
	}
	return bytes.Join(lines, []byte("\n"))
}

// sameFiles reports whether two folders have the same files.
func sameFiles(a, b string) (bool, error) {
	read := func(dir string) (map[string]string, error) {
		files := map[string]string{}
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			files[path[len(dir):]] = string(data)
			return err
		})
		return files, err
	}
	inA, err := read(a)
	if err != nil {
		return false, err
	}
	inB, err := read(b)
	if err != nil {
		return false, err
	}
	for name, data := range inA {
		if inB[name] != data {
			return false, nil
		}
	}
	return len(inA) > 0 && len(inA) == len(inB), nil
}
