package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReady(t *testing.T) {
	dir := t.TempDir()
	put := func(name string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("file")
	put("site/index.html")
	put("old/index.html")
	put("old/report.json")
	put("notes/mine.txt")
	f := func(name, index, want string) {
		t.Helper()
		err := Ready(filepath.Join(dir, name), index)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s, %s: error %v, want %q", name, index, err, want)
		}
	}
	f("new", "index.html", "")
	f("new/deeper", "index.html", "")
	f("old", "index.html", "")
	f("notes", "index.html", "")
	f("site", "index.md", "")
	f("site", "index.html", "index.html is no report's and would be replaced")
	f("file", "index.html", "it is a file; name a folder with -o")
	f("file/below", "index.html", "cannot write the report to ")
	if err := Ready("/proc/report", "index.html"); err == nil || !strings.Contains(err.Error(), "/proc takes no files") {
		t.Errorf("/proc: error %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 4 {
		t.Errorf("%d entries are left, error %v, want the four that were there", len(left), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "new")); err == nil {
		t.Error("a folder was made")
	}
}
