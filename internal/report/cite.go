package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Citation is how the report is cited, such that who has the report can check that it is the one:
// by the fingerprint of its dataset, from which most of its numbers follow.
type Citation struct {
	Title       string
	Publisher   string // or empty
	Dates       string // first and last day
	Version     string // the program's
	URL         string // or empty
	Fingerprint string // SHA-256 of dataset.csv, hexadecimal; empty without dataset
	Text        string // one paragraph
	BibTeX      string
}

// citation is made from the report, the form it is written in and dataset.csv (nil without one).
// Its year is that of the period's end: the day on which somebody computed it is in no byte of it.
func (r *Report) citation(f *Form, csv []byte) *Citation {
	plain := func(s string) string { return strings.ReplaceAll(s, nbsp, " ") }
	c := &Citation{Title: plain(r.title()), Publisher: f.Publisher, Dates: plain(r.Period.Dates()), Version: f.Version, URL: f.URL}
	facts := []string{c.Dates, "computed by Tributary " + f.Version}
	if csv != nil {
		sum := sha256.Sum256(csv)
		c.Fingerprint = hex.EncodeToString(sum[:])
		facts = append(facts, "dataset.csv SHA-256 "+c.Fingerprint)
	}
	parts := []string{c.Title, strings.Join(facts, "; ")}
	if f.Publisher != "" {
		parts = append([]string{f.Publisher}, parts...)
	}
	c.Text = strings.Join(parts, ". ") + "."
	if f.URL != "" {
		c.Text += " " + f.URL
	}

	var b strings.Builder
	fmt.Fprintf(&b, "@misc{network-report-%s,\n  title = {{%s}},\n", r.asked.Name, texEscape.Replace(c.Title))
	if f.Publisher != "" {
		fmt.Fprintf(&b, "  author = {{%s}},\n", texEscape.Replace(f.Publisher))
	}
	fmt.Fprintf(&b, "  year = {%d},\n", (r.Period.To - 1).Time().Year())
	if f.URL != "" {
		fmt.Fprintf(&b, "  url = {%s},\n", f.URL)
	}
	fmt.Fprintf(&b, "  note = {%s}\n}\n", texEscape.Replace(strings.Join(facts, "; ")))
	c.BibTeX = b.String()
	return c
}

// texEscape writes what TeX reads as a command as itself.
var texEscape = strings.NewReplacer(`\`, `\textbackslash{}`, "{", `\{`, "}", `\}`, "&", `\&`, "%", `\%`, "$", `\$`, "#", `\#`, "_", `\_`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`)
