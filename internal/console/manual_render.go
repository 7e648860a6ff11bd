package console

import (
	"bytes"
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// manualReader renders pages of Markdown into a manual.
type manualReader struct {
	manual   *manual
	sources  map[string][]byte // by the path of the page
	markdown goldmark.Markdown
}

// newManualReader makes a renderer of CommonMark with tables. Raw HTML is left out, and so are links
// to javascript: and the like. Cells are aligned by attribute, since the content security policy
// forbids styles in markup.
func newManualReader(m *manual, sources map[string][]byte) *manualReader {
	return &manualReader{manual: m, sources: sources, markdown: goldmark.New(
		goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(wideTables{}, 100))),
	)}
}

// read renders the page of an entry and adds it to the manual.
func (r *manualReader) read(e *ManualEntry) {
	source := r.sources[e.Path]
	doc := r.markdown.Parser().Parse(text.NewReader(source))
	r.leadLinks(doc, e.Path)
	p := &ManualPage{ManualEntry: *e, Headings: []ManualHeading{}}
	ids := map[string]int{}
	part := manualPart{entry: e}
	var words strings.Builder
	end := func() { // of the part
		part.text = strings.Join(strings.Fields(words.String()), " ")
		part.lower = strings.ToLower(part.text)
		r.manual.parts = append(r.manual.parts, part)
		words.Reset()
	}
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		h, ok := n.(*ast.Heading)
		if !ok {
			addText(&words, n, source)
			words.WriteByte(' ')
			continue
		}
		heading := ManualHeading{Level: h.Level, Title: plainText(h, source)}
		heading.ID = headingID(heading.Title, ids)
		h.SetAttributeString("id", []byte(heading.ID))
		if h.Level == 1 {
			p.Title = heading.Title
			continue
		}
		end()
		part.heading = heading
		p.Headings = append(p.Headings, heading)
		h.AppendChild(h, anchorOf(heading))
	}
	end()
	var out bytes.Buffer
	if err := r.markdown.Renderer().Render(&out, source, doc); err != nil {
		panic("BUG: a buffer refuses " + e.Path + ": " + err.Error())
	}
	p.HTML = out.String()
	r.manual.pages[e.Path] = p
}

// headingID makes a heading's anchor as GitHub does, so that links lead to it there and here: lower
// case, spaces become hyphens, other signs go, and one that comes again gets a number.
func headingID(title string, used map[string]int) string {
	id := strings.Map(func(c rune) rune {
		switch {
		case unicode.IsLetter(c) || unicode.IsDigit(c) || c == '-' || c == '_':
			return unicode.ToLower(c)
		case c == ' ':
			return '-'
		}
		return -1
	}, title)
	n := used[id]
	used[id]++
	if n > 0 {
		id += "-" + strconv.Itoa(n)
	}
	return id
}

// anchorOf is the link to a heading that stands behind it.
func anchorOf(h ManualHeading) ast.Node {
	l := ast.NewLink()
	l.Destination = []byte("#" + h.ID)
	l.SetAttributeString("class", []byte("anchor"))
	l.SetAttributeString("aria-label", []byte("Link to this part: "+h.Title))
	l.AppendChild(l, ast.NewString([]byte("#")))
	return l
}

// leadLinks lets a page's links and pictures lead into the manual. A link to a file of the repository
// that is no part of the manual becomes its text, and raw HTML goes.
func (r *manualReader) leadLinks(doc ast.Node, from string) {
	var links []*ast.Link
	var images []*ast.Image
	var raw []ast.Node
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // nothing in it fails
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			links = append(links, n)
		case *ast.Image:
			images = append(images, n)
		case *ast.RawHTML, *ast.HTMLBlock:
			raw = append(raw, n)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range raw {
		n.Parent().RemoveChild(n.Parent(), n)
	}
	for _, l := range links {
		to, ok := r.address(from, string(l.Destination))
		if !ok {
			for c := l.FirstChild(); c != nil; c = l.FirstChild() {
				l.Parent().InsertBefore(l.Parent(), l, c)
			}
			l.Parent().RemoveChild(l.Parent(), l)
			continue
		}
		l.Destination = []byte(to)
	}
	for _, i := range images {
		r.leadImage(i, from)
	}
}

// address is where a link of a page leads in the console; false: nowhere.
func (r *manualReader) address(from, to string) (string, bool) {
	u, err := url.Parse(to)
	switch {
	case err != nil:
		return "", false
	case u.Scheme == "https" || u.Scheme == "http" || u.Scheme == "mailto":
		return to, true
	case u.Scheme != "" || u.Host != "":
		return "", false
	case u.Path == "":
		return to, strings.HasPrefix(to, "#")
	}
	anchor := ""
	if u.Fragment != "" {
		anchor = "#" + u.Fragment
	}
	name := path.Join(path.Dir(from), u.Path)
	if dir, file := path.Split(name); dir == "images/" && r.manual.pictures[file] != nil {
		return "/manual/" + name, true
	}
	if page := manualPath(name); path.Ext(name) == ".md" && r.sources[page] != nil {
		return "/manual/" + page + anchor, true
	}
	return "", false
}

// leadImage lets an image show a picture of the manual, with its size, so that the page does not jump
// when it comes. Where NAME-light has a NAME-dark beside it, each is shown in its theme. An image that
// is none of the manual's goes: pages load nothing from elsewhere.
func (r *manualReader) leadImage(i *ast.Image, from string) {
	to, ok := r.address(from, string(i.Destination))
	name, ours := strings.CutPrefix(to, "/manual/images/")
	if !ok || !ours {
		i.Parent().RemoveChild(i.Parent(), i)
		return
	}
	r.show(i, name)
	dark := strings.Replace(name, "-light.", "-dark.", 1)
	if dark == name || r.manual.pictures[dark] == nil {
		return
	}
	i.SetAttributeString("class", []byte("by-day"))
	twin := ast.NewImage(ast.NewLink())
	for c := i.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			twin.AppendChild(twin, ast.NewTextSegment(t.Segment))
		}
	}
	r.show(twin, dark)
	twin.SetAttributeString("class", []byte("by-night"))
	i.Parent().InsertAfter(i.Parent(), i, twin)
}

func (r *manualReader) show(i *ast.Image, name string) {
	i.Destination = []byte("/manual/images/" + name)
	if size, ok := r.manual.sizes[name]; ok {
		i.SetAttributeString("width", []byte(strconv.Itoa(size.X)))
		i.SetAttributeString("height", []byte(strconv.Itoa(size.Y)))
	}
	i.SetAttributeString("loading", []byte("lazy"))
}

// wideTables puts each table into a box in which it scrolls by itself.
type wideTables struct{}

// RegisterFuncs is what goldmark asks of a renderer.
func (wideTables) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(east.KindTable, func(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
		tag := "</table></div>\n"
		if entering {
			tag = "<div class=\"wide-table\"><table>\n"
		}
		_, err := w.WriteString(tag)
		return ast.WalkContinue, err
	})
}
