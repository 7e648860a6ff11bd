package stats

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// TopBy is what a ranking tells apart.
type TopBy string

// The rankings.
const (
	TopNetworks  TopBy = "network"
	TopASes      TopBy = "as"
	TopTypes     TopBy = "type"
	TopRegions   TopBy = "region"
	TopLinks     TopBy = "link"
	TopCountries TopBy = "country"
)

// TopQuestion asks for the N parties with most bits.
type TopQuestion struct {
	Period flow.Period
	By     TopBy
	N      int // at least 1
}

// Top is a ranking for the operator: it names networks, and nothing in it is suppressed.
type Top struct {
	Period flow.Period // clipped by the newest committed slot
	By     TopBy
	Rows   []TopRow // most bits first; ties by name
	Others int      // how many more there are
	Total  TopRow   // of everything; its Name is "all"

	// Begins is the slot that the store's traffic begins with. Where it lies within the period, the
	// slots before it are empty ones of the average and the percentile.
	Begins flow.Slot
}

// TopRow is one party. Of countries the store has volumes alone: their addresses and slots are
// nothing. Networks and flows are not counted.
type TopRow struct {
	Name string
	Type string // of networks and AS numbers: the type that has most of their bits; else empty
	Measures
}

// contender is a party before it is known who is at the top.
type contender struct {
	name    string
	key     uint32
	types   [flow.NumNetworkTypes]rollup.Uint128 // octets by type
	sum     sum
	unioner rollup.Unioner // of its addresses
}

// Top ranks. A period without traffic is an *EmptyError.
func (s *Source) Top(ctx context.Context, q TopQuestion) (*Top, error) {
	extent := s.Extent()
	if !extent.overlaps(q.Period) {
		return nil, &EmptyError{q.Period.Name, extent}
	}
	view, labels, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	defer view.Close()
	t := &topMaker{source: s, view: view, labels: labels, question: q, period: q.Period.Clip(extent.To - 1)}
	top, err := t.answer(ctx)
	if err != nil {
		return nil, sentence(err)
	}
	if top.Total.Octets.IsZero() {
		return nil, &EmptyError{q.Period.Name, extent}
	}
	top.Begins = extent.From
	return top, nil
}

// topMaker answers one TopQuestion.
type topMaker struct {
	source   *Source
	view     *store.View
	labels   *labels
	question TopQuestion
	period   flow.Period // clipped
	total    sum
}

func (t *topMaker) answer(ctx context.Context) (*Top, error) {
	var contenders []*contender
	var err error
	if t.question.By == TopCountries {
		contenders, err = t.countries(ctx)
	} else {
		contenders, err = t.volumes(ctx)
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(contenders, func(a, b *contender) int {
		return cmp.Or(b.sum.octets.Cmp(a.sum.octets), cmp.Compare(a.name, b.name))
	})
	top := &Top{Period: t.period, By: t.question.By}
	n := min(t.question.N, len(contenders))
	top.Others = len(contenders) - n
	contenders = contenders[:n]
	if t.question.By != TopCountries {
		if err := t.measure(ctx, contenders); err != nil {
			return nil, err
		}
	}
	for _, c := range contenders {
		top.Rows = append(top.Rows, TopRow{Name: c.name, Type: c.mainType(t.question.By), Measures: t.measures(&c.sum)})
	}
	top.Total = TopRow{Name: "all", Measures: t.measures(&t.total)}
	return top, nil
}

// measures are those of a sum that can be known: of places the store has volumes alone, and the
// addresses of a day are gone with its slots.
func (t *topMaker) measures(s *sum) Measures {
	m := s.measures(&t.total, t.period.Seconds())
	m.Networks, m.Flows = Num{}, Num{}
	if t.question.By == TopCountries {
		return Measures{Octets: m.Octets, Bits: m.Bits, BitsError: m.BitsError, BpsAvg: m.BpsAvg, Share: m.Share}
	}
	if !wholeMonths(t.question.Period) && !t.kept() {
		m.Unique, m.UniqueLow, m.UniqueHigh, m.Magnitude = Num{}, Num{}, Num{}, Num{}
	}
	return m
}

// kept reports that the period's slots and days are all kept.
func (t *topMaker) kept() bool {
	return max(t.period.From, t.source.Extent().From) >= t.view.KeptFrom()
}

// mainType is the name of the type that has most of the contender's octets, for those that have a
// type of their own.
func (c *contender) mainType(by TopBy) string {
	if by != TopNetworks && by != TopASes {
		return ""
	}
	most := flow.Other
	for t := range flow.NumNetworkTypes {
		if c.types[t].Cmp(c.types[most]) > 0 {
			most = t
		}
	}
	return most.String()
}

// add adds a volume.
func (s *sum) add(v *store.Volume) {
	s.octets = s.octets.Add(v.Octets)
	s.v = s.v.Add(v.V)
	s.flows += v.Flows
	s.unrated += v.Unrated
}

// volumes sums the period by what is asked for.
func (t *topMaker) volumes(ctx context.Context) ([]*contender, error) {
	by := map[TopBy]store.By{TopASes: store.ByAS, TopLinks: store.ByLink}[t.question.By] // else ByNetwork
	volumes, err := t.view.VolumesBy(ctx, t.period, store.StepWhole, by)
	if err != nil {
		return nil, err
	}
	contenders := map[uint32]*contender{}
	for i := range volumes {
		v := &volumes[i]
		t.total.add(v)
		if v.Octets.IsZero() {
			continue
		}
		key := t.key(v.Group, v.Key)
		c := contenders[key]
		if c == nil {
			c = &contender{key: key, name: t.name(key)}
			contenders[key] = c
		}
		c.sum.add(v)
		c.types[v.Type] = c.types[v.Type].Add(v.Octets)
	}
	return slices.Collect(maps.Values(contenders)), nil
}

// name is what a key is called.
func (t *topMaker) name(key uint32) string {
	names := t.source.Store.Names()
	switch t.question.By {
	case TopNetworks:
		return t.labels.networks[key]
	case TopTypes:
		return flow.NetworkType(key).String()
	case TopRegions:
		return names.Regions.Value(key)
	case TopLinks:
		if key == 0 {
			return "(unlisted)"
		}
		return names.Links.Value(key)
	}
	if key == 0 {
		return catalogue.Unknown
	}
	number := "AS" + strconv.FormatUint(uint64(key), 10)
	if name, _, _, ok := t.source.Catalogue.AS(key, t.period.To-1); ok {
		return number + " " + name
	}
	return number
}

// countries sums the period by country. Traffic to no known place is a row too.
func (t *topMaker) countries(ctx context.Context) ([]*contender, error) {
	volumes, err := t.view.VolumesBy(ctx, t.period, store.StepWhole, store.ByGroup)
	if err != nil {
		return nil, err
	}
	for i := range volumes {
		t.total.add(&volumes[i])
	}
	places, err := t.view.Places(ctx, t.period)
	if err != nil {
		return nil, err
	}
	contenders := map[string]*contender{}
	rest := t.total
	for _, p := range places {
		country := t.source.Store.Names().Places.Value(p.Place).Country
		c := contenders[country]
		if c == nil {
			c = &contender{name: cmp.Or(country, nowhere)}
			contenders[country] = c
		}
		v := store.Volume{Octets: p.Octets, V: p.V, Unrated: p.Unrated}
		c.sum.add(&v)
		rest.octets, rest.v = less(rest.octets, p.Octets), less(rest.v, p.V)
		rest.unrated -= min(rest.unrated, p.Unrated)
	}
	if !rest.octets.IsZero() {
		c := contenders[""]
		if c == nil {
			c = &contender{name: nowhere}
			contenders[""] = c
		}
		c.sum.add(&store.Volume{Octets: rest.octets, V: rest.v, Unrated: rest.unrated})
	}
	return slices.Collect(maps.Values(contenders)), nil
}

// less is a − b, or 0: sums that an exporter's nonsense has driven to their limits need not add up.
func less(a, b rollup.Uint128) rollup.Uint128 {
	if a.Cmp(b) < 0 {
		return rollup.Uint128{}
	}
	return a.Sub(b)
}

// nowhere is the country of addresses that the geo database does not know.
const nowhere = "unknown"
