package report

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/stats"
	"tributary/internal/store"
)

// pastYAML classes AS numbers: five of each type, 64500 to 64504 and so on.
const pastYAML = `networks:
  - {as: 64500, name: A, type: cdn}
  - {as: 64501, name: B, type: cdn}
  - {as: 64502, name: C, type: cdn}
  - {as: 64503, name: D, type: cdn}
  - {as: 64504, name: E, type: cdn}
  - {as: 64505, name: F, type: isp-regional}
  - {as: 64506, name: G, type: isp-regional}
  - {as: 64507, name: H, type: isp-regional}
  - {as: 64508, name: I, type: isp-regional}
  - {as: 64509, name: J, type: isp-regional}
  - {as: 64510, name: K, type: neocloud}
  - {as: 64511, name: L, type: neocloud}
  - {as: 64496, name: M, type: neocloud}
  - {as: 64497, name: N, type: neocloud}
  - {as: 64498, name: O, type: neocloud}
`

// past is a small store that is odd in one way: every two hours each of the networks exchanges with
// a few addresses in each region; each region has two exporters, heard in every slot.
type past struct {
	from, to string // months, both included
	regions  []string
	networks []uint32 // AS numbers
	silent   func(at flow.Slot) bool
	without  func(at flow.Slot, as uint32) bool // networks that exchange nothing then; nil for none
	unrated  bool                               // the last region's first exporter states no sampling rate
	transit  bool                               // all traffic comes over a transit link; else none is known
}

var (
	pastCDN   = []uint32{64500, 64501, 64502, 64503, 64504}
	pastISP   = []uint32{64505, 64506, 64507, 64508, 64509}
	pastCloud = []uint32{64510, 64511, 64496, 64497, 64498}
	allOfPast = append(append(append([]uint32{}, pastCDN...), pastISP...), pastCloud...)
)

// pastLink is the number of the link that all traffic comes over.
const pastLink = 1

// source makes the store.
func (p *past) source(t *testing.T) *stats.Source {
	t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(t.TempDir(), "tributary.duckdb")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	file := filepath.Join(t.TempDir(), "networks.yaml")
	if err := os.WriteFile(file, []byte(pastYAML), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := catalogue.Load([]string{file})
	if err != nil {
		t.Fatal(err)
	}
	tally := rollup.New(rollup.Config{Key: s.Key(), IPv6Prefix: 64})
	if id := s.Names().Links.ID("transit"); id != pastLink {
		t.Fatalf("the first link has number %d", id)
	}
	var health []flow.Health
	for at, to := slotOf(t, p.from), slotOf(t, p.to).NextMonth(); at < to; at++ {
		if p.silent != nil && p.silent(at) {
			continue
		}
		for region, name := range p.regions {
			id := uint16(s.Names().Regions.ID(name))
			unrated := p.unrated && region == len(p.regions)-1
			for exporter := range 2 {
				h := flow.Health{Slot: at, Exporter: flow.Addr{Lo: uint64(10*region + exporter)}, Region: id, Datagrams: 10, Records: 100, Rates: []uint32{1000}}
				if h.Flows[flow.Counted] = 100; unrated && exporter == 0 {
					h.Rates, h.RateUnknown = []uint32{0}, 100
				}
				health = append(health, h)
			}
			if at%24 == 0 {
				tally.Add(p.flows(at, id, region, unrated))
			}
		}
	}
	batch := tally.Take()
	batch.Health = health
	if err := s.Commit(ctx, batch); err != nil {
		t.Fatal(err)
	}
	src := &stats.Source{Store: s, Catalogue: c, Publish: usualPolicy}
	if p.transit {
		src.Links = map[string]flow.LinkKind{s.Names().Links.Value(pastLink): flow.LinkTransit}
	}
	return src
}

// flows are those of a slot and region.
func (p *past) flows(at flow.Slot, id uint16, region int, unrated bool) []flow.Flow {
	var out []flow.Flow
	for _, as := range p.networks {
		if p.without != nil && p.without(at, as) {
			continue
		}
		for d := range flow.Both {
			noise := (uint64(at)*2654435761 + uint64(as)*40503 + uint64(region)*7919 + uint64(d)*104729) >> 7 % 401
			f := flow.Flow{
				Octets: 1_000_000 * (1000 + noise) * (1 + uint64(as%7)) / uint64(1+region), Packets: 1_000_000, Rate: 1000,
				Start: at.Start(), End: at.Start(), Region: id, Link: pastLink, Version: 4, Direction: d, AS: as,
				Remote: flow.AddrFrom4([]byte{198, 51, byte(as), byte(uint64(at) / 24 % 40)}),
			}
			if unrated && as%2 == 0 {
				f.Rate = 0
			}
			if at/24%4 == 0 {
				f.Version, f.Remote = 6, flow.Addr{Hi: 0x20010db8<<32 | uint64(as)<<8 | uint64(at)/24%40, Lo: 1}
			}
			out = append(out, f)
		}
	}
	return out
}

// words are the sentences that stand for themselves: findings and the section on coverage.
func words(r *Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintln(&b, f.Text)
	}
	fmt.Fprintln(&b)
	for _, text := range []string{r.Coverage.Silence, r.Coverage.Thin, r.Coverage.Loss} {
		if text != "" {
			fmt.Fprintln(&b, text)
		}
	}
	return strings.ReplaceAll(b.String(), nbsp, " ")
}

// badWords are of the kind that a report of a store with little in it would say if nobody looked.
var badWords = regexp.MustCompile(`NaN|Inf\b|%!|<nil>|no data (?:to|in|of|at|with)|from no data|\b0 (?:months|regions|network types|networks|exporters|weeks)|\b1 (?:months|regions|types|exporters|networks)\b|undefined|hidden (?:of|to|in) (?:all|hidden)`)

// Reports of stores that lack what others have say so, and nothing that does not hold.
func TestReportsOfOddStores(t *testing.T) {
	two := []string{"North", "South"}
	october, week := slotOf(t, "2025-10"), slotOf(t, "2025-11")+9*flow.SlotsPerDay // a Monday
	f := func(name, period string, p past) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked, err := flow.ParsePeriod(period)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Gather(t.Context(), p.source(t), asked, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := words(r)
			path := filepath.Join("testdata", "odd-"+strings.ReplaceAll(name, " ", "-")+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the report says\n%s\nwant\n%s", got, want)
			}
			for i := range r.Figures {
				fig := &r.Figures[i]
				text := strings.ReplaceAll(strings.Join([]string{fig.Title, fig.Caption, fig.Reading, fig.Alt}, "\n"), nbsp, " ")
				if bad := badWords.FindString(text); bad != "" {
					t.Errorf("figure %s says %q:\n%s", fig.Name, bad, text)
				}
			}
			if bad := badWords.FindString(got); bad != "" {
				t.Errorf("a sentence says %q", bad)
			}
			// Drawing takes most of the time: the two stores with least in them stand for all.
			if name != "all hidden" && name != "one month only" && *look == "" {
				return
			}
			files, err := r.Files(t.Context(), Form{Version: "test"})
			if err != nil {
				missingCharts(t, err)
				t.Fatal(err)
			}
			if *look != "" {
				if err := Write(filepath.Join(*look, name), files); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	f("one month only", "2025-12", past{from: "2025-12", to: "2025-12", regions: two, networks: allOfPast})
	f("no quarter before", "2025Q4", past{from: "2025-10", to: "2025-12", regions: two, networks: allOfPast})
	f("one region", "2025Q4", past{from: "2025-07", to: "2025-12", regions: two[:1], networks: allOfPast})
	f("a type without traffic", "2025Q4", past{from: "2025-07", to: "2025-12", regions: two, networks: allOfPast,
		without: func(at flow.Slot, as uint32) bool { return slices.Contains(pastCloud, as) && at >= october }})
	f("all hidden", "2025Q4", past{from: "2025-07", to: "2025-12", regions: two, networks: []uint32{64500, 64510}, transit: true})
	f("a gap of a week", "2025Q4", past{from: "2025-07", to: "2025-12", regions: two, networks: allOfPast,
		silent: func(at flow.Slot) bool { return at >= week && at < week+7*flow.SlotsPerDay }})
	f("rates unknown", "2025Q4", past{from: "2025-07", to: "2025-12", regions: two, networks: allOfPast, unrated: true})
}
