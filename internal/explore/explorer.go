package explore

import (
	"sync"
	"time"

	"tributary/internal/rollup"
	"tributary/internal/stats"
)

// Config is what an Explorer is built from.
type Config struct {
	Source func() *stats.Source // of now: it changes when the catalogue is read anew
	Open   func() Open          // what is not committed yet; nil: there never is anything
}

// Open is what has arrived and no commit has made durable yet. Nobody changes it after it was given.
type Open struct {
	Batch *rollup.Batch // nil: there is nothing
	After uint64        // the number of the last commit that is not in Batch: a view of another number has counted it
	At    time.Time     // how far it reaches: what arrived before is in it or in the store
}

// Explorer answers questions. It is safe for concurrent use.
type Explorer struct {
	config Config

	mu     sync.Mutex // guards the field below
	placed *placing   // of the last question: the next one mostly needs the same

	offered offered // for completion
}

// New makes an Explorer.
func New(c Config) *Explorer { return &Explorer{config: c} }
