package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/simulate"
)

// The end-to-end twin: four months of awkward export go through the program as a capture file, and
// through the twin as what the records were meant to say. The twin (twin_flows_test.go,
// twin_cells_test.go) is slow and obvious: it keeps every flow, and computes by the words of the
// definitions with maps and big numbers. It shares no code with decode, place, rollup, store and
// stats.

// twinMonths are the scenario's four months, the last day of the one before, on which flows began that
// were exported on the first day, and the first minutes of the one after, into which flows reach that
// were exported at the last moment with a clock a little ahead.
const twinMonths = "2025-10..2026-03"

// twinKey is the store's secret: above 4,096 addresses the counts depend on it, and a bound of two
// standard deviations may fail one time in twenty. With this one the test always sees the same.
const twinKey = "000102030405060708090a0b0c0d0e0f\n"

func TestTwin(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "networks.yaml"), simulate.ScenarioCatalogue())
	head := "data: " + filepath.Join(dir, "data") + "\n"
	first := put(t, filepath.Join(dir, "tributary.yaml"), head+simulate.ScenarioYAML()+"catalogue: [networks.yaml]\n")
	put(t, filepath.Join(dir, "data", "tributary.key"), twinKey)
	if err := os.Chmod(filepath.Join(dir, "data", "tributary.key"), 0o600); err != nil {
		t.Fatal(err)
	}

	w := newTwin(t, first)
	capture := filepath.Join(dir, "scenario.pcap")
	w.record(capture)
	_, report, status := tributary(t, "-c", first, "import", capture)
	if status != 0 {
		t.Fatalf("import: exit status %d: %s", status, report)
	}
	w.checkImport(report)

	months := w.answer()
	w.checkOddities(months)
	unsuppressed, published := readDatasets(t, first, true)
	w.compare("as imported", months, unsuppressed)
	w.checkPublished("as imported", months, unsuppressed, published)
	w.checkQuarter(first, months, published)

	// Classed anew, without importing again: types that change in mid-month, names that move, a
	// prefix and a link that are in no file any more and keep what was known of them.
	put(t, filepath.Join(dir, "anew.yaml"), twinAnew)
	put(t, filepath.Join(dir, "fewer.yaml"), without(t, simulate.ScenarioCatalogue(), "Valley Cache"))
	yaml := without(t, simulate.ScenarioYAML(), "onboarding")
	yaml = strings.Replace(yaml, "name: private, interfaces: [601], kind: pni", "name: private, interfaces: [601], kind: migration", 1)
	second := put(t, filepath.Join(dir, "anew", "tributary.yaml"), head+yaml+"catalogue: [../anew.yaml, ../fewer.yaml]\n")
	w.reclass(second)
	anew := w.answer()
	if d := differing(months, anew); d < 100 {
		t.Errorf("classing anew changed the bits of %d cells only", d)
	}
	unsuppressed, published = readDatasets(t, second, false)
	w.compare("classed anew", anew, unsuppressed)
	w.checkPublished("classed anew", anew, unsuppressed, published)
}

// twinAnew stands before what remains of the scenario's catalogue.
const twinAnew = `networks:
  - {as: 64502, name: Rack and Power, type: neocloud, from: 2025-12-16, to: 2026-01-20}
  - {as: 65536, name: Valley Broadband, type: isp-tier1, to: 2025-11-30}
  - {as: 64507, name: Plain Servers, type: hosting, from: 2026-02-10}
  - {as: 64505, name: Long Lines, type: cdn, from: 2026-01-15}
  - {as: 64505, name: Longer Lines, type: hosting}
  - {as: 64500, name: Valley Data Centre, type: hyperscaler, from: 2025-11-10, to: 2025-11-10}
prefixes:
  - {prefix: 240.160.0.0/17, name: Valley Data Centre, type: hyperscaler, from: 2025-12-10, to: 2026-01-09}
  - {prefix: 240.176.0.0/13, name: Not Named Before, type: neocloud}
  - {prefix: 240.160.32.0/20, name: Valley Machine Room, type: cdn, to: 2025-12-31}
`

// without is a YAML text without the one line that holds a name.
func without(t *testing.T, yaml, name string) string {
	t.Helper()
	var kept []string
	for line := range strings.Lines(yaml) {
		if !strings.Contains(line, "name: "+name+",") {
			kept = append(kept, line)
		}
	}
	if n := strings.Count(yaml, "\n") - len(kept); n != 1 {
		t.Fatalf("%d lines name %s, want one", n, name)
	}
	return strings.Join(kept, "")
}

// record writes the scenario as a capture, and tells the twin what it says.
func (w *twin) record(path string) {
	w.t.Helper()
	f, err := os.Create(path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	out, err := simulate.NewCaptureWriter(f)
	if err != nil {
		w.t.Fatal(err)
	}
	s := simulate.NewScenario()
	var dg flow.Datagram
	var said simulate.Said
	for s.Next(&dg, &said) {
		if err := out.Write(&dg, simulate.PortOf(dg.Payload)); err != nil {
			w.t.Fatal(err)
		}
		w.hear(&said)
	}
	if err := out.Flush(); err != nil {
		w.t.Fatal(err)
	}
	w.settleMeters()
}

// checkImport compares what import says it did with what the twin did.
func (w *twin) checkImport(report string) {
	w.t.Helper()
	number := func(pattern string) int {
		w.t.Helper()
		found := regexp.MustCompile(pattern).FindStringSubmatch(report)
		if found == nil {
			w.t.Fatalf("import does not say %q: %s", pattern, report)
		}
		n, err := strconv.Atoi(found[1])
		if err != nil {
			w.t.Fatal(err)
		}
		return n
	}
	f := func(pattern string, want int) {
		w.t.Helper()
		if got := number(pattern); got != want || want == 0 {
			w.t.Errorf("import says %d of %q, want %d, and some", got, pattern, want)
		}
	}
	f(`imported (\d+) datagrams`, w.said.datagrams)
	f(`(\d+) records read`, w.said.records)
	f(`(\d+) flows counted`, len(w.flows))
	f(`(\d+) internal`, w.said.internal)
	f(`(\d+) transit`, w.said.transit)
	f(`(\d+) internal_link`, w.said.internalLink)
	f(`(\d+) other_meter`, w.said.otherMeter)
	f(`(\d+) records, reason empty`, w.said.empty)
	f(`no sampling rate is known of (\d+) flows`, w.said.unrated)
}

// checkOddities makes sure that the scenario has what the test is for.
func (w *twin) checkOddities(months twinTable) {
	w.t.Helper()
	regions, types, large, unlisted, unknown := map[string]bool{}, map[string]bool{}, 0, 0, 0
	for k, c := range months {
		regions[k.region], types[k.typ] = true, true
		if len(c.addresses) > 4096 {
			large++
		}
	}
	rates := map[uint32]bool{}
	for i := range w.flows {
		f := &w.flows[i]
		rates[f.rate] = true
		if f.link == "" {
			unlisted++
		}
		if f.as == 0 {
			unknown++
		}
	}
	odd := fmt.Sprintf("%d regions, %d types (totals included), %d cells of more than 4,096 addresses, %d rates, %d flows over unlisted links, %d without AS, %+v",
		len(regions), len(types), large, len(rates), unlisted, unknown, w.said)
	w.t.Log(odd)
	o := &w.odd
	for name, n := range map[string]int{
		"over a slot's edge": o.overSlot, "over a day's": o.overDay, "over a month's": o.overMonth,
		"ending on a slot's edge": o.onSlot, "ending on a day's": o.onDay, "ending on a month's": o.onMonth,
		"without duration": o.instant, "without usable start": o.noStart, "without usable end": o.noEnd,
		"at export time": o.atExport, "at arrival for a wrong clock": o.skewed,
		"without octets": o.noOctets, "of unknown packets": o.noPackets,
		"of unannounced rate": w.said.unrated, "in a named prefix": o.prefixed,
	} {
		w.t.Logf("%d flows %s", n, name)
		if n == 0 {
			w.t.Errorf("the scenario has no flows %s", name)
		}
	}
	if len(regions) != 5 || len(types) != 9 || large < 10 || len(rates) < 8 || unlisted == 0 || unknown == 0 || len(w.override) < 2 {
		w.t.Errorf("the scenario is too tame: %s", odd)
	}
}
