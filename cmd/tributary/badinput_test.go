package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"tributary/internal/store/duckdb"
)

// labYAML admits the simulated fleet's routers: its lines, and a data folder.
func labYAML(t *testing.T) string {
	t.Helper()
	return "data: ./data\n" + mustRun(t, "simulate", "--print-config")
}

// TestBadInput is what can go wrong from outside: each a sentence that says what, where and what to
// do, an exit status, and nothing lost that was there before.
func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	config := put(t, filepath.Join(dir, "tributary.yaml"), labYAML(t))
	capture := filepath.Join(dir, "hour.pcap")
	mustRun(t, "simulate", "-o", capture, "--period", "2025-10-01", "--count", "300")
	whole, err := os.ReadFile(capture)
	if err != nil {
		t.Fatal(err)
	}
	mustRun(t, "-c", config, "import", capture)
	const ask = "2025-10"
	before := mustRun(t, "-c", config, "dataset", ask, "--unsuppressed")
	if strings.Count(before, "\n") < 10 {
		t.Fatalf("the dataset to begin with has few rows:\n%s", before)
	}

	yaml := func(name, text string) string { return put(t, filepath.Join(dir, name), text) }
	f := func(name string, status int, args []string, want ...string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			t.Helper()
			stdout, stderr, got := tributary(t, args...)
			if got != status || stdout != "" {
				t.Errorf("exit status %d, want %d; standard output %q", got, status, stdout)
			}
			for _, w := range want {
				if !strings.Contains(stderr, w) {
					t.Errorf("%q is missing in:\n%s", w, stderr)
				}
			}
			if strings.Contains(stderr, "goroutine") || strings.Contains(stderr, "BUG") {
				t.Errorf("that is no sentence:\n%s", stderr)
			}
		})
	}
	base := "own: [203.0.113.0/24]\nregions:\n  - {name: A, exporters: [192.0.2.0/24]}\n"

	f("no command", 2, []string{"collect"}, "collect", "--help")
	f("unknown flag", 2, []string{"top", "2025-10", "--limit", "3"}, "--limit")
	f("no configuration", 2, []string{"-c", filepath.Join(dir, "none.yaml"), "top", ask}, "none.yaml", "begin with these lines")
	f("unknown key", 2, []string{"-c", yaml("key.yaml", base+"exporter: []\n"), "run"}, "key.yaml:4", `exporter`, "exporters")
	f("wrong CIDR", 2, []string{"-c", yaml("cidr.yaml", "own: [203.0.113.7/24]\nregions: [{name: A, exporters: [192.0.2.1]}]\n"), "import", capture}, "cidr.yaml:1", "own[0]", "203.0.113.7/24", "203.0.113.0/24")
	f("overlapping regions", 2, []string{"-c", yaml("overlap.yaml", base+"  - {name: B, exporters: [192.0.2.7]}\n"), "check"}, "overlap.yaml:4", "192.0.2.7", "A")
	f("missing MMDB", 2, []string{"-c", yaml("geo.yaml", base+"geo_database: ./none.mmdb\n"), "import", capture}, "geo_database", "none.mmdb")
	yaml("bad.mmdb", strings.Repeat("no database ", 100))
	f("corrupt MMDB", 2, []string{"-c", yaml("as.yaml", base+"as_database: ./bad.mmdb\n"), "import", capture}, "as_database", "bad.mmdb", "damaged")
	f("no capture", 1, []string{"-c", config, "import", config}, "tributary.yaml", "is not a capture", "pcap")
	f("missing capture", 1, []string{"-c", config, "import", filepath.Join(dir, "none.pcap")}, "none.pcap")
	f("no period", 2, []string{"-c", config, "dataset", "October"}, "October", "2025Q4")
	f("not whole months", 2, []string{"-c", config, "dataset", "2025-10-03"}, "2025-10-03", "whole months")
	f("empty period, dataset", 1, []string{"-c", config, "dataset", "2024Q1"}, "2024Q1", "2025-10")
	f("empty period, top", 1, []string{"-c", config, "top", "2024Q1"}, "2024Q1", "2025-10")
	f("empty period, report", 1, []string{"-c", config, "report", "2024Q1", "-o", filepath.Join(dir, "report")}, "2024Q1", "2025-10")
	f("no store", 1, []string{"-c", yaml("fresh.yaml", "data: ./fresh\n"+base), "dataset", ask}, "no store", "import")
	f("unknown format", 2, []string{"-c", config, "dataset", ask, "--format", "xlsx"}, "xlsx", "csv, json or parquet")

	t.Run("nothing lost", func(t *testing.T) {
		if after := mustRun(t, "-c", config, "dataset", ask, "--unsuppressed"); after != before {
			t.Error("the dataset is another one after all that")
		}
		if _, err := os.Stat(filepath.Join(dir, "report")); err == nil {
			t.Error("a report of nothing left a folder")
		}
	})

	t.Run("truncated capture", func(t *testing.T) {
		cutConfig := yaml("cut.yaml", strings.Replace(labYAML(t), "./data", "./cut", 1))
		cut := put(t, filepath.Join(dir, "cut.pcap"), string(whole[:len(whole)-9]))
		_, stderr, status := tributary(t, "-c", cutConfig, "import", cut)
		if status != 1 || !strings.Contains(stderr, "cut.pcap is cut off after packet 299") || !strings.Contains(stderr, "what stands before it was read") {
			t.Errorf("exit status %d: %s", status, stderr)
		}
		if h := storedHealth(t, cutConfig); h.Datagrams != 299 {
			t.Errorf("%d datagrams are in the store, want the 299 before the cut", h.Datagrams)
		}
	})

	t.Run("store of a newer version", func(t *testing.T) {
		newer := yaml("newer.yaml", strings.Replace(labYAML(t), "./data", "./newer", 1))
		mustRun(t, "-c", newer, "import", capture)
		setStoreVersion(t, filepath.Join(dir, "newer", "tributary.duckdb"), "99")
		for _, args := range [][]string{{"import", capture}, {"top", ask}, {"run"}} {
			_, stderr, status := tributary(t, append([]string{"-c", newer}, args...)...)
			if status != 1 || !strings.Contains(stderr, "newer") || !strings.Contains(stderr, "99") || !strings.Contains(stderr, "use the tributary that wrote it") {
				t.Errorf("%v: exit status %d: %s", args, status, stderr)
			}
		}
		setStoreVersion(t, filepath.Join(dir, "newer", "tributary.duckdb"), "1")
		if got := mustRun(t, "-c", newer, "dataset", ask, "--unsuppressed"); got != before {
			t.Error("the newer store was changed by being refused")
		}
	})

	t.Run("corrupt store", func(t *testing.T) {
		corrupt := yaml("corrupt.yaml", strings.Replace(base, "own", "data: ./corrupt\nown", 1))
		path := put(t, filepath.Join(dir, "corrupt", "tributary.duckdb"), strings.Repeat("this is no database. ", 1000))
		_, stderr, status := tributary(t, "-c", corrupt, "top", ask)
		if status != 1 || !strings.Contains(stderr, path) {
			t.Errorf("exit status %d: %s", status, stderr)
		}
	})

	t.Run("read-only folder", func(t *testing.T) {
		locked := filepath.Join(dir, "locked")
		put(t, filepath.Join(locked, "old.csv"), "kept\n")
		if err := os.Chmod(locked, 0o555); err != nil {
			t.Fatal(err)
		}
		for _, d := range []string{dir, filepath.Dir(dir)} {
			if err := os.Chmod(d, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		readOnly := yaml("readonly.yaml", strings.Replace(labYAML(t), "./data", "./locked/data", 1))
		for _, c := range []struct {
			args []string
			want string
		}{
			{[]string{"-c", readOnly, "import", capture}, "locked"},
			{[]string{"simulate", "-o", filepath.Join(locked, "x.pcap"), "--count", "3"}, "x.pcap"},
			{[]string{"simulate", "-o", filepath.Join(locked, "old.csv"), "--count", "3"}, "old.csv"},
		} {
			var stderr string
			var status int
			asNobody(t, func() { _, stderr, status = tributary(t, c.args...) })
			if status != 1 || !strings.Contains(stderr, c.want) || !strings.Contains(stderr, "permission denied") {
				t.Errorf("%v: exit status %d: %s", c.args, status, stderr)
			}
		}
		if b, err := os.ReadFile(filepath.Join(locked, "old.csv")); err != nil || string(b) != "kept\n" {
			t.Errorf("the file that could not be replaced is now %q, %v", b, err)
		}
	})
}

// setStoreVersion writes another version into a store's own description.
func setStoreVersion(t *testing.T, path, version string) {
	t.Helper()
	db, err := duckdb.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c, err := db.Connect()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Exec(t.Context(), "UPDATE meta SET value = ? WHERE name = 'version'", version); err != nil {
		t.Fatal(err)
	}
}

// asNobody calls f with the file permissions of the user nobody where the test runs as root, whom
// no permission stops.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	const nobody = 65534
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0); errno != 0 {
			panic(fmt.Sprintf("setfsuid: %v", errno))
		}
		f()
	}()
	<-done
}

// TestAskingARunningProcess: commands that need the store which `run` holds get their answer from it.
func TestAskingARunningProcess(t *testing.T) {
	lines := mustRun(t, "simulate", "--print-config")
	r := startRun(t, lines)
	r.end()
	capture := filepath.Join(t.TempDir(), "day.pcap")
	mustRun(t, "simulate", "-o", capture, "--period", "2025-10-01", "--count", "1500")
	mustRun(t, "-c", r.config, "import", capture)
	questions := [][]string{
		{"dataset", "2025-10"}, {"dataset", "2025-10", "--unsuppressed", "--format", "json"},
		{"top", "2025-10", "--by", "type"}, {"top", "2025-10-01", "--by", "country", "-n", "3"},
	}
	var alone []string
	for _, q := range questions {
		alone = append(alone, mustRun(t, append([]string{"-c", r.config}, q...)...))
	}
	r.start()
	for i, q := range questions {
		if got := mustRun(t, append([]string{"-c", r.config}, q...)...); got != alone[i] {
			t.Errorf("%v: a running process answers\n%s\nthe store alone\n%s", q, got, alone[i])
		}
	}
	if _, stderr, status := tributary(t, "-c", r.config, "dataset", "2020"); status != 1 || !strings.Contains(stderr, "2020") {
		t.Errorf("an empty period: exit status %d: %s", status, stderr)
	}
	socket := filepath.Join(filepath.Dir(r.config), "data", socketName)
	info, err := os.Stat(socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v, want mode 0600", info, err)
	}
	r.end()
	if got := mustRun(t, "-c", r.config, "dataset", "2025-10"); got != alone[0] {
		t.Error("after the end the dataset is another one")
	}

	// The same into a store that a running process holds: the key stays, so estimates are the same too.
	if err := os.Remove(filepath.Join(filepath.Dir(socket), "tributary.duckdb")); err != nil {
		t.Fatal(err)
	}
	r.start()
	if _, stderr, status := tributary(t, "-c", r.config, "import", capture); status != 0 || !strings.Contains(stderr, "imported 1500 datagrams") {
		t.Errorf("import into a running process: exit status %d: %s", status, stderr)
	}
	if got := mustRun(t, "-c", r.config, "dataset", "2025-10"); got != alone[0] {
		t.Errorf("imported through a running process:\n%s\nwant\n%s", got, alone[0])
	}
}
