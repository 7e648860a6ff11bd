package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"tributary/internal/flow"
	"tributary/internal/simulate"
)

type simulateCmd struct {
	Output string `short:"o" placeholder:"FILE" type:"path" help:"Write the export to FILE as a capture (pcap) that 'tributary import' and packet tools read; - is standard output."`
	To     string `placeholder:"HOST:PORT" help:"Send the export to a collector over UDP, each router from an address of its own in 127.0.1.0/24, so the collector must be on this machine."`

	Period  string   `placeholder:"PERIOD" help:"Part of the story to play: a day (2025-10-03), month, quarter or year; within 2025-05 to 2026-06. Default: the day 2025-10-01 for a capture, all of it for sending."`
	Regions []string `name:"region" placeholder:"NAME" help:"Only this region's routers (US-West, US-East, CA-East, EU-Central); may be repeated. Default: all."`
	Seed    uint64   `default:"1" help:"Number that the invented traffic is drawn from (default 1); the same seed gives the same capture."`
	Rate    *float64 `placeholder:"N" help:"When sending: N datagrams a second, 0 as fast as they go. Default: as the routers would, some twelve datagrams every five minutes; a higher rate puts more traffic into the same time."`
	Count   int      `placeholder:"N" help:"Stop after N datagrams (default: no limit)."`

	PrintConfig bool `help:"Print the lines of a configuration that match the routers (own prefixes, regions, exporters, links) and do nothing else; with --to, those for the addresses sent from."`
}

// Run writes or sends the simulated fleet's export.
func (c *simulateCmd) Run(m *Main) error {
	switch {
	case c.PrintConfig:
		fmt.Fprint(m.Stdout, simulate.ConfigYAML(c.To != ""))
		return nil
	case c.Rate != nil && *c.Rate < 0:
		return usagef("--rate: must be 0 or more datagrams a second (got %v)", *c.Rate)
	case (c.Output == "") == (c.To == ""):
		return usagef("simulate needs either --output FILE or --to HOST:PORT")
	}
	config := simulate.Config{Seed: c.Seed, Regions: c.Regions, Loopback: c.To != ""}
	period := c.Period
	if period == "" && c.Output != "" {
		period = "2025-10-01"
	}
	if period != "" {
		var err error
		if config.From, config.To, err = storyPart(period); err != nil {
			return err
		}
	}
	if c.To != "" {
		config.Now = time.Now
	}
	fleet, err := simulate.New(config)
	if err != nil {
		return usagef("--region: %v", err)
	}
	if c.To != "" {
		return c.send(m, fleet)
	}
	return c.capture(m, fleet)
}

func (c *simulateCmd) capture(m *Main, fleet *simulate.Fleet) error {
	sent := 0
	err := m.output(c.Output, func(out io.Writer) error {
		w, err := simulate.NewCaptureWriter(out)
		if err != nil {
			return err
		}
		var dg flow.Datagram
		for (c.Count == 0 || sent < c.Count) && fleet.Next(&dg) {
			if m.Ctx.Err() != nil {
				return errors.New("stopped")
			}
			if err := w.Write(&dg, simulate.PortOf(dg.Payload)); err != nil {
				return err
			}
			sent++
		}
		return w.Flush()
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(m.Stderr, "%s written; 'tributary simulate --print-config' prints the configuration that matches them\n", plural(sent, "datagram"))
	return nil
}

// spacing is how many seconds lie between datagrams sent at the pace of real routers: a slot's dozen
// or so is spread over its five minutes.
const spacing = 20

func (c *simulateCmd) send(m *Main, fleet *simulate.Fleet) error {
	to, err := net.ResolveUDPAddr("udp", c.To)
	if err != nil || to.IP == nil {
		return usagef("--to: must be an address and a port, such as 127.0.0.1:2055 (got %q)", c.To)
	}
	sender := simulate.NewSender(to.AddrPort())
	defer sender.Close()
	sent, began, shown := 0, time.Now(), time.Now()
	first, slot, inSlot := fleet.Slot(), fleet.Slot(), 0
	var dg flow.Datagram
	for c.Count == 0 || sent < c.Count {
		if !fleet.Next(&dg) {
			break
		}
		due := began
		switch {
		case c.Rate == nil:
			if fleet.Slot() != slot {
				slot, inSlot = fleet.Slot(), 0
			}
			at := int(slot-first)*flow.SlotSeconds + min(inSlot*spacing, flow.SlotSeconds-1)
			due = began.Add(time.Duration(at) * time.Second)
			inSlot++
		case *c.Rate > 0:
			due = began.Add(time.Duration(float64(sent) / *c.Rate * float64(time.Second)))
		}
		if !sleepUntil(m, due) {
			break
		}
		if err := sender.Send(&dg); err != nil {
			return err
		}
		sent++
		if time.Since(shown) > 5*time.Second {
			shown = time.Now()
			fmt.Fprintf(m.Stderr, "%s sent to %v\n", plural(sent, "datagram"), to)
		}
	}
	fmt.Fprintf(m.Stderr, "%s sent to %v\n", plural(sent, "datagram"), to)
	return nil
}

// sleepUntil waits for a time; false means that the program was asked to stop.
func sleepUntil(m *Main, at time.Time) bool {
	wait := time.NewTimer(time.Until(at))
	defer wait.Stop()
	select {
	case <-m.Ctx.Done():
		return false
	case <-wait.C:
		return true
	}
}
