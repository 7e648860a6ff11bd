package console

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"

	"tributary/internal/explore"
	"tributary/internal/figure"
	"tributary/internal/filter"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

const (
	moverRows  = 10  // networks that are told
	moverNames = 100 // networks of each month that are looked at: those with most bits
)

// Movers is how the newest month differs from the one before it. A month that is not over is compared by
// rate: bits per second of the time that the store has of it.
type Movers struct {
	Month    string  `json:"month"`
	Before   string  `json:"before" doc:"Empty where the store has no month before it: then nothing has moved."`
	Whole    bool    `json:"whole" doc:"The month is over."`
	Types    []Mover `json:"types" doc:"In the order of figures."`
	Networks []Mover `json:"networks" doc:"Of the hundred largest of either month, those whose share changed most, largest change first."`
}

// Mover is a network type or a network in two months.
type Mover struct {
	Key         string    `json:"key" doc:"As a filter has it."`
	Name        string    `json:"name"`
	Type        string    `json:"network_type" doc:"Of a network, that of most of its bits."`
	Bps         float64   `json:"bps"`
	BpsBefore   float64   `json:"bps_before"`
	Share       float64   `json:"share" doc:"Of all bits of the month."`
	ShareBefore float64   `json:"share_before"`
	Change      stats.Num `json:"change" doc:"(bps - bps_before) / bps_before; null where that is 0."`
}

// moved makes a mover of two rates and the two totals.
func moved(m Mover, total, totalBefore float64) Mover {
	if total > 0 {
		m.Share = m.Bps / total
	}
	if totalBefore > 0 {
		m.ShareBefore = m.BpsBefore / totalBefore
	}
	if m.BpsBefore > 0 {
		m.Change = stats.Num{Value: (m.Bps - m.BpsBefore) / m.BpsBefore, Known: true}
	}
	return m
}

// byShare sorts by how much shares changed.
func byShare(a, b Mover) int {
	return cmp.Or(cmp.Compare(math.Abs(b.Share-b.ShareBefore), math.Abs(a.Share-a.ShareBefore)), cmp.Compare(a.Name, b.Name))
}

// askMovers compares the newest month with the one before.
func (c *Console) askMovers(ctx context.Context, kept *sheets) (*Movers, error) {
	month := flow.MonthOf(kept.newest)
	out := &Movers{Month: month.Name, Types: []Mover{}, Networks: []Mover{}}
	now := kept.months[month.Name]
	if now == nil || month.From == 0 {
		return out, nil
	}
	out.Whole = whole(now)
	before := kept.months[flow.MonthOf(month.From-1).Name]
	if before == nil {
		return out, nil
	}
	out.Before = before.Period.Name
	out.Types = typeMovers(now, before)
	var err error
	out.Networks, err = c.networkMovers(ctx, out.Month, out.Before)
	return out, err
}

// typeMovers compares two sheets.
func typeMovers(now, before *stats.Sheet) []Mover {
	out := []Mover{}
	cells := map[*stats.Sheet]map[stats.Key]stats.Cell{now: cellsOf(now), before: cellsOf(before)}
	of := func(s *stats.Sheet, t flow.NetworkType) float64 {
		k := stats.Total
		k.Type = t
		return cells[s][k].BpsAvg.Value
	}
	for _, t := range figure.StackOrder {
		m := Mover{Key: t.String(), Name: figure.TypeName(t), Type: t.String(), Bps: of(now, t), BpsBefore: of(before, t)}
		if m.Bps > 0 || m.BpsBefore > 0 {
			out = append(out, moved(m, of(now, stats.AllTypes), of(before, stats.AllTypes)))
		}
	}
	return out
}

// monthRates are the average rates of networks in a month.
type monthRates struct {
	total float64
	rates map[string]explore.Row
	whole bool // all of the month's networks are in rates
}

func (c *Console) monthRates(ctx context.Context, month, where string) (*monthRates, error) {
	a, err := c.explorer.Ask(ctx, explore.Question{Measure: explore.Rate, By: []explore.Dimension{explore.ByNetwork}, Where: where, Range: month, Step: "whole", Top: moverNames})
	if err != nil {
		return nil, err
	}
	out := &monthRates{total: a.Total.Whole.Value.Value, rates: map[string]explore.Row{}, whole: a.Left == 0}
	for _, r := range a.Rows {
		out.rates[r.Keys[0].Value] = r
	}
	return out, nil
}

// networkMovers compares the networks of two months, those with most bits of either.
func (c *Console) networkMovers(ctx context.Context, month, monthBefore string) ([]Mover, error) {
	now, err := c.monthRates(ctx, month, "")
	if err != nil {
		return nil, err
	}
	before, err := c.monthRates(ctx, monthBefore, "")
	if err != nil {
		return nil, err
	}
	for _, pair := range [2][2]*monthRates{{now, before}, {before, now}} {
		name := month
		if pair[0] == before {
			name = monthBefore
		}
		if err := c.complete(ctx, name, pair[0], pair[1]); err != nil {
			return nil, err
		}
	}
	out := []Mover{}
	for name, r := range now.rates {
		out = append(out, mover(name, r, before.rates[name], now.total, before.total))
	}
	for name, r := range before.rates {
		if _, ok := now.rates[name]; !ok {
			out = append(out, mover(name, explore.Row{Keys: r.Keys}, r, now.total, before.total))
		}
	}
	out = slices.DeleteFunc(out, func(m Mover) bool { return m.Key == filter.Unknown || m.Share == m.ShareBefore })
	slices.SortFunc(out, byShare)
	return out[:min(len(out), moverRows)], nil
}

// complete adds to the rates of a month those of the other month's networks that are too small in it to
// be among its largest.
func (c *Console) complete(ctx context.Context, month string, rates, other *monthRates) error {
	if rates.whole {
		return nil
	}
	var names []string
	for name := range other.rates {
		if _, ok := rates.rates[name]; !ok && name != filter.Unknown {
			names = append(names, filter.Quoted(name))
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	more, err := c.monthRates(ctx, month, "network in ("+strings.Join(names, ", ")+")")
	if err != nil {
		return err
	}
	maps.Copy(rates.rates, more.rates)
	return nil
}

// mover compares the rows of a network.
func mover(name string, now, before explore.Row, total, totalBefore float64) Mover {
	return moved(Mover{
		Key: name, Name: now.Keys[0].Name, Type: cmp.Or(now.Keys[0].Type, ""),
		Bps: now.Whole.Value.Value, BpsBefore: before.Whole.Value.Value,
	}, total, totalBefore)
}
