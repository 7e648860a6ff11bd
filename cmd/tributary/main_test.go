package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// asProgram makes the test binary be the program, for tests that kill it: its arguments are a command
// line of tributary. The value is the time between two commits of run, or 0 for the usual.
const asProgram = "TRIBUTARY_TEST_MAIN"

// toArchive names the folder in which such a process keeps the segments of its journal that it is
// about to delete: what it has read.
const toArchive = "TRIBUTARY_TEST_ARCHIVE"

func TestMain(m *testing.M) {
	value := os.Getenv(asProgram)
	if value == "" {
		os.Exit(m.Run())
	}
	every, err := time.ParseDuration(value)
	if err != nil {
		panic(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	p := &Main{Ctx: ctx, Stdout: os.Stdout, Stderr: os.Stderr, commitEvery: every}
	if folder := os.Getenv(toArchive); folder != "" {
		p.onRelease = func(segment string) {
			if err := os.Link(segment, filepath.Join(folder, filepath.Base(segment))); err != nil && !errors.Is(err, fs.ErrExist) {
				panic(err)
			}
		}
	}
	status := p.Run(os.Args[1:])
	stop()
	os.Exit(status)
}

// process is a command line of the program in a process of its own, not yet started.
func process(every time.Duration, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), asProgram+"="+every.String())
	return c
}

// tributary runs a command line of the program itself, and returns what it printed.
func tributary(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	m := &Main{Ctx: t.Context(), Stdout: &out, Stderr: &errs}
	status = m.Run(args)
	return out.String(), errs.String(), status
}

// mustRun is tributary for a command that must succeed.
func mustRun(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	stdout, stderr, status := tributary(t, args...)
	if status != 0 {
		t.Fatalf("tributary %s: exit status %d: %s", strings.Join(args, " "), status, stderr)
	}
	return stdout
}

// writeFile writes a file of the test.
func put(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// freePort is a port of 127.0.0.1 that nobody used a moment ago.
func freePort(t *testing.T, network string) int {
	t.Helper()
	if network == "udp" {
		c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.LocalAddr().(*net.UDPAddr).Port
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// running is a `tributary run` in this process.
type running struct {
	t      *testing.T
	config string
	udp    int
	url    string
	stop   context.CancelFunc
	done   chan int
	stderr logText
}

func (r *running) log() string { return r.stderr.String() }

// logText is what a program says while it runs, to be read at any time.
type logText struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *logText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// startRun writes a configuration with free ports around the given YAML, starts `run` with it and
// waits until it answers. The test's end stops it.
func startRun(t *testing.T, yaml string) *running {
	t.Helper()
	dir := t.TempDir()
	r := &running{t: t, udp: freePort(t, "udp"), done: make(chan int, 1)}
	web := freePort(t, "tcp")
	r.url = fmt.Sprintf("http://127.0.0.1:%d", web)
	r.config = put(t, filepath.Join(dir, "tributary.yaml"), fmt.Sprintf("data: ./data\nlisten: [\"127.0.0.1:%d\"]\nconsole: {listen: \"127.0.0.1:%d\"}\n%s", r.udp, web, yaml))
	r.start()
	return r
}

func (r *running) start() {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	m := &Main{Ctx: ctx, Stdout: io.Discard, Stderr: &r.stderr}
	go func() { r.done <- m.Run([]string{"-c", r.config, "run"}) }()
	r.t.Cleanup(func() { r.end() })
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if resp, err := http.Get(r.url + "/healthz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
	}
	r.t.Fatalf("run does not answer at %s:\n%s", r.url, r.log())
}

// end stops run as SIGTERM would and waits for it; a second call does nothing.
func (r *running) end() {
	r.t.Helper()
	if r.stop == nil {
		return
	}
	r.stop()
	r.stop = nil
	select {
	case status := <-r.done:
		if status != 0 {
			r.t.Errorf("run ended with exit status %d:\n%s", status, r.log())
		}
	case <-time.After(60 * time.Second):
		r.t.Fatalf("run did not end within a minute:\n%s", r.log())
	}
}

// get returns what the console answers.
func (r *running) get(path string) string {
	r.t.Helper()
	resp, err := http.Get(r.url + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		r.t.Fatalf("GET %s: %s %v\n%s", path, resp.Status, err, body)
	}
	return string(body)
}
