package console

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"tributary/internal/flow"
)

// InterfaceRow is an interface of an sFlow exporter: what its own counters say passed, and what the
// samples say. An engineer's first test of trust: the two should agree. Octets are those of frames
// (layer 2) in the same time; samples are × their sampling rate.
type InterfaceRow struct {
	Exporter   flow.Addr `json:"-"`
	Agent      flow.Addr `json:"-"`       // where it is not the exporter
	Index      uint32    `json:"index"`   // ifIndex
	Link       string    `json:"link"`    // name by configuration, or empty
	Region     string    `json:"region"`  // of the exporter; Live fills it where it is empty
	Seconds    uint64    `json:"seconds"` // how long they were compared
	CountedIn  uint64    `json:"counted_in"`
	SampledIn  uint64    `json:"sampled_in"`
	CountedOut uint64    `json:"counted_out"`
	SampledOut uint64    `json:"sampled_out"`

	// Live fills the rest.

	Address   string   `json:"address"`   // of the exporter
	Name      string   `json:"name"`      // of the exporter by configuration, or empty
	AgentName string   `json:"agent"`     // the agent's address where it is not the exporter, else empty
	Rate      uint32   `json:"rate"`      // the largest sampling rate seen of the exporter; 0: none is known
	RatioIn   *float64 `json:"ratio_in"`  // sampled ÷ counted; nil while too little was counted to say
	RatioOut  *float64 `json:"ratio_out"` // likewise
	Off       bool     `json:"off"`       // a ratio is farther from 1 than 0.1 and its sampling noise
	Hint      string   `json:"hint"`      // what that usually means; empty unless Off
}

// Links is the comparison of all interfaces.
type Links struct {
	Interfaces int            `json:"interfaces"` // compared, all together
	Off        int            `json:"off"`        // of them, those that do not fit
	Rows       []InterfaceRow `json:"rows"`       // those that do not fit first, then those with most octets; at most 200

	byExporter map[string]*linkSums
}

// linkSums are one exporter's interfaces together.
type linkSums struct {
	countedIn, sampledIn, countedOut, sampledOut uint64
	off                                          int
}

func (l *linkSums) add(o *linkSums) {
	l.countedIn += o.countedIn
	l.sampledIn += o.sampledIn
	l.countedOut += o.countedOut
	l.sampledOut += o.sampledOut
	l.off += o.off
}

const (
	maxLinkRows = 200     // of a page that asks every few seconds; a fleet of switches has tens of thousands
	minCounted  = 100_000 // octets; below, a ratio is made of a handful of frames
	farRatio    = 0.1     // what counters and samples may differ by: they are not read at the same moment

	// sizeBound bounds Σ s² by sizeBound · Σ s for frames of ordinary size: the bound 1540·octets −
	// 60000·packets of docs/reference/statistics.md without its second term, since frames are not counted.
	sizeBound = 1540
)

// SetInterfaces says how sFlow exporters' counters and samples stand to each other. Sorting tens of
// thousands takes its time: every ten seconds is often enough.
func (l *Live) SetInterfaces(rows []InterfaceRow) {
	links := Links{Interfaces: len(rows), Rows: slices.Clone(rows), byExporter: map[string]*linkSums{}}
	l.describe(links.Rows)
	for i := range links.Rows {
		r := &links.Rows[i]
		r.Address, r.Name = r.Exporter.String(), l.nameOf(r.Exporter)
		if !r.Agent.IsZero() && r.Agent != r.Exporter {
			r.AgentName = r.Agent.String()
		}
		r.judge()
		sums := linkSums{r.CountedIn, r.SampledIn, r.CountedOut, r.SampledOut, 0}
		if r.Off {
			links.Off++
			sums.off = 1
		}
		if links.byExporter[r.Address] == nil {
			links.byExporter[r.Address] = &linkSums{}
		}
		links.byExporter[r.Address].add(&sums)
	}
	slices.SortFunc(links.Rows, compareRows)
	links.Rows = links.Rows[:min(len(links.Rows), maxLinkRows)]
	l.mu.Lock()
	defer l.mu.Unlock()
	l.links = links
}

// describe fills what is known of the rows' exporters: the region where it is not given, and the
// largest sampling rate, which makes the noise widest.
func (l *Live) describe(rows []InterfaceRow) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range rows {
		e := l.byAddress[rows[i].Exporter]
		if e == nil {
			continue
		}
		if rows[i].Region == "" {
			rows[i].Region = l.names.Regions.Value(uint32(e.region))
		}
		if n := len(e.total.Rates); n > 0 {
			rows[i].Rate = e.total.Rates[n-1] // ascending
		}
	}
}

// compareRows puts those that do not fit first, the farthest of them first, then the busiest.
func compareRows(a, b InterfaceRow) int {
	return cmp.Or(
		cmp.Compare(b.distance(), a.distance()),
		cmp.Compare(b.CountedIn+b.CountedOut, a.CountedIn+a.CountedOut),
		a.Exporter.Compare(b.Exporter), a.Agent.Compare(b.Agent), cmp.Compare(a.Index, b.Index))
}

// distance is how far the worse ratio is from 1, and below 0 for an interface that fits.
func (r *InterfaceRow) distance() float64 {
	if !r.Off {
		return -1
	}
	far := 0.0
	for _, ratio := range [...]*float64{r.RatioIn, r.RatioOut} {
		if ratio != nil {
			far = max(far, math.Abs(*ratio-1))
		}
	}
	return far
}

// judge computes the ratios and says what is wrong with them.
func (r *InterfaceRow) judge() {
	var in, out string
	r.RatioIn, in = compared(r.CountedIn, r.SampledIn, r.Rate)
	r.RatioOut, out = compared(r.CountedOut, r.SampledOut, r.Rate)
	r.Off = in != "" || out != ""
	switch {
	case !r.Off:
		r.Hint = ""
	case in == out:
		r.Hint = "Both ways " + linkHelp[in]
	case in == "":
		r.Hint = "On the way out " + linkHelp[out]
	case out == "":
		r.Hint = "On the way in " + linkHelp[in]
	default:
		r.Hint = "On the way in " + linkHelp[in] + " On the way out " + linkHelp[out]
	}
}

// What a ratio can be, and what that usually means.
const (
	linkNone = "none"
	linkLow  = "low"
	linkHigh = "high"
)

var linkHelp = map[string]string{
	linkNone: "nothing is sampled of what is counted: sampling is not switched on for this interface, or only for the other direction.",
	linkLow:  "too little is sampled: the sampling rate that counts is smaller than the real one, not all interfaces are sampled, or samples are lost on the way.",
	linkHigh: "too much is sampled: the sampling rate that counts is larger than the real one, packets are sampled both when they enter and when they leave, or the counters are those of another layer (a member of a bundle, a subinterface).",
}

// compared is sampled ÷ counted, and which of the above it is; "" where it fits, or where its noise
// allows no verdict. The noise is the half-width of the 95 % interval of what would be sampled, at the
// rate and with the frame sizes that make it widest, if all were well: 1.96 · √(Σ (r−1)·s²) ÷ Σ s.
func compared(counted, sampled uint64, rate uint32) (*float64, string) {
	if counted < minCounted {
		return nil, ""
	}
	ratio := float64(sampled) / float64(counted)
	if rate == 0 {
		return &ratio, ""
	}
	noise := 1.96 * math.Sqrt(sizeBound*float64(rate-1)/float64(counted))
	switch {
	case math.Abs(ratio-1) <= farRatio+noise:
		return &ratio, ""
	case sampled == 0:
		return &ratio, linkNone
	case ratio < 1:
		return &ratio, linkLow
	}
	return &ratio, linkHigh
}

// linkNotes says of each exporter which of its interfaces do not fit, the farthest by name.
func linkNotes(s *Status) (out []Note) {
	told := map[string]bool{}
	for i := range s.Links.Rows {
		r := &s.Links.Rows[i]
		if !r.Off || told[r.Address] {
			continue
		}
		told[r.Address] = true
		out = append(out, Note{
			Level: "warn", Exporter: r.Address,
			What: fmt.Sprintf("%s: samples and interface counters disagree on %s, most on %s (%s).",
				display(r.Name, r.Address), count(uint64(s.Links.byExporter[r.Address].off), "interface"), r.title(), r.ratios()),
			Do: r.Hint + " Compare the sampling rate set on the switch with the one shown for it.",

			together: "have interfaces whose samples and counters disagree.",
		})
	}
	return out
}

// title is what an interface is called: its link's name where it has one.
func (r *InterfaceRow) title() string {
	if r.Link != "" {
		return fmt.Sprintf("%s, interface %d", r.Link, r.Index)
	}
	return fmt.Sprintf("interface %d", r.Index)
}

// ratios writes both: "sampled ÷ counted is 0.52 in, 1.01 out".
func (r *InterfaceRow) ratios() string {
	text := func(v *float64) string {
		if v == nil {
			return "unknown"
		}
		return fmt.Sprintf("%.2f", *v)
	}
	return "sampled ÷ counted is " + text(r.RatioIn) + " in, " + text(r.RatioOut) + " out"
}
