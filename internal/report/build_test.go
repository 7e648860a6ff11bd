package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReplace: a report takes the place of an older one whole, and a failure changes nothing.
func TestReplace(t *testing.T) {
	reports := filepath.Join(t.TempDir(), "reports")
	check := func(what string, want ...string) {
		t.Helper()
		if got := tree(t, reports); strings.Join(sortedKeys(got), " ") != strings.Join(want, " ") {
			t.Errorf("%s: %v, want %v", what, sortedKeys(got), want)
		}
	}
	if err := replace(reports, "2025Q4", append(someFiles("one"), File{"figures/gone.svg", nil})); err != nil {
		t.Fatal(err)
	}
	check("made", "2025Q4/figures/a.svg", "2025Q4/figures/gone.svg", "2025Q4/index.html")
	if err := replace(reports, "2025Q4", someFiles("two")); err != nil {
		t.Fatal(err)
	}
	check("replaced", "2025Q4/figures/a.svg", "2025Q4/index.html")
	if got := tree(t, reports)["2025Q4/index.html"]; got != "two" {
		t.Errorf("the page is %q, want that of the new report", got)
	}
	if err := replace(reports, "2025Q4", append(someFiles("three"), File{"../out", nil})); err == nil {
		t.Error("a file outside the report was written")
	}
	check("failed", "2025Q4/figures/a.svg", "2025Q4/index.html")
	if got := tree(t, reports)["2025Q4/index.html"]; got != "two" {
		t.Errorf("after a failure the page is %q, want the old one", got)
	}
}

// TestTidy: killed at any moment of replacing, the old report or the new one is there, whole.
func TestTidy(t *testing.T) {
	f := func(what string, there map[string]string, want map[string]string) {
		t.Helper()
		reports := t.TempDir()
		for path, text := range there {
			if err := writeFile(filepath.Join(reports, path), []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		if err := Tidy(reports); err != nil {
			t.Fatal(err)
		}
		got := tree(t, reports)
		if len(got) != len(want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
		for path, text := range want {
			if got[path] != text {
				t.Errorf("%s: %s is %q, want %q", what, path, got[path], text)
			}
		}
	}
	f("while the new one is written", map[string]string{"Q/i": "old", ".new-Q/i": "half"}, map[string]string{"Q/i": "old"})
	f("between the renames", map[string]string{".old-Q/i": "old", ".new-Q/i": "new"}, map[string]string{"Q/i": "old"})
	f("before the old one is removed", map[string]string{".old-Q/i": "old", "Q/i": "new"}, map[string]string{"Q/i": "new"})
	f("nothing to do", map[string]string{"Q/i": "x", ".mine/i": "y"}, map[string]string{"Q/i": "x", ".mine/i": "y"})
	if err := Tidy(filepath.Join(os.TempDir(), "tributary-no-such-folder")); err != nil {
		t.Errorf("no folder: %v", err)
	}
}
