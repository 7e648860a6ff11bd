package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tributary/internal/testenv"
)

// browseReport opens the simulated report in a folder in a browser (web/e2e/report.mjs): from disk, at
// two sizes and in two themes, with and without scripts, and prints it.
func browseReport(t *testing.T, dir string) {
	t.Helper()
	testenv.Program(t, "node", "nodejs")
	testenv.Program(t, "chromium", "chromium")
	root := testenv.Root(t)
	if _, err := os.Stat(filepath.Join(root, "web/node_modules/axe-core")); err != nil {
		testenv.Missing(t, "web/node_modules/axe-core is not there; make pages makes it")
	}
	data, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Figures  []struct{ Name string }
		Citation struct{ Title string }
	}
	if err := json.Unmarshal(data, &said); err != nil {
		t.Fatal(err)
	}
	// The citation has no no-break space, and the title has one, in the name of a quarter.
	head, rest, _ := strings.Cut(said.Citation.Title, "Q")
	want := map[string]any{"title": head + "Q" + strings.Replace(rest, " ", "\u00a0", 1), "notices": []string{"Simulated data."}}
	var names []string
	for _, f := range said.Figures {
		names = append(names, f.Name)
	}
	want["figures"] = names
	expectations, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "node", "report.mjs", dir, string(expectations))
	c.Dir = filepath.Join(root, "web", "e2e")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// The form of a report is chosen by flags, and what makes no sense is refused before any work.
func TestReportForms(t *testing.T) {
	t.Setenv("PATH", "") // where no converter is: no PNG is looked at
	config := smallStore(t)
	f := func(want string, flags ...string) {
		t.Helper()
		_, stderr, status := tributary(t, append([]string{"-c", config, "report", "2025Q4", "-o", filepath.Join(t.TempDir(), "r")}, flags...)...)
		if status != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%v: exit status %d, %q; want 2 and %q", flags, status, stderr, want)
		}
	}
	f(`--format must be one of "html","md"`, "--format", "pdf")
	f(`--url: "example.net" is no address of a folder on the web`, "--url", "example.net")

	dir := filepath.Join(t.TempDir(), "r")
	stdout, stderr, status := tributary(t, "-c", config, "report", "2025Q4", "-o", dir, "--format", "md", "--url", "https://example.net/q4", "--publisher", "Example", "--force")
	if strings.Contains(stderr, "built without its charts") {
		testenv.Missing(t, "the chart script is not built; run make, or npm ci && npm run figures in web/")
	}
	if want := filepath.Join(dir, "index.md") + "\n"; status != 0 || stdout != want {
		t.Fatalf("exit status %d, standard output %q, want %q; %s", status, stdout, want, stderr)
	}
	if strings.Contains(stderr, "draft") {
		t.Errorf("--force makes a draft of a sound report: %s", stderr)
	}
	article, err := os.ReadFile(filepath.Join(dir, "index.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"author: \"Example\"", "https://example.net/q4/", "Example. Network report, Q4 2025"} {
		if !bytes.Contains(article, []byte(want)) {
			t.Errorf("the article lacks %q", want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "index.html")); err == nil {
		t.Error("there is an index.html beside the article")
	}
}
