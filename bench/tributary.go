package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ownNetworks are the own prefixes of gen's streams.
const ownNetworks = `own: [198.18.0.0/15, "2001:db8::/32"]
own_as: [64500]
`

// importConfig admits the exporter of gen's captures.
const importConfig = ownNetworks + `regions:
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
	return runProgram(nil, b.binary, "-c", config, "import", capture)
}

// collecting is `tributary run` with a fresh store.
type collecting struct {
	*server
	dir          string
	udp, console int
}

// startRun starts it. more is added to its configuration.
func (b *bench) startRun(more string) (*collecting, error) {
	c := &collecting{}
	var err error
	if c.udp, err = freePort(b.ctx, "udp"); err != nil {
		return nil, err
	}
	if c.console, err = freePort(b.ctx, "tcp"); err != nil {
		return nil, err
	}
	if c.dir, err = os.MkdirTemp(b.out, "run-"); err != nil {
		return nil, err
	}
	config := filepath.Join(c.dir, "tributary.yaml")
	text := fmt.Sprintf("data: %s\n%sregions:\n  - {name: Bench, exporters: [127.0.0.0/8]}\nlisten: [\"127.0.0.1:%d\"]\nconsole: {listen: \"127.0.0.1:%d\"}\n%s",
		c.dir, ownNetworks, c.udp, c.console, more)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return nil, err
	}
	if c.server, err = start(b.ctx, b.binary, "-c", config, "run"); err != nil {
		return nil, err
	}
	return c, c.until("must answer on its console", func() bool { _, err := c.metrics(); return err == nil })
}

func (c *collecting) address() string { return fmt.Sprintf("127.0.0.1:%d", c.udp) }

// stop ends the program, which commits what it holds, and removes its store.
func (c *collecting) stop() (usage, error) {
	u, err := c.server.stop()
	if err == nil && !c.cmd.ProcessState.Success() {
		err = fmt.Errorf("tributary run failed: %v\n%s", c.cmd.ProcessState, c.said)
	}
	os.RemoveAll(c.dir)
	return u, err
}

// metrics sums each metric over its labels.
func (c *collecting) metrics() (map[string]float64, error) {
	response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", c.console))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	sums := map[string]float64{}
	for lines := bufio.NewScanner(bytes.NewReader(body)); lines.Scan(); {
		line := lines.Text()
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		name, _, _ := strings.Cut(line[:at], "{")
		v, err := strconv.ParseFloat(line[at+1:], 64)
		if err != nil {
			return nil, fmt.Errorf("cannot read the metric %q: %w", line, err)
		}
		sums[name] += v
	}
	return sums, nil
}

// settle waits until the socket is empty and the number of records does not grow any more, and
// returns it.
func (c *collecting) settle() (records float64, err error) {
	if err := waitEmpty(c.udp); err != nil {
		return 0, err
	}
	for range 30 {
		before := records
		time.Sleep(1500 * time.Millisecond) // the metrics are brought up to date every second
		sums, err := c.metrics()
		if err != nil {
			return 0, err
		}
		if records = sums["tributary_decode_records_total"]; records == before && records > 0 {
			break
		}
	}
	return records, nil
}

// received ends the program once everything is through.
func (c *collecting) received(s sent) (float64, error) {
	records, err := c.settle()
	if err != nil {
		return 0, err
	}
	_, err = c.stop()
	return records / float64(s.records), err
}

// collectWithTributary sends `run` a stream and says what it took, its start and its commit included.
func (b *bench) collectWithTributary(s *stream) (usage, error) {
	return b.runWith(s, 1, "")
}

// runWith sends `run` a stream from some addresses and says what it took.
func (b *bench) runWith(s *stream, exporters int, more string) (u usage, err error) {
	err = b.unhurried(func() error {
		u, err = b.runOnce(s, exporters, more)
		return err
	})
	return u, err
}

func (b *bench) runOnce(s *stream, exporters int, more string) (usage, error) {
	c, err := b.startRun(more)
	if err != nil {
		return usage{}, err
	}
	was, err := b.load.send(s, sending{to: c.address(), pps: float64(b.pace), exporters: exporters})
	if err != nil {
		return usage{}, err
	}
	records, err := c.settle()
	if err != nil {
		return usage{}, err
	}
	u, err := c.stop()
	if err == nil && records != float64(was.records) {
		err = fmt.Errorf("tributary run has %.0f records of %d: %w", records, was.records, errLost)
	}
	return u, err
}
