package report

import (
	"context"
	"testing"
)

// BenchmarkFiles draws and writes a report whose numbers are there.
func BenchmarkFiles(b *testing.B) {
	w := defaultWorld()
	r, err := New(w.input(b, "2025Q4"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := r.Files(context.Background(), Form{Version: "test"}); err != nil {
			b.Fatal(err)
		}
	}
}
