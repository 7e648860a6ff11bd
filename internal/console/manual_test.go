package console

import (
	"encoding/json"
	"image"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/net/html"

	"tributary/docs"
)

// elements are those of a page's HTML with their attributes, by a parser of browsers' rules.
func elements(t *testing.T, page string) []html.Token {
	t.Helper()
	var out []html.Token
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return out
		case html.StartTagToken, html.SelfClosingTagToken:
			out = append(out, z.Token())
		}
	}
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// TestManualPagesLead: every page of the manual is rendered, every link in it leads to a page and a
// heading that exist, every picture is served.
func TestManualPagesLead(t *testing.T) {
	c, _ := fleet(t)
	fakePages(t, c)
	h := c.Handler()
	ids := map[string]map[string]bool{} // by address
	m := theManual()
	for _, e := range m.entries {
		p := m.pages[e.Path]
		found := map[string]bool{}
		for _, el := range elements(t, p.HTML) {
			if id := attribute(el, "id"); id != "" {
				if found[id] {
					t.Errorf("%s has two elements %q", e.Path, id)
				}
				found[id] = true
			}
		}
		ids["/manual/"+e.Path] = found
		if p.Title == "" || !strings.Contains(p.HTML, "<h1") || (e.Path != "" && e.Section == "") {
			t.Errorf("%q: no title or no section: %+v", e.Path, p.ManualEntry)
		}
		if w := get(h, "/manual/"+e.Path); w.Code != 200 {
			t.Errorf("/manual/%s: status %d", e.Path, w.Code)
		}
	}
	links, images := 0, 0
	for _, e := range m.entries {
		for _, el := range elements(t, m.pages[e.Path].HTML) {
			switch el.Data {
			case "a":
				links++
				u, err := url.Parse(attribute(el, "href"))
				if err != nil || u.Scheme == "https" || u.Scheme == "http" {
					if err != nil {
						t.Errorf("%s: %v", e.Path, err)
					}
					continue
				}
				to := u.Path
				if to == "" {
					to = "/manual/" + e.Path
				}
				if ids[to] == nil {
					t.Errorf("%s links to %s, which is no page", e.Path, u)
				} else if u.Fragment != "" && !ids[to][u.Fragment] {
					t.Errorf("%s links to %s, which has no such heading", e.Path, u)
				}
			case "img":
				images++
				if w := get(h, attribute(el, "src")); w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "image/") {
					t.Errorf("%s shows %s: status %d %s", e.Path, attribute(el, "src"), w.Code, w.Header().Get("Content-Type"))
				}
				if attribute(el, "alt") == "" || attribute(el, "width") == "" {
					t.Errorf("%s shows %s without a text or its size", e.Path, attribute(el, "src"))
				}
			}
		}
	}
	if links < 100 {
		t.Errorf("saw %d links, want at least 100: the test no longer sees them", links)
	}
}

// TestManualIsWhole: the manual has every file of the folder, and nothing in them is left out for
// being HTML but the marks between which the benchmarks write.
func TestManualIsWhole(t *testing.T) {
	m := theManual()
	comment := regexp.MustCompile(`(?s)<!--.*?-->`)
	code := regexp.MustCompile("(?ms)^ *```.*?^ *```[ ]*$|`[^`\n]*`")
	tag := regexp.MustCompile(`<[a-zA-Z/][^>]*>`)
	for _, dir := range []string{".", "tutorial", "howto", "reference", "explanation"} {
		list, err := docs.Files.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			if f.IsDir() {
				continue
			}
			name := strings.TrimPrefix(dir+"/"+f.Name(), "./")
			if m.pages[manualPath(name)] == nil {
				t.Errorf("the manual lacks %s", name)
			}
			source, err := docs.Files.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			plain := code.ReplaceAllString(comment.ReplaceAllString(string(source), ""), "")
			if found := tag.FindString(plain); found != "" && !strings.HasPrefix(found, "<http") {
				t.Errorf("%s has %s, which the console does not show", name, found)
			}
		}
	}
	for name := range m.pictures {
		if m.sizes[name] == (image.Point{}) {
			t.Errorf("%s: its size cannot be read", name)
		}
	}
}

// manualOf is a manual of one page beside its index.
func manualOf(page string) *ManualPage {
	m := readManual(fstest.MapFS{
		"README.md":       {Data: []byte("# M\n\n## Reference\n\n- [P](reference/p.md): what\n- [Q](reference/q.md)\n")},
		"reference/p.md":  {Data: []byte(page)},
		"reference/q.md":  {Data: []byte("# Q\n\n## Two words\n")},
		"images/a.svg":    {Data: []byte("<svg/>")},
		"images/secret.x": {Data: []byte("x")},
	})
	return m.pages["reference/p"]
}

// What may stand in rendered pages: nothing that loads, runs or styles.
var (
	allowedTags = strings.Fields("a blockquote br code div em h1 h2 h3 h4 h5 h6 hr img li ol p pre strong table tbody td th thead tr ul")
	allowedKeys = strings.Fields("align alt aria-label class height href id loading src start title width")
)

func checkHarmless(t *testing.T, source, out string) {
	t.Helper()
	for _, el := range elements(t, out) {
		if !slices.Contains(allowedTags, el.Data) {
			t.Errorf("%q becomes <%s>", source, el.Data)
		}
		for _, a := range el.Attr {
			if !slices.Contains(allowedKeys, a.Key) {
				t.Errorf("%q: <%s> has the attribute %q", source, el.Data, a.Key)
			}
			if a.Key == "src" && !strings.HasPrefix(a.Val, "/manual/images/") {
				t.Errorf("%q loads %q", source, a.Val)
			}
			u, err := url.Parse(a.Val)
			if a.Key == "href" && (err != nil || !slices.Contains([]string{"", "http", "https", "mailto"}, u.Scheme) || u.Scheme == "" && u.Host != "") {
				t.Errorf("%q leads to %q", source, a.Val)
			}
		}
	}
}

func TestManualLetsNoMarkupThrough(t *testing.T) {
	f := func(source string) {
		t.Helper()
		p := manualOf(source)
		checkHarmless(t, source, p.HTML)
		if strings.Contains(p.HTML, "<!--") {
			t.Errorf("%q leaves a comment: %s", source, p.HTML)
		}
	}
	f("<script>alert(1)</script>")
	f("a <b onclick=x>b</b> <img src=x onerror=y>")
	f("<div style='color:red'>\n\n# h\n\n</div>")
	f("<!-- a comment -->\n\ntext <!-- another -->")
	f("[a](javascript:alert(1)) [b](JaVaScRiPt:x) [c](data:text/html,x) [d](vbscript:x)")
	f("[a](//elsewhere.example/x) ![b](https://elsewhere.example/x.png) ![c](../images/secret.x)")
	f("<javascript:alert(1)>")
	f("| a | b |\n|:-:|--:|\n| 1 | <b>2</b> |\n")
	f("```\"><script>x</script>\ncode\n```")
	f("# <script>x</script>\n\n## \"><img src=x>\n\n## \"><img src=x>\n")
	f("[a]: javascript:x\n\n[a]\n")
	f("![\"><script>](../images/a.svg \"t\\\"><script>\")")
}

func FuzzManual(f *testing.F) {
	for _, seed := range []string{"# t\n\n[a](q.md#two-words) <b>c</b>", "| a |\n|:-:|\n| `<x>` |", "![a](../images/a.svg)", "&#106;avascript:x", "[x](&#x6A;avascript:y)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		checkHarmless(t, source, manualOf(source).HTML)
	})
}

func TestManualRendering(t *testing.T) {
	f := func(source, want string) {
		t.Helper()
		if got := manualOf(source).HTML; !strings.Contains(got, want) {
			t.Errorf("%q becomes %s, want in it %s", source, got, want)
		}
	}
	f("[a](q.md#two-words)", `<a href="/manual/reference/q#two-words">a</a>`)
	f("[a](../README.md)", `<a href="/manual/">a</a>`)
	f("[a](#b)", `<a href="#b">a</a>`)
	f("[a](https://example.net/x)", `<a href="https://example.net/x">a</a>`)
	f("see [`a.go`](../../internal/a.go), please", `<p>see <code>a.go</code>, please</p>`)
	f("| a | b |\n|---|--:|\n| 1 | 2 |\n", `<div class="wide-table"><table>`)
	f("| a | b |\n|---|--:|\n| 1 | 2 |\n", `<td align="right">2</td>`)
	f("![x](../images/a.svg)", `<img src="/manual/images/a.svg" alt="x" loading="lazy">`)
	f("# T\n\n## `run`: what it *does*\n", `<h2 id="run-what-it-does"><code>run</code>: what it <em>does</em><a href="#run-what-it-does" class="anchor"`)
	f("## A\n\n## A\n", `<h2 id="a-1">`)
	f("```yaml\nown: []\n```\n", `<pre><code class="language-yaml">own: []`)
}

func TestManualAnswers(t *testing.T) {
	c, _ := fleet(t)
	h := c.Handler()
	var list Manual
	if w := get(h, "/api/v1/manual"); json.Unmarshal(w.Body.Bytes(), &list) != nil || len(list.Pages) < 10 || list.Found != nil {
		t.Fatalf("list: %d %s", w.Code, w.Body)
	}
	if list.Pages[0].Path != "" || list.Pages[1].Section != "Tutorial" || list.Pages[1].Path != "tutorial/first-report" {
		t.Errorf("the list begins with %+v", list.Pages[:2])
	}
	var p ManualPage
	if w := get(h, "/api/v1/manual/reference/configuration"); json.Unmarshal(w.Body.Bytes(), &p) != nil || p.Title != "Configuration" {
		t.Fatalf("page: %d %s", w.Code, w.Body)
	}
	if len(p.Headings) == 0 || p.Headings[0] != (ManualHeading{"keys", 2, "Keys"}) {
		t.Errorf("headings: %+v", p.Headings)
	}
	if w := get(h, "/api/v1/manual/README"); json.Unmarshal(w.Body.Bytes(), &p) != nil || p.Title != "The manual" {
		t.Errorf("index: %d %s", w.Code, w.Body)
	}
	refused := func(path, near string) {
		t.Helper()
		w := get(h, "/api/v1/manual/"+path)
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), near) {
			t.Errorf("%s: %d %s, want 404 with %q", path, w.Code, w.Body, near)
		}
	}
	refused("reference/confguration", "Near it: reference/configuration")
	refused("configuration", "Near it: reference/configuration")
	refused("statistic", "Near it: reference/statistics")
	refused("zzzzzzzzzz", "lists what it has")
	refused("..%2f..%2fgo.mod", "The manual has no such page")
	refused(strings.Repeat("x", 5000), "lists what it has")
	for path, status := range map[string]int{
		"/manual/reference/configuration": 200, "/manual/api": 200, "/manual/": 200, "/manual/nothing": 404,
		"/manual/images/nothing.png": 404, "/manual/images/report.png": 200,
	} {
		fakePages(t, c)
		if w := get(h, path); w.Code != status {
			t.Errorf("%s: %d, want %d", path, w.Code, status)
		}
	}
}

func TestManualSearch(t *testing.T) {
	c, _ := fleet(t)
	h := c.Handler()
	f := func(query, path, anchor string) {
		t.Helper()
		var m Manual
		w := get(h, "/api/v1/manual?search="+url.QueryEscape(query))
		if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil || len(m.Found) == 0 {
			t.Errorf("%q: %d %s", query, w.Code, w.Body)
			return
		}
		if got := m.Found[0]; got.Path != path || got.Anchor != anchor {
			t.Errorf("%q finds %s#%s first, want %s#%s", query, got.Path, got.Anchor, path, anchor)
		}
		if len(m.Found) > maxFound {
			t.Errorf("%q finds %d parts", query, len(m.Found))
		}
		for _, got := range m.Found {
			if len(got.Excerpt) > excerptWidth+20 {
				t.Errorf("%q: an excerpt of %d octets", query, len(got.Excerpt))
			}
		}
	}
	f("Configuration", "reference/configuration", "")
	f("catalogue files", "reference/configuration", "catalogue-files")
	f("PERSISTENCE", "reference/statistics", "persistence")
	var m Manual
	if w := get(h, "/api/v1/manual?search=xyzzyx"); json.Unmarshal(w.Body.Bytes(), &m) != nil || len(m.Found) != 0 {
		t.Errorf("an unknown word finds %s", w.Body)
	}
	if w := get(h, "/api/v1/manual?search="+strings.Repeat("a", 201)); w.Code != 400 {
		t.Errorf("a search of 201 letters: %d, want 400", w.Code)
	}
}

func FuzzManualSearch(f *testing.F) {
	f.Add("configuration keys")
	f.Add("İ ſ … \xff")
	f.Fuzz(func(t *testing.T, query string) {
		for _, found := range theManual().search(query) {
			if theManual().pages[found.Path] == nil {
				t.Errorf("%q finds the page %q", query, found.Path)
			}
		}
	})
}
