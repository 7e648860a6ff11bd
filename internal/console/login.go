package console

import (
	"context"
	"fmt"
	"hash/maphash"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/internal/secret"
)

// maxHashing is how many passwords are hashed at once: each takes 64 MiB and all cores for a moment, and
// what collects flows needs both. maxWaiting is how many more wait for their turn.
const (
	maxHashing = 2
	maxWaiting = 16
)

// door is where people log in.
type door struct {
	addresses, pairs, names limiter
	familiar                familiar
	hashing, waiting        chan struct{}
	seed                    maphash.Seed
}

func newDoor() *door {
	return &door{
		addresses: limiter{burst: addressBurst, every: addressEvery},
		pairs:     limiter{burst: pairBurst, every: pairEvery},
		names:     limiter{burst: nameBurst, every: nameEvery},
		hashing:   make(chan struct{}, maxHashing), waiting: make(chan struct{}, maxHashing+maxWaiting),
		seed: maphash.MakeSeed(),
	}
}

// Session is who asks, and how people log in here.
type Session struct {
	Name  string     `json:"name" doc:"Who asks; empty: nobody has logged in."`
	Role  string     `json:"role" enum:"anyone,viewer,editor" doc:"What they may do. A viewer sees everything, an editor also changes; anyone has not logged in."`
	Login string     `json:"login" enum:"none,password,proxy,token," doc:"How they are known. none: nobody has to log in; empty: they are not known."`
	Ends  *time.Time `json:"ends" doc:"When a session begun with a password ends at the latest. It ends twelve hours after its last request, too."`
	Ways  []string   `json:"ways" doc:"How people can log in here: password, proxy. None where nobody has to."`
}

// maxCredentials is how much of a log-in is read, in octets: of strangers' no more than the longest name and
// password take, every character of them written as an escape.
const maxCredentials = 16 << 10

type credentials struct {
	Body struct {
		Name     string `json:"name" maxLength:"200" doc:"As in console.users of the configuration."`
		Password string `json:"password" maxLength:"1024" doc:"The password itself."`
	}
}

func (c *Console) registerSession(api huma.API) {
	on(c, api, operation{
		id: "get-session", method: http.MethodGet, path: "/session", tag: "Access", role: Anyone,
		summary: "Who you are", about: "Who asks, what they may do, and how people log in here. It needs no login.",
	}, func(ctx context.Context, _ *struct{}) (*Session, error) { return c.session(visitOf(ctx)), nil })
	on(c, api, operation{
		id: "log-in", method: http.MethodPost, path: "/session", tag: "Access", role: Anyone, body: maxCredentials,
		summary: "Log in", about: "Begins a session with a name and a password: the answer sets its cookie. Wrong ones are answered with 401, too many with 429 and a Retry-After header. Programs use a token instead.",
	}, c.logIn)
	on(c, api, operation{
		id: "log-out", method: http.MethodDelete, path: "/session", tag: "Access", role: Anyone,
		summary: "Log out", about: "Ends the session whose cookie comes with the request. Without one it changes nothing.",
	}, c.logOut)
}

func (c *Console) session(v *visit) *Session {
	s := &Session{Name: v.who.Name, Role: v.who.Role.String(), Login: string(v.who.Login), Ways: []string{}}
	if len(c.config.Access.Users) > 0 {
		s.Ways = append(s.Ways, string(LoginPassword))
	}
	if c.config.Access.Proxy.Header != "" {
		s.Ways = append(s.Ways, string(LoginProxy))
	}
	if v.key != "" {
		if _, ends := c.sessions.find(v.key, c.now()); !ends.IsZero() {
			s.Ends = &ends
		}
	}
	return s
}

func (c *Console) logIn(ctx context.Context, in *credentials) (*Session, error) {
	v, a := visitOf(ctx), &c.config.Access
	name, now := in.Body.Name, c.now()
	switch {
	case !a.login():
		return nil, &userError{status: http.StatusConflict, detail: "Nobody has to log in here."}
	case len(a.Users) == 0:
		return nil, &userError{status: http.StatusConflict, detail: "There are no passwords here: log in with the proxy that stands before the console."}
	case !v.confidential:
		return nil, errInClear
	}
	turns := c.door.turns(name, v.who.Address)
	if wait := takeAll(turns, now); wait > 0 {
		c.auditRefusal(ctx, "log in", "too many wrong passwords for "+c.userOrNone(name))
		setHeader(ctx, "Retry-After", strconv.Itoa(seconds(wait)))
		return nil, &userError{status: http.StatusTooManyRequests, detail: fmt.Sprintf("Too many log-ins have failed. Try again in %s.", inWords(wait))}
	}
	user, err := c.door.check(ctx, a.Users, name, in.Body.Password)
	if err != nil {
		giveBackAll(turns) // it was no guess
		return nil, err
	}
	if user == nil {
		c.auditRefusal(ctx, "log in", "wrong name or password: "+c.userOrNone(name))
		return nil, &userError{status: http.StatusUnauthorized, detail: "The name or the password is wrong."}
	}
	giveBackAll(turns)
	c.door.familiar.add(pairOf(name, v.who.Address), now)
	if v.key != "" {
		c.sessions.end(v.key)
	}
	v.key = c.sessions.begin(user, now)
	v.setSession(v.key)
	v.who = Identity{Name: user.Name, Role: user.Role, Login: LoginPassword, Address: v.who.Address}
	c.audit(ctx, "log in")
	return c.session(v), nil
}

// userOrNone is a name for the audit log. One that is no user's may be a password that was typed into the
// wrong field, and is not written down.
func (c *Console) userOrNone(name string) string {
	if slices.ContainsFunc(c.config.Access.Users, func(u User) bool { return u.Name == name }) {
		return name
	}
	return "(no user's name)"
}

// check finds the user with a name and password; nil where there is none. For whom there is not, a hash
// is computed like somebody's, and always like the same one's: neither the time that it takes nor how it
// differs between users says who there is.
func (d *door) check(ctx context.Context, users []User, name, password string) (*User, error) {
	user := &users[maphash.String(d.seed, name)%uint64(len(users))]
	hash, found := user.Password.Like(), false
	for i := range users {
		if users[i].Name == name {
			user, hash, found = &users[i], users[i].Password, true
		}
	}
	select {
	case d.waiting <- struct{}{}:
		defer func() { <-d.waiting }()
	default:
		setHeader(ctx, "Retry-After", "5")
		return nil, &userError{status: http.StatusServiceUnavailable, detail: "Too many people are logging in at this moment. Try again in a few seconds."}
	}
	select {
	case d.hashing <- struct{}{}:
		defer func() { <-d.hashing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if !hash.Matches(password) || !found {
		return nil, nil
	}
	return user, nil
}

func (c *Console) logOut(ctx context.Context, _ *struct{}) (*Session, error) {
	v := visitOf(ctx)
	if v.who.Login == LoginPassword {
		c.audit(ctx, "log out")
		c.sessions.end(v.key)
		v.key, v.who = "", Identity{Address: v.who.Address}
	}
	if c.config.Access.login() {
		v.setSession("")
	}
	return c.session(v), nil
}

// seconds is a wait in whole seconds, rounded up.
func seconds(wait time.Duration) int { return int((wait + time.Second - 1) / time.Second) }

// inWords is a wait as people say it.
func inWords(wait time.Duration) string {
	switch n := seconds(wait); {
	case n == 1:
		return "a second"
	case n <= 90:
		return fmt.Sprintf("%d seconds", n)
	default:
		return fmt.Sprintf("%d minutes", (n+59)/60)
	}
}

// tokensBySum are the programs that may ask, by the sum of their token.
func tokensBySum(tokens []Token) map[secret.Sum]Token {
	out := make(map[secret.Sum]Token, len(tokens))
	for _, t := range tokens {
		out[t.Sum] = t
	}
	return out
}
