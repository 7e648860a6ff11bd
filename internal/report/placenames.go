package report

import (
	_ "embed"
	"strings"
	"sync"
)

// placeNamesText are English names of countries (ISO 3166-1; CLDR's, some shortened) and of the subdivisions
// that hold most data centres (ISO 3166-2), a line each.
//
//go:embed placenames.txt
var placeNamesText string

var placeNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for line := range strings.Lines(placeNamesText) {
		code, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		names[code] = name
	}
	return names
})

// placeName is the English name of a country or subdivision; of one that has none here, its code.
func placeName(code string) string {
	if name, ok := placeNames()[code]; ok {
		return name
	}
	return code
}

// subdivisionName is a subdivision with its country: "Virginia, US".
func subdivisionName(code string) string {
	name, ok := placeNames()[code]
	if !ok {
		return code
	}
	country, _, _ := strings.Cut(code, "-")
	return name + ", " + country
}
