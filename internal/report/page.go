package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	texttemplate "text/template"

	"tributary/internal/figure"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageScript string

//go:embed methods.md
var methodsProse string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"exact":   exact,
	"cell":    cellText,
	"share":   func(v figure.Value) string { return v.Text(figure.Percent) },
	"unit":    func(u figure.Unit) string { return u.Of() },
	"loss":    lossPercent,
	"rates":   ratesText,
	"grouped": grouped,
	"nbsp":    func() string { return nbsp },
	"number":  func(string) string { return "" }, // of a figure by its name; html puts the report's in place
}).Parse(pageHTML))

// fonts of the page: the figures' font first, so that the page is of one piece.
const fonts = `"Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif`

// drawn is a figure with its pictures.
type drawn struct {
	*Figure
	Number       string // "2.3": the third figure of the second chapter
	Wide, Narrow template.HTML
	file         []byte // the SVG file
	size         [2]int // of the file's picture, in CSS pixels
}

// Matters reports whether the figure's table is worth paper: whether it fits a part of a page and says
// more than the picture, which has its numbers in the cells where it is a matrix. Other tables are in
// report.json, and in print where a reader has unfolded them.
func (d *drawn) Matters() bool {
	_, matrix := d.chart.(*figure.Matrix)
	return !matrix && len(d.Table.Rows) <= 16 && len(d.Table.Columns) <= 10
}

// chapterView is a chapter as the page has it.
type chapterView struct {
	Number  int
	ID      string // its anchor
	Title   string
	Figures []*drawn
}

// chapters are runs of figures under one heading. It numbers the figures.
func chapters(figures []drawn) []chapterView {
	var out []chapterView
	for i := range figures {
		f := &figures[i]
		if n := len(out); n == 0 || out[n-1].Title != f.Chapter {
			out = append(out, chapterView{Number: n + 1, Title: f.Chapter, ID: "chapter-" + slug(f.Chapter)})
		}
		c := &out[len(out)-1]
		c.Figures = append(c.Figures, f)
		f.Number = fmt.Sprintf("%d.%d", c.Number, len(c.Figures))
	}
	return out
}

// image is the picture that stands for the report where somebody links to it.
type image struct {
	Path, Alt     string
	Width, Height int // pixels
}

// page is what the templates see.
type page struct {
	Report       *Report
	Cite         *Citation
	Name         string // of the page
	Title        string // of the period
	Description  string
	Address      string // of the page, or empty
	Image        *image // nil without one
	Version      string
	Policy       string
	Style        template.CSS
	Script       template.JS
	Notices      []notice
	Figures      []drawn
	Chapters     []chapterView
	Terms        []Term
	Dictionary   []Entry
	CoverageRows []RegionCoverage
	Methods      template.HTML
}

// style is the style sheet with both themes' colours. What stands at the foot of printed pages is
// in it too.
func style(r *Report, cite *Citation) (template.CSS, error) {
	t, err := texttemplate.New("css").Parse(pageCSS)
	if err != nil {
		return "", err
	}
	foot := strings.ReplaceAll(r.title(), nbsp, " ")
	if cite.Publisher != "" {
		foot = cite.Publisher + " · " + foot
	}
	var b strings.Builder
	err = t.Execute(&b, map[string]string{
		"Light": figure.Light.CSS(), "Dark": figure.Dark.CSS(), "Fonts": fonts,
		"Foot": cssString(foot), "Address": cssString(cite.URL), "Mark": cssString(r.mark()), "Watermark": cssString(r.watermark()),
	})
	return template.CSS(b.String()), err
}

// mark is what printed pages say at their head, so that no page is taken for what it is not.
func (r *Report) mark() string {
	var out []string
	for _, n := range r.notices() {
		out = append(out, strings.TrimSuffix(n.Head, "."))
	}
	return strings.Join(out, " · ")
}

func (r *Report) watermark() string {
	if r.Draft != nil {
		return "DRAFT"
	}
	return ""
}

// cssString is a text as a string of CSS, also inside a style element.
func cssString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r < ' ' || strings.ContainsRune(`"\<>&`, r) {
			fmt.Fprintf(&b, `\%x `, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String() + `"`
}

// hash is the source of a content security policy that allows just this text.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// ScriptSource is the source of a content security policy that allows the page's one script, for
// who serves reports.
func ScriptSource() string { return hash(pageScript) }

// newPage is what all pages of the report have in common.
func (r *Report) newPage(figures []drawn, f *Form, cite *Citation) (*page, error) {
	css, err := style(r, cite)
	if err != nil {
		return nil, err
	}
	p := &page{
		Report: r, Cite: cite, Name: r.title(), Title: r.Period.Title(), Version: f.Version, Style: css, Script: template.JS(pageScript),
		Address: f.URL, Notices: r.notices(), Figures: figures, Chapters: chapters(figures), Terms: terms, Dictionary: dictionary,
		CoverageRows: append(slices.Clone(r.Coverage.Regions), r.Coverage.All),
		Policy:       "default-src 'none'; style-src " + hash(string(css)) + "; script-src " + ScriptSource() + "; base-uri 'none'; form-action 'none'",
	}
	if len(r.Findings) > 0 {
		p.Description = r.Findings[0].Text
	}
	if f.Pictures && len(figures) > 0 {
		first := &figures[0]
		p.Image = &image{f.URL + "figures/" + first.Name + ".png", first.Alt, 2 * first.size[0], 2 * first.size[1]}
	}
	return p, nil
}

// html is index.html.
func (p *page) html() ([]byte, error) { return p.execute("page") }

// execute fills one of the templates. They are cloned, since one that has been executed cannot be.
func (p *page) execute(name string) ([]byte, error) {
	t, err := pageTemplate.Clone()
	if err != nil {
		return nil, err
	}
	t.Funcs(template.FuncMap{"number": p.number})
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, p); err != nil {
		return nil, fmt.Errorf("cannot write the report's %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// number is a figure's number by its name; empty if there is no such figure.
func (p *page) number(name string) string {
	for i := range p.Figures {
		if p.Figures[i].Name == name {
			return p.Figures[i].Number
		}
	}
	return ""
}

// methods is methods.html.
func (p page) methods() ([]byte, error) {
	p.Methods = template.HTML(proseHTML(methodsProse))
	if p.Address != "" {
		p.Address += "methods.html"
	}
	p.Description = "How the numbers of this report came about, what they rest on, and what they cannot tell."
	return p.execute("methods")
}

// exact is the number with all its digits, empty for none.
func exact(v figure.Value) string {
	if !v.OK() {
		return ""
	}
	return strconv.FormatFloat(v.X, 'f', -1, 64)
}

// cellText is a number in a table: four significant digits.
func cellText(v figure.Value, u figure.Unit) string {
	if !v.OK() {
		return v.Text(u)
	}
	return u.Digits(v.X, 4)
}

// ratesText lists sampling rates, each the n of "1 packet in n".
func ratesText(rates []uint32) string {
	var out []string
	for _, r := range rates {
		switch r {
		case 0:
			out = append(out, "not known")
		case 1:
			out = append(out, "1"+nbsp+"(unsampled)")
		default:
			out = append(out, grouped(uint64(r)))
		}
	}
	if len(out) == 0 {
		return "–"
	}
	return strings.Join(out, "; ")
}

// grouped writes a whole number with commas between its thousands.
func grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
