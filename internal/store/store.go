// Package store keeps batches of cells on disk and answers sums over them: one DuckDB file, one
// writer, any number of readers within the process. What a network's type is does not stand in it:
// a question brings labels along.
package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"

	"tributary/internal/flow"
	"tributary/internal/store/duckdb"
)

// Options say where a store is and what it may use.
type Options struct {
	Path        string // of the database file; its folder must exist. The key lies beside it
	MemoryLimit string // DuckDB's memory: "512MB"; empty = 512 MB
	Threads     int    // DuckDB's threads; 0 = 2
	ReadOnly    bool   // the store must exist; Commit and Maintain fail
	SlotDays    int    // months whose last slot is older than this many days before the newest slot lose their slots and day sketches; 0 = 800
	MonthDays   int    // months whose last slot is older than this many days before the newest slot go altogether; 0 = none ever

	walLimit string // see walLimit; "" = that
}

// Defaults of Options.
const (
	defaultMemory   = "512MB"
	defaultThreads  = 2
	defaultSlotDays = 800
)

// walLimit is how long the write-ahead log grows before it is written into the database file. Each
// time costs a rewrite of the last row group of every table (120,000 rows), so DuckDB's default of
// 16 MB would double the cost of an import; reading 256 MB again after a crash takes seconds.
const walLimit = "256MB"

// Store is an open store. Names, Newest, Oldest, State, Imported and View may be called at any time,
// and are not held up by a commit; those that write wait for one another.
//
// When a write fails it may be that the database must be opened again before it takes another, or
// that only opening it again tells whether the write is on disk. The store does so itself, then and
// before the next write: see CommitWith and Recover.
type Store struct {
	options Options
	path    string // real and absolute
	key     [16]byte
	names   flow.Names

	mergeRows, uniteBytes uint64 // how much maintenance takes at a time; less in tests

	gate      gate                            // views go through it
	maintains chan struct{}                   // holds one token while Maintain runs
	single    atomic.Bool                     // see alone
	send      func(commit func() error) error // runs a COMMIT; tests make it fail

	writing sync.Mutex // held to write, and to open the database again; guards the fields below up to mu
	conn    *duckdb.Conn
	lost    error // why the database must be opened again before anything is written; nil = it need not
	doubt   doubt
	folding flow.Slot // commits treat months before this as folded, though the last may not be yet

	mu     sync.Mutex // held for moments; guards the fields below
	loaded            // as on disk
	staged staged
	frozen map[flow.Slot]struct{} // months given to Freeze and not dropped yet

	newest, oldest atomic.Int64 // slot; −1 = none
}

// open paths of this process: DuckDB's file lock does not hold within one process.
var (
	openMu    sync.Mutex
	openPaths = map[string]bool{}
)

// Open opens the store, creating it if there is none. The caller must close it.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.MemoryLimit == "" {
		o.MemoryLimit = defaultMemory
	}
	if o.Threads == 0 {
		o.Threads = defaultThreads
	}
	if o.SlotDays == 0 {
		o.SlotDays = defaultSlotDays
	}
	if o.walLimit == "" {
		o.walLimit = walLimit
	}
	s := &Store{
		options: o, mergeRows: mergeRows, uniteBytes: uniteBytes, maintains: make(chan struct{}, 1),
		send:   func(commit func() error) error { return commit() },
		staged: staged{map[string][]byte{}, map[string]Import{}}, frozen: map[flow.Slot]struct{}{},
	}
	s.newest.Store(-1)
	s.oldest.Store(-1)
	if err := s.claim(); err != nil {
		return nil, err
	}
	if err := s.open(ctx); err != nil {
		s.release()
		return nil, err
	}
	return s, nil
}

// claim notes the path as open in this process.
func (s *Store) claim() error {
	folder, err := filepath.EvalSymlinks(filepath.Dir(s.options.Path))
	if err == nil {
		folder, err = filepath.Abs(folder)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && s.options.ReadOnly:
		return noStore(s.options.Path)
	case err != nil:
		return fileError("open the store", s.options.Path, err)
	}
	s.path = filepath.Join(folder, filepath.Base(s.options.Path))
	openMu.Lock()
	defer openMu.Unlock()
	if openPaths[s.path] {
		return fmt.Errorf("cannot open the store %s: %w by this very process", s.path, ErrLocked)
	}
	openPaths[s.path] = true
	return nil
}

func noStore(path string) error {
	return fmt.Errorf("there is no store at %s: import captures or run the collector first", path)
}

// release undoes claim and closes what is open.
func (s *Store) release() {
	s.shut()
	openMu.Lock()
	defer openMu.Unlock()
	delete(openPaths, s.path)
}

func (s *Store) open(ctx context.Context) error {
	info, err := os.Stat(s.path)
	isNew := errors.Is(err, fs.ErrNotExist)
	switch {
	case isNew && s.options.ReadOnly:
		return noStore(s.path)
	case err != nil && !isNew:
		return fileError("open the store", s.path, err)
	case err == nil && info.IsDir():
		return fmt.Errorf("cannot open the store %s: it is a folder; give the path of a file", s.path)
	}
	if err := s.connect(); err != nil {
		return err
	}
	meta, err := readMeta(ctx, s.conn)
	if err != nil {
		return s.readError(err)
	}
	if meta == nil && s.options.ReadOnly {
		return fmt.Errorf("the store %s is empty: import captures or run the collector first", s.path)
	}
	if s.key, err = readKey(s.path, meta == nil); err != nil {
		return err
	}
	if meta == nil {
		if err := create(ctx, s.conn, fingerprint(s.key)); err != nil {
			return fmt.Errorf("cannot create the store %s: %w", s.path, err)
		}
		return s.load(ctx, schemaVersion)
	}
	version, err := s.check(meta)
	if err != nil {
		return err
	}
	if version, err = s.migrate(ctx, version); err != nil {
		return err
	}
	return s.load(ctx, version)
}

// connect opens the database and the connection that writes.
func (s *Store) connect() error {
	db, err := duckdb.Open(s.path, s.settings())
	if err != nil {
		return openError(s.path, err)
	}
	if s.conn, err = db.Connect(); err != nil {
		db.Close()
		return openError(s.path, err)
	}
	s.gate.set(db)
	return nil
}

// shut closes what is open. There must be no view.
func (s *Store) shut() {
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
	if db := s.gate.set(nil); db != nil {
		db.Close()
	}
}

func (s *Store) settings() map[string]string {
	settings := map[string]string{
		"threads":                      strconv.Itoa(s.options.Threads),
		"memory_limit":                 s.options.MemoryLimit,
		"checkpoint_threshold":         s.options.walLimit,
		"autoinstall_known_extensions": "false",
		"autoload_known_extensions":    "false",
	}
	if s.options.ReadOnly {
		settings["access_mode"] = "READ_ONLY"
	}
	return settings
}

// check compares what the store says of itself, and returns its version.
func (s *Store) check(meta map[string]string) (version int, err error) {
	version, err = strconv.Atoi(meta["version"])
	switch {
	case err != nil || version < 1:
		return 0, fmt.Errorf("cannot open the store %s: %w (its version is %q)", s.path, ErrCorrupt, meta["version"])
	case version > schemaVersion:
		return 0, fmt.Errorf("cannot open the store %s: %w (%d; this program knows up to %d): use the tributary that wrote it, or a later one", s.path, ErrNewer, version, schemaVersion)
	case meta["key"] != fingerprint(s.key):
		return 0, fmt.Errorf("cannot open the store %s: %w: %s is another store's; put the right one back", s.path, ErrKey, keyPath(s.path))
	}
	return version, nil
}

// readError says that the store's own tables cannot be read.
func (s *Store) readError(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, ErrCorrupt) {
		return fmt.Errorf("cannot read the store %s: %w", s.path, err)
	}
	return fmt.Errorf("cannot read the store %s: %w (%s)", s.path, ErrCorrupt, firstLine(err.Error()))
}

// Close writes what is in the write-ahead log into the file and closes it. Views must be closed
// before.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.release()
	return nil
}

// Path is where the store is.
func (s *Store) Path() string { return s.path }

// Names are the names that rows carry by number. New ones are written with the next commit.
func (s *Store) Names() *flow.Names { return &s.names }

// Key is the secret under which addresses are hashed.
func (s *Store) Key() [16]byte { return s.key }

// Commits is the number of the last commit, counted since the store was made; see View.Commits.
func (s *Store) Commits() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commits
}

// Newest is the newest committed slot: the greatest of any traffic or health row. False if nothing
// was committed yet.
func (s *Store) Newest() (flow.Slot, bool) {
	v := s.newest.Load()
	return flow.Slot(max(0, v)), v >= 0
}

// Oldest is the slot in which the oldest hour with traffic begins. False if there is none.
func (s *Store) Oldest() (flow.Slot, bool) {
	v := s.oldest.Load()
	return flow.Slot(max(0, v)), v >= 0
}
