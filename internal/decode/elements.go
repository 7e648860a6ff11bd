package decode

// Information elements that are read, by their numbers in the IANA registry "IPFIX Information
// Elements"; NetFlow v9 has the same numbers for those below 128 (RFC 3954 section 8).
const (
	ieOctetDelta           = 1
	iePacketDelta          = 2
	ieProtocol             = 4
	ieSourcePort           = 7
	ieSourceIPv4           = 8
	ieIngressInterface     = 10
	ieDestinationPort      = 11
	ieDestinationIPv4      = 12
	ieEgressInterface      = 14
	ieSourceAS             = 16
	ieDestinationAS        = 17
	ieEndUptime            = 21 // ms of the exporter's uptime
	ieStartUptime          = 22
	iePostOctetDelta       = 23 // OUT_BYTES
	iePostPacketDelta      = 24 // OUT_PKTS
	ieSourceIPv6           = 27
	ieDestinationIPv6      = 28
	ieSamplingInterval     = 34
	ieSamplerID            = 48
	ieSamplerInterval      = 50 // samplerRandomInterval
	ieFlowDirection        = 61
	ieOctetTotal           = 85
	iePacketTotal          = 86
	ieLayer2Section        = 104 // Cisco's forerunner of 315
	ieObservationPoint     = 138
	ieLineCard             = 141
	iePort                 = 142
	ieTemplateID           = 145
	ieObservationDomain    = 149
	ieStartSeconds         = 150
	ieEndSeconds           = 151
	ieStartMilliseconds    = 152
	ieEndMilliseconds      = 153
	ieStartMicroseconds    = 154 // NTP timestamp, RFC 7011 section 6.1.9
	ieEndMicroseconds      = 155
	ieStartNanoseconds     = 156
	ieEndNanoseconds       = 157
	ieStartDelta           = 158 // µs before the message's export time
	ieEndDelta             = 159
	ieSystemInit           = 160 // Unix ms at which the exporter's uptime was 0
	ieDurationMilliseconds = 161
	ieDurationMicroseconds = 162
	iePostOctetTotal       = 171
	iePostPacketTotal      = 172
	ieUDPSourcePort        = 180
	ieUDPDestinationPort   = 181
	ieTCPSourcePort        = 182
	ieTCPDestinationPort   = 183
	ieInitiatorOctets      = 231
	ieResponderOctets      = 232
	ieIngressPhysical      = 252
	ieEgressPhysical       = 253
	ieInitiatorPackets     = 298
	ieResponderPackets     = 299
	ieSelectorID           = 302
	ieSamplingPackets      = 305 // samplingPacketInterval
	ieSamplingSpace        = 306 // samplingPacketSpace
	ieSamplingSize         = 309
	ieSamplingPopulation   = 310
	ieSamplingProbability  = 311
	ieFrameSize            = 312 // dataLinkFrameSize
	ieIPHeaderSection      = 313
	ieFrameSection         = 315 // dataLinkFrameSection
)

// penReverse marks the reverse direction of a biflow: an element of this enterprise means what the
// IANA element of the same number means, the other way (RFC 5103 section 6.1).
const penReverse = 29305

// Scope field types of NetFlow v9, which are no information elements (RFC 3954 section 6.1).
const (
	scopeInterface9 = 2
	scopeLineCard9  = 3
	scopeTemplate9  = 5
)

// variable as a field's length says that each record states it (RFC 7011 section 7).
const variable = 65535
