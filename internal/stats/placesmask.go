package stats

import (
	"math"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// restOfPlace is the region, in a table of places, of what lies in none of them. Places are written
// with placePrefix before them, so that none has its name or AllRegions'.
const (
	restOfPlace = ""
	placePrefix = "="
)

// places marks the hidden cells of a month by place, whose sheet is settled. Distinct addresses are not
// kept by place, so PublishPolicy.MinAddresses is not asked; the other thresholds are, and Always holds.
//
// A cell stands in one line of every kind of place that it is in, and nowhere else:
//
//   - countries of a type: they and what has no known country are the type's total in the sheet;
//   - subdivisions of a country and type: they and what has no known subdivision are the country's cell;
//   - metropolitan areas of a type: they and what is in none are the type's total.
//
// Where the total is hidden, so are all its parts: then the line says nothing. Where it is shown, the
// parts are decided by Table.Suppress with the total fixed, as if a reader knew what lies elsewhere,
// which is never published. In truth he does not; but that nearly all traffic has a known place is
// a good guess, and one hidden country would then be the rest of the total.
//
// An area's cell is hidden too where a country's or subdivision's that it has traffic of is: its bits
// are a part of theirs, and may be most of them.
func (p *publication) places(month *Sheet, cells placeCells) error {
	keys := cells.keys()
	countries, subdivisions := map[placeKey][]placeKey{}, map[placeKey][]placeKey{}
	metros := map[placeKey][]placeKey{}
	for _, k := range keys {
		whole := placeKey{typ: k.typ}
		switch k.kind {
		case kindCountry:
			countries[whole] = append(countries[whole], k)
		case kindSubdivision:
			whole = placeKey{kindCountry, k.typ, countryOf(k.name)}
			subdivisions[whole] = append(subdivisions[whole], k)
		case kindMetro:
			metros[whole] = append(metros[whole], k)
		}
	}
	ofType := func(k placeKey) (rollup.Uint128, bool) {
		i, ok := month.index[Key{AllRegions, k.typ, flow.Both, AllVersions}]
		if !ok {
			return rollup.Uint128{}, false
		}
		return month.sums[i].octets, !month.Cells[i].Suppressed
	}
	if err := p.placeLines(cells, countries, ofType); err != nil {
		return err
	}
	if err := p.placeLines(cells, subdivisions, func(k placeKey) (rollup.Uint128, bool) {
		return cells[k].octets, !cells[k].hidden
	}); err != nil {
		return err
	}
	for _, k := range keys {
		for _, in := range cells[k].within {
			cells[k].hidden = cells[k].hidden || cells[in].hidden
		}
	}
	return p.placeLines(cells, metros, ofType)
}

// placeLines decides lines of places, each by itself: the parts by their total, which total gives with
// whether it is shown. Cells that are hidden already stay so.
func (p *publication) placeLines(cells placeCells, lines map[placeKey][]placeKey, total func(placeKey) (rollup.Uint128, bool)) error {
	for whole, parts := range lines {
		octets, shown := total(whole)
		if !shown {
			for _, k := range parts {
				cells[k].hidden = true
			}
			continue
		}
		if err := p.placeLine(cells, parts, octets); err != nil {
			return err
		}
	}
	return nil
}

// placeLine decides the parts of a total that is shown.
func (p *publication) placeLine(cells placeCells, parts []placeKey, total rollup.Uint128) error {
	key := func(region string) Key { return Key{region, parts[0].typ, flow.Both, AllVersions} }
	t := Table{Total: []int{-1}}
	rest := total
	for _, k := range parts {
		c := cells[k]
		rest = less(rest, c.octets)
		cell := TableCell{Key: key(placePrefix + k.name), Octets: c.octets.Big(), Addresses: math.Inf(1), Dominance: c.dominance()}
		for network := range c.networks {
			if network != unknownNetwork {
				cell.Networks++
			}
		}
		if c.hidden {
			cell.Fixed = FixedHidden
		}
		t.Cells = append(t.Cells, cell)
	}
	if !rest.IsZero() {
		t.Cells = append(t.Cells, TableCell{Key: key(restOfPlace), Octets: rest.Big(), Fixed: FixedShown})
	}
	t.Cells = append(t.Cells, TableCell{Key: key(AllRegions), Octets: total.Big(), Fixed: FixedShown})
	mask, err := t.Suppress(p.policy)
	if err != nil {
		return err
	}
	// Exposed cells are those that a reader could have who knew the rest: the only place of a
	// type, say. He does not, and there is nothing left to hide.
	for i, k := range parts {
		cells[k].hidden = mask.Hidden(i)
	}
	return nil
}

// dominance is the largest network's share of the octets, 0 to 1.
func (c *placeCell) dominance() float64 {
	var largest rollup.Uint128
	for _, octets := range c.networks {
		if octets.Cmp(largest) > 0 {
			largest = octets
		}
	}
	return (&sum{octets: c.octets, largest: largest}).dominance()
}
