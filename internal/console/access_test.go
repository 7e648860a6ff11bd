package console

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/internal/secret"
)

// What people of these tests log in with. The hashes are made once: each takes a tenth of a second.
const (
	editorPassword = "correct horse battery staple"
	viewerPassword = "look but do not touch"
)

var passwords = sync.OnceValue(func() [2]secret.Hash {
	var out [2]secret.Hash
	for i, p := range []string{editorPassword, viewerPassword} {
		h, err := secret.NewHash(p)
		if err != nil {
			panic(err)
		}
		out[i] = h
	}
	return out
})

// guarded is a console with two users, two tokens and a proxy, and a clock that the test moves.
func guarded(t testing.TB) (*Console, *clock, map[string]string) {
	t.Helper()
	c, _ := fleet(t)
	now := &clock{at: noon}
	tokens := map[string]string{"prometheus": secret.NewToken(), "robot": secret.NewToken()}
	config := c.config
	config.Now, config.Data, config.Log = now.now, t.TempDir(), slog.New(slog.DiscardHandler)
	config.Access = Access{
		Users:  []User{{"alice", Editor, passwords()[0]}, {"bob", Viewer, passwords()[1]}},
		Tokens: []Token{{"prometheus", Viewer, secret.SumOf(tokens["prometheus"])}, {"robot", Editor, secret.SumOf(tokens["robot"])}},
		Proxy: Proxy{
			From:   []netip.Prefix{netip.MustParsePrefix("192.0.2.80/32"), netip.MustParsePrefix("2001:db8:80::/64")},
			Header: "X-Forwarded-User", RoleHeader: "X-Forwarded-Role", Role: Viewer,
		},
		PublicURL: "https://flows.example.net",
	}
	return New(config), now, tokens
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// asking is a request of these tests. Its zero value comes over loopback.
type asking struct {
	method, path, body string
	from               string // address; "" = 127.0.0.1
	header             []string
	tls                bool
}

func (a asking) of(h http.Handler) *httptest.ResponseRecorder {
	method := a.method
	if method == "" {
		method = http.MethodGet
	}
	r := httptest.NewRequest(method, "/", strings.NewReader(a.body))
	if a.body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	u, err := url.Parse(a.path)
	if err != nil {
		panic(err)
	}
	r.URL, r.Host, r.RemoteAddr = u, "127.0.0.1:8080", "127.0.0.1:40000"
	if a.from != "" {
		r.RemoteAddr = net.JoinHostPort(a.from, "40000")
	}
	if a.tls {
		r.TLS = &tls.ConnectionState{}
	}
	for i := 0; i+1 < len(a.header); i += 2 {
		if a.header[i] == "Host" {
			r.Host = a.header[i+1]
		} else {
			r.Header.Add(a.header[i], a.header[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func detailOf(w *httptest.ResponseRecorder) string {
	var p problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		return "no problem details: " + w.Body.String()
	}
	return p.Detail
}

func bodyOf[T any](t testing.TB, w *httptest.ResponseRecorder) T {
	t.Helper()
	var out T
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return out
}

func credentialsOf(name, password string) string {
	b, err := json.Marshal(map[string]string{"name": name, "password": password})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// logIn returns the cookie of a new session, as a browser sends it.
func logIn(t testing.TB, h http.Handler, name, password string) string {
	t.Helper()
	w := asking{method: "POST", path: "/api/v1/session", body: credentialsOf(name, password)}.of(h)
	if w.Code != 200 {
		t.Fatalf("log-in of %s: %d %s", name, w.Code, w.Body)
	}
	cookie, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	return cookie
}

// TestStrangers: who has not logged in gets the log-in page and nothing that holds data.
func TestStrangers(t *testing.T) {
	c, _, _ := guarded(t)
	fakePages(t, c)
	writeReport(t, c.reports, "2026Q1")
	h := c.Handler()
	f := func(path, accept string, status int, location string) {
		t.Helper()
		w := asking{path: path, header: []string{"Accept", accept}}.of(h)
		if w.Code != status || w.Header().Get("Location") != location {
			t.Errorf("%s: %d to %q, want %d to %q", path, w.Code, w.Header().Get("Location"), status, location)
		}
		if status == 401 && (w.Header().Get("WWW-Authenticate") == "" || w.Header().Get("Content-Type") != "application/problem+json") {
			t.Errorf("%s: %v", path, w.Header())
		}
		if (status == 401 || status == 303) && w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept", path)
		}
	}
	const page, any = "text/html,*/*;q=0.8", "*/*"
	f("/healthz", any, 200, "")
	f("/login", page, 200, "")
	f("/login?next=%2Fexplore", page, 200, "")
	f("/assets/index-Ab12.js", any, 200, "")
	f("/api/v1/session", any, 200, "")
	f("/", page, 303, "/login")
	f("/", any, 303, "/login")
	f("/index.html", page, 303, "/login?next=%2Findex.html")
	f("/explore?by=type&where=region%20%3D%20X", page, 303, "/login?next=%2Fexplore%3Fby%3Dtype%26where%3Dregion%2520%253D%2520X")
	f("/nowhere", page, 303, "/login?next=%2Fnowhere")
	f("/nowhere", any, 401, "")
	f("//evil.example/", page, 303, "/login")
	f("/reports/2026Q1/", page, 303, "/login?next=%2Freports%2F2026Q1%2F")
	f("/reports/2026Q1/dataset.csv", any, 401, "")
	f("/reports/2026Q1/figures/volume.svg", "image/*", 401, "")
	f("/metrics", page, 401, "")
	f("/metrics", any, 401, "")
	for _, path := range []string{"status", "overview", "reports", "views", "audit", "openapi.json", "openapi.yaml", "openapi-3.0.json", "explore", "", "nothing"} {
		f("/api/v1/"+path, page, 401, "")
	}
	w := asking{method: "POST", path: "/explore", body: "{}"}.of(h)
	if w.Code != 401 {
		t.Errorf("POST of a page: %d", w.Code)
	}
}

// TestOverEveryOperation: no operation of the API answers who has not logged in, and none that changes
// something answers a viewer.
func TestOverEveryOperation(t *testing.T) {
	c, _, tokens := guarded(t)
	h := c.Handler()
	paths := bodyOf[struct {
		Paths map[string]map[string]struct{ OperationID string }
	}](t, asking{path: "/api/v1/openapi.json", header: []string{"Authorization", "Bearer " + tokens["prometheus"]}}.of(h)).Paths
	if len(paths) < 8 {
		t.Fatalf("%d paths", len(paths))
	}
	for path, methods := range paths {
		for method := range methods {
			if path == "/api/v1/session" {
				continue
			}
			at := strings.NewReplacer("{", "", "}", "").Replace(path)
			ask := asking{method: strings.ToUpper(method), path: at, body: map[bool]string{false: "{}"}[method == "get"]}
			if w := ask.of(h); w.Code != 401 {
				t.Errorf("%s %s answers a stranger with %d", method, path, w.Code)
			}
			if method == "get" {
				continue
			}
			ask.header = []string{"Authorization", "Bearer " + tokens["prometheus"]}
			switch { // what an editor may ask
			case method == "delete" || path == "/api/v1/catalogue/reload":
				ask.body = ""
			case strings.HasPrefix(path, "/api/v1/views/"):
				ask.body = `{"query":"x"}`
			case path == "/api/v1/reports":
				ask.body = `{"period":"2026-05"}`
			default:
				ask.body = `{"entries":[{"as":64500,"name":"x","type":"cdn"}]}`
			}
			if w := ask.of(h); w.Code != 403 {
				t.Errorf("%s %s answers a viewer with %d %s", method, path, w.Code, w.Body)
			}
		}
	}
}

func TestSessionCookie(t *testing.T) {
	c, now, _ := guarded(t)
	h := c.Handler()
	in := asking{method: "POST", path: "/api/v1/session", body: credentialsOf("alice", editorPassword)}
	w := in.of(h)
	cookie := w.Header().Get("Set-Cookie")
	if w.Code != 200 || !strings.HasPrefix(cookie, "tributary=") || !strings.Contains(cookie, "; Path=/; ") || !strings.Contains(cookie, "; HttpOnly") || !strings.Contains(cookie, "; SameSite=Strict") || strings.Contains(cookie, "Secure") {
		t.Errorf("over loopback: %d %s", w.Code, cookie)
	}
	if s := bodyOf[Session](t, w); s.Name != "alice" || s.Role != "editor" || s.Login != "password" || s.Ends == nil || !s.Ends.Equal(noon.Add(sessionAge)) || strings.Join(s.Ways, " ") != "password proxy" {
		t.Errorf("%+v", s)
	}
	if w.Header().Get("Strict-Transport-Security") != "" {
		t.Error("plain HTTP is told to be HTTPS from now on")
	}
	in.tls = true
	w = in.of(h)
	if cookie := w.Header().Get("Set-Cookie"); !strings.HasPrefix(cookie, "__Host-tributary=") || !strings.Contains(cookie, "; Secure") || strings.Contains(cookie, "Domain") {
		t.Errorf("over TLS: %s", cookie)
	}
	if w.Header().Get("Strict-Transport-Security") == "" {
		t.Error("TLS is not told to stay")
	}
	in.tls, in.from = false, "192.0.2.80"
	if cookie := in.of(h).Header().Get("Set-Cookie"); !strings.HasPrefix(cookie, "__Host-tributary=") {
		t.Errorf("by a proxy that encrypts: %s", cookie)
	}
	in.from = "198.51.100.1"
	if w := in.of(h); w.Code != 403 || w.Header().Get("Set-Cookie") != "" || !strings.Contains(detailOf(w), "encrypted") {
		t.Errorf("in the clear, past the proxy: %d %s", w.Code, w.Body)
	}
	mine := logIn(t, h, "bob", viewerPassword)
	key := strings.TrimPrefix(mine, "tributary=")
	if w := (asking{path: "/api/v1/status", from: "198.51.100.1", header: []string{"Cookie", mine}}).of(h); w.Code != 401 {
		t.Errorf("a session in the clear: %d", w.Code)
	}
	if w := (asking{path: "/api/v1/status", tls: true, header: []string{"Cookie", mine}}).of(h); w.Code != 401 {
		t.Errorf("over TLS with the cookie of plain HTTP, which anybody in between can set: %d", w.Code)
	}
	if w := (asking{path: "/api/v1/status", header: []string{"Cookie", "tributary=" + strings.Repeat("A", 43) + "; " + mine}}).of(h); w.Code != 200 {
		t.Errorf("beside another cookie of the name: %d", w.Code)
	}
	if _, found := c.sessions.bySum[secret.SumOf(key)]; !found || !secret.IsKey(key) {
		t.Error("the session is not kept under its key's sum")
	}

	// It ends when it is idle, when it is old, and when it is ended.
	alive := func(want int) {
		t.Helper()
		if w := (asking{path: "/api/v1/status", header: []string{"Cookie", mine}}).of(h); w.Code != want {
			t.Errorf("%v after noon: %d, want %d", now.now().Sub(noon), w.Code, want)
		}
	}
	now.pass(sessionIdle - time.Second)
	alive(200)
	now.pass(sessionIdle)
	alive(401)
	mine = logIn(t, h, "bob", viewerPassword)
	for range int(sessionAge/sessionIdle)*2 - 1 {
		now.pass(sessionIdle / 2)
		alive(200)
	}
	now.pass(sessionIdle / 2)
	alive(401)
	mine = logIn(t, h, "bob", viewerPassword)
	w = asking{method: "DELETE", path: "/api/v1/session", header: []string{"Cookie", mine}}.of(h)
	if s := bodyOf[Session](t, w); s.Role != "anyone" || s.Name != "" || !strings.Contains(w.Header().Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("logged out: %+v %s", s, w.Header().Get("Set-Cookie"))
	}
	alive(401)
	if w := (asking{method: "DELETE", path: "/api/v1/session"}).of(h); w.Code != 200 {
		t.Errorf("logging out twice: %d", w.Code)
	}

	// Logging in again ends the session that there was; too many sessions end the one longest unused.
	first := logIn(t, h, "bob", viewerPassword)
	w = asking{method: "POST", path: "/api/v1/session", body: credentialsOf("alice", editorPassword), header: []string{"Cookie", first}}.of(h)
	if mine = first; w.Code != 200 {
		t.Fatal(w.Code)
	}
	alive(401)
	alices := logIn(t, h, "alice", editorPassword)
	mine = logIn(t, h, "bob", viewerPassword)
	for range maxSessions {
		now.pass(time.Second)
		c.sessions.begin(&c.config.Access.Users[1], now.now())
	}
	alive(401)
	mine = alices
	alive(200)
	if n := len(c.sessions.bySum); n > 2*maxSessions {
		t.Errorf("%d sessions", n)
	}
}

// TestGuessing: wrong passwords are slowed down by name and by address, and the answers do not tell
// whether there is such a user.
func TestGuessing(t *testing.T) {
	c, now, _ := guarded(t)
	h := c.Handler()
	try := func(name, password, from string) *httptest.ResponseRecorder {
		return asking{method: "POST", path: "/api/v1/session", body: credentialsOf(name, password), from: from, tls: true}.of(h)
	}
	// Somebody has logged in here before.
	if w := try("alice", editorPassword, "203.0.113.9"); w.Code != 200 {
		t.Fatal(w.Code)
	}
	for _, name := range []string{"alice", "nobody"} {
		for i := range pairBurst {
			w := try(name, "wrong password", "198.51.100.1")
			if w.Code != 401 || detailOf(w) != "The name or the password is wrong." || w.Header().Get("Set-Cookie") != "" {
				t.Fatalf("%s, %d: %d %s", name, i, w.Code, w.Body)
			}
		}
		w := try(name, map[string]string{"alice": editorPassword}[name], "198.51.100.1")
		if w.Code != 429 || w.Header().Get("Retry-After") != "60" || detailOf(w) != "Too many log-ins have failed. Try again in 60 seconds." {
			t.Errorf("%s, once more: %d %v %s", name, w.Code, w.Header(), w.Body)
		}
	}
	if w := try("alice", editorPassword, "198.51.100.2"); w.Code != 200 {
		t.Errorf("the user is kept out by somebody else's guessing: %d %s", w.Code, w.Body)
	}
	if w := try("bob", viewerPassword, "198.51.100.1"); w.Code != 200 {
		t.Errorf("another user: %d", w.Code)
	}
	now.pass(pairEvery)
	if w := try("alice", editorPassword, "198.51.100.1"); w.Code != 200 {
		t.Errorf("after a minute: %d %s", w.Code, w.Body)
	}
	// One address, many names.
	for i := range addressBurst {
		if w := try("n"+string(rune('a'+i)), "x", "2001:db8::1"); w.Code != 401 {
			t.Fatalf("%d: %d", i, w.Code)
		}
	}
	w := try("zz", "x", "2001:db8::ffff")
	if w.Code != 429 || w.Header().Get("Retry-After") != "15" {
		t.Errorf("the same network once more: %d %v", w.Code, w.Header())
	}
	if w := try("zz", "x", "2001:db8:0:1::1"); w.Code != 401 {
		t.Errorf("another network: %d", w.Code)
	}
	// Behind the proxy, the address is the one that the proxy names last.
	by := func(forwarded string) int {
		return asking{method: "POST", path: "/api/v1/session", body: credentialsOf("q", "x"), from: "192.0.2.80", header: []string{"X-Forwarded-For", forwarded}}.of(h).Code
	}
	for range pairBurst {
		by("192.0.2.1, 2001:db8::7")
	}
	if got := by("2001:db8::7"); got != 429 {
		t.Errorf("%d", got)
	}
	if w := (asking{method: "POST", path: "/api/v1/session", body: `{"name":"a","password":"` + strings.Repeat("x", 1025) + `"}`}).of(h); w.Code != 400 {
		t.Errorf("a password of 1,025 octets: %d", w.Code)
	}
}

func TestLimiter(t *testing.T) {
	l := limiter{burst: 3, every: time.Minute}
	f := func(key string, at time.Duration, want time.Duration) {
		t.Helper()
		if got := l.take(key, noon.Add(at)); got != want {
			t.Errorf("%s at %v: wait %v, want %v", key, at, got, want)
		}
	}
	f("a", 0, 0)
	f("a", 0, 0)
	f("a", 0, 0)
	f("a", 0, time.Minute)
	f("a", 10*time.Second, 50*time.Second)
	f("b", 0, 0)
	f("a", time.Minute, 0)
	f("a", time.Minute, time.Minute)
	l.giveBack("a")
	f("a", time.Minute, 0)
	f("a", time.Hour, 0)
	for i := range 3 * maxLimited {
		l.take(string(rune('a'+i%26))+time.Duration(i).String(), noon.Add(time.Duration(i)))
	}
	if len(l.whole) > maxLimited {
		t.Errorf("%d keys, want at most %d", len(l.whole), maxLimited)
	}
	var known familiar
	for i := range 2 * maxLimited {
		known.add(pairOf("a", netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}).String()), noon.Add(time.Duration(i)))
	}
	if len(known.pairs) > maxLimited || known.has(pairOf("a", "10.0.0.0")) || !known.has(pairOf("a", "10.0.31.255")) {
		t.Errorf("%d pairs", len(known.pairs))
	}
}

// TestGuessingFromManyPlaces: one name guessed at many addresses is slowed down at all where it never
// logged in, and only there; and what the process was too busy to check was no guess.
func TestGuessingFromManyPlaces(t *testing.T) {
	d := newDoor()
	at := func(n int) string { return netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}).String() }
	d.familiar.add(pairOf("alice", at(5000)), noon)
	for n := range nameBurst {
		if wait := takeAll(d.turns("alice", at(n)), noon); wait > 0 {
			t.Fatalf("at address %d: wait %v", n, wait)
		}
	}
	if wait := takeAll(d.turns("alice", at(1000)), noon); wait != nameEvery {
		t.Errorf("once more: wait %v", wait)
	}
	if wait := takeAll(d.turns("alice", at(5000)), noon); wait > 0 {
		t.Errorf("where she logs in: wait %v", wait)
	}
	for range 2 * addressBurst { // what was refused has used up nothing
		if wait := takeAll(d.turns("alice", at(1000)), noon); wait != nameEvery {
			t.Fatalf("once more: wait %v", wait)
		}
	}

	c, _, _ := guarded(t)
	for range cap(c.door.waiting) {
		c.door.waiting <- struct{}{}
	}
	for range 2 * addressBurst {
		w := asking{method: "POST", path: "/api/v1/session", body: credentialsOf("bob", viewerPassword)}.of(c.Handler())
		if w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	for range cap(c.door.waiting) {
		<-c.door.waiting
	}
	logIn(t, c.Handler(), "bob", viewerPassword)
}

// TestNothingFromInside: what is wrong with a request is said in our words, and what is wrong with the
// process to those who have logged in.
func TestNothingFromInside(t *testing.T) {
	c, _, tokens := guarded(t)
	h := c.Handler()
	f := func(body string, status int, want string) {
		t.Helper()
		w := asking{method: "POST", path: "/api/v1/session", body: body}.of(h)
		if w.Code != status || !strings.Contains(detailOf(w), want) || !strings.HasSuffix(detailOf(w), ".") || strings.Contains(w.Body.String(), "json:") || strings.Contains(w.Body.String(), "struct") {
			t.Errorf("%.60s: %d %s", body, w.Code, w.Body)
		}
	}
	f(`{"name":5,"name":"a","password":"b"}`, 400, "a name stands twice")
	f(`{"name":"a","NAME":5,"password":"b"}`, 400, "a name stands twice")
	f(`{"name":"a","password":"`+strings.Repeat("x", maxCredentials)+`"}`, 413, "too large")
	f(strings.Repeat("[", 12000), 400, "max depth")
	f(`{"name":"a"}`, 400, "password")

	c.config.Live.SetProblem("commit", "cannot write /var/lib/tributary/x")
	if w := (asking{path: "/healthz"}).of(h); w.Code != 503 || strings.Contains(w.Body.String(), "/var") || !strings.Contains(w.Body.String(), "logged in") {
		t.Errorf("a stranger: %d %s", w.Code, w.Body)
	}
	if w := (asking{path: "/healthz", header: []string{"Authorization", "Bearer " + tokens["prometheus"]}}).of(h); w.Code != 503 || !strings.Contains(w.Body.String(), "/var/lib") {
		t.Errorf("a viewer: %d %s", w.Code, w.Body)
	}
}

// TestPanicIsLogged: the stack of an answer that panicked is in the log, and broken clients are not.
func TestPanicIsLogged(t *testing.T) {
	var said bytes.Buffer
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("of a test") }))
	server.Config.ErrorLog = log.New(serverLog{slog.New(slog.NewTextHandler(&said, nil))}, "", 0)
	server.Start()
	if _, err := http.Get(server.URL); err == nil {
		t.Error("a panic is answered")
	}
	server.Close()
	server.Config.ErrorLog.Print("http: TLS handshake error from 192.0.2.1:1: EOF")
	if s := said.String(); !strings.Contains(s, "level=ERROR") || !strings.Contains(s, "of a test") || !strings.Contains(s, "access_test.go") || strings.Contains(s, "TLS") {
		t.Errorf("%s", s)
	}
}

// TestLines: who asks too much at once waits for themselves, and everybody else is answered.
func TestLines(t *testing.T) {
	c, _, tokens := guarded(t)
	h := c.Handler()
	robot := Identity{Name: "robot", Login: LoginToken}
	var leaves []func()
	for range maxAtOnce {
		leave, ok := c.lines.enter(t.Context(), &robot)
		if !ok {
			t.Fatal("it waits although there is room")
		}
		leaves = append(leaves, leave)
	}
	ctx, stop := context.WithCancel(t.Context())
	entered := make(chan bool)
	for range maxInLine {
		go func() {
			leave, ok := c.lines.enter(ctx, &robot)
			if ok {
				leave()
			}
			entered <- ok
		}()
	}
	inLine := func() int {
		c.lines.mu.Lock()
		defer c.lines.mu.Unlock()
		return c.lines.by["token\x00robot"].in
	}
	for inLine() < maxAtOnce+maxInLine {
		time.Sleep(time.Millisecond)
	}
	ask := func(name string) *httptest.ResponseRecorder {
		return asking{path: "/api/v1/status", header: []string{"Authorization", "Bearer " + tokens[name]}}.of(h)
	}
	if w := ask("robot"); w.Code != 429 || w.Header().Get("Retry-After") == "" || detailOf(w) != tooMany {
		t.Errorf("one too many: %d %s", w.Code, w.Body)
	}
	if w := ask("prometheus"); w.Code != 200 {
		t.Errorf("somebody else: %d %s", w.Code, w.Body)
	}
	leaves[0]()
	if !<-entered {
		t.Error("nobody is let in where somebody has left")
	}
	stop()
	for range maxInLine - 1 {
		<-entered // those that were let in before it stopped, too
	}
	for _, leave := range leaves[1:] {
		leave()
	}
	if w := ask("robot"); w.Code != 200 || len(c.lines.by) != 0 {
		t.Errorf("after it: %d, %d lines", w.Code, len(c.lines.by))
	}
	if p, ok := errors.AsType[*problem](c.problemOf(expired(t), operation{}, context.DeadlineExceeded)); !ok || p.Status != 503 || !strings.Contains(p.Detail, "longer than a minute") {
		t.Errorf("%+v", p)
	}
}

// expired is the context of a question that has taken too long.
func expired(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	t.Cleanup(cancel)
	return ctx
}

// TestHashingIsBounded: a hundred log-ins at once hash two at a time, and those that would wait too long
// are told to come again.
func TestHashingIsBounded(t *testing.T) {
	d := newDoor()
	for range maxHashing {
		d.hashing <- struct{}{}
	}
	users := []User{{"alice", Editor, passwords()[0]}}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	for range maxHashing + maxWaiting {
		go func() {
			_, err := d.check(ctx, users, "alice", "x")
			ended <- err
		}()
	}
	for len(d.waiting) < cap(d.waiting) {
		time.Sleep(time.Millisecond)
	}
	if _, err := d.check(ctx, users, "alice", "x"); err == nil || !strings.HasPrefix(err.Error(), "Too many people are logging in") {
		t.Errorf("one too many: %v", err)
	}
	stop()
	for range maxHashing + maxWaiting {
		if err := <-ended; err == nil {
			t.Error("one waited beyond its request")
		}
	}
}

func TestTokens(t *testing.T) {
	c, _, tokens := guarded(t)
	h := c.Handler()
	f := func(authorization string, status int) *httptest.ResponseRecorder {
		t.Helper()
		w := asking{path: "/api/v1/status", header: []string{"Authorization", authorization}}.of(h)
		if w.Code != status {
			t.Errorf("%s: %d, want %d", authorization, w.Code, status)
		}
		return w
	}
	f("Bearer "+tokens["prometheus"], 200)
	f("bearer "+tokens["robot"], 200)
	w := f("Bearer "+secret.NewToken(), 401)
	if w.Header().Get("WWW-Authenticate") == "" || !strings.Contains(detailOf(w), "There is no such token.") {
		t.Errorf("%v %s", w.Header(), w.Body)
	}
	for _, wrong := range []string{"Bearer", "Bearer ", "Bearer " + tokens["robot"] + "x", "Bearer  " + tokens["robot"], "Bearer " + strings.ToUpper(tokens["robot"]), "Bearer sha256:" + secret.SumOf(tokens["robot"]).String(), tokens["robot"], "Basic YWxpY2U6eA=="} {
		f(wrong, 401)
	}
	for _, path := range []string{"/metrics", "/api/v1/openapi.json"} {
		if w := (asking{path: path, header: []string{"Authorization", "Bearer " + tokens["prometheus"]}}).of(h); w.Code != 200 {
			t.Errorf("%s with a token: %d", path, w.Code)
		}
	}
	if w := (asking{path: "/api/v1/status", from: "198.51.100.1", header: []string{"Authorization", "Bearer " + tokens["robot"]}}).of(h); w.Code != 403 {
		t.Errorf("in the clear: %d", w.Code)
	}
	s := bodyOf[Session](t, asking{path: "/api/v1/session", header: []string{"Authorization", "Bearer " + tokens["robot"]}}.of(h))
	if s.Name != "robot" || s.Role != "editor" || s.Login != "token" {
		t.Errorf("%+v", s)
	}
}

// TestProxyHeader: the header is believed from the proxy's addresses, whatever X-Forwarded-For says, and
// refused from all others.
func TestProxyHeader(t *testing.T) {
	c, _, tokens := guarded(t)
	h := c.Handler()
	f := func(from string, status int, who string, header ...string) {
		t.Helper()
		w := asking{path: "/api/v1/session", from: from, header: header}.of(h)
		if w.Code != status {
			t.Errorf("from %s with %q: %d %s, want %d", from, header, w.Code, w.Body, status)
		} else if status == 200 {
			if s := bodyOf[Session](t, w); s.Login+" "+s.Name+" "+s.Role != who {
				t.Errorf("from %s with %q: %+v, want %s", from, header, s, who)
			}
		}
	}
	const user, role = "X-Forwarded-User", "X-Forwarded-Role"
	f("192.0.2.80", 200, "proxy carol viewer", user, "carol")
	f("2001:db8:80::1", 200, "proxy carol editor", user, "carol", role, "editor")
	f("::ffff:192.0.2.80", 200, "proxy carol viewer", user, "carol", role, "viewer")
	f("192.0.2.80", 200, "proxy Zoë O'Hara viewer", "x-forwarded-user", "Zoë O'Hara")
	f("192.0.2.80", 200, "  anyone")
	f("192.0.2.80", 200, "  anyone", user, "")
	f("192.0.2.80", 403, "", user, "carol", role, "root")
	f("192.0.2.80", 403, "", user, "carol", user, "mallory")
	f("192.0.2.80", 403, "", user, "carol", role, "viewer", role, "editor")
	f("192.0.2.80", 403, "", user, strings.Repeat("x", 81))
	f("192.0.2.80", 403, "", user, "a\x80b")
	f("192.0.2.81", 403, "", user, "carol")
	f("127.0.0.1", 403, "", user, "carol")
	f("127.0.0.1", 403, "", role, "editor")
	f("127.0.0.1", 403, "", user, "")
	f("198.51.100.1", 403, "", user, "carol", "X-Forwarded-For", "192.0.2.80")
	f("127.0.0.1", 403, "", user, "carol", "Authorization", "Bearer "+tokens["robot"])
	f("192.0.2.80", 200, "proxy carol viewer", user, "carol", "Authorization", "Bearer "+tokens["robot"])

	only := New(Config{Live: c.config.Live, Access: Access{Proxy: c.config.Access.Proxy}})
	w := asking{method: "POST", path: "/api/v1/session", body: credentialsOf("a", "b")}.of(only.Handler())
	if w.Code != 409 || !strings.Contains(detailOf(w), "log in with the proxy") {
		t.Errorf("a password where there are none: %d %s", w.Code, w.Body)
	}
}

// TestOtherSites: what a page of another site can make a browser send changes nothing.
func TestOtherSites(t *testing.T) {
	c, _, _ := guarded(t)
	h := c.Handler()
	alice := logIn(t, h, "alice", editorPassword)
	f := func(status int, header ...string) {
		t.Helper()
		ask := asking{method: "PUT", path: "/api/v1/views/a", body: `{"query":"by=type"}`, header: append([]string{"Cookie", alice, "If-Match", "*"}, header...)}
		if status == 200 { // there must be one to be replaced
			asking{method: "PUT", path: "/api/v1/views/a", body: `{"query":"by=region"}`, header: []string{"Cookie", alice}}.of(h)
		}
		if w := ask.of(h); w.Code != status {
			t.Errorf("%q: %d %s, want %d", header, w.Code, w.Body, status)
		}
	}
	f(200)
	f(200, "Sec-Fetch-Site", "same-origin", "Origin", "http://127.0.0.1:8080")
	f(200, "Origin", "http://127.0.0.1:8080")
	f(200, "Sec-Fetch-Site", "none")
	f(200, "Origin", "https://flows.example.net") // the proxy's address
	f(403, "Sec-Fetch-Site", "cross-site")
	f(403, "Sec-Fetch-Site", "same-site")
	f(403, "Sec-Fetch-Site", "whatever")
	f(403, "Sec-Fetch-Site", "cross-site", "Origin", "http://127.0.0.1:8080")
	f(403, "Origin", "https://evil.example")
	f(403, "Origin", "http://127.0.0.1:8081")
	f(403, "Origin", "null")
	f(403, "Origin", "https://flows.example.net.evil.example")
	for _, method := range []string{"POST", "DELETE"} {
		w := asking{method: method, path: "/api/v1/session", body: map[string]string{"POST": credentialsOf("alice", editorPassword)}[method], header: []string{"Cookie", alice, "Origin", "https://evil.example"}}.of(h)
		if w.Code != 403 || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s of a session by another site: %d", method, w.Code)
		}
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/json-patch", "text/plain; application/json"} {
		r := httptest.NewRequest("POST", "/api/v1/session", strings.NewReader(credentialsOf("alice", editorPassword)))
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 415 {
			t.Errorf("Content-Type %q: %d, want 415", kind, w.Code)
		}
	}
	for want, sets := range map[int][][]string{
		200: {{}, {"same-origin", "cors", "empty"}, {"none", "navigate", "document"}, {"cross-site", "navigate", "document"}},
		403: {{"cross-site", "no-cors", "image"}, {"same-site", "cors", "empty"}, {"cross-site", "navigate", "iframe"}, {"cross-site"}},
	} {
		for _, set := range sets {
			ask := asking{path: "/api/v1/views", header: []string{"Cookie", alice}}
			for i, value := range set {
				ask.header = append(ask.header, []string{"Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"}[i], value)
			}
			if w := ask.of(h); w.Code != want {
				t.Errorf("read as %q: %d, want %d", set, w.Code, want)
			}
		}
	}
	loopback := func(host string) int {
		r := httptest.NewRequest("GET", "/api/v1/session", nil)
		r.Host, r.RemoteAddr = host, "127.0.0.1:1"
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080})))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	for host, want := range map[string]int{"flows.example.net": 200, "FLOWS.example.net:443": 200, "evil.example": 421, "flows.example.net.evil.example": 421, "": 421} {
		if got := loopback(host); got != want {
			t.Errorf("Host %q over loopback: %d, want %d", host, got, want)
		}
	}
}

// TestRoutesAreCounted: the guard does not hide from the metrics which route was asked.
func TestRoutesAreCounted(t *testing.T) {
	c, _, tokens := guarded(t)
	h := c.Handler()
	asking{path: "/api/v1/status", header: []string{"Authorization", "Bearer " + tokens["robot"]}}.of(h)
	w := asking{path: "/metrics", header: []string{"Authorization", "Bearer " + tokens["robot"]}}.of(h)
	if !strings.Contains(w.Body.String(), `tributary_console_requests_total{code="200",route="/api/v1/status"} 1`) {
		t.Error("the route of a request is not counted")
	}
}
