package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"tributary/internal/flow"
	"tributary/internal/report"
	"tributary/internal/stats"
)

type reportCmd struct {
	Period string `arg:"" name:"PERIOD" help:"UTC day (2025-10-03), month (2025-10), quarter (2025Q4) or year (2025)."`
	Output string `short:"o" name:"output" placeholder:"DIR" help:"Folder to write to, made if it does not exist; files of an earlier report in it are replaced (default report-PERIOD)."`
}

// reportQuestion is what a process that holds the store is asked for.
type reportQuestion struct {
	Period  flow.Period
	Version string // of the program that asks, for the page's foot
}

// Run writes the report of a period into a folder.
func (c *reportCmd) Run(m *Main) error {
	period, err := flow.ParsePeriod(c.Period)
	if err != nil {
		return usagef("%w", err)
	}
	dir := c.Output
	if dir == "" {
		dir = "report-" + period.Name
	}
	var answer bytes.Buffer
	fmt.Fprintf(m.Stderr, "computing and drawing the report of %s\n", period.Name)
	if err := ask(m, "report", reportQuestion{period, version}, &answer); err != nil {
		return err
	}
	files, err := readFiles(&answer)
	if err != nil {
		return err
	}
	if converter := report.FindConverter(); converter == nil {
		fmt.Fprintln(m.Stderr, report.NoConverter)
	} else {
		fmt.Fprintf(m.Stderr, "making PNG of the figures with %s\n", converter.Program)
		pngs, err := converter.Convert(m.Ctx, files)
		if err != nil {
			return err
		}
		files = append(pngs, files...)
	}
	if err := report.Write(dir, files); err != nil {
		return err
	}
	fmt.Fprintf(m.Stdout, "%s/index.html\n", strings.TrimSuffix(dir, "/"))
	fmt.Fprintf(m.Stderr, "wrote %d files to %s\n", len(files), dir)
	return nil
}

// answerReport writes the files of a report as a tar archive.
func answerReport(ctx context.Context, src *stats.Source, q reportQuestion, w io.Writer) error {
	r, err := report.Gather(ctx, src, q.Period, report.Options{})
	if err != nil {
		return err
	}
	files, err := r.Files(ctx, q.Version)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(w)
	for _, f := range files {
		if err := archive.WriteHeader(&tar.Header{Name: f.Path, Mode: 0o644, Size: int64(len(f.Data))}); err != nil {
			return fmt.Errorf("cannot pack the report: %w", err)
		}
		if _, err := archive.Write(f.Data); err != nil {
			return fmt.Errorf("cannot pack the report: %w", err)
		}
	}
	return archive.Close()
}

func readFiles(r io.Reader) ([]report.File, error) {
	var out []report.File
	for archive := tar.NewReader(r); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("cannot unpack the report: %w", err)
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			return nil, fmt.Errorf("cannot unpack the report: %w", err)
		}
		out = append(out, report.File{Path: h.Name, Data: data})
	}
}
