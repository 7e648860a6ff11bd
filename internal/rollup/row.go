package rollup

import "tributary/internal/flow"

// Cell is what traffic and endpoints are kept by, beside time. It has no pointers.
type Cell struct {
	AS        uint32 // remote AS number
	Prefix    uint32 // in flow.Names.Prefixes
	Region    uint16 // in flow.Names.Regions
	Link      uint16 // in flow.Names.Links
	Direction flow.Direction
	Version   uint8 // 4 or 6
}

// Count is what is summed. Sums of whole numbers do not depend on order.
type Count struct {
	Octets  uint64  // × rate
	Packets uint64  // × rate
	Flows   uint64  // each in its last slot
	V       Uint128 // Σ rate·(rate−1)·q, see Variance
	Unrated uint64  // contributions of flows whose rate is unknown; > 0 leaves the sampling error empty
}

// Traffic is one slot's sum of a cell.
type Traffic struct {
	Slot flow.Slot
	Cell
	Count
}

// Endpoints are the remote addresses of a cell seen in one hour.
type Endpoints struct {
	Hour flow.Slot // the hour's first slot
	Cell
	Sketch Sketch
}

// Place is one hour's sum of a cell by geographic place.
type Place struct {
	Hour flow.Slot
	Cell
	Place   uint32 // in flow.Names.Places
	Octets  uint64 // × rate
	V       Uint128
	Unrated uint64
}

// Batch is all that a tally held, handed over whole. Rows are sorted by time, then cell, so that
// the same flows give the same bytes; they are not to be changed once Hours was called.
type Batch struct {
	Traffic   []Traffic
	Endpoints []Endpoints
	Places    []Place
	Health    []flow.Health // put there by the worker, from its ledger

	hours  []Traffic // see Hours; of the first summed traffic rows
	summed int
}
