package decode

import (
	"encoding/binary"
	"hash/crc32"
	"maps"
	"slices"

	"tributary/internal/flow"
)

// stateVersion is the first octet of a state. Another format gets another number.
const stateVersion = 1

// AppendState appends what the Decoder knows to dst: the state that Restore reads. The same
// knowledge gives the same bytes. Senders that are not admitted, and Sums, are not part of it.
//
//	0         1                        len−4
//	| version | exporters, by address | CRC-32 (IEEE) of all before, little endian |
//
// Numbers are varints, addresses sixteen octets, lists have their length before them. Exporters are
// written by address, because their numbers hold for this process only.
func (d *Decoder) AppendState(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, stateVersion)
	known := slices.SortedFunc(maps.Values(d.known), func(a, b *exporter) int {
		return a.exporter.Address.Compare(b.exporter.Address)
	})
	dst = binary.AppendUvarint(dst, uint64(len(known)))
	for _, e := range known {
		dst = e.append(dst)
	}
	return binary.LittleEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}

func (e *exporter) append(b []byte) []byte {
	b = appendAddr(b, e.exporter.Address)
	b = binary.AppendVarint(b, e.arrival)

	agents := slices.SortedFunc(maps.Keys(e.agents), flow.Addr.Compare)
	b = binary.AppendUvarint(b, uint64(len(agents)))
	for _, a := range agents {
		b = appendAddr(b, a)
	}

	b = binary.AppendUvarint(b, uint64(len(e.domains)))
	for m := e.oldest; m != nil; m = m.newer {
		b = m.append(b)
	}

	b = binary.AppendUvarint(b, uint64(len(e.held)))
	for i := range e.held {
		b = e.held[i].append(b)
	}

	b = binary.AppendUvarint(b, uint64(len(e.waiting)))
	for _, q := range e.waitOrder {
		if len(q.flows) == 0 {
			continue
		}
		b = appendUints(b, q.key.domain, q.key.sampler, uint64(len(q.flows)))
		for i := range q.flows {
			b = q.flows[i].append(b)
		}
	}

	with := slices.SortedFunc(maps.Keys(e.ports), flow.Addr.Compare)
	b = binary.AppendUvarint(b, uint64(len(with)))
	for _, agent := range with {
		b = appendAddr(b, agent)
		list := e.ports[agent].list
		b = binary.AppendUvarint(b, uint64(len(list)))
		for i := range list {
			b = list[i].append(b)
		}
	}
	return b
}

func (m *domain) append(b []byte) []byte {
	b = appendAddr(binary.AppendUvarint(b, m.id.key), m.id.agent)
	b = binary.AppendUvarint(b, uint64(len(m.templateOrder)))
	for _, id := range m.templateOrder {
		t := m.templates[id]
		b = appendBool(b, t.options)
		b = appendBytes(b, t.raw)
	}
	b = binary.AppendUvarint(b, uint64(len(m.samplers)))
	for _, id := range slices.Sorted(maps.Keys(m.samplers)) {
		b = appendUints(b, id, uint64(m.samplers[id].rate))
		b = appendBool(b, m.samplers[id].announced)
	}
	b = binary.AppendUvarint(b, uint64(len(m.byTemplate)))
	for _, id := range slices.Sorted(maps.Keys(m.byTemplate)) {
		b = appendUints(b, uint64(id), uint64(m.byTemplate[id]))
	}
	b = binary.AppendUvarint(b, uint64(m.rate))
	b = binary.AppendVarint(b, m.systemInit)
	b = appendUints(b, uint64(len(m.stream.lanes)), uint64(m.stream.current))
	for i := range m.stream.lanes {
		b = m.stream.lanes[i].append(b)
	}
	return b
}

func (l *lane) append(b []byte) []byte {
	b = l.newest.append(b)
	if b = appendBool(b, l.isBehind); l.isBehind {
		b = l.behind.append(b)
	}
	for _, f := range l.fits {
		b = append(b, f.score, f.fails)
	}
	b = append(b, l.stale, l.unsure, l.turn)
	for _, g := range l.gaps {
		b = appendUints(b, uint64(g.from), uint64(g.length))
		b = appendBool(b, g.overrun)
	}
	b = binary.AppendVarint(b, l.began)
	return binary.AppendUvarint(b, l.advanced)
}

// append leaves the count of drops out: it is of a socket that will not be there.
func (h *heard) append(b []byte) []byte {
	b = appendUints(b, uint64(h.seq), uint64(h.uptime), uint64(h.records), uint64(h.data), uint64(h.port))
	b = appendBool(b, h.loose)
	return binary.AppendVarint(b, h.arrival)
}

func (s *heldSet) append(b []byte) []byte {
	m := &s.message
	b = binary.AppendUvarint(b, s.key)
	b = binary.AppendVarint(b, m.arrival)
	b = binary.AppendVarint(b, m.export)
	b = binary.AppendVarint(b, m.shift)
	b = binary.AppendUvarint(b, uint64(m.uptime))
	return appendBytes(b, s.body)
}

func (w *waitingFlow) append(b []byte) []byte {
	f := &w.flow
	b = appendAddr(appendAddr(b, f.Src), f.Dst)
	b = appendUints(b, f.Octets, f.Packets)
	b = binary.AppendVarint(b, f.Start)
	b = binary.AppendVarint(b, f.End)
	b = appendUints(b, uint64(f.SrcAS), uint64(f.DstAS), uint64(f.InIf), uint64(f.OutIf),
		uint64(f.SrcPort), uint64(f.DstPort), uint64(f.Proto), uint64(f.Metering))
	b = binary.AppendVarint(b, w.arrival)
	return appendBool(b, w.first)
}

func (p *port) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(p.index))
	b = binary.AppendVarint(b, p.arrival)
	b = binary.AppendVarint(b, p.millis)
	return appendUints(b, p.speed, p.in, p.out, p.countedIn, p.countedOut, p.sampledIn, p.sampledOut, p.sinceIn, p.sinceOut)
}

func appendAddr(b []byte, a flow.Addr) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, a.Hi), a.Lo)
}

func appendUints(b []byte, values ...uint64) []byte {
	for _, v := range values {
		b = binary.AppendUvarint(b, v)
	}
	return b
}

func appendBytes(b, s []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}
