package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tributary/internal/collect"
	"tributary/internal/console"
	"tributary/internal/flow"
	"tributary/internal/report"
)

type runCmd struct{}

// Help is what run --help says beside the flags.
func (*runCmd) Help() string {
	return `Receives NetFlow v5 and v9, IPFIX and sFlow v5 on UDP ports 2055, 4739 and 6343 (listen: in the configuration; any protocol on any of them) and serves the console at http://127.0.0.1:8080 (console.listen). The configuration must name your prefixes (own:) and your routers (regions:).

Stop it with Ctrl-C or SIGTERM: what was received is committed first. Killed, it goes on where it was at the next start, by the journal in its data folder. See docs/reference/configuration.md and docs/explanation/collecting.md.`
}

// Run collects until it is asked to stop, then ends in the data's order: the sockets are read empty,
// what the worker holds is committed, the questions being answered are finished, the store is closed.
func (*runCmd) Run(m *Main) error {
	cfg, err := m.loadConfig()
	if err != nil {
		return err
	}
	in, err := openIntake(m.Ctx, cfg)
	if err != nil {
		return err
	}
	s, err := newServer(m, in)
	if err != nil {
		return errors.Join(err, in.Close())
	}
	return errors.Join(s.run(m.Ctx), in.Close())
}

// server is a running collector with its console.
type server struct {
	*keeper
	listener *collect.Listener
	web      net.Listener
	console  *console.Console

	certificate *console.Certificate // of the console; nil: plain HTTP

	answers *answers // to other processes, over the Unix socket
	showing showing
}

// newServer opens the sockets and builds everything; nothing runs yet.
func newServer(m *Main, in *intake) (s *server, err error) {
	s = &server{keeper: &keeper{
		intake: in, log: slog.New(slog.NewTextHandler(m.Stderr, nil)), every: m.commitEvery,
		early: make(chan struct{}, 1), upkeep: make(chan struct{}, 1),
	}}
	defer func() {
		if err != nil {
			s.closeSockets()
			s = nil
		}
	}()
	if s.listener, err = collect.Listen(collect.ListenConfig{Addresses: in.config.Listen, Workers: in.config.Workers, Buffer: int(in.config.ReceiveBuffer)}); err != nil {
		return s, err
	}
	if s.web, s.certificate, err = listenWeb(&in.config.Console); err != nil {
		return s, err
	}
	s.live = console.NewLive(console.LiveConfig{Names: in.store.Names(), NameOf: exporterNames(in.config), Started: time.Now(), Workers: s.listener.Workers()})
	s.shard = s.listener.Shard
	for range s.listener.Workers() {
		st := &station{worker: in.newWorker()}
		st.worker.watch = func(rows []flow.Health) { s.live.Add(time.Now(), rows) }
		s.stations = append(s.stations, st)
	}
	s.restore()
	if err = s.openJournal(m.onRelease); err != nil {
		return s, err
	}
	if s.answers, err = newAnswers(in); err != nil {
		return s, err
	}
	reports := filepath.Join(in.config.Data, "reports")
	s.console = console.New(console.Config{
		Version: version, Live: s.live, Regions: consoleRegions(in.config), Expected: expectedExporters(in.config),
		Reports: reports, Command: fmt.Sprintf("%s -c %s report 2025Q4 -o %s", os.Args[0], m.Config, filepath.Join(reports, "2025Q4")),
		Source: in.source, Open: s.openSlots, Log: s.log,
		Catalogue: in.config.Catalogue, Reload: s.reload,
		Access: consoleAccess(&in.config.Console), Certificate: s.certificate, Data: in.config.Data,
		Simulated: len(in.store.State(report.StateSimulated)) > 0, NoASDatabase: in.config.ASDatabase == "",
	})
	s.showLastHour(m.Ctx)
	s.show()
	return s, nil
}

// closeSockets closes what is open to the outside, and the journal.
func (s *server) closeSockets() {
	if s.journal != nil {
		if err := s.journal.Close(); err != nil {
			s.log.Error("cannot close the journal", "error", err)
		}
	}
	if s.web != nil {
		s.web.Close()
	}
	if s.listener != nil {
		s.listener.Close()
	}
}

// run collects, keeps and serves until the context ends. Then it ends in the data's order: sockets,
// commits, questions.
func (s *server) run(ctx context.Context) error {
	for i, a := range s.listener.Addrs() {
		s.log.Info("listening for NetFlow v5, v9, IPFIX and sFlow", "address", a.String(), "workers", s.listener.Workers(), "receive_buffer_bytes", s.listener.Buffers()[i])
	}
	s.log.Info("console", "url", s.consoleURL(), "access", accessSummary(&s.config.Console, s.certificate), "store", s.store.Path())

	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	var servers sync.WaitGroup
	servers.Go(func() {
		if err := s.console.Serve(serving, s.web); err != nil {
			s.log.Error("the console stopped", "error", err)
			s.live.SetProblem("console", "the console stopped: "+err.Error())
		}
	})
	servers.Go(func() { s.answers.serve(serving) })
	servers.Go(func() { s.runShowing(serving) })
	servers.Go(func() { s.reloadWhenTold(serving) })

	keeping, stopKeeping := context.WithCancel(context.WithoutCancel(ctx))
	defer stopKeeping()
	kept := make(chan error, 1)
	var maintenance sync.WaitGroup
	maintenance.Go(func() { s.runMaintenance(keeping) })
	receiving, stopReceiving := context.WithCancel(ctx)
	defer stopReceiving()
	go func() {
		kept <- s.keeper.run(keeping)
		stopReceiving() // where it cannot keep, it need not collect
	}()

	err := s.listener.Run(receiving, s.receive)
	stopKeeping() // the sockets are empty
	maintenance.Wait()
	err = errors.Join(err, <-kept)
	stopServing()
	servers.Wait()
	s.closeSockets()
	return err
}
