package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// These make the test binary run as another process: see TestMain.
const (
	helperEnv    = "TRIBUTARY_STORE_TEST_HELPER"
	committerEnv = "TRIBUTARY_STORE_TEST_COMMITTER"
)

// TestMain is also the other process of the tests that need one: it opens the store whose path is in
// the environment, commits a known batch, says so, and then waits to be killed; or it commits until
// it is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv(committerEnv); path != "" {
		fmt.Fprintln(os.Stderr, committing(path))
		os.Exit(1)
	}
	path := os.Getenv(helperEnv)
	if path == "" {
		os.Exit(m.Run())
	}
	s, err := Open(context.Background(), Options{Path: path})
	if err == nil {
		s.Names().Links.ID("flexify")
		s.Names().Places.ID(flow.Place{Country: "US", Subdivision: "CA", City: "Fremont"})
		s.SetState("metering", []byte{1, 2, 3})
		err = s.Commit(context.Background(), knownBatch(s.Key()))
	}
	fmt.Println("committed:", err)
	_, _ = os.Stdin.Read(make([]byte, 1)) // until killed
}

func knownBatch(key [16]byte) *rollup.Batch {
	tally := rollup.New(rollup.Config{Key: key, IPv6Prefix: 64})
	tally.Add(randomFlows(rand.New(rand.NewPCG(11, 11)), 500, 0))
	b := tally.Take()
	b.Health = []flow.Health{{Slot: epoch + 400, Datagrams: 5}}
	return b
}

// otherProcess starts the helper and waits until it has committed.
func otherProcess(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperEnv+"="+path)
	stdin, err := cmd.StdinPipe()
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line := make([]byte, 200)
	n, err := stdout.Read(line)
	must(t, err)
	if got := strings.TrimSpace(string(line[:n])); got != "committed: <nil>" {
		t.Fatalf("the other process says %q", got)
	}
	return cmd
}

// A second process is told who has the store; what a killed process committed is all there.
func TestLockAndKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tributary.duckdb")
	cmd := otherProcess(t, path)
	_, err := Open(context.Background(), Options{Path: path})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), fmt.Sprint(cmd.Process.Pid)) || !strings.Contains(err.Error(), path) {
		t.Errorf("opening a store that process %d has: %v", cmd.Process.Pid, err)
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()

	s := openStore(t, path)
	w := &twin{}
	w.add(knownBatch(s.Key()))
	checkAnswers(t, s, w)
	if id, ok := s.Names().Links.Lookup("flexify"); !ok || id != 1 {
		t.Errorf("link flexify has number %d, %v", id, ok)
	}
	if p := s.Names().Places.Value(1); p.City != "Fremont" || p.Country != "US" || p.Subdivision != "CA" {
		t.Errorf("place 1 is %+v", p)
	}
	if got := s.State("metering"); !bytes.Equal(got, []byte{1, 2, 3}) {
		t.Errorf("state is %v", got)
	}
	if newest, ok := s.Newest(); !ok || newest != epoch+400 {
		t.Errorf("Newest() = %d, %v; want the health row's slot %d", newest, ok, epoch+400)
	}
	if oldest, ok := s.Oldest(); !ok || oldest != w.traffic[0].Slot.Hour() {
		t.Errorf("Oldest() = %d, %v", oldest, ok)
	}
}

func TestSecondOpenInOneProcess(t *testing.T) {
	t.Parallel()
	s := tempStore(t)
	if _, err := Open(context.Background(), Options{Path: s.Path()}); !errors.Is(err, ErrLocked) {
		t.Errorf("err = %v, want ErrLocked", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	f := func(name string, want error, prepare func(path string) (open string), says ...string) {
		t.Helper()
		path := prepare(filepath.Join(t.TempDir(), "tributary.duckdb"))
		s, err := Open(ctx, Options{Path: path})
		if err == nil {
			_ = s.Close()
		}
		if err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: err = %v, want %v", name, err, want)
			return
		}
		for _, s := range append(says, path) {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %q does not say %q", name, err, s)
			}
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: more than one line: %q", name, err)
		}
	}
	filled := func(path string) string {
		s, err := Open(ctx, Options{Path: path})
		must(t, err)
		must(t, s.Commit(ctx, knownBatch(s.Key())))
		must(t, s.Close())
		return path
	}
	set := func(statement string) func(string) string {
		return func(path string) string {
			s, err := Open(ctx, Options{Path: filled(path)})
			must(t, err)
			must(t, s.conn.Exec(ctx, statement))
			must(t, s.Close())
			return path
		}
	}
	f("newer version", ErrNewer, set("UPDATE meta SET value = '99' WHERE name = 'version'"), "99", "use the tributary that wrote it")
	f("no version", ErrCorrupt, set("DELETE FROM meta WHERE name = 'version'"))
	f("somebody else's database", ErrCorrupt, set("DROP TABLE meta"))
	f("a table is missing", ErrCorrupt, set("DROP TABLE names"))
	f("names out of order", ErrCorrupt, set("INSERT INTO names VALUES (1, 77, 'x')"))
	f("not a database", ErrCorrupt, func(path string) string {
		must(t, os.WriteFile(path, bytes.Repeat([]byte("nonsense"), 10_000), 0o600))
		return path
	}, "restore it from a copy")
	f("damaged in the middle", ErrCorrupt, func(path string) string {
		file, err := os.OpenFile(filled(path), os.O_RDWR, 0)
		must(t, err)
		info, err := file.Stat()
		must(t, err)
		for at := int64(3 * 4096); at < info.Size(); at += 256 {
			_, err = file.WriteAt([]byte{0xa5, 0x5a, 0xa5, 0x5a}, at)
			must(t, err)
		}
		must(t, file.Close())
		return path
	})
	f("truncated", ErrCorrupt, func(path string) string {
		must(t, os.Truncate(filled(path), 3*4096))
		return path
	})
	f("a folder", nil, func(path string) string {
		must(t, os.Mkdir(path, 0o700))
		return path
	}, "folder")
	f("no folder", fs.ErrNotExist, func(path string) string { return path + "/no/such.duckdb" }, "must exist")
	f("no key", ErrKey, func(path string) string {
		must(t, os.Remove(keyPath(filled(path))))
		return path
	}, "put it back")
	f("another key", ErrKey, func(path string) string {
		must(t, os.WriteFile(keyPath(filled(path)), []byte(strings.Repeat("ab", 16)+"\n"), 0o600))
		return path
	})
	f("a damaged key", ErrKey, func(path string) string {
		must(t, os.WriteFile(keyPath(filled(path)), []byte("abc"), 0o600))
		return path
	})
}

// A folder that takes no new files: /proc stands for a read-only disk, since the tests may run as
// root, whom permissions do not hold.
func TestOpenInReadOnlyFolder(t *testing.T) {
	t.Parallel()
	_, err := Open(context.Background(), Options{Path: "/proc/tributary.duckdb"})
	if err == nil || !strings.Contains(err.Error(), "/proc/tributary.duckdb") {
		t.Errorf("err = %v", err)
	}
}

func TestKeyFileIsSecret(t *testing.T) {
	t.Parallel()
	s := tempStore(t)
	info, err := os.Stat(keyPath(s.Path()))
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
	if other := tempStore(t); other.Key() == s.Key() {
		t.Error("two stores have one key")
	}
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "tributary.duckdb")
	if _, err := Open(ctx, Options{Path: path, ReadOnly: true}); err == nil || !strings.Contains(err.Error(), "no store") {
		t.Errorf("a missing store opens for reading: %v", err)
	}
	s, err := Open(ctx, Options{Path: path})
	must(t, err)
	w := &twin{}
	w.add(knownBatch(s.Key()))
	must(t, s.Commit(ctx, knownBatch(s.Key())))
	must(t, s.Close())
	r, err := Open(ctx, Options{Path: path, ReadOnly: true})
	must(t, err)
	defer r.Close()
	checkAnswers(t, r, w)
	if err := r.Commit(ctx, knownBatch(r.Key())); err == nil {
		t.Error("a store opened for reading takes a commit")
	}
	if err := r.Maintain(ctx); err == nil {
		t.Error("a store opened for reading is maintained")
	}
}
