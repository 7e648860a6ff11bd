package report

// Term is a word that the report uses, with what it means.
type Term struct{ Name, Meaning string }

// terms are the definitions, for readers outside the network.
var terms = []Term{
	{"Own and remote", "Own are the addresses of the network that this report is about; remote is the other side of a flow, the party that is counted. Traffic with both sides own (internal) or neither (transit) takes no part."},
	{"Ingress and egress", "Ingress goes from remote to own, egress from own to remote."},
	{"Region", "Where the router stands that exported the flow."},
	{"Network type", "What kind of network the remote address lies in, by a catalogue of networks: CDN, hosting, hyperscaler (the large general clouds), neocloud (clouds built for AI), ISP regional (last-mile providers), ISP tier 1 (carriers), migration (links for moving large data onto the platform) and other (everything else). The type is decided when the report is made, so a network classed anew is classed so in all periods, unless its entry is dated."},
	{"Type group", "Cloud is hosting, hyperscaler and neocloud; ISP is regional and tier 1. The other types are groups by themselves."},
	{"Volume", "Bits at the IP layer, both directions unless one is named: octets × 8 × sampling rate."},
	{"Rate", "A slot is five minutes, its rate its bits divided by 300 seconds. The 95th percentile is the nearest rank over all slots of the period, empty ones included. Percentiles are never summed: that of a total is that of the summed slots."},
	{"Uniqueness", "Distinct remote addresses in the period. Exact up to 4,096, an estimate with bounds of two standard deviations above. Observed uniqueness: sampled export misses light talkers, and scans and spoofed sources inflate ingress."},
	{"Magnitude", "Volume divided by uniqueness of the same cell and period: bits per address."},
	{"Share", "A type's bits divided by all bits of the period. Changes between shares are in percentage points."},
	{"Sampling error", "Where routers export a sample of packets, a volume is an estimate; its error is half of the 95 % interval, relative to the volume."},
	{"Coverage", "The share of a region's five-minute slots in which every exporter of the region that was heard in that month was heard."},
	{"Estimated loss", "The share of the exporters' records that never arrived, by the gaps in the sequence numbers of those that did; a missing datagram counts as an average one of its exporter. No number is corrected for it."},
	{"Hidden", "A cell with few addresses or networks, or in which one network has nearly all of the bits, is not published. Neither are cells, large ones and totals among them, from which it could be computed by subtraction or to within ±20 %. What is hidden is hatched or called hidden, and is not zero."},
	{"No data", "Nothing was observed, or the number is not defined, as bits per address without addresses. It is not zero either."},
}
