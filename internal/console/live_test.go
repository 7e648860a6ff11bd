package console

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"tributary/internal/flow"
)

func emptyLive() (*Live, *flow.Names) {
	names := &flow.Names{}
	return NewLive(LiveConfig{Names: names, Started: noon.Add(-time.Hour), Now: func() time.Time { return noon }}), names
}

func row(a string, datagrams, records uint64) flow.Health {
	return flow.Health{
		Exporter: addr(a), Datagrams: datagrams, Records: records,
		Flows: [flow.NumVerdicts]uint64{flow.Counted: records}, Octets: [flow.NumVerdicts]uint64{flow.Counted: 1000 * records},
	}
}

func TestLiveAddsUp(t *testing.T) {
	live, _ := emptyLive()
	var records uint64
	for s := range 3600 {
		n := uint64(s%7) * 10
		records += n
		live.Add(noon.Add(time.Duration(s-3600)*time.Second), []flow.Health{row("192.0.2.1", 1, n)})
	}
	e := live.Status(noon).Exporters[0]
	if e.Total.Records != records || e.Total.Datagrams != 3600 || e.Total.Octets["counted"] != 1000*records {
		t.Errorf("total = %+v, want %d records of 3600 datagrams", e.Total, records)
	}
	// The window of minutes is the open minute and the nine before it.
	if got, want := e.Lately.Datagrams, uint64(9*60+noon.Second()); got != want {
		t.Errorf("datagrams of the last ten minutes = %d, want %d", got, want)
	}
	if !e.LastSeen.Equal(noon.Add(-time.Second)) {
		t.Errorf("last seen %v, want %v", e.LastSeen, noon.Add(-time.Second))
	}
}

func TestLiveForgetsOnlyWhatIsOld(t *testing.T) {
	live, _ := emptyLive()
	live.Add(noon, []flow.Health{row("192.0.2.1", 5, 50)})
	f := func(after time.Duration, lately uint64, curve float64) {
		t.Helper()
		e := live.Status(noon.Add(after)).Exporters[0]
		sum := 0.0
		for _, v := range e.Curve {
			sum += v
		}
		if e.Lately.Records != lately || sum != curve || e.Total.Records != 50 {
			t.Errorf("after %v: lately %d, curve %v, total %d; want %d, %v, 50", after, e.Lately.Records, sum, e.Total.Records, lately, curve)
		}
	}
	f(0, 50, 5)
	f(9*time.Minute, 50, 5)
	f(11*time.Minute, 0, 0)
	f(10*24*time.Hour, 0, 0)
}

func TestLiveShowsAFlowAtOnce(t *testing.T) {
	live, _ := emptyLive()
	live.Add(noon, []flow.Health{row("192.0.2.1", 27, 270)})
	now := live.Status(noon.Add(100 * time.Millisecond)).Exporters[0].Now
	// Two whole beats of ten seconds and the seven seconds of the open one.
	if now.Datagrams < 0.95 || now.Datagrams > 1.05 || now.Records < 9.5 || now.Records > 10.5 {
		t.Errorf("per second = %+v, want about 1 datagram and 10 records", now)
	}
	if want := 8 * 1000 * now.Records; now.CountedBits < 0.99*want || now.CountedBits > 1.01*want {
		t.Errorf("counted bits = %v, want %v", now.CountedBits, want)
	}
}

func TestLiveIsBounded(t *testing.T) {
	live, _ := emptyLive()
	a := netip.MustParseAddr("10.0.0.0")
	const senders = MaxExporters + 500
	for range senders {
		a = a.Next()
		live.Add(noon, []flow.Health{row(a.String(), 1, 2)})
	}
	s := live.Status(noon)
	if len(s.Exporters) != MaxExporters+1 {
		t.Fatalf("%d exporters kept, want %d and one for the rest", len(s.Exporters), MaxExporters)
	}
	var records uint64
	for _, e := range s.Exporters {
		records += e.Total.Records
	}
	if last := s.Exporters[MaxExporters]; last.Address != "" || last.Total.Records != 1000 || records != 2*senders {
		t.Errorf("the rest is %q with %d records, all have %d; want no address, 1000, %d", last.Address, last.Total.Records, records, 2*senders)
	}
}

func TestUnknownSendersOfAllWorkers(t *testing.T) {
	live, _ := emptyLive()
	live.SetUnknown(0, []UnknownSender{NewUnknownSender(addr("192.0.2.9"), 5, "netflow5", noon.Add(-time.Minute))})
	live.SetUnknown(1, []UnknownSender{
		NewUnknownSender(addr("192.0.2.9"), 7, "ipfix", noon), NewUnknownSender(addr("2001:db8::1"), 99, "sflow5", noon),
	})
	live.SetUnknown(0, []UnknownSender{NewUnknownSender(addr("192.0.2.9"), 6, "netflow5", noon.Add(-time.Minute))})
	got := fmt.Sprint(summary(live.Status(noon).Unknown))
	if want := "[2001:db8::1 99 sflow5 192.0.2.9 13 ipfix]"; got != want {
		t.Errorf("unknown = %s, want %s", got, want)
	}
}

func summary(senders []UnknownSender) (out []string) {
	for _, s := range senders {
		out = append(out, fmt.Sprint(s.Address, " ", s.Datagrams, " ", s.Protocol))
	}
	return out
}

func TestProblemsEnd(t *testing.T) {
	live, _ := emptyLive()
	live.SetProblem("commit", "Cannot commit.")
	live.SetProblem("socket", "Cannot listen.")
	live.SetProblem("commit", "Still cannot commit.")
	live.SetProblem("socket", "")
	live.SetProblem("journal", "")
	if got := fmt.Sprint(live.Status(noon).Problems); got != "[Still cannot commit.]" {
		t.Errorf("problems = %s, want [Still cannot commit.]", got)
	}
}
