package place

import (
	"net/netip"
	"testing"

	"tributary/internal/flow"
)

func TestLinkNames(t *testing.T) {
	tables, err := NewTables(Config{
		Own: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}, Names: &flow.Names{},
		Links: []Link{
			{Name: "one", Kind: flow.LinkTransit, Exporter: netip.MustParseAddr("192.0.2.1"), Interfaces: []uint32{7, 1 << 30}},
			{Name: "rest", Kind: flow.LinkIX, Exporter: netip.MustParseAddr("192.0.2.2")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	f := func(exporter string, ifIndex uint32, want string) {
		t.Helper()
		if got := tables.LinkNames(flow.AddrFrom(netip.MustParseAddr(exporter)))(ifIndex); got != want {
			t.Errorf("interface %d of %s = %q, want %q", ifIndex, exporter, got, want)
		}
	}
	f("192.0.2.1", 7, "one")
	f("192.0.2.1", 1<<30, "one")
	f("192.0.2.1", 8, "")
	f("192.0.2.2", 8, "rest")
	f("192.0.2.3", 7, "")
}
