package console

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// pagePolicy is the content security policy of the pages: everything from here, nothing inline.
// ECharts sets styles from script, which no policy forbids.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard sets the headers that every answer carries, and turns away what no page of ours sends.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if !ownHost(r) {
			refuse(w, r, http.StatusMisdirectedRequest, "The console listens on loopback and answers to its address and to localhost only. A proxy in front of it has to send that as the Host.")
			return
		}
		next.ServeHTTP(w, r.WithContext(withIdentity(r.Context(), Identity{"local", Editor})))
	})
}

// ownHost reports whether a request that came over loopback names this machine. A page elsewhere could
// otherwise let a name of its own point to 127.0.0.1 and have the operator's browser read the console
// for it (DNS rebinding).
func ownHost(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return true
	}
	if at, err := netip.ParseAddrPort(local.String()); err != nil || !at.Addr().IsLoopback() {
		return true
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	_, err := netip.ParseAddr(host)
	return err == nil || host == "localhost" || strings.HasSuffix(host, ".localhost")
}
