package stats

import (
	"cmp"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// The totals of the five dimensions. Distinct addresses and percentiles cannot be added, so every
// dimension has its total as a cell of its own.
const (
	AllRegions  = "all" // no configured region may have this name
	AllTypes    = flow.NumNetworkTypes
	AllVersions = 0 // both IP versions; the direction's total is flow.Both
)

// Key names a cell of a sheet. It has no period: the sheet has.
type Key struct {
	Region    string           // a region's name, or AllRegions
	Type      flow.NetworkType // or AllTypes
	Direction flow.Direction   // or flow.Both
	Version   uint8            // 4, 6 or AllVersions
}

// Total is the key of everything.
var Total = Key{AllRegions, AllTypes, flow.Both, AllVersions}

// TypeName is the type as the dataset writes it; "all" for the total.
func (k Key) TypeName() string {
	if k.Type == AllTypes {
		return "all"
	}
	return k.Type.String()
}

// VersionName is "4", "6" or "all".
func (k Key) VersionName() string {
	switch k.Version {
	case 4:
		return "4"
	case 6:
		return "6"
	}
	return "all"
}

// Compare orders keys as the dataset does: by the text of region, type, direction, IP version.
func (k Key) Compare(o Key) int {
	return cmp.Or(
		cmp.Compare(k.Region, o.Region),
		cmp.Compare(k.TypeName(), o.TypeName()),
		cmp.Compare(k.Direction.String(), o.Direction.String()),
		cmp.Compare(k.VersionName(), o.VersionName()),
	)
}

// totals is the number of dimensions in which the cell is their total: 4 for Total, 0 for an
// innermost cell.
func (k Key) totals() int {
	n := 0
	for _, total := range [...]bool{k.Region == AllRegions, k.Type == AllTypes, k.Direction == flow.Both, k.Version == AllVersions} {
		if total {
			n++
		}
	}
	return n
}

// Spread is the average, 95th percentile (nearest rank) and largest of a measure's daily values.
type Spread struct{ Avg, P95, Max Num }

// Measures are what is known of a cell over its period. In a published sheet a hidden cell has
// none: every field is nothing. Formulas, units and edge cases are those of docs/reference/dataset.md.
type Measures struct {
	// Octets is the exact sum of octets × rate; a bit is an eighth of it. It is there for the
	// dataset's whole numbers, and zero where the cell is hidden or the sheet is normalised.
	Octets rollup.Uint128

	Bits      Num // 8 × octets × rate; in a normalised sheet, × the common factor
	BitsError Num // relative half-width of the 95 % interval; nothing where a rate is unknown
	BpsAvg    Num // bits / seconds of the period as clipped by the newest slot
	BpsP95    Num // nearest rank over all five-minute slots
	BpsMax    Num // largest slot

	Unique     Num // distinct remote addresses; not whole above 4,096, where it is an estimate
	UniqueLow  Num // the estimate's bounds of two standard deviations
	UniqueHigh Num
	UniqueDay  Spread // per UTC day of the period; empty days count 0

	Magnitude    Num    // bits per distinct address
	MagnitudeDay Spread // per UTC day that has addresses

	Share    Num // of the bits of the same region, direction and IP version; 1 for AllTypes
	Networks Num // distinct networks, unknown left out
	Flows    Num // flows counted, each in its last slot
}

// Cell is one cell of a sheet.
type Cell struct {
	Key
	Measures

	// Coverage is the share of the region's slots, 0 to 1, in which every exporter of the region
	// heard in that month was heard; the smallest region's for AllRegions. Never hidden.
	Coverage float64

	// Suppressed says that publication hides the cell. Sheets made with Question.Unsuppressed
	// have the measures all the same, all others have none.
	Suppressed bool
}

// Sheet is every cell of one period that has octets, all totals included.
type Sheet struct {
	Period     flow.Period // clipped: ends with the newest committed slot, if that is before its end
	Cells      []Cell      // sorted by Key.Compare
	Normalized bool        // bits, rates and magnitude are × one common factor, which stays secret

	// IPv6Prefix is how many leading bits of an IPv6 address counted as one address; 0 where no
	// IPv6 address was seen.
	IPv6Prefix int

	// FrozenBefore is 0 where all slots of the period are kept, else where the kept ones begin: months
	// before it have the BpsP95, BpsMax and Spreads that they had when their slots were dropped, by
	// the network types as they were resolved then. Other periods that reach before it have none.
	FrozenBefore flow.Slot

	index map[Key]int // into Cells
	sums  []sum       // beside Cells: what publication's rules look at; never published

	reference float64 // the bits that are 100 in a normalised sheet; never published
}

// At returns a cell. A cell that has no octets is not there: its bits are 0, and so are its
// addresses, and its magnitude is nothing.
func (s *Sheet) At(k Key) (Cell, bool) {
	i, ok := s.index[k]
	if !ok {
		return Cell{Key: k}, false
	}
	return s.Cells[i], true
}

// Bits is the bits of a cell: 0 for a cell without octets, nothing for a hidden one.
func (s *Sheet) Bits(k Key) Num {
	c, ok := s.At(k)
	if !ok {
		return num(0)
	}
	return c.Bits
}

// Regions are the regions that have a cell, sorted, AllRegions left out.
func (s *Sheet) Regions() []string {
	var out []string
	for i := range s.Cells {
		if r := s.Cells[i].Region; r != AllRegions && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// Types are the network types that have a cell, in flow's order, AllTypes left out.
func (s *Sheet) Types() []flow.NetworkType {
	var seen [flow.NumNetworkTypes + 1]bool
	for i := range s.Cells {
		seen[s.Cells[i].Type] = true
	}
	var out []flow.NetworkType
	for t := range flow.NumNetworkTypes {
		if seen[t] {
			out = append(out, t)
		}
	}
	return out
}

// Empty reports that the period has no octets at all.
func (s *Sheet) Empty() bool { return len(s.Cells) == 0 }

// Ratio is the bits of part over the bits of whole: 0 where part has no octets, nothing where
// whole has none or either is hidden. With the keys of IP version 6 and AllVersions it is the
// IPv6 share, with those of a type and AllTypes the type's share.
func (s *Sheet) Ratio(part, whole Key) Num {
	p, w := s.Bits(part), s.Bits(whole)
	if !p.Known || !w.Known || w.Value == 0 {
		return Num{}
	}
	return num(p.Value / w.Value)
}

// GroupNames are the type groups, in the order of figures.
var GroupNames = []string{"cloud", "isp", "cdn", "migration", "other"}

// GroupShare is the share of a type group (flow.NetworkType.Group) in the bits of the region,
// direction and IP version of k, whose type is not looked at. It is nothing where one of the
// group's cells, or the total, is hidden: the sum would give the hidden cell away.
func (s *Sheet) GroupShare(group string, k Key) Num {
	k.Type = AllTypes
	whole := s.Bits(k)
	if !whole.Known || whole.Value == 0 {
		return Num{}
	}
	var bits float64
	for t := range flow.NumNetworkTypes {
		if t.Group() != group {
			continue
		}
		k.Type = t
		b := s.Bits(k)
		if !b.Known {
			return Num{}
		}
		bits += b.Value
	}
	return num(bits / whole.Value)
}
