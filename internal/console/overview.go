package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

const (
	overviewMonths = 14              // as many as the report's volume figure shows
	overviewAge    = 1 * time.Minute // late flows change months that are over; a question of all months takes a second or so
)

// Overview is a month beside the one before it, and the months up to the newest.
type Overview struct {
	Month  *Month   `json:"month"`  // null while there is no data
	Before *Month   `json:"before"` // null where the month before has no data
	Months []string `json:"months"` // that can be asked for, ascending
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

// months is the last answer about the months up to the newest, kept so that the overview and its
// figures are of one snapshot and ask the store once.
type months struct {
	mu     sync.Mutex // guards the fields below; held while asking, so that one question is asked once
	sheets []*stats.Sheet
	newest flow.Slot
	asked  time.Time
}

// sheets are the months up to the newest, ascending; none in an empty store.
func (c *Console) sheets(ctx context.Context) ([]*stats.Sheet, error) {
	if c.config.Ask == nil || c.config.Newest == nil {
		return nil, nil
	}
	newest, ok := c.config.Newest()
	if !ok {
		return nil, nil
	}
	m := &c.months
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.newest == newest && c.now().Sub(m.asked) < overviewAge && m.sheets != nil {
		return m.sheets, nil
	}
	if err := ctx.Err(); err != nil { // it went while another was asking
		return nil, err
	}
	// Unsuppressed: the console is the operator's own; nothing in it is published.
	question := stats.Question{Unsuppressed: true}
	t := newest.Month().Time().AddDate(0, 1-overviewMonths, 0)
	for s := flow.SlotAt(t); s <= newest; s = s.NextMonth() {
		question.Months = append(question.Months, flow.MonthOf(s))
	}
	// Not the request's context: the answer is kept for the next one, which may already be waiting.
	answer, err := c.config.Ask(context.WithoutCancel(ctx), question)
	if err != nil {
		return nil, err
	}
	m.sheets, m.newest, m.asked = answer.Months, newest, c.now()
	return m.sheets, nil
}

var errNoData = &userError{http.StatusNotFound, "There is no data yet: the first slot is kept when its five minutes are over."}

// chosen are the months asked for: all up to the newest, and the index of the one that the request
// names, or of the last.
func (c *Console) chosen(r *http.Request) (sheets []*stats.Sheet, at int, err error) {
	sheets, err = c.sheets(r.Context())
	if err != nil {
		return nil, 0, err
	}
	if len(sheets) == 0 {
		return nil, 0, errNoData
	}
	month := r.URL.Query().Get("month")
	if month == "" {
		return sheets, len(sheets) - 1, nil
	}
	at = slices.IndexFunc(sheets, func(s *stats.Sheet) bool { return s.Period.Name == month })
	if at < 0 {
		return nil, 0, &userError{http.StatusBadRequest, fmt.Sprintf("month: must be one of the months from %s to %s that have data (got %.20q).",
			sheets[0].Period.Name, sheets[len(sheets)-1].Period.Name, month)}
	}
	return sheets, at, nil
}

func (c *Console) overview(r *http.Request) (*Overview, error) {
	sheets, at, err := c.chosen(r)
	if errors.Is(err, errNoData) {
		return &Overview{Months: []string{}}, nil
	}
	if err != nil {
		return nil, err
	}
	o := &Overview{Month: monthOf(sheets[at])}
	if b := before(sheets, at); b != nil {
		o.Before = monthOf(b)
	}
	for _, s := range sheets {
		o.Months = append(o.Months, s.Period.Name)
	}
	return o, nil
}

// before is the month just before; nil where it has no data.
func before(sheets []*stats.Sheet, at int) *stats.Sheet {
	if at > 0 && sheets[at-1].Period.Name == flow.MonthOf(sheets[at].Period.From-1).Name {
		return sheets[at-1]
	}
	return nil
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

// Widths that figures can be asked for, in CSS pixels.
const (
	minWidth = 280
	maxWidth = 2400
)

// Figure is a chart ready for ECharts: option is an ECharts option laid out for exactly this width and
// height. A string of it that begins with @ names a formatter; see docs/console.md.
type Figure struct {
	Name    string         `json:"name"`
	Title   string         `json:"title"`
	Caption string         `json:"caption"`
	Width   int            `json:"width"`
	Height  int            `json:"height"`
	Option  map[string]any `json:"option"`
	Table   Table          `json:"table"` // the numbers behind it
}

func (c *Console) figure(r *http.Request) (*Figure, error) {
	draw := figures[r.PathValue("name")]
	if draw == nil {
		return nil, &userError{http.StatusNotFound, "There is no such figure; there are volume, heat-volume, heat-uniqueness, heat-magnitude and flow."}
	}
	query := r.URL.Query()
	width, err := figure.WideWidth, error(nil)
	if s := query.Get("width"); s != "" {
		width, err = strconv.Atoi(s)
	}
	if err != nil || width < minWidth || width > maxWidth {
		return nil, &userError{http.StatusBadRequest, fmt.Sprintf("width: must be a whole number of CSS pixels from %d to %d (got %.20q).", minWidth, maxWidth, query.Get("width"))}
	}
	var theme *figure.Theme
	switch name := query.Get("theme"); name {
	case "", "light":
		theme = &figure.Light
	case "dark":
		theme = &figure.Dark
	default:
		return nil, &userError{http.StatusBadRequest, fmt.Sprintf("theme: must be light or dark (got %.20q).", name)}
	}
	sheets, at, err := c.chosen(r)
	if err != nil {
		return nil, err
	}
	f, chart := draw(sheets, at, width, theme)
	f.Name, f.Option, f.Width, f.Height = r.PathValue("name"), chart.Option, chart.Width, chart.Height
	return f, nil
}
