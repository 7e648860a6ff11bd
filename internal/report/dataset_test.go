package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/stats"
	"tributary/internal/testenv"
)

var update = flag.Bool("update", false, "write golden files anew")

func known(v float64) stats.Num { return stats.Num{Value: v, Known: true} }

// oddDataset has one row for each oddity: a region whose name needs quoting, octets beyond 2^64, a
// number with seventeen digits, a tiny one, a sampling error that is not known, a hidden cell.
func oddDataset() *stats.Dataset {
	full := stats.Measures{
		Octets: rollup.Uint128{Hi: 3, Lo: 7}, Bits: known(8 * 0x1.8p65), BitsError: known(0.1 + 0.2),
		BpsAvg: known(1e21), BpsP95: known(1e-7), BpsMax: known(5),
		Unique: known(4321.0625), UniqueLow: known(4200), UniqueHigh: known(4500),
		UniqueDay: stats.Spread{Avg: known(1. / 3), P95: known(2), Max: known(3)},
		Magnitude: known(math.Pi), MagnitudeDay: stats.Spread{Avg: known(4), P95: known(5), Max: known(6)},
		Share: known(1), Networks: known(12), Flows: known(1 << 40),
	}
	unrated := full
	unrated.BitsError = stats.Num{}
	unrated.Octets = rollup.U128(1)
	return &stats.Dataset{Rows: []stats.Row{
		{Month: "2025-10", Cell: stats.Cell{Key: stats.Key{Region: `EU, "Central"`, Type: flow.CDN, Direction: flow.Ingress, Version: 4}, Measures: full, Coverage: 0.5}},
		{Month: "2025-10", Cell: stats.Cell{Key: stats.Key{Region: "Zürich", Type: flow.ISPTier1, Direction: flow.Egress, Version: 6}, Measures: unrated, Coverage: 1}},
		{Month: "2025-11", Cell: stats.Cell{Key: stats.Total, Coverage: 1. / 3, Suppressed: true}},
	}}
}

func written(t *testing.T, f Format, d *stats.Dataset) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := WriteDataset(&out, f, d); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestDatasetCSVGolden(t *testing.T) {
	got := written(t, CSV, oddDataset())
	file := filepath.Join("testdata", "odd.csv")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// readCSV returns the records under their header.
func readCSV(t *testing.T, b []byte) (header []string, records [][]string) {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[0], all[1:]
}

func TestDatasetJSONEqualsCSV(t *testing.T) {
	d := oddDataset()
	header, records := readCSV(t, written(t, CSV, d))
	raw := written(t, JSON, d)
	if lines := bytes.Count(raw, []byte("\n")); lines != len(records)+2 {
		t.Errorf("%d lines, want one an object and two for the brackets", lines)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var rows []map[string]any
	if err := dec.Decode(&rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(records) {
		t.Fatalf("%d objects, want %d", len(rows), len(records))
	}
	for i, row := range rows {
		if len(row) != len(header) {
			t.Errorf("object %d has %d fields, want %d", i, len(row), len(header))
		}
		for j, name := range header {
			got := ""
			switch v := row[name].(type) {
			case string:
				got = v
			case json.Number:
				got = v.String()
			case bool:
				got = strconv.FormatBool(v)
			case nil:
			default:
				t.Errorf("%s: unexpected %T", name, v)
			}
			if got != records[i][j] {
				t.Errorf("object %d: %s = %q, want %q", i, name, got, records[i][j])
			}
		}
	}
}

// parquetText is a value of a Parquet file as CSV would have it.
func parquetText(v parquet.Value) string {
	switch {
	case v.IsNull():
		return ""
	case v.Kind() == parquet.Boolean:
		return strconv.FormatBool(v.Boolean())
	case v.Kind() == parquet.Int64:
		return strconv.FormatInt(v.Int64(), 10)
	case v.Kind() == parquet.Double:
		return strconv.FormatFloat(v.Double(), 'f', -1, 64)
	case v.Kind() == parquet.FixedLenByteArray:
		return new(big.Int).SetBytes(v.ByteArray()).String()
	}
	return string(v.ByteArray())
}

func TestDatasetParquetEqualsCSV(t *testing.T) {
	for _, normalized := range []bool{false, true} {
		d := oddDataset()
		d.Normalized = normalized
		header, records := readCSV(t, written(t, CSV, d))
		raw := written(t, Parquet, d)
		if !bytes.Equal(raw, written(t, Parquet, d)) {
			t.Error("the same dataset gives different bytes")
		}
		file, err := parquet.OpenFile(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range file.Schema().Fields() {
			if f.Name() != header[i] {
				t.Errorf("column %d is %s, want %s", i, f.Name(), header[i])
			}
		}
		rows := file.RowGroups()[0].Rows()
		buf := make([]parquet.Row, len(records)+1)
		n, _ := rows.ReadRows(buf)
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		if n != len(records) {
			t.Fatalf("%d rows, want %d", n, len(records))
		}
		for i, row := range buf[:n] {
			for j, v := range row {
				if got := parquetText(v); got != records[i][j] {
					t.Errorf("row %d: %s = %q, want %q", i, header[j], got, records[i][j])
				}
			}
		}
	}
}

func TestDatasetFormat(t *testing.T) {
	f := func(name, file string, want Format) {
		t.Helper()
		if got, err := DatasetFormat(name, file); got != want || err != nil {
			t.Errorf("DatasetFormat(%q, %q) = %q, %v; want %q", name, file, got, err, want)
		}
	}
	f("", "", CSV)
	f("", "a/b.json", JSON)
	f("", "q4.PARQUET", Parquet)
	f("", "q4.txt", CSV)
	f("csv", "q4.parquet", CSV)
	if _, err := DatasetFormat("xlsx", ""); err == nil {
		t.Error("xlsx: no error")
	}
}

func TestDatasetColumnsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join(testenv.Root(t), "docs", "reference", "dataset.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range DatasetColumns() {
		if !strings.Contains(string(doc), "\n### `"+name+"`\n") {
			t.Errorf("docs/reference/dataset.md has no heading ### `%s`", name)
		}
	}
}
