// Package report makes the report of a period, and writes the open dataset.
//
// A report is made in three steps, each of which can be had alone: Gather asks the store and
// computes every number and sentence (Report), Files draws and writes it to bytes, and Write puts
// the files into a folder, all or none. Nothing in a report depends on the clock, the machine or the
// order of a map: the same store gives the same bytes.
package report

import (
	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// Report is everything that a report shows: every number of it is in here, and what publication
// hides is not.
type Report struct {
	Period     Span
	Before     Span // the period of the same kind before; see HasBefore
	HasBefore  bool // there is traffic in it
	Months     []string
	Simulated  bool // the traffic is invented: every page says so
	Normalized bool // bits are an index: 100 is the volume of the store's first whole month
	Key        []Number
	Findings   []Finding
	Figures    []Figure
	Coverage   Coverage
	Thresholds []Threshold
	Dataset    *stats.Dataset // the months that the period touches
	Draft      []string       // what the self-check found, where the report was made all the same (Options.Force): every page says so; nil for a sound one
	asked      flow.Period    // the period as it was asked for
	kept       *stats.Cache   // where drawings are kept; nil draws every time
	secrets    secrets        // what the report must not show
	progress   Progress       // may be nil
	force      bool           // where its files fail their check, they are made as a draft
}

// Span is a period as far as there is traffic to be had of it.
type Span struct {
	flow.Period      // ends with the newest committed slot, if that is before its end
	Whole       bool // it is over
}

// Number is a number with what it says.
type Number struct {
	Name  string
	Value figure.Value
	Unit  figure.Unit
	Note  string // a few words more, or empty

	// In a finding: a number stands in the table of its figure or at the head of the report, or in
	// the table of the figure named here, or is computed from several that do.
	Figure  string
	Derived bool
}

// Text is the number with its unit.
func (n *Number) Text() string { return n.Value.Text(n.Unit) }

// Finding is a sentence computed from the numbers.
type Finding struct {
	Rule    string // by which it was found (rules); several sentences may have one
	Text    string
	Figure  string   // the name of the figure that shows it
	Numbers []Number // every number with a unit that the sentence has, in its order

	concern float64 // see rule
}

// Figure is a picture with its words and every number behind it.
type Figure struct {
	Name    string // of its file, and its anchor
	Chapter string // the heading it stands under
	Title   string
	Caption string // what is shown: period, unit, categories; computed
	Reading string // one sentence on how to read it
	Alt     string // what a reader who cannot see it should know
	Table   Table
	span    string // the periods that are shown, for the file's foot
	chart   charter
}

// charter is a table that package figure draws.
type charter interface {
	Chart(width int, t *figure.Theme) figure.Chart
}

// Table is numbers with names. Every row has a cell a column.
type Table struct {
	Columns []Column
	Rows    [][]Cell
}

// Column is the head of a column. Numeric columns have a unit.
type Column struct {
	Name string
	Unit figure.Unit // "" for text
}

// Cell is a text or a number.
type Cell struct {
	Label string // in columns without unit
	Value figure.Value
}

// Coverage says how much of the traffic the numbers rest on.
type Coverage struct {
	Regions      []RegionCoverage // by name
	All          RegionCoverage   // of all regions together; its slots are the smallest region's
	Unclassified figure.Value     // share of bits of networks of type other
	Refused      []Refused        // by reason; reasons that did not occur are left out
	Loss         string           // sentences on what never arrived
	Silence      string           // sentences on exporters that were not heard
	Thin         string           // a sentence on months that are hardly covered; empty if there are none
	Frozen       string           // a sentence on months whose slots are no longer kept; empty if all are
	Places       string           // a sentence on why there are no figures of places; empty if there are
}

// RegionCoverage is what the exporters of a region sent in the period.
type RegionCoverage struct {
	Region    string
	Slots     figure.Value // share of the period's slots in which every exporter of the month was heard
	Exporters int
	Rates     []uint32     // sampling rates seen, ascending; 0 for none known
	Loss      figure.Value // estimated share of the exported records that never arrived (stats.Loss), rounded up to 0.01 %
	Worst     figure.Value // the same of the exporter of which it is largest
	Losing    int          // exporters of which anything is known to be missing
	Unrated   int          // exporters of which flows that count had no sampling rate and counted once
	Error     figure.Value // sampling error of the region's bits: relative half-width of the 95 % interval
	Silence   Silence
	Read      *Read // nil where a region's total is hidden: of every region, so that nothing can be subtracted
}

// Read is how much of the exporters' records was read, and what became of it.
type Read struct {
	Records     uint64 `json:"records"`            // data records
	Refused     uint64 `json:"records_refused"`    // of them
	Flows       uint64 `json:"flows_counted"`      // flows that count
	RateUnknown uint64 `json:"flows_without_rate"` // of the flows read, those counted once for want of a rate
	Internal    uint64 `json:"flows_internal"`     // with both sides own
	Transit     uint64 `json:"flows_transit"`      // with neither side own
	Lost        uint64 `json:"records_lost"`       // estimated data records that never arrived, rounded
	Overrun     uint64 `json:"lost_to_overrun"`    // datagrams or records, by what the stream numbers, lost while the collector's own buffer overflowed
	Late        uint64 `json:"datagrams_late"`     // out of order, not lost
	Restarts    uint64 `json:"restarts"`           // streams whose sequence numbers began anew
	Bounds      uint64 `json:"bounds_reached"`     // how often exporters reached a bound of the collector
}

// Refused is a reason and how often it was the reason.
type Refused struct {
	Reason string
	Unit   string // what is counted: datagram, set or record
	Count  uint64
}

// Threshold is a setting that decides what is shown, as it was.
type Threshold struct{ Name, Value, Meaning string }
