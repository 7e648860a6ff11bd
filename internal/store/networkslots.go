package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store/duckdb"
)

// LinkVolume is what a network and region exchanged over some links, in both directions.
type LinkVolume struct {
	Region  uint16
	Network uint32 // Label.Network
	Type    flow.NetworkType
	Octets  rollup.Uint128
}

// LinkVolumes sums p over the links by region, network and type, in this order, from rows of hours. p
// must begin and end with hours, or end with the newest slot.
func (v *View) LinkVolumes(ctx context.Context, p flow.Period, links []uint16) ([]LinkVolume, error) {
	var out []LinkVolume
	if len(links) == 0 {
		return nil, nil
	}
	statement := fmt.Sprintf(`SELECT t.region, l.network, l.type, sum(t.octets)::HUGEINT FROM %s AND t.link IN (%s) GROUP BY ALL ORDER BY 1, 2, 3`,
		v.labelled("traffic_hour", p), numberList(links))
	err := v.query(ctx, func(c *duckdb.Chunk) error {
		region, network, types := duckdb.Column[uint16](c, 0), duckdb.Column[uint32](c, 1), duckdb.Column[uint8](c, 2)
		octets := duckdb.Column[duckdb.Huge](c, 3)
		for i := range c.Len() {
			out = append(out, LinkVolume{region[i], network[i], flow.NetworkType(types[i]), uint128(octets[i])})
		}
		return nil
	}, statement)
	return out, err
}

// OverLinks is some networks' traffic with one region over some links, in both directions: those with
// most volume (see LinkVolumes), since each costs an array of all slots, and a filter on few of them
// keeps a scan of all rows cheap.
type OverLinks struct {
	Region   uint16
	Links    []uint16
	Networks []uint32
}

// rows is the SQL for the rows t of a table in p that are asked for.
func (o *OverLinks) rows(v *View, table string, p flow.Period) string {
	return fmt.Sprintf("%s AND t.region = %d AND t.link IN (%s) AND l.network IN (%s)",
		v.labelled(table, p), o.Region, numberList(o.Links), numberList(o.Networks))
}

// NetworkSlots sums octets by network and slot of p: one array for each of o.Networks, in their order.
func (v *View) NetworkSlots(ctx context.Context, p flow.Period, o OverLinks) ([][]uint64, error) {
	out := make([][]uint64, len(o.Networks))
	at := make(map[uint32][]uint64, len(o.Networks))
	for i, network := range o.Networks {
		out[i] = make([]uint64, p.Slots())
		at[network] = out[i]
	}
	if len(o.Networks) == 0 || len(o.Links) == 0 {
		return out, nil
	}
	err := v.query(ctx, func(c *duckdb.Chunk) error {
		slot, network, octets := duckdb.Column[uint32](c, 0), duckdb.Column[uint32](c, 1), duckdb.Column[uint64](c, 2)
		for i := range c.Len() {
			to := &at[network[i]][slot[i]]
			*to = rollup.AddSaturating(*to, octets[i])
		}
		return nil
	}, fmt.Sprintf("SELECT t.slot - %d, l.network, t.octets FROM %s", p.From, o.rows(v, "traffic", p)))
	return out, err
}

// NetworkAddresses are the distinct remote addresses of all of o.Networks together. p must begin and
// end with days, or end with the newest slot. It fails with rollup.ErrMixedIPv6 where p mixes ways of
// counting IPv6 addresses.
func (v *View) NetworkAddresses(ctx context.Context, p flow.Period, o OverLinks) (rollup.Sketch, error) {
	var sum rollup.Unioner
	if len(o.Networks) == 0 || len(o.Links) == 0 {
		return rollup.Sketch{}, nil
	}
	for _, month := range StepMonth.parts(p) {
		grain := fmt.Sprintf("t.grain <= %d", grainDay)
		if v.monthly(month) {
			grain = fmt.Sprintf("t.grain = %d", grainMonth)
		}
		var sketch rollup.Sketch // decoded into
		err := v.query(ctx, func(c *duckdb.Chunk) error {
			column := duckdb.TextColumn(c, 0)
			for i := range c.Len() {
				if err := sketch.Decode(column.Bytes(i)); err != nil {
					return fmt.Errorf("%w: %w", ErrCorrupt, err)
				}
				if err := sum.AddCopy(sketch); err != nil {
					return err
				}
			}
			return nil
		}, fmt.Sprintf("SELECT t.sketch FROM %s AND %s", o.rows(v, "endpoints", month), grain))
		if err != nil {
			return rollup.Sketch{}, err
		}
	}
	return sum.Sketch(), nil
}

// numberList is numbers as a list in SQL.
func numberList[T ~uint8 | ~uint16 | uint32](numbers []T) string {
	text := make([]string, len(numbers))
	for i, n := range numbers {
		text[i] = strconv.FormatUint(uint64(n), 10)
	}
	return strings.Join(text, ", ")
}
