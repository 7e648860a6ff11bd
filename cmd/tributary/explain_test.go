package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// inFolder runs one command line in a folder and returns what it says.
func inFolder(t *testing.T, dir string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	t.Chdir(dir)
	var out, err bytes.Buffer
	m := &Main{Ctx: context.Background(), Stdout: &out, Stderr: &err}
	status = m.Run(args)
	return status, out.String(), err.String()
}

func putFile(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// writeMMDB makes a database of one network.
func writeMMDB(t *testing.T, path, databaseType, prefix string, record mmdbtype.Map) {
	t.Helper()
	w, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: databaseType, BuildEpoch: 1_760_000_000, IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	_, network, err := net.ParseCIDR(prefix)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Insert(network, record); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteTo(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// explainFolder holds a configuration with everything that explain speaks of.
func explainFolder(t *testing.T) string {
	dir := t.TempDir()
	putFile(t, dir, "tributary.yaml", `own: [203.0.113.0/24, 203.0.0.0/16]
own_as: [64496]
regions:
  - {name: US-West, exporters: [192.0.2.1, 198.51.100.0/28]}
links:
  - {name: flexify, interfaces: [12], kind: migration}
catalogue: [networks.yaml]
as_database: asn.mmdb
geo_database: city.mmdb
`)
	putFile(t, dir, "networks.yaml", `networks:
  - {as: 64500, name: Example, type: hosting, to: 2025-06-30}
  - {as: 64500, name: Example AI, type: neocloud, from: 2025-07-01}
  - {as: 64501, name: Example AI, type: neocloud}
prefixes:
  - {prefix: 192.0.2.0/24, name: Example net, type: hosting}
  - {prefix: 192.0.2.128/25, name: Example GPU, type: neocloud, metro: Ashburn, from: 2025-03-01}
`)
	writeMMDB(t, filepath.Join(dir, "asn.mmdb"), "GeoLite2-ASN", "192.0.0.0/8", mmdbtype.Map{"autonomous_system_number": mmdbtype.Uint32(64500)})
	writeMMDB(t, filepath.Join(dir, "city.mmdb"), "GeoLite2-City", "192.0.2.0/24", mmdbtype.Map{
		"country": mmdbtype.Map{"iso_code": mmdbtype.String("US")},
		"city":    mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String("Ashburn")}},
	})
	return dir
}

func TestExplain(t *testing.T) {
	dir := explainFolder(t)
	f := func(want string, args ...string) {
		t.Helper()
		status, got, stderr := inFolder(t, dir, append([]string{"explain"}, args...)...)
		if status != 0 || stderr != "" || got != want {
			t.Errorf("explain %v: status %d\n%s%s\nwant\n%s", args, status, got, stderr, want)
		}
	}
	f(`192.0.2.200 is remote: no prefix of own: holds it.

AS number  first the one that the flow names for the remote side, unless it is unusable (0, AS_TRANS, private, own_as)
           else AS64500, by the AS database asn.mmdb (GeoLite2-ASN of 2025-10-09)
           else 0, the network "unknown"
prefix     192.0.2.128/25, named "Example GPU", in the metropolitan area Ashburn
           networks.yaml:7: {prefix: 192.0.2.128/25, name: Example GPU, type: neocloud, metro: Ashburn, from: 2025-03-01}
network    Example GPU
type       neocloud on 2025-06-30, by the prefix's name
           networks.yaml:7: {prefix: 192.0.2.128/25, name: Example GPU, type: neocloud, metro: Ashburn, from: 2025-03-01}
           but migration over links of kind migration: "flexify"
place      country US, subdivision unknown, city Ashburn, by the geo database city.mmdb (GeoLite2-City of 2025-10-09)

prefixes that hold it, first valid one first (* = valid on 2025-06-30):
  * networks.yaml:7: {prefix: 192.0.2.128/25, name: Example GPU, type: neocloud, metro: Ashburn, from: 2025-03-01}
  * networks.yaml:6: {prefix: 192.0.2.0/24, name: Example net, type: hosting}

entries about AS64500, first valid one first (* = valid on 2025-06-30):
  * networks.yaml:2: {as: 64500, name: Example, type: hosting, to: 2025-06-30}
    networks.yaml:3: {as: 64500, name: Example AI, type: neocloud, from: 2025-07-01}
`, "192.0.2.200", "--at", "2025-06-30")
	f(`192.9.9.9 is remote: no prefix of own: holds it.

AS number  first the one that the flow names for the remote side, unless it is unusable (0, AS_TRANS, private, own_as)
           else AS64500, by the AS database asn.mmdb (GeoLite2-ASN of 2025-10-09)
           else 0, the network "unknown"
prefix     no named prefix of the catalogue holds it
network    Example AI, where the flow does not name another AS
type       neocloud on 2025-07-01, by AS64500
           networks.yaml:3: {as: 64500, name: Example AI, type: neocloud, from: 2025-07-01}
           but migration over links of kind migration: "flexify"
place      unknown: the geo database city.mmdb (GeoLite2-City of 2025-10-09) does not have the address

entries about AS64500, first valid one first (* = valid on 2025-07-01):
    networks.yaml:2: {as: 64500, name: Example, type: hosting, to: 2025-06-30}
  * networks.yaml:3: {as: 64500, name: Example AI, type: neocloud, from: 2025-07-01}
`, "192.9.9.9", "--at", "2025-07-01")
	f(`203.0.113.9 is own: it lies in 203.0.113.0/24 of own: in the configuration.

counted    the other side of its flows; a flow with another own address is internal and takes no part
`, "203.0.113.9")
	f(`AS64500 is in the network Example AI on 2025-07-01, where no named prefix holds the address.

type       neocloud on 2025-07-01, by AS64500
           networks.yaml:3: {as: 64500, name: Example AI, type: neocloud, from: 2025-07-01}
           but migration over links of kind migration: "flexify"
numbers    one network with AS 64500, 64501

entries about AS64500, first valid one first (* = valid on 2025-07-01):
    networks.yaml:2: {as: 64500, name: Example, type: hosting, to: 2025-06-30}
  * networks.yaml:3: {as: 64500, name: Example AI, type: neocloud, from: 2025-07-01}
`, "as64500", "--at", "2025-07-01")
	f(`AS64496 is in the network AS64496 on 2025-07-01, where no named prefix holds the address.

in flows   not taken: AS64496 is one of own_as; the next source of as_source decides
type       other on 2025-07-01: no entry of the catalogue about AS64496 is valid then
           to type it, add to a file of catalogue: under networks: - {as: 64496, name: …, type: …}
           but migration over links of kind migration: "flexify"
`, "AS64496", "--at", "2025-07-01")
	_, got, _ := inFolder(t, dir, "explain", "198.51.100.1")
	if !strings.Contains(got, "exporter   datagrams from this address are admitted, as of region US-West\n") {
		t.Errorf("an exporter's address is explained\n%s", got)
	}
}

// TestWrongUsage: each a sentence on standard error and status 2.
func TestWrongUsage(t *testing.T) {
	dir := explainFolder(t)
	f := func(want string, args ...string) {
		t.Helper()
		status, stdout, stderr := inFolder(t, dir, args...)
		if status != 2 || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%v: status %d, %q on standard output\n%s\nwant 2 and %q", args, status, stdout, stderr, want)
		}
	}
	f(`"x" is neither an address nor an AS number`, "explain", "x")
	f(`"AS-1" is not an AS number`, "explain", "AS-1")
	f(`"fe80::1%eth0" is neither`, "explain", "fe80::1%eth0")
	f(`--at: must be a UTC day, such as 2025-10-03 (got "2025Q4")`, "explain", "AS1", "--at", "2025Q4")
	f("cannot find the configuration none.yaml: name another with --config FILE, or begin with these lines", "check", "-c", "none.yaml")

	putFile(t, dir, "wrong.yaml", "own: [203.0.113.7/24]\n")
	f(`wrong.yaml:1: own[0]: has address bits behind its length (got "203.0.113.7/24")`, "check", "-c", "wrong.yaml")
	const base = "own: [203.0.113.0/24]\nregions: [{name: r, exporters: [192.0.2.1]}]\n"
	putFile(t, dir, "wrong.yaml", base+"as_database: none.mmdb\n")
	f("as_database: cannot find the database none.mmdb", "check", "-c", "wrong.yaml")
	putFile(t, dir, "wrong.yaml", base+"geo_database: tributary.yaml\n")
	f("geo_database: cannot open the database tributary.yaml: it is no MMDB file, or damaged or cut off", "check", "-c", "wrong.yaml")
	putFile(t, dir, "wrong.yaml", base+"geo_database: asn.mmdb\n")
	f("geo_database: cannot use the database asn.mmdb", "check", "-c", "wrong.yaml")
	putFile(t, dir, "wrong.yaml", base+"catalogue: [none.yaml]\n")
	f("cannot find the catalogue file none.yaml", "check", "-c", "wrong.yaml")
	putFile(t, dir, "bad.yaml", "networks: [{as: 1, name: X, type: cloud}]\n")
	putFile(t, dir, "wrong.yaml", base+"catalogue: [bad.yaml]\n")
	f(`bad.yaml:1: networks[0].type: must be cdn`, "check", "-c", "wrong.yaml")
}

func TestCheck(t *testing.T) {
	dir := explainFolder(t)
	status, got, stderr := inFolder(t, dir, "check")
	const want = "ok: tributary.yaml: 2 prefixes own, 1 region with 2 sources of exporters, 1 link, catalogue of 1078 AS entries and 2 prefixes, " +
		"AS database asn.mmdb (GeoLite2-ASN of 2025-10-09), geo database city.mmdb (GeoLite2-City of 2025-10-09), console on 127.0.0.1:8080 with no login\n"
	if status != 0 || stderr != "" || got != want {
		t.Errorf("check: status %d\n%s%swant\n%s", status, got, stderr, want)
	}
	status, printed, stderr := inFolder(t, dir, "check", "--print")
	if status != 0 || stderr != "" || !strings.HasPrefix(printed, "data: ./data\nown: [203.0.113.0/24, 203.0.0.0/16]\n") {
		t.Errorf("check --print: status %d\n%s%s", status, printed, stderr)
	}
	putFile(t, dir, "printed.yaml", printed)
	if _, again, _ := inFolder(t, dir, "check", "--print", "-c", "printed.yaml"); again != printed {
		t.Errorf("what was printed prints as\n%s\nnot as\n%s", again, printed)
	}
}
