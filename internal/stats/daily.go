package stats

import (
	"runtime"
	"sync"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// daily is what was read by UTC day: for each day, by cell of the frame, octets and distinct
// addresses.
type daily struct {
	frame  *frame
	first  flow.Slot // of the first day
	octets [][]rollup.Uint128
	unique [][]float64
}

// newDaily has room for the days of p, the last of which may be a part of one.
func newDaily(f *frame, p flow.Period) *daily {
	d := &daily{frame: f, first: p.From.Day()}
	for at := d.first; at < p.To; at += flow.SlotsPerDay {
		d.octets = append(d.octets, make([]rollup.Uint128, f.cells()))
		d.unique = append(d.unique, make([]float64, f.cells()))
	}
	return d
}

// day numbers the day that begins at the slot.
func (d *daily) day(start flow.Slot) int { return int(start-d.first) / flow.SlotsPerDay }

// add adds octets of a base cell to a day, in every cell that covers it.
func (d *daily) add(start flow.Slot, cell int, octets rollup.Uint128) {
	day := d.octets[d.day(start)]
	for _, c := range d.frame.covers(cell) {
		day[c] = day[c].Add(octets)
	}
}

// fill gives the sums of a period its days. Days that were not read leave it as it is.
func (d *daily) fill(p flow.Period, sums []sum) {
	if p.From < d.first || d.day(p.To-1) >= len(d.unique) {
		return
	}
	for i := d.day(p.From); i <= d.day(p.To-1); i++ {
		for c := range sums {
			if sums[c].octets.IsZero() {
				continue
			}
			n := d.unique[i][c]
			sums[c].dayUnique = append(sums[c].dayUnique, n)
			if n > 0 {
				sums[c].dayMagnitude = append(sums[c].dayMagnitude, bitsOf(d.octets[i][c])/n)
			}
		}
	}
}

// counting counts the addresses of days on all processors while further days are read.
type counting struct {
	daily *daily
	days  chan dayJob
	wait  sync.WaitGroup

	mu  sync.Mutex // guards err
	err error      // the first
}

type dayJob struct {
	day  int
	base sketches
}

// count starts the counting. Its caller sends days and then calls finish.
func (d *daily) count() *counting {
	c := &counting{daily: d, days: make(chan dayJob)}
	for range runtime.GOMAXPROCS(0) {
		c.wait.Go(c.work)
	}
	return c
}

func (c *counting) work() {
	for j := range c.days {
		counts, err := c.daily.frame.estimates(j.base)
		if err != nil {
			c.mu.Lock()
			if c.err == nil {
				c.err = err
			}
			c.mu.Unlock()
			continue
		}
		for cell, e := range counts {
			c.daily.unique[j.day][cell] = e.n
		}
	}
}

// finish waits for the days sent.
func (c *counting) finish() error {
	close(c.days)
	c.wait.Wait()
	return c.err
}
