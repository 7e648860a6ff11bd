package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Config says where a journal is and what it may take.
type Config struct {
	Dir      string
	Workers  int           // writers; at least 1
	MaxBytes int64         // all segments together; at least 1 MiB
	MaxAge   time.Duration // of a segment's newest datagram; 0 = no bound. Segments that wait for replay do not age
	Roll     int64         // octets at which a writer begins the next segment; 0 = DefaultRoll. An eighth of MaxBytes and worker at most

	OnRelease func(segment string) // is called before Release deletes a segment, with its path; may be nil

	now    func() time.Time // tests set it; with manual, nothing runs of itself
	manual bool
	fail   func(op string) error // tests set it: an error stands for that of the system call
}

const (
	// DefaultRoll is the size of a segment: small enough that giving up the oldest costs little (a
	// 256th of the default max_size), large enough that making a file is rare (1 s at 50,000
	// datagrams a second).
	DefaultRoll = 64 << 20
	// minBytes holds two small segments of eight workers.
	minBytes = 1 << 20
	// syncEvery bounds what a power loss takes: this, and the time a sync needs.
	syncEvery = time.Second
	// retryAfter is how long a writer that failed leaves the disk alone, so that a full disk costs
	// ten system calls a second and not one a batch.
	retryAfter = 100 * time.Millisecond
	// agesBound is in how many segments, at least, a slow writer divides MaxAge: it says how
	// finely age gives up.
	agesBound = 16
)

// Journal is an open folder of segments. Its methods are safe for concurrent use.
type Journal struct {
	dir     string
	config  Config
	lock    *os.File
	state   state
	notes   []string
	writers []*Writer

	total    atomic.Int64 // octets in all segments
	dirDirty atomic.Bool  // a file was made that the folder on disk may not list yet

	mu       sync.Mutex // guards the fields below; taken after a writer's
	segments []*segment // in order of generation and number
	next     uint32     // number of the next segment of this generation
	given    givenUp
	trouble  trouble

	syncMu sync.Mutex // one sync at a time; it alone closes files
	kick   chan struct{}
	stop   chan struct{}
	done   sync.WaitGroup
}

// givenUp is what the bounds took.
type givenUp struct{ segments, datagrams, bytes uint64 }

// trouble is the journal's health as its writers and its sync see it.
type trouble struct {
	last    error
	since   time.Time // of the failing that lasts; zero = all is well
	failing map[any]bool
}

// Open opens or makes the folder, takes it for this process, and starts to sync. Close it.
func Open(c Config) (*Journal, error) {
	if c.Workers < 1 || c.MaxBytes < minBytes {
		return nil, fmt.Errorf("cannot open the journal %s: %d workers and %d octets at most; at least 1 and %d are needed", c.Dir, c.Workers, c.MaxBytes, minBytes)
	}
	if c.Roll == 0 {
		c.Roll = DefaultRoll
	}
	c.Roll = min(c.Roll, c.MaxBytes/8/int64(c.Workers))
	if c.now == nil {
		c.now = time.Now
	}
	if c.fail == nil {
		c.fail = func(string) error { return nil }
	}
	j := &Journal{dir: c.Dir, config: c, next: 1, kick: make(chan struct{}, 1), stop: make(chan struct{})}
	j.trouble.failing = map[any]bool{}
	for i := range c.Workers {
		j.writers = append(j.writers, &Writer{journal: j, worker: uint32(i)})
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot open the journal: %w", err)
	}
	if err := j.lockFolder(); err != nil {
		return nil, err
	}
	if err := j.begin(); err != nil {
		j.lock.Close()
		return nil, err
	}
	if !c.manual {
		j.done.Go(j.runSync)
		j.done.Go(j.runBounds)
	}
	return j, nil
}

// begin lists the folder and enters it as its next generation.
func (j *Journal) begin() error {
	if err := j.readState(); err != nil {
		return err
	}
	entries, err := os.ReadDir(j.dir)
	if err != nil {
		return fmt.Errorf("cannot list the journal: %w", err)
	}
	var unknown, others []string
	for _, e := range entries {
		name := e.Name()
		id, ok := parseSegmentName(name)
		switch {
		case name == lockName || name == stateName || name == stateName+".new":
		case !ok || !e.Type().IsRegular():
			unknown = append(unknown, name)
		case id.generation < j.state.since:
			others = append(others, name)
		default:
			if err := j.adopt(id); err != nil {
				return err
			}
		}
		if ok {
			j.state.generation = max(j.state.generation, id.generation)
		}
	}
	slices.SortFunc(j.segments, func(a, b *segment) int { return a.id.compare(b.id) })
	j.note(unknown, "is no segment of the journal and is left alone", "are no segments of the journal and are left alone")
	j.note(others, "belongs to another store and is left alone; tributary import reads it", "belong to another store and are left alone; tributary import reads them")
	j.state.generation++
	return j.writeState()
}

// note keeps a sentence about files of the folder.
func (j *Journal) note(names []string, one, many string) {
	const named = 5 // more than that nobody reads
	switch n := len(names); {
	case n == 1:
		j.notes = append(j.notes, fmt.Sprintf("%s %s", filepath.Join(j.dir, names[0]), one))
	case n > named:
		names = append(slices.Clone(names[:named]), fmt.Sprintf("%d more", n-named))
		fallthrough
	case n > 1:
		j.notes = append(j.notes, fmt.Sprintf("in %s, %s %s", j.dir, strings.Join(names, ", "), many))
	}
}

// adopt lists a segment that a former process left.
func (j *Journal) adopt(id segmentID) error {
	s := j.newSegment(id)
	info, err := os.Stat(s.path)
	if err != nil {
		return fmt.Errorf("cannot read the journal: %w", err)
	}
	s.size.Store(info.Size())
	s.datagrams.Store(-1)
	s.first.Store(firstArrival(s.path, info))
	s.last.Store(info.ModTime().UnixMilli())
	j.segments = append(j.segments, s)
	j.total.Add(info.Size())
	return nil
}

// Notes are sentences about what was found in the folder and left alone.
func (j *Journal) Notes() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.notes)
}

// Writer is the journal of one worker, from 0.
func (j *Journal) Writer(worker int) *Writer { return j.writers[worker] }

// Rotate ends the open segments: what is appended from now on goes into new ones. The position
// returned is between the two. Nothing else touches the disk. To be one moment of all workers, it
// must be called while none of them appends.
func (j *Journal) Rotate() Position {
	for _, w := range j.writers {
		w.mu.Lock()
		w.retireLocked()
		w.mu.Unlock()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return Position{Journal: j.state.journal, Generation: j.state.generation, Number: j.next}
}

// Release deletes the segments before p: what they hold is committed. What cannot be deleted stays
// listed and is tried again with the next Release.
func (j *Journal) Release(p Position) error {
	if p.Journal != j.state.journal {
		return fmt.Errorf("BUG: position %v is not of the journal %s", p, j.dir)
	}
	j.mu.Lock()
	var covered []*segment
	for _, s := range j.segments {
		if s.id.before(p) {
			covered = append(covered, s)
		}
	}
	j.mu.Unlock()
	var errs []error
	for _, s := range covered {
		if j.config.OnRelease != nil {
			j.config.OnRelease(s.path)
		}
		if _, err := j.remove(s); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("cannot delete segments of the journal that are committed (%d): %w", len(errs), errs[0])
	}
	return nil
}

// remove deletes a segment's file and takes it off the list; false where another call did.
func (j *Journal) remove(s *segment) (bool, error) {
	if w := s.writer; w != nil {
		w.mu.Lock()
		if w.live == s {
			w.retireLocked()
		}
		w.mu.Unlock()
	}
	err := j.config.fail("remove")
	if err == nil {
		err = os.Remove(s.path)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return false, err
	}
	s.deleted.Store(true)
	j.mu.Lock()
	defer j.mu.Unlock()
	i := slices.Index(j.segments, s)
	if i < 0 {
		return false, nil
	}
	j.segments = slices.Delete(j.segments, i, i+1)
	j.total.Add(-s.size.Load())
	return true, nil
}

// Close syncs what was appended, and gives the folder free. No Append may follow.
func (j *Journal) Close() error {
	close(j.stop)
	j.done.Wait()
	j.Rotate()
	err := j.Sync()
	return errors.Join(err, j.lock.Close())
}
