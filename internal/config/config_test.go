package config

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tributary/internal/flow"
	"tributary/internal/yamlfile"
)

// smallest is a valid configuration that says only what it must.
const smallest = "own: [203.0.113.0/24]\nregions:\n  - {name: Here, exporters: [192.0.2.1]}\n"

func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tributary.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t testing.TB, text string) (*Config, error) {
	t.Helper()
	return Load(write(t, text))
}

func TestLoadExample(t *testing.T) {
	path := filepath.Join("testdata", "every-key.yaml")
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	source := func(s string) Source { return Source{netip.MustParsePrefix(s)} }
	want := &Config{
		Data:    filepath.Join(dir, "data"),
		Own:     []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8:40::/44")},
		OwnAS:   []uint32{64496},
		Listen:  []string{":2055", ":4739", ":6343"},
		Workers: 3, ReceiveBuffer: 64 * MiB,
		Regions: []Region{
			{"US-West", []Source{source("192.0.2.1/32"), source("192.0.2.16/28")}},
			{"US-East", []Source{source("198.51.100.7/32"), source("2001:db8::7/128")}},
		},
		Exporters: []Exporter{
			{Address: netip.MustParseAddr("192.0.2.1"), Name: "sjc-edge-1", Sampling: 1000},
			{Address: netip.MustParseAddr("2001:db8::7"), Metering: MeterBoth},
		},
		SamplingDefault: 512,
		Links: []Link{
			{Name: "flexify", Exporter: netip.MustParseAddr("192.0.2.1"), Interfaces: []uint32{12, 13}, Kind: flow.LinkMigration, Provider: "Flexify"},
			{Name: "backbone", Interfaces: []uint32{99}, Kind: flow.LinkInternal},
		},
		UnlistedLinks: IgnoreUnlisted,
		Catalogue:     []string{filepath.Join(dir, "networks.yaml"), "/etc/tributary/more.yaml"},
		ASDatabase:    filepath.Join(dir, "asn.mmdb"),
		GeoDatabase:   "/var/lib/city.mmdb",
		ASSource:      []ASSource{ASFromDatabase, ASFromFlow},
		IPv6Prefix:    64,
		Store:         Store{Path: filepath.Join(dir, "elsewhere", "t.duckdb")},
		Journal:       Journal{Path: filepath.Join(dir, "spool"), MaxSize: 500 * GiB, MaxAge: Span(90 * time.Minute)},
		Console:       everyConsole(dir),
		Retention:     Retention{Slots: 400, Months: 3650},
		Publish:       Publish{MinAddresses: 20, MinNetworks: 4, MaxDominance: 0.8, Always: []flow.NetworkType{flow.CDN, flow.Migration}, Normalize: true},
		Limits: Limits{Exporters: 1, UnknownSenders: 2, Domains: 3, Templates: 4, TemplateOctets: 5 * MiB, Fields: 6, RecordOctets: 7, Samplers: 8,
			HeldOctets: 100 * KiB, HeldTotal: 100*KiB + 1, Waiting: 11, WaitingTotal: 12, Interfaces: 13, Agents: 14, Cells: 15, Rows: 16,
			Addresses: 17, OpenSlots: 18, PendingRows: 19},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got.StorePath() != want.Store.Path {
		t.Errorf("store path %s, want %s", got.StorePath(), want.Store.Path)
	}
	if got.JournalPath() != want.Journal.Path {
		t.Errorf("journal path %s, want %s", got.JournalPath(), want.Journal.Path)
	}
}

func TestLoadSmallest(t *testing.T) {
	got, err := load(t, smallest)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Data, want.Own, want.Regions = got.Data, got.Own, got.Regions
	if !reflect.DeepEqual(got, want) {
		t.Errorf("what the file does not say is not the default:\n got %+v\nwant %+v", got, want)
	}
	if !filepath.IsAbs(got.Data) || filepath.Base(got.Data) != "data" || got.StorePath() != filepath.Join(got.Data, "tributary.duckdb") {
		t.Errorf("data %s, store %s", got.Data, got.StorePath())
	}
	if got.JournalPath() != filepath.Join(got.Data, "journal") {
		t.Errorf("data %s, journal %s", got.Data, got.JournalPath())
	}
}

// TestPathsStayRelativeInTheWorkingFolder: whoever works beside the file sees what is written.
func TestPathsStayRelativeInTheWorkingFolder(t *testing.T) {
	t.Chdir(filepath.Dir(write(t, smallest)))
	c, err := Load("tributary.yaml")
	if err != nil || c.Data != "./data" {
		t.Errorf("data %q, %v; want ./data", c.Data, err)
	}
}

// TestMistakes is what an operator reads for each mistake. «» stands for the file's path.
func TestMistakes(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		path := write(t, text)
		_, err := Load(path)
		if err == nil {
			t.Errorf("no error for:\n%s", text)
			return
		}
		if got := strings.ReplaceAll(err.Error(), path, "«»"); got != strings.Join(want, "\n") {
			t.Errorf("for:\n%s\n got %s\nwant %s", text, got, strings.Join(want, "\n"))
		}
		var problem *yamlfile.Problem
		if !errors.As(err, &problem) || problem.File != path {
			t.Errorf("the error for %q holds no Problem of the file: %#v", text, problem)
		}
	}
	const ownMissing = "«»: own: is missing: list the prefixes of your platform, such as [203.0.113.0/24]; without them no flow has a remote side to count"
	const regionsMissing = "«»: regions: is missing: list at least one, such as {name: Here, exporters: [192.0.2.1]}; datagrams from addresses in no region are refused"
	f("", ownMissing, regionsMissing)
	f("# nothing yet\n", ownMissing, regionsMissing)
	f("own:\nregions: []\n",
		"«»:1: own: is missing: list the prefixes of your platform, such as [203.0.113.0/24]; without them no flow has a remote side to count",
		"«»:2: regions: is missing: list at least one, such as {name: Here, exporters: [192.0.2.1]}; datagrams from addresses in no region are refused")
	f(smallest+"retension: {slots: 8d}\n", "«»:4: retension: no such key; did you mean retention?")
	f(smallest+"publish: {min_adresses: 3, foo: 1}\n",
		"«»:4: publish.min_adresses: no such key; did you mean min_addresses?",
		"«»:4: publish.foo: no such key; the keys here are min_addresses, min_networks, max_dominance, always, normalize")
	f(smallest+"links:\n  - name: a\n    kind: transit\n  - name: b\n    kind: peering\n",
		`«»:8: links[1].kind: must be transit, ix, pni, migration or internal (got "peering")`)
	f(smallest+"links: [{name: a}]\n", "«»:4: links[0].kind: is missing: must be transit, ix, pni, migration or internal")
	f(smallest+"links: [{name: a, kind: ix, interfaces: [1, 0]}]\n",
		"«»:4: links[0].interfaces[1]: must be an ifIndex, 1 or more (got 0, which routers send for no interface)")
	f(smallest+"links: [{name: a, kind: ix, exporter: 10.0.0.1}]\n",
		"«»:4: links[0].exporter: 10.0.0.1 lies in no region, so its datagrams are refused: add it to the exporters of a region, or remove this")
	f(smallest+"links: [{name: a, kind: ix}, {name: a, kind: pni}]\n",
		`«»:4: links[1].name: "a" is the name of links[0] already, of another kind or provider: entries of one name are one link; make them agree, or choose another name`)
	f("own: [203.0.113.7/24, 203.0.113.9, \"2001:db8::/129\", \"::ffff:10.0.0.0/104\"]\n",
		`«»:1: own[0]: has address bits behind its length (got "203.0.113.7/24"): the network is 203.0.113.0/24; for the one address write 203.0.113.7/32`,
		`«»:1: own[1]: must be a prefix with its length (got "203.0.113.9"): write 203.0.113.9/32 for this one address alone, or the network it lies in`,
		`«»:1: own[2]: must be a prefix, such as 203.0.113.0/24 or "2001:db8::/32" (got "2001:db8::/129")`,
		`«»:1: own[3]: is an IPv4 prefix written as IPv6 (got "::ffff:10.0.0.0/104"): write it as IPv4`)
	f("own: 203.0.113.0/24\n", `«»:1: own: must be a list: write [203.0.113.0/24] (got "203.0.113.0/24")`)
	f("own: [10.0.0.0/8]\nregions: [{name: a, exporters: [192.0.2.1, 2001:db8::1]}]\n", "«»:2: regions[0].exporters[1]: must be one value, not keys and values; put a value that holds a colon, such as an IPv6 address, in quotes")
	f("own: [10.0.0.0/8, 10.0.0.0/8]\nregions: [{name: r, exporters: [10.1.0.0/16]}]\n", "«»:1: own[1]: 10.0.0.0/8 is listed already as own[0]: remove one")
	f("own: [10.0.0.0/8]\nown: [11.0.0.0/8]\n", `«»:2: cannot be read as YAML: mapping key "own" already defined at [1:1]`)
	f("own: [10.0.0.0/8]\nregions:\n  - {name: a, exporters: [10.1.0.0/16]}\n  - {name: b, exporters: [10.1.2.3]}\n",
		`«»:4: regions[1].exporters[0]: 10.1.2.3 overlaps 10.1.0.0/16 of region "a" (regions[0]): an exporter stands in one region; remove or narrow one of the two`)
	f("own: [10.0.0.0/8]\nregions:\n  - {name: a, exporters: [10.1.2.3]}\n  - {name: b, exporters: [10.1.0.0/16]}\n",
		`«»:4: regions[1].exporters[0]: 10.1.0.0/16 overlaps 10.1.2.3 of region "a" (regions[0]): an exporter stands in one region; remove or narrow one of the two`)
	f("own: [10.0.0.0/8]\nregions:\n  - {name: a, exporters: [10.1.2.3]}\n  - {name: a, exporters: [10.1.2.4]}\n  - {name: all, exporters: [x]}\n",
		`«»:5: regions[2].exporters[0]: must be an address or a prefix, such as 192.0.2.1 or 192.0.2.16/28 (got "x")`)
	f("own: [10.0.0.0/8]\nregions:\n  - {name: a, exporters: [10.1.2.3]}\n  - {name: a, exporters: [10.1.2.4]}\n  - {name: all}\n  - {exporters: [10.0.0.9]}\n",
		`«»:4: regions[1].name: "a" is the name of regions[0] already: put all its exporters into one region, or choose another name`,
		`«»:5: regions[2].name: must not be all: that is the name of the total over regions in the dataset`,
		`«»:5: regions[2].exporters: is missing: list the addresses or prefixes that the region's routers send from, such as [192.0.2.1, 192.0.2.16/28]`,
		`«»:6: regions[3].name: is missing: give it a name`)
	f(smallest+"exporters:\n  - {address: 192.0.2.1, name: a}\n  - {address: 192.0.2.1}\n  - {address: 192.0.2.9}\n  - {name: x}\n",
		"«»:6: exporters[1].address: 192.0.2.1 is exporters[0] already: write both as one entry",
		"«»:7: exporters[2].address: 192.0.2.9 lies in no region, so its datagrams are refused: add it to the exporters of a region, or remove this",
		"«»:8: exporters[3].address: is missing: give the address that it sends from")
	f(smallest+"exporters: [{address: 192.0.2.1, metering: out, sampling: 1k}]\n",
		`«»:4: exporters[0].metering: must be ingress, egress, both or any (got "out")`,
		`«»:4: exporters[0].sampling: must be a whole number from 0 to 4294967295 (got "1k")`)
	f(smallest+"unlisted_links: drop\n", `«»:4: unlisted_links: must be count or ignore (got "drop")`)
	f(smallest+"as_source: [flow, flow]\n", "«»:4: as_source[1]: flow is listed already")
	f(smallest+"as_source: []\n", "«»:4: as_source: must name flow, database or both, the first one first")
	f(smallest+"ipv6_prefix: 0\n", "«»:4: ipv6_prefix: must be from 1 to 128: 128 counts whole addresses, 64 counts subnets (got 0)")
	f(smallest+"retention: {slots: 8 weeks}\n", `«»:4: retention.slots: must be a number of days from 1d to 36525d, such as 800d, or forever (got "8 weeks")`)
	f(smallest+"retention: {months: 30d}\n", "«»:4: retention.months: must not be shorter than retention.slots (got 30d and 800d): months are made of slots")
	f(smallest+"publish: {max_dominance: 90, min_networks: -1}\n",
		"«»:4: publish.min_networks: must be 0 or more (got -1)",
		"«»:4: publish.max_dominance: must be a share above 0 and at most 1, such as 0.9 for 90 % (got 90)")
	f(smallest+"publish: {max_dominance: .nan}\n", `«»:4: publish.max_dominance: must be a number (got ".nan")`)
	f(smallest+"publish: {always: [cloud]}\n", `«»:4: publish.always[0]: must be cdn, hosting, hyperscaler, isp-regional, isp-tier1, neocloud, migration or other (got "cloud")`)
	f(smallest+"publish: {normalize: yes}\n", `«»:4: publish.normalize: must be true or false (got "yes")`)
	f(smallest+"listen: [2055, \":2055\", \":2055\", \":70000\"]\n",
		`«»:4: listen[0]: must be an address and a port, such as :2055 (got "2055")`,
		"«»:4: listen[2]: :2055 is listed already as listen[1]: remove one",
		`«»:4: listen[3]: must end in a port from 1 to 65535, or 0 for any free one, such as :2055 (got port "70000")`)
	f(smallest+"console: {listen: 8080}\n", `«»:4: console.listen: must be an address and a port, such as 127.0.0.1:8080 (got "8080")`)
	f(smallest+"journal: off\n", "«»:4: journal: must be keys and values (path, max_size, max_age), not \"off\"; to keep none, write journal: {max_size: 0}")
	f(smallest+"console:\n  - x\n", "«»:5: console: must be keys and values (listen, public_url, users, tokens, proxy, tls), not a list")
	f(smallest+"data: [x]\n", "«»:4: data: must be one value, not a list")
	f(smallest+"data: \"\"\n", "«»:4: data: is empty: name the folder to keep the statistics in, such as ./data")
	f(smallest+"data: &x y\n", "«»:4: data: anchors (&), aliases (*) and tags (!) are not used here: write the value itself, in quotes if it begins with one of these signs")
	f(smallest+"catalogue: [a.yaml, a.yaml, \"\"]\n",
		"«»:4: catalogue[1]: a.yaml is listed already as catalogue[0]: remove one",
		"«»:4: catalogue[2]: is empty: name a file, or remove it")
	f(smallest+"own_as: [64496, 0]\n", "«»:4: own_as[1]: must be an AS number, from 1 to 4294967295 (got 0)")
	f(smallest+"workers: 300\n", "«»:4: workers: must be from 1 to 256, or 0 for one on each core (got 300)")
	f(smallest+"workers: auto\n", `«»:4: workers: must be a whole number (got "auto")`)
	f(smallest+"receive_buffer: 64KiB\n", "«»:4: receive_buffer: must be from 256KiB to 1GiB: less holds only a few of the longest datagrams, more the kernel cannot give (got 64KiB)")
	f(smallest+"receive_buffer: 33554432\n", `«»:4: receive_buffer: must be a whole number of KiB, MiB, GiB or TiB, such as 64MiB or 16GiB (got "33554432"): it has no unit; write 33554432MiB, or 33554432B for single octets`)
	f(smallest+"journal: {max_size: 16GB, max_age: 6 hours}\n",
		`«»:4: journal.max_size: must be a whole number of KiB, MiB, GiB or TiB, such as 64MiB or 16GiB (got "16GB"): write 16GiB`,
		`«»:4: journal.max_age: must be a number of minutes, hours or days from 1m to 365d, such as 90m, 6h or 2d (got "6 hours")`)
	f(smallest+"journal: {max_size: 1KiB, max_age: 5m}\n",
		"«»:4: journal.max_size: must be from 1MiB to 1024TiB, or 0 for no journal (got 1KiB)",
		"«»:4: journal.max_age: must be whole minutes from 10m to 365d: a datagram waits up to 5 minutes for the end of its slot, and then for the commit (got 5m)")
	f(smallest+"limits: {cells: 0, fields: 16384, record_octets: 65536, open_slots: 1}\n",
		"«»:4: limits.fields: must be from 1 to 16383: a field takes 4 octets of a datagram's at most 65535 (got 16384)",
		"«»:4: limits.record_octets: must be from 1 to 65535: no datagram holds a longer record (got 65536)",
		"«»:4: limits.cells: must be from 1 to 1000000000: a bound cannot be off, or one exporter could take all memory (got 0)",
		"«»:4: limits.open_slots: must be from 2 to 1000000000: at the end of a slot flows of two are still coming (got 1)")
	f(smallest+"limits: {held_octets: 0, template_octets: 2TiB}\n",
		"«»:4: limits.template_octets: must be from 1MiB to 1TiB: less does not hold the templates of a few exporters (got 2TiB)",
		"«»:4: limits.held_octets: must be from 64KiB to 1TiB: a datagram can have that much to hold (got 0)")
	f(smallest+"limits:\n  held_octets: 128MiB\n  waiting: 300000\n  pending_rows: 1000000\n",
		"«»:4: limits.held_total: must not be less than limits.held_octets (got 64MiB and 128MiB): it bounds all exporters together, that one exporter",
		"«»:4: limits.waiting_total: must not be less than limits.waiting (got 262144 and 300000): it bounds all exporters together, that one exporter",
		"«»:7: limits.pending_rows: must not be less than limits.rows (got 1000000 and 2000000): what is committed at once could then not wait for the store")
	f(smallest+"limits: {template: 5}\n", "«»:4: limits.template: no such key; did you mean templates?")
	f(smallest+"---\nown: []\n", "«»:5: a second document (after ---): write everything in one")
	f("- own\n", "«»:1: must be keys and values (data, own, own_as, listen, workers, receive_buffer, regions, exporters, sampling_default, links, unlisted_links, catalogue, as_database, geo_database, as_source, ipv6_prefix, store, journal, console, retention, publish, limits), not a list")
}

// TestNotYAML: what the YAML library says stands after the file and line.
func TestNotYAML(t *testing.T) {
	for _, text := range []string{"own: [10.0.0.0/8\n", "a: b: c\n", "\x00\x01\x02", "own:\n\t- x\n"} {
		path := write(t, text)
		_, err := Load(path)
		if err == nil || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("%q: %v; want an error that begins with the file", text, err)
		}
	}
}

func TestFileErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(filepath.Join(dir, "tributary.yaml"))
	if err == nil || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "cannot find the configuration") {
		t.Fatalf("a missing file: %v", err)
	}
	// The lines that it advises to begin with are a configuration.
	_, lines, _ := strings.Cut(err.Error(), "\n\n")
	if _, err := load(t, lines); err != nil {
		t.Errorf("the advised lines:\n%s%v", lines, err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "it is a folder") {
		t.Errorf("a folder: %v", err)
	}
	big := filepath.Join(dir, "capture.pcap")
	if err := os.WriteFile(big, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(big, maxFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(big); err == nil || !strings.Contains(err.Error(), "is it another file?") {
		t.Errorf("a huge file: %v", err)
	}
}

func TestTooMany(t *testing.T) {
	c := Default()
	c.Own = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}
	for i := range maxNumbered + 1 {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		c.Regions = append(c.Regions, Region{fmt.Sprint("r", i), []Source{{netip.PrefixFrom(a, 32)}}})
		c.Links = append(c.Links, Link{Name: fmt.Sprint("l", i), Kind: flow.LinkIX})
	}
	err := c.Validate()
	if want := "regions: must be at most 65000 (got 65001)\nlinks: must be at most 65000 (got 65001)"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	c.Regions, c.Links = c.Regions[1:], c.Links[1:]
	if err := c.Validate(); err != nil {
		t.Errorf("65,000 of each: %v", err)
	}
}

// TestPrintLoadsBack draws configurations, prints and reads them.
func TestPrintLoadsBack(t *testing.T) {
	for seed := range uint64(300) {
		c := random(rand.New(rand.NewPCG(seed, 3)))
		if err := c.Validate(); err != nil {
			t.Fatalf("seed %d: the drawn configuration is wrong: %v", seed, err)
		}
		path := write(t, string(c.YAML()))
		got, err := Load(path)
		if err != nil {
			t.Fatalf("seed %d:\n%s%v", seed, c.YAML(), err)
		}
		if !reflect.DeepEqual(got, c) {
			t.Fatalf("seed %d:\n%s got %+v\nwant %+v", seed, c.YAML(), got, c)
		}
	}
}

// awkward are names that YAML could take for something else.
var awkward = []string{"a", "US-West", "true", "no", "Null", "~", "1", "1.5", "0x1f", "1e3", "2025-07-01", "a: b", "#x", "a #b", "- x", "[x]", "{x}", "*a", "&a",
	"!t", "'q'", `"q"`, `back\slash`, "ö ü", "日本", "%x", "@x", "`x`", "a,b", "?", "x?", "|", ">", ".5", ".", "..", "=", "<<", "a'b", "1_000", "12:30", "x\u00a0\u00ady", "🙂"}

func random(r *rand.Rand) *Config {
	c := Default()
	name := func(i int) string { return fmt.Sprint(awkward[r.IntN(len(awkward))], i) }
	c.Data, c.ASDatabase, c.GeoDatabase = "/"+name(0), "/"+name(1), ""
	c.Own = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}[r.IntN(2):]
	c.Listen = [][]string{nil, {":0"}, {"[::1]:2055", "127.0.0.1:2055"}}[r.IntN(3)]
	for i := range 1 + r.IntN(3) {
		a := netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})
		c.Regions = append(c.Regions, Region{name(i), []Source{{netip.PrefixFrom(a, 32)}, {netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, byte(i)}), 24)}}})
		if r.IntN(2) == 0 {
			c.Exporters = append(c.Exporters, Exporter{Address: a, Name: name(i), Sampling: r.Uint32(), Metering: []Metering{LearnMetering, MeterBoth}[r.IntN(2)]})
		}
		if r.IntN(2) == 0 {
			c.Links = append(c.Links, Link{Name: name(i), Exporter: a, Interfaces: []uint32{1, 1<<32 - 1}, Kind: flow.LinkKind(1 + r.IntN(5)), Provider: awkward[r.IntN(len(awkward))]})
		} else {
			c.Links = append(c.Links, Link{Name: name(i), Kind: flow.LinkKind(1 + r.IntN(5))})
		}
	}
	if r.IntN(2) == 0 {
		c.OwnAS = []uint32{1, 1<<32 - 1}
		c.Catalogue = []string{"/" + name(0), "/" + name(7)}
		c.ASSource = []ASSource{ASFromDatabase}
		c.UnlistedLinks = IgnoreUnlisted
		c.Retention = Retention{Slots: Forever, Months: Forever}
		c.Publish = Publish{MinAddresses: 0, MinNetworks: 1, MaxDominance: []float64{1e-7, 1, 0.3333333333333333}[r.IntN(3)], Always: []flow.NetworkType{flow.Other, flow.CDN}, Normalize: true}
		c.Store.Path = "/" + name(3)
		c.Journal = Journal{Path: "/" + name(5), MaxSize: []Size{0, MiB, 3*MiB + 1, maxSize}[r.IntN(4)], MaxAge: Span(10+r.IntN(5000)) * Span(time.Minute)}
		c.Workers, c.ReceiveBuffer = r.IntN(maxWorkers+1), 256*KiB+Size(r.IntN(1<<20))
		c.Console = everyConsole("/etc")
		c.Limits.OpenSlots, c.Limits.HeldTotal = 2+r.IntN(1000), c.Limits.HeldOctets+Size(r.IntN(1<<30))
	}
	return c
}

// FuzzLoad: nothing that stands in a file may end the program, and what loads must load back.
func FuzzLoad(f *testing.F) {
	f.Add(smallest)
	f.Add("own: [203.0.113.7/24]\nregoins:\n  - &a {name: *a}\n? x\n: y\n--- !t\n<<: {a: b}\n")
	if data, err := os.ReadFile(filepath.Join("testdata", "every-key.yaml")); err == nil {
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := Default()
		if _, problems := yamlfile.Read("f", []byte(text), c, parsers()); len(problems) > 0 {
			if problems.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		if c.Validate() != nil {
			return
		}
		again := Default()
		if _, problems := yamlfile.Read("f", c.YAML(), again, parsers()); len(problems) > 0 {
			t.Fatalf("what was printed cannot be read: %v\n%s", problems, c.YAML())
		}
		if !reflect.DeepEqual(c, again) {
			t.Fatalf("printed and read back:\n%+v\nbefore:\n%+v", again, c)
		}
	})
}
