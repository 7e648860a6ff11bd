package duckdb

import (
	"errors"

	bindings "github.com/duckdb/duckdb-go-bindings"
)

// Appender adds rows to the end of a table, within the connection's transaction. Fill the columns
// of Chunk for some rows, call Flush with their number, and so on; then Close.
type Appender struct {
	Chunk
	appender bindings.Appender
	types    []bindings.LogicalType
}

// Append starts adding rows to a table; catalog "" is the database file, "temp" that of temporary
// tables. It must be said: in a database that is open for reading only, an appender to "" fails
// for temporary tables too.
func (c *Conn) Append(catalog, table string) (*Appender, error) {
	var a Appender
	if bindings.AppenderCreateExt(c.conn, catalog, "main", table, &a.appender) == bindings.StateError {
		err := errors.New(bindings.AppenderError(a.appender))
		bindings.AppenderDestroy(&a.appender)
		return nil, err
	}
	for i := range bindings.AppenderColumnCount(a.appender) {
		a.types = append(a.types, bindings.AppenderColumnType(a.appender, i))
	}
	a.chunk = bindings.CreateDataChunk(a.types)
	a.n = ChunkRows
	return &a, nil
}

// Flush adds the first n rows of the chunk, and empties it: its columns must be asked for anew.
func (a *Appender) Flush(n int) error {
	bindings.DataChunkSetSize(a.chunk, bindings.IdxT(n))
	if bindings.AppendDataChunk(a.appender, a.chunk) == bindings.StateError {
		return errors.New(bindings.AppenderError(a.appender))
	}
	bindings.DataChunkReset(a.chunk)
	return nil
}

// SetBytes sets the value of a VARCHAR or BLOB column, copying b. A VARCHAR must be valid UTF-8.
func (a *Appender) SetBytes(column, row int, b []byte) {
	v := bindings.DataChunkGetVector(a.chunk, bindings.IdxT(column))
	bindings.VectorAssignStringElementLen(v, bindings.IdxT(row), b)
}

// Close hands the last rows to the table. After an error nothing more was added.
func (a *Appender) Close() error {
	var err error
	if bindings.AppenderFlush(a.appender) == bindings.StateError {
		err = errors.New(bindings.AppenderError(a.appender))
		bindings.AppenderClear(a.appender)
	}
	a.destroy()
	for i := range a.types {
		bindings.DestroyLogicalType(&a.types[i])
	}
	bindings.AppenderDestroy(&a.appender)
	return err
}
