package console

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tributary/internal/explore"
	"tributary/internal/figure"
	"tributary/internal/filter"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

const (
	burstHours  = 6  // how far back the begin of a burst is looked for
	burstRows   = 12 // how many are told
	burstNames  = 40 // networks that are looked at: those with most bits
	stepsPerDay = flow.SlotsPerDay / stats.StepSlots
	hourSteps   = flow.SlotsPerHour / stats.StepSlots
	week        = 7 * flow.SlotsPerDay
)

// Bursts is what is far above its baseline in the newest whole ten minutes.
type Bursts struct {
	From   time.Time `json:"from" doc:"The ten minutes that are looked at."`
	To     time.Time `json:"to"`
	Weeks  int       `json:"weeks" doc:"Of the last eight, those whose same hour is known."`
	Needed int       `json:"needed" doc:"With fewer weeks there is no baseline, and nothing is told."`
	Factor float64   `json:"factor" doc:"A burst is more than this times its baseline, and more than the highest of the same hours."`
	Least  float64   `json:"least" doc:"And at least this share of all bits of the ten minutes."`
	Rows   []Burst   `json:"rows" doc:"Those furthest above their baseline in bits per second first."`
	Left   int       `json:"left" doc:"How many more there are."`
}

// Burst is a network type in a region, or a network, that is far above its baseline.
type Burst struct {
	Type      string    `json:"network_type" doc:"Empty for a network."`
	Name      string    `json:"name" doc:"Of the type or network."`
	Region    string    `json:"region" doc:"Empty for a network: it is over all regions."`
	Bps       float64   `json:"bps"`
	Baseline  float64   `json:"baseline" doc:"Median of the ten-minute rates of the same hour of the week, of the weeks that are known, in bits per second."`
	Limit     float64   `json:"limit" doc:"What the rate is above."`
	Deviation stats.Num `json:"deviation" doc:"(bps - baseline) / baseline; null where the baseline is 0."`
	Since     time.Time `json:"since" doc:"When the first of its ten minutes in a row above the limit began."`
	Longer    bool      `json:"longer" doc:"It began before: more than six hours back is not looked."`
}

// weekly is ten-minute rates of the last hours of now and of each week before, by what is told apart.
type weekly struct {
	steps int // of a stretch
	total [stats.BurstWeeks + 1][]float64
	rates map[string]*weeklyRates
	names map[string][]explore.Key
}

// weeklyRates are the rates of one key; [0] is now, nil where there is none.
type weeklyRates [stats.BurstWeeks + 1][]float64

// askBursts looks for bursts in the newest whole ten minutes that are committed.
func (c *Console) askBursts(ctx context.Context, newest flow.Slot, extent stats.Extent) (*Bursts, error) {
	to := (newest + 1) / stats.StepSlots * stats.StepSlots
	out := &Bursts{
		From: (to - stats.StepSlots).Time(), To: to.Time(), Rows: []Burst{},
		Needed: stats.BurstLeastWeeks, Factor: stats.BurstFactor, Least: stats.BurstLeastShare,
	}
	from := (to - 1).Hour() - (burstHours-1)*flow.SlotsPerHour
	cells, err := c.askWeekly(ctx, explore.Question{By: []explore.Dimension{explore.ByType, explore.ByRegion}, Top: 100}, from, to, extent)
	if err != nil {
		return nil, err
	}
	out.Weeks = cells.usual(nil, cells.steps-1).Weeks
	if out.Weeks < stats.BurstLeastWeeks {
		return out, nil
	}
	networks, err := c.askWeekly(ctx, explore.Question{By: []explore.Dimension{explore.ByNetwork}, Top: burstNames}, from, to, extent)
	if err != nil {
		return nil, err
	}
	out.Rows = append(append(out.Rows, cells.bursts(from)...), networks.bursts(from)...)
	slices.SortFunc(out.Rows, func(a, b Burst) int {
		return cmp.Or(cmp.Compare(b.Bps-b.Baseline, a.Bps-a.Baseline), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Region, b.Region))
	})
	out.Left = max(0, len(out.Rows)-burstRows)
	out.Rows = out.Rows[:len(out.Rows)-out.Left]
	return out, nil
}

// askWeekly asks for the rates of a stretch that begins with an hour, and of the same hours in the weeks
// before. Networks are those with most bits in the stretch itself.
func (c *Console) askWeekly(ctx context.Context, q explore.Question, from, to flow.Slot, extent stats.Extent) (*weekly, error) {
	q.Measure, q.Step = explore.Rate, "10m"
	w := &weekly{steps: int(to-from) / stats.StepSlots, rates: map[string]*weeklyRates{}, names: map[string][]explore.Key{}}
	for k := range stats.BurstWeeks + 1 {
		begin := from - flow.Slot(k)*week
		end := (begin + burstHours*flow.SlotsPerHour)
		if k == 0 {
			end = to
		}
		if begin < extent.From || begin > from { // before the store begins, or before time does
			break
		}
		q.Range = begin.Time().Format("2006-01-02T15:04") + ".." + end.Time().Format("2006-01-02T15:04")
		a, err := c.explorer.Ask(ctx, q)
		if err != nil {
			return nil, err
		}
		w.add(k, a)
		if k == 0 && q.By[0] == explore.ByNetwork {
			var names []string
			for _, r := range a.Rows {
				if r.Keys[0].Value != filter.Unknown {
					names = append(names, filter.Quoted(r.Keys[0].Value))
				}
			}
			if len(names) == 0 {
				break
			}
			q.Where = "network in (" + strings.Join(names, ", ") + ")"
		}
	}
	return w, nil
}

// add takes the rates of a week.
func (w *weekly) add(k int, a *explore.Answer) {
	w.total[k] = values(a.Total.Values)
	for _, r := range a.Rows {
		var joined []byte
		for _, x := range r.Keys {
			joined = append(append(joined, x.Value...), 0)
		}
		key := string(joined)
		if w.rates[key] == nil {
			w.rates[key], w.names[key] = &weeklyRates{}, r.Keys
		}
		w.rates[key][k] = values(r.Values)
	}
}

func values(nums []stats.Num) []float64 {
	out := make([]float64, len(nums))
	for i, n := range nums {
		out[i] = n.Value
	}
	return out
}

// usual is what a key's rates were in the hour of a step, in the weeks before in which that hour had any
// traffic. Of a nil key it tells only how many weeks these are.
func (w *weekly) usual(rates *weeklyRates, step int) stats.Usual {
	hour := step / hourSteps * hourSteps
	weeks := 0
	var all []float64
	for k := 1; k <= stats.BurstWeeks; k++ {
		if len(w.total[k]) < hour+hourSteps || slices.Max(w.total[k][hour:hour+hourSteps]) == 0 {
			continue
		}
		weeks++
		if rates == nil || rates[k] == nil { // it had none then
			all = append(all, make([]float64, hourSteps)...)
			continue
		}
		all = append(all, rates[k][hour:hour+hourSteps]...)
	}
	return stats.UsualOf(weeks, all)
}

// bursts are the keys that burst in the last step of a stretch that begins at a slot.
func (w *weekly) bursts(from flow.Slot) []Burst {
	var out []Burst
	last := w.steps - 1
	for key, rates := range w.rates {
		if rates[0] == nil || len(rates[0]) <= last || w.names[key][0].Value == filter.Unknown {
			continue
		}
		usual := w.usual(rates, last)
		burst, deviation := usual.Burst(rates[0][last], w.total[0][last])
		if !burst {
			continue
		}
		first := last
		for first > 0 {
			if again, _ := w.usual(rates, first-1).Burst(rates[0][first-1], 0); !again {
				break
			}
			first--
		}
		b := Burst{
			Name: w.names[key][0].Name, Bps: rates[0][last], Baseline: usual.Baseline, Limit: usual.Limit(), Deviation: deviation,
			Since: (from + flow.Slot(first*stats.StepSlots)).Time(), Longer: first == 0,
		}
		if names := w.names[key]; len(names) == 2 {
			b.Type, b.Region = names[0].Value, names[1].Name
			for t := range flow.NumNetworkTypes {
				if t.String() == b.Type {
					b.Name = figure.TypeName(t)
				}
			}
		}
		out = append(out, b)
	}
	return out
}

// askMore asks for what takes longer than the sheets.
func (c *Console) askMore(ctx context.Context, kept *sheets) (*more, error) {
	out := &more{}
	var err error
	if out.bursts, err = c.askBursts(ctx, kept.newest, kept.extent); err != nil {
		return nil, fmt.Errorf("cannot look for bursts: %w", err)
	}
	if out.movers, err = c.askMovers(ctx, kept); err != nil {
		return nil, fmt.Errorf("cannot look for what moved: %w", err)
	}
	month := flow.MonthOf(kept.newest)
	month.To = min(month.To, kept.newest+1)
	if out.losses, err = kept.source.Losses(ctx, month); err != nil {
		return nil, fmt.Errorf("cannot sum losses: %w", err)
	}
	return out, nil
}
