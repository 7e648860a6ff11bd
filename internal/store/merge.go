package store

import (
	"cmp"
	"context"
	"errors"
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

// piece is the rows of a table that one transaction of maintenance takes: those of a span, or of some
// AS numbers in it.
type piece struct {
	span
	turn, turns uint64 // AS numbers that leave turn when divided by turns; turns ≤ 1: all
}

func (p piece) where() string {
	where := fmt.Sprintf("slot >= %d AND slot < %d", p.from, p.to)
	if p.turns > 1 {
		where += fmt.Sprintf(" AND asn %% %d = %d", p.turns, p.turn)
	}
	return where
}

// pieces cuts a span of whole hours that has n rows, so that a piece has about as many as limit: by
// hours, and where an hour has more, by AS numbers.
func pieces(in span, n, limit uint64) (out []piece) {
	hours := uint64(in.to-in.from) / flow.SlotsPerHour
	together := max(1, hours*limit/max(limit, n))
	turns := uint64(1)
	if together == 1 {
		turns = n/max(1, hours)/limit + 1
	}
	step := flow.Slot(together * flow.SlotsPerHour)
	for from := in.from; from < in.to; from += step {
		for turn := range turns {
			out = append(out, piece{span{from, min(in.to, from+step)}, turn, turns})
		}
	}
	return out
}

// merge merges the rows of tables in a span, piece by piece.
func (s *Store) merge(ctx context.Context, in span, tables ...mergedTable) error {
	for _, t := range tables {
		n, err := s.count(ctx, fmt.Sprintf("SELECT count(*)::UBIGINT FROM %s WHERE %s", t.name, piece{span: in}.where()))
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		for _, p := range pieces(in, n, s.mergeRows) {
			if err := s.locked(ctx, func() error { return s.mergePiece(ctx, t, p) }, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// mergePiece sums the rows of one key into one row, within a transaction, unless that would save
// less than a tenth of them. Sums saturate as those of a tally do.
func (s *Store) mergePiece(ctx context.Context, t mergedTable, p piece) error {
	where := p.where()
	err := s.conn.Exec(ctx, fmt.Sprintf("CREATE OR REPLACE TEMP TABLE merged AS SELECT %s, %s FROM %s WHERE %s GROUP BY ALL",
		t.keys, t.sums(), t.name, where))
	if err != nil {
		return err
	}
	fewer, err := one[uint64](ctx, s.conn, fmt.Sprintf(`SELECT (%s)::UBIGINT FROM
		(SELECT count(*) AS after FROM merged), (SELECT count(*) AS before FROM %s WHERE %s)`, worthwhile, t.name, where))
	if err == nil && fewer != 0 {
		err = s.conn.Exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE %s", t.name, where))
		if err == nil {
			err = s.conn.Exec(ctx, fmt.Sprintf("INSERT INTO %s SELECT * FROM merged ORDER BY %s", t.name, t.keys))
		}
	}
	return errors.Join(err, s.conn.Exec(ctx, "DROP TABLE merged")) // its memory is not kept until the next time
}

// span is a stretch of slots, to exclusive.
type span struct{ from, to flow.Slot }

// rewrite replaces the sketches of some grains in a span by their unions of grain to, one a cell and
// stretch, piece by piece: a stretch's cells are taken in turns, each in a transaction of its own.
func (s *Store) rewrite(ctx context.Context, in span, to uint8, from ...uint8) error {
	turns, err := s.turns(ctx, in, from)
	if err != nil {
		return err
	}
	for turn := range turns {
		more := fmt.Sprintf(" AND asn %% %d = %d", turns, turn)
		err := s.locked(ctx, func() error {
			rows, err := s.united(ctx, in, to, from, more)
			if err != nil {
				return err
			}
			if err := s.conn.Exec(ctx, "DELETE FROM endpoints WHERE "+in.where(from)+more); err != nil {
				return err
			}
			w := &writer{conn: s.conn}
			w.sketches(to, rows)
			return w.err
		}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// uniteBytes is how many bytes of sketches are united at a time; in memory they are up to twice that.
const uniteBytes = 32 << 20

// foldMonth writes the sketches of a month beside those of its days, piece by piece as rewrite does,
// and at last notes that it did. Commits add late flows to the month from the first piece on. What a
// fold that was broken off left behind is deleted first.
func (s *Store) foldMonth(ctx context.Context, month span) error {
	days := []uint8{grainHour, grainDay}
	err := s.locked(ctx, func() error {
		return s.conn.Exec(ctx, "DELETE FROM endpoints WHERE "+month.where([]uint8{grainMonth}))
	}, func() { s.folding = month.to })
	if err != nil {
		return err
	}
	turns, err := s.turns(ctx, month, days)
	if err != nil {
		return err
	}
	for turn := range turns {
		err := s.locked(ctx, func() error {
			rows, err := s.united(ctx, month, grainMonth, days, fmt.Sprintf(" AND asn %% %d = %d", turns, turn))
			if err != nil {
				return err
			}
			w := &writer{conn: s.conn}
			w.sketches(grainMonth, rows)
			return w.err
		}, nil)
		if err != nil {
			return err
		}
	}
	return s.locked(ctx, func() error { return s.mark(ctx, foldedState, month.to) }, func() { s.folded = month.to })
}

// turns is in how many pieces the sketches of a span are united.
func (s *Store) turns(ctx context.Context, in span, grains []uint8) (uint64, error) {
	n, err := s.count(ctx, "SELECT count(*)::UBIGINT FROM endpoints WHERE "+in.where(grains))
	if err != nil {
		return 0, err
	}
	bytes, err := s.count(ctx, "SELECT coalesce(sum(octet_length(sketch)), 0)::UBIGINT FROM endpoints WHERE "+in.where(grains))
	return max(n/s.mergeRows, bytes/s.uniteBytes) + 1, err
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
