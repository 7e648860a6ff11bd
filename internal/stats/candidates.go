package stats

import (
	"context"
	"fmt"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/store"
)

// What makes a network a candidate for a private interconnect with a region: the five-minute rates
// that the two exchange over links of transit and exchange kind, both directions together, are high
// and bursty. Traffic over other links, private ones among them, is not looked at.
const (
	// CandidateShare is how large a candidate's 95th percentile is at least, as a share of that of all
	// the region's traffic: a hundred such networks would be as much as the region, and moving a
	// smaller one changes nobody's plan for capacity. A share and not a rate, since what is high
	// differs with the region, and a rate would not hold on a normalised scale.
	CandidateShare = 0.01

	// CandidateRatio is its 95th percentile over its average, at least. A day that goes to and fro
	// like a sine between nothing and twice its average has 1.99: more than 2 is no daily wave.
	CandidateRatio = 2

	// candidatesExamined is how many networks are looked at in a region: those with most octets over
	// such links, of those that have enough octets to be one at all. Each takes an array of all slots,
	// 0.2 MB a quarter.
	candidatesExamined = 200
)

// candidateKinds are the links that a private interconnect would relieve.
var candidateKinds = [...]flow.LinkKind{flow.LinkTransit, flow.LinkIX}

// Candidates are the networks of a period that a private interconnect may suit, by region.
type Candidates struct {
	Regions  []RegionCandidates // of regions with octets, by name
	Networks []NetworkRhythm    // every one examined, largest 95th percentile of a region first; nil unless unsuppressed
}

// RegionCandidates are a region's candidates together. In a published study they are those whose
// cells (region × type, of every type that they have octets of) are hidden neither in the period nor
// in its months, and they are hidden as a cell of their own would be: for fewer networks than
// PublishPolicy.MinNetworks, unless there are none, fewer distinct addresses than MinAddresses, or
// one network with more than MaxDominance of the octets. All is hidden where the region's total is.
type RegionCandidates struct {
	Region string
	Hidden bool

	Least    Num // the least 95th percentile of a candidate here, in bits per second
	Count    Num // candidates
	Average  Num // of the candidates' rates summed per slot, in bits per second; nothing for none
	P95      Num // of the same sum, by nearest rank: percentiles are not added
	Max      Num // of the same sum
	P95Ratio Num // P95 / Average
}

// NetworkRhythm is how one network's five-minute rates with a region vary, over transit and exchange
// links: for the operator's own eyes.
type NetworkRhythm struct {
	Region    string
	Network   string
	Type      flow.NetworkType // of most of its octets
	Candidate bool

	Average, P95, Max Num // bits per second
	CV, P95Ratio      Num // as in Variability, of five-minute rates
}

// candidates looks for the candidates of a period whose slots are kept; nil where no link is of their
// kinds.
func (l *loader) candidates(ctx context.Context, p flow.Period, unsuppressed bool) (*Candidates, error) {
	var links []uint16
	for link, kind := range l.kinds {
		if slices.Contains(candidateKinds[:], kind) {
			links = append(links, link)
		}
	}
	if len(links) == 0 {
		return nil, nil
	}
	slices.Sort(links)
	out := &Candidates{}
	if unsuppressed {
		var err error
		out.Regions, out.Networks, err = l.searchCandidates(ctx, p, links, true)
		return out, err
	}
	// What is published has no network in it, and depends on the rows, the labels, and these.
	args := fmt.Sprint(links, l.policy, l.hiddenIn(p), l.measured(p).From)
	var err error
	out.Regions, err = kept(ctx, l.view, question{kind: "candidates", period: l.clip(p), args: args}, nil, func() ([]RegionCandidates, error) {
		regions, _, err := l.searchCandidates(ctx, p, links, false)
		return regions, err
	})
	return out, err
}

// hiddenIn tells which cells over both directions and IP versions are hidden in the period or in its
// months, in the frame's order: "1" for one that is.
func (l *loader) hiddenIn(p flow.Period) string {
	var out []byte
	for r := range l.frame.total() + 1 {
		for t := range frameTypes {
			mark := byte('0')
			if l.hidden(p, l.frame.key(cellOf(r, flow.NetworkType(t), flow.Both, frameVersions-1))) {
				mark = '1'
			}
			out = append(out, mark)
		}
	}
	return string(out)
}

// searchCandidates looks for the candidates of every region.
func (l *loader) searchCandidates(ctx context.Context, p flow.Period, links []uint16, unsuppressed bool) (regions []RegionCandidates, networks []NetworkRhythm, err error) {
	volumes, err := l.view.LinkVolumes(ctx, l.clip(p), links)
	if err != nil {
		return nil, nil, err
	}
	for r, id := range l.frame.ids {
		s := candidateSearch{
			loader: l, asked: p, period: l.clip(p), rated: l.measured(p), name: l.frame.regions[r], unsuppressed: unsuppressed,
			over: store.OverLinks{Region: id, Links: links},
		}
		found, err := s.search(ctx, volumes)
		if err != nil {
			return nil, nil, err
		}
		if found != nil {
			regions = append(regions, *found)
		}
		networks = append(networks, s.named()...)
	}
	return regions, networks, nil
}

// normalize multiplies the rates by the factor of Sheet.normalize, whose reference is first bits.
func (c *Candidates) normalize(first float64) {
	for i := range c.Regions {
		r := &c.Regions[i]
		for _, n := range []*Num{&r.Least, &r.Average, &r.P95, &r.Max} {
			n.Value = n.Value / first * 100
		}
	}
}
