package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"tributary/internal/flow"
	"tributary/internal/store/duckdb"
)

// schemaVersion is the version of the tables below. A store of an older version is brought up to it
// when it is opened; one of a newer version is refused.
const schemaVersion = 4

// cellColumns are the columns of a rollup.Cell, in the order of rows.
const cellColumns = "region, direction, version, link, asn, prefix"

// Columns of a cell, of what is counted of it, and of what is counted by place.
const (
	cellTypes = `region USMALLINT NOT NULL, direction UTINYINT NOT NULL, version UTINYINT NOT NULL,
		link USMALLINT NOT NULL, asn UINTEGER NOT NULL, prefix UINTEGER NOT NULL`
	countTypes = `octets UBIGINT NOT NULL, packets UBIGINT NOT NULL, flows UBIGINT NOT NULL,
		v HUGEINT NOT NULL, unrated UBIGINT NOT NULL`
	placeTypes = `place UINTEGER NOT NULL,
		octets UBIGINT NOT NULL, v HUGEINT NOT NULL, unrated UBIGINT NOT NULL`
)

// schema creates an empty store. All times are slot numbers (five minutes since 1970, UTC); in rows
// of an hour, day or month the first slot of it. Names are numbers of the tables names and
// place_names. Traffic rows are additive: there may be several of one key, and a query sums.
func schema() []string {
	return append([]string{
		`CREATE TABLE meta(name VARCHAR NOT NULL, value VARCHAR NOT NULL)`,
		`CREATE TABLE state(name VARCHAR NOT NULL, value BLOB NOT NULL)`,
		`CREATE TABLE names(kind UTINYINT NOT NULL, id UINTEGER NOT NULL, name VARCHAR NOT NULL)`,
		`CREATE TABLE place_names(id UINTEGER NOT NULL, country VARCHAR NOT NULL, subdivision VARCHAR NOT NULL, city VARCHAR NOT NULL)`,
		`CREATE TABLE last_known(kind UTINYINT NOT NULL, id UINTEGER NOT NULL, value UTINYINT NOT NULL)`,
		`CREATE TABLE combinations(asn UINTEGER NOT NULL, prefix UINTEGER NOT NULL, link USMALLINT NOT NULL)`,
		`CREATE TABLE traffic(slot UINTEGER NOT NULL, ` + cellTypes + `, ` + countTypes + `)`,
		`CREATE TABLE traffic_hour(slot UINTEGER NOT NULL, ` + cellTypes + `, ` + countTypes + `)`,
		`CREATE TABLE endpoints(grain UTINYINT NOT NULL, slot UINTEGER NOT NULL, ` + cellTypes + `, sketch BLOB NOT NULL)`,
		`CREATE TABLE places(slot UINTEGER NOT NULL, ` + cellTypes + `, ` + placeTypes + `)`,
		`CREATE TABLE touched(kind UTINYINT NOT NULL, slot UINTEGER NOT NULL, rows UBIGINT NOT NULL)`,
		`CREATE TABLE frozen(slot UINTEGER NOT NULL, region USMALLINT NOT NULL, type UTINYINT NOT NULL, direction UTINYINT NOT NULL,
			version UTINYINT NOT NULL, p95 UBIGINT NOT NULL, max UBIGINT NOT NULL, hidden UTINYINT NOT NULL,
			unique_avg DOUBLE NOT NULL, unique_p95 DOUBLE NOT NULL, unique_max DOUBLE NOT NULL,
			magnitude_avg DOUBLE NOT NULL, magnitude_p95 DOUBLE NOT NULL, magnitude_max DOUBLE NOT NULL)`,
		healthTable("health"),
		importsTable,
	}, createLong()...)
}

// healthTable creates a table of health rows.
func healthTable(name string) string {
	return `CREATE TABLE ` + name + `(slot UINTEGER NOT NULL, exporter_hi UBIGINT NOT NULL, exporter_lo UBIGINT NOT NULL, region USMALLINT NOT NULL, ` +
		strings.Join(healthColumns(), " UBIGINT NOT NULL, ") + ` UBIGINT NOT NULL, rates VARCHAR NOT NULL)`
}

// importsTable creates the table of captures imported; times are milliseconds since 1970.
const importsTable = `CREATE TABLE imports(identity VARCHAR NOT NULL, name VARCHAR NOT NULL, noted UBIGINT NOT NULL,
	earliest UBIGINT NOT NULL, latest UBIGINT NOT NULL, datagrams UBIGINT NOT NULL, records UBIGINT NOT NULL)`

// healthColumns are the counters of a health row, in the order of healthCounters.
func healthColumns() []string {
	columns := []string{
		"datagrams", "records", "kept", "held", "options", "rate_unknown", "skewed", "untimed",
		"lost_datagrams", "lost_records", "overrun", "late", "restarts",
	}
	for l := range flow.NumLimits {
		columns = append(columns, "limit_"+l.String())
	}
	for v := range flow.NumVerdicts {
		columns = append(columns, "flows_"+v.String())
	}
	for v := range flow.NumVerdicts {
		columns = append(columns, "octets_"+v.String())
	}
	for r := range flow.NumRefusals {
		columns = append(columns, "refused_"+r.String())
	}
	return columns
}

// The kinds of the table names.
const (
	kindRegion = iota
	kindLink
	kindPrefix
	numKinds
)

// Grains of the table endpoints: how long a stretch a sketch covers.
const (
	grainHour  = 1
	grainDay   = 2
	grainMonth = 3
)

// create makes the tables of an empty database.
func create(ctx context.Context, c *duckdb.Conn, print string) error {
	if err := c.Exec(ctx, "BEGIN"); err != nil {
		return err
	}
	for _, statement := range schema() {
		if err := c.Exec(ctx, statement); err != nil {
			return err
		}
	}
	for name, value := range map[string]string{"version": strconv.Itoa(schemaVersion), "key": print} {
		if err := c.Exec(ctx, "INSERT INTO meta VALUES (?, ?)", name, value); err != nil {
			return err
		}
	}
	return c.Exec(ctx, "COMMIT")
}

// readMeta reads the table meta; nil if the database has no tables, so is new.
func readMeta(ctx context.Context, c *duckdb.Conn) (map[string]string, error) {
	n, err := one[uint64](ctx, c, "SELECT count(*)::UBIGINT FROM duckdb_tables() WHERE NOT internal")
	if err != nil || n == 0 {
		return nil, err
	}
	known, err := one[uint64](ctx, c, "SELECT count(*)::UBIGINT FROM duckdb_tables() WHERE table_name = 'meta'")
	if err != nil {
		return nil, err
	}
	if known == 0 {
		return nil, fmt.Errorf("%w: the database has tables, but not ours", ErrCorrupt)
	}
	meta := map[string]string{}
	err = query(ctx, c, func(c *duckdb.Chunk) error {
		name, value := duckdb.TextColumn(c, 0), duckdb.TextColumn(c, 1)
		for i := range c.Len() {
			meta[string(name.Bytes(i))] = string(value.Bytes(i))
		}
		return nil
	}, "SELECT name, value FROM meta")
	return meta, err
}

// query runs a statement and calls each for every chunk of its result.
func query(ctx context.Context, c *duckdb.Conn, each func(*duckdb.Chunk) error, statement string) error {
	rows, err := c.Query(ctx, statement)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := each(&rows.Chunk); err != nil {
			_ = rows.Close() // each's error came first
			return err
		}
	}
	return rows.Close()
}

// one runs a statement whose result is one number.
func one[T uint32 | uint64](ctx context.Context, c *duckdb.Conn, statement string) (value T, err error) {
	err = query(ctx, c, func(c *duckdb.Chunk) error {
		value = duckdb.Column[T](c, 0)[0]
		return nil
	}, statement)
	return value, err
}
