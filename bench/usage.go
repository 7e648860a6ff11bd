package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// usage is what the operating system says a finished process took.
type usage struct {
	cpu, wall time.Duration
	peak      int64 // bytes, largest resident set
}

// ownCPU is the CPU time, user and system, that this process has taken so far on all its threads:
// the garbage collector's share of a comparison counts.
func ownCPU() time.Duration {
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		panic("BUG: getrusage of the own process: " + err.Error())
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// usageOf is what a finished process and the children it waited for took.
func usageOf(state *os.ProcessState, wall time.Duration) usage {
	u := usage{wall: wall, cpu: state.UserTime() + state.SystemTime()}
	if r, ok := state.SysUsage().(*syscall.Rusage); ok {
		u.peak = r.Maxrss << 10 // Linux gives KiB
	}
	return u
}

// oneCore runs f with one thread of Go code at a time, after a garbage collection.
func oneCore(f func() error) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	runtime.GC()
	return f()
}

// runProgram runs a program to its end. Its standard output goes to out, or into the error's text if
// out is nil.
func runProgram(out io.Writer, name string, args ...string) (usage, error) {
	cmd := exec.Command(name, args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if out != nil {
		cmd.Stdout = out
	}
	begin := time.Now()
	err := cmd.Run()
	var u usage
	if cmd.ProcessState != nil {
		u = usageOf(cmd.ProcessState, time.Since(begin))
	}
	if err != nil {
		return u, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, said.Bytes())
	}
	return u, nil
}

// server is a running program that is ended by an interrupt.
type server struct {
	cmd   *exec.Cmd
	said  *lockedBuffer // standard output and error
	begin time.Time
}

// start starts a program. Its parent's end is its end.
func start(ctx context.Context, name string, args ...string) (*server, error) {
	s := &server{cmd: exec.CommandContext(ctx, name, args...), said: &lockedBuffer{}, begin: time.Now()}
	s.cmd.Stdout, s.cmd.Stderr = s.said, s.said
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	return s, nil
}

// stop interrupts the program and waits for its end.
func (s *server) stop() (usage, error) {
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		return usage{}, fmt.Errorf("cannot stop %s: %w\n%s", s.cmd.Path, err, s.said)
	}
	// nfacctd ends with a status of its own after an interrupt: only what it took is asked.
	_ = s.cmd.Wait()
	return usageOf(s.cmd.ProcessState, time.Since(s.begin)), nil
}

// until waits up to a minute for a condition that a server fulfils.
func (s *server) until(what string, ready func() bool) error {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if ready() {
			return nil
		}
		if alive := s.cmd.Process.Signal(syscall.Signal(0)); alive != nil {
			break
		}
	}
	return fmt.Errorf("%s: %s within a minute, which it did not; it said:\n%s", s.cmd.Path, what, s.said)
}

// memory reads a line of /proc/PID/status, such as VmRSS or VmHWM, in bytes.
func memory(pid int, name string) (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			kib, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no %s", pid, name)
}
