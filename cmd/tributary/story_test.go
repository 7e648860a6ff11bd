package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// statement is what a published report says, as a number of the demo's report.json files.
type statement struct {
	source string // of internal/simulate/story.go
	says   string
	where  string // report and figure
	got    float64
	least  float64
	most   float64 // +Inf: no more than "at least"
}

// is is a number that is stated, within a tolerance.
func is(source, says, where string, got, want, within float64) statement {
	return statement{source, says, where, got, want - within, want + within}
}

// more is something that is stated without a number: a ratio that is to be at least so much.
func more(source, says, where string, ratio, least float64) statement {
	return statement{source, says, where, ratio, least, math.Inf(1)}
}

// within is the half a percentage point; shares here are in per cent.
const within = 0.5

// TestDemoTellsTheStory fills the whole demo, makes the reports of three quarters as they would be
// published, and compares what their report.json says with what the published reports state.
func TestDemoTellsTheStory(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the demo's fourteen months are not filled")
	}
	dir := t.TempDir()
	if status, _, stderr := inFolder(t, dir, "demo", "--data", "demo", "--fill-only"); status != 0 {
		t.Fatalf("demo: status %d, %s", status, stderr)
	}
	status, table, stderr := inFolder(t, dir, "-c", "demo/tributary.yaml", "dataset", "2025-10")
	if status != 0 || !regexp.MustCompile(`(?m)^2025-10,US-West,migration,both,all,\d.*,false$`).MatchString(table) {
		t.Errorf("dataset 2025-10: status %d, %s; want migration published, as the demo's configuration says", status, stderr)
	}
	programs := os.Getenv("PATH")
	t.Setenv("PATH", "") // where no converter is: the figures' PNG would take as long as the reports
	q4, q1, q2 := readReport(t, dir, "2025Q4", "html"), readReport(t, dir, "2026Q1", "html"), readReport(t, dir, "2026Q2", "md")
	for _, r := range []*toldReport{q4, q1, q2} {
		r.checkForm()
	}
	var told strings.Builder // the table
	for _, s := range slices.Concat(shareStatements(q4, q1), monthStatements(q4, q2),
		regionStatements(q4, q1, q2), partyStatements(q4, q1), placeStatements(q4, q1), rhythmStatements(q2)) {
		want, mark := fmt.Sprintf("%.4g to %.4g", s.least, s.most), "  "
		if math.IsInf(s.most, 1) {
			want = fmt.Sprintf("at least %.4g", s.least)
		}
		if !(s.got >= s.least && s.got <= s.most) { // NaN is a hidden number
			mark = "!!"
			t.Errorf("%s %s (%s): got %.4g, want %s", s.source, s.says, s.where, s.got, want)
		}
		fmt.Fprintf(&told, "%s %-5s %-76s %-34s %9.4g  %s\n", mark, s.source, s.says, s.where, s.got, want)
	}
	t.Log("what the published reports state against report.json:\n" + told.String())

	t.Setenv("PATH", programs)
	browseReport(t, filepath.Join(dir, "2025Q4"))
}

// largeTypes are those that carry most, as figures name them; allTypes are all.
var (
	largeTypes = []string{"CDN", "Hosting", "Hyperscaler", "ISP regional", "Neocloud"}
	allTypes   = append([]string{"ISP tier 1", "Migration", "Other"}, largeTypes...)
)

var storyRegions = []string{"US-West", "US-East", "CA-East", "EU-Central"}

// shareStatements: the shares that are given as numbers.
func shareStatements(q4, q1 *toldReport) []statement {
	share := func(r *toldReport, quarter string, types ...string) (percent float64) {
		for _, typ := range types {
			percent += 100 * r.at("shares", quarter, typ)
		}
		return percent
	}
	const of4, of1 = "2025Q4 shares", "2026Q1 shares"
	return []statement{
		is("[Q3]", "neocloud has 19.8 % of Q3 2025", of4, share(q4, "Q3 2025", "Neocloud"), 19.8, within),
		is("[Q3]", "hyperscaler has 3.5 %", of4, share(q4, "Q3 2025", "Hyperscaler"), 3.5, within),
		is("[Q3]", "the cloud group has 36.2 %", of4, share(q4, "Q3 2025", "All cloud"), 36.2, within),
		is("[Q4]", "neocloud has 18.4 % of Q4 2025", of4, share(q4, "Q4 2025", "Neocloud"), 18.4, within),
		is("[Q4]", "hyperscaler has 18 %", of4, share(q4, "Q4 2025", "Hyperscaler"), 18.0, within),
		is("[Q4]", "the cloud group has 49.6 %", of4, share(q4, "Q4 2025", "All cloud"), 49.6, within),
		is("[Q1]", "CDN has about 20 % of Q4 2025", of1, share(q1, "Q4 2025", "CDN"), 20, within),
		is("[Q1]", "isp-regional has 21.5 %", of1, share(q1, "Q4 2025", "ISP regional"), 21.5, within),
		is("[Q1]", "neocloud and hyperscaler together have 36.4 %", of1, share(q1, "Q4 2025", "Neocloud", "Hyperscaler"), 36.4, within),
		is("[Q1]", "CDN has 32 % of Q1 2026", of1, share(q1, "Q1 2026", "CDN"), 32, within),
		is("[Q1]", "isp-regional has 27.8 %", of1, share(q1, "Q1 2026", "ISP regional"), 27.8, within),
		is("[Q1]", "neocloud and hyperscaler together have 25.5 %", of1, share(q1, "Q1 2026", "Neocloud", "Hyperscaler"), 25.5, within),
	}
}

// storyMonths are the fourteen months.
var storyMonths = []string{
	"2025-05", "2025-06", "2025-07", "2025-08", "2025-09", "2025-10", "2025-11", "2025-12",
	"2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06",
}

// monthStatements: what rises and falls, from the volumes by month. q2 has all fourteen.
func monthStatements(q4, q2 *toldReport) []statement {
	bits := func(typ, month string) float64 { return q2.at("volume", typ, month) }
	// rise is the least ratio of a month to the one before it.
	rise := func(typ, from, to string) float64 {
		least := math.Inf(1)
		for i := slices.Index(storyMonths, from); storyMonths[i] != to; i++ {
			least = min(least, bits(typ, storyMonths[i+1])/bits(typ, storyMonths[i]))
		}
		return least
	}
	// peak is the least ratio of some months to all others.
	peak := func(typ string, high, against []string) float64 {
		least := math.Inf(1)
		for _, h := range high {
			for _, l := range against {
				if !slices.Contains(high, l) {
					least = min(least, bits(typ, h)/bits(typ, l))
				}
			}
		}
		return least
	}
	variation := func(r *toldReport, typ string) float64 { // of all months that its figure has
		sum, squares, n := 0.0, 0.0, 0.0
		for _, row := range r.figures["volume"].Rows {
			x := r.at("volume", typ, row[0].(string))
			sum, squares, n = sum+x, squares+x*x, n+1
		}
		return math.Sqrt(squares/n-sum*sum/n/n) / (sum / n)
	}
	// steadier is by which factor the steadiest other large type varies more than hosting.
	steadier := func(r *toldReport) float64 {
		least := math.Inf(1)
		for _, typ := range largeTypes {
			if typ != "Hosting" {
				least = min(least, variation(r, typ)/variation(r, "Hosting"))
			}
		}
		return least
	}
	largest := func(typ, month string) float64 {
		next := 0.0
		for _, other := range allTypes {
			if other != typ {
				next = max(next, bits(other, month))
			}
		}
		return bits(typ, month) / next
	}
	const of = "2026Q2 volume"
	return []statement{
		more("[Q4]", "migration is up August to October 2025, November and March 2026 [Q2]", of, peak("Migration", []string{"2025-08", "2025-09", "2025-10", "2025-11", "2026-03"}, storyMonths), 3),
		more("[Q4]", "neocloud is up from July 2025 to October, month by month", of, rise("Neocloud", "2025-06", "2025-10"), 1.02),
		more("[Q4]", "neocloud has its peak of 2025 in October", of, peak("Neocloud", []string{"2025-10"}, storyMonths[:8]), 1.02),
		more("[Q2]", "neocloud is low in January 2026: the months about it against it", of, peak("Neocloud", slices.Concat(storyMonths[5:8], storyMonths[9:]), storyMonths[8:9]), 1.2),
		more("[Q1]", "neocloud is back in March: above December", of, bits("Neocloud", "2026-03")/bits("Neocloud", "2025-12"), 1.2),
		more("[Q2]", "neocloud rises from January to March and on to June", of, rise("Neocloud", "2026-01", "2026-06"), 1.02),
		more("[Q2]", "neocloud is the largest type by June 2026", of, largest("Neocloud", "2026-06"), 1),
		more("[Q2]", "isp-regional leads October 2025", of, largest("ISP regional", "2025-10"), 1),
		more("[Q2]", "isp-regional falls from October to January", of, bits("ISP regional", "2025-10")/bits("ISP regional", "2026-01"), 1.2),
		more("[Q2]", "isp-regional comes back by March", of, rise("ISP regional", "2026-01", "2026-03"), 1.2),
		more("[Q2]", "hyperscaler is low in January 2026: the months about it against it", of, peak("Hyperscaler", slices.Concat(storyMonths[5:8], storyMonths[9:]), storyMonths[8:9]), 1.2),
		is("[Q2]", "hyperscaler is steady then: June against February", of, bits("Hyperscaler", "2026-06")/bits("Hyperscaler", "2026-02"), 1, 0.1),
		is("[Q2]", "CDN grows by 66 % from June 2025 to June 2026", of, 100*(bits("CDN", "2026-06")/bits("CDN", "2025-06")-1), 66, within),
		more("[Q2]", "hosting is the steadiest large type: the next one's variation against it", of, steadier(q2), 2),
		more("[Q2]", "likewise in the eight months that the report of Q4 2025 has", "2025Q4 volume", steadier(q4), 1.1),
	}
}

// regionStatements: where.
func regionStatements(q4, q1, q2 *toldReport) []statement {
	cell := func(r *toldReport, quarter, region, typ string) float64 {
		return r.at("heat-volume", quarter, region, typ)
	}
	share := func(r *toldReport, quarter, region, typ string) float64 {
		return 100 * cell(r, quarter, region, typ) / cell(r, quarter, "All regions", typ)
	}
	next := func(r *toldReport, quarter string) float64 { // the second largest cell
		most := 0.0
		for _, region := range storyRegions {
			for _, typ := range allTypes {
				is := region + " × " + typ
				if is != "CA-East × Migration" && is != "US-West × ISP regional" { // the one has no traffic
					most = max(most, cell(r, quarter, region, typ))
				}
			}
		}
		return most
	}
	european := func(month string) float64 { // EU-Central's share of a month's neocloud
		return 100 * q2.at("seasons-neocloud", "EU-Central", month) / q2.at("seasons-neocloud", "All regions", month)
	}
	return []statement{
		more("[Q4]", "US-West × isp-regional is the largest cell, against the next", "2025Q4 heat-volume", cell(q4, "Q4 2025", "US-West", "ISP regional")/next(q4, "Q4 2025"), 1.05),
		more("[Q4]", "neocloud is concentrated in US-East: its share of neocloud, %", "2025Q4 heat-volume", share(q4, "Q4 2025", "US-East", "Neocloud"), 50),
		more("[Q1]", "more in EU-Central from March 2026: its share of neocloud, % points", "2026Q1 heat-volume", share(q1, "Q1 2026", "EU-Central", "Neocloud")-share(q1, "Q4 2025", "EU-Central", "Neocloud"), 3),
		more("[Q1]", "likewise by month: March 2026 against February, % points", "2026Q2 seasons-neocloud", european("2026-03")-european("2026-02"), 5),
		more("[Q1]", "CDN is up in US-West: Q1 2026 against Q4 2025", "2026Q1 heat-volume", cell(q1, "Q1 2026", "US-West", "CDN")/cell(q1, "Q4 2025", "US-West", "CDN"), 1.2),
		more("[Q1]", "CDN is up in US-East", "2026Q1 heat-volume", cell(q1, "Q1 2026", "US-East", "CDN")/cell(q1, "Q4 2025", "US-East", "CDN"), 1.2),
		more("[Q1]", "CDN is up in EU-Central", "2026Q1 heat-volume", cell(q1, "Q1 2026", "EU-Central", "CDN")/cell(q1, "Q4 2025", "EU-Central", "CDN"), 1.2),
	}
}

// partyStatements: few or many, heavy or light, which direction.
func partyStatements(q4, q1 *toldReport) []statement {
	of := func(figure, typ string) float64 { return q4.at(figure, "Q4 2025", "All regions", typ) }
	persistent := func(r *toldReport) float64 {
		next := 0.0
		for _, typ := range allTypes {
			if typ != "Neocloud" {
				next = max(next, r.at("persistence", "Returning", "All regions", typ))
			}
		}
		return r.at("persistence", "Returning", "All regions", "Neocloud") / next
	}
	both := func(typ, column string) float64 {
		sum := 0.0
		for _, region := range storyRegions {
			sum += q1.at("flow", column, region, typ)
		}
		return sum
	}
	return []statement{
		more("[Q4]", "neocloud has few addresses: isp-regional's against them", "2025Q4 heat-uniqueness", of("heat-uniqueness", "ISP regional")/of("heat-uniqueness", "Neocloud"), 50),
		more("[Q4]", "neocloud's magnitude is high: against isp-regional's", "2025Q4 heat-magnitude", of("heat-magnitude", "Neocloud")/of("heat-magnitude", "ISP regional"), 50),
		more("[Q4]", "neocloud's addresses return most: against the next type's", "2025Q4 persistence", persistent(q4), 1.2),
		more("[Q4]", "US-West has the most addresses: against US-East", "2025Q4 heat-uniqueness", q4.at("heat-uniqueness", "Q4 2025", "US-West", "All types")/q4.at("heat-uniqueness", "Q4 2025", "US-East", "All types"), 1.1),
		more("[May]", "hosting is ingress: against its egress", "2026Q1 flow", both("Hosting", "Ingress")/both("Hosting", "Egress"), 3),
		more("[May]", "CDN is egress: against its ingress", "2026Q1 flow", both("CDN", "Egress")/both("CDN", "Ingress"), 10),
	}
}

// placeStatements: countries, states and metropolitan areas.
func placeStatements(q4, q1 *toldReport) []statement {
	const abroad, states = "countries-without-largest", "subdivisions"
	clusters := []string{"Chicago", "Dallas–Houston", "Denver", "New York", "Northern Virginia", "Atlanta"}
	clustered := 0.0
	for _, c := range clusters {
		clustered += 100 * q4.at("metros", "Neocloud", c) / q4.at("heat-volume", "Q4 2025", "All regions", "Neocloud")
	}
	return []statement{
		is("[Q1]", "abroad, CDN is first in the Netherlands", "2026Q1 "+abroad, q1.rank(abroad, "CDN", "Netherlands"), 1, 0),
		is("[Q1]", "then in Singapore", "2026Q1 "+abroad, q1.rank(abroad, "CDN", "Singapore"), 2, 0),
		is("[Q1]", "hosting in Germany", "2026Q1 "+abroad, q1.rank(abroad, "Hosting", "Germany"), 1, 0),
		is("[Q1]", "neocloud's first four are Finland, Brazil, France and Canada", "2026Q1 "+abroad, q1.rank(abroad, "Neocloud", "Finland", "Brazil", "France", "Canada"), 4, 0),
		is("[Q1]", "of the states, neocloud is first in California", "2026Q1 "+states, q1.rank(states, "Neocloud", "California, US"), 1, 0),
		is("[Q1]", "hyperscaler's first two are California and Virginia", "2026Q1 "+states, q1.rank(states, "Hyperscaler", "California, US", "Virginia, US"), 2, 0),
		more("[Q4]", "Chicago, Dallas–Houston, Denver, New York, N. Virginia, Atlanta: neocloud, %", "2025Q4 metros", clustered, 50),
		{"[Q4]", "they are among its first eight", "2025Q4 metros", q4.rank("metros", "Neocloud", clusters...), 6, 8},
	}
}

// rhythmStatements: bursts, waves and quiet, from the series of the quarter with May 2026.
func rhythmStatements(q2 *toldReport) []statement {
	// burst is the highest rate of the quarter in parts of its mean.
	burst := func(typ, direction string) float64 {
		highest, sum, n := 0.0, 0.0, 0.0
		for _, row := range q2.figures["variability-"+typ].Rows {
			from, column := row[0].(string), direction+", average"
			if !strings.HasPrefix(from, "2026-") {
				continue // the rows of the distribution
			}
			highest = max(highest, q2.after("variability-"+typ, column, 2, from))
			sum, n = sum+q2.at("variability-"+typ, column, from), n+1
		}
		return highest / (sum / n)
	}
	variation := func(typ string) float64 { return q2.at("burstiness", "Coefficient of variation", "All regions", typ) }
	next := math.Inf(1)
	for _, typ := range largeTypes {
		if typ != "Hosting" {
			next = min(next, variation(typ))
		}
	}
	const of = "2026Q2 variability-"
	return []statement{
		more("[May]", "CDN egress is bursty: its highest rate against its mean", of+"cdn", burst("cdn", "Egress"), 2),
		is("[May]", "CDN ingress is flat: likewise", of+"cdn", burst("cdn", "Ingress"), 1.2, 0.2),
		more("[May]", "hyperscaler egress is volatile: likewise, against its ingress", of+"hyperscaler", burst("hyperscaler", "Egress")/burst("hyperscaler", "Ingress"), 1.3),
		more("[May]", "isp-regional ingress has a daily wave: likewise", of+"isp-regional", burst("isp-regional", "Ingress"), 1.4),
		more("[May]", "hosting is the steadiest large type: the next one's variation against it", "2026Q2 burstiness", next/variation("Hosting"), 1.2),
	}
}
