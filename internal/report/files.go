package report

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"runtime"
	"sync"

	"tributary/internal/figure"
)

// File is one file of a report.
type File struct {
	Path string // inside the report's folder, with slashes
	Data []byte
}

// Files draws and writes the report. version is the program's, for the page's foot. index.html is
// the last, so that a reader of a folder being filled never sees a page whose files are missing.
func (r *Report) Files(ctx context.Context, version string) ([]File, error) {
	figures, err := r.draw(ctx)
	if err != nil {
		return nil, err
	}
	var out []File
	for i := range figures {
		out = append(out, File{"figures/" + figures[i].Name + ".svg", figures[i].file})
	}
	if r.Dataset != nil {
		for _, f := range [...]Format{CSV, Parquet} {
			var b bytes.Buffer
			if err := WriteDataset(&b, f, r.Dataset); err != nil {
				return nil, fmt.Errorf("cannot write the dataset as %s: %w", f, err)
			}
			out = append(out, File{"dataset." + string(f), b.Bytes()})
		}
	}
	numbers, err := r.JSON()
	if err != nil {
		return nil, fmt.Errorf("cannot write report.json: %w", err)
	}
	index, err := r.html(figures, version)
	if err != nil {
		return nil, err
	}
	return append(out, File{"report.json", numbers}, File{"index.html", index}), nil
}

// draw draws all figures, as many at a time as there are processors.
func (r *Report) draw(ctx context.Context) ([]drawn, error) {
	out := make([]drawn, len(r.Figures))
	errs := make([]error, len(r.Figures))
	next := make(chan int)
	var wait sync.WaitGroup
	for range min(len(r.Figures), runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := range next {
				out[i], errs[i] = r.Figures[i].draw(r.line(&r.Figures[i]))
				out[i].Number = i + 1
			}
		})
	}
	for i := range r.Figures {
		if ctx.Err() == nil {
			next <- i
		}
	}
	close(next)
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// line is what a figure's file says of itself. The figures over time begin before the period.
func (r *Report) line(f *Figure) string {
	line := f.Title + ", " + f.span
	if r.Simulated {
		line += ". Simulated data"
	}
	return line
}

func (f *Figure) draw(line string) (drawn, error) {
	pictures, err := figure.Draw(f.Name, f.chart.Chart(figure.WideWidth, &figure.Light), f.chart.Chart(figure.NarrowWidth, &figure.Light))
	if err != nil {
		return drawn{}, err
	}
	return drawn{
		Figure: f,
		// Package figure escapes what it puts into an SVG.
		Wide:   template.HTML(pictures[0].Inline("wide", f.Alt)),
		Narrow: template.HTML(pictures[1].Inline("narrow", f.Alt)),
		file:   pictures[0].File(f.Title, f.Alt+" "+f.Caption, line),
	}, nil
}
