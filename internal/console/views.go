package console

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// View is a question of the explore page that somebody has given a name.
type View struct {
	Name  string    `json:"name" doc:"Its name, which is its address too: /explore?view=NAME."`
	Query string    `json:"query" doc:"What stands behind the ? in the explore page's address."`
	About string    `json:"about" doc:"What it is for; may be empty."`
	By    string    `json:"by" doc:"Who saved it last."`
	Saved time.Time `json:"saved" doc:"When."`
	ETag  string    `json:"etag" doc:"Changes with the view. Send it as If-Match to replace or delete what you have seen, and nothing newer."`
}

// Views is what /api/v1/views answers.
type Views struct {
	Views  []View `json:"views" doc:"By name."`
	Notice string `json:"notice,omitempty" doc:"Said when views that were saved before could not be read."`
}

// The bounds of saved views. All of them are written with every change: at most some 16 MB, usually some kB.
const (
	viewsName    = "views.json"
	maxViews     = 1000
	maxViewName  = 80
	maxViewQuery = 6 << 10 // less than the longest address that the server reads
	maxViewAbout = 500
)

// views are the saved views, and the file that they are kept in: written whole, atomically.
type views struct {
	path string // "" = they are kept in memory only

	mu     sync.Mutex // guards the fields below
	read   bool       // the file was
	byName map[string]View
	notice string
}

// viewsFile is the file's content.
type viewsFile struct {
	Views []View `json:"views"`
}

// readLocked reads the file at the first use. One that is damaged is set aside, not overwritten.
func (s *views) readLocked(now time.Time) error {
	if s.read {
		return nil
	}
	s.byName = map[string]View{}
	if s.path == "" {
		s.read = true
		return nil
	}
	data, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		s.read = true
		return nil
	}
	if err != nil {
		return err
	}
	var file viewsFile
	err = json.Unmarshal(data, &file)
	for i := 0; err == nil && i < len(file.Views); i++ {
		v := file.Views[i]
		if wrong := v.wrong(); wrong != nil {
			err = wrong
		}
		v.ETag = v.etag()
		s.byName[v.Name] = v
	}
	if err != nil {
		s.byName = map[string]View{}
		aside := viewsName + now.UTC().Format(".damaged-20060102T150405Z")
		if err := os.Rename(s.path, filepath.Join(filepath.Dir(s.path), aside)); err != nil {
			return err
		}
		s.notice = "The views that were saved before cannot be read. Their file was set aside in the data folder as " + aside + "; what is saved now begins a new one."
	}
	s.read = true
	return nil
}

// wrong says what is wrong with a view, as an error for whoever sent it; nil where nothing is.
func (v *View) wrong() error {
	bad := func(location, message string) error {
		return &userError{status: http.StatusBadRequest, detail: message, places: []place{{Location: location, Message: message}}}
	}
	switch _, err := url.ParseQuery(v.Query); {
	case v.Name == "":
		return bad("path.name", "Give the view a name.")
	case !utf8.ValidString(v.Name) || utf8.RuneCountInString(v.Name) > maxViewName:
		return bad("path.name", fmt.Sprintf("A view's name has at most %d characters.", maxViewName))
	case v.Name != strings.TrimSpace(v.Name) || strings.ContainsFunc(v.Name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return bad("path.name", "A view's name neither begins nor ends with a space, and holds no control characters.")
	case strings.ContainsAny(v.Name, `/\`) || strings.Trim(v.Name, ".") == "":
		return bad("path.name", "A view's name is part of its address: it holds neither / nor \\, and is not of dots alone.")
	case len(v.Query) > maxViewQuery:
		return bad("body.query", fmt.Sprintf("The question is too long to be saved: at most %d octets (got %d).", maxViewQuery, len(v.Query)))
	case err != nil || strings.ContainsFunc(v.Query, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("#<>\"", r) }):
		return bad("body.query", "The question must be what stands behind the ? in the address of the explore page.")
	case !utf8.ValidString(v.About) || utf8.RuneCountInString(v.About) > maxViewAbout:
		return bad("body.about", fmt.Sprintf("What a view is for is said in at most %d characters.", maxViewAbout))
	case strings.ContainsFunc(v.About, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }):
		return bad("body.about", "What a view is for holds no control characters.")
	}
	return nil
}

// etag names the view as it is now.
func (v *View) etag() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %d", v.Name, v.Query, v.About, v.By, v.Saved.UnixNano()))
	return `"` + hex.EncodeToString(sum[:8]) + `"`
}

// list is every view, by name.
func (s *views) list(now time.Time) (*Views, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.readLocked(now); err != nil {
		return nil, err
	}
	return &Views{Views: s.sortedLocked(), Notice: s.notice}, nil
}

func (s *views) sortedLocked() []View {
	out := make([]View, 0, len(s.byName))
	for _, v := range s.byName {
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b View) int { return strings.Compare(a.Name, b.Name) })
	return out
}

var errNoView = &userError{status: http.StatusNotFound, detail: "There is no view of this name; it may have been deleted or renamed."}

// condition is what somebody knows of the view that they change.
type condition struct {
	match     string // If-Match: an ETag, or "*" for any view; "" = not given
	noneMatch string // If-None-Match: "*" for a name that is free
}

// wrong says whether the condition does not hold of the view that there is; nil = there is none.
func (c condition) wrong(was *View) error {
	switch {
	case c.noneMatch != "" && c.noneMatch != "*":
		return &userError{status: http.StatusBadRequest, detail: "If-None-Match may only be *: save the view if there is none of its name."}
	case c.match != "" && was == nil:
		return &userError{status: http.StatusPreconditionFailed, detail: "There is no view of this name any more: somebody has deleted it. Save it anew, without If-Match."}
	case c.match != "" && c.match != "*" && c.match != was.ETag:
		return &userError{status: http.StatusPreconditionFailed, detail: fmt.Sprintf("The view was changed meanwhile, by %s at %s. Look at it again before you change it.", was.By, was.Saved.Format("2006-01-02 15:04 UTC"))}
	case c.noneMatch == "*" && was != nil:
		return &userError{status: http.StatusPreconditionFailed, detail: fmt.Sprintf("There is a view of this name already, saved by %s at %s. Choose another name.", was.By, was.Saved.Format("2006-01-02 15:04 UTC"))}
	}
	return nil
}

// put saves a view where the condition holds.
func (s *views) put(v View, c condition) (View, error) {
	if err := v.wrong(); err != nil {
		return v, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.readLocked(v.Saved); err != nil {
		return v, err
	}
	var was *View
	if found, ok := s.byName[v.Name]; ok {
		was = &found
	}
	if err := c.wrong(was); err != nil {
		return v, err
	}
	switch {
	case was != nil && was.Query == v.Query && was.About == v.About: // said twice
		return *was, nil
	case was != nil && c.match == "":
		return v, &userError{status: http.StatusPreconditionRequired, detail: fmt.Sprintf("There is a view of this name already, saved by %s at %s. Choose another name, or replace it: send its etag as If-Match.", was.By, was.Saved.Format("2006-01-02 15:04 UTC"))}
	case was == nil && len(s.byName) >= maxViews:
		return v, &userError{status: http.StatusConflict, detail: fmt.Sprintf("There are %d views already, as many as there can be: delete some first.", maxViews)}
	}
	v.ETag = v.etag()
	s.byName[v.Name] = v
	if err := s.writeLocked(); err != nil {
		if delete(s.byName, v.Name); was != nil {
			s.byName[v.Name] = *was
		}
		return v, err
	}
	return v, nil
}

// remove deletes a view where the condition holds.
func (s *views) remove(name string, c condition, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.readLocked(now); err != nil {
		return err
	}
	was, found := s.byName[name]
	if !found {
		return errNoView
	}
	if err := c.wrong(&was); err != nil {
		return err
	}
	delete(s.byName, name)
	if err := s.writeLocked(); err != nil {
		s.byName[name] = was
		return err
	}
	return nil
}

// writeLocked replaces the file. After a crash at any moment the one or the other is there, whole.
func (s *views) writeLocked() error {
	if s.path == "" {
		return nil
	}
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false) // a question is full of &, and this is no web page
	out.SetIndent("", "  ")
	if err := out.Encode(viewsFile{s.sortedLocked()}); err != nil {
		panic("BUG: views are not JSON: " + err.Error())
	}
	return replaceFile(s.path, b.Bytes())
}

// replaceFile puts a file in the place of another, atomically: it is written beside it, synced, and
// renamed; the folder is synced last.
func replaceFile(name string, data []byte) (err error) {
	dir := filepath.Dir(name)
	f, err := os.CreateTemp(dir, "."+filepath.Base(name)+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close() // the first error says more
			_ = os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), name); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

type viewName struct {
	Name string `path:"name" doc:"The view's name."`
}

type putView struct {
	Name        string `path:"name" doc:"The view's name: at most 80 characters, neither / nor \\."`
	IfMatch     string `header:"If-Match" doc:"The etag of the view that is to be replaced; * for whatever there is."`
	IfNoneMatch string `header:"If-None-Match" doc:"*: only if there is no view of this name."`
	Body        struct {
		Query string `json:"query" doc:"What stands behind the ? in the explore page's address."`
		About string `json:"about,omitempty" doc:"What the view is for; at most 500 characters."`
	}
}

type deleteView struct {
	Name    string `path:"name" doc:"The view's name."`
	IfMatch string `header:"If-Match" doc:"The etag of the view that is to be deleted."`
}

func (c *Console) registerViews(api huma.API) {
	on(c, api, operation{
		id: "list-views", method: http.MethodGet, path: "/views", tag: "Saved views", role: Viewer,
		summary: "The saved views", about: "Every question of the explore page that was saved under a name. /explore?view=NAME shows one.",
	}, func(context.Context, *struct{}) (*Views, error) { return c.views.list(c.now()) })
	on(c, api, operation{
		id: "get-view", method: http.MethodGet, path: "/views/{name}", tag: "Saved views", role: Viewer,
		summary: "One saved view", about: "A view by its name, with its etag as the header ETag too.",
	}, c.getView)
	on(c, api, operation{
		id: "put-view", method: http.MethodPut, path: "/views/{name}", tag: "Saved views", role: Editor,
		summary: "Save a view", about: "Saves a view under a name that is free, or replaces the one whose etag is sent as If-Match: so that nobody overwrites what somebody else has saved meanwhile. There can be 1,000.",
	}, c.putView)
	on(c, api, operation{
		id: "delete-view", method: http.MethodDelete, path: "/views/{name}", tag: "Saved views", role: Editor,
		summary: "Delete a view", about: "Deletes a view, if an etag is sent as If-Match only while it is the one of that etag, and answers with those that are left.",
	}, c.deleteView)
}

func (c *Console) getView(ctx context.Context, in *viewName) (*View, error) {
	all, err := c.views.list(c.now())
	if err != nil {
		return nil, err
	}
	for i := range all.Views {
		if all.Views[i].Name == in.Name {
			setHeader(ctx, "ETag", all.Views[i].ETag)
			return &all.Views[i], nil
		}
	}
	return nil, errNoView
}

func (c *Console) putView(ctx context.Context, in *putView) (*View, error) {
	v, err := c.views.put(View{
		Name: in.Name, Query: strings.TrimPrefix(in.Body.Query, "?"), About: in.Body.About,
		By: identityOf(ctx).Name, Saved: c.now().UTC().Truncate(time.Millisecond),
	}, condition{in.IfMatch, in.IfNoneMatch})
	if err != nil {
		return nil, err
	}
	c.audit(ctx, "save view", "name", v.Name, "query", v.Query)
	setHeader(ctx, "ETag", v.ETag)
	return &v, nil
}

func (c *Console) deleteView(ctx context.Context, in *deleteView) (*Views, error) {
	if err := c.views.remove(in.Name, condition{match: in.IfMatch}, c.now()); err != nil {
		return nil, err
	}
	c.audit(ctx, "delete view", "name", in.Name)
	return c.views.list(c.now())
}
