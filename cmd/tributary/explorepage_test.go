package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tributary/internal/testenv"
)

// TestExplorePage fills a store with a simulated quarter and drives the explore page in a browser: every
// form, the filter, drilling, zooming, exports and views; the numbers of its tables are those of the
// dataset. A saved view is still there when the process was started again.
func TestExplorePage(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no months are filled")
	}
	testenv.Program(t, "curl", "curl")
	needsPages(t)
	dir := filepath.Join(t.TempDir(), "demo")
	mustRun(t, "demo", "--period", "2026Q2", "--data", dir, "--fill-only")
	config := filepath.Join(dir, "tributary.yaml")
	dataset := put(t, filepath.Join(dir, "dataset.json"), mustRun(t, "-c", config, "dataset", "2026-06", "--unsuppressed", "--format", "json"))

	r := &running{t: t, config: config, done: make(chan int, 1)}
	web := freePort(t, "tcp")
	r.url = fmt.Sprintf("http://127.0.0.1:%d", web)
	yaml, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	put(t, config, strings.Replace(string(yaml), `console: {listen: "127.0.0.1:8080"}`, fmt.Sprintf(`console: {listen: "127.0.0.1:%d"}`, web), 1))
	r.start()
	exploreStep(t, "ask", r.url, map[string]any{"month": "2026-06", "before": "2026-05", "dataset": dataset})
	r.end()
	r.start()
	exploreStep(t, "kept", r.url, map[string]any{})
}

// exploreStep runs one step of web/e2e/explore.mjs against a console.
func exploreStep(t *testing.T, step, url string, want map[string]any) {
	t.Helper()
	expectations, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	out, err := inBrowser(t, "explore.mjs", step, url, string(expectations))
	if err != nil {
		t.Fatalf("%s: %v\n%s", step, err, out)
	}
	t.Logf("%s: %s", step, out)
}
