package main

import (
	"fmt"
	"math/big"
	"math/bits"
	"slices"
	"time"

	"tributary/internal/flow"
)

// twinCellKey names a row of the dataset.
type twinCellKey struct{ month, region, typ, direction, version string }

// twinCell is everything about a row's traffic, a base cell's or a total's.
type twinCell struct {
	octets, v *big.Int
	flows     int
	unrated   bool
	slots     []uint64 // octets by slot of the month
	addresses map[flow.Addr]bool
	days      []twinDay
	networks  map[string]*big.Int // octets by name; "unknown" is that of AS 0
}

type twinDay struct {
	octets    *big.Int
	addresses map[flow.Addr]bool
}

// twinTable has the rows of all months, totals included; those without octets are left out.
type twinTable map[twinCellKey]*twinCell

// twinMonth is a UTC month: its first slot and the slot after its last.
type twinMonth struct {
	name        string
	first, next int64
}

func monthOf(slot int64) twinMonth {
	at := time.UnixMilli(slot * slotMillis).UTC()
	first := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
	return twinMonth{at.Format("2006-01"), first.UnixMilli() / slotMillis, first.AddDate(0, 1, 0).UnixMilli() / slotMillis}
}

func monthNamed(name string) twinMonth {
	at, err := time.Parse("2006-01", name)
	if err != nil {
		panic(err)
	}
	return monthOf(at.UnixMilli() / slotMillis)
}

// clipped is the number of the month's slots that there are.
func (w *twin) clipped(m twinMonth) int { return int(min(m.next, w.newest+1) - m.first) }

func newTwinCell(slots int) *twinCell {
	c := &twinCell{octets: new(big.Int), v: new(big.Int), slots: make([]uint64, slots), addresses: map[flow.Addr]bool{}, networks: map[string]*big.Int{}}
	for range (slots + 287) / 288 {
		c.days = append(c.days, twinDay{new(big.Int), map[flow.Addr]bool{}})
	}
	return c
}

// last is the last slot that a flow overlaps; its end itself is not in it.
func (f *twinFlow) last() int64 {
	if f.start == f.end {
		return f.start / slotMillis
	}
	return (f.end - 1) / slotMillis
}

// weight is a flow's octets × rate, and its part of the variance, Σ rate·(rate−1)·q.
func (f *twinFlow) weight() (octets, v *big.Int) {
	n := func(x uint64) *big.Int { return new(big.Int).SetUint64(x) }
	o, p, rate := n(f.octets), n(f.packets), n(uint64(max(1, f.rate)))
	q := new(big.Int)
	switch {
	case f.packets == 0:
		q.Mul(o, n(1500))
	case f.packets == 1:
		q.Mul(o, o)
	case o.Cmp(q.Mul(p, n(40))) >= 0 && o.Cmp(q.Mul(p, n(1500))) <= 0:
		q.Sub(new(big.Int).Mul(o, n(1540)), new(big.Int).Mul(p, n(60000)))
	default:
		q.Quo(new(big.Int).Mul(o, o), p)
	}
	v = new(big.Int).Mul(rate, new(big.Int).Sub(rate, n(1)))
	return o.Mul(o, rate), v.Mul(v, q)
}

// spread calls each with what a flow has in each of its slots, in order of time. The numbers are
// the callee's for the call.
func (f *twinFlow) spread(each func(slot int64, octets, v *big.Int)) {
	octets, v := f.weight()
	restOctets, restV := new(big.Int).Set(octets), new(big.Int).Set(v)
	a, b, overlap, duration := new(big.Int), new(big.Int), new(big.Int), big.NewInt(f.end-f.start)
	last := f.last()
	for slot := f.start / slotMillis; slot < last; slot++ {
		overlap.SetInt64((slot+1)*slotMillis - max(f.start, slot*slotMillis))
		a.Quo(a.Mul(octets, overlap), duration)
		b.Quo(b.Mul(v, overlap), duration)
		restOctets.Sub(restOctets, a)
		restV.Sub(restV, b)
		each(slot, a, b)
	}
	each(last, restOctets, restV)
}

// answer makes the table of all months.
func (w *twin) answer() twinTable {
	base := twinTable{}
	for i := range w.flows {
		f := &w.flows[i]
		var cell *twinCell
		var month twinMonth
		var network string
		day := int64(-1)
		f.spread(func(slot int64, octets, v *big.Int) {
			if slot/288 != day { // labels change at midnight only
				day = slot / 288
				month = monthOf(slot)
				var typ string
				typ, network = w.label(f, time.UnixMilli(slot*slotMillis).UTC().Format(time.DateOnly))
				key := twinCellKey{month.name, f.region, typ, f.direction, f.version}
				if cell = base[key]; cell == nil {
					cell = newTwinCell(w.clipped(month))
					base[key] = cell
				}
			}
			cell.v.Add(cell.v, v)
			if slot == f.last() {
				cell.flows++
			}
			if octets.Sign() == 0 {
				return
			}
			cell.unrated = cell.unrated || f.rate == 0
			cell.octets.Add(cell.octets, octets)
			cell.slots[slot-month.first] = w.sum(cell.slots[slot-month.first], octets.Uint64())
			cell.addresses[f.remote] = true
			d := &cell.days[(slot-month.first)/288]
			d.octets.Add(d.octets, octets)
			d.addresses[f.remote] = true
			addTo(cell.networks, network, octets)
		})
	}
	return w.totals(base)
}

// sum adds octets of a slot.
func (w *twin) sum(a, b uint64) uint64 {
	s, carry := bits.Add64(a, b, 0)
	if carry != 0 {
		w.t.Fatal("a slot's octets do not fit in 64 bits: the twin needs larger ones")
	}
	return s
}

func addTo(m map[string]*big.Int, key string, n *big.Int) {
	if m[key] == nil {
		m[key] = new(big.Int)
	}
	m[key].Add(m[key], n)
}

// totals adds every base cell to every row that covers it.
func (w *twin) totals(base twinTable) twinTable {
	out := twinTable{}
	for k, c := range base {
		for mask := range 16 {
			to := k
			for bit, dimension := range []*string{&to.region, &to.typ, &to.direction, &to.version} {
				if mask>>bit&1 == 1 {
					*dimension = "all"
				}
			}
			if to.direction == "all" {
				to.direction = "both"
			}
			if out[to] == nil {
				out[to] = newTwinCell(len(c.slots))
			}
			w.merge(out[to], c)
		}
	}
	for k, c := range out {
		if c.octets.Sign() == 0 {
			delete(out, k)
		}
	}
	return out
}

func (w *twin) merge(to, c *twinCell) {
	to.octets.Add(to.octets, c.octets)
	to.v.Add(to.v, c.v)
	to.flows += c.flows
	to.unrated = to.unrated || c.unrated
	for i, octets := range c.slots {
		to.slots[i] = w.sum(to.slots[i], octets)
	}
	for a := range c.addresses {
		to.addresses[a] = true
	}
	for i, d := range c.days {
		to.days[i].octets.Add(to.days[i].octets, d.octets)
		for a := range d.addresses {
			to.days[i].addresses[a] = true
		}
	}
	for name, octets := range c.networks {
		addTo(to.networks, name, octets)
	}
}

// label is a flow's network type and network on a day.
func (w *twin) label(f *twinFlow, day string) (typ, network string) {
	find := func(of func(*twinFile) []twinEntry, is func(*twinEntry) bool) *twinEntry {
		for i := range w.files {
			entries := of(&w.files[i])
			if at := slices.IndexFunc(entries, func(e twinEntry) bool { return is(&e) && e.valid(day) }); at >= 0 {
				return &entries[at]
			}
		}
		return nil
	}
	typ = "other"
	network = fmt.Sprintf("AS%d", f.as)
	if f.as == 0 {
		network = "unknown"
	} else if e := find(func(c *twinFile) []twinEntry { return c.Networks }, func(e *twinEntry) bool { return e.AS == f.as }); e != nil {
		typ, network = e.Type, e.Name
	}
	if f.prefix != "" {
		network = f.prefix
		if e := find(func(c *twinFile) []twinEntry { return c.Prefixes }, func(e *twinEntry) bool { return e.Name == f.prefix }); e != nil {
			typ = e.Type
		} else if !w.configured(f.prefix) {
			typ = w.lastType[f.prefix]
		}
	}
	kind := w.lastKind[f.link]
	for _, l := range w.links {
		if l.Name == f.link {
			kind = l.Kind
		}
	}
	if kind == "migration" {
		typ = "migration"
	}
	return typ, network
}

// configured reports whether any file has a prefix of this name, on whatever days.
func (w *twin) configured(prefix string) bool {
	return slices.ContainsFunc(w.files, func(c twinFile) bool {
		return slices.ContainsFunc(c.Prefixes, func(e twinEntry) bool { return e.Name == prefix })
	})
}

// coverage is that of a region and month, or of all regions: the share of slots in which every
// exporter of the region that was heard in the month was heard.
func (w *twin) coverage(region string, m twinMonth) *big.Rat {
	if region == "all" {
		var least *big.Rat
		for name := range w.heard {
			if c := w.coverage(name, m); least == nil || c.Cmp(least) < 0 {
				least = c
			}
		}
		return least
	}
	n := w.clipped(m)
	var exporters []map[int64]bool // of the region, heard in the month
	for _, slots := range w.heard[region] {
		for slot := range slots {
			if slot >= m.first && slot < m.first+int64(n) {
				exporters = append(exporters, slots)
				break
			}
		}
	}
	full := 0
	for slot := m.first; slot < m.first+int64(n); slot++ {
		if len(exporters) > 0 && !slices.ContainsFunc(exporters, func(heard map[int64]bool) bool { return !heard[slot] }) {
			full++
		}
	}
	return big.NewRat(int64(full), int64(n))
}
