package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

const overviewMonths = 14 // as many as the report's volume figure shows

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

// month is a month with its sheet; a nil sheet says that it has no data.
type month struct {
	period flow.Period
	sheet  *stats.Sheet
}

var errNoData = &userError{status: http.StatusNotFound, detail: "There is no data yet: the first slot is kept when its five minutes are over."}

// run are n months, the last of them the one that the request names, or the newest, and what they were
// taken from.
func (c *Console) run(ctx context.Context, name string, n int) ([]month, *sheets, error) {
	kept, err := c.sheets(ctx)
	if err != nil {
		return nil, nil, err
	}
	last := flow.MonthOf(kept.newest)
	if name != "" {
		p, err := flow.ParsePeriod(name)
		if err != nil || len(name) != len("2025-10") || p.From > kept.newest {
			return nil, nil, &userError{status: http.StatusBadRequest, detail: fmt.Sprintf("month: must be a month up to %s, such as 2025-10 (got %.20q).", last.Name, name)}
		}
		last = p
	}
	run := []month{{period: last}}
	for len(run) < n && run[0].period.From > 0 {
		run = slices.Insert(run, 0, month{period: flow.MonthOf(run[0].period.From - 1)})
	}
	if err := c.fill(ctx, run, kept); err != nil {
		return nil, nil, err
	}
	if run[len(run)-1].sheet == nil {
		return nil, nil, &userError{status: http.StatusNotFound, detail: fmt.Sprintf("There is no data of %s.", last.Name)}
	}
	return run, kept, nil
}

// fill gives months their sheets: those kept, and older ones from the store.
func (c *Console) fill(ctx context.Context, run []month, kept *sheets) error {
	older := stats.Question{Unsuppressed: true}
	for i := range run {
		if p := run[i].period; p.From < kept.from && p.To > kept.extent.From {
			older.Months = append(older.Months, p)
		}
		run[i].sheet = kept.months[run[i].period.Name]
	}
	if len(older.Months) == 0 {
		return nil
	}
	answer, err := c.asks.ask(ctx, kept.source, older)
	if err != nil {
		return err
	}
	for _, s := range answer.Months {
		for i := range run {
			if run[i].period.From == s.Period.From {
				run[i].sheet = s
			}
		}
	}
	return nil
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
	run, kept, err := c.run(ctx, in.Month, 2)
	if errors.Is(err, errNoData) {
		return &Overview{Months: []string{}, Notes: []Note{}}, nil
	}
	if err != nil {
		return nil, err
	}
	now := run[len(run)-1]
	o := &Overview{Month: monthOf(now.sheet), Months: kept.choice(now.period)}
	o.Notes = overviewNotes(o.Month, &c.config)
	if b := before(run); b != nil {
		o.Before = monthOf(b)
	}
	return o, nil
}

// choice lists the months of the store, the newest overviewMonths of them, ascending.
func (s *sheets) choice(asked flow.Period) []string {
	out := []string{}
	for at := s.extent.From; at < s.extent.To; at = at.NextMonth() {
		out = append(out, flow.MonthOf(at).Name)
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
	Theme string `query:"theme" default:"light" enum:"light,dark" doc:"The colours to draw with."`
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
	run, _, err := c.run(ctx, in.Month, draw.months)
	if err != nil {
		return nil, err
	}
	f, chart := draw.chart(run, in.Width, theme)
	f.Name, f.Option, f.Width, f.Height = in.Name, chart.Option, chart.Width, chart.Height
	return f, nil
}
