package simulate

import "tributary/internal/flow"

// This file is the story: all that the simulated fleet carries, as numbers to read and change. The
// machinery that acts it out is in plan.go (amounts), traffic.go (flows) and fleet.go (routers).
//
// The model is the public "Network Stats" series of a storage cloud. What is taken from it:
//
//	[Q3]  Q3 2025: neocloud 19.8 %, hyperscaler 3.5 %, cloud group 36.2 % of all bits
//	[Q4]  Q4 2025 (29 January 2026): neocloud 18.4 %, hyperscaler 18 %, cloud group 49.6 %; neocloud
//	      up July to November, peak October; migration up August to October; US-West × isp-regional
//	      the largest cell; neocloud concentrated in US-East (Chicago, Dallas–Houston, Denver, New
//	      York, Northern Virginia, Atlanta), with few and persistent addresses of high magnitude
//	[Q1]  Q1 2026: CDN about 20 → 32 %, isp-regional 21.5 → 27.8 %, neocloud and hyperscaler
//	      together 36.4 → 25.5 %; a quiet January, back in March, then more in EU-Central; abroad:
//	      CDN in the Netherlands and Singapore, hosting in Germany, neocloud in Finland, Brazil,
//	      France and Canada; in the US neocloud in California, hyperscaler in California and Virginia
//	[Q2]  Q2 2026: CDN +66 % in a year, a new base; hosting flat; hyperscaler low in January, then
//	      steady; neocloud low in January, up to March, high to June and then the largest type, with
//	      more networks; isp-regional led October, fell to January and came back; migration large
//	      around November 2025 and March 2026
//	[May] May 2026 in rates: CDN egress bursts near 600 Gb/s, ingress flat; isp-regional ingress
//	      peaks of 400 to 500 Gb/s daily; neocloud 200 to 350 Gb/s, hyperscaler egress 50 to
//	      150 Gb/s jagged, ingress tight; hosting ingress 75 to 125 Gb/s, egress about 25 Gb/s
//
// Not all of it can hold at once. The shares stand, so: the total rises by 15 % from Q4 2025 to Q1
// 2026, hosting falls to 10 % of that quarter and is flat but for a step up in Q4 2025, isp-regional's
// way back ends above its October, and neocloud's October is the peak of 2025 only. Networks are real
// AS numbers; addresses, amounts and who sends what are invented.

// unitOctets is what one unit of the volumes below is in octets. With it May 2026 averages about
// 1.2 Tb/s and its types come out at the rates of [May].
const unitOctets = 9e15

// volume is a month's traffic by network type, in units; a hundred units are Q4 2025.
type volume struct {
	month string
	units [flow.NumNetworkTypes]float64
}

var volumes = []volume{
	//           CDN   hosting  hyper  isp-reg tier1  migr.  neocloud other
	{"2025-05", [...]float64{7.50, 4.00, 0.93, 7.80, 0.92, 0.40, 3.60, 0.37}},
	{"2025-06", [...]float64{7.60, 3.95, 0.95, 7.90, 0.94, 0.50, 3.90, 0.40}},
	{"2025-07", [...]float64{8.20, 3.85, 0.99, 8.00, 0.93, 0.50, 4.70, 0.38}},
	{"2025-08", [...]float64{7.80, 3.86, 1.04, 8.20, 0.94, 2.30, 6.00, 0.39}},
	{"2025-09", [...]float64{7.37, 3.90, 1.12, 8.40, 0.98, 2.60, 7.12, 0.43}},
	{"2025-10", [...]float64{6.30, 4.42, 6.40, 8.70, 1.05, 2.00, 7.60, 0.42}},
	{"2025-11", [...]float64{6.50, 4.36, 6.60, 6.80, 1.01, 2.30, 6.30, 0.41}},
	{"2025-12", [...]float64{7.20, 4.42, 5.00, 6.00, 0.94, 0.40, 4.50, 0.37}},
	{"2026-01", [...]float64{11.90, 3.85, 3.40, 5.80, 0.66, 0.25, 2.60, 0.27}},
	{"2026-02", [...]float64{11.90, 3.75, 5.10, 10.90, 0.69, 0.30, 4.30, 0.29}},
	{"2026-03", [...]float64{13.00, 3.90, 5.325, 15.27, 0.75, 1.855, 8.60, 0.34}},
	{"2026-04", [...]float64{12.40, 4.00, 5.30, 13.00, 0.74, 0.40, 9.60, 0.33}},
	{"2026-05", [...]float64{12.20, 4.05, 5.20, 12.40, 0.71, 0.35, 11.20, 0.31}},
	{"2026-06", [...]float64{12.616, 4.10, 5.30, 11.90, 0.76, 0.40, 13.20, 0.35}},
}

// The regions, in the order of every table here.
const (
	usWest = iota
	usEast
	caEast
	euCentral
	numRegions
)

// regionNames and utcOffset: what the regions are called, and their hours from UTC (summer time is
// not simulated).
var (
	regionNames = [numRegions]string{"US-West", "US-East", "CA-East", "EU-Central"}
	utcOffset   = [numRegions]int{-8, -5, -5, 1}
)

// regionShare is how a type's volume is split over the regions; each row sums to 1. "Other" is
// small in CA-East because sFlow samples carry it there, one packet a record.
var regionShare = [flow.NumNetworkTypes][numRegions]float64{
	//               W     E     C     EU
	flow.CDN:         {0.45, 0.27, 0.06, 0.22},
	flow.Hosting:     {0.35, 0.25, 0.05, 0.35},
	flow.Hyperscaler: {0.42, 0.40, 0.05, 0.13},
	flow.ISPRegional: {0.62, 0.16, 0.05, 0.17},
	flow.ISPTier1:    {0.45, 0.30, 0.05, 0.20},
	flow.Migration:   {0.60, 0.35, 0.00, 0.05},
	flow.Neocloud:    {0.19, 0.64, 0.04, 0.13},
	flow.Other:       {0.450, 0.346, 0.003, 0.201},
}

// regionWobble is by how much a month's share of a region may stray from the table, before the shares
// are made to sum to 1 again.
const regionWobble = 0.12

// From spreadFrom on neocloud and CDN shift to EU-Central [Q1].
const spreadFrom = "2026-03"

var regionShareLater = map[flow.NetworkType][numRegions]float64{
	flow.CDN:      {0.41, 0.26, 0.06, 0.27},
	flow.Neocloud: {0.24, 0.47, 0.04, 0.25},
}

// character is how a type behaves. Pairs are {ingress, egress}.
type character struct {
	ingress float64    // share of ingress in the volume
	v6      [2]float64 // IPv6 share of the volume, in the first and the last month; see v6Wobble

	// Shape of a day and week: a cosine of this amplitude with its top at this local hour, and
	// Saturday's and Sunday's level.
	amplitude [2]float64
	peakHour  float64
	weekend   [2]float64

	// Unrest: the spread of the logarithm of the rate, how long it remembers (hours), and bursts:
	// how many a day, how much higher (as a factor over the rest), how long (hours).
	sigma      [2]float64
	memory     float64
	bursts     [2]float64
	burstTimes float64
	burstHours float64

	// Flows: how many slots a flow lasts (a divisor of 12), how many at once a network, for how many
	// hours a network stays before the next one's turn, octets a packet.
	flowSlots int
	records   int
	steadier  float64 // by how much its small streams flow more of the time than others', 0 = not
	turn      int
	packet    [2]int

	// Addresses: how many a network and region has at a time, on average, and the share of them
	// replaced in thirty days.
	addresses int
	churn     float64

	// By how much a network's weight may stray from month to month, as a logarithm.
	stray float64
}

// v6Wobble is by how much a month's and region's IPv6 share may stray from the straight line.
const v6Wobble = 0.10

var characters = [flow.NumNetworkTypes]character{
	flow.CDN: {
		ingress: 0.04, v6: [2]float64{0.24, 0.34},
		amplitude: [2]float64{0.05, 0.30}, peakHour: 20, weekend: [2]float64{1, 1.06},
		sigma: [2]float64{0.03, 0.22}, memory: 0.7, bursts: [2]float64{0, 2.5}, burstTimes: 1.2, burstHours: 1.2,
		flowSlots: 1, records: 1, steadier: 1.5, turn: 1, packet: [2]int{220, 1380},
		addresses: 260, churn: 0.22, stray: 0.25,
	},
	flow.Hosting: {
		ingress: 0.80, v6: [2]float64{0.08, 0.11},
		amplitude: [2]float64{0.22, 0.20}, peakHour: 3, weekend: [2]float64{0.93, 0.95},
		sigma: [2]float64{0.06, 0.08}, memory: 3, bursts: [2]float64{0, 0.1}, burstTimes: 1.4, burstHours: 1,
		flowSlots: 3, records: 1, turn: 2, packet: [2]int{1320, 700},
		addresses: 420, churn: 0.18, stray: 0.15,
	},
	flow.Hyperscaler: {
		ingress: 0.35, v6: [2]float64{0.05, 0.08},
		amplitude: [2]float64{0.08, 0.10}, peakHour: 14, weekend: [2]float64{0.95, 0.85},
		sigma: [2]float64{0.07, 0.30}, memory: 0.5, bursts: [2]float64{0.2, 3}, burstTimes: 0.7, burstHours: 0.7,
		flowSlots: 2, records: 1, turn: 1, packet: [2]int{1300, 1400},
		addresses: 240, churn: 0.35, stray: 0.35,
	},
	flow.ISPRegional: {
		ingress: 0.76, v6: [2]float64{0.38, 0.46},
		amplitude: [2]float64{0.55, 0.30}, peakHour: 20.5, weekend: [2]float64{1.08, 1.04},
		sigma: [2]float64{0.07, 0.06}, memory: 2, bursts: [2]float64{0, 0}, burstTimes: 1, burstHours: 1,
		flowSlots: 1, records: 2, turn: 1, packet: [2]int{1250, 640},
		addresses: 2400, churn: 0.60, stray: 0.12,
	},
	flow.ISPTier1: {
		ingress: 0.50, v6: [2]float64{0.12, 0.16},
		amplitude: [2]float64{0.30, 0.30}, peakHour: 19, weekend: [2]float64{1, 1},
		sigma: [2]float64{0.15, 0.15}, memory: 2, bursts: [2]float64{0.2, 0.2}, burstTimes: 1.5, burstHours: 1,
		flowSlots: 2, records: 1, turn: 1, packet: [2]int{1000, 1000},
		addresses: 900, churn: 0.40, stray: 0.25,
	},
	flow.Migration: {
		ingress: 0.97, v6: [2]float64{0, 0},
		amplitude: [2]float64{0.05, 0.05}, peakHour: 14, weekend: [2]float64{0.8, 0.8},
		sigma: [2]float64{0.5, 0.2}, memory: 36, bursts: [2]float64{0.1, 0}, burstTimes: 1.5, burstHours: 20,
		flowSlots: 4, records: 1, turn: 12, packet: [2]int{1460, 90},
		addresses: 6, churn: 0.20, stray: 0.60,
	},
	flow.Neocloud: {
		ingress: 0.45, v6: [2]float64{0.03, 0.05},
		amplitude: [2]float64{0.16, 0.18}, peakHour: 13, weekend: [2]float64{0.86, 0.84},
		sigma: [2]float64{0.16, 0.18}, memory: 4, bursts: [2]float64{0.3, 0.4}, burstTimes: 0.8, burstHours: 4,
		flowSlots: 3, records: 1, turn: 3, packet: [2]int{1440, 1450},
		addresses: 14, churn: 0.03, stray: 0.50,
	},
	flow.Other: {
		ingress: 0.55, v6: [2]float64{0.10, 0.14},
		amplitude: [2]float64{0.15, 0.15}, peakHour: 15, weekend: [2]float64{0.9, 0.9},
		sigma: [2]float64{0.2, 0.2}, memory: 1, bursts: [2]float64{0.3, 0.3}, burstTimes: 2, burstHours: 0.5,
		flowSlots: 2, records: 1, turn: 1, packet: [2]int{800, 800},
		addresses: 350, churn: 0.40, stray: 0.40,
	},
}

// home is where addresses of the simulated geo database are: ISO codes and the city's English name.
type home struct {
	country, subdivision, city string
	weight                     float64 // against the type's others in the region; of its country, for networks of one
}

// homesOf says where each region meets each type: [Q1] for countries and states, [Q4] for neocloud's
// clusters. Each network has four sites of them in a region, dealt out by weight, so that every place
// has several networks: a place that one or two make up is hidden for publication.
var homesOf = [flow.NumNetworkTypes][numRegions][]home{
	flow.CDN: {
		usWest: {
			{"US", "CA", "San Jose", 30}, {"US", "CA", "Los Angeles", 22}, {"US", "WA", "Seattle", 14}, {"SG", "", "Singapore", 22},
			{"JP", "13", "Tokyo", 12},
		},
		usEast: {
			{"US", "VA", "Ashburn", 36}, {"US", "NY", "New York", 22}, {"US", "IL", "Chicago", 16}, {"US", "GA", "Atlanta", 13},
			{"US", "TX", "Dallas", 13},
		},
		caEast:    {{"CA", "ON", "Toronto", 60}, {"CA", "QC", "Montreal", 40}},
		euCentral: {{"NL", "NH", "Amsterdam", 48}, {"DE", "HE", "Frankfurt am Main", 20}, {"GB", "ENG", "London", 18}, {"FR", "IDF", "Paris", 14}},
	},
	flow.Hosting: {
		usWest: {
			{"US", "CA", "Los Angeles", 30}, {"US", "CA", "San Jose", 16}, {"US", "OR", "Portland", 16}, {"US", "AZ", "Phoenix", 14},
			{"US", "WA", "Seattle", 12}, {"SG", "", "Singapore", 12},
		},
		usEast: {
			{"US", "NJ", "Secaucus", 26}, {"US", "TX", "Dallas", 24}, {"US", "VA", "Ashburn", 20}, {"US", "IL", "Chicago", 16},
			{"US", "GA", "Atlanta", 14},
		},
		caEast: {{"CA", "QC", "Montreal", 60}, {"CA", "ON", "Toronto", 40}},
		euCentral: {
			{"DE", "SN", "Falkenstein", 18}, {"DE", "BY", "Nuremberg", 18}, {"DE", "HE", "Frankfurt am Main", 20}, {"FR", "HDF", "Roubaix", 18},
			{"NL", "NH", "Amsterdam", 14}, {"GB", "ENG", "London", 12},
		},
	},
	flow.Hyperscaler: {
		usWest:    {{"US", "CA", "San Jose", 46}, {"US", "CA", "Los Angeles", 20}, {"US", "OR", "Portland", 20}, {"JP", "13", "Tokyo", 14}},
		usEast:    {{"US", "VA", "Ashburn", 50}, {"US", "VA", "Reston", 14}, {"US", "OH", "Columbus", 20}, {"US", "IL", "Chicago", 16}},
		caEast:    {{"CA", "QC", "Montreal", 55}, {"CA", "ON", "Toronto", 45}},
		euCentral: {{"DE", "HE", "Frankfurt am Main", 42}, {"IE", "L", "Dublin", 32}, {"NL", "NH", "Amsterdam", 26}},
	},
	flow.ISPRegional: {
		usWest: {
			{"US", "CA", "Los Angeles", 24}, {"US", "CA", "San Francisco", 16}, {"US", "CA", "San Diego", 10}, {"US", "WA", "Seattle", 12},
			{"US", "AZ", "Phoenix", 12}, {"US", "CO", "Denver", 10}, {"US", "OR", "Portland", 8}, {"US", "NV", "Las Vegas", 8},
			{"MX", "CMX", "Mexico City", 50}, {"MX", "JAL", "Guadalajara", 25}, {"MX", "NLE", "Monterrey", 25}, {"AU", "NSW", "Sydney", 60},
			{"AU", "VIC", "Melbourne", 40}, {"JP", "13", "Tokyo", 65}, {"JP", "27", "Osaka", 35},
		},
		usEast: {
			{"US", "NY", "New York", 25}, {"US", "FL", "Miami", 14}, {"US", "TX", "Houston", 13}, {"US", "PA", "Philadelphia", 13},
			{"US", "MA", "Boston", 12}, {"US", "IL", "Chicago", 12}, {"US", "GA", "Atlanta", 11}, {"BR", "SP", "São Paulo", 60},
			{"BR", "RJ", "Rio de Janeiro", 40},
		},
		caEast: {{"CA", "ON", "Toronto", 42}, {"CA", "QC", "Montreal", 30}, {"CA", "BC", "Vancouver", 16}, {"CA", "AB", "Calgary", 12}},
		euCentral: {
			{"DE", "BE", "Berlin", 35}, {"DE", "NW", "Cologne", 35}, {"DE", "BY", "Munich", 30}, {"NL", "NH", "Amsterdam", 60},
			{"NL", "ZH", "Rotterdam", 40}, {"FR", "IDF", "Paris", 65}, {"FR", "ARA", "Lyon", 35}, {"GB", "ENG", "London", 60},
			{"GB", "ENG", "Manchester", 40}, {"ES", "MD", "Madrid", 60}, {"ES", "CT", "Barcelona", 40}, {"IT", "25", "Milan", 55},
			{"IT", "62", "Rome", 45}, {"PL", "14", "Warsaw", 65}, {"PL", "12", "Krakow", 35}, {"SE", "AB", "Stockholm", 65},
			{"SE", "O", "Gothenburg", 35},
		},
	},
	flow.ISPTier1: {
		usWest:    {{"US", "CA", "Los Angeles", 34}, {"US", "CA", "San Jose", 28}, {"US", "WA", "Seattle", 20}, {"JP", "13", "Tokyo", 18}},
		usEast:    {{"US", "NY", "New York", 34}, {"US", "VA", "Ashburn", 22}, {"US", "FL", "Miami", 22}, {"US", "IL", "Chicago", 22}},
		caEast:    {{"CA", "ON", "Toronto", 60}, {"CA", "QC", "Montreal", 40}},
		euCentral: {{"DE", "HE", "Frankfurt am Main", 42}, {"NL", "NH", "Amsterdam", 22}, {"GB", "ENG", "London", 20}, {"FR", "IDF", "Paris", 16}},
	},
	flow.Migration: {
		usWest:    {{"US", "CA", "Los Angeles", 55}, {"US", "AZ", "Phoenix", 45}},
		usEast:    {{"US", "VA", "Ashburn", 55}, {"US", "NY", "New York", 45}},
		euCentral: {{"DE", "HE", "Frankfurt am Main", 60}, {"NL", "NH", "Amsterdam", 40}},
	},
	flow.Neocloud: {
		usWest: {{"US", "CA", "Santa Clara", 50}, {"US", "CA", "Los Angeles", 20}, {"US", "CO", "Denver", 15}, {"US", "WA", "Seattle", 15}},
		usEast: {
			{"US", "VA", "Ashburn", 13}, {"US", "VA", "Reston", 8}, {"US", "IL", "Chicago", 13}, {"US", "NY", "New York", 15},
			{"US", "GA", "Atlanta", 12}, {"US", "TX", "Dallas", 10}, {"US", "TX", "Houston", 10}, {"US", "CO", "Denver", 9},
			{"BR", "SP", "São Paulo", 10},
		},
		caEast: {{"CA", "QC", "Montreal", 60}, {"CA", "ON", "Toronto", 40}},
		euCentral: {
			{"FI", "18", "Helsinki", 38}, {"FR", "IDF", "Paris", 24}, {"NO", "03", "Oslo", 13}, {"DE", "HE", "Frankfurt am Main", 13},
			{"GB", "ENG", "London", 12},
		},
	},
	flow.Other: {
		usWest:    {{"US", "CA", "Los Angeles", 46}, {"US", "WA", "Seattle", 27}, {"US", "AZ", "Phoenix", 27}},
		usEast:    {{"US", "NY", "New York", 40}, {"US", "FL", "Miami", 30}, {"US", "TX", "Houston", 30}},
		caEast:    {{"CA", "ON", "Toronto", 60}, {"CA", "QC", "Montreal", 40}},
		euCentral: {{"DE", "BE", "Berlin", 40}, {"NL", "NH", "Amsterdam", 30}, {"GB", "ENG", "London", 30}},
	},
}

// How finely the fleet is drawn. A stream is a region, type and direction. One with at least
// steadyShare of the month's traffic flows in every slot, a smaller one now and then, the smallest in
// a sparsest part of the time. One whose IPv6 has at least splitShare has both IP versions at the
// same time, others by turns; one whose IPv4 has at least severalShare has two networks at the same
// time. So the fleet makes about 58 traffic rows a slot: a store takes 1.3 µs of CPU to append a row,
// and the demo shall fill fourteen months in a minute.
const (
	steadyShare  = 0.0045
	sparsest     = 0.3
	splitShare   = 0.016
	severalShare = 0.06
)
