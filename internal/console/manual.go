package console

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"tributary/docs"
)

// Manual is what /api/v1/manual answers: the pages in the order of the index and, where something was
// looked for, where it stands.
type Manual struct {
	Pages []ManualEntry `json:"pages"`
	Found []ManualFound `json:"found,omitempty"` // the best first
}

// ManualEntry is a page's line in the index.
type ManualEntry struct {
	Path    string `json:"path"`    // "reference/configuration"; empty: the index itself
	Section string `json:"section"` // "Tutorial", "How-to", "Reference" or "Explanation"; empty: the index itself
	Group   string `json:"group"`   // within the section; mostly empty
	Title   string `json:"title"`
	About   string `json:"about"` // what the index says of it; may be empty
}

// ManualPage is one page, ready to be shown.
type ManualPage struct {
	ManualEntry
	HTML     string          `json:"html"`     // holds no markup of its source, no script, no style
	Headings []ManualHeading `json:"headings"` // below the title, in order
}

// ManualHeading is a heading that can be linked to.
type ManualHeading struct {
	ID    string `json:"id"`
	Level int    `json:"level"` // from 2
	Title string `json:"title"`
}

// theManual is the manual inside the binary, rendered when it is first asked for: some hundred
// milliseconds that a process nobody reads about does not spend.
var theManual = sync.OnceValue(func() *manual { return readManual(docs.Files) })

func (c *Console) registerManual(api huma.API) {
	on(c, api, operation{
		id: "list-manual", method: http.MethodGet, path: "/manual", tag: "Manual", role: Viewer,
		summary: "The manual's pages",
		about:   "The pages in the order of the index. With search, also the parts of pages in which all its words stand, the best first, at most 30.",
	}, func(_ context.Context, in *struct {
		Search string `query:"search" maxLength:"200" doc:"Words, or beginnings of words."`
	}) (*Manual, error) {
		m := theManual()
		return &Manual{Pages: m.entries, Found: m.search(in.Search)}, nil
	})
	on(c, api, operation{
		id: "get-manual-page", method: http.MethodGet, path: "/manual/{page...}", tag: "Manual", role: Viewer,
		summary: "One page of the manual",
		about:   "A page as HTML, with its headings. Links lead to /manual/PAGE, pictures to /manual/images/NAME.",
	}, func(_ context.Context, in *struct {
		Page string `path:"page" doc:"The path of a page, as the list of pages has it; README is the index."`
	}) (*ManualPage, error) {
		return theManual().page(in.Page)
	})
	// An OpenAPI path has no dots: "{page}" is how descriptions name the rest of a path.
	paths := api.OpenAPI().Paths
	paths["/api/v1/manual/{page}"] = paths["/api/v1/manual/{page...}"]
	delete(paths, "/api/v1/manual/{page...}")
}

// page finds a page by its path; ".md" and slashes at its ends do not matter. README is the index.
func (m *manual) page(name string) (*ManualPage, error) {
	name = manualPath(strings.Trim(name, "/"))
	if p := m.pages[name]; p != nil {
		return p, nil
	}
	detail := "The manual has no such page; /api/v1/manual lists what it has."
	if near := m.near(name); len(near) > 0 {
		detail = "The manual has no such page. Near it: " + strings.Join(near, ", ") + "."
	}
	return nil, &userError{status: http.StatusNotFound, detail: detail}
}

// maxNear is how many names a sentence offers in place of one that does not exist.
const maxNear = 3

// near are the paths of the pages whose last part is most like name's, at most maxNear.
func (m *manual) near(name string) []string {
	const longest = 100 // of a name worth comparing; none of ours has a third of it
	if len(name) > longest {
		return nil
	}
	last := func(s string) string { return strings.ToLower(s[strings.LastIndexByte(s, '/')+1:]) }
	type candidate struct {
		path string
		off  int
	}
	var found []candidate
	for _, e := range m.entries {
		a, b := last(name), last(e.Path)
		off := misspelling(a, b)
		if len(a) >= 3 && (strings.Contains(b, a) || strings.Contains(a, b) && b != "") {
			off = min(off, 1)
		}
		if 3*off <= max(len(a), len(b)) { // a third of the letters may be wrong
			found = append(found, candidate{e.Path, off})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.off - b.off })
	var out []string
	for _, f := range found[:min(len(found), maxNear)] {
		out = append(out, f.path)
	}
	return out
}

// misspelling is how many octets have to be put in, left out or changed to make b of a (Levenshtein).
func misspelling(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// isManual reports whether the pages show something at an address below /manual/. The description of
// the API is a page of the script's own.
func isManual(name string) bool { return name == "api" || theManual().pages[name] != nil }

// serveManualPicture sends a picture of the manual.
func (c *Console) serveManualPicture(w http.ResponseWriter, r *http.Request) {
	if p := theManual().pictures[r.PathValue("name")]; p != nil {
		p.serve(w, r)
		return
	}
	refuse(w, r, http.StatusNotFound, "The manual has no such picture.")
}
