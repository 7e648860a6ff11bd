package console

import (
	"encoding/json"
	"net/http"
)

// problem is an error as the API answers it: problem details, RFC 9457.
type problem struct {
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Instance string `json:"instance"` // the path that was asked for
}

// refuse answers with a sentence. The detail is shown to whoever asks: it must say nothing from
// inside, such as paths or queries.
func refuse(w http.ResponseWriter, r *http.Request, status int, detail string) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// An error here means that the client has gone.
	_ = json.NewEncoder(w).Encode(problem{http.StatusText(status), status, detail, r.URL.Path})
}
