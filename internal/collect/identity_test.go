package collect

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func TestIdentify(t *testing.T) {
	of := func(b []byte) Identity {
		t.Helper()
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		id, err := Identify(path)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := identify(iotest.HalfReader(bytes.NewReader(b))); err != nil || again != id {
			t.Errorf("read in parts: %s, %v, want %s", again, err, id)
		}
		return id
	}
	content := bytes.Repeat([]byte("flows and flows; "), 60_000) // four blocks, the last one not whole
	seen := map[Identity]string{of(content): "the content"}
	other := func(what string, change func(b []byte) []byte) {
		t.Helper()
		id := of(change(bytes.Clone(content)))
		if before, ok := seen[id]; ok {
			t.Errorf("%s has the identity of %s", what, before)
		}
		seen[id] = what
	}
	other("a bit in the first block", func(b []byte) []byte { b[9] ^= 1; return b })
	other("a bit at the end", func(b []byte) []byte { b[len(b)-1] ^= 1; return b })
	other("blocks that changed places", func(b []byte) []byte {
		return append(append(bytes.Clone(b[identityBlock:2*identityBlock]), b[:identityBlock]...), b[2*identityBlock:]...)
	})
	other("one byte less", func(b []byte) []byte { return b[:len(b)-1] })
	other("a zero more", func(b []byte) []byte { return append(b, 0) })
	other("nothing", func([]byte) []byte { return nil })
	// What is kept in stores must be told the same by later versions.
	if got, want := of([]byte("kept in stores")), Identity("14-c3f6d500ac7887fda2392b63228898f1"); got != want {
		t.Errorf("identity %s, want %s", got, want)
	}
	if id, err := Identify("-"); id != "" || err != nil {
		t.Errorf("standard input: %q, %v", id, err)
	}
	if _, err := Identify(filepath.Join(t.TempDir(), "none.pcap")); err == nil || !strings.Contains(err.Error(), "none.pcap") {
		t.Errorf("a file that is not there: %v", err)
	}
}
