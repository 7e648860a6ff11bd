package journal

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tributary/internal/flow"
)

// TestSizeBound appends more than fits: the oldest goes, whoever wrote it, and is counted.
func TestSizeBound(t *testing.T) {
	dir, r := t.TempDir(), rand.New(rand.NewPCG(21, 22))
	j := open(t, Config{Dir: dir, Workers: 2, MaxBytes: 1 << 20})
	old := datagrams(r, 100, 1_700_000_000_000)
	appendAll(t, j.Writer(0), old)
	oldBytes := j.Status().Bytes
	kill(j)

	c := newClock()
	j = open(t, Config{Dir: dir, Workers: 2, MaxBytes: 1 << 20, now: c.now})
	idle := datagrams(r, 1, 1_700_000_000_500)
	appendAll(t, j.Writer(1), idle) // its open segment goes, too
	j.keepBounds()
	if st := j.Status(); st.DroppedSegments != 0 || !st.Oldest.Equal(time.UnixMilli(1_700_000_000_000)) {
		t.Errorf("before the bound: %+v", st)
	}
	var fresh []flow.Datagram
	for range 60 {
		d := datagrams(r, 30, 1_700_000_001_000+int64(len(fresh)))
		fresh = append(fresh, d...)
		appendAll(t, j.Writer(0), d)
		j.keepBounds()
		if n := j.Status().Bytes; n > 1<<20 {
			t.Fatalf("%d octets are kept", n)
		}
	}
	st := j.Status()
	appendAll(t, j.Writer(1), idle) // goes on
	kill(j)

	j = open(t, Config{Dir: dir, Workers: 2, MaxBytes: 1 << 20})
	defer kill(j)
	got, rp := replayed(t, j, Position{})
	kept := len(got) - 1
	same(t, got[:kept], fresh[len(fresh)-kept:])
	same(t, got[kept:], idle)
	if want := uint64(100 + 1 + len(fresh) - kept); st.DroppedDatagrams != want {
		t.Errorf("%d datagrams given up, want %d", st.DroppedDatagrams, want)
	}
	if st.Bytes >= oldBytes*50 || st.DroppedSegments < 3 || st.DroppedBytes < uint64(oldBytes) {
		t.Errorf("status %+v", st)
	}
	if len(rp.Torn()) != 0 {
		t.Errorf("told %v", rp.Torn())
	}
}

// TestAgeBound: what waits for replay does not age; a slow worker's segments are divided by time.
func TestAgeBound(t *testing.T) {
	dir, r, c := t.TempDir(), rand.New(rand.NewPCG(23, 24)), newClock()
	j := open(t, Config{Dir: dir, MaxAge: time.Hour, now: c.now})
	appendAll(t, j.Writer(0), datagrams(r, 10, c.t.UnixMilli()))
	kill(j)
	c.add(100 * time.Hour)
	j = open(t, Config{Dir: dir, MaxAge: time.Hour, now: c.now})
	for range 120 {
		appendAll(t, j.Writer(0), datagrams(r, 1, c.t.UnixMilli()))
		c.add(time.Minute)
		j.keepBounds()
	}
	st := j.Status()
	if st.DroppedDatagrams < 50 || st.DroppedDatagrams > 60 {
		t.Errorf("%d datagrams given up in two hours, one a minute: want nearly 60", st.DroppedDatagrams)
	}
	kill(j)
	j = open(t, Config{Dir: dir, MaxAge: time.Hour, now: c.now})
	defer kill(j)
	got, _ := replayed(t, j, Position{})
	if want := 10 + 120 - int(st.DroppedDatagrams); len(got) != want {
		t.Errorf("%d datagrams are left, want %d: those of former processes wait", len(got), want)
	}
}

func TestTailSkipsWhatTheBoundTook(t *testing.T) {
	j := open(t, Config{Dir: t.TempDir(), MaxBytes: 1 << 20})
	defer kill(j)
	tail := j.Writer(0).Tail()
	defer tail.Close()
	r := rand.New(rand.NewPCG(25, 26))
	var all []flow.Datagram
	for range 80 {
		d := datagrams(r, 30, int64(len(all)))
		all = append(all, d...)
		appendAll(t, j.Writer(0), d)
	}
	j.keepBounds()
	got := read(tail)
	skipped := j.Status().DroppedDatagrams
	if skipped == 0 || tail.Skipped() != skipped {
		t.Errorf("skipped %d, want %d", tail.Skipped(), skipped)
	}
	same(t, got, all[skipped:])
}

// TestWriteFailure: a write that fails leaves nothing of itself, is counted, and is tried again
// only after a pause.
func TestWriteFailure(t *testing.T) {
	for _, broken := range [][]string{{"write"}, {"write", "truncate"}, {"create"}} {
		dir, r, c := t.TempDir(), rand.New(rand.NewPCG(27, 28)), newClock()
		failing, calls := false, 0
		j := open(t, Config{Dir: dir, Workers: 2, now: c.now, fail: func(op string) error {
			if failing && slices.Contains(broken, op) {
				calls++
				return syscall.ENOSPC
			}
			return nil
		}})
		d := datagrams(r, 90, 1_700_000_000_000)
		w := j.Writer(1)
		appendAll(t, w, d[:20], d[20:30])
		if broken[0] == "create" {
			j.Rotate()
		}
		failing = true
		since := c.now()
		for i := range 3 {
			if err := w.Append(d[30:31]); !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("%v: append %d: error %v, want one with %v", broken, i, err, syscall.ENOSPC)
			}
			c.add(retryAfter / 10)
		}
		if calls != len(broken) {
			t.Errorf("%v: %d calls failed in a moment, want %d", broken, calls, len(broken))
		}
		c.add(retryAfter)
		if err := w.Append(d[40:41]); err == nil {
			t.Errorf("%v: no error", broken)
		}
		st := j.Status()
		if st.UnjournalledDatagrams != 4 || st.LastError == nil || !st.Since.Equal(since) {
			t.Errorf("%v: status %+v", broken, st)
		}
		failing = false
		c.add(2 * retryAfter)
		appendAll(t, w, d[60:75])
		j.Rotate()
		if err := j.Sync(); err != nil {
			t.Fatal(err)
		}
		appendAll(t, w, d[75:])
		if st := j.Status(); st.UnjournalledDatagrams != 4 || st.LastError == nil || !st.Since.IsZero() {
			t.Errorf("%v: status %+v after it resumed", broken, st)
		}
		kill(j)
		j = open(t, Config{Dir: dir})
		got, rp := replayed(t, j, Position{})
		same(t, got, slices.Concat(d[:30], d[60:]))
		if len(rp.Torn()) != 0 { // what the writer could not cut off, the sync did
			t.Errorf("%v: told %v", broken, rp.Torn())
		}
		kill(j)
	}
}

// TestSyncFailure: what could not be synced is not called so, and what follows goes into another file.
func TestSyncFailure(t *testing.T) {
	failing := true
	j := open(t, Config{Dir: t.TempDir(), fail: func(op string) error {
		if failing && op == "sync" {
			return syscall.EIO
		}
		return nil
	}})
	defer kill(j)
	w := j.Writer(0)
	r := rand.New(rand.NewPCG(31, 32))
	appendAll(t, w, datagrams(r, 10, 1))
	if err := j.Sync(); !errors.Is(err, syscall.EIO) {
		t.Errorf("error %v, want %v", err, syscall.EIO)
	}
	appendAll(t, w, datagrams(r, 10, 1))
	if n := len(segments(t, j.dir)); n != 2 {
		t.Errorf("%d segments, want 2", n)
	}
	if appended, synced := w.Synced(); appended != 20 || synced != 0 {
		t.Errorf("synced %d of %d", synced, appended)
	}
	if st := j.Status(); st.Since.IsZero() || st.Unsynced != st.Bytes {
		t.Errorf("status %+v", st)
	}
	failing = false
	if err := j.Sync(); err != nil {
		t.Fatal(err)
	}
	if appended, synced := w.Synced(); appended != 20 || synced != 20 {
		t.Errorf("synced %d of %d", synced, appended)
	}
	if st := j.Status(); !st.Since.IsZero() || st.Unsynced != 0 {
		t.Errorf("status %+v", st)
	}
}

func TestOversizeDatagramIsRefusedAlone(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir})
	d := datagrams(rand.New(rand.NewPCG(33, 34)), 3, 1)
	d[1].Source, d[1].Payload = addr("192.0.2.1"), make([]byte, maxPayload4+1)
	if err := j.Writer(0).Append(d); !errors.Is(err, errOversize) {
		t.Errorf("error %v", err)
	}
	if st := j.Status(); st.UnjournalledDatagrams != 1 || st.Appended != 2 {
		t.Errorf("status %+v", st)
	}
	appendAll(t, j.Writer(0), d[:1])
	kill(j)
	j = open(t, Config{Dir: dir})
	defer kill(j)
	got, _ := replayed(t, j, Position{})
	same(t, got, []flow.Datagram{d[0], d[2], d[0]})
}

func TestAppendAllocatesNothing(t *testing.T) {
	j := open(t, Config{Dir: t.TempDir()})
	defer kill(j)
	w, batch := j.Writer(0), batchOf("192.0.2.1")
	appendAll(t, w, batch)
	if n := testing.AllocsPerRun(100, func() { appendAll(t, w, batch) }); n != 0 {
		t.Errorf("allocs = %v, want 0", n)
	}
	tail := w.Tail()
	defer tail.Close()
	var dg flow.Datagram
	tail.Next(&dg)
	if n := testing.AllocsPerRun(1000, func() { tail.Next(&dg) }); n != 0 {
		t.Errorf("reading: allocs = %v, want 0", n)
	}
}

// TestPositionOfAnotherJournal: the folder was deleted, moved or exchanged since the last commit.
func TestPositionOfAnotherJournal(t *testing.T) {
	dir, r := t.TempDir(), rand.New(rand.NewPCG(35, 36))
	d := datagrams(r, 40, 1_700_000_000_000)
	j := open(t, Config{Dir: dir})
	appendAll(t, j.Writer(0), d[:10]) // of some other store
	kill(j)

	stored := Position{0xabc, 7, 9}
	j = open(t, Config{Dir: dir})
	got, rp := replayed(t, j, stored)
	if len(got) != 0 || len(rp.Notes) != 1 || !strings.Contains(rp.Notes[0], dir) {
		t.Errorf("read %d datagrams of another store, said %v", len(got), rp.Notes)
	}
	if n := j.Notes(); len(n) != 1 || !strings.Contains(n[0], "00000001-000001-00.pcap") {
		t.Errorf("notes %v", n)
	}
	appendAll(t, j.Writer(0), d[10:20])
	kill(j) // before a commit: the store's position is still the other journal's

	j = open(t, Config{Dir: dir})
	got, rp = replayed(t, j, stored)
	same(t, got, d[10:20])
	if len(rp.Notes) != 0 || len(rp.Missing) != 0 {
		t.Errorf("said %v, missing %v", rp.Notes, rp.Missing)
	}
	appendAll(t, j.Writer(0), d[20:30])
	p := j.Rotate()
	if err := j.Release(p); err != nil {
		t.Fatal(err)
	}
	appendAll(t, j.Writer(0), d[30:])
	kill(j)

	j = open(t, Config{Dir: dir})
	defer kill(j)
	got, _ = replayed(t, j, p)
	same(t, got, d[30:])
	if names := segments(t, dir); !slices.Contains(names, "00000001-000001-00.pcap") {
		t.Errorf("the other store's segment was deleted: %v", names)
	}
}

func TestUnknownFilesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"notes.txt", "00000000-000001-00.pcap", "1-2-3.pcap"} {
		rewrite(t, filepath.Join(dir, name), nil)
	}
	j := open(t, Config{Dir: dir})
	defer kill(j)
	if n := j.Notes(); len(n) != 1 || !strings.Contains(n[0], "notes.txt") || !strings.Contains(n[0], "1-2-3.pcap") {
		t.Errorf("notes %q", n)
	}
	got, _ := replayed(t, j, Position{})
	if err := j.Release(j.Rotate()); err != nil || len(got) != 0 {
		t.Errorf("read %d, released with %v", len(got), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "1-2-3.pcap")); err != nil {
		t.Error(err)
	}
}

func TestSpoiltStateIsASentence(t *testing.T) {
	dir := t.TempDir()
	rewrite(t, filepath.Join(dir, stateName), []byte("journal 00000000000000"))
	_, err := Open(Config{Dir: dir, Workers: 1, MaxBytes: 1 << 30})
	if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, stateName)) {
		t.Errorf("error %v", err)
	}
}
