package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
)

// What can be wrong with a store. The errors that wrap these say what, where, and what to do.
var (
	ErrLocked  = errors.New("the store is in use")
	ErrNewer   = errors.New("the store is of a newer version")
	ErrCorrupt = errors.New("the store is damaged")
	ErrKey     = errors.New("the store's key is missing or wrong")
)

var holder = regexp.MustCompile(`held in (.*?) \(PID (\d+)\)`)

// openError turns what DuckDB says about a file it cannot open into a sentence for the operator.
func openError(path string, err error) error {
	text := err.Error()
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(text, p) {
				return true
			}
		}
		return false
	}
	switch {
	case has("Could not set lock"):
		who := "another process"
		if m := holder.FindStringSubmatch(text); m != nil {
			who = "process " + m[2] + " (" + m[1] + ")"
		}
		return fmt.Errorf("cannot open the store %s: %w by %s; ask that process or stop it", path, ErrLocked, who)
	case has("we can only read versions", "storage version", "version number"):
		return fmt.Errorf("cannot open the store %s: %w than this program's database library reads; use the tributary that wrote it, or a later one", path, ErrNewer)
	case has("not a valid DuckDB database file", "orrupt", "checksum", "Could not read enough bytes", "Serialization Error", "INTERNAL Error"):
		return fmt.Errorf("cannot open the store %s: %w, or it is not a store (DuckDB: %s); restore it from a copy, or move it away to start anew", path, ErrCorrupt, firstLine(text))
	case has("ermission denied", "Read-only file system", "ead-only"):
		return fmt.Errorf("cannot open the store %s: %w: it and its folder must be writable by this user", path, fs.ErrPermission)
	}
	return fmt.Errorf("cannot open the store %s: %s", path, firstLine(text))
}

// fileError is openError for what the operating system says.
func fileError(what, path string, err error) error {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		err = pe.Err
	}
	return fmt.Errorf("cannot %s %s: %w; the data folder must exist and be writable by this user", what, path, err)
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}
