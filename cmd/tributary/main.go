// Command tributary collects flow telemetry from routers, keeps statistics of whom a network
// exchanges traffic with, and serves and publishes them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	m := &Main{Ctx: ctx, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	status := m.Run(os.Args[1:])
	stop()
	os.Exit(status)
}

// Main is the program: what main runs, and what the end-to-end tests run.
type Main struct {
	Ctx            context.Context // ends when the program is asked to stop
	Stdin          io.Reader       // of password only; may be nil for other commands
	Stdout, Stderr io.Writer       // results; everything else
	Config         string          // path of the configuration file
	ConfigGiven    bool            // the path was given: its absence is an error for every command

	// What tests do otherwise.
	commitEvery time.Duration        // between two commits of run; 0 = at every slot's end
	onRelease   func(segment string) // is called before a segment of the journal is deleted
}

// commands is the command line. One field a command; each command's type stands in its own file.
type commands struct {
	Config string `short:"c" placeholder:"FILE" help:"Configuration file (default tributary.yaml)."`

	Run      runCmd      `cmd:"" help:"Collect flows, keep the statistics, serve the console, until stopped."`
	Import   importCmd   `cmd:"" help:"Read capture files of export datagrams (pcap, pcapng) into the store."`
	Dataset  datasetCmd  `cmd:"" help:"Write the open dataset: a row a month and cell, as CSV, JSON or Parquet."`
	Top      topCmd      `cmd:"" help:"A table of the largest networks, AS numbers, types, regions, links or countries."`
	Report   reportCmd   `cmd:"" help:"Write the report of a period: HTML, figures, dataset."`
	Inspect  inspectCmd  `cmd:"" help:"Say what a capture holds: per exporter records, octets, templates, rates, refusals."`
	Explain  explainCmd  `cmd:"" help:"Explain how an address or an AS number is placed and typed, and by which rule."`
	Check    checkCmd    `cmd:"" help:"Validate the configuration and the files that it names."`
	Simulate simulateCmd `cmd:"" help:"Send a simulated fleet's export to a collector, or write it as a capture."`
	Demo     demoCmd     `cmd:"" help:"Collect, keep and serve fourteen simulated months from a fresh temporary store."`
	Password passwordCmd `cmd:"" help:"Hash a password, for a user of the console, as lines for the configuration."`
	Token    tokenCmd    `cmd:"" help:"Make an API token, with its lines for the configuration."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

// Run executes one command line and returns the exit status: 0 done, 1 failed, 2 wrong usage or
// configuration.
func (m *Main) Run(args []string) int {
	var cli commands
	exit := -1
	parser, err := kong.New(&cli,
		kong.Name("tributary"),
		kong.Description("Who your network exchanges traffic with: how much, with how many parties, how heavily."),
		kong.Writers(m.Stdout, m.Stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		panic("BUG: command line: " + err.Error())
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if exit >= 0 { // --help was answered
		return exit
	}
	if err != nil {
		help := "tributary --help"
		if wrong, ok := errors.AsType[*kong.ParseError](err); ok && wrong.Context.Selected() != nil {
			help = "tributary " + wrong.Context.Selected().Name + " --help"
		}
		fmt.Fprintf(m.Stderr, "tributary: %v; see %s\n", err, help)
		return 2
	}
	m.Config, m.ConfigGiven = cli.Config, cli.Config != ""
	if !m.ConfigGiven {
		m.Config = "tributary.yaml"
	}
	err = k.Run(m)
	if err == nil {
		return 0
	}
	if m.Ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	fmt.Fprintf(m.Stderr, "tributary: %v\n", err)
	if _, ok := errors.AsType[*usageError](err); ok {
		return 2
	}
	return 1
}

// usageError is a mistake in the command line or the configuration: exit status 2.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// usagef makes a usageError.
func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}
