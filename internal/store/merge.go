package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store/duckdb"
)

// mergedTable is a table whose rows of one key may be summed into one.
type mergedTable struct {
	name     string
	keys     string
	measures []string
}

var (
	slotTable  = mergedTable{"traffic", "slot, " + cellColumns, []string{"octets", "packets", "flows", "v", "unrated"}}
	hourTable  = mergedTable{"traffic_hour", "slot, " + cellColumns, []string{"octets", "packets", "flows", "v", "unrated"}}
	placeTable = mergedTable{"places", "slot, " + cellColumns + ", place", []string{"octets", "v", "unrated"}}
)

// worthwhile is the share of rows that a merge must save to be written: nine of ten would stay.
const worthwhile = "after * 10 < before * 9"

// merge sums the rows of one key in a span into one row, within a transaction, unless that would
// save less than a tenth of them. Sums saturate as those of a tally do.
func (s *Store) merge(ctx context.Context, t mergedTable, in span) error {
	sums := make([]string, len(t.measures))
	for i, m := range t.measures {
		if m == "v" {
			sums[i] = fmt.Sprintf("least(sum(v), %s::HUGEINT)::HUGEINT AS v", rollup.MaxV)
			continue
		}
		sums[i] = fmt.Sprintf("least(sum(%s), 18446744073709551615::HUGEINT)::UBIGINT AS %s", m, m)
	}
	where := fmt.Sprintf("WHERE slot >= %d AND slot < %d", in.from, in.to)
	err := s.conn.Exec(ctx, fmt.Sprintf("CREATE OR REPLACE TEMP TABLE merged AS SELECT %s, %s FROM %s %s GROUP BY ALL",
		t.keys, strings.Join(sums, ", "), t.name, where))
	if err != nil {
		return err
	}
	fewer, err := one[uint64](ctx, s.conn, fmt.Sprintf(`SELECT (%s)::UBIGINT FROM
		(SELECT count(*) AS after FROM merged), (SELECT count(*) AS before FROM %s %s)`, worthwhile, t.name, where))
	if err != nil || fewer == 0 {
		return err
	}
	if err := s.conn.Exec(ctx, fmt.Sprintf("DELETE FROM %s %s", t.name, where)); err != nil {
		return err
	}
	return s.conn.Exec(ctx, fmt.Sprintf("INSERT INTO %s SELECT * FROM merged ORDER BY %s", t.name, t.keys))
}

// span is a stretch of slots, to exclusive.
type span struct{ from, to flow.Slot }

// rewrite replaces the sketches of some grains in a span by their unions of grain to, one a cell and
// stretch, within a transaction.
func (s *Store) rewrite(ctx context.Context, in span, to uint8, from ...uint8) error {
	rows, err := s.united(ctx, in, to, from, "")
	if err != nil {
		return err
	}
	if err := s.conn.Exec(ctx, "DELETE FROM endpoints WHERE "+in.where(from)); err != nil {
		return err
	}
	w := &writer{conn: s.conn}
	w.sketches(to, rows)
	return w.err
}

// uniteBytes is how many bytes of sketches are united at a time; in memory they are up to twice that.
const uniteBytes = 128 << 20

// unite adds the unions of the sketches of some grains in a span, of grain to, beside them, within a
// transaction. A month may hold more than memory: cells are taken in turns, by AS number.
func (s *Store) unite(ctx context.Context, in span, to uint8, from ...uint8) error {
	bytes, err := one[uint64](ctx, s.conn, "SELECT coalesce(sum(octet_length(sketch)), 0)::UBIGINT FROM endpoints WHERE "+in.where(from))
	if err != nil {
		return err
	}
	turns := bytes/s.uniteBytes + 1
	for turn := range turns {
		rows, err := s.united(ctx, in, to, from, fmt.Sprintf(" AND asn %% %d = %d", turns, turn))
		if err != nil {
			return err
		}
		w := &writer{conn: s.conn}
		w.sketches(to, rows)
		if w.err != nil {
			return w.err
		}
	}
	return nil
}

func (in span) where(grains []uint8) string {
	list := make([]string, len(grains))
	for i, g := range grains {
		list[i] = fmt.Sprint(g)
	}
	return fmt.Sprintf("grain IN (%s) AND slot >= %d AND slot < %d", strings.Join(list, ", "), in.from, in.to)
}

// united reads the sketches of some grains in a span and unites them by cell and stretch of grain
// to, sorted by both. Addresses of one cell that were counted in different ways (ipv6_prefix changed)
// stay apart, so that the question meets them and can say so.
func (s *Store) united(ctx context.Context, in span, to uint8, from []uint8, more string) ([]rollup.Endpoints, error) {
	type key struct {
		slot flow.Slot
		cell rollup.Cell
		ipv6 int
	}
	sums := map[key]*rollup.Unioner{}
	var sketch rollup.Sketch
	err := query(ctx, s.conn, func(c *duckdb.Chunk) error {
		slot, cell, blob := duckdb.Column[uint32](c, 0), newCellReader(c, 1), duckdb.TextColumn(c, 7)
		for i := range c.Len() {
			if err := sketch.Decode(blob.Bytes(i)); err != nil {
				return fmt.Errorf("%w: %w", ErrCorrupt, err)
			}
			k := key{stretch(to, flow.Slot(slot[i])), cell.at(i), sketch.IPv6Prefix()}
			sum := sums[k]
			if sum == nil {
				sum = new(rollup.Unioner)
				sums[k] = sum
			}
			if err := sum.AddCopy(sketch); err != nil {
				return err
			}
		}
		return nil
	}, fmt.Sprintf("SELECT slot, %s, sketch FROM endpoints WHERE %s%s", cellColumns, in.where(from), more))
	if err != nil {
		return nil, err
	}
	rows := make([]rollup.Endpoints, 0, len(sums))
	for k, sum := range sums {
		rows = append(rows, rollup.Endpoints{Hour: k.slot, Cell: k.cell, Sketch: sum.Sketch()})
	}
	slices.SortFunc(rows, func(a, b rollup.Endpoints) int {
		return cmp.Or(cmp.Compare(a.Hour, b.Hour), a.Cell.Compare(b.Cell), cmp.Compare(a.Sketch.IPv6Prefix(), b.Sketch.IPv6Prefix()))
	})
	return rows, nil
}

// stretch is the first slot of the hour, day or month that a slot lies in.
func stretch(grain uint8, s flow.Slot) flow.Slot {
	switch grain {
	case grainHour:
		return s.Hour()
	case grainDay:
		return s.Day()
	}
	return s.Month()
}

// cellReader reads cells from columns.
type cellReader struct{ cellWriter }

func newCellReader(c *duckdb.Chunk, first int) cellReader { return cellReader{newCellWriter(c, first)} }

func (r *cellReader) at(i int) rollup.Cell {
	return rollup.Cell{
		Region: r.region[i], Direction: flow.Direction(r.direction[i]), Version: r.version[i],
		Link: r.link[i], AS: r.as[i], Prefix: r.prefix[i],
	}
}
