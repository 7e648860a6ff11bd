package stats

import (
	"fmt"
	"math/big"
	"slices"

	"tributary/internal/flow"
)

// PublishPolicy is when a cell may be published: the thresholds of design section 2,
// "Publication". The zero value hides nothing by itself except cells in which one network has
// any bits at all.
type PublishPolicy struct {
	MinAddresses uint64  // a cell with fewer distinct addresses is hidden
	MinNetworks  uint64  // a cell with fewer networks (unknown not counted) is hidden
	MaxDominance float64 // a cell in which one network has more than this share of the bits is hidden, 0 to 1

	// Always are network types whose cells no threshold hides. A type's cells are those of that
	// very type: the totals over all types are cells of no type and never exempt. Exempt cells
	// may still be hidden to protect others.
	Always []flow.NetworkType
}

// Reason is why a cell is hidden, or that it is not.
type Reason uint8

// The reasons.
const (
	Shown         Reason = iota // published
	FewAddresses                // fewer distinct addresses than MinAddresses
	FewNetworks                 // fewer networks than MinNetworks
	Dominated                   // one network has more than MaxDominance of the bits
	Complementary               // a cell hidden in one of its lines could be had by subtraction
	Bounding                    // a hidden cell could be had within ±20 % from totals and parts
	Earlier                     // hidden by an earlier publication
	Withheld                    // part of no publication; see FixedWithheld
	NumReasons
)

var reasonNames = [NumReasons]string{
	"shown", "few addresses", "few networks", "dominated by one network", "complementary", "bounding", "hidden earlier", "withheld",
}

func (r Reason) String() string { return reasonNames[r] }

// Hidden reports that a cell with this reason is not published.
func (r Reason) Hidden() bool { return r != Shown }

// Fixed is what earlier publications have settled for a cell.
type Fixed uint8

// The choices.
const (
	Free          Fixed = iota // nothing: the mask decides
	FixedShown                 // published before: it cannot be taken back, and is known
	FixedHidden                // hidden before: stays hidden, and is protected as all hidden cells are
	FixedWithheld              // never a row of any publication, so that its very existence is unknown: no one sees it, no rule looks at it. The rest of a month of which one day is published, say
)

// TableCell is a cell as the rules of publication see it.
type TableCell struct {
	Period int // in Table.Total
	Key
	Octets    *big.Int // Σ octets × rate; at least 1 (withheld: 0). Bits are eight times as many
	Addresses float64  // distinct addresses; the estimate where it is one
	Networks  uint64   // distinct networks, unknown left out
	Dominance float64  // the largest network's share of the bits (unknown counts as a network), 0 to 1
	Fixed     Fixed
}

// Table is everything that is published together, or has been: the cells of one or several
// periods, all totals included. A cell without octets is no row and must not be in it: readers
// know it to be zero. It is read only.
//
// Its additive lines are: for each dimension (region, type, direction, IP version) a cell that is
// that dimension's total, and the cells that differ from it in this dimension alone; and for each
// period that is a total of periods (a quarter of its months) its cell and those of its parts. A
// total that is not in the table (a quarter's ingress, if only both directions are published)
// makes no line.
type Table struct {
	Cells []TableCell // in the dataset's order: by period, then Key.Compare. Ties are decided by it

	// Total says of each period which period's cells are sums with its own as a part, −1 for
	// none. The parts of a period together are the whole period: a part that is not published has
	// FixedWithheld cells. Three months and their quarter are {3, 3, 3, -1}; two unrelated months
	// are {-1, -1}.
	Total []int
}

// AddRest completes the parts of a period that are in the table to the whole of it: it adds, as one
// more period of withheld cells, what the period has beyond them. So a day can be published beside
// its month, or two months beside their quarter.
func (t *Table) AddRest(period int) {
	rest := make(map[Key]*big.Int)
	for i := range t.Cells {
		if c := &t.Cells[i]; c.Period == period {
			rest[c.Key] = new(big.Int).Set(c.Octets)
		}
	}
	for i := range t.Cells {
		if c := &t.Cells[i]; c.Period >= 0 && c.Period < len(t.Total) && t.Total[c.Period] == period && rest[c.Key] != nil {
			rest[c.Key].Sub(rest[c.Key], c.Octets)
		}
	}
	added := make([]TableCell, 0, len(rest))
	for k, octets := range rest {
		added = append(added, TableCell{Period: len(t.Total), Key: k, Octets: octets, Fixed: FixedWithheld})
	}
	slices.SortFunc(added, func(a, b TableCell) int { return a.Key.Compare(b.Key) })
	t.Cells = append(t.Cells, added...)
	t.Total = append(t.Total, period)
}

// Mask says what of a table may be published.
//
// A hidden cell's bits must not be published in other clothes either. With its cell go all its
// measures; and a number computed from several cells, such as a share (a type's bits over those of
// all types) or a group's sum, is hidden if any of them is.
type Mask struct {
	Reasons []Reason // beside Table.Cells

	// Exposed are the hidden cells (indexes, ascending) that could not be protected: whatever is
	// hidden, cells with FixedShown give their bits away within ±20 %. Empty if nothing is FixedShown.
	// Free cells among them are hidden for their other measures.
	Exposed []int
}

// Hidden reports whether the cell with this index is hidden.
func (m *Mask) Hidden(i int) bool { return m.Reasons[i].Hidden() }

// primary is the reason for which the cell by itself may not be published, or Shown.
func (p *PublishPolicy) primary(c *TableCell) Reason {
	switch {
	case c.Fixed == FixedHidden:
		return Earlier
	case c.Fixed == FixedWithheld:
		return Withheld
	case c.Fixed == FixedShown || slices.Contains(p.Always, c.Type) && c.Type != AllTypes:
		return Shown
	case c.Addresses < float64(p.MinAddresses):
		return FewAddresses
	case c.Networks < p.MinNetworks:
		return FewNetworks
	case c.Dominance > p.MaxDominance:
		return Dominated
	}
	return Shown
}

// check refuses a table that is not what Table promises: suppression would protect something else
// than what is published.
func (t *Table) check() error {
	for i := range t.Cells {
		c := &t.Cells[i]
		switch {
		case c.Period < 0 || c.Period >= len(t.Total):
			return fmt.Errorf("cannot decide what to publish: cell %s is of period %d of %d", c, c.Period, len(t.Total))
		case c.Type > AllTypes || c.Direction > flow.Both || c.Version != AllVersions && c.Version != 4 && c.Version != 6:
			return fmt.Errorf("cannot decide what to publish: cell %d is of type %d, direction %d, IP version %d, which are none", i, c.Type, c.Direction, c.Version)
		case c.Octets == nil || c.Octets.Sign() < 0 || c.Octets.Sign() == 0 && c.Fixed != FixedWithheld:
			return fmt.Errorf("cannot decide what to publish: cell %s has no octets and must be left out", c)
		}
	}
	for p, total := range t.Total {
		// Totals follow or precede their parts in any order, but going up must end.
		for steps := 0; total >= 0; steps++ {
			if total >= len(t.Total) || steps > len(t.Total) {
				return fmt.Errorf("cannot decide what to publish: period %d has no valid total (%d of %d periods)", p, total, len(t.Total))
			}
			total = t.Total[total]
		}
	}
	return nil
}

// String names a cell in errors and tests.
func (c *TableCell) String() string {
	return fmt.Sprintf("%d/%s/%s/%s/%s", c.Period, c.Region, c.TypeName(), c.Direction, c.VersionName())
}
