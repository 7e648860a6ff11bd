package simulate

import (
	"math"
	"testing"

	"tributary/internal/flow"
)

// acted is what the fleet metered, by month of the story, region, type, direction and IP version.
type acted struct {
	octets    [][numRegions][flow.NumNetworkTypes][2][2]float64
	slots     map[slotCell]float64                         // octets by slot, region and type
	rows      map[rowKey]struct{}                          // of the first month only
	addresses [flow.NumNetworkTypes]map[flow.Addr]struct{} // of the first month only
}

type slotCell struct {
	slot   flow.Slot
	region int
	typ    flow.NetworkType
	dir    flow.Direction
}

type rowKey struct {
	slot    flow.Slot
	link    int
	network int
	dir     flow.Direction
	version uint8
}

// act plays months of the story and sums what is metered, before any encoding.
func act(t *testing.T, months string) *acted {
	t.Helper()
	p, err := flow.ParseMonths(months)
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(Config{Seed: 1, From: p.From, To: p.To})
	if err != nil {
		t.Fatal(err)
	}
	a := &acted{octets: make([][numRegions][flow.NumNetworkTypes][2][2]float64, len(volumes)), slots: map[slotCell]float64{}, rows: map[rowKey]struct{}{}}
	for i := range a.addresses {
		a.addresses[i] = map[flow.Addr]struct{}{}
	}
	first := p.From.NextMonth()
	for ; f.slot < f.config.To; f.slot++ {
		if f.slot > p.From {
			f.meter()
		}
		month, _ := chapter(f.slot)
		for _, g := range f.regions {
			for _, o := range g.routers {
				for i := range o.pending {
					a.add(month, g.number, o, &o.pending[i], f.slot, f.slot < first)
				}
				o.pending = o.pending[:0]
			}
		}
	}
	return a
}

func (a *acted) add(month, region int, o *outlet, r *Record, slot flow.Slot, detailed bool) {
	src, dst := networkOf(r.Src), networkOf(r.Dst)
	if (src < 0) == (dst < 0) {
		return // internal or transit
	}
	number, dir, remote, outside := src, flow.Ingress, r.Src, r.InIf
	if src < 0 {
		number, dir, remote, outside = dst, flow.Egress, r.Dst, r.OutIf
	}
	typ := networks[number].typ
	rate := o.device.rate(r.Sampler)
	version := remote.Version()
	octets := float64(r.Octets) * float64(max(1, rate))
	a.octets[month][region][typ][dir][(version-4)/2] += octets
	if !detailed {
		return
	}
	a.addresses[typ][remote] = struct{}{}
	link := -1
	for l := range links {
		for _, i := range links[l].interfaces {
			if links[l].router == o.number && i == outside {
				link = l
			}
		}
	}
	begin, end := flow.SlotOf(r.Start), flow.SlotOf(r.End)
	for s := begin; s <= end; s++ {
		a.rows[rowKey{s, link, number, dir, version}] = struct{}{}
		a.slots[slotCell{s, region, typ, dir}] += octets / float64(end-begin+1)
	}
}

// networkOf is the network that a simulated remote address is of; -1 for an own address.
func networkOf(a flow.Addr) int {
	switch {
	case a.Is4() && a.Lo>>28&15 == 15:
		return int(a.Lo >> 20 & 255)
	case !a.Is4() && a.Hi>>48 == 0x3fff:
		return int(a.Hi >> 32 & 0xffff)
	}
	return -1
}

// shares are the types' parts of a period's octets, in percent.
func shares(octets [flow.NumNetworkTypes]float64) (percent [flow.NumNetworkTypes]float64) {
	sum := 0.0
	for _, o := range octets {
		sum += o
	}
	for t, o := range octets {
		percent[t] = 100 * o / sum
	}
	return percent
}

func quarter(t *testing.T, name string) flow.Period {
	t.Helper()
	p, err := flow.ParsePeriod(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPlannedShares checks the story's numbers against those that the published reports state.
func TestPlannedShares(t *testing.T) {
	for _, period := range []string{"2025Q3", "2025Q4", "2026Q1"} {
		checkShares(t, period, shares(Planned(quarter(t, period))), 0.1)
	}
	year := func(m string, typ flow.NetworkType) float64 { return Planned(quarter(t, m))[typ] }
	if got := 100 * (year("2026-06", flow.CDN)/year("2025-06", flow.CDN) - 1); math.Abs(got-66) > 0.5 {
		t.Errorf("CDN grows %.1f %% from June to June, want 66 %%", got)
	}
	for typ := range flow.NumNetworkTypes {
		if typ != flow.Neocloud && year("2026-06", typ) >= year("2026-06", flow.Neocloud) {
			t.Errorf("%v is not smaller than neocloud in June 2026", typ)
		}
		if typ != flow.ISPRegional && year("2025-10", typ) >= year("2025-10", flow.ISPRegional) {
			t.Errorf("%v is not smaller than isp-regional in October 2025", typ)
		}
	}
}

// checkShares compares shares in percent with the published ones; within is in percentage points.
func checkShares(t *testing.T, period string, got [flow.NumNetworkTypes]float64, within float64) {
	t.Helper()
	cloud := got[flow.Hosting] + got[flow.Hyperscaler] + got[flow.Neocloud]
	check := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > within {
			t.Errorf("%s: %s is %.2f %%, want %.1f %%", period, what, got, want)
		}
	}
	switch period {
	case "2025Q3":
		check("neocloud", got[flow.Neocloud], 19.8)
		check("hyperscaler", got[flow.Hyperscaler], 3.5)
		check("cloud group", cloud, 36.2)
	case "2025Q4":
		check("neocloud", got[flow.Neocloud], 18.4)
		check("hyperscaler", got[flow.Hyperscaler], 18.0)
		check("cloud group", cloud, 49.6)
		check("CDN", got[flow.CDN], 20)
		check("isp-regional", got[flow.ISPRegional], 21.5)
	case "2026Q1":
		check("CDN", got[flow.CDN], 32)
		check("isp-regional", got[flow.ISPRegional], 27.8)
		check("neocloud and hyperscaler", got[flow.Neocloud]+got[flow.Hyperscaler], 25.5)
		check("hosting", got[flow.Hosting], 10)
	}
}

// TestFleetCarriesStory acts out all fourteen months and compares what the routers metered with
// the story, and the manners of the types with what the reports say of them.
func TestFleetCarriesStory(t *testing.T) {
	a := act(t, "2025-05..2026-06")
	byType := func(p flow.Period) (octets [flow.NumNetworkTypes]float64) {
		for i, v := range volumes {
			if s := monthSlot(v.month); s < p.From || s >= p.To {
				continue
			}
			for r := range numRegions {
				for typ := range flow.NumNetworkTypes {
					for d := range 2 {
						octets[typ] += a.octets[i][r][typ][d][0] + a.octets[i][r][typ][d][1]
					}
				}
			}
		}
		return octets
	}
	for _, period := range []string{"2025Q3", "2025Q4", "2026Q1"} {
		checkShares(t, period, shares(byType(quarter(t, period))), 0.2)
	}
	for _, v := range volumes {
		planned, got := Planned(quarter(t, v.month)), byType(quarter(t, v.month))
		for typ := range flow.NumNetworkTypes {
			if d := got[typ]/planned[typ] - 1; math.Abs(d) > 0.01 {
				t.Errorf("%s: %v carries %+.2f %% against the story", v.month, flow.NetworkType(typ), 100*d)
			}
		}
	}
}

// TestFleetIsSteady checks that the store will not look sparse: every large cell has traffic in
// every slot, and there are about 50 rows a slot.
func TestFleetIsSteady(t *testing.T) {
	for _, month := range []string{"2025-05", "2025-10", "2026-06"} {
		a := act(t, month)
		p := quarter(t, month)
		i, _ := chapter(p.From)
		t.Logf("%s: %.1f rows a slot", month, float64(len(a.rows))/float64(p.Slots()))
		for typ, set := range a.addresses {
			t.Logf("%s: %v %d addresses", month, flow.NetworkType(typ), len(set))
		}
		total := 0.0
		for _, u := range volumes[i].units {
			total += u * unitOctets
		}
		for region := range numRegions {
			for typ := range flow.NumNetworkTypes {
				for dir := flow.Ingress; dir <= flow.Egress; dir++ {
					planned, _ := plannedCell(i, region, typ, dir)
					if planned < steadyShare*total {
						continue
					}
					silent := 0
					for s := p.From; s < p.To; s++ {
						if a.slots[slotCell{s, region, typ, dir}] == 0 {
							silent++
						}
					}
					if silent > 0 {
						t.Errorf("%s: %s × %v %v is silent in %d slots", month, regionNames[region], typ, dir, silent)
					}
				}
			}
		}
	}
}
