package report

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func someFiles(text string) []File {
	return []File{{"figures/a.svg", []byte("<svg/>" + text)}, {"index.html", []byte(text)}}
}

// tree is what a folder holds: paths with contents.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		out[rel] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWriteMakesAndReplaces(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "deep", "report")
	if err := Write(dir, append(someFiles("one"), File{"figures/a.png", []byte("png")})); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mine.txt"), []byte("stays"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir+"/", someFiles("two")); err != nil {
		t.Fatal(err)
	}
	got := tree(t, parent)
	want := map[string]string{"deep/report/figures/a.svg": "<svg/>two", "deep/report/index.html": "two", "deep/report/mine.txt": "stays"}
	if len(got) != len(want) {
		t.Errorf("files = %v, want %v: an old PNG must go, and nothing else be left", sortedKeys(got), sortedKeys(want))
	}
	for path, text := range want {
		if got[path] != text {
			t.Errorf("%s holds %q, want %q", path, got[path], text)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the folder's mode is %v, want 0755: a report is for others to read", info.Mode().Perm())
	}
}

func TestWriteFailsWithASentenceAndLeavesNothing(t *testing.T) {
	f := func(name, dir, want string, files []File, left ...string) {
		t.Helper()
		err := Write(dir, files)
		if err == nil || !strings.HasPrefix(err.Error(), "cannot write the report to "+dir+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want a sentence that says %q", name, err, want)
		}
		if got := sortedKeys(tree(t, filepath.Dir(dir))); !slices.Equal(got, left) {
			t.Errorf("%s: left %v, want %v", name, got, left)
		}
	}
	parent := t.TempDir()
	if err := os.WriteFile(filepath.Join(parent, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f("a file in the way", filepath.Join(parent, "file"), "name a folder with -o", someFiles("x"), "file")
	f("a path outside", filepath.Join(parent, "r"), `"../x" is not a path inside it`, []File{{"../x", nil}}, "file")

	if os.Getuid() == 0 { // whom modes do not stop: the kernel's own folder does
		err := Write("/sys/tributary-report", someFiles("x"))
		if err == nil || !strings.Contains(err.Error(), "; name a folder that you may write with -o") {
			t.Errorf("in /sys: error %v, want one that says to name another folder", err)
		}
		return
	}
	closed := t.TempDir()
	if err := os.Chmod(closed, 0o555); err != nil {
		t.Fatal(err)
	}
	f("a folder one may not write", filepath.Join(closed, "r"), "permission denied; name a folder that you may write with -o", someFiles("x"))
}
