package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

const (
	overviewMonths = 14 // as many as the report's volume figure shows

	// How long answers are kept. A question of two months takes a second or so, of fourteen several.
	recentSlots = 2 * flow.SlotsPerDay // a month is recent until two days after its end
	recentAge   = 1 * time.Minute
	oldAge      = 1 * time.Hour
)

// Overview is a month beside the one before it, and the months up to the newest.
type Overview struct {
	Month  *Month   `json:"month"`  // null while there is no data
	Before *Month   `json:"before"` // null where the month before has no data
	Months []string `json:"months"` // that can be asked for, ascending
	Notes  []Note   `json:"notes"`  // what makes the month's numbers say less than they could
}

// Month is what is known of a month, over all regions, both directions and both IP versions.
type Month struct {
	Name     string      `json:"name"` // 2025-10
	From     time.Time   `json:"from"`
	To       time.Time   `json:"to"`    // exclusive; of a month that is not over, the end of the newest committed slot
	Whole    bool        `json:"whole"` // the month is over
	Coverage float64     `json:"coverage"`
	Total    Measures    `json:"total"`
	Types    []TypeMonth `json:"types"` // those that have traffic, in the order of figures
}

// TypeMonth is a network type's part of a month.
type TypeMonth struct {
	Type  string `json:"network_type"`
	Name  string `json:"name"`
	Light string `json:"light"` // its colour in figures, by theme
	Dark  string `json:"dark"`
	Measures
}

// Measures are columns of the dataset, under their names there.
type Measures struct {
	Bits       stats.Num `json:"bits"`
	BitsError  stats.Num `json:"bits_error"`
	BpsAvg     stats.Num `json:"bps_avg"`
	BpsP95     stats.Num `json:"bps_p95"`
	BpsMax     stats.Num `json:"bps_max"`
	Unique     stats.Num `json:"unique_ips"`
	UniqueLow  stats.Num `json:"unique_ips_low"`
	UniqueHigh stats.Num `json:"unique_ips_high"`
	Magnitude  stats.Num `json:"magnitude"`
	Share      stats.Num `json:"share"`
	Networks   stats.Num `json:"networks"`
	Flows      stats.Num `json:"flows"`
}

func measuresOf(c *stats.Cell) Measures {
	return Measures{
		c.Bits, c.BitsError, c.BpsAvg, c.BpsP95, c.BpsMax, c.Unique, c.UniqueLow, c.UniqueHigh,
		c.Magnitude, c.Share, c.Networks, c.Flows,
	}
}

// kept are the sheets of months, kept so that the overview and its figures ask the store once.
type kept struct {
	asking sync.Mutex // held while the store is asked, so that one question is asked once

	mu     sync.Mutex // guards the fields below
	months map[string]keptMonth
	extent stats.Extent // of the last answer
}

type keptMonth struct {
	sheet  *stats.Sheet // nil: the month has no data
	newest flow.Slot    // of the store when it was asked
	asked  time.Time
}

// month is a month with its sheet; a nil sheet says that it has no data.
type month struct {
	period flow.Period
	sheet  *stats.Sheet
}

// fresh reports whether a month still is as it was kept. The newest months change with every slot,
// older ones only by late flows and imports.
func (k *keptMonth) fresh(p flow.Period, newest flow.Slot, now time.Time) bool {
	if newest < p.To+recentSlots {
		return k.newest == newest && now.Sub(k.asked) < recentAge
	}
	return now.Sub(k.asked) < oldAge
}

// sheets are the given months, from what is kept and, for the rest, from the store.
func (c *Console) sheets(ctx context.Context, periods []flow.Period, newest flow.Slot) ([]month, error) {
	out, missing := c.kept.pick(periods, newest, c.now())
	if len(missing) == 0 {
		return out, nil
	}
	c.kept.asking.Lock()
	defer c.kept.asking.Unlock()
	if out, missing = c.kept.pick(periods, newest, c.now()); len(missing) == 0 { // another has just asked
		return out, nil
	}
	if err := errors.Join(ctx.Err(), c.ending.Err()); err != nil { // it went while another was asking
		return nil, err
	}
	// Unsuppressed: the console is the operator's own; nothing in it is published. Not the request's
	// context: the answer is kept for the next one, which may already be waiting.
	answer, err := c.config.Ask(c.ending, stats.Question{Months: missing, Unsuppressed: true})
	if err != nil {
		return nil, err
	}
	c.kept.put(missing, answer, newest, c.now())
	out, _ = c.kept.pick(periods, newest, c.now())
	return out, nil
}

// stopAsking cancels the question being asked, if there is one, and waits until it has ended.
func (c *Console) stopAsking() {
	c.end()
	c.answers.stop()
	c.kept.asking.Lock()
	defer c.kept.asking.Unlock()
}

// pick takes the months that are kept, and lists those that are not.
func (k *kept) pick(periods []flow.Period, newest flow.Slot, now time.Time) (out []month, missing []flow.Period) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range periods {
		m, ok := k.months[p.Name]
		if !ok || !m.fresh(p, newest, now) {
			missing = append(missing, p)
		}
		out = append(out, month{p, m.sheet})
	}
	return out, missing
}

func (k *kept) put(asked []flow.Period, answer *stats.Answer, newest flow.Slot, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.months == nil {
		k.months = map[string]keptMonth{}
	}
	for _, p := range asked {
		m := keptMonth{newest: newest, asked: now}
		for _, s := range answer.Months {
			if s.Period.From == p.From {
				m.sheet = s
			}
		}
		k.months[p.Name] = m
	}
	k.extent = answer.Extent
}

var errNoData = &userError{status: http.StatusNotFound, detail: "There is no data yet: the first slot is kept when its five minutes are over."}

// run are n months, the last of them the one that the request names, or the newest.
func (c *Console) run(ctx context.Context, name string, n int) ([]month, error) {
	if c.config.Ask == nil || c.config.Newest == nil {
		return nil, errNoData
	}
	newest, ok := c.config.Newest()
	if !ok {
		return nil, errNoData
	}
	last := flow.MonthOf(newest)
	if name != "" {
		p, err := flow.ParsePeriod(name)
		if err != nil || len(name) != len("2025-10") || p.From > newest {
			return nil, &userError{status: http.StatusBadRequest, detail: fmt.Sprintf("month: must be a month up to %s, such as 2025-10 (got %.20q).", last.Name, name)}
		}
		last = p
	}
	periods := []flow.Period{last}
	for len(periods) < n && periods[0].From > 0 {
		periods = slices.Insert(periods, 0, flow.MonthOf(periods[0].From-1))
	}
	run, err := c.sheets(ctx, periods, newest)
	if err != nil {
		return nil, err
	}
	if run[len(run)-1].sheet == nil {
		return nil, &userError{status: http.StatusNotFound, detail: fmt.Sprintf("There is no data of %s.", last.Name)}
	}
	return run, nil
}

// monthOption is a parameter: the month that is asked for.
type monthOption struct {
	Month string `query:"month" doc:"A month such as 2025-10; the newest by default."`
}

func (c *Console) registerOverview(api huma.API) {
	on(c, api, operation{
		id: "get-overview", method: http.MethodGet, path: "/overview", tag: "Overview", role: Viewer,
		summary: "A month beside the one before it", about: "Over all regions, both directions and both IP versions, in total and by network type, under the names of the dataset's columns. Nothing is suppressed.",
	}, c.overview)
	on(c, api, operation{
		id: "get-figure", method: http.MethodGet, path: "/figures/{name}", tag: "Overview", role: Viewer,
		summary: "A figure of a month", about: "An ECharts option laid out for a width, with its title, caption and the numbers behind it. A string of the option that begins with @ names how a number is written.",
	}, c.figure)
}

func (c *Console) overview(ctx context.Context, in *monthOption) (*Overview, error) {
	run, err := c.run(ctx, in.Month, 2)
	if errors.Is(err, errNoData) {
		return &Overview{Months: []string{}, Notes: []Note{}}, nil
	}
	if err != nil {
		return nil, err
	}
	now := run[len(run)-1]
	o := &Overview{Month: monthOf(now.sheet), Months: c.kept.choice(now.period)}
	o.Notes = overviewNotes(o.Month, &c.config)
	if b := before(run); b != nil {
		o.Before = monthOf(b)
	}
	return o, nil
}

// choice lists the months of the store, the newest overviewMonths of them, ascending.
func (k *kept) choice(asked flow.Period) []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := []string{}
	for s := k.extent.From; s < k.extent.To; s = s.NextMonth() {
		out = append(out, flow.MonthOf(s).Name)
	}
	out = out[max(0, len(out)-overviewMonths):]
	if !slices.Contains(out, asked.Name) { // older than those
		out = slices.Insert(out, 0, asked.Name)
	}
	return out
}

// before is the sheet of the month just before the last of a run; nil where it has no data.
func before(run []month) *stats.Sheet {
	if len(run) < 2 {
		return nil
	}
	return run[len(run)-2].sheet
}

// whole reports whether a month's sheet is that of the month to its end.
func whole(s *stats.Sheet) bool { return s.Period.To == flow.MonthOf(s.Period.From).To }

func monthOf(s *stats.Sheet) *Month {
	cells := cellsOf(s)
	total := cells[stats.Total]
	m := &Month{
		Name: s.Period.Name, From: s.Period.From.Time(), To: s.Period.To.Time(), Whole: whole(s),
		Coverage: total.Coverage, Total: measuresOf(&total), Types: []TypeMonth{},
	}
	for _, t := range figure.StackOrder {
		k := stats.Total
		k.Type = t
		if c, ok := cells[k]; ok {
			m.Types = append(m.Types, TypeMonth{t.String(), figure.TypeName(t), figure.Light.Types[t], figure.Dark.Types[t], measuresOf(&c)})
		}
	}
	return m
}

// cellsOf are the cells of a sheet by their key.
func cellsOf(s *stats.Sheet) map[stats.Key]stats.Cell {
	out := make(map[stats.Key]stats.Cell, len(s.Cells))
	for _, c := range s.Cells {
		out[c.Key] = c
	}
	return out
}

// Figure is a chart ready for ECharts: option is an ECharts option laid out for exactly this width and
// height. A string of it that begins with @ names a formatter; see docs/reference/api.md.
type Figure struct {
	Name    string         `json:"name"`
	Title   string         `json:"title"`
	Caption string         `json:"caption"`
	Width   int            `json:"width"`
	Height  int            `json:"height"`
	Option  map[string]any `json:"option"`
	Table   Table          `json:"table"` // the numbers behind it
}

// figureOptions are the parameters of a figure.
type figureOptions struct {
	Month string `query:"month" doc:"A month such as 2025-10; the newest by default."`
	Name  string `path:"name" doc:"volume, heat-volume, heat-uniqueness, heat-magnitude or flow."`
	Width int    `query:"width" default:"900" minimum:"280" maximum:"2400" doc:"CSS pixels."`
	Theme string `query:"theme" default:"light" enum:"light,dark"`
}

func (c *Console) figure(ctx context.Context, in *figureOptions) (*Figure, error) {
	draw, ok := figures[in.Name]
	if !ok {
		return nil, &userError{status: http.StatusNotFound, detail: "There is no such figure; there are volume, heat-volume, heat-uniqueness, heat-magnitude and flow."}
	}
	theme := &figure.Light
	if in.Theme == "dark" {
		theme = &figure.Dark
	}
	run, err := c.run(ctx, in.Month, draw.months)
	if err != nil {
		return nil, err
	}
	f, chart := draw.chart(run, in.Width, theme)
	f.Name, f.Option, f.Width, f.Height = in.Name, chart.Option, chart.Width, chart.Height
	return f, nil
}
