package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/internal/explore"
	"tributary/internal/filter"
	"tributary/internal/flow"
)

// exploreOptions are the parameters of a reader's own question.
type exploreOptions struct {
	Measure  string `query:"measure" doc:"What is asked for; volume by default. /explore/fields lists what there is."`
	By       string `query:"by" doc:"What is told apart: up to three dimensions with commas between them; none asks for the total alone."`
	Where    string `query:"where" doc:"A filter: which traffic the question is about. Empty: all."`
	Range    string `query:"range" doc:"A period (2026-05, 2025Q4, 2025, 2026-05-07), two days (2026-05-01..2026-05-07), two times (2026-05-01T10:00..2026-05-01T12:30, UTC) or a length of time up to now (1h, 24h, 7d); 24h by default."`
	Step     string `query:"step" doc:"How time is cut: 5m, 10m, 1h, 1d, 1mo, whole, or auto, the default."`
	Top      int    `query:"top" doc:"How many rows are listed one by one; 10 by default."`
	Previous bool   `query:"previous" doc:"Also over the period before."`
	Format   string `query:"format" default:"json" enum:"json,csv" doc:"csv: a row for each step and key, with units in the header."`
}

// question is what the parameters ask.
func (o *exploreOptions) question() explore.Question {
	q := explore.Question{
		Measure: explore.Measure(o.Measure), Where: o.Where, Range: o.Range, Step: o.Step, Top: o.Top, Previous: o.Previous,
		By: []explore.Dimension{},
	}
	for d := range strings.SplitSeq(o.By, ",") {
		if d = strings.TrimSpace(d); d != "" {
			q.By = append(q.By, explore.Dimension(d))
		}
	}
	return q
}

// exploreReply is an answer as text, so that one that is kept is not written anew.
type exploreReply struct {
	CacheControl string `header:"Cache-Control"`
	ContentType  string `header:"Content-Type"`
	Disposition  string `header:"Content-Disposition"`
	Body         []byte
}

func (c *Console) registerExplore(api huma.API) {
	o := operation{
		id: "explore", method: http.MethodGet, path: "/explore", tag: "Explore", role: Viewer,
		summary: "A question of one's own",
		about:   "One measure, by up to three dimensions, of what a filter lets through, over any range and step of time. Rows come largest first. Where the dataset has the same cell, the number is the same; nothing is suppressed. An error of the filter says where in it the mistake is.",
	}
	described := o.described()
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[explore.Answer](), true, "")
	described.Responses = map[string]*huma.Response{"200": {Description: "The answer", Content: map[string]*huma.MediaType{
		"application/json": {Schema: schema}, "text/csv": {Schema: &huma.Schema{Type: huma.TypeString}},
	}}}
	huma.Register(api, described, func(ctx context.Context, in *exploreOptions) (*exploreReply, error) {
		if err := c.forbidden(ctx, o); err != nil {
			return nil, err
		}
		reply, err := c.explore(ctx, in)
		if err != nil {
			return nil, c.problemOf(ctx, o, exploreError(err))
		}
		return reply, nil
	})
	on(c, api, operation{
		id: "list-explore-fields", method: http.MethodGet, path: "/explore/fields", tag: "Explore", role: Viewer,
		summary: "What can be asked", about: "The measures and dimensions of a question of one's own, and the time that there is data of.",
	}, c.exploreFields)
	on(c, api, operation{
		id: "complete-filter", method: http.MethodGet, path: "/filter", tag: "Explore", role: Viewer,
		summary: "Check and complete a filter", about: "Whether a filter is understood, where its mistake is, and what may stand at the cursor. Offsets and lengths are octets of the text's UTF-8.",
	}, c.completeFilter)
}

func (c *Console) explore(ctx context.Context, in *exploreOptions) (*exploreReply, error) {
	answer, err := c.answers.ask(ctx, c, in.question())
	if err != nil {
		return nil, err
	}
	if in.Format == "csv" {
		name := csvName(&answer.answer.Question)
		return &exploreReply{"no-store", "text/csv; charset=utf-8", `attachment; filename="` + name + `"`, exploreCSV(answer.answer)}, nil
	}
	return &exploreReply{CacheControl: "no-store", ContentType: "application/json", Body: answer.text}, nil
}

// exploreError makes mistakes of a question those of a request.
func exploreError(err error) error {
	if mistake, ok := errors.AsType[*filter.Error](err); ok {
		return &userError{http.StatusBadRequest, "where: " + sentence(mistake.Error()), []place{{
			Location: "query.where", Offset: &mistake.Offset, Length: mistake.Length, Message: mistake.Message,
		}}}
	}
	if wrong, ok := errors.AsType[*explore.QuestionError](err); ok {
		return &userError{http.StatusBadRequest, wrong.Field + ": " + sentence(wrong.Message), []place{{
			Location: "query." + wrong.Field, Message: wrong.Message,
		}}}
	}
	return err
}

// sentence is a message with its full stop, where no question ends it.
func sentence(message string) string {
	if strings.HasSuffix(message, ".") || strings.HasSuffix(message, "?") {
		return message
	}
	return message + "."
}

// ExploreFields is what can be asked.
type ExploreFields struct {
	Measures   []MeasureField   `json:"measures"`
	Dimensions []DimensionField `json:"dimensions"`
	Extent     ExploreExtent    `json:"extent"`
}

// MeasureField is a measure of a question.
type MeasureField struct {
	Name     explore.Measure `json:"name"`
	Title    string          `json:"title"`
	Unit     string          `json:"unit"`
	About    string          `json:"about"`
	ByPlace  bool            `json:"by_place"` // also known by country, subdivision and city
	Additive bool            `json:"additive"` // values of rows add up to the total
	Bounds   bool            `json:"bounds"`   // values have bounds of two standard deviations
}

// DimensionField is a dimension of a question.
type DimensionField struct {
	Name  explore.Dimension `json:"name"`
	Title string            `json:"title"`
	About string            `json:"about"`
	Place bool              `json:"place"` // a place: see MeasureField.ByPlace
}

// ExploreExtent is the time that there is data of.
type ExploreExtent struct {
	From   *time.Time `json:"from"` // null while there is no data
	To     *time.Time `json:"to"`   // exclusive: the end of the newest committed slot
	OpenTo *time.Time `json:"open_to"`
	Months []string   `json:"months"` // that have data, ascending
}

func (c *Console) exploreFields(context.Context, *struct{}) (*ExploreFields, error) {
	f := &ExploreFields{Extent: ExploreExtent{Months: []string{}}}
	for _, m := range explore.Measures {
		f.Measures = append(f.Measures, MeasureField{m.Name, m.Title, m.Unit, m.About, m.ByPlace, m.Additive, m.Bounds})
	}
	for _, d := range explore.Dimensions {
		f.Dimensions = append(f.Dimensions, DimensionField{d.Name, d.Title, d.About, d.Place})
	}
	if c.config.Source == nil {
		return f, nil
	}
	if open := c.config.Open; open != nil {
		if o := open(); o.Batch != nil {
			at := o.At.UTC()
			f.Extent.OpenTo = &at
		}
	}
	extent := c.config.Source().Extent()
	if extent.IsEmpty() {
		return f, nil
	}
	from, to := extent.From.Time(), extent.To.Time()
	f.Extent.From, f.Extent.To = &from, &to
	for m := extent.From; m < extent.To; m = m.NextMonth() {
		f.Extent.Months = append(f.Extent.Months, flow.MonthOf(m).Name)
	}
	return f, nil
}

// filterOptions are a filter and where the cursor is in it.
type filterOptions struct {
	Where  string `query:"where" doc:"The filter's text so far."`
	Cursor int    `query:"cursor" default:"-1" minimum:"-1" doc:"Octets before the cursor; at the text's end by default."`
}

// FilterCheck says whether a filter is understood, and what may stand at the cursor.
type FilterCheck struct {
	Valid   bool   `json:"valid"`
	Message string `json:"message"` // of the mistake; empty if there is none
	Offset  int    `json:"offset"`  // octets before the mistake
	Length  int    `json:"length"`  // octets of the mistake; 0: something is missing there

	From        int                `json:"from"` // octets of the text that a completion replaces
	To          int                `json:"to"`
	Completions []FilterCompletion `json:"completions"` // at most 20
}

// FilterCompletion is a word that may stand at the cursor.
type FilterCompletion struct {
	Text  string      `json:"text"`
	Kind  filter.Kind `json:"kind" enum:"field,operator,value,keyword"`
	About string      `json:"about"` // may be empty
}

func (c *Console) completeFilter(ctx context.Context, in *filterOptions) (*FilterCheck, error) {
	vocabulary := &filter.Vocabulary{}
	if c.explorer != nil {
		vocabulary = c.explorer.Vocabulary(ctx)
	}
	out := &FilterCheck{Valid: true, Completions: []FilterCompletion{}}
	_, err := filter.Parse(in.Where, vocabulary)
	if mistake, ok := errors.AsType[*filter.Error](err); ok {
		out.Valid, out.Message, out.Offset, out.Length = false, sentence(mistake.Message), mistake.Offset, mistake.Length
	}
	cursor := in.Cursor
	if cursor < 0 {
		cursor = len(in.Where)
	}
	completion := filter.Complete(in.Where, cursor, vocabulary)
	out.From, out.To = completion.From, completion.To
	for _, x := range completion.Candidates {
		out.Completions = append(out.Completions, FilterCompletion{x.Text, x.Kind, x.About})
	}
	return out, nil
}

// marshalAnswer writes an answer.
func marshalAnswer(a *explore.Answer) ([]byte, error) {
	text, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("cannot write an answer as JSON: %w", err)
	}
	return append(text, '\n'), nil
}
