package report

import (
	"fmt"
	"html"
	"regexp"
	"strings"
)

// proseHTML writes the little Markdown that the methods page is written in as HTML: headings,
// paragraphs and lists, each on lines of its own between empty lines, with **strong**, *stressed*,
// `code` and [links](target). Headings but the first get an anchor from their words.
func proseHTML(markdown string) string {
	var b strings.Builder
	for block := range strings.SplitSeq(strings.TrimSpace(markdown), "\n\n") {
		lines := strings.Split(block, "\n")
		switch {
		case strings.HasPrefix(block, "# "):
			fmt.Fprintf(&b, "<h1>%s</h1>\n", spanHTML(block[2:]))
		case strings.HasPrefix(block, "## "):
			id := slug(block[3:])
			fmt.Fprintf(&b, "<h2 id=\"%s\">%s <a class=\"anchor\" href=\"#%[1]s\" aria-label=\"Link to this section\">#</a></h2>\n", id, spanHTML(block[3:]))
		case strings.HasPrefix(block, "- "):
			b.WriteString("<ul>\n" + itemsHTML(lines) + "</ul>\n")
		case strings.HasPrefix(block, "1. "):
			b.WriteString("<ol>\n" + itemsHTML(lines) + "</ol>\n")
		default:
			fmt.Fprintf(&b, "<p>%s</p>\n", spanHTML(strings.Join(lines, " ")))
		}
	}
	return b.String()
}

func itemsHTML(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		_, text, _ := strings.Cut(l, " ")
		fmt.Fprintf(&b, "<li>%s</li>\n", spanHTML(text))
	}
	return b.String()
}

var (
	strongSpan = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	emSpan     = regexp.MustCompile(`\*([^*]+)\*`)
	codeSpan   = regexp.MustCompile("`([^`]+)`")
	linkSpan   = regexp.MustCompile(`\[([^\]]+)\]\(([^)]+)\)`)
	notWord    = regexp.MustCompile(`[^a-z0-9]+`)
)

func spanHTML(s string) string {
	s = html.EscapeString(s)
	s = codeSpan.ReplaceAllString(s, "<code>$1</code>")
	s = strongSpan.ReplaceAllString(s, "<strong>$1</strong>")
	s = emSpan.ReplaceAllString(s, "<em>$1</em>")
	return linkSpan.ReplaceAllString(s, `<a href="$2">$1</a>`)
}

// slug is a text as an anchor: its words in lower case, joined by hyphens.
func slug(text string) string {
	return strings.Trim(notWord.ReplaceAllString(strings.ToLower(text), "-"), "-")
}
