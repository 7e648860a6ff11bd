package journal

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"

	"tributary/internal/flow"
)

// scanBuffer is read at once: larger does not read faster from the page cache, and it holds any
// record (maxRecord) several times.
const scanBuffer = 512 << 10

// scanner reads the records of one segment.
type scanner struct {
	file   io.ReaderAt // an *os.File; in tests, bytes
	seed   uint32
	offset int64 // in the file, of the first octet not yet handed out
	buffer []byte
	window []byte // part of buffer: what was read of the file from offset on
	err    error  // of the last read; nil at the end
}

func openScanner(s *segment) (*scanner, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	return &scanner{file: f, seed: s.seed, buffer: make([]byte, scanBuffer)}, nil
}

func (c *scanner) close() {
	if f, ok := c.file.(*os.File); ok {
		f.Close()
	}
}

// next reads the next datagram of the file's first limit octets; its payload is valid until the
// next call. False: nothing, or no whole and valid record, stands between offset and limit.
func (c *scanner) next(dg *flow.Datagram, limit int64) bool {
	if c.offset == 0 {
		if !c.fill(fileHeader, limit) || !bytes.Equal(c.window[:fileHeader], pcapHeader[:]) {
			return false
		}
		c.advance(fileHeader)
	}
	if len(c.window) < recordHeader && !c.fill(recordHeader, limit) {
		return false
	}
	n := need(c.window)
	if n == 0 || len(c.window) < n && !c.fill(n, limit) {
		return false
	}
	if !parseRecord(dg, c.window[:n], c.seed) {
		return false
	}
	c.advance(n)
	return true
}

func (c *scanner) advance(n int) {
	c.offset += int64(n)
	c.window = c.window[n:]
}

// fill reads on until the window has n octets; false where limit or an error is before that.
func (c *scanner) fill(n int, limit int64) bool {
	if c.offset+int64(n) > limit {
		return false
	}
	have := copy(c.buffer, c.window)
	room := min(int64(len(c.buffer)), limit-c.offset)
	got, err := c.file.ReadAt(c.buffer[have:room], c.offset+int64(have))
	c.window = c.buffer[:have+got]
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return len(c.window) >= n
}

// firstArrival is the arrival of a segment's first datagram, as its record states; the file's own
// time where it has none.
func firstArrival(path string, info fs.FileInfo) int64 {
	var b [fileHeader + 8]byte
	f, err := os.Open(path)
	if err == nil {
		_, err = f.ReadAt(b[:], 0)
		f.Close()
	}
	if err != nil || !bytes.Equal(b[:fileHeader], pcapHeader[:]) {
		return info.ModTime().UnixMilli()
	}
	return int64(le.Uint32(b[fileHeader:]))*1000 + int64(le.Uint32(b[fileHeader+4:])/1000)
}
