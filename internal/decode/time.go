package decode

import "tributary/internal/flow"

// Bounds of what an export time and a flow time may be, design section 2 (Time).
const (
	maxSkew = 10 * 60 * 1000      // ms between export and arrival
	maxAge  = 24 * 60 * 60 * 1000 // ms a flow's start or end may lie before export
	maxLead = 5 * 60 * 1000       // ms it may lie after
)

// clock is how a template's field tells a time.
type clock uint8

const (
	clockNone    clock = iota
	clockUptime        // ms of uptime, 32 bits that wrap after 49.7 days
	clockSeconds       // since 1970
	clockMilli
	clockMicro // NTP timestamp: 32 bits of seconds since 1900, 32 of fraction
	clockNano  // the same; finer in the fraction
	clockDelta // µs before export
)

// message is what a datagram's header says of its records. It stays with what is held back.
type message struct {
	protocol Protocol
	domain   uint32
	arrival  int64 // Unix ms
	export   int64 // Unix ms; arrival where the header's was too far from it
	shift    int64 // what export was moved by: uptimes move with it
	uptime   uint32
	sequence uint32
	skewed   bool
}

// setExport takes the header's export time, unless it is too far from arrival.
func (m *message) setExport(ms int64) {
	m.export = ms
	if ms < m.arrival-maxSkew || ms > m.arrival+maxSkew {
		m.export, m.shift, m.skewed = m.arrival, m.arrival-ms, true
	}
}

// at converts a field's value to Unix ms. Nonsense gives a time that is not usable.
//
// Uptimes of NetFlow are relative to the header's, modulo 2³² in both directions, so that a flow
// from before the wrap comes out right. Those of IPFIX need the time of boot, from the record or
// from an options record; without one they are not usable.
func (m *message) at(c clock, v uint64, systemInit int64) int64 {
	switch c {
	case clockUptime:
		if m.protocol != IPFIX {
			return m.export + int64(int32(uint32(v)-m.uptime))
		}
		if systemInit <= 0 {
			return unusable
		}
		// The wrap is undone by taking the time closest to export among those 2³² ms apart.
		t := systemInit + m.shift + int64(uint32(v))
		return m.export + int64(int32(uint32(t-m.export)))
	case clockSeconds:
		return int64(min(v, 1<<40)) * 1000
	case clockMilli:
		return int64(min(v, 1<<60))
	case clockMicro, clockNano:
		return ntpMillis(v, c)
	case clockDelta:
		return m.export - int64(min(v, 1<<60)/1000)
	}
	return unusable
}

const unusable = -1 << 62

// ntpMillis reads an NTP timestamp. Some exporters write a plain count of µs or ns since 1970
// instead: as NTP timestamps those would lie before 1917, so they cannot be mistaken.
func ntpMillis(v uint64, c clock) int64 {
	const year1917 = 1 << 61
	switch {
	case v < year1917 && c == clockMicro:
		return int64(v / 1000)
	case v < year1917:
		return int64(v / 1_000_000)
	}
	const from1900to1970 = 2_208_988_800 // s, RFC 5905 figure 4
	return (int64(v>>32)-from1900to1970)*1000 + int64((v&0xffffffff)*1000>>32)
}

// settle makes a flow's start and end final: both usable, the one that is, or export. It reports
// whether it had to take export.
func (m *message) settle(f *flow.Flow, hasStart, hasEnd bool) (untimed bool) {
	hasStart = hasStart && f.Start >= m.export-maxAge && f.Start <= m.export+maxLead
	hasEnd = hasEnd && f.End >= m.export-maxAge && f.End <= m.export+maxLead
	switch {
	case hasStart && hasEnd && f.Start <= f.End:
	case hasStart && !hasEnd:
		f.End = f.Start
	case hasEnd && !hasStart:
		f.Start = f.End
	default:
		f.Start, f.End = m.export, m.export
		return true
	}
	return false
}
