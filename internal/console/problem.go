package console

import (
	"encoding/json"
	"net/http"
)

// problem is an error as the API answers it: problem details, RFC 9457.
type problem struct {
	Title    string  `json:"title"`
	Status   int     `json:"status"`
	Detail   string  `json:"detail"`
	Instance string  `json:"instance,omitempty"` // the path that was asked for
	Errors   []place `json:"errors,omitempty"`   // where in the question the mistakes are
}

// place is where in a question a mistake is.
type place struct {
	Location string `json:"location"`         // "query.where", "body.name"
	Offset   *int   `json:"offset,omitempty"` // of a text: octets before the mistake
	Length   int    `json:"length,omitempty"` // octets of the mistake; 0: at the text's end
	Message  string `json:"message"`
}

func (p *problem) Error() string { return p.Detail }

// GetStatus and ContentType are what the API's library asks of an error.
func (p *problem) GetStatus() int { return p.Status }

// ContentType is that of problem details.
func (p *problem) ContentType(string) string { return "application/problem+json" }

// refuse answers with a sentence. The detail is shown to whoever asks: it must say nothing from
// inside, such as paths or queries.
func refuse(w http.ResponseWriter, r *http.Request, status int, detail string) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// An error here means that the client has gone.
	_ = json.NewEncoder(w).Encode(problem{Title: http.StatusText(status), Status: status, Detail: detail, Instance: r.URL.Path})
}
