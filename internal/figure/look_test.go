package figure

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var look = flag.String("look", "", "write the sample figures as SVG to this folder, for looking at")

// TestLook draws all samples; with -look DIR it leaves them there.
func TestLook(t *testing.T) {
	if *look == "" {
		t.Skip("no -look DIR given: there is nothing to check here beyond what the other tests do")
	}
	for _, width := range []int{WideWidth, NarrowWidth} {
		for name, c := range charts(width, &Light) {
			d, err := Draw(name, c)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			file := filepath.Join(*look, name+map[int]string{WideWidth: "", NarrowWidth: "-narrow"}[width]+".svg")
			if err := os.WriteFile(file, d[0].File(name, "A sample.", name), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
