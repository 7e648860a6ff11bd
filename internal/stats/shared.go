package stats

import (
	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// What other packages need to compute the same measures of other cells than a sheet has: each formula
// stands in one place, here or where it is called from here.

// Labels say which network and type each combination has from when to when, as a Source sees it now.
// Nobody changes them.
type Labels struct {
	Rows     []store.Label            // by combination, then time; they cover all of time without a gap
	Networks []string                 // names by the number in Label.Network; 0 is catalogue.Unknown
	Links    map[uint16]flow.LinkKind // of the combinations' links, as configured or last known
}

// Labels labels combinations, which are sorted.
func (s *Source) Labels(combinations []store.Combination) *Labels {
	made := s.labels(combinations)
	return &Labels{Rows: made.rows, Networks: made.networks, Links: made.links}
}

func (s *Source) labels(combinations []store.Combination) *labels {
	m := labelMaker{names: s.Store.Names(), catalogue: s.Catalogue, kinds: s.Links}
	m.lastKinds, m.lastTypes = s.Store.LastKnown()
	return m.makeLabels(combinations)
}

// NumOf is the Num of a value.
func NumOf(v float64) Num { return num(v) }

// Bits are the bits of so many octets.
func Bits(octets rollup.Uint128) float64 { return bitsOf(octets) }

// SamplingError is the relative half-width of a volume's 95 % interval: nothing where the rate of a part
// is unknown or there are no octets.
func SamplingError(v, octets rollup.Uint128, unrated uint64) Num {
	return samplingError(v, octets, unrated)
}

// SlotRate is the rate in bits per second of a slot with so many octets.
func SlotRate(octets uint64) float64 { return slotRate(rollup.U128(octets)) }
