package main

import "tributary/internal/flow"

// record is what is known of a record that was made, as far as rules speak of it.
type record struct {
	export           int64 // Unix ms, of its datagram
	hasStart, hasEnd bool
	clock            clock
	start, end       uint64 // as written, by clock
	uptime           uint32 // of its datagram

	inAndOut                    bool // counters before and after the observation point
	inOctets, inPackets         uint64
	biflow                      bool // counters of the flow the other way
	reverseOctets               uint64
	reversePackets              uint64
	four, six                   bool // a pair of addresses of the family
	src4, dst4, src6, dst6      flow.Addr
	raw                         bool   // an sFlow sample with a packet's header
	ipLength                    uint64 // of that packet
	discarded                   bool   // an sFlow sample of a packet that was dropped
	hasGateway                  bool   // sFlow: with BGP data
	srcAS                       uint32 // of those, the source's AS
	pathEnd                     uint32 // and the last of the path; 0 = no path
	noInputIndex, noOutputIndex bool   // sFlow: 0x3fffffff
}

// clock is how a record's times are written.
type clock int

const (
	clockNone clock = iota // not at all
	clockUptime
	clockSeconds
	clockMilli
	clockNTP
	clockDelta
)

const biflows = "flows the other way" // noted beside the rules

// other is the flow the other way that a biflow record gives us beside its own, made of what goflow2
// gives, which ignores the counters of enterprise 29305 (RFC 5103 section 6.1); false without one.
func other(c columns, r record, used map[string]int) (columns, bool) {
	if !r.biflow {
		return c, false
	}
	r.inAndOut = false
	c.octets, c.packets = r.reverseOctets, r.reversePackets
	if explain(&c, &r, used) {
		return c, false
	}
	c.src, c.dst, c.srcPort, c.dstPort = c.dst, c.src, c.dstPort, c.srcPort
	c.srcAS, c.dstAS, c.in, c.out = c.dstAS, c.srcAS, c.out, c.in
	return c, true
}

// rule is a difference on purpose. apply turns goflow2's columns into what we are to give, or
// reports that we refuse the record.
type rule struct {
	name, reason string
	apply        func(c *columns, r *record) (refused bool)
}

// rules apply in their order.
var rules = []rule{
	{"in before out", "goflow2 takes the counter that stands last in the template; we prefer those before the observation point (1, 2), " +
		"so that a record counts the same in whatever order its fields are (RFC 5102 sections 5.10.1 and 5.10.3)",
		func(c *columns, r *record) bool {
			if r.inAndOut {
				c.octets, c.packets = r.inOctets, r.inPackets
			}
			return false
		}},
	{"two families", "a record with fields for both families has one pair zero, or is of a tunnel: goflow2 takes each last address that is not zero, " +
		"possibly one of each family; we take a pair: the IPv4 one where it is not all zero, else the IPv6 one where that is not",
		func(c *columns, r *record) bool {
			if !r.four || !r.six {
				return false
			}
			zero := flow.AddrFrom4([]byte{0, 0, 0, 0})
			switch {
			case r.src4 != zero || r.dst4 != zero:
				c.src, c.dst = r.src4, r.dst4
			case r.src6.IsZero() && r.dst6.IsZero():
				c.src, c.dst = flow.Addr{}, flow.Addr{}
			default:
				c.src, c.dst = stated(r.src6), stated(r.dst6)
			}
			return false
		}},
	{"unspecified", "the address :: (RFC 4291 section 2.5.2) is read as ::1, because our zero address means that there is none",
		func(c *columns, r *record) bool {
			if r.six && !r.four {
				c.src, c.dst = stated(c.src), stated(c.dst)
			}
			return false
		}},
	{"no address", "a record without both addresses cannot be placed: we refuse it, counted as no_address",
		func(c *columns, _ *record) bool { return c.src.IsZero() || c.dst.IsZero() }},
	{"empty", "a record without octets and packets says nothing of volume: we refuse it, counted as empty",
		func(c *columns, _ *record) bool { return c.octets == 0 && c.packets == 0 }},
	{"implausible", "2^56 octets or packets × rate in one flow are a broken counter: we refuse it, counted as implausible",
		func(c *columns, _ *record) bool { return c.octets >= 1<<56 || c.packets >= 1<<56 }},
	{"uptime wraps", "uptimes are counted modulo 2^32 ms in both directions (RFC 3954 section 5.1: 49.7 days), so a flow may lie before the wrap " +
		"or end after the header was written; goflow2 knows only one of the two in v9 and the other in v5",
		func(c *columns, r *record) bool {
			if r.clock == clockUptime {
				if r.hasStart {
					c.start = r.export + int64(int32(uint32(r.start)-r.uptime))
				}
				if r.hasEnd {
					c.end = r.export + int64(int32(uint32(r.end)-r.uptime))
				}
			}
			return false
		}},
	{"whole milliseconds", "times finer than a millisecond (RFC 7011 section 6.1.9, RFC 5102 section 5.9.9) are rounded down from the exact value; " +
		"goflow2 computes in floating point, and deltas from the other side",
		func(c *columns, r *record) bool {
			at := func(v uint64) int64 {
				if r.clock == clockDelta {
					return r.export - int64(v/1000)
				}
				const from1900 = 2_208_988_800
				return (int64(v>>32)-from1900)*1000 + int64((v&0xffffffff)*1000>>32)
			}
			if r.clock == clockDelta || r.clock == clockNTP {
				if r.hasStart {
					c.start = at(r.start)
				}
				if r.hasEnd {
					c.end = at(r.end)
				}
			}
			return false
		}},
	{"one time", "of a record with one of start and end both are that one; goflow2 puts the time of export for the other",
		func(c *columns, r *record) bool {
			switch {
			case r.hasStart && !r.hasEnd:
				c.end = c.start
			case r.hasEnd && !r.hasStart:
				c.start = c.end
			}
			return false
		}},
	{"unusable time", "a time more than 24 h before export or 5 min after it is not used, nor are a start and an end in the wrong order",
		func(c *columns, r *record) bool {
			usable := func(t int64) bool { return t >= r.export-24*3600_000 && t <= r.export+5*60_000 }
			start, end := usable(c.start), usable(c.end)
			switch {
			case start && end && c.start <= c.end:
			case start && !end:
				c.end = c.start
			case end && !start:
				c.start = c.end
			default:
				c.start, c.end = r.export, r.export
			}
			return false
		}},
	{"discarded", "an sFlow sample of a packet that the router dropped (output format 1) did not cross the border: we refuse it, counted as discarded",
		func(_ *columns, r *record) bool { return r.discarded }},
	{"at the IP layer", "octets count at the IP layer, so that regions with different exporters compare: goflow2 gives the frame's length (sFlow 5, sampled_header)",
		func(c *columns, r *record) bool {
			if r.raw {
				c.octets = r.ipLength
			}
			return false
		}},
	{"no index", "0x3fffffff is no ifIndex, but the router itself or unknown (sFlow 5, interface_expanded)",
		func(c *columns, r *record) bool {
			if r.noInputIndex {
				c.in = 0
			}
			if r.noOutputIndex {
				c.out = 0
			}
			return false
		}},
	{"the router's own AS", "goflow2 fills in the router's own AS where the source's is 0 or there is no path; an own AS is no remote network, so we leave 0",
		func(c *columns, r *record) bool {
			if r.hasGateway {
				c.srcAS, c.dstAS = r.srcAS, r.pathEnd
			}
			return false
		}},
}

// stated is an IPv6 address that a record states: :: becomes ::1.
func stated(a flow.Addr) flow.Addr {
	if a.IsZero() {
		a.Lo = 1
	}
	return a
}
