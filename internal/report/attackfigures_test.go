package report

import (
	"math"
	"slices"
	"strings"
	"time"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

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

// about learns that cells together have so many bits, give or take some.
func (p *press) about(from string, bits, off float64, cells []int) {
	if len(cells) == 0 {
		return
	}
	for _, sign := range [...]float64{1, -1} {
		of := addUp(1, cells...)
		of[p.slack()] = -sign
		p.note(from, bits-sign*off, of)
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
	seconds := float64(flow.Period{From: max(now[0].From, p.begins), To: now[len(now)-1].To}.Seconds())
	for _, row := range f.Table.Rows {
		if v := row[2].Value; v.OK() {
			cell := p.cell(now, cellKey(regionOf(row[0].Label), typesOf(row[1].Label)[0]))
			p.bits(f.Name, figure.Num(v.X*seconds), cell)
		}
	}
}

// variability has average rates of a type and direction over parts of the period, which add up to its
// months. They have three digits: so each is known within half a unit of the third.
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
		byMonth, off := map[flow.Slot]float64{}, map[flow.Slot]float64{}
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
				seconds := float64(to-from) * flow.SlotSeconds
				byMonth[from.Month()] += v.X * seconds
				if v.X > 0 {
					off[from.Month()] += 0.5 * math.Pow(10, math.Floor(math.Log10(v.X)+1e-9)-2) * seconds
				}
			}
		}
		for from, bits := range byMonth {
			if k := typeKey(t); !math.IsNaN(bits) {
				k.Direction = d
				p.about(f.Name, bits, off[from], p.cell([]flow.Period{flow.MonthOf(from)}, k))
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
