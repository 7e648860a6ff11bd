package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func putOf(name, query, about string, header ...string) asking {
	b, err := json.Marshal(map[string]string{"query": query, "about": about})
	if err != nil {
		panic(err)
	}
	return asking{method: http.MethodPut, path: "/api/v1/views/" + url.PathEscape(name), body: string(b), header: header}
}

func TestViews(t *testing.T) {
	c, now, tokens := guarded(t)
	h := c.Handler()
	robot := []string{"Authorization", "Bearer " + tokens["robot"]}
	do := func(a asking, status int) *httptest.ResponseRecorder {
		t.Helper()
		a.header = append(a.header, robot...)
		w := a.of(h)
		if w.Code != status {
			t.Fatalf("%s %s: %d %s, want %d", a.method, a.path, w.Code, w.Body, status)
		}
		return w
	}
	all := asking{path: "/api/v1/views"}
	if got := strings.TrimSpace(do(all, 200).Body.String()); got != `{"views":[]}` {
		t.Errorf("none: %s", got)
	}
	const query = "measure=p95&by=region&where=type+%3D+neocloud&form=lines"
	w := do(putOf("Neoclouds & co. Ä", "?"+query, "for the Monday meeting"), 200)
	saved := bodyOf[View](t, w)
	if saved.Name != "Neoclouds & co. Ä" || saved.Query != query || saved.By != "robot" || !saved.Saved.Equal(noon) || saved.ETag == "" || w.Header().Get("ETag") != saved.ETag {
		t.Errorf("%+v, ETag %s", saved, w.Header().Get("ETag"))
	}
	do(putOf("another", "by=type", ""), 200)
	if got := bodyOf[Views](t, do(all, 200)).Views; len(got) != 2 || got[0] != saved || got[1].Name != "another" {
		t.Errorf("%+v", got)
	}
	one := asking{path: "/api/v1/views/" + url.PathEscape(saved.Name)}
	if w := do(one, 200); bodyOf[View](t, w) != saved || w.Header().Get("ETag") != saved.ETag {
		t.Errorf("%s", w.Body)
	}

	// Nobody overwrites what they have not seen.
	now.pass(time.Minute)
	do(putOf(saved.Name, query, "for the Monday meeting"), 200) // the same again changes nothing
	w = do(putOf(saved.Name, "by=as", ""), 428)
	if !strings.Contains(detailOf(w), "saved by robot at 2026-06-14 12:00 UTC") {
		t.Error(detailOf(w))
	}
	do(putOf(saved.Name, "by=as", "", "If-None-Match", "*"), 412)
	do(putOf(saved.Name, "by=as", "", "If-Match", `"0000000000000000"`), 412)
	do(putOf("new", "by=as", "", "If-Match", saved.ETag), 412)
	do(putOf("new", "by=as", "", "If-None-Match", `"x"`), 400)
	next := bodyOf[View](t, do(putOf(saved.Name, "by=as", "", "If-Match", saved.ETag), 200))
	if next.ETag == saved.ETag || !next.Saved.Equal(noon.Add(time.Minute)) {
		t.Errorf("%+v", next)
	}
	w = do(putOf(saved.Name, "by=link", "", "If-Match", saved.ETag), 412)
	if !strings.Contains(detailOf(w), "was changed meanwhile, by robot") {
		t.Error(detailOf(w))
	}
	do(asking{method: "DELETE", path: one.path, header: []string{"If-Match", saved.ETag}}, 412)

	// They survive a restart.
	again := New(c.config)
	w = asking{path: "/api/v1/views", header: robot}.of(again.Handler())
	if got := bodyOf[Views](t, w); len(got.Views) != 2 || got.Views[0] != next || got.Notice != "" {
		t.Errorf("after a restart: %s", w.Body)
	}
	info, err := os.Stat(filepath.Join(c.config.Data, viewsName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	left := bodyOf[Views](t, do(asking{method: "DELETE", path: one.path, header: []string{"If-Match", next.ETag}}, 200)).Views
	if len(left) != 1 || left[0].Name != "another" {
		t.Errorf("%+v", left)
	}
	do(asking{method: "DELETE", path: one.path}, 404)
	do(one, 404)
	entries, err := os.ReadDir(c.config.Data)
	if err != nil || len(entries) != 2 { // views.json and audit.log
		t.Errorf("left in the folder: %v %v", entries, err)
	}
}

func TestWrongViews(t *testing.T) {
	c, _, tokens := guarded(t)
	h := c.Handler()
	f := func(name, query, about, location string) {
		t.Helper()
		w := putOf(name, query, about, "Authorization", "Bearer "+tokens["robot"]).of(h)
		p := bodyOf[problem](t, w)
		if w.Code != 400 || len(p.Errors) != 1 || p.Errors[0].Location != location || !strings.HasSuffix(p.Detail, ".") {
			t.Errorf("%q %q %q: %d %s, want 400 of %s", name, query, about, w.Code, w.Body, location)
		}
	}
	f(strings.Repeat("ä", maxViewName+1), "a", "", "path.name")
	f(" a", "a", "", "path.name")
	f("a\nb", "a", "", "path.name")
	f("a\u202eb", "a", "", "path.name") // turns the text round
	f("a/b", "a", "", "path.name")
	f(`a\b`, "a", "", "path.name")
	f("a\xffb", "a", "", "path.name")
	f("a", strings.Repeat("x", maxViewQuery+1), "", "body.query")
	f("a", "by=a b", "", "body.query")
	f("a", "by=%zz", "", "body.query")
	f("a", "by=ä", "", "body.query")
	f("a", "by=a#b", "", "body.query")
	f("a", "by=a;b", "", "body.query")
	f("a", "by=<b>", "", "body.query")
	f("a", "a", strings.Repeat("x", maxViewAbout+1), "body.about")
	f("a", "a", "a\x00b", "body.about")
	asking{path: "/api/v1/views", header: []string{"Authorization", "Bearer " + tokens["robot"]}}.of(h) // which reads what there is
	for i := range maxViews {
		name := fmt.Sprint("v", i)
		c.views.byName[name] = View{Name: name}
	}
	w := putOf("one more", "a", "", "Authorization", "Bearer "+tokens["robot"]).of(h)
	if w.Code != 409 || !strings.Contains(detailOf(w), "1000 views already") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestMostViews: as many views as there can be, as large as they can be, are there after a restart.
func TestMostViews(t *testing.T) {
	c, now, _ := guarded(t)
	if _, err := c.views.list(now.now()); err != nil {
		t.Fatal(err)
	}
	for i := range maxViews {
		name := fmt.Sprintf("%0*d", maxViewName, i)
		v := View{Name: name, Query: strings.Repeat("&", maxViewQuery), About: strings.Repeat("<", maxViewAbout), By: "<alice>", Saved: now.now().UTC()}
		if i%2 > 0 {
			v.Query, v.About = strings.Repeat(`\`, maxViewQuery), strings.Repeat("\n", maxViewAbout)
		}
		if err := v.wrong(); err != nil {
			t.Fatal(err)
		}
		v.ETag = v.etag()
		c.views.byName[name] = v
	}
	if err := c.views.writeLocked(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(c.views.path); err != nil || info.Size() > 17<<20 {
		t.Errorf("%v, %v", info, err)
	}
	again := views{path: c.views.path}
	got, err := again.list(now.now())
	if err != nil || got.Notice != "" || !reflect.DeepEqual(again.byName, c.views.byName) {
		t.Errorf("%d views, %q, %v", len(got.Views), got.Notice, err)
	}
}

// TestDamagedViews: a file that cannot be read is set aside whole, and said.
func TestDamagedViews(t *testing.T) {
	for _, text := range []string{"", "{", `{"views":[{"name":"a/b","query":"x"}]}`, `{"views":[{"name":"a","query":"<script>"}]}`, `[]`} {
		c, _, tokens := guarded(t)
		path := filepath.Join(c.config.Data, viewsName)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		h := c.Handler()
		robot := []string{"Authorization", "Bearer " + tokens["robot"]}
		got := bodyOf[Views](t, asking{path: "/api/v1/views", header: robot}.of(h))
		const aside = viewsName + ".damaged-20260614T120007Z"
		if len(got.Views) != 0 || !strings.Contains(got.Notice, aside) {
			t.Errorf("%q: %+v", text, got)
		}
		if w := putOf("a", "by=type", "", robot...).of(h); w.Code != 200 {
			t.Errorf("%q: %d %s", text, w.Code, w.Body)
		}
		if kept, err := os.ReadFile(filepath.Join(c.config.Data, aside)); err != nil || string(kept) != text {
			t.Errorf("%q is set aside as %q, %v", text, kept, err)
		}
	}
}

// TestViewsOnAFullDisk: what cannot be written is not there, and what was is.
func TestViewsOnAFullDisk(t *testing.T) {
	c, _, tokens := guarded(t)
	h := c.Handler()
	robot := []string{"Authorization", "Bearer " + tokens["robot"]}
	putOf("a", "by=type", "", robot...).of(h)
	c.views.path = filepath.Join(c.config.Data, "gone", viewsName)
	for _, a := range []asking{putOf("b", "by=type", "", robot...), putOf("a", "by=as", "", append(robot, "If-Match", "*")...), {method: "DELETE", path: "/api/v1/views/a", header: robot}} {
		w := a.of(h)
		if w.Code != 500 || strings.Contains(w.Body.String(), "gone") || strings.Contains(w.Body.String(), c.config.Data) {
			t.Errorf("%s %s: %d %s", a.method, a.path, w.Code, w.Body)
		}
	}
	if got := bodyOf[Views](t, asking{path: "/api/v1/views", header: robot}.of(h)).Views; len(got) != 1 || got[0].Query != "by=type" {
		t.Errorf("%+v", got)
	}
}
