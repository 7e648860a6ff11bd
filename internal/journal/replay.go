package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"tributary/internal/flow"
)

// Replay is what former processes left after a position, in order.
type Replay struct {
	Notes   []string // sentences, where the position is of another journal
	Missing []Gap    // segments that should be there

	journal  *Journal
	segments []*segment

	mu   sync.Mutex // guards torn
	torn map[segmentID]Torn
}

// Torn says that a segment cannot be read to its end, as after a power loss.
type Torn struct {
	Segment string
	Octets  int64     // that cannot be read
	Last    time.Time // arrival of the last datagram that was read before them; zero = none in this segment
	Err     error     // of the system; nil where the bytes are no datagrams
}

func (t Torn) String() string {
	after := "from its beginning"
	if !t.Last.IsZero() {
		after = "after the datagram that arrived at " + t.Last.UTC().Format("2006-01-02 15:04:05.000 UTC")
	}
	if t.Err != nil {
		return fmt.Sprintf("%s cannot be read %s: %d octets are lost: %v", t.Segment, after, t.Octets, t.Err)
	}
	if t.Octets == 0 {
		return fmt.Sprintf("%s is empty: what was written to it had not reached the disk", t.Segment)
	}
	return fmt.Sprintf("%s is torn %s: %d octets are lost, which had not reached the disk or were damaged there", t.Segment, after, t.Octets)
}

// Gap is segments of one generation that should be there and are not.
type Gap struct {
	Generation  uint32
	First, Last uint32 // numbers
}

func (g Gap) String() string {
	if g.First == g.Last {
		return fmt.Sprintf("segment %08d-%06d of the journal is missing: it was given up at the journal's bound, never written because the disk was full, or lost", g.Generation, g.First)
	}
	return fmt.Sprintf("segments %08d-%06d to %06d of the journal are missing: they were given up at the journal's bound, never written because the disk was full, or lost", g.Generation, g.First, g.Last)
}

// Replay lists what former processes left and no commit up to from covers; it reads nothing yet.
// Call it before the first Release. A position of another journal (the folder was moved, deleted or
// exchanged) covers nothing here and nothing here belongs to it, but for what was appended since
// the journal was first opened with this position.
func (j *Journal) Replay(from Position) (*Replay, error) {
	r := &Replay{journal: j, torn: map[segmentID]Torn{}}
	if !from.IsZero() && from.Journal != j.state.journal {
		if err := j.foreign(r, from); err != nil {
			return nil, err
		}
		from = Position{}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, s := range j.segments {
		if s.writer == nil && !s.id.before(from) {
			r.segments = append(r.segments, s)
		}
	}
	r.findGaps(from)
	return r, nil
}

// foreign handles a position of another journal.
func (j *Journal) foreign(r *Replay, from Position) error {
	if j.state.foreign == from && j.state.since != 0 {
		return nil // opened with it before, and nothing was committed since
	}
	r.Notes = append(r.Notes, fmt.Sprintf("the store was last committed with another journal than the one in %s (its folder was moved, deleted or exchanged): "+
		"there is nothing to replay; what that journal still held can be counted by starting with its folder", j.dir))
	old := j.state
	j.state.foreign, j.state.since = from, j.state.generation
	if err := j.writeState(); err != nil {
		j.state = old
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	var others []string
	j.segments = slices.DeleteFunc(j.segments, func(s *segment) bool {
		if s.writer != nil {
			return false
		}
		others = append(others, s.id.String())
		j.total.Add(-s.size.Load())
		return true
	})
	j.note(others, "belongs to another store and is left alone; tributary import reads it", "belong to another store and are left alone; tributary import reads them")
	return nil
}

// findGaps relies on numbers being given without holes: from 1 in each generation.
func (r *Replay) findGaps(from Position) {
	expected := segmentID{generation: from.Generation, number: from.Number}
	for i, s := range r.segments {
		switch {
		case s.id.generation == expected.generation:
		case from.IsZero() && i == 0:
			expected = s.id // what was before may have been committed
		default:
			expected = segmentID{generation: s.id.generation, number: 1}
		}
		if s.id.number > expected.number {
			r.Missing = append(r.Missing, Gap{s.id.generation, expected.number, s.id.number - 1})
		}
		expected.number = s.id.number + 1
	}
}

// Segments is how many segments there are to replay.
func (r *Replay) Segments() int { return len(r.segments) }

// Bytes is their size together.
func (r *Replay) Bytes() (n int64) {
	for _, s := range r.segments {
		n += s.size.Load()
	}
	return n
}

// Position is the position before segment i of Segments: a commit in the middle of a replay, when
// all workers have replayed the segments up to i, is made with it. For i = Segments it is the
// position before all of this process.
func (r *Replay) Position(i int) Position {
	p := Position{Journal: r.journal.state.journal, Generation: r.journal.state.generation, Number: 1}
	if i < len(r.segments) {
		p.Generation, p.Number = r.segments[i].id.generation, r.segments[i].id.number
	}
	return p
}

// Torn is what the readers found unreadable so far.
func (r *Replay) Torn() []Torn {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Torn
	for _, s := range r.segments {
		if t, ok := r.torn[s.id]; ok {
			out = append(out, t)
		}
	}
	return out
}

// Reader reads the segments from, inclusive, to to, exclusive: Reader(0, r.Segments()) all. Several
// may read at the same time, each in a goroutine of its own. Close it.
func (r *Replay) Reader(from, to int) *Reader {
	return &Reader{replay: r, segments: r.segments[from:to]}
}

// Reader reads datagrams of a Replay.
type Reader struct {
	replay   *Replay
	segments []*segment // the first is being read
	scan     *scanner
	count    int64
	last     int64 // arrival of the last datagram of this segment
}

// Next reads the next datagram; its payload is valid until the next call. False: there are no more.
// What cannot be read is told by Replay.Torn.
func (r *Reader) Next(dg *flow.Datagram) bool {
	for len(r.segments) > 0 {
		s := r.segments[0]
		if r.scan == nil && !r.open(s) {
			continue
		}
		if r.scan.next(dg, s.size.Load()) {
			r.count++
			r.last = dg.Arrival
			return true
		}
		s.datagrams.Store(r.count)
		if rest := s.size.Load() - r.scan.offset; rest > 0 || r.scan.offset == 0 {
			r.tear(s, rest, r.scan.err)
		}
		r.skip()
	}
	return false
}

func (r *Reader) open(s *segment) bool {
	var err error
	if r.scan, err = openScanner(s); err == nil {
		return true
	}
	r.scan = nil
	if !errors.Is(err, fs.ErrNotExist) { // given up at the bound, which has counted it
		r.tear(s, s.size.Load(), err)
	}
	r.skip()
	return false
}

// skip goes on to the next segment.
func (r *Reader) skip() {
	r.Close()
	r.segments = r.segments[1:]
	r.count, r.last = 0, 0
}

func (r *Reader) tear(s *segment, octets int64, err error) {
	t := Torn{Segment: s.path, Octets: octets, Err: err}
	if r.last != 0 {
		t.Last = time.UnixMilli(r.last)
	}
	r.replay.mu.Lock()
	defer r.replay.mu.Unlock()
	r.replay.torn[s.id] = t
}

// Close ends the reading.
func (r *Reader) Close() {
	if r.scan != nil {
		r.scan.close()
		r.scan = nil
	}
}
