package console

import (
	"net/http"
	"sync"
	"time"

	"tributary/internal/secret"
)

// How long a session lasts. A wall screen asks all day, so it is the age that ends its session.
const (
	sessionIdle = 12 * time.Hour     // since the last request: a working day's lunch, not a night and a day
	sessionAge  = 7 * 24 * time.Hour // since the log-in
)

// maxSessions bounds the sessions of one user: as many browsers as somebody has. The one unused for
// longest ends. So nobody's log-ins end another's session.
const maxSessions = 16

// sessions are who is logged in with a password. They are in memory only: a restart ends them. Of a
// session's key the sum alone is kept, so that what is in memory lets nobody in.
type sessions struct {
	mu    sync.Mutex // guards bySum and what it holds
	bySum map[secret.Sum]*session
}

type session struct {
	user        *User
	begun, seen time.Time
}

// over reports whether a session has ended by itself.
func (s *session) over(now time.Time) bool {
	return now.Sub(s.begun) >= sessionAge || now.Sub(s.seen) >= sessionIdle
}

// begin makes a session and returns its key.
func (s *sessions) begin(user *User, now time.Time) (key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var oldest secret.Sum
	count := 0
	for sum, other := range s.bySum {
		switch {
		case other.over(now):
			delete(s.bySum, sum)
		case other.user == user:
			if count++; count == 1 || other.seen.Before(s.bySum[oldest].seen) {
				oldest = sum
			}
		}
	}
	if count >= maxSessions {
		delete(s.bySum, oldest)
	}
	if s.bySum == nil {
		s.bySum = map[secret.Sum]*session{}
	}
	key = secret.NewKey()
	s.bySum[secret.SumOf(key)] = &session{user: user, begun: now, seen: now}
	return key
}

// find is the user of a session, and when it ends at the latest; nil where there is none.
func (s *sessions) find(key string, now time.Time) (*User, time.Time) {
	if !secret.IsKey(key) {
		return nil, time.Time{}
	}
	sum := secret.SumOf(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.bySum[sum]
	if found == nil {
		return nil, time.Time{}
	}
	if found.over(now) {
		delete(s.bySum, sum)
		return nil, time.Time{}
	}
	found.seen = now
	return found.user, found.begun.Add(sessionAge)
}

// end ends a session, if there is one.
func (s *sessions) end(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.bySum, secret.SumOf(key))
}

// cookieName is the session's cookie. Browsers take one named __Host- only over an encrypted
// connection, for this host alone: no other host of the domain can set it, and no port without TLS.
func cookieName(encrypted bool) string {
	if encrypted {
		return "__Host-tributary"
	}
	return "tributary"
}

// maxCookies is how many cookies of the session's name are looked at.
const maxCookies = 4

// bySession knows whoever has begun a session.
func (c *Console) bySession(r *http.Request, v *visit) {
	if !v.confidential {
		return // such a session cannot have been begun by us
	}
	for i, cookie := range r.CookiesNamed(cookieName(v.encrypted)) {
		if user, _ := c.sessions.find(cookie.Value, c.now()); user != nil && i < maxCookies {
			v.key = cookie.Value
			v.who.Name, v.who.Role, v.who.Login = user.Name, user.Role, LoginPassword
			return
		}
	}
}

// setSession tells the browser its session's key; without one, to forget it.
func (v *visit) setSession(key string) {
	cookie := http.Cookie{
		Name: cookieName(v.encrypted), Value: key, Path: "/", Secure: v.encrypted, HttpOnly: true,
		SameSite: http.SameSiteStrictMode, MaxAge: int(sessionAge / time.Second),
	}
	if key == "" {
		cookie.MaxAge = -1
	}
	v.header.Add("Set-Cookie", cookie.String())
}
