package report

import (
	"fmt"
	"strings"

	"tributary/internal/figure"
)

// markdownRows is how long a table may be to stand in index.md; longer ones are in report.json.
const markdownRows = 16

// markdown is index.md: the report as an article for a blog, with its figures beside it. It keeps
// to what every Markdown has, tables included. The front matter is what most generators of sites
// read; its date is the period's last day, since no byte of a report comes from the clock.
func (p *page) markdown(f *Form) []byte {
	r, b := p.Report, &strings.Builder{}
	fmt.Fprintf(b, "---\ntitle: %s\ndate: %s\ndescription: %s\n", yamlString(p.Name), (r.Period.To - 1).Time().Format("2006-01-02"), yamlString(p.Description))
	if f.Publisher != "" {
		fmt.Fprintf(b, "author: %s\n", yamlString(f.Publisher))
	}
	if r.Draft != nil {
		b.WriteString("draft: true\n")
	}
	fmt.Fprintf(b, "---\n\n%s", p.markdownNotices())
	fmt.Fprintf(b, "%s\n\n", mdText(r.Period.Dates()))
	b.WriteString("| | |\n|---|---|\n")
	for i := range r.Key {
		n := &r.Key[i]
		note := ""
		if n.Note != "" {
			note = " (" + n.Note + ")"
		}
		fmt.Fprintf(b, "| %s | **%s**%s |\n", mdText(n.Name), mdText(n.Text()), mdText(note))
	}
	b.WriteString("\n## Findings\n\n")
	for i, finding := range r.Findings {
		fmt.Fprintf(b, "%d. %s", i+1, mdText(finding.Text))
		if n := p.number(finding.Figure); n != "" {
			fmt.Fprintf(b, " ([Figure %s](#%s))", n, finding.Figure)
		}
		b.WriteByte('\n')
	}
	for _, c := range p.Chapters {
		fmt.Fprintf(b, "\n## %d %s\n", c.Number, mdText(c.Title))
		for _, d := range c.Figures {
			d.markdown(b, f)
		}
	}
	p.markdownEnd(b)
	return []byte(b.String())
}

// markdown is a figure: heading, picture, words, and its table where that is short.
func (d *drawn) markdown(b *strings.Builder, f *Form) {
	extension := "svg"
	if f.Pictures { // not every blog takes an SVG
		extension = "png"
	}
	fmt.Fprintf(b, "\n### <a id=\"%s\"></a>Figure %s: %s\n\n%s\n\n", d.Name, d.Number, mdText(d.Title), mdText(d.Reading))
	fmt.Fprintf(b, "![%s](figures/%s.%s)\n\n*%s*\n", mdText(d.Alt), d.Name, extension, mdText(d.Caption))
	if len(d.Table.Rows) == 0 || len(d.Table.Rows) > markdownRows {
		return
	}
	b.WriteString("\n|")
	for _, c := range d.Table.Columns {
		name := c.Name
		if c.Unit != "" {
			name += " (" + c.Unit.Of() + ")"
		}
		fmt.Fprintf(b, " %s |", mdText(name))
	}
	b.WriteString("\n|")
	for _, c := range d.Table.Columns {
		if c.Unit == "" {
			b.WriteString("---|")
		} else {
			b.WriteString("---:|")
		}
	}
	for _, row := range d.Table.Rows {
		b.WriteString("\n|")
		for i, c := range row {
			text := c.Label
			if u := d.Table.Columns[i].Unit; u != "" {
				text = cellText(c.Value, u)
			}
			fmt.Fprintf(b, " %s |", mdText(text))
		}
	}
	b.WriteByte('\n')
}

// markdownEnd is what follows the figures.
func (p *page) markdownEnd(b *strings.Builder) {
	r := p.Report
	b.WriteString("\n## What the numbers rest on\n\n")
	if r.Coverage.Unclassified.OK() {
		fmt.Fprintf(b, "Networks of no known type carry %s of the bits. ", mdText(r.Coverage.Unclassified.Text(figure.Percent)))
	}
	b.WriteString(mdText(r.Coverage.Silence))
	for _, sentence := range [...]string{r.Coverage.Thin, r.Coverage.Loss, r.Coverage.Frozen, r.Coverage.Places} {
		if sentence != "" {
			b.WriteString(" " + mdText(sentence))
		}
	}
	b.WriteString("\n\n")
	b.WriteString("| Region | Slots covered | Exporters | Estimated loss | Sampling, 1 packet in |\n|---|---:|---:|---:|---|\n")
	for _, c := range p.CoverageRows {
		fmt.Fprintf(b, "| %s | %s | %d | %s | %s |\n", mdText(c.Region), mdText(c.Slots.Text(figure.Percent)), c.Exporters, mdText(lossPercent(c.Loss)), mdText(ratesText(c.Rates)))
	}
	p.markdownThresholds(b)
	b.WriteString("\nHow it was measured, and what it cannot tell: [methods](methods.md). Every number: [report.json](report.json).")
	if r.Dataset != nil {
		b.WriteString(" The open dataset: [CSV](dataset.csv), [Parquet](dataset.parquet).")
	}
	fmt.Fprintf(b, "\n\n## Cite this\n\n> %s\n\n```bibtex\n%s```\n", mdText(p.Cite.Text), p.Cite.BibTeX)
}

// markdownThresholds are the settings that decide what is shown.
func (p *page) markdownThresholds(b *strings.Builder) {
	b.WriteString("\n### Thresholds\n\n| Setting | Value | Meaning |\n|---|---|---|\n")
	for _, t := range p.Report.Thresholds {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", t.Name, mdText(t.Value), mdText(t.Meaning))
	}
}

// markdownDictionary are the dataset's columns, as a list: the table would be too long.
func markdownDictionary(b *strings.Builder) {
	b.WriteString("\n## <a id=\"dictionary\"></a>Data dictionary\n\n")
	for i := range dictionary {
		e := &dictionary[i]
		fmt.Fprintf(b, "- `%s` (%s): %s", e.Name, mdText(e.Unit), mdText(e.Meaning))
		if e.Caveat != "" {
			b.WriteString(" " + mdText(e.Caveat))
		}
		b.WriteByte('\n')
	}
}

// markdownNotices are what the report must not be read without.
func (p *page) markdownNotices() string {
	var b strings.Builder
	for _, n := range p.Notices {
		fmt.Fprintf(&b, "> **%s** %s\n", mdText(n.Head), mdText(n.Text))
		for _, item := range n.Items {
			fmt.Fprintf(&b, "> - %s\n", mdText(item))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// methodsMarkdown is methods.md: its source, with the page's name in its links, and the data dictionary.
func (p *page) methodsMarkdown() []byte {
	title, rest, _ := strings.Cut(methodsProse, "\n")
	rest = strings.NewReplacer("index.html#coverage", "index.md", "index.html#dictionary", "#dictionary").Replace(rest)
	b := &strings.Builder{}
	b.WriteString(title + "\n\n" + p.markdownNotices() + strings.TrimLeft(rest, "\n"))
	markdownDictionary(b)
	return []byte(b.String())
}

// mdText writes a text so that Markdown reads it as text. Characters that mean something only at
// places where no text of a report stands are left as they are.
func mdText(s string) string { return mdEscape.Replace(s) }

var mdEscape = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`, "<", "&lt;", "|", `\|`, "\n", " ")

// yamlString is a text as a double-quoted string of YAML.
func yamlString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", nbsp, " ").Replace(s) + `"`
}
