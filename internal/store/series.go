package store

import (
	"context"
	"fmt"

	"tributary/internal/flow"
	"tributary/internal/store/duckdb"
)

// Point is one step of a group's series.
type Point struct {
	Start  flow.Slot // of the step; StepWhole: the period's first slot
	Group            // no totals
	Octets uint64
}

// Series sums octets by step and group, in this order. Steps without octets are left out.
func (v *View) Series(ctx context.Context, p flow.Period, step Step) ([]Point, error) {
	table := "traffic_hour"
	if step < StepHour {
		table = "traffic"
	}
	var out []Point
	for _, part := range step.parts(p) {
		statement := fmt.Sprintf(`SELECT %s AS start, %s, sum(t.octets)::HUGEINT AS octets FROM %s GROUP BY ALL HAVING octets > 0 ORDER BY 1, 2, 3, 4, 5`,
			step.start("t.slot"), groupColumns, v.labelled(table, part))
		err := v.query(ctx, func(c *duckdb.Chunk) error {
			start, group, octets := duckdb.Column[uint32](c, 0), newGroupReader(c, 1), duckdb.Column[duckdb.Huge](c, 5)
			for i := range c.Len() {
				row := Point{flow.Slot(start[i]), group.at(i), uint64Of(octets[i])}
				if step >= StepMonth {
					row.Start = part.From
				}
				out = append(out, row)
			}
			return nil
		}, statement)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
