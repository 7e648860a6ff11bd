package report

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/stats"
	"tributary/internal/store"
)

// releases is a store that grows month by month, so thin that much of it is hidden, with everything that
// is published of it at each month's end.
type releases struct {
	source *stats.Source
	random *rand.Rand
	tally  *rollup.Tally
	places []uint32
	flows  []flow.Flow
}

// releaseMonths are the months in which the store grows: two whole quarters, the end of one before
// them, and a year's end.
var releaseMonths = []string{"2025-08", "2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03"}

// releaseTypes are of how many networks a type has.
var releaseTypes = []struct {
	networks int
	typ      flow.NetworkType
}{{9, flow.Hosting}, {8, flow.Neocloud}, {9, flow.CDN}, {8, flow.Hyperscaler}, {10, flow.ISPRegional}, {3, flow.Migration}}

// releasePlaces are where the networks are: cities of an area and of none, a state and a country
// without city, and nowhere.
var releasePlaces = []flow.Place{
	{Country: "US", Subdivision: "VA", City: "Ashburn"}, {Country: "US", Subdivision: "VA", City: "Sterling"},
	{Country: "US", Subdivision: "VA", City: "Roanoke"}, {Country: "US", Subdivision: "CA", City: "Santa Clara"},
	{Country: "US", Subdivision: "CA"}, {Country: "US"}, {Country: "US", Subdivision: "NY", City: "New York"},
	{Country: "US", Subdivision: "NJ", City: "Secaucus"}, {Country: "DE", Subdivision: "HE", City: "Frankfurt am Main"},
	{Country: "DE", Subdivision: "BE", City: "Berlin"}, {Country: "NL", Subdivision: "NH", City: "Amsterdam"}, {Country: "SG"}, {},
}

func newReleases(t *testing.T, seed uint64) *releases {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{Path: filepath.Join(t.TempDir(), "tributary.duckdb")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := catalogue.Load([]string{releaseCatalogue(t)})
	if err != nil {
		t.Fatal(err)
	}
	r := &releases{
		source: &stats.Source{Store: s, Catalogue: c, Links: map[string]flow.LinkKind{}, Publish: usualPolicy},
		random: rand.New(rand.NewPCG(seed, 77)), tally: rollup.New(rollup.Config{Key: s.Key(), IPv6Prefix: 128}),
	}
	for _, p := range releasePlaces {
		r.places = append(r.places, s.Names().Places.ID(p))
	}
	return r
}

// releaseCatalogue writes the networks' names and types.
func releaseCatalogue(t *testing.T) string {
	t.Helper()
	text, number := "networks:\n", 0
	for _, typ := range releaseTypes {
		for range typ.networks {
			number++
			text += fmt.Sprintf("  - {as: %d, name: Network %d, type: %s}\n", 64500+number, number, typ.typ)
		}
	}
	file := filepath.Join(t.TempDir(), "networks.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// grow adds a month of traffic: of each network some flows of its own size, in some of the regions, from
// places near each other. Networks come and go.
func (r *releases) grow(t *testing.T, month flow.Period) {
	t.Helper()
	names := r.source.Store.Names()
	var flows []flow.Flow
	number := 0
	for _, typ := range releaseTypes {
		for range typ.networks {
			number++
			if r.random.IntN(12) == 0 {
				continue
			}
			size := math.Exp(float64(number*7%11)/3 + 0.5*r.random.NormFloat64())
			for _, region := range []string{"A", "B", "C"}[:2+r.random.IntN(2)] {
				for range 8 + r.random.IntN(16) {
					slot := month.From + flow.Slot(r.random.IntN(int(month.To-month.From)))
					f := flow.Flow{
						Octets: 1 + uint64(1e6*size*r.random.Float64()), Packets: 1, Start: slot.Start(), End: slot.Start(), Rate: 1,
						Region: uint16(names.Regions.ID(region)), Direction: flow.Direction(r.random.IntN(2)), AS: uint32(64500 + number), Version: 4,
						Place:  r.places[placeIn(typ.typ, number, r.random.IntN(3))],
						Remote: flow.AddrFrom4([]byte{198, 51, byte(number), byte(r.random.IntN(40))}),
					}
					if r.random.IntN(4) == 0 {
						f.Version, f.Remote = 6, flow.Addr{Hi: 0x2001_0db8 << 32, Lo: uint64(number)<<8 | r.random.Uint64N(40)}
					}
					flows = append(flows, f)
				}
			}
		}
	}
	r.flows = append(r.flows, flows...)
	r.tally.Add(flows)
	b := r.tally.Take()
	b.Health = []flow.Health{{Slot: month.To - 1, Exporter: flow.Addr{Lo: 1}, Region: uint16(names.Regions.ID("A")), Datagrams: 1}}
	if err := r.source.Store.Commit(context.Background(), b); err != nil {
		t.Fatal(err)
	}
}

// placeIn is which of the releasePlaces traffic of a network is of. Regional ISPs are all in the United
// States but for one, whose place nobody knows: it is what the country leaves of the type.
func placeIn(typ flow.NetworkType, number, near int) int {
	switch at := (number*3 + near) % len(releasePlaces); {
	case typ != flow.ISPRegional:
		return at
	case number%10 == 0:
		return len(releasePlaces) - 1
	default:
		return at % 8
	}
}

// begins is the hour of the first flow.
func (r *releases) begins() flow.Slot {
	first := flow.SlotOf(r.flows[0].Start)
	for i := range r.flows {
		first = min(first, flow.SlotOf(r.flows[i].Start))
	}
	return first / flow.SlotsPerHour * flow.SlotsPerHour
}

// over are the periods that are over with a month: it, and with it its quarter and its year.
func over(t *testing.T, month flow.Period) []flow.Period {
	t.Helper()
	out := []flow.Period{month}
	year := month.Name[:4]
	for _, name := range map[string][]string{"03": {year + "Q1"}, "06": {year + "Q2"}, "09": {year + "Q3"}, "12": {year + "Q4", year}}[month.Name[5:]] {
		out = append(out, periodOf(t, name))
	}
	return out
}

func periodOf(t *testing.T, name string) flow.Period {
	t.Helper()
	p, err := flow.ParsePeriod(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask is everything there is of a period, hidden or not, by month.
func (r *releases) ask(t *testing.T, month flow.Period) (*stats.Sheet, *stats.Places) {
	t.Helper()
	a, err := r.source.Ask(context.Background(), stats.Question{
		Months: []flow.Period{month}, Unsuppressed: true,
		Study: &stats.StudyOf{Now: month, Before: month.Before(), Months: []flow.Period{month}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a.Months[0], a.Study.Places
}
