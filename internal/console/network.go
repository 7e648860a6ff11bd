package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"tributary/internal/explore"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// networkMonths is how many months a network's course shows: as many as the overview.
const networkMonths = overviewMonths

// networkOptions are the parameters of a network's page.
type networkOptions struct {
	Name  string `query:"name" required:"true" doc:"The network's name, as lists give it: AS64500 for one that the catalogue does not name."`
	Range string `query:"range" doc:"As in /explore; the newest month by default."`
}

// Network is what is known of one network.
type Network struct {
	Name     string        `json:"name"`
	Range    TimeRange     `json:"range"`
	Types    []Part        `json:"types"` // that its bits of the range have, most first
	Type     TypeName      `json:"type"`  // that most of them have; without traffic, that of the first rule
	Rule     Rule          `json:"rule"`  // that says so
	Rules    []NetworkRule `json:"rules"` // all that are about it
	Numbers  []uint32      `json:"numbers"`
	Prefixes []string      `json:"prefixes"`

	Volume      explore.Value `json:"volume"`
	Share       stats.Num     `json:"share"` // of all bits of the range
	Rank        int           `json:"rank"`  // by volume, from 1; 0 without traffic
	Of          int           `json:"of"`    // networks in the range, unknown too if there is traffic with it
	Uniqueness  explore.Value `json:"uniqueness"`
	Magnitude   explore.Value `json:"magnitude"`
	Persistence explore.Value `json:"persistence"` // share of the addresses that were seen in the range before too
	Average     stats.Num     `json:"bps_avg"`
	P95         stats.Num     `json:"bps_p95"`
	Maximum     stats.Num     `json:"bps_max"`
	Variability *Variability  `json:"variability"` // null where the range's slots are no longer all kept, or are too many

	Regions    []Part         `json:"regions"`
	Links      []Part         `json:"links"`
	Directions []Part         `json:"directions"`
	Months     []NetworkMonth `json:"months"` // the newest fourteen that the store has, ascending

	First *Seen  `json:"first"` // null: never
	Last  *Seen  `json:"last"`
	Notes []Note `json:"notes"`
}

// Part is a part of a network's volume.
type Part struct {
	Value  string        `json:"value"` // as a filter writes it
	Name   string        `json:"name"`
	Light  string        `json:"light"` // of types
	Dark   string        `json:"dark"`
	Volume explore.Value `json:"volume"`
	Share  stats.Num     `json:"share"` // of the network's volume
}

// Variability is how ten-minute rates vary.
type Variability struct {
	CV       stats.Num `json:"cv"` // coefficient of variation
	P95Ratio stats.Num `json:"p95_ratio"`
	MaxRatio stats.Num `json:"max_ratio"`
}

// NetworkMonth is one month of a network.
type NetworkMonth struct {
	Month       string        `json:"month"`
	Volume      stats.Num     `json:"bits"`
	Uniqueness  explore.Value `json:"uniqueness"`
	Magnitude   explore.Value `json:"magnitude"`
	Persistence explore.Value `json:"persistence"`
}

// Seen is when a network was seen, as precisely as is kept.
type Seen struct {
	At        time.Time `json:"at"`                            // where the slot, hour or month begins
	Precision string    `json:"precision" enum:"5m,1h,1d,1mo"` // how long that is
}

// inquiry puts the questions about one network, several at a time.
type inquiry struct {
	c     *Console
	ctx   context.Context
	where string
	rng   string
	work  sync.WaitGroup

	mu  sync.Mutex // guards the field below
	err error
}

// ask puts a question about the network and hands the answer to use. Uses may run at the same time.
func (i *inquiry) ask(q explore.Question, use func(*explore.Answer)) {
	q.Where = cmp.Or(q.Where, i.where)
	q.Range = cmp.Or(q.Range, i.rng)
	q.Step = cmp.Or(q.Step, "whole")
	i.work.Go(func() {
		a, err := i.c.put(i.ctx, q)
		if err == nil {
			use(a)
			return
		}
		i.failed(err)
	})
}

// try is ask of what need not be known: a question that the store cannot answer any more is let be.
func (i *inquiry) try(q explore.Question, use func(*explore.Answer)) {
	i.work.Go(func() {
		a, err := i.c.put(i.ctx, q)
		if err == nil {
			use(a)
		} else if _, gone := errors.AsType[*userError](err); !gone {
			i.failed(err)
		}
	})
}

func (i *inquiry) failed(err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.err = cmp.Or(i.err, err)
}

func (i *inquiry) wait() error {
	i.work.Wait()
	return i.err
}

func (c *Console) network(ctx context.Context, in *networkOptions) (*Network, error) {
	asked, err := c.rangeOr(in.Range)
	if err != nil {
		return nil, err
	}
	i := &inquiry{c: c, ctx: ctx, where: "network = " + named(in.Name), rng: asked}
	n := &Network{Name: in.Name, Notes: []Note{}}
	var course *explore.Answer
	i.ask(explore.Question{Measure: explore.Volume, Range: c.course(), Step: "1mo"}, func(a *explore.Answer) { course = a })
	var whole *explore.Answer
	i.ask(explore.Question{Measure: explore.Volume}, func(a *explore.Answer) { whole = a })
	if err := i.wait(); err != nil {
		return nil, err
	}
	n.Range, n.Volume = rangeOf(whole), whole.Total.Whole
	index := indexOf(c.config.Source(), n.Range.last())
	n.Rules, n.Numbers, n.Prefixes = index.rules(in.Name), index.numbers(in.Name), index.prefixes(in.Name)
	if !some(course.Total.Whole.Value) && len(n.Rules) == 0 && !some(n.Volume.Value) {
		if i.seen(n, flow.Period{From: 0, To: c.config.Source().Extent().To}); n.First == nil {
			return nil, c.noSuchNetwork(in.Name, index)
		}
	}
	n.months(course)
	i.measure(n)
	i.divide(n)
	i.byMonth(n)
	i.variability(n)
	if err := i.wait(); err != nil {
		return nil, err
	}
	if err := i.firstAndLast(n); err != nil {
		return nil, err
	}
	n.typed(index)
	return n, nil
}

// some reports a number that is known and not 0.
func some(n stats.Num) bool { return n.Known && n.Value > 0 }

// course is the range of the newest fourteen months.
func (c *Console) course() string {
	extent := c.config.Source().Extent()
	from := flow.MonthOf(extent.To - 1).From
	for range networkMonths - 1 {
		if from > extent.From {
			from = flow.MonthOf(from - 1).From
		}
	}
	return flow.MonthOf(from).Name + ".." + flow.MonthOf(extent.To-1).Name
}

// months begins the course with the volumes.
func (n *Network) months(course *explore.Answer) {
	n.Months = []NetworkMonth{}
	for k, at := range course.Times {
		m := NetworkMonth{Month: at.UTC().Format("2006-01")}
		if k < len(course.Total.Values) {
			m.Volume = course.Total.Values[k]
		}
		n.Months = append(n.Months, m)
	}
}

// measure asks for the range's numbers, and the network's place among all.
func (i *inquiry) measure(n *Network) {
	one := func(m explore.Measure, to *explore.Value) {
		i.ask(explore.Question{Measure: m}, func(a *explore.Answer) { *to = a.Total.Whole })
	}
	one(explore.Uniqueness, &n.Uniqueness)
	one(explore.Magnitude, &n.Magnitude)
	one(explore.Persistence, &n.Persistence)
	rate := func(m explore.Measure, to *stats.Num) {
		i.ask(explore.Question{Measure: m}, func(a *explore.Answer) { *to = a.Total.Whole.Value })
	}
	rate(explore.Rate, &n.Average)
	rate(explore.P95, &n.P95)
	rate(explore.Maximum, &n.Maximum)
	everything := explore.Question{Measure: explore.Volume, By: []explore.Dimension{explore.ByNetwork}, Where: "", Range: i.rng, Step: "whole", Top: everyNetwork, Unbounded: true}
	i.work.Go(func() {
		a, err := i.c.put(i.ctx, everything)
		if err != nil {
			i.failed(err)
			return
		}
		n.Of = len(a.Rows)
		for k := range a.Rows {
			if a.Rows[k].Keys[0].Value == n.Name {
				n.Rank, n.Share = k+1, ratio(a.Rows[k].Whole.Value, a.Total.Whole.Value)
			}
		}
	})
}

// divide asks for the parts of the volume.
func (i *inquiry) divide(n *Network) {
	by := func(d explore.Dimension, to *[]Part) {
		*to = []Part{}
		i.ask(explore.Question{Measure: explore.Volume, By: []explore.Dimension{d}, Top: maxNetworks}, func(a *explore.Answer) {
			for k := range a.Rows {
				r := &a.Rows[k]
				p := Part{Value: r.Keys[0].Value, Name: r.Keys[0].Name, Volume: r.Whole, Share: ratio(r.Whole.Value, a.Total.Whole.Value)}
				if d == explore.ByType {
					t := typeNamed(p.Value)
					p.Name, p.Light, p.Dark = t.Name, t.Light, t.Dark
				}
				*to = append(*to, p)
			}
		})
	}
	by(explore.ByType, &n.Types)
	by(explore.ByRegion, &n.Regions)
	by(explore.ByLink, &n.Links)
	by(explore.ByDirection, &n.Directions)
}

// byMonth asks for the course of what is not volume.
func (i *inquiry) byMonth(n *Network) {
	by := func(m explore.Measure, to func(*NetworkMonth) *explore.Value) {
		i.ask(explore.Question{Measure: m, Range: i.c.course(), Step: "1mo"}, func(a *explore.Answer) {
			t := &a.Total
			for k := range min(len(n.Months), len(t.Values)) {
				v := to(&n.Months[k])
				v.Value = t.Values[k]
				if k < len(t.Low) && k < len(t.High) {
					v.Low, v.High = t.Low[k], t.High[k]
				}
			}
		})
	}
	by(explore.Uniqueness, func(m *NetworkMonth) *explore.Value { return &m.Uniqueness })
	by(explore.Magnitude, func(m *NetworkMonth) *explore.Value { return &m.Magnitude })
	by(explore.Persistence, func(m *NetworkMonth) *explore.Value { return &m.Persistence })
}

// maxVariability is the longest range whose ten-minute rates are read: a quarter.
const maxVariability = 92 * flow.SlotsPerDay

// variability asks for the ten-minute rates of the range, from the hour on that the store begins in:
// time before there was a store is no time without traffic.
func (i *inquiry) variability(n *Network) {
	extent := i.c.config.Source().Extent()
	from, to := max(flow.SlotAt(n.Range.From), extent.From.Hour()), min(flow.SlotAt(n.Range.To), extent.To)
	if !some(n.Volume.Value) || from >= to || to-from > maxVariability {
		return
	}
	const form = "2006-01-02T15:04"
	q := explore.Question{
		Measure: explore.Rate, Range: from.Time().Format(form) + ".." + to.Time().Format(form), Where: i.where, Step: "10m", Unbounded: true, Top: 1,
	}
	i.try(q, func(a *explore.Answer) {
		rates := make([]float64, 0, len(a.Total.Values))
		for _, v := range a.Total.Values {
			if !v.Known {
				return // no longer kept
			}
			rates = append(rates, v.Value)
		}
		if v := stats.VariabilityOf(rates); v.CV.Known {
			n.Variability = &Variability{v.CV, v.P95Ratio, v.MaxRatio}
		}
	})
}

// firstAndLast finds when the network was first and last seen, finer and finer.
func (i *inquiry) firstAndLast(n *Network) error {
	i.seen(n, flow.Period{From: i.c.config.Source().Extent().From, To: i.c.config.Source().Extent().To})
	return i.wait()
}

// seen narrows down both ends within a period.
func (i *inquiry) seen(n *Network, p flow.Period) {
	extent := i.c.config.Source().Extent()
	p.From = max(p.From, extent.From)
	if p.From >= p.To {
		return
	}
	months := flow.MonthOf(p.From).Name + ".." + flow.MonthOf(p.To-1).Name
	i.ask(explore.Question{Measure: explore.Volume, Range: months, Step: "1mo"}, func(a *explore.Answer) {
		i.narrow(a, "1mo", true, &n.First)
		i.narrow(a, "1mo", false, &n.Last)
	})
	i.work.Wait()
}

// finer are the steps in which a moment is narrowed down, each within one of the one before.
var finer = map[string]string{"1mo": "1h", "1h": "5m"}

// narrow finds the first or last step of an answer that has bits, and looks into it.
func (i *inquiry) narrow(a *explore.Answer, step string, first bool, to **Seen) {
	k := -1
	for n, v := range a.Total.Values {
		if some(v) && (k < 0 || !first) {
			k = n
		}
	}
	if k < 0 {
		return
	}
	*to = &Seen{At: a.Times[k].UTC(), Precision: step}
	next, ok := finer[step]
	if !ok {
		return
	}
	end := a.To
	if k+1 < len(a.Times) {
		end = a.Times[k+1]
	}
	const form = "2006-01-02T15:04"
	q := explore.Question{Measure: explore.Volume, Where: i.where, Range: a.Times[k].UTC().Format(form) + ".." + end.UTC().Format(form), Step: next}
	i.try(q, func(a *explore.Answer) { i.narrow(a, next, first, to) })
}

// typed says the type that most bits have, and by which rule.
func (n *Network) typed(index *networkIndex) {
	n.Type = typeNameOf(flow.Other)
	switch {
	case len(n.Types) > 0:
		n.Type = typeNamed(n.Types[0].Value)
	case len(n.Rules) > 0:
		n.Type = n.Rules[0].Type
	}
	n.Rule = index.ruleOf(n.Name, n.Type.Type)
	var links []string
	for _, l := range n.Links {
		if index.source.Links[l.Value] == flow.LinkMigration {
			links = append(links, l.Value)
		}
	}
	if len(links) > 0 {
		n.Rules = append(n.Rules, index.migration(links))
	}
	if n.Rule.Source == ruleNone || n.Rule.Source == ruleKept {
		n.Rules = append(n.Rules, NetworkRule{Rule: n.Rule, About: n.Name, Type: n.Type, Holds: true})
	}
}

// near is how many similar names an error lists.
const near = 5

// noSuchNetwork names similar ones: those that hold the text, then those that begin as it does.
func (c *Console) noSuchNetwork(name string, index *networkIndex) error {
	type candidate struct {
		name string
		away int
	}
	text := strings.ToLower(strings.TrimSpace(name))
	var found []candidate
	for other := range index.byName {
		o := strings.ToLower(other)
		away := misspelling(text, o)
		switch {
		case text != "" && strings.Contains(o, text):
			away = min(away, 1)
		case away > max(1, len(text)/3):
			continue
		}
		found = append(found, candidate{other, away})
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.away, b.away), cmp.Compare(len(a.name), len(b.name)), cmp.Compare(a.name, b.name))
	})
	e := &userError{status: http.StatusNotFound, detail: fmt.Sprintf("There is no network %.80q: neither the store nor the catalogue has it.", name)}
	for _, f := range found[:min(near, len(found))] {
		e.places = append(e.places, place{Location: "query.name", Message: f.name})
	}
	return e
}
