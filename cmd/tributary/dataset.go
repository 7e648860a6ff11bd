package main

import (
	"bytes"
	"context"
	"io"

	"tributary/internal/flow"
	"tributary/internal/report"
	"tributary/internal/stats"
)

type datasetCmd struct {
	Period       string `arg:"" name:"PERIOD" help:"Whole UTC months: a month (2025-10), quarter (2025Q4) or year (2025), or FROM..TO with both ends included (2025-10..2026-03)."`
	Format       string `placeholder:"FORMAT" help:"csv, json or parquet (default: by the extension of -o, else csv)."`
	Output       string `short:"o" placeholder:"FILE" help:"File to write (default: standard output). An existing file is replaced once the new one is complete."`
	Unsuppressed bool   `help:"Write every measure on its true scale, also what publication hides: for your own use. The column suppressed still says what it would hide."`
}

// datasetRequest is a question for a dataset with nothing left to look up, so that another process
// can answer it.
type datasetRequest struct {
	Period       flow.Period
	Format       report.Format
	Unsuppressed bool
}

// Run writes the dataset.
func (c *datasetCmd) Run(m *Main) error {
	req := datasetRequest{Unsuppressed: c.Unsuppressed}
	var err error
	if req.Period, err = flow.ParseMonths(c.Period); err != nil {
		return usagef("%w", err)
	}
	if req.Format, err = report.DatasetFormat(c.Format, c.Output); err != nil {
		return usagef("%w", err)
	}
	if req.Format == report.Parquet && c.Output == "" && terminal(m.Stdout) {
		return usagef("a Parquet file is nothing for a terminal: name a file with -o")
	}
	var answer bytes.Buffer // a dataset is some megabytes; a failure half-way leaves no file
	if err := ask(m, "dataset", req, &answer); err != nil {
		return err
	}
	return m.output(c.Output, func(w io.Writer) error {
		_, err := answer.WriteTo(w)
		return err
	})
}

// answerDataset writes the dataset that is asked for.
func answerDataset(ctx context.Context, src *stats.Source, req datasetRequest, w io.Writer) error {
	d, err := src.Dataset(ctx, req.Period, req.Unsuppressed)
	if err != nil {
		return err
	}
	return report.WriteDataset(w, req.Format, d)
}
