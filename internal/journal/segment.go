package journal

import (
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync/atomic"
)

// File names in the folder: this is its table of contents.
const (
	lockName    = "lock"                // locked by the process that has the folder; holds its pid
	stateName   = "state"               // see type state; state.new while it is replaced
	segmentName = "%08d-%06d-%02d.pcap" // generation, number, worker
)

// segmentID is what a segment's name says.
type segmentID struct{ generation, number, worker uint32 }

func (id segmentID) String() string {
	return fmt.Sprintf(segmentName, id.generation, id.number, id.worker)
}

// parseSegmentName reads a name that String gave; false for any other name.
func parseSegmentName(name string) (id segmentID, ok bool) {
	n, err := fmt.Sscanf(name, segmentName, &id.generation, &id.number, &id.worker)
	return id, err == nil && n == 3 && id.String() == name && id.generation != 0 && id.number != 0
}

// seed is what the checks of the segment's records start from.
func (id segmentID) seed() uint32 {
	return crc32.Checksum([]byte(id.String()), castagnoli)
}

// segment is one file. Its counts are written by its writer alone and read by anybody.
type segment struct {
	id        segmentID
	path      string
	seed      uint32       // of the records' checks
	writer    *Writer      // nil for a segment of a former process
	file      *os.File     // while written or not yet synced; nil for a segment of a former process
	size      atomic.Int64 // octets of whole records and the file header
	datagrams atomic.Int64 // −1: not counted yet (of a former process)
	first     atomic.Int64 // arrival of the first datagram, Unix milliseconds; 0 = none yet
	last      atomic.Int64 // arrival of the newest datagram
	deleted   atomic.Bool

	// guarded by writer.mu
	synced          int64 // octets known to be on disk
	syncedDatagrams int64
}

func (j *Journal) newSegment(id segmentID) *segment {
	return &segment{id: id, path: filepath.Join(j.dir, id.String()), seed: id.seed()}
}
