package console

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzAccess: whatever comes in the headers that say who asks, nobody is let in by it, and the way back
// after a log-in leads nowhere else.
func FuzzAccess(f *testing.F) {
	f.Add("tributary=x", "Bearer trb_x", "carol", "editor", "/explore", "10.0.0.1")
	f.Add("tributary=\"a b\"; tributary=;;=", "bearer  ", "\xff", "Editor", "//evil.example/", "::1, ,")
	f.Add("__Host-tributary=AAAA", "Basic x", "", "", "/\\evil.example", "192.0.2.80")
	f.Add("", "", "", "", "/.//evil.example", "")
	f.Add("", "", "", "", "/%2f/evil.example?next=//a#b", "")
	c, _, _ := guarded(f)
	h := c.Handler()
	f.Fuzz(func(t *testing.T, cookie, authorization, user, role, next, forwarded string) {
		for _, from := range []string{"127.0.0.1:1", "192.0.2.80:1", "[2001:db8:81::1]:1", "nonsense"} {
			r := httptest.NewRequest(http.MethodGet, "/api/v1/session", nil)
			r.RemoteAddr = from
			r.Header["Cookie"], r.Header["Authorization"], r.Header["X-Forwarded-For"] = []string{cookie}, []string{authorization}, []string{forwarded}
			if user != "" {
				r.Header["X-Forwarded-User"] = []string{user}
			}
			if role != "" {
				r.Header["X-Forwarded-Role"] = []string{role}
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != 200 {
				if d := detailOf(w); !strings.HasSuffix(d, ".") && !strings.HasSuffix(d, ").") {
					t.Errorf("%d %s", w.Code, w.Body)
				}
				continue
			}
			s := bodyOf[Session](t, w)
			if s.Role != "anyone" && !(from == "192.0.2.80:1" && s.Login == "proxy" && s.Name == user && nameable(user) && (role == "" && s.Role == "viewer" || s.Role == role)) {
				t.Errorf("from %s: %+v", from, s)
			}
		}
		way := localPath(next)
		base, err := url.Parse("https://flows.example.net/login")
		if err != nil {
			t.Fatal(err)
		}
		to, err := base.Parse(way)
		if err != nil || to.Host != base.Host || to.Scheme != base.Scheme || strings.HasPrefix(way, "//") || strings.HasPrefix(way, "/\\") || !strings.HasPrefix(way, "/") {
			t.Errorf("the way back %q becomes %q, %v", next, way, err)
		}
	})
}
