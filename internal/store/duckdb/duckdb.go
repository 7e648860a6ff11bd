// Package duckdb is the little of DuckDB's C interface that the store uses: statements, results
// read a column at a time, and appenders filled a column at a time.
//
// It stands on the bindings alone and not on the database/sql driver above them, because that driver
// boxes every value: to append a row of traffic costs 980 ns through it and 480 ns here, nearly all
// of them DuckDB's, and to read seven columns of one 560 ns and 28 ns. It also reads results as a
// stream, so a question over millions of rows does not hold them all.
package duckdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"
)

// DB is an open database file. It is safe for concurrent use.
type DB struct{ db bindings.Database }

// Open opens or creates the database file at path with the given settings (DuckDB's configuration
// names). The file is locked against every other process until Close; a second Open of it in the
// same process is the caller's mistake, which DuckDB does not notice.
func Open(path string, settings map[string]string) (*DB, error) {
	var config bindings.Config
	if bindings.CreateConfig(&config) == bindings.StateError {
		return nil, errors.New("out of memory")
	}
	defer bindings.DestroyConfig(&config)
	for name, value := range settings {
		if bindings.SetConfig(config, name, value) == bindings.StateError {
			return nil, fmt.Errorf("DuckDB refuses the setting %s = %s", name, value)
		}
	}
	var d DB
	var message string
	if bindings.OpenExt(path, &d.db, config, &message) == bindings.StateError {
		bindings.Close(&d.db)
		return nil, errors.New(message)
	}
	return &d, nil
}

// Close closes the file, writing what is still in the write-ahead log into it. All connections
// must be closed before.
func (d *DB) Close() { bindings.Close(&d.db) }

// Conn is a connection: one statement or appender at a time. It belongs to one goroutine.
type Conn struct{ conn bindings.Connection }

// Connect opens a connection.
func (d *DB) Connect() (*Conn, error) {
	var c Conn
	if bindings.Connect(d.db, &c.conn) == bindings.StateError {
		return nil, errors.New("DuckDB gives no connection")
	}
	return &c, nil
}

// Close closes the connection, rolling back what was not committed.
func (c *Conn) Close() {
	if c.conn.Ptr != nil {
		bindings.Disconnect(&c.conn)
	}
}

// Interrupt ends the statement that runs on the connection, if any. It may be called from any
// goroutine, while the connection is open.
func (c *Conn) Interrupt() { bindings.Interrupt(c.conn) }

// Exec runs a statement whose result does not matter. Arguments stand for its question marks.
func (c *Conn) Exec(ctx context.Context, query string, args ...any) error {
	rows, err := c.start(ctx, bindings.ExecutePrepared, query, args)
	if err != nil {
		return err
	}
	return rows.Close()
}

// Rows is a result, read one chunk of rows at a time.
type Rows struct {
	Chunk  // the current one; valid until the next call of Next
	result bindings.Result
	ctx    context.Context
	stop   func() // ends the watch over ctx
	err    error
}

// Query starts a statement. Arguments may be string, []byte, uint64 or int64. The result must be
// closed. When ctx ends the statement is interrupted, and Next returns false.
func (c *Conn) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	return c.start(ctx, bindings.ExecutePreparedStreaming, query, args)
}

type execute func(bindings.PreparedStatement, *bindings.Result) bindings.State

func (c *Conn) start(ctx context.Context, execute execute, query string, args []any) (*Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var statement bindings.PreparedStatement
	if bindings.Prepare(c.conn, query, &statement) == bindings.StateError {
		err := errors.New(bindings.PrepareError(statement))
		bindings.DestroyPrepare(&statement)
		return nil, err
	}
	defer bindings.DestroyPrepare(&statement)
	for i, arg := range args {
		if err := bind(statement, bindings.IdxT(i+1), arg); err != nil {
			return nil, err
		}
	}
	r := &Rows{ctx: ctx, stop: c.interruptWith(ctx)}
	if execute(statement, &r.result) == bindings.StateError {
		r.fail()
		return nil, r.Close()
	}
	return r, nil
}

func bind(s bindings.PreparedStatement, i bindings.IdxT, arg any) error {
	var state bindings.State
	switch v := arg.(type) {
	case string:
		state = bindings.BindVarchar(s, i, v)
	case []byte:
		state = bindings.BindBlob(s, i, v)
	case uint64:
		state = bindings.BindUInt64(s, i, v)
	case int64:
		state = bindings.BindInt64(s, i, v)
	default:
		panic(fmt.Sprintf("BUG: argument %d has type %T", i, arg))
	}
	if state == bindings.StateError {
		return fmt.Errorf("cannot bind argument %d", i)
	}
	return nil
}

// again is how often an interrupt is repeated: DuckDB forgets one that comes just before a
// statement begins.
const again = 50 * time.Millisecond

// interruptWith interrupts what the connection does once ctx ends, until the returned function is
// called, which waits so that no interrupt hits a later statement.
func (c *Conn) interruptWith(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-over:
			return
		case <-ctx.Done():
		}
		for {
			bindings.Interrupt(c.conn)
			select {
			case <-over:
				return
			case <-time.After(again):
			}
		}
	}()
	return func() {
		close(over)
		<-done
	}
}

// Next reads the next chunk, which has at least one row, and reports whether there was one.
func (r *Rows) Next() bool {
	if r.err != nil {
		return false
	}
	r.destroy()
	for {
		chunk := bindings.FetchChunk(r.result)
		if chunk.Ptr == nil {
			if bindings.ResultError(&r.result) != "" {
				r.fail()
			}
			return false
		}
		r.chunk, r.n = chunk, int(bindings.DataChunkGetSize(chunk))
		if r.n > 0 {
			return true
		}
		r.destroy()
	}
}

func (r *Rows) fail() {
	r.err = errors.New(bindings.ResultError(&r.result))
	if err := r.ctx.Err(); err != nil {
		r.err = err
	}
}

// Close ends the statement and returns the error that ended it early, if any. It may be called
// twice.
func (r *Rows) Close() error {
	if r.stop != nil {
		r.stop()
		r.stop = nil
		r.destroy()
		bindings.DestroyResult(&r.result)
	}
	return r.err
}

// Chunk is up to ChunkRows rows, column by column.
type Chunk struct {
	chunk bindings.DataChunk
	n     int
}

// ChunkRows is the greatest number of rows in a chunk (DuckDB's vector size).
const ChunkRows = 2048

// Len is the number of rows.
func (c *Chunk) Len() int { return c.n }

func (c *Chunk) destroy() { bindings.DestroyDataChunk(&c.chunk) }

// fixed are the types of columns of fixed width: UTINYINT, USMALLINT, UINTEGER, UBIGINT, DOUBLE, HUGEINT.
type fixed interface {
	uint8 | uint16 | uint32 | uint64 | float64 | Huge
}

// Huge is a HUGEINT as DuckDB lays it out; negative ones do not occur in the store.
type Huge struct{ Lo, Hi uint64 }

// Column is the memory of a column, Len values (ChunkRows while an appender fills it), valid as
// long as the chunk. T must be the column's type in the statement or table: the query stands beside
// the call, so another type is a mistake in the program. NULLs read as anything.
func Column[T fixed](c *Chunk, column int) []T {
	v := bindings.DataChunkGetVector(c.chunk, bindings.IdxT(column))
	var zero T
	var want bindings.Type
	switch any(zero).(type) {
	case uint8:
		want = bindings.TypeUTinyInt
	case uint16:
		want = bindings.TypeUSmallInt
	case uint32:
		want = bindings.TypeUInteger
	case uint64:
		want = bindings.TypeUBigInt
	case float64:
		want = bindings.TypeDouble
	case Huge:
		want = bindings.TypeHugeInt
	}
	mustBe(v, column, want)
	return unsafe.Slice((*T)(bindings.VectorGetData(v)), c.n)
}

// mustBe guards the memory behind the vector: it costs 0.2 µs a column and chunk, and read as another
// type it would give wrong numbers or more than there are.
func mustBe(v bindings.Vector, column int, want ...bindings.Type) {
	t := bindings.VectorGetColumnType(v)
	got := bindings.GetTypeId(t)
	bindings.DestroyLogicalType(&t)
	if !slices.Contains(want, got) {
		panic(fmt.Sprintf("BUG: column %d has DuckDB's type %d, read as %d", column, got, want))
	}
}

// text is how DuckDB lays out a VARCHAR or BLOB: up to twelve bytes inline, longer ones elsewhere.
type text struct {
	length uint32
	prefix [4]byte
	where  [8]byte // the pointer, or the inline bytes 4 to 11
}

// Texts is the memory of a VARCHAR or BLOB column.
type Texts struct{ values []text }

// TextColumn is the memory of a VARCHAR or BLOB column, valid as long as the chunk.
func TextColumn(c *Chunk, column int) Texts {
	v := bindings.DataChunkGetVector(c.chunk, bindings.IdxT(column))
	mustBe(v, column, bindings.TypeVarchar, bindings.TypeBlob)
	return Texts{unsafe.Slice((*text)(bindings.VectorGetData(v)), c.n)}
}

// Bytes is the value of a row, valid as long as the chunk.
func (t Texts) Bytes(row int) []byte {
	v := &t.values[row]
	if v.length <= 12 {
		return unsafe.Slice(&v.prefix[0], v.length)
	}
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&v.where)), v.length)
}
