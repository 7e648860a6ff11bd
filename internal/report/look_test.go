package report

import (
	"context"
	"flag"
	"testing"
)

var look = flag.String("look", "", "write the sample report to this folder, for looking at")

// TestLook writes a report; with -look DIR it leaves it there.
func TestLook(t *testing.T) {
	if *look == "" {
		t.Skip("no -look DIR given: there is nothing to check here beyond what the other tests do")
	}
	w := defaultWorld()
	r, err := New(w.input(t, "2025Q4"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := r.Files(context.Background(), "test")
	if err != nil {
		t.Fatal(err)
	}
	pngs, err := FindConverter().Convert(context.Background(), files)
	if err != nil {
		t.Fatal(err)
	}
	files = append(pngs, files...)
	if err := Write(*look, files); err != nil {
		t.Fatal(err)
	}
}
