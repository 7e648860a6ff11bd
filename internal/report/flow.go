package report

import (
	"fmt"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

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
