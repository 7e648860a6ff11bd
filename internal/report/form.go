package report

import (
	"fmt"
	"net/url"
	"strings"
)

// Form is how a report is written down. The zero value is a page that says nothing of where it will
// stand.
type Form struct {
	Version   string // the program's, for the foot and the citation
	Markdown  bool   // write index.md, for a blog, in place of index.html
	Pictures  bool   // PNGs of the figures will stand beside their SVGs
	URL       string // where the folder will be published, with a slash at its end; empty if nobody knows
	Publisher string // who publishes; empty names nobody
}

// Index is the name of the page's file.
func (f *Form) Index() string {
	if f.Markdown {
		return "index.md"
	}
	return "index.html"
}

// ParseURL reads the address of the folder that a report will be published in: absolute, http or
// https, without query or fragment. It returns it with a slash at its end, so that a file's name
// can follow.
func ParseURL(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("%q is no address of a folder on the web: it must be like https://example.net/reports/2025Q4/", s)
	}
	u.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, "index.html"), "/") + "/"
	return u.String(), nil
}

// title is what the report is called, with what a reader must know of it before its first number.
func (r *Report) title() string {
	var marks []string
	if r.Simulated {
		marks = append(marks, "simulated data")
	}
	if !r.Period.Whole {
		marks = append(marks, "preliminary")
	}
	if r.Draft != nil {
		marks = append(marks, "draft")
	}
	out := "Network report, " + r.Period.Title()
	if len(marks) > 0 {
		out += " (" + strings.Join(marks, ", ") + ")"
	}
	return out
}

// notice is a sentence or two that stands above everything else.
type notice struct {
	Head, Text string
	Items      []string
}

// notices are what every page of the report begins with.
func (r *Report) notices() []notice {
	var out []notice
	if r.Draft != nil {
		out = append(out, notice{"Draft, not for publication.", "This report fails its self-check, and was written all the same because that was asked for. What failed:", r.Draft})
	}
	if r.Simulated {
		out = append(out, notice{"Simulated data.", "The traffic in this report is invented. It shows what a report looks like, and says nothing about any real network.", nil})
	}
	if !r.Period.Whole {
		out = append(out, notice{"Preliminary.", "The period was not over when this report was made: its numbers end with the newest data, " +
			r.Period.To.Time().Format("2 January 2006, 15:04") + " UTC, and will change.", nil})
	}
	return out
}
