package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// receiveBuffer is what each collector asks of the kernel in all. Tributary asks it by
// SO_RCVBUFFORCE, which needs root; for its peers net.core.rmem_max is raised while they run.
const receiveBuffer = 64 << 20

// raiseBuffers lets every collector have receiveBuffer; what it returns sets the limit back.
// Where it may not, peers get what the limit allows, and the table's notes say so.
func (b *bench) raiseBuffers() (restore func()) {
	const limit = "/proc/sys/net/core/rmem_max"
	before := strings.TrimSpace(fileText(limit))
	if n, err := strconv.Atoi(before); err != nil || n >= receiveBuffer {
		return func() {}
	}
	if err := os.WriteFile(limit, []byte(strconv.Itoa(receiveBuffer)), 0o644); err != nil {
		fmt.Fprintf(os.Stderr, "bench: peers get receive buffers of %s bytes only: %v\n", before, err)
		return func() {}
	}
	return func() {
		if err := os.WriteFile(limit, []byte(before), 0o644); err != nil {
			fmt.Fprintf(os.Stderr, "bench: cannot set %s back to %s: %v\n", limit, before, err)
		}
	}
}

// collector is a collector that runs, and what is known of it.
type collector interface {
	address() string // host:port that it listens on
	// received waits until everything is through and says how much of it is there, as a share of
	// what was sent: 1 = all.
	received(sent) (float64, error)
	stop() (usage, error)
}

// nfcapd collects into files of five minutes by arrival, its default.
type nfcapd struct {
	*server
	port int
	dir  string
}

// startNfcapd starts it with files in dir.
func (b *bench) startNfcapd(dir string) (*nfcapd, error) {
	if _, err := exec.LookPath("nfcapd"); err != nil {
		return nil, fmt.Errorf("nfcapd is not installed; on Debian: apt-get install nfdump: %w", err)
	}
	port, err := freePort(b.ctx, "udp")
	if err != nil {
		return nil, err
	}
	s, err := start(b.ctx, "nfcapd", "-w", dir, "-p", strconv.Itoa(port), "-b", "127.0.0.1", "-B", strconv.Itoa(receiveBuffer))
	if err != nil {
		return nil, err
	}
	return &nfcapd{s, port, dir}, s.until("must start", func() bool { return strings.Contains(s.said.String(), "Startup nfcapd") })
}

func (n *nfcapd) address() string { return fmt.Sprintf("127.0.0.1:%d", n.port) }

var nfdumpFlows = regexp.MustCompile(`(?m)^Flows: (\d+)$`)

// flows are those in its files; it must have ended.
func (n *nfcapd) flows() (int, error) {
	var said strings.Builder
	if _, err := runProgram(&said, "nfdump", "-I", "-R", n.dir); err != nil {
		return 0, err
	}
	m := nfdumpFlows.FindStringSubmatch(said.String())
	if m == nil {
		return 0, fmt.Errorf("nfdump -I does not say how many flows there are:\n%s", said.String())
	}
	return strconv.Atoi(m[1])
}

// received waits until its socket is empty, ends it and counts what its files hold.
func (n *nfcapd) received(s sent) (float64, error) {
	if err := waitEmpty(n.port); err != nil {
		return 0, err
	}
	if _, err := n.stop(); err != nil {
		return 0, err
	}
	flows, err := n.flows()
	return float64(flows) / float64(s.records), err
}

// collectWithNfcapd sends it a stream and says what it took, its start and end included.
func (b *bench) collectWithNfcapd(s *stream) (usage, error) {
	u, dir, err := b.collectFiles(s)
	os.RemoveAll(dir)
	return u, err
}

// collectFiles does so and leaves its files, in a folder that is the caller's to remove.
func (b *bench) collectFiles(s *stream) (u usage, dir string, err error) {
	defer b.raiseBuffers()()
	err = b.unhurried(func() error {
		os.RemoveAll(dir)
		if dir, err = os.MkdirTemp(b.out, "nfcapd-"); err != nil {
			return err
		}
		u, err = b.collectInto(dir, s)
		return err
	})
	return u, dir, err
}

func (b *bench) collectInto(dir string, s *stream) (u usage, err error) {
	n, err := b.startNfcapd(dir)
	if err != nil {
		return u, err
	}
	if _, err := b.load.send(s, sending{to: n.address(), pps: float64(b.pace)}); err != nil {
		return u, err
	}
	if err := waitEmpty(n.port); err != nil {
		return u, err
	}
	if u, err = n.stop(); err != nil {
		return u, err
	}
	flows, err := n.flows()
	if err == nil && flows != s.total {
		err = fmt.Errorf("nfcapd has %d records of %d: %w", flows, s.total, errLost)
	}
	return u, err
}

// waitEmpty waits until nothing has been in the receive buffers of a UDP port for a while.
func waitEmpty(port int) error {
	empty := 0
	for deadline := time.Now().Add(time.Minute); empty < 10; time.Sleep(20 * time.Millisecond) {
		queued, _, err := socketState(port)
		if err != nil {
			return err
		}
		if empty++; queued > 0 {
			empty = 0
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the socket of port %d is not read empty within a minute", port)
		}
	}
	return nil
}

// socketState sums, over the UDP sockets of a port, the octets that wait and the datagrams dropped.
func socketState(port int) (queued, drops int64, err error) {
	found := false
	for _, path := range []string{"/proc/net/udp", "/proc/net/udp6"} {
		for line := range strings.Lines(fileText(path)) {
			f := strings.Fields(line)
			if len(f) < 13 || !strings.HasSuffix(f[1], fmt.Sprintf(":%04X", port)) {
				continue
			}
			found = true
			_, rx, _ := strings.Cut(f[4], ":")
			q, qErr := strconv.ParseInt(rx, 16, 64)
			d, dErr := strconv.ParseInt(f[12], 10, 64)
			if qErr != nil || dErr != nil {
				return 0, 0, fmt.Errorf("cannot read %s: %q", path, line)
			}
			queued, drops = queued+q, drops+d
		}
	}
	if !found {
		return 0, 0, fmt.Errorf("no UDP socket has port %d", port)
	}
	return queued, drops, nil
}

// nfacctd sums into its memory table by AS numbers: about the cells that Tributary has without links.
type nfacctd struct {
	*server
	port int
	pipe string
}

// startNfacctd starts it with its settings in dir: the memory plugin, with queues and memory that do
// not bound it.
func (b *bench) startNfacctd(dir string) (*nfacctd, error) {
	if _, err := exec.LookPath("nfacctd"); err != nil {
		return nil, fmt.Errorf("nfacctd is not installed; on Debian: apt-get install pmacct: %w", err)
	}
	port, err := freePort(b.ctx, "udp")
	if err != nil {
		return nil, err
	}
	n := &nfacctd{port: port, pipe: filepath.Join(dir, "imt.pipe")}
	config := filepath.Join(dir, "nfacctd.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, `daemonize: false
nfacctd_ip: 127.0.0.1
nfacctd_port: %d
nfacctd_pipe_size: %d
nfacctd_disable_checks: true
plugins: memory[m]
aggregate[m]: src_as, dst_as
imt_path[m]: %s
imt_buckets[m]: 131101
imt_mem_pools_number[m]: 1024
imt_mem_pools_size[m]: 1048576
plugin_pipe_size[m]: 268435456
plugin_buffer_size[m]: 1024000
`, port, receiveBuffer, n.pipe), 0o644); err != nil {
		return nil, err
	}
	if n.server, err = start(b.ctx, "nfacctd", "-f", config); err != nil {
		return nil, err
	}
	return n, n.until("must start", func() bool { return strings.Contains(n.said.String(), "waiting for data on") })
}

func (n *nfacctd) address() string { return fmt.Sprintf("127.0.0.1:%d", n.port) }

// received sums the packets in its table, once they do not grow any more.
func (n *nfacctd) received(s sent) (float64, error) {
	if err := waitEmpty(n.port); err != nil {
		return 0, err
	}
	var before uint64
	for range 30 {
		time.Sleep(time.Second)
		packets, err := n.packets()
		if err != nil {
			return 0, err
		}
		if packets == before && packets > 0 {
			break
		}
		before = packets
	}
	_, err := n.stop()
	return float64(before) / float64(s.packets), err
}

func (n *nfacctd) packets() (sum uint64, err error) {
	var said strings.Builder
	if _, err := runProgram(&said, "pmacct", "-p", n.pipe, "-s", "-O", "csv"); err != nil {
		return 0, err
	}
	column := -1
	for line := range strings.Lines(said.String()) {
		f := strings.Split(strings.TrimSpace(line), ",")
		if column < 0 {
			for i, name := range f {
				if name == "PACKETS" {
					column = i
				}
			}
			continue
		}
		if column < len(f) {
			if v, err := strconv.ParseUint(f[column], 10, 64); err == nil {
				sum += v
			}
		}
	}
	if column < 0 {
		return 0, fmt.Errorf("pmacct gives no column PACKETS:\n%s", said.String())
	}
	return sum, nil
}
