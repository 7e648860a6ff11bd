package report

import "sync"

// Progress is told how far the making of a report is: the step at hand, in words that follow "now", and
// the fraction of the whole that is behind, 0 to 1, which never falls. Steps are weighted as they take
// their time with a store of a year; one that has kept what it read before is faster through the first.
// It is called from several goroutines, one at a time; nil is told nothing.
type Progress func(step string, done float64)

// The steps, and how much of the whole is behind when each begins.
const (
	stepRead    = "reading the store"
	stepCompute = "computing findings, and checking numbers"
	stepDraw    = "drawing the figures"
	stepWrite   = "writing pages, and checking them"
	stepPNG     = "making pictures of the figures"
	stepMove    = "putting the files in place"

	fromRead, fromCompute, fromDraw, fromWrite, fromPNG, fromMove = 0, 0.45, 0.5, 0.8, 0.85, 0.98
)

// steps counts what is done of a step of many parts.
type steps struct {
	progress Progress
	mu       sync.Mutex // guards done
	done     int
}

func (p Progress) say(step string, done float64) {
	if p != nil {
		p(step, done)
	}
}

// part says that one more of n parts of a step, from and to of the whole, is done.
func (s *steps) part(step string, n int, from, to float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done++
	s.progress.say(step, from+(to-from)*float64(s.done)/float64(n))
}
