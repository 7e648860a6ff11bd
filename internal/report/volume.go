package report

import (
	"fmt"
	"slices"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

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
