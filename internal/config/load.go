package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tributary/internal/yamlfile"
)

// maxFile bounds what is read as a configuration: 65,000 links of the longest kind are below it.
const maxFile = 16 << 20

// Load reads and validates a configuration file. Paths in it that are not absolute are taken from
// the folder that the file lies in, and are returned so. The error, where something in the file is
// wrong, holds a *yamlfile.Problem for each mistake; a file that does not exist is fs.ErrNotExist.
func Load(path string) (*Config, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	c := Default()
	file, problems := yamlfile.Read(path, data, c, parsers())
	for _, p := range problems {
		if p.Path == "journal" && strings.HasPrefix(p.Text, "must be keys and values") { // journal: off
			p.Text += "; to keep none, write journal: {max_size: 0}"
		}
	}
	if len(problems) == 0 { // what could not be read would be reported a second time, as missing
		for _, p := range c.problems() {
			p.File, p.Line = path, file.Line(p.Path)
			problems = append(problems, p)
		}
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if err := c.resolve(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("cannot tell in which folder %s lies: %w", path, err)
	}
	return c, nil
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("cannot find the configuration %s: name another with --config FILE, or begin with these lines in it:\n\n%s%w",
			path, beginning, notExist)
	case err != nil:
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	case info.IsDir():
		return nil, fmt.Errorf("cannot read the configuration %s: it is a folder; name the file in it", path)
	case info.Size() > maxFile:
		return nil, fmt.Errorf("cannot read the configuration %s: it has %d bytes, more than any configuration (%d); is it another file?", path, info.Size(), maxFile)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	return data, nil
}

// notExist adds fs.ErrNotExist to an error whose sentence has said so already.
var notExist error = silent{fs.ErrNotExist}

type silent struct{ error }

func (silent) Error() string   { return "" }
func (s silent) Unwrap() error { return s.error }

// beginning is the smallest configuration, for who has none.
const beginning = `own: [203.0.113.0/24]                # the prefixes of your platform
regions:
  - {name: Here, exporters: [192.0.2.1]} # the routers that send flows, by region
`

// resolve makes relative paths relative to the working folder instead of dir.
func (c *Config) resolve(dir string) error {
	if dir == "." {
		return nil
	}
	dir, err := filepath.Abs(dir) // so that what check --print writes means the same anywhere
	if err != nil {
		return err
	}
	join := func(path *string) {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(dir, *path)
		}
	}
	join(&c.Data)
	join(&c.ASDatabase)
	join(&c.GeoDatabase)
	join(&c.Store.Path)
	join(&c.Journal.Path)
	join(&c.Console.TLS.Certificate)
	join(&c.Console.TLS.Key)
	for i := range c.Catalogue {
		join(&c.Catalogue[i])
	}
	return nil
}

// YAML is the whole configuration, defaults included, as a file that Load reads back to the same.
func (c *Config) YAML() []byte { return yamlfile.Append(nil, *c) }
