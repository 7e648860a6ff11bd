package console

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// ManualFound is a part of a page in which all words that were looked for stand.
type ManualFound struct {
	Path    string `json:"path"`
	Anchor  string `json:"anchor"` // of the part's heading; empty: the page's beginning
	Title   string `json:"title"`  // of the page
	Heading string `json:"heading"`
	Excerpt string `json:"excerpt"` // around the first of the words
}

const (
	maxFound     = 30  // more nobody looks through; another word helps
	excerptWidth = 180 // octets: two lines of the list
)

// search finds the parts in which all words of a query stand. A word in the title of a page or part
// weighs more than one in its text.
func (m *manual) search(query string) []ManualFound {
	words := strings.Fields(strings.ToLower(query))
	if len(words) == 0 {
		return nil
	}
	type hit struct {
		part   *manualPart
		weight int
	}
	var hits []hit
	for i := range m.parts {
		if weight := m.parts[i].weigh(words); weight > 0 {
			hits = append(hits, hit{&m.parts[i], weight})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return b.weight - a.weight })
	out := []ManualFound{}
	for _, h := range hits[:min(len(hits), maxFound)] {
		out = append(out, ManualFound{
			Path: h.part.entry.Path, Anchor: h.part.heading.ID, Title: h.part.entry.Title,
			Heading: h.part.heading.Title, Excerpt: h.part.excerpt(words),
		})
	}
	return out
}

// weigh is how well a part answers, 0 where a word is missing.
func (p *manualPart) weigh(words []string) int {
	title, heading := strings.ToLower(p.entry.Title+" "+p.entry.Path), strings.ToLower(p.heading.Title)
	sum := 0
	for _, w := range words {
		weight := min(3, strings.Count(p.lower, w)) // three mentions say what it is about
		if strings.Contains(heading, w) {
			weight += 20
		}
		if strings.Contains(title, w) {
			weight += 5
			if p.heading.ID == "" { // the page's beginning
				weight += 20
			}
		}
		if weight == 0 {
			return 0
		}
		sum += weight
	}
	return sum
}

// excerpt is some text around the first word that stands in it.
func (p *manualPart) excerpt(words []string) string {
	at := len(p.lower)
	for _, w := range words {
		if i := strings.Index(p.lower, w); i >= 0 {
			at = min(at, i)
		}
	}
	if at == len(p.lower) { // the words stand in titles only
		at = 0
	}
	// Lower case can have another length in some scripts; the place is then near, and never outside.
	from := max(0, min(at, len(p.text))-excerptWidth/3)
	to := min(len(p.text), from+excerptWidth)
	for from > 0 && !utf8.RuneStart(p.text[from]) {
		from--
	}
	for to < len(p.text) && !utf8.RuneStart(p.text[to]) {
		to++
	}
	out := p.text[from:to]
	if from > 0 {
		if i := strings.IndexByte(out, ' '); i >= 0 && i < excerptWidth/3 {
			out = out[i+1:]
		}
		out = "… " + out
	}
	if to < len(p.text) {
		if i := strings.LastIndexByte(out, ' '); i > excerptWidth/2 {
			out = out[:i]
		}
		out += " …"
	}
	return out
}
