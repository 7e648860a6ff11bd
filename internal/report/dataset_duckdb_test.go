package report

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
)

// Another implementation of Parquet reads what ours wrote: DuckDB's, and what it reads as text is
// what is in the CSV file, read by it as the same types.
func TestDuckDBReadsDatasetAsCSV(t *testing.T) {
	dir := t.TempDir()
	d := oddDataset()
	for _, f := range []Format{CSV, Parquet} {
		if err := os.WriteFile(filepath.Join(dir, "d."+string(f)), written(t, f, d), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	types := columnTypes(t, db, fmt.Sprintf("read_parquet('%s')", filepath.Join(dir, "d.parquet")))
	for i, want := range []string{"VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "DECIMAL(38,0)", "DOUBLE"} {
		if types[i] != want {
			t.Errorf("%s has type %s, want %s", DatasetColumns()[i], types[i], want)
		}
	}
	var pairs []string
	for i, name := range DatasetColumns() {
		pairs = append(pairs, fmt.Sprintf("'%s': '%s'", name, types[i]))
	}
	csv := fmt.Sprintf("read_csv('%s', columns = {%s})", filepath.Join(dir, "d.csv"), strings.Join(pairs, ", "))
	parquet := fmt.Sprintf("read_parquet('%s')", filepath.Join(dir, "d.parquet"))
	var same, rows int
	query := fmt.Sprintf("SELECT (SELECT count(*) FROM (SELECT * FROM %[1]s INTERSECT ALL SELECT * FROM %[2]s)), (SELECT count(*) FROM %[1]s)", csv, parquet)
	if err := db.QueryRow(query).Scan(&same, &rows); err != nil {
		t.Fatal(err)
	}
	if same != rows || rows != len(d.Rows) {
		t.Errorf("%d of %d rows are the same, want all of %d", same, rows, len(d.Rows))
	}
}

func columnTypes(t *testing.T, db *sql.DB, table string) []string {
	t.Helper()
	rows, err := db.Query("SELECT column_type FROM (DESCRIBE SELECT * FROM " + table + ")")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var types []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		types = append(types, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return types
}
