// Command bench measures the speed bars of docs/performance.md on this machine and prints them as
// a table. It never decides anything: timings belong to people and documents, not to tests.
//
//	make bench
//
// It needs bin/tributary and the load generator gen (a separate program; -gen names its folder).
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const records = 3_000_000 // NetFlow v9 records an import reads

func main() {
	log.SetFlags(0)
	binary := flag.String("tributary", "bin/tributary", "the program to measure")
	gen := flag.String("gen", "../shared/bench/gen", "folder of the load generator's source")
	out := flag.String("out", "bench/out", "folder for captures and stores; captures found there are used again")
	runs := flag.Int("runs", 3, "runs of each measurement; the median counts")
	flag.Parse()
	b := &bench{binary: abs(*binary), gen: *gen, out: abs(*out), runs: *runs}
	if err := b.run(); err != nil {
		log.Fatalf("bench: %v", err)
	}
}

type bench struct {
	binary, gen, out string
	runs             int
}

// usage is what the operating system says a finished process took.
type usage struct {
	cpu, wall time.Duration
	peak      int64 // bytes, largest resident set
}

func (b *bench) run() error {
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	fmt.Println("| what | CPU s | wall s | records per CPU s | peak MiB |")
	fmt.Println("|---|---|---|---|---|")
	for _, c := range []struct{ name, what, span string }{
		{"v9-30s.pcap", "import of 3,000,000 v9 records, 30 s of stream time", ""},
		{"v9-24h.pcap", "import of 3,000,000 v9 records, 24 h of stream time (288 slots)", "24h"},
	} {
		capture, err := b.capture(c.name, c.span)
		if err != nil {
			return err
		}
		u, err := b.median(func() (usage, error) { return b.importOnce(capture) })
		if err != nil {
			return err
		}
		b.row(c.what, u, records)
	}
	demo, err := b.demo()
	if err != nil {
		return err
	}
	for _, period := range []string{"2025Q4", "2025-05..2026-06"} {
		u, err := b.median(func() (usage, error) {
			return b.tributary("-c", filepath.Join(demo, "tributary.yaml"), "dataset", period, "-o", filepath.Join(b.out, "dataset.csv"))
		})
		if err != nil {
			return err
		}
		b.row("dataset "+period+" over the demo", u, 0)
	}
	u, err := b.median(func() (usage, error) {
		return b.tributary("-c", filepath.Join(demo, "tributary.yaml"), "report", "2025Q4", "-o", filepath.Join(b.out, "report"))
	})
	if err != nil {
		return err
	}
	b.row("report 2025Q4 over the demo", u, 0)
	return nil
}

func (b *bench) row(what string, u usage, n int) {
	rate := ""
	if n > 0 {
		rate = fmt.Sprintf("%.0f", float64(n)/u.cpu.Seconds())
	}
	fmt.Printf("| %s | %.2f | %.2f | %s | %d |\n", what, u.cpu.Seconds(), u.wall.Seconds(), rate, u.peak>>20)
}

// median runs f and returns the run with the median CPU time.
func (b *bench) median(f func() (usage, error)) (usage, error) {
	var all []usage
	for range b.runs {
		u, err := f()
		if err != nil {
			return u, err
		}
		i := 0
		for i < len(all) && all[i].cpu < u.cpu {
			i++
		}
		all = append(all[:i], append([]usage{u}, all[i:]...)...)
	}
	return all[len(all)/2], nil
}

// capture makes the capture of the given name, unless it is there.
func (b *bench) capture(name, span string) (string, error) {
	path := filepath.Join(b.out, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	gen := filepath.Join(b.out, "gen")
	build := exec.Command("go", "build", "-o", gen, ".")
	build.Dir = b.gen
	if msg, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot build the load generator in %s: %w\n%s", b.gen, err, msg)
	}
	args := []string{"make", "-proto", "v9", "-records", fmt.Sprint(records), "-o", path + ".part"}
	if span != "" {
		args = append(args, "-span", span)
	}
	if msg, err := exec.Command(gen, args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot make %s: %w\n%s", path, err, msg)
	}
	return path, os.Rename(path+".part", path)
}

const importConfig = `own: [198.18.0.0/15, "2001:db8::/32"]
own_as: [64500]
regions:
  - {name: Bench, exporters: [192.0.2.1]}
`

// importOnce imports a capture into a fresh store.
func (b *bench) importOnce(capture string) (usage, error) {
	dir, err := os.MkdirTemp(b.out, "store-")
	if err != nil {
		return usage{}, err
	}
	defer os.RemoveAll(dir)
	config := filepath.Join(dir, "tributary.yaml")
	if err := os.WriteFile(config, []byte("data: "+dir+"\n"+importConfig), 0o644); err != nil {
		return usage{}, err
	}
	return b.tributary("-c", config, "import", capture)
}

// demo fills the demo's store, unless it is there.
func (b *bench) demo() (string, error) {
	dir := filepath.Join(b.out, "demo")
	if _, err := os.Stat(filepath.Join(dir, "tributary.yaml")); err == nil {
		return dir, nil
	}
	u, err := b.tributary("demo", "--data", dir, "--fill-only")
	if err != nil {
		return "", err
	}
	b.row("demo: fourteen months to an openable store", u, 0)
	return dir, nil
}

func (b *bench) tributary(args ...string) (usage, error) {
	cmd := exec.Command(b.binary, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	begin := time.Now()
	err := cmd.Run()
	u := usage{wall: time.Since(begin)}
	if cmd.ProcessState != nil {
		u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			u.peak = r.Maxrss << 10 // Linux gives KiB
		}
	}
	if err != nil {
		return u, fmt.Errorf("tributary %v: %w\n%s", args, err, out.Bytes())
	}
	return u, nil
}

func abs(path string) string {
	p, err := filepath.Abs(path)
	if err != nil {
		log.Fatalf("bench: %v", err)
	}
	return p
}
