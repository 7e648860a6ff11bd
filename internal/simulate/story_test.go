package simulate

import (
	"math"
	"testing"

	"tributary/internal/flow"
)

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

// months are the acted octets by month of the story, region and type.
func (a *acted) months() [][numRegions][flow.NumNetworkTypes]float64 {
	out := make([][numRegions][flow.NumNetworkTypes]float64, len(a.octets))
	for i := range a.octets {
		for r := range numRegions {
			for typ := range flow.NumNetworkTypes {
				for d := range 2 {
					out[i][r][typ] += a.octets[i][r][typ][d][0] + a.octets[i][r][typ][d][1]
				}
			}
		}
	}
	return out
}

// TestFleetCarriesStory acts out all fourteen months and compares what the routers metered with
// the story and with what the published reports say.
func TestFleetCarriesStory(t *testing.T) {
	months := act(t, "2025-05..2026-06").months()
	byType := func(p flow.Period) (octets [flow.NumNetworkTypes]float64) {
		for i, v := range volumes {
			for r := range numRegions {
				for typ := range flow.NumNetworkTypes {
					if s := monthSlot(v.month); s >= p.From && s < p.To {
						octets[typ] += months[i][r][typ]
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
				t.Errorf("%s: %v carries %+.2f %% against the story", v.month, typ, 100*d)
			}
		}
	}
	checkRegions(t, months)
	checkMonths(t, months)
}

// checkRegions: what the reports say of regions.
func checkRegions(t *testing.T, months [][numRegions][flow.NumNetworkTypes]float64) {
	t.Helper()
	var later, sooner, laterAll, soonerAll float64
	for i, v := range volumes {
		m := &months[i]
		if v.month >= "2025-10" && v.month <= "2025-12" {
			for r := range numRegions {
				if r != usEast && m[r][flow.Neocloud] >= m[usEast][flow.Neocloud] {
					t.Errorf("%s: neocloud is not concentrated in US-East", v.month)
				}
			}
		}
		for r := range numRegions {
			if v.month >= spreadFrom {
				laterAll += m[r][flow.Neocloud]
			} else {
				soonerAll += m[r][flow.Neocloud]
			}
		}
		if v.month >= spreadFrom {
			later += m[euCentral][flow.Neocloud]
		} else {
			sooner += m[euCentral][flow.Neocloud]
		}
	}
	if later/laterAll < 1.5*sooner/soonerAll {
		t.Errorf("EU-Central has %.1f %% of neocloud from %s and %.1f %% before, want more", 100*later/laterAll, spreadFrom, 100*sooner/soonerAll)
	}
	for _, period := range []string{"2025Q3", "2025Q4", "2026Q1"} {
		p := quarter(t, period)
		var cell [numRegions][flow.NumNetworkTypes]float64
		for i, v := range volumes {
			for r := range numRegions {
				for typ := range flow.NumNetworkTypes {
					if s := monthSlot(v.month); s >= p.From && s < p.To {
						cell[r][typ] += months[i][r][typ]
					}
				}
			}
		}
		for r := range numRegions {
			for typ := range flow.NumNetworkTypes {
				if cell[r][typ] > cell[usWest][flow.ISPRegional] {
					t.Errorf("%s: %s × %v is larger than US-West × isp-regional", period, regionNames[r], typ)
				}
			}
		}
	}
}

// checkMonths: what the reports say of the months.
func checkMonths(t *testing.T, months [][numRegions][flow.NumNetworkTypes]float64) {
	t.Helper()
	of := map[string][flow.NumNetworkTypes]float64{}
	var mean, square [flow.NumNetworkTypes]float64
	for i, v := range volumes {
		var sum [flow.NumNetworkTypes]float64
		for r := range numRegions {
			for typ := range flow.NumNetworkTypes {
				sum[typ] += months[i][r][typ]
			}
		}
		of[v.month] = sum
		for typ, o := range sum {
			mean[typ] += o / float64(len(volumes))
			square[typ] += o * o / float64(len(volumes))
		}
	}
	rising := func(typ flow.NetworkType, months ...string) {
		t.Helper()
		for i := range months[1:] {
			if of[months[i]][typ] >= of[months[i+1]][typ] {
				t.Errorf("%v does not rise from %s to %s", typ, months[i], months[i+1])
			}
		}
	}
	rising(flow.Neocloud, "2025-06", "2025-07", "2025-08", "2025-09", "2025-10")
	rising(flow.Neocloud, "2026-01", "2025-12", "2025-11", "2025-10")
	rising(flow.Neocloud, "2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06")
	rising(flow.ISPRegional, "2026-01", "2025-12", "2025-11", "2025-10")
	rising(flow.ISPRegional, "2026-01", "2026-02", "2026-03")
	rising(flow.Hyperscaler, "2026-01", "2026-02")
	for _, high := range []string{"2025-08", "2025-09", "2025-10", "2025-11", "2026-03"} {
		for _, low := range []string{"2025-07", "2025-12", "2026-02", "2026-04"} {
			if of[high][flow.Migration] < 3*of[low][flow.Migration] {
				t.Errorf("migration is not high in %s against %s", high, low)
			}
		}
	}
	if growth := of["2026-06"][flow.CDN]/of["2025-06"][flow.CDN] - 1; math.Abs(growth-0.66) > 0.005 {
		t.Errorf("CDN grows %.1f %% in a year, want 66 %%", 100*growth)
	}
	variation := func(typ flow.NetworkType) float64 { return math.Sqrt(square[typ]/(mean[typ]*mean[typ]) - 1) }
	for _, typ := range []flow.NetworkType{flow.CDN, flow.Hyperscaler, flow.ISPRegional, flow.Neocloud} {
		if variation(typ) <= variation(flow.Hosting) {
			t.Errorf("%v varies by %.3f from month to month, less than hosting's %.3f", typ, variation(typ), variation(flow.Hosting))
		}
	}
}

// TestFleetIsSteady checks that a store will not look sparse: every large cell has traffic in every
// slot, and there are about 58 rows a slot.
func TestFleetIsSteady(t *testing.T) {
	for _, month := range []string{"2025-10", "2026-06"} {
		a := act(t, month)
		p := quarter(t, month)
		if rows := float64(len(a.rows)) / float64(p.Slots()); rows < 50 || rows > 64 {
			t.Errorf("%s: %.1f rows a slot, want about 58", month, rows)
		}
		i, _ := chapter(p.From)
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
		checkCharacters(t, a, p, i)
	}
}

// checkCharacters: what the reports say of the types' manners, in the acted month.
func checkCharacters(t *testing.T, a *acted, p flow.Period, month int) {
	t.Helper()
	unrest := func(typ flow.NetworkType, dir flow.Direction) float64 { return unrest(a, p, usWest, typ, dir) }
	more := func(what string, a, b, factor float64) {
		t.Helper()
		if a < factor*b {
			t.Errorf("%s: %s: %.3f against %.3f, want at least %g times", p.Name, what, a, b, factor)
		}
	}
	more("CDN egress is bursty, ingress flat", unrest(flow.CDN, flow.Egress), unrest(flow.CDN, flow.Ingress), 3)
	more("hyperscaler egress is jagged, ingress tight", unrest(flow.Hyperscaler, flow.Egress), unrest(flow.Hyperscaler, flow.Ingress), 2)
	more("isp-regional follows the day, not chance", unrest(flow.Neocloud, flow.Egress), unrest(flow.ISPRegional, flow.Ingress), 1)

	var octets [flow.NumNetworkTypes][2]float64
	for r := range numRegions {
		for typ := range flow.NumNetworkTypes {
			for d := range 2 {
				octets[typ][d] += a.octets[month][r][typ][d][0] + a.octets[month][r][typ][d][1]
			}
		}
	}
	more("hosting is heavy in ingress", octets[flow.Hosting][0], octets[flow.Hosting][1], 3)
	more("CDN is heavy in egress", octets[flow.CDN][1], octets[flow.CDN][0], 10)
	magnitude := func(typ flow.NetworkType) float64 {
		return (octets[typ][0] + octets[typ][1]) / float64(len(a.addresses[typ]))
	}
	more("neocloud's magnitude against isp-regional's", magnitude(flow.Neocloud), magnitude(flow.ISPRegional), 50)
	if n := len(a.addresses[flow.Neocloud]); n < 200 || n > 1500 {
		t.Errorf("%s: neocloud has %d addresses, want hundreds", p.Name, n)
	}
	if n := len(a.addresses[flow.ISPRegional]); n < 30_000 || n > 150_000 {
		t.Errorf("%s: isp-regional has %d addresses, want tens of thousands", p.Name, n)
	}
}
