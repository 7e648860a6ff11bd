package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"tributary/internal/flow"
	"tributary/internal/simulate"
)

type demoCmd struct {
	Data     string `placeholder:"DIR" type:"path" help:"Folder to keep the demo in: store, databases and a tributary.yaml, so that 'tributary -c DIR/tributary.yaml report 2025Q4' works on it later. It must not hold one already. Default: a temporary folder, removed at the end."`
	Listen   string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address of the console (default 127.0.0.1:8080); port 0 is any free one."`
	FillOnly bool   `help:"Stop once the months are in the store, without serving them; needs --data."`
	Seed     uint64 `default:"1" help:"Number that the invented traffic is drawn from (default 1)."`
}

// stateSimulated is the store's key that says, by having a value, that its traffic is invented.
const stateSimulated = "simulated"

// Run fills a fresh store with the simulated months, through the way that routers' datagrams take,
// and serves it until the program is asked to stop.
func (c *demoCmd) Run(m *Main) (err error) {
	if c.FillOnly && c.Data == "" {
		return usagef("--fill-only fills a store and leaves it: say where with --data DIR")
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
	if c.FillOnly {
		return c.fill(m, in)
	}
	s, err := newServer(m, in) // first, so that a port in use is said before the work
	if err != nil {
		return err
	}
	if err := c.fill(m, in); err != nil {
		return err
	}
	fmt.Fprintf(m.Stdout, "Open http://%s/ to see it; stop with Ctrl-C.\nIn another terminal: tributary -c %s report 2025Q4 -o report\n", s.web.Addr(), m.Config)
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

// fill plays the whole story into the store.
func (c *demoCmd) fill(m *Main, in *intake) error {
	fleet, err := simulate.New(simulate.Config{Seed: c.Seed})
	if err != nil {
		return err
	}
	begun := time.Now()
	in.store.SetState(stateSimulated, []byte("tributary demo"))
	w := newWriter(m.Ctx, in)
	p := m.newProgress("simulating")
	var dg flow.Datagram
	datagrams := 0
	for m.Ctx.Err() == nil && w.err() == nil && fleet.Next(&dg) {
		in.worker.ingest(dg)
		if datagrams++; datagrams%256 == 0 {
			w.writeIfLarge()
			if p.due() {
				p.show(fleet.Progress(), fleet.Slot().Time().Format("2006-01-02"))
			}
		}
	}
	p.end()
	if m.Ctx.Err() != nil {
		w.close()
		return errors.New("stopped before the months were simulated")
	}
	in.worker.finish()
	w.write()
	if err := w.close(); err != nil {
		return err
	}
	if err := errors.Join(in.describe(m.Ctx), in.store.Maintain(m.Ctx)); err != nil {
		return err
	}
	fmt.Fprintf(m.Stderr, "fourteen simulated months, 2025-05 to 2026-06, of %s: %s, %s, in %.0f s\n", plural(len(w.flows), "router"),
		plural(int(w.total.Datagrams), "datagram"), plural(int(w.total.Records), "record"), time.Since(begun).Seconds())
	return nil
}
