package console

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"tributary/internal/flow"
	"tributary/internal/stats"
)

// TestLossIsThatOfKeptRows: what is shown of the last hour is what the store's rows of those slots
// give, however the rows were cut into seconds.
func TestLossIsThatOfKeptRows(t *testing.T) {
	live, _ := emptyLive()
	r := rand.New(rand.NewPCG(9, 9))
	kept := map[flow.Slot]*flow.Health{}
	for s := range 2 * 3600 {
		at := noon.Add(time.Duration(s-2*3600) * time.Second)
		h := row("192.0.2.1", 1+r.Uint64N(40), 0)
		h.Slot, h.Records = flow.SlotAt(at), h.Datagrams*(1+r.Uint64N(30))
		h.LostDatagrams, h.LostRecords, h.Late = r.Uint64N(3), r.Uint64N(2), r.Uint64N(2)
		h.Limits[flow.LimitCells] = r.Uint64N(2)
		live.Add(at, []flow.Health{h})
		if kept[h.Slot] == nil {
			kept[h.Slot] = &flow.Health{Slot: h.Slot, Exporter: h.Exporter}
		}
		kept[h.Slot].Add(&h)
	}
	now := flow.SlotAt(noon)
	var hour []flow.Health
	for s := now - 12; s <= now; s++ {
		if kept[s] != nil { // nothing came in the seconds of the open slot
			hour = append(hour, *kept[s])
		}
	}
	s := live.Status(noon)
	s.complete(&Config{})
	f := func(what string, got Loss, want *stats.Loss) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(lossOf(want)) || got.Lost == 0 {
			t.Errorf("%s: %+v, want %+v", what, got, lossOf(want))
		}
	}
	f("hour", s.Exporters[0].Loss.Hour, &stats.LossesOf(hour).All)
	f("hour of all", s.Complete.Hour, &stats.LossesOf(hour).All)
	f("slot", s.Complete.Slot, &stats.LossesOf([]flow.Health{*kept[now-1]}).All)

	later := live.Status(noon.Add(70 * time.Minute))
	later.complete(&Config{})
	if later.Complete.State != "unknown" || later.Complete.Hour.Lost != 0 {
		t.Errorf("an hour later: %+v, want nothing", later.Complete)
	}
}

// TestOldRowsAreNoNews: a journal read again tells of other hours than the last one.
func TestOldRowsAreNoNews(t *testing.T) {
	live, _ := emptyLive()
	for _, ago := range []flow.Slot{0, 12, 13, 14, 26, 4000} {
		h := row("192.0.2.1", 10, 100)
		h.Slot, h.LostRecords = flow.SlotAt(noon)-ago, 1
		live.Add(noon, []flow.Health{h})
	}
	ahead := row("192.0.2.1", 10, 100) // the clock was set back
	ahead.Slot, ahead.LostRecords = flow.SlotAt(noon)+5, 1
	live.Add(noon, []flow.Health{ahead})
	if e := live.Status(noon).Exporters[0]; e.Loss.Hour.Lost != 2 || e.Total.LostRecords != 7 {
		t.Errorf("%v records lost in the hour, %d since the start; want 2 and 7", e.Loss.Hour.Lost, e.Total.LostRecords)
	}
}

// TestStateOfCompleteness follows a process through a loss that ends.
func TestStateOfCompleteness(t *testing.T) {
	clock := noon
	live := NewLive(LiveConfig{Names: &flow.Names{}, Started: noon, Now: func() time.Time { return clock }})
	dropped := uint64(0)
	f := func(minutes int, drops, lost uint64, want string, hour uint64) {
		t.Helper()
		clock = noon.Add(time.Duration(minutes) * time.Minute)
		dropped += drops
		live.SetSockets([]Socket{{Address: ":2055", Dropped: new(dropped)}})
		h := row("192.0.2.1", 100, 2000)
		h.Slot, h.LostRecords = flow.SlotAt(clock), lost
		live.Add(clock, []flow.Health{h})
		s := live.Status(clock)
		s.complete(&Config{})
		if c := &s.Complete; c.State != want || c.KernelDrops.Hour != hour || c.KernelDrops.Total != dropped || !c.KernelDrops.Known {
			t.Errorf("after %d minutes %s with %+v, want %s with %d", minutes, c.State, c.KernelDrops, want, hour)
		}
	}
	f(0, 0, 0, "complete", 0)
	f(5, 0, 1, "complete", 0) // 1 of 4,000
	f(10, 7, 0, "losing", 7)
	f(20, 2, 0, "losing", 9)
	f(77, 0, 0, "losing", 2)
	f(90, 0, 100, "losing", 0)
	f(200, 0, 0, "complete", 0)
}

// TestWorkersTellAtOnce lets workers and readers at one Live, for the race detector, and wants every
// count of every worker in the end.
func TestWorkersTellAtOnce(t *testing.T) {
	const workers, rounds = 4, 200
	live, names := emptyLive()
	region := uint16(names.Regions.ID("West"))
	c := New(Config{Live: live, Now: func() time.Time { return noon }})
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			own, shared := fmt.Sprintf("192.0.2.%d", w), "192.0.2.99"
			for i := range rounds {
				var rows []flow.Health
				for _, a := range []string{own, shared} {
					h := row(a, 1, 10)
					h.Slot, h.Region, h.LostDatagrams = flow.SlotAt(noon), region, 1
					rows = append(rows, h)
				}
				live.Add(noon, rows)
				live.SetUnknown(w, []UnknownSender{NewUnknownSender(addr("203.0.113.9"), uint64(i+1), "ipfix", noon)})
				live.SetInterfaces([]InterfaceRow{{Exporter: addr(own), Index: 1, CountedIn: 1e9, SampledIn: 1e9}})
			}
		})
	}
	all.Go(func() {
		for i := range rounds {
			live.SetSockets([]Socket{{Address: ":2055", Worker: -1, Dropped: new(uint64(i + 1))}})
			live.SetJournal(JournalStatus{Path: "/j", Dropped: uint64(i + 1)})
			live.SetLimits([]LimitStatus{{Name: "rows", Bound: 9, Reached: uint64(i + 1)}})
			live.SetStore(StoreStatus{Commits: uint64(i)})
			live.SetProblem("commit", []string{"", "It fails."}[i%2])
		}
	})
	for range 2 {
		all.Go(func() {
			for range rounds / 10 {
				c.status()
				if _, err := c.metrics.Gather(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	s := c.status()
	if len(s.Exporters) != workers+1 || s.Total.Records != 2*workers*rounds*10 || s.Complete.Hour.LostDatagrams != 2*workers*rounds {
		t.Errorf("%d exporters, %d records, %d datagrams lost", len(s.Exporters), s.Total.Records, s.Complete.Hour.LostDatagrams)
	}
	if s.Unknown[0].Datagrams != workers*rounds || s.Complete.KernelDrops.Hour != rounds || s.Journal.DroppedHour != rounds || s.Limits[0].ReachedHour != rounds {
		t.Errorf("unknown %d, dropped %d, journal %d, limits %d: want %d and three times %d",
			s.Unknown[0].Datagrams, s.Complete.KernelDrops.Hour, s.Journal.DroppedHour, s.Limits[0].ReachedHour, workers*rounds, rounds)
	}
}
