package console

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// auditLines are the entries of the audit log's file, oldest first.
func auditLines(t *testing.T, c *Console) []AuditEntry {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(c.config.Data, auditName))
	if err != nil {
		t.Fatal(err)
	}
	var out []AuditEntry
	for line := range strings.Lines(string(data)) {
		var e AuditEntry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		out = append(out, e)
	}
	return out
}

func TestAudit(t *testing.T) {
	c, now, tokens := guarded(t)
	h := c.Handler()
	alice := logIn(t, h, "alice", editorPassword)
	putOf("mine", "by=type", "", "Cookie", alice).of(h)
	asking{method: "DELETE", path: "/api/v1/views/mine", header: []string{"Authorization", "Bearer " + tokens["robot"]}}.of(h)
	asking{method: "POST", path: "/api/v1/session", body: credentialsOf("alice\n{", "not this one"), tls: true, from: "198.51.100.7"}.of(h)
	asking{method: "POST", path: "/api/v1/session", body: credentialsOf("alice", "not this one"), tls: true, from: "198.51.100.7"}.of(h)
	asking{method: "DELETE", path: "/api/v1/views/mine", header: []string{"Authorization", "Bearer " + tokens["prometheus"]}}.of(h)
	asking{path: "/api/v1/status", header: []string{"X-Forwarded-User", "mallory"}}.of(h)
	asking{method: "DELETE", path: "/api/v1/session", header: []string{"Cookie", alice}}.of(h)
	got := auditLines(t, c)
	want := []AuditEntry{
		{Name: "alice", Role: "editor", Login: "password", Address: "127.0.0.1", Action: "log in"},
		{Name: "alice", Role: "editor", Login: "password", Address: "127.0.0.1", Action: "save view", About: map[string]string{"name": "mine", "query": "by=type"}},
		{Name: "robot", Role: "editor", Login: "token", Address: "127.0.0.1", Action: "delete view", About: map[string]string{"name": "mine"}},
		{Role: "anyone", Address: "198.51.100.7", Action: "refused", About: map[string]string{"what": "log in", "why": "wrong name or password: (no user's name)"}},
		{Role: "anyone", Address: "198.51.100.7", Action: "refused", About: map[string]string{"what": "log in", "why": "wrong name or password: alice"}},
		{Name: "prometheus", Role: "viewer", Login: "token", Address: "127.0.0.1", Action: "refused", About: map[string]string{"what": "DELETE /api/v1/views/{name}", "why": "needs the role editor"}},
		{Role: "anyone", Address: "127.0.0.1", Action: "refused", About: map[string]string{"what": "/api/v1/status", "why": "The header X-Forwarded-User is taken from the proxy only, and this connection does not come from its addresses (console.proxy.from)."}},
		{Name: "alice", Role: "editor", Login: "password", Address: "127.0.0.1", Action: "log out"},
	}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		want[i].Time = noon
		a, _ := json.Marshal(got[i])
		b, _ := json.Marshal(want[i])
		if !bytes.Equal(a, b) {
			t.Errorf("entry %d:\n got %s\nwant %s", i, a, b)
		}
	}
	info, err := os.Stat(filepath.Join(c.config.Data, auditName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}

	// The API: the newest first, for editors.
	w := asking{path: "/api/v1/audit?n=2", header: []string{"Authorization", "Bearer " + tokens["robot"]}}.of(h)
	if list := bodyOf[AuditLog](t, w).Entries; len(list) != 2 || list[0].Action != "log out" || list[1].Action != "refused" {
		t.Errorf("%s", w.Body)
	}
	for path, status := range map[string]int{"/api/v1/audit": 403, "/api/v1/audit?n=0": 403} {
		if w := (asking{path: path, header: []string{"Authorization", "Bearer " + tokens["prometheus"]}}).of(h); w.Code != status && w.Code != 400 {
			t.Errorf("%s for a viewer: %d", path, w.Code)
		}
	}

	// Strangers cannot fill it.
	for range 3 * refusalBurst {
		asking{path: "/api/v1/status", header: []string{"X-Forwarded-User", "mallory"}}.of(h)
	}
	if n := len(auditLines(t, c)); n > refusalBurst+len(want) {
		t.Errorf("%d entries after %d refusals", n, 3*refusalBurst)
	}
	now.pass(refusalEvery)
	asking{path: "/api/v1/status", header: []string{"X-Forwarded-User", "mallory"}}.of(h)
	lines := auditLines(t, c)
	if last := lines[len(lines)-1]; last.About["refusals left out before"] != "205" {
		t.Errorf("%+v", last)
	}
}

// TestAuditFile: it is turned at its bound, a line cut off by a crash does not spoil the next, and what
// cannot be written is said.
func TestAuditFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), auditName)
	if err := os.WriteFile(path, []byte(`{"action":"first"}`+"\n"+`{"action":"cut of`), 0o600); err != nil {
		t.Fatal(err)
	}
	a := &auditFile{path: path}
	defer a.close()
	if err := a.add(&AuditEntry{Action: "second"}); err != nil {
		t.Fatal(err)
	}
	got, err := a.newest(10)
	if err != nil || len(got) != 2 || got[0].Action != "second" || got[1].Action != "first" {
		t.Errorf("%+v %v", got, err)
	}
	for range auditFiles + 1 {
		a.size = auditOctets
		if err := a.add(&AuditEntry{Action: "turned"}); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) != auditFiles {
		t.Errorf("%v %v, want %d files", files, err, auditFiles)
	}
	if got, err := a.newest(10); err != nil || len(got) != 2 || got[0].Action != "turned" {
		t.Errorf("%+v %v", got, err)
	}

	c, live := fleet(t)
	c.audits.path = filepath.Join(t.TempDir(), "gone", auditName)
	c.audit(context.Background(), "something")
	if p := live.Status(noon).Problems; len(p) != 1 || !strings.HasPrefix(p[0], "The audit log cannot be written") {
		t.Errorf("%v", p)
	}
	c.audits.path = path
	c.audit(context.Background(), "something", "long", strings.Repeat("é", maxAbout))
	if p := live.Status(noon).Problems; len(p) != 0 {
		t.Errorf("%v", p)
	}
}
