package main

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime/debug"
	"strings"

	"tributary/internal/flow"
	"tributary/internal/report"
	"tributary/internal/stats"
)

type reportCmd struct {
	Period string `arg:"" name:"PERIOD" help:"UTC day (2025-10-03), month (2025-10), quarter (2025Q4) or year (2025)."`
	Output string `short:"o" name:"output" placeholder:"DIR" help:"Folder to write to, made if it does not exist; files of an earlier report in it are replaced (default report-PERIOD)."`
	Format string `enum:"html,md" default:"html" help:"What the page is: html, one file that opens from disk and prints, or md, index.md for a blog (default html). Figures, dataset and report.json are the same."`
	Force  bool   `help:"Write the report also where it fails its self-check: every page, figure and report.json then says that it is a draft, and what failed (default: nothing is written)."`
	URL    string `name:"url" placeholder:"URL" help:"Address of the folder that the report will be published in, https://example.net/reports/2025Q4/: for its citation, its link preview and the foot of its print (default: none of them names an address)."`

	Annex string `placeholder:"FILE" help:"Also write what the report leaves out because it names networks, as Markdown, for your own eyes: candidates for a private interconnect, bursty networks, movers, new and gone networks (default: not written). Never inside a report's folder."`

	Publisher string `placeholder:"NAME" help:"Who publishes the report: stands at its head and in its citation (default: nobody is named)."`
}

// reportQuestion is what a process that holds the store is asked for.
type reportQuestion struct {
	Period flow.Period
	Form   report.Form
	Force  bool
}

// Run writes the report of a period into a folder.
func (c *reportCmd) Run(m *Main) error {
	defer collectLate()()
	period, err := flow.ParsePeriod(c.Period)
	if err != nil {
		return usagef("%w", err)
	}
	form := report.Form{Version: version, Markdown: c.Format == "md", Publisher: c.Publisher}
	if c.URL != "" {
		if form.URL, err = report.ParseURL(c.URL); err != nil {
			return usagef("--url: %w", err)
		}
	}
	converter := report.FindConverter()
	form.Pictures = converter != nil
	dir := c.Output
	if dir == "" {
		dir = "report-" + period.Name
	}
	if err := checkAnnex(m, c.Annex, dir); err != nil {
		return err
	}
	if err := report.Ready(dir, form.Index()); err != nil {
		return err
	}
	var answer bytes.Buffer
	fmt.Fprintf(m.Stderr, "computing and drawing the report of %s\n", period.Name)
	if err := ask(m, "report", reportQuestion{period, form, c.Force}, &answer); err != nil {
		return err
	}
	files, err := readFiles(&answer)
	if err != nil {
		return err
	}
	if converter == nil {
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
	if err := writeAnnex(m, c.Annex, period); err != nil {
		return err
	}
	fmt.Fprintf(m.Stdout, "%s/%s\n", strings.TrimSuffix(dir, "/"), files[len(files)-1].Path)
	fmt.Fprintf(m.Stderr, "wrote %d files to %s\n", len(files), dir)
	return sayDraft(m.Stderr, files)
}

// collectLate lets memory grow to five times what is in use before garbage is collected, up to 1.5 GiB, for a
// command that soon ends; collecting at twice takes a sixth of a report's time. What it returns undoes
// that. An operator who sets GOGC is obeyed.
func collectLate() (undo func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	percent, limit := debug.SetGCPercent(400), debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 { // none set by GOMEMLIMIT
		debug.SetMemoryLimit(3 << 29)
	}
	return func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}

// sayDraft says what the self-check found in a report that was written all the same.
func sayDraft(w io.Writer, files []report.File) error {
	for _, f := range files {
		if f.Path != "report.json" {
			continue
		}
		var said struct {
			Draft []string `json:"draft"`
		}
		if err := json.Unmarshal(f.Data, &said); err != nil {
			return fmt.Errorf("cannot read report.json: %w", err)
		}
		for i, failure := range said.Draft {
			if i == 0 {
				fmt.Fprintln(w, "the report is a draft, since it fails its self-check:")
			}
			fmt.Fprintln(w, "  "+failure)
		}
	}
	return nil
}

// answerReport writes the files of a report as a tar archive.
func answerReport(ctx context.Context, src *stats.Source, q reportQuestion, w io.Writer) error {
	r, err := report.Gather(ctx, src, q.Period, report.Options{Force: q.Force})
	if err != nil {
		return err
	}
	files, err := r.Files(ctx, q.Form)
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
