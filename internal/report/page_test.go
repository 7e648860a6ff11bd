package report

import (
	"crypto/sha256"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
)

// bareIndex is the page of a report without its figures.
func bareIndex(t *testing.T, r *Report) string {
	t.Helper()
	p, err := r.newPage(nil, &Form{Version: "test"}, &Citation{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := p.html()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The page's policy allows its own style and script, by what is between their tags, and nothing
// else; nothing on the page needs more.
func TestPageKeepsItsPolicy(t *testing.T) {
	files := filesOf(t, "default", defaultWorld(), "2025Q4")
	for _, name := range []string{"index.html", "methods.html"} {
		page := string(files[name])
		policy := html.UnescapeString(between(t, page, `http-equiv="Content-Security-Policy" content="`, `"`))
		if !strings.HasPrefix(policy, "default-src 'none'; ") {
			t.Errorf("%s: the policy is %q", name, policy)
		}
		if want := "style-src " + hash(between(t, page, "<style>", "</style>")) + ";"; !strings.Contains(policy, want) {
			t.Errorf("%s: the policy %q does not have %q", name, policy, want)
		}
		if script := "<script>"; strings.Contains(page, script) {
			if want := "script-src " + hash(between(t, page, script, "</script>")) + ";"; !strings.Contains(policy, want) {
				t.Errorf("%s: the policy %q does not have %q", name, policy, want)
			}
		}
		_, body, _ := strings.Cut(page, "<body>")
		if found := regexp.MustCompile(`<[^>]* (?:style|on[a-z]+)="[^"]*"`).FindString(body); found != "" {
			t.Errorf("%s: the policy forbids %s", name, found)
		}
	}
	if n := len(files["index.html"]); n > 4<<20 {
		t.Errorf("the page has %d bytes, more than 4 MiB", n)
	}
}

// between is the text between two marks.
func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, from)
	out, _, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatalf("nothing stands between %q and %q", from, to)
	}
	return out
}

// The citation names period, version and dataset, and the fingerprint is that of the file beside it.
func TestCitation(t *testing.T) {
	r := usualReport(t)
	// SHA-256 of "abc" is a test vector of FIPS 180-2.
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	f := func(form Form, text, bibtex string) {
		t.Helper()
		c := r.citation(&form, []byte("abc"))
		if c.Text != text {
			t.Errorf("citation:\n%s\nwant:\n%s", c.Text, text)
		}
		if c.BibTeX != bibtex {
			t.Errorf("BibTeX:\n%s\nwant:\n%s", c.BibTeX, bibtex)
		}
		if c.Fingerprint != abc {
			t.Errorf("fingerprint %s, want %s", c.Fingerprint, abc)
		}
	}
	const facts = "1 October to 31 December 2025 (UTC); computed by Tributary 1.2.3; dataset.csv SHA-256 " + abc
	f(Form{Version: "1.2.3"}, "Network report, Q4 2025 (simulated data). "+facts+".",
		"@misc{network-report-2025Q4,\n  title = {{Network report, Q4 2025 (simulated data)}},\n  year = {2025},\n  note = {"+facts+"}\n}\n")
	f(Form{Version: "1.2.3", Publisher: "A & B_C", URL: "https://example.net/r/"},
		"A & B_C. Network report, Q4 2025 (simulated data). "+facts+". https://example.net/r/",
		"@misc{network-report-2025Q4,\n  title = {{Network report, Q4 2025 (simulated data)}},\n  author = {{A \\& B\\_C}},\n  year = {2025},\n  url = {https://example.net/r/},\n  note = {"+facts+"}\n}\n")

	files := filesOf(t, "default", defaultWorld(), "2025Q4")
	sum := fmt.Sprintf("%x", sha256.Sum256(files["dataset.csv"]))
	for _, name := range []string{"index.html", "report.json"} {
		if !strings.Contains(string(files[name]), sum) {
			t.Errorf("%s does not have the fingerprint of dataset.csv", name)
		}
	}
}

// What a reader must know first stands in the title, above the page, in every figure's foot, in
// Markdown and in report.json.
func TestDraftIsMarkedEverywhere(t *testing.T) {
	r := usualReport(t)
	const failure = "the totals of <two> figures differ"
	r.Draft = []string{failure}
	for _, markdown := range []bool{false, true} {
		files, err := r.Files(t.Context(), Form{Version: "1.2.3", Markdown: markdown})
		if err != nil {
			missingCharts(t, err)
			t.Fatal(err)
		}
		for _, f := range files {
			text := html.UnescapeString(string(f.Data))
			switch {
			case strings.HasPrefix(f.Path, "dataset."):
			case strings.HasSuffix(f.Path, ".svg"):
				if !strings.Contains(text, "Draft, not for publication. Simulated data</text>") && !strings.Contains(text, "…</text>") {
					t.Errorf("%s does not say that it is of a draft", f.Path)
				}
			case f.Path == "report.json":
				if !strings.Contains(text, `"draft": [`) || !strings.Contains(text, failure) {
					t.Errorf("report.json does not say what failed")
				}
			default:
				if !strings.Contains(text, "Draft, not for publication.") || !strings.Contains(text, failure) {
					t.Errorf("%s does not say that it is a draft, and what failed", f.Path)
				}
			}
		}
	}
	if got := r.title(); got != "Network report, Q4\u00a02025 (simulated data, draft)" {
		t.Errorf("title = %q", got)
	}
}

// Where the folder's address is known, the page names it, and the picture for link previews.
func TestAddressAndPreview(t *testing.T) {
	r := usualReport(t)
	files, err := r.Files(t.Context(), Form{Version: "1.2.3", URL: "https://example.net/r/", Pictures: true})
	if err != nil {
		missingCharts(t, err)
		t.Fatal(err)
	}
	page := string(files[len(files)-1].Data)
	for _, want := range []string{
		`<link rel="canonical" href="https://example.net/r/">`, `<meta property="og:url" content="https://example.net/r/">`,
		`<meta property="og:image" content="https://example.net/r/figures/volume.png">`, `<meta property="og:image:width" content="1800">`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if bare := bareIndex(t, r); strings.Contains(bare, "canonical") || strings.Contains(bare, "og:image") {
		t.Error("a page of unknown address and without pictures names one")
	}
}

func TestParseURL(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		got, err := ParseURL(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("ParseURL(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	f("https://example.net/reports/2025Q4", "https://example.net/reports/2025Q4/")
	f("https://example.net/reports/2025Q4/index.html", "https://example.net/reports/2025Q4/")
	f("http://example.net", "http://example.net/")
	f("example.net/reports", "")
	f("ftp://example.net/", "")
	f("https://example.net/?q=1", "")
	f("javascript:alert(1)", "")
}

// Text, even with odd characters, is a string of the style sheet and not more.
func TestCSSString(t *testing.T) {
	if got, want := cssString("a\"b\\c</style>\n·"), `"a\22 b\5c c\3c /style\3e \a ·"`; got != want {
		t.Errorf("cssString = %s, want %s", got, want)
	}
}

// The methods' source is Markdown of the kind that proseHTML reads: none of its marks is left.
func TestMethodsAreRead(t *testing.T) {
	out := proseHTML(methodsProse)
	for _, mark := range []string{"**", "](", "`", "\n#", "\n- ", "<p>1. "} {
		if strings.Contains(out, mark) {
			t.Errorf("the page on methods has %q left: %q", mark, out[max(0, strings.Index(out, mark)-40):][:80])
		}
	}
	if n := strings.Count(out, "<h2 id="); n != strings.Count(methodsProse, "\n## ") || n < 8 {
		t.Errorf("%d sections", n)
	}
	if got, want := proseHTML("# A\n\n## B & *c*\n\n1. x [y](z.html)\n2. **w**\n\nu\nv `t`"), "<h1>A</h1>\n"+
		`<h2 id="b-c">B &amp; <em>c</em> <a class="anchor" href="#b-c" aria-label="Link to this section">#</a></h2>`+
		"\n<ol>\n<li>x <a href=\"z.html\">y</a></li>\n<li><strong>w</strong></li>\n</ol>\n<p>u v <code>t</code></p>\n"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// usualReport is the report of the usual world's last quarter.
func usualReport(t *testing.T) *Report {
	t.Helper()
	w := defaultWorld()
	r, err := New(w.input(t, "2025Q4"))
	if err != nil {
		t.Fatal(err)
	}
	r.kept = drawings
	return r
}
