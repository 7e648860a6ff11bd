package place

import (
	"cmp"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/maxmind/mmdbwriter/mmdbtype"

	"tributary/internal/flow"
)

func addr(s string) flow.Addr { return flow.AddrFrom(netip.MustParseAddr(s)) }

// TestPlaceAllocatesNothing: for addresses in the cache and for others alike, once the databases'
// records have been seen.
func TestPlaceAllocatesNothing(t *testing.T) {
	tables, exporters := benchTables(t, 1000)
	x, _ := exporters.Admit(addr("192.0.2.1"))
	ledger := &flow.Ledger{}
	ledger.Open(x, 1)
	for _, remembered := range []int{1, remembered} {
		p := newPlacer(tables, ledger, remembered)
		flows := benchFlows(4096, 10_000, false)
		p.Place(flows)
		counted := 0
		for i := range flows {
			if flows[i].Verdict == flow.Counted && flows[i].AS != 0 {
				counted++
			}
		}
		if counted != len(flows) {
			t.Fatalf("%d of %d flows counted", counted, len(flows))
		}
		if n := testing.AllocsPerRun(10, func() { p.Place(flows) }); n != 0 {
			t.Errorf("remembering %d addresses: allocs = %v, want 0", remembered, n)
		}
	}
}

// TestMeter is "Counting once" of the design, case by case.
func TestMeter(t *testing.T) {
	f := func(m Meter, d flow.Direction, at flow.Metering, want bool) {
		t.Helper()
		if got := m.counts(d, at); got != want {
			t.Errorf("meter %d, %s flow metered %d: counts %v, want %v", m, d, at, got, want)
		}
	}
	for _, d := range []flow.Direction{flow.Ingress, flow.Egress} {
		for _, at := range []flow.Metering{flow.MeteringUnstated, flow.MeteredIngress, flow.MeteredEgress} {
			f(MeterLearnt, d, at, true) // until the exporter sends 61 = 1
			f(MeterAny, d, at, true)
			f(MeterIngress, d, at, at != flow.MeteredEgress)
			f(MeterEgress, d, at, at != flow.MeteredIngress)
		}
	}
	f(MeterBoth, flow.Ingress, flow.MeteredIngress, true)
	f(MeterBoth, flow.Ingress, flow.MeteredEgress, false)
	f(MeterBoth, flow.Ingress, flow.MeteringUnstated, false)
	f(MeterBoth, flow.Egress, flow.MeteredEgress, true)
	f(MeterBoth, flow.Egress, flow.MeteredIngress, false)
	f(MeterBoth, flow.Egress, flow.MeteringUnstated, false)
}

// TestLearntSurvivesRestart: what was learnt is given back, also to another worker.
func TestLearntSurvivesRestart(t *testing.T) {
	names := &flow.Names{}
	build := func() (*Exporters, *Tables) {
		e, err := NewExporters(ExportersConfig{Regions: []Region{{"r", prefixes("192.0.2.0/24", "2001:db8::/64")}}, Names: names})
		if err != nil {
			t.Fatal(err)
		}
		tables, err := NewTables(Config{Own: prefixes("203.0.113.0/24"), Exporters: e, Names: names})
		if err != nil {
			t.Fatal(err)
		}
		return e, tables
	}
	verdict := func(e *Exporters, tables *Tables, from string, at flow.Metering) flow.Verdict {
		x, _ := e.Admit(addr(from))
		ledger := &flow.Ledger{}
		ledger.Open(x, 1)
		flows := []flow.Flow{{Src: addr("203.0.113.1"), Dst: addr("8.8.8.8"), Octets: 1, Metering: at, InIf: 1, OutIf: 2, Exporter: x.ID}}
		New(tables, ledger).Place(flows)
		return flows[0].Verdict
	}
	e, tables := build()
	if got := verdict(e, tables, "192.0.2.1", flow.MeteredIngress); got != flow.Counted {
		t.Errorf("before anything is learnt: %v, want counted", got)
	}
	if got := verdict(e, tables, "192.0.2.1", flow.MeteredEgress); got != flow.Counted {
		t.Errorf("the first record metered at egress, of an egress flow: %v, want counted", got)
	}
	verdict(e, tables, "2001:db8::7", flow.MeteredEgress)
	if got := verdict(e, tables, "192.0.2.1", flow.MeteredIngress); got != flow.OtherMeter {
		t.Errorf("another worker, after it was learnt: %v, want other_meter", got)
	}
	learnt := e.Learnt()
	if want := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::7")}; !slices.Equal(learnt, want) {
		t.Errorf("learnt %v, want %v", learnt, want)
	}
	e, tables = build()
	e.Restore(learnt)
	if got := verdict(e, tables, "192.0.2.1", flow.MeteredIngress); got != flow.OtherMeter {
		t.Errorf("after a restart: %v, want other_meter", got)
	}
	if got := verdict(e, tables, "192.0.2.2", flow.MeteredIngress); got != flow.Counted {
		t.Errorf("another exporter: %v, want counted", got)
	}
	if got := e.Learnt(); !slices.Equal(got, learnt) {
		t.Errorf("learnt after a restart: %v, want %v", got, learnt)
	}
}

// TestAdmit: dense numbers, one for each address, whoever asks at the same time.
func TestAdmit(t *testing.T) {
	names := &flow.Names{}
	e, err := NewExporters(ExportersConfig{
		Regions:         []Region{{"west", prefixes("192.0.2.0/24")}, {"east", prefixes("198.51.100.7/32", "2001:db8::/32")}},
		Overrides:       []Override{{Address: netip.MustParseAddr("192.0.2.3"), Name: "sjc-edge-1", Sampling: 1000}},
		SamplingDefault: 64, Names: names,
	})
	if err != nil {
		t.Fatal(err)
	}
	if x, ok := e.Admit(addr("198.51.100.8")); ok {
		t.Errorf("198.51.100.8 is in no region, admitted as %+v", x)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 200 {
				e.Admit(flow.AddrFrom4([]byte{192, 0, 2, byte(i)}))
			}
		})
	}
	wg.Wait()
	e.Admit(addr("2001:db8::1"))
	all := e.All()
	if len(all) != 201 {
		t.Fatalf("%d exporters, want 201", len(all))
	}
	for i, x := range all {
		again, ok := e.Admit(x.Address)
		if x.ID != uint32(i) || !ok || again != x {
			t.Errorf("exporter %d: %+v, again %+v", i, x, again)
		}
		region := "west"
		if i == 200 {
			region = "east"
		}
		if got := names.Regions.Value(uint32(x.Region)); got != region {
			t.Errorf("%v is in region %s, want %s", x.Address, got, region)
		}
	}
	named, _ := e.Admit(addr("192.0.2.3"))
	if named.Name != "sjc-edge-1" || named.Sampling != 1000 || named.SamplingDefault != 64 {
		t.Errorf("the exporter with an override: %+v", named)
	}
}

// TestAdmitIsBounded: forged senders in a wide region cannot fill the memory.
func TestAdmitIsBounded(t *testing.T) {
	for _, limit := range []int{0, 7} {
		testAdmitIsBounded(t, limit, cmp.Or(limit, maxExporters))
	}
}

func testAdmitIsBounded(t *testing.T, limit, most int) {
	t.Helper()
	e, err := NewExporters(ExportersConfig{Regions: []Region{{"r", prefixes("10.0.0.0/8")}}, Limit: limit, Names: &flow.Names{}})
	if err != nil {
		t.Fatal(err)
	}
	admitted := 0
	for i := range uint32(most + 1000) {
		if _, ok := e.Admit(flow.AddrFrom4([]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})); ok {
			admitted++
		}
	}
	if _, ok := e.Admit(addr("10.0.0.1")); admitted != most || !ok {
		t.Errorf("admitted %d, want %d; one known before: %v", admitted, most, ok)
	}
	if n := e.OverLimit(); n != 1000 {
		t.Errorf("%d refusals counted, want 1000", n)
	}
}

func TestNamesRunOut(t *testing.T) {
	names := &flow.Names{}
	for i := range 65_534 {
		names.Links.ID(strings.Repeat("x", i%7) + string(rune('a'+i%26)) + netip.AddrFrom4([4]byte{0, 0, byte(i >> 8), byte(i)}).String())
	}
	e, err := NewExporters(ExportersConfig{Names: names})
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewTables(Config{Links: []Link{{Name: "new", Kind: flow.LinkIX}}, Exporters: e, Names: names})
	if err == nil || !strings.Contains(err.Error(), `cannot add the link "new"`) {
		t.Errorf("a link beyond the last number: %v", err)
	}
}

// TestDatabaseLayouts reads each of the layouts that are promised.
func TestDatabaseLayouts(t *testing.T) {
	a := netip.MustParseAddr("192.0.2.9")
	as := func(record mmdbtype.DataType, want uint32) {
		t.Helper()
		d := openAS(t, writeDatabase(t, "asn.mmdb", "x", 4, map[string]mmdbtype.DataType{"192.0.2.0/24": record}))
		if got, err := d.AS(a); got != want || err != nil {
			t.Errorf("%v: AS %d, %v; want %d", record, got, err, want)
		}
		if got, err := d.AS(netip.MustParseAddr("2001:db8::1")); got != 0 || err != nil {
			t.Errorf("IPv6 in a database of IPv4: AS %d, %v; want 0", got, err)
		}
	}
	as(asRecord(64500), 64500)
	as(mmdbtype.Map{"asn": mmdbtype.String("AS4200000001")}, 4200000001)
	as(mmdbtype.Map{"asn": mmdbtype.String("64500")}, 64500)
	as(mmdbtype.Map{"asn": mmdbtype.Uint32(64500)}, 64500)
	as(mmdbtype.Map{"autonomous_system_number": mmdbtype.Uint64(64500), "asn": mmdbtype.String("")}, 64500)

	geo := func(record mmdbtype.DataType, want flow.Place) {
		t.Helper()
		d := openGeo(t, writeDatabase(t, "city.mmdb", "x", 6, map[string]mmdbtype.DataType{"192.0.2.0/24": record}))
		if got, err := d.Place(a); got != want || err != nil {
			t.Errorf("%v: %+v, %v; want %+v", record, got, err, want)
		}
		if got, err := d.Place(netip.MustParseAddr("2001:db8::1")); got != (flow.Place{}) || err != nil {
			t.Errorf("an address that is not in the database: %+v, %v", got, err)
		}
	}
	geo(cityRecord("US", "CA", "San José"), flow.Place{Country: "US", Subdivision: "CA", City: "San José"})
	geo(mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String("SG")}}, flow.Place{Country: "SG"})
	geo(mmdbtype.Map{ // DB-IP City Lite
		"country":      mmdbtype.Map{"iso_code": mmdbtype.String("DE")},
		"subdivisions": mmdbtype.Slice{mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String("Hesse")}}},
		"city":         mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String("Frankfurt am Main")}},
	}, flow.Place{Country: "DE", Subdivision: "Hesse", City: "Frankfurt am Main"})
	geo(mmdbtype.Map{ // IPinfo
		"country": mmdbtype.String("FI"), "region": mmdbtype.String("Uusimaa"), "city": mmdbtype.String("Helsinki"),
	}, flow.Place{Country: "FI", Subdivision: "Uusimaa", City: "Helsinki"})
	geo(mmdbtype.Map{ // IPinfo with codes
		"country": mmdbtype.String("Finland"), "country_code": mmdbtype.String("FI"),
		"region": mmdbtype.String("Uusimaa"), "region_code": mmdbtype.String("18"), "city": mmdbtype.String("Helsinki"),
	}, flow.Place{Country: "FI", Subdivision: "18", City: "Helsinki"})
}

// TestDatabaseErrors: each a sentence with the file and what to do.
func TestDatabaseErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	city := writeDatabase(t, "city.mmdb", "GeoLite2-City", 6, map[string]mmdbtype.DataType{"192.0.2.0/24": cityRecord("US", "CA", "X")})
	whole, err := os.ReadFile(city)
	if err != nil {
		t.Fatal(err)
	}
	f := func(open func(string) (*Database, error), path string, want ...string) {
		t.Helper()
		d, err := open(path)
		if err == nil {
			d.Close()
			t.Errorf("%s: opened, want an error", path)
			return
		}
		for _, w := range append(want, path) {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not say %q", path, err, w)
			}
		}
	}
	f(OpenASDatabase, filepath.Join(dir, "none.mmdb"), "cannot find the database", "AS numbers", "or remove the key")
	f(OpenGeoDatabase, dir, "it is a folder")
	f(OpenGeoDatabase, write("empty.mmdb", nil), "damaged or cut off", "fetch it again")
	f(OpenGeoDatabase, write("text.mmdb", []byte("<html>404 not found</html>")), "no MMDB file")
	f(OpenGeoDatabase, write("cut.mmdb", whole[:len(whole)/2]), "damaged or cut off")
	f(OpenASDatabase, city, `of type "GeoLite2-City"`, "gives no AS numbers", "GeoLite2-ASN")
	f(OpenGeoDatabase, writeDatabase(t, "none.mmdb", "x", 6, nil), "gives no places")

	// Damage in the middle, where only reading everything finds it.
	damaged := slices.Clone(whole)
	at := strings.Index(string(damaged), "subdivisions")
	if at < 0 {
		t.Fatal("the database does not hold the text to damage")
	}
	damaged[at-1] = 0xff
	path := write("damaged.mmdb", damaged)
	d, err := OpenGeoDatabase(path)
	if err == nil {
		defer d.Close()
		err = d.Verify()
	}
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged database: %v", err)
	}
}

// TestDatabaseErrorsAreCounted: a record that cannot be read costs its place, not the flow.
func TestDatabaseErrorsAreCounted(t *testing.T) {
	path := writeDatabase(t, "city.mmdb", "GeoLite2-City", 6, map[string]mmdbtype.DataType{
		"192.0.2.0/24": cityRecord("US", "CA", "X"), "198.51.100.0/24": mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String("damageme")}},
	})
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(data), "damageme")
	data[at-1] = 0xff // a control byte that no type has
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	names := &flow.Names{}
	e, err := NewExporters(ExportersConfig{Regions: []Region{{"r", prefixes("192.0.2.0/24")}}, Names: names})
	if err != nil {
		t.Fatal(err)
	}
	tables, err := NewTables(Config{Own: prefixes("203.0.113.0/24"), Geo: openGeo(t, path), Exporters: e, Names: names})
	if err != nil {
		t.Fatal(err)
	}
	x, _ := e.Admit(addr("192.0.2.1"))
	ledger := &flow.Ledger{}
	ledger.Open(x, 1)
	p := New(tables, ledger)
	flows := []flow.Flow{
		{Src: addr("203.0.113.1"), Dst: addr("198.51.100.1"), Octets: 1},
		{Src: addr("203.0.113.1"), Dst: addr("192.0.2.9"), Octets: 1},
	}
	p.Place(flows)
	if flows[0].Verdict != flow.Counted || flows[0].Place != 0 || p.DatabaseErrors() != 1 {
		t.Errorf("a damaged record: %+v, %d errors; want it counted without place, 1", flows[0], p.DatabaseErrors())
	}
	if got := names.Places.Value(flows[1].Place); got.City != "X" {
		t.Errorf("a record that is well: %+v", got)
	}
}

// TestExplain agrees with Place, and lists the entries in the order in which they are tried.
func TestExplain(t *testing.T) {
	tables, exporters := benchTables(t, 1000)
	x, _ := exporters.Admit(addr("192.0.2.1"))
	ledger := &flow.Ledger{}
	ledger.Open(x, 1)
	p := New(tables, ledger)
	flows := benchFlows(200, 10_000, false)
	for i := range flows { // so that the database decides
		flows[i].SrcAS, flows[i].DstAS = 0, 0
	}
	p.Place(flows)
	named := 0
	for i := range flows {
		f := &flows[i]
		got, err := tables.Explain(f.Remote.Netip(), flow.SlotOf(f.Start))
		if err != nil {
			t.Fatal(err)
		}
		names := tables.config.Names
		if got.Own.IsValid() || got.AS != f.AS || got.Prefix != names.Prefixes.Value(f.Prefix) || got.Place != names.Places.Value(f.Place) {
			t.Fatalf("%v is explained %+v, placed %+v", f.Remote, got, f)
		}
		if got.Prefix != "" {
			named++
			if len(got.Named) != 1 || got.Named[0].Name != got.Prefix || !got.Named[0].Prefix.Contains(f.Remote.Netip()) {
				t.Fatalf("%v: entries %+v", f.Remote, got.Named)
			}
		}
	}
	if named == 0 {
		t.Error("no address in a named prefix: the test shows nothing")
	}
	own, err := tables.Explain(netip.MustParseAddr("203.0.113.7"), 1)
	if err != nil || own.Own != netip.MustParsePrefix("203.0.113.0/24") {
		t.Errorf("an own address: %+v, %v", own, err)
	}
	exporter, err := tables.Explain(netip.MustParseAddr("::ffff:192.0.2.1"), 1)
	if err != nil || exporter.Region != "here" {
		t.Errorf("an exporter's address, mapped to IPv6: %+v, %v", exporter, err)
	}
}
