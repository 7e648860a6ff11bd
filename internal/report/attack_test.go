package report

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

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
	notes  map[string]bool                    // what has been learnt already: reports repeat each other
}

func newPress(t *testing.T) *press {
	return &press{newReader[fact](), t, map[string]map[stats.Key]bool{}, map[string]map[stats.Key]stats.Num{}, map[string]bool{}}
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

// typesOf is the type with a name, or every type of a group.
func typesOf(name string) []flow.NetworkType {
	if g, ok := map[string]string{"All cloud": "cloud", "All ISP": "isp"}[name]; ok {
		var out []flow.NetworkType
		for t := range flow.NumNetworkTypes {
			if t.Group() == g {
				out = append(out, t)
			}
		}
		return out
	}
	for t := range flow.NumNetworkTypes {
		if figure.TypeName(t) == name {
			return []flow.NetworkType{t}
		}
	}
	if name == "All types" || name == "All" {
		return []flow.NetworkType{stats.AllTypes}
	}
	return nil
}

func regionOf(name string) string {
	if name == "All regions" {
		return stats.AllRegions
	}
	return name
}

// notBits are figures whose numbers are not linear in the bits of cells and places: of single networks,
// or of addresses.
var notBits = []string{"concentration", "network-magnitude", "networks", "persistence", "heat-uniqueness", "interconnect"}

// report learns the figures of a report. It fails for one that it does not know: whoever adds a figure
// says here what a reader can make of it.
func (p *press) report(r *Report) {
	p.dataset(r.Dataset)
	now, before := periodOf(p.t, r.Period.Name).Months(), periodOf(p.t, r.Before.Name).Months()
	for i := range r.Figures {
		f := &r.Figures[i]
		known := map[string]func(*Figure, string, []flow.Period, []flow.Period){
			"volume": p.byMonthAndType, "magnitude-log": p.magnitudes, "magnitude-linear": p.magnitudes, "shares": p.shares, "flow": p.flows,
			"clouds": p.clouds, "heat-volume": p.heat, "heat-magnitude": p.heatMagnitude(r), "ip-versions": p.versions, "burstiness": p.burstiness,
			"countries": p.placesOf("country"), "countries-without-largest": p.placesOf("country"), "subdivisions": p.placesOf("subdivision"), "metros": p.placesOf("area"),
		}[f.Name]
		switch {
		case known != nil:
			known(f, r.Period.Name, now, before)
		case strings.HasPrefix(f.Name, "seasons-"):
			p.seasons(f)
		case strings.HasPrefix(f.Name, "variability-"):
			p.variability(f, r.Period.Period)
		case !slices.Contains(notBits, f.Name):
			p.t.Errorf("nobody says what a reader can make of figure %s", f.Name)
		}
	}
	p.share("unclassified", r.Coverage.Unclassified, p.cell(now, typeKey(flow.Other)), p.cell(now, stats.Total))
	if v := r.Key[0]; v.Name == "Volume" && v.Value.OK() {
		p.note("key numbers "+r.Period.Name, v.Value.X, addUp(1, p.cell(now, stats.Total)...))
	}
}

// bits learns that cells together have so many bits.
func (p *press) bits(from string, v figure.Value, cells []int) {
	if v.OK() {
		p.note(from, v.X, addUp(1, cells...))
	}
}

func (p *press) byMonthAndType(f *Figure, _ string, _, _ []flow.Period) {
	for _, row := range f.Table.Rows {
		for c := 1; c < len(row); c++ {
			for _, t := range typesOf(f.Table.Columns[c].Name) {
				p.bits(f.Name, row[c].Value, p.cell(periodOf(p.t, row[0].Label).Months(), typeKey(t)))
			}
		}
	}
}

// magnitudes are bits per address; the addresses are the dataset's, where it shows them.
func (p *press) magnitudes(f *Figure, _ string, _, _ []flow.Period) {
	for _, row := range f.Table.Rows {
		for c := 1; c < len(row); c++ {
			k := typeKey(typesOf(f.Table.Columns[c].Name)[0])
			if u := p.unique[row[0].Label][k]; u.Known && row[c].Value.OK() {
				p.bits(f.Name, figure.Num(row[c].Value.X*u.Value), p.cell(periodOf(p.t, row[0].Label).Months(), k))
			}
		}
	}
}

func (p *press) shares(f *Figure, _ string, now, before []flow.Period) {
	for _, row := range f.Table.Rows {
		for c, months := range [][]flow.Period{1: before, 2: now} {
			var parts []int
			for _, t := range typesOf(row[0].Label) {
				parts = append(parts, p.cell(months, typeKey(t))...)
			}
			if c > 0 && len(parts) > 0 {
				p.share(f.Name, row[c].Value, parts, p.cell(months, stats.Total))
			}
		}
		if row[3].Value.OK() && !(row[1].Value.OK() && row[2].Value.OK()) {
			p.t.Errorf("the change of %s is shown, and not what changed", row[0].Label)
		}
	}
}

func (p *press) flows(f *Figure, _ string, now, _ []flow.Period) {
	for _, row := range f.Table.Rows {
		for d, c := range map[flow.Direction]int{flow.Ingress: 2, flow.Egress: 3} {
			k := cellKey(regionOf(row[0].Label), typesOf(row[1].Label)[0])
			k.Direction = d
			p.bits(f.Name, row[c].Value, p.cell(now, k))
		}
	}
}

func (p *press) clouds(f *Figure, _ string, _, _ []flow.Period) {
	for _, row := range f.Table.Rows {
		months, region := periodOf(p.t, row[0].Label).Months(), regionOf(row[1].Label)
		for c := 2; c < len(row); c++ {
			name, share := strings.CutSuffix(f.Table.Columns[c].Name, ", share")
			var parts []int
			for _, t := range typesOf(name) {
				parts = append(parts, p.cell(months, cellKey(region, t))...)
			}
			switch {
			case strings.HasSuffix(name, ", networks"):
			case share:
				p.share(f.Name, row[c].Value, parts, p.cell(months, cellKey(region, stats.AllTypes)))
			default:
				p.bits(f.Name, row[c].Value, parts)
			}
		}
	}
}

func (p *press) seasons(f *Figure) {
	t, err := flow.ParseNetworkType(strings.TrimPrefix(f.Name, "seasons-"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, row := range f.Table.Rows {
		for c := 1; c < len(row); c++ {
			p.bits(f.Name, row[c].Value, p.cell(periodOf(p.t, row[0].Label).Months(), cellKey(regionOf(f.Table.Columns[c].Name), t)))
		}
	}
}

func (p *press) heat(f *Figure, _ string, now, before []flow.Period) {
	for _, row := range f.Table.Rows {
		k := cellKey(regionOf(row[0].Label), typesOf(row[1].Label)[0])
		p.bits(f.Name, row[2].Value, p.cell(before, k))
		p.bits(f.Name, row[3].Value, p.cell(now, k))
	}
}

// heatMagnitude is bits per address, and the figure after it has the addresses.
func (p *press) heatMagnitude(r *Report) func(*Figure, string, []flow.Period, []flow.Period) {
	return func(f *Figure, _ string, now, before []flow.Period) {
		unique := r.Figure("heat-uniqueness").Table.Rows
		for i, row := range f.Table.Rows {
			k := cellKey(regionOf(row[0].Label), typesOf(row[1].Label)[0])
			for c, months := range map[int][]flow.Period{2: before, 3: now} {
				if m, u := row[c].Value, unique[i][c].Value; m.OK() && u.OK() {
					p.bits(f.Name, figure.Num(m.X*u.X), p.cell(months, k))
				}
			}
		}
	}
}

func (p *press) versions(f *Figure, _ string, _, _ []flow.Period) {
	for _, row := range f.Table.Rows {
		for c := 1; c < len(row); c++ {
			k := stats.Total
			if t := typesOf(f.Table.Columns[c].Name); t != nil {
				k.Type = t[0]
			} else {
				k.Region = f.Table.Columns[c].Name
			}
			six := k
			six.Version = 6
			months := periodOf(p.t, row[0].Label).Months()
			p.share(f.Name, row[c].Value, p.cell(months, six), p.cell(months, k))
		}
	}
}

// burstiness has the average rate of every region and type.
func (p *press) burstiness(f *Figure, _ string, now, _ []flow.Period) {
	seconds := float64(flow.Period{From: now[0].From, To: now[len(now)-1].To}.Seconds())
	for _, row := range f.Table.Rows {
		if v := row[2].Value; v.OK() {
			cell := p.cell(now, cellKey(regionOf(row[0].Label), typesOf(row[1].Label)[0]))
			p.bits(f.Name, figure.Num(v.X*seconds), cell)
		}
	}
}

// variability has average rates of a type and direction over parts of the period, which add up to its
// months.
func (p *press) variability(f *Figure, period flow.Period) {
	t, err := flow.ParseNetworkType(strings.TrimPrefix(f.Name, "variability-"))
	if err != nil {
		p.t.Fatal(err)
	}
	at := func(text string) flow.Slot {
		when, err := time.Parse("2006-01-02 15:04", text)
		if err != nil {
			p.t.Fatal(err)
		}
		return flow.SlotAt(when)
	}
	for d, c := range map[flow.Direction]int{flow.Ingress: 1, flow.Egress: 4} {
		byMonth := map[flow.Slot]float64{}
		for i, row := range f.Table.Rows {
			if row[0].Label == "" {
				continue
			}
			from, to := at(row[0].Label), period.To
			if i+1 < len(f.Table.Rows) && f.Table.Rows[i+1][0].Label != "" {
				to = at(f.Table.Rows[i+1][0].Label)
			}
			switch v := row[c].Value; {
			case !v.OK() || from.Month() != (to-1).Month():
				byMonth[from.Month()], byMonth[(to-1).Month()] = math.NaN(), math.NaN()
			default:
				byMonth[from.Month()] += v.X * float64(to-from) * flow.SlotSeconds
			}
		}
		for from, bits := range byMonth {
			if k := typeKey(t); !math.IsNaN(bits) {
				k.Direction = d
				p.bits(f.Name, figure.Num(bits), p.cell([]flow.Period{flow.MonthOf(from)}, k))
			}
		}
	}
}

// placesOf learns a figure of places: what it shows, and that what it hides is not nothing.
func (p *press) placesOf(kind string) func(*Figure, string, []flow.Period, []flow.Period) {
	return func(f *Figure, period string, now, _ []flow.Period) {
		for _, row := range f.Table.Rows {
			for c := 1; c < len(row); c++ {
				t := typesOf(f.Table.Columns[c].Name)[0]
				var cells []int
				for _, m := range now {
					least := 0.0
					if row[c].Value.State == figure.Hidden && len(now) == 1 {
						least = rowBits
					}
					if p.rows[m.Name][typeKey(t)] {
						cells = append(cells, p.unknown(fact{m.Name, kind, typeKey(t), row[0].Label}, least))
					}
				}
				p.bits(f.Name+" "+period, row[c].Value, cells)
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
			for _, w := range [...]fact{{f.month, "country", f.key, whole.country}, {f.month, "subdivision", f.key, whole.subdivision}} {
				if w.place != "" {
					w.place += "/areas"
					parts[w] = append(parts[w], n)
				}
			}
		}
	}
	for whole, of := range parts {
		whole.place = strings.TrimSuffix(whole.place, "/areas")
		equation := addUp(1, of...)
		equation[p.unknown(whole, 0)] = -1
		equation[p.slack()] = 1
		p.note(fmt.Sprintf("places %v", whole), 0, equation)
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
		p.geography()
		found, hidden := p.found(truths)
		for _, text := range found {
			t.Error(text)
		}
		t.Logf("seed %d: %d unknowns, %d equations, %d of %d hidden", seed, len(p.names), len(p.equations), hidden, len(truths))
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
