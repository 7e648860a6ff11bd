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
	"tributary/internal/config"
	"tributary/internal/console"
	"tributary/internal/flow"
	"tributary/internal/report"
	"tributary/internal/rollup"
	"tributary/internal/stats"
)

type runCmd struct{}

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
	*intake
	log      *slog.Logger
	listener *collect.Listener
	live     *console.Live
	web      net.Listener
	console  *console.Console
	source   *stats.Source
	answers  *answers // to other processes, over the Unix socket

	mu sync.Mutex // guards the worker: held for a batch of datagrams, or to take what it holds

	pending    []*rollup.Batch // taken and not committed, oldest first; the keeper's
	commits    uint64
	failed     uint64
	maintained flow.Slot              // the hour in which the store was last maintained
	damaged    bool                   // a database was found to be, and that was logged
	warned     map[flow.Addr]struct{} // senders in no region that the log has named; the keeper's
}

// Times of the keeper.
const (
	liveEvery = time.Second
	// commitAfter is how long after a slot's end it is committed: exporters' datagrams of its last
	// second have arrived by then.
	commitAfter = 2 * time.Second
	// retryEvery is how often a commit that failed is tried again.
	retryEvery = 10 * time.Second
)

// newServer opens the sockets and builds everything; nothing runs yet.
func newServer(m *Main, in *intake) (*server, error) {
	s := &server{intake: in, log: slog.New(slog.NewTextHandler(m.Stderr, nil))}
	var err error
	if s.listener, err = collect.Listen(collect.ListenConfig{Addresses: in.config.Listen, Workers: 1, Buffer: int(in.config.ReceiveBuffer)}); err != nil {
		return nil, err
	}
	if s.web, err = net.Listen("tcp", in.config.Console.Listen); err != nil {
		s.listener.Close()
		return nil, fmt.Errorf("cannot serve the console (console.listen in the configuration): %w", err)
	}
	s.source = newSource(in.config, in.store, in.placing.catalogue)
	if s.answers, err = newAnswers(in, s.source); err != nil {
		s.web.Close()
		s.listener.Close()
		return nil, err
	}
	s.live = console.NewLive(console.LiveConfig{Names: in.store.Names(), NameOf: exporterNames(in.config), Started: time.Now()})
	s.live.SetSockets(consoleSockets(s.listener))
	in.worker.watch = func(rows []flow.Health) { s.live.Add(time.Now(), rows) }
	reports := filepath.Join(in.config.Data, "reports")
	s.console = console.New(console.Config{
		Version: version, Live: s.live, Regions: consoleRegions(in.config), Expected: expectedExporters(in.config),
		Reports: reports, Command: fmt.Sprintf("%s -c %s report 2025Q4 -o %s", os.Args[0], m.Config, filepath.Join(reports, "2025Q4")),
		Ask: s.source.Ask, Newest: in.store.Newest, Log: s.log,
		Simulated: len(in.store.State(report.StateSimulated)) > 0, NoASDatabase: in.config.ASDatabase == "",
	})
	return s, nil
}

// run collects, keeps and serves until the context ends.
func (s *server) run(ctx context.Context) error {
	for i, a := range s.listener.Addrs() {
		s.log.Info("listening for NetFlow v5, v9, IPFIX and sFlow", "address", a.String(), "receive_buffer_bytes", s.listener.Buffers()[i])
	}
	s.log.Info("console", "url", "http://"+s.web.Addr().String()+"/", "store", s.store.Path())
	if tcp, ok := s.web.Addr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		s.log.Warn("the console has no login: whoever reaches it over the network sees it; listen on 127.0.0.1, or put a proxy with a login before it", "address", tcp.String())
	}
	s.showStore()

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

	keeping, stopKeeping := context.WithCancel(context.WithoutCancel(ctx))
	kept := make(chan error, 1)
	go func() { kept <- s.keep(keeping) }()

	err := s.listener.Run(ctx, func(_ int, batch []flow.Datagram) { s.ingest(batch) }) // returns when the sockets are empty
	s.listener.Close()
	stopKeeping()
	err = errors.Join(err, <-kept)
	stopServing()
	servers.Wait()
	return err
}

// ingest takes a batch of datagrams through the worker.
func (s *server) ingest(batch []flow.Datagram) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, dg := range batch {
		s.worker.ingest(dg)
	}
}

// keep tells the status page what happens and commits at the end of every slot, until the context
// ends; then it commits what is there.
func (s *server) keep(ctx context.Context) error {
	live := time.NewTicker(liveEvery)
	defer live.Stop()
	commit := time.NewTimer(untilCommit(time.Now()))
	defer commit.Stop()
	for {
		select {
		case <-ctx.Done():
			return s.finish()
		case <-live.C:
			s.showLive()
		case <-commit.C:
			s.take()
			if s.commit() == nil {
				s.maintain(ctx)
				commit.Reset(untilCommit(time.Now()))
			} else {
				commit.Reset(min(retryEvery, untilCommit(time.Now())))
			}
		}
	}
}

// untilCommit is the time from now to the next commit.
func untilCommit(now time.Time) time.Duration {
	const slot = flow.SlotMillis * time.Millisecond
	return now.Add(-commitAfter).Truncate(slot).Add(slot + commitAfter).Sub(now)
}

// take puts all that the worker holds into the pending batches, unless it is nothing.
func (s *server) take() {
	s.mu.Lock()
	b := s.worker.take()
	s.mu.Unlock()
	if len(b.Traffic)+len(b.Health) > 0 {
		s.pending = append(s.pending, b)
	}
}

// commit writes the pending batches. What fails stays pending: it is tried again and nothing is lost
// while the process lives.
func (s *server) commit() error {
	s.stage()
	for len(s.pending) > 0 {
		// Not cancelled by the end of the process: a commit is finished.
		if err := s.store.Commit(context.Background(), s.pending[0]); err != nil {
			s.failed++
			s.log.Error("cannot commit; kept in memory and tried again", "batches", len(s.pending), "error", err)
			s.live.SetProblem("commit", fmt.Sprintf("The last commit failed: %v. What was collected since is kept in memory and tried again every %v.", err, retryEvery))
			s.showStore()
			return err
		}
		s.pending = s.pending[1:]
		s.commits++
	}
	s.live.SetProblem("commit", "")
	s.showStore()
	return nil
}

// maintain lets the store climb its ladder, once an hour.
func (s *server) maintain(ctx context.Context) {
	newest, ok := s.store.Newest()
	if !ok || newest.Hour() == s.maintained {
		return
	}
	s.maintained = newest.Hour()
	if err := s.intake.maintain(ctx); err != nil && ctx.Err() == nil {
		s.log.Error("cannot maintain the store", "error", err)
	}
}

// finish commits all that was received. The sockets are empty.
func (s *server) finish() error {
	s.worker.finish()
	s.take()
	if err := s.commit(); err != nil {
		return fmt.Errorf("the last %s could not be committed and are lost: %w", plural(len(s.pending), "slot"), err)
	}
	s.log.Info("everything is committed", "commits", s.commits)
	return s.describe(context.Background())
}

// showLive tells the status page what happened since the last call.
func (s *server) showLive() {
	s.mu.Lock()
	s.worker.seen(s.worker.ledger.Take())
	refused, failed := s.worker.decoder.Unknown(), s.worker.placer.DatabaseErrors()
	s.mu.Unlock()
	if failed > 0 && !s.damaged {
		s.damaged = true
		s.log.Error("lookups " + damagedDatabase)
	}
	unknown := make([]console.UnknownSender, 0, len(refused))
	for _, u := range refused {
		s.warnOf(u.Address)
		protocol := ""
		if u.Protocol != 0 {
			protocol = u.Protocol.String()
		}
		unknown = append(unknown, console.NewUnknownSender(u.Address, u.Datagrams, protocol, time.UnixMilli(u.LastSeen)))
	}
	s.live.SetUnknown(0, unknown)
	s.live.SetSockets(consoleSockets(s.listener))
}

// maxWarnings bounds the log lines about senders that are refused: forged sources are many.
const maxWarnings = 100

// warnOf says once of a sender that it is refused, and what to do.
func (s *server) warnOf(sender flow.Addr) {
	if _, done := s.warned[sender]; done || sender.IsZero() || len(s.warned) >= maxWarnings {
		return
	}
	if s.warned == nil {
		s.warned = map[flow.Addr]struct{}{}
	}
	s.warned[sender] = struct{}{}
	s.log.Warn("refusing the datagrams of a sender in no region: list it under exporters: of one of the regions: in the configuration, and restart", "sender", sender.String())
}

// showStore tells the status page how the store stands.
func (s *server) showStore() {
	status := console.StoreStatus{Path: s.store.Path(), Commits: s.commits, Failed: s.failed}
	status.Newest = console.SlotTime(s.store.Newest())
	status.Oldest = console.SlotTime(s.store.Oldest())
	if s.commits > 0 {
		now := time.Now().UTC()
		status.LastCommit = &now
	}
	for _, path := range []string{s.store.Path(), s.store.Path() + ".wal"} {
		if info, err := os.Stat(path); err == nil {
			status.Bytes += info.Size()
		}
	}
	s.live.SetStore(status)
}

// exporterNames looks up the names that the configuration gives.
func exporterNames(cfg *config.Config) func(flow.Addr) string {
	names := map[flow.Addr]string{}
	for _, e := range cfg.Exporters {
		names[flow.AddrFrom(e.Address)] = e.Name
	}
	return func(a flow.Addr) string { return names[a] }
}

// consoleSockets are the open sockets as the console shows them.
func consoleSockets(l *collect.Listener) []console.Socket {
	var out []console.Socket
	dropped, known := l.Dropped()
	for i, a := range l.Addrs() {
		socket := console.Socket{Address: a.String(), Buffer: l.Buffers()[i]}
		if known {
			socket.Dropped = &dropped[i]
		}
		out = append(out, socket)
	}
	return out
}

// consoleRegions are the configured regions as the console shows them.
func consoleRegions(cfg *config.Config) []console.Region {
	var out []console.Region
	for _, r := range cfg.Regions {
		region := console.Region{Name: r.Name}
		for _, e := range r.Exporters {
			region.Exporters = append(region.Exporters, e.String())
		}
		out = append(out, region)
	}
	return out
}

// expectedExporters are those that the configuration lists by a single address.
func expectedExporters(cfg *config.Config) []console.SilentExporter {
	name := exporterNames(cfg)
	var out []console.SilentExporter
	for _, r := range cfg.Regions {
		for _, e := range r.Exporters {
			if e.IsSingleIP() {
				a := flow.AddrFrom(e.Addr())
				out = append(out, console.SilentExporter{Address: a.String(), Name: name(a), Region: r.Name})
			}
		}
	}
	return out
}
