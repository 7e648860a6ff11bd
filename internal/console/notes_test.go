package console

import (
	"strings"
	"testing"
	"time"

	"tributary/internal/flow"
)

// TestNotes changes one thing of a healthy process and wants a sentence about it, and silence else.
func TestNotes(t *testing.T) {
	healthy := func() (*Config, *Live, flow.Health) {
		names := &flow.Names{}
		live := NewLive(LiveConfig{Names: names, Started: noon.Add(-time.Hour), Now: func() time.Time { return noon }, NameOf: func(flow.Addr) string { return "edge-1" }})
		live.SetSockets([]Socket{{Address: "[::]:2055", Buffer: 1 << 20}})
		live.SetStore(StoreStatus{LastCommit: new(noon.Add(-time.Minute))})
		h := row("192.0.2.1", 1000, 20_000)
		h.Slot = flow.SlotAt(noon)
		h.Rates = []uint32{1000}
		return &Config{}, live, h
	}
	f := func(name string, change func(*Config, *Live, *flow.Health) time.Duration, want ...string) {
		t.Helper()
		c, live, h := healthy()
		after := change(c, live, &h)
		live.Add(noon, []flow.Health{h})
		s := live.Status(noon.Add(after))
		s.complete(c)
		var got []string
		for _, n := range s.Notes {
			got = append(got, n.Level+": "+n.What)
			if n.Do == "" {
				t.Errorf("%s: %q says not what to do", name, n.What)
			}
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: notes\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	refuse := func(r flow.Refusal, n uint64) func(*Config, *Live, *flow.Health) time.Duration {
		return func(_ *Config, _ *Live, h *flow.Health) time.Duration { h.Refused[r] = n; return 0 }
	}

	f("healthy", func(*Config, *Live, *flow.Health) time.Duration { return 0 })
	f("no template", refuse(flow.RefusedNoTemplate, 11),
		"warn: edge-1: 11 sets refused in the last ten minutes: their template never came.")
	f("few without template", refuse(flow.RefusedNoTemplate, 10),
		"info: edge-1: 10 sets refused in the last ten minutes: their template never came.")
	f("events", refuse(flow.RefusedEmpty, 19_000),
		"info: edge-1: 19,000 records refused in the last ten minutes: they have neither octets nor packets.")
	f("one datagram", refuse(flow.RefusedTruncated, 1),
		"info: edge-1: 1 datagram refused in the last ten minutes: they are shorter than they say.")
	f("silent", func(*Config, *Live, *flow.Health) time.Duration { return 6 * time.Minute },
		"warn: edge-1 has been silent for 6 minutes.")
	f("no rate", func(_ *Config, _ *Live, h *flow.Health) time.Duration { h.RateUnknown = 20_000; return 0 },
		"warn: edge-1 announces no sampling rate: 20,000 flows counted ×1 in the last ten minutes.")
	f("clock", func(_ *Config, _ *Live, h *flow.Health) time.Duration { h.Skewed = 1000; return 0 },
		"warn: The clock of edge-1 is more than ten minutes off: 1,000 datagrams counted at their arrival instead.")
	f("times", func(_ *Config, _ *Live, h *flow.Health) time.Duration { h.Untimed = 1; return 0 },
		"info: edge-1: start and end of 1 flow are missing or implausible: counted when exported.")
	f("all transit", func(_ *Config, _ *Live, h *flow.Health) time.Duration {
		h.Flows = [flow.NumVerdicts]uint64{flow.Transit: 20_000}
		return 0
	}, "warn: None of the 20,000 flows of edge-1 counts: in none is either side one of your own prefixes.")
	f("all internal, unrated", func(_ *Config, _ *Live, h *flow.Health) time.Duration {
		h.Flows, h.RateUnknown = [flow.NumVerdicts]uint64{flow.Internal: 20_000}, 20_000
		return 0
	}, "info: edge-1 announces no sampling rate: 20,000 flows counted ×1 in the last ten minutes.",
		"info: None of the 20,000 flows of edge-1 counts: both sides of each are your own prefixes.")
	f("another format", func(_ *Config, _ *Live, h *flow.Health) time.Duration {
		h.Flows = [flow.NumVerdicts]uint64{flow.OtherMeter: 900, flow.Counted: 100}
		return 0
	}, "bad: 900 flows of edge-1 were left out as second copies, and only 100 counted: the exporter once sent flows metered at both directions (flowDirection = 1), and does so no more.")
	f("both directions", func(_ *Config, _ *Live, h *flow.Health) time.Duration {
		h.Flows = [flow.NumVerdicts]uint64{flow.OtherMeter: 500, flow.Counted: 500}
		return 0
	})
	f("no socket buffer", func(_ *Config, l *Live, _ *flow.Health) time.Duration {
		l.SetSockets([]Socket{{Address: "[::]:2055", Buffer: 1 << 20, Dropped: new(uint64(4))}})
		return 0
	}, "bad: The kernel has dropped 4 datagrams in the last hour because a receive buffer was full.")
	f("small buffer", func(_ *Config, l *Live, _ *flow.Health) time.Duration {
		l.SetSockets([]Socket{{Address: "[::]:2055", Asked: 32 << 20, Buffer: 425_984}})
		return 0
	}, "info: The kernel gives sockets 416 KiB to receive into, where receive_buffer asks for 32 MiB.")
	f("drops of long ago", func(_ *Config, l *Live, _ *flow.Health) time.Duration {
		l.SetSockets([]Socket{{Address: "[::]:2055", Buffer: 1 << 20, Dropped: new(uint64(4))}})
		return 70 * time.Minute
	}, "warn: edge-1 has been silent for 70 minutes.")
	f("lost", func(_ *Config, _ *Live, h *flow.Health) time.Duration { h.LostRecords = 200; return 0 },
		"bad: edge-1: an estimated 0.99 % of its records never arrived in the last hour, about 200 records; no number is corrected for it.")
	f("lost a little", func(_ *Config, _ *Live, h *flow.Health) time.Duration { h.LostRecords = 20; return 0 })
	f("late and anew", func(_ *Config, _ *Live, h *flow.Health) time.Duration { h.Late, h.Restarts = 50, 1; return 0 })
	f("a bound of one", func(_ *Config, _ *Live, h *flow.Health) time.Duration { h.Limits[flow.LimitTemplates] = 2; return 0 },
		"warn: edge-1 reached limits.templates 2 times in the last hour: the template unused longest is forgotten for each new one, or the new one is not learnt.")
	f("a bound of all", func(_ *Config, l *Live, _ *flow.Health) time.Duration {
		l.SetLimits([]LimitStatus{
			{Name: "rows", Value: 7, Bound: 2_000_000, Reached: 1}, {Name: "pending_rows", Bound: 4000, Reached: 3, Consequence: "the oldest go"},
			{Name: "addresses", Bound: 5}, {Name: "new_one", Bound: 5, Reached: 2, Consequence: "it is so"},
		})
		return 0
	}, "bad: limits.pending_rows (4,000) was reached 3 times in the last hour: the oldest go.",
		"warn: limits.new_one (5) was reached 2 times in the last hour: it is so.",
		"info: limits.rows (2,000,000) was reached once in the last hour: rows are committed before their slot's end.")
	f("journal at its bound", func(_ *Config, l *Live, _ *flow.Health) time.Duration {
		l.SetJournal(JournalStatus{Path: "/j", Bytes: 16 << 30, MaxBytes: 16 << 30, Dropped: 9})
		return 0
	}, "warn: The journal is at its bound (16 GiB): it has given up 9 datagrams in the last hour that are not committed, and a kill now would lose them.")
	f("journal being read", func(_ *Config, l *Live, _ *flow.Health) time.Duration {
		l.SetJournal(JournalStatus{Path: "/j", Unread: 0.69})
		return 0
	}, "info: The journal that the process before left is being read again: 31 %. What arrives meanwhile is in the journal and shows when that is done.")
	f("journal nearly full", func(_ *Config, l *Live, _ *flow.Health) time.Duration {
		l.SetJournal(JournalStatus{Path: "/j", Bytes: 15 << 30, MaxBytes: 16 << 30})
		return 0
	}, "warn: The journal has 15 GiB of 16 GiB: at the bound it gives up its oldest datagrams, committed or not.")
	f("journal broken", func(_ *Config, l *Live, _ *flow.Health) time.Duration {
		l.SetJournal(JournalStatus{Path: "/j", Unjournalled: 1, Torn: 2, Replayed: 10, Problem: "The journal cannot be written: no space."})
		return 0
	}, "bad: The journal cannot be written: no space.",
		"warn: 1 datagram of the last hour could not be written to the journal: counted, but lost if the process is killed before the next commit.",
		"info: At the start the last 2 B of the journal were incomplete: the machine or the process had crashed while writing them.")
	f("links", func(_ *Config, l *Live, h *flow.Health) time.Duration {
		l.Add(noon, []flow.Health{{Exporter: h.Exporter, Rates: []uint32{1000}}})
		l.SetInterfaces([]InterfaceRow{
			{Exporter: h.Exporter, Index: 3, CountedIn: 1e12, SampledIn: 1e12}, {Exporter: h.Exporter, Index: 4, CountedIn: 1e12, SampledIn: 7e11},
			{Exporter: h.Exporter, Index: 5, Link: "ix", CountedIn: 1e12, SampledIn: 1e12, CountedOut: 1e12, SampledOut: 5e11},
		})
		return 0
	}, "warn: edge-1: samples and interface counters disagree on 2 interfaces, most on ix, interface 5 (sampled ÷ counted is 1.00 in, 0.50 out).")
	f("unknown sender", func(_ *Config, l *Live, _ *flow.Health) time.Duration {
		l.SetUnknown(0, []UnknownSender{NewUnknownSender(addr("192.0.2.9"), 5, "ipfix", noon)})
		return 0
	}, "warn: 1 sender is in no region: 5 datagrams refused.")
	f("never heard", func(c *Config, _ *Live, _ *flow.Health) time.Duration {
		c.Expected = []SilentExporter{{"192.0.2.1", "edge-1", "West"}, {"192.0.2.2", "", "West"}}
		return 0
	}, "info: 192.0.2.2 is configured in West but has sent nothing since the start.")
	f("no commit", func(_ *Config, l *Live, _ *flow.Health) time.Duration {
		l.SetStore(StoreStatus{LastCommit: new(noon.Add(-25 * time.Minute))})
		return 0
	}, "bad: Records arrive, but nothing has been committed to the store for 25 minutes.")
	f("problem", func(_ *Config, l *Live, h *flow.Health) time.Duration {
		l.SetProblem("commit", "Cannot commit to the store: the disk is full.")
		h.Skewed = 1
		return 0
	}, "bad: Cannot commit to the store: the disk is full.",
		"warn: The clock of edge-1 is more than ten minutes off: 1 datagram counted at their arrival instead.")
}

// TestEveryRefusalHasHelp: a reason that is new in flow must not come out as an empty sentence.
func TestEveryRefusalHasHelp(t *testing.T) {
	for r := range flow.NumRefusals {
		if h := refusalHelp[r]; h.what == "" || !strings.HasSuffix(h.do, ".") {
			t.Errorf("refusal %s has no help: %+v", r, h)
		}
	}
}

func TestNothingHeardSaysWhereToSend(t *testing.T) {
	live, _ := emptyLive()
	live.SetSockets([]Socket{{Address: ":2055", Buffer: 1 << 20}, {Address: ":4739", Buffer: 1 << 20}})
	s := live.Status(noon)
	s.complete(&Config{})
	if len(s.Notes) != 1 || !strings.Contains(s.Notes[0].What, "listens on :2055, :4739 for NetFlow v5") {
		t.Errorf("notes = %+v, want one that says where it listens", s.Notes)
	}
	if s.complete(&Config{Simulated: true}); len(s.Notes) != 0 {
		t.Errorf("notes = %+v, want none: nobody sends to the demo", s.Notes)
	}
}

func TestAdmitLines(t *testing.T) {
	f := func(a, want string) {
		t.Helper()
		if got := admitLines(addr(a)); got != want {
			t.Errorf("lines for %s:\n%swant\n%s", a, got, want)
		}
	}
	f("192.0.2.1", "regions:\n  - {name: NEW-REGION, exporters: [192.0.2.1]}\n")
	f("2001:db8::1", "regions:\n  - {name: NEW-REGION, exporters: [\"2001:db8::1\"]}\n")
}
