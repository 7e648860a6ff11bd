package catalogue

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWrite: the file is replaced with its mode, also behind a link, and nothing is left beside it.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "networks.yaml"), filepath.Join(t.TempDir(), "link.yaml")
	if err := os.WriteFile(file, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	if err := Write(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != "new" {
		t.Errorf("the file holds %q, %v", got, err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode() != 0o640 {
		t.Errorf("the file's mode is %v, %v, want as it was", info.Mode(), err)
	}
	if target, err := os.Readlink(link); err != nil || target != file {
		t.Errorf("the link leads to %q, %v", target, err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("beside it: %v, %v", left, err)
	}
	if err := Write(filepath.Join(dir, "none.yaml"), nil); err == nil {
		t.Error("a file that is not there was written")
	}
}

// TestWritable: the first that can be opened for writing.
func TestWritable(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "networks.yaml")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := Writable([]string{filepath.Join(dir, "gone.yaml"), dir, file}); got != file {
		t.Errorf("writable: %q, want %q", got, file)
	}
	if got := Writable([]string{dir}); got != "" {
		t.Errorf("writable: %q, want none", got)
	}
}
