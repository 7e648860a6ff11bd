package duckdb

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"
)

func open(t testing.TB) *Conn {
	t.Helper()
	db, err := Open(filepath.Join(t.TempDir(), "test.duckdb"), map[string]string{"threads": "2"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := db.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		db.Close()
	})
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAppendAndRead(t *testing.T) {
	ctx, c := context.Background(), open(t)
	must(t, c.Exec(ctx, "CREATE TABLE t(a UTINYINT, b USMALLINT, c UINTEGER, d UBIGINT, e HUGEINT, f BLOB, g VARCHAR)"))
	const rows = 3*ChunkRows + 17
	blob := func(i int) []byte { return bytes.Repeat([]byte{byte(i), 0, 0xff}, i%40) }
	a, err := c.Append("", "t")
	must(t, err)
	for from := 0; from < rows; from += ChunkRows {
		n := min(ChunkRows, rows-from)
		ua, ub, uc, ud, ue := Column[uint8](&a.Chunk, 0), Column[uint16](&a.Chunk, 1), Column[uint32](&a.Chunk, 2), Column[uint64](&a.Chunk, 3), Column[Huge](&a.Chunk, 4)
		for i := range n {
			v := from + i
			ua[i], ub[i], uc[i], ud[i], ue[i] = uint8(v), uint16(v), uint32(v), 1<<63+uint64(v), Huge{uint64(v), 1 << 40}
			a.SetBytes(5, i, blob(v))
			a.SetBytes(6, i, []byte("text"))
		}
		must(t, a.Flush(n))
	}
	must(t, a.Close())

	r, err := c.Query(ctx, "SELECT a, b, c, d, e, f, g FROM t ORDER BY c")
	must(t, err)
	v := 0
	for r.Next() {
		ua, ub, uc, ud, ue, f := Column[uint8](&r.Chunk, 0), Column[uint16](&r.Chunk, 1), Column[uint32](&r.Chunk, 2), Column[uint64](&r.Chunk, 3), Column[Huge](&r.Chunk, 4), TextColumn(&r.Chunk, 5)
		for i := range r.Len() {
			if ua[i] != uint8(v) || ub[i] != uint16(v) || uc[i] != uint32(v) || ud[i] != 1<<63+uint64(v) || ue[i] != (Huge{uint64(v), 1 << 40}) || !bytes.Equal(f.Bytes(i), blob(v)) {
				t.Fatalf("row %d differs", v)
			}
			v++
		}
	}
	must(t, r.Close())
	if v != rows {
		t.Errorf("read %d rows, want %d", v, rows)
	}
}

func TestErrors(t *testing.T) {
	ctx, c := context.Background(), open(t)
	if err := c.Exec(ctx, "SELECT nonsense"); err == nil {
		t.Error("no error for an unknown column")
	}
	if err := c.Exec(ctx, "SELECT error('said so') FROM range(3)"); err == nil {
		t.Error("no error from a failing statement")
	}
	if _, err := c.Append("", "missing"); err == nil {
		t.Error("no error for a missing table")
	}
	if _, err := Open(filepath.Join(t.TempDir(), "no", "such", "folder", "x.duckdb"), nil); err == nil {
		t.Error("no error for a missing folder")
	}
	must(t, c.Exec(ctx, "SELECT ?, ?, ?", "a", []byte{1}, uint64(3)))
}

// A column read as another type than it has is a mistake that must not read foreign memory.
func TestColumnTypeIsChecked(t *testing.T) {
	c := open(t)
	r, err := c.Query(context.Background(), "SELECT 1::UINTEGER, 'text'")
	must(t, err)
	if !r.Next() {
		t.Fatal("no rows")
	}
	refused := func(what string, read func()) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Errorf("%s is accepted", what)
			}
		}()
		read()
	}
	refused("UINTEGER as UBIGINT", func() { Column[uint64](&r.Chunk, 0) })
	refused("VARCHAR as HUGEINT", func() { Column[Huge](&r.Chunk, 1) })
	refused("UINTEGER as VARCHAR", func() { TextColumn(&r.Chunk, 0) })
	if got := Column[uint32](&r.Chunk, 0)[0]; got != 1 {
		t.Errorf("got %d, want 1", got)
	}
	must(t, r.Close())
}

func TestContextInterrupts(t *testing.T) {
	c := open(t)
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := c.Exec(ctx, "SELECT count(*) FROM range(100000000000) a WHERE a.range % 7 = 3")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("err = %v, want deadline exceeded", err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v to stop", took)
	}
	must(t, c.Exec(context.Background(), "SELECT 1")) // the connection lives on
	if err := c.Exec(ctx, "SELECT 1"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a dead context starts a statement: %v", err)
	}
}
