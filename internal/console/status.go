package console

import (
	"time"

	"tributary/internal/flow"
)

// Status is how the process stands: what arrives, what is read of it, what becomes of it. It is what
// /api/v1/status answers. Times are UTC; octets are at the IP layer and multiplied by the sampling rate.
type Status struct {
	Version string    `json:"version"`
	Now     time.Time `json:"now"`
	Started time.Time `json:"started"`

	Simulated bool `json:"simulated"` // the traffic was invented by tributary demo

	Complete  Completeness     `json:"complete"` // whether the numbers are
	Notes     []Note           `json:"notes"`    // what deserves attention, the worst first
	Problems  []string         `json:"problems"` // of the process itself; while there are any, /healthz answers 503
	Workers   int              `json:"workers"`  // that read the sockets
	Listening []Socket         `json:"listening"`
	Regions   []Region         `json:"regions"`
	Exporters []ExporterStatus `json:"exporters"` // in order of first sight
	Silent    []SilentExporter `json:"silent"`    // configured by address and never heard since the start
	Unknown   []UnknownSender  `json:"unknown"`   // in no region, so refused; most datagrams first, at most 100 of them
	Strangers UnknownTotal     `json:"unknown_total"`
	Now10s    Rates            `json:"per_second"`
	Total     Counts           `json:"total"`  // since the process began
	Lately    Counts           `json:"lately"` // the last ten minutes
	Store     StoreStatus      `json:"store"`
	Journal   JournalStatus    `json:"journal"`
	Limits    []LimitStatus    `json:"limits"` // bounds of the whole process
	Links     Links            `json:"links"`  // sampled against counted octets of sFlow exporters' interfaces
}

// Region is a region by configuration.
type Region struct {
	Name      string   `json:"name"`
	Exporters []string `json:"exporters"` // addresses and prefixes as written
}

// ExporterStatus is one exporter's part.
type ExporterStatus struct {
	Address       string       `json:"address"`
	Name          string       `json:"name"` // by configuration, or empty
	Region        string       `json:"region"`
	Level         string       `json:"level"` // of the worst note about it, "bad" or "warn"; empty: none is worse than "info"
	LastSeen      time.Time    `json:"last_seen"`
	Now           Rates        `json:"per_second"`
	Total         Counts       `json:"total"`  // since the process began
	Lately        Counts       `json:"lately"` // the last ten minutes
	Loss          ExporterLoss `json:"loss"`
	Templates     Templates    `json:"templates"`
	SamplingRates []uint32     `json:"sampling_rates"` // seen, ascending; 0 = none known, counted once
	Curve         []float64    `json:"curve"`          // records a second, a point per ten seconds, the newest last
}

// SilentExporter is an exporter that is configured by its address and was not heard.
type SilentExporter struct {
	Address string `json:"address"`
	Name    string `json:"name"`
	Region  string `json:"region"`
}

// StoreStatus is how the store stands.
type StoreStatus struct {
	Path       string     `json:"path"`
	Bytes      int64      `json:"bytes"`       // on disk, the write-ahead log included
	Newest     *time.Time `json:"newest_slot"` // start of the newest committed slot; nil: nothing committed yet
	Oldest     *time.Time `json:"oldest_slot"`
	LastCommit *time.Time `json:"last_commit"` // by this process
	Commits    uint64     `json:"commits"`     // by this process
	Failed     uint64     `json:"failed"`      // commits that failed, by this process
}

// SlotTime is the slot's start for a StoreStatus; nil if there is none.
func SlotTime(s flow.Slot, ok bool) *time.Time {
	if !ok {
		return nil
	}
	t := s.Time()
	return &t
}

// Rates are per second.
type Rates struct {
	Datagrams   float64 `json:"datagrams"`
	Records     float64 `json:"records"`
	Flows       float64 `json:"flows"`        // of every verdict
	CountedBits float64 `json:"counted_bits"` // bits of the flows that count, × sampling rate
}

func (r *Rates) add(o Rates) {
	r.Datagrams += o.Datagrams
	r.Records += o.Records
	r.Flows += o.Flows
	r.CountedBits += o.CountedBits
}

// Counts is flow.Health in words. Maps leave out what is zero.
type Counts struct {
	Datagrams     uint64            `json:"datagrams"`
	Records       uint64            `json:"records"`        // kept + refused
	Options       uint64            `json:"options"`        // options records
	Held          uint64            `json:"held"`           // records read after waiting for their template or sampler
	RateUnknown   uint64            `json:"rate_unknown"`   // flows counted ×1
	Skewed        uint64            `json:"skewed"`         // datagrams whose clock was more than ten minutes off
	Untimed       uint64            `json:"untimed"`        // flows without a usable start and end
	LostDatagrams uint64            `json:"lost_datagrams"` // as of Loss
	LostRecords   uint64            `json:"lost_records"`
	Overrun       uint64            `json:"overrun"`
	Late          uint64            `json:"late"`
	Restarts      uint64            `json:"restarts"`
	Limits        map[string]uint64 `json:"limits"`  // bounds reached, by name
	Flows         map[string]uint64 `json:"flows"`   // by verdict
	Octets        map[string]uint64 `json:"octets"`  // by verdict
	Refused       map[string]uint64 `json:"refused"` // by reason
}

func countsOf(h *flow.Health) Counts {
	c := Counts{
		Datagrams: h.Datagrams, Records: h.Records, Options: h.Options, Held: h.Held,
		RateUnknown: h.RateUnknown, Skewed: h.Skewed, Untimed: h.Untimed,
		LostDatagrams: h.LostDatagrams, LostRecords: h.LostRecords, Overrun: h.Overrun, Late: h.Late, Restarts: h.Restarts,
		Limits: limitCounts(&h.Limits),
		Flows:  map[string]uint64{}, Octets: map[string]uint64{}, Refused: map[string]uint64{},
	}
	for v := range flow.NumVerdicts {
		setCount(c.Flows, v.String(), h.Flows[v])
		setCount(c.Octets, v.String(), h.Octets[v])
	}
	for r := range flow.NumRefusals {
		setCount(c.Refused, r.String(), h.Refused[r])
	}
	return c
}

func setCount(m map[string]uint64, key string, n uint64) {
	if n > 0 {
		m[key] = n
	}
}

func (c *Counts) add(o Counts) {
	c.Datagrams += o.Datagrams
	c.Records += o.Records
	c.Options += o.Options
	c.Held += o.Held
	c.RateUnknown += o.RateUnknown
	c.Skewed += o.Skewed
	c.Untimed += o.Untimed
	c.LostDatagrams += o.LostDatagrams
	c.LostRecords += o.LostRecords
	c.Overrun += o.Overrun
	c.Late += o.Late
	c.Restarts += o.Restarts
	for k, n := range o.Limits {
		c.Limits[k] += n
	}
	for k, n := range o.Flows {
		c.Flows[k] += n
	}
	for k, n := range o.Octets {
		c.Octets[k] += n
	}
	for k, n := range o.Refused {
		c.Refused[k] += n
	}
}

func (c *Counts) flows() (n uint64) {
	for _, v := range c.Flows {
		n += v
	}
	return n
}

func noCounts() Counts {
	return Counts{Limits: map[string]uint64{}, Flows: map[string]uint64{}, Octets: map[string]uint64{}, Refused: map[string]uint64{}}
}

// complete fills what follows from the rest and from the configuration.
func (s *Status) complete(c *Config) {
	s.Version, s.Simulated, s.Regions = c.Version, c.Simulated, c.Regions
	s.Total, s.Lately = noCounts(), noCounts()
	heard := map[string]bool{}
	for i := range s.Exporters {
		e := &s.Exporters[i]
		heard[e.Address] = true
		s.Total.add(e.Total)
		s.Lately.add(e.Lately)
		s.Now10s.add(e.Now)
	}
	s.Silent = []SilentExporter{}
	for _, e := range c.Expected {
		if !heard[e.Address] && !c.Simulated {
			s.Silent = append(s.Silent, e)
		}
	}
	if s.Listening == nil {
		s.Listening = []Socket{}
	}
	if s.Regions == nil {
		s.Regions = []Region{}
	}
	if s.Links.Rows == nil {
		s.Links.Rows = []InterfaceRow{}
	}
	s.Notes = notes(s)
	s.completeness()
}
