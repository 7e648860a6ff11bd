package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tributary/internal/testenv"
)

// The annex is written beside the report, for its owner alone, and says at its head what it is; inside
// the report's folder it is refused before anything is computed.
func TestReportAnnex(t *testing.T) {
	t.Setenv("PATH", "") // where no converter is: no PNG is looked at
	config := smallStore(t)
	dir := filepath.Join(t.TempDir(), "report")
	inside := filepath.Join(dir, "annex.md")
	_, stderr, status := tributary(t, "-c", config, "report", "2025Q4", "-o", dir, "--annex", inside)
	if _, err := os.Stat(dir); status != 2 || !strings.Contains(stderr, "must not lie in a report's folder") || err == nil {
		t.Errorf("an annex inside: exit status %d, %s", status, stderr)
	}
	served := filepath.Join(filepath.Dir(config), "data", "reports", "annex.md")
	if _, stderr, status := tributary(t, "-c", config, "report", "2025Q4", "-o", dir, "--annex", served); status != 2 {
		t.Errorf("an annex where the console serves reports from: exit status %d, %s", status, stderr)
	}
	file := filepath.Join(t.TempDir(), "annex.md")
	_, stderr, status = tributary(t, "-c", config, "report", "2025Q4", "-o", dir, "--annex", file)
	if status != 0 && strings.Contains(stderr, "built without its charts") {
		testenv.Missing(t, "the chart script is not built; run make, or npm ci && npm run figures in web/")
	}
	text, err := os.ReadFile(file)
	if status != 0 || err != nil {
		t.Fatalf("exit status %d: %s; %v", status, stderr, err)
	}
	if !strings.HasPrefix(string(text), "# Not for publication") || !strings.Contains(string(text), "## Movers") {
		t.Errorf("the annex is\n%s", text)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the annex has mode %v", info.Mode())
	}
}
