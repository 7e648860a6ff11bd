package catalogue

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Writable is the first of the files that this process may replace; "" for none.
func Writable(files []string) string {
	for _, name := range files {
		if f, err := os.OpenFile(name, os.O_WRONLY, 0); err == nil {
			_ = f.Close() // nothing was written
			return name
		}
	}
	return ""
}

// Write replaces a file, whole or not at all: a copy beside it is written, made durable and renamed.
// It keeps mode and owner, and goes to where a symbolic link leads.
func Write(name string, text []byte) (err error) {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return fmt.Errorf("cannot write a catalogue file: %w", err)
	}
	info, err := os.Stat(target)
	if err != nil {
		return fmt.Errorf("cannot write a catalogue file: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if err != nil {
		return fmt.Errorf("cannot write a catalogue file: its folder must be writable: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(info.Mode().Perm()), keepOwner(f, info))
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("cannot write a catalogue file: %w", err)
	}
	if err = os.Rename(f.Name(), target); err != nil {
		return fmt.Errorf("cannot put a catalogue file into its place: %w", err)
	}
	return syncFolder(filepath.Dir(target))
}

// keepOwner gives a file the owner and group of another, unless it has them.
func keepOwner(f *os.File, was os.FileInfo) error {
	is, err := f.Stat()
	if err != nil {
		return err
	}
	old, ok := was.Sys().(*syscall.Stat_t)
	now, isToo := is.Sys().(*syscall.Stat_t)
	if !ok || !isToo || old.Uid == now.Uid && old.Gid == now.Gid {
		return nil
	}
	return f.Chown(int(old.Uid), int(old.Gid))
}

// syncFolder makes a rename in a folder durable.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot write a catalogue file: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}
