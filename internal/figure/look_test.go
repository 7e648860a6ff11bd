package figure

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
)

var look = flag.String("look", "", "write the sample figures as SVG to this folder, for looking at")

// TestFilesAreXML: every sample's file is well-formed at both widths, so that programs stricter than
// a browser open it; with -look DIR the files are left there.
func TestFilesAreXML(t *testing.T) {
	for _, width := range []int{WideWidth, NarrowWidth} {
		for name, d := range samples(t, width) {
			svg := d.File(name, "A sample & its <words>.", name)
			if err := wellFormed(svg); err != nil {
				t.Errorf("%s at %d px: %v", name, width, err)
			}
			if *look == "" {
				continue
			}
			file := filepath.Join(*look, name+map[int]string{WideWidth: "", NarrowWidth: "-narrow"}[width]+".svg")
			if err := os.WriteFile(file, svg, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func wellFormed(document []byte) error {
	d := xml.NewDecoder(bytes.NewReader(document))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
