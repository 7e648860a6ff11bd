package simulate

import (
	"bytes"
	"testing"

	"github.com/oschwald/maxminddb-golang/v2"
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
			for at := range characters[networks[n].typ].places {
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
