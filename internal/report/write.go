package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Write puts the files into the folder dir, which is made if it does not exist. They are written
// beside it first and then moved, index.html last: a failure leaves the folder as it was, or, while
// files are being moved, with whole files only. Files of the folder that are not the report's stay,
// but a PNG of an earlier report whose SVG is replaced does not. A folder where an annex lies is refused.
func Write(dir string, files []File) error {
	dir = filepath.Clean(dir)
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fmt.Errorf("cannot write the report to %s: it is a file; name a folder with -o", dir)
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return writeError(dir, err)
	}
	temp, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+"-")
	if err != nil {
		return writeError(dir, err)
	}
	defer os.RemoveAll(temp)
	for _, f := range files {
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			return fmt.Errorf("cannot write the report to %s: %q is not a path inside it", dir, f.Path)
		}
		if err := writeFile(filepath.Join(temp, filepath.FromSlash(f.Path)), f.Data); err != nil {
			return writeError(dir, err)
		}
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return writeError(dir, err)
	}
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := os.Rename(temp, dir); err != nil {
			return writeError(dir, err)
		}
		return nil
	}
	if err := refuseAnnex(dir, files); err != nil {
		return err
	}
	if err := removeOldPictures(dir, files); err != nil {
		return writeError(dir, err)
	}
	return move(temp, dir, files)
}

// refuseAnnex refuses a folder where an annex lies beside what is to be published.
func refuseAnnex(dir string, files []File) error {
	folders := []string{dir}
	for _, f := range files {
		if folder := filepath.Join(dir, filepath.FromSlash(filepath.Dir(f.Path))); !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	name, err := findAnnex(folders...)
	if err != nil {
		return writeError(dir, err)
	}
	if name != "" {
		return fmt.Errorf("cannot write the report to %s: %s is an annex, which names networks and is not for publication; move it away first, or name another folder with -o", dir, name)
	}
	return nil
}

// removeOldPictures removes the PNGs of an earlier report whose SVG is replaced and that have no
// successor.
func removeOldPictures(dir string, files []File) error {
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Path, ".svg")
		if !ok || slices.ContainsFunc(files, func(o File) bool { return o.Path == name+".png" }) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name+".png"))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// move renames the files one by one from a folder into another on the same file system.
func move(from, to string, files []File) error {
	for _, f := range files {
		target := filepath.Join(to, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return writeError(to, err)
		}
		if err := os.Rename(filepath.Join(from, filepath.FromSlash(f.Path)), target); err != nil {
			return writeError(to, err)
		}
	}
	return nil
}

func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

func writeError(dir string, err error) error {
	advice := ""
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, errReadOnly) {
		advice = "; name a folder that you may write with -o"
	}
	return fmt.Errorf("cannot write the report to %s: %w%s", dir, err, advice)
}

// errReadOnly is the error of a file system mounted read-only.
const errReadOnly = syscall.EROFS
