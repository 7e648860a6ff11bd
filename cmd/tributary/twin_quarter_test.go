package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// twinQuarter is the quarter that is published beside its months: of the scenario, the one that is
// over.
const twinQuarter = "2025Q4"

var twinQuarterMonths = []string{"2025-10", "2025-11", "2025-12"}

// reportNames are the dataset's words for the report's.
var reportNames = map[string]string{
	"All regions": "all", "All types": "all", "ISP regional": "isp-regional", "ISP tier 1": "isp-tier1", "CDN": "cdn",
	"Hosting": "hosting", "Hyperscaler": "hyperscaler", "Neocloud": "neocloud", "Migration": "migration", "Other": "other",
}

// checkQuarter looks at months and their quarter together: the report gives the quarter's bits by
// region, network type and direction, from which and the shown months hidden ones must not follow.
func (w *twin) checkQuarter(config string, table twinTable, published dataset) {
	w.t.Helper()
	dir := w.t.TempDir()
	mustRun(w.t, "-c", config, "report", twinQuarter, "-o", dir)
	w.checkReportDataset(filepath.Join(dir, "dataset.csv"), published)

	// The twin's quarter, and the months as published; of both IP versions together.
	d, hidden := dataset{}, map[twinCellKey]bool{}
	quarter := map[twinCellKey]*big.Int{}
	for key, cell := range table {
		if !slices.Contains(twinQuarterMonths, key.month) || key.version != "all" {
			continue
		}
		d[key], hidden[key] = published[key], published[key]["suppressed"] == "true"
		key.month = twinQuarter
		if quarter[key] == nil {
			quarter[key] = new(big.Int)
		}
		quarter[key].Add(quarter[key], new(big.Int).Mul(cell.octets, big.NewInt(8)))
	}
	said := w.readReport(filepath.Join(dir, "report.json"))
	shown, told := 0, map[twinCellKey]bool{}
	for key, bits := range quarter {
		d[key] = map[string]string{"bits": bits.String()}
		value, ok := said[key]
		told[key] = ok
		hidden[key] = !ok || value == "hidden"
		if hidden[key] {
			continue
		}
		shown++
		want, _ := new(big.Float).SetInt(bits).Float64()
		if got, ok := value.(float64); !ok || got != want {
			w.t.Errorf("the report says %v bits of %v, want %v", value, key, want)
		}
	}
	if shown == 0 || shown == len(quarter) {
		w.t.Errorf("the report shows %d of the quarter's %d cells: too uniform to mean anything", shown, len(quarter))
	}
	// A cell of the quarter that some month shows is hidden for another month's sake, which is the
	// secret: its own bits are what that month shows and a little more. One that no month shows is
	// as safe as they are.
	secret := func(key twinCellKey) bool {
		if key.month != twinQuarter {
			return true
		}
		for _, month := range twinQuarterMonths {
			part := key
			part.month = month
			if d[part] != nil && !hidden[part] {
				return false
			}
		}
		return told[key] // what the report has no place for is not hidden
	}
	attack := newTwinAttack("", d, hidden)
	for name, found := range map[string][]twinCellKey{"computed": attack.determined(), "bounded within ±20 %": attack.bounded(w.t)} {
		for _, key := range found {
			if secret(key) {
				w.t.Errorf("with the quarter's report the bits of %v can be %s", key, name)
			}
		}
	}
	w.t.Logf("%s with its months: %d of %d cells hidden", twinQuarter, len(attack.hidden), attack.rows)
}

// checkReportDataset compares the report's own dataset with the one that was asked for months more.
func (w *twin) checkReportDataset(name string, published dataset) {
	w.t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		w.t.Fatal(err)
	}
	all, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		w.t.Fatal(err)
	}
	reported := readDataset(w.t, all)
	rows := 0
	for key, row := range published {
		if !slices.Contains(twinQuarterMonths, key.month) {
			continue
		}
		rows++
		if fmt.Sprint(reported[key]) != fmt.Sprint(row) {
			w.t.Errorf("the report's dataset has %v of %v, the dataset of more months %v", reported[key], key, row)
		}
	}
	if rows != len(reported) {
		w.t.Errorf("the report's dataset has %d rows, want %d", len(reported), rows)
	}
}

// readReport reads what a report shows of its quarter: bits, "hidden", or nothing.
func (w *twin) readReport(name string) map[twinCellKey]any {
	w.t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		w.t.Fatal(err)
	}
	var report struct {
		Figures []struct {
			Name string
			Rows [][]any
		}
	}
	if err := json.Unmarshal(text, &report); err != nil {
		w.t.Fatal(err)
	}
	out := map[twinCellKey]any{}
	for _, f := range report.Figures {
		for _, row := range f.Rows {
			word := func(i int) string {
				s, _ := row[i].(string)
				if name, ok := reportNames[s]; ok {
					return name
				}
				return s
			}
			key := func(direction string) twinCellKey {
				return twinCellKey{twinQuarter, word(0), word(1), direction, "all"}
			}
			switch f.Name {
			case "heat-volume": // region, type, the quarter before, this one
				out[key("both")] = row[3]
			case "flow": // region, type, ingress, egress
				out[key("ingress")], out[key("egress")] = row[2], row[3]
			}
		}
	}
	return out
}
