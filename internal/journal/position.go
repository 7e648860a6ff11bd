package journal

import (
	"cmp"
	"fmt"
)

// Position is a place between segments of one journal: every segment before it is covered, by
// whatever the position was committed with. The zero Position is before everything, in any journal.
type Position struct {
	Journal    uint64 // the folder's identity; never 0 in a position of a journal
	Generation uint32 // the process: each that opens the folder gets the next number, from 1
	Number     uint32 // the first segment of the generation that is not covered
}

// IsZero reports whether p is before everything.
func (p Position) IsZero() bool { return p == Position{} }

// String is the text form: identity, generation and number, as "9f3c5a1b00d2e4c7/00000003/000042".
func (p Position) String() string {
	return fmt.Sprintf("%016x/%08d/%06d", p.Journal, p.Generation, p.Number)
}

// MarshalText gives the text form; empty for the zero Position.
func (p Position) MarshalText() ([]byte, error) {
	if p.IsZero() {
		return []byte{}, nil
	}
	return []byte(p.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (p *Position) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*p = Position{}
		return nil
	}
	var q Position
	if n, err := fmt.Sscanf(string(text), "%16x/%d/%d", &q.Journal, &q.Generation, &q.Number); err != nil || n != 3 || q.String() != string(text) {
		return fmt.Errorf("cannot read the journal position %q: it should look like 9f3c5a1b00d2e4c7/00000003/000042", text)
	}
	*p = q
	return nil
}

// compare orders segments by generation and number.
func (id segmentID) compare(o segmentID) int {
	return cmp.Or(cmp.Compare(id.generation, o.generation), cmp.Compare(id.number, o.number))
}

// before reports whether the segment is covered by p. Both must be of the same journal.
func (id segmentID) before(p Position) bool {
	return id.compare(segmentID{generation: p.Generation, number: p.Number}) < 0
}
