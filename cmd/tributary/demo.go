package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"tributary/internal/config"
	"tributary/internal/flow"
	"tributary/internal/report"
	"tributary/internal/simulate"
)

type demoCmd struct {
	Data     string `placeholder:"DIR" type:"path" help:"Folder to keep the demo in: store, databases and a tributary.yaml, so that 'tributary -c DIR/tributary.yaml report 2025Q4' works on it later. It must not hold one already. Default: a temporary folder, removed at the end."`
	Listen   string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address of the console on this machine (default 127.0.0.1:8080); port 0 is any free one."`
	Period   string `placeholder:"PERIOD" help:"Only a part of the fourteen months, for a quicker look: a day, month, quarter or year. Default: all."`
	FillOnly bool   `help:"Stop once the months are in the store, without serving them; needs --data."`
	Seed     uint64 `default:"1" help:"Number that the invented traffic is drawn from (default 1)."`
}

// Run fills a fresh store with the simulated months, through the way that routers' datagrams take,
// and serves it until the program is asked to stop.
func (c *demoCmd) Run(m *Main) (err error) {
	if c.FillOnly && c.Data == "" {
		return usagef("--fill-only fills a store and leaves it: say where with --data DIR")
	}
	if !(&config.Console{Listen: c.Listen}).Loopback() {
		return usagef("--listen: %s is reached from other machines, and the demo has no login: it is served on 127.0.0.1 only; from elsewhere, come by ssh -L 8080:127.0.0.1:8080", c.Listen)
	}
	play := simulate.Config{Seed: c.Seed}
	if c.Period != "" {
		if play.From, play.To, err = storyPart(c.Period); err != nil {
			return err
		}
	}
	fleet, err := simulate.New(play)
	if err != nil {
		return err
	}
	if !c.FillOnly { // before anything is written
		l, err := net.Listen("tcp", c.Listen)
		if err != nil {
			return fmt.Errorf("cannot serve the console: %w; choose another address with --listen", err)
		}
		l.Close()
	}
	dir := c.Data
	if dir == "" {
		if dir, err = os.MkdirTemp("", "tributary-demo-"); err != nil {
			return fmt.Errorf("cannot make a temporary folder: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if m.Config, err = c.prepare(m, dir); err != nil {
		return err
	}
	cfg, err := m.loadConfig()
	if err != nil {
		return err
	}
	in, err := openIntake(m.Ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	in.store.SetState(report.StateSimulated, []byte("tributary demo"))
	if c.FillOnly {
		return c.fill(m, in, fleet)
	}
	s, err := newServer(m, in) // first, so that a port in use is said before the work
	if err != nil {
		return err
	}
	if err := c.fill(m, in, fleet); err != nil {
		over, stop := context.WithCancel(m.Ctx)
		stop()
		return errors.Join(err, s.run(over)) // which closes what newServer opened
	}
	fmt.Fprintf(m.Stdout, "Open http://%s/ to see it; stop with Ctrl-C.\nIn another terminal: %s -c %s report %s -o report\n", s.web.Addr(), os.Args[0], m.Config, cmp.Or(c.Period, "2025Q4"))
	return s.run(m.Ctx)
}

// prepare writes what the demo needs into dir and returns its configuration's path.
func (c *demoCmd) prepare(m *Main, dir string) (config string, err error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", fmt.Errorf("cannot make the demo's folder: %w", err)
	}
	config = filepath.Join(dir, "tributary.yaml")
	if _, err := os.Stat(config); !errors.Is(err, fs.ErrNotExist) {
		return "", usagef("%s exists already: a demo is filled into a fresh folder; choose another, or serve what is there with 'tributary -c %s run'", config, config)
	}
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"city.mmdb", simulate.WriteGeo},
		{"asn.mmdb", simulate.WriteAS},
		{"tributary.yaml", c.writeConfig},
	} {
		if err := m.output(filepath.Join(dir, f.name), f.write); err != nil {
			return "", err
		}
	}
	return config, nil
}

func (c *demoCmd) writeConfig(w io.Writer) error {
	_, err := fmt.Fprintf(w, `# The demo's configuration. The routers, and all traffic in the store, are simulated.
data: ./data
geo_database: ./city.mmdb
as_database: ./asn.mmdb
listen: ["127.0.0.1:0"]   # nobody sends: the demo fills its store by itself
console: {listen: %q}
publish: {always: [migration]}   # it has a handful of partners
%s`, c.Listen, simulate.ConfigYAML(false))
	return err
}

// fill plays the story into the store.
func (c *demoCmd) fill(m *Main, in *intake, fleet *simulate.Fleet) error {
	forBulk()
	begun := time.Now()
	p := m.newProgress("simulating")
	next := func(dg *flow.Datagram) error {
		if !fleet.Next(dg) {
			return io.EOF
		}
		return nil
	}
	sum, err := in.readBulk(m.Ctx, next, func(int, *flow.Datagram) {
		if p.due() {
			p.show(fleet.Progress(), fleet.Slot().Time().Format("2006-01-02"))
		}
	})
	p.end()
	if m.Ctx.Err() != nil {
		return errors.New("stopped before the months were simulated")
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(m.Stderr, "simulated %s: %s from %s with %s, in %.0f s\n", cmp.Or(c.Period, "2025-05 to 2026-06"),
		plural(int(sum.Datagrams), "datagram"), plural(len(sum.Exporters), "router"), plural(int(sum.Records), "record"), time.Since(begun).Seconds())
	return nil
}

// storyPart reads a period that the simulated story has something of.
func storyPart(period string) (from, to flow.Slot, err error) {
	p, err := flow.ParsePeriod(period)
	if err != nil {
		return 0, 0, usagef("--period: %w", err)
	}
	if p.To <= simulate.First || p.From >= simulate.End {
		return 0, 0, usagef("--period: the simulated story runs from 2025-05 to 2026-06 and has nothing of %s", period)
	}
	return p.From, p.To, nil
}
