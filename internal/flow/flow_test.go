package flow

import (
	"net/netip"
	"testing"
	"time"
)

func TestAddr(t *testing.T) {
	f := func(s string, version uint8) {
		t.Helper()
		a := AddrFrom(netip.MustParseAddr(s))
		if got := a.String(); got != s {
			t.Errorf("%s comes back as %s", s, got)
		}
		if got := a.Version(); got != version {
			t.Errorf("%s: version = %d, want %d", s, got, version)
		}
		b := a.As16()
		if got := AddrFrom16(b[:]); got != a {
			t.Errorf("%s: through its bytes = %v", s, got)
		}
	}
	f("192.0.2.1", 4)
	f("0.0.0.0", 4)
	f("255.255.255.255", 4)
	f("2001:db8::1", 6)
	f("ffff::ffff", 6)
	if got := AddrFrom(netip.MustParseAddr("::ffff:192.0.2.1")).String(); got != "192.0.2.1" {
		t.Errorf("an IPv4-mapped address = %s, want its IPv4 address", got)
	}
	if got := AddrFrom4([]byte{192, 0, 2, 1}); got != AddrFrom(netip.MustParseAddr("192.0.2.1")) {
		t.Errorf("AddrFrom4 = %v", got)
	}
	var zero Addr
	if zero.String() != "-" || zero.Version() != 0 || !zero.IsZero() || zero.Netip().IsValid() || AddrFrom(netip.Addr{}) != zero {
		t.Error("the zero Addr is not: no address")
	}
}

func TestSlot(t *testing.T) {
	at := time.Date(2025, 12, 31, 23, 59, 59, 999e6, time.UTC)
	s := SlotAt(at)
	f := func(name string, got Slot, want string) {
		t.Helper()
		if g := got.Time().Format("2006-01-02T15:04"); g != want {
			t.Errorf("%s = %s, want %s", name, g, want)
		}
	}
	f("slot", s, "2025-12-31T23:55")
	f("hour", s.Hour(), "2025-12-31T23:00")
	f("day", s.Day(), "2025-12-31T00:00")
	f("month", s.Month(), "2025-12-01T00:00")
	f("next month", s.NextMonth(), "2026-01-01T00:00")
	f("the next slot", s+1, "2026-01-01T00:00")
	if SlotOf(-1) != 0 {
		t.Error("a time before 1970 is not in slot 0")
	}
}

func TestPeriod(t *testing.T) {
	const layout = "2006-01-02"
	f := func(s, from, to, before string) {
		t.Helper()
		p, err := ParsePeriod(s)
		if err != nil {
			p, err = ParseMonths(s)
		}
		if err != nil {
			t.Errorf("%s: %v", s, err)
			return
		}
		if got := p.From.Time().Format(layout); got != from {
			t.Errorf("%s begins %s, want %s", s, got, from)
		}
		if got := p.To.Time().Format(layout); got != to {
			t.Errorf("%s ends %s, want %s", s, got, to)
		}
		if got := p.Before().Name; got != before {
			t.Errorf("before %s = %s, want %s", s, got, before)
		}
		if b := p.Before(); b.To != p.From {
			t.Errorf("the period before %s ends %s", s, b.To.Time())
		}
	}
	f("2025-10-03", "2025-10-03", "2025-10-04", "2025-10-02")
	f("2025-01-01", "2025-01-01", "2025-01-02", "2024-12-31")
	f("2024-02", "2024-02-01", "2024-03-01", "2024-01")
	f("2025-01", "2025-01-01", "2025-02-01", "2024-12")
	f("2025Q4", "2025-10-01", "2026-01-01", "2025Q3")
	f("2026q1", "2026-01-01", "2026-04-01", "2025Q4")
	f("2025", "2025-01-01", "2026-01-01", "2024")
	f("2025-11..2026-02", "2025-11-01", "2026-03-01", "2025-07..2025-10")
	f("2025-02..2025-04", "2025-02-01", "2025-05-01", "2024-11..2025-01")
	f("2025Q3..2025Q4", "2025-07-01", "2026-01-01", "2025-01..2025-06")

	bad := func(s string) {
		t.Helper()
		if p, err := ParseMonths(s); err == nil {
			t.Errorf("%q was read as %v", s, p)
		}
	}
	for _, s := range []string{"", "Q4", "2025Q5", "2025Q0", "2025Q", "25Q4", "2025-13", "2025-1", "2025-10-03", "1969", "abcd", "2025-10..", "..2025-10", "2025-10..2025-09", "2025-10-01..2025-10-30", "+025", "2025Q44"} {
		bad(s)
	}
}

func TestClip(t *testing.T) {
	p, _ := ParsePeriod("2025-10")
	if c := p.Clip(p.To + 7); c != p {
		t.Errorf("a period that is over was clipped to %v", c)
	}
	if c := p.Clip(p.To - 1); c != p {
		t.Errorf("a period with its last slot committed was clipped to %v", c)
	}
	if c := p.Clip(p.From + 9); c.Slots() != 10 || c.Seconds() != 3000 || c.Name != "2025-10" {
		t.Errorf("ten slots in: %v", c)
	}
	if c := p.Clip(p.From - 5); c.Slots() != 0 {
		t.Errorf("a period that has not begun: %v", c)
	}
}

func TestInterner(t *testing.T) {
	var n Interner[string]
	if got := n.Len(); got != 1 {
		t.Errorf("empty: Len = %d, want 1 for the zero value", got)
	}
	a, b := n.ID("a"), n.ID("b")
	if a != 1 || b != 2 || n.ID("a") != 1 || n.ID("") != 0 || n.Value(b) != "b" || n.Value(99) != "" || n.Len() != 3 {
		t.Errorf("a = %d, b = %d, Len = %d", a, b, n.Len())
	}
	if _, ok := n.Lookup("c"); ok {
		t.Error("Lookup gave a number to a value never seen")
	}
	if got := testing.AllocsPerRun(100, func() { n.ID("b") }); got != 0 {
		t.Errorf("ID of a known value allocates %v times", got)
	}
}

func TestLedger(t *testing.T) {
	var l Ledger
	e1 := &Exporter{ID: 0, Address: Addr{0, 1}, Region: 3}
	e2 := &Exporter{ID: 7, Address: Addr{0, 2}}
	for _, slot := range []Slot{10, 10, 11, 10} { // a capture may step back
		h := l.Open(e1, slot)
		h.Datagrams++
		h.SawRate(100)
		h.SawRate(10)
		h.SawRate(100)
	}
	l.Open(e2, 11).Datagrams++
	l.Current(7).Flows[Transit] += 5
	rows := l.Take()
	if len(rows) != 4 {
		t.Fatalf("%d rows, want 4: %+v", len(rows), rows)
	}
	sum := rows[0]
	sum.Add(&rows[1])
	if sum.Slot != 10 || sum.Datagrams != 3 || sum.Region != 3 || len(sum.Rates) != 2 || sum.Rates[0] != 10 {
		t.Errorf("exporter 1 in slot 10: %+v", sum)
	}
	if last := rows[3]; last.Exporter != e2.Address || last.Flows[Transit] != 5 {
		t.Errorf("exporter 2: %+v", last)
	}
	if again := l.Take(); len(again) != 0 {
		t.Errorf("a second Take gives %+v", again)
	}
}

func TestNamesOfEnums(t *testing.T) {
	for i := range NumNetworkTypes {
		if got, err := ParseNetworkType(i.String()); err != nil || got != i {
			t.Errorf("%v reads back as %v, %v", i, got, err)
		}
	}
	seen := map[string]bool{}
	for r := range NumRefusals {
		if r.String() == "" || seen[r.String()] {
			t.Errorf("refusal %d has no name of its own: %q", r, r)
		}
		seen[r.String()] = true
	}
	for v := range NumVerdicts {
		if v.String() == "" {
			t.Errorf("verdict %d has no name", v)
		}
	}
	if _, err := ParseLinkKind("unknown"); err == nil {
		t.Error("a configuration may not name the kind unknown")
	}
}

func TestLoss(t *testing.T) {
	f := func(h Health, lost, share float64) {
		t.Helper()
		if got := h.Lost(); got != lost {
			t.Errorf("%+v: lost = %v, want %v", h, got, lost)
		}
		if got := h.Loss(); got != share {
			t.Errorf("%+v: loss = %v, want %v", h, got, share)
		}
	}
	f(Health{}, 0, 0)
	f(Health{Datagrams: 10, Records: 200}, 0, 0)
	f(Health{Datagrams: 10, Records: 200, LostRecords: 50}, 50, 0.2)
	f(Health{Datagrams: 10, Records: 300, LostDatagrams: 2}, 60, 60.0/360)
	f(Health{LostDatagrams: 2}, 0, 0) // of records nothing is known
	f(Health{LostRecords: 5}, 5, 1)
}
