package place

import (
	"github.com/oschwald/maxminddb-golang/v2"

	"tributary/internal/flow"
)

// Placer places the flows of one worker. It belongs to one goroutine.
type Placer struct {
	tables    *Tables
	ledger    *flow.Ledger
	exporters []exporter // by Exporter.ID; filled at first sight
	cache     []found    // direct-mapped by hash of the remote address; a power of two

	// By offset of the record in its file: many addresses share a record, and a record costs some
	// microseconds and garbage to decode. Bounded by the number of records in the databases.
	asOf           map[uintptr]uint32 // AS number
	placeOf        map[uintptr]uint32 // in Names.Places
	databaseErrors uint64
}

// exporter is what a worker keeps of an exporter.
type exporter struct {
	known  bool
	meter  Meter
	region uint16
	links  linkTable
}

// found is what the tables say of a remote address, whatever the flow. 32 bytes: two a cache line.
type found struct {
	addr  flow.Addr
	as    uint32 // by the database; 0 = not there
	place uint32 // in Names.Places
	rule  int32  // head of a chain in Tables.rules
	_     uint32
}

// New makes the Placer of a worker, which counts what becomes of flows in the worker's ledger.
func New(t *Tables, ledger *flow.Ledger) *Placer { return newPlacer(t, ledger, cacheSize) }

func newPlacer(t *Tables, ledger *flow.Ledger, remembered int) *Placer {
	return &Placer{
		tables: t, ledger: ledger, cache: make([]found, remembered),
		asOf: map[uintptr]uint32{}, placeOf: map[uintptr]uint32{},
	}
}

// Place fills in the placed part of each flow, and counts verdicts and octets × rate in the ledger's
// row of its exporter, which decode has opened. It allocates nothing for exporters and
// database records that it has seen.
func (p *Placer) Place(flows []flow.Flow) {
	for i := range flows {
		f := &flows[i]
		f.Verdict = p.place(f)
		h := p.ledger.Current(f.Exporter)
		h.Flows[f.Verdict]++
		h.Octets[f.Verdict] += f.Octets * f.Scale()
	}
}

// place is the verdict on a flow; of a counted one it fills in the placed part.
func (p *Placer) place(f *flow.Flow) flow.Verdict {
	t := p.tables
	if int(f.Exporter) >= len(p.exporters) || !p.exporters[f.Exporter].known {
		p.meet(f.Exporter)
	}
	e := &p.exporters[f.Exporter]
	// A probe on a wire, such as softflowd, puts the direction of a conversation into IE 61 and meters
	// every packet once: it names no two interfaces.
	if f.Metering == flow.MeteredEgress && e.meter == MeterLearnt && f.InIf != f.OutIf {
		p.learn(f.Exporter)
	}
	srcOwn, dstOwn := t.isOwn(f.Src), t.isOwn(f.Dst)
	if srcOwn == dstOwn {
		if srcOwn {
			return flow.Internal
		}
		return flow.Transit
	}
	direction, remote, as, ifIndex := flow.Ingress, f.Src, f.SrcAS, f.InIf
	if srcOwn {
		direction, remote, as, ifIndex = flow.Egress, f.Dst, f.DstAS, f.OutIf
	}
	link := e.links.find(ifIndex)
	switch {
	case t.links[link].kind == flow.LinkInternal:
		return flow.InternalLink
	case !e.meter.counts(direction, f.Metering):
		return flow.OtherMeter
	case link == 0 && t.config.IgnoreUnlisted:
		return flow.UnlistedLink
	}
	r := p.find(remote)
	f.Direction, f.Remote, f.Version = direction, remote, remote.Version()
	f.Region, f.Link = e.region, t.links[link].id
	f.AS, f.Place = t.chooseAS(as, r.as), r.place
	f.Prefix = 0
	if r.rule != 0 {
		f.Prefix = t.rule(r.rule, flow.SlotOf(f.Start)).name
	}
	return flow.Counted
}

// counts reports whether a record of a flow in a direction, metered there, is the one that counts.
func (m Meter) counts(d flow.Direction, at flow.Metering) bool {
	switch m {
	case MeterIngress:
		return at != flow.MeteredEgress
	case MeterEgress:
		return at != flow.MeteredIngress
	case MeterBoth:
		if d == flow.Ingress {
			return at == flow.MeteredIngress
		}
		return at == flow.MeteredEgress
	}
	return true
}

// chooseAS is the remote AS number, given what the flow and the database say.
func (t *Tables) chooseAS(flowAS, databaseAS uint32) uint32 {
	for _, s := range t.config.ASSources {
		switch {
		case s == ASFromFlow && t.usableAS(flowAS):
			return flowAS
		case s == ASFromDatabase && databaseAS != 0:
			return databaseAS
		}
	}
	return 0
}

// meet compiles what is needed of an exporter not seen before.
func (p *Placer) meet(id uint32) {
	for int(id) >= len(p.exporters) {
		p.exporters = append(p.exporters, exporter{})
	}
	x, meter := p.tables.config.Exporters.byID(id)
	p.exporters[id] = exporter{
		known: true, meter: meter, region: x.Region,
		links: compileLinks(p.tables.config.Links, x.Address.Netip()),
	}
}

// learn notes that an exporter meters at egress too.
func (p *Placer) learn(id uint32) {
	p.exporters[id].meter = MeterBoth
	x, _ := p.tables.config.Exporters.byID(id)
	p.tables.config.Exporters.learn(x.Address)
}

// DatabaseErrors is the number of lookups and records of the databases that failed, because a file
// is damaged; the addresses in question have no AS number or no place.
func (p *Placer) DatabaseErrors() uint64 { return p.databaseErrors }

// cacheSize is the number of remote addresses remembered: 1 MiB a worker. BenchmarkPlace, 10,000
// addresses by Zipf's law: 470 ns a flow without remembering, 76 with. More pays for a million
// addresses and costs for scans, which never come back.
const cacheSize = 1 << 15

// find is what the tables say of a remote address. The pointer is valid until the next call.
func (p *Placer) find(a flow.Addr) *found {
	h := a.Hi*0x9e3779b97f4a7c15 ^ a.Lo*0xd6e8feb86659fd93 // odd multipliers: the high half is well mixed
	r := &p.cache[int(h>>40)&(len(p.cache)-1)]
	if r.addr != a {
		p.look(r, a)
	}
	return r
}

// look reads the tables for an address into r.
func (p *Placer) look(r *found, a flow.Addr) {
	t, addr := p.tables, native(a)
	*r = found{addr: a}
	if len(t.rules) > 1 {
		r.rule, _ = t.prefixes.Lookup(addr)
	}
	if db := t.config.AS; db != nil && db.covers(addr) {
		if result := db.reader.Lookup(addr); result.Found() {
			r.as = p.readAS(db, result)
		} else if result.Err() != nil {
			p.databaseErrors++
		}
	}
	if db := t.config.Geo; db != nil && db.covers(addr) {
		if result := db.reader.Lookup(addr); result.Found() {
			r.place = p.readPlace(db, result)
		} else if result.Err() != nil {
			p.databaseErrors++
		}
	}
}

// readAS is the AS number in a record.
func (p *Placer) readAS(db *Database, result maxminddb.Result) uint32 {
	as, ok := p.asOf[result.Offset()]
	if !ok {
		record, err := db.record(result)
		if err != nil {
			p.databaseErrors++
		}
		as, _ = asOf(record)
		p.asOf[result.Offset()] = as
	}
	return as
}

// readPlace is the number of the place in a record.
func (p *Placer) readPlace(db *Database, result maxminddb.Result) uint32 {
	id, ok := p.placeOf[result.Offset()]
	if !ok {
		record, err := db.record(result)
		if err != nil {
			p.databaseErrors++
		}
		id = p.tables.config.Names.Places.ID(placeOf(record))
		p.placeOf[result.Offset()] = id
	}
	return id
}
