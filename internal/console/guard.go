package console

import (
	"context"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"

	"tributary/internal/secret"
)

// pagePolicy is the content security policy of the pages: everything from here, nothing inline.
// ECharts sets styles from script, which no policy forbids.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// gate is what a console keeps of those who come to it.
type gate struct {
	sessions sessions
	door     *door
	tokens   map[secret.Sum]Token
	views    views
	audits   auditFile
	lines    lines         // of those who ask the API
	files    turnstile     // before the making of large files
	refusals limiter       // of what the audit log notes of them
	unnoted  atomic.Uint64 // refusals left out of it
}

func newGate(c *Config) *gate {
	g := &gate{
		door: newDoor(), tokens: tokensBySum(c.Access.Tokens), audits: auditFile{path: auditPath(c.Data)},
		refusals: limiter{burst: refusalBurst, every: refusalEvery}, files: make(turnstile, filesAtOnce),
	}
	if c.Data != "" {
		g.views.path = filepath.Join(c.Data, viewsName)
	}
	return g
}

// guard sets the headers that every answer carries, and decides who may ask what: it turns away what no
// page of ours sends, finds who asks, and lets those who have not said so to the log-in page only. What
// a role may not do is refused by the operation (on).
func (c *Console) guard(next http.Handler) http.Handler {
	origins := http.NewCrossOriginProtection()
	if public := c.config.Access.PublicURL; public != "" {
		if err := origins.AddTrustedOrigin(public); err != nil {
			panic("BUG: public URL: " + err.Error())
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if !c.ownHost(r) {
			refuse(w, r, http.StatusMisdirectedRequest, "The console listens on loopback and answers to its address, to localhost and to the host of console.public_url only. A proxy in front of it has to send one of them as the Host.")
			return
		}
		v, wrong := c.visitBy(r)
		v.header = h
		if v.encrypted {
			h.Set("Strict-Transport-Security", "max-age=31536000") // a year; of this host only
		}
		*r = *r.WithContext(context.WithValue(r.Context(), visitKey{}, v)) // in place: the route is read from it afterwards
		switch {
		case wrong != nil:
			c.auditRefusal(r.Context(), r.URL.Path, wrong.detail)
			if wrong.status == http.StatusUnauthorized {
				h.Set("WWW-Authenticate", `Bearer realm="Tributary"`)
			}
			refuse(w, r, wrong.status, wrong.detail)
		case origins.Check(r) != nil:
			c.auditRefusal(r.Context(), r.URL.Path, "from a page of another site: "+clip(r.Header.Get("Origin")))
			refuse(w, r, http.StatusForbidden, "This change was asked for by a page of another site. Behind a proxy, set console.public_url to the address that people use.")
		case !linked(r):
			refuse(w, r, http.StatusForbidden, "A page of another site asks for this. Other sites can link to the console, and show nothing of it.")
		case !jsonOnly(r):
			refuse(w, r, http.StatusUnsupportedMediaType, "What is sent has to be JSON: Content-Type: application/json.")
		case v.who.Role == Anyone && !c.open(r):
			turnAway(w, r)
		case v.who.Role > Anyone && strings.HasPrefix(r.URL.Path, "/api/"):
			c.serveInLine(w, r, next)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// serveInLine answers a question to the API when it is the turn of whoever asks, and in bounded time.
func (c *Console) serveInLine(w http.ResponseWriter, r *http.Request, next http.Handler) {
	ctx, cancel := context.WithTimeout(r.Context(), longestAnswer)
	defer cancel()
	*r = *r.WithContext(ctx)
	leave, ok := c.lines.enter(ctx, &visitOf(ctx).who)
	if !ok {
		w.Header().Set("Retry-After", "1")
		refuse(w, r, http.StatusTooManyRequests, tooMany)
		return
	}
	defer leave()
	next.ServeHTTP(w, r)
}

// linked reports whether what is read is not for a page of another site: that may link to the console, but
// not have the browsers of its readers ask costly questions, nor learn from how long they take. Browsers
// older than 2023 do not say.
func linked(r *http.Request) bool {
	h := r.Header
	switch h.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return true
	}
	return h.Get("Sec-Fetch-Mode") == "navigate" && h.Get("Sec-Fetch-Dest") == "document"
}

// open reports whether a path is for those who have not logged in too: the log-in page and what it is
// made of, which holds no data, and whether the process is well.
func (c *Console) open(r *http.Request) bool {
	switch r.URL.Path {
	case "/healthz", "/login", "/api/v1/session", "/favicon.ico":
		return true
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	return c.pages[name] != nil && name != "index.html"
}

// turnAway sends people to the log-in page and tells programs to say who they are.
func turnAway(w http.ResponseWriter, r *http.Request) {
	p := r.URL.Path
	forPeople := r.Method == http.MethodGet || r.Method == http.MethodHead
	if strings.HasPrefix(p, "/api/") || p == "/metrics" || !isApplication(strings.TrimPrefix(p, "/")) && !strings.Contains(r.Header.Get("Accept"), "text/html") {
		forPeople = false
	}
	w.Header().Set("Cache-Control", "no-store")
	if forPeople {
		http.Redirect(w, r, logInAt(r.URL), http.StatusSeeOther)
		return
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="Tributary"`)
	refuse(w, r, http.StatusUnauthorized, "Log in first, at /login, or send a token: Authorization: Bearer trb_....")
}

// logInAt is the address of the log-in page that leads back to where somebody wanted to go.
func logInAt(to *url.URL) string {
	next := to.EscapedPath()
	if to.RawQuery != "" {
		next += "?" + to.RawQuery
	}
	if next = localPath(next); next == "/" {
		return "/login"
	}
	return "/login?next=" + url.QueryEscape(next)
}

// maxNext is the longest way back that is kept: the longest question of the explore page is shorter.
const maxNext = 8 << 10

// localPath is next where that leads to a page of the console, else "/". A browser reads "//host" and
// "/\host" as another host, and drops tabs and line ends before it reads.
func localPath(next string) string {
	if len(next) > maxNext || !strings.HasPrefix(next, "/") || strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }) {
		return "/"
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || strings.HasPrefix(next, "//") || path.Clean(u.Path) == "/login" {
		return "/"
	}
	return next
}

// jsonOnly reports whether what a request brings is JSON, which no form of another site can send.
func jsonOnly(r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.ContentLength == 0 {
		return true
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// ownHost reports whether a request that came over loopback names this machine. A page elsewhere could
// otherwise let a name of its own point to 127.0.0.1 and have the operator's browser read the console
// for it (DNS rebinding).
func (c *Console) ownHost(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return true
	}
	if at, err := netip.ParseAddrPort(local.String()); err != nil || !at.Addr().Unmap().IsLoopback() {
		return true
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	_, err := netip.ParseAddr(host)
	return err == nil || host == "localhost" || strings.HasSuffix(host, ".localhost") || host != "" && host == c.config.Access.publicHost()
}
