package place

import (
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"

	"tributary/internal/flow"
)

// Placer places the flows of one worker. It belongs to one goroutine.
type Placer struct {
	tables    *Tables
	ledger    *flow.Ledger
	exporters []exporter // by Exporter.ID; filled at first sight
	unlisted  int        // interfaces told apart in their crossings
	asker     asker
	numbers   [64]uint32 // of the answers for the flows at hand

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

	unlisted crossings
}

// New makes the Placer of a worker, which counts what becomes of flows in the worker's ledger.
func New(t *Tables, ledger *flow.Ledger) *Placer { return newPlacer(t, ledger, remembered) }

func newPlacer(t *Tables, ledger *flow.Ledger, remembered int) *Placer {
	return &Placer{
		tables: t, ledger: ledger, asker: newAsker(t.answers, remembered),
		asOf: map[uintptr]uint32{}, placeOf: map[uintptr]uint32{},
	}
}

// Use places by other tables from now on: those of With. What was learnt of exporters and read of the
// databases' records stays; what was remembered of addresses is asked anew, as the rules' numbers are
// others. It takes about a millisecond.
func (p *Placer) Use(t *Tables) {
	if p.tables == t {
		return
	}
	p.tables = t
	p.asker.answers, p.asker.known = t.answers, nil
	clear(p.asker.by64)
	clear(p.asker.whole)
}

// Place fills in the placed part of each flow, and counts verdicts and octets × rate in the ledger's
// row of its exporter, which decode has opened. It allocates nothing for exporters, addresses and
// database records that were seen before.
func (p *Placer) Place(flows []flow.Flow) {
	for i := range flows {
		f := &flows[i]
		f.Verdict = p.place(f)
		h := p.ledger.Current(f.Exporter)
		h.Flows[f.Verdict]++
		h.Octets[f.Verdict] += f.Octets * f.Scale()
	}
	switch {
	case p.tables.answers != nil:
		for len(flows) > len(p.numbers) {
			p.ask(flows[:len(p.numbers)])
			flows = flows[len(p.numbers):]
		}
		p.ask(flows)
	case len(p.tables.rules) > 1:
		p.name(flows)
	}
}

// name fills in the named prefixes of flows, where there is no database.
func (p *Placer) name(flows []flow.Flow) {
	t := p.tables
	for i := range flows {
		if f := &flows[i]; f.Verdict == flow.Counted {
			if head, ok := t.prefixes.Lookup(native(f.Remote)); ok {
				f.Prefix = t.rule(head, flow.SlotOf(f.Start)).name
			}
		}
	}
}

// ask fills in what databases and catalogue say of the remote addresses of at most len(p.numbers)
// flows.
func (p *Placer) ask(flows []flow.Flow) {
	t := p.tables
	for i := range flows {
		if f := &flows[i]; f.Verdict == flow.Counted {
			p.numbers[i] = p.asker.number(f.Remote)
		}
	}
	for i := range flows {
		f := &flows[i]
		if f.Verdict != flow.Counted {
			continue
		}
		n := p.numbers[i]
		if n < firstAnswer {
			n = p.look(f.Remote)
		}
		said := p.asker.answer(n)
		if t.databaseAS == asFirst || t.databaseAS == asElse && f.AS == 0 {
			if said.as != 0 {
				f.AS = said.as
			}
		}
		f.Place = said.place
		if said.rule != 0 {
			f.Prefix = t.rule(said.rule, flow.SlotOf(f.Start)).name
		}
	}
}

// place is the verdict on a flow; of a counted one it fills in the placed part as far as it follows
// from the flow.
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
	}
	if link == 0 {
		p.crossedUnlisted(e, f, direction, ifIndex)
		if t.config.IgnoreUnlisted {
			return flow.UnlistedLink
		}
	}
	if !t.flowAS || !t.usableAS(as) {
		as = 0
	}
	f.Direction, f.Remote, f.Version = direction, remote, remote.Version()
	f.Region, f.Link = e.region, t.links[link].id
	f.AS, f.Place, f.Prefix = as, 0, 0 // until databases and catalogue were asked
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

// look asks databases and catalogue about an address, and returns the number of the answer.
func (p *Placer) look(a flow.Addr) uint32 {
	t, addr := p.tables, native(a)
	var (
		said answer
		bits int // the answer holds for all addresses that share so many first bits
	)
	if db := t.config.AS; db != nil && db.covers(addr) {
		result := db.reader.Lookup(addr)
		if bits = max(bits, holds(result, addr)); result.Found() {
			said.as = p.readAS(db, result)
		} else if result.Err() != nil {
			p.databaseErrors++
		}
	}
	if db := t.config.Geo; db != nil && db.covers(addr) {
		result := db.reader.Lookup(addr)
		if bits = max(bits, holds(result, addr)); result.Found() {
			said.place = p.readPlace(db, result)
		} else if result.Err() != nil {
			p.databaseErrors++
		}
	}
	if len(t.rules) > 1 {
		said.rule, _ = t.prefixes.Lookup(addr)
		bits = max(bits, t.rulesHold(addr))
	}
	return p.asker.keep(a, said, bits)
}

// holds is for how many first bits of the address the result holds: all where it is an error.
func holds(r maxminddb.Result, a netip.Addr) int {
	if r.Err() != nil {
		return a.BitLen()
	}
	prefix := r.Prefix()
	if a.Is4() && !prefix.Addr().Is4() {
		return 0 // all of IPv4 and more
	}
	return prefix.Bits()
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
