package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"

	"tributary/internal/flow"
	"tributary/internal/report"
	"tributary/internal/stats"
)

// annexQuestion is what a process that holds the store is asked for.
type annexQuestion struct{ Period flow.Period }

// checkAnnex refuses an annex that would be published: in the report's folder, or in the one whose
// reports the console serves.
func checkAnnex(m *Main, file, reportDir string) error {
	if file == "" {
		return nil
	}
	cfg, err := m.loadConfig()
	if err != nil {
		return err
	}
	if err := report.CheckAnnex(file, reportDir, filepath.Join(cfg.Data, "reports")); err != nil {
		return usagef("--annex: %w", err)
	}
	return nil
}

// writeAnnex writes the annex of a report for its operator alone: only he can read the file.
func writeAnnex(m *Main, file string, period flow.Period) error {
	if file == "" {
		return nil
	}
	var answer bytes.Buffer
	if err := ask(m, "annex", annexQuestion{period}, &answer); err != nil {
		return err
	}
	if err := report.WriteAnnex(file, answer.Bytes()); err != nil {
		return fmt.Errorf("cannot write the annex: %w", err)
	}
	fmt.Fprintf(m.Stderr, "wrote the annex, which names networks and is not for publication, to %s\n", file)
	return nil
}

// answerAnnex writes the annex of a report.
func answerAnnex(ctx context.Context, src *stats.Source, q annexQuestion, w io.Writer) error {
	text, err := report.Annex(ctx, src, q.Period)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}
