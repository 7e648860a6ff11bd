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
	f("no socket buffer", func(_ *Config, l *Live, _ *flow.Health) time.Duration {
		l.SetSockets([]Socket{{Address: "[::]:2055", Buffer: 1 << 20, Dropped: new(uint64(4))}})
		return 0
	}, "bad: The kernel has dropped 4 datagrams in the last hour because a receive buffer was full.")
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
