package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// progress says how far long work is: a bar on a terminal, a line every few seconds elsewhere.
// Nothing is said of work that is over before the first line is due. It belongs to one goroutine.
type progress struct {
	w        io.Writer
	what     string
	bar      bool
	begun    time.Time
	next     time.Time // when something is to be said again
	said     bool
	lastLine int
}

// Times between two words of progress.
const (
	barEvery  = 100 * time.Millisecond
	lineEvery = 3 * time.Second
)

// newProgress begins to watch work described by what, a word or two: "importing".
func (m *Main) newProgress(what string) *progress {
	p := &progress{w: m.Stderr, what: what, bar: terminal(m.Stderr), begun: time.Now()}
	p.next = p.begun.Add(p.every())
	return p
}

func (p *progress) every() time.Duration {
	if p.bar {
		return barEvery
	}
	return lineEvery
}

// due reports that a call of show would be seen: callers may save themselves the arithmetic.
func (p *progress) due() bool { return !time.Now().Before(p.next) }

// show says that the fraction done, 0 to 1, is behind, with a detail such as "12 of 40 files".
func (p *progress) show(done float64, detail string) {
	if !p.due() {
		return
	}
	p.next, p.said = time.Now().Add(p.every()), true
	done = max(0, min(done, 1))
	if !p.bar {
		fmt.Fprintf(p.w, "%s: %3.0f %%, %s\n", p.what, 100*done, detail)
		return
	}
	const width = 30
	full := int(done * width)
	line := fmt.Sprintf("%s [%s%s] %3.0f %%  %s", p.what, strings.Repeat("#", full), strings.Repeat(".", width-full), 100*done, detail)
	fmt.Fprintf(p.w, "\r%-*s", p.lastLine, line)
	p.lastLine = len(line)
}

// end takes the bar away, so that what follows begins on a clean line.
func (p *progress) end() {
	if p.bar && p.said {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", p.lastLine))
	}
}
