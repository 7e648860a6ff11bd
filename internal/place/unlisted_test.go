package place

import (
	"maps"
	"math/rand/v2"
	"net/netip"
	"testing"

	"tributary/internal/flow"
)

// unlistedKey is an interface, or with rest all further ones, of an exporter.
type unlistedKey struct {
	exporter flow.Addr
	index    uint32
	rest     bool
}

// unlistedSum is octets and flows, in and out.
type unlistedSum struct{ octets, flows [2]uint64 }

func sumUnlisted(to map[unlistedKey]unlistedSum, rows []Unlisted) {
	for _, r := range rows {
		key := unlistedKey{r.Exporter, r.Index, r.Rest}
		s := to[key]
		for d := range s.octets {
			s.octets[d] += r.Octets[d]
			s.flows[d] += r.Flows[d]
		}
		to[key] = s
	}
}

// TestUnlistedTwin compares what crossed unlisted interfaces with the twin's links of the same flows,
// taken at any moments and summed.
func TestUnlistedTwin(t *testing.T) {
	directions := [2]int{}
	for seed := range uint64(30) {
		r := world{rand.New(rand.NewPCG(seed, 19))}
		sources := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8:ffff::1")}
		w, tables, _ := r.tables(t, sources)
		w.ignore = false // the twin's verdict of a flow over an unlisted interface, whatever becomes of it
		ledger := &flow.Ledger{}
		for _, a := range sources {
			x, _ := tables.config.Exporters.Admit(flow.AddrFrom(a))
			ledger.Open(x, 1)
		}
		p := New(tables, ledger)
		got, want := map[unlistedKey]unlistedSum{}, map[unlistedKey]unlistedSum{}
		for range 20 {
			flows := make([]flow.Flow, r.IntN(60))
			for i := range flows {
				flows[i] = r.flow(len(sources))
				f := &flows[i]
				if judge := w.place(f, sources[f.Exporter]); judge.verdict == flow.Counted && judge.link == "" {
					index := [2]uint32{f.InIf, f.OutIf}[judge.direction]
					row := Unlisted{Exporter: flow.AddrFrom(sources[f.Exporter]), Index: index}
					row.Octets[judge.direction], row.Flows[judge.direction] = f.Octets*f.Scale(), 1
					sumUnlisted(want, []Unlisted{row})
					directions[judge.direction]++
				}
			}
			p.Place(flows)
			if r.IntN(3) == 0 {
				sumUnlisted(got, p.TakeUnlisted(nil))
			}
		}
		sumUnlisted(got, p.TakeUnlisted(nil))
		if !maps.Equal(got, want) {
			t.Errorf("seed %d: crossed\n%v, want\n%v", seed, got, want)
		}
		if again := p.TakeUnlisted(nil); len(again) != 0 {
			t.Errorf("seed %d: taken twice: %v", seed, again)
		}
	}
	if directions[0] < 100 || directions[1] < 100 {
		t.Errorf("too few flows over unlisted interfaces: %v", directions)
	}
}

// unlistedFlows are so many flows in, each over an interface of its own that benchTables do not list.
func unlistedFlows(n int) []flow.Flow {
	flows := benchFlows(2*n, 10_000, false)
	out := flows[:0]
	for i := 1; i < len(flows); i += 2 {
		f := flows[i]
		f.InIf = uint32(1000 + i)
		out = append(out, f)
	}
	return out
}

// TestUnlistedIsBounded: interfaces beyond the bound are counted together, and nothing is lost.
func TestUnlistedIsBounded(t *testing.T) {
	tables, exporters := benchTables(t, 10)
	x, _ := exporters.Admit(addr("192.0.2.1"))
	ledger := &flow.Ledger{}
	ledger.Open(x, 1)
	p := New(tables, ledger)
	flows := unlistedFlows(maxUnlisted + 500)
	for range 2 {
		p.Place(flows)
		rows := p.TakeUnlisted(nil)
		var octets uint64
		for _, r := range rows {
			octets += r.Octets[flow.Ingress]
		}
		last := rows[len(rows)-1]
		if len(rows) != maxUnlisted+1 || !last.Rest || last.Flows != [2]uint64{500, 0} || octets != uint64(len(flows))*1000*1000 {
			t.Fatalf("%d rows, the last %+v, %d octets; want %d, the last of 500 flows, and all octets", len(rows), last, octets, maxUnlisted+1)
		}
	}
	p.unlisted = maxUnlistedTotal
	y, _ := exporters.Admit(addr("192.0.2.2"))
	ledger.Open(y, 1)
	for i := range flows {
		flows[i].Exporter = y.ID
	}
	p.Place(flows)
	if rows := p.TakeUnlisted(nil); len(rows) != 1 || !rows[0].Rest || rows[0].Exporter != y.Address {
		t.Errorf("beyond the bound of all exporters: %d rows, want one of the rest", len(rows))
	}
}

// TestUnlistedAllocatesNothing: for interfaces that were seen before, and where the rows fit.
func TestUnlistedAllocatesNothing(t *testing.T) {
	tables, exporters := benchTables(t, 10)
	x, _ := exporters.Admit(addr("192.0.2.1"))
	ledger := &flow.Ledger{}
	ledger.Open(x, 1)
	p := New(tables, ledger)
	flows := unlistedFlows(500)
	p.Place(flows)
	rows := p.TakeUnlisted(nil)
	if len(rows) != len(flows) {
		t.Fatalf("%d interfaces, want %d", len(rows), len(flows))
	}
	if n := testing.AllocsPerRun(10, func() {
		p.Place(flows)
		rows = p.TakeUnlisted(rows[:0])
	}); n != 0 {
		t.Errorf("allocs = %v, want 0", n)
	}
}

// BenchmarkUnlisted is what the counters cost a flow whose interface is in no link, beside one whose
// interface is in one.
func BenchmarkUnlisted(b *testing.B) {
	tables, exporters := benchTables(b, 20_000)
	x, _ := exporters.Admit(addr("192.0.2.1"))
	for _, unlisted := range []bool{false, true} {
		name := "listed"
		if unlisted {
			name = "unlisted"
		}
		b.Run(name, func(b *testing.B) {
			ledger := &flow.Ledger{}
			ledger.Open(x, 1)
			p := New(tables, ledger)
			flows := benchFlows(32, 10_000, false)
			for i := range flows {
				if unlisted {
					flows[i].InIf, flows[i].OutIf = uint32(500+i), uint32(600+i)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				p.Place(flows)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(flows)), "ns/flow")
		})
	}
}
