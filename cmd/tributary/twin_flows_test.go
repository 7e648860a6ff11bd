package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"

	"tributary/internal/flow"
	"tributary/internal/simulate"
)

// twin keeps every flow that counts, and all else that the answers depend on.
type twin struct {
	t        *testing.T
	own      []netip.Prefix
	ownAS    []uint32
	override map[string]uint32 // sampling by exporter
	links    []twinLink
	files    []twinFile // catalogues, in their order
	lastKind map[string]string
	lastType map[string]string // of prefix names

	flows   []twinFlow
	meters  []twinMeter                             // beside flows
	doubled map[flow.Addr]bool                      // exporters that meter both ways
	heard   map[string]map[flow.Addr]map[int64]bool // region → exporter → slots
	newest  int64                                   // slot
	said    twinSaid
	odd     twinOdd
}

// twinSaid is counted of what the records say.
type twinSaid struct {
	datagrams, records, empty, internal, transit, internalLink, otherMeter, unrated int
}

// twinOdd counts flows that are odd in one way or other.
type twinOdd struct {
	overSlot, overDay, overMonth, onSlot, onDay, onMonth, instant int
	noStart, noEnd, atExport, skewed                              int
	noOctets, noPackets, prefixed                                 int
}

// twinFlow is one direction of a record.
type twinFlow struct {
	region, link, prefix string
	direction, version   string
	remote               flow.Addr
	as                   uint32
	octets, packets      uint64 // as exported; packets 0 = unknown
	rate                 uint32 // 0 = unknown
	start, end           int64  // Unix milliseconds
}

// twinMeter is where a flow was metered.
type twinMeter struct {
	exporter flow.Addr
	at       flow.Metering
}

type twinLink struct {
	Name       string   `yaml:"name"`
	Interfaces []uint32 `yaml:"interfaces"`
	Kind       string   `yaml:"kind"`
}

// twinFile is a catalogue file.
type twinFile struct {
	Networks []twinEntry `yaml:"networks"`
	Prefixes []twinEntry `yaml:"prefixes"`
}

type twinEntry struct {
	AS     uint32 `yaml:"as"`
	Prefix string `yaml:"prefix"`
	Name   string `yaml:"name"`
	Type   string `yaml:"type"`
	From   string `yaml:"from"` // days compare as text
	To     string `yaml:"to"`
}

// valid reports whether an entry holds on a day; both ends are included.
func (e *twinEntry) valid(day string) bool {
	return (e.From == "" || e.From <= day) && (e.To == "" || day <= e.To)
}

func newTwin(t *testing.T, config string) *twin {
	t.Helper()
	w := &twin{t: t, override: map[string]uint32{}, lastKind: map[string]string{}, lastType: map[string]string{},
		doubled: map[flow.Addr]bool{}, heard: map[string]map[flow.Addr]map[int64]bool{}}
	w.reclass(config)
	for _, l := range w.links {
		w.lastKind[l.Name] = l.Kind
	}
	for _, f := range w.files {
		for _, e := range f.Prefixes {
			w.lastType[e.Name] = e.Type
		}
	}
	return w
}

// reclass reads a configuration and its catalogues. What was placed stays as it is.
func (w *twin) reclass(config string) {
	w.t.Helper()
	read := func(file string, into any) {
		w.t.Helper()
		text, err := os.ReadFile(file)
		if err == nil {
			err = yaml.Unmarshal(text, into)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	var c struct {
		Own       []string `yaml:"own"`
		OwnAS     []uint32 `yaml:"own_as"`
		Exporters []struct {
			Address  string `yaml:"address"`
			Sampling uint32 `yaml:"sampling"`
		} `yaml:"exporters"`
		Links     []twinLink `yaml:"links"`
		Catalogue []string   `yaml:"catalogue"`
	}
	read(config, &c)
	w.own, w.ownAS, w.links, w.files = nil, c.OwnAS, c.Links, nil
	for _, p := range c.Own {
		w.own = append(w.own, netip.MustParsePrefix(p))
	}
	for _, e := range c.Exporters {
		w.override[e.Address] = e.Sampling
	}
	for _, name := range c.Catalogue {
		var f twinFile
		read(filepath.Join(filepath.Dir(config), name), &f)
		w.files = append(w.files, f)
	}
}

// hear takes in what one datagram says.
func (w *twin) hear(said *simulate.Said) {
	w.said.datagrams++
	region := w.heard[said.Region]
	if region == nil {
		region = map[flow.Addr]map[int64]bool{}
		w.heard[said.Region] = region
	}
	if region[said.Exporter] == nil {
		region[said.Exporter] = map[int64]bool{}
	}
	region[said.Exporter][said.Arrival/slotMillis] = true
	w.newest = max(w.newest, said.Arrival/slotMillis)

	// The header's clock.
	export, moved := said.Export, int64(0)
	skewed := !said.SFlow && (export > said.Arrival+600_000 || export < said.Arrival-600_000)
	if skewed || said.SFlow {
		export, moved = said.Arrival, said.Arrival-said.Export
	}
	for i := range said.Records {
		r := said.Records[i]
		w.said.records++
		f := twinFlow{region: said.Region, octets: r.Octets, packets: r.Packets, rate: said.Rates[i]}
		if o := w.override[said.Exporter.String()]; o != 0 {
			f.rate = o
		}
		if said.UptimeTimes {
			r.Start, r.End = r.Start+moved, r.End+moved
		}
		f.start, f.end = w.times(r.Start, r.End, export, said.SFlow)
		if skewed {
			w.odd.skewed++
		}
		reverse := said.Biflow && (r.ReverseOctets > 0 || r.ReversePackets > 0)
		if r.Octets == 0 && r.Packets == 0 && !reverse {
			w.said.empty++
			continue
		}
		if r.Octets > 0 || r.Packets > 0 {
			w.place(f, &r, said.Exporter)
		}
		if reverse {
			f.octets, f.packets = r.ReverseOctets, r.ReversePackets
			r.Src, r.Dst, r.SrcAS, r.DstAS, r.InIf, r.OutIf = r.Dst, r.Src, r.DstAS, r.SrcAS, r.OutIf, r.InIf
			w.place(f, &r, said.Exporter)
		}
	}
}

const (
	slotMillis = 300_000
	dayMillis  = 86_400_000
)

// times are a flow's start and end, as far as they are usable.
func (w *twin) times(start, end, export int64, sflow bool) (int64, int64) {
	if sflow {
		return export, export
	}
	usable := func(ms int64) bool { return ms >= export-dayMillis && ms <= export+300_000 }
	switch s, e := usable(start), usable(end); {
	case s && e && start <= end:
		return start, end
	case s && !e:
		w.odd.noEnd++
		return start, start
	case e && !s:
		w.odd.noStart++
		return end, end
	}
	w.odd.atExport++
	return export, export
}

// place adds a flow if it takes part: its record tells parties and interfaces.
func (w *twin) place(f twinFlow, r *simulate.Record, exporter flow.Addr) {
	if f.rate == 0 {
		w.said.unrated++
	}
	if r.Metering == flow.MeteredEgress && r.InIf != r.OutIf {
		w.doubled[exporter] = true
	}
	own := func(a flow.Addr) bool {
		return slices.ContainsFunc(w.own, func(p netip.Prefix) bool { return p.Contains(a.Netip()) })
	}
	var interf uint32
	switch from, to := own(r.Src), own(r.Dst); {
	case from && to:
		w.said.internal++
		return
	case !from && !to:
		w.said.transit++
		return
	case to:
		f.direction, f.remote, f.as, interf = "ingress", r.Src, r.SrcAS, r.InIf
	default:
		f.direction, f.remote, f.as, interf = "egress", r.Dst, r.DstAS, r.OutIf
	}
	f.version = "4"
	if !f.remote.Is4() {
		f.version = "6"
	}
	if f.as == 23456 || f.as >= 64512 && f.as <= 65535 || f.as >= 4200000000 || slices.Contains(w.ownAS, f.as) {
		f.as = 0
	}
	for _, l := range w.links {
		if slices.Contains(l.Interfaces, interf) {
			if l.Kind == "internal" {
				w.said.internalLink++
				return
			}
			f.link = l.Name
			break
		}
	}
	longest := -1
	for _, file := range w.files {
		for _, e := range file.Prefixes {
			if p := netip.MustParsePrefix(e.Prefix); p.Bits() > longest && p.Contains(f.remote.Netip()) {
				f.prefix, longest = e.Name, p.Bits()
			}
		}
	}
	w.flows, w.meters = append(w.flows, f), append(w.meters, twinMeter{exporter, r.Metering})
}

// settleMeters leaves out what an exporter that meters both ways has metered at the other end, and
// looks at what is left.
func (w *twin) settleMeters() {
	kept := w.flows[:0]
	for i, f := range w.flows {
		m := w.meters[i]
		if w.doubled[m.exporter] && (m.at == flow.MeteredIngress) != (f.direction == "ingress") {
			w.said.otherMeter++
			continue
		}
		kept = append(kept, f)
		w.newest = max(w.newest, f.last())
		w.note(&f)
	}
	w.flows, w.meters = kept, nil
}

// note counts what is odd about a flow.
func (w *twin) note(f *twinFlow) {
	o := &w.odd
	edge := func(over, on *int, unit func(ms int64) int64) {
		if f.start < f.end && unit(f.start) != unit(f.end-1) {
			*over++
		}
		if f.start < f.end && unit(f.end) != unit(f.end-1) {
			*on++
		}
	}
	edge(&o.overSlot, &o.onSlot, func(ms int64) int64 { return ms / slotMillis })
	edge(&o.overDay, &o.onDay, func(ms int64) int64 { return ms / dayMillis })
	edge(&o.overMonth, &o.onMonth, func(ms int64) int64 { return monthOf(ms / slotMillis).first })
	for _, n := range []struct {
		count *int
		is    bool
	}{{&o.instant, f.start == f.end}, {&o.noOctets, f.octets == 0}, {&o.noPackets, f.packets == 0}, {&o.prefixed, f.prefix != ""}} {
		if n.is {
			*n.count++
		}
	}
}
