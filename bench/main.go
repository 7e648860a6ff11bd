// Command bench measures what docs/performance.md says, on this machine.
//
//	make bench          the program's own figures: import, demo, questions, report
//	make bench-peers    beside its peers: goflow2's decoders, nfcapd, nfdump and nfacctd
//	bench store         makes a store of realistic size, on which
//	bench report        measures the report
//	bench console       and the console
//
// What docs/explanation/methods.md says of the methods' quality is measured by bench intervals, from invented numbers.
//
// It never decides anything: timings belong to people and documents, not to tests. It is a module of
// its own, so that the program does not depend on its peers. It needs bin/tributary and the load
// generator gen (a separate program; -gen names its folder), and for the peers Debian's packages
// nfdump and pmacct.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// bench is what the measurements share.
type bench struct {
	ctx    context.Context
	binary string // the program to measure
	out    string // folder for captures, stores and databases
	web    string // folder of the pages' source, with the browser's script
	load   *load
	quick  bool
	pace   int // datagrams a second that collectors are sent where their CPU is measured
	table  table
}

// rounds is how many times each side of a comparison is measured.
func (b *bench) rounds(n int) int {
	if b.quick {
		return min(n, 2)
	}
	return n
}

// groups are the comparisons with peers, in the order in which they run.
var groups = []struct {
	name, what string
	run        func(*bench) error
}{
	{"decode", "decoding alone, with goflow2", (*bench).decoding},
	{"ingest", "decode, place and roll-up, with nfcapd", (*bench).ingesting},
	{"import", "import, with nfcapd and nfdump", (*bench).importing},
	{"lossless", "the highest rate without loss, with nfcapd and nfacctd", (*bench).lossless},
	{"journal", "what the journal costs", (*bench).journaling},
	{"memory", "memory at a burst, and over a day", (*bench).remembering},
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("bench: ")
	if err := command(); err != nil && !errors.Is(err, flag.ErrHelp) {
		log.Fatal(err)
	}
}

func command() error {
	if len(os.Args) < 2 {
		return errors.New("say what to measure: product, or peers")
	}
	if os.Args[1] == "hold" { // a process of its own, so that its memory is its own
		return hold(os.Args[2:])
	}
	if os.Args[1] == "store" {
		return makeStore(os.Args[2:])
	}
	if os.Args[1] == "accuracy" {
		return accuracy(os.Args[2:])
	}
	if os.Args[1] == "intervals" {
		return intervals(os.Args[2:])
	}
	fs := flag.NewFlagSet(os.Args[1], flag.ContinueOnError)
	binary := fs.String("tributary", "bin/tributary", "the program to measure")
	gen := fs.String("gen", "../shared/bench/gen", "folder of the load generator's source")
	out := fs.String("out", "bench/out", "folder for captures, stores and databases; what is found there is used again")
	quick := fs.Bool("quick", false, "fewer rounds and shorter steps: a first look, for no document")
	only := fs.String("only", "", "peers: only these groups, by commas: "+groupNames())
	web := fs.String("web", "web", "console: folder of the pages' source, with node_modules")
	write := fs.String("write", "", "peers, report, console: also write the table between its marks in this document")
	if err := fs.Parse(os.Args[2:]); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	b := &bench{ctx: ctx, quick: *quick, pace: firstPace}
	var err error
	if b.binary, err = filepath.Abs(*binary); err != nil {
		return err
	}
	if b.out, err = filepath.Abs(*out); err != nil {
		return err
	}
	b.web = *web
	b.load = &load{source: *gen, out: b.out}
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	switch os.Args[1] {
	case "product":
		return b.product()
	case "peers":
		return b.peers(*only, *write)
	case "report":
		return b.reporting(*write)
	case "console":
		return b.consoling(*write)
	}
	return fmt.Errorf("cannot measure %q: say product, or peers", os.Args[1])
}

// peers measures the groups asked for.
func (b *bench) peers(only, write string) error {
	chosen := strings.FieldsFunc(only, func(r rune) bool { return r == ',' })
	for _, name := range chosen {
		if !strings.Contains(","+groupNames()+",", ","+name+",") {
			return fmt.Errorf("cannot measure %q: -only takes %s", name, groupNames())
		}
	}
	machine := b.machine()
	fmt.Printf("%s:\n\n", machine)
	for _, g := range groups {
		if len(chosen) > 0 && !slices.Contains(chosen, g.name) {
			continue
		}
		log.Printf("measuring %s", g.what)
		if err := g.run(b); err != nil {
			return fmt.Errorf("%s: %w", g.what, err)
		}
		if err := b.ctx.Err(); err != nil {
			return err
		}
	}
	if write != "" {
		return b.table.write(write, machine)
	}
	return nil
}

func groupNames() string {
	var names []string
	for _, g := range groups {
		names = append(names, g.name)
	}
	return strings.Join(names, ",")
}
