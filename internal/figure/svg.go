package figure

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
)

// Drawing is a drawn chart: SVG whose text is text, in the light theme's colours.
type Drawing struct {
	Width, Height int
	id            string // prefix of every id in it
	body          string // what is inside <svg>
	tips          []Tip
	bands         []string
}

// Draw draws the charts, the layouts of one figure, in the light theme's colours. The id, letters,
// digits and hyphens, begins every id inside the SVGs, so that several stand on one page.
func Draw(id string, charts ...Chart) ([]*Drawing, error) {
	return DrawBy(func(_ []byte, draw func() ([]string, error)) ([]string, error) { return draw() }, id, charts...)
}

// DrawBy is Draw where by may know what was drawn of the same charts before: it is given everything
// that the drawing depends on, and what draws.
func DrawBy(by func(of []byte, draw func() ([]string, error)) ([]string, error), id string, charts ...Chart) ([]*Drawing, error) {
	of, err := json.Marshal(charts)
	if err != nil {
		return nil, fmt.Errorf("cannot write the options of figure %s: %w", id, err)
	}
	raw, err := by(of, func() ([]string, error) { return draw(charts) })
	if err == nil && len(raw) != len(charts) {
		err = fmt.Errorf("%d drawings of %d charts", len(raw), len(charts))
	}
	if err != nil {
		return nil, fmt.Errorf("cannot draw figure %s: %w", id, err)
	}
	var out []*Drawing
	for i, c := range charts {
		start, end := strings.IndexByte(raw[i], '>')+1, strings.LastIndex(raw[i], "</svg>")
		if start == 0 || end < start {
			return nil, fmt.Errorf("cannot draw figure %s: ECharts gave no SVG", id)
		}
		d := &Drawing{Width: c.Width, Height: c.Height, id: fmt.Sprintf("%s-%d", id, i), tips: c.Tips, bands: c.Bands}
		d.body = tidy(raw[i][start:end], d.id)
		if fill := `fill="` + Light.Hidden + `"`; strings.Contains(d.body, fill) {
			d.body = d.hatch() + strings.ReplaceAll(d.body, fill, `fill="url(#`+d.id+`-hatch)"`)
		}
		out = append(out, d)
	}
	return out, nil
}

// What ECharts writes for a live page and a picture has no use for: hover styles and their classes,
// marks for its own event handling, an invisible background.
var (
	styleSheet  = regexp.MustCompile(`(?s)<style ?>.*?</style>\n?`)
	liveMarks   = regexp.MustCompile(` (?:class="[^"]*"|ecmeta_[a-z_]+="[^"]*"|pointer-events="[^"]*"|xml:space="preserve")`)
	background  = regexp.MustCompile(`^\s*<rect [^>]*fill="none"></rect>\n`)
	longFont    = regexp.MustCompile(`style="font-size:([0-9.]+)px;font-family:[^;"]*;(?:font-weight:(\w+);)?"`)
	shortFont   = regexp.MustCompile(`style="font: (?:(\w+) )?([0-9.]+)px [^"]*"`)
	clipFill    = regexp.MustCompile(`(<clipPath id="[^"]*">\s*<path d="[^"]*") fill="#000"`)
	emptyDefs   = regexp.MustCompile(`<defs ?>\s*</defs>\n?`)
	chartIDs    = regexp.MustCompile(`zr\d+-`)
	emptyClosed = regexp.MustCompile(`></(?:rect|path|circle|line|polyline|polygon|image|use)>`)
)

func tidy(s, id string) string {
	s = styleSheet.ReplaceAllString(s, "")
	s = liveMarks.ReplaceAllString(s, "")
	s = background.ReplaceAllString(s, "")
	s = longFont.ReplaceAllString(s, `font-size="$1" font-weight="$2"`)
	s = shortFont.ReplaceAllString(s, `font-size="$2" font-weight="$1"`)
	s = strings.ReplaceAll(s, ` font-weight=""`, "")
	s = strings.ReplaceAll(s, ` font-weight="normal"`, "")
	// Programs differ in the baselines they know; a shift of 0.35 em is the same in all.
	s = strings.ReplaceAll(s, ` dominant-baseline="central"`, ` dy=".35em"`)
	s = clipFill.ReplaceAllString(s, "$1")
	s = emptyDefs.ReplaceAllString(s, "")
	s = emptyClosed.ReplaceAllString(s, "/>")
	return chartIDs.ReplaceAllString(s, id+"-")
}

// hatch is the pattern of suppressed cells.
func (d *Drawing) hatch() string {
	return fmt.Sprintf(`<defs><pattern id="%s-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="%s"/><path d="M0 0V6" stroke="%s" stroke-width="2.4"/></pattern></defs>`+"\n",
		d.id, Light.Hidden, Light.Link)
}

// FootHeight is what File adds to a drawing's height, in CSS pixels.
const FootHeight = 26

// File is the drawing as a file of its own, with a title, a description, a background, and a line
// under it that says what it is: a figure is shown without its page.
func (d *Drawing) File(title, description, line string) []byte {
	const foot, size = FootHeight, 12
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" font-family="%[3]s" role="img" aria-labelledby="%[4]s-title %[4]s-desc">`+"\n",
		d.Width, d.Height+foot, FontStack, d.id)
	fmt.Fprintf(&b, "<title id=\"%s-title\">%s</title>\n<desc id=\"%[1]s-desc\">%[3]s</desc>\n", d.id, escape(title), escape(description))
	fmt.Fprintf(&b, "<rect width=\"%d\" height=\"%d\" fill=\"%s\"/>\n%s", d.Width, d.Height+foot, Light.Paper, d.still())
	fmt.Fprintf(&b, "<text x=\"2\" y=\"%d\" dy=\".35em\" font-size=\"%d\" fill=\"%s\">%s</text>\n</svg>\n",
		d.Height+foot/2, size, Light.Muted, escape(fit(line, size, float64(d.Width)-4)))
	return []byte(b.String())
}

// Inline is the drawing as part of a page that declares the colours of a Theme as custom properties
// (Theme.CSS): every colour is a variable, so that the page's theme is the figure's.
func (d *Drawing) Inline(class, description string) string {
	return fmt.Sprintf(`<svg class="%s" viewBox="0 0 %d %d" font-family="%s" role="img" aria-label="%s">`+"\n%s</svg>",
		escape(class), d.Width, d.Height, FontStack, escape(description), variableColors.Replace(d.live()))
}

// variableColors replaces the light theme's colours, all different, by their variables.
var variableColors = func() *strings.Replacer {
	var pairs []string
	for _, v := range Light.variables() {
		pairs = append(pairs, `"`+v.value+`"`, `"var(--`+v.name+`)"`)
	}
	// ECharts shortens no colour but white.
	pairs = append(pairs, `"#fff"`, `"var(--paper)"`)
	return strings.NewReplacer(pairs...)
}()

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}
