package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"tributary/internal/collect"
	"tributary/internal/decode"
	"tributary/internal/flow"
)

// load makes captures with the load generator gen and sends them to a collector.
type load struct {
	source string // folder of gen's source
	out    string // folder for its program and the captures, which are used again
	built  bool
}

// generator builds gen once and returns its path.
func (l *load) generator() (string, error) {
	path := filepath.Join(l.out, "gen")
	if l.built {
		return path, nil
	}
	if _, err := os.Stat(filepath.Join(l.source, "go.mod")); err != nil {
		return "", fmt.Errorf("the source of the load generator is not in %s: name its folder with -gen: %w", l.source, err)
	}
	if _, err := runProgram(nil, "go", "build", "-C", l.source, "-o", path, "."); err != nil {
		return "", fmt.Errorf("cannot build the load generator: %w", err)
	}
	l.built = true
	return path, nil
}

// capture makes the capture of the given name with gen's arguments, unless it is there.
func (l *load) capture(name string, args ...string) (string, error) {
	path := filepath.Join(l.out, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	gen, err := l.generator()
	if err != nil {
		return "", err
	}
	if _, err := runProgram(nil, gen, append(append([]string{"make"}, args...), "-o", path+".part")...); err != nil {
		return "", fmt.Errorf("cannot make the capture %s: %w", path, err)
	}
	return path, os.Rename(path+".part", path)
}

// stream is a capture in memory.
type stream struct {
	path      string
	datagrams []flow.Datagram
	records   []int    // data records of each datagram, those of options left out
	packets   []uint64 // packets that the records of each datagram count
	total     int      // records
}

// read reads a capture of gen's into memory.
func read(path string) (*stream, error) {
	c, err := collect.OpenCapture(path)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	s := &stream{path: path}
	d := decode.New(decode.Config{Ledger: &flow.Ledger{}})
	var flows []flow.Flow
	var piece []byte
	for {
		var dg flow.Datagram
		if err := c.Next(&dg); errors.Is(err, io.EOF) {
			return s, nil
		} else if err != nil {
			return nil, err
		}
		// In few pieces: those who decode it shall not pay for its collection as garbage.
		if len(dg.Payload) > cap(piece)-len(piece) {
			piece = make([]byte, 0, 64<<20)
		}
		begin := len(piece)
		piece = append(piece, dg.Payload...)
		dg.Payload = piece[begin:len(piece):len(piece)]
		flows = d.Append(flows[:0], dg)
		packets := uint64(0)
		for i := range flows {
			packets += flows[i].Packets
		}
		s.datagrams = append(s.datagrams, dg)
		s.records = append(s.records, len(flows))
		s.packets = append(s.packets, packets)
		s.total += len(flows)
	}
}

// sending is one replay of a stream over loopback.
type sending struct {
	to        string  // host:port
	pps       float64 // datagrams a second; 0 = as fast as possible
	datagrams int     // 0 = all once
	exporters int     // source addresses
}

// sent is what a replay sent.
type sent struct {
	pps                float64 // as reached
	datagrams, records int
	packets            uint64 // that the records count
}

var sentLine = regexp.MustCompile(`sent (\d+) packets in .* = (\d+) pps, (\d+) errors`)

// send replays a stream.
func (l *load) send(s *stream, how sending) (sent, error) {
	gen, err := l.generator()
	if err != nil {
		return sent{}, err
	}
	var said strings.Builder
	args := []string{
		"send", "-in", s.path, "-to", how.to, "-pps", fmt.Sprint(how.pps), "-n", strconv.Itoa(how.datagrams),
		"-exporters", strconv.Itoa(max(1, how.exporters)),
	}
	if _, err := runProgram(&said, gen, args...); err != nil {
		return sent{}, err
	}
	m := sentLine.FindStringSubmatch(said.String())
	if m == nil || m[3] != "0" {
		return sent{}, fmt.Errorf("%s %v did not send everything: %s", gen, args, said.String())
	}
	var out sent
	out.pps, _ = strconv.ParseFloat(m[2], 64)
	n, _ := strconv.Atoi(m[1])
	for i := range n {
		k, times := i%len(s.datagrams), 1
		if how.exporters > 1 && i%500 == 0 { // gen sends every 500th, its templates, from every address
			times = how.exporters
		}
		out.datagrams += times
		out.records += times * s.records[k]
		out.packets += uint64(times) * s.packets[k]
	}
	return out, nil
}

// freePort returns a UDP or TCP port of the loopback interface that nobody listens on.
func freePort(ctx context.Context, network string) (int, error) {
	var lc net.ListenConfig
	if network == "udp" {
		c, err := lc.ListenPacket(ctx, network, "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		defer c.Close()
		return c.LocalAddr().(*net.UDPAddr).Port, nil
	}
	c, err := lc.Listen(ctx, network, "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer c.Close()
	return c.Addr().(*net.TCPAddr).Port, nil
}
