package main

import (
	"fmt"
)

// journaling compares `run` with its journal and without, at a rate that both keep up with.
func (b *bench) journaling() error {
	path, err := b.load.stream("")
	if err != nil {
		return err
	}
	s, err := read(path)
	if err != nil {
		return err
	}
	var with, without series
	for range b.rounds(5) {
		for _, side := range []struct {
			to   *series
			more string
		}{{&with, ""}, {&without, "journal: {max_size: 0}\n"}} {
			u, err := b.runWith(s, 8, side.more)
			if err != nil {
				return err
			}
			*side.to = append(*side.to, u.cpu.Seconds())
		}
	}
	more := with.median()/without.median() - 1
	b.table.add(row{
		what:  fmt.Sprintf("`run` with its journal and without, %s v9 records at %s datagrams/s, 8 exporters", thousands(s.total), thousands(b.pace)),
		ours:  seconds(with),
		peer:  "without " + seconds(without),
		ratio: fmt.Sprintf("%+.0f %%", more*100),
		bar:   "≤ +15 %", met: more <= 0.15,
	})
	return nil
}
