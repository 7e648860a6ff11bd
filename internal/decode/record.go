package decode

import (
	"slices"

	"tributary/internal/flow"
)

// maxScaled bounds octets × rate and packets × rate of one flow, so that sums of a slot cannot
// overflow: 2^56 octets in one flow would be 1.9 Pbit/s over five minutes.
const maxScaled = 1 << 56

// rating is the sampling rate of the flows at hand, with what depends on it.
type rating struct {
	rate  uint32 // 0 = unknown
	wait  bool   // the sampler named is not announced yet; rate is not valid
	limit uint64 // octets and packets of a flow must stay below
}

func ratingOf(rate uint32) rating {
	return rating{rate: rate, limit: (maxScaled-1)/uint64(max(1, rate)) + 1}
}

// unnamed is the rating of records that neither state a rate nor name a sampler.
func (d *Decoder) unnamed(templateID uint16) rating {
	x := d.from.exporter
	if x.Sampling != 0 {
		return ratingOf(x.Sampling)
	}
	return ratingOf(fallback(x, d.from.unnamedRate(d.domain, templateID)))
}

// named is the rating of records that name a sampler. Id 0 is what exporters fill in for none,
// unless they announce it.
func (d *Decoder) named(id uint64, unnamed rating) rating {
	x := d.from.exporter
	if x.Sampling != 0 {
		return unnamed
	}
	rate, wait := d.domain.lookup(id)
	switch {
	case wait && id == 0:
		return unnamed
	case wait:
		return rating{wait: true}
	}
	return ratingOf(fallback(x, rate))
}

// readRecords appends the flows of a set's records.
func (d *Decoder) readRecords(dst []flow.Flow, t *template, b []byte, m *message) []flow.Flow {
	if d.inspect {
		d.auditSet(t, b)
	}
	if t.plain && t.stride > 0 && t.address {
		return d.readPlain(dst, t, b, m)
	}
	unnamed := d.unnamed(t.id)
	steps := t.steps
	for len(b) >= t.minimum {
		size := t.stride
		if size == 0 {
			if d.steps, size = t.layout(d.steps[:0], b); size == 0 {
				d.refuseSet() // it ends inside a record
				break
			}
			steps = d.steps
		}
		d.extra = extra{}
		f := flow.Flow{Exporter: d.from.exporter.ID}
		run(steps, b[:size], &f, &d.extra)
		dst = d.finish(dst, &f, t, m, unnamed)
		d.heard.data++
		b = b[size:]
	}
	d.extra = extra{} // its sections are of the datagram, which is not ours
	return dst
}

// readPlain is the loop that a router's export runs through: records of fixed length whose fields
// go straight into a flow. dst grows once; a record that is refused leaves its place to the next.
// Template compilation saw to it that every step lies within the stride.
func (d *Decoder) readPlain(dst []flow.Flow, t *template, b []byte, m *message) []flow.Flow {
	stride, at := t.stride, len(dst)
	n := len(b) / stride
	dst = slices.Grow(dst, n)[:at+n]
	unnamed := d.unnamed(t.id)
	r := unnamed
	if t.named {
		r = d.named(0, unnamed)
	}
	var (
		empty, implausible, untimed, unknown, waiting uint64

		x       = &d.extra
		sampler = uint64(0)
		saw     = int64(-1)
		blank   = flow.Flow{Exporter: d.from.exporter.ID}
		uptimes = t.start == clockUptime && t.end == clockUptime && m.protocol == NetFlow9
		oldest  = m.export - maxAge
	)
	x.sampler = 0
	for ; len(b) >= stride; b = b[stride:] {
		f := &dst[at]
		*f = blank
		run(t.steps, b[:stride], f, x)
		if f.Octets|f.Packets == 0 {
			empty++
			continue
		}
		if uptimes {
			f.Start = m.export + int64(int32(uint32(f.Start)-m.uptime))
			f.End = m.export + int64(int32(uint32(f.End)-m.uptime))
		} else {
			f.Start = m.at(t.start, uint64(f.Start), d.domain.systemInit)
			f.End = m.at(t.end, uint64(f.End), d.domain.systemInit)
		}
		if uint64(f.Start-oldest) > maxAge+maxLead || uint64(f.End-oldest) > maxAge+maxLead || f.Start > f.End {
			if m.settle(f, t.start != clockNone, t.end != clockNone) {
				untimed++
			}
		}
		if x.sampler != sampler {
			sampler = x.sampler
			r = d.named(sampler, unnamed)
		}
		if r.wait {
			d.wait(f, nil, sampler)
			waiting++
			continue
		}
		if f.Rate = r.rate; f.Octets >= r.limit || f.Packets >= r.limit {
			implausible++
			continue
		}
		if r.rate == 0 {
			unknown++
		}
		if int64(r.rate) != saw {
			saw = int64(r.rate)
			d.health.SawRate(r.rate)
		}
		at++
	}
	d.heard.data += uint32(n)
	h := d.health
	h.Records += uint64(n) - waiting
	h.Kept += uint64(n) - waiting - empty - implausible
	h.Untimed += untimed
	h.RateUnknown += unknown
	h.Refused[flow.RefusedEmpty] += empty
	h.Refused[flow.RefusedImplausible] += implausible
	return dst[:at]
}

// finish makes flows of a record whose fields were copied to f and d.extra.
func (d *Decoder) finish(dst []flow.Flow, f *flow.Flow, t *template, m *message, unnamed rating) []flow.Flow {
	x := &d.extra
	if t.dual {
		x.chooseTuple(f, t.inner)
	}
	if t.sectioned && !x.readSection(f, t.counted) {
		d.refuse(flow.RefusedBadHeader)
		return dst
	}
	forward, back := f.Octets|f.Packets != 0, x.reverseOctets|x.reversePackets != 0
	if !forward && !back {
		d.refuse(flow.RefusedEmpty)
		return dst
	}
	if f.Src.IsZero() || f.Dst.IsZero() {
		d.refuse(flow.RefusedNoAddress)
		return dst
	}
	boot := x.systemInit
	if boot == 0 {
		boot = d.domain.systemInit
	}
	var flows [2]flow.Flow
	n := 0
	if forward {
		flows[0], n = *f, 1
		d.timeFlow(&flows[0], m, times{t.start, t.end, uint64(f.Start), uint64(f.End), boot})
	}
	if back {
		b := &flows[n]
		*b = reverse(f, x)
		n++
		if t.reverseStart == clockNone && t.reverseEnd == clockNone {
			d.timeFlow(b, m, times{t.start, t.end, uint64(f.Start), uint64(f.End), boot})
		} else {
			d.timeFlow(b, m, times{t.reverseStart, t.reverseEnd, x.reverseStart, x.reverseEnd, boot})
		}
	}
	r := unnamed
	if d.from.exporter.Sampling == 0 {
		if own := x.rates.rate(); own != 0 {
			r = ratingOf(own)
		} else if t.named {
			r = d.named(x.sampler, unnamed)
		}
	}
	if r.wait {
		d.wait(&flows[0], flows[1:n], x.sampler)
		return dst
	}
	return d.keep(dst, flows[:n], r)
}

// keep appends the flows of one record with their rate, and books the record.
func (d *Decoder) keep(dst []flow.Flow, flows []flow.Flow, r rating) []flow.Flow {
	h, before := d.health, len(dst)
	for i := range flows {
		if flows[i].Octets >= r.limit || flows[i].Packets >= r.limit {
			continue
		}
		flows[i].Rate = r.rate
		dst = append(dst, flows[i])
	}
	if len(dst) == before {
		d.refuse(flow.RefusedImplausible)
		return dst
	}
	h.Records++
	h.Kept++
	if r.rate == 0 {
		h.RateUnknown += uint64(len(dst) - before)
	}
	h.SawRate(r.rate)
	return dst
}

// refuse books a record that is not kept.
func (d *Decoder) refuse(reason flow.Refusal) {
	d.health.Records++
	d.health.Refused[reason]++
}

// times are a flow's start and end as exported.
type times struct {
	startClock, endClock clock
	start, end           uint64
	boot                 int64
}

// timeFlow sets the flow's start and end. A duration stands in for the one that is missing.
func (d *Decoder) timeFlow(f *flow.Flow, m *message, t times) {
	hasStart, hasEnd := t.startClock != clockNone, t.endClock != clockNone
	f.Start, f.End = m.at(t.startClock, t.start, t.boot), m.at(t.endClock, t.end, t.boot)
	x := &d.extra
	if duration := int64(min(x.durationMilli, 1<<40)); duration != 0 || x.durationMicro != 0 {
		if duration == 0 {
			duration = int64(min(x.durationMicro/1000, 1<<40))
		}
		switch {
		case hasStart && !hasEnd:
			f.End, hasEnd = f.Start+duration, true
		case hasEnd && !hasStart:
			f.Start, hasStart = f.End-duration, true
		}
	}
	if m.settle(f, hasStart, hasEnd) {
		d.health.Untimed++
	}
}

// reverse is the flow the other way: parties and interfaces change places.
func reverse(f *flow.Flow, x *extra) flow.Flow {
	b := *f
	b.Src, b.Dst = f.Dst, f.Src
	b.SrcPort, b.DstPort = f.DstPort, f.SrcPort
	b.SrcAS, b.DstAS = f.DstAS, f.SrcAS
	b.InIf, b.OutIf = f.OutIf, f.InIf
	b.Octets, b.Packets = x.reverseOctets, x.reversePackets
	if x.reverseMetering != flow.MeteringUnstated {
		b.Metering = x.reverseMetering
	}
	return b
}

// chooseTuple picks the addresses of a record that has fields for both families: the IPv4 ones
// where they are not both zero, with the ports and protocol that belong to them; else the IPv6 ones.
func (x *extra) chooseTuple(f *flow.Flow, inner uint8) {
	none := flow.Addr{Lo: 1} // what addr6 makes of ::
	switch {
	case x.innerSrc|x.innerDst != 0:
		f.Src, f.Dst = addr4(x.innerSrc), addr4(x.innerDst)
		if inner&innerProto != 0 {
			f.Proto = x.innerProto
		}
		if inner&innerSrcPort != 0 {
			f.SrcPort = x.innerSrcPort
		}
		if inner&innerDstPort != 0 {
			f.DstPort = x.innerDstPort
		}
	case f.Src == none && f.Dst == none:
		f.Src, f.Dst = flow.Addr{}, flow.Addr{}
	}
}

// readSection takes what the record does not say from the sampled packet. It reports false where
// there is a packet that cannot be read down to IP.
func (x *extra) readSection(f *flow.Flow, counted bool) bool {
	if len(x.frame)+len(x.ipSection) == 0 {
		return true
	}
	var p packet
	ok := false
	if len(x.frame) > 0 {
		ok = p.readEthernet(x.frame)
	} else {
		ok = p.readIP(x.ipSection, 0)
	}
	if !ok {
		return false
	}
	if f.Src.IsZero() || f.Dst.IsZero() {
		p.describe(f)
	}
	if !counted {
		length := x.frameSize
		if length == 0 {
			length = uint64(len(x.frame) + len(x.ipSection))
		}
		f.Octets = p.octets(length)
		f.Packets = max(1, f.Packets)
	}
	return true
}
