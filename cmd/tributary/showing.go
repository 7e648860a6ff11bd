package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"tributary/internal/collect"
	"tributary/internal/config"
	"tributary/internal/console"
	"tributary/internal/flow"
	"tributary/internal/place"
)

const (
	// liveEvery is how often the status page and the metrics learn what happened.
	liveEvery = time.Second
	// interfacesEvery is the same of interfaces: exporters send their counters every 20 s or so.
	interfacesEvery = 10 * time.Second
)

// showing is what was told already.
type showing struct {
	damaged bool                   // a database was found to be, and that was logged
	warned  map[flow.Addr]struct{} // senders in no region that the log has named
	journal bool                   // the journal cannot be written, and that was logged

	unjournalled uint64 // datagrams, as last seen

	crossed []place.Unlisted // memory that is used again

	strangers, unlisted uint64 // senders in no region: the most that a worker lists; datagrams of those that none lists
}

// runShowing tells the status page what happens, and the keeper where too much is held, until the
// context ends.
func (s *server) runShowing(ctx context.Context) {
	tick, slow := time.NewTicker(liveEvery), time.NewTicker(interfacesEvery)
	defer tick.Stop()
	defer slow.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.show()
			s.watchBounds(s.size())
		case <-slow.C:
			s.showInterfaces()
		}
	}
}

// show tells the status page what happened since the last call.
func (s *server) show() {
	s.showing.strangers, s.showing.unlisted = 0, 0
	for i, st := range s.stations {
		s.showStation(i, st)
	}
	s.live.SetSockets(consoleSockets(s.listener, int(s.config.ReceiveBuffer)))
	s.showStore()
	s.showJournal()
	s.showLimits()
}

func (s *server) showStation(number int, st *station) {
	st.mu.Lock()
	st.worker.seen(st.worker.ledger.Take(), !st.behind)
	refused, failed := st.worker.decoder.Unknown(), st.worker.placer.DatabaseErrors()
	st.mu.Unlock()
	if failed > 0 && !s.showing.damaged {
		s.showing.damaged = true
		s.log.Error("lookups " + damagedDatabase)
	}
	unknown := make([]console.UnknownSender, 0, len(refused))
	listed := uint64(0)
	for _, u := range refused {
		if u.Address.IsZero() { // all that have no place in the list
			s.showing.unlisted += u.Datagrams
		} else {
			listed++
		}
		s.warnOf(u.Address)
		protocol := ""
		if u.Protocol != 0 {
			protocol = u.Protocol.String()
		}
		unknown = append(unknown, console.NewUnknownSender(u.Address, u.Datagrams, protocol, time.UnixMilli(u.LastSeen)))
	}
	s.showing.strangers = max(s.showing.strangers, listed)
	s.live.SetUnknown(number, unknown)
}

// maxWarnings bounds the log lines about senders that are refused: forged sources are many.
const maxWarnings = 100

// warnOf says once of a sender that it is refused, and what to do.
func (s *server) warnOf(sender flow.Addr) {
	if _, done := s.showing.warned[sender]; done || sender.IsZero() || len(s.showing.warned) >= maxWarnings {
		return
	}
	if s.showing.warned == nil {
		s.showing.warned = map[flow.Addr]struct{}{}
	}
	s.showing.warned[sender] = struct{}{}
	if len(s.showing.warned) == maxWarnings {
		s.log.Warn("refusing the datagrams of more senders in no region: the log names no more of them, the status page does")
		return
	}
	s.log.Warn("refusing the datagrams of a sender in no region: list it under exporters: of one of the regions: in the configuration, and restart", "sender", sender.String())
}

// showStore tells how the store stands.
func (s *server) showStore() {
	s.mu.Lock()
	sum := s.sum
	s.mu.Unlock()
	status := console.StoreStatus{Path: s.store.Path(), Commits: sum.commits, Failed: sum.failed}
	status.Newest = console.SlotTime(s.store.Newest())
	status.Oldest = console.SlotTime(s.store.Oldest())
	if !sum.last.IsZero() {
		last := sum.last.UTC()
		status.LastCommit = &last
	}
	for _, path := range []string{s.store.Path(), s.store.Path() + ".wal"} {
		if info, err := os.Stat(path); err == nil {
			status.Bytes += info.Size()
		}
	}
	s.live.SetStore(status)
}

// showJournal tells how the journal stands, and the log when it begins and ceases to fail.
func (s *server) showJournal() {
	if s.journal == nil {
		return
	}
	st := s.journal.Status()
	s.mu.Lock()
	sum := s.sum
	s.mu.Unlock()
	path, err := filepath.Abs(s.config.JournalPath())
	if err != nil {
		path = s.config.JournalPath()
	}
	out := console.JournalStatus{
		Path: path, Bytes: uint64(st.Bytes), MaxBytes: uint64(s.config.Journal.MaxSize), Segments: st.Segments, Unsynced: uint64(st.Unsynced),
		Dropped: st.DroppedDatagrams, Unjournalled: st.UnjournalledDatagrams, Replayed: sum.replayed, Torn: sum.torn, Unread: sum.unread,
	}
	if !st.Oldest.IsZero() {
		oldest := st.Oldest.UTC()
		out.Oldest = &oldest
	}
	failing := !st.Since.IsZero() || st.UnjournalledDatagrams > s.showing.unjournalled
	s.showing.unjournalled = st.UnjournalledDatagrams
	if failing && st.LastError != nil && st.UnjournalledDatagrams > sum.unjournalled {
		out.Problem = "The journal cannot be written since " + st.Since.UTC().Format("2006-01-02 15:04:05 UTC") + ": " + st.LastError.Error() +
			". What arrives is counted all the same, and is lost only if the process ends before the next commit."
	}
	if failing != s.showing.journal {
		s.showing.journal = failing
		if failing {
			s.log.Error("the journal cannot be written: what arrives is counted, and lost only if the process ends before the next commit", "error", st.LastError)
		} else {
			s.log.Info("the journal is written again", "datagrams_not_journalled", st.UnjournalledDatagrams)
		}
	}
	s.live.SetJournal(out)
}

// showInterfaces tells how the counters of sFlow exporters' interfaces and their samples agree.
func (s *server) showInterfaces() {
	var rows []console.InterfaceRow
	for number, st := range s.stations {
		st.mu.Lock()
		interfaces := st.worker.decoder.Interfaces()
		domains := st.worker.decoder.Domains(console.MaxExporters)
		s.showing.crossed = st.worker.placer.TakeUnlisted(s.showing.crossed[:0])
		behind := st.behind
		st.mu.Unlock()
		s.live.SetDomains(number, consoleDomains(domains))
		if !behind { // what is read again was of another time
			s.live.AddCrossed(time.Now(), consoleCrossed(s.showing.crossed))
		}
		var exporter flow.Addr
		var linkName func(uint32) string
		for i := range interfaces { // sorted by exporter
			f := &interfaces[i]
			if f.Exporter != exporter {
				exporter, linkName = f.Exporter, s.placing().tables.LinkNames(f.Exporter)
			}
			rows = append(rows, console.InterfaceRow{
				Exporter: f.Exporter, Agent: f.Agent, Index: f.Index, Link: linkName(f.Index), Seconds: f.Seconds,
				CountedIn: f.CountedIn, SampledIn: f.SampledIn, CountedOut: f.CountedOut, SampledOut: f.SampledOut,
			})
		}
	}
	s.live.SetInterfaces(rows)
}

// showLimits tells how near the bounds of the whole process are.
func (s *server) showLimits() {
	h := s.size()
	exporters := s.placing().exporters
	s.mu.Lock()
	defer s.mu.Unlock()
	pending := 0
	for i := range s.pending {
		pending += s.pending[i].rows()
	}
	limits := &s.config.Limits
	out := []console.LimitStatus{
		{Name: "rows", Value: uint64(h.rows), Bound: uint64(limits.Rows)},
		{Name: "addresses", Value: uint64(h.addresses), Bound: uint64(limits.Addresses)},
		{Name: "open_slots", Value: uint64(h.slots), Bound: uint64(limits.OpenSlots)},
		{Name: "pending_rows", Value: uint64(pending), Bound: uint64(limits.PendingRows), Reached: s.sum.givenUp},
		{Name: "exporters", Value: uint64(len(exporters.All())), Bound: uint64(limits.Exporters), Reached: exporters.OverLimit()},
		{Name: "unknown_senders", Value: s.showing.strangers, Bound: uint64(limits.UnknownSenders), Reached: s.showing.unlisted},
	}
	for i := range out {
		out[i].Reached += s.sum.early[out[i].Name]
	}
	s.live.SetLimits(out)
}

// exporterNames looks up the names that the configuration gives.
func exporterNames(cfg *config.Config) func(flow.Addr) string {
	names := map[flow.Addr]string{}
	for _, e := range cfg.Exporters {
		names[flow.AddrFrom(e.Address)] = e.Name
	}
	return func(a flow.Addr) string { return names[a] }
}

// consoleSockets are the open sockets as the console shows them: each address with its workers' ones
// together.
func consoleSockets(l *collect.Listener, asked int) []console.Socket {
	var out []console.Socket
	dropped, known := l.Dropped()
	for i, a := range l.Addrs() {
		socket := console.Socket{Address: a.String(), Worker: -1, Asked: asked, Buffer: l.Buffers()[i]}
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
