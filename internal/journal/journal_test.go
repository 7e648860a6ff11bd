package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/internal/collect"
	"tributary/internal/flow"
)

// clock is a time that stands still until a test moves it.
type clock struct{ t time.Time }

func newClock() *clock               { return &clock{time.UnixMilli(1_700_000_000_000)} }
func (c *clock) now() time.Time      { return c.t }
func (c *clock) add(d time.Duration) { c.t = c.t.Add(d) }

// open opens a journal in which nothing runs of itself.
func open(t testing.TB, c Config) *Journal {
	t.Helper()
	c.manual = true
	c.Workers = max(1, c.Workers)
	if c.MaxBytes == 0 {
		c.MaxBytes = 1 << 30
	}
	j, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// kill leaves the journal as a killed process does: nothing is synced, the lock is free.
func kill(j *Journal) {
	for _, s := range j.segments {
		if s.file != nil {
			s.file.Close()
		}
	}
	j.lock.Close()
}

func addr(s string) flow.Addr { return flow.AddrFrom(netip.MustParseAddr(s)) }

// datagrams makes n of all sorts, in order of arrival from arrival on.
func datagrams(r *rand.Rand, n int, arrival int64) []flow.Datagram {
	sources := []string{"192.0.2.1", "::ffff:198.51.100.7", "2001:db8::9", "0.0.0.0", "255.255.255.255", "::1"}
	beginnings := []string{"\x00\x09", "\x00\x0a", "\x00\x05", "\x00\x00\x00\x05", "", "x"}
	var out []flow.Datagram
	for i := range n {
		payload := []byte(beginnings[r.IntN(len(beginnings))])
		size := r.IntN(1500)
		switch r.IntN(20) {
		case 0:
			size = 0
		case 1:
			size = r.IntN(maxPayload4 - 10)
		}
		for range size {
			payload = append(payload, byte(r.Uint32()))
		}
		out = append(out, flow.Datagram{Source: addr(sources[r.IntN(len(sources))]), Port: uint16(r.Uint32()), Arrival: arrival + int64(i), Payload: payload})
	}
	return out
}

func show(dg flow.Datagram) string {
	return fmt.Sprintf("%v:%d at %d: %d octets, %x", dg.Source, dg.Port, dg.Arrival, len(dg.Payload), dg.Payload[:min(8, len(dg.Payload))])
}

// same fails unless got are the datagrams want, in order.
func same(t testing.TB, got, want []flow.Datagram) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		g, w := got[i], want[i]
		if g.Source != w.Source || g.Port != w.Port || g.Arrival != w.Arrival || !bytes.Equal(g.Payload, w.Payload) {
			t.Fatalf("datagram %d:\n got %s\nwant %s", i, show(g), show(w))
		}
	}
	if len(got) != len(want) {
		t.Fatalf("got %d datagrams, want %d", len(got), len(want))
	}
}

// read reads all of a Reader or Tail, and copies.
func read(r interface{ Next(*flow.Datagram) bool }) (out []flow.Datagram) {
	var dg flow.Datagram
	for r.Next(&dg) {
		c := dg
		c.Payload = bytes.Clone(dg.Payload)
		out = append(out, c)
	}
	return out
}

func appendAll(t testing.TB, w *Writer, batches ...[]flow.Datagram) {
	t.Helper()
	for _, b := range batches {
		if err := w.Append(b); err != nil {
			t.Fatal(err)
		}
	}
}

func replay(t testing.TB, j *Journal, from Position) *Replay {
	t.Helper()
	r, err := j.Replay(from)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// replayed reads everything from a position on.
func replayed(t testing.TB, j *Journal, from Position) ([]flow.Datagram, *Replay) {
	t.Helper()
	r := replay(t, j, from)
	reader := r.Reader(0, r.Segments())
	defer reader.Close()
	return read(reader), r
}

func segments(t testing.TB, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range names {
		names[i] = filepath.Base(names[i])
	}
	return names
}

func TestWhatAKilledProcessAppendedIsReplayed(t *testing.T) {
	dir, r := t.TempDir(), rand.New(rand.NewPCG(1, 2))
	j := open(t, Config{Dir: dir, Roll: 100_000})
	want := datagrams(r, 3000, 1_700_000_000_000)
	for batch := range slices.Chunk(want, 64) {
		appendAll(t, j.Writer(0), batch)
	}
	kill(j)
	if n := len(segments(t, dir)); n < 10 {
		t.Errorf("%d segments: they do not roll", n)
	}

	j = open(t, Config{Dir: dir})
	defer kill(j)
	got, rp := replayed(t, j, Position{})
	same(t, got, want)
	if len(rp.Torn()) != 0 || len(rp.Missing) != 0 || len(rp.Notes) != 0 {
		t.Errorf("reported without cause: %v %v %v", rp.Torn(), rp.Missing, rp.Notes)
	}
}

// TestSegmentsAreCaptures reads segments as import and inspect do.
func TestSegmentsAreCaptures(t *testing.T) {
	dir, r := t.TempDir(), rand.New(rand.NewPCG(3, 4))
	j := open(t, Config{Dir: dir})
	want := datagrams(r, 500, 1_700_000_000_123)
	appendAll(t, j.Writer(0), want)
	kill(j)
	c, err := collect.OpenCapture(filepath.Join(dir, segments(t, dir)[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var got []flow.Datagram
	for {
		var dg flow.Datagram
		err := c.Next(&dg)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		dg.Payload = bytes.Clone(dg.Payload)
		got = append(got, dg)
	}
	same(t, got, want)
	if c.Skipped != ([collect.NumSkips]int{}) {
		t.Errorf("skipped %v", c.Skipped)
	}
}

func TestPositionDividesAllWorkers(t *testing.T) {
	dir, r := t.TempDir(), rand.New(rand.NewPCG(5, 6))
	j := open(t, Config{Dir: dir, Workers: 3})
	d := datagrams(r, 60, 1_700_000_000_000)
	appendAll(t, j.Writer(0), d[0:10])
	appendAll(t, j.Writer(2), d[10:20])
	first := j.Rotate()
	appendAll(t, j.Writer(1), d[20:30])
	second := j.Rotate()
	if third := j.Rotate(); third != second {
		t.Errorf("a rotation without appends gave %v, want %v", third, second)
	}
	appendAll(t, j.Writer(2), d[30:40])
	appendAll(t, j.Writer(0), d[40:60])
	if err := j.Release(first); err != nil {
		t.Fatal(err)
	}
	want := []string{"00000001-000003-01.pcap", "00000001-000004-02.pcap", "00000001-000005-00.pcap"}
	if got := segments(t, dir); !slices.Equal(got, want) {
		t.Errorf("after the release there are %v, want %v", got, want)
	}
	kill(j)

	j = open(t, Config{Dir: dir, Workers: 2})
	got, rp := replayed(t, j, second)
	same(t, got, d[30:])
	if p := rp.Position(1); p != (Position{second.Journal, 1, 5}) {
		t.Errorf("position in the middle of the replay is %v", p)
	}
	got, _ = replayed(t, j, rp.Position(1))
	same(t, got, d[40:])
	appendAll(t, j.Writer(1), d[:5])
	if err := j.Release(rp.Position(rp.Segments())); err != nil {
		t.Fatal(err)
	}
	if got, want := segments(t, dir), []string{"00000002-000001-01.pcap"}; !slices.Equal(got, want) {
		t.Errorf("after the replay's release there are %v, want %v", got, want)
	}
	kill(j)
}

func TestPositionText(t *testing.T) {
	f := func(p Position, want string) {
		t.Helper()
		text, err := p.MarshalText()
		if err != nil || string(text) != want {
			t.Errorf("%+v: %q, %v; want %q", p, text, err, want)
		}
		var q Position
		if err := q.UnmarshalText(text); err != nil || q != p {
			t.Errorf("%q reads as %+v, %v; want %+v", text, q, err, p)
		}
	}
	f(Position{}, "")
	f(Position{0x9f3c5a1b00d2e4c7, 3, 42}, "9f3c5a1b00d2e4c7/00000003/000042")
	f(Position{1, 4_000_000_000, 4_000_000_000}, "0000000000000001/4000000000/4000000000")
	for _, bad := range []string{"x", "9f3c5a1b00d2e4c7/3/42", "9f3c5a1b00d2e4c7/00000003/000042 ", "9f3c5a1b00d2e4c7/00000003/99999999999"} {
		var q Position
		if err := q.UnmarshalText([]byte(bad)); err == nil || !strings.Contains(err.Error(), bad) || q != (Position{}) {
			t.Errorf("%q reads as %+v, %v", bad, q, err)
		}
	}
}

func TestTailCatchesUp(t *testing.T) {
	dir, r := t.TempDir(), rand.New(rand.NewPCG(7, 8))
	j := open(t, Config{Dir: dir, Workers: 2, Roll: 50_000})
	defer kill(j)
	w := j.Writer(1)
	tail := w.Tail()
	defer tail.Close()
	if got := read(tail); got != nil {
		t.Errorf("read %d datagrams of a writer that wrote none", len(got))
	}
	want := datagrams(r, 2000, 1_700_000_000_000)
	var got []flow.Datagram
	rest := want
	for len(rest) > 0 {
		n := min(len(rest), 1+r.IntN(64))
		appendAll(t, j.Writer(0), want[:1]) // another's
		appendAll(t, w, rest[:n])
		rest = rest[n:]
		switch r.IntN(4) {
		case 0:
			got = append(got, read(tail)...)
			same(t, got, want[:len(want)-len(rest)])
		case 1:
			j.Rotate()
		case 2:
			if err := j.Sync(); err != nil {
				t.Fatal(err)
			}
		}
	}
	got = append(got, read(tail)...)
	same(t, got, want)
	if n := tail.Skipped(); n != 0 {
		t.Errorf("skipped %d", n)
	}
}

func TestTwoProcessesCannotShare(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir})
	_, err := Open(Config{Dir: dir, Workers: 1, MaxBytes: 1 << 30})
	if want := fmt.Sprintf("in use by the process with pid %d", os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one with %q", err, want)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	kill(open(t, Config{Dir: dir}))
}
