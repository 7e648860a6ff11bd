package report

import (
	"fmt"
	"strings"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// networkMagnitude is a point a network and month.
func (m *maker) networkMagnitude() Figure {
	n := m.Study.Networks
	f := &figure.NetworkMagnitude{Unit: m.unit, Months: m.out.Months}
	table := Table{Columns: []Column{
		{Name: "Month"}, {Name: "Network type"}, {"Networks", figure.Count}, {"Left out", figure.Count}, {"Least", m.unit},
		{"Median", m.unit}, {"Most", m.unit}, {Name: "Networks, ascending"},
	}}
	hidden, few, shown := 0, 0, 0
	for i := range n.Magnitude {
		of := &n.Magnitude[i]
		panel := figure.MagnitudePanel{Type: of.Type}
		for at, k := range m.monthsOf(n) {
			month := &stats.MagnitudeMonth{}
			if k >= 0 {
				month = &of.Months[k]
				table.Rows = append(table.Rows, m.magnitudeRow(f.Months[at], of.Type, month))
			}
			panel.Points = append(panel.Points, month.Points)
			panel.Median = append(panel.Median, pointAt(month, 0.5))
			few += month.Few
			shown += len(month.Points)
			if month.Hidden {
				hidden++
			}
		}
		f.Panels = append(f.Panels, panel)
	}
	var names []string
	for i := range n.Magnitude {
		names = append(names, figure.TypeName(n.Magnitude[i].Type))
	}
	out := Figure{
		Name: "network-magnitude", Title: "Magnitude of single networks", chart: f, Table: table, span: m.monthRange(),
		Caption: fmt.Sprintf("Bits per distinct remote address of single networks, one point a network and month, %s, both directions, %s; the stroke is the month's median. Networks are not named, and have no order. Unit: %s; logarithmic axis.%s%s%s%s",
			list(names), m.monthRange(), m.unitText(" per address"), everyText(f), m.fewText(few), hiddenMonths(hidden), m.partial()),
		Reading: "A point high above the others of its month is a network of few addresses that move very much each. Where all points rise together, the type changes; where one does, a customer or a partner.",
		Alt:     fmt.Sprintf("Scatter plots of %s of networks over %s on a logarithmic axis.", plural(shown, "monthly magnitude"), plural(len(n.Months), "month")),
	}
	for i := range n.Magnitude {
		last := &n.Magnitude[i].Months[len(n.Months)-1]
		if v := pointAt(last, 0.5); v.OK() {
			out.Alt += fmt.Sprintf(" The median of %s is %s per address in %s, of %s.", names[i], v.Text(m.unit),
				periodTitle(n.Months[len(n.Months)-1].Name), plural(len(last.Points), "network"))
		}
	}
	return out
}

// everyText says that not every network is drawn.
func everyText(f *figure.NetworkMagnitude) string {
	every := 1
	for i := range f.Panels {
		every = max(every, f.Panels[i].Every())
	}
	if every == 1 {
		return ""
	}
	return fmt.Sprintf(" There are so many networks that one in %d of them is drawn, in ascending order; the table has all.", every)
}

func (m *maker) fewText(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" Points of networks with fewer than %d addresses in a month are left out (%d).", m.Policy.MinAddresses, n)
}

func hiddenMonths(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" The points of %s of a type are hidden for publication.", plural(n, "month"))
}

// pointAt is the value at a rank of a month's points, 0 the least and 1 the most: of an even number of
// points the median is the mean of the two in the middle.
func pointAt(m *stats.MagnitudeMonth, rank float64) figure.Value {
	n := len(m.Points)
	switch {
	case m.Hidden:
		return figure.Hide()
	case n == 0:
		return figure.Value{}
	}
	at := rank * float64(n-1)
	low := int(at)
	high := min(low+1, n-1)
	return figure.Num(m.Points[low] + (at-float64(low))*(m.Points[high]-m.Points[low]))
}

func (m *maker) magnitudeRow(month string, t flow.NetworkType, of *stats.MagnitudeMonth) []Cell {
	count, few, points := figure.Num(float64(len(of.Points))), figure.Num(float64(of.Few)), "no data"
	switch {
	case of.Hidden:
		count, few, points = figure.Hide(), figure.Hide(), "hidden"
	case of.Mixed:
		count, few, points = figure.Value{}, figure.Value{}, "not comparable: ways of counting IPv6 addresses are mixed"
	case len(of.Points) > 0:
		var texts []string
		for _, x := range of.Points {
			texts = append(texts, m.unit.Format(x))
		}
		points = strings.Join(texts, ", ")
	}
	return []Cell{{Label: month}, {Label: figure.TypeName(t)}, {Value: count}, {Value: few},
		{Value: pointAt(of, 0)}, {Value: pointAt(of, 0.5)}, {Value: pointAt(of, 1)}, {Label: points}}
}

// turnover is which networks came, went and changed much, by type.
func (m *maker) turnover() Figure {
	n, names := m.Study.Networks, m.periodNames()
	f := &figure.Networks{}
	table := Table{Columns: []Column{
		{Name: "Network type"}, {"New", figure.Count}, {"Networks, " + names[1], figure.Count}, {"New, share of bits", figure.Percent},
		{"Gone", figure.Count}, {"Networks, " + names[0], figure.Count}, {"Gone, share of bits", figure.Percent},
		{"In both", figure.Count}, {"More than doubled", figure.Count}, {"Less than half", figure.Count}, {"Largest change", figure.Percent},
	}}
	hidden := 0
	for _, r := range rowsOf(n) {
		row := networksRow(r)
		f.Rows = append(f.Rows, row)
		both, largest := moversOf(&r.Movers)
		cells := []Cell{{Label: rowName(r.Type)}}
		for _, v := range []figure.Value{
			row.New.Count, ofValue(row.New), row.New.Share, row.Gone.Count, ofValue(row.Gone), row.Gone.Share,
			both, row.Doubled.Count, row.Halved.Count, largest,
		} {
			cells = append(cells, Cell{Value: v})
			hidden += countHidden([]figure.Value{v})
		}
		table.Rows = append(table.Rows, cells)
	}
	return Figure{
		Name: "networks", Title: "New and gone networks", chart: f, Table: table, span: m.shownPeriods(),
		Caption: fmt.Sprintf("Networks by type that came, went, and changed much: numbers of networks, and their share of the type's bits. %s A network is there from 0.01%s%% of the type's bits on. %s Both directions.%s%s",
			m.newText(), nbsp, m.moversText(), m.turnoverLeftOut(), m.hiddenText(hidden)),
		Reading: "The longer a bar, the larger the part of a type's networks, whatever their size; the share of bits says how much they matter. Many small newcomers are churn; few with many bits are new customers or partners.",
		Alt:     m.turnoverAlt(),
	}
}

// newText says what new and gone are.
func (m *maker) newText() string {
	var parts []string
	if n := m.Study.Networks.Looked; n > 0 {
		parts = append(parts, fmt.Sprintf("new are those of %s that were in none of the %s before it", m.out.Period.Title(), plural(n, "month")))
	}
	if m.out.HasBefore {
		parts = append(parts, fmt.Sprintf("gone are those of %s that were not there %s", m.out.Before.Title(), m.out.Period.In()))
	}
	return sentenceOf(strings.Join(parts, "; "))
}

func sentenceOf(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

func (m *maker) moversText() string {
	if !m.out.HasBefore {
		return ""
	}
	return fmt.Sprintf("Halved and doubled compare average rates, of the networks in both %s and %s; the largest change is one network's part in the sum of all networks' changes, up and down alike.", m.out.Before.Title(), m.out.Period.Title())
}

// turnoverLeftOut says that all types are not all.
func (m *maker) turnoverLeftOut() string {
	for _, r := range m.Study.Networks.Types {
		if r.Type == stats.AllTypes && len(r.New.LeftOut)+len(r.Gone.LeftOut)+len(r.Movers.LeftOut) > 0 {
			return " All types are those that are not hidden."
		}
	}
	return ""
}

// networksRow is a row of the figure.
func networksRow(r *stats.TypeNetworks) figure.NetworksRow {
	row := figure.NetworksRow{Type: r.Type, New: turnoverOf(&r.New), Gone: turnoverOf(&r.Gone)}
	switch v := &r.Movers; {
	case v.Hidden:
		row.Doubled.Count, row.Halved.Count = figure.Hide(), figure.Hide()
	case v.Known:
		row.Doubled = figure.GroupOfNetworks{Count: figure.Num(float64(v.Doubled)), Of: v.Both}
		row.Halved = figure.GroupOfNetworks{Count: figure.Num(float64(v.Halved)), Of: v.Both}
	}
	return row
}

func turnoverOf(t *stats.Turnover) figure.GroupOfNetworks {
	switch {
	case t.Hidden:
		return figure.GroupOfNetworks{Count: figure.Hide(), Share: figure.Hide()}
	case !t.Known:
		return figure.GroupOfNetworks{}
	}
	g := figure.GroupOfNetworks{Count: figure.Num(float64(t.Count)), Of: t.Of}
	switch {
	case t.Share.Known:
		g.Share = figure.Num(t.Share.Value)
	case t.Of > 0:
		g.Share = figure.Hide()
	}
	return g
}

func ofValue(g figure.GroupOfNetworks) figure.Value {
	if !g.Count.OK() {
		return g.Count
	}
	return figure.Num(float64(g.Of))
}

// moversOf are the networks in both periods and the largest one's part in all change.
func moversOf(v *stats.Movers) (both, largest figure.Value) {
	switch {
	case v.Hidden:
		return figure.Hide(), figure.Hide()
	case !v.Known:
		return figure.Value{}, figure.Value{}
	}
	both = figure.Num(float64(v.Both))
	switch {
	case v.Largest.Known:
		largest = figure.Num(v.Largest.Value)
	case v.Both > 0:
		largest = figure.Hide()
	}
	return both, largest
}

// turnoverAlt gives the type with most new networks.
func (m *maker) turnoverAlt() string {
	text := fmt.Sprintf("Bars by network type of networks gone and new, and of those whose rate halved or doubled, %s.", m.bothPeriods())
	var most *stats.TypeNetworks
	for _, r := range rowsOf(m.Study.Networks) {
		if r.Type != stats.AllTypes && r.New.Count > 0 && (most == nil || r.New.Count > most.New.Count) {
			most = r
		}
	}
	if most == nil {
		return text
	}
	return text + fmt.Sprintf(" Most new networks are of type %s: %d of %d.", rowName(most.Type), most.New.Count, most.New.Of)
}
