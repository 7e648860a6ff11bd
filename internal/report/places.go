package report

import (
	"fmt"
	"slices"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// listedPlaces is how many places a figure has at most.
const listedPlaces = 20

// placeFigure is what figures of places differ in.
type placeFigure struct {
	name, title string
	with        string // "networks of each type"
	what        string // "by the country that …"
	kind        string // "country"
	kinds       string // "countries"
	row         string // head of the column of names
	list        stats.PlaceList
	places      []stats.Place // of list, as shown
	types       []flow.NetworkType
	label       func(code string) string
	short       bool // codes stand for names where there is little room
	note        string
}

// ofEachType is what most figures of places are of.
const ofEachType = "networks of each type"

// placeFigures are by network type and place. There are none where no place is known.
func (m *maker) placeFigures() []Figure {
	if m.Study == nil || m.Study.Places == nil {
		return nil
	}
	p := m.Study.Places
	countries := placeFigure{
		name: "countries", title: "Countries by network type", with: ofEachType, what: "by the country that the geo database puts their addresses in",
		kind: "country", kinds: "countries", row: "Country", list: p.Countries, types: m.types, label: placeName, short: true,
	}
	countries.places = p.Countries.Places[:min(listedPlaces, len(p.Countries.Places))]
	if p.Known.Known {
		countries.note = fmt.Sprintf(" The country of %s of all bits is known.", figure.Percent.Format(p.Known.Value))
	}
	without := countries
	without.name, without.title, without.note = "countries-without-largest", "Countries by network type, without the largest", ""
	if len(p.Countries.Places) > 1 {
		without.places, without.list.All = p.Countries.Places[1:], p.Countries.All-1
		without.note = fmt.Sprintf(" %s, first in the figure before, is left out, so that the scale is of the others.", placeName(p.Countries.Places[0].Name))
	} else {
		without.places = nil
	}
	subdivisions := placeFigure{
		name: "subdivisions", title: "States and other subdivisions by network type", with: ofEachType,
		what: "by the first subdivision (state, province, land) that the geo database puts their addresses in, of the countries listed above",
		kind: "subdivision", kinds: "subdivisions", row: "Subdivision", list: p.Subdivisions, places: p.Subdivisions.Places,
		types: m.types, label: subdivisionName, short: true,
	}
	metros := placeFigure{
		name: "metros", title: "Neocloud and hyperscaler by metropolitan area", with: "neoclouds and hyperscalers", what: "by metropolitan area",
		kind: "area", kinds: "areas", row: "Metropolitan area", list: p.Metros, places: p.Metros.Places,
		types: []flow.NetworkType{flow.Neocloud, flow.Hyperscaler}, label: func(name string) string { return name },
		note: metroNote(p.Metros.Places),
	}
	var out []Figure
	for _, f := range [...]*placeFigure{&countries, &without, &subdivisions, &metros} {
		if len(f.places) > 0 {
			out = append(out, m.places(f))
		}
	}
	return out
}

// metroNote says where areas come from.
func metroNote(places []stats.Place) string {
	stated, inferred := 0, 0
	for i := range places {
		if places[i].Stated {
			stated++
		}
		if places[i].Inferred {
			inferred++
		}
	}
	const cities = "inferred from the city that the geo database puts an address in, by a list of cities and their areas; traffic elsewhere is in no area"
	switch {
	case stated == 0:
		return " Areas are " + cities + "."
	case inferred == 0:
		return " Areas are those that the catalogue states for its named prefixes."
	}
	return " Areas are those that the catalogue states for its named prefixes; those marked with ≈ are, at least in part, " + cities + "."
}

// name is a place as the figure names it.
func (f *placeFigure) nameOf(p *stats.Place) string {
	mixed := slices.ContainsFunc(f.places, func(p stats.Place) bool { return p.Stated })
	if p.Inferred && mixed {
		return "≈ " + f.label(p.Name)
	}
	return f.label(p.Name)
}

// places is the figure of a list of places.
func (m *maker) places(f *placeFigure) Figure {
	x := &figure.Matrix{Unit: m.unit}
	table := Table{Columns: []Column{{Name: f.row}}}
	types := slices.DeleteFunc(slices.Clone(f.types), func(t flow.NetworkType) bool {
		return !slices.ContainsFunc(f.places, func(p stats.Place) bool { return p.Cells[t].Hidden || p.Cells[t].Bits.Known })
	})
	for _, t := range types {
		x.Cols = append(x.Cols, figure.TypeName(t))
		table.Columns = append(table.Columns, Column{figure.TypeName(t), m.unit})
	}
	var top struct {
		name, typ string
		v         figure.Value
	}
	for i := range f.places {
		p := &f.places[i]
		name := f.nameOf(p)
		cells, row := []Cell{{Label: name}}, []figure.Value(nil)
		for _, t := range types {
			v := placeValue(p.Cells[t])
			if v.OK() && v.X > top.v.X {
				top.name, top.typ, top.v = name, figure.TypeName(t), v
			}
			row, cells = append(row, v), append(cells, Cell{Value: v})
		}
		x.Rows, x.Short, x.Cells, table.Rows = append(x.Rows, name), append(x.Short, p.Name), append(x.Cells, row), append(table.Rows, cells)
	}
	if !f.short {
		x.Short = nil
	}
	hidden := countHidden(x.Cells...)
	out := Figure{
		Name: f.name, Title: f.title, chart: x, Table: table, span: m.out.Period.Title(),
		Caption: fmt.Sprintf("Bits exchanged with %s, %s, all regions and both directions, %s: %s.%s Unit: %s.%s",
			f.with, f.what, m.out.Period.Title(), f.listed(), f.note, m.unitText(""), m.hiddenText(hidden)),
		Reading: "Rows are in the order of what they show in sum. The scale is logarithmic. Read along a row for who is in a place, down a column for where a type is; 0 is no traffic.",
		Alt:     fmt.Sprintf("A heatmap of %s by %s.", countPlaces(len(f.places), f.kind, f.kinds), plural(len(types), "network type")),
	}
	if top.v.OK() {
		out.Alt += fmt.Sprintf(" The largest cell that is shown is %s and %s with %s.", top.name, top.typ, top.v.Text(m.unit))
	}
	return out
}

// listed says which places the figure has, and how many there are.
func (f *placeFigure) listed() string {
	text := "the " + countPlaces(len(f.places), f.kind, f.kinds)
	if len(f.places) < f.list.All {
		text = fmt.Sprintf("%d of %s, those that show most bits", len(f.places), countPlaces(f.list.All, f.kind, f.kinds))
	}
	if f.list.Unseen > 0 {
		text += fmt.Sprintf("; of %s nothing can be shown", countPlaces(f.list.Unseen, f.kind, f.kinds))
	}
	return text
}

// countPlaces is "1 country", "2 countries".
func countPlaces(n int, one, more string) string {
	if n == 1 {
		return "1" + nbsp + one
	}
	return fmt.Sprint(n) + nbsp + more
}

// placeValue is a cell as a figure has it. A cell without traffic has no bits.
func placeValue(c stats.PlaceCell) figure.Value {
	switch {
	case c.Hidden:
		return figure.Hide()
	case !c.Bits.Known:
		return figure.Num(0)
	}
	return figure.Num(c.Bits.Value)
}

// placesMissing says why there are no figures of places; empty where there are.
func (m *maker) placesMissing() string {
	if m.Study == nil {
		return ""
	}
	p := m.Study.Places
	switch {
	case p == nil:
		return "Places are shown of whole months only."
	case p.Countries.All == 0:
		return "Of no address a place is known, so there are no figures by country, subdivision or metropolitan area: they need a geo database (geo_database) at the time the traffic arrives."
	case len(p.Countries.Places) == 0:
		return "Nothing can be shown by place: every cell is below a threshold, or its total is hidden."
	}
	return ""
}
