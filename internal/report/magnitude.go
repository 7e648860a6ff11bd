package report

import (
	"fmt"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

func (m *maker) magnitudeFigures() []Figure {
	return []Figure{
		m.magnitude("magnitude-log", "Magnitude by network type, logarithmic", true,
			"Each grid line is a fixed multiple of the one below, so equal slopes are equal rates of growth, for small types as for large."),
		m.magnitude("magnitude-linear", "Magnitude by network type, linear", false,
			"The same numbers as in the logarithmic figure: heights compare directly, and small types lie on the axis."),
	}
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
