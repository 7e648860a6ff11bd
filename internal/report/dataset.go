package report

import (
	"fmt"
	"io"
	"math/big"
	"path/filepath"
	"strings"

	"tributary/internal/stats"
)

// Format is how a dataset is written.
type Format string

// The formats. All three hold the same values: what is empty in CSV is null in the others.
const (
	CSV     Format = "csv"
	JSON    Format = "json"    // an array of objects, one a line
	Parquet Format = "parquet" // see parquetNode for the columns' types
)

// DatasetFormat is the format asked for by name, else by the file's extension, else CSV. Either
// may be empty.
func DatasetFormat(name, file string) (Format, error) {
	if name == "" {
		switch ext := strings.ToLower(filepath.Ext(file)); ext {
		case ".json", ".parquet":
			return Format(ext[1:]), nil
		}
		return CSV, nil
	}
	switch f := Format(name); f {
	case CSV, JSON, Parquet:
		return f, nil
	}
	return "", fmt.Errorf("format must be csv, json or parquet (got %q)", name)
}

// WriteDataset writes d. The same dataset gives the same bytes.
func WriteDataset(w io.Writer, f Format, d *stats.Dataset) error {
	switch f {
	case CSV:
		return writeCSV(w, d)
	case JSON:
		return writeJSON(w, d)
	case Parquet:
		return writeParquet(w, d)
	}
	panic("BUG: no such dataset format: " + string(f))
}

// kind is the type of a column's values.
type kind uint8

const (
	kindText   kind = iota // never empty
	kindFlag               // true or false; never empty
	kindWhole              // whole number of up to 38 digits
	kindCount              // whole number below 2^53
	kindNumber             // float64
)

// value is one field of a row. Which part of it holds depends on the column's kind.
type value struct {
	text  string
	flag  bool
	whole *big.Int  // not negative, below 2^128
	num   stats.Num // of count and number; Known is that of whole too
}

// column is a column of the dataset.
type column struct {
	name string
	kind kind
	of   func(r *stats.Row) value
}

// datasetColumns are the columns in order. The bits of a normalised dataset are not whole.
func datasetColumns(normalized bool) []column {
	bits := column{"bits", kindWhole, func(r *stats.Row) value {
		return value{whole: r.Octets.Mul64(8).Big(), num: r.Bits}
	}}
	if normalized {
		bits = measure("bits", func(r *stats.Row) stats.Num { return r.Bits })
	}
	return []column{
		label("month", func(r *stats.Row) string { return r.Month }),
		label("region", func(r *stats.Row) string { return r.Region }),
		label("network_type", func(r *stats.Row) string { return r.TypeName() }),
		label("direction", func(r *stats.Row) string { return r.Direction.String() }),
		label("ip_version", func(r *stats.Row) string { return r.VersionName() }),
		bits,
		measure("bits_error", func(r *stats.Row) stats.Num { return r.BitsError }),
		measure("bps_avg", func(r *stats.Row) stats.Num { return r.BpsAvg }),
		measure("bps_p95", func(r *stats.Row) stats.Num { return r.BpsP95 }),
		measure("bps_max", func(r *stats.Row) stats.Num { return r.BpsMax }),
		measure("unique_ips", func(r *stats.Row) stats.Num { return r.Unique }),
		measure("unique_ips_low", func(r *stats.Row) stats.Num { return r.UniqueLow }),
		measure("unique_ips_high", func(r *stats.Row) stats.Num { return r.UniqueHigh }),
		measure("unique_ips_day_avg", func(r *stats.Row) stats.Num { return r.UniqueDay.Avg }),
		measure("unique_ips_day_p95", func(r *stats.Row) stats.Num { return r.UniqueDay.P95 }),
		measure("unique_ips_day_max", func(r *stats.Row) stats.Num { return r.UniqueDay.Max }),
		measure("magnitude", func(r *stats.Row) stats.Num { return r.Magnitude }),
		measure("magnitude_day_avg", func(r *stats.Row) stats.Num { return r.MagnitudeDay.Avg }),
		measure("magnitude_day_p95", func(r *stats.Row) stats.Num { return r.MagnitudeDay.P95 }),
		measure("magnitude_day_max", func(r *stats.Row) stats.Num { return r.MagnitudeDay.Max }),
		measure("share", func(r *stats.Row) stats.Num { return r.Share }),
		{"networks", kindCount, func(r *stats.Row) value { return value{num: r.Networks} }},
		{"flows", kindCount, func(r *stats.Row) value { return value{num: r.Flows} }},
		measure("coverage", func(r *stats.Row) stats.Num { return stats.Num{Value: r.Coverage, Known: true} }),
		{"suppressed", kindFlag, func(r *stats.Row) value { return value{flag: r.Suppressed} }},
	}
}

// DatasetColumns are the names of the dataset's columns, in order.
func DatasetColumns() []string {
	var names []string
	for _, c := range datasetColumns(false) {
		names = append(names, c.name)
	}
	return names
}

func label(name string, of func(r *stats.Row) string) column {
	return column{name, kindText, func(r *stats.Row) value { return value{text: of(r)} }}
}

func measure(name string, of func(r *stats.Row) stats.Num) column {
	return column{name, kindNumber, func(r *stats.Row) value { return value{num: of(r)} }}
}

// DatasetTitle names the months that the dataset has: "October 2025", and in the report of a day
// "October 2025 (the whole month, not only 3 October 2025)". Months without traffic have no row.
func (r *Report) DatasetTitle() string {
	if r.Dataset == nil || len(r.Dataset.Rows) == 0 {
		return "no month"
	}
	first, last := r.Dataset.Rows[0].Month, r.Dataset.Rows[len(r.Dataset.Rows)-1].Month
	title, whole := periodTitle(first), "the whole month"
	if last != first {
		title, whole = title+" to "+periodTitle(last), "whole months"
	}
	if months := datasetPeriod(r.asked); months.From != r.asked.From || months.To != r.asked.To {
		title += " (" + whole + ", not only " + r.Period.Title() + ")"
	}
	return title
}
