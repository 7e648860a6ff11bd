package decode

import (
	"fmt"
	"testing"

	"tributary/internal/flow"
)

// TestDomains: how many templates are in force in each domain, and when the last of them came, one
// that only repeats too.
func TestDomains(t *testing.T) {
	r := newRig(t, Limits{})
	w := func(domain uint32) *wire { return newWire(IPFIX, now).domain(domain) }
	f := func(what string, want string) {
		t.Helper()
		got := ""
		for _, e := range r.d.Domains(1) {
			got += fmt.Sprintf("%s %d domains %d templates:", e.Exporter, e.All, e.Templates)
			for _, m := range e.Newest {
				got += fmt.Sprintf(" %s/%d %d (%d options) +%d", m.Protocol, m.ID, m.Templates, m.Options, max(-1, m.Refreshed-now))
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	f("nothing heard", "")
	options := []field{{id: 149, length: 4}, {id: 34, length: 4}}
	r.send(w(7).templates(256, small).templates(257, small).options(300, 1, options))
	f("three templates", wireSource.String()+" 1 domains 3 templates: ipfix/7 3 (1 options) +0")
	r.arrival = now + 1000
	r.send(w(7).set(256, smallRecord(1)))
	f("data refresh nothing", wireSource.String()+" 1 domains 3 templates: ipfix/7 3 (1 options) +0")
	r.arrival = now + 2000
	r.send(w(7).templates(256, small))
	f("a repeated one does", wireSource.String()+" 1 domains 3 templates: ipfix/7 3 (1 options) +2000")
	r.send(w(8).set(256, smallRecord(1)))
	f("a domain without", wireSource.String()+" 2 domains 3 templates: ipfix/8 0 (0 options) +-1 ipfix/7 3 (1 options) +2000")
	r.send(w(7).set(setOptionsX, cat(num(2, setOptionsX), num(2, 0))))
	f("options withdrawn", wireSource.String()+" 2 domains 2 templates: ipfix/7 2 (0 options) +2000 ipfix/8 0 (0 options) +-1")
	r.send(w(7).options(256, 1, options))
	f("data become options", wireSource.String()+" 2 domains 2 templates: ipfix/7 2 (1 options) +2000 ipfix/8 0 (0 options) +-1")
	for i := range uint32(40) {
		r.send(w(100+i).set(256, smallRecord(1)))
	}
	if e := r.d.Domains(1)[0]; e.All != 42 || len(e.Newest) != maxDomains || e.Newest[0].ID != 139 || e.Templates != 2 {
		t.Errorf("%d domains, %d described, the first %d, %d templates; want 42, %d, 139, 2", e.All, len(e.Newest), e.Newest[0].ID, e.Templates, maxDomains)
	}
	if out := r.d.Domains(0); len(out) != 0 {
		t.Errorf("beyond the bound: %v", out)
	}

	// Another process that took the state over knows how many, not when.
	other := New(Config{Ledger: &flow.Ledger{}, Admit: func(a flow.Addr) (*flow.Exporter, bool) { return r.exporter, a == wireSource }})
	if err := other.Restore(r.d.AppendState(nil), func(flow.Addr) bool { return true }); err != nil {
		t.Fatal(err)
	}
	for _, m := range other.Domains(1)[0].Newest {
		if m.ID == 7 && (m.Templates != 2 || m.Options != 1 || m.Refreshed != 0) {
			t.Errorf("restored: %+v, want 2 templates, 1 of options, refreshed never", m)
		}
	}
}
