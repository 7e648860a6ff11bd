package place

import (
	"cmp"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// writeDatabase makes an MMDB file of the records by prefix.
func writeDatabase(t testing.TB, name, databaseType string, ipVersion int, records map[string]mmdbtype.DataType) string {
	t.Helper()
	w, err := mmdbwriter.New(mmdbwriter.Options{
		DatabaseType: databaseType, IPVersion: ipVersion, RecordSize: 28,
		IncludeReservedNetworks: true, DisableIPv4Aliasing: true, BuildEpoch: 1_760_000_000,
	})
	if err != nil {
		t.Fatal(err)
	}
	order := slices.SortedFunc(maps.Keys(records), func(a, b string) int { // longer ones last: they cut holes
		return cmp.Compare(netip.MustParsePrefix(a).Bits(), netip.MustParsePrefix(b).Bits())
	})
	for _, prefix := range order {
		_, network, err := net.ParseCIDR(prefix)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Insert(network, records[prefix]); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), name)
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
	return path
}

// asRecord is a record as GeoLite2-ASN has it.
func asRecord(as uint32) mmdbtype.Map {
	return mmdbtype.Map{"autonomous_system_number": mmdbtype.Uint32(as), "autonomous_system_organization": mmdbtype.String("x")}
}

// cityRecord is a record as GeoLite2-City has it.
func cityRecord(country, subdivision, city string) mmdbtype.Map {
	return mmdbtype.Map{
		"country": mmdbtype.Map{"iso_code": mmdbtype.String(country), "names": mmdbtype.Map{"en": mmdbtype.String("name of " + country)}},
		"subdivisions": mmdbtype.Slice{
			mmdbtype.Map{"iso_code": mmdbtype.String(subdivision)},
			mmdbtype.Map{"iso_code": mmdbtype.String("inner")},
		},
		"city": mmdbtype.Map{"names": mmdbtype.Map{"de": mmdbtype.String("nicht " + city), "en": mmdbtype.String(city)}},
	}
}

func openAS(t testing.TB, path string) *Database {
	t.Helper()
	d, err := OpenASDatabase(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func openGeo(t testing.TB, path string) *Database {
	t.Helper()
	d, err := OpenGeoDatabase(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, s := range texts {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}
