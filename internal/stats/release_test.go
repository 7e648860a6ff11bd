package stats

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// releases is a store that grows month by month, thin enough that much of it is hidden, and what is
// published of it at each month's end.
type releases struct {
	store     *store.Store
	source    *Source
	random    *rand.Rand
	places    []uint32
	tally     *rollup.Tally
	catalogue *catalogue.Catalogue
	flows     []flow.Flow
}

// releaseMonths are the months in which the store grows: two quarters, what there is of another, and
// a year's end.
const releaseMonths = "2025-08..2026-03"

const releasesYAML = `networks:
  - {as: 64500, name: Zero, type: hosting}
  - {as: 64501, name: One, type: hosting}
  - {as: 64502, name: Two, type: hosting}
  - {as: 64503, name: Three, type: hosting}
  - {as: 64504, name: Four, type: neocloud}
  - {as: 64505, name: Five, type: neocloud}
  - {as: 64506, name: Six, type: neocloud}
  - {as: 64507, name: Seven, type: neocloud}
  - {as: 64508, name: Eight, type: cdn}
  - {as: 64509, name: Nine, type: cdn}
  - {as: 64510, name: Ten, type: cdn}
  - {as: 64511, name: Eleven, type: hyperscaler}
  - {as: 65536, name: Twelve, type: hyperscaler}
  - {as: 65537, name: Thirteen, type: hyperscaler}
  - {as: 65538, name: Fourteen, type: isp-regional}
  - {as: 65539, name: Fifteen, type: isp-regional}
  - {as: 65540, name: Sixteen, type: isp-regional}
  - {as: 65541, name: Seventeen, type: isp-regional}
`

// releasePlaces are where the networks are: most of a city that the file of metropolitan areas has,
// some of one that it has not, some without city or subdivision, and some of nowhere.
var releasePlaces = []flow.Place{
	{Country: "US", Subdivision: "VA", City: "Ashburn"}, {Country: "US", Subdivision: "VA", City: "Sterling"},
	{Country: "US", Subdivision: "VA", City: "Roanoke"}, {Country: "US", Subdivision: "CA", City: "Santa Clara"},
	{Country: "US", Subdivision: "CA"}, {Country: "US"}, {Country: "US", Subdivision: "NY", City: "New York"},
	{Country: "US", Subdivision: "NJ", City: "Secaucus"}, {Country: "DE", Subdivision: "HE", City: "Frankfurt am Main"},
	{Country: "DE", Subdivision: "BE", City: "Berlin"}, {Country: "NL", Subdivision: "NH", City: "Amsterdam"},
	{Country: "FI", Subdivision: "18", City: "Helsinki"}, {Country: "SG"}, {},
}

func newReleases(t *testing.T, seed uint64) *releases {
	t.Helper()
	s := openStore(t)
	r := &releases{store: s, random: rand.New(rand.NewPCG(seed, 77)), catalogue: loadCatalogue(t, releasesYAML)}
	r.tally = rollup.New(rollup.Config{Key: s.Key(), IPv6Prefix: 128})
	for _, p := range releasePlaces {
		r.places = append(r.places, s.Names().Places.ID(p))
	}
	r.source = &Source{Store: s, Catalogue: r.catalogue, Links: map[string]flow.LinkKind{}, Publish: usualPolicy()}
	return r
}

// grow adds a month of traffic: of each network some flows of its own size, in some of the regions
// and places. Networks come and go.
func (r *releases) grow(t *testing.T, month flow.Period) {
	t.Helper()
	names := r.store.Names()
	var flows []flow.Flow
	for n := range uint32(18) {
		as := 64500 + n
		if n > 11 {
			as = 65536 + n - 12
		}
		if r.random.IntN(12) == 0 {
			continue
		}
		size := math.Exp(float64(n*7%11)/2 + r.random.NormFloat64())
		for _, region := range []string{"A", "B", "C"}[:1+r.random.IntN(3)] {
			for range 2 + r.random.IntN(8) {
				slot := month.From + flow.Slot(r.random.IntN(int(month.To-month.From)))
				f := flow.Flow{
					Octets: 1 + uint64(1e6*size*r.random.Float64()), Packets: 1, Start: slot.Start(), End: slot.Start(), Rate: 1,
					Region: uint16(names.Regions.ID(region)), Direction: flow.Direction(r.random.IntN(2)), AS: as, Version: 4,
					Place:  r.places[(int(n)*3+r.random.IntN(3))%len(r.places)],
					Remote: flow.AddrFrom4([]byte{198, 51, byte(n), byte(r.random.IntN(40))}),
				}
				if r.random.IntN(6) == 0 {
					f.Version, f.Remote = 6, flow.Addr{Hi: 0x2001_0db8 << 32, Lo: uint64(n)<<8 | r.random.Uint64N(40)}
				}
				flows = append(flows, f)
			}
		}
	}
	r.flows = append(r.flows, flows...)
	r.tally.Add(flows)
	b := r.tally.Take()
	b.Health = []flow.Health{{Slot: month.To - 1, Exporter: flow.Addr{Lo: 1}, Region: uint16(names.Regions.ID("A")), Datagrams: 1}}
	if err := r.store.Commit(context.Background(), b); err != nil {
		t.Fatal(err)
	}
}

// published are the periods that are over with a month's end: the month, and with it its quarter and
// its year.
func published(t *testing.T, month flow.Period) []flow.Period {
	t.Helper()
	out := []flow.Period{month}
	year := month.Name[:4]
	names := map[string][]string{"03": {year + "Q1"}, "06": {year + "Q2"}, "09": {year + "Q3"}, "12": {year + "Q4", year}}
	for _, name := range names[month.Name[5:]] {
		out = append(out, period(t, name))
	}
	return out
}

// ask is what is published of a period now.
func (r *releases) ask(t *testing.T, p flow.Period) *Sheet {
	t.Helper()
	a, err := r.source.Ask(context.Background(), Question{Periods: []flow.Period{p}})
	if err != nil {
		t.Fatal(err)
	}
	return a.Periods[0]
}

// What is published of a period that is over stays as it is, whatever comes after it; and a longer
// period shows what its months show together, no more and no less.
func TestReleasesStayAsTheyAre(t *testing.T) {
	r := newReleases(t, 1)
	first := map[string]*Sheet{}
	var all []flow.Period
	for _, month := range period(t, releaseMonths).Months() {
		r.grow(t, month)
		for _, p := range published(t, month) {
			first[p.Name] = r.ask(t, p)
			all = append(all, p)
		}
	}
	hidden, shown := map[int]int{}, map[int]int{}
	for _, p := range all {
		was, now := first[p.Name], r.ask(t, p)
		if len(was.Cells) != len(now.Cells) {
			t.Fatalf("%s had %d cells and has %d", p.Name, len(was.Cells), len(now.Cells))
		}
		for i, c := range now.Cells {
			if c.Suppressed != was.Cells[i].Suppressed || c.Bits != was.Cells[i].Bits {
				t.Errorf("%s of %s was %v and is %v", cellName(c.Key), p.Name, was.Cells[i].Bits, c.Bits)
			}
			if c.Suppressed {
				hidden[len(p.Months())]++
			} else {
				shown[len(p.Months())]++
			}
			if len(p.Months()) == 1 {
				continue
			}
			together := num(0)
			for _, m := range p.Months() {
				if s := first[m.Name]; s != nil {
					b := s.Bits(c.Key)
					together.Value, together.Known = together.Value+b.Value, together.Known && b.Known
				}
			}
			if together.Known != c.Bits.Known || together.Known && together.Value != c.Bits.Value {
				t.Errorf("%s of %s is %v; its months show %v", cellName(c.Key), p.Name, c.Bits, together)
			}
		}
	}
	for _, n := range []int{1, 3, 12} {
		if hidden[n] == 0 || shown[n] == 0 {
			t.Errorf("of periods of %d months %d cells are hidden and %d shown: the test shows nothing", n, hidden[n], shown[n])
		}
	}
}

func cellName(k Key) string {
	return fmt.Sprintf("%s/%s/%s/%s", k.Region, k.TypeName(), k.Direction, k.VersionName())
}
