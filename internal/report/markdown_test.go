package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// The article has everything that the page has but long tables, and every link of it leads to a
// file of the folder or to an anchor of its own.
func TestMarkdown(t *testing.T) {
	r := usualReport(t)
	files, err := r.Files(t.Context(), Form{Version: "1.2.3", Markdown: true, Publisher: `A "B"`})
	if err != nil {
		missingCharts(t, err)
		t.Fatal(err)
	}
	have, text := map[string]bool{}, map[string]string{}
	for _, f := range files {
		have[f.Path] = true
		text[f.Path] = string(f.Data)
	}
	if last := files[len(files)-1].Path; last != "index.md" || have["index.html"] || !have["report.json"] || !have["dataset.csv"] || !have["methods.md"] {
		t.Fatalf("files = %v, the last %s", sortedKeys(have), last)
	}
	article := text["index.md"]
	head := "---\ntitle: \"Network report, Q4 2025 (simulated data)\"\ndate: 2025-12-31\ndescription: \""
	if !strings.HasPrefix(article, head) || !strings.Contains(article, "\nauthor: \"A \\\"B\\\"\"\n---\n\n> **Simulated data.**") {
		t.Errorf("the article begins with %.300q", article)
	}
	for _, name := range []string{"index.md", "methods.md"} {
		for _, m := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(text[name], -1) {
			if anchor, ok := strings.CutPrefix(m[1], "#"); ok {
				if !strings.Contains(text[name], `<a id="`+anchor+`">`) {
					t.Errorf("%s: the anchor %s is nowhere", name, m[1])
				}
			} else if !have[m[1]] {
				t.Errorf("%s: %s is no file of the folder", name, m[1])
			}
		}
	}
	for i := range r.Figures {
		f := &r.Figures[i]
		if !strings.Contains(article, "](figures/"+f.Name+".svg)") {
			t.Errorf("the article has no picture of %s", f.Name)
		}
	}
	for i, f := range r.Findings {
		if want := fmt.Sprintf("\n%d. %s", i+1, mdText(f.Text)); !strings.Contains(article, want) {
			t.Errorf("the article lacks %q", want)
		}
	}
	for _, sentence := range []string{r.Coverage.Silence, r.Coverage.Thin, r.Coverage.Loss, r.Coverage.Places} {
		if !strings.Contains(article, mdText(sentence)) {
			t.Errorf("the article lacks %q", sentence)
		}
	}
	for _, threshold := range r.Thresholds {
		if want := fmt.Sprintf("\n| `%s` | %s | ", threshold.Name, mdText(threshold.Value)); !strings.Contains(article, want) {
			t.Errorf("the article lacks %q", want)
		}
	}
	for _, e := range dictionary {
		if want := fmt.Sprintf("\n- `%s` (%s): ", e.Name, mdText(e.Unit)); !strings.Contains(text["methods.md"], want) {
			t.Errorf("the methods lack %q", want)
		}
	}
	checkMarkdownTables(t, article)
	if pictures := strings.Count(string(files[len(files)-1].Data), ".png)"); pictures > 0 {
		t.Errorf("%d pictures are PNGs that nobody makes", pictures)
	}
}

// checkMarkdownTables: every row has as many cells as its head, and no table is longer than a blog
// bears.
func checkMarkdownTables(t *testing.T, article string) {
	t.Helper()
	cells := func(row string) int { return strings.Count(row, "|") - strings.Count(row, `\|`) }
	lines := strings.Split(article, "\n")
	for i := 0; i < len(lines); i++ {
		if !strings.HasPrefix(lines[i], "|") {
			continue
		}
		start := i
		for ; i < len(lines) && strings.HasPrefix(lines[i], "|"); i++ {
			if cells(lines[i]) != cells(lines[start]) {
				t.Errorf("a row of %d cells under a head of %d: %s", cells(lines[i]), cells(lines[start]), lines[i])
			}
		}
		if n := i - start - 2; n > markdownRows {
			t.Errorf("a table of %d rows under %s", n, lines[start])
		}
	}
}

func TestMarkdownText(t *testing.T) {
	if got, want := mdText("a*b_c|d<e>[f]`g`"), "a\\*b\\_c\\|d&lt;e>\\[f\\]\\`g\\`"; got != want {
		t.Errorf("mdText = %s, want %s", got, want)
	}
}
