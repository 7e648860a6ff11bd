package stats

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// mostPlaces is how many places of a kind are listed.
const mostPlaces = 20

// Places is a part of a Study: what was exchanged with networks of each type in the countries,
// subdivisions and metropolitan areas that the geo database puts them in, in bits of StudyOf.Now. It
// is nil for a period that is not whole months.
//
// A cell is network type × place, over all regions, directions and IP versions; traffic whose place is
// unknown is in none. There are no totals over types, and what lies elsewhere is not given: a cell
// stands in one sum only, its type's, so few others are hidden with it (see publication.places).
//
// Places are ranked by the sum of their cells that are shown, which a reader can add up too: by their
// true sums the order would say what hidden cells lie between. Of a kind the mostPlaces first are
// listed; of countries one more, for the list without the first. Places of which nothing is shown
// are left out and counted.
type Places struct {
	Countries    PlaceList
	Subdivisions PlaceList // of the first mostPlaces countries
	Metros       PlaceList // of neoclouds and hyperscalers

	// Known is the share of the bits whose country is known. It is nothing where the total of a
	// type is hidden, or by a threshold what has no known country of a type: that is a part of the
	// total, and of what this tells.
	Known Num
}

// PlaceList is the places of a kind, ranked.
type PlaceList struct {
	Places []Place
	All    int // places with traffic, listed or not
	Unseen int // of them, those of which every cell is hidden
}

// Place is a country, subdivision or metropolitan area.
type Place struct {
	Name  string // ISO 3166-1 alpha-2, ISO 3166-2 ("US-VA"), or a metropolitan area's name
	Cells [flow.NumNetworkTypes]PlaceCell

	// Stated and Inferred say where a metropolitan area comes from: from the catalogue, for
	// networks whose prefixes have metro, and from the geo database's city. Either or both.
	Stated, Inferred bool
}

// PlaceCell is what was exchanged with networks of a type in a place. With neither Bits nor Hidden
// there is no such traffic.
type PlaceCell struct {
	Bits   Num
	Hidden bool // by publication; Bits are there all the same with Question.Unsuppressed
}

// shown is the sum of the cells that are shown, added in the order of types.
func (p *Place) shown() (bits float64, any bool) {
	for _, c := range p.Cells {
		if c.Bits.Known && !c.Hidden {
			bits, any = bits+c.Bits.Value, true
		}
	}
	return bits, any
}

// The kinds of places.
const (
	kindCountry = iota
	kindSubdivision
	kindMetro
	numPlaceKinds
)

// placeCell is a cell of the places of a month, or of the period's months together.
type placeCell struct {
	octets   rollup.Uint128
	networks map[uint32]rollup.Uint128 // of a month only
	aside    rollup.Uint128            // of them in regions that hide the type
	hidden   bool
	within   []placeKey // of a metropolitan area's: the cells of countries and subdivisions that it has traffic of
	stated   bool
	inferred bool
}

type placeKey struct {
	kind int
	typ  flow.NetworkType
	name string
}

type placeCells map[placeKey]*placeCell

// keys are the cells' keys, sorted.
func (c placeCells) keys() []placeKey {
	out := make([]placeKey, 0, len(c))
	for k := range c {
		out = append(out, k)
	}
	slices.SortFunc(out, comparePlaceKeys)
	return out
}

func comparePlaceKeys(a, b placeKey) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.typ, b.typ), cmp.Compare(a.name, b.name))
}

// at is the cell with a key, a new one if there is none.
func (c placeCells) at(k placeKey) *placeCell {
	cell := c[k]
	if cell == nil {
		cell = &placeCell{networks: map[uint32]rollup.Uint128{}}
		c[k] = cell
	}
	return cell
}

// add counts octets of a network; aside says that the region in which they crossed hides the type.
func (c *placeCell) add(network uint32, octets rollup.Uint128, aside bool) {
	if aside {
		c.aside = c.aside.Add(octets)
	}
	c.octets = c.octets.Add(octets)
	c.networks[network] = c.networks[network].Add(octets)
}

// studyPlaces reads the places of every month, decides each month by itself, and adds the months up:
// as with sheets, a cell of the period is shown where all months that have it show it.
func (l *loader) studyPlaces(ctx context.Context, q *StudyOf, unsuppressed bool, out *Study) error {
	if !wholeMonths(q.Now) {
		return nil
	}
	all, elsewhere := placeCells{}, true
	for _, m := range l.within(q.Now) {
		month, err := l.placesOf(ctx, m)
		if err != nil {
			return err
		}
		rest, err := (&publication{l.policy}).places(l.sheets[stretchOf(m.period)], month, l.everywhere(m))
		if err != nil {
			return err
		}
		elsewhere = elsewhere && rest
		for k, c := range month {
			sum := all.at(k)
			sum.octets = sum.octets.Add(c.octets)
			sum.hidden = sum.hidden || c.hidden
			sum.stated, sum.inferred = sum.stated || c.stated, sum.inferred || c.inferred
		}
	}
	p := &Places{}
	p.Countries = all.list(kindCountry, mostPlaces+1, unsuppressed, func(string) bool { return true })
	p.Metros = all.list(kindMetro, mostPlaces, unsuppressed, func(string) bool { return true })
	listed := map[string]bool{}
	for _, c := range p.Countries.Places[:min(mostPlaces, len(p.Countries.Places))] {
		listed[c.Name] = true
	}
	p.Subdivisions = all.list(kindSubdivision, mostPlaces, unsuppressed, func(name string) bool { return listed[countryOf(name)] })
	if elsewhere || unsuppressed {
		p.Known = l.knownShare(q.Now, all)
	}
	out.Places = p
	return nil
}

// placesOf sums up a month by place.
func (l *loader) placesOf(ctx context.Context, m *span) (placeCells, error) {
	rows, err := l.view.Places(ctx, l.clip(m.period))
	if err != nil {
		return nil, err
	}
	cells, areas, hidden := placeCells{}, metroAreas(), l.hiddenRegions(m.period)
	for i := range rows {
		r := &rows[i]
		place := l.names.Places.Value(r.Place)
		if place.Country == "" {
			continue
		}
		within := []placeKey{{kindCountry, r.Type, place.Country}}
		if place.Subdivision != "" {
			within = append(within, placeKey{kindSubdivision, r.Type, place.Country + "-" + place.Subdivision})
		}
		for _, k := range within {
			cells.at(k).add(r.Network, r.Octets, hidden[regionType{l.names.Regions.Value(uint32(r.Region)), r.Type}])
		}
		if !hasMetros(r.Type) {
			continue
		}
		name, stated := l.metros[r.Network], true
		if name == "" {
			name, stated = areas.of(place), false
		}
		if name == "" {
			continue
		}
		metro := cells.at(placeKey{kindMetro, r.Type, name})
		if !stated { // else its octets are counted below, wherever the geo database puts them
			metro.add(r.Network, r.Octets, hidden[regionType{l.names.Regions.Value(uint32(r.Region)), r.Type}])
			metro.inferred = true
		}
		metro.within = append(metro.within, within...)
	}
	for i := range m.parts {
		p := &m.parts[i]
		if k := l.frame.key(p.cell); hasMetros(k.Type) && l.metros[p.network] != "" {
			metro := cells.at(placeKey{kindMetro, k.Type, l.metros[p.network]})
			metro.add(p.network, p.octets, hidden[regionType{k.Region, k.Type}])
			metro.stated = true
		}
	}
	return cells, nil
}

// regionType is a region's cell of a type.
type regionType struct {
	region string
	typ    flow.NetworkType
}

// hiddenRegions are the cells of region and type that a month hides.
func (l *loader) hiddenRegions(month flow.Period) map[regionType]bool {
	out := map[regionType]bool{}
	for _, c := range l.sheets[stretchOf(month)].Cells {
		if c.Suppressed && c.Direction == flow.Both && c.Version == AllVersions {
			out[regionType{c.Region, c.Type}] = true
		}
	}
	return out
}

// everywhere sums up a month by type.
func (l *loader) everywhere(m *span) *[flow.NumNetworkTypes]placeCell {
	var out [flow.NumNetworkTypes]placeCell
	for t := range out {
		out[t].networks = map[uint32]rollup.Uint128{}
	}
	for i := range m.parts {
		if p := &m.parts[i]; !p.octets.IsZero() {
			out[l.frame.key(p.cell).Type].add(p.network, p.octets, false)
		}
	}
	return &out
}

// hasMetros says of which types metropolitan areas are shown.
func hasMetros(t flow.NetworkType) bool { return t == flow.Neocloud || t == flow.Hyperscaler }

// countryOf is the country of a subdivision: "US" of "US-VA".
func countryOf(subdivision string) string {
	country, _, _ := strings.Cut(subdivision, "-")
	return country
}

// list ranks the places of a kind.
func (c placeCells) list(kind, most int, unsuppressed bool, of func(name string) bool) PlaceList {
	byName := map[string]*Place{}
	for k, cell := range c {
		if k.kind != kind || !of(k.name) {
			continue
		}
		p := byName[k.name]
		if p == nil {
			p = &Place{Name: k.name}
			byName[k.name] = p
		}
		p.Stated, p.Inferred = p.Stated || cell.stated, p.Inferred || cell.inferred
		p.Cells[k.typ].Hidden = cell.hidden
		if !cell.hidden || unsuppressed {
			p.Cells[k.typ].Bits = num(bitsOf(cell.octets))
		}
	}
	out := PlaceList{All: len(byName)}
	for _, p := range byName {
		if _, any := p.shown(); !any {
			out.Unseen++
			if !unsuppressed {
				continue
			}
		}
		out.Places = append(out.Places, *p)
	}
	slices.SortFunc(out.Places, func(a, b Place) int {
		x, _ := a.shown()
		y, _ := b.shown()
		return cmp.Or(cmp.Compare(y, x), cmp.Compare(a.Name, b.Name))
	})
	out.Places = out.Places[:min(most, len(out.Places))]
	return out
}

// knownShare is Places.Known.
func (l *loader) knownShare(now flow.Period, all placeCells) Num {
	sheet := l.sheets[stretchOf(now)]
	total, ok := sheet.index[Total]
	if !ok || sheet.Cells[total].Suppressed {
		return Num{}
	}
	var known rollup.Uint128
	for k, c := range all {
		if k.kind == kindCountry {
			known = known.Add(c.octets) // whole numbers: the order does not matter
		}
	}
	for t := range flow.NumNetworkTypes {
		if c, ok := sheet.At(Key{AllRegions, t, flow.Both, AllVersions}); ok && c.Suppressed {
			return Num{}
		}
	}
	return num(known.Float64() / sheet.sums[total].octets.Float64())
}

// normalize multiplies bits by the factor of Sheet.normalize.
func (p *Places) normalize(reference rollup.Uint128) {
	first := bitsOf(reference)
	for _, list := range []PlaceList{p.Countries, p.Subdivisions, p.Metros} {
		for i := range list.Places {
			for t := range list.Places[i].Cells {
				n := &list.Places[i].Cells[t].Bits
				n.Value = n.Value / first * 100
			}
		}
	}
}
