package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tributary/internal/testenv"
)

// browse opens a report's folder in a browser (web/e2e/report.mjs) and returns the text of the
// pages that it prints.
func browse(t *testing.T, dir string, r *Report) []string {
	t.Helper()
	testenv.Program(t, "node", "nodejs")
	testenv.Program(t, "chromium", "chromium")
	pdftotext := testenv.Program(t, "pdftotext", "poppler-utils")
	root := testenv.Root(t)
	if _, err := os.Stat(filepath.Join(root, "web/node_modules/axe-core")); err != nil {
		testenv.Missing(t, "web/node_modules/axe-core is not there; make pages makes it")
	}
	want := struct {
		Figures []string `json:"figures"`
		Notices []string `json:"notices"`
		Title   string   `json:"title"`
	}{Notices: []string{}, Title: r.title()}
	for i := range r.Figures {
		want.Figures = append(want.Figures, r.Figures[i].Name)
	}
	for _, n := range r.notices() {
		want.Notices = append(want.Notices, n.Head)
	}
	expectations, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "node", "report.mjs", dir, string(expectations))
	c.Dir = filepath.Join(root, "web", "e2e")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := exec.Command(pdftotext, "-layout", filepath.Join(dir, "print.pdf"), "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\f"), "\f")
}

// A draft of a period that is not over, in a browser: everything that the page promises, and every
// printed page says what it is.
func TestReportInBrowser(t *testing.T) {
	w := defaultWorld()
	in := w.input(t, "2025Q4")
	in.Extent.To -= 144
	in.Now.Period.To = in.Extent.To
	r, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	r.kept = drawings
	r.Draft = []string{"the shares of Q4 2025 add up to 99 %"}
	files, err := r.Files(t.Context(), Form{Version: "1.2.3", Publisher: "Example & Sons"})
	if err != nil {
		missingCharts(t, err)
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "report")
	if err := Write(dir, files); err != nil {
		t.Fatal(err)
	}
	pages := browse(t, dir, r)
	checkPrint(t, r, pages, "Example & Sons")
	for i, text := range pages {
		if !strings.Contains(text, "Draft, not for publication · Simulated data · Preliminary") {
			t.Errorf("printed page %d does not say that it is a draft of simulated data: %.200q", i+1, text)
		}
	}
	if !strings.Contains(pages[0], "the shares of Q4 2025 add up to 99 %") {
		t.Errorf("the first printed page does not say what failed: %q", pages[0])
	}
}

// checkPrint: every figure, finding and section is on paper, every page has its number and says of
// which report it is, and no page is empty.
func checkPrint(t *testing.T, r *Report, pages []string, publisher string) {
	t.Helper()
	words := func(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, nbsp, " ")), " ") }
	var all bytes.Buffer
	for i, text := range pages {
		all.WriteString(text + "\n")
		if foot := fmt.Sprintf("%d / %d", i+1, len(pages)); !strings.Contains(text, foot) {
			t.Errorf("printed page %d has no foot %q", i+1, foot)
		}
		if !strings.Contains(words(text), publisher) || !strings.Contains(words(text), "Network report, "+words(r.Period.Title())) {
			t.Errorf("printed page %d does not say of which report it is", i+1)
		}
		if len(words(text)) < 250 {
			t.Errorf("printed page %d is nearly empty: %q", i+1, words(text))
		}
	}
	printed := words(all.String())
	for i := range r.Figures {
		if !strings.Contains(printed, words(r.Figures[i].Title)) {
			t.Errorf("the figure %q is not printed", r.Figures[i].Title)
		}
	}
	for _, want := range []string{"Findings", "Definitions", "Coverage", "Data dictionary", "Cite this", "(methods.html)", "publish.min_addresses", "magnitude_day_max"} {
		if !strings.Contains(printed, want) {
			t.Errorf("%q is not printed", want)
		}
	}
	if most := 8 + len(r.Figures); len(pages) > most || len(pages) < 4 {
		t.Errorf("%d figures are printed on %d pages, want 4 to %d", len(r.Figures), len(pages), most)
	}
}
