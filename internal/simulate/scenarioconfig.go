package simulate

import (
	"fmt"
	"strings"

	"tributary/internal/flow"
)

// ScenarioYAML is the configuration that the scenario's exporters match: own prefixes, regions,
// exporters and links. The catalogue is to be added.
func ScenarioYAML() string {
	var b strings.Builder
	fmt.Fprintf(&b, "own: [%s, %q]\nown_as: [%d]\nregions:\n", ownPrefix4, ownPrefix6, ownAS)
	sources := scenarioSources()
	for region, name := range regionNames {
		var addresses []string
		for i := range sources {
			if sources[i].region != region {
				continue
			}
			addresses = append(addresses, sources[i].device.Address.String())
			if agent := sources[i].device.Agent; !agent.IsZero() {
				addresses = append(addresses, agent.String())
			}
		}
		fmt.Fprintf(&b, "  - {name: %s, exporters: [%s]}\n", name, strings.Join(addresses, ", "))
	}
	b.WriteString("exporters:\n")
	for i := range sources {
		if sources[i].override != 0 {
			fmt.Fprintf(&b, "  - {address: %v, sampling: %d}\n", sources[i].device.Address, sources[i].override)
		}
	}
	b.WriteString("links:\n")
	for _, l := range scenarioLinks {
		fmt.Fprintf(&b, "  - {name: %s, interfaces: [%d], kind: %v}\n", l.name, l.interfaces[0], l.kind)
	}
	return b.String()
}

// scenarioLinks are on every exporter, at the same interfaces. 77 is in no link.
var scenarioLinks = []link{
	{name: "transit", interfaces: []uint32{501}, kind: flow.LinkTransit},
	{name: "exchange", interfaces: []uint32{510}, kind: flow.LinkIX},
	{name: "private", interfaces: []uint32{601}, kind: flow.LinkPNI},
	{name: "onboarding", interfaces: []uint32{12}, kind: flow.LinkMigration},
	{name: "fabric", interfaces: []uint32{900}, kind: flow.LinkInternal},
}

// scenarioInterfaces are what flows cross, by how often.
var scenarioInterfaces = []uint32{501, 501, 501, 501, 510, 510, 510, 510, 601, 601, 12, 900, 77}

// scenarioSources are the scenario's exporters: three a region.
func scenarioSources() []scenarioSource {
	at := func(last byte) flow.Addr { return flow.AddrFrom4([]byte{198, 51, 100, last}) }
	two := []Sampler{{1, 1000}, {7, 64}}
	return []scenarioSource{
		// Meters both ways and says so; two samplers; data before the first template.
		{region: usWest, perDay: 60, crowd: true, early: true, device: Device{Address: at(1), Protocol: NetFlow9,
			Announce: AnnounceSampler, Samplers: two, Metering: true}},
		{region: usWest, perDay: 10, device: Device{Address: at(2), Protocol: NetFlow5, Samplers: []Sampler{{1, 100}}}},
		// Biflows, and no rate known.
		{region: usWest, perDay: 10, device: Device{Address: at(3), Protocol: IPFIX, Biflow: true}},

		{region: usEast, perDay: 12, early: true, device: Device{Address: at(11), Protocol: IPFIX, Domain: 5,
			Announce: AnnounceDomain, Samplers: []Sampler{{1, 512}}, Times: TimesMicroseconds}},
		{region: usEast, perDay: 12, override: 2000, device: Device{Address: at(12), Protocol: NetFlow9}},
		{region: usEast, perDay: 20, device: Device{Address: at(13), Protocol: SFlow, Samplers: []Sampler{{1, 1024}}}},

		{region: caEast, perDay: 10, device: Device{Address: at(21), Protocol: IPFIX,
			Announce: AnnounceRecord, Samplers: two, Times: TimesDuration}},
		// Three hours slow; what it announces is overridden.
		{region: caEast, perDay: 10, override: 250, device: Device{Address: at(22), Protocol: NetFlow9, Skew: -3 * 3_600_000,
			Announce: AnnounceDomain, Samplers: []Sampler{{1, 500}}}},
		// An agent behind another address, both listed; it has no AS numbers.
		{region: caEast, perDay: 15, device: Device{Address: at(23), Agent: at(24), Protocol: SFlow,
			Samplers: []Sampler{{1, 2048}}, NoAS: true}},

		{region: euCentral, perDay: 20, crowd: true, device: Device{Address: at(31), Protocol: IPFIX,
			Announce: AnnounceSampler, Samplers: two, Times: TimesSeconds}},
		// Twenty minutes fast, with absolute times.
		{region: euCentral, perDay: 8, device: Device{Address: at(32), Protocol: IPFIX, Skew: 20 * 60_000,
			Announce: AnnounceDomain, Samplers: []Sampler{{1, 300}}}},
		// Not sampled.
		{region: euCentral, perDay: 10, device: Device{Address: at(33), Protocol: NetFlow9,
			Announce: AnnounceDomain, Samplers: []Sampler{{1, 1}}}},
	}
}

// scenarioParty is a remote network of the scenario.
type scenarioParty struct {
	as    uint32 // as the flows say it
	name  string // in the catalogue; "" = not there
	typ   flow.NetworkType
	hosts uint32 // how many addresses it has: of each IP version, at number's place
	block int    // its place in the simulated address space
}

// scenarioCrowd is how many of the first parties have many addresses at exporters of a crowd.
const scenarioCrowd = 3

// scenarioParties are all of the scenario's: every type, most of them with enough networks to be
// published and neocloud with too few, two AS numbers of one name, numbers that are none (0, AS_TRANS,
// private, own), and some that no catalogue has.
var scenarioParties = []scenarioParty{
	{65536, "Valley Broadband", flow.ISPRegional, 2000, 10},
	{65537, "Northern Cable", flow.ISPRegional, 900, 11},
	{65538, "Pacific Fibre", flow.ISPRegional, 700, 12},
	{64500, "Edge One", flow.CDN, 60, 13},
	{64501, "Edge Two", flow.CDN, 50, 14},
	{65539, "Edge Two", flow.CDN, 40, 15}, // the same network
	{64502, "Rack and Power", flow.Hosting, 200, 16},
	{64503, "Plain Servers", flow.Hosting, 150, 17},
	{64504, "Large Cloud", flow.Hyperscaler, 300, 18},
	{65540, "Other Large Cloud", flow.Hyperscaler, 200, 19},
	{65541, "Tensor Farm", flow.Neocloud, 9, 20},
	{65542, "Gradient", flow.Neocloud, 12, 21},
	{64505, "Long Lines", flow.ISPTier1, 100, 22},
	{64506, "Undersea", flow.ISPTier1, 80, 23},
	{64508, "Edge Three", flow.CDN, 70, 31},
	{65544, "Near Cache", flow.CDN, 45, 32},
	{64509, "Third Rack", flow.Hosting, 120, 33},
	{65545, "Corner Colo", flow.Hosting, 110, 34},
	{64510, "Third Cloud", flow.Hyperscaler, 180, 35},
	{65546, "Fourth Cloud", flow.Hyperscaler, 160, 36},
	{64511, "Overland", flow.ISPTier1, 90, 37},
	{65547, "Circle North", flow.ISPTier1, 60, 38},
	{65548, "", flow.Other, 50, 39},
	{65549, "", flow.Other, 30, 40},
	{64507, "", flow.Other, 40, 24},
	{65543, "", flow.Other, 3, 25},
	{0, "", flow.Other, 90, 26},
	{asTrans, "", flow.Other, 30, 27},
	{64600, "", flow.Other, 30, 28},      // private (RFC 6996)
	{4200000001, "", flow.Other, 20, 29}, // private
	{ownAS, "", flow.Other, 10, 30},
}

// addr is the address of one of the party's hosts.
func (p *scenarioParty) addr(host uint32, version uint8) flow.Addr {
	return remoteAddr(p.block, int(host>>18&3), int(host>>16&3), host, version)
}

// ScenarioCatalogue is the operator's catalogue of the scenario: its parties, and two named prefixes,
// one in the other, in the space of AS 65536.
func ScenarioCatalogue() string {
	var b strings.Builder
	b.WriteString("networks:\n")
	for _, p := range scenarioParties {
		if p.name != "" {
			fmt.Fprintf(&b, "  - {as: %d, name: %s, type: %v}\n", p.as, p.name, p.typ)
		}
	}
	b.WriteString("prefixes:\n")
	for _, p := range ScenarioPrefixes {
		fmt.Fprintf(&b, "  - {prefix: %q, name: %s, type: %v}\n", p.Prefix, p.Name, p.Type)
	}
	return b.String()
}

// ScenarioNetwork is an entry of the scenario's catalogue.
type ScenarioNetwork struct {
	AS   uint32
	Name string
	Type flow.NetworkType
}

// ScenarioNetworks are the AS entries of ScenarioCatalogue.
func ScenarioNetworks() []ScenarioNetwork {
	var out []ScenarioNetwork
	for _, p := range scenarioParties {
		if p.name != "" {
			out = append(out, ScenarioNetwork{p.as, p.name, p.typ})
		}
	}
	return out
}

// ScenarioLink is a link of the scenario's configuration, on every exporter.
type ScenarioLink struct {
	Name      string
	Interface uint32
	Kind      flow.LinkKind
}

// ScenarioLinks are the links of ScenarioYAML.
func ScenarioLinks() []ScenarioLink {
	var out []ScenarioLink
	for _, l := range scenarioLinks {
		out = append(out, ScenarioLink{l.name, l.interfaces[0], l.kind})
	}
	return out
}

// ScenarioOverrides are the sampling rates that ScenarioYAML sets, by exporter.
func ScenarioOverrides() map[flow.Addr]uint32 {
	out := map[flow.Addr]uint32{}
	for _, s := range scenarioSources() {
		if s.override != 0 {
			out[s.device.Address] = s.override
		}
	}
	return out
}

// ScenarioPrefixes are the named prefixes of the scenario's catalogue.
var ScenarioPrefixes = []struct {
	Prefix, Name string
	Type         flow.NetworkType
}{
	{"240.160.0.0/17", "Valley Data Centre", flow.Hosting},
	{"240.160.32.0/20", "Valley Machine Room", flow.Neocloud},
	{"3fff:a::/36", "Valley Cache", flow.CDN},
}
