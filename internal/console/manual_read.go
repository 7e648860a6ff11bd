package console

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	_ "image/png" // for the sizes of pictures
	"io/fs"
	"path"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// manual is a manual in Markdown, read and rendered. It does not change.
type manual struct {
	pages    map[string]*ManualPage // by path, without ".md"; the index at ""
	entries  []ManualEntry          // as the index names them, itself first
	pictures map[string]*page       // by name in images/
	sizes    map[string]image.Point // theirs, where they can be told
	parts    []manualPart           // what a search looks through
}

// manualPart is what stands between two headings.
type manualPart struct {
	entry   *ManualEntry
	heading ManualHeading // the zero value: above the first heading
	text    string        // without markup
	lower   string        // text, for looking
}

// readManual reads a folder of Markdown: README.md is the index, images/ has the pictures. The folder
// is part of the binary, and tests read it: a mistake in it is one of the program's.
func readManual(files fs.FS) *manual {
	m := &manual{pages: map[string]*ManualPage{}, pictures: map[string]*page{}, sizes: map[string]image.Point{}}
	sources := map[string][]byte{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if dir, file := path.Split(name); dir == "images/" {
			m.addPicture(file, body)
		} else if path.Ext(name) == ".md" {
			sources[manualPath(name)] = body
		}
		return nil
	})
	if err != nil {
		panic("BUG: embedded manual: " + err.Error())
	}
	r := newManualReader(m, sources)
	m.entries = r.index()
	for i := range m.entries {
		r.read(&m.entries[i])
	}
	return m
}

// manualPath is the path of a file's page: "reference/configuration" for reference/configuration.md.
func manualPath(name string) string {
	if name = strings.TrimSuffix(name, ".md"); name == "README" {
		return ""
	}
	return name
}

// manualTypes are the content types of the manual's pictures.
var manualTypes = map[string]string{".png": "image/png", ".webp": "image/webp", ".svg": "image/svg+xml"}

func (m *manual) addPicture(name string, body []byte) {
	contentType := manualTypes[path.Ext(name)]
	if contentType == "" {
		return
	}
	sum := sha256.Sum256(body)
	m.pictures[name] = &page{contentType: contentType, cacheControl: "no-cache", etag: `"` + hex.EncodeToString(sum[:12]) + `"`, plain: body}
	if size, ok := webpSize(body); ok {
		m.sizes[name] = size
	} else if c, _, err := image.DecodeConfig(bytes.NewReader(body)); err == nil {
		m.sizes[name] = image.Pt(c.Width, c.Height)
	}
}

// webpSize reads the size of a lossy WebP picture, simple or extended:
//
//	"RIFF" length "WEBP" "VP8 " length, frame tag (3), start code (3), width, height (14 bits each)
//	"RIFF" length "WEBP" "VP8X" length, flags (4), width − 1, height − 1 (24 bits each)
func webpSize(b []byte) (image.Point, bool) {
	if len(b) < 30 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WEBP" {
		return image.Point{}, false
	}
	switch string(b[12:16]) {
	case "VP8 ":
		return image.Pt((int(b[26])|int(b[27])<<8)&0x3fff, (int(b[28])|int(b[29])<<8)&0x3fff), true
	case "VP8X":
		return image.Pt(1+(int(b[24])|int(b[25])<<8|int(b[26])<<16), 1+(int(b[27])|int(b[28])<<8|int(b[29])<<16)), true
	}
	return image.Point{}, false
}

// index reads README.md: a heading of the second level is a section, one of the third a group in it,
// and an item of a list that begins with a link to a page is a line of the index.
func (r *manualReader) index() []ManualEntry {
	source := r.sources[""]
	doc := r.markdown.Parser().Parse(text.NewReader(source))
	entries := []ManualEntry{{Title: "The manual"}}
	var section, group string
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			switch n.Level {
			case 1:
				entries[0].Title = plainText(n, source)
			case 2:
				section, group = plainText(n, source), ""
			case 3:
				group = plainText(n, source)
			}
		case *ast.List:
			for item := n.FirstChild(); item != nil; item = item.NextSibling() {
				if e, ok := r.indexLine(item, source); ok {
					e.Section, e.Group = section, group
					entries = append(entries, e)
				}
			}
		}
	}
	return entries
}

// indexLine reads "- [Title](page.md): what it is about".
func (r *manualReader) indexLine(item ast.Node, source []byte) (ManualEntry, bool) {
	if item.FirstChild() == nil {
		return ManualEntry{}, false
	}
	l, ok := item.FirstChild().FirstChild().(*ast.Link)
	if !ok {
		return ManualEntry{}, false
	}
	name := manualPath(path.Clean(string(l.Destination)))
	if r.sources[name] == nil {
		return ManualEntry{}, false
	}
	title := plainText(l, source)
	about := strings.TrimPrefix(strings.TrimPrefix(plainText(item, source), title), ": ")
	return ManualEntry{Path: name, Title: title, About: strings.TrimSpace(about)}, true
}

// plainText is a node's text without markup.
func plainText(n ast.Node, source []byte) string {
	var b strings.Builder
	addText(&b, n, source)
	return strings.TrimSpace(b.String())
}

func addText(b *strings.Builder, n ast.Node, source []byte) {
	switch n := n.(type) {
	case *ast.Text:
		b.Write(n.Segment.Value(source))
		if n.SoftLineBreak() || n.HardLineBreak() {
			b.WriteByte(' ')
		}
		return
	case *ast.String:
		b.Write(n.Value)
		return
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		b.Write(n.Lines().Value(source))
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		addText(b, c, source)
		if c.Type() == ast.TypeBlock { // cells and paragraphs stand apart
			b.WriteByte(' ')
		}
	}
}
