package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/pcapgo"

	"tributary/internal/collect"
	"tributary/internal/config"
)

// importer is a configuration with a store of its own, and captures beside it.
type importer struct {
	t      *testing.T
	dir    string
	config string
}

// importKey is the key of the importers' stores: the same, so that the same addresses give the same
// estimates.
const importKey = "000102030405060708090a0b0c0d0e0f\n"

// newImporter commits every few rows, so that an import has many commits.
func newImporter(t *testing.T) *importer {
	t.Helper()
	i := &importer{t: t, dir: t.TempDir()}
	put(t, filepath.Join(i.dir, "data", "tributary.key"), importKey)
	i.config = put(t, filepath.Join(i.dir, "tributary.yaml"), labYAML(t)+"limits: {rows: 300}\n")
	return i
}

// capture writes a simulated day's first datagrams.
func (i *importer) capture(name string, count, seed int) string {
	i.t.Helper()
	path := filepath.Join(i.dir, name)
	mustRun(i.t, "simulate", "-o", path, "--period", "2025-10-01", "--count", fmt.Sprint(count), "--seed", fmt.Sprint(seed))
	return path
}

// do runs an import and returns what it said; its exit status must be the given one.
func (i *importer) do(status int, args ...string) string {
	i.t.Helper()
	stdout, stderr, got := tributary(i.t, append([]string{"-c", i.config, "import"}, args...)...)
	if got != status || stdout != "" {
		i.t.Fatalf("import %s: exit status %d, want %d; standard output %q:\n%s", strings.Join(args, " "), got, status, stdout, stderr)
	}
	return stderr
}

// holds is what the store has: the dataset, and the health of all exporters.
func (i *importer) holds() string {
	i.t.Helper()
	return mustRun(i.t, "-c", i.config, "dataset", "2025-10", "--unsuppressed") + fmt.Sprintf("%+v", storedHealth(i.t, i.config))
}

func (i *importer) said(text string, want ...string) {
	i.t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			i.t.Errorf("%q is missing in:\n%s", w, text)
		}
	}
}

// TestImportCountsOnce: a capture is known by its content.
func TestImportCountsOnce(t *testing.T) {
	i := newImporter(t)
	first, second := i.capture("first.pcap", 300, 1), i.capture("second.pcap", 200, 2)
	content, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	copied := put(t, filepath.Join(i.dir, "copied.pcap"), string(content))
	i.said(i.do(0, first, copied), copied+" is skipped: it has the content of "+first, "imported 300 datagrams")
	once := i.holds()

	said := i.do(0, copied)
	i.said(said, copied+" is skipped: its content was imported on 20", " as "+first, "--again")
	if strings.Contains(said, "imported 300") {
		t.Errorf("it was imported again:\n%s", said)
	}
	if i.holds() != once {
		t.Error("the store is another one after an import of what it has")
	}

	i.said(i.do(0, copied, second), "copied.pcap is skipped", "imported 200 datagrams")
	i.said(i.do(0, first, second, "--again"), "imported 500 datagrams")
	if h := storedHealth(t, i.config); h.Datagrams != 1000 {
		t.Errorf("%d datagrams are in the store, want 1000: each capture twice", h.Datagrams)
	}
}

// TestImportOfNothingIsNotNoted: what no region admitted is imported once a region does.
func TestImportOfNothingIsNotNoted(t *testing.T) {
	i := newImporter(t)
	capture := i.capture("x.pcap", 100, 1)
	lab := i.config
	i.config = put(t, filepath.Join(i.dir, "other.yaml"), "data: ./data\nown: [203.0.113.0/24]\nregions: [{name: A, exporters: [192.0.2.77]}]\n")
	i.said(i.do(1, capture), "nothing was imported")
	i.config = lab
	i.said(i.do(0, capture), "imported 100 datagrams")
}

// TestImportOfTheFuture: one datagram of the future would have retention count back from there.
func TestImportOfTheFuture(t *testing.T) {
	i := newImporter(t)
	capture := i.capture("x.pcap", 100, 1)
	from, err := os.Open(capture)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	r, err := pcapgo.NewReader(from)
	if err != nil {
		t.Fatal(err)
	}
	future := filepath.Join(i.dir, "future.pcap")
	to, err := os.Create(future)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	w := pcapgo.NewWriter(to)
	if err := w.WriteFileHeader(65535, r.LinkType()); err != nil {
		t.Fatal(err)
	}
	ahead := time.Now().Add(25 * time.Hour)
	for n := range 100 {
		data, info, err := r.ReadPacketData()
		if err != nil {
			t.Fatal(err)
		}
		info.Timestamp = ahead.Add(time.Duration(n) * time.Second)
		if err := w.WritePacket(info, data); err != nil {
			t.Fatal(err)
		}
	}
	i.said(i.do(1, future), "future.pcap is dated "+ahead.UTC().Format("2006-01-02"), "more than a day ahead", "--future")
	i.said(i.do(0, future, "--future"), "imported 100 datagrams")
}

// moment is when an import is killed: once it has added so many octets to the store's write-ahead log,
// as each of its commits does, and after so long. A time alone may always hit what is not to be
// tested: on a busy machine, or under the race detector, a process starts for longer than it imports.
type moment struct {
	written int64
	after   time.Duration
}

// never is the moment of an import that ends by itself.
var never = moment{written: math.MaxInt64}

// somewhen is a moment up to those of a whole import, every other time one that the clock tells, so
// that starting and closing the store are hit too.
func somewhen(r *rand.Rand, whole moment) moment {
	if r.IntN(2) == 0 {
		return moment{after: time.Duration(r.Int64N(int64(whole.after)))}
	}
	return moment{written: r.Int64N(whole.written)}
}

// kill starts an import in a process of its own and kills it at the given moment. It reports whether
// the import ended before that, what it said, and how much it wrote and how long it took.
func (i *importer) kill(at moment, files ...string) (ended bool, said string, took moment) {
	i.t.Helper()
	var stderr strings.Builder
	p := process(0, append([]string{"-c", i.config, "import"}, files...)...)
	p.Stderr = &stderr
	log := i.logSize()
	begun := time.Now()
	if err := p.Start(); err != nil {
		i.t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- p.Wait() }()
	for {
		select {
		case err := <-exited:
			if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() >= 0 {
				i.t.Fatalf("import failed: %v\n%s", err, stderr.String())
			}
			return err == nil, stderr.String(), took
		case <-time.After(500 * time.Microsecond):
		}
		now := i.logSize()
		took.written += max(0, now-log)
		took.after = time.Since(begun)
		log = now
		if took.written >= at.written && took.after >= at.after {
			_ = p.Process.Kill() // it fails where the process has ended
		}
	}
}

// logSize is the size of the store's write-ahead log, 0 where there is none.
func (i *importer) logSize() int64 {
	info, err := os.Stat(filepath.Join(i.dir, "data", "tributary.duckdb.wal"))
	if err != nil {
		return 0
	}
	return info.Size()
}

// TestKilledImportGoesOn kills imports of two captures at random moments and runs them again until
// they are done: all is counted, and nothing twice.
func TestKilledImportGoesOn(t *testing.T) {
	whole := newImporter(t)
	files := []string{whole.capture("a.pcap", 2500, 1), whole.capture("b.pcap", 2000, 2)}
	ended, said, took := whole.kill(never, files...)
	if !ended {
		t.Fatalf("the import that nobody killed did not end:\n%s", said)
	}
	want := whole.holds()
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	kills, resumed := 0, 0
	for kills < 20 {
		i := newImporter(t)
		for ended := false; !ended; {
			var said string
			if ended, said, _ = i.kill(somewhen(r, took), files...); !ended {
				kills++
			}
			if strings.Contains(said, "resumed at 2025-10-01") {
				resumed++
			}
		}
		if i.holds() != want {
			t.Fatalf("after %d kills the store is not that of an import that nobody killed", kills)
		}
	}
	if resumed == 0 {
		t.Errorf("of %d kills none was in the middle of an import", kills)
	}
	t.Logf("seed %d: %d kills, %d imports resumed, of %v and %d octets each", seed, kills, resumed, took.after, took.written)
}

// TestKilledImportIntoRunningGoesOn is TestKilledImportGoesOn through the process that holds the store.
func TestKilledImportIntoRunningGoesOn(t *testing.T) {
	whole := newImporter(t)
	files := []string{whole.capture("a.pcap", 2500, 1), whole.capture("b.pcap", 2000, 2)}
	_, _, took := whole.kill(never, files...)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	kills, resumed := 0, 0
	for kills < 20 {
		r := startRun(t, mustRun(t, "simulate", "--print-config")+"limits: {rows: 300}\n")
		i := &importer{t: t, dir: filepath.Dir(r.config), config: r.config}
		for ended := false; !ended; {
			var said string
			if ended, said, _ = i.kill(somewhen(random, took), files...); !ended {
				kills++
			}
			if strings.Contains(said, "resumed at 2025-10-01") {
				resumed++
			}
		}
		r.end()
		same := newImporter(t)
		key, err := os.ReadFile(filepath.Join(i.dir, "data", "tributary.key"))
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(same.dir, "data", "tributary.key"), string(key))
		same.do(0, files...)
		if i.holds() != same.holds() {
			t.Fatalf("after %d kills the store is not that of an import that nobody killed", kills)
		}
	}
	if resumed == 0 {
		t.Errorf("of %d kills none was in the middle of an import", kills)
	}
	t.Logf("seed %d: %d kills, %d imports resumed, of %v and %d octets each", seed, kills, resumed, took.after, took.written)
}

// begin imports until a part of the files is counted, and no more: the captures of 2,500 and 2,000
// datagrams come to 2.9 MB in the write-ahead log, of which a commit takes about 0.15 MB.
func (i *importer) begin(files ...string) {
	i.t.Helper()
	if ended, said, took := i.kill(moment{written: 600_000}, files...); ended {
		i.t.Fatalf("the import ended before it was killed in its middle: it wrote %d octets\n%s", took.written, said)
	}
}

// TestReceiveOfWhatWasImported: a command that was killed once it had sent everything is finished by the
// process that holds the store; one with the same captures that waited for its turn skips them.
func TestReceiveOfWhatWasImported(t *testing.T) {
	i := newImporter(t)
	a := i.capture("a.pcap", 100, 1)
	i.do(0, a)
	identity, err := collect.Identify(a)
	if err != nil {
		t.Fatal(err)
	}
	request, err := json.Marshal(importRequest{Files: []importFile{{a, identity}}})
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(i.config)
	if err != nil {
		t.Fatal(err)
	}
	in, err := openIntake(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var said strings.Builder
	if err := in.receive(t.Context(), strings.NewReader(string(request)+"\n"), &said); err != nil || !strings.Contains(said.String(), "a.pcap is skipped") {
		t.Errorf("%v, said %q", err, &said)
	}
}

// TestKilledImportIsFinishedFirst: another set of files that shares one with it would count that twice.
func TestKilledImportIsFinishedFirst(t *testing.T) {
	i := newImporter(t)
	a, b, c := i.capture("a.pcap", 2500, 1), i.capture("b.pcap", 2000, 2), i.capture("c.pcap", 100, 3)
	i.begin(a, b)
	i.said(i.do(1, a), "was interrupted", "a part of "+a+" is counted", "tributary import "+a+" "+b, "--again")
	i.said(i.do(1, c, b), "a part of "+b+" is counted")
	i.said(i.do(0, c), "imported 100 datagrams") // it has nothing to do with it
	i.said(i.do(0, b, a), "resumed at 2025-10-01")
	if h := storedHealth(t, i.config); h.Datagrams != 4600 {
		t.Errorf("%d datagrams are in the store, want 4600", h.Datagrams)
	}
	i.said(i.do(0, a, b, c), "a.pcap is skipped", "b.pcap is skipped", "c.pcap is skipped")
}

// TestKilledImportGivenUp: with --again files are counted from their beginning, and the import that was
// interrupted is forgotten.
func TestKilledImportGivenUp(t *testing.T) {
	i := newImporter(t)
	a, b := i.capture("a.pcap", 2500, 1), i.capture("b.pcap", 2000, 2)
	i.begin(a, b)
	if said := i.do(0, a, "--again"); !strings.Contains(said, "imported 2500 datagrams") {
		t.Errorf("it was not read from its beginning:\n%s", said)
	}
	i.said(i.do(0, a, b), "a.pcap is skipped", "imported 2000 datagrams")
}
