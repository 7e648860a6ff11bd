package main

import (
	"fmt"
	"log"
	"os"
	"time"
)

// fastest is where the search begins to halve, in datagrams a second: more than the sender reaches on
// cores that it shares.
const fastest = 200_000

// contender is a collector in the search for the highest rate without loss.
type contender struct {
	name   string
	start  func() (collector, error)
	low    float64 // reached without loss; 0 = no rate tried
	high   float64 // with loss, or not to be reached
	capped bool    // by the sender: low is the most that it sends beside this collector
}

// lossless searches each collector's highest rate at which nothing is lost, in turn: each round all
// three are tried at a rate of their own.
func (b *bench) lossless() error {
	path, err := b.load.stream("")
	if err != nil {
		return err
	}
	s, err := read(path)
	if err != nil {
		return err
	}
	defer b.raiseBuffers()()
	dir, err := os.MkdirTemp(b.out, "peers-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	all := []*contender{
		{name: "tributary", start: func() (collector, error) { return b.startRun("") }},
		{name: "nfcapd", start: func() (collector, error) {
			files, err := os.MkdirTemp(dir, "nfcapd-")
			if err != nil {
				return nil, err
			}
			return b.startNfcapd(files)
		}},
		{name: "nfacctd", start: func() (collector, error) { return b.startNfacctd(dir) }},
	}
	step, steps := 20*time.Second, 5
	if b.quick {
		step, steps = 4*time.Second, 5
	}
	for _, c := range all {
		c.high = fastest
	}
	for range steps {
		for _, c := range all {
			if err := b.try(c, s, step); err != nil {
				return err
			}
		}
	}
	perDatagram := float64(s.total) / float64(len(s.datagrams))
	rate := func(c *contender) string {
		if c.low == 0 {
			return fmt.Sprintf("below %s datagrams/s", thousands(int(c.high)))
		}
		more := ""
		if c.capped {
			more = ", the sender's most"
		}
		return fmt.Sprintf("%s datagrams/s (%.2f million records/s%s)", thousands(int(c.low)), c.low*perDatagram/1e6, more)
	}
	ours := all[0]
	for i, c := range all[1:] {
		r := row{
			what: fmt.Sprintf("highest rate without loss, two cores shared with the sender, 8 exporters, %v a step; ours: `run` with its journal", step),
			ours: rate(ours), peer: c.name + " " + rate(c),
		}
		if c.low > 0 {
			r.ratio = times(ours.low / c.low)
		}
		if i == 0 {
			r.bar, r.met = "≥ 1 ×", ours.low > 0 && ours.low >= c.low
		}
		b.table.add(r)
	}
	return nil
}

// try tries one more rate of a collector's.
func (b *bench) try(c *contender, s *stream, step time.Duration) error {
	if c.high-c.low < 0.03*c.low {
		return nil // nearer than the sender keeps its rate
	}
	pps := (c.low + c.high) / 2
	run, err := c.start()
	if err != nil {
		return err
	}
	was, err := b.load.send(s, sending{to: run.address(), pps: pps, datagrams: int(pps * step.Seconds()), exporters: 8})
	if err != nil {
		return err
	}
	share, err := run.received(was)
	if err != nil {
		return err
	}
	log.Printf("%s at %.0f datagrams/s (asked %.0f): %.4f %% there", c.name, was.pps, pps, share*100)
	switch {
	case share > 1:
		return fmt.Errorf("%s counts more than was sent: %.6f times as much", c.name, share)
	case share < 1:
		c.high = max(c.low, min(pps, was.pps))
	case was.pps < 0.98*pps:
		c.low = max(c.low, was.pps)
		c.high, c.capped = c.low, true
	default:
		c.low = was.pps
	}
	return nil
}
