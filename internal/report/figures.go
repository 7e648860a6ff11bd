package report

import (
	"fmt"
	"slices"
	"strings"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// chapter is a run of figures under one heading.
type chapter struct {
	title   string
	figures []Figure
}

// figures are the report's pictures, in order, each with its chapter.
func (m *maker) figures() []Figure {
	var out []Figure
	for _, c := range [...]chapter{
		{"Volume and shares", slices.Concat(one(m.volume(), m.shares(), m.flow()), m.cloudFigures(), m.seasonFigures())},
		{"Regions", m.regionFigures()},
		{"Parties", slices.Concat(m.magnitudeFigures(), m.returningFigures(), m.networkFigures())},
		{"Places", m.placeFigures()},
		{"Rhythm", m.rhythmFigures()},
		{"Protocol", one(m.ipVersions())},
	} {
		for _, f := range c.figures {
			f.Chapter = c.title
			out = append(out, f)
		}
	}
	return out
}

func one(figures ...Figure) []Figure { return figures }

func (m *maker) regionFigures() []Figure {
	return []Figure{
		m.heat("heat-volume", "Volume by region and network type", "Bits exchanged", m.unit, bitsIn,
			"The more a cell stands out from the page, the more bits; the scale is logarithmic and one for both periods, so equal shades are equal volumes."),
		m.heat("heat-magnitude", "Magnitude by region and network type", "Bits per distinct remote address", m.unit, magnitudeIn,
			"Cells that stand out here and not in the figure before are few parties that move much each: candidates for links of their own."),
		m.heat("heat-uniqueness", "Uniqueness by region and network type", "Distinct remote addresses", figure.Count, uniqueIn,
			"Cells that stand out are conversations with many parties. Cells do not add up: an address that is seen in two regions counts in both, and once in a total."),
	}
}

func (m *maker) magnitudeFigures() []Figure {
	return []Figure{
		m.magnitude("magnitude-log", "Magnitude by network type, logarithmic", true,
			"Each grid line is a fixed multiple of the one below, so equal slopes are equal rates of growth, for small types as for large."),
		m.magnitude("magnitude-linear", "Magnitude by network type, linear", false,
			"The same numbers as in the logarithmic figure: heights compare directly, and small types lie on the axis."),
	}
}

// volume is bits by month and type.
func (m *maker) volume() Figure {
	v := &figure.Volume{Months: m.out.Months, Unit: m.unit}
	for _, p := range m.months {
		s := m.byMonth[p.Name]
		v.Total = append(v.Total, bitsIn(s, stats.Total))
		for t := range flow.NumNetworkTypes {
			v.Types[t] = append(v.Types[t], bitsIn(s, typeKey(t)))
		}
	}
	f := Figure{
		Name: "volume", Title: "Volume over time", chart: v, span: m.monthRange(),
		Caption: fmt.Sprintf("Bits exchanged per month with networks of each type, ingress and egress together, %s. Unit: %s.%s%s",
			m.monthRange(), m.unitText(""), m.partial(), m.hiddenText(countHidden(v.Types[:]...)+countHidden(v.Total))),
		Reading: "The height of a band is a type's volume in a month; " + m.upperEdge(v) + ".",
		Table:   m.monthly(v.Types, v.Total, m.unit),
	}
	f.Alt = fmt.Sprintf("%s of %s over %s; %s. %s", plotWord(v.Bars()), plural(len(m.types), "network type"), plural(len(m.months), "month"),
		m.upperEdge(v), m.rangeText("The total", v.Total))
	return f
}

// upperEdge says what the bands of a month add up to. Where only types are hidden, a band of their
// own makes up the total; where the total is hidden too, what is hidden is in no band.
func (m *maker) upperEdge(v *figure.Volume) string {
	var without []string // months whose total is hidden
	typeHidden := false  // in a month whose total is not
	for i, month := range m.out.Months {
		if v.Total[i].State == figure.Hidden {
			without = append(without, periodTitle(month))
			continue
		}
		for t := range v.Types {
			typeHidden = typeHidden || v.Types[t][i].State == figure.Hidden
		}
	}
	shown := slices.ContainsFunc(v.Types[:], func(values []figure.Value) bool {
		return slices.ContainsFunc(values, func(x figure.Value) bool { return x.OK() && x.X > 0 })
	})
	switch {
	case len(without) == len(m.out.Months) && !shown:
		return "all numbers are hidden, so that nothing is drawn"
	case len(without) == len(m.out.Months):
		return "all totals are hidden, so the upper edge is only the types that are shown"
	case len(without) > 0:
		return "the upper edge is all types together, but only those that are shown in " + list(without) + ", where the total is hidden"
	case typeHidden:
		return "the band called hidden is the types that are not shown, and the upper edge is all types together"
	}
	return "the upper edge is all types together"
}

// monthly is a table with a row a month and a column a type, and one for the total if there is one.
func (m *maker) monthly(types [flow.NumNetworkTypes][]figure.Value, total []figure.Value, u figure.Unit) Table {
	t := Table{Columns: []Column{{Name: "Month"}}}
	for _, ty := range m.types {
		t.Columns = append(t.Columns, Column{figure.TypeName(ty), u})
	}
	if total != nil {
		t.Columns = append(t.Columns, Column{"All types", u})
	}
	for i, month := range m.out.Months {
		row := []Cell{{Label: month}}
		for _, ty := range m.types {
			row = append(row, Cell{Value: types[ty][i]})
		}
		if total != nil {
			row = append(row, Cell{Value: total[i]})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// heat is a measure by region and type in two periods.
func (m *maker) heat(name, title, what string, u figure.Unit, of func(*stats.Sheet, stats.Key) figure.Value, reading string) Figure {
	h := &figure.Heat{Periods: m.periodNames(), Regions: m.regions, Types: m.types, Unit: u}
	table := Table{Columns: []Column{{Name: "Region"}, {Name: "Network type"}, {h.Periods[0], u}, {h.Periods[1], u}}}
	hidden := 0
	for p, s := range [2]*stats.Sheet{m.before(), m.Now} {
		if s == nil {
			continue
		}
		for _, region := range m.regions {
			var row []figure.Value
			for _, t := range m.types {
				row = append(row, of(s, cellKey(region, t)))
			}
			hidden += countHidden(row)
			h.Cells[p] = append(h.Cells[p], row)
		}
	}
	var largest struct {
		name string
		v    figure.Value
	}
	row := func(region, regionName string, t flow.NetworkType, typeName string) {
		k := cellKey(region, t)
		before, now := of(m.before(), k), of(m.Now, k)
		table.Rows = append(table.Rows, []Cell{{Label: regionName}, {Label: typeName}, {Value: before}, {Value: now}})
		if region != stats.AllRegions && t != stats.AllTypes && now.X > largest.v.X {
			largest.name, largest.v = regionName+" and "+typeName, now
		}
	}
	for _, region := range m.regions {
		for _, t := range m.types {
			row(region, region, t, figure.TypeName(t))
		}
		row(region, region, stats.AllTypes, "All types")
	}
	for _, t := range m.types {
		row(stats.AllRegions, "All regions", t, figure.TypeName(t))
	}
	row(stats.AllRegions, "All regions", stats.AllTypes, "All types")

	f := Figure{Name: name, Title: title, Reading: reading, Table: table, chart: h, span: m.shownPeriods()}
	unit := m.unitText("")
	switch name {
	case "heat-magnitude":
		unit = m.unitText(" per address")
	case "heat-uniqueness":
		unit = "addresses"
	}
	f.Caption = fmt.Sprintf("%s by region (%s) and network type, both directions, %s. Unit: %s.%s",
		what, plural(len(m.regions), "region"), m.bothPeriods(), unit, m.hiddenText(hidden))
	f.Alt = fmt.Sprintf("Two heatmaps of %s by %s, %s.", plural(len(m.regions), "region"), plural(len(m.types), "network type"), m.bothPeriods())
	switch {
	case largest.v.OK() && hidden > 0:
		f.Alt += fmt.Sprintf(" The largest cell of %s that is not hidden is %s with %s.", m.periodNames()[1], largest.name, largest.v.Text(u))
	case largest.v.OK():
		f.Alt += fmt.Sprintf(" The largest cell of %s is %s with %s.", m.periodNames()[1], largest.name, largest.v.Text(u))
	case hidden > 0:
		f.Alt += fmt.Sprintf(" No cell of %s can be shown.", m.periodNames()[1])
	}
	return f
}

// flow is bits by direction, region and type.
func (m *maker) flow() Figure {
	f := &figure.Flow{Regions: m.regions, Unit: m.unit}
	table := Table{Columns: []Column{{Name: "Region"}, {Name: "Network type"}, {"Ingress", m.unit}, {"Egress", m.unit}}}
	at := func(region string, t flow.NetworkType, d flow.Direction) figure.Value {
		k := cellKey(region, t)
		k.Direction = d
		return bitsIn(m.Now, k)
	}
	for _, region := range m.regions {
		for t := range flow.NumNetworkTypes {
			f.Ingress[t] = append(f.Ingress[t], at(region, t, flow.Ingress))
			f.Egress[t] = append(f.Egress[t], at(region, t, flow.Egress))
		}
		f.IngressTotal = append(f.IngressTotal, at(region, stats.AllTypes, flow.Ingress))
		f.EgressTotal = append(f.EgressTotal, at(region, stats.AllTypes, flow.Egress))
	}
	row := func(region, regionName string, t flow.NetworkType, typeName string) {
		table.Rows = append(table.Rows, []Cell{{Label: regionName}, {Label: typeName},
			{Value: at(region, t, flow.Ingress)}, {Value: at(region, t, flow.Egress)}})
	}
	for _, region := range m.regions {
		for _, t := range m.types {
			row(region, region, t, figure.TypeName(t))
		}
		row(region, region, stats.AllTypes, "All types")
	}
	row(stats.AllRegions, "All regions", stats.AllTypes, "All types")
	in, out := at(stats.AllRegions, stats.AllTypes, flow.Ingress), at(stats.AllRegions, stats.AllTypes, flow.Egress)
	hidden := countHidden(f.Ingress[:]...) + countHidden(f.Egress[:]...)
	directions := directionsText(in, out, m.unit)
	return Figure{
		Name: "flow", Title: "Where traffic comes from and goes to", chart: f, Table: table, span: m.out.Period.Title(),
		Caption: fmt.Sprintf("Bits from networks of each type into each region (ingress) and from each region to networks of each type (egress), %s. %s Unit: %s.%s",
			m.out.Period.Title(), directions, m.unitText(""), m.hiddenText(hidden)),
		Reading: "The width of a band is its bits; what is left of a region came in, what is right of it went out. Bits in and bits out need not balance: stored data may stay.",
		Alt: fmt.Sprintf("A Sankey diagram from %s through %s to %s. %s",
			plural(len(m.types), "network type"), plural(len(m.regions), "region"), plural(len(m.types), "network type"), directions),
	}
}

// directionsText gives the totals of both directions.
func directionsText(in, out figure.Value, u figure.Unit) string {
	switch {
	case in.State == figure.Hidden && out.State == figure.Hidden:
		return "The totals of ingress and egress are hidden."
	case in.State == figure.Hidden:
		return fmt.Sprintf("Egress is %s; the total of ingress is hidden.", out.Text(u))
	case out.State == figure.Hidden:
		return fmt.Sprintf("Ingress is %s; the total of egress is hidden.", in.Text(u))
	}
	return fmt.Sprintf("Ingress is %s, egress %s.", in.Text(u), out.Text(u))
}

// magnitude is bits per address by month and type.
func (m *maker) magnitude(name, title string, log bool, reading string) Figure {
	g := &figure.Magnitude{Months: m.out.Months, Unit: m.unit, Log: log}
	for _, p := range m.months {
		for t := range flow.NumNetworkTypes {
			g.Types[t] = append(g.Types[t], magnitudeIn(m.byMonth[p.Name], typeKey(t)))
		}
	}
	axis := "linear"
	if log {
		axis = "logarithmic"
	}
	f := Figure{
		Name: name, Title: title, Reading: reading, chart: g, span: m.monthRange(), Table: m.monthly(g.Types, nil, m.unit),
		Caption: fmt.Sprintf("Bits per distinct remote address and month, by network type, both directions, %s. Unit: %s; %s axis.%s%s",
			m.monthRange(), m.unitText(" per address"), axis, m.partial(), m.hiddenText(countHidden(g.Types[:]...))),
	}
	f.Alt = fmt.Sprintf("Lines of %s over %s on a %s axis.", plural(len(m.types), "network type"), plural(len(m.months), "month"), axis)
	if t, v := m.top(m.Now, magnitudeIn); v.OK() {
		of := ""
		if m.anyTypeHidden(m.Now) {
			of = " of the types that are not hidden"
		}
		f.Alt += fmt.Sprintf(" Over %s, %s has the highest magnitude%s with %s per address.", m.out.Period.Title(), figure.TypeName(t), of, v.Text(m.unit))
	}
	return f
}

// ipVersions is the IPv6 share of bits by month, by type and by region.
func (m *maker) ipVersions() Figure {
	v := &figure.IPVersions{Months: m.out.Months, Regions: m.regions}
	six := func(s *stats.Sheet, k stats.Key) figure.Value {
		v6 := k
		v6.Version = 6
		return ratioIn(s, v6, k)
	}
	v.Region = make([][]figure.Value, len(m.regions))
	for _, p := range m.months {
		s := m.byMonth[p.Name]
		v.All = append(v.All, six(s, stats.Total))
		for t := range flow.NumNetworkTypes {
			v.Types[t] = append(v.Types[t], six(s, typeKey(t)))
		}
		for i, region := range m.regions {
			v.Region[i] = append(v.Region[i], six(s, cellKey(region, stats.AllTypes)))
		}
	}
	table := m.monthly(v.Types, v.All, figure.Percent)
	table.Columns[len(table.Columns)-1].Name = "All"
	for i, region := range m.regions {
		table.Columns = append(table.Columns, Column{region, figure.Percent})
		for j := range table.Rows {
			table.Rows[j] = append(table.Rows[j], Cell{Value: v.Region[i][j]})
		}
	}
	return Figure{
		Name: "ip-versions", Title: "IPv6 share over time", chart: v, Table: table, span: m.monthRange(),
		Caption: fmt.Sprintf("IPv6 bits as a share of all bits per month, by network type and by region, both directions, %s. Unit: per cent.%s%s",
			m.monthRange(), m.partial(), m.hiddenText(countHidden(v.Types[:]...)+countHidden(v.Region...))),
		Reading: "A line at 50 % would mean as much IPv6 as IPv4. It counts bits, not parties.",
		Alt: fmt.Sprintf("Lines of the IPv6 share over %s, by %s and by %s. %s", plural(len(m.months), "month"),
			plural(len(m.types), "network type"), plural(len(m.regions), "region"), rangeIn("Of all bits, it", m.out.Months, v.All, figure.Percent)),
	}
}

// periodNames are the period before and the period.
func (m *maker) periodNames() [2]string {
	return [2]string{m.out.Before.Title(), m.out.Period.Title()}
}

// bothPeriods names the period and the one it is compared with, or says that there is none.
func (m *maker) bothPeriods() string {
	n := m.periodNames()
	if !m.out.HasBefore {
		return fmt.Sprintf("%s; the store has no traffic of %s", n[1], n[0])
	}
	if !m.out.Period.Whole {
		return fmt.Sprintf("%s, which is not over, beside %s", n[1], n[0])
	}
	return fmt.Sprintf("%s beside %s", n[1], n[0])
}

// shownPeriods names the periods of which there is anything to compare.
func (m *maker) shownPeriods() string {
	n := m.periodNames()
	if !m.out.HasBefore {
		return n[1]
	}
	return n[0] + " and " + n[1]
}

// monthRange is the months of figures over time, first to last.
func (m *maker) monthRange() string {
	first, last := m.out.Months[0], m.out.Months[len(m.out.Months)-1]
	if first == last {
		return periodTitle(first)
	}
	return periodTitle(first) + " to " + periodTitle(last)
}

// partial says which months of a figure over time cannot be compared with the others: the first
// where the store begins within it, those with gaps, and the last where it is not over.
func (m *maker) partial() string {
	text, first, last := "", m.months[0], m.months[len(m.months)-1]
	if m.Extent.From > first.From {
		text = fmt.Sprintf(" %s is not whole: the store begins %s UTC.", periodTitle(first.Name), m.Extent.From.Time().Format("2 January 15:04"))
	}
	if thin := m.thin(); thin != "" {
		text += " " + thin
	}
	if m.Extent.To < last.To {
		text += fmt.Sprintf(" %s is not over: it ends with the newest data, %s UTC.", periodTitle(last.Name), m.Extent.To.Time().Format("2 January 15:04"))
	}
	return text
}

// unitText is the unit of volumes, or of volumes per something.
func (m *maker) unitText(per string) string {
	if m.out.Normalized {
		return "an index" + per + " in which the volume of the store's first whole month is 100"
	}
	return "bits" + per + ", decimal prefixes (1" + nbsp + "Pb = 10¹⁵ bits), " + m.corrected()
}

func (m *maker) hiddenText(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" %s hidden for publication.", plural(n, "number"))
}

func (m *maker) rangeText(what string, values []figure.Value) string {
	return rangeIn(what, m.out.Months, values, m.unit)
}

// rangeIn says where a series begins, ends and is largest.
func rangeIn(what string, months []string, values []figure.Value, u figure.Unit) string {
	first, last, top, hidden := -1, -1, -1, 0
	for i, v := range values {
		if v.State == figure.Hidden {
			hidden++
		}
		if !v.OK() {
			continue
		}
		if first < 0 {
			first = i
		}
		if top < 0 || v.X > values[top].X {
			top = i
		}
		last = i
	}
	switch {
	case first < 0:
		return what + " has no number that can be shown."
	case first == last:
		return fmt.Sprintf("%s is %s in %s.", what, values[first].Text(u), periodTitle(months[first]))
	case hidden > 0:
		return fmt.Sprintf("%s goes from %s in %s to %s in %s and, of the months in which it is not hidden, is largest in %s with %s.", what,
			values[first].Text(u), periodTitle(months[first]), values[last].Text(u), periodTitle(months[last]), periodTitle(months[top]), values[top].Text(u))
	}
	return fmt.Sprintf("%s goes from %s in %s to %s in %s and is largest in %s with %s.", what,
		values[first].Text(u), periodTitle(months[first]), values[last].Text(u), periodTitle(months[last]), periodTitle(months[top]), values[top].Text(u))
}

// top is the type with the largest number in a sheet.
func (m *maker) top(s *stats.Sheet, of func(*stats.Sheet, stats.Key) figure.Value) (flow.NetworkType, figure.Value) {
	best, at := figure.Value{}, flow.Other
	for _, t := range m.types {
		if v := of(s, typeKey(t)); v.OK() && (!best.OK() || v.X > best.X) {
			best, at = v, t
		}
	}
	return at, best
}

func countHidden(lists ...[]figure.Value) int {
	n := 0
	for _, list := range lists {
		for _, v := range list {
			if v.State == figure.Hidden {
				n++
			}
		}
	}
	return n
}

func plotWord(bars bool) string {
	if bars {
		return "Stacked bars"
	}
	return "Stacked areas"
}

// plural is "1 month", "2 months".
func plural(n int, word string) string {
	if n == 1 {
		return "1" + nbsp + word
	}
	return fmt.Sprint(n) + nbsp + word + "s"
}

// capital makes the first letter, one of a to z, a capital.
func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// countOf is "1 of 3 exporters", "all 2 exporters", "the one exporter".
func countOf(n, of int, word string) string {
	if n == 1 && of == 1 {
		return "the one " + word
	}
	if n == of {
		return "all " + plural(of, word)
	}
	return fmt.Sprintf("%d of %s", n, plural(of, word))
}

// list joins words as a sentence does: "a, b and c".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
