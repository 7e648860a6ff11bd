package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/stats"
	"tributary/internal/store"
)

var update = flag.Bool("update", false, "write golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		put(t, path, got)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

const smallYAML = `
data: ./data
own: [203.0.113.0/24]
regions: [{name: EU-Central, exporters: [192.0.2.1]}, {name: US-West, exporters: [192.0.2.2]}]
links: [{name: flexify, interfaces: [12], kind: migration}]
`

// smallStore makes a folder with a configuration and a store of traffic from October 30th to
// November 2nd, 2025, noon: every ten minutes two flows, each of another network and address.
// Hosting comes from one network alone.
func smallStore(t *testing.T) (config string) {
	t.Helper()
	dir := t.TempDir()
	config = put(t, filepath.Join(dir, "tributary.yaml"), strings.ReplaceAll(smallYAML, "./data", filepath.Join(dir, "data")))
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(dir, "data", "tributary.duckdb")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	regions := []uint16{uint16(s.Names().Regions.ID("EU-Central")), uint16(s.Names().Regions.ID("US-West"))}
	link, germany := uint16(s.Names().Links.ID("flexify")), s.Names().Places.ID(flow.Place{Country: "DE"})
	from, err := flow.ParsePeriod("2025-10-30")
	if err != nil {
		t.Fatal(err)
	}
	networks := []uint32{3320, 6830, 12322, 24940, 0} // isp-regional, a hosting network, unknown
	tally := rollup.New(rollup.Config{Key: s.Key(), IPv6Prefix: 128})
	var flows []flow.Flow
	var health []flow.Health
	for slot, i := from.From, 0; slot < from.From+3*flow.SlotsPerDay+144; slot, i = slot+1, i+1 {
		for j, region := range regions {
			health = append(health, flow.Health{Slot: slot, Exporter: flow.Addr{Lo: uint64(j) + 1}, Region: region, Datagrams: 1})
		}
		if i%2 == 1 {
			continue
		}
		for d := range flow.Both {
			f := flow.Flow{
				Octets: uint64(1500 * (1 + i%7)), Packets: uint64(1 + i%7), Start: slot.Start(), End: slot.Start(), Rate: 100,
				Region: regions[i/2%2], Direction: d, Version: 4, AS: networks[i/2%len(networks)],
				Remote: flow.AddrFrom4([]byte{198, 51, 100, byte(i / 2 % 50)}),
			}
			if i/2%11 == 0 {
				f.Link = link
			}
			if i/2%3 == 0 {
				f.Place = germany
			}
			flows = append(flows, f)
		}
	}
	tally.Add(flows)
	b := tally.Take()
	b.Health = health
	if err := s.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return config
}

func TestDatasetCommand(t *testing.T) {
	config := smallStore(t)
	dir := t.TempDir()
	csv := mustRun(t, "-c", config, "dataset", "2025Q4")
	golden(t, "dataset.csv", csv)
	golden(t, "dataset-unsuppressed.csv", mustRun(t, "-c", config, "dataset", "2025-11", "--unsuppressed"))
	for _, row := range strings.Split(strings.TrimSpace(csv), "\n")[1:] {
		fields := strings.Split(row, ",")
		if hidden := fields[len(fields)-1] == "true"; hidden != (fields[5] == "") {
			t.Errorf("suppressed = %v, bits = %q: %s", hidden, fields[5], row)
		}
	}

	// The file appears whole, in the format of its extension, and replaces one that is there.
	file := put(t, filepath.Join(dir, "q4.csv"), "old")
	if out := mustRun(t, "-c", config, "dataset", "2025-10..2025-11", "-o", file); out != "" {
		t.Errorf("with -o standard output has %q", out)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != csv {
		t.Errorf("the file differs from standard output: %v", err)
	}
	for name, start := range map[string]string{"q4.json": "[\n{\"month\":\"2025-10\"", "q4.parquet": "PAR1"} {
		mustRun(t, "-c", config, "dataset", "2025Q4", "-o", filepath.Join(dir, name))
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.HasPrefix(got, []byte(start)) {
			t.Errorf("%s begins with %q (%v), want %q", name, got[:min(30, len(got))], err, start)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 3 {
		t.Errorf("%d files are left (%v), want 3", len(left), err)
	}
}

func TestDatasetAndTopSayWhatIsWrong(t *testing.T) {
	config := smallStore(t)
	dir := t.TempDir()
	old := put(t, filepath.Join(dir, "old.csv"), "old")
	f := func(wantStatus int, wantSentence string, args ...string) {
		t.Helper()
		out, sentence, status := tributary(t, append([]string{"-c", config}, args...)...)
		if status != wantStatus || sentence != "tributary: "+wantSentence+"\n" || out != "" {
			t.Errorf("%v: exit status %d, %q, %q; want %d, %q", args, status, out, sentence, wantStatus, wantSentence)
		}
	}
	notPeriod := `"2025-13" is not a period: write a day (2025-10-03), a month (2025-10), a quarter (2025Q4) or a year (2025)`
	f(2, notPeriod, "top", "2025-13")
	const notMonths = " is not whole months, and the dataset has a row a month: write 2025-10, 2025Q4, 2025 or 2025-10..2026-03"
	f(2, `"2025-13"`+notMonths, "dataset", "2025-13")
	f(2, `"2025-10-03"`+notMonths, "dataset", "2025-10-03")
	f(2, `format must be csv, json or parquet (got "xml")`, "dataset", "2025Q4", "--format", "xml")
	f(2, "-n must be at least 1 (got 0)", "top", "2025Q4", "-n", "0")
	f(1, "no traffic in 2024Q4: the store has 2025-10 to 2025-11", "dataset", "2024Q4", "-o", old)
	f(1, "no traffic in 2025-12-01: the store has 2025-10 to 2025-11", "top", "2025-12-01")
	f(1, "cannot write "+dir+": it is a folder; name a file in it", "dataset", "2025Q4", "-o", dir)
	missing := filepath.Join(dir, "missing", "q4.csv")
	f(1, "cannot write "+missing+": no such file or directory", "dataset", "2025Q4", "-o", missing)
	if got, err := os.ReadFile(old); err != nil || string(got) != "old" {
		t.Errorf("a question that failed changed the file to %q (%v)", got, err)
	}
}

func TestTopCommand(t *testing.T) {
	config := smallStore(t)
	var all strings.Builder
	for _, by := range []string{"network", "as", "type", "region", "link", "country"} {
		all.WriteString(mustRun(t, "-c", config, "top", "2025Q4", "--by", by, "-n", "4") + "\n")
	}
	golden(t, "top.txt", all.String())
}

func TestHumanUnits(t *testing.T) {
	f := func(v float64, want string) {
		t.Helper()
		if got := human(stats.Num{Value: v, Known: true}, "b"); got != want {
			t.Errorf("human(%v) = %q, want %q", v, got, want)
		}
	}
	f(0, "0 b")
	f(7, "7 b")
	f(0.25, "0.25 b")
	f(999, "999 b")
	f(999.6, "1.00 kb")
	f(1000, "1.00 kb")
	f(99_960, "100 kb")
	f(12_345_678, "12.3 Mb")
	f(7.2e18, "7.20 Eb")
}
