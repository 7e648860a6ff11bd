package place

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"

	"tributary/internal/flow"
)

// Database is an open MMDB file of the operator's: of AS numbers or of places. It is safe for
// concurrent use. The file is mapped into memory: replace it by renaming another over it, never by
// writing into it.
type Database struct {
	path   string
	reader *maxminddb.Reader
}

// sampled is how many networks of a database are read to tell whether it holds what is wanted:
// some begin with ranges about which they say little.
const sampled = 1000

// OpenASDatabase opens an MMDB file that gives AS numbers: as autonomous_system_number (GeoLite2-ASN,
// DB-IP) or as asn, a number or text like "AS64500" (IPinfo).
func OpenASDatabase(path string) (*Database, error) {
	return open(path, "AS numbers", "GeoLite2-ASN, DB-IP ASN or IPinfo", func(record map[string]any) bool {
		_, ok := asOf(record)
		return ok
	})
}

// OpenGeoDatabase opens an MMDB file that gives places: as country.iso_code, subdivisions and city
// (GeoLite2-City, DB-IP) or as texts country, region and city (IPinfo).
func OpenGeoDatabase(path string) (*Database, error) {
	return open(path, "places", "GeoLite2-City, DB-IP City or IPinfo", func(record map[string]any) bool {
		return placeOf(record) != flow.Place{}
	})
}

func open(path, what, known string, usable func(map[string]any) bool) (*Database, error) {
	if info, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot find the database %s: put an MMDB file of %s there (%s), or remove the key", path, what, known)
	} else if err == nil && info.IsDir() {
		return nil, fmt.Errorf("cannot open the database %s: it is a folder; name the .mmdb file in it", path)
	}
	reader, err := maxminddb.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the database %s: it is no MMDB file, or damaged or cut off; fetch it again: %w", path, err)
	}
	d := &Database{path, reader}
	if err := d.sample(what, known, usable); err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	return d, nil
}

// sample reads the first networks, so that a file that holds something else is known at once.
func (d *Database) sample(what, known string, usable func(map[string]any) bool) error {
	n := 0
	for result := range d.reader.Networks() {
		var record map[string]any
		if err := result.Decode(&record); err != nil {
			return fmt.Errorf("cannot read the database %s: it is damaged, or no database of %s; fetch it again: %w", d.path, what, err)
		}
		if usable(record) {
			return nil
		}
		if n++; n == sampled {
			break
		}
	}
	return fmt.Errorf("cannot use the database %s: it is of type %q and gives no %s that Tributary can read; use %s",
		d.path, d.reader.Metadata.DatabaseType, what, known)
}

// Close unmaps the file. No Placer may use it any more.
func (d *Database) Close() error { return d.reader.Close() }

// Verify reads the whole file and reports damage; with large databases it takes seconds. The
// library's own Verify is not used: it refuses files that merely lack a description.
func (d *Database) Verify() error {
	read := map[uintptr]bool{} // many networks share a record
	for result := range d.reader.Networks() {
		err := result.Err()
		if err == nil && !read[result.Offset()] {
			read[result.Offset()] = true
			var record map[string]any
			err = result.Decode(&record)
		}
		if err != nil {
			return fmt.Errorf("cannot use the database %s: it is damaged; fetch it again: %w", d.path, err)
		}
	}
	return nil
}

// String is the file with its type and the day it was made: "asn.mmdb (GeoLite2-ASN of 2025-10-03)".
func (d *Database) String() string {
	m := &d.reader.Metadata
	return fmt.Sprintf("%s (%s of %s)", d.path, m.DatabaseType, m.BuildTime().UTC().Format(time.DateOnly))
}

// covers reports whether the file can be asked: one of IPv4 answers IPv6 with an error each time.
func (d *Database) covers(a netip.Addr) bool { return d.reader.Metadata.IPVersion == 6 || a.Is4() }

// AS is the AS number of an address; 0 where the database has none.
func (d *Database) AS(a netip.Addr) (uint32, error) {
	if !d.covers(a) {
		return 0, nil
	}
	record, err := d.record(d.reader.Lookup(a))
	as, _ := asOf(record)
	return as, err
}

// Place is the place of an address; the zero Place where the database has none.
func (d *Database) Place(a netip.Addr) (flow.Place, error) {
	if !d.covers(a) {
		return flow.Place{}, nil
	}
	record, err := d.record(d.reader.Lookup(a))
	return placeOf(record), err
}

// record decodes a whole record; nil where there is none. Placers do so once for each record of the
// file, not once for each address.
func (d *Database) record(r maxminddb.Result) (map[string]any, error) {
	var record map[string]any
	if err := r.Decode(&record); err != nil {
		return nil, fmt.Errorf("cannot read the database %s: it is damaged; fetch it again: %w", d.path, err)
	}
	return record, nil
}

// asOf reads the AS number of a record in any of the layouts of OpenASDatabase.
func asOf(record map[string]any) (uint32, bool) {
	for _, key := range [...]string{"autonomous_system_number", "asn"} {
		var as uint64
		switch v := record[key].(type) {
		case uint64:
			as = v
		case string:
			digits := strings.TrimPrefix(strings.ToUpper(v), "AS")
			as, _ = strconv.ParseUint(digits, 10, 32) // 0 where it is no number
		}
		if as > 0 && as <= 1<<32-1 {
			return uint32(as), true
		}
	}
	return 0, false
}

// placeOf reads the place of a record in any of the layouts of OpenGeoDatabase.
func placeOf(record map[string]any) flow.Place {
	var p flow.Place
	switch country := record["country"].(type) {
	case map[string]any:
		p.Country = text(country["iso_code"])
	case string:
		p.Country = country
	}
	if code := text(record["country_code"]); code != "" {
		p.Country = code // where it stands, country is the name
	}
	if list, ok := record["subdivisions"].([]any); ok && len(list) > 0 {
		if first, ok := list[0].(map[string]any); ok {
			p.Subdivision = text(first["iso_code"])
			if p.Subdivision == "" { // DB-IP gives names only
				p.Subdivision = english(first)
			}
		}
	} else if p.Subdivision = text(record["region_code"]); p.Subdivision == "" {
		p.Subdivision = text(record["region"])
	}
	switch city := record["city"].(type) {
	case map[string]any:
		p.City = english(city)
	case string:
		p.City = city
	}
	return p
}

// english is names.en of a record's part.
func english(part map[string]any) string {
	names, _ := part["names"].(map[string]any)
	return text(names["en"])
}

// maxText bounds a name out of a database, by bytes.
const maxText = 120

func text(v any) string {
	s, _ := v.(string)
	if len(s) > maxText {
		return ""
	}
	return strings.ToValidUTF8(s, "")
}
