package report

import (
	"io"

	"github.com/parquet-go/parquet-go"

	"tributary/internal/stats"
)

// parquetNode is the type of a column in Parquet.
//
//	text    BYTE_ARRAY (STRING), required
//	flag    BOOLEAN, required
//	whole   FIXED_LEN_BYTE_ARRAY(16) (DECIMAL(38,0)), optional
//	count   INT64, optional
//	number  DOUBLE, optional; coverage too, though it is never null
//
// Bits are DECIMAL(38,0) since a month of 10 Tbit/s is 2.6·10^19, above UINT64's 1.8·10^19, and
// a DOUBLE would not be the whole number that CSV has. DuckDB, Arrow, Spark and pandas read it
// exactly.
func parquetNode(k kind) parquet.Node {
	switch k {
	case kindText:
		return parquet.String()
	case kindFlag:
		return parquet.Leaf(parquet.BooleanType)
	case kindWhole:
		return parquet.Optional(parquet.Decimal(0, decimalDigits, parquet.FixedLenByteArrayType(decimalBytes)))
	case kindCount:
		return parquet.Optional(parquet.Leaf(parquet.Int64Type))
	}
	return parquet.Optional(parquet.Leaf(parquet.DoubleType))
}

// DECIMAL of 38 digits is the widest that readers take, and 16 bytes hold it. 2^128 has 39 digits;
// 10^38 bits are 10^13 years of 1 Tbit/s.
const (
	decimalDigits = 38
	decimalBytes  = 16
)

// orderedGroup is a parquet.Group whose fields stand in the dataset's order, not the alphabet's.
type orderedGroup struct {
	parquet.Group
	order []string
}

// Fields returns the fields in order.
func (g orderedGroup) Fields() []parquet.Field {
	sorted := g.Group.Fields()
	byName := make(map[string]parquet.Field, len(sorted))
	for _, f := range sorted {
		byName[f.Name()] = f
	}
	fields := make([]parquet.Field, len(g.order))
	for i, name := range g.order {
		fields[i] = byName[name]
	}
	return fields
}

// writeParquet writes the dataset as one row group of Zstandard pages.
func writeParquet(w io.Writer, d *stats.Dataset) error {
	columns := datasetColumns(d.Normalized)
	group := orderedGroup{Group: parquet.Group{}}
	for _, c := range columns {
		group.Group[c.name] = parquetNode(c.kind)
		group.order = append(group.order, c.name)
	}
	out := parquet.NewWriter(w,
		parquet.NewSchema("dataset", group),
		parquet.Compression(&parquet.Zstd),
		// Without it the file names the library's version, and bytes change with it.
		parquet.CreatedBy("tributary", "", ""),
	)
	row := make(parquet.Row, len(columns))
	for i := range d.Rows {
		for j, c := range columns {
			v := c.of(&d.Rows[i])
			row[j] = v.parquet(c.kind, j)
		}
		if _, err := out.WriteRows([]parquet.Row{row}); err != nil {
			return err
		}
	}
	return out.Close()
}

// parquet is the value in the column numbered j: definition level 0 is null, 1 an optional value
// that is there.
func (v *value) parquet(k kind, j int) parquet.Value {
	switch k {
	case kindText:
		return parquet.ByteArrayValue([]byte(v.text)).Level(0, 0, j)
	case kindFlag:
		return parquet.BooleanValue(v.flag).Level(0, 0, j)
	}
	if !v.num.Known {
		return parquet.NullValue().Level(0, 0, j)
	}
	switch k {
	case kindWhole:
		return parquet.FixedLenByteArrayValue(v.whole.FillBytes(make([]byte, decimalBytes))).Level(0, 1, j)
	case kindCount:
		return parquet.Int64Value(int64(v.num.Value)).Level(0, 1, j)
	}
	return parquet.DoubleValue(v.num.Value).Level(0, 1, j)
}
