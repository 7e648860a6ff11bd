package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tributary/internal/flow"
	"tributary/internal/store"
)

// What the memory bars speak of.
const (
	burstCells  = 1_000_000 // in one slot
	steadyCells = 50_000    // a slot
	steadySlots = 24 * flow.SlotsPerHour
)

// held is what a slot of the simulated day took.
type held struct {
	Commit   float64 // CPU seconds of handing over and committing
	Maintain float64 // CPU seconds of maintaining the store, once an hour
	RSS      int64   // bytes, after it
}

// hold is a process of its own: it takes a day of steadyCells a slot through a worker, commits each
// slot and maintains the store each hour, as `run` does, and prints what each slot took.
func hold(args []string) error {
	if len(args) != 1 {
		return errors.New("say in which folder: bench hold FOLDER")
	}
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(args[0], "hold.duckdb")})
	if err != nil {
		return err
	}
	defer s.Close()
	w, err := newWorker(s.Names(), s.Key(), nil)
	if err != nil {
		return err
	}
	first := flow.SlotAt(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	out := json.NewEncoder(os.Stdout)
	g := newCellMaker()
	for slot := first; slot < first+steadySlots; slot++ {
		at := slot.Time().Add(2 * time.Minute).UnixMilli()
		for from := 0; from < steadyCells; from += cellsADatagram {
			w.ingest(flow.Datagram{Source: flow.AddrFrom4([]byte{192, 0, 2, 1}), Port: 2055, Arrival: at, Payload: g.datagram(at, from, steadyCells)})
		}
		var h held
		begin := ownCPU()
		batch := w.tally.Take()
		batch.Health = w.ledger.Take()
		if len(batch.Traffic) != steadyCells {
			return fmt.Errorf("a slot has %d cells, not %d", len(batch.Traffic), steadyCells)
		}
		if err := s.Commit(ctx, batch); err != nil {
			return err
		}
		h.Commit = (ownCPU() - begin).Seconds()
		if slot.Hour() == slot {
			begin = ownCPU()
			if err := s.Maintain(ctx); err != nil {
				return err
			}
			h.Maintain = (ownCPU() - begin).Seconds()
		}
		if h.RSS, err = memory(os.Getpid(), "VmRSS"); err != nil {
			return err
		}
		if err := out.Encode(h); err != nil {
			return err
		}
	}
	return nil
}

// remembering measures the memory of a burst in the real program, and that of a day.
func (b *bench) remembering() error {
	if err := b.burst(); err != nil {
		return err
	}
	return b.day()
}

// burst sends `run` burstCells cells within one slot, and looks at its largest resident set when it
// has committed them.
func (b *bench) burst() error {
	const room = 45 * time.Second // for start and sending, before the slot's end
	if left := time.Until(flow.SlotAt(time.Now()).Time().Add(flow.SlotMillis * time.Millisecond)); left < room {
		time.Sleep(left + time.Second)
	}
	c, err := b.startRun("")
	if err != nil {
		return err
	}
	if err := sendCells(b.ctx, c.udp, burstCells); err != nil {
		return err
	}
	records, err := c.settle()
	if err != nil {
		return err
	}
	before, err := memory(c.cmd.Process.Pid, "VmHWM")
	if err != nil {
		return err
	}
	u, err := c.stop()
	if err != nil {
		return err
	}
	if records != burstCells {
		return fmt.Errorf("%.0f of %d records of the burst arrived", records, burstCells)
	}
	b.table.add(row{
		what: fmt.Sprintf("largest resident set of `run` at a burst of %s cells in a slot, and when it has committed them", thousands(burstCells)),
		ours: fmt.Sprintf("%d MiB, %d MiB", before>>20, u.peak>>20),
		bar:  "≤ 2 GiB", met: u.peak <= 2<<30,
	})
	return nil
}

// day runs hold in a process of its own and reads what it says.
func (b *bench) day() error {
	dir, err := os.MkdirTemp(b.out, "hold-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var said strings.Builder
	u, err := runProgram(&said, self, "hold", dir)
	if err != nil {
		return err
	}
	var slots []held
	for d := json.NewDecoder(strings.NewReader(said.String())); d.More(); {
		var h held
		if err := d.Decode(&h); err != nil {
			return err
		}
		slots = append(slots, h)
	}
	if len(slots) != steadySlots {
		return fmt.Errorf("%d slots were held of %d", len(slots), steadySlots)
	}
	var commits, maintains series
	var at []string
	for i, h := range slots {
		commits = append(commits, h.Commit)
		if h.Maintain > 0 {
			maintains = append(maintains, h.Maintain)
		}
		if hour := (i + 1) / flow.SlotsPerHour; (i+1)%flow.SlotsPerHour == 0 && slices.Contains([]int{1, 3, 6, 9, 12, 15, 18, 21, 24}, hour) {
			at = append(at, fmt.Sprint(h.RSS>>20))
		}
	}
	second, last := largest(slots[len(slots)/4:len(slots)/2]), largest(slots[3*len(slots)/4:])
	b.table.add(row{
		what:  fmt.Sprintf("resident set at %s cells a slot for 24 simulated hours, after hours 1, 3, 6, 9 … 24; the largest of the last quarter beside that of the second", thousands(steadyCells)),
		ours:  strings.Join(at, ", ") + " MiB; peak " + fmt.Sprint(u.peak>>20) + " MiB",
		ratio: times(float64(last) / float64(second)),
		bar:   "flat: ≤ 1.1 ×", met: float64(last) <= 1.1*float64(second),
	})
	b.table.add(row{
		what: "CPU of handing over and committing such a slot, median and largest; of the hourly maintenance, median and largest",
		ours: fmt.Sprintf("%.2f s, %.2f s; %.2f s, %.2f s", commits.median(), slices.Max(commits), maintains.median(), slices.Max(maintains)),
		bar:  "≤ 1 s a commit", met: slices.Max(commits) <= 1,
	})
	return nil
}

func largest(slots []held) int64 {
	return slices.MaxFunc(slots, func(a, b held) int { return int(a.RSS - b.RSS) }).RSS
}
