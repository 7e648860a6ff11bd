package simulate

import (
	"encoding/binary"

	"tributary/internal/flow"
)

// Announce is how a device of NetFlow v9 or IPFIX makes its sampling rate known. NetFlow v5 has it
// in its header and sFlow in each sample, whatever is said here.
type Announce uint8

// The ways.
const (
	AnnounceNone    Announce = iota // not at all
	AnnounceSampler                 // an options record a sampler; each data record names its sampler
	AnnounceDomain                  // one options record for the whole domain; data records name none
	AnnounceRecord                  // in each data record (IE 34)
)

// Times is how an IPFIX device writes a flow's start and end (RFC 7012, IANA registry).
type Times uint8

// The encodings.
const (
	TimesMilliseconds Times = iota // 152, 153
	TimesSeconds                   // 150, 151: start and end must be whole seconds to survive
	TimesMicroseconds              // 154, 155: NTP format
	TimesNanoseconds               // 156, 157: NTP format
	TimesUptime                    // 22, 21 and the device's start 160
	TimesDelta                     // 158, 159: microseconds before the export time, at most 71 minutes
	TimesDuration                  // 152 and the duration 161
)

// Sampler is a packet sampler: one packet in Rate is metered.
type Sampler struct {
	ID   uint32 // at most 255 in NetFlow v9
	Rate uint32 // at least 1
}

// Device is one exporting process: what it is set to do, and where in its sequence it is. It
// belongs to one goroutine.
type Device struct {
	Address  flow.Addr // whence its datagrams come
	Agent    flow.Addr // sFlow: the agent address in the payload; zero = Address
	Port     uint16    // its own UDP port
	Protocol Protocol
	Domain   uint32 // v9 source id, IPFIX observation domain, v5 engine id, sFlow sub-agent
	Boot     int64  // Unix milliseconds at which its uptime was 0
	Skew     int64  // milliseconds that its clock is ahead; in every time it writes

	Announce Announce
	Samplers []Sampler // NetFlow v5 and sFlow use the first; empty = no rate is stated
	Refresh  int64     // milliseconds between templates and options; at least 1
	Times    Times     // IPFIX only
	NoAS     bool      // writes no AS numbers
	Metering bool      // writes flowDirection (IE 61)
	Biflow   bool      // writes reverse counters (IPFIX only)

	sequence  uint32 // v5: flows; v9: datagrams; IPFIX: data records; sFlow: datagrams
	samples   uint32 // sFlow: samples of the one data source
	pool      uint32 // sFlow: packets that could have been sampled
	announced bool   // templates were sent
	due       int64  // when to send them again
	layout    *layout
}

// Append writes one datagram that the device sends at now (Unix milliseconds by a right clock),
// with as many of the records as fit, after templates and options when they are due. It returns
// dst with the datagram appended and the number of records used; zero only if records is empty or
// one record is larger than a datagram. NetFlow v5 has no IPv6: such records must not be given.
func (d *Device) Append(dst []byte, now int64, records []Record) ([]byte, int) {
	switch d.Protocol {
	case NetFlow5:
		return d.appendV5(dst, now, records)
	case NetFlow9:
		return d.appendV9(dst, now, records)
	case IPFIX:
		return d.appendIPFIX(dst, now, records)
	}
	return d.appendSFlow(dst, now, records)
}

// room is the largest UDP payload that crosses an Ethernet unfragmented: 1500 octets less the IP
// and UDP headers.
func (d *Device) room() int {
	if d.Address.Is4() {
		return 1500 - 20 - 8
	}
	return 1500 - 40 - 8
}

// uptime is the device's clock in milliseconds since Boot, modulo 2^32 (it wraps after 49.7 days).
func (d *Device) uptime(ms int64) uint32 { return uint32(ms - d.Boot) }

// refresh reports whether templates and options are due at now, and notes that they are sent.
func (d *Device) refresh(now int64) bool {
	if d.announced && now < d.due {
		return false
	}
	d.announced, d.due = true, now+max(1, d.Refresh)
	return true
}

func put16(b []byte, v uint16) []byte { return binary.BigEndian.AppendUint16(b, v) }
func put32(b []byte, v uint32) []byte { return binary.BigEndian.AppendUint32(b, v) }
func put64(b []byte, v uint64) []byte { return binary.BigEndian.AppendUint64(b, v) }

// putUint writes v in n octets, the most significant first.
func putUint(b []byte, v uint64, n uint16) []byte {
	for i := int(n) - 1; i >= 0; i-- {
		b = append(b, byte(v>>(8*i)))
	}
	return b
}

// putAddr writes the four octets of an IPv4 address or the sixteen of an IPv6 address.
func putAddr(b []byte, a flow.Addr) []byte {
	if a.Is4() {
		return put32(b, uint32(a.Lo))
	}
	return put64(put64(b, a.Hi), a.Lo)
}

// Stated is the rate that a collector can know of the record; 0 where the device tells none.
func (d *Device) Stated(r *Record) uint32 {
	switch {
	case d.Protocol == NetFlow5 || d.Protocol == SFlow:
		return d.rate(0)
	case d.Announce == AnnounceNone:
		return 0
	}
	return d.rate(r.Sampler)
}

// asWritten makes of a record what a reader of the export can know of it.
func (d *Device) asWritten(r *Record) {
	r.Start += d.Skew
	r.End += d.Skew
	if d.Protocol == IPFIX && d.Times == TimesDuration {
		r.End = r.Start + int64(uint32(r.End-r.Start)) // a negative duration comes out as one of weeks
	}
	if d.Protocol == NetFlow5 {
		r.SrcAS, r.DstAS = uint32(d.as16(r.SrcAS)), uint32(d.as16(r.DstAS))
	}
	if d.NoAS {
		r.SrcAS, r.DstAS = 0, 0
	}
	if !d.Metering {
		r.Metering = flow.MeteringUnstated
	}
	if !d.Biflow {
		r.ReverseOctets, r.ReversePackets = 0, 0
	}
}
