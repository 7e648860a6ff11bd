// Package filter is the small language in which a reader says which traffic a question is about:
//
//	type = neocloud and region in (US-East, EU-Central) and not link.kind = migration
//
// A comparison is a field, an operator and a value:
//
//	type = neocloud             is
//	type != neocloud            is not
//	region in (US-East, US-West)     is one of
//	region not in (US-East, US-West) is none of
//	network ~ google            contains, whatever the case of letters; of fields of text
//	as in (15169, 64500..64511) of numbers, also ranges, both ends included
//
// Comparisons are combined with not, and, or (in this order of binding) and parentheses. Letters of
// keywords, fields and values count in either case. A value of letters, digits and . - _ : / stands as it
// is; any other is quoted: "ACME \"East\", Inc.". What has no name has one here: see Unknown, Unlisted and None.
package filter

import (
	"fmt"
	"slices"
)

// Names of what has none.
const (
	Unknown  = "unknown"  // a network, country, subdivision or city that is not known; the kind of an unlisted link
	Unlisted = "unlisted" // a link that no configuration lists
	None     = "none"     // the provider or prefix of what has none
)

// Limits of a text. A question stands in an address, which browsers and proxies cut beyond some 8 kB.
const (
	maxText  = 8192 // octets
	maxDepth = 64   // parentheses and nots within each other: what is deeper was not written by a person
)

// Expr is an expression: what it lets through. The nil Expr lets everything through. It is immutable and
// safe for concurrent use.
type Expr struct{ node }

// Error is a mistake in the text of an expression.
type Error struct {
	Offset  int    // octets before the mistake
	Length  int    // octets of the mistake; 0: something is missing here
	Message string // what is wrong and what was expected; a sentence without its full stop

	wanted wanted // what would have been understood here
	field  Field  // whose operator or value was wanted
}

func (e *Error) Error() string { return fmt.Sprintf("%s (at character %d)", e.Message, e.Offset+1) }

// Vocabulary is what names there are. The nil Vocabulary knows none and checks none.
type Vocabulary struct {
	Regions, Links, Providers []string // all there are; Unlisted and None need not be among them

	// Search finds values of a field that has many: network, as, prefix, country, subdivision and city. They
	// begin with, or have a word that begins with, the text, whatever the case of letters; those with most
	// volume first, at most most. nil finds none.
	Search func(field Field, text string, most int) []Word
}

// Word is a value and what it is.
type Word struct{ Text, About string }

// names are the names of a closed field, and those of what has none.
func (v *Vocabulary) names(f Field) (names []string, closed bool) {
	if v == nil {
		return nil, false
	}
	switch f {
	case Region:
		return v.Regions, true
	case Link:
		return append(slices.Clip(v.Links), Unlisted), true
	case Provider:
		return append(slices.Clip(v.Providers), None), true
	}
	return nil, false
}
