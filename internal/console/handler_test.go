package console

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tributary/internal/stats"
	"tributary/internal/testenv"
)

func get(h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// fakePages stand in for what Vite builds, which a test of Go alone must not need.
func fakePages(t *testing.T, c *Console) {
	t.Helper()
	files, err := loadPages(fstest.MapFS{
		".gitkeep":             {},
		"index.html":           {Data: []byte("<!doctype html><title>Tributary</title>" + strings.Repeat("<p>page</p>", 200))},
		"assets/index-Ab12.js": {Data: []byte(strings.Repeat("export const a = 1;\n", 100))},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.pages = files
}

func TestRoutes(t *testing.T) {
	c, _ := fleet(t)
	fakePages(t, c)
	writeReport(t, c.reports, "2026Q1")
	h := c.Handler()
	f := func(target string, status int, contentType string) {
		t.Helper()
		w := get(h, target)
		if w.Code != status || w.Header().Get("Content-Type") != contentType {
			t.Errorf("%s: %d %s, want %d %s", target, w.Code, w.Header().Get("Content-Type"), status, contentType)
		}
		for _, name := range []string{"Content-Security-Policy", "Referrer-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"} {
			if w.Header().Get(name) == "" {
				t.Errorf("%s: no %s", target, name)
			}
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s: may be sniffed or framed: %v", target, w.Header())
		}
		if w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: lets other origins read it", target)
		}
	}
	const page, data, problem = "text/html; charset=utf-8", "application/json", "application/problem+json"
	f("/", 200, page)
	f("/exporters", 200, page)
	f("/manual/tutorial/first-report", 200, page)
	f("/manual/start", 404, page)
	f("/overview", 301, page)
	f("/reports/", 200, page)
	f("/reports", 307, page)
	f("/explore/anything", 404, page)
	f("/overview/", 404, page)
	f("/apis", 404, page)
	f("/assets/index-Ab12.js", 200, "text/javascript; charset=utf-8")
	f("/assets/index-gone.js", 404, problem)
	f("/.gitkeep", 404, problem)
	f("/favicon.ico", 404, problem)
	f("/healthz", 200, data)
	f("/metrics", 200, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores")
	f("/api/v1/status", 200, data)
	f("/api/v1/overview", 200, data)
	f("/api/v1/overview?month=2026-02", 200, data)
	f("/api/v1/overview?month=2025-11", 404, problem)
	f("/api/v1/overview?month=2025", 400, problem)
	f("/api/v1/overview?month=2026-07", 400, problem)
	f("/api/v1/overview?month=%00", 400, problem)
	f("/api/v1/figures/volume", 200, data)
	f("/api/v1/figures/flow?width=360&theme=dark", 200, data)
	f("/api/v1/figures/flow?width=1e3", 400, problem)
	f("/api/v1/figures/flow?width=99999999999999999999", 400, problem)
	f("/api/v1/figures/flow?theme=sepia", 400, problem)
	f("/api/v1/figures/secret", 404, problem)
	f("/api/v1/reports", 200, data)
	f("/api/v1/", 404, problem)
	f("/api/v2/status", 404, problem)
	f("/reports/2026Q1/index.html", 200, page)
	f("/reports/2026Q1/", 200, page)
	f("/reports/2026Q1", 302, page)
	f("/reports/2026Q1/figures/", 404, problem)
	f("/reports/2026Q2", 404, problem)
	f("/reports/2026Q2/", 404, problem)
	f("/reports/2026Q1/dataset.csv", 200, "text/csv; charset=utf-8")
	f("/reports/2026Q1/figures/volume.svg", 200, "image/svg+xml")
}

func TestOnlyGet(t *testing.T) {
	c, _ := fleet(t)
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(method, "/api/v1/status", strings.NewReader("{}"))
		r.Header.Set("Content-Type", "application/json")
		c.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d, Allow %q; want 405, GET, HEAD", method, w.Code, w.Header().Get("Allow"))
		}
	}
}

func TestPagesAreCompressedAndCached(t *testing.T) {
	c, _ := fleet(t)
	fakePages(t, c)
	h := c.Handler()
	plain := get(h, "/")
	zipped := get(h, "/", "Accept-Encoding", "br, gzip")
	if zipped.Header().Get("Content-Encoding") != "gzip" || zipped.Body.Len() >= plain.Body.Len() {
		t.Fatalf("encoding %q with %d bytes for %d, want gzip", zipped.Header().Get("Content-Encoding"), zipped.Body.Len(), plain.Body.Len())
	}
	r, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(r); err != nil || string(body) != plain.Body.String() {
		t.Errorf("unzipped %q, %v", body, err)
	}
	if w := get(h, "/", "If-None-Match", plain.Header().Get("ETag")); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("with its ETag: %d and %d bytes, want 304 and none", w.Code, w.Body.Len())
	}
	if got := get(h, "/assets/index-Ab12.js").Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("an asset with a hash in its name: Cache-Control %q", got)
	}
	if w := get(h, "/nowhere", "If-None-Match", plain.Header().Get("ETag")); w.Code != http.StatusNotFound || w.Header().Get("ETag") != "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("no such page: %d, kept as %v; want 404, not to be kept", w.Code, w.Header())
	}
	if got := plain.Header().Get("Cache-Control"); got != "no-cache" {
		t.Errorf("the index: Cache-Control %q, want no-cache", got)
	}
}

// TestPagesAreSmall: the first load, which is the overview with its figures, is at most 350 kB: its
// page, what that names, and the charts' script, each with what it imports. Further pages are loaded
// when they are shown.
func TestPagesAreSmall(t *testing.T) {
	c, _ := fleet(t)
	if c.pages["index.html"] == nil {
		testenv.Missing(t, "the pages are not built; make pages builds them")
	}
	named := regexp.MustCompile(`(?:src|href)="/([^"]+)"|(?:from|import)"\./([^"]+)"`)
	total, charts := 0, false
	seen, next := map[string]bool{}, []string{"index.html"}
	for name := range c.pages {
		if strings.HasPrefix(name, "assets/charts-") {
			next, charts = append(next, name), true
		}
	}
	for len(next) > 0 {
		name := next[0]
		next = next[1:]
		p := c.pages[name]
		if p == nil || seen[name] {
			continue
		}
		seen[name] = true
		n := len(p.plain)
		if p.gzipped != nil {
			n = len(p.gzipped)
		}
		t.Logf("%s: %d bytes", name, n)
		total += n
		for _, m := range named.FindAllStringSubmatch(string(p.plain), -1) {
			next = append(next, m[1]+strings.Repeat("assets/", min(1, len(m[2])))+m[2])
		}
	}
	if total > 350_000 || len(seen) < 6 || !charts {
		t.Errorf("%d files of %d bytes, charts among them: %v; want at least six of at most 350,000", len(seen), total, charts)
	}
}

func TestPagesNotBuilt(t *testing.T) {
	c, _ := fleet(t)
	c.pages = pages{}
	if w := get(c.Handler(), "/"); w.Code != 200 || !strings.Contains(w.Body.String(), "Build it with <code>make</code>") {
		t.Errorf("%d %s, want a page that says how to build the pages", w.Code, w.Body)
	}
}

// TestRebinding: over loopback only names of this machine are answered.
func TestRebinding(t *testing.T) {
	c, _ := fleet(t)
	f := func(local, host string, status int) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/api/v1/status", nil)
		r.Host = host
		at, err := net.ResolveTCPAddr("tcp", local)
		if err != nil {
			t.Fatal(err)
		}
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(at)))
		w := httptest.NewRecorder()
		c.Handler().ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("%s asked for %s: %d, want %d", host, local, w.Code, status)
		}
	}
	f("127.0.0.1:8080", "127.0.0.1:8080", 200)
	f("127.0.0.1:8080", "localhost:8080", 200)
	f("127.0.0.1:8080", "localhost", 200)
	f("[::1]:8080", "[::1]:8080", 200)
	f("127.0.0.1:8080", "attacker.example:8080", 421)
	f("127.0.0.1:8080", "localhost.attacker.example", 421)
	f("[::1]:8080", "attacker.example", 421)
	f("192.0.2.80:8080", "console.example.net", 200)
}

func TestHealth(t *testing.T) {
	c, live := fleet(t)
	if w := get(c.Handler(), "/healthz"); w.Code != 200 || strings.TrimSpace(w.Body.String()) != `{"ready":true}` {
		t.Errorf("well: %d %s", w.Code, w.Body)
	}
	live.SetProblem("commit", "Cannot commit.")
	if w := get(c.Handler(), "/healthz"); w.Code != 503 || strings.TrimSpace(w.Body.String()) != `{"ready":false,"why":["Cannot commit."]}` {
		t.Errorf("not well: %d %s", w.Code, w.Body)
	}
}

func writeReport(t *testing.T, dir, name string) {
	t.Helper()
	for path, body := range map[string]string{
		"index.html": "<!doctype html><title>Report</title>", "dataset.csv": "month\n", "report.json": "{}",
		"figures/volume.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>", ".partial.html": "half", "notes.txt": "mine",
	} {
		at := filepath.Join(dir, name, path)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReportsStayInTheirFolder(t *testing.T) {
	c, _ := fleet(t)
	base := t.TempDir()
	c.reports = filepath.Join(base, "reports")
	writeReport(t, c.reports, "2026Q1")
	secret := filepath.Join(base, "secret.json")
	if err := os.WriteFile(secret, []byte(`"the key"`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(c.reports, "2026Q1", "link.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(base, filepath.Join(c.reports, "up")); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(c.Handler())
	defer server.Close()
	// A raw connection: clients clean paths before they send them.
	ask := func(target string) string {
		conn, err := net.DialTimeout("tcp", server.Listener.Addr().String(), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, "GET "+target+" HTTP/1.0\r\nHost: localhost\r\n\r\n")
		answer, err := io.ReadAll(conn)
		if err != nil {
			t.Fatal(err)
		}
		return string(answer)
	}
	if got := ask("/reports/2026Q1/"); !strings.Contains(got, "200 OK") || !strings.Contains(got, "<title>Report</title>") {
		t.Fatalf("a report's folder: %s, want its index", got)
	}
	if got := ask("/reports/2026Q1/report.json"); !strings.Contains(got, "200 OK") {
		t.Fatalf("a file of a report: %s", got)
	}
	for _, target := range []string{
		"/reports/../secret.json", "/reports/2026Q1/../../secret.json", "/reports/%2e%2e/secret.json", "/reports/..%2fsecret.json",
		"/reports/..%5csecret.json", "/reports//" + secret, "/reports/%2f" + secret[1:], "/reports/2026Q1/link.json", "/reports/up/secret.json", "/reports/../", "/reports/%2e%2e/", "/reports/2026Q1/%2f", "/reports/up/", "/reports/.hidden/",
		"/reports/2026Q1/.partial.html", "/reports/2026Q1/notes.txt", "/reports/2026Q1/report.json%00.html", "/reports/./2026Q1//report.json/..",
	} {
		if got := ask(target); strings.Contains(got, "200 OK") || strings.Contains(got, "the key") {
			t.Errorf("%s: %s", target, got)
		}
	}
	if got := ask("/reports/2026Q1"); !strings.Contains(got, "Location: /reports/2026Q1/\r\n") {
		t.Errorf("a folder: %s, want a redirect to its slash", got)
	}
}

func TestReportList(t *testing.T) {
	c, _ := fleet(t)
	writeReport(t, c.reports, "2025Q4")
	writeReport(t, c.reports, "2026Q1")
	if err := os.Chtimes(filepath.Join(c.reports, "2025Q4", "index.html"), noon, noon.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(c.reports, "not-a-report"), 0o755); err != nil {
		t.Fatal(err)
	}
	var list Reports
	if err := json.Unmarshal(get(c.Handler(), "/api/v1/reports").Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Reports) != 2 || list.Reports[0].Name != "2026Q1" || list.Reports[1].Name != "2025Q4" {
		t.Fatalf("reports = %+v, want 2026Q1 and 2025Q4", list.Reports)
	}
	if r := list.Reports[1]; !r.Built.Equal(noon.Add(-time.Hour)) || len(r.Files) != 5 {
		t.Errorf("2025Q4 = %+v, want it built an hour before noon, of five files", r)
	}
	c.reports = filepath.Join(c.reports, "missing")
	if got := get(c.Handler(), "/api/v1/reports"); got.Code != 200 || !strings.Contains(got.Body.String(), `"reports":[]`) {
		t.Errorf("without a folder: %d %s, want no reports", got.Code, got.Body)
	}
}

// TestServeEnds: Serve returns nil when it is asked to end.
func TestServeEnds(t *testing.T) {
	c, _ := fleet(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Serve(ctx, l) }()
	answer, err := http.Get("http://" + l.Addr().String() + "/healthz")
	if err != nil || answer.StatusCode != 200 {
		t.Fatalf("%v %v", answer, err)
	}
	answer.Body.Close()
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("Serve does not end")
	}
}

// TestServeCancelsQuestions: a question that takes too long does not outlive Serve, after which the
// store is closed.
func TestServeCancelsQuestions(t *testing.T) {
	c, _ := fleet(t)
	asking, asked := make(chan struct{}), make(chan struct{})
	c.asks.(*yearAsks).answer = func(ctx context.Context, _ stats.Question) (*stats.Answer, error) {
		close(asking)
		<-ctx.Done()
		close(asked)
		return nil, ctx.Err()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Serve(ctx, l) }()
	gone, leave := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(gone, http.MethodGet, "http://"+l.Addr().String()+"/api/v1/overview", nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if answer, err := http.DefaultClient.Do(r); err == nil {
			answer.Body.Close()
		}
	}()
	<-asking
	leave()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	select {
	case <-asked:
	default:
		t.Error("Serve returned while the store was being asked")
	}
}

// FuzzParameters: whatever is asked, the answer is a good one or a sentence, and nothing from inside.
func FuzzParameters(f *testing.F) {
	for _, s := range [][2]string{
		{"volume", "month=2026-06&width=900&theme=dark"}, {"flow", "month=9999-12"}, {"heat-volume", "width=-1"},
		{"../status", "month=2025-11&month=x"}, {"volume", "width=280&month=1970-01"}, {"flow", "theme=%zz"}, {"", ";"},
	} {
		f.Add(s[0], s[1])
	}
	c, _ := fleet(f)
	h := c.Handler()
	f.Fuzz(func(t *testing.T, name, query string) {
		for _, path := range []string{"/api/v1/figures/" + url.PathEscape(name), "/api/v1/overview", "/reports/" + url.PathEscape(name)} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.URL.Path, r.URL.RawQuery = path, query
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			switch w.Code {
			case 200, 301, 302, 307, 308:
			case 400, 404:
				var p problem
				if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Status != w.Code || !strings.HasSuffix(p.Detail, ".") {
					t.Errorf("%s?%s: %d %s, %v", path, query, w.Code, w.Body, err)
				}
			default:
				t.Errorf("%s?%s: %d %s", path, query, w.Code, w.Body)
			}
		}
	})
}
