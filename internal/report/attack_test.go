package report

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// fact is an unknown of a reader: the bits of a cell of the dataset in a month, or of a network type
// and place.
type fact struct {
	month string
	kind  string // "cell", "country", "subdivision", "area"
	key   stats.Key
	place string
}

// rowBits is the least that a row can have: cells without octets are left out.
const rowBits = 8

// press is a reader of reports.
type press struct {
	*reader[fact]
	t      *testing.T
	rows   map[string]map[stats.Key]bool      // of the dataset, by month
	unique map[string]map[stats.Key]stats.Num // the addresses of those that are shown
	begins flow.Slot                          // the hour in which the store does
	notes  map[string]bool                    // what has been learnt already: reports repeat each other
}

func newPress(t *testing.T) *press {
	return &press{reader: newReader[fact](), t: t, rows: map[string]map[stats.Key]bool{}, unique: map[string]map[stats.Key]stats.Num{}, notes: map[string]bool{}}
}

// note learns an equation unless it is known word for word.
func (p *press) note(from string, value float64, of map[int]float64) {
	text := fmt.Sprint(of, value)
	if len(of) == 0 || p.notes[text] {
		return
	}
	p.notes[text] = true
	p.learn(from, value, of)
}

// cell are the unknowns of a cell of the dataset over months: those that have a row of it.
func (p *press) cell(months []flow.Period, k stats.Key) []int {
	var out []int
	for _, m := range months {
		if p.rows[m.Name][k] {
			out = append(out, p.unknown(fact{m.Name, "cell", k, ""}, rowBits))
		}
	}
	return out
}

// dataset learns the rows of a dataset: which there are, and what those say that are shown.
func (p *press) dataset(d *stats.Dataset) {
	for i := range d.Rows {
		row := &d.Rows[i]
		if p.rows[row.Month] == nil {
			p.rows[row.Month], p.unique[row.Month] = map[stats.Key]bool{}, map[stats.Key]stats.Num{}
		}
		p.rows[row.Month][row.Key], p.unique[row.Month][row.Key] = true, row.Unique
	}
	for i := range d.Rows {
		row := &d.Rows[i]
		cell := p.cell([]flow.Period{periodOf(p.t, row.Month)}, row.Key)
		from := fmt.Sprintf("dataset %s %v", row.Month, row.Key)
		if row.Bits.Known {
			p.note(from, row.Bits.Value, addUp(1, cell...))
		}
		if row.Magnitude.Known && row.Unique.Known {
			p.note(from, row.Magnitude.Value*row.Unique.Value, addUp(1, cell...))
		}
		if row.BpsAvg.Known {
			p.note(from, row.BpsAvg.Value*float64(periodOf(p.t, row.Month).Seconds()), addUp(1, cell...))
		}
		whole := row.Key
		whole.Type = stats.AllTypes
		p.share(from, number(row.Share), cell, p.cell([]flow.Period{periodOf(p.t, row.Month)}, whole))
	}
}

// share learns that the parts are so much of the whole.
func (p *press) share(from string, v figure.Value, parts, whole []int) {
	if !v.OK() {
		return
	}
	of := addUp(1, parts...)
	for _, n := range whole {
		of[n] -= v.X
	}
	p.note(from, 0, of)
}

// sums learns what everybody knows of the dataset's months: totals are the sums of their parts.
func (p *press) sums() {
	for month, rows := range p.rows {
		m := []flow.Period{periodOf(p.t, month)}
		for whole := range rows {
			for _, part := range [...]func(k stats.Key) (stats.Key, bool){
				func(k stats.Key) (stats.Key, bool) {
					is := k.Region != stats.AllRegions && whole.Region == stats.AllRegions
					k.Region = stats.AllRegions
					return k, is
				},
				func(k stats.Key) (stats.Key, bool) {
					is := k.Type != stats.AllTypes && whole.Type == stats.AllTypes
					k.Type = stats.AllTypes
					return k, is
				},
				func(k stats.Key) (stats.Key, bool) {
					is := k.Direction != flow.Both && whole.Direction == flow.Both
					k.Direction = flow.Both
					return k, is
				},
				func(k stats.Key) (stats.Key, bool) {
					is := k.Version != stats.AllVersions && whole.Version == stats.AllVersions
					k.Version = stats.AllVersions
					return k, is
				},
			} {
				var parts []int
				for k := range rows {
					if total, is := part(k); is && total == whole {
						parts = append(parts, p.cell(m, k)...)
					}
				}
				if len(parts) > 0 {
					of := addUp(1, parts...)
					of[p.cell(m, whole)[0]] = -1
					p.note(fmt.Sprintf("sum %s %v", month, whole), 0, of)
				}
			}
		}
	}
}

// wholeOf are the country of a subdivision or area, and the subdivision that an area lies in as a whole, of
// releasePlaces; an area across subdivisions has none.
var wholeOf = map[string]struct{ country, subdivision string }{
	"Virginia, US": {"United States", ""}, "California, US": {"United States", ""}, "New York, US": {"United States", ""},
	"New Jersey, US": {"United States", ""}, "Hesse, DE": {"Germany", ""}, "Berlin, DE": {"Germany", ""}, "North Holland, NL": {"Netherlands", ""},
	"Northern Virginia": {"United States", "Virginia, US"}, "Silicon Valley": {"United States", "California, US"}, "New York": {"United States", ""},
	"Frankfurt": {"Germany", "Hesse, DE"}, "Berlin": {"Germany", "Berlin, DE"}, "Amsterdam": {"Netherlands", "North Holland, NL"},
}

// geography learns what everybody knows of places: those of a kind are no more than their whole.
func (p *press) geography() {
	parts := map[fact][]int{} // by the whole, and the kind of the parts
	for n, f := range p.names {
		total := fact{f.month, "cell", f.key, ""}
		whole := wholeOf[f.place]
		if f.kind != "country" && f.kind != "" && f.kind != "cell" && whole.country == "" {
			p.t.Fatalf("nobody says where %s is", f.place)
		}
		switch f.kind {
		case "country":
			parts[total] = append(parts[total], n)
		case "subdivision":
			total = fact{f.month, "country", f.key, whole.country}
			parts[total] = append(parts[total], n)
		case "area":
			total.place = "all/areas"
			parts[total] = append(parts[total], n)
			for _, w := range [...]fact{{f.month, "country", f.key, whole.country}, {f.month, "subdivision", f.key, whole.subdivision}} {
				if w.place != "" {
					w.place += "/areas"
					parts[w] = append(parts[w], n)
				}
			}
		}
	}
	for whole, of := range parts {
		whole.place = strings.TrimPrefix(strings.TrimSuffix(whole.place, "/areas"), "all")
		rest := p.slack()
		if kind := p.names[of[0]].kind; kind != "area" || whole.kind == "cell" {
			rest = p.unknown(fact{whole.month, restOf + kind, whole.key, whole.place}, 0)
		}
		equation := addUp(1, of...)
		equation[p.unknown(whole, 0)] = -1
		equation[rest] = 1
		p.note(fmt.Sprintf("places %v", whole), 0, equation)
	}
}

// restOf stands before a kind of place: what is in none of them, of a country or of all.
const restOf = "rest of "

// rests adds what is in no place to a month's truths. It is a cell like others, and hidden where the thresholds
// would hide it.
func (r *releases) rests(month flow.Period, out map[fact]truth) {
	areas := []string{"Ashburn", "Sterling", "Santa Clara", "New York", "Secaucus", "Frankfurt am Main", "Berlin", "Amsterdam"}
	octets := map[fact]map[uint32]uint64{}
	for i := range r.flows {
		f := &r.flows[i]
		if at := flow.SlotOf(f.Start); at < month.From || at >= month.To {
			continue
		}
		_, typ, _, _ := r.source.Catalogue.AS(f.AS, flow.SlotOf(f.Start))
		place := releasePlaces[slices.Index(r.places, f.Place)]
		add := func(kind, of string) {
			k := fact{month.Name, restOf + kind, typeKey(typ), of}
			if octets[k] == nil {
				octets[k] = map[uint32]uint64{}
			}
			octets[k][f.AS] += f.Octets
		}
		switch {
		case place.Country == "":
			add("country", "")
		case place.Subdivision == "":
			add("subdivision", placeName(place.Country))
		}
		if !slices.Contains(areas, place.City) {
			add("area", "")
		}
	}
	for k, networks := range octets {
		sum, largest := uint64(0), uint64(0)
		for _, n := range networks {
			sum, largest = sum+n, max(largest, n)
		}
		few := len(networks) < int(usualPolicy.MinNetworks) || float64(largest) > usualPolicy.MaxDominance*float64(sum)
		out[k] = truth{8 * float64(sum), few && !slices.Contains(usualPolicy.Always, k.key.Type)}
	}
}

// atlas lets readers know of every place that a type has traffic in, whether reports name it or not.
func (p *press) atlas(truths map[fact]truth) {
	var places []fact
	for f := range truths {
		if f.kind != "cell" {
			places = append(places, f)
		}
	}
	slices.SortFunc(places, func(a, b fact) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	for _, f := range places {
		p.unknown(f, 0)
	}
}

// truth is what a reader must not find: the bits of what is hidden, and of everything else.
type truth struct {
	bits   float64
	hidden bool
}

// truths are those of a month.
func (r *releases) truths(t *testing.T, month flow.Period, out map[fact]truth) {
	t.Helper()
	sheet, places := r.ask(t, month)
	for i := range sheet.Cells {
		c := &sheet.Cells[i]
		out[fact{month.Name, "cell", c.Key, ""}] = truth{c.Bits.Value, c.Suppressed}
	}
	for kind, list := range map[string]stats.PlaceList{"country": places.Countries, "subdivision": places.Subdivisions, "area": places.Metros} {
		for i := range list.Places {
			for ty, c := range list.Places[i].Cells {
				name := list.Places[i].Name
				switch kind {
				case "country":
					name = placeName(name)
				case "subdivision":
					name = subdivisionName(name)
				}
				if c.Bits.Known {
					out[fact{month.Name, kind, typeKey(flow.NetworkType(ty)), name}] = truth{c.Bits.Value, c.Hidden}
				}
			}
		}
	}
}

// hiddenRests is how many rests that readers look for are hidden.
func (p *press) hiddenRests(truths map[fact]truth) (n int) {
	for f := range p.number {
		if strings.HasPrefix(f.kind, restOf) && truths[f].hidden {
			n++
		}
	}
	return n
}

// found are the hidden facts that a reader tells within ±20 %. The test fails where the truth is not
// in what he concludes: then he is wrong, and his failure proves nothing.
func (p *press) found(truths map[fact]truth) (out []string, hidden int) {
	p.t.Helper()
	bounds := p.conclude(p.t)
	for n, f := range p.names {
		is, ok := truths[f]
		if !ok {
			continue
		}
		b := bounds[n]
		if slack := 1e-6 * (is.bits + rowBits); is.bits < b.low-slack || is.bits > b.high+slack {
			p.t.Errorf("%v is %g, and readers conclude [%g, %g]", f, is.bits, b.low, b.high)
		}
		if !is.hidden {
			continue
		}
		hidden++
		if b.near() {
			out = append(out, fmt.Sprintf("%v = %g lies in [%g, %g]", f, is.bits, b.low, b.high))
		}
	}
	slices.Sort(out)
	return out, hidden
}

// Whatever is published at the end of every month, quarter and year, all of it together does not tell a
// hidden cell within ±20 %; but to somebody who is told some of the hidden cells it tells others, or this
// test would prove nothing.
func TestEverythingPublishedTogether(t *testing.T) {
	seeds := uint64(3)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		r := newReleases(t, seed)
		p := newPress(t)
		truths := map[fact]truth{}
		for _, name := range releaseMonths {
			month := periodOf(t, name)
			r.grow(t, month)
			p.begins = r.begins()
			for _, period := range over(t, month) {
				report, err := Gather(context.Background(), r.source, period, Options{})
				if err != nil {
					t.Fatal(err)
				}
				p.report(report)
			}
			r.truths(t, month, truths)
		}
		p.sums()
		p.atlas(truths)
		p.geography()
		for _, name := range releaseMonths {
			r.rests(periodOf(t, name), truths)
		}
		rests := p.hiddenRests(truths)
		if rests == 0 {
			t.Errorf("seed %d: no rest is hidden: the test shows nothing of them", seed)
		}
		found, hidden := p.found(truths)
		for _, text := range found {
			t.Error(text)
		}
		t.Logf("seed %d: %d unknowns, %d equations, %d of %d hidden, %d of them rests", seed, len(p.names), len(p.equations), hidden, len(truths), rests)
		if hidden == 0 || hidden == len(truths) {
			t.Errorf("%d of %d facts are hidden: the test shows nothing", hidden, len(truths))
		}
		told := 0
		for n, f := range p.names {
			if is := truths[f]; is.hidden && n%3 == 0 {
				told++
				p.learn("a traitor", is.bits, addUp(1, n))
				truths[f] = truth{is.bits, false}
			}
		}
		found, hidden = p.found(truths)
		t.Logf("seed %d: told %d of them, readers find %d of the other %d", seed, told, len(found), hidden)
		if len(found) == 0 {
			t.Errorf("seed %d: readers who know a third of what is hidden find nothing: the attack proves nothing", seed)
		}
	}
}
