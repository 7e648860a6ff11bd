package console

import (
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Log-ins that fail are slowed down by name and by address. Of a name somebody may guess five times,
// then once a minute: 1,440 a day, which finds no password of twelve characters. An address, behind which
// a whole office may sit, has twenty, then four a minute.
const (
	nameBurst    = 5
	nameEvery    = time.Minute
	addressBurst = 20
	addressEvery = 15 * time.Second
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

// familiar remembers from which addresses users have logged in. They have turns of their own there, so
// that somebody who guesses a user's password from elsewhere does not keep the user out.
type familiar struct {
	mu    sync.Mutex // guards pairs
	pairs map[string]time.Time
}

// key is what a name's attempts from an address are limited by.
func (f *familiar) key(name, address string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if pair := name + "\x00" + limitKey(address); !f.pairs[pair].IsZero() {
		return pair
	}
	return name
}

// add remembers a log-in; of too many, the oldest is forgotten.
func (f *familiar) add(name, address string, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pairs == nil {
		f.pairs = map[string]time.Time{}
	}
	pair := strings.Clone(name + "\x00" + limitKey(address))
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
