package explore

import (
	"strconv"

	"tributary/internal/filter"
	"tributary/internal/flow"
)

// keys are a row's keys. Colours, and what types are called in sentences, are not the engine's to
// say: whoever shows an answer adds them.
func (s *sorter) keys(key rowKey) []Key {
	out := make([]Key, len(s.a.question.By))
	for i, d := range s.a.question.By {
		value := s.text(d, key[i])
		out[i] = Key{Value: value, Name: value}
		switch {
		case d == ByAS && key[i] == 0:
			out[i].Name = filter.Unknown
		case d == ByAS:
			out[i].Name = "AS" + value
			if name, _, _, ok := s.a.source.Catalogue.AS(key[i], s.a.span.period.To-1); ok {
				out[i].Name += " " + name
			}
		case d == ByVersion:
			out[i].Name = "IPv" + value
		case d == ByCity && key[i] != 0:
			country, subdivision, _ := s.a.located(key[i])
			if subdivision == "" {
				subdivision = country
			}
			if subdivision != "" {
				out[i].Name += ", " + subdivision
			}
		}
	}
	return out
}

// text is a value as a filter writes it.
func (s *sorter) text(d Dimension, value uint32) string {
	or := func(text, absent string) string {
		if text == "" {
			return absent
		}
		return text
	}
	switch d {
	case ByType:
		return flow.NetworkType(value).String()
	case ByGroup:
		return flow.NetworkType(value).Group()
	case ByRegion:
		return s.a.names.Regions.Value(value)
	case ByDirection:
		return flow.Direction(value).String()
	case ByLink:
		return or(s.a.names.Links.Value(value), filter.Unlisted)
	case ByLinkKind:
		return flow.LinkKind(value).String()
	case ByProvider:
		return or(s.texts.all[value], filter.None)
	case ByNetwork:
		return s.a.placing.labels.Networks[value]
	case ByCountry, BySubdivision:
		return or(s.texts.all[value], filter.Unknown)
	case ByCity:
		_, _, city := s.a.located(value)
		return or(city, filter.Unknown)
	}
	return strconv.FormatUint(uint64(value), 10)
}

// placeValue is the number of a place's value of a dimension.
func (s *sorter) placeValue(d Dimension, place uint32) uint32 {
	country, subdivision, city := s.a.located(place)
	switch {
	case d == ByCountry:
		return s.texts.number(country)
	case d == BySubdivision:
		return s.texts.number(subdivision)
	case city == "":
		return 0
	}
	return place
}

// located is where a place is, as a filter asks for it; all empty for number 0, which is nowhere known.
func (a *asking) located(place uint32) (country, subdivision, city string) {
	p := a.names.Places.Value(place)
	if p.Subdivision != "" {
		p.Subdivision = p.Country + "-" + p.Subdivision
	}
	return p.Country, p.Subdivision, p.City
}
