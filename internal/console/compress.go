package console

import (
	"compress/gzip"
	"net/http"
	"strings"
)

// compressed packs answers that are text, for whoever takes gzip. Pages are packed once, when they are
// loaded, and come with their encoding.
func compressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !acceptsGzip(r) || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		packed := &packedWriter{ResponseWriter: w}
		defer packed.close()
		next.ServeHTTP(packed, r)
	})
}

// packedWriter decides when the header is written whether to pack what follows.
type packedWriter struct {
	http.ResponseWriter
	begun  bool
	packer *gzip.Writer // nil: what follows goes through as it is
}

// packedTypes are the beginnings of the content types that shrink.
var packedTypes = []string{"application/json", "application/problem+json", "text/", "image/svg+xml"}

func (w *packedWriter) WriteHeader(status int) {
	if !w.begun {
		w.begun = true
		h := w.Header()
		contentType := h.Get("Content-Type")
		for _, t := range packedTypes {
			if strings.HasPrefix(contentType, t) && h.Get("Content-Encoding") == "" && h.Get("Content-Range") == "" &&
				status != http.StatusNoContent && status != http.StatusNotModified {
				h.Set("Content-Encoding", "gzip")
				h.Add("Vary", "Accept-Encoding")
				h.Del("Content-Length")
				h.Del("Accept-Ranges") // parts are of what is not packed
				w.packer = gzip.NewWriter(w.ResponseWriter)
			}
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *packedWriter) Write(b []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	if w.packer != nil {
		return w.packer.Write(b)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *packedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *packedWriter) close() {
	if w.packer != nil {
		_ = w.packer.Close() // an error means that the client has gone
	}
}
