package console

import (
	"context"
	"sync"
	"time"
)

// longestAnswer is when a question to the API is given up: the connection's writes end after a minute, and
// whoever asked must still be told.
const longestAnswer = 55 * time.Second

// Questions of one person or program that are answered at a time, and that wait: browsers ask six or ten
// at once, and the questions of others must get between them.
const (
	maxAtOnce = 16
	maxInLine = 48
)

// lines let everybody who asks the API wait for their own questions. The zero value is ready to be used.
type lines struct {
	mu sync.Mutex // guards by
	by map[string]*line
}

// line is one person's: it is there while they ask.
type line struct {
	turn chan struct{}
	in   int // who are asking or wait; guarded by lines.mu
}

// tooMany is the sentence for those who ask too much at once.
const tooMany = "Too many questions are being asked under this name at this moment. Wait for answers before you ask more."

// enter waits for a turn; leave must be called after it. It is not ok where too many wait already, or where
// ctx ends before.
func (l *lines) enter(ctx context.Context, who *Identity) (leave func(), ok bool) {
	key := string(who.Login) + "\x00" + who.Name
	mine := l.join(key)
	if mine == nil {
		return nil, false
	}
	select {
	case mine.turn <- struct{}{}:
		return func() { <-mine.turn; l.part(key, mine) }, true
	case <-ctx.Done():
		l.part(key, mine)
		return nil, false
	}
}

// join is a person's line, one longer; nil where it is too long.
func (l *lines) join(key string) *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	mine := l.by[key]
	if mine == nil {
		mine = &line{turn: make(chan struct{}, maxAtOnce)}
		if l.by == nil {
			l.by = map[string]*line{}
		}
		l.by[key] = mine
	}
	if mine.in == maxAtOnce+maxInLine {
		return nil
	}
	mine.in++
	return mine
}

func (l *lines) part(key string, mine *line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if mine.in--; mine.in == 0 {
		delete(l.by, key)
	}
}

// turnstile lets some through at a time.
type turnstile chan struct{}

// filesAtOnce are files made at a time for whoever fetches them: archives of reports and datasets, which
// are whole in memory before they are sent.
const filesAtOnce = 2

// enter waits for a turn; leave must be called after it.
func (t turnstile) enter(ctx context.Context) (leave func(), err error) {
	select {
	case t <- struct{}{}:
		return func() { <-t }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
