package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// built are the pages that Vite writes to pages/; in a checkout where they were never built there is
// only .gitkeep.
//
//go:embed all:pages
var built embed.FS

// page is one file of the pages, ready to be sent.
type page struct {
	contentType  string
	cacheControl string
	etag         string
	plain        []byte
	gzipped      []byte // nil where it would not be smaller
}

// pages are files by path, without a leading slash.
type pages map[string]*page

// contentTypes of what Vite writes. mime.TypeByExtension would depend on the machine's tables.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
	".png":  "image/png",
	".json": "application/json",
}

// loadPages reads and compresses all files once; together they are about a megabyte.
func loadPages(files fs.FS) (pages, error) {
	out := pages{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		contentType := contentTypes[path.Ext(name)]
		if err != nil || d.IsDir() || contentType == "" {
			return err
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		p := &page{
			contentType:  contentType,
			cacheControl: "no-cache", // ask each time whether it has changed
			etag:         `"` + hex.EncodeToString(sum[:12]) + `"`,
			plain:        body,
		}
		if strings.HasPrefix(name, "assets/") { // the name holds a hash of the content
			p.cacheControl = "public, max-age=31536000, immutable"
		}
		if z := gzipped(body); len(z) < len(body) {
			p.gzipped = z
		}
		out[name] = p
		return nil
	})
	return out, err
}

func gzipped(b []byte) []byte {
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		panic("BUG: gzip level: " + err.Error())
	}
	w.Write(b) // a bytes.Buffer does not fail
	w.Close()
	return buf.Bytes()
}

// serve sends the page.
func (p *page) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", p.cacheControl)
	h.Set("ETag", p.etag)
	if r.Header.Get("If-None-Match") == p.etag {
		h.Add("Vary", "Accept-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	p.send(w, r, http.StatusOK)
}

// serveMissing sends the page in place of one that does not exist.
func (p *page) serveMissing(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	p.send(w, r, http.StatusNotFound)
}

func (p *page) send(w http.ResponseWriter, r *http.Request, status int) {
	h := w.Header()
	h.Set("Content-Type", p.contentType)
	h.Add("Vary", "Accept-Encoding")
	body := p.plain
	if p.gzipped != nil && acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = p.gzipped
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

// acceptsGzip reports whether the client takes gzip; "gzip;q=0" is taken for a yes that no client says.
func acceptsGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}

// notBuilt stands in for the pages of a binary that was built without them.
var notBuilt = &page{
	contentType:  "text/html; charset=utf-8",
	cacheControl: "no-store",
	etag:         `"not-built"`,
	plain: []byte(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Tributary</title>
<h1>The pages are not in this binary</h1>
<p>It was built with <code>go build</code> alone. Build it with <code>make</code>, which builds the pages first (it needs Node 20 and npm).</p>
<p>Without pages there are still <a href="/api/v1/status">/api/v1/status</a>, <a href="/metrics">/metrics</a> and <a href="/healthz">/healthz</a>.</p>
</html>
`),
}
