package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tributary/internal/report"
	"tributary/internal/testenv"
)

// reportFiles runs a report into a new folder and returns its files.
func reportFiles(t *testing.T, config, period string) map[string][]byte {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "report")
	stdout, stderr, status := tributary(t, "-c", config, "report", period, "-o", dir)
	if status != 0 && strings.Contains(stderr, "built without its charts") {
		testenv.Missing(t, "the chart script is not built; run make, or npm ci && npm run figures in web/")
	}
	if status != 0 {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	if want := filepath.Join(dir, "index.html") + "\n"; stdout != want {
		t.Errorf("standard output is %q, want the page's path %q", stdout, want)
	}
	if report.FindConverter() == nil && !strings.Contains(stderr, report.NoConverter) {
		t.Errorf("nothing says that there are no PNGs: %s", stderr)
	}
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir+"/")] = data
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// The report is the same from the store and from the process that holds it, and its dataset is the
// command's.
func TestReportCommand(t *testing.T) {
	config := smallStore(t)
	own := reportFiles(t, config, "2025Q4")
	for _, name := range []string{"index.html", "report.json", "dataset.csv", "dataset.parquet", "figures/volume.svg", "figures/flow.svg"} {
		if len(own[name]) == 0 {
			t.Errorf("no file %s", name)
		}
	}
	if _, ok := own["figures/volume.png"]; ok != (report.FindConverter() != nil) {
		t.Errorf("a PNG is there: %v; a converter: %v", ok, report.FindConverter())
	}
	if got := mustRun(t, "-c", config, "dataset", "2025Q4"); got != string(own["dataset.csv"]) {
		t.Error("the report's dataset is not that of the command dataset")
	}
	if bytes.Contains(own["index.html"], []byte("Simulated")) {
		t.Error("the page calls real data simulated")
	}

	serveStore(t, config)
	asked := reportFiles(t, config, "2025Q4")
	for name := range own {
		if !bytes.Equal(own[name], asked[name]) {
			t.Errorf("%s differs when a running process is asked", name)
		}
	}
	if len(own) != len(asked) {
		t.Errorf("%d files from the store, %d from the running process", len(own), len(asked))
	}
	_, stderr, status := tributary(t, "-c", config, "report", "2024")
	if status != 1 || !strings.Contains(stderr, "no traffic in 2024: the store has 2025-10 to 2025-11") {
		t.Errorf("an empty period, asked of a running process: exit status %d, %q", status, stderr)
	}
}

// serveStore holds the store and answers on its socket, as a running tributary does.
func serveStore(t *testing.T, config string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	m := &Main{Ctx: ctx, Config: config, ConfigGiven: true}
	cfg, err := m.loadConfig()
	if err != nil {
		t.Fatal(err)
	}
	in, err := openIntake(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, stderr, status := tributary(t, "-c", config, "report", "2025Q4"); status != 1 || !strings.Contains(stderr, "in use") {
		t.Fatalf("the store is not held: exit status %d, %q", status, stderr)
	}
	a, err := newAnswers(in)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		a.serve(ctx)
		close(done)
	}()
	t.Cleanup(func() {
		stop()
		<-done
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestReportLeavesNothingBehind(t *testing.T) {
	config := smallStore(t)
	dir := t.TempDir()
	file := put(t, filepath.Join(dir, "file"), "mine")
	_, stderr, status := tributary(t, "-c", config, "report", "2025-10", "-o", file)
	if strings.Contains(stderr, "built without its charts") {
		testenv.Missing(t, "the chart script is not built; run make, or npm ci && npm run figures in web/")
	}
	if status != 1 || !strings.Contains(stderr, "cannot write the report to "+file+": it is a file; name a folder with -o") {
		t.Errorf("exit status %d, %q", status, stderr)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 || !slices.ContainsFunc(left, func(e os.DirEntry) bool { return e.Name() == "file" }) {
		t.Errorf("left %v (%v), want only the file that was there", left, err)
	}
}
