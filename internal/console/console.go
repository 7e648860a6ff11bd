// Package console serves what an operator looks at: the pages, the HTTP API under them, the metrics
// and the health check. Who may ask what is decided in one place, guard.
package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/netutil"

	"tributary/internal/explore"
	"tributary/internal/stats"
)

// Config is what a console is built from.
type Config struct {
	Version string
	Live    *Live
	Regions []Region // by configuration; the pages offer them when a sender is to be admitted
	// Simulated says that the store's traffic was invented by tributary demo: every page says so, and
	// silence is no news.
	Simulated bool
	// NoASDatabase says that no as_database is configured, so that parties whose flows name no AS
	// number are of no known network.
	NoASDatabase bool

	Expected []SilentExporter // exporters configured by a single address, to tell which are never heard
	Reports  string           // the folder that holds reports, a folder each; it need not exist
	Command  string           // how a report is built into it: "tributary report 2025Q4 -o data/reports/2025Q4"

	// Source is what the reader's own questions are put to, with the catalogue of now; Open what no
	// commit has yet. Where Source is nil there is no data.
	Source func() *stats.Source
	Open   func() explore.Open

	// Catalogue are the operator's catalogue files, in their order. Reload reads them anew: its error
	// holds a *yamlfile.Problem for each mistake, and then everything stays as it was. nil: this process
	// cannot.
	Catalogue []string
	Reload    func(context.Context) error

	Log *slog.Logger     // nil: slog.Default
	Now func() time.Time // nil: time.Now

	Access      Access       // who may use it; the zero value lets everybody do everything
	Certificate *Certificate // nil: plain HTTP
	Data        string       // folder of the audit log and the saved views; "" keeps neither

	// ExporterLabels is how many exporters have metrics of their own; further ones are summed as
	// "other". 0 means 256, below 0 none: all are summed.
	ExporterLabels int
}

// Console is the HTTP side of a running process. Build it with New.
type Console struct {
	config   Config
	reports  string
	log      *slog.Logger
	now      func() time.Time
	pages    pages
	metrics  *prometheus.Registry
	asked    *prometheus.CounterVec
	asks     asks // nil: there is no data
	shelf    shelf
	explorer *explore.Explorer // nil in a process without a store
	answers  *answers
	builder  *builder // of reports
	*gate
	ending context.Context // ends when Serve stops waiting for answers
	end    context.CancelFunc
}

// New builds a console; it listens nowhere until Serve.
func New(c Config) *Console {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	embedded, err := fs.Sub(built, "pages")
	if err != nil {
		panic("BUG: embedded pages: " + err.Error())
	}
	files, err := loadPages(embedded)
	if err != nil {
		panic("BUG: embedded pages: " + err.Error())
	}
	console := &Console{config: c, reports: c.Reports, log: c.Log, now: c.Now, pages: files, gate: newGate(&c)}
	console.ending, console.end = context.WithCancel(context.Background())
	console.answers = newAnswers(nil)
	if c.Source != nil {
		console.asks = storeAsks{c.Source}
		console.explorer = explore.New(explore.Config{Source: c.Source, Open: c.Open})
		console.answers.put = console.explorer.Ask
	}
	console.builder = console.newBuilder()
	console.metrics, console.asked = newMetrics(console)
	return console
}

// Handler answers every path of the console.
func (c *Console) Handler() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, h http.HandlerFunc) { mux.HandleFunc(pattern, onlyRead(h)) }
	handle("/healthz", c.serveHealth)
	handle("/metrics", c.serveMetrics)
	c.serveAPI(mux)
	mux.HandleFunc("/api/", onlyRead(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusNotFound, "The API has no such path; /api/v1/openapi.json describes what it has.")
	}))
	handle("/reports/{path...}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("path") == "" {
			c.servePage(w, r)
			return
		}
		c.serveReport(w, r)
	})
	handle("/manual/images/{name}", c.serveManualPicture)
	handle("/overview", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusMovedPermanently) }) // where it was
	handle("/{path...}", c.servePage)
	return c.counted(c.guard(compressed(mux)))
}

// onlyRead turns away every method but GET and HEAD.
func onlyRead(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, r, http.StatusMethodNotAllowed, "This is only read: use GET. /api/v1/openapi.json describes what can be changed.")
			return
		}
		h(w, r)
	}
}

// maxConnections bounds the connections at a time: each is an open file, and what collects flows needs some.
const maxConnections = 1024

// Serve answers on the listener until ctx ends, then lets running requests finish for up to five
// seconds and cancels their questions. When it returns, no question is being asked of the store any
// more; it returns nil when it ended because it was asked to. It can be called once.
func (c *Console) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           c.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      60 * time.Second, // the longest question asked of a store
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(serverLog{c.log}, "", 0),
	}
	defer c.audits.close()
	defer c.builder.close()
	defer c.shelf.stop(c)
	l = netutil.LimitListener(l, maxConnections)
	c.shelf.wait.Go(func() { c.warm(ctx) })
	served := make(chan error, 1)
	if c.config.Certificate != nil {
		server.TLSConfig = c.config.Certificate.config()
		go func() { served <- server.ServeTLS(l, "", "") }()
	} else {
		go func() { served <- server.Serve(l) }()
	}
	select {
	case err := <-served:
		return fmt.Errorf("cannot serve the console on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(deadline); err != nil {
		server.Close()
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("cannot serve the console on %s: %w", l.Addr(), err)
	}
	return nil
}

// serverLog takes what the server has to say. Broken clients are no news; that an answer panicked is.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Write(line []byte) (int, error) {
	level, text := slog.LevelDebug, strings.TrimSpace(string(line))
	if strings.Contains(text, "panic serving") {
		level = slog.LevelError
	}
	l.log.Log(context.Background(), level, text)
	return len(line), nil
}

func (c *Console) registerStatus(api huma.API) {
	on(c, api, operation{
		id: "get-status", method: http.MethodGet, path: "/status", tag: "Process", role: Viewer,
		summary: "How the process stands",
		about:   "What arrives, what is read of it, what becomes of it, and what deserves attention. Octets are at the IP layer and multiplied by the sampling rate.",
	}, func(context.Context, *struct{}) (*Status, error) { return c.status(), nil })
}

func (c *Console) status() *Status {
	s := c.config.Live.Status(c.now())
	s.complete(&c.config)
	return &s
}

// serveHealth says whether the process does its work: 200 while it does, 503 with the reasons else.
func (c *Console) serveHealth(w http.ResponseWriter, r *http.Request) {
	health := struct {
		Ready bool     `json:"ready"`
		Why   []string `json:"why,omitempty"`
	}{}
	s := c.config.Live.Status(c.now())
	health.Ready, health.Why = len(s.Problems) == 0, s.Problems
	status := http.StatusOK
	if !health.Ready && identityOf(r.Context()).Role == Anyone { // what is wrong may name files
		health.Why = []string{"What is wrong is said to whoever has logged in, or sends a token."}
	}
	if !health.Ready {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, &health)
}

// isApplication reports whether the pages' script shows something at a path, which has no leading slash
// (pages in web/src/main.tsx).
func isApplication(path string) bool {
	switch path {
	case "", "explore", "networks", "network", "exporters", "reports/", "login":
		return true
	}
	name, ok := strings.CutPrefix(path, "manual/")
	return ok && isManual(name)
}

// servePage sends a file of the pages. The application's own addresses get its index; so does, with
// status 404, every other path without an extension: the script then says that there is no such page.
func (c *Console) servePage(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("path")
	if name == "favicon.ico" { // asked for beside reports, which name no icon
		name = "favicon.svg"
	}
	if p := c.pages[name]; p != nil && name != "index.html" {
		p.serve(w, r)
		return
	}
	if path.Ext(name) != "" {
		refuse(w, r, http.StatusNotFound, "There is no such page.")
		return
	}
	index := c.pages["index.html"]
	if index == nil {
		index = notBuilt
	}
	if !isApplication(strings.TrimPrefix(r.URL.Path, "/")) {
		index.serveMissing(w, r)
		return
	}
	index.serve(w, r)
}

// userError is an error whose sentence is meant for whoever asked.
type userError struct {
	status int
	detail string
	places []place // of the mistakes in the question; may be nil
}

func (e *userError) Error() string { return e.detail }

func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		panic("BUG: answer is not JSON: " + err.Error())
	}
	body = append(body, '\n')
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(body)
}

// redirectTo is the address of a path of the console's own.
func redirectTo(p string) string { return (&url.URL{Path: p}).EscapedPath() }
