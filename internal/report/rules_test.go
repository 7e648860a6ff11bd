package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// sentencesOf are what one rule finds in an input, and the check of what it says.
func sentencesOf(t *testing.T, in *Input, name string) string {
	t.Helper()
	m, err := newMaker(in)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(rules, func(r rule) bool { return r.name == name })
	if at < 0 {
		t.Fatalf("no rule is called %s", name)
	}
	m.out.Findings = rules[at].find(m)
	for _, failure := range append(m.out.checkFindings(), m.out.checkWords()...) {
		t.Errorf("%s: %s", name, failure)
	}
	var out []string
	for _, f := range m.out.Findings {
		out = append(out, f.Text)
	}
	return strings.ReplaceAll(strings.Join(out, "\n"), nbsp, " ")
}

// Every rule says its sentence of a store made for it, and nothing of one that does not hold it.
func TestRules(t *testing.T) {
	tested := map[string]bool{}
	worldly := func(change func(*world), period string) *Input {
		w := defaultWorld()
		change(&w)
		return w.input(t, period)
	}
	plain := func() *Input { return worldly(func(w *world) { w.hide = nil }, "2025Q4") }
	f := func(name, want string, in *Input) {
		t.Helper()
		tested[name] = true
		got := sentencesOf(t, in, name)
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: found\n%s\nwant\n%s", name, got, want)
		}
	}
	hidden := func() *Input {
		return worldly(func(w *world) { w.hide = func(string, stats.Key) bool { return true } }, "2025Q4")
	}
	for _, r := range rules { // where all is hidden there is nothing to say of any number
		if r.name != "hidden total" && r.name != "hidden cells" && r.name != "no rate" && r.name != "loss" {
			f(r.name, "", hidden())
		}
	}
	clear(tested)

	f("hidden total", "The total of Q4 2025 is hidden, and with it every share of it, because", hidden())
	f("hidden total", "", plain())
	f("total", "In Q4 2025 the network exchanged 11.2 Eb with 93.2 M distinct addresses; the average rate was 7.5 % higher than in Q3 2025.", plain())
	f("no comparison", "The store has no traffic of April 2025, so nothing is compared with it.", worldly(func(w *world) { w.months = 1 }, "2025-05"))
	f("no comparison", "", plain())
	f("largest type", "ISP regional is the largest type with 30.3 % of all bits, ahead of CDN with 24.3 %.", plain())

	changes := func(half float64, different func(*stats.Changes)) *Input {
		in := plain()
		withChanges(in, half)
		different(in.Study.Changes)
		return in
	}
	same := func(*stats.Changes) {}
	f("share move", "The share of CDN rose from 18.1 % in Q3 2025 to 24.3 % of all bits (+6.2 points, 95 % interval +5.2 to +7.2): more than it varies from week to week.", changes(1, same))
	f("share move", "", changes(50, same))
	f("share move", "", plain())
	f("share move", "It hangs on one network: without the one that is largest in it, the change would be −0.3 points.", changes(1, func(c *stats.Changes) {
		c.At(flow.CDN).Without = known(-0.3)
	}))
	f("steady shares", "No type's change of share can be told from variation from week to week: those of ISP regional (", changes(50, same))
	f("steady shares", "The change of the share of Other (+0.1 points, −0.9 to +1.1) is within its 95 % interval, which holds 0: it cannot be told from variation from week to week.", changes(1, func(c *stats.Changes) {
		for i := range c.Rows {
			if r := &c.Rows[i]; r.Type != flow.Other {
				r.Low, r.High = known(r.Points.Value-1e-6), known(r.Points.Value+1e-6)
			}
		}
	}))
	f("steady shares", "", plain())
	f("move without interval", "CDN gained most since Q3 2025: from 18.1 % to 24.3 % of all bits (+6.2 points).", plain())
	f("move without interval", "", changes(1, same))
	f("cloud", "The clouds together (hosting, hyperscaler and neocloud) carry 37.0 % of all bits, after 47.3 % in Q3 2025.", plain())
	f("cloud", "(−10.3 points, 95 % interval −60.3 to +39.7): within its interval, which holds 0, and not to be told from variation from week to week.", changes(50, same))
	f("ai clouds", "Neocloud and hyperscaler together, without hosting, carry 24.0 % of all bits, after 31.8 % in Q3 2025.", plain())

	f("largest cell", "The largest cell is US-West with ISP regional: 2.17 Eb, 19.4 % of all bits.", plain())
	f("largest cell", "Of the cells that are not hidden, the largest cell is", worldly(func(*world) {}, "2025Q4"))
	f("region's type", "", plain())
	concentrates := plain()
	move := func(region string, by float64) {
		for i := range concentrates.Now.Cells {
			if c := &concentrates.Now.Cells[i]; c.Key == cellKey(region, flow.Neocloud) {
				c.Bits.Value += by
			}
		}
	}
	move("US-West", -0.8e18)
	move("US-East", 0.8e18)
	f("region's type", "Neocloud is concentrated in US-East: 6", concentrates)
	f("region move", "US-West gained traffic against the other regions: from 55.2 % to 58.8 % of all bits (+3.6 points).", plain())
	f("region move", "", worldly(func(w *world) { w.regions = w.regions[:1] }, "2025Q4"))

	f("total's peak", "Of the 8 months to December 2025, December 2025 has the most traffic with 3.91 Eb and September 2025 the least with 3.41 Eb.", plain())
	f("total's peak", "Of October 2025 and November 2025, ", worldly(func(w *world) { w.from, w.months = "2025-10", 2 }, "2025-11"))
	f("types' peaks", "Of the 8 months to December 2025, ", plain())
	f("types' peaks", "", worldly(func(w *world) { w.from, w.months = "2025-10", 3 }, "2025Q4"))
	f("year on year", "Year on year, the traffic of all types was 7.3 % higher in June 2026 than in June 2025: 3.97 Eb after 3.7 Eb.", worldly(func(w *world) { w.months = 14 }, "2026Q2"))
	f("year on year", "", plain())
	f("steadiest", "Of the types with at least 5 % of the bits, Neocloud is the steadiest: over the 8 months to December 2025 the coefficient of variation of its monthly volume is 16.0 %, that of Hosting 19.8 %.", plain())
	f("steadiest", "", worldly(func(*world) {}, "2025-09")) // five months

	f("few and heavy", "Migration is few and heavy: 468 addresses move 4.1 % of all bits, 980 Tb each, 8,200 times the 120 Gb of all types together.", plain())
	f("many and light", "ISP regional is many and light: 69 M addresses move 30.3 % of all bits, 49.1 Gb each.", plain())
	f("directions", "58.8 % of the bits came in, 41.2 % went out.", plain())
	f("ip versions", "IPv6 carries 18.4 % of all bits, after 16.5 % in Q3 2025.", plain())

	networks := func() *Input {
		in := plain()
		in.Study = &stats.Study{Networks: networksStudy(in)}
		return in
	}
	f("concentration", "Of the networks of types that are not hidden, the bits lie on 200 networks as if on 81.3 of equal size (the effective number), after 81.3 in Q3 2025; the largest has 5.1 %, the ten largest 30.0 %.", networks())
	f("concentrated type", "", networks())
	concentrated := networks()
	for i := range concentrated.Study.Networks.Types {
		if n := &concentrated.Study.Networks.Types[i]; n.Type == flow.Hosting {
			n.Now.Top = [4]stats.Num{known(0.6), known(0.7), known(0.8), known(0.9)}
		}
	}
	f("concentrated type", "Hosting depends most on one network: it has 60.0 % of the type's bits, and 200 networks are as concentrated as 81.3 of equal size.", concentrated)
	f("new networks", "Of the types that are not hidden, 13 of 183 networks are new, seen in none of the 5 months before; no network is gone since Q3 2025.", networks())
	f("new networks", "", plain())

	f("returning", "21.0 % (20.0 % to 22.0 %) of the addresses were seen in Q3 2025 too", rhythmWorld(t))
	returning := rhythmWorld(t)
	returning.Study.Returning.Rows = append(returning.Study.Returning.Rows, stats.Persistence{
		Key: stats.Key{Region: stats.AllRegions, Type: flow.ISPRegional, Direction: flow.Both}, Share: known(0.1), Low: known(0.1), High: known(0.1), Addresses: known(100),
	})
	f("returning", "; of the large types, CDN has most that return, 71.0 % (69.0 % to 73.0 %), and ISP regional fewest, 10.0 %.", returning)
	bursty := rhythmWorld(t)
	for ty, p95 := range map[flow.NetworkType]float64{flow.CDN: 3, flow.Hosting: 1.5} {
		v := stats.Variability{Key: stats.Key{Region: stats.AllRegions, Type: ty, Direction: flow.Both}}
		v.Average, v.CV, v.P95Ratio, v.MaxRatio = known(4e9), known(1), known(p95), known(5)
		bursty.Study.Rhythm.Cells = append(bursty.Study.Rhythm.Cells, v)
	}
	f("burstiness", "CDN is the burstiest of the large types, Hosting the steadiest: the 95th percentiles of their ten-minute rates are 3 and 1.5 times their averages.", bursty)
	f("burstiness", "", rhythmWorld(t))
	f("burstiness", "", uncovered(bursty))
	uneven := rhythmWorld(t)
	uneven.Study.Rhythm.Cells[1].CV = known(1.25)
	f("directions' rhythm", "CDN varies much more in one direction: the coefficient of variation of its ten-minute rates is 1.25 of egress and 0.5 of ingress.", uneven)
	f("directions' rhythm", "", rhythmWorld(t))
	f("directions' rhythm", "", uncovered(uneven))
	f("interconnects", "In US-East there are 5 candidates for a private interconnect, networks that are large and bursty over shared links; they together have a 95th percentile of 60 Gb/s, 3 times their average. In 1 region they are hidden.", rhythmWorld(t))
	f("interconnects", "", uncovered(rhythmWorld(t)))

	places := func() *Input {
		in := plain()
		place := func(name string, t flow.NetworkType, bits float64) stats.Place {
			p := stats.Place{Name: name, Stated: true}
			p.Cells[t].Bits = known(bits)
			return p
		}
		in.Study = &stats.Study{Places: &stats.Places{
			Countries: stats.PlaceList{All: 2, Places: []stats.Place{place("US", flow.CDN, 5e18), place("DE", flow.Hosting, 1e18)}},
			Metros:    stats.PlaceList{All: 3, Places: []stats.Place{place("Chicago", flow.Neocloud, 7e17), place("Dallas", flow.Neocloud, 5e17), place("Denver", flow.Hyperscaler, 1e17)}},
		}}
		return in
	}
	f("country", "The countries with most of the traffic that can be told are United States, with 44.6 % of all bits, and Germany with 8.9 %.", places())
	f("metropolitan areas", "The metropolitan areas with most Neocloud traffic, of those that can be told, are Chicago (700 Pb) and Dallas (500 Pb).", places())
	inferred := places()
	inferred.Study.Places.Metros.Places[0].Inferred = true
	f("metropolitan areas", "of those that can be told, as stated by the catalogue or inferred from cities, are Chicago", inferred)
	inferred = places()
	for i := range inferred.Study.Places.Metros.Places {
		inferred.Study.Places.Metros.Places[i].Inferred = true
	}
	f("metropolitan areas", "of those that can be told, as inferred from cities, are Chicago", inferred)

	thin := plain()
	for i := range thin.Now.Cells {
		thin.Now.Cells[i].Coverage = 0.9
	}
	f("coverage", "Every exporter was heard in 90.0 % of the five-minute slots of Q4 2025; volumes are too low by what the others would have sent. In Q3 2025 it was 99.8 %: part of any change", thin)
	f("coverage", "", plain())

	young := func(since string, coverage float64) *Input { // as of a store that begins in a period
		in := plain()
		in.Extent.From = slotOf(t, since) + 144
		for _, s := range []*stats.Sheet{in.Now, in.Before} {
			for i := range s.Cells {
				if s.Period.From < in.Extent.From {
					s.Cells[i].Coverage = coverage * float64(s.Period.To-in.Extent.From) / float64(s.Period.Slots())
				}
			}
		}
		return in
	}
	f("beginning", "", plain())
	f("beginning", "The store begins on 1 November 2025 at 12:00 UTC: what is said of Q4 2025 is of the time since.", young("2025-11", 1))
	f("beginning", "The store begins on 1 August 2025 at 12:00 UTC: what Q4 2025 is compared with is the part of Q3 2025 since.", young("2025-08", 1))
	f("coverage", "", young("2025-11", 1))
	f("coverage", "", young("2025-08", 1))
	f("coverage", "Every exporter was heard in 90.0 % of the five-minute slots since the store began; volumes are too low", young("2025-11", 0.9))
	f("coverage", "Every exporter was heard in 99.8 % of the five-minute slots of Q4 2025. In Q3 2025 it was 90.0 %", young("2025-08", 0.9))
	f("total", "the average rate was 29.3 % lower than in Q3 2025.", young("2025-08", 1))
	unrated := plain()
	for i := range unrated.Now.Cells {
		if c := &unrated.Now.Cells[i]; c.Region == "EU-Central" || c.Region == stats.AllRegions {
			c.BitsError = stats.Num{}
		}
	}
	f("no rate", "For 3 of 12 exporters no sampling rate is known for some or all flows. Such flows count once: volumes in EU-Central are too low by an unknown factor", unrated)
	f("no rate", "", plain()) // what has no rate is internal
	lost := plain()
	for i := range lost.Health {
		lost.Health[i].LostDatagrams = lost.Health[i].Datagrams / 99 // one of a hundred that were sent
	}
	f("loss", "An estimated 1.0 % of the exported records never arrived, and no number is corrected for it", lost)
	f("loss", "", plain())
	f("sampling error", "Sampling alone makes the volume of all bits uncertain by ±0.2 % (95 % interval), that of CA-East by ±0.2 %.", plain())
	f("unclassified", "Networks that the catalogue gives no type carry 100.0 % of all bits", worldly(func(w *world) { w.hide, w.types = nil, []flow.NetworkType{flow.Other} }, "2025Q4"))
	f("unclassified", "", plain())
	f("hidden cells", "Of the 32 cells of region and network type that have traffic, 2 are hidden for publication: too small, or needed so that small ones cannot be computed.", worldly(func(*world) {}, "2025Q4"))
	f("hidden cells", "", plain())

	for _, r := range rules {
		if !tested[r.name] {
			t.Errorf("no store is made for the rule %s", r.name)
		}
	}
}

// The order follows from importance; equal ones keep the table's order, room is kept for the foot, and
// the list ends.
func TestRanking(t *testing.T) {
	say := func(n int, concern func(int) float64, name string) func(*maker) []Finding {
		return func(*maker) []Finding {
			var out []Finding
			for i := range n {
				out = append(out, Finding{Text: fmt.Sprint(name, i), concern: concern(i)})
			}
			return out
		}
	}
	flat := func(int) float64 { return 0.5 }
	rising := func(i int) float64 { return float64(i) / 10 }
	table := []rule{
		{"a", body, 1, 2, say(3, rising, "a"), ""}, // a2 0.2, a1 0.1; a0 is one too many
		{"foot", foot, 1, 1, say(2, flat, "f"), ""},
		{"b", body, 2, 3, say(2, rising, "b"), ""}, // b1 0.2, b0 0
		{"head", head, 0, 2, say(2, rising, "h"), ""},
	}
	var got []string
	for _, f := range ranked(table, &maker{}) {
		got = append(got, f.Text)
		if f.Rule == "" {
			t.Errorf("%s does not say its rule", f.Text)
		}
	}
	if want := "h0 h1 a2 b1 a1 b0 f0"; strings.Join(got, " ") != want {
		t.Errorf("order = %v, want %s", got, want)
	}
	table[0].most, table[0].find = 100, say(100, flat, "a")
	long := ranked(table, &maker{})
	if len(long) != mostFindings || long[len(long)-1].Text != "f0" || long[0].Text != "h0" {
		t.Errorf("%d sentences from %s to %s, want %d with head and foot", len(long), long[0].Text, long[len(long)-1].Text, mostFindings)
	}
}

func TestMeanAndVariation(t *testing.T) {
	f := func(wantMean, wantCV float64, x ...float64) {
		t.Helper()
		var values []figure.Value
		for _, v := range x {
			values = append(values, figure.Num(v))
		}
		mean, cv := meanAndVariation(values)
		if math.Abs(mean-wantMean) > 1e-12 || math.Abs(cv-wantCV) > 1e-12 {
			t.Errorf("of %v: %v, %v; want %v, %v", x, mean, cv, wantMean, wantCV)
		}
	}
	f(0, 0)
	f(3, 0, 3)
	f(0.1, 0, 0.1, 0.1, 0.1)
	f(5, math.Sqrt(32.0/7)/5, 2, 4, 4, 4, 5, 5, 7, 9) // squares of the deviations: 32
}

// Silence counts the slots of the months in which an exporter was heard.
func TestSilence(t *testing.T) {
	p, err := flow.ParsePeriod("2025Q4")
	if err != nil {
		t.Fatal(err)
	}
	month := func(name string) flow.Slot { return slotOf(t, name) }
	f := func(name string, longest int, since flow.Slot, heard func(flow.Slot) bool) {
		t.Helper()
		var slots []flow.Slot
		for s := p.From; s < p.To; s++ {
			if heard(s) {
				slots = append(slots, s)
			}
		}
		if got := silence(p, slots); got.Longest != longest || longest > 0 && (got.Since != since || got.Exporters != 1) {
			t.Errorf("%s: %d slots from %v, want %d from %v", name, got.Longest, got.Since.Time(), longest, since.Time())
		}
	}
	november, december := month("2025-11"), month("2025-12")
	f("never silent", 0, 0, func(flow.Slot) bool { return true })
	f("never heard", 0, 0, func(flow.Slot) bool { return false })
	f("a week", 2016, november+288, func(s flow.Slot) bool { return s < november+288 || s >= november+288+2016 })
	f("over the end of a month", 100, december-50, func(s flow.Slot) bool { return s < december-50 || s >= december+50 })
	f("new in November", 0, 0, func(s flow.Slot) bool { return s >= november })
	f("new late in November", 10, november, func(s flow.Slot) bool { return s >= november+10 })
	f("gone in November", int(december-november)-10, november+10, func(s flow.Slot) bool { return s < november+10 })
	f("only not in November", 0, 0, func(s flow.Slot) bool { return s < november || s >= december })
	f("to the period's end", 7, p.To-7, func(s flow.Slot) bool { return s < p.To-7 })

	for slots, want := range map[int]string{1: "5 minutes", 12: "1 hour", 42: "3.5 hours", 576: "2 days", 2016: "7 days"} {
		if got := strings.ReplaceAll(durationText(slots), nbsp, " "); got != want {
			t.Errorf("%d slots are %q, want %q", slots, got, want)
		}
	}
}
