package report

import (
	"fmt"
	"slices"
	"strings"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// networkFigures are what a study knows of networks; none without one.
func (m *maker) networkFigures() []Figure {
	if m.Study == nil || m.Study.Networks == nil {
		return nil
	}
	out := one(m.concentration())
	if len(m.Study.Networks.Magnitude) > 0 {
		out = append(out, m.networkMagnitude())
	}
	if m.Study.Networks.Looked > 0 || m.out.HasBefore {
		out = append(out, m.turnover())
	}
	return out
}

// rowName is a type's name, or that of all types together.
func rowName(t flow.NetworkType) string {
	if t == stats.AllTypes {
		return "All types"
	}
	return figure.TypeName(t)
}

// rowsOf are the types of a study in figures' order, all types last.
func rowsOf(n *stats.Networks) []*stats.TypeNetworks {
	var out []*stats.TypeNetworks
	for _, t := range append(append([]flow.NetworkType{}, figure.StackOrder[:]...), stats.AllTypes) {
		for i := range n.Types {
			if n.Types[i].Type == t {
				out = append(out, &n.Types[i])
			}
		}
	}
	return out
}

// monthsOf says of each month of figures over time which of the study's it is; −1 for one without traffic.
func (m *maker) monthsOf(n *stats.Networks) []int {
	var out []int
	for _, name := range m.out.Months {
		out = append(out, slices.IndexFunc(n.Months, func(p flow.Period) bool { return p.Name == name }))
	}
	return out
}

// part is a number of a concentration: hidden where there are networks and it is not known.
func part(c *stats.Concentration, n stats.Num) figure.Value {
	switch {
	case n.Known:
		return figure.Num(n.Value)
	case c.Hidden || c.Networks > 0:
		return figure.Hide()
	}
	return figure.Value{}
}

// networksOf is how many networks a concentration is of.
func networksOf(c *stats.Concentration) figure.Value {
	if c.Hidden {
		return figure.Hide()
	}
	return figure.Num(float64(c.Networks))
}

// concentration is how bits are divided among networks.
func (m *maker) concentration() Figure {
	n := m.Study.Networks
	f := &figure.Concentration{Period: m.out.Period.Title(), Months: m.out.Months}
	months := m.monthsOf(n)
	table := Table{Columns: []Column{{Name: "Period"}, {Name: "Network type"}, {"Networks", figure.Count}}}
	for _, k := range stats.TopRanks {
		table.Columns = append(table.Columns, Column{"Top " + fmt.Sprint(k), figure.Percent})
	}
	table.Columns = append(table.Columns, Column{"HHI", figure.Count}, Column{"Effective number", figure.Count}, Column{"Gini", figure.Index}, Column{Name: "Lorenz curve"})
	hidden := 0
	rows := rowsOf(n)
	add := func(period string, t flow.NetworkType, c *stats.Concentration) {
		row := []Cell{{Label: period}, {Label: rowName(t)}, {Value: networksOf(c)}}
		for _, x := range c.Top {
			row = append(row, Cell{Value: part(c, x)})
		}
		row = append(row, Cell{Value: part(c, c.HHI)}, Cell{Value: part(c, c.Effective)}, Cell{Value: part(c, c.Gini)}, Cell{Label: curveText(c)})
		for _, cell := range row {
			hidden += countHidden([]figure.Value{cell.Value})
		}
		table.Rows = append(table.Rows, row)
	}
	for _, r := range rows {
		row := figure.ConcentrationRow{Type: r.Type, Lorenz: r.Now.Lorenz, Hidden: r.Now.Hidden}
		for _, i := range months {
			v := figure.Value{}
			if i >= 0 {
				v = part(&r.Months[i], r.Months[i].Effective)
			}
			row.Effective = append(row.Effective, v)
		}
		for i := range r.Now.Top {
			row.Top[i] = part(&r.Now, r.Now.Top[i])
		}
		f.Rows = append(f.Rows, row)
		add(m.out.Period.Title(), r.Type, &r.Now)
		if m.out.HasBefore {
			add(m.out.Before.Title(), r.Type, &r.Before)
		}
	}
	for i, p := range n.Months {
		for _, r := range rows {
			add(p.Name, r.Type, &r.Months[i])
		}
	}
	return Figure{
		Name: "concentration", Title: "Concentration on networks", chart: f, Table: table, span: m.monthRange(),
		Caption: fmt.Sprintf("How the bits of each network type are divided among its networks: the effective number of networks per month (1 divided by the sum of squared shares), %s; the Lorenz curve, and the shares of the 1, 5, 10 and 100 largest networks, %s. Both directions; addresses that belong to no known network are left out.%s%s%s%s",
			m.monthRange(), m.out.Period.Title(), m.leftOutText(rows), hatchedText(f), m.partial(), m.hiddenText(hidden)),
		Reading: "The effective number says how many networks of equal size would be as concentrated: 10 of 500 networks means that a handful has most of the bits. A Lorenz curve that lies far below the broken line says the same: there the smallest half of the networks has nearly nothing. The numbers in the bars are cumulated.",
		Alt:     m.concentrationAlt(rows),
	}
}

// hatchedText says what a piece of a bar is in which ranks are not told apart.
func hatchedText(f *figure.Concentration) string {
	for i := range f.Rows {
		if r := &f.Rows[i]; !r.Hidden && countHidden(r.Top[:]) > 0 {
			return " A hatched piece of a bar is networks of several ranks, since a share between them is hidden."
		}
	}
	return ""
}

// curveText is a Lorenz curve in words, for a table.
func curveText(c *stats.Concentration) string {
	switch {
	case c.Lorenz != nil:
		var parts []string
		for _, y := range c.Lorenz {
			parts = append(parts, figure.Percent.Digits(y, 3))
		}
		return strings.Join(parts, ", ")
	case c.Hidden || c.Networks > 0:
		return "hidden"
	}
	return "no data"
}

// leftOutText says which types' networks are not in all types, and where.
func (m *maker) leftOutText(rows []*stats.TypeNetworks) string {
	for _, r := range rows {
		if r.Type != stats.AllTypes {
			continue
		}
		left := len(r.Now.LeftOut) > 0
		for i := range r.Months {
			left = left || len(r.Months[i].LeftOut) > 0
		}
		if left {
			return " All types are those that are not hidden in the period."
		}
	}
	return ""
}

// concentrationAlt gives the most and the least concentrated type.
func (m *maker) concentrationAlt(rows []*stats.TypeNetworks) string {
	text := fmt.Sprintf("Lines of the effective number of networks of %s over %s; Lorenz curves and bars of the largest networks' shares for %s.",
		plural(len(m.types), "network type"), plural(len(m.Study.Networks.Months), "month"), m.out.Period.Title())
	var most, least *stats.TypeNetworks
	for _, r := range rows {
		if r.Type == stats.AllTypes || !r.Now.Effective.Known {
			continue
		}
		if most == nil || r.Now.Effective.Value < most.Now.Effective.Value {
			most = r
		}
		if least == nil || r.Now.Effective.Value > least.Now.Effective.Value {
			least = r
		}
	}
	if most == nil || most == least {
		return text
	}
	of := func(r *stats.TypeNetworks) string {
		return fmt.Sprintf("%s with an effective number of %s of %s", rowName(r.Type), figure.Count.Format(r.Now.Effective.Value), plural(r.Now.Networks, "network"))
	}
	return text + fmt.Sprintf(" Most concentrated is %s, least %s.", of(most), of(least))
}
