package main

import (
	"errors"
	"io/fs"

	"tributary/internal/config"
)

// loadConfig reads the configuration that the command line names. Every error of it is a usage
// error: exit status 2.
func (m *Main) loadConfig() (*config.Config, error) {
	c, err := config.Load(m.Config)
	if err != nil {
		return nil, usagef("%w", err)
	}
	return c, nil
}

// loadConfigIfAny is loadConfig for commands that need no configuration: where none was named and
// the default file does not exist, it is nil without error.
func (m *Main) loadConfigIfAny() (*config.Config, error) {
	c, err := m.loadConfig()
	if !m.ConfigGiven && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return c, err
}
