package figure

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Tip is a part of a chart that says its value when a reader points at it, touches it or walks to
// it with the arrow keys. Tips may overlap: the later lies above. In a page they are invisible
// rectangles that the page's script reads; in a file, whose reader may have no script, titles.
type Tip struct {
	X, Y, W, H float64 // of the part, in CSS pixels from the chart's top left corner
	Text       string  // lines; the first is the head, "US-East, October 2025"; a hidden number is not in it
}

// minTip is the least width and height of a tip in CSS pixels: a mark smaller than a fingertip is
// still to be hit, but not so large that neighbours cover each other.
const minTip = 10

// tipAround is a tip for the rectangle around two corners, widened to what can be hit.
func tipAround(x0, y0, x1, y1 float64, text string) Tip {
	w, h := max(minTip, math.Abs(x1-x0)), max(minTip, math.Abs(y1-y0))
	return Tip{(x0+x1)/2 - w/2, (y0+y1)/2 - h/2, w, h, text}
}

// tipLines joins a head and lines; empty lines are left out.
func tipLines(head string, lines ...string) string {
	out := head
	for _, l := range lines {
		if l != "" {
			out += "\n" + l
		}
	}
	return out
}

// tipLine is "name: value" in a unit, "hidden" or "no data".
func tipLine(name string, v Value, u Unit) string { return name + ": " + v.Text(u) }

// monthTips are a tip a month over the whole height of a plot with a monthAxis. lines gives the
// lines of a month beneath its name.
func monthTips(months []string, p plot, between bool, lines func(month int) []string) []Tip {
	var out []Tip
	n := len(months)
	for m, name := range months {
		left, right := p.left, p.right()
		if between || n > 1 {
			half := monthAt(1, max(2, n), plot{width: p.width}, false) / 2
			if between {
				half = p.width / float64(n) / 2
			}
			at := monthAt(m, n, p, between)
			left, right = max(left, at-half), min(right, at+half)
		}
		out = append(out, Tip{left, p.top, right - left, p.height, tipLines(monthName(name), lines(m)...)})
	}
	return out
}

// monthName is "October 2025" for "2025-10".
func monthName(month string) string {
	t, err := time.Parse("2006-01", month)
	if err != nil {
		return month
	}
	return t.Format("January") + nbsp + t.Format("2006")
}

// inlineTips are the tips as a page has them.
func (d *Drawing) inlineTips() string {
	if len(d.tips) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(`<g class="tips">` + "\n")
	for _, t := range d.tips {
		fmt.Fprintf(&b, `<rect %s data-tip="%s"/>`+"\n", t.box(), escape(t.Text))
	}
	b.WriteString("</g>\n")
	return b.String()
}

// fileTips are the tips as a file has them: titles, which browsers show and which run nothing.
func (d *Drawing) fileTips() string {
	if len(d.tips) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(`<g fill="none" pointer-events="all">` + "\n")
	for _, t := range d.tips {
		fmt.Fprintf(&b, "<rect %s><title>%s</title></rect>\n", t.box(), escape(t.Text))
	}
	b.WriteString("</g>\n")
	return b.String()
}

func (t *Tip) box() string {
	return fmt.Sprintf(`x="%s" y="%s" width="%s" height="%s"`, tenth(t.X), tenth(t.Y), tenth(t.W), tenth(t.H))
}

// tenth writes a length to a tenth of a pixel.
func tenth(x float64) string { return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64) }

// bandOpacity marks the bands of a Sankey diagram, in its option and in the SVG.
const bandOpacity = 0.45

var bandMark = fmt.Sprintf(` fill-opacity="%v"/>`, bandOpacity)

// withBands is the body with words on the bands of a Sankey diagram, which ECharts places and
// draws in the order of the links: end makes of a band's words what ends its path.
func (d *Drawing) withBands(end func(words string) string) string {
	parts := strings.Split(d.body, bandMark)
	if len(d.bands) == 0 || len(parts) != len(d.bands)+1 {
		return d.body
	}
	var b strings.Builder
	for i, part := range parts[:len(d.bands)] {
		b.WriteString(part + strings.TrimSuffix(bandMark, "/>") + end(d.bands[i]))
	}
	b.WriteString(parts[len(d.bands)])
	return b.String()
}

// live is the body for a page.
func (d *Drawing) live() string {
	return d.withBands(func(words string) string { return ` data-tip="` + escape(words) + `"/>` }) + d.inlineTips()
}

// still is the body for a file.
func (d *Drawing) still() string {
	return d.withBands(func(words string) string { return "><title>" + escape(words) + "</title></path>" }) + d.fileTips()
}
