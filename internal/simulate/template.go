package simulate

import "tributary/internal/flow"

// field is one field specifier of a template.
type field struct {
	id         uint16 // information element
	length     uint16 // octets
	enterprise uint32 // 0 = IANA's
}

// Information elements the fleet writes (IANA, IPFIX Information Elements; the first 127 are those
// of NetFlow v9).
const (
	ieOctets          = 1
	iePackets         = 2
	ieProtocol        = 4
	ieTOS             = 5
	ieTCPFlags        = 6
	ieSrcPort         = 7
	ieSrc4            = 8
	ieInIf            = 10
	ieDstPort         = 11
	ieDst4            = 12
	ieOutIf           = 14
	ieSrcAS           = 16
	ieDstAS           = 17
	ieLastSwitched    = 21
	ieFirstSwitched   = 22
	ieSrc6            = 27
	ieDst6            = 28
	ieInterval        = 34 // samplingInterval
	ieAlgorithm       = 35 // samplingAlgorithm
	ieSamplerID       = 48
	ieSamplerMode     = 49
	ieSamplerInterval = 50
	ieDirection       = 61
	ieDomain          = 149 // observationDomainId
	ieStartSeconds    = 150
	ieEndSeconds      = 151
	ieStartMilli      = 152
	ieEndMilli        = 153
	ieStartMicro      = 154
	ieEndMicro        = 155
	ieStartNano       = 156
	ieEndNano         = 157
	ieStartDelta      = 158
	ieEndDelta        = 159
	ieSystemInit      = 160
	ieDuration        = 161 // milliseconds
	ieSelectorID      = 302
	ieSelectorAlgo    = 304
	iePacketInterval  = 305 // packets metered in a row
	iePacketSpace     = 306 // packets passed over after them
)

// reversePEN marks an element as of the reverse direction (RFC 5103 section 6.1).
const reversePEN = 29305

// Template numbers, alike on every device.
const (
	template4       = 256
	template6       = 257
	templateSampler = 258 // options
)

// layout is what a device writes: its templates, made once, when it first sends.
type layout struct {
	v4, v6     []field
	size4      int // octets of a record by v4
	size6      int
	options    []field // the options template, scope first; nil = no options
	scopes     int     // how many of options are scope fields
	optionSize int
}

// templates returns the device's layout.
func (d *Device) templates() *layout {
	if d.layout != nil {
		return d.layout
	}
	l := &layout{}
	l.v4 = d.dataFields(field{ieSrc4, 4, 0}, field{ieDst4, 4, 0})
	l.v6 = d.dataFields(field{ieSrc6, 16, 0}, field{ieDst6, 16, 0})
	l.options, l.scopes = d.optionFields()
	l.size4, l.size6, l.optionSize = size(l.v4), size(l.v6), size(l.options)
	d.layout = l
	return l
}

func size(fields []field) (n int) {
	for _, f := range fields {
		n += int(f.length)
	}
	return n
}

// dataFields is the template of data records with these addresses.
func (d *Device) dataFields(src, dst field) []field {
	fs := []field{
		src, dst, {ieSrcPort, 2, 0}, {ieDstPort, 2, 0}, {ieProtocol, 1, 0}, {ieTOS, 1, 0}, {ieTCPFlags, 1, 0},
		{ieInIf, 4, 0}, {ieOutIf, 4, 0}, {ieOctets, 8, 0}, {iePackets, 8, 0},
	}
	fs = append(fs, d.timeFields()...)
	if !d.NoAS {
		fs = append(fs, field{ieSrcAS, 4, 0}, field{ieDstAS, 4, 0})
	}
	if d.Metering {
		fs = append(fs, field{ieDirection, 1, 0})
	}
	switch {
	case d.Announce == AnnounceRecord:
		fs = append(fs, field{ieInterval, 4, 0})
	case d.Announce == AnnounceSampler && d.Protocol == NetFlow9:
		fs = append(fs, field{ieSamplerID, 1, 0})
	case d.Announce == AnnounceSampler:
		fs = append(fs, field{ieSelectorID, 8, 0})
	}
	if d.Biflow && d.Protocol == IPFIX {
		fs = append(fs, field{ieOctets, 8, reversePEN}, field{iePackets, 8, reversePEN})
	}
	return fs
}

func (d *Device) timeFields() []field {
	if d.Protocol == NetFlow9 {
		return []field{{ieFirstSwitched, 4, 0}, {ieLastSwitched, 4, 0}}
	}
	switch d.Times {
	case TimesSeconds:
		return []field{{ieStartSeconds, 4, 0}, {ieEndSeconds, 4, 0}}
	case TimesMicroseconds:
		return []field{{ieStartMicro, 8, 0}, {ieEndMicro, 8, 0}}
	case TimesNanoseconds:
		return []field{{ieStartNano, 8, 0}, {ieEndNano, 8, 0}}
	case TimesUptime:
		return []field{{ieFirstSwitched, 4, 0}, {ieLastSwitched, 4, 0}, {ieSystemInit, 8, 0}}
	case TimesDelta:
		return []field{{ieStartDelta, 4, 0}, {ieEndDelta, 4, 0}}
	case TimesDuration:
		return []field{{ieStartMilli, 8, 0}, {ieDuration, 4, 0}}
	}
	return []field{{ieStartMilli, 8, 0}, {ieEndMilli, 8, 0}}
}

// optionFields is the options template by which sampling is announced, its scopes first.
func (d *Device) optionFields() (fs []field, scopes int) {
	switch {
	case d.Announce == AnnounceSampler && d.Protocol == NetFlow9:
		// Cisco's sampler table: scope System, then the sampler's number, mode and interval.
		return []field{{1, 4, 0}, {ieSamplerID, 1, 0}, {ieSamplerMode, 1, 0}, {ieSamplerInterval, 4, 0}}, 1
	case d.Announce == AnnounceSampler:
		// RFC 5477 section 6.5: the selector is the scope, then its algorithm and parameters.
		return []field{{ieSelectorID, 8, 0}, {ieSelectorAlgo, 2, 0}, {iePacketInterval, 4, 0}, {iePacketSpace, 4, 0}}, 1
	case d.Announce == AnnounceDomain && d.Protocol == NetFlow9:
		return []field{{1, 4, 0}, {ieInterval, 4, 0}, {ieAlgorithm, 1, 0}}, 1
	case d.Announce == AnnounceDomain:
		return []field{{ieDomain, 4, 0}, {ieInterval, 4, 0}, {ieAlgorithm, 1, 0}}, 1
	}
	return nil, 0
}

// appendRecord writes r by a template. export is the time in the datagram's header, milliseconds.
func (d *Device) appendRecord(b []byte, fields []field, r *Record, export int64) []byte {
	for _, f := range fields {
		b = d.appendField(b, f, r, export)
	}
	return b
}

func (d *Device) appendField(b []byte, f field, r *Record, export int64) []byte {
	if f.enterprise == reversePEN {
		if f.id == ieOctets {
			return putUint(b, r.ReverseOctets, f.length)
		}
		return putUint(b, r.ReversePackets, f.length)
	}
	switch f.id {
	case ieSrc4, ieSrc6:
		return putAddr(b, r.Src)
	case ieDst4, ieDst6:
		return putAddr(b, r.Dst)
	case ieSrcPort:
		return put16(b, r.SrcPort)
	case ieDstPort:
		return put16(b, r.DstPort)
	case ieProtocol:
		return append(b, r.Proto)
	case ieTOS:
		return append(b, r.TOS)
	case ieTCPFlags:
		return append(b, r.Flags)
	case ieInIf:
		return put32(b, r.InIf)
	case ieOutIf:
		return put32(b, r.OutIf)
	case ieOctets:
		return put64(b, r.Octets)
	case iePackets:
		return put64(b, r.Packets)
	case ieSrcAS:
		return put32(b, r.SrcAS)
	case ieDstAS:
		return put32(b, r.DstAS)
	case ieDirection:
		if r.Metering == flow.MeteredEgress {
			return append(b, 1)
		}
		return append(b, 0)
	case ieInterval:
		return put32(b, d.rate(r.Sampler))
	case ieSamplerID, ieSelectorID:
		return putUint(b, uint64(r.Sampler), f.length)
	}
	return d.appendTime(b, f.id, r, export)
}

func (d *Device) appendTime(b []byte, id uint16, r *Record, export int64) []byte {
	start, end := r.Start+d.Skew, r.End+d.Skew
	switch id {
	case ieFirstSwitched:
		return put32(b, d.uptime(start))
	case ieLastSwitched:
		return put32(b, d.uptime(end))
	case ieSystemInit:
		return put64(b, uint64(d.Boot))
	case ieStartSeconds:
		return put32(b, uint32(start/1000))
	case ieEndSeconds:
		return put32(b, uint32(end/1000))
	case ieStartMilli:
		return put64(b, uint64(start))
	case ieEndMilli:
		return put64(b, uint64(end))
	case ieStartMicro:
		return put64(b, ntp(start, 11))
	case ieEndMicro:
		return put64(b, ntp(end, 11))
	case ieStartNano:
		return put64(b, ntp(start, 0))
	case ieEndNano:
		return put64(b, ntp(end, 0))
	case ieStartDelta:
		return put32(b, uint32(max(0, export-start)*1000))
	case ieEndDelta:
		return put32(b, uint32(max(0, export-end)*1000))
	case ieDuration:
		return put32(b, uint32(end-start))
	}
	panic("BUG: the fleet has no value for an information element that it puts in a template")
}

// ntpEpoch is 1900-01-01 in seconds before 1970-01-01 (RFC 5905 section 6).
const ntpEpoch = 2_208_988_800

// ntp is a time in NTP format: 32 bits of seconds since 1900 and 32 of fraction, of which the low
// ones are zero (11 for microseconds: RFC 7011 section 6.1.9). Rounded up, so that cutting the
// fraction to milliseconds gives ms again.
func ntp(ms int64, zeros uint) uint64 {
	fraction := (uint64(ms%1000)<<32 + 999) / 1000
	unit := uint64(1) << zeros
	fraction = (fraction + unit - 1) / unit * unit
	return uint64(ms/1000+ntpEpoch)<<32 + fraction
}

// rate is the rate of the sampler with this number; of the first for a number that there is not.
func (d *Device) rate(id uint32) uint32 {
	for _, s := range d.Samplers {
		if s.ID == id {
			return s.Rate
		}
	}
	if len(d.Samplers) > 0 {
		return d.Samplers[0].Rate
	}
	return 0
}

// appendOption writes one options record: the sampler s by the options template.
func (d *Device) appendOption(b []byte, s Sampler) []byte {
	switch {
	case d.Announce == AnnounceSampler && d.Protocol == NetFlow9:
		b = put32(b, d.Domain)
		b = append(b, byte(s.ID), 2) // mode 2: random
		return put32(b, s.Rate)
	case d.Announce == AnnounceSampler:
		b = put64(b, uint64(s.ID))
		b = put16(b, 1) // systematic count-based sampling (RFC 5477 section 8.2.1)
		b = put32(b, 1)
		return put32(b, s.Rate-1)
	}
	b = put32(b, d.Domain)
	b = put32(b, s.Rate)
	return append(b, 2) // random
}

// announcedSamplers are the samplers that have an options record each.
func (d *Device) announcedSamplers() []Sampler {
	if d.Announce == AnnounceDomain && len(d.Samplers) > 1 {
		return d.Samplers[:1]
	}
	return d.Samplers
}
