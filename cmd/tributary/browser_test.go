package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tributary/internal/testenv"
)

// needsPages makes sure of what a test of the pages needs: Node, Chromium and the pages themselves.
func needsPages(t *testing.T) {
	t.Helper()
	testenv.Program(t, "node", "nodejs")
	testenv.Program(t, "chromium", "chromium")
	for _, needed := range []string{"web/node_modules/playwright-core", "internal/console/pages/index.html"} {
		if _, err := os.Stat(filepath.Join(testenv.Root(t), needed)); err != nil {
			testenv.Missing(t, needed+" is not there; make pages makes it")
		}
	}
}

// browseAtMost bounds a script of web/e2e, on a machine that does much else.
const browseAtMost = 8 * time.Minute

// inBrowser runs a script of web/e2e, and returns what it printed.
func inBrowser(t *testing.T, script string, args ...string) ([]byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), browseAtMost)
	defer cancel()
	c := exec.CommandContext(ctx, "node", append([]string{script}, args...)...)
	c.Dir = filepath.Join(testenv.Root(t), "web", "e2e")
	return c.CombinedOutput()
}
