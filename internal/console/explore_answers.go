package console

import (
	"container/list"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"tributary/internal/catalogue"
	"tributary/internal/explore"
	"tributary/internal/filter"
)

// Bounds of the answers.
const (
	// answersBytes is what kept answers may weigh: one of fourteen months by day with ten rows weighs some
	// 0.2 MB.
	answersBytes = 64 << 20

	// questionsAtOnce are put to the store. Each uses all processors, so that more would only take longer
	// and hold more memory.
	questionsAtOnce = 2
)

// answers keeps the last answers, and asks a question once that several readers have at the same time.
type answers struct {
	put  func(context.Context, explore.Question) (*explore.Answer, error) // to the store; nil in a process without one
	turn chan struct{}                                                    // has room for the questions put at once

	mu     sync.Mutex // guards the fields below
	kept   map[answerKey]*list.Element
	order  list.List // of *keptAnswer, last used first
	bytes  int
	flying map[answerKey]*asked
	wait   sync.WaitGroup // of questions being asked
	ended  bool
}

func newAnswers(put func(context.Context, explore.Question) (*explore.Answer, error)) *answers {
	return &answers{
		put: put, turn: make(chan struct{}, questionsAtOnce),
		kept: map[answerKey]*list.Element{}, flying: map[answerKey]*asked{},
	}
}

// answerKey is what an answer depends on: the question, and what it was put to.
type answerKey struct {
	question  string
	commits   uint64
	catalogue *catalogue.Catalogue
	open      time.Time // how far the open batch reaches; zero for ranges of what is committed alone
}

// keptAnswer is an answer and its text.
type keptAnswer struct {
	key    answerKey
	answer *explore.Answer
	text   []byte // JSON
}

// weight is about what it weighs: an answer's numbers take some two octets in memory for each of its text.
func (k *keptAnswer) weight() int { return 3 * len(k.text) }

// asked is a question being asked.
type asked struct {
	waiting int // who still waits; guarded by answers.mu
	cancel  context.CancelFunc
	done    chan struct{} // closed when the fields below are there
	kept    *keptAnswer
	err     error
}

// ask answers a question from what is kept, or puts it to the store. It returns early when ctx ends; the
// question itself is cancelled when nobody waits for it any more.
func (a *answers) ask(ctx context.Context, c *Console, q explore.Question) (*keptAnswer, error) {
	if a.put == nil {
		return nil, errNoExplorer
	}
	key := c.answerKey(q)
	a.mu.Lock()
	if e, ok := a.kept[key]; ok {
		a.order.MoveToFront(e)
		a.mu.Unlock()
		return e.Value.(*keptAnswer), nil
	}
	f := a.flying[key]
	if f == nil && a.ended {
		a.mu.Unlock()
		return nil, context.Canceled
	}
	if f == nil {
		f = &asked{done: make(chan struct{})}
		var asking context.Context
		asking, f.cancel = context.WithCancel(c.ending)
		a.flying[key] = f
		a.wait.Go(func() { a.fly(asking, f, key, q) })
	}
	f.waiting++
	a.mu.Unlock()
	select {
	case <-f.done:
		return f.kept, f.err
	case <-ctx.Done():
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if f.waiting--; f.waiting == 0 {
		f.cancel()
		if a.flying[key] == f {
			delete(a.flying, key) // who asks it from now on asks anew
		}
	}
	return nil, ctx.Err()
}

// fly puts a question to the store when it is its turn.
func (a *answers) fly(ctx context.Context, f *asked, key answerKey, q explore.Question) {
	defer f.cancel()
	select {
	case a.turn <- struct{}{}:
		f.kept, f.err = a.answer(ctx, key, q)
		<-a.turn
	case <-ctx.Done():
		f.err = ctx.Err()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.flying[key] == f {
		delete(a.flying, key)
	}
	if f.err == nil {
		a.keepLocked(f.kept)
	}
	close(f.done)
}

// answer puts a question. A panic ends the question and not the process, as it would in a request's own
// goroutine.
func (a *answers) answer(ctx context.Context, key answerKey, q explore.Question) (kept *keptAnswer, err error) {
	defer func() {
		if r := recover(); r != nil {
			kept, err = nil, fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	answer, err := a.put(ctx, q)
	if err != nil {
		return nil, err
	}
	dress(answer)
	text, err := marshalAnswer(answer)
	if err != nil {
		return nil, err
	}
	return &keptAnswer{key, answer, text}, nil
}

// keepLocked keeps an answer, and lets those go that were not used for longest.
func (a *answers) keepLocked(k *keptAnswer) {
	if e, ok := a.kept[k.key]; ok {
		a.dropLocked(e)
	}
	a.kept[k.key] = a.order.PushFront(k)
	a.bytes += k.weight()
	for a.bytes > answersBytes && a.order.Len() > 0 {
		a.dropLocked(a.order.Back())
	}
}

func (a *answers) dropLocked(e *list.Element) {
	k := a.order.Remove(e).(*keptAnswer)
	delete(a.kept, k.key)
	a.bytes -= k.weight()
}

// stop waits until no question is being asked any more; they have been cancelled.
func (a *answers) stop() {
	a.mu.Lock()
	a.ended = true
	a.mu.Unlock()
	a.wait.Wait()
}

// answerKey is the key of a question put now. Filters that are written otherwise and mean the same are
// the same question.
func (c *Console) answerKey(q explore.Question) answerKey {
	if where, err := filter.Parse(q.Where, nil); err == nil {
		q.Where = where.String()
	}
	text, err := json.Marshal(q)
	if err != nil {
		panic("BUG: a question that is not JSON: " + err.Error())
	}
	source := c.config.Source()
	key := answerKey{question: string(text), commits: source.Store.Commits(), catalogue: source.Catalogue}
	if c.config.Open != nil && reachesNow(q.Range) {
		key.open = c.config.Open().At
	}
	return key
}

// reachesNow reports a range that may reach beyond what is committed: a length of time, or between times.
func reachesNow(text string) bool {
	return text == "" || strings.ContainsAny(text, "T:") || strings.ContainsAny(text[len(text)-1:], "mhdw")
}

// errNoExplorer is a question in a process without a store.
var errNoExplorer = &userError{status: http.StatusNotFound, detail: "This process has no store to ask."}
