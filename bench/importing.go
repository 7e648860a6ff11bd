package main

import (
	"fmt"
	"io"
	"os"
)

// importing compares import to the committed store with nfcapd's collecting of the same stream and
// nfdump's aggregation of its files by source address.
func (b *bench) importing() error {
	for _, c := range []struct {
		span, what string
		bar        float64
	}{{"", "30 s", 0.6}, {"24h", "24 h", 0.9}} {
		path, err := b.load.stream(c.span)
		if err != nil {
			return err
		}
		s, err := read(path)
		if err != nil {
			return err
		}
		var ours, peer series
		for range b.rounds(3) {
			u, err := b.importOnce(path)
			if err != nil {
				return err
			}
			ours = append(ours, u.cpu.Seconds())
			took, err := b.collectAndAggregate(s)
			if err != nil {
				return err
			}
			peer = append(peer, took)
		}
		b.table.add(atMost(fmt.Sprintf("`import` of %s v9 records to the committed store, %s of stream time; nfcapd collects them, `nfdump -A srcip` reads its files", thousands(s.total), c.what),
			ours, peer, "nfcapd + nfdump", c.bar, seconds))
	}
	return nil
}

// collectAndAggregate is the CPU time in seconds of nfcapd and nfdump together. nfcapd makes a file
// for five minutes of arrival, so one or two for a whole replay: the least it can have to do. Of
// nfdump's ways to hand out the result the cheapest counts, a file of its own format.
func (b *bench) collectAndAggregate(s *stream) (float64, error) {
	collected, dir, err := b.collectFiles(s)
	defer os.RemoveAll(dir)
	if err != nil {
		return 0, err
	}
	aggregated, err := runProgram(io.Discard, "nfdump", "-q", "-R", dir, "-A", "srcip", "-w", os.DevNull)
	return (collected.cpu + aggregated.cpu).Seconds(), err
}

// thousands writes a number as people do.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
