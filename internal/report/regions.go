package report

import (
	"fmt"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

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
