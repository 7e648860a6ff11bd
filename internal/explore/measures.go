package explore

import (
	"slices"
	"strings"
)

// MeasureInfo says what a measure is.
type MeasureInfo struct {
	Name     Measure
	Title    string
	Unit     string // see Answer.Unit
	About    string // a sentence
	ByPlace  bool   // also known by country, subdivision and city
	Additive bool   // see Answer.Additive
	Bounds   bool   // values have bounds: see Row.Low
	finest   string // the finest step
	auto     string // the finest step that "auto" takes
}

// Measures are all, in the order in which they are offered.
//
// Steps below the hour need the store's slots, which are kept for retention.slots; hours and days are
// kept as long as months. A percentile of an hour is that of twelve slots, so its largest: auto takes
// days. Distinct addresses are kept by hour for two days: see ladder.
var Measures = []MeasureInfo{
	{Volume, "Volume", "bits", "What was exchanged, at the IP layer.", true, true, false, "5m", "5m"},
	{Rate, "Average rate", "bits/s", "Bits per second, averaged over each step.", true, true, false, "5m", "5m"},
	{P95, "95th percentile", "bits/s", "The rate that 95 % of each step's five-minute slots do not exceed, empty slots included.", false, false, false, "5m", "1d"},
	{Maximum, "Maximum", "bits/s", "The rate of each step's largest five-minute slot.", false, false, false, "5m", "1h"},
	{Share, "Share", "ratio", "Part of all the bits that the filter lets through in the same step.", true, true, false, "5m", "5m"},
	{Uniqueness, "Unique addresses", "addresses", "Distinct remote addresses.", false, false, true, "1h", "1h"},
	{Magnitude, "Magnitude", "bits/address", "Bits per distinct remote address.", false, false, true, "1h", "1h"},
	{Networks, "Networks", "networks", "Distinct networks; traffic whose network is unknown is left out.", false, false, false, "1h", "1h"},
	{Persistence, "Persistence", "ratio", "Share of the addresses that were seen in the step before too.", false, false, true, "1h", "1h"},
}

// DimensionInfo says what a dimension is.
type DimensionInfo struct {
	Name  Dimension
	Title string
	About string
	Place bool // a place: see MeasureInfo.ByPlace
}

// Dimensions are all, in the order in which they are offered.
var Dimensions = []DimensionInfo{
	{ByType, "Network type", "What kind of network the remote party is in.", false},
	{ByGroup, "Type group", "Cloud, ISP, CDN, migration or other.", false},
	{ByRegion, "Region", "Where the exporter stands.", false},
	{ByDirection, "Direction", "Ingress: from the remote party; egress: to it.", false},
	{ByVersion, "IP version", "4 or 6.", false},
	{ByLink, "Link", "The external interface that was crossed.", false},
	{ByLinkKind, "Link kind", "Transit, IX, PNI, migration; unknown where the link is not listed.", false},
	{ByProvider, "Provider", "Who provides the link.", false},
	{ByNetwork, "Network", "The named prefix, or the AS number's name.", false},
	{ByAS, "AS number", "The remote party's.", false},
	{ByCountry, "Country", "Where the geo database puts the remote address.", true},
	{BySubdivision, "Subdivision", "Where the geo database puts the remote address.", true},
	{ByCity, "City", "Where the geo database puts the remote address.", true},
}

// infoOf is that of a measure; nil for none of that name.
func infoOf(m Measure) *MeasureInfo {
	i := slices.IndexFunc(Measures, func(x MeasureInfo) bool { return x.Name == m })
	if i < 0 {
		return nil
	}
	return &Measures[i]
}

// dimensionInfo is that of a dimension; nil for none of that name.
func dimensionInfo(d Dimension) *DimensionInfo {
	i := slices.IndexFunc(Dimensions, func(x DimensionInfo) bool { return x.Name == d })
	if i < 0 {
		return nil
	}
	return &Dimensions[i]
}

// lower is a title within a sentence.
func lower(title string) string { return strings.ToLower(title[:1]) + title[1:] }

// place reports a dimension that the table of places has.
func (d Dimension) place() bool { return d == ByCountry || d == BySubdivision || d == ByCity }

// listed are names as a sentence lists them: "a, b or c".
func listed[T ~string](names []T) string {
	text := make([]string, len(names))
	for i, n := range names {
		text[i] = string(n)
	}
	if len(text) < 2 {
		return strings.Join(text, "")
	}
	return strings.Join(text[:len(text)-1], ", ") + " or " + text[len(text)-1]
}
