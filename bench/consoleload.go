package main

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ask asks a request and says how long the whole answer took.
func (c *collecting) ask(r request, turn int) (time.Duration, error) {
	path := strings.NewReplacer("{nn}", fmt.Sprintf("%02d", turn), "{20+n}", strconv.Itoa(20+turn), "{60+n}", strconv.Itoa(60+turn)).Replace(r.path)
	begin := time.Now()
	response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/api/v1/%s", c.console, path))
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s: %.300s", path, response.Status, body)
	}
	return time.Since(begin), nil
}

// arrival is a stream that is sent while questions are asked.
type arrival struct {
	rate int
	stop chan struct{}
	done chan struct{}
	sent sent
	err  error
}

// arrive begins to send a collector records, in pieces of some seconds, until lost is asked.
func (b *bench) arrive(c *collecting, rate int) (*arrival, error) {
	path, err := b.load.stream("")
	if err != nil {
		return nil, err
	}
	s, err := read(path)
	if err != nil {
		return nil, err
	}
	const piece = 10 * time.Second
	pps := float64(rate) * float64(len(s.datagrams)) / float64(s.total)
	a := &arrival{rate: rate, stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(a.done)
		pieces := 0
		for {
			var was sent
			was, a.err = b.load.send(s, sending{to: c.address(), pps: pps, datagrams: int(pps * piece.Seconds()), exporters: 8})
			if a.err != nil {
				return
			}
			pieces++
			a.sent.records += was.records
			a.sent.datagrams += was.datagrams
			a.sent.pps += (was.pps - a.sent.pps) / float64(pieces)
			select {
			case <-a.stop:
				return
			default:
			}
		}
	}()
	time.Sleep(piece / 2) // templates and tables are there
	return a, nil
}

// lost ends the sending and says what arrived.
func (a *arrival) lost(c *collecting) (string, error) {
	close(a.stop)
	<-a.done
	if a.err != nil {
		return "", a.err
	}
	records, err := c.settle()
	if err != nil {
		return "", err
	}
	perDatagram := float64(a.sent.records) / float64(a.sent.datagrams)
	return fmt.Sprintf("%s records at %s/s, %.0f lost", thousands(a.sent.records), thousands(int(a.sent.pps*perDatagram)), float64(a.sent.records)-records), nil
}

// calm waits until the process has nothing to do: what it does at its start, such as bringing an older
// store up to date, is not what is measured.
func (c *collecting) calm() error {
	const most = 15 * time.Minute
	spent, err := cpuTicks(c.cmd.Process.Pid)
	for deadline := time.Now().Add(most); err == nil && time.Now().Before(deadline); {
		time.Sleep(3 * time.Second)
		before := spent
		if spent, err = cpuTicks(c.cmd.Process.Pid); spent-before < 30 { // a tenth of a core
			return err
		}
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("tributary run is still busy after %v; it said:\n%s", most, c.said)
}

// cpuTicks is the CPU time of a process so far, in hundredths of a second (man 5 proc).
func cpuTicks(pid int) (int, error) {
	text := fileText(fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat says %q", pid, text)
	}
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(fields[12])
	return user + system, err
}
