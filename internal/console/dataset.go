package console

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/internal/flow"
	"tributary/internal/report"
	"tributary/internal/stats"
)

// datasetInput is which dataset is asked for.
type datasetInput struct {
	Period       string `query:"period" required:"true" maxLength:"20" doc:"Whole months: a month (2025-10), quarter (2025Q4), year (2025), or FROM..TO with both ends included (2025-10..2026-03)."`
	Format       string `query:"format" default:"csv" enum:"csv,json,parquet" doc:"The format of the file."`
	Unsuppressed bool   `query:"unsuppressed" doc:"Every measure on its true scale, also what publication hides: for the operator's own use. The column suppressed still says what it would hide."`
}

// fileReply is an answer that is a file to keep.
type fileReply struct {
	CacheControl string `header:"Cache-Control"`
	ContentType  string `header:"Content-Type"`
	Disposition  string `header:"Content-Disposition"`
	Body         []byte
}

// datasetTypes are the content types of a dataset's formats.
var datasetTypes = map[report.Format]string{
	report.CSV: "text/csv; charset=utf-8", report.JSON: "application/json", report.Parquet: "application/vnd.apache.parquet",
}

func (c *Console) registerDataset(api huma.API) {
	o := operation{
		id: "get-dataset", method: http.MethodGet, path: "/dataset", tag: "Reports", role: Viewer,
		summary: "The open dataset",
		about:   "A row for each month, region, network type, direction and IP version, as tributary dataset writes it: the same bytes. With unsuppressed=true it holds what publication hides. A viewer may ask for that too: nothing in the console is suppressed.",
	}
	described := o.described()
	content := map[string]*huma.MediaType{}
	for _, t := range datasetTypes {
		content[t] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	described.Responses = map[string]*huma.Response{"200": {Description: "The dataset, as a file", Content: content}}
	huma.Register(api, described, func(ctx context.Context, in *datasetInput) (*fileReply, error) {
		if err := c.forbidden(ctx, o); err != nil {
			return nil, err
		}
		reply, err := c.dataset(ctx, in)
		if err != nil {
			return nil, c.problemOf(ctx, o, err)
		}
		return reply, nil
	})
}

// longestDataset bounds the time of the question: a year of a large store takes some tens of seconds,
// and the connection's writes end after a minute.
const longestDataset = 55 * time.Second

func (c *Console) dataset(ctx context.Context, in *datasetInput) (*fileReply, error) {
	p, err := flow.ParseMonths(in.Period)
	if err != nil {
		return nil, &userError{http.StatusBadRequest, sentence(err.Error()), []place{{Location: "query.period", Message: err.Error()}}}
	}
	if c.config.Source == nil {
		return nil, &userError{status: http.StatusServiceUnavailable, detail: "This process has no store to make a dataset of."}
	}
	done, ok := c.builder.enter()
	if !ok {
		return nil, errEnding
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, longestDataset)
	defer cancel()
	stop := context.AfterFunc(c.ending, cancel)
	defer stop()
	leave, err := c.files.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	d, err := c.config.Source().Dataset(ctx, p, in.Unsuppressed)
	var empty *stats.EmptyError
	switch {
	case errors.As(err, &empty):
		return nil, &userError{http.StatusNotFound, "There is " + empty.Error() + ".", []place{{Location: "query.period", Message: "no traffic in it"}}}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, &userError{status: http.StatusServiceUnavailable, detail: "This takes longer than a minute here: ask for fewer months, or use the command tributary dataset, which waits."}
	case err != nil:
		return nil, err
	}
	var b bytes.Buffer // whole before it is sent: an error must not follow half an answer
	format := report.Format(in.Format)
	if err := report.WriteDataset(&b, format, d); err != nil {
		return nil, err
	}
	name := "tributary-" + p.Name
	if in.Unsuppressed {
		name += "-unsuppressed" // so that it is not published by mistake
	}
	return &fileReply{"no-store", datasetTypes[format], `attachment; filename="` + name + "." + in.Format + `"`, b.Bytes()}, nil
}
