package report

import (
	"bytes"
	"context"
	"image/png"
	"strings"
	"testing"

	"tributary/internal/testenv"
)

const smallSVG = `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="300" viewBox="0 0 900 300"><rect width="900" height="300" fill="#123456"/></svg>`

func TestConvert(t *testing.T) {
	f := func(c *Converter) {
		t.Helper()
		files := []File{{"figures/a.svg", []byte(smallSVG)}, {"index.html", nil}, {"figures/b.svg", []byte(smallSVG)}}
		got, err := c.Convert(context.Background(), files)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 2 || got[0].Path != "figures/a.png" || got[1].Path != "figures/b.png" {
			t.Fatalf("%s made %d files, want figures/a.png and figures/b.png", c.Program, len(got))
		}
		picture, err := png.Decode(bytes.NewReader(got[0].Data))
		if err != nil {
			t.Fatalf("%s: %v", c.Program, err)
		}
		if b := picture.Bounds(); b.Dx() != 1800 || b.Dy() != 600 {
			t.Errorf("%s made a picture of %d × %d, want 1800 × 600", c.Program, b.Dx(), b.Dy())
		}
		if r, g, b, _ := picture.At(900, 300).RGBA(); r>>8 != 0x12 || g>>8 != 0x34 || b>>8 != 0x56 {
			t.Errorf("%s drew #%02x%02x%02x, want #123456", c.Program, r>>8, g>>8, b>>8)
		}
	}
	f(&Converter{testenv.Program(t, "rsvg-convert", "librsvg2-bin"), false})
	f(&Converter{testenv.Program(t, "chromium", "chromium"), true})
}

func TestConvertSaysWhatFailed(t *testing.T) {
	c := &Converter{testenv.Program(t, "rsvg-convert", "librsvg2-bin"), false}
	_, err := c.Convert(context.Background(), []File{{"figures/a.svg", []byte("no picture")}})
	if err == nil || !strings.Contains(err.Error(), "cannot make figures/a.png with "+c.Program) {
		t.Errorf("error %v, want one that names the figure and the program", err)
	}
	if files, err := (*Converter)(nil).Convert(context.Background(), []File{{"figures/a.svg", nil}}); files != nil || err != nil {
		t.Errorf("without a converter: %v, %v; want nothing", files, err)
	}
}
