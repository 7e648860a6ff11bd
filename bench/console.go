package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// What the bars of the console speak of.
const (
	barDemo      = 300 * time.Millisecond  // p95 over the demo, also while it takes consoleRate
	barHours     = 1500 * time.Millisecond // p95 over 100 million rows, of what rows of hours answer
	barSlots     = 5 * time.Second         // the same, of a quarter's percentiles
	barPaint     = time.Second             // first paint with data
	barLoad      = 350 << 10               // octets of the first load, compressed
	consoleRate  = 500_000                 // records a second
	consoleTurns = 20
)

// marks of its table in docs/performance.md.
const (
	consoleBegin = "<!-- bench-console begin -->"
	consoleEnd   = "<!-- bench-console end -->"
)

// request is what a page asks.
type request struct {
	what  string
	path  string // under /api/v1/; {…} is another number each time, so that no kept answer serves
	large time.Duration
}

// consoleRequests are those of the Overview, and ten typical questions of Explore.
var consoleRequests = []request{
	{"overview: status", "status", barHours},
	{"overview: the month", "overview", barHours},
	{"overview: now", "now", barHours},
	{"overview: volume by type", "figures/volume?width=9{nn}", barHours},
	{"overview: heatmap of volume", "figures/heat-volume?width=9{nn}", barHours},
	{"overview: heatmap of uniqueness", "figures/heat-uniqueness?width=9{nn}", barHours},
	{"overview: heatmap of magnitude", "figures/heat-magnitude?width=9{nn}", barHours},
	{"overview: flow", "figures/flow?width=9{nn}", barHours},
	{"volume by type, fourteen months by day", "explore?measure=volume&by=type&range=2025-05..2026-06&step=1d&top={60+n}", barHours},
	{"volume by region and type, a month as one", "explore?measure=volume&by=region,type&range=2026-05&step=whole&top={60+n}", barHours},
	{"the largest networks of a quarter, by day", "explore?measure=volume&by=network&range=2026Q2&step=1d&top={20+n}", barHours},
	{"p95 by type and region, a quarter", "explore?measure=p95&by=type,region&range=2026Q2&step=whole&top={60+n}", barSlots},
	{"uniqueness by type, a quarter by month", "explore?measure=uniqueness&by=type&range=2026Q2&step=1mo&top={60+n}", barHours},
	{"magnitude by type, a quarter by month", "explore?measure=magnitude&by=type&range=2026Q2&step=1mo&top={60+n}", barHours},
	{"persistence by type, a month", "explore?measure=persistence&by=type&range=2026-06&step=1mo&top={60+n}", barHours},
	{"volume by country, a month by day", "explore?measure=volume&by=country&range=2026-06&step=1d&top={20+n}", barHours},
	{"volume by type but over migration links, a quarter by day", "explore?measure=volume&by=type&where=not+link.kind+%3D+migration&range=2026Q2&step=1d&top={60+n}", barHours},
	{"rate by type, the last 24 hours by five minutes", "explore?measure=rate&by=type&range=24h&step=5m&top={60+n}", barHours},
}

// answered are the times of one request.
type answered struct {
	first time.Duration // after the start
	all   []time.Duration
}

// percentile is by nearest rank.
func percentile(all []time.Duration, share float64) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[max(0, int(math.Ceil(share*float64(len(sorted))))-1)]
}

// consoleSide is one of the stores over which the console is measured.
type consoleSide struct {
	name   string
	rate   int // records a second that arrive meanwhile
	bar    func(request) time.Duration
	times  []answered // beside consoleRequests
	pooled answered   // of all requests
	loss   string     // what arrived and was lost
	page   *painted   // nil: not measured
}

// consoling measures the console over the demo, over the demo while records arrive, and over the store of
// realistic size.
func (b *bench) consoling(document string) error {
	large := filepath.Join(b.out, "large")
	if _, err := os.Stat(filepath.Join(large, storeConfig)); err != nil {
		return fmt.Errorf("there is no store of realistic size: make one with bench store -out %s, which takes a quarter of an hour", large)
	}
	demo, err := b.demo()
	if err != nil {
		return err
	}
	busy := loadAverage()
	always := func(request) time.Duration { return barDemo }
	sides := []*consoleSide{
		{name: "demo", bar: always},
		{name: fmt.Sprintf("demo, %s records/s", thousands(consoleRate)), rate: consoleRate, bar: always},
		{name: "100 million rows", bar: func(r request) time.Duration { return r.large }},
	}
	for i, s := range sides {
		log.Printf("measuring the console over %s", s.name)
		dir := large
		if i < 2 { // what arrives is not for the demo that others use
			if dir, err = os.MkdirTemp(b.out, "console-"); err != nil {
				return err
			}
			if _, err := runProgram(nil, "cp", "-r", demo+"/.", dir); err != nil {
				return err
			}
		}
		err := b.consoleSide(s, dir)
		if i < 2 {
			err = errors.Join(err, os.RemoveAll(dir))
		}
		if err != nil {
			return err
		}
	}
	text := consoleTable(sides)
	fmt.Print(text)
	if document == "" {
		return nil
	}
	said := fmt.Sprintf("%s, %s, load average %s before and %s after:\n\n%s", time.Now().UTC().Format(time.DateOnly), b.machine(), busy, loadAverage(), text)
	return writeBetween(document, consoleBegin, consoleEnd, said)
}

// consoleSide measures over one store.
func (b *bench) consoleSide(s *consoleSide, dir string) error {
	c, err := b.serve(dir)
	if err != nil {
		return err
	}
	if err := c.calm(); err != nil {
		return errors.Join(err, c.finish())
	}
	var arriving *arrival
	if s.rate > 0 {
		if arriving, err = b.arrive(c, s.rate); err != nil {
			return errors.Join(err, c.finish())
		}
	}
	s.times = make([]answered, len(consoleRequests))
	turns := b.rounds(consoleTurns)
	for turn := range turns {
		for i, r := range consoleRequests {
			took, err := c.ask(r, turn)
			if err != nil {
				return errors.Join(err, c.finish())
			}
			if turn == 0 {
				s.times[i].first = took
				s.pooled.first = max(s.pooled.first, took)
			}
			s.times[i].all = append(s.times[i].all, took)
			s.pooled.all = append(s.pooled.all, took)
		}
	}
	if s.rate == 0 {
		if s.page, err = b.paint(c); err != nil {
			return errors.Join(err, c.finish())
		}
	}
	if arriving != nil {
		if s.loss, err = arriving.lost(c); err != nil {
			return errors.Join(err, c.finish())
		}
	}
	return c.finish()
}

var (
	listenLine  = regexp.MustCompile(`(?m)^listen:.*$`)
	consoleLine = regexp.MustCompile(`(?m)^console:.*$`)
	regionsLine = regexp.MustCompile(`(?m)^regions:$`)
)

// serve starts `run` over a store that a folder holds with its configuration.
func (b *bench) serve(dir string) (*collecting, error) {
	text, err := os.ReadFile(filepath.Join(dir, storeConfig))
	if err != nil {
		return nil, err
	}
	c := &collecting{dir: dir}
	if c.udp, err = freePort(b.ctx, "udp"); err != nil {
		return nil, err
	}
	if c.console, err = freePort(b.ctx, "tcp"); err != nil {
		return nil, err
	}
	text = listenLine.ReplaceAll(text, fmt.Appendf(nil, "listen: [\"127.0.0.1:%d\"]", c.udp))
	text = consoleLine.ReplaceAll(text, fmt.Appendf(nil, "console: {listen: \"127.0.0.1:%d\"}", c.console))
	text = regionsLine.ReplaceAll(text, []byte("regions:\n  - {name: Bench, exporters: [127.0.0.0/8]}"))
	config := filepath.Join(dir, "bench-console.yaml")
	if err := os.WriteFile(config, text, 0o644); err != nil {
		return nil, err
	}
	if c.server, err = start(b.ctx, b.binary, "-c", config, "run"); err != nil {
		return nil, err
	}
	return c, c.until("must answer on its console", func() bool { _, err := c.metrics(); return err == nil })
}

// finish ends the program and leaves its store.
func (c *collecting) finish() error {
	_, err := c.server.stop()
	if err == nil && !c.cmd.ProcessState.Success() {
		err = fmt.Errorf("tributary run failed: %v\n%s", c.cmd.ProcessState, c.said)
	}
	return err
}

// consoleTable writes what was measured.
func consoleTable(sides []*consoleSide) string {
	var b bytes.Buffer
	b.WriteString("| p50 / p95 / max, ms |")
	for _, s := range sides {
		fmt.Fprintf(&b, " %s |", s.name)
	}
	b.WriteString(" bars of p95 | met |\n|---|" + strings.Repeat("---|", len(sides)) + "---|---|\n")
	row := func(what string, times func(*consoleSide) *answered, bar func(*consoleSide) time.Duration) {
		met := true
		var bars []string
		fmt.Fprintf(&b, "| %s |", what)
		for _, s := range sides {
			a := times(s)
			p95 := percentile(a.all, 0.95)
			fmt.Fprintf(&b, " %s / %s / %s |", millis(percentile(a.all, 0.5)), millis(p95), millis(slices.Max(a.all)))
			met = met && p95 <= bar(s)
			bars = append(bars, millis(bar(s)))
		}
		fmt.Fprintf(&b, " ≤ %s | %s |\n", strings.Join(bars, ", "), yes(met))
	}
	for i, r := range consoleRequests {
		row(r.what, func(s *consoleSide) *answered { return &s.times[i] }, func(s *consoleSide) time.Duration { return s.bar(r) })
	}
	row("all together", func(s *consoleSide) *answered { return &s.pooled }, func(s *consoleSide) time.Duration { return s.bar(request{large: barHours}) })
	b.WriteString("\n| what | measured | bar | met |\n|---|---|---|---|\n")
	for _, s := range sides {
		if s.loss != "" {
			fmt.Fprintf(&b, "| %s: what arrived meanwhile | %s | no loss | %s |\n", s.name, s.loss, yes(strings.HasSuffix(s.loss, " 0 lost")))
		}
		if s.page != nil {
			paint := time.Duration(s.page.Paint * float64(time.Millisecond))
			bar, met := "≤ "+millis(barPaint)+" ms", yes(paint <= barPaint)
			if s.name != "demo" {
				bar, met = "", ""
			}
			fmt.Fprintf(&b, "| %s: first paint of the Overview with data, median of five | %s ms | %s | %s |\n", s.name, millis(paint), bar, met)
		}
	}
	if p := sides[0].page; p != nil {
		fmt.Fprintf(&b, "| first load of the Overview, compressed | %.0f kB in %d files | ≤ %d kB | %s |\n", float64(p.Octets)/1024, p.Files, barLoad>>10, yes(p.Octets <= barLoad))
	}
	return b.String()
}

func millis(d time.Duration) string { return fmt.Sprintf("%.0f", float64(d)/float64(time.Millisecond)) }

func yes(met bool) string { return map[bool]string{true: "yes", false: "**no**"}[met] }

// painted is what a browser saw of the Overview.
type painted struct {
	Paint  float64 `json:"paint"`  // milliseconds from the beginning of the navigation, median
	Octets int     `json:"octets"` // of page, styles and scripts, as they came over the wire
	Files  int     `json:"files"`
}

// paint lets a browser open the Overview.
func (b *bench) paint(c *collecting) (*painted, error) {
	var said bytes.Buffer
	if _, err := runProgram(&said, "node", filepath.Join(b.web, "e2e", "paint.mjs"), fmt.Sprintf("http://127.0.0.1:%d", c.console)); err != nil {
		return nil, err
	}
	p := &painted{}
	return p, json.Unmarshal(said.Bytes(), p)
}
