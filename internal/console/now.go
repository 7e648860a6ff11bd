package console

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/internal/explore"
	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// liveAge is how far the newest slot may lie behind the clock and still be called now: its own five
// minutes, and as much again for a commit that is slow.
const liveAge = 2 * flow.SlotMillis * time.Millisecond

// Now is what happens: the last hour that anything is known of, what bursts in it, and what has moved.
// Numbers of the open slot still grow.
type Now struct {
	To    *time.Time `json:"to" doc:"How far anything is known; null while there is no data."`
	Live  bool       `json:"live" doc:"The newest slot is of these minutes; else the store's data end earlier, and now is their end."`
	Slots []NowSlot  `json:"slots" doc:"The five-minute slots of the last hour, ascending."`
	Types []NowType  `json:"types" doc:"Those that had traffic in it, in the order of figures."`

	Bits stats.Num `json:"bits" doc:"Of the two newest slots."`
	Bps  stats.Num `json:"bps" doc:"The same over the seconds that they have had: the rate of now."`

	Bursts *Bursts `json:"bursts" doc:"Null until it is known, some seconds after the process began."`
	Movers *Movers `json:"movers" doc:"Null until it is known."`

	Hour    Loss         `json:"hour" doc:"What was lost of what exporters sent in the last hour; zeros where nothing arrived."`
	Regions []RegionLoss `json:"regions" doc:"Coverage and loss of the newest month, by region; the last is all."`
}

// NowSlot is a five-minute slot.
type NowSlot struct {
	Start   time.Time `json:"start"`
	Seconds float64   `json:"seconds" doc:"That it has had so far: 300 but for the open one."`
	Open    bool      `json:"open" doc:"Not committed yet: its numbers still grow."`
	Bits    stats.Num `json:"bits"`
	Bps     stats.Num `json:"bps" doc:"bits / seconds; null for a slot that has had none."`
}

// NowType is a network type in each slot of Now.
type NowType struct {
	Type  string      `json:"network_type"`
	Name  string      `json:"name"`
	Light string      `json:"light"`
	Dark  string      `json:"dark"`
	Bits  []stats.Num `json:"bits"`
	Bps   []stats.Num `json:"bps"`
}

// RegionLoss is how complete a region's month is.
type RegionLoss struct {
	Region   string    `json:"region"`
	Coverage float64   `json:"coverage"`
	Lost     stats.Num `json:"lost" doc:"Estimated share of the exported records that never arrived; null until it is known."`
}

func (c *Console) registerNow(api huma.API) {
	on(c, api, operation{
		id: "get-now", method: http.MethodGet, path: "/now", tag: "Overview", role: Viewer,
		summary: "The last hour, and what is out of the ordinary",
		about:   "The last hour by network type, the open slot included: what arrived is in it within seconds. What bursts and what moved is of the last commit. Where a store's data end earlier, now is their end.",
	}, func(ctx context.Context, _ *struct{}) (*Now, error) { return c.whatIsNow(ctx) })
}

func (c *Console) whatIsNow(ctx context.Context) (*Now, error) {
	out := &Now{Slots: []NowSlot{}, Types: []NowType{}, Regions: []RegionLoss{}}
	if c.explorer == nil {
		return out, nil
	}
	if err := c.lastHour(ctx, out); err != nil {
		return nil, err
	}
	out.Hour = c.status().Complete.Hour
	if _, ok := c.state(); !ok { // nothing is committed
		return out, nil
	}
	kept, err := c.sheets(ctx)
	if err != nil {
		return nil, err
	}
	more := kept.known()
	if more != nil {
		out.Bursts, out.Movers = more.bursts, more.movers
	}
	out.Regions = c.completeness(kept, more)
	return out, nil
}

// lastHour fills what is told of slots.
func (c *Console) lastHour(ctx context.Context, out *Now) error {
	a, err := c.explorer.Ask(ctx, explore.Question{Measure: explore.Volume, By: []explore.Dimension{explore.ByType}, Range: "1h", Step: "5m", Top: int(flow.NumNetworkTypes)})
	if err != nil || len(a.Times) == 0 {
		return err
	}
	known := a.To // to where numbers reach
	if at := a.OpenTo; at != nil && at.Before(a.To) && at.After(*a.Open) {
		known = *at
	}
	if now := c.now(); known.After(now) { // committed before its slot's end, by a process that was stopped
		known = now.UTC().Truncate(time.Second)
	}
	out.To, out.Live = &known, c.now().Sub(known) < liveAge
	const slot = flow.SlotMillis * time.Millisecond
	for i, start := range a.Times {
		s := NowSlot{Start: start, Seconds: min(slot, max(0, known.Sub(start))).Seconds(), Open: a.Open != nil && !start.Before(*a.Open), Bits: a.Total.Values[i]}
		s.Bps = rateOf(s.Bits, s.Seconds)
		out.Slots = append(out.Slots, s)
	}
	seconds := 0.0
	for _, s := range out.Slots[max(0, len(out.Slots)-2):] {
		out.Bits = stats.Num{Value: out.Bits.Value + s.Bits.Value, Known: true}
		seconds += s.Seconds
	}
	out.Bps = rateOf(out.Bits, seconds)
	rows := map[string]*explore.Row{}
	for i := range a.Rows {
		rows[a.Rows[i].Keys[0].Value] = &a.Rows[i]
	}
	for _, t := range figure.StackOrder {
		row := rows[t.String()]
		if row == nil {
			continue
		}
		n := NowType{Type: t.String(), Name: figure.TypeName(t), Light: figure.Light.Types[t], Dark: figure.Dark.Types[t], Bits: row.Values}
		for i, bits := range row.Values {
			n.Bps = append(n.Bps, rateOf(bits, out.Slots[i].Seconds))
		}
		out.Types = append(out.Types, n)
	}
	return nil
}

// rateOf is bits per second; nothing of no time.
func rateOf(bits stats.Num, seconds float64) stats.Num {
	if !bits.Known || seconds <= 0 {
		return stats.Num{}
	}
	return stats.Num{Value: bits.Value / seconds, Known: true}
}

// completeness is the coverage and the loss of the newest month, by region.
func (c *Console) completeness(kept *sheets, m *more) []RegionLoss {
	out := []RegionLoss{}
	sheet := kept.months[flow.MonthOf(kept.newest).Name]
	if sheet == nil {
		return out
	}
	var all *RegionLoss
	for i := range sheet.Cells {
		cell := &sheet.Cells[i]
		if cell.Type != stats.AllTypes || cell.Direction != flow.Both || cell.Version != stats.AllVersions {
			continue
		}
		r := RegionLoss{Region: cell.Region, Coverage: cell.Coverage}
		if m != nil && m.losses != nil {
			r.Lost = stats.Num{Value: m.losses.All.Share(), Known: true}
			if cell.Region != stats.AllRegions {
				r.Lost = regionLost(m.losses, kept.source.Store.Names(), cell.Region)
			}
		}
		if cell.Region == stats.AllRegions {
			all = &r
			continue
		}
		out = append(out, r)
	}
	if all != nil {
		out = append(out, *all)
	}
	return out
}

// regionLost is the loss of a region; 0 where no exporter of it has any.
func regionLost(l *stats.Losses, names *flow.Names, region string) stats.Num {
	for i := range l.Regions {
		if names.Regions.Value(uint32(l.Regions[i].Region)) == region {
			return stats.Num{Value: l.Regions[i].Share(), Known: true}
		}
	}
	return stats.Num{Known: true}
}
