package place

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter/mmdbtype"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
)

// twin places one flow at a time by scanning lists, straight from the definitions.
type twin struct {
	own       []netip.Prefix
	ownAS     []uint32
	regions   []Region
	overrides []Override
	links     []Link
	ignore    bool
	sources   []ASSource
	entries   []twinEntry // all files, in order
	ases      map[netip.Prefix]uint32
	places    map[netip.Prefix]flow.Place

	metersBoth map[netip.Addr]bool // learnt
}

type twinEntry struct {
	prefix   netip.Prefix
	name     string
	from, to time.Time // UTC days, both included; zero = open
}

// placed is what is compared, with names instead of numbers.
type placed struct {
	verdict      flow.Verdict
	direction    flow.Direction
	version      uint8
	region, link string
	prefix       string
	as           uint32
	place        flow.Place
	remote       flow.Addr
}

func (w *twin) isOwn(a netip.Addr) bool {
	return slices.ContainsFunc(w.own, func(p netip.Prefix) bool { return p.Contains(a) })
}

func longest[T any](m map[netip.Prefix]T, a netip.Addr) (best T) {
	bits := -1
	for p, v := range m {
		if p.Contains(a) && p.Bits() > bits {
			best, bits = v, p.Bits()
		}
	}
	return best
}

func (w *twin) place(f *flow.Flow, exporter netip.Addr) placed {
	meter := MeterLearnt
	for _, o := range w.overrides {
		if o.Address == exporter {
			meter = o.Meter
		}
	}
	if f.Metering == flow.MeteredEgress && f.InIf != f.OutIf {
		w.metersBoth[exporter] = true
	}
	if meter == MeterLearnt && w.metersBoth[exporter] {
		meter = MeterBoth
	}
	src, dst := f.Src.Netip(), f.Dst.Netip()
	switch {
	case w.isOwn(src) && w.isOwn(dst):
		return placed{verdict: flow.Internal}
	case !w.isOwn(src) && !w.isOwn(dst):
		return placed{verdict: flow.Transit}
	}
	out := placed{direction: flow.Ingress, remote: f.Src}
	remote, as, ifIndex := src, f.SrcAS, f.InIf
	if w.isOwn(src) {
		out = placed{direction: flow.Egress, remote: f.Dst}
		remote, as, ifIndex = dst, f.DstAS, f.OutIf
	}
	kind := flow.LinkUnknown
	for _, l := range w.links {
		if l.Exporter.IsValid() && l.Exporter != exporter || len(l.Interfaces) > 0 && !slices.Contains(l.Interfaces, ifIndex) {
			continue
		}
		out.link, kind = l.Name, l.Kind
		break
	}
	wrongSide := false
	switch meter {
	case MeterIngress:
		wrongSide = f.Metering == flow.MeteredEgress
	case MeterEgress:
		wrongSide = f.Metering == flow.MeteredIngress
	case MeterBoth:
		wrongSide = out.direction == flow.Ingress && f.Metering != flow.MeteredIngress ||
			out.direction == flow.Egress && f.Metering != flow.MeteredEgress
	}
	switch {
	case kind == flow.LinkInternal:
		return placed{verdict: flow.InternalLink}
	case wrongSide:
		return placed{verdict: flow.OtherMeter}
	case out.link == "" && w.ignore:
		return placed{verdict: flow.UnlistedLink}
	}
	for _, r := range w.regions {
		for _, p := range r.Sources {
			if p.Contains(exporter) {
				out.region = r.Name
			}
		}
	}
	out.version = 6
	if remote.Is4() {
		out.version = 4
	}
	start := time.UnixMilli(f.Start).UTC().Truncate(5 * time.Minute)
	bits := -1
	for _, e := range w.entries {
		valid := (e.from.IsZero() || !start.Before(e.from)) && (e.to.IsZero() || start.Before(e.to.AddDate(0, 0, 1)))
		if valid && e.prefix.Contains(remote) && e.prefix.Bits() > bits {
			out.prefix, bits = e.name, e.prefix.Bits()
		}
	}
	unusable := as == 0 || as == 23456 || as >= 64512 && as <= 65535 || as >= 4200000000 || slices.Contains(w.ownAS, as)
	for _, s := range w.sources {
		candidate := as
		if s == ASFromDatabase {
			candidate = longest(w.ases, remote)
		} else if unusable {
			candidate = 0
		}
		if out.as = candidate; candidate != 0 {
			break
		}
	}
	out.place = longest(w.places, remote)
	return out
}

// world draws everything from few addresses, so that prefixes nest and collide.
type world struct{ *rand.Rand }

func (r world) addr() netip.Addr {
	if r.IntN(3) == 0 {
		return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 7: byte(r.IntN(4)), 14: byte(r.IntN(4)), 15: byte(r.IntN(256))})
	}
	return netip.AddrFrom4([4]byte{10, 0, byte(r.IntN(4)), byte(r.IntN(256))})
}

func (r world) prefix() netip.Prefix {
	a := r.addr()
	bits := a.BitLen() - r.IntN(12)
	if a.Is6() && r.IntN(2) == 0 {
		bits -= 60 // about 64, where what is remembered of a network ends
	}
	p, _ := a.Prefix(bits)
	return p
}

func (r world) as() uint32 {
	odd := []uint32{0, 1, 23455, 23456, 23457, 64496, 64500, 64511, 64512, 65535, 65536, 4199999999, 4200000000, 1<<32 - 1}
	return odd[r.IntN(len(odd))]
}

// catalogueFiles writes two files of entries about prefixes.
func (r world) catalogueFiles(t *testing.T) (files []string, entries []twinEntry) {
	for i := range 2 {
		var text strings.Builder
		text.WriteString("prefixes:\n")
		for range r.IntN(12) {
			n := r.IntN(6)
			e := twinEntry{prefix: r.prefix(), name: fmt.Sprint("net ", n)}
			line := fmt.Sprintf("prefix: %q, name: %s, type: %s", e.prefix, e.name, flow.NetworkType(n))
			if r.IntN(2) == 0 {
				e.from = time.Date(2025, 7, 1+r.IntN(3), 0, 0, 0, 0, time.UTC)
				line += ", from: " + e.from.Format(time.DateOnly)
			}
			if r.IntN(2) == 0 {
				e.to = time.Date(2025, 7, 3+r.IntN(3), 0, 0, 0, 0, time.UTC)
				line += ", to: " + e.to.Format(time.DateOnly)
			}
			fmt.Fprintf(&text, "  - {%s}\n", line)
			entries = append(entries, e)
		}
		file := filepath.Join(t.TempDir(), fmt.Sprintf("%d.yaml", i))
		if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files, entries
}

// tables draws a configuration and builds both sides from it.
func (r world) tables(t *testing.T, sources []netip.Addr) (*twin, *Tables, *flow.Names) {
	w := &twin{
		ownAS: []uint32{64500}, ignore: r.IntN(2) == 0, metersBoth: map[netip.Addr]bool{},
		ases: map[netip.Prefix]uint32{}, places: map[netip.Prefix]flow.Place{},
		sources: [][]ASSource{{ASFromFlow, ASFromDatabase}, {ASFromDatabase, ASFromFlow}, {ASFromFlow}, {ASFromDatabase}}[r.IntN(4)],
	}
	for range 1 + r.IntN(5) {
		w.own = append(w.own, r.prefix())
	}
	for i, a := range sources {
		w.regions = append(w.regions, Region{fmt.Sprint("region ", i), []netip.Prefix{netip.PrefixFrom(a, a.BitLen())}})
		if r.IntN(2) == 0 {
			w.overrides = append(w.overrides, Override{Address: a, Meter: Meter(r.IntN(5))})
		}
	}
	for range r.IntN(6) {
		n := r.IntN(5)
		l := Link{Name: fmt.Sprint("link ", n), Kind: flow.LinkKind(1 + n)}
		if r.IntN(2) == 0 {
			l.Exporter = sources[r.IntN(len(sources))]
		}
		for range r.IntN(4) {
			l.Interfaces = append(l.Interfaces, r.ifIndex())
		}
		w.links = append(w.links, l)
	}
	ases, cities := map[string]mmdbtype.DataType{"192.0.2.0/24": asRecord(9)}, map[string]mmdbtype.DataType{"192.0.2.0/24": cityRecord("X", "Y", "Z")}
	for i := range r.IntN(12) {
		p, q := r.prefix(), r.prefix()
		w.ases[p] = 100 + uint32(i)
		ases[p.String()] = asRecord(100 + uint32(i))
		w.places[q] = flow.Place{Country: "US", Subdivision: "CA", City: fmt.Sprint("city ", i)}
		cities[q.String()] = cityRecord("US", "CA", fmt.Sprint("city ", i))
	}
	files, entries := r.catalogueFiles(t)
	w.entries = entries
	cat, err := catalogue.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	names := &flow.Names{}
	exporters, err := NewExporters(ExportersConfig{Regions: w.regions, Overrides: w.overrides, Names: names})
	if err != nil {
		t.Fatal(err)
	}
	tables, err := NewTables(Config{
		Own: w.own, OwnAS: w.ownAS, Links: w.links, IgnoreUnlisted: w.ignore, ASSources: w.sources,
		AS:        openAS(t, writeDatabase(t, "asn.mmdb", "GeoLite2-ASN", 6, ases)),
		Geo:       openGeo(t, writeDatabase(t, "city.mmdb", "GeoLite2-City", 6, cities)),
		Catalogue: cat, Exporters: exporters, Names: names,
	})
	if err != nil {
		t.Fatal(err)
	}
	return w, tables, names
}

func (r world) ifIndex() uint32 {
	return []uint32{0, 1, 2, 3, 4095, 4096, 1 << 27, 1<<32 - 1}[r.IntN(8)]
}

func (r world) flow(exporters int) flow.Flow {
	start := time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(6*24*60)-24*60) * time.Minute).UnixMilli()
	if r.IntN(4) == 0 { // on, just before and just after the edge of a day
		start = time.Date(2025, 7, 1+r.IntN(6), 0, 0, 0, 0, time.UTC).UnixMilli() + int64(r.IntN(3)-1)
	}
	return flow.Flow{
		Src: flow.AddrFrom(r.addr()), Dst: flow.AddrFrom(r.addr()), SrcAS: r.as(), DstAS: r.as(),
		InIf: r.ifIndex(), OutIf: r.ifIndex(), Octets: r.Uint64N(1 << 20), Rate: uint32(r.IntN(3)), Packets: 1,
		Start: start, End: start + r.Int64N(1000), Metering: flow.Metering(r.IntN(20)) % 3, Exporter: uint32(r.IntN(exporters)),
		// What an earlier use of the memory left behind must not matter.
		Prefix: 1, Link: 1, Region: 1, Place: 1, AS: 1, Verdict: flow.Transit, Direction: flow.Both,
	}
}

// TestTwin compares Place with the twin on random tables and flows, and the books with the verdicts.
func TestTwin(t *testing.T) {
	var counted, named, inDatabase [2]int
	for seed := range uint64(30) {
		r := world{rand.New(rand.NewPCG(seed, 7))}
		sources := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8:ffff::1")}
		w, tables, names := r.tables(t, sources)
		ledger := &flow.Ledger{}
		var want [3]flow.Health
		for i, a := range sources {
			x, ok := tables.config.Exporters.Admit(flow.AddrFrom(a))
			if !ok || x.ID != uint32(i) {
				t.Fatalf("seed %d: exporter %v admitted %v as %d, want as %d", seed, a, ok, x.ID, i)
			}
			ledger.Open(x, 1).Datagrams = 1
		}
		p := newPlacer(tables, ledger, []int{1, 16, remembered}[seed%3])
		for range 40 {
			flows := make([]flow.Flow, r.IntN(40))
			for i := range flows {
				flows[i] = r.flow(len(sources))
			}
			before := slices.Clone(flows)
			p.Place(flows)
			for i := range flows {
				f := &flows[i]
				want[f.Exporter].Flows[f.Verdict]++
				want[f.Exporter].Octets[f.Verdict] += f.Octets * max(1, uint64(f.Rate))
				got := placed{verdict: f.Verdict}
				if f.Verdict == flow.Counted {
					got = placed{
						direction: f.Direction, version: f.Version, remote: f.Remote, as: f.AS,
						region: names.Regions.Value(uint32(f.Region)), link: names.Links.Value(uint32(f.Link)),
						prefix: names.Prefixes.Value(f.Prefix), place: names.Places.Value(f.Place),
					}
				}
				if judge := w.place(&before[i], sources[f.Exporter]); got != judge {
					t.Fatalf("seed %d: flow %+v\n got %+v\nwant %+v", seed, before[i], got, judge)
				}
				if f.Verdict == flow.Counted {
					counted[f.Direction]++
					named[min(1, f.Prefix)]++
					inDatabase[min(1, f.Place)]++
				}
			}
		}
		for i := range want {
			if h := ledger.Current(uint32(i)); h.Flows != want[i].Flows || h.Octets != want[i].Octets {
				t.Errorf("seed %d: books of exporter %d: flows %v, octets %v; want %v, %v", seed, i, h.Flows, h.Octets, want[i].Flows, want[i].Octets)
			}
		}
		if p.DatabaseErrors() != 0 {
			t.Errorf("seed %d: %d database errors", seed, p.DatabaseErrors())
		}
	}
	for _, n := range [...][2]int{counted, named, inDatabase} {
		if n[0] < 100 || n[1] < 100 {
			t.Errorf("the random flows are too alike: %v, %v, %v", counted, named, inDatabase)
		}
	}
}
