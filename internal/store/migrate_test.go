package store

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/store/duckdb"
)

// version1 makes a store as the first release did, with the rows of a store of today.
func version1(t *testing.T, dir string, w *twin) (path string) {
	t.Helper()
	ctx := context.Background()
	s, err := Open(ctx, Options{Path: filepath.Join(dir, "today.duckdb")})
	must(t, err)
	s.Names().Regions.ID("US-West")
	fill(t, s, w, rand.New(rand.NewPCG(51, 51)), 0, 1, -3)
	s.SetState("learnt", []byte("x"))
	must(t, s.CommitWith(ctx, Commit{}))
	print := fingerprint(s.key)
	must(t, s.Close())

	path = filepath.Join(dir, "tributary.duckdb")
	db, err := duckdb.Open(path, nil)
	must(t, err)
	c, err := db.Connect()
	must(t, err)
	text, err := os.ReadFile("testdata/schema1.sql")
	must(t, err)
	run := func(statement string) {
		t.Helper()
		if err := c.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	run("ATTACH '" + s.Path() + "' AS today")
	for statement := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n") {
		run(statement)
		table, _, _ := strings.Cut(strings.TrimPrefix(statement, "CREATE TABLE "), "(")
		if table != "meta" {
			run("INSERT INTO main." + table + " BY NAME SELECT " + columns(statement) + " FROM today." + table)
		}
	}
	run("INSERT INTO meta VALUES ('version', '1'), ('key', '" + print + "')")
	run("DELETE FROM state WHERE name = '" + commitsState + "'")
	c.Close()
	db.Close()
	must(t, os.Rename(keyPath(s.Path()), keyPath(path)))
	return path
}

// columns are the names of the columns of a CREATE TABLE.
func columns(statement string) string {
	_, list, _ := strings.Cut(strings.TrimSuffix(statement, ");"), "(")
	var names []string
	for column := range strings.SplitSeq(list, ", ") {
		name, _, _ := strings.Cut(column, " ")
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// A store of the first release is answered as it was, where it is open for reading only and where it
// is brought up; afterwards it is of today's version and takes what that has.
func TestVersion1(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := &twin{}
	path := version1(t, t.TempDir(), w)
	for i := range w.health { // what that release did not keep
		h := &w.health[i]
		refused := uint64(0)
		for r := range flow.NumRefusals {
			if r.Unit() == "record" {
				refused += h.Refused[r]
			}
		}
		h.Kept = h.Records - min(h.Records, refused)
		h.LostDatagrams, h.LostRecords, h.Overrun, h.Late, h.Restarts, h.Limits = 0, 0, 0, 0, 0, [flow.NumLimits]uint64{}
	}
	reader, err := Open(ctx, Options{Path: path, ReadOnly: true})
	must(t, err)
	checkAnswers(t, reader, w)
	if _, ok := reader.Imported("x"); ok {
		t.Error("there is an import in a store without")
	}
	must(t, reader.Close())

	for range 2 { // brought up, and opened again
		s, err := Open(ctx, Options{Path: path})
		must(t, err)
		checkAnswers(t, s, w)
		if n := rows(t, s, "meta WHERE name = 'version' AND value = '4'"); n != 1 {
			t.Error("the store is not of version 4")
		}
		if got := string(s.State("learnt")); got != "x" {
			t.Errorf("state is %q", got)
		}
		b := slotBatch(rand.New(rand.NewPCG(52, 52)), s.Key(), epoch, 20)
		b.Health[0].LostRecords = 17
		must(t, s.CommitWith(ctx, Commit{Batch: b, Imports: []Import{{Identity: "x", Name: "y"}}}))
		w.add(b)
		checkAnswers(t, s, w)
		must(t, s.Maintain(ctx))
		checkAnswers(t, s, w)
		must(t, s.Close())
	}
}

// A migration that fails leaves the store as it was, and says so.
func TestMigrationFails(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := &twin{}
	path := version1(t, t.TempDir(), w)
	change := func(statement string) {
		t.Helper()
		db, err := duckdb.Open(path, nil)
		must(t, err)
		defer db.Close()
		c, err := db.Connect()
		must(t, err)
		defer c.Close()
		must(t, c.Exec(ctx, statement))
	}
	change("CREATE TABLE imports(x UINTEGER)") // is in the way at the last step
	if _, err := Open(ctx, Options{Path: path}); err == nil || !strings.Contains(err.Error(), "from version 1 to 4") || strings.Contains(err.Error(), "\n") {
		t.Errorf("err = %v", err)
	}
	change("DROP TABLE imports")
	s := openStore(t, path)
	if n := rows(t, s, "health"); n != uint64(len(w.health)) {
		t.Errorf("%d health rows, want %d", n, len(w.health))
	}
}

// Every counter of health comes back.
func TestHealthIsWhole(t *testing.T) {
	t.Parallel()
	s := tempStore(t)
	want := flow.Health{Slot: epoch, Exporter: flow.AddrFrom4([]byte{192, 0, 2, 1}), Region: 3, Rates: []uint32{0, 1000}}
	next := uint64(1000)
	v := reflect.ValueOf(&want).Elem()
	for _, f := range v.Fields() {
		switch {
		case f.Kind() == reflect.Uint64:
			next++
			f.SetUint(next)
		case f.Kind() == reflect.Array && f.Type().Elem().Kind() == reflect.Uint64:
			for j := range f.Len() {
				next++
				f.Index(j).SetUint(next)
			}
		}
	}
	b := slotBatch(rand.New(rand.NewPCG(53, 53)), s.Key(), epoch, 1)
	b.Health = []flow.Health{want}
	must(t, s.Commit(context.Background(), b))
	got, err := openView(t, s, nil).Health(context.Background(), flow.DayOf(epoch))
	must(t, err)
	if len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
