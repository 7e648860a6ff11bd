package main

import (
	"encoding/csv"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// dataset is what a dataset file says: by row and column, as text.
type dataset map[twinCellKey]map[string]string

// readDataset reads the lines of a CSV file, which must be sorted.
func readDataset(t *testing.T, all [][]string) dataset {
	t.Helper()
	if !slices.IsSortedFunc(all[1:], func(a, b []string) int { return slices.Compare(a[:5], b[:5]) }) {
		t.Error("the dataset is not sorted by its first five columns")
	}
	d := dataset{}
	for _, fields := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = fields[i]
		}
		key := twinCellKey{row["month"], row["region"], row["network_type"], row["direction"], row["ip_version"]}
		if d[key] != nil {
			t.Errorf("two rows of %v", key)
		}
		d[key] = row
	}
	return d
}

// readDatasets asks the program for the dataset, all of it and as it is published: as CSV, and if
// asked as Parquet, which must say the same.
func readDatasets(t *testing.T, config string, withParquet bool) (unsuppressed, published dataset) {
	t.Helper()
	ask := func(args ...string) dataset {
		args = append([]string{"-c", config, "dataset", twinMonths}, args...)
		text := mustRun(t, args...)
		all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if !withParquet {
			return readDataset(t, all)
		}
		name := filepath.Join(t.TempDir(), "dataset.parquet")
		mustRun(t, append(args, "-o", name)...)
		if rows := readParquet(t, name); !slices.EqualFunc(rows, all, slices.Equal) {
			t.Errorf("%v: Parquet and CSV differ; they have %d and %d lines", args, len(rows), len(all))
		}
		return readDataset(t, all)
	}
	return ask("--unsuppressed"), ask()
}

// readParquet reads a file as CSV would have it: the names, then the rows.
func readParquet(t *testing.T, name string) (rows [][]string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	var header []string
	for _, path := range file.Schema().Columns() {
		header = append(header, path[0])
	}
	rows = append(rows, header)
	for _, group := range file.RowGroups() {
		in := group.Rows()
		buffer := make([]parquet.Row, 100)
		for {
			n, err := in.ReadRows(buffer)
			for _, row := range buffer[:n] {
				fields := make([]string, len(header))
				for _, v := range row {
					fields[v.Column()] = parquetText(v)
				}
				rows = append(rows, fields)
			}
			if err != nil || n == 0 {
				break
			}
		}
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

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
	case v.Kind() == parquet.FixedLenByteArray: // a decimal
		return new(big.Int).SetBytes(v.ByteArray()).String()
	}
	return string(v.ByteArray())
}

// compare compares every number of a dataset that hides nothing with the twin's.
func (w *twin) compare(name string, table twinTable, d dataset) {
	w.t.Helper()
	if len(d) != len(table) {
		w.t.Errorf("%s: %d rows, want %d", name, len(d), len(table))
	}
	c := comparison{t: w.t, name: name, wrong: map[string]int{}}
	coverage := map[[2]string]*big.Rat{}
	for key, cell := range table {
		row := d[key]
		if row == nil {
			c.fail("row", key, "none", cell.octets)
			continue
		}
		c.key, c.row = key, row
		total := key
		total.typ = "all"
		c.cell(cell, table[total])
		in := [2]string{key.month, key.region}
		if coverage[in] == nil {
			coverage[in] = w.coverage(key.region, monthNamed(key.month))
		}
		c.number("coverage", coverage[in], 1)
	}
	for key := range d {
		if table[key] == nil {
			c.fail("row", key, "there", "none")
		}
	}
	w.t.Logf("%s: %d rows equal but for %v; %d of %d counts above 4,096 outside their bounds", name, len(table), c.wrong, c.outside, c.estimates)
	if c.estimates == 0 || c.outside*5 > c.estimates { // one in twenty, were they independent
		w.t.Errorf("%s: %d of %d counts above 4,096 are outside their bounds of two standard deviations", name, c.outside, c.estimates)
	}
}

// comparison compares rows and says what differs, three times a column.
type comparison struct {
	t                  *testing.T
	name               string
	key                twinCellKey
	row                map[string]string
	wrong              map[string]int // by column
	estimates, outside int
}

func (c *comparison) fail(column string, key twinCellKey, got, want any) {
	c.t.Helper()
	if c.wrong[column]++; c.wrong[column] <= 3 {
		c.t.Errorf("%s: %v: %s = %v, want %v", c.name, key, column, got, want)
	}
}

// value is a column's number; NaN where it is empty.
func (c *comparison) value(column string) float64 {
	v, err := strconv.ParseFloat(c.row[column], 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// number compares a column with an exact number: they may differ by so many roundings to float64.
func (c *comparison) number(column string, want *big.Rat, roundings int) {
	c.t.Helper()
	if want == nil {
		if c.row[column] != "" {
			c.fail(column, c.key, c.row[column], "nothing")
		}
		return
	}
	w, _ := want.Float64()
	if got := c.value(column); !(math.Abs(got-w) <= float64(roundings)*0x1p-53*math.Abs(w)) {
		c.fail(column, c.key, c.row[column], w)
	}
}

// whole compares a column with a whole number, which has all its digits.
func (c *comparison) whole(column string, want *big.Int) {
	c.t.Helper()
	if c.row[column] != want.String() {
		c.fail(column, c.key, c.row[column], want)
	}
}

// twinRank drops the ⌊n/20⌋ largest and takes the next.
func twinRank(values []*big.Rat) *big.Rat {
	if len(values) == 0 {
		return nil
	}
	slices.SortFunc(values, func(a, b *big.Rat) int { return b.Cmp(a) })
	return values[len(values)/20]
}

func twinMean(values []*big.Rat) *big.Rat {
	if len(values) == 0 {
		return nil
	}
	sum := new(big.Rat)
	for _, v := range values {
		sum.Add(sum, v)
	}
	return sum.Quo(sum, big.NewRat(int64(len(values)), 1))
}

func (c *comparison) cell(cell, total *twinCell) {
	bits := new(big.Int).Mul(cell.octets, big.NewInt(8))
	per := func(of *big.Int, by int64) *big.Rat { return new(big.Rat).SetFrac(of, big.NewInt(by)) }
	c.whole("bits", bits)
	c.samplingError(cell)
	seconds := int64(len(cell.slots)) * 300
	c.number("bps_avg", per(bits, seconds), 2)

	slots := slices.Clone(cell.slots)
	slices.Sort(slots)
	slices.Reverse(slots)
	rate := func(octets uint64) *big.Rat {
		n := new(big.Int).SetUint64(octets)
		return per(n.Mul(n, big.NewInt(8)), 300)
	}
	c.number("bps_p95", rate(slots[len(slots)/20]), 2)
	c.number("bps_max", rate(slots[0]), 2)

	c.unique(bits, int64(len(cell.addresses)))
	var unique, magnitude []*big.Rat
	for _, d := range cell.days {
		n := int64(len(d.addresses))
		if n > 4096 {
			c.t.Fatalf("%v has a day of %d addresses: the twin compares exact counts", c.key, n)
		}
		unique = append(unique, big.NewRat(n, 1))
		if n > 0 {
			magnitude = append(magnitude, per(new(big.Int).Mul(d.octets, big.NewInt(8)), n))
		}
	}
	c.number("unique_ips_day_avg", twinMean(unique), 1)
	c.number("unique_ips_day_p95", twinRank(unique), 0)
	c.number("unique_ips_day_max", unique[0], 0)
	c.number("magnitude_day_avg", twinMean(magnitude), 40) // a sum of as many as a month has days
	c.number("magnitude_day_p95", twinRank(magnitude), 2)
	c.number("magnitude_day_max", magnitude[0], 2)

	c.number("share", new(big.Rat).SetFrac(cell.octets, total.octets), 4)
	networks := len(cell.networks)
	if cell.networks["unknown"] != nil {
		networks--
	}
	c.whole("networks", big.NewInt(int64(networks)))
	c.whole("flows", big.NewInt(int64(cell.flows)))
}

// samplingError is 1.96 × √V / B.
func (c *comparison) samplingError(cell *twinCell) {
	if cell.unrated {
		c.number("bits_error", nil, 0)
		return
	}
	wide := func() *big.Float { return new(big.Float).SetPrec(200) }
	v := wide().Sqrt(wide().SetInt(cell.v))
	v.Mul(v, wide().SetRat(big.NewRat(196, 100)))
	want, _ := v.Quo(v, wide().SetInt(cell.octets)).Rat(nil)
	c.number("bits_error", want, 6)
}

// unique compares the count of addresses, and magnitude, which is bits by what the row says of it.
func (c *comparison) unique(bits *big.Int, n int64) {
	got, low, high := c.value("unique_ips"), c.value("unique_ips_low"), c.value("unique_ips_high")
	if n <= 4096 {
		for _, column := range []string{"unique_ips", "unique_ips_low", "unique_ips_high"} {
			c.whole(column, big.NewInt(n))
		}
	} else {
		c.estimates++
		if !(low <= float64(n) && float64(n) <= high) {
			c.outside++
		}
		// Two standard deviations of 1/√(k−1), k = 4,096, are 3.13 %; twice that would be a mistake.
		if !(low < got && got < high && high-low < 0.08*got && math.Abs(got-float64(n)) < 0.06*float64(n)) {
			c.fail("unique_ips", c.key, [3]float64{got, low, high}, n)
		}
	}
	if exact := new(big.Rat).SetFloat64(got); exact != nil && exact.Sign() > 0 {
		c.number("magnitude", exact.Quo(new(big.Rat).SetInt(bits), exact), 3)
	}
}

// differing counts the rows of either table whose bits are others in the other.
func differing(a, b twinTable) (n int) {
	for key, cell := range a {
		if b[key] == nil || b[key].octets.Cmp(cell.octets) != 0 {
			n++
		}
	}
	for key := range b {
		if a[key] == nil {
			n++
		}
	}
	return n
}
