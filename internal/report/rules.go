package report

import (
	"cmp"
	"slices"
)

// A rule finds sentences of one kind. It gives none where a number that it needs is hidden or
// missing.
//
// Which sentences stand at the head of a report, and in which order, follows from one number each:
//
//	importance = weight × concern
//
// The concern of a sentence is computed from the numbers: the share of the period's bits that it is
// about (0 to 1), or that are in doubt for what it says, times how surely it holds where that is
// known. The weight is the rule's alone: what a reader gains from a sentence of its kind beside others
// about as many bits.
type rule struct {
	name    string
	place   place
	weight  float64
	most    int // sentences of this rule that are shown
	find    func(*maker) []Finding
	concern string // what a sentence's concern is
}

// place is the part of the list that a rule's sentences stand in.
type place uint8

const (
	head place = iota // what the period was, in the order of the table
	body              // by importance, as many as there is room for
	foot              // what to bear in mind, by importance: room is kept for it
)

// mostFindings is how many sentences are shown: two screens, or a page of print.
const mostFindings = 20

// The rules, in the order in which sentences of equal importance are shown.
var rules = []rule{
	// name, place, weight, most, find, concern
	{"hidden total", head, 1, 1, (*maker).findHiddenTotal, "all bits"},
	{"total", head, 1, 1, (*maker).findTotal, "all bits"},
	{"beginning", head, 1, 1, (*maker).findBeginning, "all bits"},
	{"coverage", head, 1, 1, (*maker).findGaps, "the share of slots since the store began that are not covered"},
	{"no comparison", head, 1, 1, (*maker).findNoComparison, "all bits"},
	{"largest type", head, 1, 1, (*maker).findLargestType, "all bits"},

	{"share move", body, 4, 5, (*maker).findMoves, "the points that moved / 100 × how many times its interval's half-width that is (0.5 to 3)"},
	{"steady shares", body, 4, 1, (*maker).findSteadyShares, "the largest change / 100, 0.1 at least"},
	{"move without interval", body, 8, 2, (*maker).findExtremeMoves, "the points that moved / 100"},
	{"year on year", body, 3, 3, (*maker).findYearOnYear, "the type's share × its relative change (1 at most)"},
	{"cloud", body, 1, 1, (*maker).findCloud, "the group's share"},
	{"ai clouds", body, 1, 1, (*maker).findAIClouds, "the two types' share"},
	{"largest cell", body, 1.5, 1, (*maker).findLargestCell, "the cell's share"},
	{"total's peak", body, 0.6, 1, (*maker).findTotalPeak, "1 − least / most"},
	{"types' peaks", body, 1, 1, (*maker).findTypePeaks, "the types' share × (1 − least / most), summed"},
	{"region's type", body, 6, 2, (*maker).findRegionOfType, "the type's share × (its share in the region − the region's share of all bits)"},
	{"region move", body, 3, 2, (*maker).findRegionMoves, "the points that moved / 100"},
	{"few and heavy", body, 1, 2, (*maker).findFewAndHeavy, "the type's share, 0.15 at least"},
	{"many and light", body, 0.8, 1, (*maker).findManyAndLight, "the type's share, 0.1 at least"},
	{"steadiest", body, 0.7, 1, (*maker).findSteadiest, "the type's share, 0.2 at least"},
	{"concentration", body, 0.25, 1, (*maker).findConcentration, "all bits"},
	{"concentrated type", body, 0.8, 1, (*maker).findConcentratedType, "the type's share"},
	{"new networks", body, 1, 1, (*maker).findNewNetworks, "the share of the bits of networks that came or went, 0.1 at least"},
	{"returning", body, 0.4, 1, (*maker).findReturning, "half of the bits: they are exchanged with all"},
	{"burstiness", body, 0.8, 1, (*maker).findBursty, "the burstiest type's share, 0.2 at least"},
	{"directions' rhythm", body, 0.6, 1, (*maker).findUnevenDirections, "the type's share"},
	{"interconnects", body, 0.18, 1, (*maker).findCandidates, "all bits"},
	{"country", body, 0.3, 1, (*maker).findCountry, "the country's share"},
	{"metropolitan areas", body, 0.8, 2, (*maker).findMetros, "the type's share"},
	{"directions", body, 0.1, 1, (*maker).findDirections, "all bits"},
	{"ip versions", body, 0.4, 1, (*maker).findIPv6, "the IPv6 share, 0.1 at least"},

	{"no rate", foot, 3, 1, (*maker).findUnrated, "the share of flows without sampling rate"},
	{"loss", foot, 3, 1, (*maker).findLoss, "the share lost"},
	{"sampling error", foot, 1, 1, (*maker).findSamplingError, "the relative error"},
	{"unclassified", foot, 1, 1, (*maker).findUnclassified, "the share of type other"},
	{"hidden cells", foot, 0.1, 1, (*maker).findHiddenCells, "the share of the cells of region and type that are hidden"},
}

// findings are the sentences at the head of the report, the most important first. Each is computed
// from published numbers and names them.
func (m *maker) findings() []Finding {
	return ranked(rules, m)
}

// ranked asks every rule and orders what they find. Sentences of equal importance keep the order of
// the table, and within a rule that in which they were found.
func ranked(table []rule, m *maker) []Finding {
	type found struct {
		Finding
		importance float64
	}
	var parts [foot + 1][]found
	for i := range table {
		r := &table[i]
		var list []found
		for _, f := range r.find(m) {
			f.Rule = r.name
			list = append(list, found{f, r.weight * f.concern})
		}
		if r.place != head {
			slices.SortStableFunc(list, func(a, b found) int { return cmp.Compare(b.importance, a.importance) })
		}
		parts[r.place] = append(parts[r.place], list[:min(len(list), r.most)]...)
	}
	for _, p := range []place{body, foot} {
		slices.SortStableFunc(parts[p], func(a, b found) int { return cmp.Compare(b.importance, a.importance) })
	}
	room := mostFindings - len(parts[head]) - len(parts[foot])
	parts[body] = parts[body][:min(len(parts[body]), max(0, room))]
	var out []Finding
	for _, part := range parts {
		for _, f := range part {
			out = append(out, f.Finding)
		}
	}
	return out
}
