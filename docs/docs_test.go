package docs_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"tributary/internal/testenv"
)

var (
	fence   = regexp.MustCompile("(?ms)^ *```.*?^ *```[ ]*$")
	code    = regexp.MustCompile("``[^`].*?``|`[^`\n]*`")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"`)
	heading = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
)

// sources are the manual's pages and the files of the repository's root that link into it, by their
// paths from the root.
func sources(t *testing.T, root string) map[string]string {
	t.Helper()
	out := map[string]string{}
	add := func(name string) {
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(data)
	}
	err := fs.WalkDir(os.DirFS(root), "docs", func(name string, _ fs.DirEntry, err error) error {
		if err == nil && path.Ext(name) == ".md" {
			add(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	add("README.md")
	add("CHANGELOG.md")
	return out
}

// anchors are the headings' as GitHub makes them: lower case, spaces to hyphens, other signs left out,
// and a number where one comes again.
func anchors(text string) map[string]bool {
	out, seen := map[string]bool{}, map[string]int{}
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		title := regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(m[1], "$1")
		slug := strings.Map(func(r rune) rune {
			switch {
			case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
				return unicode.ToLower(r)
			case r == ' ':
				return '-'
			}
			return -1
		}, title)
		if n := seen[slug]; n > 0 {
			out[slug+"-"+string(rune('0'+n))] = true
		} else {
			out[slug] = true
		}
		seen[slug]++
	}
	return out
}

// links are a page's, without those to other hosts.
func links(text string) []string {
	var out []string
	text = code.ReplaceAllString(fence.ReplaceAllString(text, ""), "")
	for _, m := range link.FindAllStringSubmatch(text, -1) {
		if to := m[1] + m[2]; !strings.Contains(to, "://") && !strings.HasPrefix(to, "mailto:") {
			out = append(out, to)
		}
	}
	return out
}

// TestLinksLead: every relative link in the manual, the README and the changelog leads to a file, and
// its anchor to a heading.
func TestLinksLead(t *testing.T) {
	root := testenv.Root(t)
	pages := sources(t, root)
	checked := 0
	for name, text := range pages {
		for _, to := range links(text) {
			file, anchor, _ := strings.Cut(to, "#")
			target := name
			if file != "" {
				target = path.Join(path.Dir(name), file)
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(target))); err != nil {
				t.Errorf("%s links to %s, which does not exist", name, to)
			} else if anchor != "" && !anchors(pages[target])[anchor] {
				t.Errorf("%s links to %s: there is no such heading in %s", name, to, target)
			}
			checked++
		}
	}
	if checked < 50 {
		t.Errorf("found %d links, want at least 50: the test no longer sees them", checked)
	}
}

// TestNoOrphans: the index names every page of the manual.
func TestNoOrphans(t *testing.T) {
	pages := sources(t, testenv.Root(t))
	listed := map[string]bool{"docs/README.md": true}
	for _, to := range links(pages["docs/README.md"]) {
		file, _, _ := strings.Cut(to, "#")
		listed[path.Join("docs", file)] = true
	}
	for name := range pages {
		if strings.HasPrefix(name, "docs/") && !listed[name] {
			t.Errorf("docs/README.md does not name %s", name)
		}
	}
}
