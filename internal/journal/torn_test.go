package journal

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/internal/flow"
)

// rewrite replaces a file's content, and its size.
func rewrite(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestPowerLoss takes or spoils what was not synced, in many ways: what was synced is read, what is
// read is what was appended up to some point, and what is missing from the bytes on disk is told.
func TestPowerLoss(t *testing.T) {
	for round := range uint64(150) {
		r := rand.New(rand.NewPCG(round, 9))
		dir := t.TempDir()
		j := open(t, Config{Dir: dir, Roll: int64(20_000 + r.IntN(200_000))})
		w := j.Writer(0)
		want := datagrams(r, 20+r.IntN(300), 1_700_000_000_000)
		cut := r.IntN(len(want) + 1)
		for batch := range slices.Chunk(want[:cut], 1+r.IntN(20)) {
			appendAll(t, w, batch)
		}
		if err := j.Sync(); err != nil {
			t.Fatal(err)
		}
		var syncedSize int64
		if w.live != nil {
			syncedSize = w.live.synced
		}
		live := w.live
		for batch := range slices.Chunk(want[cut:], 1+r.IntN(20)) {
			appendAll(t, w, batch)
		}
		// Of segments begun since, the power loss may leave anything too; the first is the live one.
		var unsynced []*segment
		if live != nil {
			unsynced = append(unsynced, live)
		}
		for _, s := range j.segments {
			if s != live && s.synced == 0 && s.file != nil && (slices.Contains(w.retired, s) || s == w.live) {
				unsynced = append(unsynced, s)
			}
		}
		kill(j)
		victim, from := (*segment)(nil), int64(0)
		if len(unsynced) > 0 {
			i := r.IntN(len(unsynced))
			victim = unsynced[i]
			if victim == live {
				from = syncedSize
			}
			for _, later := range unsynced[i+1:] { // what came after the point of loss is gone
				os.Remove(later.path)
			}
		}
		size := int64(-1)
		if victim != nil {
			content, err := os.ReadFile(victim.path)
			if err != nil {
				t.Fatal(err)
			}
			at := from + r.Int64N(int64(len(content))-from+1)
			switch r.IntN(4) {
			case 0:
				content = content[:at]
			case 1:
				clear(content[at:])
			case 2:
				for i := range content[at:] {
					content[at+int64(i)] = byte(r.Uint32())
				}
			case 3: // a page in the middle did not arrive
				clear(content[at:min(at+4096, int64(len(content)))])
			}
			rewrite(t, victim.path, content)
			size = int64(len(content))
		}

		j = open(t, Config{Dir: dir})
		got, rp := replayed(t, j, Position{})
		if len(got) < cut {
			t.Fatalf("round %d: read %d datagrams, but %d were synced", round, len(got), cut)
		}
		same(t, got, want[:len(got)])
		if victim != nil {
			checkTorn(t, rp, victim, size, got)
		}
		kill(j)
	}
}

// checkTorn compares what is told of a segment with what its file has and what was read of it.
func checkTorn(t *testing.T, rp *Replay, victim *segment, size int64, got []flow.Datagram) {
	t.Helper()
	for _, s := range rp.segments {
		if s.id != victim.id {
			continue
		}
		whole := int64(0) // octets of the datagrams read from this segment, the last of all
		n := s.datagrams.Load()
		for _, dg := range got[int64(len(got))-n:] {
			whole += int64(len(appendRecord(nil, &dg, 0)))
		}
		if n > 0 || size >= fileHeader {
			whole += fileHeader
		}
		torn := rp.Torn()
		switch {
		case size == whole && size > 0:
			if len(torn) != 0 {
				t.Fatalf("told of a whole segment: %v", torn)
			}
		case len(torn) != 1 || torn[0].Segment != s.path:
			t.Fatalf("%d octets of %d were read, told: %v", whole, size, torn)
		case n > 0 && (torn[0].Octets != size-whole || torn[0].Last.UnixMilli() != got[len(got)-1].Arrival):
			t.Fatalf("%d octets of %d were read, the last of %d; told: %+v", whole, size, got[len(got)-1].Arrival, torn[0])
		case n == 0 && (torn[0].Octets == 0 && size > fileHeader || !torn[0].Last.IsZero()):
			t.Fatalf("nothing was read of %d octets; told: %+v", size, torn[0])
		}
	}
}

// TestDamageInTheMiddle damages synced data: the segment's rest is lost, the others are read.
func TestDamageInTheMiddle(t *testing.T) {
	dir, r := t.TempDir(), rand.New(rand.NewPCG(11, 12))
	j := open(t, Config{Dir: dir})
	d := datagrams(r, 90, 1_700_000_000_000)
	appendAll(t, j.Writer(0), d[:30])
	j.Rotate()
	appendAll(t, j.Writer(0), d[30:60])
	second := j.Writer(0).live
	j.Rotate()
	appendAll(t, j.Writer(0), d[60:])
	kill(j)
	content, err := os.ReadFile(second.path)
	if err != nil {
		t.Fatal(err)
	}
	at := fileHeader
	for i := range 10 {
		at += len(appendRecord(nil, &d[30+i], 0))
	}
	content[at+recordHeader+12] ^= 1 // in the source address
	rewrite(t, second.path, content)

	j = open(t, Config{Dir: dir})
	defer kill(j)
	got, rp := replayed(t, j, Position{})
	same(t, got, slices.Concat(d[:40], d[60:]))
	torn := rp.Torn()
	want := Torn{Segment: second.path, Octets: int64(len(content) - at), Last: time.UnixMilli(d[39].Arrival)}
	if len(torn) != 1 || torn[0] != want {
		t.Errorf("told %+v, want %+v", torn, want)
	}
	if s := torn[0].String(); !strings.Contains(s, "2023-11-14 22:13:20.039 UTC") || !strings.Contains(s, second.path) {
		t.Errorf("the sentence is %q", s)
	}
}

func TestAnotherSegmentsBlocksAreNotRead(t *testing.T) {
	dir, r := t.TempDir(), rand.New(rand.NewPCG(13, 14))
	j := open(t, Config{Dir: dir})
	d := datagrams(r, 20, 1_700_000_000_000)
	appendAll(t, j.Writer(0), d)
	kill(j)
	name := filepath.Join(dir, segments(t, dir)[0])
	if err := os.Rename(name, filepath.Join(dir, "00000001-000002-00.pcap")); err != nil {
		t.Fatal(err)
	}
	j = open(t, Config{Dir: dir})
	defer kill(j)
	got, rp := replayed(t, j, Position{})
	if len(got) != 0 || len(rp.Torn()) != 1 {
		t.Errorf("read %d datagrams of another segment; told %v", len(got), rp.Torn())
	}
}

func TestMissingSegmentsAreTold(t *testing.T) {
	dir, r := t.TempDir(), rand.New(rand.NewPCG(15, 16))
	j := open(t, Config{Dir: dir})
	position := Position{}
	for i := range 6 {
		appendAll(t, j.Writer(0), datagrams(r, 3, int64(i)))
		if p := j.Rotate(); i == 0 {
			position = p
		}
	}
	kill(j)
	j = open(t, Config{Dir: dir})
	appendAll(t, j.Writer(0), datagrams(r, 3, 9))
	j.Rotate()
	appendAll(t, j.Writer(0), datagrams(r, 3, 9))
	kill(j)
	for _, name := range []string{"00000001-000002-00.pcap", "00000001-000003-00.pcap", "00000001-000005-00.pcap", "00000002-000001-00.pcap"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	j = open(t, Config{Dir: dir})
	defer kill(j)
	rp := replay(t, j, position)
	if want := []Gap{{1, 2, 3}, {1, 5, 5}, {2, 1, 1}}; !slices.Equal(rp.Missing, want) {
		t.Errorf("missing %v, want %v", rp.Missing, want)
	}
	if s := rp.Missing[0].String(); !strings.Contains(s, "00000001-000002 to 000003") {
		t.Errorf("the sentence is %q", s)
	}
}

// FuzzSegment reads any bytes as a segment: it ends, and what it reads, written again, gives the
// bytes read.
func FuzzSegment(f *testing.F) {
	seed := segmentID{1, 1, 0}.seed()
	r := rand.New(rand.NewPCG(17, 18))
	content := slices.Clone(pcapHeader[:])
	for _, dg := range datagrams(r, 12, 1_700_000_000_000) {
		dg.Payload = dg.Payload[:min(len(dg.Payload), 50)]
		content = appendRecord(content, &dg, seed)
	}
	f.Add(content)
	f.Add(content[:len(content)-7])
	f.Add(slices.Concat(content[:200], make([]byte, 4096)))
	f.Add([]byte{})
	f.Add(pcapHeader[:])
	buffer := make([]byte, 2*maxRecord)
	f.Fuzz(func(t *testing.T, content []byte) {
		c := &scanner{file: bytes.NewReader(content), seed: seed, buffer: buffer}
		var again []byte
		var dg flow.Datagram
		for c.next(&dg, int64(len(content))) {
			if len(again) == 0 {
				again = append(again, pcapHeader[:]...)
			}
			again = appendRecord(again, &dg, seed)
			if int64(len(again)) != c.offset {
				t.Fatalf("a record is written with other octets than it was read from: %d, %d", len(again), c.offset)
			}
		}
		if c.offset > int64(len(content)) {
			t.Fatalf("read %d of %d octets", c.offset, len(content))
		}
	})
}
