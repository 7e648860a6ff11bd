package decode

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"

	"tributary/internal/flow"
)

// Sum is what a capture holds of one exporter, protocol and domain, as inspect prints it. Octets
// and packets are counters as exported, not multiplied by a sampling rate, of records kept and
// refused alike, so that they compare with what other decoders count: elements 1 and 2, else 85
// and 86; of sFlow the frame lengths, or the IP lengths of samples without a raw header, and one
// packet a sample.
type Sum struct {
	Address  flow.Addr
	Protocol Protocol
	Domain   uint32 // observation domain, source ID, NetFlow v5 engine, or sFlow sub-agent

	Datagrams, Records, Octets, Packets uint64
	ReverseOctets, ReversePackets       uint64 // counters of enterprise 29305
	IPv6Records                         uint64 // records with an IPv6 address that is not ::
	OptionsRecords                      uint64
	HeldRecords                         uint64 // of Records, those read after waiting for their template
	Flows, FlowOctets                   uint64 // kept; octets at the IP layer, before sampling
	Refused                             [flow.NumRefusals]uint64

	templates map[uint16]bool // ever defined; the value is: options template
	rates     map[uint32]bool // of flows, or announced; 0 left out
	before    flow.Health     // of the ledger, when the datagram at hand was opened
}

type sumKey struct {
	address  flow.Addr
	protocol Protocol
	domain   uint32
}

// Sums returns one Sum an exporter, protocol and domain, in that order. It is empty without
// Config.Inspect.
func (d *Decoder) Sums() []*Sum {
	return slices.SortedFunc(maps.Values(d.sums), func(a, b *Sum) int {
		return cmp.Or(a.Address.Compare(b.Address), cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Domain, b.Domain))
	})
}

// Templates returns the templates ever defined, ascending: those of data, or of options.
func (s *Sum) Templates(options bool) []uint16 {
	ids := []uint16{}
	for id, o := range s.templates {
		if o == options {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Rates returns the sampling rates of flows and those announced, ascending.
func (s *Sum) Rates() []uint32 {
	return slices.AppendSeq([]uint32{}, slices.Values(slices.Sorted(maps.Keys(s.rates))))
}

func (s *Sum) sawTemplate(t *template) { s.templates[t.id] = t.options }

func (s *Sum) sawRate(rate uint32) {
	if rate != 0 {
		s.rates[rate] = true
	}
}

// openSum begins a datagram's share of its Sum, closeSum ends it.
func (d *Decoder) openSum(p Protocol, domain uint32) {
	key := sumKey{d.from.exporter.Address, p, domain}
	d.sum = d.sums[key]
	if d.sum == nil {
		if len(d.sums) >= d.limits.Exporters+d.limits.Domains { // a forged capture: the rest in one
			key = sumKey{}
		}
		if d.sum = d.sums[key]; d.sum == nil {
			d.sum = &Sum{
				Address: key.address, Protocol: key.protocol, Domain: key.domain,
				templates: make(map[uint16]bool), rates: make(map[uint32]bool),
			}
			d.sums[key] = d.sum
		}
	}
	d.sum.before = *d.health
}

func (d *Decoder) closeSum(flows []flow.Flow) {
	s, h := d.sum, d.health
	s.Records += h.Records - s.before.Records
	s.OptionsRecords += h.Options - s.before.Options
	for i := range s.Refused {
		s.Refused[i] += h.Refused[i] - s.before.Refused[i]
	}
	s.Flows += uint64(len(flows))
	for i := range flows {
		s.FlowOctets += flows[i].Octets
		s.sawRate(flows[i].Rate)
	}
	d.sum = nil
}

// audit5 adds the counters of NetFlow v5 records.
func (d *Decoder) audit5(b []byte) {
	for ; len(b) >= record5Len; b = b[record5Len:] {
		d.sum.Packets += uint64(binary.BigEndian.Uint32(b[16:]))
		d.sum.Octets += uint64(binary.BigEndian.Uint32(b[20:]))
	}
}

// auditSet adds the counters of a set's records. It walks the fields of each: a second reading,
// independent of steps.
func (d *Decoder) auditSet(t *template, b []byte) {
	for len(b) >= t.minimum {
		size := d.auditRecord(t, b)
		if size == 0 {
			return
		}
		b = b[size:]
	}
}

func (d *Decoder) auditRecord(t *template, b []byte) (size int) {
	var v, has [4]uint64 // octets, packets, reverse octets, reverse packets; 2 = by delta counter, 1 = by total
	six := false
	for i := range t.fields {
		f, length := &t.fields[i], int(t.fields[i].length)
		if f.length == variable {
			var ok bool
			if length, size, ok = variableLength(b, size); !ok {
				return 0
			}
		}
		if size+length > len(b) {
			return 0
		}
		value := b[size : size+length]
		size += length
		if length == 16 && f.pen == 0 && (f.id == ieSourceIPv6 || f.id == ieDestinationIPv6) && !allZero(value) {
			six = true
		}
		if length == 0 || length > 8 || f.pen != 0 && f.pen != penReverse {
			continue
		}
		i, rank := 0, uint64(0)
		switch f.id {
		case ieOctetDelta:
			i, rank = 0, 2
		case iePacketDelta:
			i, rank = 1, 2
		case ieOctetTotal:
			i, rank = 0, 1
		case iePacketTotal:
			i, rank = 1, 1
		}
		if f.pen == penReverse {
			i += 2
		}
		if rank > has[i] {
			v[i], has[i] = uintOf(value), rank
		}
	}
	s := d.sum
	s.Octets += v[0]
	s.Packets += v[1]
	s.ReverseOctets += v[2]
	s.ReversePackets += v[3]
	if six {
		s.IPv6Records++
	}
	return size
}

// addSample adds a flow sample.
func (s *Sum) addSample(x *sample) {
	s.Packets++
	var p packet
	sampled := x.readIP(&p)
	switch {
	case x.frame != nil:
		s.Octets += x.length
	case sampled:
		s.Octets += p.length
	}
	var framed packet
	if framed.readHeader(x.protocol, x.frame) {
		p = framed
	}
	if p.src.Version() == 6 {
		s.IPv6Records++
	}
}
