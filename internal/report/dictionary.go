package report

// Entry is a column of the dataset with what it says.
type Entry struct {
	Name    string
	Unit    string
	Meaning string
	Caveat  string // what a reader may take it for and it is not; or empty
}

// dictionary is the data dictionary, in the order of the columns. docs/reference/dataset.md says the same at
// more length: a test holds every sentence of this one against it.
var dictionary = []Entry{
	{"month", "YYYY-MM", "The UTC month, 2025-10.", "Traffic belongs to the month in which it flowed, not that in which it was exported: a flow over midnight of the last day is split."},
	{"region", "text", "Where the exporting router stands, by configuration; all for all regions together.", ""},
	{"network_type", "text", "What kind of network the remote party is in: cdn, hosting, hyperscaler, isp-regional, isp-tier1, neocloud, migration, other; all for all.", "It is resolved when the dataset is made: a network that is classed anew is classed so in all months, unless its catalogue entry says from when to when."},
	{"direction", "text", "ingress (remote to own), egress (own to remote), both.", "Traffic between own addresses and traffic between two remote ones is in no row."},
	{"ip_version", "text", "4, 6 or all: of the remote address.", ""},
	{"bits", "bits", "Bits of IP packets, whole number: 8 × Σ octets × sampling rate over the flows' parts in the month.", "A flow whose sampling rate is unknown counts once, which makes bits too low: bits_error is empty then."},
	{"bits_error", "fraction", "Relative half-width of the 95 % interval that packet sampling leaves: 1.96 · √V / B with B = Σ rate · octets and V = Σ rate · (rate − 1) · q, q bounding each flow's sum of squared packet sizes from above.", "It is the error of sampling alone: lost datagrams are not in it (see coverage), and it leans to the large side, since q is a bound."},
	{"bps_avg", "bits per second", "Bits per second: bits / seconds of the month, as far as the store has come.", ""},
	{"bps_p95", "bits per second", "Bits per second: the 95th percentile of the rates of all five-minute slots of the month, empty ones included, by nearest rank: sort descending, leave out the ⌊n/20⌋ largest, take the next.", "Sampling noise biases it upwards, more so in small cells; exporters whose active timeout is above five minutes flatten it, since a flow is spread evenly over its duration. It has no interval."},
	{"bps_max", "bits per second", "Bits per second of the largest slot.", "The biases of bps_p95 apply more strongly."},
	{"unique_ips", "addresses", "Distinct remote addresses seen in the month (direction both: in either direction).", "The count of two months, or of two rows, is not the sum of theirs. What is counted is observed addresses: sampled export misses light talkers, scans and spoofed sources inflate ingress (egress stands beside it), temporary addresses inflate IPv6 where they are counted whole (ipv6_prefix says what counts as one)."},
	{"unique_ips_low", "addresses", "Lower bound of the estimate: two standard deviations below it, about 95 % of cases; equal to unique_ips up to 4,096, some 3.1 % below it far beyond.", "The bound is of counting what was observed, not of what sampling has missed."},
	{"unique_ips_high", "addresses", "Upper bound, as the lower.", ""},
	{"unique_ips_day_avg", "addresses a day", "Mean of the distinct addresses of the UTC days of the month; days without traffic count 0.", "In a month that is not over, the last day is as long as the store has come."},
	{"unique_ips_day_p95", "addresses a day", "95th percentile of the same daily numbers by nearest rank, as bps_p95: of 28 to 31 days the second largest, of fewer than 20 the largest.", ""},
	{"unique_ips_day_max", "addresses a day", "The largest of the same daily numbers.", ""},
	{"magnitude", "bits per address", "Bits per distinct address: bits / unique_ips of the same row.", "Not the mean of smaller rows' magnitudes. Its errors are those of both; where sampling misses light talkers, magnitude is too high."},
	{"magnitude_day_avg", "bits per address and day", "Mean of the daily magnitudes (a day's bits / the day's distinct addresses) over the UTC days that have addresses.", "It is lower than magnitude where the same addresses come on many days."},
	{"magnitude_day_p95", "bits per address and day", "95th percentile of the same daily magnitudes by nearest rank over the days that have addresses.", ""},
	{"magnitude_day_max", "bits per address and day", "The largest of the same daily magnitudes.", ""},
	{"share", "fraction", "Between 0 and 1: the row's bits / the bits of all network types in the same month, region, direction and IP version.", "Traffic among own addresses and transit are in neither. Empty too where the total is suppressed."},
	{"networks", "networks", "Distinct networks that have octets in the cell.", "Addresses of no known AS are one network, unknown, that is not counted."},
	{"flows", "flows", "Flows counted, each once, in the slot of its end.", "Flow records are what exporters make of traffic: timeouts and sampling decide on their number, so compare it with itself only."},
	{"coverage", "fraction", "Between 0 and 1: the share of the month's slots in which every exporter of the region that was heard in the month at all was heard.", "What silent exporters would have reported is missing from every column of the row."},
	{"suppressed", "true or false", "true where publication hides the row.", ""},
}
