package stats

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
	"tributary/internal/store"
)

// metrosYAML says which cities make a metropolitan area: by country, by area, its cities, each with
// its subdivision after a comma where the country has the name twice.
//
//go:embed metros.yaml
var metrosYAML []byte

// areas are the metropolitan areas by city. Without subdivision a city is meant in any of the country.
type areas map[flow.Place]string

// metroAreas are those of the built-in file.
var metroAreas = sync.OnceValue(func() areas {
	a, err := parseAreas(metrosYAML)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return a
})

// parseAreas reads a file of metropolitan areas. It refuses a city that is in two.
func parseAreas(text []byte) (areas, error) {
	var file map[string]map[string][]string
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("cannot read the metropolitan areas: %w", err)
	}
	out := areas{}
	for country, byArea := range file {
		for area, cities := range byArea {
			for _, text := range cities {
				city, subdivision, _ := strings.Cut(text, ", ")
				p := flow.Place{Country: country, Subdivision: subdivision, City: city}
				if other, twice := out[p]; twice {
					return nil, fmt.Errorf("cannot use the metropolitan areas: %s in %s is in %s and in %s", text, country, min(area, other), max(area, other))
				}
				out[p] = area
			}
		}
	}
	return out, nil
}

// of is the area of a place, "" for none.
func (a areas) of(p flow.Place) string {
	if p.City == "" {
		return ""
	}
	if area, ok := a[p]; ok {
		return area
	}
	p.Subdivision = ""
	return a[p]
}

// named is the area that the catalogue means by a name: the one that has a city of that name, if a single
// one has, else the name itself.
func (a areas) named(name string) string {
	in := map[string]bool{}
	for p, area := range a {
		if p.City == name {
			in[area] = true
		}
	}
	if len(in) == 1 {
		for area := range in {
			return area
		}
	}
	return name
}

// metrosOf are the metropolitan areas that the catalogue states, by network number. A network has one
// if all traffic of it is of named prefixes, and all prefixes of the name have the same metro: where
// an AS number bears the name too, its traffic elsewhere could not be told from it.
func metrosOf(rows []store.Label, networks []string, c *catalogue.Catalogue) map[uint32]string {
	stated := map[string]string{}
	for _, e := range c.Prefixes() {
		if was, ok := stated[e.Name]; ok && was != e.Metro {
			stated[e.Name] = ""
			continue
		}
		stated[e.Name] = e.Metro
	}
	for name, metro := range stated {
		if metro != "" {
			stated[name] = metroAreas().named(metro)
		}
	}
	out := map[uint32]string{}
	for i := range rows {
		r := &rows[i]
		metro := stated[networks[r.Network]]
		if was, ok := out[r.Network]; r.Prefix == 0 || ok && was == "" {
			metro = ""
		}
		out[r.Network] = metro
	}
	return out
}
