package report

import (
	"fmt"
	"slices"

	"tributary/internal/figure"
	"tributary/internal/stats"
)

func (m *maker) cloudFigures() []Figure {
	for _, t := range figure.CloudTypes {
		if slices.Contains(m.types, t) {
			return one(m.clouds())
		}
	}
	return nil
}

// clouds is the traffic with clouds over time. The types of the group are always said: a share without
// one of them is another number.
func (m *maker) clouds() Figure {
	f := &figure.Clouds{Months: m.out.Months, Regions: m.regions, Region: make([][]figure.Value, len(m.regions)), Unit: m.unit}
	table := m.cloudColumns()
	hidden := 0
	for _, p := range m.months {
		s := m.byMonth[p.Name]
		for i, t := range figure.CloudTypes {
			f.Volume[i] = append(f.Volume[i], bitsIn(s, typeKey(t)))
			f.Share[i] = append(f.Share[i], ratioIn(s, typeKey(t), stats.Total))
			f.Networks[i] = append(f.Networks[i], networksIn(s, typeKey(t)))
		}
		f.Total = append(f.Total, cloudBits(s, stats.AllRegions))
		f.All = append(f.All, groupShareIn(s, "cloud"))
		for i, region := range m.regions {
			f.Region[i] = append(f.Region[i], cloudBits(s, region))
		}
		for _, region := range append([]string{stats.AllRegions}, m.regions...) {
			row := m.cloudRow(s, p.Name, region)
			for _, c := range row {
				hidden += countHidden([]figure.Value{c.Value})
			}
			table.Rows = append(table.Rows, row)
		}
	}
	types := groupMembers("cloud")
	return Figure{
		Name: "clouds", Title: "Traffic with clouds", chart: f, Table: table, span: m.monthRange(),
		Caption: fmt.Sprintf("Bits exchanged per month with networks of the group cloud (%s), their share of all bits, and the number of such networks, by type; and the group's bits by region (%s). Both directions, %s. Unit: %s.%s%s",
			types, plural(len(m.regions), "region"), m.monthRange(), m.unitText(""), m.partial(), m.hiddenText(hidden)),
		Reading: "All cloud is " + types + " together; the share leaves nothing out of what it is a share of. Where volume rises and the number of networks does not, those that are there exchange more.",
		Alt: fmt.Sprintf("Stacked bars of volume by cloud type, lines of their shares and numbers of networks, and lines of cloud volume by region, over %s. %s",
			plural(len(m.months), "month"), rangeIn("The share of "+types+" together", m.out.Months, f.All, figure.Percent)),
	}
}

func (m *maker) cloudColumns() Table {
	t := Table{Columns: []Column{{Name: "Month"}, {Name: "Region"}}}
	for _, ty := range figure.CloudTypes {
		t.Columns = append(t.Columns, Column{figure.TypeName(ty), m.unit})
	}
	t.Columns = append(t.Columns, Column{"All cloud", m.unit})
	for _, ty := range figure.CloudTypes {
		t.Columns = append(t.Columns, Column{figure.TypeName(ty) + ", share", figure.Percent})
	}
	t.Columns = append(t.Columns, Column{"All cloud, share", figure.Percent})
	for _, ty := range figure.CloudTypes {
		t.Columns = append(t.Columns, Column{figure.TypeName(ty) + ", networks", figure.Count})
	}
	return t
}

// cloudRow is a month's and region's row of the table.
func (m *maker) cloudRow(s *stats.Sheet, month, region string) []Cell {
	name := region
	if region == stats.AllRegions {
		name = "All regions"
	}
	row := []Cell{{Label: month}, {Label: name}}
	whole := cellKey(region, stats.AllTypes)
	for _, t := range figure.CloudTypes {
		row = append(row, Cell{Value: bitsIn(s, cellKey(region, t))})
	}
	bits := cloudBits(s, region)
	row = append(row, Cell{Value: bits})
	for _, t := range figure.CloudTypes {
		row = append(row, Cell{Value: ratioIn(s, cellKey(region, t), whole)})
	}
	row = append(row, Cell{Value: shareOf(bits, bitsIn(s, whole))})
	for _, t := range figure.CloudTypes {
		row = append(row, Cell{Value: networksIn(s, cellKey(region, t))})
	}
	return row
}

// shareOf is part / whole as ratioIn has it.
func shareOf(part, whole figure.Value) figure.Value {
	switch {
	case part.State == figure.Hidden || whole.State == figure.Hidden:
		return figure.Hide()
	case !part.OK() || !whole.OK() || whole.X == 0:
		return figure.Value{}
	}
	return figure.Num(part.X / whole.X)
}

// cloudBits is the bits of the cloud types in a region: hidden where one of them is.
func cloudBits(s *stats.Sheet, region string) figure.Value {
	sum := figure.Num(0)
	for _, t := range figure.CloudTypes {
		v := bitsIn(s, cellKey(region, t))
		if !v.OK() {
			return v
		}
		sum.X += v.X
	}
	return sum
}

// networksIn is the number of networks of a cell.
func networksIn(s *stats.Sheet, k stats.Key) figure.Value {
	return measured(s, k, figure.Num(0), func(m *stats.Measures) stats.Num { return m.Networks })
}
