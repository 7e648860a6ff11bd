package console

import (
	"net/netip"
	"sync"
	"time"
)

// Log-ins that fail are slowed down by name and address. At one address a name may be guessed five times,
// then once a minute. An address, behind which a whole office may sit, has twenty, then four a minute. A
// name has, at all addresses where it never logged in, forty, then four a minute: 5,760 a day, which finds
// no password of twelve characters, and more than three addresses can use up, so that nobody is kept out
// by one who guesses.
const (
	pairBurst    = 5
	pairEvery    = time.Minute
	addressBurst = 20
	addressEvery = 15 * time.Second
	nameBurst    = 40
	nameEvery    = 15 * time.Second
)

// maxLimited bounds what a limiter remembers: beyond, the one that is nearest to being forgotten is.
const maxLimited = 4096

// limiter lets each key through burst times at once, and then once in every. It holds for each key one
// time, when what it has used up is back whole (the generic cell rate algorithm of ATM).
type limiter struct {
	burst int
	every time.Duration

	mu    sync.Mutex // guards whole
	whole map[string]time.Time
}

// take uses one of a key's turns up. Where there is none, it says how long to wait for one.
func (l *limiter) take(key string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	whole := l.whole[key]
	if whole.Before(now) {
		whole = now
	}
	whole = whole.Add(l.every)
	if over := whole.Sub(now) - time.Duration(l.burst)*l.every; over > 0 {
		return over
	}
	if _, known := l.whole[key]; !known {
		l.makeRoomLocked(now)
	}
	l.whole[key] = whole
	return 0
}

// giveBack undoes a take.
func (l *limiter) giveBack(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if whole, known := l.whole[key]; known {
		l.whole[key] = whole.Add(-l.every)
	}
}

func (l *limiter) makeRoomLocked(now time.Time) {
	if l.whole == nil {
		l.whole = map[string]time.Time{}
	}
	if len(l.whole) < maxLimited {
		return
	}
	nearest, found := "", false
	for key, whole := range l.whole {
		if !whole.After(now) {
			delete(l.whole, key)
		} else if !found || whole.Before(l.whole[nearest]) {
			nearest, found = key, true
		}
	}
	if len(l.whole) >= maxLimited {
		delete(l.whole, nearest)
	}
}

// limitKey is what an address is limited by: of IPv6 the network that one customer has.
func limitKey(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Is4() {
		return address
	}
	p, _ := a.Prefix(64) // an IPv6 address has 64 bits
	return p.String()
}

// turn is one of those that a limiter's key has.
type turn struct {
	of  *limiter
	key string
}

// turns are what an attempt to log in uses up: one of the address, one of the name there and, where the
// name has never logged in there, one of the name.
func (d *door) turns(name, address string) []turn {
	pair := pairOf(name, address)
	out := []turn{{&d.addresses, limitKey(address)}, {&d.pairs, pair}}
	if !d.familiar.has(pair) {
		out = append(out, turn{&d.names, name})
	}
	return out
}

// takeAll takes all turns, or none and says how long to wait.
func takeAll(turns []turn, now time.Time) (wait time.Duration) {
	for i, t := range turns {
		if wait = t.of.take(t.key, now); wait > 0 {
			giveBackAll(turns[:i])
			return wait
		}
	}
	return 0
}

func giveBackAll(turns []turn) {
	for _, t := range turns {
		t.of.giveBack(t.key)
	}
}

// pairOf is a name at an address.
func pairOf(name, address string) string { return name + "\x00" + limitKey(address) }

// familiar remembers at which addresses users have logged in: guessing elsewhere does not keep them out
// there.
type familiar struct {
	mu    sync.Mutex // guards pairs
	pairs map[string]time.Time
}

func (f *familiar) has(pair string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.pairs[pair].IsZero()
}

// add remembers a log-in; of too many, the oldest is forgotten.
func (f *familiar) add(pair string, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pairs == nil {
		f.pairs = map[string]time.Time{}
	}
	if _, known := f.pairs[pair]; !known && len(f.pairs) >= maxLimited {
		var oldest string
		for p, at := range f.pairs {
			if oldest == "" || at.Before(f.pairs[oldest]) {
				oldest = p
			}
		}
		delete(f.pairs, oldest)
	}
	f.pairs[pair] = now
}
