package stats

import (
	"maps"
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
// parts are decided by Table.Suppress with the total fixed. What lies elsewhere, the rest of the line, is
// never published as such, but it is a cell as the others are: where all of them are shown it is what
// they leave of the total. Where a threshold hides it, it is protected. Else it is taken as known: that
// nearly all traffic has a known place is a good guess, and one hidden country would then be the rest
// of the total.
//
// A place that meets a type mostly in regions that hide the type is hidden first: what one region
// exchanges with Germany and the Netherlands, say, may be all that it exchanges with the type, and who
// knows the map would add them up.
//
// An area's cell is hidden too where a country's or subdivision's that it has traffic of is: its bits
// are a part of theirs, and may be most of them.
//
// totals are the types over all places, of the same traffic. The answer says whether what has no known
// country may be told of every type.
func (p *publication) places(month *Sheet, cells placeCells, totals *[flow.NumNetworkTypes]placeCell) (elsewhere bool, err error) {
	keys := cells.keys()
	countries, subdivisions := map[placeKey][]placeKey{}, map[placeKey][]placeKey{}
	metros := map[placeKey][]placeKey{}
	for _, k := range keys {
		if c := cells[k]; c.aside.Mul64(2).Cmp(c.octets) > 0 {
			c.hidden = true
		}
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
	for t := range totals {
		i, ok := month.index[Key{AllRegions, flow.NetworkType(t), flow.Both, AllVersions}]
		totals[t].hidden = !ok || month.Cells[i].Suppressed
	}
	ofType := func(k placeKey) *placeCell { return &totals[k.typ] }
	if elsewhere, err = p.placeLines(cells, countries, ofType); err != nil {
		return false, err
	}
	if _, err = p.placeLines(cells, subdivisions, func(k placeKey) *placeCell { return cells[k] }); err != nil {
		return false, err
	}
	for _, k := range keys {
		for _, in := range cells[k].within {
			cells[k].hidden = cells[k].hidden || cells[in].hidden
		}
	}
	_, err = p.placeLines(cells, metros, ofType)
	return elsewhere, err
}

// placeLines decides lines of places, each by itself: the parts by their total. Cells that are hidden
// already stay so. It says whether the rest of every line may be told.
func (p *publication) placeLines(cells placeCells, lines map[placeKey][]placeKey, total func(placeKey) *placeCell) (rests bool, err error) {
	rests = true
	for whole, parts := range lines {
		t := total(whole)
		if t.hidden {
			for _, k := range parts {
				cells[k].hidden = true
			}
			rests = false
			continue
		}
		rest, err := p.placeLine(cells, parts, t)
		if err != nil {
			return false, err
		}
		rests = rests && rest
	}
	return rests, nil
}

// placeLine decides the parts of a total that is shown, and says whether what is in none of them may be
// told.
func (p *publication) placeLine(cells placeCells, parts []placeKey, total *placeCell) (rest bool, err error) {
	key := func(region string) Key { return Key{region, parts[0].typ, flow.Both, AllVersions} }
	t := Table{Total: []int{-1}}
	for _, k := range parts {
		t.Cells = append(t.Cells, cells[k].tableCell(key(placePrefix+k.name)))
	}
	rest = true
	if left := total.without(cells, parts); !left.octets.IsZero() {
		c := left.tableCell(key(restOfPlace))
		rest = p.policy.primary(&c) == Shown
		c.Fixed = FixedHidden
		if rest {
			c.Fixed = FixedShown
		}
		t.Cells = append(t.Cells, c)
	}
	t.Cells = append(t.Cells, TableCell{Key: key(AllRegions), Octets: total.octets.Big(), Fixed: FixedShown})
	mask, err := t.Suppress(p.policy)
	if err != nil {
		return false, err
	}
	// Exposed cells are those that a reader could have who knew the rest: the only place of a
	// type, say. He does not, and there is nothing left to hide.
	for i, k := range parts {
		cells[k].hidden = mask.Hidden(i)
	}
	return rest, nil
}

// without is what a cell has beyond some of its parts.
func (c *placeCell) without(cells placeCells, parts []placeKey) *placeCell {
	out := &placeCell{octets: c.octets, networks: maps.Clone(c.networks)}
	for _, k := range parts {
		out.octets = less(out.octets, cells[k].octets)
		for network, octets := range cells[k].networks {
			out.networks[network] = less(out.networks[network], octets)
		}
	}
	maps.DeleteFunc(out.networks, func(_ uint32, octets rollup.Uint128) bool { return octets.IsZero() })
	return out
}

// tableCell is the cell as the rules of publication see it.
func (c *placeCell) tableCell(k Key) TableCell {
	out := TableCell{Key: k, Octets: c.octets.Big(), Addresses: math.Inf(1), Dominance: c.dominance()}
	for network := range c.networks {
		if network != unknownNetwork {
			out.Networks++
		}
	}
	if c.hidden {
		out.Fixed = FixedHidden
	}
	return out
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
