package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSeries(t *testing.T) {
	f := func(s series, median, least float64) {
		t.Helper()
		if got := s.median(); got != median {
			t.Errorf("median of %v = %v, want %v", s, got, median)
		}
		if got := s.min(); got != least {
			t.Errorf("least of %v = %v, want %v", s, got, least)
		}
	}
	f(series{3}, 3, 3)
	f(series{9, 1}, 1, 1)
	f(series{5, 1, 3}, 3, 1)
	f(series{4, 8, 2, 6}, 4, 2)
}

// TestBars checks on which side of a bar a ratio is met.
func TestBars(t *testing.T) {
	f := func(r row, ratio string, met bool) {
		t.Helper()
		if r.ratio != ratio || r.met != met {
			t.Errorf("%s, met %v; want %s, %v", r.ratio, r.met, ratio, met)
		}
	}
	ours, peer := series{50, 40, 60}, series{500, 400, 600}
	f(faster("", ours, peer, "", 10), "10 ×", true)
	f(faster("", ours, peer, "", 10.1), "10 ×", false)
	f(atMost("", peer, ours, "", 10, seconds), "10 ×", true)
	f(atMost("", peer, ours, "", 9.9, seconds), "10 ×", false)
	f(atMost("", ours, peer, "", 0, seconds), "0.10 ×", false)
}

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "doc.md")
	table := &table{rows: []row{{what: "a", ours: "1 ns", bar: "≤ 1 ×", met: true}, {what: "b", bar: "≤ 1 ×"}, {what: "c"}}}
	if err := os.WriteFile(path, []byte("before\n"+markEnd+"\n"+markBegin+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := table.write(path, "machine"); err == nil {
		t.Error("marks in the wrong order were taken")
	}
	if err := os.WriteFile(path, []byte("before\n"+markBegin+"\nold\n"+markEnd+"\nafter\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time in place of the first
		if err := table.write(path, "machine"); err != nil {
			t.Fatal(err)
		}
	}
	got := fileText(path)
	for _, want := range []string{"before\n" + markBegin, ", machine:\n\n| what", "| a | 1 ns |  |  | ≤ 1 × | yes |\n", "| **no** |\n", "| c |  |  |  |  |  |\n" + markEnd + "\nafter\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if strings.Contains(got, "old") || strings.Count(got, "| a |") != 1 {
		t.Errorf("what stood between the marks was kept:\n%s", got)
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 3000014: "3,000,014"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %s, want %s", n, got, want)
		}
	}
}

// TestCells checks that every record that memory is measured with is a cell of its own.
func TestCells(t *testing.T) {
	g, d := newCellMaker(), newOwnDecoder()
	seen := map[uint32]bool{}
	for from := 0; from < 100; from += cellsADatagram {
		s := &stream{}
		s.datagrams = append(s.datagrams, flowDatagram(g.datagram(1_700_000_000_000, from, 100)))
		d.pass(s)
		for i := range d.flows {
			seen[d.flows[i].SrcAS] = true
		}
	}
	if len(seen) != 100 {
		t.Errorf("%d cells, want 100", len(seen))
	}
}
