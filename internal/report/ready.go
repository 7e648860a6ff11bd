package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Ready says why a report cannot be written into the folder dir, as far as that can be told before
// there is a report: it takes a while to make. index is the page's file name. It leaves everything
// as it was.
func Ready(dir, index string) error {
	dir = filepath.Clean(dir)
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fmt.Errorf("cannot write the report to %s: it is a file; name a folder with -o", dir)
	}
	if err := refuseForeign(dir, index); err != nil {
		return err
	}
	there := dir // or the nearest folder above it that is there
	for {
		_, err := os.Stat(there)
		if err == nil {
			break
		}
		if above := filepath.Dir(there); errors.Is(err, fs.ErrNotExist) && above != there {
			there = above
			continue
		}
		return writeError(dir, err)
	}
	probe, err := os.MkdirTemp(there, ".report-")
	if err != nil {
		return writeError(dir, fmt.Errorf("%s takes no files: %w", there, errors.Unwrap(err)))
	}
	return os.Remove(probe)
}

// refuseForeign refuses a folder with a page that is no report's: no report.json lies beside it.
func refuseForeign(dir, index string) error {
	if _, err := os.Lstat(filepath.Join(dir, index)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := os.Lstat(filepath.Join(dir, "report.json")); err == nil {
		return nil
	}
	return fmt.Errorf("cannot write the report to %s: its %s is no report's and would be replaced; move it away, or name another folder with -o", dir, index)
}
