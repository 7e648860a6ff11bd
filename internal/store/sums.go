package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store/duckdb"
)

// Bucket says for what rows of a combination count, from slot From (inclusive) to To (exclusive).
// Numbers are the caller's, best small and dense.
type Bucket struct {
	Combination
	From, To flow.Slot
	Number   uint32
}

// Cut is how a question cuts time: Starts are where its steps begin, ascending, the first at the
// beginning of the question's time. All but the first begin on a multiple of Every slots of each other;
// Every 0 says that they do not, as months.
type Cut struct {
	Starts []flow.Slot
	Every  flow.Slot
}

// index is the SQL for the number of the step that a column's slot lies in.
func (c Cut) index(column string) string {
	switch {
	case len(c.Starts) <= 1:
		return "0::UINTEGER"
	case c.Every > 0:
		first := c.Starts[1] - c.Every // the first step may begin later
		return fmt.Sprintf("((%s - %d) // %d)::UINTEGER", column, first, c.Every)
	}
	var b strings.Builder
	b.WriteString("(CASE")
	for i, start := range c.Starts[1:] {
		fmt.Fprintf(&b, " WHEN %s < %d THEN %d", column, start, i)
	}
	fmt.Fprintf(&b, " ELSE %d END)::UINTEGER", len(c.Starts)-1)
	return b.String()
}

// Classes are the parts of a cell that are no combination: which of them count, and which are told
// apart.
type Classes struct {
	Regions    []uint16         // that count; nil = all
	Directions []flow.Direction // likewise
	Versions   []uint8          // likewise

	ByRegion, ByDirection, ByVersion bool // told apart; else the answer has AllRegions, flow.Both, AllVersions
}

// where is the SQL for the rows t that count; it begins with AND, or is empty.
func (c *Classes) where() string {
	var b strings.Builder
	if c.Regions != nil {
		fmt.Fprintf(&b, " AND t.region IN (%s)", numberList(c.Regions))
	}
	if c.Directions != nil {
		fmt.Fprintf(&b, " AND t.direction IN (%s)", numberList(c.Directions))
	}
	if c.Versions != nil {
		fmt.Fprintf(&b, " AND t.version IN (%s)", numberList(c.Versions))
	}
	return b.String()
}

// columns are the SQL for what is told apart: region, direction, version.
func (c *Classes) columns() string {
	pick := func(apart bool, column, all string) string {
		if apart {
			return column
		}
		return all
	}
	return strings.Join([]string{
		pick(c.ByRegion, "t.region", fmt.Sprintf("%d::USMALLINT", AllRegions)),
		pick(c.ByDirection, "t.direction", fmt.Sprintf("%d::UTINYINT", flow.Both)),
		pick(c.ByVersion, "t.version", fmt.Sprintf("%d::UTINYINT", AllVersions)),
	}, ", ")
}

// Sort makes the table by which the questions below sort rows, in place of the one before. Rows of a
// combination or time without a bucket do not count. Buckets of one combination must not overlap, and
// change at UTC days.
func (v *View) Sort(ctx context.Context, buckets []Bucket) error {
	if v.ended.Load() {
		return errReopened
	}
	err := v.conn.Exec(ctx, `CREATE OR REPLACE TEMP TABLE buckets(asn UINTEGER, prefix UINTEGER, link USMALLINT,
		from_slot UINTEGER, to_slot UINTEGER, bucket UINTEGER)`)
	if err != nil {
		return err
	}
	var dated []flow.Slot
	w := &writer{conn: v.conn, catalog: "temp"}
	w.rows("buckets", len(buckets), func(a *duckdb.Appender, from, count int) {
		c := &a.Chunk
		as, prefix, link := duckdb.Column[uint32](c, 0), duckdb.Column[uint32](c, 1), duckdb.Column[uint16](c, 2)
		since, until, number := duckdb.Column[uint32](c, 3), duckdb.Column[uint32](c, 4), duckdb.Column[uint32](c, 5)
		for i := range count {
			b := &buckets[from+i]
			as[i], prefix[i], link[i] = b.AS, b.Prefix, b.Link
			since[i], until[i], number[i] = uint32(b.From), uint32(b.To), b.Number
			if b.From > 0 {
				dated = append(dated, b.From)
			}
			if b.To < ^flow.Slot(0) {
				dated = append(dated, b.To)
			}
		}
	})
	slices.Sort(dated)
	v.dated = slices.Compact(dated)
	return w.err
}

// SortPlaces makes the table by which sums are told apart by place: as what place each counts, by number
// in flow.Names.Places; 0 for one that does not count.
func (v *View) SortPlaces(ctx context.Context, as []uint32) error {
	if v.ended.Load() {
		return errReopened
	}
	if err := v.conn.Exec(ctx, "CREATE OR REPLACE TEMP TABLE place_buckets(place UINTEGER, counts_as UINTEGER)"); err != nil {
		return err
	}
	var rows []uint32
	for place, counts := range as {
		if counts != 0 {
			rows = append(rows, uint32(place))
		}
	}
	w := &writer{conn: v.conn, catalog: "temp"}
	w.rows("place_buckets", len(rows), func(a *duckdb.Appender, from, count int) {
		place, counts := duckdb.Column[uint32](&a.Chunk, 0), duckdb.Column[uint32](&a.Chunk, 1)
		for i := range count {
			place[i], counts[i] = rows[from+i], as[rows[from+i]]
		}
	})
	return w.err
}

// sorted is the SQL for a table's rows t of a stretch of time, each with its bucket b.
func (v *View) sorted(table string, p flow.Period, c *Classes) string {
	join := fmt.Sprintf(`%s t JOIN buckets b ON t.asn = b.asn AND t.prefix = b.prefix AND t.link = b.link`, table)
	if strings.HasPrefix(table, placeTable.name) {
		join = strings.Replace(join, " t JOIN", " t JOIN place_buckets p ON t.place = p.place JOIN", 1)
	}
	if len(v.dated) > 0 {
		join += ` AND t.slot >= b.from_slot AND t.slot < b.to_slot`
	}
	return fmt.Sprintf(`%s WHERE t.slot >= %d AND t.slot < %d%s`, join, p.From, p.To, c.where())
}

// Sum is what rows of one step, bucket and class add up to.
type Sum struct {
	Step      uint32 // in Cut.Starts
	Bucket    uint32
	Region    uint16 // or AllRegions
	Direction flow.Direction
	Version   uint8
	Place     uint32 // as SortPlaces has it; 0 if not asked for
	Octets    rollup.Uint128
	V         rollup.Uint128 // 0 unless asked for
	Unrated   uint64         // likewise
}

// SumQuery asks for sums of what Sort let through.
type SumQuery struct {
	Period flow.Period // may begin and end with any slot
	Cut    Cut
	Classes
	Errors bool // also V and Unrated, which cost more than all the rest
	Places bool // what SortPlaces lets through, by place
}

// Sums gives the sums of q, in no order, each valid until the next; a step, bucket and class may come
// several times. What the
// period and its steps have whole of a month, day or hour comes from rows of these, and the rest from
// those of slots: so a period that begins or ends within an hour, before the newest slot, needs slots
// to be kept there; and a question by place, of which there are hours alone, begins and ends with
// hours, or with the newest slot. Call Extent first.
func (v *View) Sums(ctx context.Context, q *SumQuery, each func(*Sum)) error {
	for _, part := range v.parts(q) {
		if err := v.sumPart(ctx, q, part, each); err != nil {
			return err
		}
	}
	return nil
}

// part is a stretch of a question that one table answers.
type part struct {
	table string
	flow.Period
}

// parts cuts a question by the tables that answer it.
func (v *View) parts(q *SumQuery) []part {
	to, end := q.Period.To, q.Period.To
	if to > v.newest { // nothing lies beyond: what begins before is had whole
		to = v.newest + 1
		end = to.NextMonth()
	}
	var out []part
	for at := q.Period.From; at < to; {
		table, next := v.partAt(q, at, end)
		if n := len(out); n > 0 && out[n-1].table == table {
			out[n-1].To = next
		} else {
			out = append(out, part{table, flow.Period{From: at, To: next}})
		}
		at = next
	}
	return out
}

// partAt is the coarsest table that has a stretch beginning at a slot, which ends before end and in which
// no step and no bucket begins; and where the stretch ends.
func (v *View) partAt(q *SumQuery, at, end flow.Slot) (table string, next flow.Slot) {
	tables, summed := [...]string{"traffic_month", "traffic_day", "traffic_hour"}, v.summed
	if q.Places {
		tables = [...]string{"places_month", "places_day", "places"}
		summed[longDay], summed[longMonth] = summed[longPlaceDay], summed[longPlaceMonth]
	}
	every := q.Cut.Every
	months := every == 0
	days := months || every%flow.SlotsPerDay == 0
	hours := months || every%flow.SlotsPerHour == 0
	switch {
	case months && at < summed[longMonth] && at == at.Month() && at.NextMonth() <= end && !v.changesIn(at, at.NextMonth()):
		return tables[0], at.NextMonth()
	case days && at == at.Day() && at < summed[longDay] && at+flow.SlotsPerDay <= end:
		return tables[1], at + flow.SlotsPerDay
	case hours && at == at.Hour() && at+flow.SlotsPerHour <= end:
		if days && at < summed[longDay] {
			return tables[2], at + flow.SlotsPerHour
		}
		return tables[2], end.Hour()
	case hours:
		return "traffic", min(at.Hour()+flow.SlotsPerHour, end)
	}
	return "traffic", end
}

// changesIn reports that a bucket begins or ends within a stretch of time.
func (v *View) changesIn(from, to flow.Slot) bool {
	i, _ := slices.BinarySearch(v.dated, from+1)
	return i < len(v.dated) && v.dated[i] < to
}

func (v *View) sumPart(ctx context.Context, q *SumQuery, p part, each func(*Sum)) error {
	errors, place := "0::HUGEINT, 0::HUGEINT", "0::UINTEGER"
	if q.Places {
		place = "p.counts_as"
	}
	if q.Errors {
		errors = "sum(t.v)::HUGEINT, sum(t.unrated)::HUGEINT"
	}
	statement := fmt.Sprintf("SELECT %s, b.bucket, %s, %s, sum(t.octets)::HUGEINT, %s FROM %s GROUP BY ALL",
		q.Cut.index("t.slot"), q.columns(), place, errors, v.sorted(p.table, p.Period, &q.Classes))
	var sum Sum // one for all: a quarter's slots are a million
	return v.query(ctx, func(c *duckdb.Chunk) error {
		step, bucket := duckdb.Column[uint32](c, 0), duckdb.Column[uint32](c, 1)
		region, direction, version := duckdb.Column[uint16](c, 2), duckdb.Column[uint8](c, 3), duckdb.Column[uint8](c, 4)
		place, octets := duckdb.Column[uint32](c, 5), duckdb.Column[duckdb.Huge](c, 6)
		variance, unrated := duckdb.Column[duckdb.Huge](c, 7), duckdb.Column[duckdb.Huge](c, 8)
		for i := range c.Len() {
			sum = Sum{
				Step: step[i], Bucket: bucket[i], Region: region[i], Direction: flow.Direction(direction[i]), Version: version[i],
				Place: place[i], Octets: uint128(octets[i]), V: uint128(variance[i]), Unrated: uint64Of(unrated[i]),
			}
			each(&sum)
		}
		return nil
	}, statement)
}
