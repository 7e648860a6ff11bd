package report

import (
	"bytes"
	_ "embed"
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

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"exact":   exact,
	"cell":    cellText,
	"share":   func(v figure.Value) string { return v.Text(figure.Percent) },
	"unit":    func(u figure.Unit) string { return u.Of() },
	"loss":    lossPercent,
	"rates":   ratesText,
	"grouped": grouped,
	"nbsp":    func() string { return nbsp },
	"number":  func(string) int { return 0 }, // of a figure by its name; html puts the report's in place
}).Parse(pageHTML))

// fonts of the page: the figures' font first, so that the page is of one piece.
const fonts = `"Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif`

// drawn is a figure with its pictures.
type drawn struct {
	*Figure
	Number       int // from 1
	Wide, Narrow template.HTML
	file         []byte // the SVG file
}

// page is what the template sees.
type page struct {
	Report       *Report
	Title        string
	Description  string
	Simulated    bool
	Version      string
	Style        template.CSS
	Figures      []drawn
	Terms        []Term
	CoverageRows []RegionCoverage
}

// style is the style sheet with both themes' colours.
func style() (template.CSS, error) {
	t, err := texttemplate.New("css").Parse(pageCSS)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, map[string]string{"Light": figure.Light.CSS(), "Dark": figure.Dark.CSS(), "Fonts": fonts})
	return template.CSS(b.String()), err
}

// html is index.html.
func (r *Report) html(figures []drawn, version string) ([]byte, error) {
	css, err := style()
	if err != nil {
		return nil, err
	}
	p := page{
		Report: r, Title: r.Period.Title(), Simulated: r.Simulated, Version: version, Style: css,
		Figures: figures, Terms: terms,
		CoverageRows: append(append([]RegionCoverage{}, r.Coverage.Regions...), r.Coverage.All),
	}
	if len(r.Findings) > 0 {
		p.Description = r.Findings[0].Text
	}
	t, err := pageTemplate.Clone()
	if err != nil {
		return nil, err
	}
	t.Funcs(template.FuncMap{"number": func(name string) int {
		return 1 + slices.IndexFunc(figures, func(f drawn) bool { return f.Name == name })
	}})
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("cannot write the page: %w", err)
	}
	return b.Bytes(), nil
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
