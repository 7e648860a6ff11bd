package decode

// Limits bound what exporters can make a Decoder remember. The zero value of a field is its
// default. Nothing is refused for a bound but what the field says.
type Limits struct {
	// Exporters bounds the sources admitted where Config.Admit is nil; with Admit the configuration
	// bounds them. Default 65,536: an operator's fleet is thousands; more is a forged capture.
	Exporters int
	// Domains an exporter may have (observation domains, source IDs, engines, sub-agents), at least 2:
	// the one longest silent is forgotten with its templates, samplers and sequence. Default 1,024:
	// line cards are tens; some probes draw a new one at each start.
	Domains int
	// Templates a domain may have: the oldest is forgotten, and comes back with its next refresh.
	// Default 1,024: routers have tens. Rates announced for single templates are bounded alike.
	Templates int
	// TemplateOctets bounds the memory of all templates of the Decoder, compiled: the exporter that
	// has about the most loses its oldest. Default 64 MiB: about 50,000 of usual length.
	TemplateOctets int
	// Fields a template may have; a longer one is refused as "template". Default 1,024: the longest
	// seen has about 60; a 65,535-octet datagram could state 16,000.
	Fields int
	// RecordOctets that the shortest record of a template may have; a template of longer ones is
	// refused as "template". Default 9,216: a jumbo frame, the most one datagram brings unfragmented.
	RecordOctets int
	// Samplers a domain may announce, interface-scoped rates included; further ones are not learnt.
	// Default 8,192: the largest chassis have that many interfaces.
	Samplers int
	// HeldOctets an exporter may have waiting for templates: the oldest set is given up as
	// "no_template". Default 4 MiB: half a minute of a busy exporter's 1,000 datagrams a second.
	HeldOctets int
	// HeldTotal bounds all exporters' held octets together: the one that holds about the most gives
	// up its oldest. A set too long for either bound is refused as "held_limit". Default 64 MiB.
	HeldTotal int
	// Waiting flows of an exporter whose sampler is not announced yet; beyond, the oldest samplers
	// waited for are given up, an eighth of the bound at once. Default 32,768 (about 5 MB).
	Waiting int
	// WaitingTotal bounds all exporters' waiting flows together: the one with about the most gives
	// up. Default 262,144 (about 40 MB).
	WaitingTotal int
	// Interfaces an sFlow exporter may report counters of; further ones are not kept. Default 8,192.
	Interfaces int
	// Agents an sFlow source may speak for before its further agents are looked up anew each time.
	// Default 1,024: a proxy forwards hundreds; an agent address is payload and can be forged.
	Agents int
	// Unknown senders listed by address; further ones are counted together. Default 4,096.
	Unknown int
}

// heldMillis is how long sets and flows wait for their template or sampler, in stream time:
// twice the 30 minutes in which the slowest common exporters repeat them (Cisco's default).
const heldMillis = 60 * 60 * 1000

// withDefaults fills in what is zero.
func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		field *int
		value int
	}{
		{&l.Exporters, 1 << 16}, {&l.Domains, 1 << 10}, {&l.Templates, 1 << 12}, {&l.Fields, 1 << 10},
		{&l.TemplateOctets, 64 << 20}, {&l.RecordOctets, 9216},
		{&l.Samplers, 1 << 13}, {&l.HeldOctets, 4 << 20}, {&l.HeldTotal, 64 << 20},
		{&l.Waiting, 1 << 15}, {&l.WaitingTotal, 1 << 18}, {&l.Interfaces, 1 << 13}, {&l.Agents, 1 << 10},
		{&l.Unknown, 1 << 12},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	l.Domains = max(2, l.Domains) // an options record may speak of another than its own
	return l
}
