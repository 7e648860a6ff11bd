package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"strings"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// accuracyCase is two sets of addresses, of which so many are in both.
type accuracyCase struct {
	now, before, both int
	trials            int
}

// accuracySizes are the sizes of sets with the trials that each is given: a trial costs 25 ns an address.
var accuracySizes = []struct{ size, trials int }{
	{100, 2000}, {1000, 2000}, {4096, 2000}, {5000, 2000}, {10_000, 2000}, {100_000, 1000}, {1_000_000, 500}, {3_000_000, 250},
}

// accuracyOverlaps are the shares of a set that are in the other too.
var accuracyOverlaps = []float64{0.01, 0.1, 0.5, 0.9}

// accuracyUnequal are sets of unequal sizes.
var accuracyUnequal = []accuracyCase{
	{now: 10_000, before: 1_000_000, both: 5000, trials: 500},
	{now: 1_000_000, before: 10_000, both: 5000, trials: 500},
	{now: 3000, before: 100_000, both: 1500, trials: 1000},
}

// errorsOf gathers the errors of one statistic over trials.
type errorsOf struct {
	trials, within int
	squares        float64
	largest        float64
}

// add adds a trial: an estimate with its bounds, and the truth. Errors are relative to the truth.
func (e *errorsOf) add(estimate, low, high, truth float64) {
	e.trials++
	off := math.Abs(estimate-truth) / truth
	e.squares += off * off
	e.largest = max(e.largest, off)
	if low <= truth && truth <= high {
		e.within++
	}
}

func (e *errorsOf) String() string {
	if e.largest == 0 {
		return fmt.Sprintf("0 | 0 | %s", percentOf(e.within, e.trials))
	}
	return fmt.Sprintf("%.2f %% | %.1f %% | %s", 100*math.Sqrt(e.squares/float64(e.trials)), 100*e.largest, percentOf(e.within, e.trials))
}

// percentOf is a share of trials, which is 100 % only where it is all.
func percentOf(n, of int) string {
	if n == of {
		return "100 %"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
}

// numbered are IPv4 addresses, from one number to before another.
func numbered(from, to int) iter.Seq[flow.Addr] {
	return func(yield func(flow.Addr) bool) {
		for i := from; i < to; i++ {
			if !yield(flow.Addr{Lo: 0xffff<<32 | uint64(i)}) {
				return
			}
		}
	}
}

// accuracyKey is the key of a trial: all keys are equally likely to be a store's, and each gives the
// same addresses other hashes.
func accuracyKey(r *rand.Rand) (key [16]byte) {
	binary.LittleEndian.PutUint64(key[:8], r.Uint64())
	binary.LittleEndian.PutUint64(key[8:], r.Uint64())
	return key
}

// measure runs the trials of a size and its overlaps (numbers of addresses in both): the errors of the
// count of the first set, and of the share of it that is in the other, by overlap. Both sets have the
// addresses that are in both, and others.
func measureAccuracy(now, before int, both []int, trials int, r *rand.Rand) (unique errorsOf, persistence []errorsOf, err error) {
	persistence = make([]errorsOf, len(both))
	for range trials {
		key := accuracyKey(r)
		first := rollup.SketchOf(key, 128, numbered(0, now))
		low, high := first.Bounds()
		unique.add(first.Estimate(), low, high, float64(now))
		for i, n := range both {
			o, err := rollup.Intersect(first, rollup.SketchOf(key, 128, numbered(now-n, now-n+before)))
			if err != nil {
				return unique, nil, err
			}
			persistence[i].add(o.Share, o.Low, o.High, float64(n)/float64(now))
		}
	}
	return unique, persistence, nil
}

// accuracy measures sketches against exact counts: bench accuracy. Its numbers are the same on every
// machine.
func accuracy(args []string) error {
	fs := flag.NewFlagSet("accuracy", flag.ContinueOnError)
	divide := fs.Int("divide", 1, "run only one trial in so many: a first look, for no document")
	if err := fs.Parse(args); err != nil {
		return err
	}
	return writeAccuracy(os.Stdout, max(1, *divide))
}

// writeAccuracy prints the two tables of docs/explanation/methods.md.
func writeAccuracy(w io.Writer, divide int) error {
	r := rand.New(rand.NewPCG(2025, 4))
	fmt.Fprint(w, "| distinct addresses | trials | RMS error | largest error | within its bounds |\n|---:|---:|---:|---:|---:|\n")
	var rest strings.Builder // the second table
	for _, s := range accuracySizes {
		var both []int
		for _, share := range accuracyOverlaps {
			both = append(both, int(math.Round(share*float64(s.size))))
		}
		trials := max(2, s.trials/divide)
		unique, persistence, err := measureAccuracy(s.size, s.size, both, trials, r)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "| %s | %s | %s |\n", thousands(s.size), thousands(trials), &unique)
		for i := range persistence {
			fmt.Fprintf(&rest, "| %s | %s | %.0f %% | %s | %s |\n", thousands(s.size), thousands(s.size), 100*accuracyOverlaps[i], thousands(trials), &persistence[i])
		}
	}
	for _, c := range accuracyUnequal {
		trials := max(2, c.trials/divide)
		_, persistence, err := measureAccuracy(c.now, c.before, []int{c.both}, trials, r)
		if err != nil {
			return err
		}
		fmt.Fprintf(&rest, "| %s | %s | %.1f %% | %s | %s |\n", thousands(c.now), thousands(c.before), 100*float64(c.both)/float64(c.now), thousands(trials), &persistence[0])
	}
	_, err := fmt.Fprintf(w, "\n| addresses now | before | returning | trials | RMS error | largest error | within its bounds |\n|---:|---:|---:|---:|---:|---:|---:|\n%s", &rest)
	return err
}
