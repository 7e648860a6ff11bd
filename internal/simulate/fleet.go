package simulate

import (
	"fmt"
	"strings"

	"tributary/internal/flow"
)

// router is an exporter of the fleet, as it is set and as the configuration has it.
type router struct {
	name     string
	region   int
	address  [4]byte // documentation addresses (RFC 5737)
	override uint32  // sampling rate in the configuration; 0 = none
	device   Device
}

// Routers, by number.
const (
	sjcEdge1 = iota
	sjcEdge2
	sjcOnboard
	iadEdge1
	iadEdge2
	yyzEdge1
	yyzEdge2
	yyzExchange
	yyzSpine
	amsEdge1
	fraEdge1
)

const refreshEvery = 30 * 60 * 1000 // ms between templates: half the hour that routers allow at most

// routers is the fleet: every protocol, and every way of making a sampling rate known.
var routers = []router{
	sjcEdge1: {"sjc-edge-1", usWest, [4]byte{192, 0, 2, 1}, 0, Device{
		Protocol: NetFlow9, Announce: AnnounceSampler, Samplers: []Sampler{{1, 1000}}, Metering: true}},
	sjcEdge2: {"sjc-edge-2", usWest, [4]byte{192, 0, 2, 2}, 0, Device{
		Protocol: IPFIX, Announce: AnnounceSampler, Samplers: []Sampler{{1, 2048}, {2, 512}}, Metering: true}},
	sjcOnboard: {"sjc-onboard-1", usWest, [4]byte{192, 0, 2, 16}, 0, Device{
		Protocol: NetFlow9, Announce: AnnounceDomain, Samplers: []Sampler{{1, 100}}}},
	iadEdge1: {"iad-edge-1", usEast, [4]byte{198, 51, 100, 7}, 0, Device{
		Protocol: IPFIX, Announce: AnnounceDomain, Samplers: []Sampler{{1, 4096}}}},
	iadEdge2: {"iad-edge-2", usEast, [4]byte{198, 51, 100, 8}, 2000, Device{
		Protocol: NetFlow9, Samplers: []Sampler{{1, 2000}}}}, // samples 1:2000 and does not say so
	yyzEdge1: {"yyz-edge-1", caEast, [4]byte{198, 51, 100, 65}, 0, Device{
		Protocol: NetFlow5, Samplers: []Sampler{{1, 4000}}}},
	yyzEdge2: {"yyz-edge-2", caEast, [4]byte{198, 51, 100, 66}, 0, Device{
		Protocol: IPFIX, Announce: AnnounceRecord, Samplers: []Sampler{{1, 1024}}, Times: TimesSeconds}},
	yyzExchange: {"yyz-exchange-1", caEast, [4]byte{198, 51, 100, 67}, 0, Device{
		Protocol: SFlow, Samplers: []Sampler{{1, 1 << 18}}, NoAS: true}},
	yyzSpine: {"yyz-spine-1", caEast, [4]byte{198, 51, 100, 68}, 0, Device{
		Protocol: NetFlow9}}, // its rate is unknown; it sees internal traffic only
	amsEdge1: {"ams-edge-1", euCentral, [4]byte{198, 51, 100, 129}, 0, Device{
		Protocol: IPFIX, Announce: AnnounceDomain, Samplers: []Sampler{{1, 2048}}, Times: TimesMicroseconds}},
	fraEdge1: {"fra-edge-1", euCentral, [4]byte{198, 51, 100, 130}, 0, Device{
		Protocol: NetFlow9, Announce: AnnounceSampler, Samplers: []Sampler{{3, 1500}}}},
}

// address is the router's: its own, or one of 127.0.1.0/24 where it sends on the loopback.
func (r *router) addressOn(loopback bool, number int) flow.Addr {
	if loopback {
		return flow.AddrFrom4([]byte{127, 0, 1, byte(1 + number)})
	}
	return flow.AddrFrom4(r.address[:])
}

// link is an external interface of a router, or several that make one link.
type link struct {
	name       string // "" = not in the configuration
	router     int
	interfaces []uint32
	kind       flow.LinkKind
	provider   string
	sampler    uint32 // the router's sampler on it
}

// Links, by number.
const (
	sjcTransit = iota
	sjcIX
	sjcUnlisted
	sjcPNIContent
	sjcPNICloud
	sjcOnboarding
	iadTransit
	iadIX
	iadOnboarding
	iadPNICloud
	iadPNINeocloud
	yyzTransit
	yyzIX
	yyzPNI
	yyzIX2
	yyzFabric
	amsIX
	amsTransit
	amsOnboarding
	fraTransit
	fraPNI
)

// insideInterface is the interface to the own network on every router.
const insideInterface = 1

var links = []link{
	sjcTransit:     {"sjc-transit", sjcEdge1, []uint32{501}, flow.LinkTransit, "Transit One", 1},
	sjcIX:          {"sjc-ix", sjcEdge1, []uint32{510, 511}, flow.LinkIX, "Bay Exchange", 1},
	sjcUnlisted:    {"", sjcEdge1, []uint32{590}, flow.LinkUnknown, "", 1},
	sjcPNIContent:  {"sjc-pni-content", sjcEdge2, []uint32{601, 602}, flow.LinkPNI, "", 1},
	sjcPNICloud:    {"sjc-pni-cloud", sjcEdge2, []uint32{611}, flow.LinkPNI, "", 2},
	sjcOnboarding:  {"sjc-onboarding", sjcOnboard, []uint32{12, 13}, flow.LinkMigration, "Onboarding", 1},
	iadTransit:     {"iad-transit", iadEdge1, []uint32{501}, flow.LinkTransit, "Transit Two", 1},
	iadIX:          {"iad-ix", iadEdge1, []uint32{510}, flow.LinkIX, "Potomac Exchange", 1},
	iadOnboarding:  {"iad-onboarding", iadEdge1, []uint32{12}, flow.LinkMigration, "Onboarding", 1},
	iadPNICloud:    {"iad-pni-cloud", iadEdge2, []uint32{611}, flow.LinkPNI, "", 1},
	iadPNINeocloud: {"iad-pni-neocloud", iadEdge2, []uint32{621, 622}, flow.LinkPNI, "", 1},
	yyzTransit:     {"yyz-transit", yyzEdge1, []uint32{501}, flow.LinkTransit, "Transit One", 1},
	yyzIX:          {"yyz-ix", yyzEdge2, []uint32{510}, flow.LinkIX, "Ontario Exchange", 1},
	yyzPNI:         {"yyz-pni", yyzEdge2, []uint32{601}, flow.LinkPNI, "", 1},
	yyzIX2:         {"yyz-exchange", yyzExchange, []uint32{7}, flow.LinkIX, "Ontario Exchange", 1},
	yyzFabric:      {"yyz-fabric", yyzSpine, []uint32{900}, flow.LinkInternal, "", 0},
	amsIX:          {"ams-ix", amsEdge1, []uint32{510}, flow.LinkIX, "Canal Exchange", 1},
	amsTransit:     {"ams-transit", amsEdge1, []uint32{501}, flow.LinkTransit, "Transit Two", 1},
	amsOnboarding:  {"ams-onboarding", amsEdge1, []uint32{12}, flow.LinkMigration, "Onboarding", 1},
	fraTransit:     {"fra-transit", fraEdge1, []uint32{501}, flow.LinkTransit, "Transit Three", 3},
	fraPNI:         {"fra-pni", fraEdge1, []uint32{601}, flow.LinkPNI, "", 3},
}

// linksOf says over which links a region meets a type; the type's networks take them in turn.
// Migration's links are nobody else's.
var linksOf = [numRegions][flow.NumNetworkTypes][]int{
	usWest: {
		flow.CDN: {sjcPNIContent, sjcPNIContent, sjcIX}, flow.Hosting: {sjcIX, sjcTransit},
		flow.Hyperscaler: {sjcPNICloud, sjcPNICloud, sjcTransit}, flow.ISPRegional: {sjcIX, sjcTransit},
		flow.ISPTier1: {sjcTransit}, flow.Migration: {sjcOnboarding},
		flow.Neocloud: {sjcPNICloud, sjcIX, sjcTransit}, flow.Other: {sjcUnlisted, sjcTransit},
	},
	usEast: {
		flow.CDN: {iadPNICloud, iadIX}, flow.Hosting: {iadIX, iadTransit},
		flow.Hyperscaler: {iadPNICloud, iadPNICloud, iadTransit}, flow.ISPRegional: {iadIX, iadTransit},
		flow.ISPTier1: {iadTransit}, flow.Migration: {iadOnboarding},
		flow.Neocloud: {iadPNINeocloud, iadIX, iadTransit}, flow.Other: {iadTransit},
	},
	caEast: {
		flow.CDN: {yyzPNI, yyzIX}, flow.Hosting: {yyzTransit, yyzIX},
		flow.Hyperscaler: {yyzPNI, yyzTransit}, flow.ISPRegional: {yyzIX, yyzTransit},
		flow.ISPTier1: {yyzTransit}, flow.Migration: nil,
		flow.Neocloud: {yyzPNI, yyzTransit}, flow.Other: {yyzIX2},
	},
	euCentral: {
		flow.CDN: {fraPNI, amsIX}, flow.Hosting: {amsIX, fraTransit},
		flow.Hyperscaler: {fraPNI, fraPNI, amsTransit}, flow.ISPRegional: {amsIX, fraTransit},
		flow.ISPTier1: {amsTransit, fraTransit}, flow.Migration: {amsOnboarding},
		flow.Neocloud: {fraPNI, amsIX, fraTransit}, flow.Other: {fraTransit},
	},
}

// linksFor is the link of the n-th network of a type in a region, for IPv4 and IPv6. NetFlow v5 has
// no IPv6: its links' IPv6 goes over the region's exchange.
func linksFor(region int, typ flow.NetworkType, n int) [2]int {
	of := linksOf[region][typ]
	l := of[n%len(of)]
	if routers[links[l].router].device.Protocol == NetFlow5 {
		return [2]int{l, yyzIX}
	}
	return [2]int{l, l}
}

// ownAS is the operator's AS number, of those for documentation (RFC 5398).
const ownAS = 64496

// The own prefixes: benchmarking (RFC 2544) and documentation (RFC 3849).
const (
	ownPrefix4 = "198.18.0.0/15"
	ownPrefix6 = "2001:db8::/32"
)

// ConfigYAML is the configuration of a collector that the fleet exports to: regions, exporters and
// links. What else a configuration has, the caller adds. With loopback the exporters are those
// of a fleet that sends from 127.0.1.0/24.
func ConfigYAML(loopback bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "own: [%s, %q]\nown_as: [%d]\nregions:\n", ownPrefix4, ownPrefix6, ownAS)
	for r, name := range regionNames {
		var addresses []string
		for i := range routers {
			if routers[i].region == r {
				addresses = append(addresses, routers[i].addressOn(loopback, i).String())
			}
		}
		fmt.Fprintf(&b, "  - {name: %s, exporters: [%s]}\n", name, strings.Join(addresses, ", "))
	}
	b.WriteString("exporters:\n")
	for i := range routers {
		r := &routers[i]
		fmt.Fprintf(&b, "  - {address: %v, name: %s", r.addressOn(loopback, i), r.name)
		if r.override != 0 {
			fmt.Fprintf(&b, ", sampling: %d", r.override)
		}
		b.WriteString("}\n")
	}
	b.WriteString("links:\n")
	for _, l := range links {
		if l.name == "" {
			continue
		}
		interfaces := strings.Trim(strings.ReplaceAll(fmt.Sprint(l.interfaces), " ", ", "), "[]")
		fmt.Fprintf(&b, "  - {name: %s, exporter: %v, interfaces: [%s], kind: %v", l.name, routers[l.router].addressOn(loopback, l.router), interfaces, l.kind)
		if l.provider != "" {
			fmt.Fprintf(&b, ", provider: %s", l.provider)
		}
		b.WriteString("}\n")
	}
	return b.String()
}
