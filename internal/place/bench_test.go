package place

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter/mmdbtype"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
)

// benchTables are tables with databases of so many networks and 200 named prefixes.
func benchTables(b testing.TB, networks int) (*Tables, *Exporters) {
	b.Helper()
	ases, cities := map[string]mmdbtype.DataType{}, map[string]mmdbtype.DataType{}
	for i := range networks {
		prefix := fmt.Sprintf("%d.%d.%d.0/24", 11+i>>12, i>>4&255, i&15<<4)
		ases[prefix] = asRecord(uint32(i%3000 + 1))
		cities[prefix] = cityRecord("US", "CA", fmt.Sprint("city ", i%2000))
	}
	var text strings.Builder
	text.WriteString("prefixes:\n")
	for i := range 200 {
		fmt.Fprintf(&text, "  - {prefix: 11.%d.0.0/19, name: net %d, type: neocloud}\n", i, i)
	}
	file := filepath.Join(b.TempDir(), "networks.yaml")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	cat, err := catalogue.Load([]string{file})
	if err != nil {
		b.Fatal(err)
	}
	names := &flow.Names{}
	exporters, err := NewExporters(ExportersConfig{Regions: []Region{{"here", prefixes("192.0.2.0/24")}}, Names: names})
	if err != nil {
		b.Fatal(err)
	}
	tables, err := NewTables(Config{
		Own: prefixes("203.0.113.0/24", "198.51.100.0/24", "2001:db8:40::/44"), OwnAS: []uint32{64496},
		Links: []Link{
			{Name: "a", Kind: flow.LinkTransit, Interfaces: []uint32{10, 11}},
			{Name: "b", Kind: flow.LinkPNI, Interfaces: []uint32{12, 13}},
		},
		AS: openAS(b, writeDatabase(b, "asn.mmdb", "GeoLite2-ASN", 6, ases)), Geo: openGeo(b, writeDatabase(b, "city.mmdb", "GeoLite2-City", 6, cities)),
		Catalogue: cat, Exporters: exporters, Names: names,
	})
	if err != nil {
		b.Fatal(err)
	}
	return tables, exporters
}

// benchFlows are flows with remote addresses of a Zipf distribution over population addresses, as
// traffic has, or evenly distributed over all of IPv4, as scans and spoofed sources are.
func benchFlows(n, population int, even bool) []flow.Flow {
	rnd := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rnd, 1.1, 10, uint64(population-1))
	flows := make([]flow.Flow, n)
	for i := range flows {
		k := uint32(zipf.Uint64()) * 2654435761 // spreads ranks over addresses
		if even {
			k = rnd.Uint32() | 1<<31
		}
		remote := netip.AddrFrom4([4]byte{byte(11 + k>>28&3), byte(k >> 20), byte(k >> 12), byte(k >> 4)})
		if even {
			remote = netip.AddrFrom4([4]byte{byte(k >> 24), byte(k >> 16), byte(k >> 8), byte(k)})
		}
		own := netip.AddrFrom4([4]byte{203, 0, 113, byte(rnd.Uint32())})
		flows[i] = flow.Flow{
			Src: flow.AddrFrom(remote), Dst: flow.AddrFrom(own), Octets: 1000, Packets: 2, Rate: 1000,
			Start: 1_760_000_000_000, End: 1_760_000_010_000, SrcAS: 15169, DstAS: 64496, InIf: 11, OutIf: 13,
		}
		if i%2 == 0 {
			f := &flows[i]
			f.Src, f.Dst, f.SrcAS, f.DstAS = f.Dst, f.Src, f.DstAS, f.SrcAS
		}
	}
	return flows
}

// BenchmarkPlace shows that remembering answers pays, and how many of IPv6 to remember: the remote
// addresses are the same in number and distribution for both versions.
func BenchmarkPlace(b *testing.B) {
	tables, exporters := benchTables(b, 20_000)
	x, _ := exporters.Admit(flow.AddrFrom(netip.MustParseAddr("192.0.2.1")))
	f := func(name string, all []flow.Flow, size int, forget bool) {
		b.Run(name, func(b *testing.B) {
			ledger := &flow.Ledger{}
			ledger.Open(x, 1)
			p := newPlacer(tables, ledger, size)
			const batch = 32 // records in a datagram
			flows, at := make([]flow.Flow, batch), 0
			b.ReportAllocs()
			for b.Loop() {
				copy(flows, all[at:])
				at = (at + batch) % len(all)
				if p.Place(flows); !forget {
					continue
				}
				for i := range flows {
					p.asker.answers.by24[uint32(flows[i].Remote.Lo)>>8] = unasked
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch), "ns/flow")
		})
	}
	for _, population := range []int{10_000, 180_000, 1_000_000} {
		all := benchFlows(1<<18, population, false)
		f(fmt.Sprintf("IPv4-%d", population), all, remembered, false)
	}
	f("IPv4-180000-forgotten", benchFlows(1<<18, 180_000, false), remembered, true)
	f("IPv4-scan", benchFlows(1<<18, 1, true), remembered, false)
	for _, population := range []int{30_000, 180_000} {
		all := benchFlows(1<<18, population, false)
		for i := range all {
			side := &all[i].Src
			if i%2 == 0 {
				side = &all[i].Dst
			}
			*side = flow.Addr{Hi: 0x2a00<<48 | side.Lo&0xffff_ffff<<16}
		}
		for _, size := range []int{1, 1 << 14, 1 << 15, 1 << 16, 1 << 17} {
			f(fmt.Sprintf("IPv6-%d/remembered=%d", population, size), all, size, false)
		}
	}
}

func BenchmarkIsOwn(b *testing.B) {
	tables, _ := benchTables(b, 1000)
	flows := benchFlows(1<<12, 10_000, false)
	b.Run("blocks", func(b *testing.B) {
		for i := range b.N {
			f := &flows[i%len(flows)]
			if tables.isOwn(f.Src) == tables.isOwn(f.Dst) {
				b.Fatal("both or neither own")
			}
		}
	})
	b.Run("table", func(b *testing.B) {
		for i := range b.N {
			f := &flows[i%len(flows)]
			if tables.own.Contains(native(f.Src)) == tables.own.Contains(native(f.Dst)) {
				b.Fatal("both or neither own")
			}
		}
	})
}
