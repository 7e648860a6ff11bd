package simulate

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"tributary/internal/flow"
)

// The scenario is not the story: it is four months of export chosen to be awkward, together with
// what every record says, so that a second, obvious implementation can compute from that what the
// program computes from the datagrams. Its configuration is in scenarioconfig.go.

// Said is what one datagram of the scenario says, in plain words.
type Said struct {
	Exporter flow.Addr // by which the configuration knows who says it
	Region   string
	Export   int64 // the header's time, Unix milliseconds; 0 in sFlow, which has none
	Arrival  int64
	// Records as written: with the device's error of clock in their times, and without what the device
	// has no place for. Of sFlow, times mean nothing.
	Records []Record
	Rates   []uint32 // of each record, as announced; 0 = not at all
	// UptimeTimes says that the records' times hang on the header's clock (sysUptime), so that they are
	// wrong by as much as it is; other times are absolute.
	UptimeTimes bool
	Biflow      bool // a record with reverse counters is two flows
	SFlow       bool
}

// ScenarioFrom and ScenarioTo bound the scenario's exports: four months over a new year.
var (
	ScenarioFrom = flow.SlotAt(time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC))
	ScenarioTo   = flow.SlotAt(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
)

// Scenario hands out the scenario's datagrams in order of arrival, always the same ones.
type Scenario struct {
	random  *rand.Rand
	sources []scenarioSource
	day     flow.Slot
	events  []scenarioEvent // of the day, those not yet handed out
	records []Record
	rates   []uint32
	buffer  []byte
}

// scenarioSource is an exporter of the scenario.
type scenarioSource struct {
	device   Device
	region   int
	override uint32 // in the configuration
	perDay   int    // datagrams
	crowd    bool   // its isp-regional parties are many: more than 4,096 addresses a cell and month
	early    bool   // sends data before the first template
}

type scenarioEvent struct {
	at     int64
	source int
}

// NewScenario begins the scenario.
func NewScenario() *Scenario {
	s := &Scenario{random: rand.New(rand.NewPCG(2, 4)), sources: scenarioSources(), day: ScenarioFrom}
	for i := range s.sources {
		d := &s.sources[i].device
		d.Port, d.Refresh = uint16(40000+i), 3600_000
		// Uptimes wrap (after 49.7 days) within the scenario.
		d.Boot = ScenarioFrom.Start() - int64(i+5)*4*86_400_000
		if s.sources[i].early {
			d.announced, d.due = true, ScenarioFrom.Start()+50*60_000
		}
	}
	s.plan()
	return s
}

// Next writes the next datagram and what it says; false means that the scenario is over. Payload
// and slices are valid until the next call.
func (s *Scenario) Next(dg *flow.Datagram, said *Said) bool {
	for len(s.events) == 0 {
		s.day += flow.SlotsPerDay
		if s.day >= ScenarioTo {
			return false
		}
		s.plan()
	}
	e := s.events[0]
	s.events = s.events[1:]
	src := &s.sources[e.source]
	d := &src.device
	s.records = s.records[:0]
	for range 1 + s.random.IntN(24) {
		s.records = append(s.records, s.record(src, e.at))
	}
	if d.sequence == 0 && d.Metering {
		s.records[0].Metering = flow.MeteredEgress // known from the first that it meters both ways
	}
	var n int
	s.buffer, n = d.Append(s.buffer[:0], e.at, s.records)
	*dg = flow.Datagram{Source: d.Address, Port: d.Port, Arrival: e.at + int64(3*e.source), Payload: s.buffer}
	*said = Said{
		Exporter: cmp.Or(d.Agent, d.Address), Region: regionNames[src.region], Export: e.at + d.Skew, Arrival: dg.Arrival,
		UptimeTimes: d.Protocol == NetFlow5 || d.Protocol == NetFlow9, Biflow: d.Biflow, SFlow: d.Protocol == SFlow,
	}
	if said.SFlow {
		said.Export = 0
	}
	s.rates = s.rates[:0]
	for i := range s.records[:n] {
		s.rates = append(s.rates, d.Stated(&s.records[i]))
		d.asWritten(&s.records[i])
	}
	said.Records, said.Rates = s.records[:n], s.rates
	return true
}

// plan draws when the exporters send on the day: at whole seconds, as most headers say no more.
func (s *Scenario) plan() {
	s.events = s.events[:0]
	for i := range s.sources {
		for range s.sources[i].perDay {
			at := s.day.Start() + s.random.Int64N(86_400)*1000
			s.events = append(s.events, scenarioEvent{at, i})
		}
	}
	// The first and last seconds of a month, where edges are.
	if s.day == s.day.Month() || s.day+flow.SlotsPerDay == s.day.NextMonth() {
		for i := range s.sources {
			s.events = append(s.events, scenarioEvent{s.day.Start(), i}, scenarioEvent{s.day.Start() + 86_399_000, i})
		}
	}
	slices.SortFunc(s.events, func(a, b scenarioEvent) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.source, b.source))
	})
	s.events = slices.Compact(s.events)
}

// record draws a record that the source exports at a time.
func (s *Scenario) record(src *scenarioSource, at int64) Record {
	r, d := s.random, &src.device
	rec := Record{Proto: 6, Flags: 0x18, SrcPort: uint16(r.Uint32()), DstPort: uint16(r.Uint32())}
	version := uint8(4)
	if d.Protocol != NetFlow5 && r.IntN(3) == 0 {
		version = 6
	}
	party := &scenarioParties[r.IntN(len(scenarioParties))]
	host := r.Uint32N(party.hosts)
	if src.crowd && r.IntN(5) > 0 {
		party = &scenarioParties[r.IntN(scenarioCrowd)]
		host = r.Uint32()
	}
	remote, own := party.addr(host, version), ownAddr(src.region, r.Uint32(), version)
	outside := scenarioInterfaces[r.IntN(len(scenarioInterfaces))]
	ingress := r.IntN(5) < 3
	if ingress {
		rec.Src, rec.Dst, rec.SrcAS, rec.InIf, rec.OutIf = remote, own, party.as, outside, insideInterface
		rec.Metering = flow.MeteredIngress
	} else {
		rec.Src, rec.Dst, rec.DstAS, rec.InIf, rec.OutIf = own, remote, party.as, insideInterface, outside
		rec.Metering = flow.MeteredEgress
	}
	switch r.IntN(40) {
	case 0: // internal
		rec.Src, rec.Dst = own, ownAddr(src.region, r.Uint32(), version)
	case 1: // transit
		rec.Src, rec.Dst = remote, party.addr(host+1, version)
	case 2, 3: // the other meter's record of the same direction
		rec.Metering = flow.MeteredIngress + flow.MeteredEgress - rec.Metering
	}
	s.count(&rec, d)
	if len(d.Samplers) > 0 {
		rec.Sampler = d.Samplers[r.IntN(len(d.Samplers))].ID
	}
	rec.Start, rec.End = s.times(at)
	if d.Times == TimesSeconds && d.Protocol == IPFIX {
		rec.Start -= rec.Start % 1000
		rec.End -= rec.End % 1000
	}
	return rec
}

// count draws a record's counters: ordinary, huge, of one packet, without octets, without anything.
func (s *Scenario) count(rec *Record, d *Device) {
	r := s.random
	if d.Protocol == SFlow {
		rec.Packets, rec.Octets = 1, 60+r.Uint64N(1441)
		return
	}
	rec.Packets = 1 + r.Uint64N(5000)
	if d.Protocol != NetFlow5 {
		rec.Packets <<= 7 // sums are beyond what a float64 holds exactly
	}
	rec.Octets = rec.Packets * (40 + r.Uint64N(1461))
	switch r.IntN(50) {
	case 0:
		rec.Octets, rec.Packets = 0, 3
	case 1:
		rec.Octets, rec.Packets = 0, 0 // an event, not traffic
	case 2:
		rec.Octets, rec.Packets = 900+r.Uint64N(600), 0 // a device that does not count packets
	case 3, 4:
		rec.Octets, rec.Packets = 40+r.Uint64N(1461), 1
	case 5:
		rec.Octets = rec.Packets * 9000 // larger than an Ethernet's packets
	case 6:
		rec.Octets = rec.Packets * 20 // smaller than an IP packet may be
	case 7:
		if d.Protocol != NetFlow5 {
			rec.Octets, rec.Packets = rec.Octets<<4, rec.Packets<<4
		}
	}
	if d.Biflow && r.IntN(2) == 0 {
		rec.ReversePackets = 1 + r.Uint64N(100)
		rec.ReverseOctets = rec.ReversePackets * (40 + r.Uint64N(1461))
	}
}

// times draws a flow's start and end for an export at a time: within slots, over and exactly on
// their edges and the days' and months', long, at the bounds of what is usable and beyond.
func (s *Scenario) times(at int64) (start, end int64) {
	const day = 86_400_000
	r := s.random
	edge := at / flow.SlotMillis * flow.SlotMillis
	switch r.IntN(24) {
	case 0:
		end = at - r.Int64N(600_000)
		return end, end // no duration
	case 1:
		return edge - flow.SlotMillis, edge
	case 2:
		return edge - flow.SlotMillis*(1+r.Int64N(12)), edge - 1
	case 3:
		return edge - 1, edge
	case 4:
		return edge, edge
	case 5: // over midnight, so over a month's edge on its first days
		midnight := at / day * day
		return midnight - r.Int64N(1000), midnight + r.Int64N(min(1000, 1+at-midnight))
	case 6:
		midnight := at / day * day
		return max(midnight-3_600_000, at-day), midnight
	case 7:
		return at - r.Int64N(day), at - r.Int64N(1000) // may be unusably reversed
	case 8:
		return at - day, at - 1000 // the bound itself is usable
	case 9:
		return at - day - 1, at - 1000 // beyond: start is not usable
	case 10:
		return at - 60_000, at + 300_000 // the bound itself is usable
	case 11:
		return at - 60_000, at + 300_001 // beyond: end is not usable
	case 12:
		return at - 10_000, at - 20_000 // reversed: neither is usable
	case 13:
		return at - 30*3_600_000, at - 26*3_600_000 // neither is usable
	}
	end = at - r.Int64N(120_000)
	return end - r.Int64N(1_500_000), end
}
