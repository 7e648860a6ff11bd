package journal

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"tributary/internal/flow"
)

// batchOf is a full batch of a socket: 64 datagrams of 1,400 octets, as exporters on Ethernet send.
func batchOf(source string) []flow.Datagram {
	batch := make([]flow.Datagram, 64)
	payload := make([]byte, 1400)
	payload[1] = 9
	for i := range batch {
		batch[i] = flow.Datagram{Source: addr(source), Port: 9995, Arrival: 1_700_000_000_000, Payload: payload}
	}
	return batch
}

// BenchmarkAppend is the journal's cost on the way in; an op is one datagram. write is the part of
// the system call: the same octets, written likewise, from a buffer that is ready.
func BenchmarkAppend(b *testing.B) {
	f := func(name, source string) {
		b.Run(name, func(b *testing.B) {
			j := open(b, Config{Dir: b.TempDir(), MaxBytes: 16 << 30})
			defer kill(j)
			w, batch := j.Writer(0), batchOf(source)
			b.SetBytes(1400)
			b.ReportAllocs()
			n, done := 0, reportCPU(b)
			defer done()
			for b.Loop() {
				if n++; n%64 != 0 {
					continue
				}
				if err := w.Append(batch); err != nil {
					b.Fatal(err)
				}
				if n%(1<<18) == 0 { // 370 MB: what is committed goes
					if err := errors.Join(j.Release(j.Rotate()), j.Sync()); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
	f("IPv4", "192.0.2.1")
	f("IPv6", "2001:db8::1")
	b.Run("write", func(b *testing.B) {
		file, err := os.Create(filepath.Join(b.TempDir(), "x"))
		if err != nil {
			b.Fatal(err)
		}
		defer file.Close()
		buf := make([]byte, 64*(headers4+1400))
		b.SetBytes(1400)
		at := int64(0)
		n, done := 0, reportCPU(b)
		defer done()
		for b.Loop() {
			if n++; n%64 != 0 {
				continue
			}
			if _, err := file.WriteAt(buf, at); err != nil {
				b.Fatal(err)
			}
			if at += int64(len(buf)); at >= DefaultRoll {
				at = 0
				if err := file.Truncate(0); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("format", func(b *testing.B) {
		batch, buf := batchOf("192.0.2.1"), []byte(nil)
		b.SetBytes(1400)
		n, done := 0, reportCPU(b)
		defer done()
		for b.Loop() {
			if n++; n%64 == 0 {
				buf = buf[:0]
				for i := range batch {
					buf = appendRecord(buf, &batch[i], 7)
				}
			}
		}
	})
}

// BenchmarkReplay reads segments from the page cache; an op is one datagram.
func BenchmarkReplay(b *testing.B) {
	dir := b.TempDir()
	j := open(b, Config{Dir: dir})
	batch := batchOf("192.0.2.1")
	for range 3000 { // 277 MB
		if err := j.Writer(0).Append(batch); err != nil {
			b.Fatal(err)
		}
	}
	kill(j)
	j = open(b, Config{Dir: dir})
	defer kill(j)
	rp, err := j.Replay(Position{})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(1400)
	var dg flow.Datagram
	reader := rp.Reader(0, rp.Segments())
	defer reportCPU(b)()
	for b.Loop() {
		if !reader.Next(&dg) {
			reader.Close()
			if reader = rp.Reader(0, rp.Segments()); !reader.Next(&dg) {
				b.Fatal("nothing to read")
			}
		}
	}
	reader.Close()
}

// BenchmarkSum is the UDP checksum that IPv6 wants.
func BenchmarkSum(b *testing.B) {
	content := batchOf("2001:db8::1")[0].Payload
	content = append(content, content[:8]...)
	b.SetBytes(int64(len(content)))
	defer reportCPU(b)()
	for b.Loop() {
		sum(content)
	}
}
