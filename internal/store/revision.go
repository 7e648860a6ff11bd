package store

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// revisionsState is the state that has the revisions of months.
const revisionsState = "revisions"

// revisions tell for each month whether rows were added since an answer was computed from it: a
// revision is a number drawn at random when a commit adds rows to the month. Drawn and not counted,
// because a store put back from a copy would count through the same numbers again with other rows.
//
// On disk they are text, words of "commits", then "rest", then "slot:revision" by month. A program
// that does not know of revisions may have written since: then commits is not the number of the last
// commit, and nothing is known of any month.
type revisions struct {
	commits uint64 // as of which they hold
	rest    uint64 // of months that are not listed
	months  map[flow.Slot]uint64
}

// drawRevision draws a revision, never 0.
func drawRevision() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return max(1, binary.LittleEndian.Uint64(b[:]))
}

// parseRevisions reads the state, as of the commit with this number; nil if it says nothing of it.
func parseRevisions(text []byte, commits uint64) *revisions {
	words := strings.Fields(string(text))
	if len(words) < 2 {
		return nil
	}
	r := &revisions{months: map[flow.Slot]uint64{}}
	var err error
	if r.commits, err = strconv.ParseUint(words[0], 10, 64); err != nil || r.commits != commits {
		return nil
	}
	if r.rest, err = strconv.ParseUint(words[1], 16, 64); err != nil {
		return nil
	}
	for _, word := range words[2:] {
		slot, revision, ok := strings.Cut(word, ":")
		month, err := strconv.ParseUint(slot, 10, 32)
		if !ok || err != nil {
			return nil
		}
		if r.months[flow.Slot(month)], err = strconv.ParseUint(revision, 16, 64); err != nil {
			return nil
		}
	}
	return r
}

func (r *revisions) text() []byte {
	b := fmt.Appendf(nil, "%d %x", r.commits, r.rest)
	for _, month := range slices.Sorted(maps.Keys(r.months)) {
		b = fmt.Appendf(b, " %d:%x", month, r.months[month])
	}
	return b
}

// revisionsWith is the state after a commit of b with this number.
func (s *Store) revisionsWith(b *rollup.Batch, commits uint64) []byte {
	r := parseRevisions(s.state[revisionsState], s.commits)
	if r == nil {
		r = &revisions{rest: drawRevision(), months: map[flow.Slot]uint64{}}
	}
	r.commits = commits
	drawn := drawRevision()
	for month := range monthsOf(b) {
		r.months[month] = drawn
	}
	return r.text()
}

// monthsOf are the months that a batch has rows of.
func monthsOf(b *rollup.Batch) map[flow.Slot]struct{} {
	months := map[flow.Slot]struct{}{}
	var from, to flow.Slot // of the last one: rows of a month lie together
	add := func(s flow.Slot) {
		if s >= from && s < to {
			return
		}
		from, to = s.Month(), s.NextMonth()
		months[from] = struct{}{}
	}
	for i := range b.Traffic {
		add(b.Traffic[i].Slot)
	}
	for i := range b.Endpoints {
		add(b.Endpoints[i].Hour)
	}
	for i := range b.Places {
		add(b.Places[i].Hour)
	}
	for i := range b.Health {
		add(b.Health[i].Slot)
	}
	return months
}

// forgotten is the state after all rows before a slot, which begins a month, were deleted.
func (s *Store) forgotten(before flow.Slot) []byte {
	r := parseRevisions(s.state[revisionsState], s.commits)
	if r == nil {
		return nil
	}
	maps.DeleteFunc(r.months, func(month flow.Slot, _ uint64) bool { return month < before })
	r.rest = drawRevision()
	return r.text()
}

// Revision identifies the rows of the month that begins at the slot, as of the view: two views with
// the same one have the same rows of it, but for what retention dropped (see KeptFrom and
// Store.Oldest). False if it is not known, as in a store that nothing was committed to since there
// are revisions.
func (v *View) Revision(month flow.Slot) (uint64, bool) {
	if v.revisions == nil {
		return 0, false
	}
	if r, ok := v.revisions.months[month]; ok {
		return r, true
	}
	return v.revisions.rest, true
}
