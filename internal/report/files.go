package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"runtime"
	"strings"
	"sync"

	"tributary/internal/figure"
	"tributary/internal/flow"
)

// File is one file of a report.
type File struct {
	Path string // inside the report's folder, with slashes
	Data []byte
}

// Files draws the report and writes it in a form. The page is the last, so that a reader of a
// folder being filled never sees a page whose files are missing. Files that fail their check are a
// *CheckError, or a draft where that was asked for (Options.Force).
func (r *Report) Files(ctx context.Context, f Form) ([]File, error) {
	out, err := r.files(ctx, &f)
	var failed *CheckError
	if r.force && r.Draft == nil && errors.As(err, &failed) {
		r.Draft = failed.Failures
		return r.files(ctx, &f) // again, since every page says so
	}
	return out, err
}

func (r *Report) files(ctx context.Context, f *Form) ([]File, error) {
	figures, err := r.draw(ctx)
	if err != nil {
		return nil, err
	}
	r.progress.say(stepWrite, fromWrite)
	var out []File
	for i := range figures {
		out = append(out, File{"figures/" + figures[i].Name + ".svg", figures[i].file})
	}
	var table []byte // dataset.csv
	if r.Dataset != nil {
		for _, format := range [...]Format{CSV, Parquet} {
			var b bytes.Buffer
			if err := WriteDataset(&b, format, r.Dataset); err != nil {
				return nil, fmt.Errorf("cannot write the dataset as %s: %w", format, err)
			}
			if format == CSV {
				table = b.Bytes()
			}
			out = append(out, File{"dataset." + string(format), b.Bytes()})
		}
	}
	p, err := r.newPage(figures, f, r.citation(f, table))
	if err != nil {
		return nil, err
	}
	numbers, err := r.JSON(p.Cite)
	if err != nil {
		return nil, fmt.Errorf("cannot write report.json: %w", err)
	}
	out = append(out, File{"report.json", numbers})
	if f.Markdown {
		out = append(out, File{"methods.md", p.methodsMarkdown()}, File{"index.md", p.markdown(f)})
		return out, r.checkFiles(out)
	}
	methods, err := p.methods()
	if err != nil {
		return nil, err
	}
	index, err := p.html()
	if err != nil {
		return nil, err
	}
	out = append(out, File{"methods.html", methods}, File{"index.html", index})
	return out, r.checkFiles(out)
}

// draw draws all figures, as many at a time as there are processors.
func (r *Report) draw(ctx context.Context) ([]drawn, error) {
	out := make([]drawn, len(r.Figures))
	behind := steps{progress: r.progress}
	r.progress.say(stepDraw, fromDraw)
	errs := make([]error, len(r.Figures))
	next := make(chan int)
	var wait sync.WaitGroup
	for range min(len(r.Figures), runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := range next {
				out[i], errs[i] = r.Figures[i].draw(r.line(&r.Figures[i]), r.drawnBefore)
				behind.part(stepDraw, len(r.Figures), fromDraw, fromWrite)
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

// drawnBefore asks the store's cache, if there is one, for a figure of this period.
func (r *Report) drawnBefore(name string, of []byte, draw func() ([]string, error)) ([]string, error) {
	return r.kept.Drawn(drawnNames(r.asked)+name, of, draw)
}

// drawnNames is how the names begin under which a period's figures are kept.
func drawnNames(p flow.Period) string {
	return (p.To - 1).Time().Format("2006-01") + ".figure." + p.Name + "."
}

// line is what a figure's file says of itself. The figures over time begin before the period.
func (r *Report) line(f *Figure) string {
	parts := []string{f.Title + ", " + f.span}
	for _, n := range r.notices() {
		parts = append(parts, strings.TrimSuffix(n.Head, "."))
	}
	return strings.Join(parts, ". ")
}

// draw draws a figure, or takes from kept what was drawn of the same charts before.
func (f *Figure) draw(line string, kept func(name string, of []byte, draw func() ([]string, error)) ([]string, error)) (drawn, error) {
	pictures, err := figure.DrawBy(func(of []byte, draw func() ([]string, error)) ([]string, error) {
		return kept(f.Name, of, draw)
	}, f.Name, f.chart.Chart(figure.WideWidth, &figure.Light), f.chart.Chart(figure.NarrowWidth, &figure.Light))
	if err != nil {
		return drawn{}, err
	}
	file := pictures[0].File(f.Title, f.Alt+" "+f.Caption, line)
	return drawn{
		Figure: f,
		// Package figure escapes what it puts into an SVG.
		Wide:   template.HTML(pictures[0].Inline("wide", f.Alt)),
		Narrow: template.HTML(pictures[1].Inline("narrow", f.Alt)),
		file:   file,
		size:   [2]int{pictures[0].Width, pictures[0].Height + figure.FootHeight},
	}, nil
}
