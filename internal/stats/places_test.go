package stats

import (
	"context"
	"slices"
	"strings"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// placeLine are cells of a type in countries, as publication.places sees them: each with its networks'
// octets.
func placeLine(typ flow.NetworkType, countries map[string][]uint64) placeCells {
	cells := placeCells{}
	for name, networks := range countries {
		for n, octets := range networks {
			cells.at(placeKey{kindCountry, typ, name}).add(uint32(n+1), rollup.U128(octets), false)
		}
	}
	return cells
}

// monthOf is a month's sheet with nothing but types' totals.
func monthOf(totals map[flow.NetworkType]uint64, hidden ...flow.NetworkType) *Sheet {
	s := &Sheet{index: map[Key]int{}}
	for _, t := range []flow.NetworkType{flow.CDN, flow.Neocloud} {
		k := Key{AllRegions, t, flow.Both, AllVersions}
		s.index[k] = len(s.Cells)
		s.Cells = append(s.Cells, Cell{Key: k, Suppressed: slices.Contains(hidden, t)})
		s.sums = append(s.sums, sum{octets: rollup.U128(totals[t])})
	}
	return s
}

// everywhereOf are the types over all places: what is in the countries, and besides the networks with
// these octets in no known country, four equal ones to make up the month's total if there are none.
func everywhereOf(month *Sheet, cells placeCells, elsewhere ...uint64) *[flow.NumNetworkTypes]placeCell {
	var out [flow.NumNetworkTypes]placeCell
	for t := range out {
		out[t].networks = map[uint32]rollup.Uint128{}
	}
	for k, c := range cells {
		for n, octets := range c.networks {
			if k.kind == kindCountry {
				out[k.typ].add(n, octets, false)
			}
		}
	}
	for i := range month.Cells {
		total := &out[month.Cells[i].Type]
		if len(elsewhere) == 0 {
			rest := less(month.sums[i].octets, total.octets).Lo / 4
			for n := range uint32(4) {
				total.add(101+n, rollup.U128(rest), false)
			}
		}
		for n, octets := range elsewhere {
			total.add(101+uint32(n), rollup.U128(octets), false)
		}
	}
	return &out
}

func hiddenPlaces(c placeCells) string {
	var out []string
	for _, k := range c.keys() {
		if c[k].hidden {
			out = append(out, k.name)
		}
	}
	return strings.Join(out, " ")
}

func TestPlacesMask(t *testing.T) {
	many := func(octets uint64) []uint64 { return []uint64{octets / 4, octets / 4, octets / 4, octets / 4} }
	f := func(name string, cells placeCells, month *Sheet, want string) {
		t.Helper()
		if _, err := (&publication{usualPolicy()}).places(month, cells, everywhereOf(month, cells)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := hiddenPlaces(cells); got != want {
			t.Errorf("%s: hidden are %q, want %q", name, got, want)
		}
	}
	month := monthOf(map[flow.NetworkType]uint64{flow.CDN: 10_000, flow.Neocloud: 5_000})
	f("all are large", placeLine(flow.CDN, map[string][]uint64{"US": many(4000), "DE": many(2000)}), month, "")
	f("two networks, and the smallest other", placeLine(flow.CDN, map[string][]uint64{"US": many(4000), "DE": {900, 900}, "NL": many(400)}), month, "DE NL")
	f("one network has it nearly all", placeLine(flow.CDN, map[string][]uint64{"US": many(4000), "DE": {1900, 50, 50}, "NL": {40, 40}}), month, "DE NL")
	f("the only place", placeLine(flow.CDN, map[string][]uint64{"US": {4000}}), month, "US")
	f("the total is hidden", placeLine(flow.CDN, map[string][]uint64{"US": many(4000), "DE": many(2000)}),
		monthOf(map[flow.NetworkType]uint64{flow.CDN: 10_000}, flow.CDN), "DE US")

	// What is hidden of a country is hidden of its subdivisions, and of areas that have traffic of it.
	cells := placeLine(flow.Neocloud, map[string][]uint64{"US": many(2000), "FI": {500}, "NL": many(800)})
	in := func(kind int, name string, octets uint64, within ...placeKey) {
		c := cells.at(placeKey{kind, flow.Neocloud, name})
		for n := range uint32(4) {
			c.add(n+1, rollup.U128(octets/4), false)
		}
		c.within = within
	}
	country := func(name string) placeKey { return placeKey{kindCountry, flow.Neocloud, name} }
	state := func(name string) placeKey { return placeKey{kindSubdivision, flow.Neocloud, name} }
	in(kindSubdivision, "US-VA", 1200)
	in(kindSubdivision, "US-CA", 600)
	in(kindSubdivision, "FI-18", 500)
	in(kindMetro, "Northern Virginia", 1000, country("US"), state("US-VA"))
	in(kindMetro, "Silicon Valley", 400, country("US"), state("US-CA"))
	in(kindMetro, "Amsterdam", 700, country("NL"))
	in(kindMetro, "Helsinki", 480, country("FI"), state("FI-18"))
	f("parts of hidden places", cells, month, "FI NL FI-18 Amsterdam Helsinki")

	// Germany and the Netherlands are all of a region that hides the type, of the United States a part.
	cells = placeLine(flow.CDN, map[string][]uint64{"US": many(4000), "CA": many(3000)})
	for name, octets := range map[string]uint64{"DE": 1000, "NL": 600, "US": 1600} {
		for n := range uint32(4) {
			cells.at(placeKey{kindCountry, flow.CDN, name}).add(n+1, rollup.U128(octets/4), true)
		}
	}
	f("places of a hidden region", cells, monthOf(map[flow.NetworkType]uint64{flow.CDN: 11_000}), "DE NL")

	// A type that is always published is so by place.
	cells = placeLine(flow.Neocloud, map[string][]uint64{"US": {2000}, "FI": {500}})
	policy := usualPolicy()
	policy.Always = []flow.NetworkType{flow.Neocloud}
	if elsewhere, err := (&publication{policy}).places(month, cells, everywhereOf(month, cells, 1)); err != nil || !elsewhere || hiddenPlaces(cells) != "" {
		t.Errorf("of a type that is always published %q are hidden, error %v", hiddenPlaces(cells), err)
	}

	// More by place than in all is no month.
	cells = placeLine(flow.CDN, map[string][]uint64{"US": many(40_000), "DE": many(2000)})
	totals := everywhereOf(month, cells)
	totals[flow.CDN].octets = rollup.U128(10_000)
	if _, err := (&publication{usualPolicy()}).places(month, cells, totals); err == nil {
		t.Error("countries with more bits than their type were taken")
	}
}

// What is in no place is what the places leave of the total: it is hidden, and protected, as a place is.
func TestPlacesMaskTheRest(t *testing.T) {
	many := func(octets uint64) []uint64 { return []uint64{octets / 4, octets / 4, octets / 4, octets / 4} }
	month := monthOf(map[flow.NetworkType]uint64{})
	f := func(name string, countries map[string][]uint64, elsewhere []uint64, want string, told bool) {
		t.Helper()
		cells := placeLine(flow.CDN, countries)
		got, err := (&publication{usualPolicy()}).places(month, cells, everywhereOf(month, cells, elsewhere...))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if hidden := hiddenPlaces(cells); hidden != want || got != told {
			t.Errorf("%s: hidden are %q, the rest may be told: %v; want %q, %v", name, hidden, got, want, told)
		}
	}
	f("one network elsewhere", map[string][]uint64{"US": many(4000)}, []uint64{1000}, "US", false)
	f("the smallest place protects it", map[string][]uint64{"US": many(4000), "DE": many(2000)}, []uint64{1000}, "DE", false)
	f("one network has it nearly all", map[string][]uint64{"US": many(4000), "DE": many(2000)}, []uint64{1000, 40, 40}, "DE", false)
	f("it is next to nothing", map[string][]uint64{"US": many(4000), "DE": many(2000), "NL": many(1000)}, []uint64{8}, "NL", false)
	f("three networks elsewhere", map[string][]uint64{"US": many(4000), "DE": many(2000)}, []uint64{400, 300, 300}, "", true)
	f("nothing elsewhere", map[string][]uint64{"US": many(4000), "DE": many(2000)}, []uint64{0}, "", true)
	f("a place and the rest protect each other", map[string][]uint64{"US": many(4000), "DE": {1200}}, []uint64{1000}, "DE", false)
}

// The places of a quarter are those of its flows, added up one by one.
func TestPlacesAgreeWithTwin(t *testing.T) {
	r := newReleases(t, 3)
	for _, m := range period(t, "2025-10..2025-12").Months() {
		r.grow(t, m)
	}
	q := period(t, "2025Q4")
	r.source.Publish = PublishPolicy{MinAddresses: 1, MinNetworks: 2, MaxDominance: 0.95, Always: []flow.NetworkType{flow.CDN, flow.Hosting}} // so that regions show something
	a, err := r.source.Ask(context.Background(), Question{
		Months: q.Months(), Periods: []flow.Period{q}, Study: &StudyOf{Now: q, Before: q.Before(), Months: q.Months()}, Unsuppressed: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{}
	located, total := 0.0, 0.0
	city := map[string]string{
		"Ashburn": "Northern Virginia", "Sterling": "Northern Virginia", "Santa Clara": "Silicon Valley", "New York": "New York",
		"Secaucus": "New York", "Frankfurt am Main": "Frankfurt", "Berlin": "Berlin", "Amsterdam": "Amsterdam", "Helsinki": "Helsinki",
	}
	for i := range r.flows {
		f := &r.flows[i]
		_, typ, _, _ := r.catalogue.AS(f.AS, flow.SlotOf(f.Start))
		p, bits := r.store.Names().Places.Value(f.Place), 8*float64(f.Octets)
		total += bits
		if p.Country == "" {
			continue
		}
		located += bits
		want[typ.String()+" "+p.Country] += bits
		if p.Subdivision != "" {
			want[typ.String()+" "+p.Country+"-"+p.Subdivision] += bits
		}
		if area := city[p.City]; area != "" && (typ == flow.Neocloud || typ == flow.Hyperscaler) {
			want[typ.String()+" "+area] += bits
		}
	}
	got := map[string]float64{}
	shown, hidden := 0, 0
	for _, list := range []PlaceList{a.Study.Places.Countries, a.Study.Places.Subdivisions, a.Study.Places.Metros} {
		for _, p := range list.Places {
			for typ, c := range p.Cells {
				if !c.Bits.Known {
					continue
				}
				got[flow.NetworkType(typ).String()+" "+p.Name] = c.Bits.Value
				if c.Hidden {
					hidden++
				} else {
					shown++
				}
			}
		}
	}
	for k, bits := range want {
		if got[k] != bits {
			t.Errorf("%s: %v bits, want %v", k, got[k], bits)
		}
	}
	if len(got) != len(want) || shown == 0 || hidden == 0 {
		t.Errorf("%d cells, want %d; %d are shown and %d hidden", len(got), len(want), shown, hidden)
	}
	if k := a.Study.Places.Known; k.Known && k.Value != located/total {
		t.Errorf("the country of %v of the bits is known, want %v", k.Value, located/total)
	}
}

// Places are ranked by what is shown of them, and those of which nothing is are counted, not named.
func TestPlaceRanks(t *testing.T) {
	cells := placeCells{}
	add := func(name string, typ flow.NetworkType, octets uint64, hidden bool) {
		c := cells.at(placeKey{kindCountry, typ, name})
		c.octets, c.hidden = rollup.U128(octets), hidden
	}
	add("US", flow.CDN, 100, false)
	add("US", flow.Hosting, 9000, true)
	add("DE", flow.CDN, 150, false)
	add("DE", flow.Hosting, 50, false)
	add("NL", flow.CDN, 100, false)
	add("FI", flow.CDN, 8000, true)
	all := func(string) bool { return true }
	names := func(l PlaceList) string {
		var out []string
		for _, p := range l.Places {
			out = append(out, p.Name)
		}
		return strings.Join(out, " ")
	}
	if l := cells.list(kindCountry, 3, false, all); names(l) != "DE NL US" || l.All != 4 || l.Unseen != 1 {
		t.Errorf("published are %s, %d in all and %d unseen; want DE NL US, 4 and 1", names(l), l.All, l.Unseen)
	}
	if l := cells.list(kindCountry, 4, true, all); names(l) != "DE NL US FI" {
		t.Errorf("unsuppressed are %s, want DE NL US FI", names(l))
	}
	if c := cells.list(kindCountry, 3, false, all).Places[2].Cells[flow.Hosting]; !c.Hidden || c.Bits.Known {
		t.Errorf("a hidden cell is %+v", c)
	}
}

func TestMetroAreas(t *testing.T) {
	f := func(country, subdivision, city, want string) {
		t.Helper()
		if got := metroAreas().of(flow.Place{Country: country, Subdivision: subdivision, City: city}); got != want {
			t.Errorf("%s in %s-%s is in %q, want %q", city, country, subdivision, got, want)
		}
	}
	f("US", "VA", "Ashburn", "Northern Virginia")
	f("US", "TX", "Houston", "Dallas–Houston")
	f("US", "CO", "Aurora", "Denver") // and Aurora in Illinois is in Chicago's
	f("US", "IL", "Aurora", "Chicago")
	f("US", "NY", "Aurora", "")
	f("US", "", "Ashburn", "")
	f("DE", "HE", "Frankfurt am Main", "Frankfurt")
	f("DE", "", "Berlin", "Berlin")
	f("NO", "18", "Glomfjord", "Narvik–Glomfjord")
	f("FR", "IDF", "Ashburn", "")
	f("US", "VA", "", "")
	for name, want := range map[string]string{"Ashburn": "Northern Virginia", "Aurora": "Aurora", "Dublin": "Dublin", "Northern Virginia": "Northern Virginia", "Back yard": "Back yard", "": ""} {
		if got := metroAreas().named(name); got != want {
			t.Errorf("what the catalogue calls %q is %q, want %q", name, got, want)
		}
	}
	if _, err := parseAreas([]byte("US: {A: [X], B: [X]}")); err == nil || !strings.Contains(err.Error(), "X in US is in A and in B") {
		t.Errorf("a city in two areas: error %v", err)
	}
	if _, err := parseAreas([]byte("US: [A]")); err == nil {
		t.Error("a list of areas without cities was taken")
	}
}

// The catalogue states the area of a network whose prefixes all have one and whose name no AS number has.
func TestStatedMetros(t *testing.T) {
	c := loadCatalogue(t, `networks:
  - {as: 64500, name: Everywhere, type: neocloud}
prefixes:
  - {prefix: 192.0.2.0/26, name: One, type: neocloud, metro: Ashburn}
  - {prefix: 192.0.2.64/26, name: One, type: neocloud, metro: Ashburn}
  - {prefix: 192.0.2.128/26, name: Two, type: neocloud, metro: Ashburn}
  - {prefix: 192.0.2.192/26, name: Two, type: neocloud, metro: Dallas}
  - {prefix: 198.51.100.0/24, name: Everywhere, type: neocloud, metro: Ashburn}
`)
	networks := []string{"unknown", "One", "Two", "Everywhere"}
	row := func(network, prefix uint32) store.Label {
		return store.Label{Combination: store.Combination{Prefix: prefix}, Network: network}
	}
	got := metrosOf([]store.Label{row(1, 1), row(2, 2), row(3, 3), row(3, 0)}, networks, c)
	if got[1] != "Northern Virginia" || got[2] != "" || got[3] != "" {
		t.Errorf("areas %v, want Ashburn's for the first alone", got)
	}
}
