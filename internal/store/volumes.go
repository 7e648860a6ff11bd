package store

import (
	"context"
	"fmt"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store/duckdb"
)

// Volume is what was exchanged in one step of time, by group and something more.
type Volume struct {
	Start   flow.Slot // of the step; StepWhole: the period's first slot
	Group             // no totals
	Key     uint32    // the network (Label.Network), AS number or link number, as asked
	Octets  rollup.Uint128
	Packets uint64
	Flows   uint64
	V       rollup.Uint128
	Unrated uint64
}

// By is what volumes are told apart by, beside the group.
type By uint8

// What Key holds, in volumes and distinct addresses.
const (
	ByNetwork By = iota
	ByAS
	ByLink
	ByGroup // nothing more; Key is 0
)

func (b By) column() string {
	return [...]string{ByNetwork: "l.network", ByAS: "t.asn", ByLink: "t.link::UINTEGER", ByGroup: "0::UINTEGER"}[b]
}

// Volumes sums p by step (hour or longer), group and network, in this order. p must begin and end
// with hours, or end with the newest slot.
func (v *View) Volumes(ctx context.Context, p flow.Period, step Step) ([]Volume, error) {
	return v.VolumesBy(ctx, p, step, ByNetwork)
}

// VolumesBy is Volumes told apart by something else than the network.
func (v *View) VolumesBy(ctx context.Context, p flow.Period, step Step, by By) ([]Volume, error) {
	if step < StepHour {
		panic(fmt.Sprintf("BUG: volumes have no step %d below the hour: see Series", step))
	}
	var out []Volume
	for _, part := range step.parts(p) {
		statement := fmt.Sprintf(`SELECT %s AS start, %s, %s AS key, sum(t.octets)::HUGEINT, sum(t.packets)::HUGEINT,
			sum(t.flows)::HUGEINT, sum(t.v)::HUGEINT, sum(t.unrated)::HUGEINT
			FROM %s GROUP BY ALL ORDER BY 1, 2, 3, 4, 5, 6`, step.start("t.slot"), groupColumns, by.column(), v.labelled("traffic_hour", part))
		err := v.query(ctx, func(c *duckdb.Chunk) error {
			start, group, key := duckdb.Column[uint32](c, 0), newGroupReader(c, 1), duckdb.Column[uint32](c, 5)
			octets, packets, flows := duckdb.Column[duckdb.Huge](c, 6), duckdb.Column[duckdb.Huge](c, 7), duckdb.Column[duckdb.Huge](c, 8)
			variance, unrated := duckdb.Column[duckdb.Huge](c, 9), duckdb.Column[duckdb.Huge](c, 10)
			for i := range c.Len() {
				row := Volume{
					Start: flow.Slot(start[i]), Group: group.at(i), Key: key[i], Octets: uint128(octets[i]), Packets: uint64Of(packets[i]),
					Flows: uint64Of(flows[i]), V: uint128(variance[i]), Unrated: uint64Of(unrated[i]),
				}
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
