package simulate

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"tributary/internal/flow"
)

// The databases' description, which says what they are to whoever looks into them.
const description = "Simulated by tributary: invented addresses, no real ones"

// WriteGeo writes an MMDB database of where the simulated remote addresses are, in the layout of
// GeoLite2-City: country.iso_code, subdivisions[0].iso_code, city.names.en.
func WriteGeo(w io.Writer) error {
	return writeDatabase(w, "GeoLite2-City", func(insert insertFunc) error {
		return eachSite(func(network, region, at int, sites [2]*net.IPNet) error {
			p := placeOf(network, region, at)
			record := mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String(p.Country)}}
			if p.Subdivision != "" {
				record["subdivisions"] = mmdbtype.Slice{mmdbtype.Map{"iso_code": mmdbtype.String(p.Subdivision)}}
			}
			if p.City != "" {
				record["city"] = mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String(p.City)}}
			}
			return insert(sites[:], record)
		})
	})
}

// WriteAS writes an MMDB database of the AS numbers of the simulated remote addresses, in the layout
// of GeoLite2-ASN. NetFlow v5 has no room for AS numbers above 65,535 and some sFlow agents send
// none: those flows are told apart by it.
func WriteAS(w io.Writer) error {
	return writeDatabase(w, "GeoLite2-ASN", func(insert insertFunc) error {
		return eachSite(func(network, _, _ int, sites [2]*net.IPNet) error {
			return insert(sites[:], mmdbtype.Map{"autonomous_system_number": mmdbtype.Uint32(networks[network].as)})
		})
	})
}

type insertFunc func(sites []*net.IPNet, record mmdbtype.Map) error

func writeDatabase(w io.Writer, kind string, fill func(insertFunc) error) error {
	tree, err := mmdbwriter.New(mmdbwriter.Options{
		DatabaseType:            kind,
		Description:             map[string]string{"en": description},
		BuildEpoch:              First.Start() / 1000, // the same bytes every time
		RecordSize:              28,
		IncludeReservedNetworks: true, // the simulated space is one
	})
	if err != nil {
		return fmt.Errorf("cannot begin the simulated %s database: %w", kind, err)
	}
	err = fill(func(sites []*net.IPNet, record mmdbtype.Map) error {
		for _, site := range sites {
			if err := tree.Insert(site, record); err != nil {
				return fmt.Errorf("cannot put %v into the simulated %s database: %w", site, kind, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := tree.WriteTo(w); err != nil {
		return fmt.Errorf("cannot write the simulated %s database: %w", kind, err)
	}
	return nil
}

// eachSite calls f for every network, region it is met in and place it has there, with the site's
// IPv4 and IPv6 prefix.
func eachSite(f func(network, region, at int, sites [2]*net.IPNet) error) error {
	for n := range networks {
		for region := range numRegions {
			if !networks[n].in(region) {
				continue
			}
			for at := range numSites {
				a4 := remoteAddr(n, region, at, 0, 4).As16()
				a6 := remoteAddr(n, region, at, 0, 6).As16()
				m4, m6 := net.CIDRMask(16, 32), net.CIDRMask(36, 128)
				sites := [2]*net.IPNet{
					{IP: net.IP(a4[12:]).Mask(m4), Mask: m4},
					{IP: net.IP(a6[:]).Mask(m6), Mask: m6},
				}
				if err := f(n, region, at, sites); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// in reports whether the network is met in the region.
func (n *network) in(region int) bool {
	return strings.IndexByte(n.regions, regionLetters[region]) >= 0
}

// at reports whether the network is met in the month.
func (n *network) at(month string) bool {
	return n.from <= month && (n.to == "" || month <= n.to)
}

// placeOf is where a network's addresses at one of its sites in a region are. The sites of a type's
// networks, of one country where they have but one, are dealt out over the places by weight: multiples
// of the golden ratio are so even that a network's four seldom meet.
func placeOf(number, region, at int) flow.Place {
	w := &networks[number]
	sum, turns := 0.0, 0
	list := homesOf[w.typ][region]
	for _, h := range list {
		if w.home == "" || w.home == h.country {
			sum += h.weight
		}
	}
	for n := range networks[:number] {
		if o := &networks[n]; o.typ == w.typ && o.home == w.home && o.in(region) {
			turns++
		}
	}
	left := sum * turn(int64(turns*numSites+at), 0.5)
	for _, h := range list {
		if w.home != "" && w.home != h.country {
			continue
		}
		if left -= h.weight; left < 0 {
			return flow.Place{Country: h.country, Subdivision: h.subdivision, City: h.city}
		}
	}
	panic(fmt.Sprintf("BUG: AS %d has no place in %s", w.as, regionNames[region]))
}

// Places are all places of the simulated database, sorted; for tests and for who wants to know.
func Places() []flow.Place {
	seen := map[flow.Place]bool{}
	var places []flow.Place
	for n := range networks {
		for region := range numRegions {
			for at := range numSites {
				if p := placeOf(n, region, at); networks[n].in(region) && !seen[p] {
					seen[p] = true
					places = append(places, p)
				}
			}
		}
	}
	slices.SortFunc(places, func(a, b flow.Place) int {
		return strings.Compare(a.Country+a.Subdivision+a.City, b.Country+b.Subdivision+b.City)
	})
	return places
}
