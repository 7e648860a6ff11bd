package console

import (
	"net/netip"
	"testing"
	"time"

	"tributary/internal/flow"
)

// noon is the wall clock of these tests.
var noon = time.Date(2026, 6, 14, 12, 0, 7, 0, time.UTC)

func addr(s string) flow.Addr { return flow.AddrFrom(netip.MustParseAddr(s)) }

// fleet is a console that has listened to six exporters for ten minutes: two are well, and each of the
// others has a trouble of its own.
func fleet(t testing.TB) (*Console, *Live) {
	t.Helper()
	names := &flow.Names{}
	region := func(name string) uint16 { return uint16(names.Regions.ID(name)) }
	called := map[flow.Addr]string{
		addr("192.0.2.1"): "sjc-edge-1", addr("192.0.2.2"): "sjc-edge-2", addr("198.51.100.7"): "iad-edge-1",
		addr("2001:db8:7::1"): "ams-edge-1", addr("198.51.100.9"): "iad-spine-3",
	}
	live := NewLive(LiveConfig{
		Names:   names,
		NameOf:  func(a flow.Addr) string { return called[a] },
		Started: noon.Add(-3 * time.Hour),
		Workers: 2,
		Now:     func() time.Time { return noon },
	})
	live.Add(noon.Add(-25*time.Minute), []flow.Health{{
		Exporter: addr("192.0.2.2"), Region: region("US-West"), Datagrams: 900, Records: 24_000,
		Flows: [flow.NumVerdicts]uint64{flow.Counted: 24_000}, Octets: [flow.NumVerdicts]uint64{flow.Counted: 9e12}, Rates: []uint32{1000},
	}})
	for s := 600; s >= 0; s-- {
		at := noon.Add(-time.Duration(s) * time.Second)
		wave := uint64(100 + 40*((s/20)%5) + s%17)
		well := func(a, where string, weight uint64, rates ...uint32) flow.Health {
			n := wave * weight
			return flow.Health{
				Slot: flow.SlotAt(at), Exporter: addr(a), Region: region(where), Datagrams: n / 25, Records: n, Rates: rates,
				Flows:  [flow.NumVerdicts]uint64{flow.Counted: n * 88 / 100, flow.Internal: n * 7 / 100, flow.Transit: n - n*88/100 - n*7/100},
				Octets: [flow.NumVerdicts]uint64{flow.Counted: n * 41e6, flow.Internal: n * 1e6, flow.Transit: n * 2e5},
			}
		}
		events := well("198.51.100.7", "US-East", 4, 512, 2048)
		events.Refused[flow.RefusedNoTemplate] = uint64(s % 3)
		events.Refused[flow.RefusedEmpty] = 2
		events.Skewed = events.Datagrams
		events.LostDatagrams, events.Overrun, events.Late, events.Restarts = uint64(s%4), uint64(s%4/3), uint64(s%5/4), uint64(s%300/299)
		events.Limits[flow.LimitTemplates] = uint64(s % 60 / 59)
		unrated := well("203.0.113.200", "EU-Central", 1, 0)
		unrated.RateUnknown = unrated.Records
		unrated.LostRecords = uint64(s % 50 / 49)
		inside := well("198.51.100.9", "US-East", 1, 1)
		inside.Flows = [flow.NumVerdicts]uint64{flow.Transit: inside.Records}
		inside.Octets = [flow.NumVerdicts]uint64{flow.Transit: inside.Records * 1e6}
		live.Add(at, []flow.Health{
			well("192.0.2.1", "US-West", 9, 1000), events, unrated, well("2001:db8:7::1", "EU-Central", 6, 1000), inside,
		})
	}
	live.SetUnknown(0, []UnknownSender{
		NewUnknownSender(addr("192.0.2.77"), 18_210, "netflow9", noon.Add(-2*time.Second)),
		NewUnknownSender(addr("2001:db8:99::5"), 12, "", noon.Add(-4*time.Minute)),
	})
	var sockets []Socket
	for i, a := range []string{"0.0.0.0:2055", "0.0.0.0:4739", "0.0.0.0:6343"} {
		for worker := range 2 {
			sockets = append(sockets, Socket{Address: a, Worker: worker, Asked: 32 << 20, Buffer: 64 << 20, Dropped: new(uint64(17 * (i / 2) * worker))})
		}
	}
	live.SetSockets(sockets)
	live.SetJournal(JournalStatus{
		Path: "/var/lib/tributary/journal", Bytes: 61 << 20, MaxBytes: 16 << 30, Segments: 4, Oldest: new(noon.Add(-97 * time.Second)),
		Unsynced: 402_000, Unjournalled: 3, Dropped: 5, Replayed: 51_200, Torn: 811,
	})
	live.SetLimits([]LimitStatus{
		{Name: "exporters", Value: 6, Bound: 65_536}, {Name: "unknown_senders", Value: 2, Bound: 4096},
		{Name: "rows", Value: 48_211, Bound: 2_000_000}, {Name: "addresses", Value: 7_120_004, Bound: 16_000_000, Reached: 2},
		{Name: "open_slots", Value: 3, Bound: 512}, {Name: "pending_rows", Value: 0, Bound: 4_000_000},
	})
	ams := addr("2001:db8:7::1")
	live.SetInterfaces([]InterfaceRow{
		{Exporter: ams, Index: 12, Link: "ams-ix", Region: "EU-Central", Seconds: 10_800, CountedIn: 812e9, SampledIn: 806e9, CountedOut: 440e9, SampledOut: 449e9},
		{Exporter: ams, Index: 14, Link: "transit-1", Region: "EU-Central", Seconds: 10_800, CountedIn: 300e9, SampledIn: 151e9, CountedOut: 90e9, SampledOut: 91e9},
		{Exporter: ams, Index: 15, Region: "EU-Central", Seconds: 10_800, CountedIn: 64_000, CountedOut: 12_000},
	})
	live.SetStore(StoreStatus{
		Path: "/var/lib/tributary/tributary.duckdb", Bytes: 812_646_400, Newest: SlotTime(flow.SlotAt(noon)-2, true),
		Oldest: SlotTime(flow.SlotAt(noon.AddDate(-1, -1, 0)), true), LastCommit: new(noon.Add(-97 * time.Second)), Commits: 36,
	})
	c := New(Config{
		Version: "1.0.0", Live: live, Now: func() time.Time { return noon },
		Regions:  []Region{{"US-West", []string{"192.0.2.1", "192.0.2.2"}}, {"US-East", []string{"198.51.100.0/24"}}, {"EU-Central", []string{"203.0.113.200", "2001:db8:7::/48"}}},
		Expected: []SilentExporter{{"192.0.2.1", "sjc-edge-1", "US-West"}, {"203.0.113.201", "ams-edge-2", "EU-Central"}},
		Reports:  t.TempDir(), Command: "tributary report 2026Q1 -o data/reports/2026Q1",
	})
	c.asks = &yearAsks{year, newestSlot, 1}
	return c, live
}
