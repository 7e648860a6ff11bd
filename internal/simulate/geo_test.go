package simulate

import (
	"bytes"
	"strings"
	"testing"

	"github.com/oschwald/maxminddb-golang/v2"

	"tributary/internal/flow"
)

// TestDatabasesKnowEveryNetwork looks up a host of every network in every region it is met in.
func TestDatabasesKnowEveryNetwork(t *testing.T) {
	var city, as bytes.Buffer
	if err := WriteGeo(&city); err != nil {
		t.Fatal(err)
	}
	if err := WriteAS(&as); err != nil {
		t.Fatal(err)
	}
	cityDB, err := maxminddb.OpenBytes(city.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	asDB, err := maxminddb.OpenBytes(as.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for n := range networks {
		for region := range numRegions {
			if !networks[n].in(region) {
				continue
			}
			for at := range numSites {
				for _, version := range []uint8{4, 6} {
					looked++
					a := remoteAddr(n, region, at, 4711, version).Netip()
					want := placeOf(n, region, at)
					var record struct {
						Country struct {
							ISOCode string `maxminddb:"iso_code"`
						} `maxminddb:"country"`
						Subdivisions []struct {
							ISOCode string `maxminddb:"iso_code"`
						} `maxminddb:"subdivisions"`
						City struct {
							Names map[string]string `maxminddb:"names"`
						} `maxminddb:"city"`
					}
					if err := cityDB.Lookup(a).Decode(&record); err != nil {
						t.Fatal(err)
					}
					subdivision := ""
					if len(record.Subdivisions) > 0 {
						subdivision = record.Subdivisions[0].ISOCode
					}
					if record.Country.ISOCode != want.Country || subdivision != want.Subdivision || record.City.Names["en"] != want.City {
						t.Errorf("%v is at %+v, want %+v", a, record, want)
					}
					var number struct {
						AS uint32 `maxminddb:"autonomous_system_number"`
					}
					if err := asDB.Lookup(a).Decode(&number); err != nil {
						t.Fatal(err)
					}
					if number.AS != networks[n].as {
						t.Errorf("%v is of AS %d, want %d", a, number.AS, networks[n].as)
					}
				}
			}
		}
	}
	if looked < 300 {
		t.Errorf("looked up %d addresses, want hundreds", looked)
	}
}

func TestDatabasesAreReproducible(t *testing.T) {
	var a, b bytes.Buffer
	if err := WriteGeo(&a); err != nil {
		t.Fatal(err)
	}
	if err := WriteGeo(&b); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two databases of the same story differ")
	}
}

// planned are the story's volumes by type and place, and in them by network: countries, US states, and
// of neocloud and hyperscaler cities.
func planned(months ...int) map[string]map[int]float64 {
	cells := map[string]map[int]float64{}
	add := func(typ flow.NetworkType, name string, network int, part float64) {
		key := typ.String() + " " + name
		if cells[key] == nil {
			cells[key] = map[int]float64{}
		}
		cells[key][network] += part
	}
	for _, i := range months {
		for typ := range flow.NumNetworkTypes {
			for region := range numRegions {
				last := 0.0
				for _, p := range partiesOf(region, typ, i) {
					part := volumes[i].units[typ] * share(typ, region, volumes[i].month) * (p.until - last) / numSites
					last = p.until
					for at := range numSites {
						w := placeOf(p.network, region, at)
						add(typ, w.Country, p.network, part)
						if w.Country == "US" {
							add(typ, "US-"+w.Subdivision, p.network, part)
						}
						if typ == flow.Neocloud || typ == flow.Hyperscaler {
							add(typ, w.City, p.network, part)
						}
					}
				}
			}
		}
	}
	return cells
}

// TestPlacesHaveParties: in every quarter and some months a type has at least three networks at each
// country, US state and city that it is met at, none with more than 0.85 of it, so that the default
// thresholds of publication hide no place. Migration is published by the demo's own setting.
func TestPlacesHaveParties(t *testing.T) {
	for _, months := range [][]int{{0, 1}, {2, 3, 4}, {5, 6, 7}, {8, 9, 10}, {11, 12, 13}, {0}, {5}, {8}, {10}} {
		for key, networks := range planned(months...) {
			sum, largest := 0.0, 0.0
			for _, part := range networks {
				sum += part
				largest = max(largest, part)
			}
			if !strings.HasPrefix(key, "migration ") && (len(networks) < 3 || largest > 0.85*sum) {
				t.Errorf("%s: %s has %d networks, the largest with %.2f of its traffic", volumes[months[0]].month, key, len(networks), largest/sum)
			}
		}
	}
}
