package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"tributary/internal/stats"
)

// This file measures how often the intervals of share changes hold the true change: it invents pairs of
// periods whose true shares are known, and asks the report's own function for an interval of each.

// A trafficType is what a network type's weeks are made of: its true share of all bits in the two periods,
// and the standard deviation of the logarithm of its weekly bits. The shares are those of the demo's third
// and fourth quarter of 2025, changes large and small; the deviations go from steady hosting to bulk
// migration.
type trafficType struct {
	name        string
	before, now float64
	deviation   float64
}

var trafficTypes = []trafficType{
	{"isp-regional", 0.275, 0.215, 0.06},
	{"cdn", 0.252, 0.200, 0.10},
	{"neocloud", 0.198, 0.184, 0.15},
	{"hyperscaler", 0.035, 0.180, 0.12},
	{"hosting", 0.129, 0.132, 0.05},
	{"migration", 0.0635, 0.047, 0.40},
	{"isp-tier1", 0.0335, 0.030, 0.08},
	{"other", 0.014, 0.012, 0.20},
}

// commonDeviation is that of what all types share: busy weeks and quiet ones. It cancels in shares but
// for what it adds to some weeks' weight.
const commonDeviation = 0.08

// A scenario is how the weeks of two periods follow each other.
type scenario struct {
	name    string
	weeks   int     // of each period; the second follows the first
	rho     float64 // correlation of the logarithms of neighbouring weeks: AR(1)
	trend   bool    // shares move in a straight line from the first week of both periods to the last
	times   float64 // deviations are these times those of trafficTypes
	changes bool    // else the shares are the same in both periods
}

var scenarios = []scenario{
	{"quarters, independent weeks", 13, 0, false, 1, true},
	{"the same, nothing changes", 13, 0, false, 1, false},
	{"the same, twice the deviation", 13, 0, false, 2, true},
	{"quarters, autocorrelation 0.5", 13, 0.5, false, 1, true},
	{"quarters, autocorrelation 0.7", 13, 0.7, false, 1, true},
	{"quarters, trend", 13, 0, true, 1, true},
	{"quarters, trend and autocorrelation 0.5", 13, 0.5, true, 1, true},
	{"eight weeks, independent", 8, 0, false, 1, true},
	{"eight weeks, autocorrelation 0.5", 8, 0.5, false, 1, true},
	{"years, independent weeks", 52, 0, false, 1, true},
	{"years, autocorrelation 0.5", 52, 0.5, false, 1, true},
}

// mean is the expected bits of a type in a week of both periods, counted from 0; the expected total is 1.
func (s *scenario) mean(t *trafficType, week int) float64 {
	switch {
	case !s.changes:
		return t.now
	case s.trend:
		return t.before + (t.now-t.before)*float64(week)/float64(2*s.weeks-1)
	case week < s.weeks:
		return t.before
	}
	return t.now
}

// truth is the change of the expected share, in percentage points.
func (s *scenario) truth(t *trafficType) float64 {
	var shares [2]float64
	for week := range 2 * s.weeks {
		shares[week/s.weeks] += s.mean(t, week) / float64(s.weeks)
	}
	return 100 * (shares[1] - shares[0])
}

// pair invents the weeks of two periods, by type: log-normal around their means.
func (s *scenario) pair(r *rand.Rand) [][]stats.Week {
	weeks := 2 * s.weeks
	total := make([]float64, weeks)
	common := s.noise(r, commonDeviation)
	out := make([][]stats.Week, len(trafficTypes))
	for i := range trafficTypes {
		t := &trafficTypes[i]
		own := s.noise(r, t.deviation*s.times)
		out[i] = make([]stats.Week, weeks)
		for w := range weeks {
			out[i][w].Part = s.mean(t, w) * own[w] * common[w]
			total[w] += out[i][w].Part
		}
	}
	for i := range out {
		for w := range weeks {
			out[i][w].Whole = total[w]
		}
	}
	return out
}

// newNoise begins anew for every scenario, so that they differ by nothing else.
func newNoise() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// noise is a factor for each week of both periods, of mean 1: the exponential of a stationary AR(1)
// process.
func (s *scenario) noise(r *rand.Rand, deviation float64) []float64 {
	out := make([]float64, 2*s.weeks)
	z := r.NormFloat64()
	for w := range out {
		if w > 0 {
			z = s.rho*z + math.Sqrt(1-s.rho*s.rho)*r.NormFloat64()
		}
		out[w] = math.Exp(deviation*z - deviation*deviation/2)
	}
	return out
}

// coverage is how often a method's intervals held the true change, and how wide they were.
type coverage struct {
	byType []int   // pairs whose interval held it
	half   float64 // sum of half-widths over types and pairs, points
}

// measure invents pairs and asks every method for their intervals.
func (s *scenario) measure(pairs int, methods []method) []coverage {
	out := make([]coverage, len(methods))
	for m := range methods {
		out[m].byType = make([]int, len(trafficTypes))
	}
	r := newNoise()
	for range pairs {
		for t, weeks := range s.pair(r) {
			truth := s.truth(&trafficTypes[t])
			for m := range methods {
				i := methods[m].interval(weeks[:s.weeks], weeks[s.weeks:])
				if i.Low <= truth && truth <= i.High {
					out[m].byType[t]++
				}
				out[m].half += (i.High - i.Low) / 2
			}
		}
	}
	return out
}

// share is the share of all pairs and types, and of the type with least and most.
func (h *coverage) share(pairs int) (all, least, most float64) {
	sum := 0
	for _, n := range h.byType {
		sum += n
	}
	n := float64(pairs)
	return float64(sum) / n / float64(len(h.byType)), float64(slices.Min(h.byType)) / n, float64(slices.Max(h.byType)) / n
}

// intervals is the command: it prints the table of docs/explanation/methods.md, or writes it there.
func intervals(args []string) error {
	fs := flag.NewFlagSet("intervals", flag.ContinueOnError)
	pairs := fs.Int("pairs", documentPairs, "pairs of periods to invent for each row")
	write := fs.String("write", "", "also write the table between its marks in this document")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *pairs < 1 {
		return errors.New("-pairs must be at least 1")
	}
	text := coverageTable(*pairs)
	fmt.Print(text)
	if *write == "" {
		return nil
	}
	doc, err := os.ReadFile(*write)
	if err != nil {
		return fmt.Errorf("cannot write the table: %w", err)
	}
	begin, end := bytes.Index(doc, []byte(intervalsBegin)), bytes.Index(doc, []byte(intervalsEnd))
	if begin < 0 || end < begin {
		return fmt.Errorf("cannot write the table into %s: the lines %q and %q must stand in it, in this order", *write, intervalsBegin, intervalsEnd)
	}
	return os.WriteFile(*write, slices.Concat(doc[:begin], []byte(intervalsBegin+"\n"+text), doc[end:]), 0o644)
}

// documentPairs is how many pairs stand behind the numbers of docs/explanation/methods.md.
const documentPairs = 1000

// Marks in a document between which the table stands.
const (
	intervalsBegin = "<!-- bench-intervals begin -->"
	intervalsEnd   = "<!-- bench-intervals end -->"
)

// coverageTable is a row a scenario and a column a method, in Markdown.
func coverageTable(pairs int) string {
	var b strings.Builder
	b.WriteString("| weeks | ")
	for _, m := range methods {
		b.WriteString(m.name + " | ")
	}
	b.WriteString("least and most by type |\n|---|" + strings.Repeat("---|", len(methods)+1) + "\n")
	for i := range scenarios {
		s := &scenarios[i]
		fmt.Fprintf(&b, "| %s | ", s.name)
		all := s.measure(pairs, methods)
		for _, h := range all {
			share, _, _ := h.share(pairs)
			fmt.Fprintf(&b, "%.1f %% (±%.2f) | ", 100*share, h.half/float64(pairs*len(trafficTypes)))
		}
		_, least, most := all[0].share(pairs)
		fmt.Fprintf(&b, "%.1f to %.1f %% |\n", 100*least, 100*most)
	}
	return b.String()
}
