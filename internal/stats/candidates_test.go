package stats

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/store"
)

// burstyHistory is a week of November in two regions: networks that send steadily, by day or in
// bursts, over transit, exchange and private links.
func burstyHistory(t *testing.T, r *rand.Rand, s *store.Store) *history {
	t.Helper()
	names := s.Names()
	h := &history{
		names: names, catalogue: loadCatalogue(t, historyYAML),
		kinds: map[string]flow.LinkKind{"transit": flow.LinkTransit, "exchange": flow.LinkIX, "private": flow.LinkPNI},
	}
	links := []uint16{uint16(names.Links.ID("transit")), uint16(names.Links.ID("exchange")), uint16(names.Links.ID("private"))}
	regions := []uint16{uint16(names.Regions.ID("US-West")), uint16(names.Regions.ID("EU-Central"))}
	from := day(t, "2025-11-01")
	for slot := from; slot < from+7*flow.SlotsPerDay; slot++ {
		for n := range 12 {
			for _, region := range regions {
				often := []int{1, 2, 8, 14, 25}[(n+int(region))%5] // in one of so many slots
				if r.IntN(often) > 0 {
					continue
				}
				f := flow.Flow{
					Octets: uint64(1+n) * (1 + r.Uint64N(1<<24)), Packets: 1, Start: slot.Start() + r.Int64N(flow.SlotMillis), Rate: 1, Region: region,
					Link: links[r.IntN(3)], Direction: flow.Direction(r.IntN(2)), Version: 4, AS: 64500 + uint32(n),
					Remote: flow.AddrFrom4([]byte{198, 51, byte(n), byte(r.IntN(20))}),
				}
				if n == 11 {
					f.AS = 0 // no network
				}
				f.End = f.Start
				h.flows = append(h.flows, f)
			}
		}
		h.newest = slot
	}
	return h
}

// over are the networks that have traffic with a region over transit and exchange links, with their
// flows.
func (h *history) over(region string) map[string][]*flow.Flow {
	out := map[string][]*flow.Flow{}
	for i := range h.flows {
		f := &h.flows[i]
		kind := h.kinds[h.names.Links.Value(uint32(f.Link))]
		if f.AS != 0 && h.names.Regions.Value(uint32(f.Region)) == region && (kind == flow.LinkTransit || kind == flow.LinkIX) {
			name := h.catalogue.Network(f.AS, "", flow.SlotOf(f.Start))
			out[name] = append(out[name], f)
		}
	}
	return out
}

// slotRatesOf are the rates of flows by slot.
func slotRatesOf(flows []*flow.Flow, p flow.Period) []float64 {
	out := make([]float64, p.Slots())
	for _, f := range flows {
		out[flow.SlotOf(f.Start)-p.From] += 8 * float64(f.Octets) / 300
	}
	return out
}

func TestCandidatesAgreeWithTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 1))
	s := openStore(t)
	h := burstyHistory(t, r, s)
	src := h.source(t, r, s)
	asked := period(t, "2025-11")
	p := asked.Clip(h.newest)
	for _, unsuppressed := range []bool{true, false} {
		study := askStudy(t, src, asked, unsuppressed)
		hiddenType := map[Key]bool{}
		for _, c := range study.Rhythm.Cells {
			hiddenType[c.Key] = c.Hidden
		}
		if unsuppressed == (study.Rhythm.Candidates.Networks == nil) {
			t.Errorf("unsuppressed %v: %d networks are named", unsuppressed, len(study.Rhythm.Candidates.Networks))
		}
		for _, got := range study.Rhythm.Candidates.Regions {
			k := Key{got.Region, AllTypes, flow.Both, AllVersions}
			_, _, p95, _ := slowVariability(h.rates(k, asked, nil, 1))
			all, _ := h.cell(k, asked)
			least := 0.01 * p95 * all.BpsAvg.Value
			var count int
			var together []*flow.Flow
			var largest, octets float64
			addresses := map[flow.Addr]bool{}
			for name, flows := range h.over(got.Region) {
				average, _, ratio, _ := slowVariability(slotRatesOf(flows, p))
				mayCount, sum := true, 0.0
				for _, f := range flows {
					k.Type = h.key(f).Type
					mayCount = mayCount && (unsuppressed || !hiddenType[k])
					sum += float64(f.Octets)
				}
				is := ratio*average >= least && ratio >= 2
				for _, n := range study.Rhythm.Candidates.Networks {
					if n.Region == got.Region && n.Network == name && (n.Candidate != is || math.Abs(n.P95.Value-ratio*average) > 1e-6*n.P95.Value) {
						t.Errorf("%s in %s: %+v, want %v with a 95th percentile of %v", name, got.Region, n, is, ratio*average)
					}
				}
				if !is || !mayCount {
					continue
				}
				count++
				together = append(together, flows...)
				largest, octets = max(largest, sum), octets+sum
				for _, f := range flows {
					addresses[f.Remote] = true
				}
			}
			few := count > 0 && (count < 3 || len(addresses) < 10 || largest/octets > 0.9)
			if got.Hidden != (few && !unsuppressed) {
				t.Errorf("%s is hidden: %v, with %d candidates", got.Region, got.Hidden, count)
			}
			if got.Hidden {
				if got.Count.Known || got.P95.Known || got.Least.Known {
					t.Errorf("%s is hidden and has numbers: %+v", got.Region, got)
				}
				continue
			}
			average, _, ratio, top := slowVariability(slotRatesOf(together, p))
			if count == 0 {
				t.Fatalf("%s has no candidates: nothing is tested", got.Region)
			}
			for _, n := range []struct {
				got  Num
				want float64
			}{{got.Count, float64(count)}, {got.Least, least}, {got.Average, average}, {got.P95, average * ratio}, {got.Max, average * top}, {got.P95Ratio, ratio}} {
				if !n.got.Known || math.Abs(n.got.Value-n.want) > 1e-9*n.want {
					t.Errorf("%s: %v, want %v", got.Region, n.got, n.want)
				}
			}
		}
	}
}

func TestCandidatesAreSorted(t *testing.T) {
	r := rand.New(rand.NewPCG(42, 1))
	s := openStore(t)
	h := burstyHistory(t, r, s)
	study := askStudy(t, h.source(t, r, s), period(t, "2025-11"), true)
	c := study.Rhythm.Candidates
	if !slices.IsSortedFunc(c.Networks, func(a, b NetworkRhythm) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(b.P95.Value, a.P95.Value))
	}) || len(c.Networks) == 0 {
		t.Errorf("networks are not in order: %+v", c.Networks)
	}
}

// Without transit and exchange links there is nothing to relieve.
func TestNoCandidatesWithoutLinks(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 1))
	s := openStore(t)
	h := burstyHistory(t, r, s)
	h.kinds = map[string]flow.LinkKind{"transit": flow.LinkPNI, "exchange": flow.LinkInternal}
	if c := askStudy(t, h.source(t, r, s), period(t, "2025-11"), true).Rhythm.Candidates; c != nil {
		t.Errorf("there are candidates: %+v", c)
	}
}

// What is kept of an answer is not given for another question: other thresholds, other kinds of links.
func TestKeptCandidatesAreThoseOfTheQuestion(t *testing.T) {
	r := rand.New(rand.NewPCG(44, 1))
	s := openStore(t)
	h := burstyHistory(t, r, s)
	last := h.flows[0] // November is over
	last.Start = day(t, "2025-12-02").Start()
	last.End = last.Start
	h.flows = append(h.flows, last)
	plain := h.source(t, r, s)
	cached := *plain
	cached.Kept = NewCache(t.TempDir())
	p := period(t, "2025-11")
	var answers []string
	for _, change := range []func(){
		func() {},
		func() { plain.Publish.MinNetworks = 100 },
		func() { plain.Publish.MinNetworks = 3 },
		func() { plain.Links = map[string]flow.LinkKind{"transit": flow.LinkTransit} },
	} {
		change()
		cached.Publish, cached.Links = plain.Publish, plain.Links
		for range 2 { // kept, then read
			got, want := askStudy(t, &cached, p, false).Rhythm.Candidates, askStudy(t, plain, p, false).Rhythm.Candidates
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("with a cache %+v, without %+v", got, want)
			}
			answers = append(answers, fmt.Sprint(got.Regions))
		}
	}
	if answers[0] == answers[2] || answers[4] == answers[6] || answers[0] != answers[4] {
		t.Errorf("the questions have not the answers that the test is about: %q", answers)
	}
}
