package main

import (
	"fmt"
	"runtime/debug"
)

// version is set by the Makefile from git; "devel" in a build without it.
var version = "devel"

type versionCmd struct{}

// Run prints the version and the Go release.
func (versionCmd) Run(m *Main) error {
	goVersion := "unknown Go"
	if info, ok := debug.ReadBuildInfo(); ok {
		goVersion = info.GoVersion
	}
	_, err := fmt.Fprintf(m.Stdout, "tributary %s (%s)\n", version, goVersion)
	return err
}
