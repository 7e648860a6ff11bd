package stats

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store"
)

// reader is a view of the store that asks the cache first: about months that are over, whole or in a
// row, whose rows and labels are those that the kept answer was computed from. Its methods answer
// exactly as the view's. Like a view it belongs to one goroutine.
type reader struct {
	*store.View
	cache  *Cache
	extent Extent
	labels *labels

	combinations map[store.Combination][]store.Label // nil until needed
	numbers      map[string]uint32                   // of networks by name; nil until needed
	months       map[flow.Slot]*monthState
}

// monthState is what answers about a month depend on.
type monthState struct {
	known bool // false: the store does not say whether it changed
	state fingerprint
}

func newReader(v *store.View, l *labels, e Extent, c *Cache) *reader {
	return &reader{View: v, cache: c, extent: e, labels: l, months: map[flow.Slot]*monthState{}}
}

// question is what a kept answer is the answer to.
type question struct {
	kind   string // letters and hyphens; begins the name of the file after the period
	period flow.Period
	args   string // what else was asked; "" = nothing
}

// name is that of the file: of one kind and period it holds the answer asked for last.
func (q *question) name() string {
	return fmt.Sprintf("%s.%d.%s", q.period.From.Time().Format("2006-01"), len(q.period.Months()), q.kind)
}

// numbered says where an answer holds numbers of networks, which are others in each view, and how it is
// sorted by them.
type numbered[T any] struct {
	visit func(*T, func(*uint32))
	sort  func(*T)
}

// keptAnswer is what stands in a file.
type keptAnswer[T any] struct {
	Answer   T
	Networks map[uint32]string // names of those in Answer
}

// kept answers a question from the cache, or by asking and then keeping the answer. An answer without
// networks is numbered nil.
func kept[T any](ctx context.Context, r *reader, q question, n *numbered[T], ask func() (T, error)) (T, error) {
	of, ok, err := r.fingerprint(ctx, &q)
	if err != nil || !ok {
		if err != nil {
			var none T
			return none, err
		}
		return ask()
	}
	var found keptAnswer[T]
	if r.cache.load(q.name(), of, &found) && renumber(r, n, &found) {
		return found.Answer, nil
	}
	found = keptAnswer[T]{}
	if found.Answer, err = ask(); err != nil {
		return found.Answer, err
	}
	if n != nil {
		found.Networks = map[uint32]string{}
		n.visit(&found.Answer, func(number *uint32) { found.Networks[*number] = r.labels.networks[*number] })
	}
	r.cache.save(q.name(), of, &found)
	return found.Answer, nil
}

// renumber gives the networks of a kept answer their numbers of now; false if one has none.
func renumber[T any](r *reader, n *numbered[T], a *keptAnswer[T]) bool {
	if n == nil {
		return true
	}
	if r.numbers == nil {
		r.numbers = make(map[string]uint32, len(r.labels.networks))
		for i, name := range r.labels.networks {
			r.numbers[name] = uint32(i)
		}
	}
	now, same := make(map[uint32]uint32, len(a.Networks)), true
	for number, name := range a.Networks {
		to, ok := r.numbers[name]
		if !ok {
			return false
		}
		now[number] = to
		same = same && number == to
	}
	if same {
		return true
	}
	complete := true
	n.visit(&a.Answer, func(number *uint32) {
		to, ok := now[*number]
		*number, complete = to, complete && ok
	})
	n.sort(&a.Answer)
	return complete
}

// fingerprint is of what the answer depends on; false if it is not to be kept: the period is not
// whole months that are over, or it is not known whether they changed.
func (r *reader) fingerprint(ctx context.Context, q *question) (fingerprint, bool, error) {
	var of fingerprint
	p := q.period
	if r.cache == nil || !wholeMonths(p) || p.To > r.extent.To || p.From >= p.To {
		return of, false, nil
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s%s\n%s %d %d %v\n%q\n", cacheFormat, builder(), q.kind, p.From, p.To, p.From < r.KeptFrom(), q.args)
	for month := p.From; month < p.To; month = month.NextMonth() {
		m := r.months[month]
		if m == nil {
			var err error
			if m, err = r.state(ctx, flow.MonthOf(month)); err != nil {
				return of, false, err
			}
			r.months[month] = m
		}
		if !m.known {
			return of, false, nil
		}
		h.Write(m.state[:])
	}
	h.Sum(of[:0])
	return of, true, nil
}

// state is of a month's rows and of the labels of its combinations while it lasts.
func (r *reader) state(ctx context.Context, month flow.Period) (*monthState, error) {
	revision, ok := r.Revision(month.From)
	if !ok {
		return &monthState{}, nil
	}
	// Which combinations there are depends on the rows alone.
	var of fingerprint
	h := sha256.New()
	fmt.Fprintf(h, "%s%s\ncombinations %d %x", cacheFormat, builder(), month.From, revision)
	h.Sum(of[:0])
	q := question{kind: "combinations", period: month}
	var all []store.Combination
	if !r.cache.load(q.name(), of, &all) {
		var err error
		if all, err = r.CombinationsIn(ctx, month); err != nil {
			return nil, err
		}
		r.cache.save(q.name(), of, &all)
	}
	r.digest(h, all, month)
	m := &monthState{known: true}
	h.Sum(m.state[:0])
	return m, nil
}

// digest adds to h what the combinations are in a month: networks by name, since their numbers are of
// the view.
func (r *reader) digest(h hash.Hash, all []store.Combination, month flow.Period) {
	if r.combinations == nil {
		r.combinations = map[store.Combination][]store.Label{}
		rows := r.labels.rows
		for i := 0; i < len(rows); {
			end := i + 1
			for end < len(rows) && rows[end].Combination == rows[i].Combination {
				end++
			}
			r.combinations[rows[i].Combination] = rows[i:end]
			i = end
		}
	}
	var b []byte
	for _, c := range all {
		b = binary.LittleEndian.AppendUint32(b[:0], c.AS)
		b = binary.LittleEndian.AppendUint32(b, c.Prefix)
		b = binary.LittleEndian.AppendUint16(b, c.Link)
		for _, l := range r.combinations[c] {
			from, to := max(l.From, month.From), min(l.To, month.To)
			if from >= to {
				continue
			}
			b = binary.LittleEndian.AppendUint32(b, uint32(from))
			b = binary.LittleEndian.AppendUint32(b, uint32(to))
			b = append(b, byte(l.Type))
			name := r.labels.networks[l.Network]
			b = binary.LittleEndian.AppendUint32(b, uint32(len(name)))
			b = append(b, name...)
		}
		h.Write(append(b, '\n'))
	}
}

// Volumes is the view's, a month at a time if it is by month.
func (r *reader) Volumes(ctx context.Context, p flow.Period, step store.Step) ([]store.Volume, error) {
	if step != store.StepMonth {
		return r.View.Volumes(ctx, p, step)
	}
	n := &numbered[[]store.Volume]{
		visit: func(all *[]store.Volume, each func(*uint32)) {
			for i := range *all {
				each(&(*all)[i].Key)
			}
		},
		sort: func(all *[]store.Volume) {
			slices.SortFunc(*all, func(a, b store.Volume) int { return cmp.Or(a.Group.Compare(b.Group), cmp.Compare(a.Key, b.Key)) })
		},
	}
	var out []store.Volume
	for _, m := range months(p) {
		rows, err := kept(ctx, r, question{kind: "volumes", period: m}, n, func() ([]store.Volume, error) {
			return r.View.Volumes(ctx, m, step)
		})
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

// months cuts a period into its months, the first and the last of which may be parts.
func months(p flow.Period) []flow.Period {
	var out []flow.Period
	for from := p.From; from < p.To; from = from.NextMonth() {
		out = append(out, flow.Period{From: from, To: min(p.To, from.NextMonth())})
	}
	return out
}

// Uniques is the view's. Only sketches of months are kept: those of days are as many as the store has.
func (r *reader) Uniques(ctx context.Context, p flow.Period, step store.Step, each func(flow.Slot, store.Group, rollup.Sketch) error) error {
	if step != store.StepMonth {
		return r.View.Uniques(ctx, p, step, each)
	}
	for _, m := range months(p) {
		all, err := kept(ctx, r, question{kind: "uniques", period: m}, nil, func() (all []store.Unique, err error) {
			err = r.View.Uniques(ctx, m, step, func(start flow.Slot, g store.Group, sketch rollup.Sketch) error {
				all = append(all, store.Unique{Start: start, Group: g, Sketch: sketch})
				return nil
			})
			return all, err
		})
		if err != nil {
			return err
		}
		for i := range all {
			if err := each(all[i].Start, all[i].Group, all[i].Sketch); err != nil {
				return err
			}
		}
	}
	return nil
}

// Rates is the view's, of one period at a time.
func (r *reader) Rates(ctx context.Context, periods []flow.Period) ([]store.Rate, error) {
	var out []store.Rate
	for i, p := range periods {
		rates, err := kept(ctx, r, question{kind: "rates", period: p}, nil, func() ([]store.Rate, error) {
			return r.View.Rates(ctx, []flow.Period{p})
		})
		if err != nil {
			return nil, err
		}
		for _, rate := range rates {
			rate.Month = i
			out = append(out, rate)
		}
	}
	return out, nil
}

// Series is the view's, a month at a time.
func (r *reader) Series(ctx context.Context, p flow.Period, step store.Step) ([]store.Point, error) {
	if step == store.StepWhole {
		return r.View.Series(ctx, p, step)
	}
	var out []store.Point
	for _, m := range months(p) {
		points, err := kept(ctx, r, question{kind: fmt.Sprintf("series-%d", step), period: m}, nil, func() ([]store.Point, error) {
			return r.View.Series(ctx, m, step)
		})
		if err != nil {
			return nil, err
		}
		out = append(out, points...)
	}
	return out, nil
}

// Places is the view's.
func (r *reader) Places(ctx context.Context, p flow.Period) ([]store.PlaceVolume, error) {
	n := &numbered[[]store.PlaceVolume]{
		visit: func(all *[]store.PlaceVolume, each func(*uint32)) {
			for i := range *all {
				each(&(*all)[i].Network)
			}
		},
		sort: func(all *[]store.PlaceVolume) {
			slices.SortFunc(*all, func(a, b store.PlaceVolume) int {
				return cmp.Or(a.Group.Compare(b.Group), cmp.Compare(a.Network, b.Network), cmp.Compare(a.Place, b.Place))
			})
		},
	}
	return kept(ctx, r, question{kind: "places", period: p}, n, func() ([]store.PlaceVolume, error) { return r.View.Places(ctx, p) })
}
