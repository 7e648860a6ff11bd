package figure

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/testenv"
)

// drawn draws a chart, or skips the test in a build without the chart script.
func drawn(t *testing.T, name string, c Chart) *Drawing {
	t.Helper()
	d, err := Draw(name, c)
	if errors.Is(err, ErrNoCharts) {
		testenv.Missing(t, "the chart script is not built; run make, or npm ci && npm run figures in web/")
	}
	if err != nil {
		t.Fatal(err)
	}
	return d[0]
}

// samples are the sample charts, drawn once for all tests that only look at them.
func samples(t *testing.T, width int) map[string]*Drawing {
	t.Helper()
	if drawings[width] == nil {
		all := map[string]*Drawing{}
		for name, c := range charts(width, &Light) {
			all[name] = drawn(t, name, c)
		}
		drawings[width] = all
	}
	return drawings[width]
}

var drawings = map[int]map[string]*Drawing{}

func TestSameChartSameBytes(t *testing.T) {
	first, between, again := charts(WideWidth, &Light), charts(NarrowWidth, &Dark), charts(WideWidth, &Light)
	for _, name := range []string{"volume", "heat-volume", "flow", "shares"} {
		a := drawn(t, name, first[name]).File("t", "d", "l")
		drawn(t, "other", between["magnitude-log"])
		b := drawn(t, name, again[name]).File("t", "d", "l")
		if !bytes.Equal(a, b) {
			t.Errorf("%s: drawn twice, the SVGs differ", name)
		}
	}
}

// Every label of every sample stands inside the picture, and none on another.
func TestLabelsNeitherOverlapNorLeaveThePicture(t *testing.T) {
	for _, width := range []int{NarrowWidth, WideWidth} {
		for name, d := range samples(t, width) {
			boxes := textBoxes(t, d)
			if len(boxes) == 0 {
				t.Errorf("%s at %d: no labels at all", name, width)
			}
			for i, b := range boxes {
				if b.left < -0.5 || b.top < -0.5 || b.right > float64(d.Width)+0.5 || b.bottom > float64(d.Height)+0.5 {
					t.Errorf("%s at %d: %v leaves the picture of %d × %d", name, width, b, d.Width, d.Height)
				}
				for _, o := range boxes[:i] {
					if b.overlaps(o) {
						t.Errorf("%s at %d: %v and %v overlap", name, width, b, o)
					}
				}
			}
		}
	}
}

// The judge of the test above must see what it is there to see.
func TestTextBoxesSeeOverlaps(t *testing.T) {
	c := Chart{Width: 200, Height: 100, Option: obj{"graphic": obj{"elements": arr{
		label("one", 50, 50, 12, "#000000", "center"), label("two", 60, 55, 12, "#000000", "left"), label("three", 195, 20, 12, "#000000", "left"),
	}}}}
	boxes := textBoxes(t, drawn(t, "x", c))
	if len(boxes) != 3 || !boxes[0].overlaps(boxes[1]) || boxes[0].overlaps(boxes[2]) || boxes[2].right <= 200 {
		t.Errorf("boxes = %v, want the first two overlapping and the third leaving", boxes)
	}
}

// box is where a text stands, in the picture.
type box struct {
	text                     string
	left, top, right, bottom float64
}

func (b box) String() string {
	return fmt.Sprintf("%q (%.0f,%.0f to %.0f,%.0f)", b.text, b.left, b.top, b.right, b.bottom)
}

func (b box) overlaps(o box) bool {
	const touch = 0.5
	return b.left+touch < o.right && o.left+touch < b.right && b.top+touch < o.bottom && o.top+touch < b.bottom
}

// textBoxes computes the boxes of an SVG's texts from what is in it: position, anchor, size,
// weight and matrix. The height is that of capitals and descenders, 0.95 em.
func textBoxes(t *testing.T, d *Drawing) []box {
	t.Helper()
	var out []box
	decoder := xml.NewDecoder(strings.NewReader(d.Inline("c", "d")))
	for {
		token, err := decoder.Token()
		if err != nil {
			return out
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "text" {
			continue
		}
		var text string
		if err := decoder.DecodeElement(&text, &start); err != nil {
			t.Fatal(err)
		}
		if strings.TrimSpace(text) != "" {
			out = append(out, textBox(t, text, start.Attr))
		}
	}
}

func textBox(t *testing.T, text string, attributes []xml.Attr) box {
	t.Helper()
	a := map[string]string{}
	for _, x := range attributes {
		a[x.Name.Local] = x.Value
	}
	num := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatalf("text %q: %v in %v", text, err, attributes)
		}
		return v
	}
	var x, y float64
	if a["x"] != "" {
		x = num(a["x"])
	}
	if a["y"] != "" {
		y = num(a["y"])
	}
	size := num(a["font-size"])
	if a["dy"] != ".35em" {
		t.Fatalf("text %q has no central baseline: %v", text, attributes)
	}
	w := TextWidth(text, size, a["font-weight"] == "bold")
	switch a["text-anchor"] {
	case "middle":
		x -= w / 2
	case "end":
		x -= w
	}
	m := matrix(t, a["transform"])
	b := box{text: text, left: math.Inf(1), top: math.Inf(1), right: math.Inf(-1), bottom: math.Inf(-1)}
	for _, p := range [][2]float64{{x, y - 0.475*size}, {x + w, y - 0.475*size}, {x, y + 0.475*size}, {x + w, y + 0.475*size}} {
		px, py := m[0]*p[0]+m[2]*p[1]+m[4], m[1]*p[0]+m[3]*p[1]+m[5]
		b.left, b.right = min(b.left, px), max(b.right, px)
		b.top, b.bottom = min(b.top, py), max(b.bottom, py)
	}
	return b
}

var transformPattern = regexp.MustCompile(`^(translate|matrix|rotate)\(([^)]*)\)$`)

func matrix(t *testing.T, transform string) [6]float64 {
	t.Helper()
	m := [6]float64{1, 0, 0, 1, 0, 0}
	if transform == "" {
		return m
	}
	parts := transformPattern.FindStringSubmatch(transform)
	if parts == nil {
		t.Fatalf("cannot read the transform %q", transform)
	}
	var v []float64
	for _, s := range strings.FieldsFunc(parts[2], func(r rune) bool { return r == ',' || r == ' ' }) {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatalf("cannot read the transform %q: %v", transform, err)
		}
		v = append(v, f)
	}
	switch {
	case parts[1] == "translate" && len(v) == 2:
		m[4], m[5] = v[0], v[1]
	case parts[1] == "matrix" && len(v) == 6:
		copy(m[:], v)
	default:
		t.Fatalf("cannot read the transform %q", transform)
	}
	return m
}

// What is drawn is in the page's variables, none of it in fixed colours.
func TestInlineHasNoFixedColour(t *testing.T) {
	fixed := regexp.MustCompile(`(?:fill|stroke|style)="[^"]*(?:#[0-9a-fA-F]{3,8}|rgb)[^"]*"`)
	for name, d := range samples(t, WideWidth) {
		inline := d.Inline("wide", "x")
		for _, found := range fixed.FindAllString(inline, -1) {
			if !strings.Contains(found, `url(#`) {
				t.Errorf("%s: %s", name, found)
			}
		}
	}
}

func TestHiddenIsHatchedAndHasNoNumber(t *testing.T) {
	c := sampleHeat(sampleRegions, Bits).Chart(WideWidth, &Light)
	svg := string(drawn(t, "heat", c).File("t", "d", "l"))
	if n := strings.Count(svg, `>hidden</text>`); n != 3 { // a cell a period, and the legend
		t.Errorf("%d labels say hidden, want 3", n)
	}
	if !strings.Contains(svg, `fill="url(#heat-0-hatch)"`) || !strings.Contains(svg, `<pattern id="heat-0-hatch"`) {
		t.Error("hidden cells are not hatched")
	}
	if n := strings.Count(svg, `>–</text>`); n != 2 {
		t.Errorf("%d cells say that there is no data, want 2", n)
	}
}

// A month whose total is hidden stands as a bar of what is shown, and says so: in an area, traffic
// would seem to have fallen.
func TestHiddenTotalMakesBars(t *testing.T) {
	v := sampleVolume(5)
	if v.Bars() {
		t.Error("bars although no total is hidden")
	}
	for m := range v.Months {
		v.Types[flow.Migration][m], v.Types[flow.Other][m] = Num(1e16), Num(1e16)
	}
	v.Total[3], v.Types[flow.CDN][3] = Hide(), Hide()
	if !v.Bars() {
		t.Error("areas although a total is hidden")
	}
	svg := string(drawn(t, "volume", v.Chart(WideWidth, &Light)).File("t", "d", "l"))
	if n := strings.Count(svg, `>hidden</text>`); n != 1 {
		t.Errorf("%d labels say hidden, want 1", n)
	}
}

// The browser and the binary write numbers alike.
func TestFormatsAgreeWithTheScript(t *testing.T) {
	p, err := program()
	if errors.Is(err, ErrNoCharts) {
		testenv.Missing(t, "the chart script is not built; run make, or npm ci && npm run figures in web/")
	}
	if err != nil {
		t.Fatal(err)
	}
	vm, err := runtimeOf(p)
	if err != nil {
		t.Fatal(err)
	}
	var format func(name string, v float64) string
	if err := vm.ExportTo(vm.Get("figures").ToObject(vm).Get("format"), &format); err != nil {
		t.Fatal(err)
	}
	values := []float64{0, 1, 9.995, 10, 12.5, 99.95, 999, 999.4, 999.5, 1000, 1234, 1e5, 999_499, 999_500, 1e15, 1.5e18, 2.5e21, 1e27, 0.5, 0.123456, 0.0004, 0.00001, 1.125}
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		values = append(values, math.Pow(10, 24*random.Float64()-4))
	}
	for _, u := range []Unit{Bits, BPS, Count, Percent, Index} {
		for _, v := range values {
			if u == Percent && v > 1e6 {
				continue // no share is; the script would write an exponent
			}
			if got, want := u.Tick(v), format(string(u), v); got != want {
				t.Errorf("%s of %v is %q here and %q in the script", u, v, got, want)
			}
		}
	}
}

func TestFileIsWellFormed(t *testing.T) {
	for name, d := range samples(t, NarrowWidth) {
		data := d.File(`A "title" & more`, "A <description>", "A line")
		decoder := xml.NewDecoder(bytes.NewReader(data))
		for {
			_, err := decoder.Token()
			if err != nil {
				if err.Error() != "EOF" {
					t.Errorf("%s: %v", name, err)
				}
				break
			}
		}
		for _, bad := range []string{"http://", "https://", "<script", "<style", "zr0", "NaN", "undefined"} {
			if strings.Contains(strings.ReplaceAll(string(data), "http://www.w3.org/2000/svg", ""), bad) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
	}
}
