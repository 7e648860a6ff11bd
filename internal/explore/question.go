// Package explore answers a reader's own questions: one measure, by up to three dimensions, of what a
// filter lets through, over any range and step of time. What each measure is stands in
// docs/reference/statistics.md; where the dataset has the same cell, the number is the same.
package explore

// Measure is what is asked for.
type Measure string

// The measures. Volume, share and rate are also known by place; the others are not.
const (
	Volume      Measure = "volume"      // bits
	Rate        Measure = "rate"        // average bits per second
	P95         Measure = "p95"         // bits per second, nearest rank over the five-minute slots of each step
	Maximum     Measure = "max"         // bits per second of the largest slot of each step
	Uniqueness  Measure = "uniqueness"  // distinct remote addresses
	Magnitude   Measure = "magnitude"   // bits per distinct remote address
	Share       Measure = "share"       // of the bits that the filter lets through in the same step, 0 to 1
	Networks    Measure = "networks"    // distinct networks, unknown left out
	Persistence Measure = "persistence" // share of the addresses that were seen in the step before too, 0 to 1
)

// Dimension is what is told apart.
type Dimension string

// The dimensions. The last three are places: see Measure.
const (
	ByType        Dimension = "type"
	ByGroup       Dimension = "group"
	ByRegion      Dimension = "region"
	ByDirection   Dimension = "direction"
	ByVersion     Dimension = "ip.version"
	ByLink        Dimension = "link"
	ByLinkKind    Dimension = "link.kind"
	ByProvider    Dimension = "provider"
	ByNetwork     Dimension = "network"
	ByAS          Dimension = "as"
	ByCountry     Dimension = "country"
	BySubdivision Dimension = "subdivision"
	ByCity        Dimension = "city"
)

// Question is a question as it stands in an address.
type Question struct {
	Measure Measure     `json:"measure"`
	By      []Dimension `json:"by"`    // none to three; none asks for the total alone
	Where   string      `json:"where"` // package filter's language; empty lets everything through

	// Range is a period ("2026-05", "2025Q4", "2025", "2026-05-07"), two days or times joined by ".."
	// ("2026-05-01..2026-05-07", both days included; "2026-05-01T10:00..2026-05-01T12:30", the end not), or a
	// length of time up to now ("1h", "24h", "7d"): to the end of the newest slot that anything is known
	// of, the open slot included. Periods by name, like the dataset's, end with the newest committed slot.
	Range string `json:"range"`

	// Step is how time is cut: "5m", "10m", "1h", "1d", "1mo", "whole", or "auto": as fine as makes some
	// 50 to 300 points and the measure allows.
	Step string `json:"step"`

	Top      int  `json:"top"`      // rows beyond the largest Top are summed in one, or left out where they cannot be added
	Previous bool `json:"previous"` // also over the period before, of the same length (a month's is the month before)

	Unbounded bool `json:"-"` // without the limits of rows and steps: for what computes with them

	byPlace bool // it needs the table of places; see check
}
