package collect

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"tributary/internal/flow"
)

// Merge hands out the datagrams of several captures as one stream in order of capture time; at
// equal times in the order of the files. Within a file the file's order stands.
type Merge struct {
	Captures []*Capture
	Cut      []*CutError // captures that ended before their end; complete once Next has said io.EOF

	heads []head
	last  *head // handed out last: read on when the next one is asked for
}

type head struct {
	capture *Capture
	dg      flow.Datagram
	done    bool
}

// OpenCaptures opens all files, or none. The same file named twice is an error: it would be
// counted twice.
func OpenCaptures(paths []string) (*Merge, error) {
	var captures []*Capture
	seen := map[string]bool{}
	var err error
	for _, path := range paths {
		if seen[path] {
			err = fmt.Errorf("%s is named twice: it would be counted twice", path)
			break
		}
		seen[path] = true
		var c *Capture
		if c, err = OpenCapture(path); err != nil {
			break
		}
		captures = append(captures, c)
	}
	if err != nil {
		for _, c := range captures {
			c.Close()
		}
		return nil, err
	}
	return newMerge(captures...), nil
}

func newMerge(captures ...*Capture) *Merge {
	m := &Merge{Captures: captures, heads: make([]head, len(captures))}
	for i := range m.heads {
		m.heads[i].capture = captures[i]
		m.advance(&m.heads[i])
	}
	return m
}

// Next reads the next datagram into dg; its payload is valid until the next call. The error is
// io.EOF when all captures have ended; cut ones are in Cut.
func (m *Merge) Next(dg *flow.Datagram) error {
	if m.last != nil {
		m.advance(m.last)
		m.last = nil
	}
	var first *head
	for i := range m.heads { // a handful of files: a scan is faster than a heap
		h := &m.heads[i]
		if !h.done && (first == nil || h.dg.Arrival < first.dg.Arrival) {
			first = h
		}
	}
	if first == nil {
		return io.EOF
	}
	*dg, m.last = first.dg, first
	return nil
}

func (m *Merge) advance(h *head) {
	err := h.capture.Next(&h.dg)
	if err == nil {
		return
	}
	h.done = true
	if cut, ok := errors.AsType[*CutError](err); ok {
		m.Cut = append(m.Cut, cut)
	}
}

// Select keeps only the captures of these numbers, in this order, and closes the others. It is for
// before the first Next.
func (m *Merge) Select(numbers []int) {
	var captures []*Capture
	var heads []head
	for _, i := range numbers {
		captures, heads = append(captures, m.Captures[i]), append(heads, m.heads[i])
	}
	for _, c := range m.Captures {
		if !slices.Contains(captures, c) {
			c.Close()
			m.Cut = slices.DeleteFunc(m.Cut, func(cut *CutError) bool { return cut.Path == c.Path })
		}
	}
	m.Captures, m.heads = captures, heads
}

// Path is that of the capture which the last datagram is of.
func (m *Merge) Path() string {
	if m.last == nil {
		return ""
	}
	return m.last.capture.Path
}

// Close closes all captures.
func (m *Merge) Close() {
	for _, c := range m.Captures {
		c.Close()
	}
}

// Progress is the share of the files' bytes that was read, 0 to 1; 0 where a size is unknown.
func (m *Merge) Progress() float64 {
	var read, size int64
	for _, c := range m.Captures {
		info, err := c.file.Stat()
		if err != nil || !info.Mode().IsRegular() {
			return 0
		}
		at, err := c.file.Seek(0, io.SeekCurrent)
		if err != nil {
			return 0
		}
		read, size = read+at, size+info.Size()
	}
	if size == 0 {
		return 0
	}
	return float64(read) / float64(size)
}
