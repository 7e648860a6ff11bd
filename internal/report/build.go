package report

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tributary/internal/flow"
	"tributary/internal/stats"
)

// Build is what BuildInto makes a report of.
type Build struct {
	Period    flow.Period
	Form      Form       // Pictures is set by it, as the machine can make them
	Converter *Converter // nil makes no pictures
	Progress  Progress   // may be nil
}

// Names of what lies in a folder of reports while one is built; folders that begin with a dot are no
// reports.
const (
	newPrefix = ".new-"
	oldPrefix = ".old-"
)

// BuildInto makes the report of a period, and when it is whole puts it into the folder reports under the
// period's name, in place of an older one. On an error, a *CheckError too, everything stays as it was.
func BuildInto(ctx context.Context, src *stats.Source, reports string, b Build) error {
	b.Form.Pictures = b.Converter != nil
	dir := filepath.Join(reports, b.Period.Name)
	if err := refuseForeign(dir, b.Form.Index()); err != nil {
		return err
	}
	r, err := Gather(ctx, src, b.Period, Options{Progress: b.Progress})
	if err != nil {
		return err
	}
	files, err := r.Files(ctx, b.Form)
	if err != nil {
		return err
	}
	if b.Converter != nil {
		b.Progress.say(stepPNG, fromPNG)
		pngs, err := b.Converter.Convert(ctx, files)
		if err != nil {
			return err
		}
		files = append(pngs, files...)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	b.Progress.say(stepMove, fromMove)
	return replace(reports, b.Period.Name, files)
}

// replace puts a whole report into the folder reports under a name. What lay there goes only when the
// new one is on the disk; killed at any moment, Tidy puts back what is missing.
func replace(reports, name string, files []File) error {
	dir, fresh, old := filepath.Join(reports, name), filepath.Join(reports, newPrefix+name), filepath.Join(reports, oldPrefix+name)
	if err := Tidy(reports); err != nil {
		return writeError(dir, err)
	}
	if err := os.MkdirAll(fresh, 0o755); err != nil {
		return writeError(dir, err)
	}
	defer os.RemoveAll(fresh)
	for _, f := range files {
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			return fmt.Errorf("cannot write the report to %s: %q is not a path inside it", dir, f.Path)
		}
		if err := writeFile(filepath.Join(fresh, filepath.FromSlash(f.Path)), f.Data); err != nil {
			return writeError(dir, err)
		}
	}
	if err := refuseAnnex(dir, files); err != nil {
		return err
	}
	switch err := os.Rename(dir, old); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return writeError(dir, err)
	}
	if err := os.Rename(fresh, dir); err != nil {
		_ = os.Rename(old, dir) // as it was; there may be none
		return writeError(dir, err)
	}
	if err := os.RemoveAll(old); err != nil {
		return fmt.Errorf("the report is in %s, but the one before it cannot be removed from %s: %w", dir, old, err)
	}
	return nil
}

// Tidy clears away what a process that was killed while it built a report left in the folder of
// reports. A report that was being replaced, and whose successor is not in its place, is put back.
func Tidy(reports string) error {
	entries, err := os.ReadDir(reports)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var errs []error
	for _, e := range entries {
		path := filepath.Join(reports, e.Name())
		if strings.HasPrefix(e.Name(), newPrefix) {
			errs = append(errs, os.RemoveAll(path))
		}
		name, isOld := strings.CutPrefix(e.Name(), oldPrefix)
		if !isOld {
			continue
		}
		if _, err := os.Lstat(filepath.Join(reports, name)); errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, os.Rename(path, filepath.Join(reports, name)))
		} else {
			errs = append(errs, os.RemoveAll(path))
		}
	}
	return errors.Join(errs...)
}
