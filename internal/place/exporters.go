package place

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"

	"github.com/gaissmai/bart"

	"tributary/internal/flow"
)

// maxExporters is how many exporters are admitted unless configuration says otherwise. There is a
// bound because a region may be a large prefix and senders' addresses can be forged. Far above any
// network; each takes about 300 bytes in every worker.
const maxExporters = 1 << 16

// Region is where exporters stand.
type Region struct {
	Name    string
	Sources []netip.Prefix // of different regions disjoint: configuration refuses others
}

// Override is what the operator says of one exporter.
type Override struct {
	Address  netip.Addr
	Name     string // "" = none
	Sampling uint32 // 0 = what it exports
	Meter    Meter
}

// Meter is at which side of its interfaces an exporter meters.
type Meter uint8

// A flow that crosses the border is metered where it enters the exporter, where it leaves it, or at
// both, and then exported twice. Records that do not say where count under the first three.
const (
	MeterLearnt  Meter = iota // MeterBoth from the first record with IE 61 = 1 and two interfaces on; every record counts before
	MeterIngress              // only records metered at ingress count
	MeterEgress               // only records metered at egress count
	MeterBoth                 // ingress flows count only with IE 61 = 0, egress flows only with 61 = 1
	MeterAny                  // every record counts, whatever IE 61 says
)

// ExportersConfig is what NewExporters needs.
type ExportersConfig struct {
	Regions         []Region
	Overrides       []Override
	SamplingDefault uint32 // for exporters that announce no rate; 0 = none
	Limit           int    // exporters admitted; 0 = 65,536
	Names           *flow.Names
}

// Exporters admits senders of datagrams and numbers them. It is safe for concurrent use; all of it
// is the cold path: workers keep what they were told.
type Exporters struct {
	regions         bart.Table[uint16] // number of the region by source; fixed
	overrides       map[flow.Addr]Override
	samplingDefault uint32
	limit           int

	mu        sync.Mutex // guards the fields below
	list      []*flow.Exporter
	overLimit uint64
	byAddress map[flow.Addr]*flow.Exporter
	both      map[flow.Addr]bool // learnt: sends IE 61 = 1
}

// NewExporters makes the table; nobody is admitted yet. It fails as NewTables does, for regions.
func NewExporters(c ExportersConfig) (*Exporters, error) {
	e := &Exporters{
		overrides:       map[flow.Addr]Override{},
		samplingDefault: c.SamplingDefault,
		limit:           cmp.Or(c.Limit, maxExporters),
		byAddress:       map[flow.Addr]*flow.Exporter{},
		both:            map[flow.Addr]bool{},
	}
	for _, r := range c.Regions {
		id, err := number16(c.Names.Regions.ID(r.Name), "region", r.Name)
		if err != nil {
			return nil, err
		}
		for _, source := range r.Sources {
			e.regions.Insert(source, id)
		}
	}
	for _, o := range c.Overrides {
		e.overrides[flow.AddrFrom(o.Address)] = o
	}
	return e, nil
}

// Admit returns the exporter with this address, a new one at first sight; not ok for an address in
// no region, and for any new one once as many as the limit are known. What it returns is not changed again.
func (e *Exporters) Admit(a flow.Addr) (*flow.Exporter, bool) {
	region, ok := e.regions.Lookup(a.Netip())
	if !ok {
		return nil, false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if x, ok := e.byAddress[a]; ok {
		return x, true
	}
	if len(e.list) == e.limit {
		e.overLimit++
		return nil, false
	}
	o := e.overrides[a]
	x := &flow.Exporter{
		ID: uint32(len(e.list)), Address: a, Name: o.Name, Region: region,
		Sampling: o.Sampling, SamplingDefault: e.samplingDefault,
	}
	e.list = append(e.list, x)
	e.byAddress[a] = x
	return x, true
}

// All are the exporters admitted so far, by ID.
func (e *Exporters) All() []*flow.Exporter {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.list)
}

// OverLimit is how often Admit refused an address of a region because as many exporters as the limit
// were admitted.
func (e *Exporters) OverLimit() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.overLimit
}

// byID returns an admitted exporter and how it meters as far as is known.
func (e *Exporters) byID(id uint32) (*flow.Exporter, Meter) {
	e.mu.Lock()
	defer e.mu.Unlock()
	x := e.list[id]
	meter := e.overrides[x.Address].Meter
	if meter == MeterLearnt && e.both[x.Address] {
		meter = MeterBoth
	}
	return x, meter
}

// learn notes that the exporter sends IE 61 = 1.
func (e *Exporters) learn(a flow.Addr) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.both[a] = true
}

// Learnt are the exporters that have sent IE 61 = 1, ascending: what is to be kept on disk, so that
// a restart does not count their flows twice until it is learnt anew.
func (e *Exporters) Learnt() []netip.Addr {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]netip.Addr, 0, len(e.both))
	for a := range e.both {
		out = append(out, a.Netip())
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return out
}

// Restore adds what Learnt returned earlier. It must come before the first flow of the exporters.
func (e *Exporters) Restore(learnt []netip.Addr) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, a := range learnt {
		e.both[flow.AddrFrom(a)] = true
	}
}
