package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"tributary/internal/flow"
)

// Config says which part of the story a Fleet acts out, and how.
type Config struct {
	Seed     uint64
	From, To flow.Slot // To exclusive; zero values: First and End. Outside the story nothing is sent.
	Regions  []string  // empty: all. A region's datagrams are the same whoever else is simulated
	Loopback bool      // exporters send from 127.0.1.0/24, not from their documentation addresses
	// Now, if given, is the clock of the routers when a datagram is sent: the story's time is moved to
	// it, so that a collector that listens takes the export for fresh. Else the story's time stands.
	Now func() time.Time
}

// Fleet is the routers, acting out the story: an iterator over their datagrams in order of arrival.
// The same Config without Now gives the same bytes. It belongs to one goroutine and allocates
// nothing but when a month begins.
type Fleet struct {
	config  Config
	regions []*region
	slot    flow.Slot
	from    int // the next region and router to be asked in the slot
	router  int
	buffer  []byte
}

// region is what a fleet keeps of one.
type region struct {
	number   int
	random   *rand.Rand
	source   *rand.PCG
	routers  []*outlet
	byRouter []int // number in routers → place here; -1 = of another region
	month    flow.Slot
	next     flow.Slot // after the month
	streams  []stream
}

// outlet is a router and what it has metered and not yet sent.
type outlet struct {
	device    Device
	number    int // in routers
	pending   []Record
	sent      int // of pending
	datagrams int
}

// New makes a fleet. An unknown region is an error that names those there are.
func New(c Config) (*Fleet, error) {
	if c.From == 0 {
		c.From = First
	}
	if c.To == 0 {
		c.To = End
	}
	f := &Fleet{config: c, slot: max(c.From, First), buffer: make([]byte, 0, 2048)}
	f.config.To = min(c.To, End)
	for _, name := range c.Regions {
		if !slices.Contains(regionNames[:], name) {
			return nil, fmt.Errorf("the fleet has no region %q: it has %s", name, strings.Join(regionNames[:], ", "))
		}
	}
	for number, name := range regionNames {
		if len(c.Regions) == 0 || slices.Contains(c.Regions, name) {
			f.regions = append(f.regions, newRegion(number, &f.config, f.slot))
		}
	}
	if f.slot < f.config.To {
		f.meter()
	}
	return f, nil
}

func newRegion(number int, c *Config, first flow.Slot) *region {
	g := &region{number: number, byRouter: make([]int, len(routers))}
	g.source = rand.NewPCG(0, 0)
	g.random = rand.New(g.source)
	for i := range routers {
		if routers[i].region != number {
			continue
		}
		o := &outlet{device: routers[i].device, number: i, pending: make([]Record, 0, 256)}
		o.device.Address = routers[i].addressOn(c.Loopback, i)
		o.device.Port = uint16(50000 + i)
		o.device.Refresh = refreshEvery
		// The routers came up in the weeks before the story, so that their uptimes differ, and wrap.
		o.device.Boot = first.Start() - int64(i+1)*3*86_400_000 - 12_345
		g.routers = append(g.routers, o)
	}
	for i := range routers {
		g.byRouter[i] = slices.IndexFunc(g.routers, func(o *outlet) bool { return o.number == i })
	}
	return g
}

// Progress is the part of the fleet's time that has been handed out, 0 to 1.
func (f *Fleet) Progress() float64 {
	from := max(f.config.From, First)
	if f.config.To <= from {
		return 1
	}
	return float64(f.slot-from) / float64(f.config.To-from)
}

// Slot is the slot of the story that the last datagram was sent in.
func (f *Fleet) Slot() flow.Slot { return f.slot }

// Next writes the next datagram to dg; false means that the story is over. The payload is valid
// until the next call.
func (f *Fleet) Next(dg *flow.Datagram) bool {
	for f.slot < f.config.To {
		for f.from < len(f.regions) {
			g := f.regions[f.from]
			for f.router < len(g.routers) {
				o := g.routers[f.router]
				if o.sent < len(o.pending) {
					f.send(o, dg)
					return true
				}
				o.pending, o.sent, o.datagrams = o.pending[:0], 0, 0
				f.router++
			}
			f.router = 0
			f.from++
		}
		f.from = 0
		f.slot++
		if f.slot < f.config.To {
			f.meter()
		}
	}
	return false
}

// When a slot's export leaves: routers one after another in the slot's last half minute, after
// their flows have ended.
const (
	exportBegins = flow.SlotMillis - 30_000
	exportApart  = 2_000 // ms between two routers; eleven of them take 22 s
	lastFlowEnds = exportBegins - 1_000
)

// send encodes the next datagram of a router.
func (f *Fleet) send(o *outlet, dg *flow.Datagram) {
	at := f.slot.Start() + exportBegins + int64(o.number)*exportApart + int64(o.datagrams)
	if o.device.Protocol != NetFlow5 {
		at -= at % 1000 // the headers of NetFlow v9 and IPFIX say no more
	}
	if f.config.Now != nil {
		o.device.Skew = f.config.Now().UnixMilli() - at // its clock then shows now
	}
	payload, n := o.device.Append(f.buffer[:0], at, o.pending[o.sent:])
	if n == 0 {
		panic("BUG: a record of the story does not fit in a datagram")
	}
	o.sent += n
	o.datagrams++
	*dg = flow.Datagram{Source: o.device.Address, Port: o.device.Port, Arrival: at + o.device.Skew, Payload: payload}
}

// meter lets every router meter what ends in the slot.
func (f *Fleet) meter() {
	for _, g := range f.regions {
		g.turnPage(f.slot, f.config.Seed)
		for i := range g.streams {
			g.flow(&g.streams[i], f.slot)
		}
		g.background(f.slot)
	}
}

// turnPage plans the month when one begins.
func (g *region) turnPage(slot flow.Slot, seed uint64) {
	if slot < g.next {
		return
	}
	g.month = slot.Month()
	g.next = g.month.NextMonth()
	g.source.Seed(seed, uint64(g.number)<<32|uint64(g.month))
	i, ok := chapter(slot)
	if !ok {
		panic("BUG: the fleet plays outside its story")
	}
	g.streams = planMonth(i, g.number, g.random)
}

// golden is the golden ratio less one: its multiples modulo 1 are spread evenly however many are
// taken, so turns come out by weight without chance.
const golden = 0.618033988749895

func turn(n int64, phase float64) float64 {
	_, t := math.Modf(float64(n)*golden + phase)
	return t
}

// flow meters the flows of a stream that end in the slot, if any do.
func (g *region) flow(s *stream, slot flow.Slot) {
	s.carry += s.octets * float64(s.shape[slot-g.month])
	lasting := flow.Slot(characters[s.typ].flowSlots)
	if slot%lasting != lasting-1 {
		return
	}
	if s.duty < 1 && turn(int64(slot/lasting), s.phase+0.5*float64(s.dir)) >= s.duty { // not both directions at once
		return
	}
	amount := s.carry
	s.carry = 0
	t := talk{
		stream: s, version: 4, begin: (slot + 1 - lasting).Start(), slot: slot,
		turn: turn(int64(slot/flow.SlotsPerHour)/int64(characters[s.typ].turn), s.phase),
	}
	if s.split {
		g.share(t, amount*(1-s.v6), s.several)
		t.version = 6
		g.share(t, amount*s.v6, 1)
		return
	}
	if s.owed6 += amount * s.v6; s.owed6 >= amount/2 {
		s.owed6 -= amount
		t.version = 6
		g.share(t, amount, 1)
		return
	}
	g.share(t, amount, s.several)
}

// talk is what a stream's flows that end in a slot have in common.
type talk struct {
	*stream
	version uint8
	begin   int64 // Unix milliseconds
	slot    flow.Slot
	turn    float64 // whose turn it is, 0 to 1
}

// share gives an amount to the networks whose turn it is.
func (g *region) share(t talk, amount float64, several int) {
	if several == 1 {
		g.converse(t, t.pick(t.turn), amount)
		return
	}
	// The heaviest network is always there, with its own share; the others take turns.
	first := t.parties[0].until
	g.converse(t, &t.parties[0], amount*first)
	g.converse(t, t.pick(first+t.turn*(1-first)), amount*(1-first))
}

// pick is the party in whose share of the weights u lies, 0 ≤ u < 1.
func (s *stream) pick(u float64) *party {
	for i := range s.parties {
		if u < s.parties[i].until {
			return &s.parties[i]
		}
	}
	return &s.parties[len(s.parties)-1]
}

// converse meters flows with a network that carry amount octets.
func (g *region) converse(t talk, p *party, amount float64) {
	l := &links[p.links[(t.version-4)/2]]
	o := g.routers[g.byRouter[l.router]]
	if o.device.Protocol == SFlow {
		g.sample(t, p, o, amount)
		return
	}
	c := &characters[t.typ]
	rate := float64(max(1, o.device.rate(l.sampler)))
	part := amount / rate / float64(c.records)
	for range c.records {
		x := g.random.Uint64()
		r := g.record(&t, p, x)
		r.Octets = max(64, uint64(part))
		r.Packets = max(1, r.Octets/uint64(c.packet[t.dir]))
		r.Start = t.begin + int64(x>>8&0x7fff) // within half a minute
		r.End = t.slot.Start() + lastFlowEnds - int64(x>>24&0x7fff)
		if o.device.Times == TimesSeconds {
			r.Start -= r.Start % 1000
			r.End -= r.End % 1000
		}
		o.pending = append(o.pending, r)
	}
}

// sample has sFlow sample packets of about amount octets; what is short of a packet waits.
func (g *region) sample(t talk, p *party, o *outlet, amount float64) {
	size := characters[t.typ].packet[t.dir]
	worth := float64(o.device.Samplers[0].Rate) * float64(size)
	for ; amount >= worth; amount -= worth {
		r := g.record(&t, p, g.random.Uint64())
		r.Octets, r.Packets, r.Flags = uint64(size), 1, 0x10 // one packet amid the conversation
		r.Start = t.slot.Start()
		r.End = r.Start
		o.pending = append(o.pending, r)
	}
	t.carry += amount
}

// record is a record with the party, but its counters and times; x is 64 random bits.
func (g *region) record(t *talk, p *party, x uint64) Record {
	c := &characters[t.typ]
	l := &links[p.links[(t.version-4)/2]]
	host := hostAt(p.addresses, c.churn, int64(t.slot/flow.SlotsPerDay), uint32(x>>32))
	at := siteAt(p.network, g.number, int64(t.slot/flow.SlotsPerHour))
	remote := remoteAddr(p.network, g.number, at, host-host%numSites+uint32(at), t.version)
	own := ownAddr(g.number, uint32(x>>40), t.version)
	outside := l.interfaces[int(x>>3)%len(l.interfaces)]
	service, client := uint16(443), uint16(32768+x>>48%28000)
	r := Record{Proto: 6, Flags: 0x1b, Sampler: l.sampler}
	if t.dir == flow.Ingress {
		r.Src, r.Dst, r.SrcPort, r.DstPort = remote, own, client, service
		r.InIf, r.OutIf = outside, insideInterface
		r.SrcAS, r.Metering = networks[p.network].as, flow.MeteredIngress
	} else {
		r.Src, r.Dst, r.SrcPort, r.DstPort = own, remote, service, client
		r.InIf, r.OutIf = insideInterface, outside
		r.DstAS, r.Metering = networks[p.network].as, flow.MeteredEgress
	}
	return r
}

// background meters what does not count: a flow between own servers on every router that has
// nothing else to say, so that none falls silent, and now and then one between strangers.
func (g *region) background(slot flow.Slot) {
	for _, o := range g.routers {
		if len(o.pending) > 0 && slot%12 != flow.Slot(o.number) {
			continue
		}
		x := g.random.Uint64()
		r := Record{
			Src: ownAddr(g.number, uint32(x), 4), Dst: ownAddr(g.number, uint32(x>>8), 4),
			Octets: 1400, Packets: 1, Proto: 6, SrcPort: 40000, DstPort: 873, Flags: 0x18,
			Start: slot.Start() + 60_000, End: slot.Start() + 120_000,
			InIf: insideInterface, OutIf: 900, Metering: flow.MeteredIngress,
		}
		if len(o.device.Samplers) > 0 {
			r.Sampler = o.device.Samplers[0].ID
		}
		if slot%12 == flow.Slot(o.number) && o.number != yyzSpine { // between strangers: transit
			r.Src = remoteAddr(int(x%64), g.number, 0, uint32(x>>16)&0xfff, 4)
			r.Dst = remoteAddr(int(x>>8%64), g.number, 0, uint32(x>>28)&0xfff, 4)
		}
		o.pending = append(o.pending, r)
	}
}
