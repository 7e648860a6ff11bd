package figure

import (
	"encoding/xml"
	"math"
	"strings"
	"testing"
)

// Every tip lies inside its picture, says something, and stands in the page as data-tip and in the
// file as a title; no hidden value gives a number away.
func TestTips(t *testing.T) {
	for _, width := range []int{NarrowWidth, WideWidth} {
		for name, c := range charts(width, &Light) {
			d := samples(t, width)[name]
			for _, tip := range c.Tips {
				head, rest, _ := strings.Cut(tip.Text, "\n")
				if head == "" || rest == "" {
					t.Errorf("%s at %d: the tip %q has no head or no value", name, width, tip.Text)
				}
				if tip.X < -minTip || tip.Y < -minTip || tip.X+tip.W > float64(d.Width)+minTip || tip.Y+tip.H > float64(d.Height)+minTip || !(tip.W > 0) || !(tip.H > 0) {
					t.Errorf("%s at %d: the tip %q at %v,%v of %v × %v leaves the picture", name, width, tip.Text, tip.X, tip.Y, tip.W, tip.H)
				}
			}
			if got, want := attributes(t, d.Inline("c", "d"), "rect", "data-tip"), len(c.Tips); got != want {
				t.Errorf("%s at %d: %d rectangles with data-tip in the page, want %d", name, width, got, want)
			}
			if got, want := attributes(t, d.Inline("c", "d"), "path", "data-tip"), len(c.Bands); got != want {
				t.Errorf("%s at %d: %d bands with data-tip in the page, want %d", name, width, got, want)
			}
			file := string(d.File("T", "D", "L"))
			if got, want := strings.Count(file, "<title>"), len(c.Tips)+len(c.Bands); got != want {
				t.Errorf("%s at %d: %d titles in the file, want %d", name, width, got, want)
			}
			if strings.Contains(file, "data-tip") || strings.Contains(file, "<script") {
				t.Errorf("%s at %d: the file holds what only a page's script reads", name, width)
			}
		}
	}
}

// attributes counts the elements of a kind that carry an attribute, in well-formed XML.
func attributes(t *testing.T, svg, element, attribute string) int {
	t.Helper()
	n := 0
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if token == nil {
			if err.Error() != "EOF" {
				t.Fatal(err)
			}
			return n
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == element {
			for _, a := range start.Attr {
				if a.Name.Local == attribute {
					n++
				}
			}
		}
	}
}

// The columns of months cover the plot without gap or overlap, each around its month.
func TestMonthTipsCoverThePlot(t *testing.T) {
	p := plot{left: 40, top: 10, width: 300, height: 200}
	f := func(n int, between bool) {
		t.Helper()
		months := []string{"2025-08", "2025-09", "2025-10", "2025-11", "2025-12"}[:n]
		tips := monthTips(months, p, between, func(m int) []string { return []string{months[m]} })
		x := p.left
		for i, tip := range tips {
			if at := monthAt(i, n, p, between); math.Abs(tip.X-x) > 1e-9 || at < tip.X-1e-9 || at > tip.X+tip.W+1e-9 {
				t.Errorf("%d months, between %v: month %d stands at %v, its column from %v to %v, want it from %v", n, between, i, at, tip.X, tip.X+tip.W, x)
			}
			x = tip.X + tip.W
		}
		if math.Abs(x-p.right()) > 1e-9 {
			t.Errorf("%d months, between %v: the columns end at %v, want %v", n, between, x, p.right())
		}
	}
	for n := 1; n <= 5; n++ {
		f(n, false)
		f(n, true)
	}
	if got := monthTips([]string{"2025-10"}, p, true, func(int) []string { return []string{"a: 1", "", "b: 2"} })[0].Text; got != "October\u00a02025\na: 1\nb: 2" {
		t.Errorf("the words of a month are %q", got)
	}
}

// A band says where it comes from and goes to, in the order in which ECharts draws the links.
func TestBandsSayTheirEnds(t *testing.T) {
	f := sampleFlow(sampleRegions)
	c := f.Chart(WideWidth, &Light)
	links := f.links(&Light)
	if len(c.Bands) != len(links) || len(links) == 0 {
		t.Fatalf("%d words for %d bands", len(c.Bands), len(links))
	}
	for i, l := range links {
		if want := f.Unit.Format(l.bits); !strings.HasSuffix(c.Bands[i], "\n"+want) || !strings.Contains(c.Bands[i], " → ") {
			t.Errorf("the band from %s to %s says %q, want its ends and %s", l.from, l.to, c.Bands[i], want)
		}
	}
	page := drawn(t, "bands", c).Inline("c", "d")
	for i, l := range links { // the colour of the n-th path is that of the n-th link
		at := strings.Index(page, `data-tip="`+escape(c.Bands[i])+`"`)
		start := strings.LastIndex(page[:at], "<path")
		if want := variableColors.Replace(`"` + l.color + `"`); l.color != Light.Hidden && !strings.Contains(page[start:at], "fill="+want) {
			t.Errorf("the band %q is drawn as %q, want the colour %s", c.Bands[i], page[start:at], want)
		}
	}
}
