package report

import (
	"fmt"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

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
