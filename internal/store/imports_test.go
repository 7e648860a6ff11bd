package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"tributary/internal/rollup"
)

func TestImportsSurvive(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "tributary.duckdb")
	s, err := Open(ctx, Options{Path: path})
	must(t, err)
	when := time.UnixMilli(1_760_000_000_123).UTC()
	want := Import{Identity: "sha256:ab", Name: "b\xfcro.pcap", When: when, First: when.Add(-time.Hour), Last: when, Datagrams: 7, Records: 70}
	if _, ok := s.Imported(want.Identity); ok {
		t.Error("known before it was imported")
	}
	s.NoteImport(want)
	if got, ok := s.Imported(want.Identity); !ok || got != want {
		t.Errorf("noted %+v, got %+v", want, got)
	}
	must(t, s.Commit(ctx, &rollup.Batch{}))
	// Again, with more in it: the later one stands in its place.
	want.Name, want.Datagrams = "again.pcap", 8
	must(t, s.CommitWith(ctx, Commit{Imports: []Import{want, {Identity: "empty"}}}))
	many := make([]Import, 100_000)
	for i := range many {
		many[i] = Import{Identity: fmt.Sprintf("sha256:%064x", i), Name: fmt.Sprintf("/var/captures/%d.pcap", i), When: when, First: when, Last: when, Datagrams: uint64(i)}
	}
	must(t, s.CommitWith(ctx, Commit{Imports: many}))
	must(t, s.Close())

	s = openStore(t, path)
	if got, ok := s.Imported(want.Identity); !ok || got != want {
		t.Errorf("got %+v, %v; want %+v", got, ok, want)
	}
	if got, ok := s.Imported("empty"); !ok || !got.First.IsZero() || !got.When.IsZero() {
		t.Errorf("an import without times: %+v, %v", got, ok)
	}
	for _, i := range []int{0, 54_321, 99_999} {
		if got, ok := s.Imported(many[i].Identity); !ok || got != many[i] {
			t.Errorf("import %d is %+v, %v", i, got, ok)
		}
	}
	if _, ok := s.Imported("sha256:"); ok {
		t.Error("something nobody imported is known")
	}
	if n := rows(t, s, "imports"); n != 100_002 {
		t.Errorf("%d rows, want 100,002", n)
	}
}
