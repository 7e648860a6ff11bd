package figure

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tributary/internal/flow"
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
	lines = slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return l == "" })
	return strings.Join(append([]string{head}, lines...), "\n")
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

// hoverTips of a heatmap: a cell each, under its period, row and column.
func (h *Heat) hoverTips(l *heatLayout) []Tip {
	var out []Tip
	for i, p := range l.plots {
		if h.Cells[i] == nil {
			continue
		}
		for row, rowName := range l.rows {
			for col, colName := range l.cols {
				out = append(out, Tip{
					X: p.left + float64(col)*l.cell[0], Y: p.top + float64(row)*l.cell[1], W: l.cell[0], H: l.cell[1],
					Text: tipLines(rowName+", "+colName, tipLine(h.Periods[i], h.at(i, row, col), h.Unit)),
				})
			}
		}
	}
	return out
}

// hoverTips of a volume: a month each, with its bands from the top of the stack downwards.
func (v *Volume) hoverTips(p plot, bars bool, hidden []Value) []Tip {
	return monthTips(v.Months, p, bars, func(m int) []string {
		lines := []string{tipLine("All types", v.Total[m], v.Unit)}
		if hidden[m].OK() {
			lines = append(lines, tipLine("Hidden together", hidden[m], v.Unit))
		}
		for i := len(StackOrder) - 1; i >= 0; i-- {
			ty := StackOrder[i]
			if x := v.Types[ty][m]; x.State != Missing && anyKnown(v.Types[ty]) && sum(v.Types[ty]) > 0 {
				lines = append(lines, tipLine(TypeName(ty), x, v.Unit))
			}
		}
		return lines
	})
}

// hoverTips of a panel of lines: a month each, with its points from the highest down.
func (l *linePanel) hoverTips(p plot) []Tip {
	if len(l.curves) == 0 {
		return nil
	}
	return monthTips(l.months, p, false, func(m int) []string {
		order := slices.Clone(l.curves)
		slices.SortStableFunc(order, func(a, b curve) int { return cmp.Compare(b.values[m].X, a.values[m].X) })
		var lines []string
		for _, c := range order {
			lines = append(lines, tipLine(c.name, c.values[m], l.scale.unit))
		}
		return lines
	})
}

// bandWords are the words on the bands of the diagram, in the order of its links.
func (f *Flow) bandWords(links []link) []string {
	names := map[string]string{"hidden": "Hidden types together"}
	for ty := range flow.NumNetworkTypes {
		names[ty.String()] = TypeName(ty)
	}
	out := make([]string, len(links))
	for i, l := range links {
		head := strings.TrimPrefix(l.from, "at ") + " → " + names[strings.TrimPrefix(l.to, "out ")]
		if region, ok := strings.CutPrefix(l.to, "at "); ok {
			head = names[strings.TrimPrefix(l.from, "in ")] + " → " + region
		}
		out[i] = tipLines(head, f.Unit.Format(l.bits))
	}
	return out
}
