package simulate

import "tributary/internal/flow"

// The simulated address space. Remote IPv4 addresses are of 240.0.0.0/4, which nobody has (RFC 1112
// section 4), IPv6 ones of 3fff::/20, for documentation (RFC 9637), so no simulated party can be
// taken for a real one. Network n has a /12 and a /32 of them:
//
//	1111 nnnnnnnn rrss hhhhhhhhhhhhhhhh                IPv4: n network, r region, s site, h host
//	3fff:0nnn:rs.. and a /64 and interface drawn from h    IPv6
//
// Which real prefixes the AS numbers announce plays no part.
const (
	maxNetworks  = 255 // 8 bits, and not the /12 that holds the broadcast address
	remotePrefix = 240 << 24
	remoteHi6    = 0x3fff << 48
	numSites     = 4 // that a network has in a region
)

// remoteAddr is the address of host id of a network at one of its sites in a region.
func remoteAddr(network, region, at int, host uint32, version uint8) flow.Addr {
	site := uint64(network)<<4 | uint64(region)<<2 | uint64(at)
	if version == 4 {
		h := uint64(host*40503+12345) & 0xffff // odd factor: a permutation, so hosts do not stand in a row
		return flow.Addr{Lo: 0xffff<<32 | remotePrefix | site<<16 | h}
	}
	x := mix(site<<32 | uint64(host))
	return flow.Addr{Hi: remoteHi6 | uint64(network)<<32 | site&15<<28 | x>>36&0xfffffff, Lo: mix(x)}
}

// ownAddr is one of the operator's servers: 200 a region and IP version.
func ownAddr(region int, server uint32, version uint8) flow.Addr {
	server %= 200
	if version == 4 {
		return flow.Addr{Lo: 0xffff<<32 | 198<<24 | 18<<16 | uint64(region)<<15 | uint64(server+10)}
	}
	return flow.Addr{Hi: 0x20010db8<<32 | uint64(region)<<16, Lo: uint64(server + 10)}
}

// mix is SplitMix64's finaliser: every bit of x moves every bit of the result.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// siteAt is the site that a network's traffic with a region is with in an hour, each as often as the
// others: one site an hour makes one row of places where several would make several.
func siteAt(network, region int, hour int64) int {
	return int(mix(uint64(hour)<<16|uint64(network)<<2|uint64(region)) % numSites)
}

// unit is a number from 0 to 1 that depends on x alone, and on all of it.
func unit(x uint64) float64 { return float64(mix(x+1)>>11) / (1 << 53) }

// addressesOf is how many addresses a network has at a time in a region: its type's number, give or
// take half.
func addressesOf(number, region int) uint32 {
	size := 0.5 + unit(uint64(number)<<8|uint64(region))
	return max(3, uint32(size*float64(characters[networks[number].typ].addresses)))
}

// hostAt draws a host of a network with so many addresses: some are busier than others, and a part
// of them (churn, in thirty days) is replaced every day. u is 32 random bits.
func hostAt(addresses uint32, churn float64, day int64, u uint32) uint32 {
	x := float64(u) / (1 << 32)
	rank := uint32(float64(addresses) * x * x) // the square prefers low ranks
	replaced := uint32(float64(day) * churn * float64(addresses) / 30)
	// Replaced one rank after the other: how often its turn has come is the rank's generation.
	generation := (replaced + addresses - 1 - rank) / addresses
	return rank + generation*addresses
}
