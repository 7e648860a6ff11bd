package report

import (
	"testing"
)

// bareIndex is the page of a report without its figures.
func bareIndex(t *testing.T, r *Report) string {
	t.Helper()
	p, err := r.newPage(nil, &Form{Version: "test"}, &Citation{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := p.html()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
