package explore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"tributary/internal/filter"
	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/stats"
	"tributary/internal/store"
)

// What is offered is ordered by the volume of the last week, and made anew when it is older than a few
// minutes: what talks most changes slowly.
const (
	offeredSlots = 7 * flow.SlotsPerDay
	offeredAge   = 5 * time.Minute
)

// offered are the values of fields that have many, largest first.
type offered struct {
	mu     sync.Mutex // guards the fields below
	source *stats.Source
	made   time.Time
	fields [filter.NumFields][]filter.Word
}

// Vocabulary is what names a filter may have now. Its Search looks at the store when it is first called.
func (e *Explorer) Vocabulary(ctx context.Context) *filter.Vocabulary {
	v := e.vocabulary(e.config.Source())
	v.Search = func(f filter.Field, text string, most int) []filter.Word {
		return matching(e.offer(ctx)[f], text, most)
	}
	return v
}

// vocabulary is one that searches nothing.
func (e *Explorer) vocabulary(s *stats.Source) *filter.Vocabulary {
	v := &filter.Vocabulary{Regions: []string{}, Links: []string{}, Providers: []string{}}
	names := s.Store.Names()
	for id := 1; id < names.Regions.Len(); id++ {
		v.Regions = append(v.Regions, names.Regions.Value(uint32(id)))
	}
	for id := 1; id < names.Links.Len(); id++ {
		v.Links = append(v.Links, names.Links.Value(uint32(id)))
	}
	v.Links = slices.AppendSeq(v.Links, maps.Keys(s.Links))
	v.Providers = slices.AppendSeq(v.Providers, maps.Values(s.Providers))
	for _, list := range []*[]string{&v.Regions, &v.Links, &v.Providers} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return v
}

// matching are the first words that a text begins, or that have a word that it begins.
func matching(all []filter.Word, text string, most int) (out []filter.Word) {
	text = strings.ToLower(text)
	for _, begins := range []bool{true, false} {
		for _, w := range all {
			if len(out) == most {
				return out
			}
			name := strings.ToLower(w.Text)
			if strings.HasPrefix(name, text) == begins && (begins || hasWord(name, text) || hasWord(strings.ToLower(w.About), text)) {
				out = append(out, w)
			}
		}
	}
	return out
}

// hasWord reports that some word of a name begins with a text.
func hasWord(name, text string) bool {
	for i := strings.Index(name, text); i >= 0; {
		if i == 0 || !unicode.IsLetter(rune(name[i-1])) && !unicode.IsDigit(rune(name[i-1])) {
			return true
		}
		next := strings.Index(name[i+1:], text)
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}

// offer is what is offered, made anew if it must be. Where it cannot be made, the last is better than
// nothing.
func (e *Explorer) offer(ctx context.Context) *[filter.NumFields][]filter.Word {
	o := &e.offered
	o.mu.Lock()
	defer o.mu.Unlock()
	s := e.config.Source()
	if o.source == s && time.Since(o.made) < offeredAge {
		return &o.fields
	}
	if fields, err := e.offers(ctx, s); err == nil {
		o.source, o.made, o.fields = s, time.Now(), fields
	}
	return &o.fields
}

// offers reads what to offer.
func (e *Explorer) offers(ctx context.Context, s *stats.Source) (out [filter.NumFields][]filter.Word, err error) {
	view, err := s.Store.Snapshot(ctx)
	if err != nil {
		return out, err
	}
	defer view.Close()
	a := &asking{explorer: e, source: s, names: s.Store.Names(), view: view}
	if err := a.place(ctx); err != nil {
		return out, err
	}
	_, newest, ok, err := view.Extent(ctx)
	if err != nil || !ok {
		return out, err
	}
	octets, err := a.combinations(ctx, flow.Period{From: newest.Hour() - min(newest.Hour(), offeredSlots), To: newest + 1})
	if err != nil {
		return out, err
	}
	networks, ases, prefixes := ranking{}, ranking{}, ranking{}
	for c, i := range a.placing.first {
		l := a.placing.labels.Rows[i]
		if last := a.placing.at(c, newest); last != nil {
			l = *last
		}
		network := a.placing.labels.Networks[l.Network]
		networks.add(network, l.Type.String(), octets[c])
		if c.AS != 0 {
			ases.add(strconv.FormatUint(uint64(c.AS), 10), network+" · "+l.Type.String(), octets[c])
		}
		prefixes.add(a.names.Prefixes.Value(c.Prefix), l.Type.String(), octets[c])
	}
	delete(prefixes, "")
	out[filter.Network], out[filter.AS], out[filter.Prefix] = networks.words(), ases.words(), prefixes.words()
	a.offerPlaces(&out)
	return out, nil
}

// combinations are the octets of each combination of AS number, prefix and link.
func (a *asking) combinations(ctx context.Context, p flow.Period) (map[store.Combination]rollup.Uint128, error) {
	var buckets []store.Bucket
	for c := range a.placing.first {
		buckets = append(buckets, store.Bucket{Combination: c, To: ^flow.Slot(0), Number: uint32(len(buckets))})
	}
	if len(buckets) == 0 {
		return nil, nil
	}
	if err := a.view.Sort(ctx, buckets); err != nil {
		return nil, err
	}
	out := make(map[store.Combination]rollup.Uint128, len(buckets))
	err := a.view.Sums(ctx, &store.SumQuery{Period: p}, func(s *store.Sum) {
		c := buckets[s.Bucket].Combination
		out[c] = out[c].Add(s.Octets)
	})
	return out, err
}

// offerPlaces offers the places that were ever seen, by name: their volumes would take longer to sum than
// a reader types.
func (a *asking) offerPlaces(out *[filter.NumFields][]filter.Word) {
	countries, subdivisions, cities := ranking{}, ranking{}, ranking{}
	for id := 1; id < a.names.Places.Len(); id++ {
		country, subdivision, city := a.located(uint32(id))
		countries.add(country, "", rollup.Uint128{})
		subdivisions.add(subdivision, "", rollup.Uint128{})
		cities.add(city, cmp.Or(subdivision, country), rollup.Uint128{})
	}
	for f, r := range map[filter.Field]ranking{filter.Country: countries, filter.Subdivision: subdivisions, filter.City: cities} {
		delete(r, "")
		out[f] = append(r.words(), filter.Word{Text: filter.Unknown, About: "no place is known"})
	}
}

// ranking sums volumes by name.
type ranking map[string]*ranked

type ranked struct {
	octets rollup.Uint128
	most   rollup.Uint128 // of one combination, whose about it is
	about  string
}

func (r ranking) add(name, about string, octets rollup.Uint128) {
	x := r[name]
	if x == nil {
		x = &ranked{about: about}
		r[name] = x
	}
	x.octets = x.octets.Add(octets)
	if c := octets.Cmp(x.most); c > 0 || c == 0 && about < x.about {
		x.most, x.about = octets, about
	}
}

// words are the names, largest first.
func (r ranking) words() []filter.Word {
	names := slices.SortedFunc(maps.Keys(r), func(a, b string) int {
		return cmp.Or(r[b].octets.Cmp(r[a].octets), cmp.Compare(a, b))
	})
	out := make([]filter.Word, len(names))
	for i, n := range names {
		out[i] = filter.Word{Text: n, About: r[n].about}
	}
	return out
}
