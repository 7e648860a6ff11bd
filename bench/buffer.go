package main

import (
	"bytes"
	"sync"
)

// lockedBuffer keeps what a running program says, so that it can be read meanwhile.
type lockedBuffer struct {
	mu  sync.Mutex // guards the field below
	all bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}
