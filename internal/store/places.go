package store

import (
	"context"
	"fmt"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store/duckdb"
)

// PlaceVolume is what was exchanged with a place.
type PlaceVolume struct {
	Group   // no totals
	Network uint32
	Place   uint32 // in flow.Names.Places; never 0: traffic without a known place has no row
	Octets  rollup.Uint128
	V       rollup.Uint128
	Unrated uint64
}

// Places sums p by group, network and place, in this order.
func (v *View) Places(ctx context.Context, p flow.Period) ([]PlaceVolume, error) {
	var out []PlaceVolume
	statement := fmt.Sprintf(`SELECT %s, l.network, t.place, sum(t.octets)::HUGEINT, sum(t.v)::HUGEINT, sum(t.unrated)::HUGEINT
		FROM %s GROUP BY ALL ORDER BY 1, 2, 3, 4, 5, 6`, groupColumns, v.labelled("places", p))
	err := v.query(ctx, func(c *duckdb.Chunk) error {
		group, network, place := newGroupReader(c, 0), duckdb.Column[uint32](c, 4), duckdb.Column[uint32](c, 5)
		octets, variance, unrated := duckdb.Column[duckdb.Huge](c, 6), duckdb.Column[duckdb.Huge](c, 7), duckdb.Column[duckdb.Huge](c, 8)
		for i := range c.Len() {
			out = append(out, PlaceVolume{group.at(i), network[i], place[i], uint128(octets[i]), uint128(variance[i]), uint64Of(unrated[i])})
		}
		return nil
	}, statement)
	return out, err
}
